//! Publishes workflows and flattens their royalties.
//!
//! # Interface
//!
//! - Creators [`publish`](Pallet::publish), then [`new_version`](Pallet::new_version),
//!   [`set_price`](Pallet::set_price), [`offer`](Pallet::offer) and [`accept`](Pallet::accept),
//!   [`retire`](Pallet::retire) and [`reclaim`](Pallet::reclaim).
//! - Congress [`ban`](Pallet::ban)s.
//! - Other rule-books ask [`Pallet::callable`], [`Pallet::snapshot`] and [`Pallet::owner_of`].
//!
//! # Overview
//!
//! A workflow is an entry with an owner and a row of versions. A version never changes: a new
//! price is a new version too, so a running job that notes `(workflow, version)` keeps what it was
//! requested under. Only the newest version can be called.
//!
//! A version may name up to eight parents, which were published earlier, so there are no cycles.
//! Publishing flattens the parents' tables into one of at most 32 beneficiaries (the rule stands
//! in [`mod@flatten`]), so a settlement never walks a graph. Shares credit workflow numbers, and
//! whoever owns one claims. A parent may demand that at least `min_upstream_share` of the fee
//! reaches its slice; since a node's quote is not divided, what builds on such a parent has the
//! price mode `Share`.
//!
//! Every split gives the validators and the treasury at least what the terms' default split gives
//! them. Otherwise a creator who calls itself would get back the fee that makes false demand cost
//! something.
//!
//! A deposit is held while the entry stands. It comes back by `reclaim` when the entry is not
//! needed any more: retired, every job over, nothing built upon it, nothing left to claim. The
//! treasury has that of a banned one.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod flatten;
pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

use polkadot_sdk::*;

/// The rule-book of the workflows.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::{boxed::Box, vec::Vec};
	use frame_support::{
		pallet_prelude::*,
		traits::fungible::{self, MutateHold},
	};
	use frame_system::pallet_prelude::*;
	use pallet_terms::{Blocks, Planck, TermsSource};
	use sp_runtime::AccountId32;

	/// The layout of what is stored here.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// How many versions one `reclaim` removes at most.
	pub const RECLAIM_BATCH: u32 = 4;

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the runtime decides.
	#[pallet::config]
	pub trait Config: polkadot_sdk::frame_system::Config<AccountId = AccountId32> {
		/// HAI.
		type Currency: fungible::Mutate<AccountId32, Balance = Planck>
			+ fungible::MutateHold<AccountId32, Reason = Self::RuntimeHoldReason>;
		/// The reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;
		/// The governed numbers.
		type Terms: TermsSource;
		/// Who may ban an entry.
		type BanOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// Where the deposit of a banned workflow goes.
		type Treasury: Get<AccountId32>;
		/// What a workflow has earned and nobody claimed.
		type Earnings: WorkflowEarnings;
		/// What the calls cost.
		type WeightInfo: WeightInfo;
	}

	/// Why money is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// A published workflow takes room on chain.
		Publication,
	}

	/// The number of the next workflow; all below were given.
	#[pallet::storage]
	pub type NextWorkflow<T> = StorageValue<_, WorkflowId, ValueQuery>;

	/// The entries.
	#[pallet::storage]
	pub type Workflows<T> = StorageMap<_, Twox64Concat, WorkflowId, Workflow, OptionQuery>;

	/// The versions, from one to the entry's latest.
	#[pallet::storage]
	pub type Versions<T> =
		StorageDoubleMap<_, Twox64Concat, WorkflowId, Twox64Concat, Version, Publication, OptionQuery>;

	/// The workflow that a manifest belongs to, and the first of its versions with this manifest.
	#[pallet::storage]
	pub type Manifests<T> = StorageMap<_, Blake2_128Concat, Hash32, (WorkflowId, Version), OptionQuery>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A version was published; the first one makes the workflow.
		Published {
			/// The workflow.
			workflow: WorkflowId,
			/// The version.
			version: Version,
			/// Its owner.
			owner: AccountId32,
			/// Its manifest.
			manifest_hash: Hash32,
		},
		/// The price changed, by a new version.
		PriceSet {
			/// The workflow.
			workflow: WorkflowId,
			/// The new version.
			version: Version,
			/// The new price.
			price: Price,
		},
		/// The owner offers a workflow, or took the offer back.
		Offered {
			/// The workflow.
			workflow: WorkflowId,
			/// Who may accept.
			to: Option<AccountId32>,
		},
		/// A workflow has a new owner.
		OwnerChanged {
			/// The workflow.
			workflow: WorkflowId,
			/// Who had it.
			from: AccountId32,
			/// Who has it.
			to: AccountId32,
		},
		/// A workflow was withdrawn.
		Retired {
			/// The workflow.
			workflow: WorkflowId,
			/// From this block on it can be reclaimed.
			until: Blocks,
		},
		/// Versions of a retired workflow were removed.
		Reclaimed {
			/// The workflow.
			workflow: WorkflowId,
			/// The versions that are left; at zero the entry is gone.
			left: Version,
			/// The deposit that was returned.
			returned: Planck,
		},
		/// Congress took a workflow out.
		Banned {
			/// The workflow.
			workflow: WorkflowId,
		},
	}

	/// Why something was refused.
	#[pallet::error]
	#[cfg_attr(test, derive(PartialEq))]
	pub enum Error<T> {
		/// There is no such workflow: look at its number.
		UnknownWorkflow,
		/// There is no such version: look at the workflow's latest.
		UnknownVersion,
		/// A newer version is there: ask for its terms and call that one.
		NotLatestVersion,
		/// The owner withdrew the workflow: call another one.
		Retired,
		/// Congress took the workflow out: call another one.
		Banned,
		/// The workflow belongs to somebody else: its owner has to sign.
		NotOwner,
		/// The workflow was not offered to you: its owner has to offer it first.
		NotOffered,
		/// You own it already: offer it to somebody else.
		AlreadyOwner,
		/// The name is empty: give one.
		NoName,
		/// The limit is zero tokens: allow one or more.
		NoTokens,
		/// The five parts of the split must sum to one: raise or lower one of them.
		SplitMustSumToOne,
		/// The validators or the treasury get less than in the default split: raise their part.
		ProtocolPartTooLow,
		/// Without its node part the split divides nothing, and the price mode is cost-plus: give
		/// another part something.
		NothingToDivide,
		/// Another workflow has this manifest: change the manifest, or build on that workflow.
		ManifestTaken,
		/// A parent does not exist: look at its workflow and version.
		UnknownParent,
		/// A parent must have been published earlier: name an older workflow, or an older version of
		/// this one.
		ParentNotEarlier,
		/// A parent is retired or banned: build on another one.
		ParentNotActive,
		/// A workflow is named twice among the parents: add the two shares.
		DuplicateParent,
		/// A parent's share is zero: give it one, or leave it out.
		ParentWithoutShare,
		/// The parents' shares must sum to one: raise or lower one of them.
		ParentSharesMustSumToOne,
		/// A parent asks for more: raise the upstream part or that parent's share, and take the price mode
		/// `Share`, in which the split divides the whole fee.
		ParentAsksMore,
		/// The flattened table is too long: name fewer parents.
		TooManyBeneficiaries,
		/// Only a retired workflow can be reclaimed: retire it first.
		NotRetired,
		/// Jobs may still need the workflow: wait for the block that `Retired` named.
		TooEarly,
		/// Other workflows build on it and pay it: the entry has to stay.
		HasDescendants,
		/// It has earnings that nobody claimed: claim them first.
		HasEarnings,
		/// Every number is used.
		NumbersExhausted,
		/// What a workflow with parents passes on depends on its price mode: publish a new version, for which
		/// the parents are asked again.
		ModeOfDescendant,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			const {
				assert!(RECLAIM_BATCH > 0, "no version would ever be removed");
				assert!(
					MAX_BENEFICIARIES >= MAX_PARENTS,
					"every parent must have a place in the table"
				);
			}
			let quarter = T::BlockWeights::get().max_block.saturating_div(4);
			for (call, weight) in [
				("publish", T::WeightInfo::publish()),
				("new_version", T::WeightInfo::new_version()),
				("reclaim", T::WeightInfo::reclaim(RECLAIM_BATCH)),
			] {
				assert!(
					weight.all_lte(quarter),
					"{call} must fit a quarter of a block: {weight:?} of {quarter:?}"
				);
			}
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Publishes a new workflow.
		///
		/// # Details
		/// The origin must be signed; it becomes the owner, and the terms' deposits are held from
		/// it. Where no split is named the default split of the terms in force is taken, for good.
		///
		/// # Errors
		/// Each names what to change; see the pallet's errors. Where the deposit cannot be held the
		/// currency's own error is given.
		///
		/// # Events
		/// - `Published`
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::publish())]
		pub fn publish(origin: OriginFor<T>, input: Box<PublishInput>) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			let workflow = NextWorkflow::<T>::get();
			let next = workflow.checked_add(1).ok_or(Error::<T>::NumbersExhausted)?;
			let publication = Self::prepare(workflow, 1, *input)?;
			let manifest_hash = publication.manifest_hash;

			let base = T::Terms::current().1.deposits.publish_base;
			T::Currency::hold(&HoldReason::Publication.into(), &owner, base)?;
			NextWorkflow::<T>::put(next);
			let entry = Workflow {
				owner: owner.clone(),
				standing: Standing::Active,
				latest: 0,
				offered_to: None,
				descendants: 0,
				deposit: base,
			};
			let version = Self::store(workflow, entry, publication, None)?;
			Self::deposit_event(Event::Published {
				workflow,
				version,
				owner,
				manifest_hash,
			});
			Ok(())
		}

		/// Publishes a new version of a workflow.
		///
		/// # Details
		/// The origin must be signed by the owner. From now on this version is called; jobs that
		/// were requested before keep theirs. The manifest may stay the same.
		///
		/// # Errors
		/// As for `publish`, and:
		/// - `UnknownWorkflow`, `NotOwner`, `Retired`, `Banned`
		///
		/// # Events
		/// - `Published`
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::new_version())]
		pub fn new_version(
			origin: OriginFor<T>,
			workflow: WorkflowId,
			input: Box<PublishInput>,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			let entry = Self::active_of(workflow, &owner)?;
			let previous = Versions::<T>::get(workflow, entry.latest);
			let version = entry.latest.checked_add(1).ok_or(Error::<T>::NumbersExhausted)?;
			let publication = Self::prepare(workflow, version, *input)?;
			let manifest_hash = publication.manifest_hash;
			let version = Self::store(workflow, entry, publication, previous)?;
			Self::deposit_event(Event::Published {
				workflow,
				version,
				owner,
				manifest_hash,
			});
			Ok(())
		}

		/// Changes the price of a workflow, by a new version that is otherwise the same.
		///
		/// # Details
		/// The origin must be signed by the owner. Jobs that were requested before keep their price. A workflow
		/// with parents keeps its price mode.
		///
		/// # Errors
		/// - `UnknownWorkflow`, `NotOwner`, `Retired`, `Banned`
		/// - `NothingToDivide`: cost-plus with a split that gives everything to the node.
		/// - `ModeOfDescendant`: another price mode, and there are parents.
		///
		/// # Events
		/// - `PriceSet`
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::set_price())]
		pub fn set_price(origin: OriginFor<T>, workflow: WorkflowId, price: Price) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			let entry = Self::active_of(workflow, &owner)?;
			let previous = Versions::<T>::get(workflow, entry.latest).ok_or(Error::<T>::UnknownVersion)?;
			ensure!(
				previous.parents.is_empty() || price.mode == previous.price.mode,
				Error::<T>::ModeOfDescendant
			);
			let mut publication = previous.clone();
			publication.price = price;
			Self::ensure_divisible(&publication.price, &publication.split)?;
			let version = Self::store(workflow, entry, publication, Some(previous))?;
			Self::deposit_event(Event::PriceSet {
				workflow,
				version,
				price,
			});
			Ok(())
		}

		/// Offers a workflow to another account, or takes the offer back.
		///
		/// # Details
		/// The origin must be signed by the owner. Nothing changes hands until the other account
		/// accepts, so a workflow cannot go to an account that nobody uses.
		///
		/// # Errors
		/// - `UnknownWorkflow`, `NotOwner`, `Banned`
		/// - `AlreadyOwner`: it is offered to its owner.
		///
		/// # Events
		/// - `Offered`
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::offer())]
		pub fn offer(origin: OriginFor<T>, workflow: WorkflowId, to: Option<AccountId32>) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			let mut entry = Self::entry_of(workflow, &owner)?;
			ensure!(to.as_ref() != Some(&owner), Error::<T>::AlreadyOwner);
			entry.offered_to = to.clone();
			Workflows::<T>::insert(workflow, entry);
			Self::deposit_event(Event::Offered { workflow, to });
			Ok(())
		}

		/// Takes over a workflow that was offered to the caller.
		///
		/// # Details
		/// The origin must be signed by the account that it was offered to. The deposit is held from
		/// the new owner and returned to the old one. Earnings that were not claimed go with it.
		///
		/// # Errors
		/// - `UnknownWorkflow`, `Banned`
		/// - `NotOffered`: the offer names nobody, or another account.
		///
		/// # Events
		/// - `OwnerChanged`
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::accept())]
		pub fn accept(origin: OriginFor<T>, workflow: WorkflowId) -> DispatchResult {
			let to = ensure_signed(origin)?;
			let mut entry = Workflows::<T>::get(workflow).ok_or(Error::<T>::UnknownWorkflow)?;
			ensure!(entry.standing != Standing::Banned, Error::<T>::Banned);
			ensure!(entry.offered_to.as_ref() == Some(&to), Error::<T>::NotOffered);
			T::Currency::hold(&HoldReason::Publication.into(), &to, entry.deposit)?;
			Self::release(&entry.owner, entry.deposit)?;
			let from = core::mem::replace(&mut entry.owner, to.clone());
			entry.offered_to = None;
			Workflows::<T>::insert(workflow, entry);
			Self::deposit_event(Event::OwnerChanged { workflow, from, to });
			Ok(())
		}

		/// Withdraws a workflow: no new call, nothing new built upon it.
		///
		/// # Details
		/// The origin must be signed by the owner. This cannot be undone. What builds on it goes on
		/// paying it. After the block that the event names the deposit can be reclaimed.
		///
		/// # Errors
		/// - `UnknownWorkflow`, `NotOwner`, `Retired`, `Banned`
		///
		/// # Events
		/// - `Retired`
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::retire())]
		pub fn retire(origin: OriginFor<T>, workflow: WorkflowId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			let mut entry = Self::active_of(workflow, &owner)?;
			let until = Self::unused_from();
			entry.standing = Standing::Retired { until };
			Workflows::<T>::insert(workflow, entry);
			Self::deposit_event(Event::Retired { workflow, until });
			Ok(())
		}

		/// Removes versions of a retired workflow, newest first, and returns their deposit to the
		/// owner; after the last version the entry goes too.
		///
		/// # Details
		/// The origin must be signed by anyone. At most `RECLAIM_BATCH` versions are removed; call
		/// again until the event says that none is left.
		///
		/// # Errors
		/// - `UnknownWorkflow`, `NotRetired`
		/// - `TooEarly`: jobs may still need it.
		/// - `HasDescendants`, `HasEarnings`: the entry is still paid, or was and nobody claimed.
		///
		/// # Events
		/// - `Reclaimed`
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::reclaim(RECLAIM_BATCH))]
		pub fn reclaim(origin: OriginFor<T>, workflow: WorkflowId) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let removed = Self::do_reclaim(workflow)?;
			Ok(Some(T::WeightInfo::reclaim(removed)).into())
		}

		/// Takes a stolen or spam workflow out.
		///
		/// # Details
		/// The origin must be `BanOrigin`, a decision of Congress. Running jobs end as they would
		/// have. What the workflow earned, and will earn from what builds on it, is nobody's and
		/// goes to the treasury, as its deposit does. Its manifest may be published by somebody
		/// else.
		///
		/// # Errors
		/// - `UnknownWorkflow`
		/// - `Banned`: it is already.
		/// - Where the treasury cannot take the deposit the currency's own error is given.
		///
		/// # Events
		/// - `Banned`
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::ban())]
		pub fn ban(origin: OriginFor<T>, workflow: WorkflowId) -> DispatchResult {
			T::BanOrigin::ensure_origin(origin)?;
			let mut entry = Workflows::<T>::get(workflow).ok_or(Error::<T>::UnknownWorkflow)?;
			ensure!(entry.standing != Standing::Banned, Error::<T>::Banned);
			Self::forfeit(&entry.owner, entry.deposit)?;
			entry.deposit = 0;
			entry.standing = Standing::Banned;
			entry.offered_to = None;
			Workflows::<T>::insert(workflow, entry);
			Self::deposit_event(Event::Banned { workflow });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// A workflow with its newest version.
		pub fn workflow(workflow: WorkflowId) -> Option<WorkflowView> {
			Self::view(workflow)
		}

		/// Workflows by number from `start`; `limit` numbers, at most 50, are looked at.
		pub fn workflows(start: WorkflowId, limit: u32) -> Vec<WorkflowView> {
			let end = start
				.saturating_add(limit.min(MAX_PAGE))
				.min(NextWorkflow::<T>::get());
			(start..end).filter_map(Self::view).collect()
		}

		/// One version of a workflow.
		pub fn version(workflow: WorkflowId, version: Version) -> Option<Publication> {
			Versions::<T>::get(workflow, version)
		}

		/// The workflow that a manifest belongs to, and its first version with that manifest.
		pub fn by_manifest(manifest_hash: Hash32) -> Option<(WorkflowId, Version)> {
			Manifests::<T>::get(manifest_hash)
		}

		/// How many workflows began to build on this one, directly or through others.
		pub fn descendants(workflow: WorkflowId) -> u32 {
			Workflows::<T>::get(workflow).map_or(0, |entry| entry.descendants)
		}

		/// The smallest fee of a call of the newest version limited to `tokens`, where the node asks
		/// `quote` (which counts only in the price mode cost-plus).
		pub fn min_fee(workflow: WorkflowId, tokens: u32, quote: Planck) -> Option<Planck> {
			let least = T::Terms::current().1.jobs.min_fee_per_token;
			let newest = Self::view(workflow)?.publication?;
			Some(newest.price.min_fee(tokens, quote, least))
		}
	}
}

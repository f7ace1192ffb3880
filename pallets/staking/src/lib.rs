//! Bonds nodes and validators, and slashes them.
//!
//! # API
//!
//! Calls: [`bond`](Pallet::bond), [`bond_extra`](Pallet::bond_extra), [`unbond`](Pallet::unbond),
//! [`withdraw`](Pallet::withdraw), [`set_keys`](Pallet::set_keys), [`advertise`](Pallet::advertise),
//! [`chill`](Pallet::chill), [`resume`](Pallet::resume), [`join_validators`](Pallet::join_validators),
//! [`leave_validators`](Pallet::leave_validators) and [`declare_pairs`](Pallet::declare_pairs).
//!
//! Other rule-books use the functions of `impls.rs`: [`Pallet::is_serving`],
//! [`Pallet::open_exposure`], [`Pallet::close_exposure`], [`Pallet::eligible_auditors`],
//! [`Pallet::open_audit`], [`Pallet::close_audit`], [`Pallet::audit_key`],
//! [`Pallet::accepts_audit_key`] and [`Pallet::slash`].
//!
//! The pallet is the session manager (plain and historical) and the handler of reported
//! equivocations.
//!
//! # Overview
//!
//! An account bonds HAI for one role. A *node* runs jobs: it advertises what it runs, and its active
//! bond must cover a governed multiple of the fees of its open jobs (its exposure). A *validator*
//! audits jobs of the pairs that it declared; if it has session keys and joins the candidates, it also produces
//! blocks.
//!
//! Each bonded account has three keys. The peer key and the audit key both sign
//! [`receipt::keys::binding`], so nobody can register somebody else's. A replaced audit key stays
//! valid for as long as the longest job that was open when it was replaced can take.
//!
//! A bond that is being taken out stays in chunks until `unbonding_delay` has passed, and can be
//! slashed until it is withdrawn. Whoever leaves the validator set waits that long from the end of
//! the last session in which it could sign blocks.
//!
//! # Order
//!
//! At genesis this pallet needs the terms and the balances, and the session pallet needs this one:
//! declare it in the runtime after the first two and before the last.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod checks;
mod impls;
mod pairs;
mod serving;
mod session;
pub mod traits;
pub mod types;
mod views;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use traits::{NoIdentification, SessionPallet, Sessions};
pub use weights::WeightInfo;

use polkadot_sdk::*;

#[frame_support::pallet]
pub mod pallet {
	use crate::{
		traits::Sessions,
		types::{
			AccountView, Advertisement, Declaration, Enlisted, GenesisBond, LeavingPairs, Ledger, MAX_PAIRS,
			MAX_RETIRED_KEYS, Pairs, RetiredKey, Role, ServingNode, SlashReason, SlashRing, ValidatorView,
		},
		weights::WeightInfo,
	};
	use alloc::vec::Vec;
	use frame_support::{
		pallet_prelude::*,
		traits::fungible::{Inspect, Mutate, MutateHold},
	};
	use frame_system::pallet_prelude::*;
	use pallet_terms::{TermsSource, types::Planck};
	use polkadot_sdk::{frame_support, frame_system, sp_runtime::AccountId32, sp_staking::SessionIndex};
	use receipt::{PairKey, keys::KeySet};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The rule-book of bonds.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the runtime decides.
	#[pallet::config]
	pub trait Config: polkadot_sdk::frame_system::Config<AccountId = AccountId32> {
		/// The runtime's reasons for holding funds.
		type RuntimeHoldReason: From<HoldReason>;

		/// The token.
		type Currency: Inspect<Self::AccountId, Balance = Planck>
			+ Mutate<Self::AccountId>
			+ MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// The governed numbers.
		type Terms: TermsSource;

		/// Where the part of a slash goes that is not burned, and who pays reporters.
		type Treasury: Get<Self::AccountId>;

		/// The session machinery: [`SessionPallet`](crate::SessionPallet) in a runtime.
		type Sessions: Sessions<Self::AccountId>;

		/// The most validators that may be bonded at once.
		#[pallet::constant]
		type MaxBondedValidators: Get<u32>;

		/// For how many ended sessions a fault can be reported and is remembered as punished.
		#[pallet::constant]
		type OffenceMemory: Get<SessionIndex>;

		/// The weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Why funds are held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// They answer for a node's or a validator's faults.
		#[codec(index = 0)]
		Bond,
	}

	/// The bonds.
	#[pallet::storage]
	pub type Ledgers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Ledger>;

	/// The keys of each bonded account.
	#[pallet::storage]
	pub type KeysOf<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, KeySet>;

	/// Replaced audit keys that may still be accepted.
	#[pallet::storage]
	pub type RetiredKeys<T: Config> = StorageMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		BoundedVec<RetiredKey, ConstU32<MAX_RETIRED_KEYS>>,
		ValueQuery,
	>;

	/// Whose an audit key is, retired ones included.
	#[pallet::storage]
	pub type AuditKeyOwner<T: Config> = StorageMap<_, Blake2_128Concat, [u8; 32], T::AccountId>;

	/// Whose a peer key is.
	#[pallet::storage]
	pub type PeerKeyOwner<T: Config> = StorageMap<_, Blake2_128Concat, [u8; 32], T::AccountId>;

	/// The fees of each node's open jobs.
	#[pallet::storage]
	pub type OpenExposure<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Planck, ValueQuery>;

	/// The audits that each validator owes.
	#[pallet::storage]
	pub type OpenAudits<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

	/// What each node offers.
	#[pallet::storage]
	pub type Advertisements<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Advertisement>;

	/// The validators with an active bond, by account, with what a draw must know of them: so that it
	/// reads one value, however many they are.
	#[pallet::storage]
	pub type BondedValidators<T: Config> =
		StorageValue<_, BoundedVec<Enlisted<T::AccountId>, T::MaxBondedValidators>, ValueQuery>;

	/// The pairs that each validator declared that it checks. They stay declared for as long as its account is bonded;
	/// whether it is drawn, [`BondedValidators`] says.
	#[pallet::storage]
	pub type PairsOf<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Pairs, ValueQuery>;

	/// The pairs that each validator gave up and can still be drawn for, in the order in which it gave them up.
	#[pallet::storage]
	pub type LeavingOf<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, LeavingPairs, ValueQuery>;

	/// Both the other way round, by account: so that a draw for a pair reads one value more. An account stands once in
	/// the list of a pair; one that gave the pair up until no job from before can be open.
	#[pallet::storage]
	pub type AuditorsOf<T: Config> = StorageMap<
		_,
		Blake2_128Concat,
		PairKey,
		BoundedVec<Declaration<T::AccountId>, T::MaxBondedValidators>,
		ValueQuery,
	>;

	/// Those of them that asked to produce blocks, by account.
	#[pallet::storage]
	pub type Candidates<T: Config> =
		StorageValue<_, BoundedVec<T::AccountId, T::MaxBondedValidators>, ValueQuery>;

	/// The latest slashes of each account. They stay when the account leaves.
	#[pallet::storage]
	pub type SlashHistory<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, SlashRing, ValueQuery>;

	/// Everything that was ever slashed for a reason.
	#[pallet::storage]
	pub type SlashTotals<T: Config> = StorageMap<_, Blake2_128Concat, SlashReason, Planck, ValueQuery>;

	/// Who takes no work any more because its work failed too often.
	#[pallet::storage]
	pub type Ejected<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, ()>;

	/// Who was punished for an equivocation in which session.
	#[pallet::storage]
	pub type Punished<T: Config> =
		StorageDoubleMap<_, Twox64Concat, SessionIndex, Blake2_128Concat, T::AccountId, ()>;

	/// The bonds at genesis.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Who is bonded, without signatures of the keys.
		pub bonds: Vec<GenesisBond>,
		/// The validators among them that produce blocks.
		pub candidates: Vec<AccountId32>,
		#[serde(skip)]
		#[doc(hidden)]
		pub _config: PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			for bond in &self.bonds {
				Pallet::<T>::do_bond(&bond.account, bond.role, bond.amount, bond.keys.into())
					.expect("a genesis bond is funded, at least its role's minimum, and has keys of its own");
				if !bond.pairs.is_empty() {
					let pairs = bond.pairs.iter().map(|pair| pair.0).collect::<Vec<_>>();
					let pairs = Pairs::try_from(pairs).expect("a genesis bond names few enough pairs");
					Pallet::<T>::do_declare_pairs(&bond.account, pairs)
						.expect("only a genesis validator names pairs, and each of them once");
				}
			}
			for candidate in &self.candidates {
				Pallet::<T>::do_join(candidate)
					.expect("a genesis candidate is named once and is a validator of the genesis bonds");
			}
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An account bonded for a role.
		Bonded {
			/// Who.
			account: T::AccountId,
			/// For what.
			role: Role,
			/// How much.
			amount: Planck,
		},
		/// An active bond grew.
		BondIncreased {
			/// Whose.
			account: T::AccountId,
			/// By how much.
			amount: Planck,
		},
		/// A part of an active bond is on its way out.
		Unbonding {
			/// Whose.
			account: T::AccountId,
			/// How much.
			amount: Planck,
			/// The first block in which it may be withdrawn.
			release_at: u32,
		},
		/// Unbonded funds were released.
		Withdrawn {
			/// To whom.
			account: T::AccountId,
			/// How much.
			amount: Planck,
		},
		/// Nothing is bonded any more; the account's keys and advertisement are gone.
		Closed {
			/// Whose bond.
			account: T::AccountId,
		},
		/// An account has new keys.
		KeysSet {
			/// Who.
			account: T::AccountId,
			/// The keys.
			keys: KeySet,
		},
		/// A node's offer changed.
		Advertised {
			/// Which node.
			node: T::AccountId,
		},
		/// An account takes no new work.
		Chilled {
			/// Who.
			account: T::AccountId,
		},
		/// An account takes work again.
		Resumed {
			/// Who.
			account: T::AccountId,
		},
		/// A validator asked to produce blocks.
		CandidateJoined {
			/// Who.
			validator: T::AccountId,
		},
		/// A validator will not be chosen to produce blocks any more.
		CandidateLeft {
			/// Who.
			validator: T::AccountId,
		},
		/// A validator said which pairs it checks.
		PairsDeclared {
			/// Who.
			validator: T::AccountId,
			/// How many they are.
			pairs: u32,
		},
		/// A part of a bond was taken.
		Slashed {
			/// Whose.
			account: T::AccountId,
			/// Why.
			reason: SlashReason,
			/// How much, burned part included.
			amount: Planck,
			/// The part that was burned; the treasury has the rest.
			burned: Planck,
		},
		/// The treasury paid the reporter of an equivocation, the auditor that found bad work, or the node whose canary was
		/// confirmed.
		ReporterRewarded {
			/// Who.
			reporter: T::AccountId,
			/// How much.
			amount: Planck,
		},
		/// Too few candidates are fit for block production: the validators stay as they are.
		ValidatorsKept {
			/// How many are fit.
			found: u32,
			/// How many are needed.
			needed: u32,
		},
	}

	/// Why a call failed, and what to do.
	#[pallet::error]
	pub enum Error<T> {
		/// The account is bonded already: use `bond_extra`.
		AlreadyBonded,
		/// The account's work failed too often, and it takes none any more: use another account.
		IsEjected,
		/// The account has no bond: use `bond`.
		NotBonded,
		/// The role's minimum would not be reached: bond more, or unbond everything.
		BelowMinimum,
		/// The amount is zero: name one.
		NothingToDo,
		/// The active bond is smaller than the amount: name a smaller one.
		InsufficientBond,
		/// The bond must cover the open jobs: wait until they are settled, or bond more.
		BondNotCovering,
		/// Too many chunks are unbonding: withdraw those that are due, or wait.
		TooManyChunks,
		/// No chunk is due: wait until the first release.
		NothingToWithdraw,
		/// The account produces blocks now or in the next session: leave the validators and wait.
		InSession,
		/// The account owes audits: attest them and wait for their end.
		OwesAudits,
		/// The node has open jobs: wait until they are settled.
		HasOpenJobs,
		/// Another account registered this key: make one of your own.
		KeyTaken,
		/// The peer key did not sign the binding of account and keys.
		BadPeerSignature,
		/// The audit key did not sign the binding of account and keys.
		BadAuditSignature,
		/// Too many replaced audit keys are still valid: wait until the oldest ends.
		TooManyRetiredKeys,
		/// Only nodes can do this.
		NotNode,
		/// Only validators can do this.
		NotValidator,
		/// An advertisement needs a printable multiaddress, a model, tokens and a slot, and no pair twice.
		BadAdvertisement,
		/// The account takes no new work: resume first.
		IsChilled,
		/// The account is not chilled.
		NotChilled,
		/// The node takes no jobs: it is below the minimum, chilled, or has not advertised.
		NotServing,
		/// No more validators can be bonded: wait until one leaves.
		TooManyValidators,
		/// No session keys are registered: call `session.setKeys` first.
		NoSessionKeys,
		/// The validator is a candidate already.
		AlreadyCandidate,
		/// The validator is no candidate.
		NotCandidate,
		/// A pair is named twice: name each once.
		PairTwice,
		/// The validator gave up this pair, and can still be drawn for jobs from before: declare it again when the longest
		/// path of a job has passed since.
		PairLeaving,
		/// The pairs are too many, together with those that the validator gave up and can still be drawn for: name fewer,
		/// or wait until the longest path of a job has passed.
		TooManyPairs,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(
				T::MaxBondedValidators::get() >= pallet_terms::MAX_VALIDATORS,
				"every validator set that the terms allow must fit"
			);
			assert!(
				T::OffenceMemory::get() > 0,
				"a fault must be reportable after its session"
			);
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Bonds `amount` for `role`, with the account's keys.
		///
		/// Origin: signed. The peer key and the audit key each sign [`receipt::keys::binding`] of the
		/// account and the keys.
		///
		/// Errors: [`Error::AlreadyBonded`], [`Error::BelowMinimum`], [`Error::KeyTaken`],
		/// [`Error::BadPeerSignature`], [`Error::BadAuditSignature`], [`Error::TooManyValidators`].
		/// Events: [`Event::Bonded`], [`Event::KeysSet`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::bond())]
		pub fn bond(
			origin: OriginFor<T>,
			role: Role,
			#[pallet::compact] amount: Planck,
			keys: KeySet,
			peer_signature: [u8; 64],
			audit_signature: [u8; 64],
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::check_key_signatures(&account, &keys, &peer_signature, &audit_signature)?;
			Self::do_bond(&account, role, amount, keys)
		}

		/// Adds `amount` to the active bond. A bond that was slashed or unbonded must reach its role's
		/// minimum again.
		///
		/// Origin: signed. Errors: [`Error::NotBonded`], [`Error::NothingToDo`],
		/// [`Error::BelowMinimum`], [`Error::TooManyValidators`]. Event: [`Event::BondIncreased`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::bond_extra())]
		pub fn bond_extra(origin: OriginFor<T>, #[pallet::compact] amount: Planck) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::do_bond_extra(&account, amount)
		}

		/// Takes `amount` out of the active bond; it can be withdrawn after the unbonding delay.
		///
		/// What stays must reach the role's minimum and cover the open jobs, or be nothing: unbonding
		/// everything chills the account and ends a candidacy.
		///
		/// Origin: signed. Errors: [`Error::NotBonded`], [`Error::NothingToDo`],
		/// [`Error::InsufficientBond`], [`Error::BelowMinimum`], [`Error::BondNotCovering`],
		/// [`Error::TooManyChunks`]. Events: [`Event::Unbonding`], [`Event::Chilled`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::unbond())]
		pub fn unbond(origin: OriginFor<T>, #[pallet::compact] amount: Planck) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::do_unbond(&account, amount)
		}

		/// Releases every chunk that is due. When nothing is left the account's record is removed, with all
		/// its keys, those of sessions included, and the pairs that it declared.
		///
		/// Origin: signed. Errors: [`Error::NotBonded`], [`Error::InSession`], [`Error::OwesAudits`],
		/// [`Error::HasOpenJobs`], [`Error::NothingToWithdraw`]. Events: [`Event::Withdrawn`],
		/// [`Event::Closed`].
		#[pallet::call_index(3)]
		#[pallet::weight(Pallet::<T>::withdraw_weight(MAX_PAIRS))]
		pub fn withdraw(origin: OriginFor<T>) -> DispatchResultWithPostInfo {
			let account = ensure_signed(origin)?;
			let forgotten = Self::do_withdraw(&account)?;
			Ok(Some(Self::withdraw_weight(forgotten)).into())
		}

		/// Replaces the account's keys. The old audit key is accepted until what is open has ended.
		///
		/// Origin: signed; signatures as for [`Pallet::bond`]. Errors: [`Error::NotBonded`],
		/// [`Error::KeyTaken`], [`Error::BadPeerSignature`], [`Error::BadAuditSignature`],
		/// [`Error::TooManyRetiredKeys`]. Event: [`Event::KeysSet`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::set_keys())]
		pub fn set_keys(
			origin: OriginFor<T>,
			keys: KeySet,
			peer_signature: [u8; 64],
			audit_signature: [u8; 64],
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			ensure!(Ledgers::<T>::contains_key(&account), Error::<T>::NotBonded);
			Self::check_key_signatures(&account, &keys, &peer_signature, &audit_signature)?;
			Self::do_set_keys(&account, keys)
		}

		/// Says what a node runs and where it is reached, in place of what it said before.
		///
		/// Origin: a bonded node. Errors: [`Error::NotBonded`], [`Error::NotNode`],
		/// [`Error::BadAdvertisement`]. Event: [`Event::Advertised`].
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::advertise())]
		pub fn advertise(origin: OriginFor<T>, advertisement: Advertisement) -> DispatchResult {
			let node = ensure_signed(origin)?;
			Self::do_advertise(node, advertisement)
		}

		/// Takes no new work. What is open stays owed.
		///
		/// Origin: signed. Errors: [`Error::NotBonded`], [`Error::IsChilled`]. Event:
		/// [`Event::Chilled`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::chill())]
		pub fn chill(origin: OriginFor<T>) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::do_chill(&account)
		}

		/// Takes work again.
		///
		/// Origin: signed. Errors: [`Error::NotBonded`], [`Error::NotChilled`], [`Error::IsEjected`],
		/// [`Error::BelowMinimum`], [`Error::BondNotCovering`]. Event: [`Event::Resumed`].
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::resume())]
		pub fn resume(origin: OriginFor<T>) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::do_resume(account)
		}

		/// Asks to produce blocks from one of the next sessions on.
		///
		/// Origin: a bonded validator with session keys. Errors: [`Error::NotBonded`],
		/// [`Error::NotValidator`], [`Error::IsChilled`], [`Error::BelowMinimum`],
		/// [`Error::NoSessionKeys`], [`Error::AlreadyCandidate`]. Event: [`Event::CandidateJoined`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::join_validators())]
		pub fn join_validators(origin: OriginFor<T>) -> DispatchResult {
			let validator = ensure_signed(origin)?;
			ensure!(T::Sessions::has_keys(&validator), Error::<T>::NoSessionKeys);
			Self::do_join(&validator)
		}

		/// Asks not to produce blocks any more; takes effect with one of the next sessions.
		///
		/// Origin: a candidate. Error: [`Error::NotCandidate`]. Event: [`Event::CandidateLeft`].
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::leave_validators())]
		pub fn leave_validators(origin: OriginFor<T>) -> DispatchResult {
			let validator = ensure_signed(origin)?;
			ensure!(Self::drop_candidate(&validator), Error::<T>::NotCandidate);
			Ok(())
		}

		/// Says which pairs a validator checks, in place of what it said before: it is drawn for jobs of these alone that
		/// are requested from now on. For a pair that it gives up it can still be drawn where the job was requested before,
		/// and cannot declare it anew until the longest path of a job has passed.
		///
		/// Whoever declares a pair and does not have its model pays for the audits that it misses. A pair need not be
		/// calibrated; its jobs are audited from the calibration on.
		///
		/// Origin: a validator with an active bond. Errors: [`Error::NotBonded`], [`Error::NotValidator`],
		/// [`Error::BelowMinimum`], [`Error::PairTwice`], [`Error::PairLeaving`], [`Error::TooManyPairs`]. Event:
		/// [`Event::PairsDeclared`].
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::declare_pairs(MAX_PAIRS.saturating_add(pairs.len() as u32)))]
		pub fn declare_pairs(origin: OriginFor<T>, pairs: Pairs) -> DispatchResultWithPostInfo {
			let validator = ensure_signed(origin)?;
			let changed = Self::do_declare_pairs(&validator, pairs)?;
			Ok(Some(T::WeightInfo::declare_pairs(changed)).into())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// Everything about one bonded account.
		pub fn account(account: T::AccountId) -> Option<AccountView> {
			Self::account_view(&account)
		}

		/// The nodes that take jobs now: at most `limit` (100) of those after the account `after`, in
		/// the order of the storage. The last account of a page is the `after` of the next.
		pub fn serving_nodes(after: Option<T::AccountId>, limit: u32) -> Vec<ServingNode> {
			Self::serving_views(after, limit)
		}

		/// The largest further fee that a node's bond covers; zero for one that takes no jobs.
		pub fn capacity(node: T::AccountId) -> Planck {
			Self::capacity_of(&node)
		}

		/// The bonded validators, by account.
		pub fn validators() -> Vec<ValidatorView> {
			Self::validator_views()
		}

		/// The pairs that a validator declared, in their order.
		pub fn declared_pairs(validator: T::AccountId) -> Vec<PairKey> {
			PairsOf::<T>::get(validator).into_inner()
		}

		/// How many validators can be drawn to audit a job of this pair that is requested now. A request is refused where
		/// they are fewer than `verification.min_eligible`.
		pub fn auditors_for(pair: PairKey) -> u32 {
			Self::eligible_auditors(&pair, Self::now()).len() as u32
		}
	}
}

//! Splits a fee exactly and keeps what is owed until it is claimed.
//!
//! # Interface
//!
//! - [`split::divide`] and [`split::divide_cost_plus`] turn a fee into parts, purely.
//! - [`Pallet::pay_in`] takes a held fee and credits its parts; whoever settles jobs calls it.
//! - [`Pallet::claim`], [`Pallet::claim_workflow`] and [`Pallet::claim_for`] pay out.
//!
//! # Overview
//!
//! Nothing is sent to anybody at settlement, except to the treasury: a settlement with many
//! receivers must not fail because one account does not exist. The parts are credited in
//! [`Owed`], the money lies in a pot, and each receiver claims. Workflows are credited by number,
//! so that the owner at the time of the claim gets what the workflow earned: claim before you
//! transfer one. What a workflow without an owner (a banned one) earned goes to the treasury.
//!
//! What validators earn by audits that are drawn by chance lies in a pool, which each era divides among correct
//! verdicts.
//!
//! The pot holds its existential deposit on top of everything owed. Genesis gives it that deposit,
//! and claims never touch it.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod era;
pub mod split;
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

use pallet_terms::Planck;
use polkadot_sdk::*;
use sp_runtime::AccountId32;

/// The most workflows among which an upstream part is divided.
pub const MAX_UPSTREAMS: u32 = 32;

/// The most parts that one fee can have: creator, upstreams, node, a whole committee, treasury.
pub const MAX_PARTS: u32 = 3 + MAX_UPSTREAMS + pallet_terms::MAX_COMMITTEE;

/// The rule-book of what is owed.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{PalletId, pallet_prelude::*, traits::fungible};
	use frame_system::pallet_prelude::*;
	use sp_runtime::SaturatedConversion;

	/// The layout of what is stored here.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

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
		/// The reasons for which the payer's fee may be held. This pallet holds nothing itself.
		type RuntimeHoldReason: Parameter;
		/// Names the pot's account.
		#[pallet::constant]
		type PalletId: Get<PalletId>;
		/// The treasury's account.
		type Treasury: Get<AccountId32>;
		/// Who owns a workflow.
		type Owners: WorkflowOwner;
		/// The blocks of an era.
		type Era: Get<u32>;
		/// What the calls cost.
		type WeightInfo: WeightInfo;
		/// A reason that the benchmarks may hold with.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkReason: Get<Self::RuntimeHoldReason>;
	}

	/// What each payee may claim. Entries of zero are removed.
	#[pallet::storage]
	pub type Owed<T> = StorageMap<_, Blake2_128Concat, Payee, Planck, ValueQuery>;

	/// The sum of [`Owed`].
	#[pallet::storage]
	pub type TotalOwed<T> = StorageValue<_, Planck, ValueQuery>;

	/// All that a workflow was ever credited, claimed or not.
	#[pallet::storage]
	pub type Earned<T> = StorageMap<_, Twox64Concat, WorkflowId, Planck, ValueQuery>;

	/// The correct verdicts of this era that the pool pays, by validator.
	#[pallet::storage]
	pub type Points<T> = StorageValue<
		_,
		BoundedVec<(AccountId32, u32), ConstU32<{ pallet_terms::MAX_VALIDATORS }>>,
		ValueQuery,
	>;

	/// Gives the pot its existential deposit.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		#[doc(hidden)]
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			Pallet::<T>::fund_pot().expect("the pot's account can hold an existential deposit");
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A fee was divided. The parts sum to the total.
		Settled {
			/// Who paid.
			payer: AccountId32,
			/// The whole fee.
			total: Planck,
			/// Who was credited with how much; the treasury's part was sent at once.
			parts: Vec<Part>,
		},
		/// The pool was divided among the correct verdicts of an era.
		EraEnded {
			/// How much was credited in all.
			paid: Planck,
			/// What each verdict earned.
			each: Planck,
			/// How many there were.
			verdicts: u64,
		},
		/// What was owed was paid out.
		Claimed {
			/// Who had been credited.
			payee: Payee,
			/// Who was paid.
			to: AccountId32,
			/// How much.
			amount: Planck,
		},
	}

	/// Why something was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// Nothing is owed: wait for the next settlement.
		NothingOwed,
		/// The workflow belongs to somebody else: its owner has to claim.
		NotOwner,
		/// A fee has more parts than `MAX_PARTS`: settle with fewer receivers.
		TooManyParts,
		/// The parts sum to more than can exist.
		Overflow,
		/// The pool is nobody's: each era divides it among correct verdicts.
		PoolIsDividedByEra,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(number: BlockNumberFor<T>) -> Weight {
			T::WeightInfo::end_era(Self::end_era_if_due(number.saturated_into()))
		}

		fn integrity_test() {
			assert!(
				Self::pot() != T::Treasury::get(),
				"the pot must not be the treasury's account"
			);
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Pays out what the caller's account is owed.
		///
		/// # Details
		/// The origin must be signed. What workflows of the caller earned is claimed by
		/// `claim_workflow`.
		///
		/// # Errors
		/// - `NothingOwed`: there is nothing to claim.
		/// - Where the account does not exist yet and the amount is below the existential deposit,
		///   the transfer is refused; claim when more is owed.
		///
		/// # Events
		/// - `Claimed`
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::claim())]
		pub fn claim(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_claim(Payee::Account(who.clone()), who)
		}

		/// Pays out what a workflow earned, to its owner.
		///
		/// # Details
		/// The origin must be signed by the owner. Where the workflow has no owner, because it was
		/// banned, anyone may sign and the treasury is paid.
		///
		/// # Errors
		/// - `NothingOwed`: there is nothing to claim.
		/// - `NotOwner`: the workflow belongs to another account.
		///
		/// # Events
		/// - `Claimed`
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::claim_workflow())]
		pub fn claim_workflow(origin: OriginFor<T>, workflow: WorkflowId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let to = match T::Owners::owner_of(workflow) {
				Some(owner) => {
					ensure!(owner == who, Error::<T>::NotOwner);
					owner
				}
				None => T::Treasury::get(),
			};
			Self::do_claim(Payee::Workflow(workflow), to)
		}

		/// Pays out what another account is owed, to that account.
		///
		/// # Details
		/// The origin must be signed by anyone. So a helper can pay the fee of the transaction for
		/// somebody who has nothing yet.
		///
		/// # Errors
		/// - `NothingOwed`: there is nothing to claim.
		///
		/// # Events
		/// - `Claimed`
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::claim())]
		pub fn claim_for(origin: OriginFor<T>, account: AccountId32) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_claim(Payee::Account(account.clone()), account)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// What an account may claim.
		pub fn owed(account: AccountId32) -> Planck {
			Owed::<T>::get(Payee::Account(account))
		}

		/// What the owner of a workflow may claim.
		pub fn owed_workflow(workflow: WorkflowId) -> Planck {
			Owed::<T>::get(Payee::Workflow(workflow))
		}

		/// All that a workflow was ever credited, claimed or not.
		pub fn earned_workflow(workflow: WorkflowId) -> Planck {
			Earned::<T>::get(workflow)
		}

		/// The pot's account, and what is owed from it.
		pub fn pot_account() -> (AccountId32, Planck) {
			(Self::pot(), TotalOwed::<T>::get())
		}
	}
}

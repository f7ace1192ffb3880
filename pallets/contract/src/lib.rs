//! Anchors hash-chained audit logs and keeps the constitution.
//!
//! # API
//!
//! - Audit logs: [`Pallet::anchor`], [`Pallet::close_log`].
//! - The constitution: [`Pallet::amend_constitution`], by [`Config::AmendOrigin`] only.
//! - Clients read [`Pallet::log`], [`Pallet::constitution`] and [`Pallet::hash_of`].
//!
//! # Overview
//!
//! An identity keeps an audit log of its own, off chain, in which every entry commits to the one before. From time to
//! time it *anchors* the log: it states the root and the number of entries. Each anchor commits to the anchor before,
//! so an identity can neither change an entry it has anchored nor leave an anchor out. The number of entries must
//! grow. State keeps the latest anchor and how many there were; the earlier ones are in the events.
//!
//! The first anchor holds a deposit, which [`Pallet::close_log`] returns. Closing ends the chain: an identity that
//! anchors again starts a new log, from index 0 and with no anchor before. The event tells everyone that it did.
//!
//! The hash of the constitution stands here, with a version. It is set at genesis and amended by the congress.
//!
//! # Example
//!
//! What an identity anchored can be recomputed from the events, one anchor after the other:
//!
//! ```
//! use pallet_contract::{NO_ANCHOR, anchor_hash};
//! use polkadot_sdk::{sp_core::H256, sp_runtime::AccountId32};
//!
//! let who = AccountId32::new([1; 32]);
//! let mut latest = NO_ANCHOR;
//! for (index, (root, length)) in [(H256::repeat_byte(7), 10), (H256::repeat_byte(8), 25)].into_iter().enumerate() {
//! 	latest = anchor_hash(&who, index as u64, root, length, latest);
//! }
//! assert_ne!(latest, NO_ANCHOR);
//! ```
//!
//! # Low level
//!
//! The anchor's hash is defined by [`types::anchor_hash`], which clients compute on their own.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
pub mod types;
pub mod weights;

pub use pallet::*;
pub use types::{ConstitutionRecord, Log, NO_ANCHOR, anchor_hash};
pub use weights::WeightInfo;

use polkadot_sdk::*;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{InspectHold, Mutate, MutateHold},
			tokens::Precision,
		},
	};
	use frame_system::pallet_prelude::*;
	use pallet_terms::types::{Planck, TermsSource};
	use sp_core::H256;
	use sp_runtime::{AccountId32, SaturatedConversion, TryRuntimeError};

	/// The version of the storage below.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The rule-book.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the runtime supplies.
	#[pallet::config]
	pub trait Config: polkadot_sdk::frame_system::Config<AccountId = AccountId32> {
		/// The runtime's hold reason.
		type RuntimeHoldReason: From<HoldReason>;
		/// HAI.
		type Currency: Mutate<AccountId32, Balance = Planck>
			+ MutateHold<AccountId32, Reason = Self::RuntimeHoldReason>;
		/// The governed numbers, for the deposit.
		type Terms: TermsSource;
		/// Who amends the constitution: the congress, Constitutional.
		type AmendOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// The weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Why HAI is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// It is the deposit of an audit log.
		AuditLog,
	}

	/// The open audit logs. Each stands for a deposit.
	#[pallet::storage]
	pub type Logs<T: Config> = StorageMap<_, Blake2_128Concat, AccountId32, Log>;

	/// The constitution in force.
	#[pallet::storage]
	pub type Constitution<T: Config> = StorageValue<_, ConstitutionRecord>;

	/// The constitution the chain starts with.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The hash of its text.
		pub constitution: H256,
		#[doc(hidden)]
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			Constitution::<T>::put(ConstitutionRecord {
				hash: self.constitution,
				version: 1,
				amended_at: 0,
			});
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(fn deposit_event)]
	pub enum Event<T: Config> {
		/// An identity anchored its audit log.
		Anchored {
			/// The identity.
			who: T::AccountId,
			/// The anchor's number in this log, from 0.
			index: u64,
			/// The root of the log.
			root: H256,
			/// The number of its entries.
			length: u64,
			/// The hash of the anchor before; zero in the first.
			previous: H256,
			/// The hash of this anchor.
			hash: H256,
		},
		/// An identity ended its audit log.
		LogClosed {
			/// The identity.
			who: T::AccountId,
			/// How many anchors it made.
			anchors: u64,
			/// The hash of the latest.
			hash: H256,
			/// What was returned.
			returned: Planck,
		},
		/// The constitution was amended.
		ConstitutionAmended {
			/// The hash of the new text.
			hash: H256,
			/// Its version.
			version: u32,
		},
	}

	/// Why a call was refused, and what to do.
	#[pallet::error]
	pub enum Error<T> {
		/// `previous` is not the hash of the latest anchor: read the log and give its hash; in a first anchor give
		/// zero.
		WrongPrevious,
		/// The log did not grow: anchor it when it has more entries than at the anchor before.
		LengthNotGrown,
		/// The account has no open audit log.
		NoLog,
		/// That is the constitution in force.
		NothingAmended,
		/// The counter of anchors or amendments is used up.
		CounterUsedUp,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			let block = T::BlockWeights::get().max_block;
			assert!(
				T::WeightInfo::anchor().all_lte(block),
				"an anchor must fit in a block"
			);
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Anchors the caller's audit log: its `root`, and its `length` in entries. `previous` is the hash of the
		/// latest anchor, zero in the first, which holds the deposit.
		///
		/// Origin: signed. Errors: [`Error::WrongPrevious`], [`Error::LengthNotGrown`]; the currency's when the
		/// deposit cannot be held. Event: [`Event::Anchored`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::anchor())]
		pub fn anchor(origin: OriginFor<T>, root: H256, length: u64, previous: H256) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let before = Logs::<T>::get(&who);
			let latest = before.map_or(NO_ANCHOR, |log| log.hash);
			ensure!(previous == latest, Error::<T>::WrongPrevious);
			ensure!(
				length > before.map_or(0, |log| log.length),
				Error::<T>::LengthNotGrown
			);

			let index = before.map_or(0, |log| log.anchors);
			let hash = anchor_hash(&who, index, root, length, previous);
			let now = Self::now();
			let (opened_at, deposit) = match before {
				Some(log) => (log.opened_at, log.deposit),
				None => {
					let (_, terms) = T::Terms::current();
					let deposit = terms.deposits.anchor;
					T::Currency::hold(&HoldReason::AuditLog.into(), &who, deposit)?;
					(now, deposit)
				}
			};
			let anchors = index.checked_add(1).ok_or(Error::<T>::CounterUsedUp)?;
			Logs::<T>::insert(
				&who,
				Log {
					anchors,
					root,
					length,
					hash,
					opened_at,
					anchored_at: now,
					deposit,
				},
			);
			Self::deposit_event(Event::Anchored {
				who,
				index,
				root,
				length,
				previous,
				hash,
			});
			Ok(())
		}

		/// Ends the caller's audit log and returns its deposit. A later anchor starts a new log.
		///
		/// Origin: signed. Errors: [`Error::NoLog`]. Event: [`Event::LogClosed`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::close_log())]
		pub fn close_log(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let log = Logs::<T>::take(&who).ok_or(Error::<T>::NoLog)?;
			let reason = HoldReason::AuditLog.into();
			let returned = T::Currency::release(&reason, &who, log.deposit, Precision::BestEffort)?;
			Self::deposit_event(Event::LogClosed {
				who,
				anchors: log.anchors,
				hash: log.hash,
				returned,
			});
			Ok(())
		}

		/// Puts another text of the constitution into force, by its hash.
		///
		/// Origin: [`Config::AmendOrigin`]. Errors: [`Error::NothingAmended`]. Event:
		/// [`Event::ConstitutionAmended`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::amend_constitution())]
		pub fn amend_constitution(origin: OriginFor<T>, hash: H256) -> DispatchResult {
			T::AmendOrigin::ensure_origin(origin)?;
			let before = Constitution::<T>::get();
			ensure!(
				before.is_none_or(|record| record.hash != hash),
				Error::<T>::NothingAmended
			);
			let version = before
				.map_or(0, |record| record.version)
				.checked_add(1)
				.ok_or(Error::<T>::CounterUsedUp)?;
			Constitution::<T>::put(ConstitutionRecord {
				hash,
				version,
				amended_at: Self::now(),
			});
			Self::deposit_event(Event::ConstitutionAmended { hash, version });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// An identity's audit log: its latest anchor, how many there were, and what is held for it.
		pub fn log(who: AccountId32) -> Option<Log> {
			Logs::<T>::get(who)
		}

		/// The hash that the identity's next anchor would have, with this root and length.
		pub fn hash_of(who: AccountId32, root: H256, length: u64) -> H256 {
			let log = Logs::<T>::get(&who);
			let index = log.map_or(0, |log| log.anchors);
			anchor_hash(&who, index, root, length, log.map_or(NO_ANCHOR, |log| log.hash))
		}

		/// The constitution in force.
		pub fn constitution() -> Option<ConstitutionRecord> {
			Constitution::<T>::get()
		}
	}

	impl<T: Config> Pallet<T> {
		fn now() -> u32 {
			frame_system::Pallet::<T>::block_number().saturated_into()
		}

		/// Checks that every log stands for what is held, and that the constitution is one.
		///
		/// # Errors
		///
		/// A sentence that names the broken rule.
		pub fn do_try_state() -> Result<(), TryRuntimeError> {
			for (who, log) in Logs::<T>::iter() {
				ensure!(
					log.anchors > 0 && log.length >= log.anchors,
					"a log grew by less than an entry per anchor"
				);
				ensure!(
					log.opened_at <= log.anchored_at,
					"a log was anchored before it was opened"
				);
				ensure!(log.hash != NO_ANCHOR, "a log has no latest anchor");
				ensure!(
					T::Currency::balance_on_hold(&HoldReason::AuditLog.into(), &who) == log.deposit,
					"the deposit of a log differs from its hold"
				);
			}
			if let Some(record) = Constitution::<T>::get() {
				ensure!(record.version > 0, "the constitution has no version");
			}
			Ok(())
		}
	}
}

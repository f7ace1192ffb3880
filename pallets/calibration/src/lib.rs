//! Keeps which pairs are calibrated, and by what bands their work is audited.
//!
//! # API
//!
//! - [`Pallet::register`] and [`Pallet::withdraw`], by [`Config::RegisterOrigin`] only.
//! - Other rule-books ask [`Pallet::is_calibrated`] before they take a job that is to be audited, and
//!   [`Pallet::calibration`] for the bands and the detection power by which it is.
//! - Clients read [`Pallet::calibration`] and [`Pallet::calibrations`].
//!
//! # Overview
//!
//! A *pair* is a model on an engine with its arithmetic, named by a hash of all that changes a bit of a result. An
//! auditor compares its own run with a node's and allows for rounding by the pair's *bands*. A pair without bands
//! is never audited: nobody could tell a cheat from an odd machine, so only private calls may use it.
//!
//! What stands here is an [`Entry`](calibration::Entry): bands, detection power by length, the model's hash, and
//! the hash of the record from which they follow. The record itself is a file; whoever votes on a registration
//! checks it, and whoever doubts it measures again.
//!
//! A job keeps the bands of its request. So neither a new calibration nor a withdrawal changes how a job that is
//! under way is audited.
//!
//! # Example
//!
//! ```
//! use calibration::{Bands, Bucket, Entry};
//!
//! let entry = Entry { record: [1; 32], model: [2; 32], bands: Bands::CPU, detection: Bucket::ASSUMED };
//! assert_eq!(entry.check(), Ok(()));
//! ```
//!
//! # Low level
//!
//! There are at most [`Config::MaxPairs`] entries.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
pub mod types;
pub mod weights;

pub use calibration::{Bands, Bucket, Entry, Ppm, VectorBands};
pub use pallet::*;
pub use types::{Calibration, GenesisCalibration};
pub use weights::WeightInfo;

use polkadot_sdk::*;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use calibration::{Entry, EntryError};
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use pallet_terms::TermsSource;
	use receipt::{Hash, PairKey};
	use sp_runtime::{SaturatedConversion, TryRuntimeError};

	/// The version of the storage below.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The rule-book.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the runtime supplies.
	#[pallet::config]
	pub trait Config: polkadot_sdk::frame_system::Config {
		/// Who registers and withdraws: the congress, Technical.
		type RegisterOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// The governed numbers, for the detection power below which bonds cover nothing.
		type Terms: TermsSource;
		/// How many calibrations there may be.
		#[pallet::constant]
		type MaxPairs: Get<u32>;
		/// The weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// The calibrations, by the key of their pair.
	#[pallet::storage]
	pub type Calibrations<T: Config> = CountedStorageMap<_, Blake2_128Concat, PairKey, Calibration>;

	/// The pairs that are calibrated from the first block.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// All of them.
		pub calibrations: Vec<GenesisCalibration>,
		#[doc(hidden)]
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			let count = self.calibrations.len();
			assert!(
				count <= T::MaxPairs::get() as usize,
				"genesis calibrates {count} pairs, and there may be {}",
				T::MaxPairs::get()
			);
			for GenesisCalibration { pair, entry } in &self.calibrations {
				let checked = entry.check();
				assert!(checked.is_ok(), "a genesis calibration is none: {checked:?}");
				assert!(
					!Calibrations::<T>::contains_key(pair),
					"genesis calibrates a pair twice"
				);
				Calibrations::<T>::insert(
					pair,
					Calibration {
						entry: *entry,
						registered_at: 0,
					},
				);
			}
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(fn deposit_event)]
	pub enum Event<T: Config> {
		/// A pair is calibrated, for the first time or anew.
		Registered {
			/// The pair.
			pair: PairKey,
			/// The content hash of its model.
			model: Hash,
			/// The hash of the record.
			record: Hash,
		},
		/// No new job can be audited under a pair.
		Withdrawn {
			/// The pair.
			pair: PairKey,
		},
	}

	/// Why a call was refused, and what to do.
	#[pallet::error]
	pub enum Error<T> {
		/// A band is zero, or so wide that anything passes: give those of a record that is not refused.
		BandsNotUsable,
		/// Lengths and powers of the detection table must rise, the last length be unlimited and its power above zero.
		DetectionNotUsable,
		/// That calibration of this pair is in force already.
		Unchanged,
		/// There are as many calibrations as there may be: withdraw one first.
		TooManyPairs,
		/// This pair is not calibrated.
		NotCalibrated,
		/// A power of the detection table is below the smallest for which the terms make sure that bonds cover what a
		/// cheat costs (`verification.detection`, its first range): measure with more runs, or with a better engine.
		DetectionTooLow,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(T::MaxPairs::get() > 0, "no pair can be calibrated");
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Calibrates a pair, or puts another calibration of it in force. Jobs that are under way keep the one of
		/// their request.
		///
		/// Origin: [`Config::RegisterOrigin`], a Technical decision of Congress. Errors: [`Error::BandsNotUsable`],
		/// [`Error::DetectionNotUsable`], [`Error::DetectionTooLow`], [`Error::Unchanged`], [`Error::TooManyPairs`].
		/// Event: [`Event::Registered`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register())]
		pub fn register(origin: OriginFor<T>, pair: PairKey, entry: Entry) -> DispatchResult {
			T::RegisterOrigin::ensure_origin(origin)?;
			entry.check().map_err(|error| match error {
				EntryError::Bands => Error::<T>::BandsNotUsable,
				EntryError::Detection => Error::<T>::DetectionNotUsable,
			})?;
			let (_, terms) = T::Terms::current();
			// They rise with the length.
			let [shortest, ..] = entry.detection;
			ensure!(
				shortest.power >= terms.verification.least_detection(),
				Error::<T>::DetectionTooLow
			);
			match Calibrations::<T>::get(pair) {
				Some(before) => ensure!(before.entry != entry, Error::<T>::Unchanged),
				None => ensure!(
					Calibrations::<T>::count() < T::MaxPairs::get(),
					Error::<T>::TooManyPairs
				),
			}
			Calibrations::<T>::insert(
				pair,
				Calibration {
					entry,
					registered_at: Self::now(),
				},
			);
			Self::deposit_event(Event::Registered {
				pair,
				model: entry.model,
				record: entry.record,
			});
			Ok(())
		}

		/// Takes a pair out: no new job under it can be audited. Jobs that were requested before still are.
		///
		/// Origin: [`Config::RegisterOrigin`], a Technical decision of Congress. Errors: [`Error::NotCalibrated`]. Event:
		/// [`Event::Withdrawn`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		pub fn withdraw(origin: OriginFor<T>, pair: PairKey) -> DispatchResult {
			T::RegisterOrigin::ensure_origin(origin)?;
			Calibrations::<T>::take(pair).ok_or(Error::<T>::NotCalibrated)?;
			Self::deposit_event(Event::Withdrawn { pair });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// The calibration of a pair.
		pub fn calibration(pair: PairKey) -> Option<Calibration> {
			Calibrations::<T>::get(pair)
		}

		/// All calibrations with their pairs, in the order of the pairs' keys.
		pub fn calibrations() -> Vec<(PairKey, Calibration)> {
			let mut all: Vec<_> = Calibrations::<T>::iter().collect();
			all.sort_unstable_by_key(|(pair, _)| *pair);
			all
		}
	}

	impl<T: Config> Pallet<T> {
		/// Whether jobs under this pair can be audited: it has a calibration in force, of this model.
		pub fn is_calibrated(pair: &PairKey, model: &Hash) -> bool {
			Calibrations::<T>::get(pair).is_some_and(|calibration| calibration.entry.model == *model)
		}

		fn now() -> u32 {
			frame_system::Pallet::<T>::block_number().saturated_into()
		}

		/// Checks that there are not too many calibrations, and that each is one.
		///
		/// # Errors
		///
		/// A sentence that names the broken rule.
		pub fn do_try_state() -> Result<(), TryRuntimeError> {
			let mut count = 0u32;
			for (_, calibration) in Calibrations::<T>::iter() {
				count = count.saturating_add(1);
				ensure!(calibration.entry.check().is_ok(), "a calibration is none");
				ensure!(
					calibration.registered_at <= Self::now(),
					"a calibration is registered in the future"
				);
			}
			ensure!(
				count == Calibrations::<T>::count(),
				"the count of calibrations is wrong"
			);
			ensure!(count <= T::MaxPairs::get(), "there are too many calibrations");
			Ok(())
		}
	}
}

//! Keeps every governed number in one versioned structure.
//!
//! # Interface
//!
//! Other rule-books read the numbers through [`TermsSource`], which [`Pallet`] implements: the
//! version in force, or an earlier one. People read them through the view functions `terms` and
//! `terms_at`, and change them all at once with [`Pallet::set_terms`].
//!
//! # Overview
//!
//! The numbers depend on each other: a bond must stay longer than every window in which a fault
//! can come to light, a panel must need more than half of its votes. So they are one
//! structure, [`Terms`], with one check of every relation, [`Terms::check`]. Versions are counted
//! from one, stored side by side and never overwritten. A job keeps the version that it was
//! requested under, so a change never touches a running job.
//!
//! ```
//! use pallet_terms::{RulesFault, Terms, TermsError};
//! use verification::Ppm;
//!
//! let mut terms = Terms::production();
//! assert_eq!(terms.check(), Ok(()));
//! terms.verification.panel_agreement = Ppm::new(500_000);
//! assert_eq!(terms.check(), Err(TermsError::Verification(RulesFault::PanelAgreement)));
//! ```

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod check;
pub mod division;
pub mod presets;
pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use check::{
	MAX_COMMITTEE, MAX_DRAW_DELAY, MAX_STOP_WITHIN, MAX_VALIDATORS, MAX_WINDOW, RulesFault, TermsError,
};
pub use division::largest_remainder;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

use polkadot_sdk::*;

/// The rule-book of the governed numbers.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::boxed::Box;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;

	/// The layout of what is stored here.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the runtime decides.
	#[pallet::config]
	pub trait Config: polkadot_sdk::frame_system::Config {
		/// Who may set a new version.
		type SetOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// What the calls cost.
		type WeightInfo: WeightInfo;
	}

	/// The version in force; the first is one, and zero means that genesis set none.
	#[pallet::storage]
	pub type CurrentVersion<T> = StorageValue<_, u32, ValueQuery>;

	/// Every version from one to [`CurrentVersion`]. An entry is never changed.
	#[pallet::storage]
	pub type TermsOf<T> = StorageMap<_, Twox64Concat, u32, Terms, OptionQuery>;

	/// The first version.
	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// The terms that are in force from the first block.
		pub terms: Terms,
		#[doc(hidden)]
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			Self {
				terms: Terms::production(),
				_config: PhantomData,
			}
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			let checked = self.terms.check();
			assert!(checked.is_ok(), "genesis terms do not fit together: {checked:?}");
			TermsOf::<T>::insert(1, self.terms);
			CurrentVersion::<T>::put(1);
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// New terms are in force. Jobs that were requested before keep theirs.
		TermsSet {
			/// The new version.
			version: u32,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The numbers do not fit together; the inner error names what to change.
		DoNotFit(TermsError),
		/// The numbers are those already in force: change one, or leave them.
		Unchanged,
		/// Every version number is used.
		TooManyVersions,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			for (name, terms) in [
				("production", Terms::production()),
				("development", Terms::development()),
			] {
				let checked = terms.check();
				assert!(
					checked.is_ok(),
					"the {name} terms do not fit together: {checked:?}"
				);
			}
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Puts new terms in force.
		///
		/// # Details
		/// The origin must be `SetOrigin`, which is a Technical decision of Congress. All numbers
		/// are given at once and every relation between them is checked. Jobs that were requested
		/// under an earlier version keep it.
		///
		/// # Errors
		/// - `DoNotFit`: a relation does not hold; the inner error names it.
		/// - `Unchanged`: these are the terms in force.
		///
		/// # Events
		/// - `TermsSet`
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::set_terms())]
		pub fn set_terms(origin: OriginFor<T>, terms: Box<Terms>) -> DispatchResult {
			T::SetOrigin::ensure_origin(origin)?;
			terms.check().map_err(Error::<T>::DoNotFit)?;
			let current = CurrentVersion::<T>::get();
			ensure!(
				TermsOf::<T>::get(current).as_ref() != Some(&*terms),
				Error::<T>::Unchanged
			);
			let version = current.checked_add(1).ok_or(Error::<T>::TooManyVersions)?;
			TermsOf::<T>::insert(version, *terms);
			CurrentVersion::<T>::put(version);
			Self::deposit_event(Event::TermsSet { version });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// The version in force and its numbers.
		pub fn terms() -> (u32, Terms) {
			<Self as TermsSource>::current()
		}

		/// The numbers of one version, or nothing where there is no such version.
		pub fn terms_at(version: u32) -> Option<Terms> {
			<Self as TermsSource>::at(version)
		}
	}

	impl<T: Config> Pallet<T> {
		/// Whether the storage is as it must be: versions one to the current one and no other,
		/// and the one in force fits together.
		pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
			let current = CurrentVersion::<T>::get();
			let mut count = 0u32;
			for version in TermsOf::<T>::iter_keys() {
				ensure!((1..=current).contains(&version), "a version outside the count");
				count = count.saturating_add(1);
			}
			ensure!(count == current, "a version is missing");
			if let Some(terms) = TermsOf::<T>::get(current) {
				ensure!(terms.check().is_ok(), "the terms in force do not fit together");
			}
			Ok(())
		}
	}

	impl<T: Config> TermsSource for Pallet<T> {
		/// Without genesis terms (version zero), the production ones.
		fn current() -> (u32, Terms) {
			let version = CurrentVersion::<T>::get();
			(
				version,
				TermsOf::<T>::get(version).unwrap_or_else(Terms::production),
			)
		}

		fn at(version: u32) -> Option<Terms> {
			TermsOf::<T>::get(version)
		}
	}
}

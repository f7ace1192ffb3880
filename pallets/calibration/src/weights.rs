//! What the calls of `pallet_calibration` cost, as measured: written by `./scripts/bench-weights`, not by hand.
//!
//! Time is that of one core (AMD EPYC), in the executor of a node. Proof size is left out: no
//! block of this chain is executed from a proof.

#![allow(
	missing_docs,
	reason = "each function is named after the call or the part of a hook it weighs"
)]

use core::marker::PhantomData;
use polkadot_sdk::{
	frame_support::{
		traits::Get,
		weights::{Weight, constants::RocksDbWeight},
	},
	frame_system,
};

/// What each call, and each part of a hook, costs.
pub trait WeightInfo {
	fn register() -> Weight;
	fn withdraw() -> Weight;
}

/// The measured weights with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `Calibration::Calibrations` (r:1 w:1)
	// Proof: `Calibration::Calibrations` (`max_values`: None, `max_size`: Some(175), added: 2650, mode: `MaxEncodedLen`)
	// Storage: `Calibration::CounterForCalibrations` (r:1 w:1)
	// Proof: `Calibration::CounterForCalibrations` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn register() -> Weight {
		Weight::from_parts(27_380_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Calibration::Calibrations` (r:1 w:1)
	// Proof: `Calibration::Calibrations` (`max_values`: None, `max_size`: Some(175), added: 2650, mode: `MaxEncodedLen`)
	// Storage: `Calibration::CounterForCalibrations` (r:1 w:1)
	// Proof: `Calibration::CounterForCalibrations` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn withdraw() -> Weight {
		Weight::from_parts(15_764_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
}

/// The same with the costs of a common database, for tests.
impl WeightInfo for () {
	fn register() -> Weight {
		Weight::from_parts(27_380_000, 0)
			.saturating_add(RocksDbWeight::get().reads(4))
			.saturating_add(RocksDbWeight::get().writes(2))
	}
	fn withdraw() -> Weight {
		Weight::from_parts(15_764_000, 0)
			.saturating_add(RocksDbWeight::get().reads(2))
			.saturating_add(RocksDbWeight::get().writes(2))
	}
}

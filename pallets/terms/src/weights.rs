//! What the calls cost. Estimated from counted reads and writes, not measured; running the
//! benchmarks replaces them.

use core::marker::PhantomData;
use polkadot_sdk::{
	frame_support::weights::{Weight, constants::RocksDbWeight},
	sp_core::Get,
	*,
};

/// The cost of each call.
pub trait WeightInfo {
	/// Checking and storing one version.
	fn set_terms() -> Weight;
}

/// Estimates with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn set_terms() -> Weight {
		Weight::from_parts(25_000_000, 4_000).saturating_add(T::DbWeight::get().reads_writes(2, 2))
	}
}

impl WeightInfo for () {
	fn set_terms() -> Weight {
		Weight::from_parts(25_000_000, 4_000).saturating_add(RocksDbWeight::get().reads_writes(2, 2))
	}
}

//! What the calls cost. Estimated from counted reads and writes, not measured; running the
//! benchmarks replaces them.

use core::marker::PhantomData;
use polkadot_sdk::{
	frame_support::weights::{RuntimeDbWeight, Weight, constants::RocksDbWeight},
	sp_core::Get,
	*,
};

/// The cost of each call, and of what settlements call.
pub trait WeightInfo {
	/// Paying out one account.
	fn claim() -> Weight;
	/// Paying out one workflow.
	fn claim_workflow() -> Weight;
	/// Taking a fee that has `parts` parts.
	fn pay_in(parts: u32) -> Weight;
}

/// Estimates with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn claim() -> Weight {
		claim(T::DbWeight::get())
	}

	fn claim_workflow() -> Weight {
		claim(T::DbWeight::get()).saturating_add(T::DbWeight::get().reads(1))
	}

	fn pay_in(parts: u32) -> Weight {
		pay_in(T::DbWeight::get(), parts)
	}
}

impl WeightInfo for () {
	fn claim() -> Weight {
		claim(RocksDbWeight::get())
	}

	fn claim_workflow() -> Weight {
		claim(RocksDbWeight::get()).saturating_add(RocksDbWeight::get().reads(1))
	}

	fn pay_in(parts: u32) -> Weight {
		pay_in(RocksDbWeight::get(), parts)
	}
}

/// The entry, the total, the pot and the receiver.
fn claim(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(50_000_000, 7_000).saturating_add(db.reads_writes(4, 4))
}

/// The payer with its holds, the pot, the treasury and the total; for each part its entry and what
/// the workflow earned.
fn pay_in(db: RuntimeDbWeight, parts: u32) -> Weight {
	let parts = u64::from(parts);
	Weight::from_parts(90_000_000, 11_000)
		.saturating_add(Weight::from_parts(6_000_000, 5_100).saturating_mul(parts))
		.saturating_add(db.reads_writes(5, 5))
		.saturating_add(db.reads_writes(2, 2).saturating_mul(parts))
}

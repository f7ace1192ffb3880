//! What the calls cost. Estimated from counted reads and writes, not measured; running the
//! benchmarks replaces them.

use core::marker::PhantomData;
use polkadot_sdk::{
	frame_support::weights::{RuntimeDbWeight, Weight, constants::RocksDbWeight},
	sp_core::Get,
	*,
};

/// The cost of each call.
pub trait WeightInfo {
	/// A workflow with eight parents and 32 beneficiaries.
	fn publish() -> Weight;
	/// A version with eight parents and 32 beneficiaries.
	fn new_version() -> Weight;
	/// A version that differs by its price.
	fn set_price() -> Weight;
	/// An offer.
	fn offer() -> Weight;
	/// A change of owner.
	fn accept() -> Weight;
	/// A withdrawal.
	fn retire() -> Weight;
	/// The removal of `versions` versions with 32 beneficiaries each.
	fn reclaim(versions: u32) -> Weight;
	/// A ban.
	fn ban() -> Weight;
}

/// Estimates with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);

macro_rules! estimates {
	($database:expr) => {
		/// The terms, eight parents with entry and version, 32 ancestors, the manifest, the owner;
		/// the entry, the version and the next number.
		fn publish() -> Weight {
			cost($database, 250_000_000, 120_000, 56, 38)
		}

		fn new_version() -> Weight {
			cost($database, 250_000_000, 120_000, 58, 37)
		}

		fn set_price() -> Weight {
			cost($database, 70_000_000, 12_000, 6, 4)
		}

		fn offer() -> Weight {
			cost($database, 15_000_000, 3_700, 1, 1)
		}

		fn accept() -> Weight {
			cost($database, 70_000_000, 9_000, 5, 5)
		}

		fn retire() -> Weight {
			cost($database, 18_000_000, 7_000, 3, 1)
		}

		fn reclaim(versions: u32) -> Weight {
			cost($database, 60_000_000, 9_000, 4, 3)
				.saturating_add(cost($database, 120_000_000, 95_000, 35, 34).saturating_mul(versions.into()))
		}

		fn ban() -> Weight {
			cost($database, 15_000_000, 3_700, 1, 1)
		}
	};
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	estimates!(T::DbWeight::get());
}

impl WeightInfo for () {
	estimates!(RocksDbWeight::get());
}

fn cost(database: RuntimeDbWeight, time: u64, proof: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(time, proof).saturating_add(database.reads_writes(reads, writes))
}

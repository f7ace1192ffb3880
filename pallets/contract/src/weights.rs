//! What the calls weigh.
//!
//! These are estimates from counted storage reads and writes, not measurements. The benchmarks of this crate
//! produce measured ones, which replace them.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{RuntimeDbWeight, Weight, constants::RocksDbWeight},
};
use polkadot_sdk::*;

/// The weights of the calls.
pub trait WeightInfo {
	/// Makes the first anchor of a log, with its deposit.
	fn anchor() -> Weight;
	/// Ends a log.
	fn close_log() -> Weight;
	/// Amends the constitution.
	fn amend_constitution() -> Weight;
}

/// Fixed work of one call, without storage: 30 microseconds; and the largest proof of what it touches.
fn estimate(reads: u64, writes: u64, database: RuntimeDbWeight) -> Weight {
	Weight::from_parts(30_000_000, 4_000).saturating_add(database.reads_writes(reads, writes))
}

macro_rules! estimates {
	($database:expr) => {
		fn anchor() -> Weight {
			estimate(5, 3, $database)
		}
		fn close_log() -> Weight {
			estimate(3, 3, $database)
		}
		fn amend_constitution() -> Weight {
			estimate(1, 1, $database)
		}
	};
}

/// Estimates with the runtime's database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	estimates!(T::DbWeight::get());
}

/// The same for tests.
impl WeightInfo for () {
	estimates!(RocksDbWeight::get());
}

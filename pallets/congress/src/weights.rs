//! What the calls weigh.
//!
//! These are estimates from counted storage reads and writes, not measurements. The benchmarks of this crate
//! produce measured ones, which replace them.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{Weight, constants::RocksDbWeight},
};
use polkadot_sdk::*;

/// The weights of the calls.
pub trait WeightInfo {
	/// Admits a member.
	fn admit_member() -> Weight;
	/// Removes a member with a vote on every open proposal.
	fn remove_member() -> Weight;
	/// Authorizes a runtime upgrade.
	fn authorize_upgrade() -> Weight;
	/// Adds to a governance hold.
	fn hold_for_governance() -> Weight;
	/// Takes from a governance hold.
	fn release() -> Weight;
	/// Reads and decodes a call of `length` bytes.
	fn read_call(length: u32) -> Weight;
	/// Opens a proposal, without reading its call.
	fn propose() -> Weight;
	/// Casts or changes a vote.
	fn vote() -> Weight;
	/// Closes a passed proposal, with every attempt to schedule it.
	fn close() -> Weight;
	/// Enacts a proposal, without reading its call and without the call itself.
	fn enact() -> Weight;
}

/// Fixed work of one call, without storage: 30 microseconds.
const BASE: u64 = 30_000_000;
/// Reading and decoding one byte of a call.
const PER_BYTE: u64 = 2_000;
/// The largest proof of the entries a call touches.
const PROOF: u64 = 20_000;
/// Members' votes that a removal may cancel.
const CANCELLED: u64 = 64;

fn estimate(reads: u64, writes: u64, database: frame_support::weights::RuntimeDbWeight) -> Weight {
	Weight::from_parts(BASE, PROOF).saturating_add(database.reads_writes(reads, writes))
}

macro_rules! estimates {
	($database:expr) => {
		fn admit_member() -> Weight {
			estimate(2, 3, $database)
		}
		fn remove_member() -> Weight {
			estimate(5 + CANCELLED, 3 + CANCELLED, $database)
		}
		fn authorize_upgrade() -> Weight {
			estimate(0, 2, $database)
		}
		fn hold_for_governance() -> Weight {
			estimate(6, 5, $database)
		}
		fn release() -> Weight {
			estimate(7, 6, $database)
		}
		fn read_call(length: u32) -> Weight {
			Weight::from_parts(PER_BYTE.saturating_mul(length.into()), length.into())
				.saturating_add($database.reads(1))
		}
		fn propose() -> Weight {
			estimate(10, 8, $database)
		}
		fn vote() -> Weight {
			estimate(5, 3, $database)
		}
		fn close() -> Weight {
			estimate(16, 14, $database)
		}
		fn enact() -> Weight {
			estimate(5, 7, $database)
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

//! What the calls and the hooks cost. Estimated from counted reads and writes, not measured;
//! running the benchmarks replaces them.

use core::marker::PhantomData;
use polkadot_sdk::{
	frame_support::weights::{RuntimeDbWeight, Weight, constants::RocksDbWeight},
	sp_core::Get,
	*,
};

/// The cost of each call and of each part of the hooks.
pub trait WeightInfo {
	/// Checking a ticket and holding its fee.
	fn request() -> Weight;
	/// Checking and storing a receipt.
	fn deliver() -> Weight;
	/// Returning a fee before the delivery.
	fn cancel() -> Weight;
	/// Storing so many commitments or openings.
	fn attest(items: u32) -> Weight;
	/// Checking so many items and one signature.
	fn authorize_attest(items: u32) -> Weight;
	/// One due step, asked for by a call.
	fn settle() -> Weight;
	/// Removing a record.
	fn prune() -> Weight;
	/// One due step in the hooks, the dearest: a division among every kind of payee.
	fn step() -> Weight;
	/// The draw of a full committee.
	fn draw() -> Weight;
	/// Keeping one block's randomness and looking at the queue.
	fn record_randomness() -> Weight;
}

fn each(db: RuntimeDbWeight, time: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(time, 4_000).saturating_add(db.reads_writes(reads, writes))
}

/// Estimates with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn request() -> Weight {
		Weight::from_parts(180_000_000, 9_000).saturating_add(T::DbWeight::get().reads_writes(20, 9))
	}

	fn deliver() -> Weight {
		Weight::from_parts(130_000_000, 6_000).saturating_add(T::DbWeight::get().reads_writes(6, 5))
	}

	fn cancel() -> Weight {
		Weight::from_parts(70_000_000, 6_000).saturating_add(T::DbWeight::get().reads_writes(7, 7))
	}

	fn attest(items: u32) -> Weight {
		Weight::from_parts(15_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads_writes(1, 0))
			.saturating_add(each(T::DbWeight::get(), 25_000_000, 4, 5).saturating_mul(items.into()))
	}

	fn authorize_attest(items: u32) -> Weight {
		Weight::from_parts(70_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads_writes(2, 0))
			.saturating_add(each(T::DbWeight::get(), 12_000_000, 1, 0).saturating_mul(items.into()))
	}

	fn settle() -> Weight {
		Weight::from_parts(260_000_000, 20_000).saturating_add(T::DbWeight::get().reads_writes(34, 40))
	}

	fn prune() -> Weight {
		Weight::from_parts(60_000_000, 6_000).saturating_add(T::DbWeight::get().reads_writes(4, 4))
	}

	fn step() -> Weight {
		Weight::from_parts(250_000_000, 20_000).saturating_add(T::DbWeight::get().reads_writes(34, 40))
	}

	fn draw() -> Weight {
		Weight::from_parts(150_000_000, 20_000).saturating_add(T::DbWeight::get().reads_writes(40, 36))
	}

	fn record_randomness() -> Weight {
		Weight::from_parts(15_000_000, 2_000).saturating_add(T::DbWeight::get().reads_writes(4, 2))
	}
}

impl WeightInfo for () {
	fn request() -> Weight {
		Weight::from_parts(180_000_000, 9_000).saturating_add(RocksDbWeight::get().reads_writes(20, 9))
	}

	fn deliver() -> Weight {
		Weight::from_parts(130_000_000, 6_000).saturating_add(RocksDbWeight::get().reads_writes(6, 5))
	}

	fn cancel() -> Weight {
		Weight::from_parts(70_000_000, 6_000).saturating_add(RocksDbWeight::get().reads_writes(7, 7))
	}

	fn attest(items: u32) -> Weight {
		Weight::from_parts(15_000_000, 4_000)
			.saturating_add(RocksDbWeight::get().reads_writes(1, 0))
			.saturating_add(each(RocksDbWeight::get(), 25_000_000, 4, 5).saturating_mul(items.into()))
	}

	fn authorize_attest(items: u32) -> Weight {
		Weight::from_parts(70_000_000, 4_000)
			.saturating_add(RocksDbWeight::get().reads_writes(2, 0))
			.saturating_add(each(RocksDbWeight::get(), 12_000_000, 1, 0).saturating_mul(items.into()))
	}

	fn settle() -> Weight {
		Weight::from_parts(260_000_000, 20_000).saturating_add(RocksDbWeight::get().reads_writes(34, 40))
	}

	fn prune() -> Weight {
		Weight::from_parts(60_000_000, 6_000).saturating_add(RocksDbWeight::get().reads_writes(4, 4))
	}

	fn step() -> Weight {
		Weight::from_parts(250_000_000, 20_000).saturating_add(RocksDbWeight::get().reads_writes(34, 40))
	}

	fn draw() -> Weight {
		Weight::from_parts(150_000_000, 20_000).saturating_add(RocksDbWeight::get().reads_writes(40, 36))
	}

	fn record_randomness() -> Weight {
		Weight::from_parts(15_000_000, 2_000).saturating_add(RocksDbWeight::get().reads_writes(4, 2))
	}
}

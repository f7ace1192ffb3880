//! What the calls weigh.
//!
//! Estimates from counted reads and writes, not measured: `benchmarking.rs` is there to replace them.

use core::marker::PhantomData;
use polkadot_sdk::{
	frame_support::{
		traits::Get,
		weights::{Weight, constants::ParityDbWeight},
	},
	frame_system,
};

/// The weight of each call.
pub trait WeightInfo {
	/// Two signatures; the terms, the ledger, the account and its holds, the list of validators, the keys of the account and their owners.
	fn bond() -> Weight;
	/// The ledger, the terms, the account and its holds, the list of validators.
	fn bond_extra() -> Weight;
	/// The ledger, the terms, the exposure, both lists.
	fn unbond() -> Weight;
	/// The ledger, the session's validators and queue, audits, exposure, the account and its holds, everything that is removed with the last chunk.
	fn withdraw() -> Weight;
	/// Two signatures; the ledger, the terms, the keys and their owners, eight retired keys.
	fn set_keys() -> Weight;
	/// The ledger and the advertisement.
	fn advertise() -> Weight;
	/// The ledger.
	fn chill() -> Weight;
	/// The ledger, the terms, the exposure.
	fn resume() -> Weight;
	/// The session keys, the ledger, the terms, the candidates.
	fn join_validators() -> Weight;
	/// The candidates.
	fn leave_validators() -> Weight;
}

/// The estimates with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn bond() -> Weight {
		Weight::from_parts(230_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(10, 9))
	}
	fn bond_extra() -> Weight {
		Weight::from_parts(60_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(6, 4))
	}
	fn unbond() -> Weight {
		Weight::from_parts(40_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(6, 3))
	}
	fn withdraw() -> Weight {
		Weight::from_parts(90_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(11, 18))
	}
	fn set_keys() -> Weight {
		Weight::from_parts(230_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(7, 14))
	}
	fn advertise() -> Weight {
		Weight::from_parts(30_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
	fn chill() -> Weight {
		Weight::from_parts(20_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
	fn resume() -> Weight {
		Weight::from_parts(25_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(4, 1))
	}
	fn join_validators() -> Weight {
		Weight::from_parts(30_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(5, 1))
	}
	fn leave_validators() -> Weight {
		Weight::from_parts(20_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
}

impl WeightInfo for () {
	fn bond() -> Weight {
		Weight::from_parts(230_000_000, 0).saturating_add(ParityDbWeight::get().reads_writes(10, 9))
	}
	fn bond_extra() -> Weight {
		Weight::from_parts(60_000_000, 0).saturating_add(ParityDbWeight::get().reads_writes(6, 4))
	}
	fn unbond() -> Weight {
		Weight::from_parts(40_000_000, 0).saturating_add(ParityDbWeight::get().reads_writes(6, 3))
	}
	fn withdraw() -> Weight {
		Weight::from_parts(90_000_000, 0).saturating_add(ParityDbWeight::get().reads_writes(11, 18))
	}
	fn set_keys() -> Weight {
		Weight::from_parts(230_000_000, 0).saturating_add(ParityDbWeight::get().reads_writes(7, 14))
	}
	fn advertise() -> Weight {
		Weight::from_parts(30_000_000, 0).saturating_add(ParityDbWeight::get().reads_writes(1, 1))
	}
	fn chill() -> Weight {
		Weight::from_parts(20_000_000, 0).saturating_add(ParityDbWeight::get().reads_writes(1, 1))
	}
	fn resume() -> Weight {
		Weight::from_parts(25_000_000, 0).saturating_add(ParityDbWeight::get().reads_writes(4, 1))
	}
	fn join_validators() -> Weight {
		Weight::from_parts(30_000_000, 0).saturating_add(ParityDbWeight::get().reads_writes(5, 1))
	}
	fn leave_validators() -> Weight {
		Weight::from_parts(20_000_000, 0).saturating_add(ParityDbWeight::get().reads_writes(1, 1))
	}
}

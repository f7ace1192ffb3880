//! What the calls of `pallet_role_staking` cost, as measured: written by `./scripts/bench-weights`, not by hand.
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
	fn bond() -> Weight;
	fn bond_extra() -> Weight;
	fn unbond() -> Weight;
	fn withdraw() -> Weight;
	fn set_keys() -> Weight;
	fn advertise() -> Weight;
	fn chill() -> Weight;
	fn resume() -> Weight;
	fn join_validators() -> Weight;
	fn leave_validators() -> Weight;
	fn declare_pairs(n: u32) -> Weight;
}

/// The measured weights with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `RoleStaking::Ledgers` (r:1 w:1)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::Ejected` (r:1 w:0)
	// Proof: `RoleStaking::Ejected` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:1)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::PeerKeyOwner` (r:1 w:1)
	// Proof: `RoleStaking::PeerKeyOwner` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::AuditKeyOwner` (r:1 w:1)
	// Proof: `RoleStaking::AuditKeyOwner` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::RetiredKeys` (r:1 w:1)
	// Proof: `RoleStaking::RetiredKeys` (`max_values`: None, `max_size`: Some(337), added: 2812, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::KeysOf` (r:1 w:1)
	// Proof: `RoleStaking::KeysOf` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	fn bond() -> Weight {
		Weight::from_parts(257_022_000, 0)
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().writes(7))
	}
	// Storage: `RoleStaking::Ledgers` (r:1 w:1)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:1)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	fn bond_extra() -> Weight {
		Weight::from_parts(110_094_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	// Storage: `RoleStaking::Ledgers` (r:1 w:1)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:1 w:0)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::Candidates` (r:1 w:1)
	// Proof: `RoleStaking::Candidates` (`max_values`: Some(1), `max_size`: Some(8194), added: 8689, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:1)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	fn unbond() -> Weight {
		Weight::from_parts(74_571_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	// Storage: `RoleStaking::Ledgers` (r:1 w:1)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `Session::Validators` (r:1 w:0)
	// Proof: `Session::Validators` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	// Storage: `Session::QueuedKeys` (r:1 w:0)
	// Proof: `Session::QueuedKeys` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	// Storage: `RoleStaking::OpenAudits` (r:1 w:0)
	// Proof: `RoleStaking::OpenAudits` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:1 w:0)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `Session::NextKeys` (r:1 w:0)
	// Proof: `Session::NextKeys` (`max_values`: None, `max_size`: None, mode: `Measured`)
	// Storage: `RoleStaking::KeysOf` (r:1 w:1)
	// Proof: `RoleStaking::KeysOf` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::RetiredKeys` (r:1 w:1)
	// Proof: `RoleStaking::RetiredKeys` (`max_values`: None, `max_size`: Some(337), added: 2812, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::PairsOf` (r:1 w:0)
	// Proof: `RoleStaking::PairsOf` (`max_values`: None, `max_size`: Some(2098), added: 4573, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::LeavingOf` (r:1 w:0)
	// Proof: `RoleStaking::LeavingOf` (`max_values`: None, `max_size`: Some(2354), added: 4829, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::AuditKeyOwner` (r:0 w:9)
	// Proof: `RoleStaking::AuditKeyOwner` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::Advertisements` (r:0 w:1)
	// Proof: `RoleStaking::Advertisements` (`max_values`: None, `max_size`: Some(1344), added: 3819, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::PeerKeyOwner` (r:0 w:1)
	// Proof: `RoleStaking::PeerKeyOwner` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	fn withdraw() -> Weight {
		Weight::from_parts(193_488_000, 0)
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(15))
	}
	// Storage: `RoleStaking::Ledgers` (r:1 w:0)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::PeerKeyOwner` (r:1 w:2)
	// Proof: `RoleStaking::PeerKeyOwner` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::AuditKeyOwner` (r:1 w:1)
	// Proof: `RoleStaking::AuditKeyOwner` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::RetiredKeys` (r:1 w:1)
	// Proof: `RoleStaking::RetiredKeys` (`max_values`: None, `max_size`: Some(337), added: 2812, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::KeysOf` (r:1 w:1)
	// Proof: `RoleStaking::KeysOf` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	fn set_keys() -> Weight {
		Weight::from_parts(205_556_000, 0)
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `RoleStaking::Ledgers` (r:1 w:0)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::Advertisements` (r:0 w:1)
	// Proof: `RoleStaking::Advertisements` (`max_values`: None, `max_size`: Some(1344), added: 3819, mode: `MaxEncodedLen`)
	fn advertise() -> Weight {
		Weight::from_parts(46_560_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `RoleStaking::Ledgers` (r:1 w:1)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:1)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	fn chill() -> Weight {
		Weight::from_parts(49_353_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `RoleStaking::Ledgers` (r:1 w:1)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::Ejected` (r:1 w:0)
	// Proof: `RoleStaking::Ejected` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:1 w:0)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:1)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	fn resume() -> Weight {
		Weight::from_parts(73_730_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `RoleStaking::Ledgers` (r:1 w:0)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::Candidates` (r:1 w:1)
	// Proof: `RoleStaking::Candidates` (`max_values`: Some(1), `max_size`: Some(8194), added: 8689, mode: `MaxEncodedLen`)
	fn join_validators() -> Weight {
		Weight::from_parts(42_113_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `RoleStaking::Candidates` (r:1 w:1)
	// Proof: `RoleStaking::Candidates` (`max_values`: Some(1), `max_size`: Some(8194), added: 8689, mode: `MaxEncodedLen`)
	fn leave_validators() -> Weight {
		Weight::from_parts(37_536_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `RoleStaking::Ledgers` (r:1 w:0)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::PairsOf` (r:2 w:2)
	// Proof: `RoleStaking::PairsOf` (`max_values`: None, `max_size`: Some(2098), added: 4573, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::LeavingOf` (r:1 w:1)
	// Proof: `RoleStaking::LeavingOf` (`max_values`: None, `max_size`: Some(2354), added: 4829, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::AuditorsOf` (r:128 w:128)
	// Proof: `RoleStaking::AuditorsOf` (`max_values`: None, `max_size`: Some(10546), added: 13021, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:0)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	fn declare_pairs(n: u32) -> Weight {
		Weight::from_parts(52_506_333, 0)
			// Standard error: 17_526
			.saturating_add(Weight::from_parts(14_151_209, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
}

/// The same with the costs of a common database, for tests.
impl WeightInfo for () {
	fn bond() -> Weight {
		Weight::from_parts(257_022_000, 0)
			.saturating_add(RocksDbWeight::get().reads(10))
			.saturating_add(RocksDbWeight::get().writes(7))
	}
	fn bond_extra() -> Weight {
		Weight::from_parts(110_094_000, 0)
			.saturating_add(RocksDbWeight::get().reads(5))
			.saturating_add(RocksDbWeight::get().writes(3))
	}
	fn unbond() -> Weight {
		Weight::from_parts(74_571_000, 0)
			.saturating_add(RocksDbWeight::get().reads(6))
			.saturating_add(RocksDbWeight::get().writes(3))
	}
	fn withdraw() -> Weight {
		Weight::from_parts(193_488_000, 0)
			.saturating_add(RocksDbWeight::get().reads(13))
			.saturating_add(RocksDbWeight::get().writes(15))
	}
	fn set_keys() -> Weight {
		Weight::from_parts(205_556_000, 0)
			.saturating_add(RocksDbWeight::get().reads(7))
			.saturating_add(RocksDbWeight::get().writes(5))
	}
	fn advertise() -> Weight {
		Weight::from_parts(46_560_000, 0)
			.saturating_add(RocksDbWeight::get().reads(1))
			.saturating_add(RocksDbWeight::get().writes(1))
	}
	fn chill() -> Weight {
		Weight::from_parts(49_353_000, 0)
			.saturating_add(RocksDbWeight::get().reads(2))
			.saturating_add(RocksDbWeight::get().writes(2))
	}
	fn resume() -> Weight {
		Weight::from_parts(73_730_000, 0)
			.saturating_add(RocksDbWeight::get().reads(6))
			.saturating_add(RocksDbWeight::get().writes(2))
	}
	fn join_validators() -> Weight {
		Weight::from_parts(42_113_000, 0)
			.saturating_add(RocksDbWeight::get().reads(4))
			.saturating_add(RocksDbWeight::get().writes(1))
	}
	fn leave_validators() -> Weight {
		Weight::from_parts(37_536_000, 0)
			.saturating_add(RocksDbWeight::get().reads(1))
			.saturating_add(RocksDbWeight::get().writes(1))
	}
	fn declare_pairs(n: u32) -> Weight {
		Weight::from_parts(52_506_333, 0)
			.saturating_add(Weight::from_parts(14_151_209, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads(5))
			.saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(RocksDbWeight::get().writes(2))
			.saturating_add(RocksDbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
}

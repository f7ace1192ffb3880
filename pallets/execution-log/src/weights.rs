//! What the calls of `pallet_execution_log` cost, as measured: written by `./scripts/bench-weights`, not by hand.
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
	fn request() -> Weight;
	fn deliver() -> Weight;
	fn cancel() -> Weight;
	fn attest(n: u32) -> Weight;
	fn authorize_attest(n: u32) -> Weight;
	fn settle() -> Weight;
	fn prune() -> Weight;
	fn step() -> Weight;
	fn draw() -> Weight;
	fn record_randomness() -> Weight;
	fn sweep() -> Weight;
	fn judge() -> Weight;
}

/// The measured weights with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(388), added: 2863, mode: `MaxEncodedLen`)
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::Ledgers` (r:1 w:0)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::Advertisements` (r:1 w:0)
	// Proof: `RoleStaking::Advertisements` (`max_values`: None, `max_size`: Some(1344), added: 3819, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Versions` (r:1 w:0)
	// Proof: `WorkflowRegistry::Versions` (`max_values`: None, `max_size`: Some(847), added: 3322, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::KeysOf` (r:1 w:0)
	// Proof: `RoleStaking::KeysOf` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Tickets` (r:1 w:1)
	// Proof: `ExecutionLog::Tickets` (`max_values`: None, `max_size`: Some(40), added: 2515, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Workflows` (r:1 w:0)
	// Proof: `WorkflowRegistry::Workflows` (`max_values`: None, `max_size`: Some(106), added: 2581, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:0)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:1 w:1)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NextJob` (r:1 w:1)
	// Proof: `ExecutionLog::NextJob` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Ring` (r:1 w:0)
	// Proof: `ExecutionLog::Ring` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:2)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Jobs` (r:0 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(7364), added: 9839, mode: `MaxEncodedLen`)
	fn request() -> Weight {
		Weight::from_parts(408_497_000, 0)
			.saturating_add(T::DbWeight::get().reads(15))
			.saturating_add(T::DbWeight::get().writes(9))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(7364), added: 9839, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::KeysOf` (r:1 w:0)
	// Proof: `RoleStaking::KeysOf` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(388), added: 2863, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:2)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	fn deliver() -> Weight {
		Weight::from_parts(141_621_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(7364), added: 9839, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NodeStats` (r:1 w:1)
	// Proof: `ExecutionLog::NodeStats` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:1 w:1)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:1)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	fn cancel() -> Weight {
		Weight::from_parts(122_402_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(7))
	}
	// Storage: `ExecutionLog::Jobs` (r:32 w:32)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(7364), added: 9839, mode: `MaxEncodedLen`)
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:32)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:64)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	fn attest(n: u32) -> Weight {
		Weight::from_parts(53_506_747, 0)
			// Standard error: 263_901
			.saturating_add(Weight::from_parts(25_410_118, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes((4_u64).saturating_mul(n.into())))
	}
	// Storage: `ExecutionLog::Jobs` (r:32 w:0)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(7364), added: 9839, mode: `MaxEncodedLen`)
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	fn authorize_attest(n: u32) -> Weight {
		Weight::from_parts(70_310_993, 0)
			// Standard error: 505_640
			.saturating_add(Weight::from_parts(11_797_400, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(7364), added: 9839, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(388), added: 2863, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Versions` (r:1 w:0)
	// Proof: `WorkflowRegistry::Versions` (`max_values`: None, `max_size`: Some(847), added: 3322, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:3 w:3)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Payout::TotalOwed` (r:1 w:1)
	// Proof: `Payout::TotalOwed` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
	// Storage: `Payout::Earned` (r:33 w:33)
	// Proof: `Payout::Earned` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	// Storage: `Payout::Owed` (r:50 w:50)
	// Proof: `Payout::Owed` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::WorkflowCallers` (r:1 w:1)
	// Proof: `ExecutionLog::WorkflowCallers` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NodeCallers` (r:1 w:1)
	// Proof: `ExecutionLog::NodeCallers` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::WorkflowStats` (r:33 w:33)
	// Proof: `ExecutionLog::WorkflowStats` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NodeStats` (r:1 w:1)
	// Proof: `ExecutionLog::NodeStats` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:1 w:1)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:1)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	fn settle() -> Weight {
		Weight::from_parts(713_861_000, 0)
			.saturating_add(T::DbWeight::get().reads(128))
			.saturating_add(T::DbWeight::get().writes(128))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(7364), added: 9839, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(388), added: 2863, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Tickets` (r:0 w:1)
	// Proof: `ExecutionLog::Tickets` (`max_values`: None, `max_size`: Some(40), added: 2515, mode: `MaxEncodedLen`)
	fn prune() -> Weight {
		Weight::from_parts(106_669_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `ExecutionLog::Cursor` (r:1 w:0)
	// Proof: `ExecutionLog::Cursor` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:1 w:1)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(7364), added: 9839, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(388), added: 2863, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Versions` (r:1 w:0)
	// Proof: `WorkflowRegistry::Versions` (`max_values`: None, `max_size`: Some(847), added: 3322, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:3 w:3)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Payout::TotalOwed` (r:1 w:1)
	// Proof: `Payout::TotalOwed` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
	// Storage: `Payout::Earned` (r:33 w:33)
	// Proof: `Payout::Earned` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	// Storage: `Payout::Owed` (r:50 w:50)
	// Proof: `Payout::Owed` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::WorkflowCallers` (r:1 w:1)
	// Proof: `ExecutionLog::WorkflowCallers` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NodeCallers` (r:1 w:1)
	// Proof: `ExecutionLog::NodeCallers` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::WorkflowStats` (r:33 w:33)
	// Proof: `ExecutionLog::WorkflowStats` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NodeStats` (r:1 w:1)
	// Proof: `ExecutionLog::NodeStats` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:1 w:1)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	fn step() -> Weight {
		Weight::from_parts(686_921_000, 0)
			.saturating_add(T::DbWeight::get().reads(130))
			.saturating_add(T::DbWeight::get().writes(128))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(7364), added: 9839, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(388), added: 2863, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Ring` (r:4 w:0)
	// Proof: `ExecutionLog::Ring` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:0)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::KeysOf` (r:16 w:0)
	// Proof: `RoleStaking::KeysOf` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenAudits` (r:16 w:16)
	// Proof: `RoleStaking::OpenAudits` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:2)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::OpenAudits` (r:0 w:16)
	// Proof: `ExecutionLog::OpenAudits` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	fn draw() -> Weight {
		Weight::from_parts(311_333_000, 0)
			.saturating_add(T::DbWeight::get().reads(40))
			.saturating_add(T::DbWeight::get().writes(36))
	}
	// Storage: `System::ParentHash` (r:1 w:0)
	// Proof: `System::ParentHash` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Cursor` (r:1 w:0)
	// Proof: `ExecutionLog::Cursor` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:1 w:0)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Ring` (r:0 w:1)
	// Proof: `ExecutionLog::Ring` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	fn record_randomness() -> Weight {
		Weight::from_parts(11_958_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn sweep() -> Weight {
		Weight::from_parts(400_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(30_u64))
			.saturating_add(T::DbWeight::get().writes(42_u64))
	}
	fn judge() -> Weight {
		Weight::from_parts(2_000_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(160_u64))
			.saturating_add(T::DbWeight::get().writes(200_u64))
	}
}

/// The same with the costs of a common database, for tests.
impl WeightInfo for () {
	fn request() -> Weight {
		Weight::from_parts(408_497_000, 0)
			.saturating_add(RocksDbWeight::get().reads(15))
			.saturating_add(RocksDbWeight::get().writes(9))
	}
	fn deliver() -> Weight {
		Weight::from_parts(141_621_000, 0)
			.saturating_add(RocksDbWeight::get().reads(3))
			.saturating_add(RocksDbWeight::get().writes(4))
	}
	fn cancel() -> Weight {
		Weight::from_parts(122_402_000, 0)
			.saturating_add(RocksDbWeight::get().reads(5))
			.saturating_add(RocksDbWeight::get().writes(7))
	}
	fn attest(n: u32) -> Weight {
		Weight::from_parts(53_506_747, 0)
			.saturating_add(Weight::from_parts(25_410_118, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads(1))
			.saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(RocksDbWeight::get().writes((4_u64).saturating_mul(n.into())))
	}
	fn authorize_attest(n: u32) -> Weight {
		Weight::from_parts(70_310_993, 0)
			.saturating_add(Weight::from_parts(11_797_400, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads(1))
			.saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(n.into())))
	}
	fn settle() -> Weight {
		Weight::from_parts(713_861_000, 0)
			.saturating_add(RocksDbWeight::get().reads(128))
			.saturating_add(RocksDbWeight::get().writes(128))
	}
	fn prune() -> Weight {
		Weight::from_parts(106_669_000, 0)
			.saturating_add(RocksDbWeight::get().reads(4))
			.saturating_add(RocksDbWeight::get().writes(4))
	}
	fn step() -> Weight {
		Weight::from_parts(686_921_000, 0)
			.saturating_add(RocksDbWeight::get().reads(130))
			.saturating_add(RocksDbWeight::get().writes(128))
	}
	fn draw() -> Weight {
		Weight::from_parts(311_333_000, 0)
			.saturating_add(RocksDbWeight::get().reads(40))
			.saturating_add(RocksDbWeight::get().writes(36))
	}
	fn record_randomness() -> Weight {
		Weight::from_parts(11_958_000, 0)
			.saturating_add(RocksDbWeight::get().reads(3))
			.saturating_add(RocksDbWeight::get().writes(1))
	}
	fn sweep() -> Weight {
		Weight::from_parts(400_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(30_u64))
			.saturating_add(RocksDbWeight::get().writes(42_u64))
	}
	fn judge() -> Weight {
		Weight::from_parts(2_000_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(160_u64))
			.saturating_add(RocksDbWeight::get().writes(200_u64))
	}
}

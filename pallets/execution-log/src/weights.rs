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
	fn dispute() -> Weight;
	fn post_transcript(n: u32) -> Weight;
	fn step() -> Weight;
	fn draw() -> Weight;
	fn sweep() -> Weight;
	fn judge() -> Weight;
	fn open_canary() -> Weight;
	fn settle_canary() -> Weight;
	fn record_randomness() -> Weight;
}

/// The measured weights with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
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
	// Storage: `Calibration::Calibrations` (r:1 w:0)
	// Proof: `Calibration::Calibrations` (`max_values`: None, `max_size`: Some(175), added: 2650, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::AuditorsOf` (r:1 w:0)
	// Proof: `RoleStaking::AuditorsOf` (`max_values`: None, `max_size`: Some(10546), added: 13021, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:0)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Auditable` (r:1 w:1)
	// Proof: `ExecutionLog::Auditable` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Reputations` (r:1 w:0)
	// Proof: `ExecutionLog::Reputations` (`max_values`: None, `max_size`: Some(139), added: 2614, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:1 w:1)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NextJob` (r:1 w:1)
	// Proof: `ExecutionLog::NextJob` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Ring` (r:1 w:0)
	// Proof: `ExecutionLog::Ring` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::OpenJobs` (r:0 w:1)
	// Proof: `ExecutionLog::OpenJobs` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:2)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Jobs` (r:0 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	fn request() -> Weight {
		Weight::from_parts(602_196_000, 0)
			.saturating_add(T::DbWeight::get().reads(19))
			.saturating_add(T::DbWeight::get().writes(11))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::KeysOf` (r:1 w:0)
	// Proof: `RoleStaking::KeysOf` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Reputations` (r:1 w:0)
	// Proof: `ExecutionLog::Reputations` (`max_values`: None, `max_size`: Some(139), added: 2614, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::AuditorsOf` (r:1 w:0)
	// Proof: `RoleStaking::AuditorsOf` (`max_values`: None, `max_size`: Some(10546), added: 13021, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:0)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:2)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	fn deliver() -> Weight {
		Weight::from_parts(297_602_000, 0)
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NodeStats` (r:1 w:1)
	// Proof: `ExecutionLog::NodeStats` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:1 w:1)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Auditable` (r:1 w:1)
	// Proof: `ExecutionLog::Auditable` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::OpenJobs` (r:0 w:1)
	// Proof: `ExecutionLog::OpenJobs` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:1)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	fn cancel() -> Weight {
		Weight::from_parts(190_974_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(9))
	}
	// Storage: `ExecutionLog::Jobs` (r:32 w:32)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:32)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:64)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	fn attest(n: u32) -> Weight {
		Weight::from_parts(40_670_605, 0)
			// Standard error: 3_633_463
			.saturating_add(Weight::from_parts(41_589_697, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes((4_u64).saturating_mul(n.into())))
	}
	// Storage: `ExecutionLog::Jobs` (r:32 w:0)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	fn authorize_attest(n: u32) -> Weight {
		Weight::from_parts(121_950_616, 0)
			// Standard error: 751_938
			.saturating_add(Weight::from_parts(17_831_887, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Versions` (r:1 w:0)
	// Proof: `WorkflowRegistry::Versions` (`max_values`: None, `max_size`: Some(847), added: 3322, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:3 w:3)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Payout::TotalOwed` (r:1 w:1)
	// Proof: `Payout::TotalOwed` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
	// Storage: `Payout::Earned` (r:33 w:33)
	// Proof: `Payout::Earned` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	// Storage: `Payout::Owed` (r:55 w:55)
	// Proof: `Payout::Owed` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::WorkflowCallers` (r:1 w:1)
	// Proof: `ExecutionLog::WorkflowCallers` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NodeCallers` (r:1 w:1)
	// Proof: `ExecutionLog::NodeCallers` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::WorkflowStats` (r:33 w:33)
	// Proof: `ExecutionLog::WorkflowStats` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NodeStats` (r:1 w:1)
	// Proof: `ExecutionLog::NodeStats` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:1 w:1)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::OpenJobs` (r:0 w:1)
	// Proof: `ExecutionLog::OpenJobs` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:1)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	fn settle() -> Weight {
		Weight::from_parts(835_232_000, 0)
			.saturating_add(T::DbWeight::get().reads(133))
			.saturating_add(T::DbWeight::get().writes(134))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Tickets` (r:0 w:1)
	// Proof: `ExecutionLog::Tickets` (`max_values`: None, `max_size`: Some(40), added: 2515, mode: `MaxEncodedLen`)
	fn prune() -> Weight {
		Weight::from_parts(145_697_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::AuditorsOf` (r:1 w:0)
	// Proof: `RoleStaking::AuditorsOf` (`max_values`: None, `max_size`: Some(10546), added: 13021, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:0)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Auditable` (r:1 w:1)
	// Proof: `ExecutionLog::Auditable` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:2)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	fn dispute() -> Weight {
		Weight::from_parts(298_574_000, 0)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(7))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	fn post_transcript(n: u32) -> Weight {
		Weight::from_parts(84_625_888, 0)
			// Standard error: 193
			.saturating_add(Weight::from_parts(1_451, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `ExecutionLog::Cursor` (r:1 w:0)
	// Proof: `ExecutionLog::Cursor` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:1 w:1)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Versions` (r:1 w:0)
	// Proof: `WorkflowRegistry::Versions` (`max_values`: None, `max_size`: Some(847), added: 3322, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:3 w:3)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Payout::TotalOwed` (r:1 w:1)
	// Proof: `Payout::TotalOwed` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
	// Storage: `Payout::Earned` (r:33 w:33)
	// Proof: `Payout::Earned` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
	// Storage: `Payout::Owed` (r:55 w:55)
	// Proof: `Payout::Owed` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::WorkflowCallers` (r:1 w:1)
	// Proof: `ExecutionLog::WorkflowCallers` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NodeCallers` (r:1 w:1)
	// Proof: `ExecutionLog::NodeCallers` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::WorkflowStats` (r:33 w:33)
	// Proof: `ExecutionLog::WorkflowStats` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NodeStats` (r:1 w:1)
	// Proof: `ExecutionLog::NodeStats` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:1 w:1)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::OpenJobs` (r:0 w:1)
	// Proof: `ExecutionLog::OpenJobs` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	fn step() -> Weight {
		Weight::from_parts(724_759_000, 0)
			.saturating_add(T::DbWeight::get().reads(135))
			.saturating_add(T::DbWeight::get().writes(134))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Ring` (r:192 w:0)
	// Proof: `ExecutionLog::Ring` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::AuditorsOf` (r:1 w:0)
	// Proof: `RoleStaking::AuditorsOf` (`max_values`: None, `max_size`: Some(10546), added: 13021, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:0)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::KeysOf` (r:21 w:0)
	// Proof: `RoleStaking::KeysOf` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenAudits` (r:21 w:21)
	// Proof: `RoleStaking::OpenAudits` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:2)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::OpenAudits` (r:0 w:21)
	// Proof: `ExecutionLog::OpenAudits` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	fn draw() -> Weight {
		Weight::from_parts(13_770_465_000, 0)
			.saturating_add(T::DbWeight::get().reads(239))
			.saturating_add(T::DbWeight::get().writes(46))
	}
	// Storage: `ExecutionLog::Sweeps` (r:1 w:1)
	// Proof: `ExecutionLog::Sweeps` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::OpenJobs` (r:8 w:0)
	// Proof: `ExecutionLog::OpenJobs` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Jobs` (r:8 w:8)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Auditable` (r:1 w:1)
	// Proof: `ExecutionLog::Auditable` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:8)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:17)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	fn sweep() -> Weight {
		Weight::from_parts(233_528_000, 0)
			.saturating_add(T::DbWeight::get().reads(19))
			.saturating_add(T::DbWeight::get().writes(35))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenAudits` (r:21 w:21)
	// Proof: `RoleStaking::OpenAudits` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::Ledgers` (r:33 w:33)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:33 w:33)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:34 w:34)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::SlashHistory` (r:32 w:32)
	// Proof: `RoleStaking::SlashHistory` (`max_values`: None, `max_size`: Some(385), added: 2860, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::SlashTotals` (r:2 w:2)
	// Proof: `RoleStaking::SlashTotals` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:33 w:1)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:1)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NoShows` (r:10 w:10)
	// Proof: `ExecutionLog::NoShows` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::AuditorsOf` (r:1 w:0)
	// Proof: `RoleStaking::AuditorsOf` (`max_values`: None, `max_size`: Some(10546), added: 13021, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Accuracy` (r:22 w:22)
	// Proof: `ExecutionLog::Accuracy` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `Payout::Points` (r:1 w:1)
	// Proof: `Payout::Points` (`max_values`: Some(1), `max_size`: Some(9218), added: 9713, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Reputations` (r:1 w:1)
	// Proof: `ExecutionLog::Reputations` (`max_values`: None, `max_size`: Some(139), added: 2614, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::NodeStats` (r:1 w:1)
	// Proof: `ExecutionLog::NodeStats` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Auditable` (r:1 w:1)
	// Proof: `ExecutionLog::Auditable` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::OpenJobs` (r:0 w:1)
	// Proof: `ExecutionLog::OpenJobs` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:3)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::OpenAudits` (r:0 w:21)
	// Proof: `ExecutionLog::OpenAudits` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Sweeps` (r:0 w:1)
	// Proof: `ExecutionLog::Sweeps` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	fn judge() -> Weight {
		Weight::from_parts(4_668_475_000, 0)
			.saturating_add(T::DbWeight::get().reads(229))
			.saturating_add(T::DbWeight::get().writes(221))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Auditable` (r:1 w:1)
	// Proof: `ExecutionLog::Auditable` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Parked` (r:0 w:1)
	// Proof: `ExecutionLog::Parked` (`max_values`: None, `max_size`: Some(22), added: 2497, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:0 w:2)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	fn open_canary() -> Weight {
		Weight::from_parts(484_080_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `ExecutionLog::Jobs` (r:1 w:1)
	// Proof: `ExecutionLog::Jobs` (`max_values`: None, `max_size`: Some(15549), added: 18024, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(624), added: 3099, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Versions` (r:1 w:0)
	// Proof: `WorkflowRegistry::Versions` (`max_values`: None, `max_size`: Some(847), added: 3322, mode: `MaxEncodedLen`)
	// Storage: `Payout::Points` (r:1 w:1)
	// Proof: `Payout::Points` (`max_values`: Some(1), `max_size`: Some(9218), added: 9713, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Accuracy` (r:16 w:16)
	// Proof: `ExecutionLog::Accuracy` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::Ledgers` (r:16 w:16)
	// Proof: `RoleStaking::Ledgers` (`max_values`: None, `max_size`: Some(391), added: 2866, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:16 w:16)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:18 w:18)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::SlashHistory` (r:16 w:16)
	// Proof: `RoleStaking::SlashHistory` (`max_values`: None, `max_size`: Some(385), added: 2860, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::SlashTotals` (r:1 w:1)
	// Proof: `RoleStaking::SlashTotals` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::OpenExposure` (r:16 w:0)
	// Proof: `RoleStaking::OpenExposure` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `RoleStaking::BondedValidators` (r:1 w:1)
	// Proof: `RoleStaking::BondedValidators` (`max_values`: Some(1), `max_size`: Some(12546), added: 13041, mode: `MaxEncodedLen`)
	fn settle_canary() -> Weight {
		Weight::from_parts(2_078_181_000, 0)
			.saturating_add(T::DbWeight::get().reads(105))
			.saturating_add(T::DbWeight::get().writes(86))
	}
	// Storage: `System::ParentHash` (r:1 w:0)
	// Proof: `System::ParentHash` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Ring` (r:1 w:1)
	// Proof: `ExecutionLog::Ring` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Cursor` (r:1 w:0)
	// Proof: `ExecutionLog::Cursor` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `ExecutionLog::Due` (r:1 w:0)
	// Proof: `ExecutionLog::Due` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
	fn record_randomness() -> Weight {
		Weight::from_parts(14_401_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}
}

/// The same with the costs of a common database, for tests.
impl WeightInfo for () {
	fn request() -> Weight {
		Weight::from_parts(602_196_000, 0)
			.saturating_add(RocksDbWeight::get().reads(19))
			.saturating_add(RocksDbWeight::get().writes(11))
	}
	fn deliver() -> Weight {
		Weight::from_parts(297_602_000, 0)
			.saturating_add(RocksDbWeight::get().reads(7))
			.saturating_add(RocksDbWeight::get().writes(4))
	}
	fn cancel() -> Weight {
		Weight::from_parts(190_974_000, 0)
			.saturating_add(RocksDbWeight::get().reads(6))
			.saturating_add(RocksDbWeight::get().writes(9))
	}
	fn attest(n: u32) -> Weight {
		Weight::from_parts(40_670_605, 0)
			.saturating_add(Weight::from_parts(41_589_697, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads(1))
			.saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(RocksDbWeight::get().writes((4_u64).saturating_mul(n.into())))
	}
	fn authorize_attest(n: u32) -> Weight {
		Weight::from_parts(121_950_616, 0)
			.saturating_add(Weight::from_parts(17_831_887, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads(1))
			.saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(n.into())))
	}
	fn settle() -> Weight {
		Weight::from_parts(835_232_000, 0)
			.saturating_add(RocksDbWeight::get().reads(133))
			.saturating_add(RocksDbWeight::get().writes(134))
	}
	fn prune() -> Weight {
		Weight::from_parts(145_697_000, 0)
			.saturating_add(RocksDbWeight::get().reads(4))
			.saturating_add(RocksDbWeight::get().writes(4))
	}
	fn dispute() -> Weight {
		Weight::from_parts(298_574_000, 0)
			.saturating_add(RocksDbWeight::get().reads(8))
			.saturating_add(RocksDbWeight::get().writes(7))
	}
	fn post_transcript(n: u32) -> Weight {
		Weight::from_parts(84_625_888, 0)
			.saturating_add(Weight::from_parts(1_451, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads(1))
			.saturating_add(RocksDbWeight::get().writes(1))
	}
	fn step() -> Weight {
		Weight::from_parts(724_759_000, 0)
			.saturating_add(RocksDbWeight::get().reads(135))
			.saturating_add(RocksDbWeight::get().writes(134))
	}
	fn draw() -> Weight {
		Weight::from_parts(13_770_465_000, 0)
			.saturating_add(RocksDbWeight::get().reads(239))
			.saturating_add(RocksDbWeight::get().writes(46))
	}
	fn sweep() -> Weight {
		Weight::from_parts(233_528_000, 0)
			.saturating_add(RocksDbWeight::get().reads(19))
			.saturating_add(RocksDbWeight::get().writes(35))
	}
	fn judge() -> Weight {
		Weight::from_parts(4_668_475_000, 0)
			.saturating_add(RocksDbWeight::get().reads(229))
			.saturating_add(RocksDbWeight::get().writes(221))
	}
	fn open_canary() -> Weight {
		Weight::from_parts(484_080_000, 0)
			.saturating_add(RocksDbWeight::get().reads(4))
			.saturating_add(RocksDbWeight::get().writes(5))
	}
	fn settle_canary() -> Weight {
		Weight::from_parts(2_078_181_000, 0)
			.saturating_add(RocksDbWeight::get().reads(105))
			.saturating_add(RocksDbWeight::get().writes(86))
	}
	fn record_randomness() -> Weight {
		Weight::from_parts(14_401_000, 0)
			.saturating_add(RocksDbWeight::get().reads(4))
			.saturating_add(RocksDbWeight::get().writes(1))
	}
}

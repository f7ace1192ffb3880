//! What the calls of `pallet_workflow_registry` cost, as measured: written by `./scripts/bench-weights`, not by hand.
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
	fn publish() -> Weight;
	fn new_version() -> Weight;
	fn set_price() -> Weight;
	fn offer() -> Weight;
	fn accept() -> Weight;
	fn retire() -> Weight;
	fn reclaim(n: u32) -> Weight;
	fn ban() -> Weight;
}

/// The measured weights with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `WorkflowRegistry::NextWorkflow` (r:1 w:1)
	// Proof: `WorkflowRegistry::NextWorkflow` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(584), added: 3059, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Manifests` (r:1 w:1)
	// Proof: `WorkflowRegistry::Manifests` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Workflows` (r:32 w:33)
	// Proof: `WorkflowRegistry::Workflows` (`max_values`: None, `max_size`: Some(106), added: 2581, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Versions` (r:8 w:1)
	// Proof: `WorkflowRegistry::Versions` (`max_values`: None, `max_size`: Some(847), added: 3322, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	fn publish() -> Weight {
		Weight::from_parts(408_798_000, 0)
			.saturating_add(T::DbWeight::get().reads(46))
			.saturating_add(T::DbWeight::get().writes(38))
	}
	// Storage: `WorkflowRegistry::Workflows` (r:33 w:33)
	// Proof: `WorkflowRegistry::Workflows` (`max_values`: None, `max_size`: Some(106), added: 2581, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Versions` (r:9 w:1)
	// Proof: `WorkflowRegistry::Versions` (`max_values`: None, `max_size`: Some(847), added: 3322, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(584), added: 3059, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Manifests` (r:1 w:1)
	// Proof: `WorkflowRegistry::Manifests` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	fn new_version() -> Weight {
		Weight::from_parts(394_797_000, 0)
			.saturating_add(T::DbWeight::get().reads(47))
			.saturating_add(T::DbWeight::get().writes(37))
	}
	// Storage: `WorkflowRegistry::Workflows` (r:1 w:1)
	// Proof: `WorkflowRegistry::Workflows` (`max_values`: None, `max_size`: Some(106), added: 2581, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Versions` (r:1 w:1)
	// Proof: `WorkflowRegistry::Versions` (`max_values`: None, `max_size`: Some(847), added: 3322, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(584), added: 3059, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Manifests` (r:1 w:0)
	// Proof: `WorkflowRegistry::Manifests` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	fn set_price() -> Weight {
		Weight::from_parts(126_769_000, 0)
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `WorkflowRegistry::Workflows` (r:1 w:1)
	// Proof: `WorkflowRegistry::Workflows` (`max_values`: None, `max_size`: Some(106), added: 2581, mode: `MaxEncodedLen`)
	fn offer() -> Weight {
		Weight::from_parts(15_403_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `WorkflowRegistry::Workflows` (r:1 w:1)
	// Proof: `WorkflowRegistry::Workflows` (`max_values`: None, `max_size`: Some(106), added: 2581, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:2 w:2)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	fn accept() -> Weight {
		Weight::from_parts(111_476_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `WorkflowRegistry::Workflows` (r:1 w:1)
	// Proof: `WorkflowRegistry::Workflows` (`max_values`: None, `max_size`: Some(106), added: 2581, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(584), added: 3059, mode: `MaxEncodedLen`)
	fn retire() -> Weight {
		Weight::from_parts(25_057_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `WorkflowRegistry::Workflows` (r:65 w:65)
	// Proof: `WorkflowRegistry::Workflows` (`max_values`: None, `max_size`: Some(106), added: 2581, mode: `MaxEncodedLen`)
	// Storage: `Payout::Owed` (r:1 w:0)
	// Proof: `Payout::Owed` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Versions` (r:5 w:4)
	// Proof: `WorkflowRegistry::Versions` (`max_values`: None, `max_size`: Some(847), added: 3322, mode: `MaxEncodedLen`)
	// Storage: `WorkflowRegistry::Manifests` (r:4 w:4)
	// Proof: `WorkflowRegistry::Manifests` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	fn reclaim(n: u32) -> Weight {
		Weight::from_parts(181_513_535, 0)
			// Standard error: 2_257_851
			.saturating_add(Weight::from_parts(112_346_428, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(32))
			.saturating_add(T::DbWeight::get().reads((13_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(30))
			.saturating_add(T::DbWeight::get().writes((13_u64).saturating_mul(n.into())))
	}
	// Storage: `WorkflowRegistry::Workflows` (r:1 w:1)
	// Proof: `WorkflowRegistry::Workflows` (`max_values`: None, `max_size`: Some(106), added: 2581, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn ban() -> Weight {
		Weight::from_parts(67_731_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}

/// The same with the costs of a common database, for tests.
impl WeightInfo for () {
	fn publish() -> Weight {
		Weight::from_parts(408_798_000, 0)
			.saturating_add(RocksDbWeight::get().reads(46))
			.saturating_add(RocksDbWeight::get().writes(38))
	}
	fn new_version() -> Weight {
		Weight::from_parts(394_797_000, 0)
			.saturating_add(RocksDbWeight::get().reads(47))
			.saturating_add(RocksDbWeight::get().writes(37))
	}
	fn set_price() -> Weight {
		Weight::from_parts(126_769_000, 0)
			.saturating_add(RocksDbWeight::get().reads(7))
			.saturating_add(RocksDbWeight::get().writes(4))
	}
	fn offer() -> Weight {
		Weight::from_parts(15_403_000, 0)
			.saturating_add(RocksDbWeight::get().reads(1))
			.saturating_add(RocksDbWeight::get().writes(1))
	}
	fn accept() -> Weight {
		Weight::from_parts(111_476_000, 0)
			.saturating_add(RocksDbWeight::get().reads(5))
			.saturating_add(RocksDbWeight::get().writes(5))
	}
	fn retire() -> Weight {
		Weight::from_parts(25_057_000, 0)
			.saturating_add(RocksDbWeight::get().reads(3))
			.saturating_add(RocksDbWeight::get().writes(1))
	}
	fn reclaim(n: u32) -> Weight {
		Weight::from_parts(181_513_535, 0)
			.saturating_add(Weight::from_parts(112_346_428, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads(32))
			.saturating_add(RocksDbWeight::get().reads((13_u64).saturating_mul(n.into())))
			.saturating_add(RocksDbWeight::get().writes(30))
			.saturating_add(RocksDbWeight::get().writes((13_u64).saturating_mul(n.into())))
	}
	fn ban() -> Weight {
		Weight::from_parts(67_731_000, 0)
			.saturating_add(RocksDbWeight::get().reads(4))
			.saturating_add(RocksDbWeight::get().writes(4))
	}
}

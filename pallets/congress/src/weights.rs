//! What the calls of `pallet_congress` cost, as measured: written by `./scripts/bench-weights`, not by hand.
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
	fn admit_member() -> Weight;
	fn remove_member() -> Weight;
	fn authorize_upgrade() -> Weight;
	fn hold_for_governance() -> Weight;
	fn release() -> Weight;
	fn read_call(l: u32) -> Weight;
	fn propose() -> Weight;
	fn vote() -> Weight;
	fn close() -> Weight;
	fn enact() -> Weight;
}

/// The measured weights with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `Congress::Members` (r:1 w:1)
	// Proof: `Congress::Members` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `Congress::CounterForMembers` (r:1 w:1)
	// Proof: `Congress::CounterForMembers` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn admit_member() -> Weight {
		Weight::from_parts(19_669_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Congress::Members` (r:1 w:1)
	// Proof: `Congress::Members` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(584), added: 3059, mode: `MaxEncodedLen`)
	// Storage: `Congress::CounterForMembers` (r:1 w:1)
	// Proof: `Congress::CounterForMembers` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Congress::Open` (r:1 w:0)
	// Proof: `Congress::Open` (`max_values`: Some(1), `max_size`: Some(2626), added: 3121, mode: `MaxEncodedLen`)
	// Storage: `Congress::Votes` (r:1 w:1)
	// Proof: `Congress::Votes` (`max_values`: None, `max_size`: Some(3506), added: 5981, mode: `MaxEncodedLen`)
	// Storage: `Congress::Proposals` (r:32 w:32)
	// Proof: `Congress::Proposals` (`max_values`: None, `max_size`: Some(337), added: 2812, mode: `MaxEncodedLen`)
	fn remove_member() -> Weight {
		Weight::from_parts(370_721_000, 0)
			.saturating_add(T::DbWeight::get().reads(38))
			.saturating_add(T::DbWeight::get().writes(35))
	}
	// Storage: `System::AuthorizedUpgrade` (r:0 w:1)
	// Proof: `System::AuthorizedUpgrade` (`max_values`: Some(1), `max_size`: Some(33), added: 528, mode: `MaxEncodedLen`)
	fn authorize_upgrade() -> Weight {
		Weight::from_parts(9_705_000, 0).saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	// Storage: `Congress::Holdings` (r:1 w:1)
	// Proof: `Congress::Holdings` (`max_values`: None, `max_size`: Some(1346), added: 3821, mode: `MaxEncodedLen`)
	// Storage: `Congress::Open` (r:1 w:0)
	// Proof: `Congress::Open` (`max_values`: Some(1), `max_size`: Some(2626), added: 3121, mode: `MaxEncodedLen`)
	// Storage: `Congress::TotalHeld` (r:1 w:1)
	// Proof: `Congress::TotalHeld` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
	fn hold_for_governance() -> Weight {
		Weight::from_parts(89_713_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Congress::Holdings` (r:1 w:1)
	// Proof: `Congress::Holdings` (`max_values`: None, `max_size`: Some(1346), added: 3821, mode: `MaxEncodedLen`)
	// Storage: `Congress::Open` (r:1 w:0)
	// Proof: `Congress::Open` (`max_values`: Some(1), `max_size`: Some(2626), added: 3121, mode: `MaxEncodedLen`)
	// Storage: `Congress::Votes` (r:1 w:1)
	// Proof: `Congress::Votes` (`max_values`: None, `max_size`: Some(3506), added: 5981, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	// Storage: `Congress::TotalHeld` (r:1 w:1)
	// Proof: `Congress::TotalHeld` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
	fn release() -> Weight {
		Weight::from_parts(106_779_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Preimage::PreimageFor` (r:1 w:0)
	// Proof: `Preimage::PreimageFor` (`max_values`: None, `max_size`: Some(4194344), added: 4196819, mode: `MaxEncodedLen`)
	fn read_call(l: u32) -> Weight {
		Weight::from_parts(8_142_976, 0)
			// Standard error: 2
			.saturating_add(Weight::from_parts(817, 0).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().reads(1))
	}
	// Storage: `Congress::Members` (r:1 w:0)
	// Proof: `Congress::Members` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `Terms::CurrentVersion` (r:1 w:0)
	// Proof: `Terms::CurrentVersion` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Terms::TermsOf` (r:1 w:0)
	// Proof: `Terms::TermsOf` (`max_values`: None, `max_size`: Some(584), added: 3059, mode: `MaxEncodedLen`)
	// Storage: `Congress::CounterForMembers` (r:1 w:0)
	// Proof: `Congress::CounterForMembers` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Congress::Open` (r:1 w:1)
	// Proof: `Congress::Open` (`max_values`: Some(1), `max_size`: Some(2626), added: 3121, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	// Storage: `Congress::NextProposal` (r:1 w:1)
	// Proof: `Congress::NextProposal` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Congress::Proposals` (r:0 w:1)
	// Proof: `Congress::Proposals` (`max_values`: None, `max_size`: Some(337), added: 2812, mode: `MaxEncodedLen`)
	fn propose() -> Weight {
		Weight::from_parts(101_821_000, 0)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Congress::Proposals` (r:1 w:1)
	// Proof: `Congress::Proposals` (`max_values`: None, `max_size`: Some(337), added: 2812, mode: `MaxEncodedLen`)
	// Storage: `Congress::Members` (r:1 w:0)
	// Proof: `Congress::Members` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `Congress::Open` (r:1 w:0)
	// Proof: `Congress::Open` (`max_values`: Some(1), `max_size`: Some(2626), added: 3121, mode: `MaxEncodedLen`)
	// Storage: `Congress::Votes` (r:1 w:1)
	// Proof: `Congress::Votes` (`max_values`: None, `max_size`: Some(3506), added: 5981, mode: `MaxEncodedLen`)
	fn vote() -> Weight {
		Weight::from_parts(62_754_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Congress::Proposals` (r:1 w:1)
	// Proof: `Congress::Proposals` (`max_values`: None, `max_size`: Some(337), added: 2812, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(211), added: 2686, mode: `MaxEncodedLen`)
	// Storage: `Scheduler::Agenda` (r:1 w:1)
	// Proof: `Scheduler::Agenda` (`max_values`: None, `max_size`: Some(10463), added: 12938, mode: `MaxEncodedLen`)
	fn close() -> Weight {
		Weight::from_parts(77_976_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Congress::Proposals` (r:1 w:1)
	// Proof: `Congress::Proposals` (`max_values`: None, `max_size`: Some(337), added: 2812, mode: `MaxEncodedLen`)
	// Storage: `Congress::Open` (r:1 w:1)
	// Proof: `Congress::Open` (`max_values`: Some(1), `max_size`: Some(2626), added: 3121, mode: `MaxEncodedLen`)
	// Storage: `Congress::Members` (r:1 w:1)
	// Proof: `Congress::Members` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `Congress::CounterForMembers` (r:1 w:1)
	// Proof: `Congress::CounterForMembers` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Congress::OutcomeOrder` (r:1 w:1)
	// Proof: `Congress::OutcomeOrder` (`max_values`: Some(1), `max_size`: Some(4002), added: 4497, mode: `MaxEncodedLen`)
	// Storage: `Congress::Outcomes` (r:0 w:2)
	// Proof: `Congress::Outcomes` (`max_values`: None, `max_size`: Some(224), added: 2699, mode: `MaxEncodedLen`)
	fn enact() -> Weight {
		Weight::from_parts(58_096_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(7))
	}
}

/// The same with the costs of a common database, for tests.
impl WeightInfo for () {
	fn admit_member() -> Weight {
		Weight::from_parts(19_669_000, 0)
			.saturating_add(RocksDbWeight::get().reads(2))
			.saturating_add(RocksDbWeight::get().writes(2))
	}
	fn remove_member() -> Weight {
		Weight::from_parts(370_721_000, 0)
			.saturating_add(RocksDbWeight::get().reads(38))
			.saturating_add(RocksDbWeight::get().writes(35))
	}
	fn authorize_upgrade() -> Weight {
		Weight::from_parts(9_705_000, 0).saturating_add(RocksDbWeight::get().writes(1))
	}
	fn hold_for_governance() -> Weight {
		Weight::from_parts(89_713_000, 0)
			.saturating_add(RocksDbWeight::get().reads(5))
			.saturating_add(RocksDbWeight::get().writes(4))
	}
	fn release() -> Weight {
		Weight::from_parts(106_779_000, 0)
			.saturating_add(RocksDbWeight::get().reads(6))
			.saturating_add(RocksDbWeight::get().writes(5))
	}
	fn read_call(l: u32) -> Weight {
		Weight::from_parts(8_142_976, 0)
			.saturating_add(Weight::from_parts(817, 0).saturating_mul(l.into()))
			.saturating_add(RocksDbWeight::get().reads(1))
	}
	fn propose() -> Weight {
		Weight::from_parts(101_821_000, 0)
			.saturating_add(RocksDbWeight::get().reads(8))
			.saturating_add(RocksDbWeight::get().writes(5))
	}
	fn vote() -> Weight {
		Weight::from_parts(62_754_000, 0)
			.saturating_add(RocksDbWeight::get().reads(4))
			.saturating_add(RocksDbWeight::get().writes(2))
	}
	fn close() -> Weight {
		Weight::from_parts(77_976_000, 0)
			.saturating_add(RocksDbWeight::get().reads(4))
			.saturating_add(RocksDbWeight::get().writes(4))
	}
	fn enact() -> Weight {
		Weight::from_parts(58_096_000, 0)
			.saturating_add(RocksDbWeight::get().reads(5))
			.saturating_add(RocksDbWeight::get().writes(7))
	}
}

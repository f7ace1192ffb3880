//! A runtime for the tests.

use crate::{self as pallet_terms, Terms};
use frame_support::derive_impl;
use frame_system::EnsureRoot;
use polkadot_sdk::*;
use sp_runtime::{AccountId32, BuildStorage, traits::IdentityLookup};

#[frame_support::runtime]
mod runtime {
	use super::*;

	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type TermsBook = pallet_terms;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
}

impl pallet_terms::Config for Test {
	type SetOrigin = EnsureRoot<AccountId32>;
	type WeightInfo = ();
}

pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
	let genesis = RuntimeGenesisConfig {
		terms_book: pallet_terms::GenesisConfig {
			terms: Terms::development(),
			..Default::default()
		},
		..Default::default()
	};
	let mut ext: sp_io::TestExternalities = genesis
		.build_storage()
		.expect("the genesis terms fit together")
		.into();
	ext.execute_with(|| System::set_block_number(1));
	ext
}

//! A runtime with nothing but what this rule-book needs.

use crate as pallet_calibration;
use calibration::{Bands, Bucket, Entry};
use frame_support::{derive_impl, ord_parameter_types, traits::ConstU32};
use frame_system::EnsureSignedBy;
use pallet_terms::{Terms, TermsSource};
use polkadot_sdk::*;
use receipt::PairKey;
use sp_runtime::{AccountId32, BuildStorage, traits::IdentityLookup};

pub(crate) const ALICE: AccountId32 = AccountId32::new([1; 32]);
pub(crate) const CONGRESS: AccountId32 = AccountId32::new([9; 32]);
pub(crate) const GENESIS_PAIR: PairKey = [1; 32];
pub(crate) const PAIR: PairKey = [2; 32];
pub(crate) const RETENTION: u32 = 40;
pub(crate) const MAX_PAIRS: u32 = 3;
pub(crate) const ENTRY: Entry = Entry {
	record: [5; 32],
	model: [6; 32],
	bands: Bands::CPU,
	detection: Bucket::ASSUMED,
};

#[frame_support::runtime]
mod runtime {
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
	pub type Pairs = pallet_calibration;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
}

ord_parameter_types! {
	pub const Registrar: AccountId32 = CONGRESS;
}

/// The terms, of which only the retention of jobs matters here.
pub struct MockTerms;
impl TermsSource for MockTerms {
	fn current() -> (u32, Terms) {
		let mut terms = Terms::production();
		terms.jobs.retention = RETENTION;
		(1, terms)
	}

	fn at(version: u32) -> Option<Terms> {
		(version == 1).then(|| Self::current().1)
	}
}

impl pallet_calibration::Config for Test {
	type RegisterOrigin = EnsureSignedBy<Registrar, AccountId32>;
	type Terms = MockTerms;
	type MaxPairs = ConstU32<MAX_PAIRS>;
	type WeightInfo = ();
}

pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
	let storage = RuntimeGenesisConfig {
		pairs: pallet_calibration::GenesisConfig {
			calibrations: vec![pallet_calibration::GenesisCalibration {
				pair: GENESIS_PAIR,
				entry: ENTRY,
			}],
			..Default::default()
		},
		..Default::default()
	}
	.build_storage()
	.expect("the genesis is valid");
	let mut state = sp_io::TestExternalities::new(storage);
	state.execute_with(|| System::set_block_number(1));
	state
}

/// Checks the invariants; called after each action.
pub(crate) fn check() {
	Pairs::do_try_state().expect("the invariants hold");
}

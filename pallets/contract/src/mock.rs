//! A runtime with nothing but what this rule-book needs.

use crate as pallet_contract;
use frame_support::{
	derive_impl, ord_parameter_types,
	traits::{ConstU128, fungible::InspectHold},
};
use frame_system::EnsureSignedBy;
use pallet_terms::types::{Planck, Terms, TermsSource};
use polkadot_sdk::*;
use sp_core::H256;
use sp_runtime::{AccountId32, BuildStorage, traits::IdentityLookup};

pub(crate) const ALICE: AccountId32 = AccountId32::new([1; 32]);
pub(crate) const BOB: AccountId32 = AccountId32::new([2; 32]);
pub(crate) const POOR: AccountId32 = AccountId32::new([3; 32]);
pub(crate) const CONGRESS: AccountId32 = AccountId32::new([9; 32]);
pub(crate) const FUNDS: Planck = 1_000;
pub(crate) const DEPOSIT: Planck = 100;
pub(crate) const FIRST_CONSTITUTION: H256 = H256::repeat_byte(0xC0);

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
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type Contract = pallet_contract;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
	type AccountData = pallet_balances::AccountData<Planck>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Planck;
	type ExistentialDeposit = ConstU128<1>;
	type AccountStore = System;
}

ord_parameter_types! {
	pub const Amender: AccountId32 = CONGRESS;
}

frame_support::parameter_types! {
	pub static AnchorDeposit: Planck = DEPOSIT;
}

/// The terms, of which only the deposit of an anchor matters here.
pub struct MockTerms;
impl TermsSource for MockTerms {
	fn current() -> (u32, Terms) {
		let mut terms = Terms::production();
		terms.deposits.anchor = AnchorDeposit::get();
		(1, terms)
	}

	fn at(version: u32) -> Option<Terms> {
		(version == 1).then(|| Self::current().1)
	}
}

impl pallet_contract::Config for Test {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Terms = MockTerms;
	type AmendOrigin = EnsureSignedBy<Amender, AccountId32>;
	type WeightInfo = ();
}

pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: vec![(ALICE, FUNDS), (BOB, FUNDS), (POOR, 50), (CONGRESS, FUNDS)],
			..Default::default()
		},
		contract: pallet_contract::GenesisConfig {
			constitution: FIRST_CONSTITUTION,
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

/// What is held for the account's audit log.
pub(crate) fn held(who: &AccountId32) -> Planck {
	Balances::balance_on_hold(&crate::HoldReason::AuditLog.into(), who)
}

/// Checks the invariants; called after each action.
pub(crate) fn check() {
	Contract::do_try_state().expect("the invariants hold");
}

//! A runtime for the tests: balances, a fee hold, and owners in a static.

#![allow(unreachable_pub, reason = "the runtime macros leak these types")]

use crate::{self as pallet_payout, WorkflowId, WorkflowOwner};
use frame_support::{
	PalletId, derive_impl, parameter_types,
	traits::{ConstU32, fungible::MutateHold},
};
use pallet_terms::Planck;
use polkadot_sdk::*;
use sp_runtime::{AccountId32, BuildStorage, traits::IdentityLookup};
use std::{cell::RefCell, collections::BTreeMap};

// Stands for the rule-book that holds the fees.
#[frame_support::pallet]
pub(crate) mod fees {
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: polkadot_sdk::frame_system::Config {}

	#[pallet::composite_enum]
	pub enum HoldReason {
		Fee,
	}
}

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
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type Fees = fees;
	#[runtime::pallet_index(3)]
	pub type Payout = pallet_payout;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
	type AccountData = pallet_balances::AccountData<Planck>;
}

pub(crate) const ED: Planck = 100;
pub(crate) const ERA: u32 = 10;

parameter_types! {
	pub const ExistentialDeposit: Planck = ED;
	pub const PotId: PalletId = PalletId(*b"haipayou");
	pub const TreasuryAccount: AccountId32 = account(200);
	pub const FeeReason: RuntimeHoldReason = RuntimeHoldReason::Fees(fees::HoldReason::Fee);
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Planck;
	type ExistentialDeposit = ExistentialDeposit;
	type AccountStore = System;
}

impl fees::Config for Test {}

impl pallet_payout::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type PalletId = PotId;
	type Treasury = TreasuryAccount;
	type Owners = Owners;
	type Era = ConstU32<ERA>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkReason = FeeReason;
}

thread_local! {
	static OWNERS: RefCell<BTreeMap<WorkflowId, AccountId32>> = RefCell::default();
}

pub struct Owners;

impl WorkflowOwner for Owners {
	fn owner_of(workflow: WorkflowId) -> Option<AccountId32> {
		OWNERS.with(|owners| owners.borrow().get(&workflow).cloned())
	}
}

pub(crate) fn set_owner(workflow: WorkflowId, owner: Option<AccountId32>) {
	OWNERS.with(|owners| match owner {
		Some(owner) => owners.borrow_mut().insert(workflow, owner),
		None => owners.borrow_mut().remove(&workflow),
	});
}

pub(crate) const fn account(n: u8) -> AccountId32 {
	AccountId32::new([n; 32])
}

/// The payer, who has `CALLER_FUNDS`.
pub(crate) const CALLER: AccountId32 = account(1);
pub(crate) const CALLER_FUNDS: Planck = 1_000_000;

pub(crate) fn hold(amount: Planck) {
	Balances::hold(&FeeReason::get(), &CALLER, amount).expect("the caller has the funds");
}

pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
	let genesis = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: vec![(CALLER, CALLER_FUNDS)],
			..Default::default()
		},
		..Default::default()
	};
	let mut ext: sp_io::TestExternalities = genesis.build_storage().expect("the balances are valid").into();
	ext.execute_with(|| System::set_block_number(1));
	OWNERS.with(|owners| owners.borrow_mut().clear());
	ext
}

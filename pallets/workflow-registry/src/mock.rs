//! A runtime for the tests: balances, development terms that a test may change, and earnings in a
//! static.

#![allow(unreachable_pub, reason = "the runtime macros leak these types")]

use crate::{self as pallet_workflow_registry, *};
use frame_support::{BoundedVec, derive_impl, parameter_types, traits::fungible::InspectHold};
use frame_system::EnsureRoot;
use pallet_terms::{Planck, Terms, TermsSource};
use polkadot_sdk::*;
use sp_arithmetic::Permill;
use sp_runtime::{AccountId32, BuildStorage, traits::IdentityLookup};
use std::cell::RefCell;

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
	pub type Registry = pallet_workflow_registry;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
	type AccountData = pallet_balances::AccountData<Planck>;
}

parameter_types! {
	pub const ExistentialDeposit: Planck = 100;
	pub const Treasury: AccountId32 = TREASURY;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Planck;
	type ExistentialDeposit = ExistentialDeposit;
	type AccountStore = System;
}

impl pallet_workflow_registry::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Terms = Numbers;
	type BanOrigin = EnsureRoot<AccountId32>;
	type Treasury = Treasury;
	type Earnings = Earnings;
	type WeightInfo = ();
}

thread_local! {
	static TERMS: RefCell<Terms> = const { RefCell::new(Terms::development()) };
	static OWED: RefCell<Planck> = const { RefCell::new(0) };
}

pub struct Numbers;

impl TermsSource for Numbers {
	fn current() -> (u32, Terms) {
		(1, TERMS.with(|terms| *terms.borrow()))
	}

	fn at(_: u32) -> Option<Terms> {
		None
	}
}

pub(crate) fn change_terms(change: impl FnOnce(&mut Terms)) {
	TERMS.with(|terms| change(&mut terms.borrow_mut()));
}

/// The same for every workflow.
pub struct Earnings;

impl WorkflowEarnings for Earnings {
	fn owed(_: WorkflowId) -> Planck {
		OWED.with(|owed| *owed.borrow())
	}
}

pub(crate) fn set_owed(amount: Planck) {
	OWED.with(|owed| *owed.borrow_mut() = amount);
}

pub(crate) const fn account(n: u8) -> AccountId32 {
	AccountId32::new([n; 32])
}

pub(crate) const ALICE: AccountId32 = account(1);
pub(crate) const BOB: AccountId32 = account(2);
/// Has nothing.
pub(crate) const POOR: AccountId32 = account(9);
pub(crate) const TREASURY: AccountId32 = account(99);

pub(crate) fn signed(who: AccountId32) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

pub(crate) fn held(who: &AccountId32) -> Planck {
	Balances::balance_on_hold(&HoldReason::Publication.into(), who)
}

/// A valid input; `seed` makes the manifest unique.
pub(crate) fn input(seed: u8) -> PublishInput {
	PublishInput {
		name: BoundedVec::truncate_from(b"translate".to_vec()),
		manifest_hash: [seed; 32],
		manifest_location: BoundedVec::truncate_from(b"https://example.org/m.json".to_vec()),
		price: Price {
			mode: PriceMode::Share,
			base: 10,
			per_token: 3,
		},
		split: None,
		min_upstream_share: Permill::zero(),
		parents: Default::default(),
		model: [7; 32],
		max_tokens: 512,
	}
}

/// The same with parents, as workflow, version and parts of a million.
pub(crate) fn with_parents(seed: u8, parents: &[(WorkflowId, Version, u32)]) -> PublishInput {
	let parents = parents
		.iter()
		.map(|(workflow, version, share)| Parent {
			workflow: *workflow,
			version: *version,
			share: Permill::from_parts(*share),
		})
		.collect::<Vec<_>>();
	PublishInput {
		parents: BoundedVec::truncate_from(parents),
		..input(seed)
	}
}

/// Publishes and returns the number.
pub(crate) fn publish(who: AccountId32, input: PublishInput) -> WorkflowId {
	let workflow = NextWorkflow::<Test>::get();
	Registry::publish(signed(who), Box::new(input)).expect("the input is valid");
	workflow
}

pub(crate) fn table(workflow: WorkflowId) -> Vec<(WorkflowId, u32)> {
	let version = Registry::latest_version(workflow).expect("it is published");
	Registry::version(workflow, version)
		.expect("the latest version is stored")
		.upstream
		.into_inner()
}

pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
	let genesis = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: [ALICE, BOB]
				.map(|who| (who, 1_000 * pallet_terms::presets::HAI))
				.into(),
			..Default::default()
		},
		..Default::default()
	};
	let mut ext: sp_io::TestExternalities = genesis.build_storage().expect("the balances are valid").into();
	ext.execute_with(|| System::set_block_number(1));
	change_terms(|terms| *terms = Terms::development());
	set_owed(0);
	ext
}

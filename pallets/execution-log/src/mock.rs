//! A runtime for the tests: real balances, simple neighbours.

mod audits;
mod canary;
mod jobs;
mod neighbours;

pub(crate) use audits::*;
pub(crate) use canary::*;
pub(crate) use jobs::*;
pub(crate) use neighbours::*;

use crate as pallet_execution_log;
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, ConstU128, Hooks},
};
use pallet_terms::Terms;
use polkadot_sdk::*;
use receipt::{Hash, Planck, WorkflowId, signing};
use sp_runtime::{AccountId32, BuildStorage, traits::IdentityLookup};
use std::collections::BTreeMap;
use verification::Bucket;

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
	pub type Log = pallet_execution_log;
}

pub(crate) type Extension = (frame_system::AuthorizeCall<Test>,);
pub(crate) type Extrinsic =
	sp_runtime::generic::UncheckedExtrinsic<AccountId32, RuntimeCall, sp_runtime::MultiSignature, Extension>;
type Header = sp_runtime::generic::Header<u32, sp_runtime::traits::BlakeTwo256>;
type Block = sp_runtime::generic::Block<Header, Extrinsic>;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
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

impl pallet_execution_log::Config for Test {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Terms = Neighbours;
	type Nodes = Neighbours;
	type Auditors = Neighbours;
	type Workflows = Neighbours;
	type Settlement = Neighbours;
	type Randomness = Neighbours;
	type MaxDuePerBlock = ConstU32<8>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = Neighbours;
}

// What the tests turn: all of it is in the state, so that a failed step undoes it as well.
parameter_types! {
	pub storage Serving: bool = true;
	pub storage Calibrated: bool = true;
	pub storage Detection: [Bucket; 5] = Bucket::ASSUMED;
	pub storage MantissaBand: u32 = 64;
	pub storage Callable: bool = true;
	pub storage WithVrf: bool = true;
	pub storage OneAuthor: bool = false;
	pub storage BrokenQuote: bool = false;
	pub storage ShortPayout: bool = false;
	pub storage BondCovers: Planck = 1_000_000_000;
	pub storage NodeKeySeed: u8 = 100;
	pub storage OldNodeKeySeed: Option<u8> = None;
	pub storage AuditorCount: u8 = 5;
	pub storage RareAuditorCount: u8 = 0;
	pub storage RareDeclared: Vec<(u32, u8)> = Vec::new();
	pub storage Exposures: BTreeMap<AccountId32, Planck> = BTreeMap::new();
	pub storage Audits: BTreeMap<AccountId32, u32> = BTreeMap::new();
	pub storage Frauds: Vec<(AccountId32, Planck)> = Vec::new();
	pub storage Downtimes: Vec<(AccountId32, Planck)> = Vec::new();
	pub storage FalseAttestations: Vec<(AccountId32, Planck)> = Vec::new();
	pub storage Credits: BTreeMap<AccountId32, u32> = BTreeMap::new();
	pub storage Rewards: Vec<(AccountId32, Planck)> = Vec::new();
	pub storage Chilled: Vec<AccountId32> = Vec::new();
	pub storage Ejected: Vec<AccountId32> = Vec::new();
	pub storage ActiveBond: Planck = 1_000_000_000_000;
	pub storage MadeKeys: BTreeMap<AccountId32, [u8; 32]> = BTreeMap::new();
	pub storage Versions: Vec<Terms> = vec![test_terms()];
}

/// Short windows: of the five auditors four sit in a panel, and three of them agree.
pub(crate) fn test_terms() -> Terms {
	let mut terms = Terms::development();
	terms.jobs.delivery_window = 10;
	terms.jobs.draw_delay = 4;
	terms.jobs.min_distinct_authors = 2;
	terms.jobs.commit_window = 5;
	terms.jobs.court_window = 5;
	terms.jobs.reveal_delay = 2;
	terms.jobs.reveal_window = 5;
	// Most tests are of audits that ask nobody.
	terms.jobs.opening_window = 0;
	terms.jobs.dispute_window = 3;
	terms.jobs.retention = 40;
	terms.verification.panel = 4;
	// A draw ends where it can first end, so that tests know the block.
	terms.verification.stop_one_in = 1;
	terms.verification.stop_within = 4;
	terms.verification.incident_window = 30;
	// Hardly ever.
	terms.verification.second_look = verification::Ppm::new(1);
	// Whatever a job pays counts fully.
	terms.verification.reference_fee = 1;
	terms.jobs.min_fee_per_token = 10;
	terms.jobs.record_deposit = 500;
	terms.jobs.min_dispute_deposit = 50;
	terms
}

pub(crate) const NODE: AccountId32 = AccountId32::new([9; 32]);
pub(crate) const CALLER: AccountId32 = AccountId32::new([1; 32]);
pub(crate) const OTHER: AccountId32 = AccountId32::new([2; 32]);
pub(crate) const TREASURY: AccountId32 = AccountId32::new([77; 32]);
pub(crate) const POT: AccountId32 = AccountId32::new([78; 32]);
pub(crate) const POOL: AccountId32 = AccountId32::new([79; 32]);
pub(crate) const WORKFLOW: WorkflowId = 3;
pub(crate) const UPSTREAM: WorkflowId = 2;
pub(crate) const RICH: Planck = 1_000_000_000;
pub(crate) const PAIR: Hash = [42; 32];
/// A pair that the last [`RareAuditorCount`] of eight auditors check, or as many as [`rare_declared`] says from a block
/// on.
pub(crate) const RARE: Hash = [43; 32];

/// The auditor with this number, from zero on.
pub(crate) fn auditor(number: u8) -> AccountId32 {
	AccountId32::new([200 + number; 32])
}

/// The secret of that auditor's audit key.
pub(crate) fn auditor_secret(who: &AccountId32) -> [u8; 32] {
	let bytes: &[u8; 32] = who.as_ref();
	*bytes
}

pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
	let accounts = [CALLER, OTHER, NODE, TREASURY, POT, POOL, canary_node()]
		.into_iter()
		.chain((0..8).map(auditor));
	let genesis = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: accounts.map(|who| (who, RICH)).collect(),
			..Default::default()
		},
		..Default::default()
	};
	let mut ext: sp_io::TestExternalities = genesis.build_storage().expect("the genesis is valid").into();
	#[cfg(feature = "runtime-benchmarks")]
	ext.register_extension(sp_keystore::KeystoreExt::new(
		sp_keystore::testing::MemoryKeystore::new(),
	));
	ext.execute_with(|| {
		MadeKeys::set(&[(canary_node(), signing::public_key(&[NodeKeySeed::get(); 32]))].into());
		advance(1);
	});
	ext
}

/// From this block on, the last `count` of eight auditors have declared the pair [`RARE`].
pub(crate) fn rare_declared(count: u8) {
	RareDeclared::set(&[RareDeclared::get(), vec![(Log::now(), count)]].concat());
}

/// Goes on by so many blocks, and checks every invariant after each.
pub(crate) fn advance(blocks: u32) {
	for _ in 0..blocks {
		let now = System::block_number();
		Log::on_idle(now, frame_support::weights::Weight::MAX);
		System::set_block_number(now + 1);
		Log::on_initialize(now + 1);
		check();
	}
}

/// Every invariant, those of the neighbours included.
pub(crate) fn check() {
	Log::do_try_state().expect("the state is as it must be");
	let mut exposure = BTreeMap::<AccountId32, Planck>::new();
	let mut audits = BTreeMap::<AccountId32, u32>::new();
	for (_, job) in crate::Jobs::<Test>::iter() {
		if job.state.ended_at().is_none() {
			*exposure.entry(job.node()).or_default() += job.ticket.fee;
		}
	}
	for (who, _) in crate::OpenAudits::<Test>::iter_keys() {
		*audits.entry(who).or_default() += 1;
	}
	let mut open = Exposures::get();
	open.retain(|_, fee| *fee > 0);
	exposure.retain(|_, fee| *fee > 0);
	assert_eq!(open, exposure, "what bonds cover is what is open");
	let mut owed = Audits::get();
	owed.retain(|_, count| *count > 0);
	assert_eq!(owed, audits, "open audits are counted once");
}

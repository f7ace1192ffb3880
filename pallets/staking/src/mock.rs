//! A small chain: balances, bonds, sessions with history, and offences.

use crate as pallet_role_staking;
use crate::{
	Config, Pallet, SessionPallet,
	types::{Address, Advertisement, GenesisBond, GenesisKeys, Offer, Role, SlashReason},
};
use pallet_terms::{Terms, TermsSource, types::Planck};
use polkadot_sdk::{
	frame_support::{
		self, BoundedVec, derive_impl,
		dispatch::DispatchResultWithPostInfo,
		parameter_types,
		traits::{ConstU32, ConstU64, ConstU128, OnInitialize},
	},
	frame_system, pallet_balances, pallet_offences,
	sp_core::{H256, Pair, ed25519},
	sp_io,
	sp_runtime::{
		AccountId32, BuildStorage, DispatchResult, Perbill, Permill, impl_opaque_keys,
		testing::UintAuthorityId, traits::IdentityLookup,
	},
};
use receipt::{
	PairKey,
	keys::{KeySet, binding},
};

type Block = frame_system::mocking::MockBlock<Test>;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeHoldReason,
		RuntimeFreezeReason,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type RoleStaking = pallet_role_staking;
	#[runtime::pallet_index(3)]
	pub type Session = pallet_session;
	#[runtime::pallet_index(4)]
	pub type Historical = pallet_session::historical;
	#[runtime::pallet_index(5)]
	pub type Offences = pallet_offences;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
	type AccountData = pallet_balances::AccountData<Planck>;
}

pub(crate) const EXISTENTIAL_DEPOSIT: Planck = 10;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Planck;
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type AccountStore = System;
}

impl_opaque_keys! {
	pub struct MockSessionKeys {
		pub dummy: UintAuthorityId,
	}
}

pub(crate) const SESSION: u64 = 10;

impl pallet_session::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type ValidatorId = AccountId32;
	type ValidatorIdOf = polkadot_sdk::sp_runtime::traits::ConvertInto;
	type ShouldEndSession = pallet_session::PeriodicSessions<ConstU64<SESSION>, ConstU64<0>>;
	type NextSessionRotation = pallet_session::PeriodicSessions<ConstU64<SESSION>, ConstU64<0>>;
	type SessionManager = pallet_session::historical::NoteHistoricalRoot<Test, RoleStaking>;
	type SessionHandler = pallet_session::TestSessionHandler;
	type Keys = MockSessionKeys;
	type DisablingStrategy = pallet_session::disabling::UpToLimitDisablingStrategy;
	type WeightInfo = ();
	type Currency = Balances;
	type KeyDeposit = ConstU128<0>;
}

impl pallet_session::historical::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type FullIdentification = ();
	type FullIdentificationOf = crate::NoIdentification;
}

impl pallet_offences::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type IdentificationTuple = pallet_session::historical::IdentificationTuple<Test>;
	type OnOffenceHandler = RoleStaking;
}

pub(crate) const NODE_MINIMUM: Planck = 1_000;
pub(crate) const VALIDATOR_MINIMUM: Planck = 2_000;
pub(crate) const DELAY: u64 = 30;
pub(crate) const FACTOR: Planck = 10;
pub(crate) const REWARD: Planck = 15;
pub(crate) const MEMORY: u32 = 3;
pub(crate) const TREASURY: AccountId32 = AccountId32::new([99; 32]);

fn small_terms() -> Terms {
	let mut terms = Terms::production();
	terms.jobs.delivery_window = 5;
	terms.jobs.draw_delay = 1;
	terms.jobs.commit_window = 2;
	terms.jobs.reveal_delay = 1;
	terms.jobs.reveal_window = 2;
	terms.jobs.dispute_window = 1;
	terms.verification.open_factor = FACTOR as u32;
	terms.staking.min_node_bond = NODE_MINIMUM;
	terms.staking.min_validator_bond = VALIDATOR_MINIMUM;
	terms.staking.min_validators = 3;
	terms.staking.max_validators = 5;
	terms.staking.unbonding_delay = DELAY as u32;
	terms.slashes.collusion = Perbill::from_percent(100);
	terms.slashes.equivocation = Perbill::from_percent(5);
	terms.slashes.burned = Permill::from_percent(50);
	terms.slashes.reporter_reward = REWARD;
	terms
}

/// Takes the part of a bond that the tests chose for a reason.
pub(crate) fn slash(who: u8, reason: SlashReason) -> Planck {
	let percent = match reason {
		SlashReason::Fraud => 20,
		SlashReason::Downtime => 1,
		SlashReason::Collusion => 100,
		SlashReason::FalseAttestation => 10,
		SlashReason::Equivocation => 5,
	};
	crate::Pallet::<Test>::slash_part(&account(who), reason, Perbill::from_percent(percent))
}

parameter_types! {
	pub static CurrentTerms: Terms = small_terms();
	pub const Treasury: AccountId32 = TREASURY;
}

pub(crate) fn change_terms(change: impl FnOnce(&mut Terms)) {
	CurrentTerms::mutate(change);
}

pub struct MockTerms;
impl TermsSource for MockTerms {
	fn current() -> (u32, Terms) {
		(1, CurrentTerms::get())
	}
	fn at(version: u32) -> Option<Terms> {
		(version == 1).then(CurrentTerms::get)
	}
}

impl Config for Test {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Terms = MockTerms;
	type Treasury = Treasury;
	type Sessions = SessionPallet<Test>;
	type MaxBondedValidators = ConstU32<256>;
	type OffenceMemory = ConstU32<MEMORY>;
	type WeightInfo = ();
}

/// Accounts 1 to 20 have this much at genesis.
pub(crate) const FUNDS: Planck = 1_000_000;

pub(crate) fn account(seed: u8) -> AccountId32 {
	AccountId32::new([seed; 32])
}

pub(crate) fn signed(seed: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(seed))
}

/// Keys that depend on `salt` only, with their pairs.
pub(crate) fn key_pairs(salt: u8) -> (KeySet, ed25519::Pair, ed25519::Pair) {
	let peer = ed25519::Pair::from_seed(&[salt; 32]);
	let mut audit_seed = [salt; 32];
	audit_seed[31] ^= 0xff;
	let audit = ed25519::Pair::from_seed(&audit_seed);
	let keys = KeySet {
		peer: peer.public().0,
		encryption: [salt; 32],
		audit: audit.public().0,
	};
	(keys, peer, audit)
}

/// The keys of `salt`, bound to the account of `seed`.
pub(crate) fn bound_keys(seed: u8, salt: u8) -> (KeySet, [u8; 64], [u8; 64]) {
	let (keys, peer, audit) = key_pairs(salt);
	let message = binding(account(seed).as_ref(), &keys);
	(keys, peer.sign(&message).0, audit.sign(&message).0)
}

pub(crate) fn bond(seed: u8, role: Role, amount: Planck) -> DispatchResult {
	let (keys, peer, audit) = bound_keys(seed, seed);
	Pallet::<Test>::bond(signed(seed), role, amount, keys, peer, audit)
}

/// The pair of the advertisements, which the validators of genesis check.
pub(crate) const PAIR: PairKey = [2; 32];

/// Declares these pairs, each of one repeated byte.
pub(crate) fn declare(seed: u8, pairs: &[u8]) -> DispatchResult {
	let pairs: Vec<PairKey> = pairs.iter().map(|pair| [*pair; 32]).collect();
	let pairs = BoundedVec::try_from(pairs).expect("few pairs");
	without_weight(Pallet::<Test>::declare_pairs(signed(seed), pairs))
}

/// Bonds a validator that checks [`PAIR`].
pub(crate) fn bond_auditor(seed: u8, amount: Planck) {
	ok(bond(seed, Role::Validator, amount));
	ok(declare(seed, &[2]));
}

/// Who can be drawn for a job of this pair that is requested now.
pub(crate) fn eligible_now(pair: &PairKey) -> Vec<AccountId32> {
	Pallet::<Test>::eligible_auditors(pair, Pallet::<Test>::now())
}

pub(crate) fn withdraw(seed: u8) -> DispatchResult {
	without_weight(Pallet::<Test>::withdraw(signed(seed)))
}

fn without_weight(result: DispatchResultWithPostInfo) -> DispatchResult {
	result.map(drop).map_err(|failed| failed.error)
}

pub(crate) fn advertisement() -> Advertisement {
	let offer = Offer {
		model: [1; 32],
		pair: PAIR,
		price_base: 3,
		price_per_token: 4,
	};
	Advertisement {
		addresses: BoundedVec::truncate_from(vec![Address::truncate_from(
			b"/ip4/127.0.0.1/udp/9000/quic-v1".to_vec(),
		)]),
		models: BoundedVec::truncate_from(vec![offer]),
		max_tokens: 4_096,
		slots: 2,
	}
}

/// Bonds a node of `amount` that serves.
pub(crate) fn serve(seed: u8, amount: Planck) {
	bond(seed, Role::Node, amount).expect("funded");
	Pallet::<Test>::advertise(signed(seed), advertisement()).expect("bonded");
	check();
}

pub(crate) fn set_session_keys(seed: u8) {
	set_session_key(seed, seed).expect("funded");
}

/// Registers the session key of `salt` for the account of `seed`.
pub(crate) fn set_session_key(seed: u8, salt: u8) -> DispatchResult {
	let keys = MockSessionKeys {
		dummy: UintAuthorityId(salt.into()),
	};
	let owner = codec::Encode::encode(&account(seed));
	let proof = polkadot_sdk::sp_runtime::RuntimeAppPublic::sign(&keys.dummy, &owner)
		.expect("this key signs without a store");
	Session::set_keys(signed(seed), keys, codec::Encode::encode(&proof))
}

/// Every invariant holds.
#[track_caller]
pub(crate) fn check() {
	assert_eq!(Pallet::<Test>::do_try_state(), Ok(()));
}

/// The call succeeds and every invariant holds after it.
#[track_caller]
pub(crate) fn ok(result: DispatchResult) {
	assert_eq!(result, Ok(()));
	check();
}

/// The call fails with that error and leaves the state as it is.
#[track_caller]
pub(crate) fn no(error: crate::Error<Test>, call: impl FnOnce() -> DispatchResult) {
	let before = sp_io::storage::root(Default::default());
	let result = frame_support::storage::with_storage_layer(call);
	assert_eq!(result, Err(error.into()));
	assert_eq!(sp_io::storage::root(Default::default()), before);
}

/// Goes to `block`, with the sessions that end on the way.
pub(crate) fn run_to(block: u64) {
	while System::block_number() < block {
		let next = System::block_number() + 1;
		System::set_block_number(next);
		Session::on_initialize(next);
		check();
	}
}

pub(crate) fn held(seed: u8) -> Planck {
	use polkadot_sdk::frame_support::traits::fungible::InspectHold;
	Balances::balance_on_hold(&crate::HoldReason::Bond.into(), &account(seed))
}

fn storage(validators: &[u8]) -> sp_io::TestExternalities {
	CurrentTerms::set(small_terms());
	let bonds = validators
		.iter()
		.map(|seed| GenesisBond {
			account: account(*seed),
			role: Role::Validator,
			amount: VALIDATOR_MINIMUM + Planck::from(*seed) * 100,
			keys: GenesisKeys::from(key_pairs(*seed).0),
			pairs: vec![H256(PAIR)],
		})
		.collect();
	let session_keys = validators
		.iter()
		.map(|seed| {
			let keys = MockSessionKeys {
				dummy: UintAuthorityId((*seed).into()),
			};
			(account(*seed), account(*seed), keys)
		})
		.collect();
	let config = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: (1..=20).map(|seed| (account(seed), FUNDS)).collect(),
			..Default::default()
		},
		role_staking: crate::GenesisConfig {
			bonds,
			candidates: validators.iter().map(|seed| account(*seed)).collect(),
			..Default::default()
		},
		session: pallet_session::GenesisConfig {
			keys: session_keys,
			..Default::default()
		},
		..Default::default()
	};
	config.build_storage().expect("the genesis is valid").into()
}

/// A chain without validators at block 1.
pub(crate) fn empty(test: impl FnOnce()) {
	storage(&[]).execute_with(|| {
		System::set_block_number(1);
		test();
		check();
	});
}

/// A chain with the validators 1 to 4, who bond 100 more each than the one before, at block 1.
pub(crate) fn network(test: impl FnOnce()) {
	storage(&[1, 2, 3, 4]).execute_with(|| {
		System::set_block_number(1);
		test();
		check();
	});
}

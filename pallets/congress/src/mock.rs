//! A runtime with nothing but what the congress needs.

use crate::{
	self as pallet_congress, AllowedCalls, BoundedCallOf, Choice, EnsureCongress, Kind, ProposalId, TextHash,
	origin::{Resource, Technical},
};
use frame_support::{
	derive_impl, parameter_types,
	traits::{
		ConstU32, ConstU128, EqualPrivilegeOnly, Hooks, StorePreimage, VariantCountOf, fungible::InspectHold,
	},
	weights::Weight,
};
use frame_system::{EnsureRoot, RawOrigin};
use pallet_terms::types::{BallotTerms, Planck, Terms, TermsSource};
use polkadot_sdk::*;
use sp_runtime::{AccountId32, BuildStorage, DispatchResult, Permill, traits::IdentityLookup};

/// Members at genesis are the accounts 1 to 5.
pub(crate) const MEMBERS: u8 = 5;
/// Accounts 1 to 20 have this much.
pub(crate) const FUNDS: Planck = 1_000_000;
pub(crate) const DEPOSIT: Planck = 500;
pub(crate) const PERIOD: u32 = 10;
pub(crate) const DELAY: u32 = 5;
pub(crate) const MIN_HELD: Planck = 100;
pub(crate) const REASONS: TextHash = TextHash::repeat_byte(7);

pub(crate) fn account(index: u8) -> AccountId32 {
	AccountId32::new([index; 32])
}

/// A rule-book that the congress governs.
#[allow(unreachable_pub, reason = "the macros make their items public")]
#[frame_support::pallet]
pub mod governed {
	use super::{Kind, Weight};
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use polkadot_sdk::*;

	#[pallet::config]
	pub trait Config: polkadot_sdk::frame_system::Config {
		type OneKind: EnsureOrigin<Self::RuntimeOrigin>;
		type TwoKinds: EnsureOrigin<Self::RuntimeOrigin, Success = Kind>;
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::storage]
	pub type Value<T> = StorageValue<_, u32, ValueQuery>;

	#[pallet::storage]
	pub type ActedAs<T> = StorageValue<_, Kind>;

	#[pallet::error]
	pub enum Error<T> {
		Unlucky,
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		#[pallet::call_index(0)]
		#[pallet::weight(Weight::from_parts(1_000, 0))]
		pub fn one(origin: OriginFor<T>, value: u32) -> DispatchResult {
			T::OneKind::ensure_origin(origin)?;
			Value::<T>::put(value);
			ensure!(value != 13, Error::<T>::Unlucky);
			Ok(())
		}

		#[pallet::call_index(1)]
		#[pallet::weight(Weight::from_parts(1_000, 0))]
		pub fn two(origin: OriginFor<T>, value: u32) -> DispatchResult {
			let kind = T::TwoKinds::ensure_origin(origin)?;
			Value::<T>::put(value);
			ActedAs::<T>::put(kind);
			Ok(())
		}

		#[pallet::call_index(2)]
		#[pallet::weight(Weight::from_parts(*milliseconds * 1_000_000_000, 0))]
		pub fn heavy(origin: OriginFor<T>, milliseconds: u64) -> DispatchResult {
			T::OneKind::ensure_origin(origin)?;
			Value::<T>::put(milliseconds as u32);
			Ok(())
		}

		#[pallet::call_index(3)]
		#[pallet::weight(Weight::from_parts(1_000, 0))]
		pub fn long(origin: OriginFor<T>, text: Vec<u8>) -> DispatchResult {
			T::OneKind::ensure_origin(origin)?;
			Value::<T>::put(text.len() as u32);
			Ok(())
		}
	}
}

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
	pub type Preimage = pallet_preimage;
	#[runtime::pallet_index(3)]
	pub type Scheduler = pallet_scheduler;
	#[runtime::pallet_index(4)]
	pub type Congress = pallet_congress;
	#[runtime::pallet_index(5)]
	pub type Governed = governed;
	#[runtime::pallet_index(6)]
	pub type Utility = pallet_utility;
}

parameter_types! {
	pub BlockWeights: frame_system::limits::BlockWeights =
		frame_system::limits::BlockWeights::simple_max(Weight::from_parts(2_000_000_000_000, u64::MAX));
	pub SchedulerWeight: Weight = Weight::from_parts(1_600_000_000_000, u64::MAX);
	pub static CallWeight: Weight = Weight::from_parts(1_000_000_000_000, 10_000_000);
	pub static MinElectorate: u32 = 3;
	pub static VotingPeriod: u32 = PERIOD;
	pub static Forbidden: bool = false;
	pub static Version: u32 = 1;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type BlockWeights = BlockWeights;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
	type AccountData = pallet_balances::AccountData<Planck>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Planck;
	type ExistentialDeposit = ConstU128<1>;
	type AccountStore = System;
	type RuntimeHoldReason = RuntimeHoldReason;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type FreezeIdentifier = RuntimeFreezeReason;
	type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
}

impl pallet_preimage::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
	type Currency = ();
	type ManagerOrigin = EnsureRoot<AccountId32>;
	type Consideration = ();
}

impl pallet_scheduler::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeOrigin = RuntimeOrigin;
	type PalletsOrigin = OriginCaller;
	type RuntimeCall = RuntimeCall;
	type MaximumWeight = SchedulerWeight;
	type ScheduleOrigin = EnsureRoot<AccountId32>;
	type OriginPrivilegeCmp = EqualPrivilegeOnly;
	type MaxScheduledPerBlock = ConstU32<2>;
	type WeightInfo = ();
	type Preimages = Preimage;
	type BlockNumberProvider = System;
}

impl pallet_utility::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = ();
}

impl governed::Config for Test {
	type OneKind = EnsureCongress<Technical>;
	type TwoKinds = EnsureCongress<(Technical, Resource)>;
}

/// What each kind may do here; nothing while `Forbidden`.
pub struct Allowed;
impl AllowedCalls<RuntimeCall> for Allowed {
	fn allows(kind: Kind, call: &RuntimeCall) -> bool {
		if Forbidden::get() {
			return false;
		}
		match kind {
			Kind::Constitutional => matches!(
				call,
				RuntimeCall::Congress(
					pallet_congress::Call::admit_member { .. }
						| pallet_congress::Call::remove_member { .. }
						| pallet_congress::Call::authorize_upgrade { .. }
				)
			),
			Kind::Technical | Kind::Resource => matches!(call, RuntimeCall::Governed(_)),
			Kind::Community => matches!(
				call,
				RuntimeCall::System(frame_system::Call::remark_with_event { .. })
			),
		}
	}
}

/// The thresholds of the design, with short windows.
pub(crate) fn ballot(quorum: u32, majority: u32) -> BallotTerms {
	BallotTerms {
		quorum: Permill::from_percent(quorum),
		majority: Permill::from_percent(majority),
		voting_period: VotingPeriod::get(),
		enactment_delay: DELAY,
		deposit: DEPOSIT,
	}
}

/// The terms, of which only the congress matters here.
pub struct MockTerms;
impl TermsSource for MockTerms {
	fn current() -> (u32, Terms) {
		let mut terms = Terms::production();
		terms.congress.constitutional = ballot(67, 75);
		terms.congress.technical = ballot(25, 51);
		terms.congress.community = ballot(33, 51);
		terms.congress.resource = ballot(33, 51);
		terms.congress.min_electorate = MinElectorate::get();
		terms.congress.min_held = MIN_HELD;
		(Version::get(), terms)
	}

	fn at(_: u32) -> Option<Terms> {
		None
	}
}

impl pallet_congress::Config for Test {
	type RuntimeOrigin = RuntimeOrigin;
	type RuntimeCall = RuntimeCall;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Terms = MockTerms;
	type Allowed = Allowed;
	type Preimages = Preimage;
	type Scheduler = Scheduler;
	type MaxMembers = ConstU32<7>;
	type MaxOpen = ConstU32<16>;
	type MaxOpenPerAccount = ConstU32<3>;
	type MaxOutcomes = ConstU32<4>;
	type MaxCallLength = ConstU32<2_000>;
	type MaxCallWeight = CallWeight;
	type WeightInfo = ();
}

pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: (1..=20).map(|index| (account(index), FUNDS)).collect(),
			..Default::default()
		},
		congress: pallet_congress::GenesisConfig {
			members: (1..=MEMBERS).map(account).collect(),
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
	Congress::do_try_state().expect("the invariants hold");
}

/// Goes on block by block, with the scheduler at work.
pub(crate) fn run_to(block: u32) {
	while System::block_number() < block {
		let next = System::block_number() + 1;
		System::set_block_number(next);
		<Scheduler as Hooks<u32>>::on_initialize(next);
		check();
	}
}

pub(crate) fn signed(index: u8) -> RuntimeOrigin {
	RawOrigin::Signed(account(index)).into()
}

pub(crate) fn congress(kind: Kind) -> RuntimeOrigin {
	pallet_congress::Origin::Congress(kind).into()
}

pub(crate) fn bound(call: impl Into<RuntimeCall>) -> Box<BoundedCallOf<Test>> {
	Box::new(Preimage::bound(call.into()).expect("a preimage can be this long"))
}

/// A call that a proposal of the kind may make.
pub(crate) fn call_of(kind: Kind) -> RuntimeCall {
	match kind {
		Kind::Constitutional => pallet_congress::Call::admit_member { who: account(9) }.into(),
		Kind::Technical => governed::Call::one { value: 42 }.into(),
		Kind::Community => frame_system::Call::remark_with_event {
			remark: b"be kind".to_vec(),
		}
		.into(),
		Kind::Resource => governed::Call::two { value: 43 }.into(),
	}
}

/// Opens a proposal to make this call.
pub(crate) fn propose_call(
	index: u8,
	kind: Kind,
	call: impl Into<RuntimeCall>,
) -> Result<ProposalId, sp_runtime::DispatchError> {
	let id = pallet_congress::NextProposal::<Test>::get();
	let result = Congress::propose(signed(index), kind, bound(call), REASONS);
	check();
	result.map(|()| id)
}

/// Opens a proposal to make a call of the kind.
pub(crate) fn propose(index: u8, kind: Kind) -> Result<ProposalId, sp_runtime::DispatchError> {
	propose_call(index, kind, call_of(kind))
}

pub(crate) fn vote(index: u8, proposal: ProposalId, choice: Choice) -> DispatchResult {
	let result = Congress::vote(signed(index), proposal, choice, None);
	check();
	result
}

pub(crate) fn close(proposal: ProposalId) -> DispatchResult {
	let result = Congress::close(signed(20), proposal);
	check();
	result
}

pub(crate) fn hold(index: u8, amount: Planck) -> DispatchResult {
	let result = Congress::hold_for_governance(signed(index), amount);
	check();
	result
}

pub(crate) fn release(index: u8, amount: Planck) -> DispatchResult {
	let result = Congress::release(signed(index), amount);
	check();
	result
}

pub(crate) fn held(index: u8, reason: crate::HoldReason) -> Planck {
	Balances::balance_on_hold(&reason.into(), &account(index))
}

/// Closes a proposal after its last block of voting.
pub(crate) fn end(proposal: ProposalId) -> DispatchResult {
	let ends = pallet_congress::Proposals::<Test>::get(proposal)
		.expect("it is open")
		.ends;
	run_to(ends + 1);
	close(proposal)
}

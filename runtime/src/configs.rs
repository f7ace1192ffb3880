//! Every pallet's configuration.

use crate::ties;
use crate::*;

use frame_support::{
	derive_impl,
	dispatch::DispatchClass,
	parameter_types,
	traits::{
		ConstU8, ConstU32, ConstU64, ConstU128, EqualPrivilegeOnly, LinearStoragePrice, VariantCountOf,
		fungible::HoldConsideration,
		tokens::{PayFromAccount, UnityAssetBalanceConversion},
	},
	weights::ConstantMultiplier,
};
use frame_system::limits::{BlockLength as Length, BlockWeights as Weights};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_runtime::{
	FixedPointNumber, Perbill, Permill, Perquintill,
	traits::{Bounded, ConvertInto, IdentityLookup, OpaqueKeys},
};

/// The part of a block that signed transactions may fill; the rest is kept for attestations.
const NORMAL_RATIO: Perbill = Perbill::from_percent(75);

parameter_types! {
	pub const BlockHashCount: BlockNumber = 4096;
	pub const Version: RuntimeVersion = VERSION;
	pub BlockWeights: Weights = Weights::with_sensible_defaults(BLOCK_WEIGHT, NORMAL_RATIO);
	pub BlockLength: Length = Length::builder()
		.max_length(BLOCK_LENGTH)
		.modify_max_length_for_class(DispatchClass::Normal, |length| *length = NORMAL_RATIO * BLOCK_LENGTH)
		.build();
	pub const SS58Prefix: u16 = 42;
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type Block = Block;
	type AccountId = AccountId;
	type Nonce = Nonce;
	type Hash = Hash;
	type BlockHashCount = BlockHashCount;
	type DbWeight = DbWeight;
	type Version = Version;
	type AccountData = pallet_balances::AccountData<Balance>;
	type BlockWeights = BlockWeights;
	type BlockLength = BlockLength;
	type SS58Prefix = SS58Prefix;
	type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
	type MultiBlockMigrator = ();
	type SingleBlockMigrations = Migrations;
	type BaseCallFilter = ties::EveryCallBut;
}

impl pallet_timestamp::Config for Runtime {
	type Moment = u64;
	type OnTimestampSet = Babe;
	type MinimumPeriod = ConstU64<{ SLOT_MILLISECONDS / 2 }>;
	type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl clock::Config for Runtime {}

parameter_types! {
	/// How long an equivocation can be reported: in blocks, below the unbonding delay.
	pub ReportLongevity: u64 = u64::from(<Terms as pallet_terms::types::TermsSource>::current().1.staking.unbonding_delay);
	/// GRANDPA keeps the sessions of as many authority sets.
	pub const MaxSetIdSessionEntries: u64 = 4096;
	pub const MaxAuthorities: u32 = 100;
}

impl pallet_babe::Config for Runtime {
	type EpochDuration = Clock;
	type ExpectedBlockTime = ConstU64<SLOT_MILLISECONDS>;
	type EpochChangeTrigger = pallet_babe::ExternalTrigger;
	type DisabledValidators = Session;
	type WeightInfo = ();
	type MaxAuthorities = MaxAuthorities;
	type MaxNominators = ConstU32<0>;
	type KeyOwnerProof = sp_session::MembershipProof;
	type EquivocationReportSystem =
		pallet_babe::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_grandpa::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
	type MaxAuthorities = MaxAuthorities;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = MaxSetIdSessionEntries;
	type KeyOwnerProof = sp_session::MembershipProof;
	type EquivocationReportSystem =
		pallet_grandpa::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_authorship::Config for Runtime {
	type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Babe>;
	type EventHandler = ();
}

impl pallet_session::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type ShouldEndSession = Babe;
	type NextSessionRotation = Babe;
	type SessionManager = pallet_session::historical::NoteHistoricalRoot<Self, RoleStaking>;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type Keys = SessionKeys;
	type DisablingStrategy = pallet_session::disabling::UpToLimitDisablingStrategy;
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	// The bond answers for a validator; keys that cannot be purged at will must not keep a deposit.
	type KeyDeposit = ConstU128<0>;
}

impl pallet_session::historical::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type FullIdentification = ();
	type FullIdentificationOf = pallet_role_staking::NoIdentification;
}

impl pallet_offences::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type IdentificationTuple = pallet_session::historical::IdentificationTuple<Self>;
	type OnOffenceHandler = RoleStaking;
}

parameter_types! {
	pub const ExistentialDeposit: Balance = MILLI_HAI;
}

impl pallet_balances::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeHoldReason = RuntimeHoldReason;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
	type Balance = Balance;
	type DustRemoval = ();
	type ExistentialDeposit = ExistentialDeposit;
	type AccountStore = System;
	type ReserveIdentifier = [u8; 8];
	type FreezeIdentifier = RuntimeFreezeReason;
	type MaxLocks = ConstU32<50>;
	type MaxReserves = ConstU32<50>;
	type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
	type DoneSlashHandler = ();
}

/// What weight costs: a plain transfer comes to about a thousandth of a HAI.
pub struct WeightFee;

impl sp_weights::WeightToFee for WeightFee {
	type Balance = Balance;

	fn weight_to_fee(weight: &Weight) -> Balance {
		Balance::from(weight.ref_time()).saturating_mul(4)
	}
}

parameter_types! {
	pub const ByteFee: Balance = 1_000_000;
	pub FeeMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 1_000_000u128);
	pub MinimumMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 10u128);
	pub MaximumMultiplier: Multiplier = Bounded::max_value();
	pub const TargetFullness: Perquintill = Perquintill::from_percent(25);
}

impl pallet_transaction_payment::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type OnChargeTransaction = FungibleAdapter<Balances, ties::ToTreasury>;
	type OperationalFeeMultiplier = ConstU8<5>;
	type WeightToFee = WeightFee;
	type LengthToFee = ConstantMultiplier<Balance, ByteFee>;
	type FeeMultiplierUpdate =
		TargetedFeeAdjustment<Self, TargetFullness, FeeMultiplier, MinimumMultiplier, MaximumMultiplier>;
	type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	pub const PreimageHoldReason: RuntimeHoldReason =
		RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
	pub const PreimageBase: Balance = HAI / 10;
	pub const PreimageByte: Balance = HAI / 100_000;
	pub MaximumSchedulerWeight: Weight = NORMAL_RATIO * BlockWeights::get().max_block;
}

impl pallet_preimage::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	type ManagerOrigin = frame_support::traits::NeverEnsureOrigin<AccountId>;
	type Consideration = HoldConsideration<
		AccountId,
		Balances,
		PreimageHoldReason,
		LinearStoragePrice<PreimageBase, PreimageByte, Balance>,
	>;
}

impl pallet_scheduler::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeOrigin = RuntimeOrigin;
	type PalletsOrigin = OriginCaller;
	type RuntimeCall = RuntimeCall;
	type MaximumWeight = MaximumSchedulerWeight;
	type ScheduleOrigin = frame_support::traits::NeverEnsureOrigin<()>;
	type OriginPrivilegeCmp = EqualPrivilegeOnly;
	type MaxScheduledPerBlock = ConstU32<50>;
	type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
	type Preimages = Preimage;
	type BlockNumberProvider = System;
}

impl pallet_utility::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_proxy::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type Currency = Balances;
	type ProxyType = ties::ProxyType;
	type ProxyDepositBase = ConstU128<{ HAI / 10 }>;
	type ProxyDepositFactor = ConstU128<{ HAI / 100 }>;
	type MaxProxies = ConstU32<32>;
	type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
	type MaxPending = ConstU32<32>;
	type CallHasher = BlakeTwo256;
	type AnnouncementDepositBase = ConstU128<{ HAI / 10 }>;
	type AnnouncementDepositFactor = ConstU128<{ HAI / 100 }>;
	type BlockNumberProvider = System;
}

parameter_types! {
	pub const TreasuryPalletId: frame_support::PalletId = frame_support::PalletId(*b"hai/trsy");
	pub TreasuryAccount: AccountId = Treasury::account_id();
}

impl pallet_treasury::Config for Runtime {
	type Currency = Balances;
	type RejectOrigin = pallet_congress::EnsureCongress<pallet_congress::origin::Resource>;
	type RuntimeEvent = RuntimeEvent;
	type SpendPeriod = ConstU32<43_200>;
	type Burn = BurnNothing;
	type PalletId = TreasuryPalletId;
	type BurnDestination = ();
	type WeightInfo = pallet_treasury::weights::SubstrateWeight<Runtime>;
	type SpendFunds = ();
	type MaxApprovals = ConstU32<0>;
	type SpendOrigin = ties::TreasurySpender;
	type AssetKind = ();
	type Beneficiary = AccountId;
	type BeneficiaryLookup = IdentityLookup<AccountId>;
	type Paymaster = PayFromAccount<Balances, TreasuryAccount>;
	type BalanceConverter = UnityAssetBalanceConversion;
	type PayoutPeriod = ConstU32<1_296_000>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
	type BlockNumberProvider = System;
}

parameter_types! {
	pub const BurnNothing: Permill = Permill::zero();
}

impl pallet_terms::Config for Runtime {
	// Constitutional too, so that numbers which block Technical votes can be undone.
	type SetOrigin = pallet_congress::EnsureCongress<(
		pallet_congress::origin::Technical,
		pallet_congress::origin::Constitutional,
	)>;
	type WeightInfo = pallet_terms::weights::SubstrateWeight<Runtime>;
}

impl pallet_role_staking::Config for Runtime {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Terms = Terms;
	type Treasury = TreasuryAccount;
	type Sessions = pallet_role_staking::SessionPallet<Runtime>;
	type MaxBondedValidators = ConstU32<256>;
	type OffenceMemory = ConstU32<4096>;
	type WeightInfo = pallet_role_staking::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	pub MaxCallWeight: Weight = Perbill::from_percent(50) * BlockWeights::get().max_block;
}

impl pallet_congress::Config for Runtime {
	type RuntimeOrigin = RuntimeOrigin;
	type RuntimeCall = RuntimeCall;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Terms = Terms;
	type Allowed = ties::AllowedCalls;
	type Preimages = Preimage;
	type Scheduler = Scheduler;
	type MaxMembers = ConstU32<1_000>;
	type MaxOpen = ConstU32<64>;
	type MaxOpenPerAccount = ConstU32<4>;
	type MaxOutcomes = ConstU32<1_000>;
	type MaxCallLength = ConstU32<65_536>;
	type MaxCallWeight = MaxCallWeight;
	type WeightInfo = pallet_congress::weights::SubstrateWeight<Runtime>;
}

impl pallet_contract::Config for Runtime {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Terms = Terms;
	type AmendOrigin = pallet_congress::EnsureCongress<pallet_congress::origin::Constitutional>;
	type WeightInfo = pallet_contract::weights::SubstrateWeight<Runtime>;
}

impl pallet_calibration::Config for Runtime {
	type RegisterOrigin = pallet_congress::EnsureCongress<pallet_congress::origin::Technical>;
	type Terms = Terms;
	type MaxPairs = ConstU32<1_024>;
	type WeightInfo = pallet_calibration::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	pub const PayoutPalletId: frame_support::PalletId = frame_support::PalletId(*b"hai/pay0");
}

#[cfg(feature = "runtime-benchmarks")]
parameter_types! {
	pub const BenchmarkReason: RuntimeHoldReason =
		RuntimeHoldReason::ExecutionLog(pallet_execution_log::HoldReason::Fee);
}

impl pallet_payout::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type PalletId = PayoutPalletId;
	type Treasury = TreasuryAccount;
	type Owners = ties::Owners;
	type Era = ties::Era;
	type WeightInfo = pallet_payout::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkReason = BenchmarkReason;
}

impl pallet_workflow_registry::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Terms = Terms;
	type BanOrigin = pallet_congress::EnsureCongress<pallet_congress::origin::Community>;
	type Treasury = TreasuryAccount;
	type Earnings = ties::Earnings;
	type WeightInfo = pallet_workflow_registry::weights::SubstrateWeight<Runtime>;
}

impl pallet_execution_log::Config for Runtime {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Terms = Terms;
	type Nodes = ties::Bonds;
	type Auditors = ties::Bonds;
	type Workflows = ties::Published;
	type Settlement = ties::Division;
	type Randomness = ties::Seal;
	type MaxDuePerBlock = ConstU32<7>;
	type WeightInfo = pallet_execution_log::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = benchmarks::Setup;
}

impl offchain_worker::Config for Runtime {
	type Work = ties::Attestations;
	type Submit = ties::Attestations;
	type Auditors = ties::Attestations;
	type ResubmitAfter = ConstU32<2>;
	type BlockMilliseconds = ConstU64<SLOT_MILLISECONDS>;
}

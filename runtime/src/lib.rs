//! Composes the rule-books into the HAI-Net state machine.
//!
//! - [`configs`]: every pallet's configuration.
//! - [`ties`]: the only places where one rule-book reaches another.
//! - [`apis`]: what node and clients may ask.
//! - [`presets`]: the genesis of the `development` and `local` chains.
//! - [`clock`]: the epoch length, fixed at genesis.
//! - `benchmarks`: what is measured, and on what.
//! - `next_version/`: what differs in the version to which a test upgrades a running chain.
#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "256"]
#![allow(
	missing_docs,
	reason = "the macros that compose a runtime generate undocumented items"
)]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

/// A later version of this runtime, to which a test upgrades a running chain.
#[cfg(feature = "std")]
pub mod next_version {
	include!(concat!(env!("OUT_DIR"), "/next_version.rs"));
}

#[cfg(feature = "runtime-benchmarks")]
#[macro_use]
pub mod benchmarks;

pub mod apis;
#[cfg_attr(feature = "next-version", path = "next_version/clock.rs")]
pub mod clock;
pub mod configs;
pub mod presets;
pub mod ties;

use polkadot_sdk::*;

use alloc::{borrow::Cow, vec::Vec};
use frame_support::weights::{
	Weight,
	constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MILLIS},
};
use sp_runtime::{
	MultiAddress, MultiSignature, generic,
	traits::{BlakeTwo256, IdentifyAccount, Verify},
};
use sp_version::RuntimeVersion;

/// A signature of any of the three supported kinds.
pub type Signature = MultiSignature;
/// An account.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// The smallest unit of HAI.
pub type Balance = receipt::Planck;
/// A block's number.
pub type BlockNumber = u32;
/// A hash on chain.
pub type Hash = sp_core::H256;
/// How many transactions an account has sent.
pub type Nonce = u32;
/// An address in a call.
pub type Address = MultiAddress<AccountId, ()>;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;

/// One HAI in its smallest units.
pub const HAI: Balance = 1_000_000_000_000;
/// A thousandth of a HAI.
pub const MILLI_HAI: Balance = HAI / 1_000;
/// The length of a slot.
pub const SLOT_MILLISECONDS: u64 = 2_000;
/// The weight of a block: a quarter of a slot's time; proof size is not limited, since nothing
/// here is executed from a proof.
pub const BLOCK_WEIGHT: Weight = Weight::from_parts(500 * WEIGHT_REF_TIME_PER_MILLIS, u64::MAX);
/// The longest block.
pub const BLOCK_LENGTH: u32 = 5 * 1024 * 1024;

/// The database whose costs weights are counted in.
pub type DbWeight = RocksDbWeight;

/// What every transaction is checked for, in this order.
pub type TransactionExtensions = (
	frame_system::AuthorizeCall<Runtime>,
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckMortality<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);

/// A transaction.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TransactionExtensions>;
/// What a signature covers.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TransactionExtensions>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// A block as the node handles it: transactions are bytes, and only the runtime reads them.
pub type OpaqueBlock = generic::Block<Header, sp_runtime::OpaqueExtrinsic>;

/// What a new version of the runtime changes in storage, in order.
#[cfg(not(feature = "next-version"))]
pub type Migrations = ();
/// What the version in the upgrade test changes.
#[cfg(feature = "next-version")]
pub type Migrations = clock::MoveEpochLength<Runtime>;

/// Executes blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

sp_runtime::impl_opaque_keys! {
	/// The keys with which a validator authors and finalizes.
	pub struct SessionKeys {
		/// Authors blocks.
		pub babe: Babe,
		/// Finalizes them.
		pub grandpa: Grandpa,
	}
}

/// The version of this runtime.
#[cfg(not(feature = "next-version"))]
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: Cow::Borrowed("hai-net"),
	impl_name: Cow::Borrowed("hai-net"),
	authoring_version: 1,
	spec_version: 1,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

/// The version in the upgrade test. The macro reads literals only, so nothing can be shared.
#[cfg(feature = "next-version")]
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: Cow::Borrowed("hai-net"),
	impl_name: Cow::Borrowed("hai-net"),
	authoring_version: 1,
	spec_version: 2,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

/// The configuration of BABE at genesis: a slot has always an author with a VRF output.
pub const BABE_GENESIS_CONFIGURATION: sp_consensus_babe::BabeEpochConfiguration =
	sp_consensus_babe::BabeEpochConfiguration {
		c: (1, 4),
		allowed_slots: sp_consensus_babe::AllowedSlots::PrimaryAndSecondaryVRFSlots,
	};

#[frame_support::runtime]
mod runtime {
	use super::*;

	/// The runtime.
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
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(2)]
	pub type Clock = clock;
	#[runtime::pallet_index(3)]
	pub type Babe = pallet_babe;
	#[runtime::pallet_index(4)]
	pub type Authorship = pallet_authorship;
	#[runtime::pallet_index(5)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(6)]
	pub type TransactionPayment = pallet_transaction_payment;
	#[runtime::pallet_index(10)]
	pub type Terms = pallet_terms;
	#[runtime::pallet_index(11)]
	pub type RoleStaking = pallet_role_staking;
	#[runtime::pallet_index(12)]
	pub type Offences = pallet_offences;
	#[runtime::pallet_index(13)]
	pub type Historical = pallet_session::historical;
	#[runtime::pallet_index(14)]
	pub type Session = pallet_session;
	#[runtime::pallet_index(15)]
	pub type Grandpa = pallet_grandpa;
	#[runtime::pallet_index(20)]
	pub type Preimage = pallet_preimage;
	#[runtime::pallet_index(21)]
	pub type Scheduler = pallet_scheduler;
	#[runtime::pallet_index(22)]
	pub type Utility = pallet_utility;
	#[runtime::pallet_index(23)]
	pub type Proxy = pallet_proxy;
	#[runtime::pallet_index(24)]
	pub type Treasury = pallet_treasury;
	#[runtime::pallet_index(30)]
	pub type Congress = pallet_congress;
	#[runtime::pallet_index(31)]
	pub type Contract = pallet_contract;
	#[runtime::pallet_index(32)]
	pub type WorkflowRegistry = pallet_workflow_registry;
	#[runtime::pallet_index(33)]
	pub type ExecutionLog = pallet_execution_log;
	#[runtime::pallet_index(34)]
	pub type Payout = pallet_payout;
	#[runtime::pallet_index(35)]
	pub type OffchainWorker = offchain_worker;
	#[runtime::pallet_index(36)]
	pub type Calibration = pallet_calibration;
}

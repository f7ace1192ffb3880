//! Anchors, the hash that chains them, and the record of the constitution.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use pallet_terms::types::Planck;
use polkadot_sdk::sp_runtime::{AccountId32, Debug};
use polkadot_sdk::{sp_core::H256, sp_io::hashing::blake2_256};
use scale_info::TypeInfo;

/// What `previous` is in the first anchor of a log.
pub const NO_ANCHOR: H256 = H256::zero();

/// What stands before every anchor that is hashed, so that the hash can be taken for nothing else.
const ANCHOR_DOMAIN: &[u8; 13] = b"hai/anchor/v1";

/// The hash of one anchor: BLAKE2b-256 over the domain `hai/anchor/v1` and the SCALE encoding of account, index,
/// root, length and the hash of the anchor before. By `previous` it commits to every anchor since the log was
/// opened.
pub fn anchor_hash(account: &AccountId32, index: u64, root: H256, length: u64, previous: H256) -> H256 {
	H256(blake2_256(
		&(ANCHOR_DOMAIN, account, index, root, length, previous).encode(),
	))
}

/// An audit log as it stands: its latest anchor. Earlier ones are in the events.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Log {
	/// How many anchors were made; the latest has this index less one.
	pub anchors: u64,
	/// The root of the log at the latest anchor.
	pub root: H256,
	/// The number of its entries then.
	pub length: u64,
	/// The hash of the latest anchor: what the next one gives as `previous`.
	pub hash: H256,
	/// The block of the first anchor.
	pub opened_at: u32,
	/// The block of the latest anchor.
	pub anchored_at: u32,
	/// What is held for the log.
	pub deposit: Planck,
}

/// The constitution in force.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct ConstitutionRecord {
	/// The hash of its text.
	pub hash: H256,
	/// 1 at genesis, one more with each amendment.
	pub version: u32,
	/// The block of the latest amendment; 0 at genesis.
	pub amended_at: u32,
}

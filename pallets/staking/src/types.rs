//! What this rule-book stores and shows.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use pallet_terms::types::Planck;
use polkadot_sdk::{
	frame_support::{BoundedVec, traits::ConstU32},
	sp_core::H256,
	sp_runtime::{AccountId32, Debug},
};
use receipt::{PairKey, keys::KeySet};
use scale_info::TypeInfo;

/// The most chunks that may be unbonding at once.
pub const MAX_CHUNKS: u32 = 16;
/// The most replaced audit keys of an account that are still valid.
pub const MAX_RETIRED_KEYS: u32 = 8;
/// The most bytes of one address.
pub const MAX_ADDRESS_BYTES: u32 = 128;
/// The most addresses of one advertisement.
pub const MAX_ADDRESSES: u32 = 4;
/// The most models of one advertisement.
pub const MAX_OFFERS: u32 = 8;
/// The most pairs that one validator can declare, those included that it gave up and can still be drawn for.
pub const MAX_PAIRS: u32 = 64;
/// How many slashes of an account are remembered; older ones make room.
pub const SLASH_HISTORY: u32 = 16;
/// The most entries of one page of serving nodes.
pub const MAX_PAGE: u32 = 100;

/// What a bonded account does. An account has one role for as long as it is bonded.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
pub enum Role {
	/// Runs jobs.
	Node,
	/// Audits jobs, and produces blocks if it is a candidate and has session keys.
	Validator,
}

/// A part of a bond on its way out.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Chunk {
	/// How much.
	pub amount: Planck,
	/// The first block in which it may be withdrawn.
	pub release_at: u32,
}

/// The chunks of one account.
pub type Unlocking = BoundedVec<Chunk, ConstU32<MAX_CHUNKS>>;

/// A bond.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Ledger {
	/// What the account does.
	pub role: Role,
	/// What answers for new work.
	pub active: Planck,
	/// What is on its way out and can still be slashed.
	pub unlocking: Unlocking,
	/// Whether the account takes no new work.
	pub chilled: bool,
	/// The block of the first bond.
	pub bonded_at: u32,
}

impl Ledger {
	/// Everything that can be slashed: active and unlocking.
	pub fn total(&self) -> Planck {
		self.unlocking
			.iter()
			.fold(self.active, |sum, chunk| sum.saturating_add(chunk.amount))
	}

	/// Takes `amount` from the active bond first and then from the chunks, the one that would
	/// leave last first. Returns what the bond did not have.
	pub fn take(&mut self, amount: Planck) -> Planck {
		let from_active = amount.min(self.active);
		self.active = self.active.saturating_sub(from_active);
		let mut rest = amount.saturating_sub(from_active);
		for chunk in self.unlocking.iter_mut().rev() {
			let part = rest.min(chunk.amount);
			chunk.amount = chunk.amount.saturating_sub(part);
			rest = rest.saturating_sub(part);
		}
		self.unlocking.retain(|chunk| chunk.amount > 0);
		rest
	}
}

/// What the list of validators says of one: what its ledger says.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Enlisted<AccountId> {
	/// Whose bond it is.
	pub account: AccountId,
	/// The active bond.
	pub bond: Planck,
	/// Whether it takes no new work.
	pub chilled: bool,
}

/// The pairs that a validator checks, in their order.
pub type Pairs = BoundedVec<PairKey, ConstU32<MAX_PAIRS>>;

/// That a validator checks a pair.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Declaration<AccountId> {
	/// Who declared it.
	pub account: AccountId,
	/// The first block whose jobs it can be drawn for.
	pub from: u32,
	/// The first block whose jobs it cannot be drawn for any more, if it gave the pair up.
	pub until: Option<u32>,
}

impl<AccountId> Declaration<AccountId> {
	/// Whether it counts for a job that was requested in this block.
	pub fn counts_at(&self, requested_at: u32) -> bool {
		self.from <= requested_at && self.until.is_none_or(|until| requested_at < until)
	}
}

/// A pair that a validator gave up and can still be drawn for.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Leaving {
	/// The pair.
	pub pair: PairKey,
	/// As [`Declaration::until`].
	pub until: u32,
}

/// The pairs that a validator gave up and can still be drawn for.
pub type LeavingPairs = BoundedVec<Leaving, ConstU32<MAX_PAIRS>>;

/// A replaced audit key.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct RetiredKey {
	/// The key.
	pub audit: [u8; 32],
	/// The last block in which it is accepted.
	pub until: u32,
}

/// One model that a node runs, and its price.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Offer {
	/// The content hash of the model.
	pub model: [u8; 32],
	/// The key of the (model, backend) pair by which its work is checked.
	pub pair: [u8; 32],
	/// The price of a call, whatever its length.
	pub price_base: Planck,
	/// The price of each token.
	pub price_per_token: Planck,
}

/// A multiaddress as text.
pub type Address = BoundedVec<u8, ConstU32<MAX_ADDRESS_BYTES>>;

/// What a node offers, and where it is reached.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Advertisement {
	/// Where it listens, as multiaddresses in text form.
	pub addresses: BoundedVec<Address, ConstU32<MAX_ADDRESSES>>,
	/// What it runs.
	pub models: BoundedVec<Offer, ConstU32<MAX_OFFERS>>,
	/// The longest job it takes, prompt and answer together.
	pub max_tokens: u32,
	/// How many jobs it runs at once.
	pub slots: u16,
}

impl Advertisement {
	/// Whether a client could use it: an address that looks like a multiaddress, a model, a slot,
	/// tokens, and no pair twice.
	pub fn is_usable(&self) -> bool {
		let is_address =
			|address: &Address| address.starts_with(b"/") && address.iter().all(u8::is_ascii_graphic);
		let is_first = |(index, offer): (usize, &Offer)| {
			!self
				.models
				.iter()
				.take(index)
				.any(|earlier| earlier.pair == offer.pair)
		};
		!self.addresses.is_empty()
			&& self.addresses.iter().all(is_address)
			&& !self.models.is_empty()
			&& self.models.iter().enumerate().all(is_first)
			&& self.max_tokens > 0
			&& self.slots > 0
	}
}

/// Why a bond was slashed.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum SlashReason {
	/// A quorum found the work invalid.
	Fraud,
	/// Nothing was delivered, shown or attested in time.
	Downtime,
	/// A proven agreement to deceive.
	Collusion,
	/// The opposite of what the quorum found was attested.
	FalseAttestation,
	/// Two blocks or two votes were signed for one slot or round.
	Equivocation,
}

/// One slash.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SlashRecord {
	/// When.
	pub block: u32,
	/// Why.
	pub reason: SlashReason,
	/// How much was taken.
	pub amount: Planck,
}

/// The latest slashes of an account, oldest first.
pub type SlashRing = BoundedVec<SlashRecord, ConstU32<SLASH_HISTORY>>;

/// Everything about one bonded account.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct AccountView {
	/// What it does.
	pub role: Role,
	/// What answers for new work.
	pub active: Planck,
	/// What is on its way out.
	pub unlocking: Vec<Chunk>,
	/// Its keys.
	pub keys: Option<KeySet>,
	/// Replaced audit keys that are still accepted.
	pub retired_keys: Vec<RetiredKey>,
	/// Whether it takes no new work.
	pub chilled: bool,
	/// The block of the first bond.
	pub bonded_at: u32,
	/// The fees of its open jobs.
	pub open_exposure: Planck,
	/// The audits it owes.
	pub open_audits: u32,
	/// Its latest slashes.
	pub slashes: Vec<SlashRecord>,
}

/// A node that takes jobs now.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct ServingNode {
	/// Its account.
	pub account: AccountId32,
	/// Its active bond.
	pub active: Planck,
	/// The largest further fee its bond covers.
	pub capacity: Planck,
	/// The keys its answers are signed with and its prompts are sealed to.
	pub keys: KeySet,
	/// What it offers.
	pub advertisement: Advertisement,
}

/// A bonded validator.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct ValidatorView {
	/// Its account.
	pub account: AccountId32,
	/// Its active bond.
	pub active: Planck,
	/// Whether it takes no new work.
	pub chilled: bool,
	/// Whether it asked to produce blocks.
	pub candidate: bool,
	/// Whether it produces blocks now or in the next session.
	pub in_session: bool,
	/// The audits it owes.
	pub open_audits: u32,
	/// How many pairs it checks.
	pub pairs: u32,
}

/// The keys of an account that is bonded at genesis, as `0x` hex text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisKeys {
	/// The ed25519 identity key of its libp2p peer.
	pub peer: H256,
	/// The x25519 key to which prompts and transcripts are sealed.
	pub encryption: H256,
	/// The ed25519 key that signs tickets, receipts and attestations.
	pub audit: H256,
}

impl From<GenesisKeys> for KeySet {
	fn from(keys: GenesisKeys) -> Self {
		Self {
			peer: keys.peer.0,
			encryption: keys.encryption.0,
			audit: keys.audit.0,
		}
	}
}

impl From<KeySet> for GenesisKeys {
	fn from(keys: KeySet) -> Self {
		Self {
			peer: H256(keys.peer),
			encryption: H256(keys.encryption),
			audit: H256(keys.audit),
		}
	}
}

/// An account that is bonded at genesis.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisBond {
	/// Whose funds are held.
	pub account: AccountId32,
	/// What it does.
	pub role: Role,
	/// How much is held.
	pub amount: Planck,
	/// Its keys; no signature shows that they are its own.
	pub keys: GenesisKeys,
	/// The pairs that it checks, if it is a validator, as `0x` hex text.
	#[serde(default)]
	pub pairs: Vec<H256>,
}

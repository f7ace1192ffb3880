//! Bonds: what nodes and validators put at stake, their keys, and what was slashed.

use crate::{
	Account, Planck, ReadError, Shared, View,
	plain::{call, plain, view},
};
use receipt::{Signature, keys::KeySet};
use subxt::{transactions::Payload, utils::AccountId32};

plain! {
	/// What a bonded account does.
	#[derive(Copy, serde::Serialize)]
	#[serde(rename_all = "snake_case")]
	pub enum Role {
		/// Runs jobs.
		Node,
		/// Audits jobs, and produces blocks if it is a candidate and has session keys.
		Validator,
	}

	/// A part of a bond on its way out.
	#[derive(Copy)]
	pub struct Chunk {
		/// How much.
		pub amount: Planck,
		/// The first block in which it may be withdrawn.
		pub release_at: u32,
	}

	/// A replaced audit key that is still accepted.
	#[derive(Copy)]
	pub struct RetiredKey {
		/// The key.
		pub audit: [u8; 32],
		/// The last block in which it is accepted.
		pub until: u32,
	}

	/// Why a bond was slashed.
	#[derive(Copy, serde::Serialize)]
	#[serde(rename_all = "snake_case")]
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
	#[derive(Copy)]
	pub struct Slash {
		/// When.
		pub block: u32,
		/// Why.
		pub reason: SlashReason,
		/// How much was taken.
		pub amount: Planck,
	}

	/// Everything about one bonded account.
	pub struct Bond {
		/// What it does.
		pub role: Role,
		/// What answers for new work.
		pub active: Planck,
		/// What is on its way out.
		pub unlocking: Vec<Chunk>,
		/// Its keys.
		pub keys: Option<Shared<KeySet>>,
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
		pub slashes: Vec<Slash>,
	}
}

impl View {
	/// The bond of an account, if it has one.
	pub async fn bond(&self, account: &Account) -> Result<Option<Bond>, ReadError> {
		view!(self, "the bond", role_staking().account(AccountId32(*account)))
	}

	/// The keys of a bonded account.
	pub async fn keys(&self, account: &Account) -> Result<Option<KeySet>, ReadError> {
		Ok(self
			.bond(account)
			.await?
			.and_then(|bond| bond.keys)
			.map(|keys| keys.0))
	}
}

/// Bonds `amount` for a role. Each signature is over [`receipt::keys::binding`] of account and keys.
pub fn bond(
	role: Role,
	amount: Planck,
	keys: KeySet,
	peer_signature: Signature,
	audit_signature: Signature,
) -> impl Payload {
	call!(role_staking().bond(role, amount, keys.into(), peer_signature, audit_signature))
}

/// Adds to the active bond.
pub fn bond_extra(amount: Planck) -> impl Payload {
	call!(role_staking().bond_extra(amount))
}

/// Takes a part of the active bond out; it can be withdrawn after the unbonding delay.
pub fn unbond(amount: Planck) -> impl Payload {
	call!(role_staking().unbond(amount))
}

/// Releases what has been unbonding long enough.
pub fn withdraw() -> impl Payload {
	call!(role_staking().withdraw())
}

/// Replaces the keys of a bonded account. Signatures as for [`bond`].
pub fn set_keys(keys: KeySet, peer_signature: Signature, audit_signature: Signature) -> impl Payload {
	call!(role_staking().set_keys(keys.into(), peer_signature, audit_signature))
}

/// Takes no new work from now on.
pub fn chill() -> impl Payload {
	call!(role_staking().chill())
}

/// Takes work again.
pub fn resume() -> impl Payload {
	call!(role_staking().resume())
}

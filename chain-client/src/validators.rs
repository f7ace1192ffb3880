//! Validators: who audits and produces blocks, and the session keys they do it with.

use crate::{
	Account, ChainClient, Planck, ReadError, View,
	chain::runtime_types::{
		bounded_collections::bounded_vec::BoundedVec, hai_runtime::SessionKeys,
		sp_consensus_babe::app::Public as BabeKey, sp_consensus_grandpa::app::Public as GrandpaKey,
	},
	plain::{call, plain, view},
};
use receipt::PairKey;
use subxt::{rpcs::rpc_params, transactions::Payload, utils::AccountId32};

/// The most pairs that one validator can declare.
pub const MAX_PAIRS: usize = 64;

plain! {
	/// A bonded validator.
	pub struct Validator {
		/// Its account.
		pub account: Account,
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
}

impl Validator {
	/// Whether it can be drawn for an audit, of the pairs that it declared.
	pub fn is_eligible(&self) -> bool {
		!self.chilled && self.active > 0 && self.pairs > 0
	}
}

impl View {
	/// The bonded validators, by account.
	pub async fn validators(&self) -> Result<Vec<Validator>, ReadError> {
		view!(self, "the validators", role_staking().validators())
	}

	/// The pairs that a validator declared that it checks, in their order.
	pub async fn declared_pairs(&self, validator: &Account) -> Result<Vec<PairKey>, ReadError> {
		view!(
			self,
			"the declared pairs",
			role_staking().declared_pairs(AccountId32(*validator))
		)
	}

	/// How many validators can be drawn now to audit a job of this pair. The chain takes no audited job where they are
	/// fewer than the terms ask for (`verification.min_eligible`).
	pub async fn auditors_for(&self, pair: &PairKey) -> Result<u32, ReadError> {
		view!(
			self,
			"the number of a pair's auditors",
			role_staking().auditors_for(*pair)
		)
	}
}

/// New session keys that lie in a node's keystore, with the proof that they are its own.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct NewSessionKeys {
	/// The public keys.
	#[serde(deserialize_with = "bytes")]
	pub keys: Vec<u8>,
	/// What shows that the node has the secret ones.
	#[serde(deserialize_with = "bytes")]
	pub proof: Vec<u8>,
}

fn bytes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
	let text = <String as serde::Deserialize>::deserialize(deserializer)?;
	hex::decode(text.trim_start_matches("0x")).map_err(serde::de::Error::custom)
}

impl ChainClient {
	/// Lets the connected node make new session keys for `owner`. The node allows it only on its own machine, or
	/// with `--rpc-methods unsafe`.
	pub async fn rotate_session_keys(&self, owner: &Account) -> Result<NewSessionKeys, ReadError> {
		self.rpc
			.request(
				"author_rotateKeysWithOwner",
				rpc_params![format!("0x{}", hex::encode(owner))],
			)
			.await
			.map_err(|error| ReadError::new("the new session keys", error))
	}
}

/// Session keys that are not those of this chain.
#[derive(Debug, thiserror::Error)]
#[error(
	"the node's session keys have {0} bytes, but this chain's have 64 (BABE and GRANDPA): is it a node of this chain?"
)]
pub struct SessionKeysError(usize);

/// Registers session keys for the signing account.
pub fn set_session_keys(new: &NewSessionKeys) -> Result<impl Payload + use<>, SessionKeysError> {
	let wrong = SessionKeysError(new.keys.len());
	let (babe, grandpa) = new
		.keys
		.split_first_chunk()
		.ok_or(SessionKeysError(new.keys.len()))?;
	let grandpa = grandpa.try_into().map_err(|_| wrong)?;
	let keys = SessionKeys {
		babe: BabeKey(*babe),
		grandpa: GrandpaKey(grandpa),
	};
	Ok(call!(session().set_keys(keys, new.proof.clone())))
}

/// Forgets the session keys of the signing account.
pub fn purge_session_keys() -> impl Payload {
	call!(session().purge_keys())
}

/// Asks to produce blocks from one of the next sessions on.
pub fn join_validators() -> impl Payload {
	call!(role_staking().join_validators())
}

/// Asks not to produce blocks any more; takes effect with one of the next sessions.
pub fn leave_validators() -> impl Payload {
	call!(role_staking().leave_validators())
}

/// Says which pairs the signing validator checks, each once and at most [`MAX_PAIRS`], in place of what it said before.
pub fn declare_pairs(pairs: Vec<PairKey>) -> impl Payload {
	call!(role_staking().declare_pairs(BoundedVec(pairs)))
}

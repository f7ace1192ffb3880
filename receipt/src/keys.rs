//! The keys of a bonded account.

use crate::{
	Account,
	hash::{Domain, Hash, hash},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The three keys that a bonded account uses from day to day, apart from the account's own.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct KeySet {
	/// The ed25519 identity key of its libp2p peer.
	pub peer: [u8; 32],
	/// The x25519 key to which prompts and transcripts are sealed.
	pub encryption: [u8; 32],
	/// The ed25519 key that signs tickets, receipts and attestations.
	pub audit: [u8; 32],
}

/// The message that the peer key and the audit key both sign to show that they belong to `account`.
pub fn binding(account: &Account, keys: &KeySet) -> Hash {
	hash(Domain::Keys, &(account, keys))
}

/// The secret halves of a [`KeySet`].
#[cfg(feature = "std")]
#[derive(Clone)]
pub struct KeySecrets {
	/// The seed of the peer's ed25519 key.
	pub peer: [u8; 32],
	/// The x25519 secret.
	pub encryption: [u8; 32],
	/// The seed of the audit key.
	pub audit: [u8; 32],
}

#[cfg(feature = "std")]
impl KeySecrets {
	/// The well-known keys of a development account (`Alice`, `Bob` ...). Everyone knows them: they
	/// are worth nothing outside a development chain.
	pub fn development(name: &str) -> Self {
		let secret = |purpose: &str| {
			blake3::derive_key(
				"hai-net v1 development keys",
				format!("{name} {purpose}").as_bytes(),
			)
		};
		Self {
			peer: secret("peer"),
			encryption: secret("encryption"),
			audit: secret("audit"),
		}
	}

	/// The public halves.
	pub fn public(&self) -> KeySet {
		let encryption = x25519_dalek::StaticSecret::from(self.encryption);
		KeySet {
			peer: crate::signing::public_key(&self.peer),
			encryption: x25519_dalek::PublicKey::from(&encryption).to_bytes(),
			audit: crate::signing::public_key(&self.audit),
		}
	}
}

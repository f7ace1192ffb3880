//! The key that signs calls, and addresses as text.

use crate::Account;
use std::str::FromStr;
use subxt::utils::AccountId32;
use subxt_signer::{SecretUri, bip39, sr25519};

/// A secret text that gives no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// Neither a phrase, nor a seed, nor a derivation.
	#[error(
		"not a secret: {0}. Give a phrase of 12 to 24 words, a 0x seed of 32 bytes, or a dev account such as //Alice"
	)]
	Unreadable(String),
}

/// An sr25519 key.
#[derive(Clone)]
pub struct Key(pub(crate) sr25519::Keypair);

impl Key {
	/// A key from a secret: a phrase, a `0x` seed, or a derivation of the dev phrase such as `//Alice`, each with
	/// an optional `//path` and `///password`.
	pub fn from_suri(suri: &str) -> Result<Self, KeyError> {
		let uri =
			SecretUri::from_str(suri.trim()).map_err(|error| KeyError::Unreadable(error.to_string()))?;
		sr25519::Keypair::from_uri(&uri)
			.map(Self)
			.map_err(|error| KeyError::Unreadable(error.to_string()))
	}

	/// A key from 32 secret bytes.
	pub fn from_seed(seed: [u8; 32]) -> Self {
		Self(sr25519::Keypair::from_secret_key(seed).expect("any 32 bytes are a mini secret"))
	}

	/// The phrase that stands for 16 bytes of entropy: twelve words.
	pub fn phrase(entropy: &[u8; 16]) -> String {
		bip39::Mnemonic::from_entropy(entropy)
			.expect("16 bytes are twelve words")
			.to_string()
	}

	/// The account it signs for.
	pub fn account(&self) -> Account {
		self.0.public_key().0
	}

	/// Signs any bytes, for use off chain.
	pub fn sign(&self, message: &[u8]) -> [u8; 64] {
		self.0.sign(message).0
	}
}

impl std::fmt::Debug for Key {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "Key({})", address(&self.account()))
	}
}

/// Whether an sr25519 signature over bytes is the account's.
pub fn verify(account: &Account, message: &[u8], signature: &[u8; 64]) -> bool {
	sr25519::verify(
		&sr25519::Signature(*signature),
		message,
		&sr25519::PublicKey(*account),
	)
}

/// An account as people write it: SS58 with prefix 42.
pub fn address(account: &Account) -> String {
	AccountId32(*account).to_string()
}

/// A text that is no account.
#[derive(Debug, thiserror::Error)]
#[error(
	"`{text}` is no account: {reason}. Give an address such as 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
)]
pub struct AddressError {
	/// What was given.
	pub text: String,
	/// Why it is none.
	pub reason: String,
}

/// Reads an SS58 address, 32 bytes in `0x` hex, or a dev account such as `//Alice`.
pub fn parse_address(text: &str) -> Result<Account, AddressError> {
	let error = |reason: String| AddressError {
		text: text.to_owned(),
		reason,
	};
	if text.starts_with("//") {
		return Key::from_suri(text)
			.map(|key| key.account())
			.map_err(|reason| error(reason.to_string()));
	}
	if let Some(digits) = text.strip_prefix("0x") {
		let bytes = hex::decode(digits).map_err(|reason| error(reason.to_string()))?;
		return bytes
			.try_into()
			.map_err(|bytes: Vec<u8>| error(format!("{} bytes instead of 32", bytes.len())));
	}
	AccountId32::from_str(text)
		.map(|account| account.0)
		.map_err(|reason| error(reason.to_string()))
}

#[cfg(test)]
mod tests {
	use super::*;

	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

	#[test]
	fn addresses_are_read_in_three_forms_and_written_in_one() {
		let alice = Key::from_suri("//Alice").expect("a dev account").account();
		assert_eq!(address(&alice), ALICE);
		for text in ["//Alice", ALICE, &format!("0x{}", hex::encode(alice))] {
			assert_eq!(parse_address(text).expect(text), alice);
		}
	}

	#[test]
	fn wrong_addresses_are_refused_with_what_was_given() {
		for text in [
			"",
			"Alice",
			"0x12",
			"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ",
		] {
			let error = parse_address(text).expect_err(text);
			assert!(error.to_string().contains(&format!("`{text}`")), "{error}");
		}
	}

	#[test]
	fn a_phrase_gives_the_same_key_again() {
		let phrase = Key::phrase(&[7; 16]);
		assert_eq!(phrase.split(' ').count(), 12);
		let (one, two) = (
			Key::from_suri(&phrase).expect("valid"),
			Key::from_suri(&phrase).expect("valid"),
		);
		assert_eq!(one.account(), two.account());
		assert!(verify(&one.account(), b"text", &two.sign(b"text")));
		assert!(!verify(&one.account(), b"texts", &two.sign(b"text")));
	}
}

//! The keys of a bonded account, in one file that only its owner can read.
//!
//! The account's own key is optional: who only verifies needs the three others, and an operator may
//! keep the key that owns the bond elsewhere.

use anyhow::{Context, Result, bail, ensure};
use chain_client::{Key, canaries::DrawKey};
use receipt::{
	Account, Hash, Signature,
	keys::{KeySecrets, KeySet, binding},
	signing,
};
use serde::{Deserialize, Serialize};
use std::{
	fs,
	io::Write,
	os::unix::fs::{OpenOptionsExt, PermissionsExt},
	path::Path,
};

/// The file as it is written: JSON, 32-byte values as `0x` hex.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
	/// The account, as an SS58 address.
	account: String,
	/// The secret of the account: a phrase, a `0x` seed or a development path such as `//Alice`.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	account_secret: Option<String>,
	/// The ed25519 secret of the libp2p peer.
	peer: String,
	/// The x25519 secret to which prompts and transcripts are sealed.
	encryption: String,
	/// The ed25519 secret that signs tickets, receipts and requests for transcripts.
	audit: String,
}

/// The secrets of one bonded account.
#[derive(Clone)]
pub struct Keys {
	account: Account,
	account_secret: Option<String>,
	secrets: KeySecrets,
}

impl Keys {
	/// New keys for an account with this secret, or for a new account.
	pub fn generate(account_secret: Option<String>) -> Result<Self> {
		let account_secret = account_secret.unwrap_or_else(|| {
			let entropy: [u8; 16] = rand::random();
			Key::phrase(&entropy)
		});
		let new = peer_network::seal::new_secret;
		Self::with_secrets(
			account_secret,
			KeySecrets {
				peer: new(),
				encryption: new(),
				audit: new(),
			},
		)
	}

	/// The well-known keys of a development account such as `Alice`, as they stand in the genesis of
	/// development chains. Worth nothing anywhere else.
	pub fn development(name: &str) -> Result<Self> {
		ensure!(
			!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
			"'{name}' is no development account: write for example Alice"
		);
		Self::with_secrets(format!("//{name}"), KeySecrets::development(name))
	}

	fn with_secrets(account_secret: String, secrets: KeySecrets) -> Result<Self> {
		let account = Key::from_suri(&account_secret)?.account();
		Ok(Self {
			account,
			account_secret: Some(account_secret),
			secrets,
		})
	}

	/// Reads a file. One that others can read is refused.
	pub fn load(path: &Path) -> Result<Self> {
		let shown = path.display();
		let mode = fs::metadata(path)
			.with_context(|| format!("the key file {shown} cannot be read; `hai-agent init` makes one"))?
			.permissions()
			.mode();
		ensure!(
			mode & 0o077 == 0,
			"others can read the key file {shown}: run `chmod 600 {shown}`"
		);
		let text =
			fs::read_to_string(path).with_context(|| format!("the key file {shown} cannot be read"))?;
		let file: KeyFile = serde_json::from_str(&text).with_context(|| format!("{shown} is no key file"))?;
		Self::from_file(file).with_context(|| format!("the key file {shown} is damaged"))
	}

	fn from_file(file: KeyFile) -> Result<Self> {
		let account = chain_client::parse_address(&file.account)?;
		if let Some(secret) = &file.account_secret {
			ensure!(
				Key::from_suri(secret)?.account() == account,
				"the account's secret belongs to another account"
			);
		}
		Ok(Self {
			account,
			account_secret: file.account_secret,
			secrets: KeySecrets {
				peer: secret("peer", &file.peer)?,
				encryption: secret("encryption", &file.encryption)?,
				audit: secret("audit", &file.audit)?,
			},
		})
	}

	/// Writes a new file with mode 0600. An existing one is never overwritten.
	pub fn save_new(&self, path: &Path) -> Result<()> {
		let file = KeyFile {
			account: chain_client::address(&self.account),
			account_secret: self.account_secret.clone(),
			peer: hex_text(&self.secrets.peer),
			encryption: hex_text(&self.secrets.encryption),
			audit: hex_text(&self.secrets.audit),
		};
		let mut out = fs::OpenOptions::new()
			.write(true)
			.create_new(true)
			.mode(0o600)
			.open(path)
			.with_context(|| {
				format!(
					"cannot make the key file {}; move an old one away, with its keys it cannot be made again",
					path.display()
				)
			})?;
		serde_json::to_writer_pretty(&mut out, &file)?;
		out.write_all(b"\n")?;
		out.sync_all()?;
		Ok(())
	}

	/// The account they belong to.
	pub fn account(&self) -> Account {
		self.account
	}

	/// The key that signs the account's transactions.
	pub fn account_key(&self) -> Result<Key> {
		match &self.account_secret {
			Some(secret) => Ok(Key::from_suri(secret)?),
			None => bail!(
				"the key file of {} does not hold the account's own secret, which signs transactions: add \"account_secret\"",
				chain_client::address(&self.account)
			),
		}
	}

	/// The same key, as far as it draws which jobs are canaries.
	pub fn draw_key(&self) -> Result<DrawKey> {
		match &self.account_secret {
			Some(secret) => Ok(DrawKey::from_suri(secret)?),
			None => {
				bail!("the key file does not hold the account's own secret, with which canaries are drawn")
			}
		}
	}

	/// The public keys, as they stand on chain.
	pub fn public(&self) -> KeySet {
		self.secrets.public()
	}

	/// The ed25519 secret of the libp2p peer.
	pub fn peer(&self) -> [u8; 32] {
		self.secrets.peer
	}

	/// The x25519 secret to which prompts and transcripts are sealed.
	pub fn encryption(&self) -> &[u8; 32] {
		&self.secrets.encryption
	}

	/// Signs with the audit key.
	pub fn sign(&self, message: &Hash) -> Signature {
		signing::sign(&self.secrets.audit, message)
	}

	/// The signatures of peer key and audit key that show that they belong to the account.
	pub fn bindings(&self) -> (Signature, Signature) {
		let message = binding(&self.account, &self.public());
		(
			signing::sign(&self.secrets.peer, &message),
			signing::sign(&self.secrets.audit, &message),
		)
	}
}

/// Shows no secret.
impl std::fmt::Debug for Keys {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "Keys({})", chain_client::address(&self.account))
	}
}

fn hex_text(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

fn secret(name: &str, text: &str) -> Result<[u8; 32]> {
	let bytes = hex::decode(text.trim_start_matches("0x")).with_context(|| format!("'{name}' is not hex"))?;
	let length = bytes.len();
	bytes
		.try_into()
		.map_err(|_| anyhow::anyhow!("'{name}' has {length} bytes instead of 32"))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_saved_file_gives_the_same_keys_and_only_to_its_owner() {
		let directory = tempfile::tempdir().expect("a temporary directory");
		let path = directory.path().join("keys.json");
		let keys = Keys::generate(None).expect("generated");
		keys.save_new(&path).expect("new");
		assert!(keys.save_new(&path).is_err(), "an existing file stays");
		let loaded = Keys::load(&path).expect("there");
		assert_eq!(
			(loaded.account(), loaded.public()),
			(keys.account(), keys.public())
		);
		assert_eq!(loaded.account_key().expect("held").account(), keys.account());

		fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("ours");
		let error = Keys::load(&path).expect_err("readable by the group");
		assert!(error.to_string().contains("chmod 600"), "{error}");
	}

	#[test]
	fn the_bindings_are_what_the_chain_checks() {
		let keys = Keys::generate(Some("//Charlie".into())).expect("a development account");
		let (peer, audit) = keys.bindings();
		let message = binding(&keys.account(), &keys.public());
		assert!(signing::verify(&keys.public().peer, &message, &peer));
		assert!(signing::verify(&keys.public().audit, &message, &audit));
	}

	#[test]
	fn what_is_sealed_to_the_public_key_opens_with_the_secret_one() {
		let keys = Keys::development("Alice").expect("well known");
		let sealed = peer_network::seal::seal(&keys.public().encryption, &5u32);
		assert_eq!(peer_network::seal::open(keys.encryption(), &sealed), Ok(5u32));
		assert!(Keys::development("/etc").is_err());
	}

	#[test]
	fn a_secret_of_another_account_is_refused() {
		let keys = Keys::generate(Some("//Charlie".into())).expect("a development account");
		let file = KeyFile {
			account: chain_client::address(&keys.account()),
			account_secret: Some("//Dave".into()),
			peer: hex_text(&keys.secrets.peer),
			encryption: hex_text(&keys.secrets.encryption),
			audit: hex_text(&keys.secrets.audit),
		};
		assert!(Keys::from_file(file).is_err());
	}
}

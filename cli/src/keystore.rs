//! Keys in a folder that only its owner can read, and their backups.

use crate::exit::Usage;
use anyhow::{Context, Result};
use chain_client::{Account, Key, address, parse_address};
use peer_network::seal;
use receipt::keys::{KeySecrets, KeySet};
use serde::{Deserialize, Serialize};
use std::{
	fs,
	io::Write,
	os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
	path::{Path, PathBuf},
};
use subxt_signer::bip39::Mnemonic;

/// A key as it lies in the folder: `keys/NAME.json`, mode 0600.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredKey {
	/// The account, as an SS58 address.
	pub(crate) account: String,
	/// A phrase, a `0x` seed or a derivation.
	pub(crate) secret: String,
}

/// The folder.
pub(crate) struct Keystore {
	folder: PathBuf,
}

impl Keystore {
	/// The keys in a folder, or in this user's usual one.
	pub(crate) fn new(folder: Option<PathBuf>) -> Self {
		let usual = || {
			let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
			let data = std::env::var_os("XDG_DATA_HOME")
				.map(PathBuf::from)
				.filter(|path| path.is_absolute());
			data.unwrap_or_else(|| home.join(".local/share")).join("hai")
		};
		Self {
			folder: folder.unwrap_or_else(usual).join("keys"),
		}
	}

	/// Where the keys lie.
	pub(crate) fn folder(&self) -> &Path {
		&self.folder
	}

	fn path(&self, name: &str) -> PathBuf {
		self.folder.join(format!("{name}.json"))
	}

	/// Whether there is a key of this name.
	pub(crate) fn has(&self, name: &str) -> bool {
		is_name(name) && self.path(name).is_file()
	}

	/// Adds a key. One that is there is never overwritten.
	pub(crate) fn add(&self, name: &str, secret: &str) -> Result<StoredKey> {
		if !is_name(name) {
			return Err(Usage(format!(
				"`{name}` is no name: use letters, digits, - and _, at most 64"
			))
			.into());
		}
		let key = Key::from_suri(secret).map_err(|error| Usage(error.to_string()))?;
		let stored = StoredKey {
			account: address(&key.account()),
			secret: secret.trim().to_owned(),
		};
		fs::DirBuilder::new()
			.recursive(true)
			.mode(0o700)
			.create(&self.folder)
			.with_context(|| format!("cannot make the folder {}", self.folder.display()))?;
		write_secret(&self.path(name), &serde_json::to_string_pretty(&stored)?)?;
		Ok(stored)
	}

	/// Reads a key. A file that others can read is refused.
	pub(crate) fn read(&self, name: &str) -> Result<StoredKey> {
		if !self.has(name) {
			return Err(Usage(format!(
				"there is no key `{name}`; `hai keys list` shows those there are"
			))
			.into());
		}
		serde_json::from_str(&read_secret(&self.path(name))?)
			.with_context(|| format!("{} is no key file", self.path(name).display()))
	}

	/// The key of this name.
	pub(crate) fn key(&self, name: &str) -> Result<Key> {
		let stored = self.read(name)?;
		let key = Key::from_suri(&stored.secret)?;
		if address(&key.account()) != stored.account {
			anyhow::bail!(
				"the secret in {} belongs to another account than it says",
				self.path(name).display()
			);
		}
		Ok(key)
	}

	/// The account of the key of this name.
	pub(crate) fn account(&self, name: &str) -> Result<Account> {
		Ok(parse_address(&self.read(name)?.account)?)
	}

	/// All names, in order.
	pub(crate) fn names(&self) -> Result<Vec<String>> {
		let entries = match fs::read_dir(&self.folder) {
			Ok(entries) => entries,
			Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
			Err(error) => {
				return Err(error).with_context(|| format!("cannot read {}", self.folder.display()));
			}
		};
		let mut names = Vec::new();
		for entry in entries {
			let path = entry?.path();
			if path.extension().is_some_and(|extension| extension == "json") {
				names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
			}
		}
		names.sort();
		Ok(names)
	}
}

fn is_name(name: &str) -> bool {
	(1..=64).contains(&name.len())
		&& name
			.bytes()
			.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Writes a new file that only its owner can read.
pub(crate) fn write_secret(path: &Path, text: &str) -> Result<()> {
	let mut file = fs::OpenOptions::new()
		.write(true)
		.create_new(true)
		.mode(0o600)
		.open(path)
		.with_context(|| {
			format!(
				"cannot write {}; a file that is there is never overwritten, move it away first",
				path.display()
			)
		})?;
	file.write_all(text.as_bytes())?;
	file.write_all(b"\n")?;
	Ok(file.sync_all()?)
}

/// Reads a file that only its owner may read.
pub(crate) fn read_secret(path: &Path) -> Result<String> {
	let shown = path.display();
	let unread = |error: std::io::Error| Usage(format!("cannot read {shown}: {error}"));
	let mode = fs::metadata(path).map_err(unread)?.permissions().mode();
	if mode & 0o077 != 0 {
		return Err(Usage(format!("others can read {shown}: run `chmod 600 {shown}`")).into());
	}
	Ok(fs::read_to_string(path).map_err(unread)?)
}

/// A backup: the key, sealed with a passphrase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Backup {
	version: u32,
	/// The account, in the clear, so that one knows what it is.
	pub(crate) account: String,
	/// 16 bytes, in hex.
	salt: String,
	/// How many times 2048 rounds of PBKDF2-HMAC-SHA512 lead from the passphrase to the key of the box.
	links: u32,
	/// A libsodium sealed box with the secret, in hex.
	sealed: String,
}

/// Links for a new backup: 131,072 rounds, about a tenth of a second.
const LINKS: u32 = 64;
/// More links than anybody needs; a file that asks for more is refused.
const MOST_LINKS: u32 = 10_000;

impl Backup {
	/// Seals a key.
	pub(crate) fn seal(key: &StoredKey, passphrase: &str) -> Self {
		let salt: [u8; 16] = rand::random();
		let receiver = seal::public_key(&stretch(passphrase, &salt, LINKS));
		Self {
			version: 1,
			account: key.account.clone(),
			salt: hex::encode(salt),
			links: LINKS,
			sealed: hex::encode(seal::seal(&receiver, &key.secret)),
		}
	}

	/// Opens it.
	pub(crate) fn open(&self, passphrase: &str) -> Result<String> {
		if self.version != 1 || self.links == 0 || self.links > MOST_LINKS {
			return Err(Usage("this backup was made by another version of this program".into()).into());
		}
		let salt = hex::decode(&self.salt)
			.ok()
			.and_then(|salt| <[u8; 16]>::try_from(salt).ok());
		let (Some(salt), Ok(sealed)) = (salt, hex::decode(&self.sealed)) else {
			return Err(Usage("the backup is damaged".into()).into());
		};
		let secret: String = seal::open(&stretch(passphrase, &salt, self.links), &sealed)
			.map_err(|_| Usage("the passphrase is wrong, or the backup is damaged".into()))?;
		Ok(secret)
	}
}

/// The key of a box, from a passphrase: links of BIP-39's derivation (PBKDF2-HMAC-SHA512, 2048 rounds), each with the
/// result of the one before as its entropy.
fn stretch(passphrase: &str, salt: &[u8; 16], links: u32) -> [u8; 32] {
	let mut entropy: [u8; 32] = blake3::derive_key("hai-net v1 key backup salt", salt);
	for _ in 0..links {
		let seed = Mnemonic::from_entropy(&entropy)
			.expect("32 bytes are 24 words")
			.to_seed(passphrase);
		entropy = blake3::derive_key("hai-net v1 key backup link", &seed);
	}
	entropy
}

/// The first line of a passphrase file.
pub(crate) fn passphrase(path: &Path) -> Result<String> {
	let text = read_secret(path)?;
	let line = text.lines().next().unwrap_or_default();
	if line.len() < 8 {
		return Err(Usage(format!(
			"the first line of {} is the passphrase; it needs 8 characters or more",
			path.display()
		))
		.into());
	}
	Ok(line.to_owned())
}

/// The key file of a compute node or a verifier, as `hai-agent` keeps it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentKeyFile {
	account: String,
	#[serde(default, skip_serializing_if = "Option::is_none")]
	account_secret: Option<String>,
	peer: String,
	encryption: String,
	audit: String,
}

/// The keys of a bonded account, with the signatures that bind them to it.
pub(crate) struct BondKeys {
	pub(crate) keys: KeySet,
	pub(crate) peer_signature: receipt::Signature,
	pub(crate) audit_signature: receipt::Signature,
}

impl BondKeys {
	fn bind(account: &Account, secrets: &KeySecrets) -> Self {
		let keys = secrets.public();
		let message = receipt::keys::binding(account, &keys);
		Self {
			keys,
			peer_signature: receipt::signing::sign(&secrets.peer, &message),
			audit_signature: receipt::signing::sign(&secrets.audit, &message),
		}
	}

	/// The well-known keys of a development account such as `Alice`.
	pub(crate) fn development(account: &Account, name: &str) -> Self {
		Self::bind(account, &KeySecrets::development(name))
	}

	/// The keys in an agent's key file.
	pub(crate) fn load(account: &Account, path: &Path) -> Result<Self> {
		let file: AgentKeyFile = serde_json::from_str(&read_secret(path)?)
			.map_err(|error| Usage(format!("{} is no key file of hai-agent: {error}", path.display())))?;
		if parse_address(&file.account)? != *account {
			let (file, own) = (file.account, address(account));
			return Err(Usage(format!(
				"the key file belongs to {file}, but {own} signs; choose with --key"
			))
			.into());
		}
		let secret = |text: &str| crate::parsing::hash(text).map_err(Usage);
		let secrets = KeySecrets {
			peer: secret(&file.peer)?,
			encryption: secret(&file.encryption)?,
			audit: secret(&file.audit)?,
		};
		Ok(Self::bind(account, &secrets))
	}
}

/// Writes new keys of a node or verifier for an account.
pub(crate) fn generate_agent_keys(account: &Account, path: &Path) -> Result<KeySet> {
	let secrets = KeySecrets {
		peer: seal::new_secret(),
		encryption: seal::new_secret(),
		audit: seal::new_secret(),
	};
	let text = |secret: &[u8; 32]| format!("0x{}", hex::encode(secret));
	let file = AgentKeyFile {
		account: address(account),
		account_secret: None,
		peer: text(&secrets.peer),
		encryption: text(&secrets.encryption),
		audit: text(&secrets.audit),
	};
	write_secret(path, &serde_json::to_string_pretty(&file)?)?;
	Ok(secrets.public())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn keystore() -> (tempfile::TempDir, Keystore) {
		let folder = tempfile::tempdir().expect("a temporary folder");
		let keystore = Keystore::new(Some(folder.path().to_owned()));
		(folder, keystore)
	}

	#[test]
	fn keys_are_kept_for_their_owner_alone_and_never_overwritten() {
		let (_folder, keystore) = keystore();
		assert_eq!(keystore.names().expect("empty"), Vec::<String>::new());
		let stored = keystore.add("one", "//One").expect("added");
		assert_eq!(
			keystore.key("one").expect("there").account(),
			parse_address(&stored.account).expect("an address")
		);
		let path = keystore.path("one");
		assert_eq!(
			fs::metadata(&path).expect("there").permissions().mode() & 0o777,
			0o600
		);
		assert!(keystore.add("one", "//Two").is_err());
		fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("mine");
		assert!(
			keystore
				.key("one")
				.expect_err("open to others")
				.to_string()
				.contains("chmod 600")
		);
	}

	#[test]
	fn a_file_that_cannot_be_read_is_wrong_usage() {
		let (folder, _) = keystore();
		for path in [folder.path().join("nowhere"), folder.path().to_owned()] {
			let error = read_secret(&path).expect_err("no file");
			assert_eq!(crate::exit::code_of(&error), crate::exit::USAGE, "{error}");
		}
	}

	#[test]
	fn names_cannot_leave_the_folder() {
		let (_folder, keystore) = keystore();
		for name in ["", "../x", "a/b", ".", "a b"] {
			assert!(keystore.add(name, "//One").is_err(), "{name}");
			assert!(!keystore.has(name));
		}
	}

	#[test]
	fn a_backup_opens_with_its_passphrase_only() {
		let (_folder, keystore) = keystore();
		let stored = keystore.add("one", "//One").expect("added");
		let backup = Backup::seal(&stored, "correct horse");
		let text = serde_json::to_string(&backup).expect("plain data");
		assert!(!text.contains("//One"));
		let read: Backup = serde_json::from_str(&text).expect("just written");
		assert_eq!(read.open("correct horse").expect("right"), "//One");
		assert!(read.open("wrong horse").is_err());
		let damaged = Backup {
			sealed: read.sealed.replacen('a', "b", 1),
			..read
		};
		assert!(damaged.open("correct horse").is_err());
	}

	#[test]
	fn agent_keys_bind_to_their_account_only() {
		let folder = tempfile::tempdir().expect("a temporary folder");
		let path = folder.path().join("agent.json");
		let account = parse_address("//Bob").expect("a development account");
		let keys = generate_agent_keys(&account, &path).expect("written");
		let bound = BondKeys::load(&account, &path).expect("just written");
		assert_eq!(bound.keys, keys);
		let message = receipt::keys::binding(&account, &keys);
		assert!(receipt::signing::verify(
			&keys.audit,
			&message,
			&bound.audit_signature
		));
		assert!(receipt::signing::verify(
			&keys.peer,
			&message,
			&bound.peer_signature
		));
		assert!(BondKeys::load(&[1; 32], &path).is_err());
	}
}

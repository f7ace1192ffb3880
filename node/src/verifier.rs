//! Tells the off-chain worker where the verifier is, and gives development nodes their audit keys.

use crate::{cli::VerifierArgs, service::Backend};
use polkadot_sdk::*;

use receipt::keys::KeySecrets;
use sc_client_api::Backend as _;
use sc_service::error::Error;
use sp_core::offchain::{OffchainStorage, STORAGE_PREFIX};
use sp_keystore::KeystorePtr;

/// Writes the verifier's address and token to where the off-chain worker reads them, or removes
/// what an earlier run left there.
pub(crate) fn configure(backend: &Backend, args: &VerifierArgs) -> Result<(), Error> {
	let Some(mut storage) = backend.offchain_storage() else {
		return Ok(());
	};
	let mut write = |key: &[u8], value: Option<&str>| match value {
		Some(value) => storage.set(STORAGE_PREFIX, key, value.as_bytes()),
		None => storage.remove(STORAGE_PREFIX, key),
	};
	let token = args
		.verifier_token_file
		.as_ref()
		.map(|file| {
			std::fs::read_to_string(file)
				.map_err(|error| Error::Other(format!("--verifier-token-file {}: {error}", file.display())))
		})
		.transpose()?;
	write(
		offchain_worker::VERIFIER_URL,
		args.verifier_url.as_deref().map(|url| url.trim_end_matches('/')),
	);
	write(offchain_worker::VERIFIER_TOKEN, token.as_deref().map(str::trim));
	Ok(())
}

/// Puts the well-known audit keys of the named development accounts into the keystore.
pub(crate) fn insert_development_keys(keystore: &KeystorePtr, names: &[&str]) -> Result<(), Error> {
	for name in names {
		let secrets = KeySecrets::development(name);
		let seed = format!("0x{}", hex::encode(secrets.audit));
		keystore
			.insert(offchain_worker::AUDIT_KEYS, &seed, &secrets.public().audit)
			.map_err(|()| Error::Other(format!("could not store the audit key of {name}")))?;
	}
	Ok(())
}

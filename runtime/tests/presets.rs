//! The figures in the presets are those of their sources.

use hai_runtime::presets::{CONSTITUTION, DEVELOPMENT_KEYS};
use polkadot_sdk::sp_io::hashing::blake2_256;
use receipt::keys::KeySecrets;

#[test]
fn the_development_keys_belong_to_the_development_secrets() {
	for (name, [peer, encryption, audit]) in DEVELOPMENT_KEYS {
		let keys = KeySecrets::development(name).public();
		assert_eq!(
			(keys.peer, keys.encryption, keys.audit),
			(peer, encryption, audit),
			"{name}"
		);
	}
}

#[test]
fn the_constitution_at_genesis_is_the_one_in_the_repository() {
	let text = include_bytes!("../../CONSTITUTION.md");
	assert_eq!(blake2_256(text), CONSTITUTION);
}

//! The figures in the presets are those of their sources.

use hai_runtime::presets::{CONSTITUTION, DEVELOPMENT_KEYS, SEED_CALIBRATION};
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

#[test]
fn the_seed_model_is_calibrated_at_genesis_as_its_record_says() {
	let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/seed/calibration.json");
	let text = std::fs::read_to_string(file).expect(
		"measure it: hai-agent calibrate models/seed/seed.gguf --runs 100 --out models/seed/calibration.json",
	);
	let file = calibration::File::parse(&text).expect("the committed records hold");
	let record = file
		.records
		.iter()
		.find(|record| record.pair == SEED_CALIBRATION.pair)
		.expect("the pair at genesis has a record");
	assert_eq!(record.refusals, Vec::<String>::new());
	let record_hash: String = record.hash().iter().map(|byte| format!("{byte:02x}")).collect();
	assert_eq!(
		record.entry(),
		SEED_CALIBRATION.entry,
		"the record's hash is {record_hash}"
	);
	let model = blake3::hash(include_bytes!("../../models/seed/seed.gguf"));
	assert_eq!(SEED_CALIBRATION.entry.model, *model.as_bytes());
}

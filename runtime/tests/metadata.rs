//! What agent and CLI are generated from is what this runtime says of itself.
//!
//! After a change on purpose: `RECORD=1 cargo test --release -p hai-runtime --test metadata`.

use hai_runtime::Runtime;
use polkadot_sdk::sp_io::TestExternalities;
use std::path::Path;

#[test]
fn committed_metadata_is_the_runtimes() {
	// Some constants are read from storage, so there must be some.
	let metadata = TestExternalities::default()
		.execute_with(|| Runtime::metadata_at_version(16))
		.expect("version 16 is supported");
	let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../chain-client/metadata.scale");
	if std::env::var_os("RECORD").is_some() {
		std::fs::write(&file, &*metadata).expect("the folder can be written");
	}
	let committed = std::fs::read(&file).expect("chain-client/metadata.scale is committed");
	assert!(
		committed == *metadata,
		"chain-client/metadata.scale is of another runtime: record it again as the first lines of this test say"
	);
}

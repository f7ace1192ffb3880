//! Builds the runtime a second time, as the wasm blob that goes on chain; and once more, as a later
//! version of it.

fn main() {
	#[cfg(feature = "std")]
	{
		let builder = substrate_wasm_builder::WasmBuilder::init_with_defaults();
		#[cfg(feature = "metadata-hash")]
		let builder = builder.enable_metadata_hash("HAI", 12);
		builder.build();

		// The version to which a test upgrades a running chain. All but this crate is compiled already.
		substrate_wasm_builder::WasmBuilder::init_with_defaults()
			.enable_feature("next-version")
			.set_file_name("next_version.rs")
			.build();
	}
}

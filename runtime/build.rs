//! Builds the runtime a second time, as the wasm blob that goes on chain.

fn main() {
	#[cfg(feature = "std")]
	{
		let builder = substrate_wasm_builder::WasmBuilder::init_with_defaults();
		#[cfg(feature = "metadata-hash")]
		let builder = builder.enable_metadata_hash("HAI", 12);
		builder.build();
	}
}

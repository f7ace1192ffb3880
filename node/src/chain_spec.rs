//! The chains this node knows by name.

use hai_runtime::{WASM_BINARY, presets};
use polkadot_sdk::*;

use sc_service::ChainType;

/// A chain's specification.
pub(crate) type ChainSpec = sc_service::GenericChainSpec;

/// The chain of one name: `dev`, `local`, or a file.
pub(crate) fn load(id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
	Ok(match id {
		"dev" => Box::new(preset(
			"HAI-Net Development",
			"hai-dev",
			ChainType::Development,
			presets::DEVELOPMENT,
		)?),
		"" | "local" => Box::new(preset(
			"HAI-Net Local",
			"hai-local",
			ChainType::Local,
			presets::LOCAL,
		)?),
		file => Box::new(ChainSpec::from_json_file(file.into())?),
	})
}

fn preset(name: &str, id: &str, kind: ChainType, preset: &str) -> Result<ChainSpec, String> {
	let wasm = WASM_BINARY.ok_or(
		"this binary was built without the runtime's wasm (SKIP_WASM_BUILD was set): build it again without",
	)?;
	let mut properties = sc_service::Properties::new();
	properties.insert("tokenSymbol".into(), "HAI".into());
	properties.insert("tokenDecimals".into(), 12.into());
	properties.insert("ss58Format".into(), 42.into());
	Ok(ChainSpec::builder(wasm, None)
		.with_name(name)
		.with_id(id)
		.with_chain_type(kind)
		.with_protocol_id(id)
		.with_properties(properties)
		.with_genesis_config_preset_name(preset)
		.build())
}

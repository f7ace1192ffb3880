//! A runtime upgrade: naming its code, and putting it into force.

use crate::{
	context::Context,
	exit::Usage,
	output::{hex, pairs},
	parsing,
};
use anyhow::Result;
use chain_client::{At, ChainClient, Hash, congress};
use serde_json::json;
use std::path::Path;

pub(super) async fn apply_upgrade(context: &Context, chain: &ChainClient, file: &Path) -> Result<()> {
	let code = read_code(file)?;
	let hash = congress::code_hash(&code);
	let before = chain.view(At::Best).await?.runtime_version();
	let key = context.key(chain).await?;
	let call = congress::apply_authorized_upgrade(code);
	let included = context
		.submit(chain, &call, &key, "putting the code into force")
		.await?;
	// The new code executes the block after the one that stores it.
	let first = loop {
		let view = chain.view(At::Best).await?;
		if view.block().number > included.block.number {
			break view;
		}
		tokio::time::sleep(std::time::Duration::from_millis(500)).await;
	};
	let after = first.runtime_version();
	context.output.result(
		|| json!({ "code_hash": hex(&hash), "before": before, "after": after, "block": included.block }),
		|| {
			pairs([
				("code", hex(&hash)),
				("stored in block", included.block.number.to_string()),
				("runtime version", format!("{before} before, {after} now")),
			])
		},
	);
	Ok(())
}

fn read_code(file: &Path) -> Result<Vec<u8>> {
	Ok(std::fs::read(file).map_err(|error| Usage(format!("cannot read {}: {error}", file.display())))?)
}

/// The hash of an upgrade's code, given as a file or as the hash itself.
pub(super) fn code_hash(code: &str) -> Result<Hash> {
	match parsing::hash(code) {
		Ok(hash) => Ok(hash),
		Err(_) => Ok(congress::code_hash(&read_code(Path::new(code))?)),
	}
}

//! What commands share: the connection, the key, and following a transaction.

use crate::{arguments::Global, exit::Usage, keystore::Keystore, output::Output};
use anyhow::Result;
use chain_client::{Account, ChainClient, Included, Key, Stage, Until, address, parse_address};
use subxt::transactions::Payload;

/// The name of the key that is used when none is named.
pub(crate) const DEFAULT_KEY: &str = "default";

/// The settings of this run.
pub(crate) struct Context {
	global: Global,
	pub(crate) output: Output,
	pub(crate) keystore: Keystore,
}

impl Context {
	pub(crate) fn new(global: Global) -> Self {
		let output = Output::new(global.json);
		let keystore = Keystore::new(global.data_dir.clone());
		Self {
			global,
			output,
			keystore,
		}
	}

	/// Connects to the node.
	pub(crate) async fn connect(&self) -> Result<ChainClient> {
		Ok(ChainClient::connect(&self.global.url).await?)
	}

	/// The secret that was given with --suri.
	pub(crate) fn suri(&self) -> Option<&str> {
		self.global.suri.as_deref()
	}

	/// The key to sign with, where none needs a chain to be chosen.
	pub(crate) fn offline_key(&self) -> Result<Option<Key>> {
		if let Some(suri) = &self.global.suri {
			return Ok(Some(
				Key::from_suri(suri).map_err(|error| Usage(error.to_string()))?,
			));
		}
		if let Some(name) = &self.global.key {
			return self.keystore.key(name).map(Some);
		}
		if self.keystore.has(DEFAULT_KEY) {
			self.keystore.key(DEFAULT_KEY).map(Some)
		} else {
			Ok(None)
		}
	}

	/// The key to sign with.
	pub(crate) async fn key(&self, chain: &ChainClient) -> Result<Key> {
		if let Some(key) = self.offline_key()? {
			return Ok(key);
		}
		if is_development(chain).await? {
			self.output
				.note("signing with the development account //Alice; name another with --key or --suri");
			return Ok(Key::from_suri("//Alice").expect("a development account"));
		}
		Err(Usage(
			"no key to sign with: make one by `hai keys generate`, or name one with --key or --suri".into(),
		)
		.into())
	}

	/// An account as it was typed, or the one that would sign.
	pub(crate) async fn account_or_own(&self, chain: &ChainClient, text: Option<&str>) -> Result<Account> {
		match text {
			Some(text) => self.account(text),
			None => Ok(self.key(chain).await?.account()),
		}
	}

	/// An account as it was typed: an address, or the name of a key.
	pub(crate) fn account(&self, text: &str) -> Result<Account> {
		if self.keystore.has(text) {
			return self.keystore.account(text);
		}
		Ok(parse_address(text).map_err(|error| Usage(error.to_string()))?)
	}

	/// Until when transactions are followed.
	pub(crate) fn until(&self) -> Until {
		if self.global.in_block {
			Until::InBlock
		} else {
			Until::Finalized
		}
	}

	/// Signs and submits a call, tells its stages and waits for it.
	pub(crate) async fn submit<C: Payload>(
		&self,
		chain: &ChainClient,
		call: &C,
		key: &Key,
		what: &str,
	) -> Result<Included> {
		let output = self.output;
		output.stage(&format!("{what}, signed by {}", address(&key.account())));
		let included = chain
			.submit_until(call, key, self.until(), |stage| {
				output.stage(&match stage {
					Stage::Ready => "  accepted by the node".to_owned(),
					Stage::InBlock(block) => format!("  in block {}", block.number),
					Stage::Finalized(block) => format!("  final in block {}", block.number),
				});
			})
			.await?;
		Ok(included)
	}
}

/// Whether this is a chain for trying out: its well-known accounts are everyone's.
pub(crate) async fn is_development(chain: &ChainClient) -> Result<bool> {
	Ok(matches!(
		chain.chain_type().await?.as_str(),
		"Development" | "Local"
	))
}

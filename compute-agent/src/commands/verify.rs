//! `hai-agent verify`: the work of others, checked for a validator.

use super::{CheckFailed, asked_to_end, load_engine, warn_if_not_calibrated};
use crate::{
	adversary::VerifierAdversary,
	chain::NodeChain,
	cli::{Flags, Global},
	config::Config,
	health::{self, Heartbeat},
	keys::Keys,
	token,
	verify::{Answers, Checker, ProcessAudits, Verifier, http},
};
use anyhow::{Context, Result, ensure};
use chain_client::{At, ChainClient};
use clap::Args;
use peer_network::{LocalDiscovery, Network, NetworkConfig};
use receipt::PairKey;
use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::net::TcpListener;

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  openssl rand -hex 32 > token.txt && chmod 600 token.txt
  hai-agent verify --listen 127.0.0.1:9800 --token-file token.txt --model model.gguf
  hai-node --validator --verifier-url http://127.0.0.1:9800 --verifier-token-file token.txt

On a development chain one verifier can serve all four validators:
  hai-agent verify --development Alice --development Bob --development Charlie --development Dave \\
    --listen 127.0.0.1:9800 --token-file token.txt --model model.gguf

The validator's node signs attestations with the audit key of the same key file: put it into the node's
keystore with `hai-node key insert --key-type audt --scheme ed25519 --suri 0xSEED`, where SEED is \"audit\".

A validator is drawn for the pairs that it declared (`hai validator pairs`) and pays for what it misses. At its start a
verifier compares them with its models, and says what to type where they differ.")]
pub struct VerifyArgs {
	/// Where the validator's node asks
	#[arg(long, value_name = "HOST:PORT")]
	pub listen: Option<SocketAddr>,
	/// The file with the token that the validator's node shows
	#[arg(long, value_name = "FILE")]
	pub token_file: Option<PathBuf>,
	/// A validator's key file (may be repeated) [default: the agent's own]
	#[arg(long, value_name = "FILE")]
	pub keys: Vec<PathBuf>,
	/// A development account whose public-knowledge keys are used (may be repeated)
	#[arg(long, value_name = "NAME")]
	pub development: Vec<String>,
	/// A model that can be checked (may be repeated)
	#[arg(long, value_name = "FILE")]
	pub model: Vec<PathBuf>,
	/// Answer wrongly on purpose, on development chains only
	#[arg(long, hide = true, value_name = "KIND", default_value_t = VerifierAdversary::Honest)]
	pub adversary: VerifierAdversary,
}

impl VerifyArgs {
	fn load_config(&self, global: &Global) -> Result<Config> {
		let mut flags = Flags::default();
		flags.set("verify.listen", self.listen.as_ref());
		flags.set_path("verify.token_file", self.token_file.as_ref());
		flags.set_paths("verify.keys", &self.keys);
		flags.set_paths("verify.models", &self.model);
		global.load_config(flags)
	}

	fn load_keys(&self, global: &Global, config: &Config) -> Result<Vec<Keys>> {
		let mut keys = self
			.development
			.iter()
			.map(|name| Keys::development(name))
			.collect::<Result<Vec<_>>>()?;
		for path in &config.verify.keys {
			keys.push(Keys::load(&global.in_data_dir(path))?);
		}
		if keys.is_empty() {
			keys.push(global.load_keys(config)?);
		}
		Ok(keys)
	}

	/// Audits until it is asked to end.
	pub async fn run(&self, global: &Global) -> Result<()> {
		let config = self.load_config(global)?;
		let directory = global.make_data_dir()?;
		let listen = config
			.verify
			.listen
			.context("say where the validator's node asks: --listen 127.0.0.1:9800")?;
		let token_file = config
			.verify
			.token_file
			.as_ref()
			.context("name the token's file: --token-file FILE")?;
		let token = token::read(&global.in_data_dir(token_file))?;
		ensure!(
			!config.verify.models.is_empty(),
			"name at least one model that can be checked: --model FILE"
		);
		let keys = self.load_keys(global, &config)?;
		let chain = NodeChain::connect(&config.chain, None).await?;
		self.adversary.admit(&chain.client().await.chain_type().await?)?;
		check_keys(&chain.client().await, &keys).await?;

		let models: Vec<_> = config
			.verify
			.models
			.iter()
			.map(|model| global.in_data_dir(model))
			.collect();
		let checkers = tokio::task::spawn_blocking(move || {
			let load = |path: &PathBuf| {
				// Loaded once to know what it is; audits load it again, in a process apart.
				let description = load_engine(path)?.describe().clone();
				let audits = ProcessAudits::new(path.clone(), &description);
				Ok(Checker {
					description,
					audits: Arc::new(audits),
				})
			};
			models.iter().map(load).collect::<Result<Vec<_>>>()
		})
		.await??;
		for checker in &checkers {
			warn_if_not_calibrated(&*chain, checker.description.pair).await?;
		}
		let loaded: BTreeSet<_> = checkers.iter().map(|checker| checker.description.pair).collect();
		warn_of_declared(&chain.client().await, &keys, &loaded).await?;

		let heartbeat = Heartbeat::default();
		tokio::spawn(health::watch_chain(chain.clone(), heartbeat.clone()));
		if let Some(listen) = config.metrics_listen {
			health::serve(listen, heartbeat.clone()).await?;
		}
		// A verifier only asks, so it listens to nobody.
		let (network, _incoming) = Network::start(NetworkConfig {
			bootstrap: config.network.bootstrap.clone(),
			local_discovery: if config.network.local_discovery {
				LocalDiscovery::On
			} else {
				LocalDiscovery::Off
			},
			..NetworkConfig::client()
		})
		.await?;
		let auditors: Vec<_> = keys
			.iter()
			.map(|keys| chain_client::address(&keys.account()))
			.collect();
		let answers = Answers::open(&directory.join("answers.redb"))?;
		let verifier = Verifier::new(chain, Arc::new(network), keys, checkers, answers, self.adversary);
		let listener = TcpListener::bind(listen)
			.await
			.with_context(|| format!("cannot listen on {listen}: is the port free?"))?;
		tracing::info!(address = %listener.local_addr()?, ?auditors, "the verifier is ready");
		axum::serve(listener, http::router(verifier, token))
			.with_graceful_shutdown(asked_to_end())
			.await?;
		Ok(())
	}
}

/// Ends where a key file is not the one on chain: no node would show its transcripts to such a verifier. An account
/// that has no keys on chain yet may get them later.
async fn check_keys(client: &ChainClient, keys: &[Keys]) -> Result<()> {
	let view = client.view(At::Best).await?;
	for keys in keys {
		let account = chain_client::address(&keys.account());
		let own = keys.public();
		match view.keys(&keys.account()).await? {
			None => tracing::warn!(account, "the account has no keys on chain yet: it is not bonded"),
			Some(shown) if (shown.audit, shown.encryption) == (own.audit, own.encryption) => {}
			Some(_) => {
				return Err(CheckFailed(format!(
					"the key file of {account} is not the one on chain: use that one, or put the keys of this \
					 file on chain first"
				))
				.into());
			}
		}
	}
	Ok(())
}

/// Says where what a validator declared on chain is not what can be checked here.
async fn warn_of_declared(client: &ChainClient, keys: &[Keys], loaded: &BTreeSet<PairKey>) -> Result<()> {
	let view = client.view(At::Best).await?;
	for account in keys.iter().map(Keys::account) {
		// What is not bonded can declare nothing, and was told so.
		if view.bond(&account).await?.is_none() {
			continue;
		}
		let declared = view.declared_pairs(&account).await?.into_iter().collect();
		let account = chain_client::address(&account);
		for difference in differences(&declared, loaded) {
			tracing::warn!(account, "{difference}");
		}
	}
	Ok(())
}

fn names<'a>(pairs: impl IntoIterator<Item = &'a PairKey>, before: &str) -> String {
	let names = pairs
		.into_iter()
		.map(|pair| format!("{before}0x{}", hex::encode(pair)));
	names.collect::<Vec<_>>().join(" ")
}

/// In words, what is declared and not loaded and what is loaded and not declared, and what to type.
fn differences(declared: &BTreeSet<PairKey>, loaded: &BTreeSet<PairKey>) -> Vec<String> {
	let command = format!("hai validator pairs {}", names(loaded, "--pair "));
	let mut found = Vec::new();
	let missing = names(declared.difference(loaded), "");
	if !missing.is_empty() {
		found.push(format!(
			"it declared pairs that cannot be checked here, and pays for each audit of them: {missing}. Load their models \
			 with --model, or declare only what is loaded: {command}"
		));
	}
	let unsaid = names(loaded.difference(declared), "");
	if !unsaid.is_empty() {
		found.push(format!(
			"it is not drawn for audits of these pairs, because it did not declare them: {unsaid}. To declare what is \
			 loaded: {command}"
		));
	}
	found
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn both_kinds_of_difference_are_told_with_the_command() {
		let text = |byte: &str| format!("0x{}", byte.repeat(32));
		let set = |pairs: &[u8]| pairs.iter().map(|pair| [*pair; 32]).collect::<BTreeSet<_>>();
		assert!(differences(&set(&[1, 2]), &set(&[1, 2])).is_empty());

		let found = differences(&set(&[1, 2]), &set(&[2, 3]));
		let command = format!("hai validator pairs --pair {} --pair {}", text("02"), text("03"));
		assert!(
			found.iter().all(|sentence| sentence.ends_with(&command)),
			"{found:?}"
		);
		let [missing, unsaid] = &found[..] else {
			panic!("one sentence for each kind: {found:?}");
		};
		assert!(
			missing.contains(&format!("audit of them: {}.", text("01"))),
			"{missing}"
		);
		assert!(
			unsaid.contains(&format!("declare them: {}.", text("03"))),
			"{unsaid}"
		);
	}
}

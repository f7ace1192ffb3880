//! `hai-agent up`: everything an operator needs at once.

use super::{CheckFailed, asked_to_end, load_engine, warn_if_not_calibrated};
use crate::{
	audit::{Bands, selftest},
	chain::{Chain, NodeChain},
	cli::{Flags, Global},
	compute::{Compute, EngineTokenizer, core::Limits, offer::Serving, process::ProcessRunner},
	config::Config,
	engine::Description,
	fault::Fault,
	health::{self, Heartbeat},
	keys::Keys,
	onboarding::{Offering, onboard},
	store::RedbStore,
};
use anyhow::{Context, Result};
use chain_client::amount;
use clap::Args;
use peer_network::{LocalDiscovery, Network, NetworkConfig};
use receipt::Price;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Arguments of `up`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hai-agent up --model models/seed/seed.gguf
  hai-agent up --model model.gguf --bond 5000 --slots 2 --price-per-token 0.0001
  hai-agent up --advertise /ip4/203.0.113.7/udp/4040/quic-v1      behind a router

It bonds what is missing, puts address and prices on chain, and serves until it is stopped with Ctrl-C.
A killed agent goes on where it was when it is started again.")]
pub struct UpArgs {
	/// The GGUF file [default: that of the settings]
	#[arg(long, value_name = "FILE")]
	pub model: Option<PathBuf>,
	/// Where to listen, such as /ip4/0.0.0.0/udp/4040/quic-v1 (may be repeated)
	#[arg(long, value_name = "ADDRESS")]
	pub listen: Vec<String>,
	/// What stands on chain in place of where it listens (may be repeated)
	#[arg(long, value_name = "ADDRESS")]
	pub advertise: Vec<String>,
	/// Jobs that run at once
	#[arg(long)]
	pub slots: Option<u16>,
	/// The longest job, prompt and answer together, in tokens
	#[arg(long)]
	pub max_tokens: Option<u32>,
	/// What is put at stake, in HAI [default: the smallest the terms allow]
	#[arg(long, value_name = "HAI")]
	pub bond: Option<String>,
	/// What a call costs whatever its length, in HAI, where the workflow lets the node ask
	#[arg(long, value_name = "HAI")]
	pub price_base: Option<String>,
	/// What each token costs, in HAI, where the workflow lets the node ask
	#[arg(long, value_name = "HAI")]
	pub price_per_token: Option<String>,
	/// Do not run the self test first
	#[arg(long)]
	pub skip_selftest: bool,
	/// Cheat on purpose, on development chains only: wrong-model:PATH, random-token, silent, no-transcript
	#[arg(long, hide = true, default_value = "none", value_parser = parse_fault)]
	pub fault: Fault,
}

fn parse_fault(text: &str) -> Result<Fault, String> {
	if text == "none" {
		Ok(Fault::None)
	} else {
		text.parse()
	}
}

impl UpArgs {
	fn load_config(&self, global: &Global) -> Result<Config> {
		let mut flags = Flags::default();
		flags.set_path("compute.model", self.model.as_ref());
		flags.set_list("network.listen", &self.listen);
		flags.set_list("network.advertise", &self.advertise);
		flags.set("compute.slots", self.slots.as_ref());
		flags.set("compute.max_tokens", self.max_tokens.as_ref());
		flags.set("compute.bond", self.bond.as_ref());
		flags.set("compute.price_base", self.price_base.as_ref());
		flags.set("compute.price_per_token", self.price_per_token.as_ref());
		global.load_config(flags)
	}

	/// Serves until it is asked to end.
	pub async fn run(&self, global: &Global) -> Result<()> {
		let config = self.load_config(global)?;
		let directory = global.make_data_dir()?;
		let keys = global.load_keys(&config)?;
		let chain = NodeChain::connect(&config.chain, Some(keys.account_key()?)).await?;
		self.fault.admit(&chain.client().await.chain_type().await?)?;

		let heartbeat = Heartbeat::default();
		if let Some(listen) = config.metrics_listen {
			health::serve(listen, heartbeat.clone()).await?;
		}
		let model = config.compute.model.clone();
		let model = model.context("name a model: --model FILE, or compute.model in the settings")?;
		let model = global.in_data_dir(&model);
		let skip_selftest = self.skip_selftest;
		let path = model.clone();
		let engine = tokio::task::spawn_blocking(move || {
			let engine = load_engine(&path)?;
			if !skip_selftest {
				let report =
					selftest(&*engine, &Bands::CPU).map_err(|error| CheckFailed(error.to_string()))?;
				tracing::info!(runs = report.runs, worst = ?report.worst, "the self test is passed");
			}
			anyhow::Ok(engine)
		})
		.await??;
		let description = engine.describe().clone();

		let store = Arc::new(RedbStore::open(&directory.join("agent.redb"), &chain.genesis())?);
		let (network, incoming) = Network::start(NetworkConfig {
			secret: keys.peer(),
			listen: config.network.listen.clone(),
			bootstrap: config.network.bootstrap.clone(),
			local_discovery: if config.network.local_discovery {
				LocalDiscovery::On
			} else {
				LocalDiscovery::Off
			},
		})
		.await?;

		let serving = serving(&config, &keys, &description, chain.genesis())?;
		let offering = Offering {
			addresses: advertised(&config, &network.addresses()),
			model: description.model,
			pair: description.pair,
			price: serving.price,
			max_tokens: serving.max_tokens,
			slots: config.compute.slots,
			bond: config.compute.bond.as_deref().map(amount::parse).transpose()?,
		};
		warn_if_not_calibrated(&*chain, description.pair).await?;
		let standing = onboard(&chain.client().await, &keys, &offering).await?;
		global.show(&standing.to_string(), &standing.to_json());

		let run_model = match &self.fault {
			Fault::WrongModel(path) => path.clone(),
			_ => model,
		};
		let time = Duration::from_secs(config.compute.seconds);
		let runner = ProcessRunner::new(run_model, time, config.compute.memory_mib.map(|mib| mib << 20));
		let compute = Compute {
			chain,
			store,
			tokenizer: Arc::new(EngineTokenizer(engine)),
			runner: Arc::new(runner),
			keys,
			serving,
			limits: Limits {
				slots: config.compute.slots,
				keep_blocks: config.compute.keep_blocks,
			},
			fault: self.fault.clone(),
			heartbeat,
		};
		tokio::select! {
			result = compute.serve(incoming) => result,
			() = asked_to_end() => Ok(()),
		}
	}
}

fn serving(
	config: &Config,
	keys: &Keys,
	description: &Description,
	genesis: receipt::Hash,
) -> Result<Serving> {
	let compute = &config.compute;
	Ok(Serving {
		genesis,
		node: keys.account(),
		model: description.model,
		pair: description.pair,
		price: Price {
			base: amount::parse(&compute.price_base)?,
			per_token: amount::parse(&compute.price_per_token)?,
		},
		max_tokens: compute.max_tokens.min(description.context_length),
		ticket_blocks: compute.ticket_blocks,
	})
}

/// What stands on chain: what the settings say, or where it listens, the widest reach first.
fn advertised(config: &Config, listening: &[String]) -> Vec<String> {
	const MAX_ADDRESSES: usize = 4;
	if !config.network.advertise.is_empty() {
		return config.network.advertise.clone();
	}
	let is_loopback = |address: &String| address.starts_with("/ip4/127.") || address.starts_with("/ip6/::1/");
	let mut addresses = listening.to_vec();
	addresses.sort();
	addresses.dedup();
	// A stable sort: loopback last, for agents and callers on one machine.
	addresses.sort_by_key(is_loopback);
	if addresses.len() > MAX_ADDRESSES {
		tracing::warn!(
			?addresses,
			"only the first {MAX_ADDRESSES} addresses fit on chain; --advertise chooses"
		);
		addresses.truncate(MAX_ADDRESSES);
	}
	addresses
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn far_reaching_addresses_are_advertised_first_and_chosen_ones_alone() {
		let listening: Vec<String> = [
			"/ip4/127.0.0.1/tcp/1",
			"/ip4/10.0.0.5/tcp/1",
			"/ip4/10.0.0.5/udp/1/quic-v1",
		]
		.map(str::to_owned)
		.to_vec();
		let mut config = Config::default();
		assert_eq!(
			advertised(&config, &listening),
			[
				"/ip4/10.0.0.5/tcp/1",
				"/ip4/10.0.0.5/udp/1/quic-v1",
				"/ip4/127.0.0.1/tcp/1"
			]
		);
		config.network.advertise = vec!["/dns4/x.org/tcp/1".into()];
		assert_eq!(advertised(&config, &listening), ["/dns4/x.org/tcp/1"]);
	}
}

//! `hai-agent up`: everything an operator needs at once.

use super::{CheckFailed, asked_to_end, load_engine, warn_if_not_calibrated};
use crate::{
	adversary::NodeAdversary,
	audit::Bands,
	chain::{Chain, NodeChain},
	cli::{Flags, Global},
	compute::{Compute, EngineTokenizer, core::Limits, offer::Serving, process::ProcessRunner},
	config::{Canaries, CheckRuns, Config},
	engine::Description,
	health::{self, Heartbeat},
	job_process::Room,
	keys::Keys,
	onboarding::{Offering, bond_to_place, foresee, onboard},
	selftest::selftest,
	store::RedbStore,
};
use anyhow::{Context, Result};
use chain_client::{At, ChainClient, Planck, amount};
use clap::Args;
use peer_network::{LocalDiscovery, Network, NetworkConfig};
use receipt::Price;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// What an account keeps beside its bond, for the fees of onboarding and of many deliveries.
const FOR_FEES: Planck = amount::HAI;

/// Arguments of `up`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hai-agent up --model models/seed/seed.gguf
  hai-agent up --model model.gguf --bond 5000 --slots 2 --price-per-token 0.0001
  hai-agent up --advertise /ip4/203.0.113.7/udp/4040/quic-v1      behind a router
  hai-agent up --model model.gguf --dry-run                       what the bond would carry and could lose

It makes keys where there are none, bonds what is missing, puts address and prices on chain, and serves until
it is stopped with Ctrl-C. Keep a copy of keys.json in a safe place: it controls the bond.
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
	/// What is put at stake, in HAI [default: a tenth more than the least that the terms allow]
	#[arg(long, value_name = "HAI")]
	pub bond: Option<String>,
	/// What a call costs whatever its length, in HAI, where the workflow lets the node ask
	#[arg(long, value_name = "HAI")]
	pub price_base: Option<String>,
	/// What each token costs, in HAI, where the workflow lets the node ask
	#[arg(long, value_name = "HAI")]
	pub price_per_token: Option<String>,
	/// Read each run once before it is signed, so that a fault of this machine costs a job and not the bond [default: on]
	#[arg(long, value_name = "on|off")]
	pub check_runs: Option<CheckRuns>,
	/// Whether to plant faults with a known answer in some receipts, which finds auditors that do not look [default: on]
	#[arg(long, value_name = "on|off")]
	pub canaries: Option<Canaries>,
	/// Say what the bond would carry and could lose, and end: nothing is put on chain
	#[arg(long)]
	pub dry_run: bool,
	/// Do not run the self test first
	#[arg(long)]
	pub skip_selftest: bool,
	/// Cheat or fail on purpose, on development chains only; greedy, early-stop and other-words do nothing to an embedding
	#[arg(long, hide = true, value_name = "KIND", default_value_t = NodeAdversary::Honest)]
	pub adversary: NodeAdversary,
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
		flags.set("compute.check_runs", self.check_runs.as_ref());
		flags.set("compute.canaries", self.canaries.as_ref());
		global.load_config(flags)
	}

	/// Serves until it is asked to end.
	pub async fn run(&self, global: &Global) -> Result<()> {
		let config = self.load_config(global)?;
		let directory = global.make_data_dir()?;
		let keys = load_or_make_keys(global, &config)?;
		let chain = NodeChain::connect(&config.chain, Some(keys.account_key()?)).await?;
		self.adversary.admit(&chain.client().await.chain_type().await?)?;
		let bond = config.compute.bond.as_deref().map(amount::parse).transpose()?;
		if !self.dry_run {
			check_funds(&chain.client().await, &keys, bond).await?;
		}

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
			bond,
		};
		warn_if_not_calibrated(&*chain, description.pair).await?;
		let client = chain.client().await;
		let standing = foresee(&client, &keys, &offering).await?;
		global.show(&standing.to_string(), &standing.to_json());
		if self.dry_run {
			return Ok(());
		}
		onboard(&client, &keys, &standing).await?;

		let run_model = self.adversary.model(&model).to_owned();
		let time = Duration::from_secs(config.compute.seconds);
		let memory = config.compute.memory_mib.map(|mib| mib << 20);
		let room = Room {
			position_bytes: description.position_bytes,
			positions: serving.max_tokens,
		};
		let runner = ProcessRunner::new(run_model, model, time, memory, room);
		let draws = match (config.compute.canaries, &self.adversary) {
			(Canaries::On, NodeAdversary::Honest) => Some(keys.draw_key()?),
			// What an adversary spoils is known beforehand, and must be all that is wrong.
			(Canaries::On, _) | (Canaries::Off, _) => None,
		};
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
			checks_runs: config.compute.check_runs == CheckRuns::On && self.adversary.checks_runs(),
			post_transcripts: config.compute.post_transcripts,
			adversary: self.adversary.clone(),
			draws,
			heartbeat,
		};
		tokio::select! {
			result = compute.serve(incoming) => result,
			() = asked_to_end() => Ok(()),
		}
	}
}

/// The agent's keys; new ones, for a new account, where there is no key file yet.
fn load_or_make_keys(global: &Global, config: &Config) -> Result<Keys> {
	let path = global.in_data_dir(&config.keys);
	if path.exists() {
		return Keys::load(&path);
	}
	let keys = Keys::generate(None)?;
	keys.save_new(&path)?;
	// Not a matter of the log's level: whoever gives the account its HAI must see it.
	eprintln!(
		"new keys are in {}; keep a copy, for they control the bond\naccount  {}",
		path.display(),
		chain_client::address(&keys.account())
	);
	Ok(keys)
}

/// Ends early, with what to do, where the account cannot place its bond: loading a model takes longer than looking.
async fn check_funds(client: &ChainClient, keys: &Keys, bond: Option<Planck>) -> Result<()> {
	let view = client.view(At::Best).await?;
	let (_, terms) = view.terms().await?;
	let account = keys.account();
	let active = view.bond(&account).await?.map(|bond| bond.active);
	let missing = bond_to_place(bond, active, terms.staking.min_node_bond)?;
	let free = view.balance(&account).await?.free;
	match shortage(missing, free) {
		None => Ok(()),
		Some(short) => Err(CheckFailed(format!(
			"the account {} needs {} more: {} for its bond and {} for fees, and it has {}. \
			 Send it that much; on a development chain: hai faucet {} {}",
			chain_client::address(&account),
			amount::hai(short),
			amount::hai(missing),
			amount::hai(FOR_FEES),
			amount::hai(free),
			chain_client::address(&account),
			short.div_ceil(amount::HAI)
		))
		.into()),
	}
}

/// How much is missing to place so much and to pay for what follows; nothing where the bond stands already.
fn shortage(to_place: Planck, free: Planck) -> Option<Planck> {
	if to_place == 0 {
		return None;
	}
	Some(to_place.saturating_add(FOR_FEES).saturating_sub(free)).filter(|short| *short > 0)
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
	use clap::Parser;

	#[test]
	fn keys_are_made_once_and_kept() {
		let directory = tempfile::tempdir().expect("a temporary directory");
		let folder = directory.path().to_str().expect("UTF-8");
		let cli = crate::cli::Cli::try_parse_from(["hai-agent", "--data-dir", folder, "up"]).expect("valid");
		let config = Config::default();
		let made = load_or_make_keys(&cli.global, &config).expect("a new file");
		let loaded = load_or_make_keys(&cli.global, &config).expect("the same file");
		assert_eq!(
			(loaded.account(), loaded.public()),
			(made.account(), made.public())
		);
	}

	#[test]
	fn an_account_needs_its_bond_and_one_hai_but_nothing_once_it_is_bonded() {
		let hai = |count: Planck| count * amount::HAI;
		for (to_place, free, expected) in [
			(hai(5_500), 0, Some(hai(5_501))),
			(hai(5_500), hai(5_500), Some(hai(1))),
			(hai(5_500), hai(5_501), None),
			(0, 0, None),
		] {
			assert_eq!(shortage(to_place, free), expected, "{to_place} of {free}");
		}
	}

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

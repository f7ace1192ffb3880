//! `hai-agent gateway`: a door for OpenAI clients.

use super::asked_to_end;
use crate::{
	chain::NodeChain,
	cli::{Flags, Global},
	config::Config,
	gateway::{ChainUpstream, Gateway, router},
	health::{self, Heartbeat},
	token,
};
use anyhow::{Context, Result};
use chain_client::amount;
use clap::Args;
use peer_network::{LocalDiscovery, Network, NetworkConfig};
use std::{net::SocketAddr, path::PathBuf};
use tokio::net::TcpListener;

/// Arguments of `gateway`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hai-agent gateway --listen 127.0.0.1:8080
  curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \\
    -d '{\"model\": \"my-workflow\", \"stream\": true, \"messages\": [{\"role\": \"user\", \"content\": \"Once upon a time\"}]}'
  curl http://127.0.0.1:8080/v1/embeddings -H 'content-type: application/json' \\
    -d '{\"model\": \"my-words\", \"input\": [\"Once upon a time\", \"The ship was lost\"]}'

Every request, and of embeddings every text, is one call on chain, paid by the agent's account, at most
--max-fee each. The chosen node and the drawn auditors read the prompt.")]
pub struct GatewayArgs {
	/// Where to serve [default: 127.0.0.1:8080]
	#[arg(long, value_name = "HOST:PORT")]
	pub listen: Option<SocketAddr>,
	/// The file with the key that users show; needed beyond this machine
	#[arg(long, value_name = "FILE")]
	pub api_key_file: Option<PathBuf>,
	/// The most that one call may cost, in HAI
	#[arg(long, value_name = "HAI")]
	pub max_fee: Option<String>,
}

impl GatewayArgs {
	fn load_config(&self, global: &Global) -> Result<Config> {
		let mut flags = Flags::default();
		flags.set("gateway.listen", self.listen.as_ref());
		flags.set_path("gateway.api_key_file", self.api_key_file.as_ref());
		flags.set("gateway.max_fee", self.max_fee.as_ref());
		global.load_config(flags)
	}

	/// Serves until it is asked to end.
	pub async fn run(&self, global: &Global) -> Result<()> {
		let config = self.load_config(global)?;
		let settings = &config.gateway;
		let api_key = match &settings.api_key_file {
			Some(path) => Some(token::read(&global.in_data_dir(path))?),
			None if settings.listen.ip().is_loopback() => None,
			None => anyhow::bail!(
				"{} can be reached from other machines, and whoever reaches the gateway spends your HAI: set --api-key-file",
				settings.listen
			),
		};
		let keys = global.load_keys(&config)?;
		let key = keys.account_key()?;
		let chain = NodeChain::connect(&config.chain, None).await?;
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
		let heartbeat = Heartbeat::default();
		if let Some(listen) = config.metrics_listen {
			health::serve(listen, heartbeat.clone()).await?;
		}
		tokio::spawn(health::watch_chain(chain.clone(), heartbeat));
		let upstream = ChainUpstream::new(chain, network, key, amount::parse(&settings.max_fee)?);
		let gateway = Gateway {
			upstream,
			api_key,
			default_max_tokens: settings.default_max_tokens,
		};
		let listener = TcpListener::bind(settings.listen)
			.await
			.with_context(|| format!("cannot listen on {}: is the port free?", settings.listen))?;
		let account = chain_client::address(&keys.account());
		tracing::info!(address = %listener.local_addr()?, account, max_fee = settings.max_fee, "the gateway is ready");
		axum::serve(listener, router(gateway))
			.with_graceful_shutdown(asked_to_end())
			.await?;
		Ok(())
	}
}

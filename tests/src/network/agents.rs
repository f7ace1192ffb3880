//! Compute nodes and gateways beside the validators.

use super::Network;
use crate::process::{Running, free_port, program};
use anyhow::{Context, Result, bail};
use chain_client::{WorkflowId, workflows::PublishInput};
use std::{
	ops::Range,
	process::Command,
	time::{Duration, Instant},
};

/// The name of a compute node's folder and log: `agent-Eve--stash` for `Eve//stash`.
fn agent_name(account: &str) -> String {
	format!("agent-{}", account.replace('/', "-"))
}

impl Network {
	/// Starts a compute node for a development account and waits until it serves. Returns its index. It plants no canaries
	/// unless `extra` says `--canaries on`: such jobs take two audits.
	///
	/// # Errors
	///
	/// If it ends, or does not serve within two minutes.
	pub async fn start_agent(&mut self, name: &str, extra: &[&str]) -> Result<usize> {
		let extra = extra.iter().map(|argument| (*argument).to_owned()).collect();
		self.start_agents(&[(name.to_owned(), extra)]).await?;
		Ok(self.agents.len() - 1)
	}

	/// Starts compute nodes for some accounts at once, each with further arguments, and waits until all of them
	/// serve.
	///
	/// # Errors
	///
	/// If one ends, or does not serve within two minutes of the others.
	pub async fn start_agents(&mut self, all: &[(String, Vec<String>)]) -> Result<()> {
		let launched = self.launch_agents(all)?;
		self.agents_serve(launched).await
	}

	/// Starts compute nodes and waits for nothing, so that something else can be done while they put bond and
	/// advertisement on chain. Returns their indices, for [`Network::agents_serve`].
	///
	/// # Errors
	///
	/// If one cannot be started.
	pub fn launch_agents(&mut self, all: &[(String, Vec<String>)]) -> Result<Range<usize>> {
		let first = self.agents.len();
		for (name, extra) in all {
			self.prepare_agent(name)?;
			let extra: Vec<&str> = extra.iter().map(String::as_str).collect();
			let agent = self.spawn_agent(&agent_name(name), &extra)?;
			self.agents.push(agent);
		}
		Ok(first..self.agents.len())
	}

	/// Waits until compute nodes serve that were launched.
	///
	/// # Errors
	///
	/// If one ends, or does not serve within two minutes of the others.
	pub async fn agents_serve(&mut self, launched: Range<usize>) -> Result<()> {
		for agent in &mut self.agents[launched] {
			agent
				.says("the saved state is loaded", Duration::from_secs(120))
				.await?;
		}
		Ok(())
	}

	/// Starts an honest compute node for each of `names`, and publishes a workflow meanwhile. Returns its number when
	/// the nodes serve.
	///
	/// # Errors
	///
	/// If a node ends or does not serve, or the chain refuses the workflow.
	pub async fn serve_and_publish(
		&mut self,
		names: &[&str],
		owner: &str,
		input: PublishInput,
	) -> Result<WorkflowId> {
		let nodes: Vec<_> = names
			.iter()
			.map(|name| ((*name).to_owned(), Vec::new()))
			.collect();
		let launched = self.launch_agents(&nodes)?;
		let workflow = self.publish(owner, input).await?;
		self.agents_serve(launched).await?;
		Ok(workflow)
	}

	/// Writes the settings and keys of a compute node that has none yet.
	fn prepare_agent(&self, name: &str) -> Result<()> {
		let data = self.folder.join(agent_name(name));
		if data.exists() {
			return Ok(());
		}
		let port = free_port()?;
		std::fs::create_dir_all(&data)?;
		std::fs::write(
			data.join("hai-agent.toml"),
			format!(
				"chain = \"{}\"\n[network]\nlisten = [\"/ip4/127.0.0.1/tcp/{port}\"]\nlocal_discovery = false\n\
				 [compute]\nmodel = {:?}\ncanaries = \"off\"\n",
				self.url(0),
				self.model
			),
		)?;
		self.write_keys(&data.join("keys.json"), name, true)
	}

	/// Starts a gateway that pays from a development account, and returns its address.
	///
	/// # Errors
	///
	/// If it ends, or does not serve within a minute.
	pub async fn start_gateway(&mut self, name: &str) -> Result<String> {
		let data = self.folder.join("gateway");
		std::fs::create_dir_all(&data)?;
		self.write_keys(&data.join("keys.json"), name, true)?;
		let listen = format!("127.0.0.1:{}", free_port()?);
		let gateway = self.spawn_gateway(&listen)?;
		self.agents.push(gateway);
		let url = format!("http://{listen}");
		self.wait_for_gateway(&url).await?;
		Ok(url)
	}

	/// Ends the gateway at once and starts it again, on its old address.
	///
	/// # Errors
	///
	/// If none was started, it cannot be started again, or does not serve within a minute.
	pub async fn restart_gateway(&mut self, url: &str) -> Result<()> {
		let index = self
			.agents
			.iter()
			.position(|agent| agent.name() == "gateway")
			.context("no gateway was started")?;
		self.agents[index].kill();
		self.agents[index] = self.spawn_gateway(url.trim_start_matches("http://"))?;
		self.wait_for_gateway(url).await
	}

	fn spawn_gateway(&self, listen: &str) -> Result<Running> {
		let mut command = Command::new(program("hai-agent")?);
		command
			.arg("--data-dir")
			.arg(self.folder.join("gateway"))
			.args(["--chain", &self.url(0)])
			.args(["gateway", "--listen", listen]);
		Running::start("gateway", &self.folder, &mut command)
	}

	async fn wait_for_gateway(&self, url: &str) -> Result<()> {
		let began = Instant::now();
		while reqwest::get(format!("{url}/healthz")).await.is_err() {
			if began.elapsed() > Duration::from_secs(60) {
				bail!("the gateway does not serve:\n{}", self.logs(10));
			}
			tokio::time::sleep(Duration::from_millis(200)).await;
		}
		Ok(())
	}

	/// A running compute node.
	pub fn agent(&mut self, index: usize) -> &mut Running {
		&mut self.agents[index]
	}

	/// Starts a compute node again, on its old data.
	///
	/// # Errors
	///
	/// If it cannot be started.
	pub fn restart_agent(&mut self, index: usize, extra: &[&str]) -> Result<()> {
		let folder = self.agents[index].name().to_owned();
		self.agents[index] = self.spawn_agent(&folder, extra)?;
		Ok(())
	}

	/// The compute node whose folder and log have this name.
	fn spawn_agent(&self, name: &str, extra: &[&str]) -> Result<Running> {
		let mut command = Command::new(program("hai-agent")?);
		command
			.arg("--data-dir")
			.arg(self.folder.join(name))
			.arg("up")
			.args(extra);
		Running::start(name, &self.folder, &mut command)
	}
}

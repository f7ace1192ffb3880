//! The nodes and the verifiers of the validators.

use super::{Network, PATIENCE, Ports};
use crate::process::{Running, program};
use anyhow::{Result, bail};
use receipt::keys::KeySecrets;
use serde_json::json;
use std::{
	path::PathBuf,
	process::Command,
	time::{Duration, Instant},
};

/// The validators of the `local` preset.
pub const VALIDATORS: [&str; 4] = ["Alice", "Bob", "Charlie", "Dave"];

/// Whose node joins later, see [`Network::start_fifth_node`].
const NEWCOMER: &str = "Eve";

/// The peer identity of the first node, which the others meet first: it belongs to the node key `1`.
const FIRST_PEER: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

fn validator_name(index: usize) -> &'static str {
	VALIDATORS.get(index).copied().unwrap_or(NEWCOMER)
}

impl Network {
	/// Ends a validator's node at once.
	pub fn kill_node(&mut self, validator: usize) {
		self.nodes[validator].kill();
	}

	/// Starts a validator's node again, on its old data.
	///
	/// # Errors
	///
	/// If it cannot be started.
	pub fn restart_node(&mut self, validator: usize) -> Result<()> {
		self.nodes[validator] = self.spawn_node(validator)?;
		Ok(())
	}

	/// Waits until a validator's node answers.
	///
	/// # Errors
	///
	/// If it does not within five minutes.
	pub async fn wait_for_node(&self, validator: usize) -> Result<()> {
		let began = Instant::now();
		while let Err(error) = self.finalized(validator).await {
			if began.elapsed() > PATIENCE {
				let log = self.nodes[validator].log_tail(15);
				bail!("node {validator} does not answer: {error:#}\n{log}");
			}
			tokio::time::sleep(Duration::from_millis(250)).await;
		}
		Ok(())
	}

	/// Waits until a validator's verifier, which its node can reach by now, has loaded its model.
	///
	/// # Errors
	///
	/// If it ends, or does not say so within two minutes.
	pub async fn wait_for_verifier(&mut self, validator: usize) -> Result<()> {
		self.verifiers[validator]
			.says("the verifier is ready", Duration::from_secs(120))
			.await
	}

	/// Ends a validator's verifier at once.
	pub fn kill_verifier(&mut self, validator: usize) {
		self.verifiers[validator].kill();
	}

	/// Starts a validator's verifier again.
	///
	/// # Errors
	///
	/// If it cannot be started.
	pub fn restart_verifier(&mut self, validator: usize) -> Result<()> {
		self.verifiers[validator] = self.spawn_verifier(validator)?;
		Ok(())
	}

	/// Ends a validator's verifier and starts it again with other further arguments.
	///
	/// # Errors
	///
	/// If it cannot be started.
	pub fn replace_verifier(&mut self, validator: usize, arguments: &[&str]) -> Result<()> {
		let arguments = arguments.iter().map(|argument| (*argument).to_owned());
		self.verifier_arguments.insert(validator, arguments.collect());
		self.kill_verifier(validator);
		self.restart_verifier(validator)
	}

	/// Starts the node and the verifier of a fifth validator, which is not one yet. Returns its index; its key
	/// file, for `hai validator join --agent-keys`, is [`Network::newcomer_keys`].
	///
	/// # Errors
	///
	/// If they cannot be started, or the node does not answer within two minutes.
	pub async fn start_fifth_node(&mut self) -> Result<usize> {
		let index = self.ports.len();
		self.ports.push(Ports::free()?);
		self.write_verifier_config(index)?;
		let node = self.spawn_node(index)?;
		self.nodes.push(node);
		self.wait_for_node(index).await?;
		// What an operator does with `hai-node key insert`.
		let secrets = KeySecrets::development(NEWCOMER);
		let hex = |bytes: [u8; 32]| format!("0x{}", hex::encode(bytes));
		let key = json!(["audt", hex(secrets.audit), hex(secrets.public().audit)]);
		self.rpc(index, "author_insertKey", key).await?;
		let verifier = self.spawn_verifier(index)?;
		self.verifiers.push(verifier);
		Ok(index)
	}

	/// The key file of the validator that [`Network::start_fifth_node`] starts.
	pub fn newcomer_keys(&self) -> PathBuf {
		self.folder
			.join(format!("verifier-{}", NEWCOMER.to_lowercase()))
			.join("keys.json")
	}

	/// Starts a second node with the session keys of a validator: what an operator does who moves to
	/// another machine and forgets to stop the first. The node's index.
	///
	/// # Errors
	///
	/// If it cannot be started.
	pub fn start_twin(&mut self, validator: usize) -> Result<usize> {
		let index = self.ports.len();
		self.ports.push(Ports::free()?);
		let name = validator_name(validator).to_lowercase();
		let node = self.spawn_node_as(index, &format!("{name}-twin"), &[&format!("--{name}")])?;
		self.nodes.push(node);
		Ok(index)
	}

	pub(super) fn spawn_node(&self, index: usize) -> Result<Running> {
		let name = validator_name(index).to_lowercase();
		if index < VALIDATORS.len() {
			self.spawn_node_as(index, &name, &[&format!("--{name}")])
		} else {
			self.spawn_node_as(index, &name, &["--validator", "--name", &name])
		}
	}

	/// A node with its own folder, log and ports.
	fn spawn_node_as(&self, index: usize, name: &str, role: &[&str]) -> Result<Running> {
		let Ports { rpc, p2p, verifier } = &self.ports[index];
		let mut command = Command::new(program("hai-node")?);
		command
			.args(["--chain", &self.chain])
			.args(role)
			.arg("--base-path")
			.arg(self.folder.join(name))
			.args(["--rpc-port", &rpc.to_string()])
			.args(["--listen-addr", &format!("/ip4/127.0.0.1/tcp/{p2p}")])
			.args(["--node-key", &format!("{:064x}", index + 1)])
			.args([
				"--rpc-methods",
				"unsafe",
				"--no-prometheus",
				"--no-telemetry",
				"--no-mdns",
			])
			.args(["--verifier-url", &format!("http://127.0.0.1:{verifier}")])
			.arg("--verifier-token-file")
			.arg(self.folder.join("verifier-token"));
		if index > 0 {
			let first = self.ports[0].p2p;
			command.args([
				"--bootnodes",
				&format!("/ip4/127.0.0.1/tcp/{first}/p2p/{FIRST_PEER}"),
			]);
		}
		Running::start(name, &self.folder, &mut command)
	}

	pub(super) fn write_verifier_config(&self, index: usize) -> Result<()> {
		let name = validator_name(index);
		let data = self.folder.join(format!("verifier-{}", name.to_lowercase()));
		std::fs::create_dir_all(&data)?;
		self.write_keys(&data.join("keys.json"), name, false)?;
		std::fs::write(
			data.join("hai-agent.toml"),
			format!(
				"chain = \"{}\"\n[network]\nlocal_discovery = false\n[verify]\nlisten = \"127.0.0.1:{}\"\n\
				 token_file = {:?}\nmodels = [{:?}]\n",
				self.url(index),
				self.ports[index].verifier,
				self.folder.join("verifier-token"),
				self.model
			),
		)?;
		Ok(())
	}

	pub(super) fn spawn_verifier(&self, index: usize) -> Result<Running> {
		let name = format!("verifier-{}", validator_name(index).to_lowercase());
		let mut command = Command::new(program("hai-agent")?);
		command
			.arg("--data-dir")
			.arg(self.folder.join(&name))
			.arg("verify")
			.args(self.verifier_arguments.get(&index).into_iter().flatten());
		Running::start(&name, &self.folder, &mut command)
	}
}

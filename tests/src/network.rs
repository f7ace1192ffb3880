//! Four validators with their verifiers, and whatever else a test starts beside them.

mod agents;

use crate::process::{Running, free_port, program};
use anyhow::{Context, Result, bail};
use receipt::keys::KeySecrets;
use serde_json::{Value, json};
use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
	process::{Command, Output},
	time::{Duration, Instant},
};
use tempfile::TempDir;

/// The validators of the `local` preset.
pub const VALIDATORS: [&str; 4] = ["Alice", "Bob", "Charlie", "Dave"];

/// Whose node joins later, see [`Network::start_fifth_node`].
const NEWCOMER: &str = "Eve";

/// The peer identity of the first node, which the others meet first: it belongs to the node key `1`.
const FIRST_PEER: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

/// What a network is started with.
#[derive(Clone, Debug)]
pub struct Options {
	/// The model that compute nodes run and verifiers check.
	pub model: PathBuf,
	/// Where everything is kept; a temporary folder that goes with the network if absent.
	pub folder: Option<PathBuf>,
	/// Further arguments of a validator's verifier, by the validator's index.
	pub verifiers: BTreeMap<usize, Vec<String>>,
	/// What is changed in the terms of genesis, by the path below `terms`: (`/verification/canary_rate`, 1000000).
	pub terms: Vec<(String, Value)>,
}

impl Default for Options {
	fn default() -> Self {
		Self {
			model: seed_model(),
			folder: None,
			verifiers: BTreeMap::new(),
			terms: Vec::new(),
		}
	}
}

/// The model that ships with the project.
pub fn seed_model() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/seed/seed.gguf")
}

/// The number of a block, from its header as the RPC shows it.
fn height(header: &Value) -> Result<u64> {
	let number = header["number"].as_str().context("a header has a number")?;
	Ok(u64::from_str_radix(number.trim_start_matches("0x"), 16)?)
}

fn validator_name(index: usize) -> &'static str {
	VALIDATORS.get(index).copied().unwrap_or(NEWCOMER)
}

/// Writes the chain `local` with other terms, and returns the file's path.
fn write_chain(folder: &Path, terms: &[(String, Value)]) -> Result<String> {
	let output = Command::new(program("hai-node")?)
		.args(["export-chain-spec", "--chain", "local"])
		.output()?;
	if !output.status.success() {
		bail!(
			"the chain could not be written: {}",
			String::from_utf8_lossy(&output.stderr)
		);
	}
	let mut chain: Value = serde_json::from_slice(&output.stdout).context("a chain is written as JSON")?;
	let genesis = &mut chain["genesis"]["runtimeGenesis"];
	// A preset's numbers stand in a patch of the defaults, or are the whole configuration.
	let kind = ["patch", "config"]
		.into_iter()
		.find(|kind| genesis[*kind]["terms"].is_object())
		.context("the genesis has terms")?;
	for (path, value) in terms {
		let place = genesis[kind]["terms"]["terms"]
			.pointer_mut(path)
			.with_context(|| format!("the terms have no {path}"))?;
		*place = value.clone();
	}
	let file = folder.join("chain.json");
	std::fs::write(&file, serde_json::to_vec(&chain)?)?;
	file.into_os_string()
		.into_string()
		.map_err(|path| anyhow::anyhow!("the path {} is not UTF-8", path.display()))
}

struct Ports {
	rpc: u16,
	p2p: u16,
	verifier: u16,
}

/// How long one command may take, and one call of which nothing else is said, the whole life of its job included.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// A running chain of four validators.
pub struct Network {
	folder: PathBuf,
	model: PathBuf,
	ports: Vec<Ports>,
	verifier_arguments: BTreeMap<usize, Vec<String>>,
	/// What the nodes are started with: the name of a chain, or the file of one.
	chain: String,
	nodes: Vec<Running>,
	verifiers: Vec<Running>,
	agents: Vec<Running>,
	/// Ends with the network, unless a folder was given: after the processes that write into it, so it stands last.
	_temporary: Option<TempDir>,
}

impl Drop for Network {
	/// An assertion that fails says nothing of the processes.
	fn drop(&mut self) {
		if std::thread::panicking() {
			eprintln!("{}", self.logs(25));
		}
	}
}

impl Network {
	/// Starts four validators, each with its verifier, and waits until blocks become final and all verifiers
	/// are ready.
	///
	/// # Errors
	///
	/// If a program is missing or ends, or nothing is final within four minutes.
	pub async fn start(options: Options) -> Result<Self> {
		let temporary = match options.folder {
			Some(_) => None,
			None => Some(tempfile::Builder::new().prefix("hai-net-").tempdir()?),
		};
		let folder = match (&options.folder, &temporary) {
			(Some(folder), _) => folder.clone(),
			(None, Some(folder)) => folder.path().to_path_buf(),
			(None, None) => unreachable!("one of them was made above"),
		};
		std::fs::create_dir_all(&folder)?;
		let mut ports = Vec::new();
		for _ in VALIDATORS {
			ports.push(Ports {
				rpc: free_port()?,
				p2p: free_port()?,
				verifier: free_port()?,
			});
		}
		std::fs::write(folder.join("verifier-token"), "a token for this network only")?;
		let chain = if options.terms.is_empty() {
			"local".to_owned()
		} else {
			write_chain(&folder, &options.terms)?
		};
		let mut network = Self {
			folder,
			model: options.model,
			ports,
			verifier_arguments: options.verifiers,
			chain,
			nodes: Vec::new(),
			verifiers: Vec::new(),
			agents: Vec::new(),
			_temporary: temporary,
		};
		for index in 0..VALIDATORS.len() {
			network.write_verifier_config(index)?;
			let node = network.spawn_node(index)?;
			network.nodes.push(node);
		}
		// A verifier loads its model while the first blocks become final.
		for index in 0..VALIDATORS.len() {
			network.wait_for_node(index).await?;
			let verifier = network.spawn_verifier(index)?;
			network.verifiers.push(verifier);
		}
		network.wait_for_finality(2, Duration::from_secs(240)).await?;
		for index in 0..VALIDATORS.len() {
			network.wait_for_verifier(index).await?;
		}
		Ok(network)
	}

	/// The folder with logs, keys and databases.
	pub fn folder(&self) -> &Path {
		&self.folder
	}

	/// The model in use.
	pub fn model(&self) -> &Path {
		&self.model
	}

	/// The WebSocket address of one validator.
	pub fn url(&self, validator: usize) -> String {
		format!("ws://127.0.0.1:{}", self.ports[validator].rpc)
	}

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
	/// If it does not within two minutes.
	pub async fn wait_for_node(&self, validator: usize) -> Result<()> {
		let began = Instant::now();
		while let Err(error) = self.finalized(validator).await {
			if began.elapsed() > Duration::from_secs(120) {
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
		self.ports.push(Ports {
			rpc: free_port()?,
			p2p: free_port()?,
			verifier: free_port()?,
		});
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

	/// Runs `hai` and returns what it printed.
	///
	/// # Errors
	///
	/// If it cannot be started, or does not end within five minutes.
	pub async fn hai(&self, arguments: &[&str]) -> Result<Output> {
		let mut command = tokio::process::Command::new(program("hai")?);
		command
			.args(arguments)
			.env("HAI_URL", self.url(0))
			.env("HAI_DATA_DIR", self.folder.join("cli"))
			.kill_on_drop(true);
		let output = tokio::time::timeout(PATIENCE, command.output())
			.await
			.with_context(|| format!("`hai {}` did not end within {PATIENCE:?}", arguments.join(" ")))?;
		Ok(output?)
	}

	/// Runs `hai --json` and returns the object it printed.
	///
	/// # Errors
	///
	/// If it failed, with what it said.
	pub async fn hai_json(&self, arguments: &[&str]) -> Result<Value> {
		let mut all = vec!["--json"];
		all.extend(arguments);
		let output = self.hai(&all).await?;
		let text = String::from_utf8_lossy(&output.stdout);
		if !output.status.success() {
			bail!(
				"`hai {}` failed ({}):\n{text}{}",
				arguments.join(" "),
				output.status,
				String::from_utf8_lossy(&output.stderr)
			);
		}
		let last = text.lines().last().unwrap_or_default();
		serde_json::from_str(last)
			.or_else(|_| serde_json::from_str(&text))
			.with_context(|| format!("`hai --json {}` printed no JSON: {text}", arguments.join(" ")))
	}

	/// Waits until block `number` is final.
	///
	/// # Errors
	///
	/// If it is not within `limit`.
	pub async fn wait_for_finality(&mut self, number: u64, limit: Duration) -> Result<()> {
		let began = Instant::now();
		loop {
			if self
				.finalized(0)
				.await
				.is_ok_and(|final_number| final_number >= number)
			{
				return Ok(());
			}
			if began.elapsed() > limit {
				bail!("block {number} was not final within {limit:?}:\n{}", self.logs(8));
			}
			if began.elapsed() > Duration::from_secs(2) && !self.nodes.iter_mut().any(Running::is_running) {
				bail!("every node ended:\n{}", self.logs(8));
			}
			tokio::time::sleep(Duration::from_millis(250)).await;
		}
	}

	/// The number of the newest block, as a validator knows it.
	///
	/// # Errors
	///
	/// If it does not answer.
	pub async fn best(&self, validator: usize) -> Result<u64> {
		height(&self.rpc(validator, "chain_getHeader", json!([])).await?)
	}

	/// The number of the last final block, as a validator knows it.
	///
	/// # Errors
	///
	/// If it does not answer.
	pub async fn finalized(&self, validator: usize) -> Result<u64> {
		let hash = self.rpc(validator, "chain_getFinalizedHead", json!([])).await?;
		height(&self.rpc(validator, "chain_getHeader", json!([hash])).await?)
	}

	/// Calls one RPC method of a validator.
	///
	/// # Errors
	///
	/// If it does not answer, or answers with an error.
	pub async fn rpc(&self, validator: usize, method: &str, parameters: Value) -> Result<Value> {
		let url = format!("http://127.0.0.1:{}", self.ports[validator].rpc);
		let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
		let answer: Value = reqwest::Client::new()
			.post(url)
			.json(&body)
			.timeout(Duration::from_secs(10))
			.send()
			.await?
			.json()
			.await?;
		if let Some(error) = answer.get("error") {
			bail!("{method}: {error}");
		}
		Ok(answer["result"].clone())
	}

	/// The end of every log, for a failed test.
	pub fn logs(&self, lines: usize) -> String {
		self.nodes
			.iter()
			.chain(&self.verifiers)
			.chain(&self.agents)
			.map(|running| format!("--- {}\n{}\n", running.name(), running.log_tail(lines)))
			.collect()
	}

	/// Starts a second node with the session keys of a validator: what an operator does who moves to
	/// another machine and forgets to stop the first. The node's index.
	///
	/// # Errors
	///
	/// If it cannot be started.
	pub fn start_twin(&mut self, validator: usize) -> Result<usize> {
		let index = self.ports.len();
		self.ports.push(Ports {
			rpc: free_port()?,
			p2p: free_port()?,
			verifier: free_port()?,
		});
		let name = validator_name(validator).to_lowercase();
		let node = self.spawn_node_as(index, &format!("{name}-twin"), &[&format!("--{name}")])?;
		self.nodes.push(node);
		Ok(index)
	}

	fn spawn_node(&self, index: usize) -> Result<Running> {
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

	fn write_verifier_config(&self, index: usize) -> Result<()> {
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

	fn spawn_verifier(&self, index: usize) -> Result<Running> {
		let name = format!("verifier-{}", validator_name(index).to_lowercase());
		let mut command = Command::new(program("hai-agent")?);
		command
			.arg("--data-dir")
			.arg(self.folder.join(&name))
			.arg("verify")
			.args(self.verifier_arguments.get(&index).into_iter().flatten());
		Running::start(&name, &self.folder, &mut command)
	}

	/// Writes the well-known keys of a development account.
	fn write_keys(&self, path: &Path, name: &str, with_account: bool) -> Result<()> {
		use std::os::unix::fs::PermissionsExt;
		let secrets = KeySecrets::development(name);
		let suri = format!("//{name}");
		let account = chain_client::Key::from_suri(&suri)?;
		let hex = |bytes: [u8; 32]| format!("0x{}", hex::encode(bytes));
		let mut file = json!({
			"account": chain_client::address(&account.account()),
			"peer": hex(secrets.peer),
			"encryption": hex(secrets.encryption),
			"audit": hex(secrets.audit),
		});
		if with_account {
			file["account_secret"] = suri.into();
		}
		std::fs::write(path, file.to_string())?;
		std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
		Ok(())
	}
}

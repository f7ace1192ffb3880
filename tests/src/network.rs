//! Four validators with their verifiers, and whatever else a test starts beside them.

mod agents;
mod command_line;
mod rpc;
mod validators;

pub use validators::VALIDATORS;

use crate::process::{Running, free_port, program};
use anyhow::{Context, Result, bail};
use receipt::keys::KeySecrets;
use serde_json::{Value, json};
use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
	process::Command,
	time::Duration,
};
use tempfile::TempDir;

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

impl Ports {
	/// Ports that nobody uses.
	fn free() -> Result<Self> {
		Ok(Self {
			rpc: free_port()?,
			p2p: free_port()?,
			verifier: free_port()?,
		})
	}
}

/// How long one command may take, a node until it answers, and one call of which nothing else is said, the whole life of its
/// job included.
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
			ports.push(Ports::free()?);
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

	/// The end of every log, for a failed test.
	pub fn logs(&self, lines: usize) -> String {
		self.nodes
			.iter()
			.chain(&self.verifiers)
			.chain(&self.agents)
			.map(|running| format!("--- {}\n{}\n", running.name(), running.log_tail(lines)))
			.collect()
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

//! Settings: defaults < `hai-agent.toml` < `HAI_AGENT_*` variables < flags.
//!
//! A variable names a setting in capitals, with two underscores between the parts:
//! `HAI_AGENT_COMPUTE__SLOTS=2`.

use figment::{
	Figment, Provider,
	providers::{Env, Format, Serialized, Toml},
	value::Value,
};
use serde::{Deserialize, Deserializer, Serialize};
use std::{
	net::SocketAddr,
	path::{Path, PathBuf},
};

/// The name of the settings' file in the data directory.
pub const FILE: &str = "hai-agent.toml";

/// All settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
	/// The WebSocket address of a node of the chain.
	pub chain: String,
	/// The key file, in the data directory unless the path is absolute.
	pub keys: PathBuf,
	/// Where `/metrics`, `/healthz` and `/readyz` are served; nowhere if absent.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub metrics_listen: Option<SocketAddr>,
	/// The network of peers.
	pub network: NetworkSettings,
	/// The compute role.
	pub compute: ComputeSettings,
	/// The verifier role.
	pub verify: VerifySettings,
	/// The gateway.
	pub gateway: GatewaySettings,
}

/// How this machine is reached by other peers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSettings {
	/// Where the compute role listens.
	pub listen: Vec<String>,
	/// What stands on chain; where it listens, if empty. Needed behind a router.
	pub advertise: Vec<String>,
	/// Peers to meet first, as addresses that end in `/p2p/PEER_ID`.
	pub bootstrap: Vec<String>,
	/// Whether peers are looked for in the local network.
	pub local_discovery: bool,
}

/// What the compute role runs and asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ComputeSettings {
	/// The GGUF file.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub model: Option<PathBuf>,
	/// Jobs that run at once.
	pub slots: u16,
	/// The longest job, prompt and answer together, in tokens.
	pub max_tokens: u32,
	/// What is put at stake, in HAI; a tenth more than the least that the terms allow if absent.
	#[serde(skip_serializing_if = "Option::is_none", deserialize_with = "optional_amount")]
	pub bond: Option<String>,
	/// What a call costs whatever its length, in HAI; counts where the workflow's price lets the node ask.
	#[serde(deserialize_with = "amount")]
	pub price_base: String,
	/// What each token costs, in HAI; likewise.
	#[serde(deserialize_with = "amount")]
	pub price_per_token: String,
	/// Blocks for which a ticket can be used.
	pub ticket_blocks: u32,
	/// Blocks for which a transcript is kept after its job has ended.
	pub keep_blocks: u32,
	/// The most memory of one run, or of its check, in MiB; what the model's size suggests if absent.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub memory_mib: Option<u64>,
	/// The longest run, in seconds.
	pub seconds: u64,
	/// Whether each run that can be audited is read once here before it is signed, `on` or `off`. That takes a part of the
	/// run's time and the memory of the model once more, and a job whose run is invalid is cancelled, which costs no bond.
	pub check_runs: CheckRuns,
	/// Whether a transcript that auditors of a court do not fetch is put, sealed to them, into a block. That costs a
	/// fee by its length, and less than being found unavailable.
	pub post_transcripts: bool,
	/// Whether faults with a known answer are planted in some receipts, `on` or `off`. Such a job takes two audits until
	/// it is paid, and its node a small reward.
	pub canaries: Canaries,
}

/// Whether the node reads each of its runs once before it signs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum CheckRuns {
	/// It does: a fault of its machine costs a job and not the bond.
	#[default]
	On,
	/// It does not.
	Off,
}

/// Whether the node plants faults with a known answer, where its draw says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Canaries {
	/// It does: auditors that do not look are found out by it.
	#[default]
	On,
	/// It does not.
	Off,
}

/// What the verifier role needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerifySettings {
	/// Where the validator's node asks.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub listen: Option<SocketAddr>,
	/// The file with the token that the validator's node must show.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub token_file: Option<PathBuf>,
	/// The key files of the validators for which it audits; the agent's own one if empty.
	pub keys: Vec<PathBuf>,
	/// The models that it can check.
	pub models: Vec<PathBuf>,
}

/// What the gateway needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GatewaySettings {
	/// Where it serves.
	pub listen: SocketAddr,
	/// The file with the key that its users must show; without it anyone who reaches the address can spend.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub api_key_file: Option<PathBuf>,
	/// The most that one call may cost, in HAI.
	#[serde(deserialize_with = "amount")]
	pub max_fee: String,
	/// The tokens of an answer when the request names no number.
	pub default_max_tokens: u32,
}

/// An amount of HAI, as text or as a number: a variable such as `HAI_AGENT_COMPUTE__BOND=5000` comes as a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Amount {
	Whole(u64),
	Decimal(f64),
	Text(String),
}

impl From<Amount> for String {
	fn from(amount: Amount) -> Self {
		match amount {
			Amount::Whole(number) => number.to_string(),
			// Written without an exponent and as short as reads back the same.
			Amount::Decimal(number) => number.to_string(),
			Amount::Text(text) => text,
		}
	}
}

fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
	Amount::deserialize(deserializer).map(String::from)
}

fn optional_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
	let amount = Option::<Amount>::deserialize(deserializer)?;
	Ok(amount.map(String::from))
}

impl Default for Config {
	fn default() -> Self {
		Self {
			chain: "ws://127.0.0.1:9944".into(),
			keys: "keys.json".into(),
			metrics_listen: None,
			network: NetworkSettings::default(),
			compute: ComputeSettings::default(),
			verify: VerifySettings::default(),
			gateway: GatewaySettings::default(),
		}
	}
}

impl Default for NetworkSettings {
	fn default() -> Self {
		Self {
			listen: vec![
				"/ip4/0.0.0.0/udp/4040/quic-v1".into(),
				"/ip4/0.0.0.0/tcp/4040".into(),
			],
			advertise: Vec::new(),
			bootstrap: Vec::new(),
			local_discovery: true,
		}
	}
}

impl Default for ComputeSettings {
	fn default() -> Self {
		Self {
			model: None,
			slots: 1,
			max_tokens: 512,
			bond: None,
			price_base: "0".into(),
			price_per_token: "0".into(),
			ticket_blocks: 30,
			keep_blocks: 100,
			memory_mib: None,
			seconds: 600,
			check_runs: CheckRuns::On,
			post_transcripts: true,
			canaries: Canaries::On,
		}
	}
}

impl Default for GatewaySettings {
	fn default() -> Self {
		Self {
			listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
			api_key_file: None,
			max_fee: "10".into(),
			default_max_tokens: 128,
		}
	}
}

/// Settings that contradict themselves or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
	/// A value has the wrong shape; figment names the place.
	#[error("the settings cannot be read: {0}")]
	Unreadable(String),
	/// A value is out of bounds.
	#[error("the setting {name} {problem}")]
	Value {
		/// Its name.
		name: &'static str,
		/// What is wrong with it and what would be right.
		problem: String,
	},
}

impl Config {
	/// Reads the settings; `flags` are (name, value) pairs that win over file and environment.
	pub fn load(file: &Path, flags: Vec<(&'static str, Value)>) -> Result<Self, ConfigError> {
		let environment = Env::prefixed("HAI_AGENT_")
			.ignore(&["data_dir", "config", "log"])
			.split("__");
		Self::load_from(file, environment, flags)
	}

	fn load_from(
		file: &Path,
		environment: impl Provider,
		flags: Vec<(&'static str, Value)>,
	) -> Result<Self, ConfigError> {
		let mut figment = Figment::from(Serialized::defaults(Self::default()));
		// The settings may do without a file.
		if file.is_file() {
			figment = figment.merge(Toml::file_exact(file));
		}
		figment = figment.merge(environment);
		for (name, value) in flags {
			figment = figment.merge(Serialized::default(name, value));
		}
		let config: Self = figment
			.extract()
			.map_err(|error| ConfigError::Unreadable(error.to_string()))?;
		config.check()?;
		Ok(config)
	}

	/// Checks what the types cannot say.
	pub fn check(&self) -> Result<(), ConfigError> {
		let wrong = |name, problem: String| Err(ConfigError::Value { name, problem });
		if !self.chain.starts_with("ws://") && !self.chain.starts_with("wss://") {
			return wrong(
				"chain",
				format!("is '{}': write ws://HOST:PORT or wss://HOST:PORT", self.chain),
			);
		}
		for (name, addresses) in [
			("network.listen", &self.network.listen),
			("network.advertise", &self.network.advertise),
			("network.bootstrap", &self.network.bootstrap),
		] {
			for address in addresses {
				peer_network::check_address(address)
					.or_else(|error| wrong(name, format!("is wrong: {error}")))?;
			}
		}
		if self.network.advertise.len() > 4 {
			return wrong(
				"network.advertise",
				"has more than the four addresses that fit on chain".into(),
			);
		}
		if self.compute.slots == 0 {
			return wrong(
				"compute.slots",
				"is 0: a node runs at least one job at a time".into(),
			);
		}
		if self.compute.max_tokens < 2 {
			return wrong(
				"compute.max_tokens",
				"is below 2: prompt and answer have at least one token each".into(),
			);
		}
		for (name, amount) in [
			("compute.bond", self.compute.bond.as_ref()),
			("compute.price_base", Some(&self.compute.price_base)),
			("compute.price_per_token", Some(&self.compute.price_per_token)),
			("gateway.max_fee", Some(&self.gateway.max_fee)),
		] {
			if let Some(amount) = amount {
				chain_client::amount::parse(amount)
					.map(drop)
					.or_else(|error| wrong(name, format!("is wrong: {error}")))?;
			}
		}
		if self.compute.ticket_blocks == 0 {
			return wrong(
				"compute.ticket_blocks",
				"is 0: such a ticket could never be used".into(),
			);
		}
		Ok(())
	}

	/// The commented file that `init` writes.
	pub fn template(&self) -> Result<String, toml::ser::Error> {
		Ok(format!(
			"# Settings of hai-agent. What is left out has its default; `hai-agent config check` shows what counts.\n\
			 # An environment variable such as HAI_AGENT_COMPUTE__SLOTS=2 wins over this file, a flag over both.\n\n{}",
			toml::to_string_pretty(self)?
		))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn load(toml: &str, flags: Vec<(&'static str, Value)>) -> Result<Config, ConfigError> {
		let directory = tempfile::tempdir().expect("a temporary directory");
		let path = directory.path().join(FILE);
		std::fs::write(&path, toml).expect("written");
		Config::load(&path, flags)
	}

	#[test]
	fn flags_win_over_the_file_and_the_file_over_defaults() {
		let config = load(
			"[compute]\nslots = 3\nmax_tokens = 64\n",
			vec![("compute.slots", Value::from(5))],
		)
		.expect("valid");
		assert_eq!((config.compute.slots, config.compute.max_tokens), (5, 64));
		assert_eq!(config.chain, Config::default().chain);
	}

	#[test]
	fn without_a_file_the_defaults_count() {
		let config = Config::load(Path::new("/nowhere/hai-agent.toml"), vec![]).expect("valid");
		assert_eq!(config, Config::default());
	}

	#[test]
	fn the_template_reads_back_as_the_same_settings() {
		let mut config = Config::default();
		config.compute.model = Some("/models/a.gguf".into());
		assert_eq!(
			load(&config.template().expect("encodes"), vec![]).expect("valid"),
			config
		);
	}

	#[test]
	fn amounts_may_be_texts_or_numbers() {
		// What a variable's text becomes before the settings see it.
		for (value, expected) in [
			("5000", "5000"),
			("0.25", "0.25"),
			("0.0000001", "0.0000001"),
			("'0.5'", "0.5"),
			("5e3", "5000"),
		] {
			let toml =
				format!("[compute]\nbond = {value}\nprice_per_token = {value}\n[gateway]\nmax_fee = {value}");
			let config = load(&toml, vec![]).expect(value);
			assert_eq!(
				[
					config.compute.bond.as_deref(),
					Some(&*config.compute.price_per_token),
					Some(&*config.gateway.max_fee)
				],
				[Some(expected); 3]
			);
		}
		let variable = Serialized::default("compute.bond", Value::from(5000u16));
		let config = Config::load_from(Path::new("/nowhere"), variable, vec![]).expect("a number");
		assert_eq!(config.compute.bond.as_deref(), Some("5000"));
		assert!(load("[compute]\nbond = -5", vec![]).is_err());
	}

	#[test]
	fn canaries_are_on_unless_they_are_turned_off() {
		assert_eq!(load("", vec![]).expect("valid").compute.canaries, Canaries::On);
		for (toml, flags) in [
			("[compute]\ncanaries = 'off'", vec![]),
			(
				"[compute]\ncanaries = 'on'",
				vec![("compute.canaries", Value::from("off"))],
			),
		] {
			let config = load(toml, flags).expect("valid");
			assert_eq!(config.compute.canaries, Canaries::Off);
		}
	}

	#[test]
	fn runs_are_checked_unless_that_is_turned_off() {
		assert_eq!(load("", vec![]).expect("valid").compute.check_runs, CheckRuns::On);
		for (toml, flags) in [
			("[compute]\ncheck_runs = 'off'", vec![]),
			(
				"[compute]\ncheck_runs = 'on'",
				vec![("compute.check_runs", Value::from("off"))],
			),
		] {
			let config = load(toml, flags).expect("valid");
			assert_eq!(config.compute.check_runs, CheckRuns::Off);
		}
	}

	#[test]
	fn errors_name_the_setting() {
		for (toml, name) in [
			("chain = 'http://x'", "chain"),
			("[compute]\nslots = 0", "compute.slots"),
			("[compute]\nslot = 1", "slot"),
			("[compute]\ncanaries = 'some'", "canaries"),
			("[compute]\ncheck_runs = 'some'", "check_runs"),
			("[compute]\nbond = 'much'", "compute.bond"),
			("[network]\nlisten = ['localhost:1']", "network.listen"),
			("[gateway]\nlisten = 8080", "listen"),
		] {
			let error = load(toml, vec![]).expect_err(toml).to_string();
			assert!(error.contains(name), "{toml}: {error}");
		}
	}
}

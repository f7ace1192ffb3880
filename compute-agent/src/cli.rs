//! What a person types.

use crate::{
	commands::{calibrate, config, doctor, gateway, init, selftest, shell, up, verify},
	config::{Config, FILE},
	keys::Keys,
};
use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand};
use serde_json::Value;
use std::{
	net::SocketAddr,
	path::{Path, PathBuf},
};

/// Runs AI jobs, audits those of others, and serves an OpenAI-compatible gateway.
#[derive(Debug, Parser)]
#[command(
	name = "hai-agent",
	version,
	after_help = "Examples:
  hai-agent init                                  make keys and settings
  hai-agent doctor                                check this machine
  hai-agent up --model model.gguf                 earn with this machine
  hai-agent verify --listen 127.0.0.1:9800 --token-file token.txt --model model.gguf
  hai-agent gateway --listen 127.0.0.1:8080       let OpenAI clients call workflows
  hai-agent calibrate model.gguf --out model.json measure a model before it is registered

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no connection to a node (of `calibrate`: a pair is refused),
4 a check failed, 5 wrong settings."
)]
pub struct Cli {
	/// Options of all commands.
	#[command(flatten)]
	pub global: Global,
	/// What to do.
	#[command(subcommand)]
	pub command: Command,
}

/// The library of the network calls it a warning to have no peers yet, and llama.cpp tells much of itself.
const LOG: &str = "info,libp2p_kad=error,libp2p_mdns=warn,libp2p_swarm=warn,llama-cpp-2=error";

/// Options of all commands.
#[derive(Clone, Debug, Args)]
pub struct Global {
	/// Where keys, settings and state are kept [default: ~/.local/share/hai-agent]
	#[arg(long, global = true, env = "HAI_AGENT_DATA_DIR", value_name = "DIR")]
	pub data_dir: Option<PathBuf>,
	/// The settings [default: hai-agent.toml in the data directory]
	#[arg(long, global = true, env = "HAI_AGENT_CONFIG", value_name = "FILE")]
	pub config: Option<PathBuf>,
	/// The WebSocket address of a node, such as ws://127.0.0.1:9944
	#[arg(long, global = true, value_name = "URL")]
	pub chain: Option<String>,
	/// The key file [default: keys.json in the data directory]
	#[arg(long = "key-file", global = true, value_name = "FILE")]
	pub key_file: Option<PathBuf>,
	/// Where /metrics, /healthz and /readyz are served [default: nowhere]
	#[arg(long, global = true, value_name = "HOST:PORT")]
	pub metrics_listen: Option<SocketAddr>,
	/// What is logged, such as info, debug or compute_agent=debug
	#[arg(long, global = true, env = "HAI_AGENT_LOG", default_value = LOG, value_name = "FILTER")]
	pub log: String,
	/// Print results as one JSON object on stdout; logs go to stderr in any case
	#[arg(long, global = true)]
	pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Make keys and settings.
	Init(init::InitArgs),
	/// Earn with this machine: bond, advertise, serve.
	Up(Box<up::UpArgs>),
	/// Check the work of others for a validator.
	Verify(verify::VerifyArgs),
	/// Let OpenAI clients call workflows, paid by this agent's account.
	Gateway(gateway::GatewayArgs),
	/// Check hardware, ports, clock, files and the chain.
	Doctor(doctor::DoctorArgs),
	/// Check whether honest runs of this machine would pass an audit.
	Selftest(selftest::SelftestArgs),
	/// Measure what honest runs of a model differ by, and what an audit of it catches.
	Calibrate(calibrate::CalibrateArgs),
	/// Look at the settings.
	#[command(subcommand)]
	Config(config::ConfigCommand),
	/// Print the script by which a shell completes lines of this program.
	Completions(shell::CompletionsArgs),
	/// Write manual pages.
	Man(shell::ManArgs),
	/// Run one job and exit. Started by `up`; not for people.
	#[command(name = crate::job_process::ARGUMENT, hide = true)]
	Job,
}

impl Global {
	/// Where keys, settings and state are kept.
	pub fn data_dir(&self) -> PathBuf {
		let home = || {
			std::env::var_os("HOME")
				.map(PathBuf::from)
				.unwrap_or_else(|| ".".into())
		};
		let usual = || {
			let data = std::env::var_os("XDG_DATA_HOME")
				.map(PathBuf::from)
				.filter(|path| path.is_absolute());
			data.unwrap_or_else(|| home().join(".local/share"))
				.join("hai-agent")
		};
		self.data_dir.clone().unwrap_or_else(usual)
	}

	/// Where the settings are.
	pub fn config_file(&self) -> PathBuf {
		self.config.clone().unwrap_or_else(|| self.data_dir().join(FILE))
	}

	/// The settings with a command's flags on top.
	pub fn load_config(&self, mut flags: Flags) -> Result<Config> {
		if let Some(file) = &self.config {
			ensure!(file.is_file(), "there is no file {}", file.display());
		}
		flags.set("chain", self.chain.as_ref());
		flags.set_path("keys", self.key_file.as_ref());
		flags.set("metrics_listen", self.metrics_listen.as_ref());
		Ok(Config::load(&self.config_file(), flags.0)?)
	}

	/// A path from the settings: those that are not absolute begin in the data directory.
	pub fn in_data_dir(&self, path: &Path) -> PathBuf {
		self.data_dir().join(path)
	}

	/// The agent's keys.
	pub fn load_keys(&self, config: &Config) -> Result<Keys> {
		Keys::load(&self.in_data_dir(&config.keys))
	}

	/// The data directory, made if it is not there, readable only by its owner.
	pub fn make_data_dir(&self) -> Result<PathBuf> {
		use std::os::unix::fs::DirBuilderExt;
		let directory = self.data_dir();
		std::fs::DirBuilder::new()
			.recursive(true)
			.mode(0o700)
			.create(&directory)
			.with_context(|| format!("cannot make the data directory {}", directory.display()))?;
		Ok(directory)
	}

	/// Shows a result: `text` for people, `value` for programs.
	pub fn show(&self, text: &str, value: &Value) {
		if self.json {
			println!("{value}");
		} else {
			println!("{text}");
		}
	}
}

/// Settings that a command's flags override.
#[derive(Debug, Default)]
pub struct Flags(Vec<(&'static str, figment::value::Value)>);

impl Flags {
	/// Overrides a setting if the flag was given.
	pub fn set<T: serde::Serialize + ?Sized>(&mut self, name: &'static str, value: Option<&T>) {
		if let Some(value) = value {
			let value =
				figment::value::Value::serialize(value).expect("flags are numbers, texts and lists of them");
			self.0.push((name, value));
		}
	}

	/// Overrides a path if the flag was given. What is typed begins where it is typed, not in the data directory.
	pub fn set_path(&mut self, name: &'static str, value: Option<&PathBuf>) {
		self.set(name, value.map(|path| absolute(path)).as_ref());
	}

	/// Overrides a list of paths if the flag was given at least once.
	pub fn set_paths(&mut self, name: &'static str, values: &[PathBuf]) {
		self.set_list(
			name,
			&values.iter().map(|path| absolute(path)).collect::<Vec<_>>(),
		);
	}

	/// Overrides a list if the flag was given at least once.
	pub fn set_list<T: serde::Serialize>(&mut self, name: &'static str, values: &[T]) {
		self.set(name, Some(values).filter(|values| !values.is_empty()));
	}
}

fn absolute(path: &Path) -> PathBuf {
	std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_is_consistent() {
		Cli::command().debug_assert();
	}

	/// Looks at every command for people that does something itself.
	fn each_leaf(command: &mut clap::Command, path: &str, look: &mut impl FnMut(&str, &str)) {
		let path = format!("{path} {}", command.get_name());
		if !command.has_subcommands() {
			return look(&path, &command.render_help().to_string());
		}
		for command in command
			.get_subcommands_mut()
			.filter(|command| !command.is_hide_set())
		{
			each_leaf(command, &path, look);
		}
	}

	#[test]
	fn every_command_shows_an_example_of_itself() {
		each_leaf(&mut Cli::command(), "", &mut |path, help| {
			let example = help.split("Example").nth(1);
			let words = path.split_whitespace();
			assert!(
				example.is_some_and(|example| example
					.lines()
					.any(|line| words.clone().all(|word| line.contains(word)))),
				"{path}:\n{help}"
			);
		});
	}

	#[test]
	fn the_agent_can_start_itself_for_a_job() {
		let cli =
			Cli::try_parse_from(["hai-agent", crate::job_process::ARGUMENT]).expect("hidden, but there");
		assert!(matches!(cli.command, Command::Job));
	}

	#[test]
	fn global_options_come_before_or_after_the_command() {
		for line in ["hai-agent --json doctor", "hai-agent doctor --json"] {
			let cli = Cli::try_parse_from(line.split(' ')).expect(line);
			assert!(cli.global.json);
		}
	}
}

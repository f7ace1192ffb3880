//! `hai-agent doctor`: is this machine ready?

use super::CheckFailed;
use crate::{
	chain::{Chain, NodeChain},
	cli::{Flags, Global},
	clock,
	config::Config,
	job_process::loaded_bytes,
	keys::Keys,
};
use anyhow::Result;
use chain_client::{At, amount};
use clap::Args;
use peer_network::{LocalDiscovery, Network, NetworkConfig};
use serde::Serialize;
use std::{io::Read, path::Path};
use sysinfo::{Disks, System};

/// The least free space in the data directory.
const MIN_DISK: u64 = 1 << 30;

/// The most by which the clock may be off, in seconds.
const MAX_OFFSET: i64 = 5;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hai-agent doctor
  hai-agent doctor --json
  hai-agent --chain ws://10.0.0.2:9944 doctor

Exit code 4 where a check failed. Ports count as failed while the agent itself runs.")]
pub struct DoctorArgs {
	/// Leave the chain out
	#[arg(long)]
	pub offline: bool,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
	Ok,
	Warning,
	Failed,
}

#[derive(Debug, Serialize)]
struct Check {
	name: String,
	outcome: Outcome,
	detail: String,
}

#[derive(Debug, Default)]
struct Report(Vec<Check>);

impl Report {
	fn add(&mut self, name: &str, outcome: Outcome, detail: impl Into<String>) {
		self.0.push(Check {
			name: name.to_owned(),
			outcome,
			detail: detail.into(),
		});
	}

	fn add_result(&mut self, name: &str, result: Result<String>) {
		match result {
			Ok(detail) => self.add(name, Outcome::Ok, detail),
			Err(error) => self.add(name, Outcome::Failed, format!("{error:#}")),
		}
	}

	fn text(&self) -> String {
		let line = |check: &Check| {
			let mark = match check.outcome {
				Outcome::Ok => "ok     ",
				Outcome::Warning => "warning",
				Outcome::Failed => "FAILED ",
			};
			format!("{mark}  {:<10} {}", check.name, check.detail)
		};
		self.0.iter().map(line).collect::<Vec<_>>().join("\n")
	}
}

impl DoctorArgs {
	/// Makes all checks and shows them together.
	pub async fn run(&self, global: &Global) -> Result<()> {
		let mut report = Report::default();
		let config = match global.load_config(Flags::default()) {
			Ok(config) => {
				report.add(
					"settings",
					Outcome::Ok,
					global.config_file().display().to_string(),
				);
				config
			}
			Err(error) => {
				report.add("settings", Outcome::Failed, format!("{error:#}"));
				Config::default()
			}
		};
		let keys = global.load_keys(&config);
		report.add_result(
			"keys",
			keys.as_ref()
				.map(|keys| chain_client::address(&keys.account()))
				.map_err(same),
		);
		check_processor(&mut report);
		check_memory(&mut report, global, &config);
		report.add_result(
			"disk",
			global
				.make_data_dir()
				.and_then(|directory| check_disk(&directory)),
		);
		check_model(&mut report, global, &config);
		check_ports(&mut report, &config).await;
		if !self.offline {
			check_clock(&mut report, &config.chain).await;
			check_chain(&mut report, &config, keys.ok().as_ref()).await;
		}
		let failed = report
			.0
			.iter()
			.filter(|check| check.outcome == Outcome::Failed)
			.count();
		global.show(
			&report.text(),
			&serde_json::json!({ "ok": failed == 0, "checks": report.0 }),
		);
		if failed > 0 {
			return Err(CheckFailed(format!("{failed} of {} checks failed", report.0.len())).into());
		}
		Ok(())
	}
}

/// The same error, which is looked at twice.
fn same(error: &anyhow::Error) -> anyhow::Error {
	anyhow::anyhow!("{error:#}")
}

fn check_processor(report: &mut Report) {
	let cores = std::thread::available_parallelism().map_or(1, usize::from);
	#[cfg(target_arch = "x86_64")]
	let (outcome, kernels) = if std::arch::is_x86_feature_detected!("avx2") {
		(Outcome::Ok, "with AVX2")
	} else {
		(Outcome::Warning, "without AVX2, so slow")
	};
	#[cfg(not(target_arch = "x86_64"))]
	let (outcome, kernels) = (Outcome::Ok, std::env::consts::ARCH);
	report.add("processor", outcome, format!("{cores} cores {kernels}"));
}

fn check_memory(report: &mut Report, global: &Global, config: &Config) {
	let mut system = match System::new() {
		Ok(system) => system,
		Err(error) => return report.add("memory", Outcome::Warning, format!("cannot be measured: {error}")),
	};
	system.refresh_memory();
	let mib = |bytes: u64| bytes >> 20;
	let (total, available) = (mib(system.total_memory()), mib(system.available_memory()));
	let model = config.compute.model.as_ref().map(|path| global.in_data_dir(path));
	let size = model
		.and_then(|path| std::fs::metadata(path).ok())
		.map_or(0, |file| file.len());
	// The agent holds the model once, and each run again, with what it keeps.
	let needed = mib(loaded_bytes(size)) * (1 + u64::from(config.compute.slots)) + 256;
	let detail = format!(
		"{available} of {total} MiB free, about {needed} MiB needed for {} slots",
		config.compute.slots
	);
	report.add(
		"memory",
		if available >= needed {
			Outcome::Ok
		} else {
			Outcome::Failed
		},
		detail,
	);
}

fn check_disk(directory: &Path) -> Result<String> {
	let probe = tempfile::NamedTempFile::new_in(directory)?;
	drop(probe);
	let directory = directory.canonicalize()?;
	let disks = Disks::new_with_refreshed_list()?;
	let disk = disks
		.iter()
		.filter(|disk| directory.starts_with(disk.mount_point()))
		.max_by_key(|disk| disk.mount_point().as_os_str().len());
	let Some(disk) = disk else {
		return Ok(format!("{} can be written", directory.display()));
	};
	let free = disk.available_space();
	anyhow::ensure!(
		free >= MIN_DISK,
		"{} MiB are free in {}, {} are wanted",
		free >> 20,
		directory.display(),
		MIN_DISK >> 20
	);
	Ok(format!("{} MiB are free in {}", free >> 20, directory.display()))
}

fn check_model(report: &mut Report, global: &Global, config: &Config) {
	let Some(model) = &config.compute.model else {
		report.add(
			"model",
			Outcome::Warning,
			"none in the settings; `hai-agent up --model FILE` names one",
		);
		return;
	};
	let path = global.in_data_dir(model);
	let mut magic = [0; 4];
	let read = std::fs::File::open(&path).and_then(|mut file| file.read_exact(&mut magic));
	let (outcome, detail) = match read {
		Ok(()) if &magic == b"GGUF" => (Outcome::Ok, path.display().to_string()),
		Ok(()) => (Outcome::Failed, format!("{} is no GGUF file", path.display())),
		Err(error) => (Outcome::Failed, format!("{}: {error}", path.display())),
	};
	report.add("model", outcome, detail);
}

async fn check_ports(report: &mut Report, config: &Config) {
	let attempt = Network::start(NetworkConfig {
		listen: config.network.listen.clone(),
		local_discovery: LocalDiscovery::Off,
		..NetworkConfig::client()
	});
	match attempt.await {
		Ok((network, _)) => report.add("ports", Outcome::Ok, network.addresses().join(", ")),
		Err(error) => report.add("ports", Outcome::Failed, error.to_string()),
	}
}

async fn check_clock(report: &mut Report, url: &str) {
	match clock::offset(url).await {
		Ok(offset) if offset.abs() <= MAX_OFFSET => {
			report.add("clock", Outcome::Ok, format!("{offset} s from the node's"));
		}
		Ok(offset) => {
			report.add(
				"clock",
				Outcome::Failed,
				format!("{offset} s ahead of the node's: set it, or turn on NTP"),
			);
		}
		Err(error) => report.add(
			"clock",
			Outcome::Warning,
			format!("could not be compared with the node's: {error:#}"),
		),
	}
}

async fn check_chain(report: &mut Report, config: &Config, keys: Option<&Keys>) {
	let chain = match NodeChain::connect(&config.chain, None).await {
		Ok(chain) => chain,
		Err(error) => {
			report.add("chain", Outcome::Failed, format!("{error:#}"));
			return;
		}
	};
	let place = async {
		let (best, finalized) = (chain.best().await?, chain.finalized().await?);
		Ok(format!("{} at block {best}, {finalized} finalized", config.chain))
	};
	report.add_result("chain", place.await);
	let Some(keys) = keys else { return };
	let standing = async {
		let view = chain.client().await.view(At::Best).await?;
		Ok(match view.bond(&keys.account()).await? {
			Some(bond) => {
				let state = if bond.chilled {
					"takes no work"
				} else {
					"takes work"
				};
				format!(
					"{:?} with {}, {state}, slashed {} times",
					bond.role,
					amount::hai(bond.active),
					bond.slashes.len()
				)
			}
			None => "not bonded yet; `hai-agent up` does it".to_owned(),
		})
	};
	report.add_result("bond", standing.await);
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_report_shows_each_check_with_its_outcome() {
		let mut report = Report::default();
		report.add("disk", Outcome::Ok, "free");
		report.add_result("chain", Err(anyhow::anyhow!("gone").context("no answer")));
		assert_eq!(
			report.text(),
			"ok       disk       free\nFAILED   chain      no answer: gone"
		);
	}

	#[test]
	fn the_data_directory_must_be_writable() {
		let directory = tempfile::tempdir().expect("a temporary directory");
		assert!(check_disk(&directory.path().join("missing")).is_err());
	}
}

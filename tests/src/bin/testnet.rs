//! A network with adversaries of one's choice, and whether exactly they paid. `./scripts/testnet` builds and
//! runs it.

use anyhow::Result;
use clap::Parser;
use end_to_end::{
	check_machine, seed_model,
	testnet::{self, Canaries, Cast, Demand, Load},
};
use receipt::Tier;
use std::{path::PathBuf, process::ExitCode, time::Duration};
use tokio::signal::unix::{SignalKind, signal};

/// Everything ran, and it was not exactly the adversaries who paid.
const UNJUST: u8 = 3;

/// The machine lacks something.
const UNFIT: u8 = 4;

/// Calls for each node where nothing else is asked for: in sixteen calls to four nodes a bad driver's burst has
/// room.
const CALLS_PER_NODE: usize = 4;

/// A network with adversaries of one's choice, and whether exactly they paid.
#[derive(Parser)]
#[command(
	name = "hai-testnet",
	after_help = "Example:
  hai-testnet --adversary node-1=random-token --adversary node-2=bursts --lazy-validator Dave

Exit codes: 0 exactly those who gave cause paid; 1 it failed; 2 wrong usage; 3 somebody honest was slashed for deceit,
a cheat was not, or one was for what it did not do; 4 this machine lacks something."
)]
struct Arguments {
	/// Validators: the four of the local chain, or one more that joins
	#[arg(long, value_name = "N", default_value_t = 4)]
	validators: usize,
	/// Compute nodes, called node-1, node-2 ...
	#[arg(long, value_name = "M", default_value_t = 4)]
	nodes: usize,
	/// Who is dishonest, and how: node-1=silent, Dave=contrary (may be repeated)
	#[arg(long, value_name = "NAME=KIND")]
	adversary: Vec<String>,
	/// A validator that calls everything valid: the same as --adversary NAME=lazy (may be repeated)
	#[arg(long, value_name = "NAME")]
	lazy_validator: Vec<String>,
	/// Calls in all [default: four for each node]
	#[arg(long, value_name = "N", conflicts_with = "seconds", value_parser = clap::value_parser!(u32).range(1..))]
	calls: Option<u32>,
	/// Make calls for so long, in place of a number of them
	#[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..))]
	seconds: Option<u64>,
	/// Who checks the work
	#[arg(long, value_enum, default_value_t = Checks::Replicated)]
	tier: Checks,
	/// Canaries, faults that honest nodes plant to find who does not look: on, off, or how many of a hundred of their jobs
	#[arg(long, value_name = "on|off|PERCENT", default_value_t = Canaries::On)]
	canaries: Canaries,
	/// Also print one JSON object as the last line of standard output
	#[arg(long)]
	json: bool,
	/// A GGUF model (Llama architecture) [default: the seed model]
	#[arg(long, value_name = "FILE")]
	model: Option<PathBuf>,
}

/// Who checks the work of a testnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Checks {
	/// A panel, always
	Replicated,
	/// One auditor where the draw says so, then a panel, then a jury; jobs end minutes later
	Sampled,
}

impl From<Checks> for Tier {
	fn from(checks: Checks) -> Self {
		match checks {
			Checks::Replicated => Self::Replicated,
			Checks::Sampled => Self::Sampled,
		}
	}
}

impl Arguments {
	fn load(&self) -> Load {
		Load {
			demand: self.demand(),
			tier: self.tier.into(),
			canaries: self.canaries,
		}
	}

	fn demand(&self) -> Demand {
		let usual = u32::try_from(self.nodes * CALLS_PER_NODE).unwrap_or(u32::MAX);
		match self.seconds {
			Some(seconds) => Demand::Time(Duration::from_secs(seconds)),
			None => Demand::Calls(self.calls.unwrap_or(usual)),
		}
	}

	fn adversaries(&self) -> Vec<String> {
		let lazy = self.lazy_validator.iter().map(|name| format!("{name}=lazy"));
		self.adversary.iter().cloned().chain(lazy).collect()
	}
}

#[tokio::main]
async fn main() -> ExitCode {
	let arguments = Arguments::parse();
	tokio::select! {
		ended = run(&arguments) => ended.unwrap_or_else(|error| {
			eprintln!("\nthe testnet failed: {error:#}");
			ExitCode::FAILURE
		}),
		() = asked_to_end() => {
			eprintln!("\ninterrupted; everything is ended");
			ExitCode::FAILURE
		}
	}
}

async fn run(arguments: &Arguments) -> Result<ExitCode> {
	let folder = tempfile::Builder::new().prefix("hai-testnet-").tempdir()?;
	let substitute = folder.path().join("substitute.gguf");
	let cast = match Cast::new(
		arguments.validators,
		arguments.nodes,
		&arguments.adversaries(),
		&substitute,
	) {
		Ok(cast) => cast,
		Err(error) => {
			eprintln!("{error}");
			return Ok(ExitCode::from(2));
		}
	};
	let model = arguments.model.clone().unwrap_or_else(seed_model);
	if let Err(error) = check_machine(&model, needed_mib(&cast)) {
		eprintln!("this machine lacks something: {error:#}");
		return Ok(ExitCode::from(UNFIT));
	}
	let report = testnet::run(&cast, arguments.load(), &model, folder.path(), &substitute).await?;
	println!("{report}");
	if arguments.json {
		println!("{}", report.to_json());
	}
	Ok(if report.findings.is_empty() {
		ExitCode::SUCCESS
	} else {
		ExitCode::from(UNJUST)
	})
}

/// Memory, by what the programs use with the seed model.
fn needed_mib(cast: &Cast) -> u64 {
	const VALIDATOR: u64 = 450;
	const NODE: u64 = 200;
	VALIDATOR * cast.validators.len() as u64 + NODE * cast.nodes.len() as u64
}

/// Waits for Ctrl-C or a friendly kill: what was started must end with this program.
async fn asked_to_end() {
	let mut terminate = signal(SignalKind::terminate()).expect("signals can be listened to");
	tokio::select! {
		_ = tokio::signal::ctrl_c() => {}
		_ = terminate.recv() => {}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_is_consistent() {
		Arguments::command().debug_assert();
	}

	#[test]
	fn four_calls_a_node_unless_a_number_or_a_time_is_asked_for() {
		let demand = |line: &str| Arguments::try_parse_from(line.split(' ')).expect(line).demand();
		assert_eq!(demand("hai-testnet --nodes 3"), Demand::Calls(12));
		assert_eq!(demand("hai-testnet --calls 5"), Demand::Calls(5));
		assert_eq!(
			demand("hai-testnet --seconds 9"),
			Demand::Time(Duration::from_secs(9))
		);
		assert!(Arguments::try_parse_from(["hai-testnet", "--calls", "5", "--seconds", "9"]).is_err());
	}

	#[test]
	fn every_job_has_a_panel_unless_sampling_is_asked_for() {
		let tier = |line: &str| {
			Arguments::try_parse_from(line.split(' '))
				.expect(line)
				.load()
				.tier
		};
		assert_eq!(tier("hai-testnet --nodes 3"), Tier::Replicated);
		assert_eq!(tier("hai-testnet --tier sampled"), Tier::Sampled);
		assert!(Arguments::try_parse_from(["hai-testnet", "--tier", "private"]).is_err());
	}

	#[test]
	fn there_are_canaries_unless_they_are_turned_off() {
		let read = |line: &str| Arguments::try_parse_from(line.split(' '));
		let canaries = |line: &str| read(line).expect(line).load().canaries;
		assert_eq!(canaries("hai-testnet --nodes 3"), Canaries::On);
		assert_eq!(canaries("hai-testnet --canaries off"), Canaries::Off);
		assert_eq!(canaries("hai-testnet --canaries 100"), Canaries::Percent(100));
		assert!(read("hai-testnet --canaries 0").is_err());
	}

	#[test]
	fn a_lazy_validator_is_an_adversary() {
		let line = [
			"hai-testnet",
			"--lazy-validator",
			"Dave",
			"--adversary",
			"node-1=silent",
		];
		let arguments = Arguments::try_parse_from(line).expect("well formed");
		assert_eq!(arguments.adversaries(), ["node-1=silent", "Dave=lazy"]);
	}
}

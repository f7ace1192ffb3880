//! `hai-sim`: the simulation from the command line. `scripts/sim` builds and calls it.

use hai_simulation::{
	Baseline, Outcome, Pace, Settings, Strategy, Trace, Violation, World, claims, study, table::Row,
};
use std::{process::ExitCode, time::Instant};

const HELP: &str = "\
Usage: ./scripts/sim [--seeds N] [--seed N] [--strategy S] [--pace busy|slow] [--set NAME=NUMBER]
                     [--trace] [--json]

Simulates the economy of sampled verification block by block: honest nodes and validators beside a group
that follows a strategy, on the very rules that the chain executes (the crate `verification`). Checks in every
block that no planck appears or disappears and that every job ends in time; and over all seeds, that no
dishonest strategy ends with more than honesty, and that honesty loses next to nothing.

  --seeds N       seeds 1 to N, of every strategy, at both paces (default 100: about six minutes on two cores)
  --seed N        only this seed
  --strategy S    only this strategy, or one of your own percentage: cheat-7; `crowd` is all of them at once
  --pace P        only nodes that are busy (18 jobs an hour), or slow (two)
  --set NAME=N    change a number of the world or of the rules, as often as you like: work-cost, true-detection,
                  glitch, consent, own-blocks, base-audit, second-look, safety, stop-one-in and others; shares in
                  millionths
  --trace         print what happens in every block; takes --seed and --strategy
  --json          one JSON object for each strategy and pace instead of the tables

Examples:
  ./scripts/sim
  ./scripts/sim --seeds 400 --strategy churn
  ./scripts/sim --strategy cheat-10 --pace slow --set safety=0      (and see it pay)
  ./scripts/sim --seed 7 --strategy cheat-10 --pace slow --trace | less

Exit codes: 0 everything asserted holds; 1 something does not; 2 wrong usage.
";

/// Seeds of the crowded world, which takes as long as many others.
const CROWDS: u64 = 2;

struct Options {
	seeds: Vec<u64>,
	is_one_seed: bool,
	strategy: Option<Strategy>,
	paces: Vec<Pace>,
	changes: Vec<String>,
	trace: Trace,
	json: bool,
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
	let mut options = Options {
		seeds: (1..=100).collect(),
		is_one_seed: false,
		strategy: None,
		paces: Pace::ALL.to_vec(),
		changes: Vec::new(),
		trace: Trace::Off,
		json: false,
	};
	while let Some(argument) = arguments.next() {
		let mut value = || arguments.next().ok_or(format!("{argument} takes a value"));
		let number = |text: String| {
			let number = text
				.parse::<u64>()
				.ok()
				.filter(|number| (1..=1_000_000).contains(number));
			number.ok_or(format!("{text:?} is no number from 1 to 1000000"))
		};
		match argument.as_str() {
			"--help" | "-h" => return Ok(None),
			"--seeds" => options.seeds = (1..=number(value()?)?).collect(),
			"--seed" => {
				options.seeds = vec![number(value()?)?];
				options.is_one_seed = true;
			}
			"--strategy" => {
				let strategy: Strategy = value()?.parse().map_err(|error| format!("{error}"))?;
				options.strategy = Some(strategy);
			}
			"--pace" => options.paces = vec![value()?.parse()?],
			"--set" => {
				let change = value()?;
				Settings::default().set(&change)?;
				options.changes.push(change);
			}
			"--trace" => options.trace = Trace::On,
			"--json" => options.json = true,
			other => return Err(format!("there is no option {other:?}")),
		}
	}
	if options.trace == Trace::On && (!options.is_one_seed || options.strategy.is_none()) {
		return Err("--trace takes --seed and --strategy".into());
	}
	Ok(Some(options))
}

fn crowds(options: &Options) -> Result<(), Violation> {
	let crowd = Settings::crowd();
	for seed in options.seeds.iter().take(CROWDS as usize) {
		let world = World::run(crowd.clone(), Strategy::Crowd, *seed, options.trace)?;
		eprintln!(
			"crowd, seed {seed}: {} nodes, {} validators, {} jobs; every planck accounted for, every job ended",
			world.owners.len(),
			world.validators.len(),
			world.jobs.len(),
		);
	}
	Ok(())
}

fn at_pace(options: &Options, pace: Pace) -> Result<bool, Violation> {
	let mut settings = pace.settings();
	for change in &options.changes {
		settings.set(change).expect("it was tried when it was read");
	}
	if let (Trace::On, Some(strategy)) = (options.trace, options.strategy) {
		let baseline = Baseline::of(&settings, options.seeds[0])?;
		let outcome = Outcome::of(&settings, strategy, options.seeds[0], &baseline, Trace::On)?;
		println!("{outcome:#?}");
		return Ok(true);
	}
	let strategies = options
		.strategy
		.map_or(Strategy::ALL.to_vec(), |strategy| vec![strategy]);
	let outcomes = study(&settings, &strategies, &options.seeds)?;
	if !options.json {
		println!(
			"\n{pace} nodes, {} seeds\n\n{}",
			options.seeds.len(),
			Row::HEADING
		);
	}
	for strategy in strategies {
		if let Some(row) = Row::of(strategy, &outcomes) {
			let json = || format!("{{\"pace\":\"{pace}\",{}", &row.json()[1..]);
			println!("{}", if options.json { json() } else { row.line() });
		}
	}
	// What is asserted of many seeds together says nothing about one.
	let broken = if options.is_one_seed {
		Vec::new()
	} else {
		claims::check(pace, &outcomes)
	};
	for broken in &broken {
		let changes: String = options
			.changes
			.iter()
			.map(|change| format!(" --set {change}"))
			.collect();
		eprintln!("{broken}{changes}");
	}
	Ok(broken.is_empty())
}

fn run(options: &Options) -> Result<bool, Violation> {
	let mut holds = true;
	if options
		.strategy
		.is_none_or(|strategy| strategy == Strategy::Crowd)
	{
		crowds(options)?;
	}
	if options.strategy != Some(Strategy::Crowd) {
		for pace in &options.paces {
			holds &= at_pace(options, *pace)?;
		}
	}
	Ok(holds)
}

fn main() -> ExitCode {
	let options = match parse(std::env::args().skip(1)) {
		Ok(Some(options)) => options,
		Ok(None) => {
			print!("{HELP}");
			return ExitCode::SUCCESS;
		}
		Err(error) => {
			eprintln!("{error}\n\n{HELP}");
			return ExitCode::from(2);
		}
	};
	let began = Instant::now();
	match run(&options) {
		Ok(true) => {
			eprintln!("\neverything asserted holds ({} s)", began.elapsed().as_secs());
			ExitCode::SUCCESS
		}
		Ok(false) => ExitCode::FAILURE,
		Err(violation) => {
			eprintln!("{violation}");
			ExitCode::FAILURE
		}
	}
}

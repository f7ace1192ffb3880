//! Commits every known fraud on real runs of a real model, and counts what an audit catches.
//!
//! Honest runs stand in the same table: of them, `caught` counts those that were rejected. So do the traces of auditors
//! that ran the model and of those that did not.

mod attacks;
mod embeddings;
mod models;
mod runs;
mod traces;

use anyhow::Result;
use attacks::Attack;
use clap::Parser;
use compute_agent::{
	audit::{Bands, audit},
	engine::{CandleEngine, Engine},
};
use embeddings::Fraud;
use models::Models;
use receipt::Verdict;
use runs::{Case, honest};
use std::{
	path::PathBuf,
	process::ExitCode,
	sync::{
		Mutex,
		atomic::{AtomicUsize, Ordering},
	},
};
use traces::Show;

/// The row of honest embeddings.
const HONEST_EMBEDDING: &str = "embedding: honest";

/// Commits every known fraud on real runs of a real model, and counts what an audit catches.
#[derive(Parser)]
struct Arguments {
	/// The promised model, a GGUF file.
	#[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/seed/seed.gguf"))]
	model: PathBuf,
	/// Tokens of each answer, and of each input that is embedded.
	#[arg(long, value_delimiter = ',', default_values_t = [8, 32, 64, 256, 512])]
	lengths: Vec<u32>,
	/// Runs on which each fraud is committed, at each length.
	#[arg(long, default_value_t = 20)]
	runs: usize,
	/// Honest runs that are audited, at each length.
	#[arg(long, default_value_t = 200)]
	honest: usize,
	/// The first job's number: other numbers give other prompts and other seeds.
	#[arg(long, default_value_t = 1_000)]
	first: usize,
	/// The length at which every fraud has to be caught.
	#[arg(long, default_value_t = 256)]
	goal_length: u32,
	/// Runs at a time [default: as many as there are cores].
	#[arg(long)]
	threads: Option<usize>,
	/// Prints one JSON object instead of a table.
	#[arg(long)]
	json: bool,
}

#[derive(serde::Serialize)]
struct Row {
	kind: String,
	pair: String,
	tokens: u32,
	runs: usize,
	caught: usize,
	/// The 95 % Wilson interval of the rate.
	low: f64,
	high: f64,
	/// Whether the goal for this row is met; nothing where there is none.
	goal_met: Option<bool>,
}

const HONEST: &str = "honest";

fn is_honest(kind: &str) -> bool {
	[HONEST, HONEST_EMBEDDING].contains(&kind) || kind == Show::Honest.name()
}

/// What is asked of a row: no honest run is rejected, and of each fraud of this length 99 % are caught. Of an auditor that
/// ran another model nothing is asked.
fn goal_met(kind: &str, tokens: u32, runs: usize, caught: usize, goal_length: u32) -> Option<bool> {
	if is_honest(kind) {
		return Some(caught == 0);
	}
	(tokens == goal_length && runs > 0 && Show::has_goal(kind)).then_some(caught * 100 >= runs * 99)
}

/// The 95 % Wilson interval of a rate.
fn wilson(hits: usize, runs: usize) -> (f64, f64) {
	if runs == 0 {
		return (0.0, 1.0);
	}
	let (n, z) = (runs as f64, 1.959_964_f64);
	let rate = hits as f64 / n;
	let middle = rate + z * z / (2.0 * n);
	let half = z * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt();
	let scale = 1.0 + z * z / n;
	(
		((middle - half) / scale).max(0.0),
		((middle + half) / scale).min(1.0),
	)
}

fn caught(engine: &CandleEngine, case: &Case) -> Result<bool> {
	Ok(audit(engine, &case.task, &case.transcript, &Bands::CPU)?.0 != Verdict::Valid)
}

/// `work` for every number below `count`, so many at a time, in their order.
fn at_once<T: Send>(
	threads: usize,
	count: usize,
	work: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
	let next = AtomicUsize::new(0);
	let done = Mutex::new(Vec::with_capacity(count));
	std::thread::scope(|scope| {
		for _ in 0..threads.clamp(1, count.max(1)) {
			scope.spawn(|| {
				loop {
					let number = next.fetch_add(1, Ordering::Relaxed);
					if number >= count {
						return;
					}
					let result = work(number);
					if result.is_err() {
						// The others end after what they are at.
						next.store(count, Ordering::Relaxed);
					}
					done.lock()
						.expect("nobody panics with this lock")
						.push((number, result));
				}
			});
		}
	});
	let mut done = done.into_inner().expect("nobody panics with this lock");
	done.sort_unstable_by_key(|(number, _)| *number);
	done.into_iter().map(|(_, result)| result).collect()
}

fn rows(arguments: &Arguments, models: &Models) -> Result<Vec<Row>> {
	let engine = &models.promised;
	let pair = hex::encode(engine.pair());
	let threads = arguments
		.threads
		.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
	let mut rows = Vec::new();
	let mut row = |kind: String, tokens, results: Vec<bool>| {
		let (runs, caught) = (results.len(), results.iter().filter(|caught| **caught).count());
		let (low, high) = wilson(caught, runs);
		let goal_met = goal_met(&kind, tokens, runs, caught, arguments.goal_length);
		if !arguments.json && runs > 0 {
			let percent = |rate: f64| rate * 100.0;
			println!(
				"{kind:44} {tokens:5} {runs:6} {caught:7}   {:6.1} % to {:5.1} %{}",
				percent(low),
				percent(high),
				if goal_met == Some(false) {
					"  goal missed"
				} else {
					""
				}
			);
		}
		rows.push(Row {
			kind,
			pair: pair.clone(),
			tokens,
			runs,
			caught,
			low,
			high,
			goal_met,
		});
	};
	if !arguments.json {
		println!(
			"{:44} {:>5} {:>6} {:>7}   95 % interval of the rate",
			"kind", "tokens", "runs", "caught"
		);
	}
	for tokens in arguments.lengths.iter().copied() {
		// Frauds need honest runs too, and of the last one another.
		let count = arguments.honest.max(arguments.runs + 1);
		let audited = at_once(threads, count, |number| {
			let case = honest(engine, engine.pair(), arguments.first + number, tokens)?;
			let rejected = caught(engine, &case)?;
			Ok(((number <= arguments.runs).then_some(case), rejected))
		})?;
		let (cases, rejected): (Vec<_>, Vec<bool>) = audited.into_iter().unzip();
		let cases: Vec<Case> = cases.into_iter().flatten().collect();
		row(HONEST.into(), tokens, rejected);
		for attack in Attack::ALL {
			let results = at_once(threads, arguments.runs, |number| {
				let forged = attack.commit(models, &cases[number], &cases[number + 1])?;
				forged.map(|forged| caught(engine, &forged)).transpose()
			})?;
			row(attack.name(), tokens, results.into_iter().flatten().collect());
		}
		for show in Show::ALL {
			let results = at_once(threads, arguments.runs, |number| {
				show.is_called_untrue(models, &cases[number], &cases[number + 1])
			})?;
			row(show.name(), tokens, results.into_iter().flatten().collect());
		}
		let audited = at_once(threads, count, |number| {
			let case = embeddings::honest(engine, arguments.first + number, tokens)?;
			let rejected = caught(engine, &case)?;
			Ok(((number <= arguments.runs).then_some(case), rejected))
		})?;
		let (cases, rejected): (Vec<_>, Vec<bool>) = audited.into_iter().unzip();
		let cases: Vec<_> = cases.into_iter().flatten().collect();
		row(HONEST_EMBEDDING.into(), tokens, rejected);
		for fraud in Fraud::ALL {
			let results = at_once(threads, arguments.runs, |number| {
				let forged = fraud.commit(models, &cases[number], &cases[number + 1])?;
				forged.map(|forged| caught(engine, &forged)).transpose()
			})?;
			row(fraud.name(), tokens, results.into_iter().flatten().collect());
		}
	}
	Ok(rows)
}

fn main() -> Result<ExitCode> {
	let arguments = Arguments::parse();
	let models = Models::read(&arguments.model)?;
	let rows = rows(&arguments, &models)?;
	let goals = [
		("no honest run is rejected".to_owned(), true),
		(
			format!(
				"at {} tokens at least 99 % of each fraud are caught",
				arguments.goal_length
			),
			false,
		),
	]
	.map(|(goal, of_honest)| {
		let missed: Vec<String> = rows
			.iter()
			.filter(|row| row.goal_met == Some(false) && is_honest(&row.kind) == of_honest)
			.map(|row| {
				format!(
					"{} at {} tokens: {} of {}",
					row.kind, row.tokens, row.caught, row.runs
				)
			})
			.collect();
		(goal, missed)
	});
	let met = goals.iter().all(|(_, missed)| missed.is_empty());
	if arguments.json {
		let goals: Vec<_> = goals
			.iter()
			.map(
				|(goal, missed)| serde_json::json!({ "goal": goal, "met": missed.is_empty(), "missed": missed }),
			)
			.collect();
		println!("{}", serde_json::json!({ "rows": rows, "goals": goals }));
	} else {
		println!();
		for (goal, missed) in goals {
			match missed.as_slice() {
				[] => println!("goal: {goal}: met"),
				missed => println!("goal: {goal}: missed\n  {}", missed.join("\n  ")),
			}
		}
	}
	Ok(ExitCode::from(if met { 0 } else { 3 }))
}

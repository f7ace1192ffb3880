//! Commits every known fraud on real runs of a real model, and counts what an audit catches.
//!
//! Honest runs stand in the same table: of them, `caught` counts those that were rejected.

mod attacks;
mod embeddings;
mod models;
mod runs;

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
use std::{path::PathBuf, process::ExitCode};

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

fn rows(arguments: &Arguments, models: &Models) -> Result<Vec<Row>> {
	let engine = &models.promised;
	let pair = hex::encode(engine.pair());
	let mut rows = Vec::new();
	let mut row = |kind: String, tokens, results: Vec<bool>| {
		let (runs, caught) = (results.len(), results.iter().filter(|caught| **caught).count());
		let (low, high) = wilson(caught, runs);
		if !arguments.json && runs > 0 {
			let percent = |rate: f64| rate * 100.0;
			println!(
				"{kind:44} {tokens:5} {runs:6} {caught:7}   {:6.1} % to {:5.1} %",
				percent(low),
				percent(high)
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
		});
	};
	if !arguments.json {
		println!(
			"{:44} {:>5} {:>6} {:>7}   95 % interval of the rate",
			"kind", "tokens", "runs", "caught"
		);
	}
	for tokens in arguments.lengths.iter().copied() {
		let count = arguments.honest.max(arguments.runs + 1);
		let mut cases = Vec::new();
		let mut rejected = Vec::new();
		for number in arguments.first..arguments.first + count {
			let case = honest(engine, engine.pair(), number, tokens)?;
			rejected.push(caught(engine, &case)?);
			if cases.len() <= arguments.runs {
				cases.push(case);
			}
		}
		row("honest".into(), tokens, rejected);
		for attack in Attack::ALL {
			let mut results = Vec::new();
			for pair in cases.windows(2) {
				if let [case, other] = pair
					&& let Some(forged) = attack.commit(models, case, other)?
				{
					results.push(caught(engine, &forged)?);
				}
			}
			row(attack.name(), tokens, results);
		}
		let mut embedded = Vec::new();
		let mut rejected = Vec::new();
		for number in arguments.first..arguments.first + count {
			let case = embeddings::honest(engine, number, tokens)?;
			rejected.push(caught(engine, &case)?);
			if embedded.len() <= arguments.runs {
				embedded.push(case);
			}
		}
		row(HONEST_EMBEDDING.into(), tokens, rejected);
		for fraud in Fraud::ALL {
			let mut results = Vec::new();
			for pair in embedded.windows(2) {
				if let [case, other] = pair
					&& let Some(forged) = fraud.commit(models, case, other)?
				{
					results.push(caught(engine, &forged)?);
				}
			}
			row(fraud.name(), tokens, results);
		}
	}
	Ok(rows)
}

fn main() -> Result<ExitCode> {
	let arguments = Arguments::parse();
	let models = Models::read(&arguments.model)?;
	let rows = rows(&arguments, &models)?;
	if arguments.json {
		println!("{}", serde_json::json!({ "rows": rows }));
	}
	let missed: Vec<&Row> = rows
		.iter()
		.filter(|row| match row.kind.as_str() {
			"honest" | HONEST_EMBEDDING => row.caught > 0,
			_ => row.tokens == arguments.goal_length && row.caught * 100 < row.runs * 99,
		})
		.collect();
	for row in &missed {
		eprintln!(
			"bench-verify: {} at {} tokens: {} of {}",
			row.kind, row.tokens, row.caught, row.runs
		);
	}
	Ok(if missed.is_empty() {
		ExitCode::SUCCESS
	} else {
		ExitCode::from(3)
	})
}

//! `hai calibration`.

use crate::{
	commands::congress,
	context::Context,
	exit::{NotVerified, Usage},
	output::{hex, pairs, percent, table},
	parsing,
};
use ::calibration::{Entry, File, Ppm, Record};
use anyhow::Result;
use chain_client::{
	At, ChainClient, Hash,
	calibrations::{self, Calibration as Registered},
	congress::Kind,
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  hai calibration list
  hai calibration show 0xbb40... --record models/seed/calibration.json
  hai calibration propose model.calibration.json --reason \"a larger model\"
  hai calibration withdraw 0xbb40... --reason \"a driver was wrong\"

A pair is a model on an engine with its arithmetic. Only calibrated pairs are audited; any other takes private calls
only. `hai-agent calibrate` measures a pair and writes its record; the congress registers it by a Technical proposal.
`propose` checks that bands, detection and refusals follow from what was measured, and so can whoever votes, by
`show --record`.")]
pub(crate) enum Calibration {
	/// Lists the pairs that are calibrated
	#[command(after_help = "Example:\n  hai calibration list")]
	List,
	/// Shows a pair's calibration
	#[command(
		after_help = "Example:\n  hai calibration show 0xbb40... --record models/seed/calibration.json"
	)]
	Show(Show),
	/// Proposes to the congress to register the pairs of a record's file
	#[command(
		after_help = "Example:\n  hai calibration propose model.calibration.json --reason \"a larger model\""
	)]
	Propose(Propose),
	/// Proposes to the congress to take a pair out
	#[command(after_help = "Example:\n  hai calibration withdraw 0xbb40... --reason \"a driver was wrong\"")]
	Withdraw(Withdraw),
}

#[derive(Args, Debug)]
pub(crate) struct Pair {
	/// The key of the pair, in hex
	#[arg(value_parser = parsing::hash)]
	pair: Hash,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
	#[command(flatten)]
	pair: Pair,
	/// Also check that this file's record is the one on chain
	#[arg(long, value_name = "FILE")]
	record: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Propose {
	/// What `hai-agent calibrate --out FILE` wrote
	file: PathBuf,
	/// Only this pair of the file [default: all that are not registered so yet]
	#[arg(long, value_parser = parsing::hash, value_name = "PAIR")]
	pair: Option<Hash>,
	/// Why; its hash stands on chain, so keep the text
	#[arg(long, default_value = "")]
	reason: String,
}

#[derive(Args, Debug)]
pub(crate) struct Withdraw {
	#[command(flatten)]
	pair: Pair,
	/// Why; its hash stands on chain, so keep the text
	#[arg(long, default_value = "")]
	reason: String,
}

pub(crate) async fn run(context: &Context, command: Calibration) -> Result<()> {
	let chain = context.connect().await?;
	match command {
		Calibration::List => list(context, &chain).await,
		Calibration::Show(command) => show(context, &chain, &command).await,
		Calibration::Propose(command) => propose(context, &chain, &command).await,
		Calibration::Withdraw(command) => {
			let call = chain
				.encode_call(&calibrations::withdraw(command.pair.pair))
				.await?;
			congress::propose_call(context, &chain, Kind::Technical, call, &command.reason).await
		}
	}
}

async fn list(context: &Context, chain: &ChainClient) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let mut all = Vec::new();
	for (pair, calibration) in view.calibrations().await? {
		let auditors = view.auditors_for(&pair).await?;
		all.push((pair, calibration, auditors));
	}
	context.output.result(
		|| {
			let all: Vec<_> = all
				.iter()
				.map(|(pair, calibration, auditors)| {
					let mut value = to_json(pair, calibration);
					value["auditors"] = json!(auditors);
					value
				})
				.collect();
			json!({ "calibrations": all })
		},
		|| {
			if all.is_empty() {
				return "no pair is calibrated, so only private calls can be made".to_owned();
			}
			let rows = all.iter().map(|(pair, calibration, auditors)| {
				[
					hex(pair),
					hex(&calibration.entry.model),
					calibration.entry.bands.to_string(),
					auditors.to_string(),
					state(calibration),
				]
			});
			table(["pair", "model", "bands", "validators", "state"], rows)
		},
	);
	Ok(())
}

async fn show(context: &Context, chain: &ChainClient, command: &Show) -> Result<()> {
	let pair = command.pair.pair;
	let calibration = chain
		.view(At::Best)
		.await?
		.calibration(&pair)
		.await?
		.ok_or_else(|| Usage(format!("the pair {} is not calibrated", hex(&pair))))?;
	let record = match &command.record {
		Some(file) => Some(verified(&read(file)?, &pair, &calibration.entry)?),
		None => None,
	};
	context.output.result(
		|| {
			let mut value = to_json(&pair, &calibration);
			if let Some(record) = &record {
				value["measured"] = json!(record);
			}
			value
		},
		|| {
			let entry = &calibration.entry;
			let mut rows = vec![
				("pair", hex(&pair)),
				("state", state(&calibration)),
				("model", hex(&entry.model)),
				("record", hex(&entry.record)),
				("bands", entry.bands.to_string()),
			];
			for bucket in &entry.detection {
				let length = match bucket.up_to {
					u32::MAX => "longer".to_owned(),
					up_to => format!("to {up_to} tokens"),
				};
				rows.push((
					"detection",
					format!("{length}: {}", percent(bucket.power.parts())),
				));
			}
			if let Some(record) = &record {
				rows.push((
					"engine",
					format!("{}, {}", record.parts.engine, record.parts.class),
				));
				rows.push(("measured by", record.setting.program.clone()));
				rows.push(("on", record.setting.machine.clone()));
				rows.push((
					"held out",
					format!(
						"{} of {} honest runs rejected",
						record.held_out.rejected, record.held_out.runs
					),
				));
				for opponent in &record.opponents {
					let (runs, caught) = opponent.total();
					rows.push(("caught", format!("{caught} of {runs}: {}", opponent.name)));
				}
				for opponent in record.vectors.iter().flat_map(|vectors| &vectors.opponents) {
					let (runs, caught) = (opponent.runs, opponent.caught);
					rows.push((
						"caught",
						format!("{caught} of {runs} embeddings: {}", opponent.name),
					));
				}
			}
			pairs(rows)
		},
	);
	Ok(())
}

async fn propose(context: &Context, chain: &ChainClient, command: &Propose) -> Result<()> {
	let file = read(&command.file)?;
	let view = chain.view(At::Best).await?;
	let registered = view.calibrations().await?;
	let records = chosen(&file, command.pair.as_ref(), &registered)?;
	let (_, terms) = view.terms().await?;
	for record in &records {
		ensure_seen(record, terms.verification.least_detection())?;
	}
	if records.is_empty() {
		context
			.output
			.note("every pair of this file is registered with this record already");
	}
	for record in records {
		let call = chain
			.encode_call(&calibrations::register(record.pair, record.entry()))
			.await?;
		congress::propose_call(context, chain, Kind::Technical, call, &command.reason).await?;
	}
	Ok(())
}

/// The records to propose: those not registered yet. One that is refused is none, and says why.
fn chosen<'a>(
	file: &'a File,
	pair: Option<&Hash>,
	registered: &[(Hash, Registered)],
) -> Result<Vec<&'a Record>, Usage> {
	let wanted: Vec<&Record> = file
		.records
		.iter()
		.filter(|record| pair.is_none_or(|pair| record.pair == *pair))
		.collect();
	if wanted.is_empty() {
		return Err(Usage("the file has no record of that pair".into()));
	}
	for record in &wanted {
		if !record.refusals.is_empty() {
			return Err(Usage(format!(
				"the pair {} must not be registered: {}",
				hex(&record.pair),
				record.refusals.join("; ")
			)));
		}
	}
	let is_new = |record: &&Record| {
		!registered
			.iter()
			.any(|(pair, calibration)| *pair == record.pair && *calibration.entry == record.entry())
	};
	Ok(wanted.into_iter().filter(is_new).collect())
}

/// The chain refuses a pair of which less is seen than bonds cover.
fn ensure_seen(record: &Record, least: Ppm) -> Result<(), Usage> {
	let [shortest, ..] = record.detection;
	if shortest.power >= least {
		return Ok(());
	}
	Err(Usage(format!(
		"of the pair {} at least {} of the shortest cheats are seen, and bonds cover what a cheat costs from {} on: \
		 measure with more runs",
		hex(&record.pair),
		percent(shortest.power.parts()),
		percent(least.parts())
	)))
}

fn read(file: &Path) -> Result<File> {
	let text = std::fs::read_to_string(file)
		.map_err(|error| Usage(format!("cannot read {}: {error}", file.display())))?;
	Ok(File::parse(&text).map_err(|error| Usage(format!("{}: {error}", file.display())))?)
}

/// The record from which an entry of the chain follows.
fn verified(file: &File, pair: &Hash, entry: &Entry) -> Result<Record, NotVerified> {
	let record = file
		.records
		.iter()
		.find(|record| record.pair == *pair)
		.ok_or_else(|| NotVerified(format!("the file has no record of the pair {}", hex(pair))))?;
	if record.entry() != *entry {
		return Err(NotVerified(format!(
			"the file's record of this pair is {}, and the one on chain is {}",
			hex(&record.hash()),
			hex(&entry.record)
		)));
	}
	Ok(record.clone())
}

fn state(calibration: &Registered) -> String {
	format!("in force since block {}", calibration.registered_at)
}

fn to_json(pair: &Hash, calibration: &Registered) -> Value {
	let entry = &calibration.entry;
	json!({
		"pair": hex(pair),
		"model": hex(&entry.model),
		"record": hex(&entry.record),
		"bands": entry.bands,
		"detection": entry.detection,
		"registered_at": calibration.registered_at,
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	fn seed() -> File {
		let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/seed/calibration.json");
		let text = std::fs::read_to_string(file).expect("the records are committed");
		File::parse(&text).expect("the committed records hold")
	}

	fn registered(entry: Entry) -> Registered {
		Registered {
			entry: entry.into(),
			registered_at: 0,
		}
	}

	#[test]
	fn a_pair_of_which_too_little_is_seen_is_not_proposed() {
		let mut record = seed().records[0].clone();
		let power = record.detection[0].power;
		assert!(ensure_seen(&record, power).is_ok());
		record.detection[0].power = Ppm::new(power.parts() - 1);
		let Err(Usage(text)) = ensure_seen(&record, power) else {
			panic!("bonds would not cover it");
		};
		assert!(text.contains("more runs"), "{text}");
	}

	#[test]
	fn what_is_registered_is_not_proposed_again() {
		let file = seed();
		let record = &file.records[0];
		let pair = Some(&record.pair);
		let count = |registered: &[(Hash, Registered)]| chosen(&file, pair, registered).map(|all| all.len());
		assert_eq!(count(&[]).ok(), Some(1));
		let entry = record.entry();
		assert_eq!(count(&[(record.pair, registered(entry))]).ok(), Some(0));
		let other = Entry {
			record: [9; 32],
			..entry
		};
		assert_eq!(count(&[(record.pair, registered(other))]).ok(), Some(1));
		assert!(chosen(&file, Some(&[9; 32]), &[]).is_err());
	}

	#[test]
	fn a_refused_pair_is_not_proposed_and_says_why() {
		let mut file = seed();
		file.records[0].held_out.rejected = 1;
		file.records[0] = file.records[0].clone().conclude();
		let error = chosen(&file, None, &[]).expect_err("it is refused").to_string();
		assert!(error.contains("honest nodes would be slashed"), "{error}");
	}

	#[test]
	fn a_record_is_verified_by_its_hash() {
		let file = seed();
		let record = &file.records[0];
		let entry = record.entry();
		assert_eq!(verified(&file, &record.pair, &entry).ok().as_ref(), Some(record));
		let other = Entry {
			record: [9; 32],
			..entry
		};
		assert!(verified(&file, &record.pair, &other).is_err());
		assert!(verified(&file, &[9; 32], &entry).is_err());
	}
}

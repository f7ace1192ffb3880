//! `hai-agent calibrate`: what honest runs of a model differ by, and what an audit of it catches.

use super::PairRefused;
use crate::{
	calibrate::{
		Backend, Plan, Source, Substitute, arithmetics_of, calibrate, runs, runs::Runs, served,
		substitutes::Original, substitutes_of, write_runs,
	},
	cli::Global,
	engine::Arithmetic,
};
use anyhow::{Context, Result};
use calibration::{File, Record};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::{
	fmt::Write,
	path::{Path, PathBuf},
};

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hai-agent calibrate models/seed/seed.gguf
  hai-agent calibrate model.gguf --runs 100 --threads 1,2 --out model.calibration.json
  hai-agent calibrate model.gguf --substitute smaller.gguf --arithmetic portable --json
  hai-agent calibrate model.gguf --arithmetic llama-cpp --batch 64
  hai-agent calibrate model.gguf --write-runs here.runs
  hai-agent calibrate model.gguf --read-runs there.runs --out model.calibration.json

Honest runs set the bands; others check them and carry the frauds. A length counts the tokens that are
compared: prompt and answer without its last one. Embeddings of inputs of these lengths are measured in the same
way. A pair is a model and an arithmetic; a quantised model
has two. candle's kernels run with the threads that RAYON_NUM_THREADS says.

Machines may round differently where two runs on one do not. So write runs on one machine and read them on another:
they set and check the bands as its own do, and the record names both processors.

llama.cpp is measured, not served, and only by a program that was built with it (feature `llama-cpp`). How many
positions it feeds at once is part of its pair; several numbers make one pair of all of them.

`hai calibration propose FILE` asks the congress to register what was written.

Exit code 3 where a pair is refused, and standard error says why: a substitute or a blind forgery passes,
or honest runs do not. The record of a refused pair is written all the same, with the reasons in it.")]
pub struct CalibrateArgs {
	/// The model, a GGUF file
	pub model: PathBuf,
	/// A model that a node may run instead, with the same vocabulary (may be repeated) [default: the model with fewer
	/// bits, moved weights, half the layers, the other arithmetic]
	#[arg(long, value_name = "FILE")]
	pub substitute: Vec<PathBuf>,
	/// Lengths of the runs, in tokens that are compared
	#[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 128, 512], value_name = "TOKENS")]
	pub lengths: Vec<u32>,
	/// Runs of each kind at each length
	#[arg(long, default_value_t = 40, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
	pub runs: u32,
	/// Numbers of threads, which writer and auditor take in turn
	#[arg(long, value_delimiter = ',', default_values_t = [1, 2], value_name = "N")]
	pub threads: Vec<u32>,
	/// How many positions are fed at once, which writer and auditor take in turn [default: 64 for llama.cpp, 512 else]
	#[arg(long, value_delimiter = ',', value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
	pub batch: Vec<u32>,
	/// Which pairs of the model
	#[arg(long, value_enum, default_value_t = ArithmeticArgument::All)]
	pub arithmetic: ArithmeticArgument,
	/// Where the records are written
	#[arg(long, value_name = "FILE")]
	pub out: Option<PathBuf>,
	/// Write honest runs for another machine to read, and measure nothing
	#[arg(long, value_name = "FILE", conflicts_with_all = ["out", "substitute", "read_runs"])]
	pub write_runs: Option<PathBuf>,
	/// Read honest runs that another machine wrote, of every pair that is measured (may be repeated)
	#[arg(long, value_name = "FILE")]
	pub read_runs: Vec<PathBuf>,
}

/// How quantised weights are multiplied.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ArithmeticArgument {
	/// By candle, in each way that is a pair of its own
	All,
	/// In the way that `hai-agent up` serves the model
	Served,
	/// In f32 and a fixed order, with the same bits on every machine
	Portable,
	/// By candle's integer kernels
	Quantized,
	/// By llama.cpp, where the program was built with it
	LlamaCpp,
}

impl CalibrateArgs {
	/// Measures, shows and writes.
	pub fn run(&self, global: &Global) -> Result<()> {
		let all = arithmetics_of(&self.model)?;
		let candle = |arithmetics: Vec<Arithmetic>| arithmetics.into_iter().map(Backend::Candle).collect();
		let wanted: Vec<Backend> = match self.arithmetic {
			ArithmeticArgument::All => candle(all.clone()),
			ArithmeticArgument::Served => candle(vec![served(&self.model)?]),
			ArithmeticArgument::Portable => candle(vec![Arithmetic::Portable]),
			ArithmeticArgument::Quantized => candle(vec![Arithmetic::Quantized]),
			ArithmeticArgument::LlamaCpp => vec![Backend::llama_cpp()?],
		};
		let elsewhere: Result<Vec<Vec<Runs>>> = self.read_runs.iter().map(|path| runs::load(path)).collect();
		let plan = Plan {
			lengths: self.lengths.clone(),
			runs: self.runs,
			threads: self.threads.clone(),
			batches: self.batch.clone(),
			elsewhere: elsewhere?,
		};
		if let Some(path) = &self.write_runs {
			return write(&self.model, &wanted, &plan, path, global);
		}
		let original = Original::read(&self.model)?;
		let (mut records, mut batches) = (Vec::new(), Vec::new());
		for backend in wanted {
			let substitutes = self.substitutes(&original, &all, backend);
			let mut on_step = |step: &str| tracing::info!(?backend, "{step}");
			records.push(calibrate(
				&self.model,
				&original,
				backend,
				&substitutes,
				&plan,
				&mut on_step,
			)?);
			// The record does not say: where they change figures they stand in the pair.
			batches.push(plan.batches_of(backend));
		}
		let file = File { records };
		if let Some(out) = &self.out {
			std::fs::write(out, file.to_json())
				.with_context(|| format!("the records cannot be written to {}", out.display()))?;
		}
		let measured = file.records.iter().zip(&batches);
		let texts: Vec<String> = measured.map(|(record, batches)| text(record, batches)).collect();
		let hashes: Vec<String> = file
			.records
			.iter()
			.map(|record| hash_text(&record.hash()))
			.collect();
		global.show(
			&texts.join("\n\n"),
			&json!({ "records": file.records, "hashes": hashes, "batches": batches }),
		);
		let refused: Vec<String> = file
			.records
			.iter()
			.filter(|record| !record.refusals.is_empty())
			.map(|record| {
				format!(
					"the pair {} ({}) is refused: {}",
					hash_text(&record.pair),
					record.parts.class,
					record.refusals.join("; ")
				)
			})
			.collect();
		if refused.is_empty() {
			Ok(())
		} else {
			Err(PairRefused(refused.join("\n")).into())
		}
	}

	fn substitutes(&self, original: &Original, all: &[Arithmetic], used: Backend) -> Vec<Substitute> {
		if self.substitute.is_empty() {
			return substitutes_of(original, all, used);
		}
		self.substitute
			.iter()
			.map(|path| Substitute {
				name: path
					.file_name()
					.unwrap_or(path.as_os_str())
					.to_string_lossy()
					.into_owned(),
				source: Source::File(path.clone()),
			})
			.collect()
	}
}

/// Writes honest runs of each pair to a file, and says what is in it.
fn write(model: &Path, wanted: &[Backend], plan: &Plan, path: &Path, global: &Global) -> Result<()> {
	let mut written = Vec::new();
	for backend in wanted {
		tracing::info!(?backend, "honest runs");
		written.push(write_runs(model, *backend, plan)?);
	}
	runs::save(&written, path)?;
	let line = |runs: &Runs| {
		format!(
			"{} honest runs of the pair {}",
			runs.count(),
			hash_text(&runs.pair)
		)
	};
	let lines: Vec<String> = written.iter().map(line).collect();
	let text = format!(
		"{}\nby {} are in {path}.\nOn another machine: hai-agent calibrate {} --read-runs {path}",
		lines.join("\n"),
		written.first().map_or("", |runs| &runs.machine),
		model.display(),
		path = path.display(),
	);
	let pairs = written
		.iter()
		.map(|runs| json!({ "pair": hash_text(&runs.pair), "machine": runs.machine, "runs": runs.count() }));
	global.show(&text, &json!({ "written": pairs.collect::<Vec<_>>() }));
	Ok(())
}

fn hash_text(hash: &[u8; 32]) -> String {
	format!("0x{}", hex::encode(hash))
}

/// A record for people, and how many positions were fed at once.
fn text(record: &Record, batches: &[u32]) -> String {
	let batches: Vec<String> = batches.iter().map(u32::to_string).collect();
	let mut text = format!(
		"{} ({}, {}, {})\npair       {}\nmodel      {}\nrecord     {}\nmachine    {}\nbatches    {} positions at once\nbands      {}\nhonest     worst of {} runs with {} tokens: {}\nheld out   {} of {} rejected\n\n{:32} ",
		record.model.name,
		record.parts.engine,
		record.parts.class,
		record.parts.batch,
		hash_text(&record.pair),
		hash_text(&record.parts.model),
		hash_text(&record.hash()),
		record.setting.machine,
		batches.join(", "),
		record.bands,
		record.honest.runs,
		record.honest.tokens,
		record.honest.worst,
		record.held_out.rejected,
		record.held_out.runs,
		"caught, by tokens compared"
	);
	let range = |up_to: u32| match up_to {
		u32::MAX => "longer".to_owned(),
		up_to => format!("to {up_to}"),
	};
	for bucket in record.detection {
		let _ = write!(text, "{:>10}", range(bucket.up_to));
	}
	text.push_str("  median errors\n");
	for opponent in &record.opponents {
		let _ = write!(text, "{:32} ", opponent.name);
		for bucket in record.detection {
			let found = opponent.lengths.iter().find(|range| range.up_to == bucket.up_to);
			let cell = found.map_or_else(
				|| "-".to_owned(),
				|range| format!("{}/{}", range.caught, range.runs),
			);
			let _ = write!(text, "{cell:>10}");
		}
		let _ = writeln!(text, "  {}", opponent.median);
	}
	if let Some(vectors) = &record.vectors {
		let _ = writeln!(
			text,
			"\nembeddings: worst of {}: {}; {} of {} held out rejected",
			vectors.runs, vectors.worst, vectors.rejected, vectors.held_out
		);
		for opponent in &vectors.opponents {
			let found = format!("{}/{}", opponent.caught, opponent.runs);
			let _ = writeln!(
				text,
				"{:32} {found:>10}  {}; {}",
				opponent.name, opponent.states, opponent.vector
			);
		}
		text.push('\n');
	}
	let _ = write!(text, "{:32} ", "detection, at least");
	for bucket in record.detection {
		let _ = write!(text, "{:>8.1} %", f64::from(bucket.power.parts()) / 10_000.0);
	}
	text.push('\n');
	if record.refusals.is_empty() {
		text.push_str("\nnothing speaks against it");
	}
	for refusal in &record.refusals {
		let _ = write!(text, "\nREFUSED    {refusal}");
	}
	text
}

#[cfg(test)]
mod tests {
	use super::*;

	fn plan(batches: &[u32]) -> Plan {
		Plan {
			lengths: vec![8],
			runs: 1,
			threads: vec![1],
			batches: batches.to_vec(),
			elsewhere: Vec::new(),
		}
	}

	#[test]
	fn a_record_is_shown_with_the_batches_it_was_measured_with() {
		let committed = include_str!("../../../models/seed/calibration.json");
		let file = File::parse(committed).expect("the committed records hold");
		for (batches, expected) in [
			(&[][..], "\nbatches    512 positions at once\n"),
			(&[64, 512][..], "\nbatches    64, 512 positions at once\n"),
		] {
			let batches = plan(batches).batches_of(Backend::Candle(Arithmetic::Portable));
			let text = text(&file.records[0], &batches);
			assert!(text.contains(expected), "{text}");
		}
	}
}

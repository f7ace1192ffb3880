//! Calibrates one model in several formats, on each arithmetic, with several numbers of threads and of positions that
//! are fed at once.
//!
//! The formats are made of a GGUF file in a temporary folder. candle's threads are fixed for the life of a process,
//! so each pair is measured in a process of its own: this program again.

mod table;

use anyhow::{Context, Result, bail, ensure};
use calibration::{File, Record};
use candle_core::quantized::GgmlDType;
use clap::Parser;
use compute_agent::{
	calibrate::{
		Backend, Plan, calibrate,
		substitutes::{Change, Original},
		substitutes_of,
	},
	engine::Arithmetic,
};
use std::{
	path::{Path, PathBuf},
	process::{Command, ExitCode, Stdio},
};

/// Calibrates one model in several formats, on each arithmetic, with several numbers of threads and of positions that
/// are fed at once.
#[derive(Parser)]
struct Arguments {
	/// The model that the formats are made of, a GGUF file.
	#[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/seed/seed.gguf"))]
	model: PathBuf,
	/// Formats of the matrices.
	#[arg(long, value_delimiter = ',', default_values_t = FORMATS.map(|(name, _)| name.to_owned()))]
	formats: Vec<String>,
	/// Lengths of the runs, in tokens that are compared.
	#[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 64, 128, 256, 512])]
	lengths: Vec<u32>,
	/// Runs of each kind at each length.
	#[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
	runs: u32,
	/// Numbers of threads.
	#[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
	threads: Vec<u32>,
	/// How many positions are fed at once.
	#[arg(long, value_delimiter = ',', default_values_t = [64, 512], value_parser = clap::value_parser!(u32).range(1..))]
	batches: Vec<u32>,
	/// Measures llama.cpp as well, where the program was built with it.
	#[arg(long)]
	llama_cpp: bool,
	/// Prints one JSON object instead of a table.
	#[arg(long)]
	json: bool,
	/// Measures this one pair of a file and prints its record: what the program starts itself with.
	#[arg(long, hide = true)]
	only: Option<Way>,
}

const FORMATS: [(&str, GgmlDType); 5] = [
	("f32", GgmlDType::F32),
	("f16", GgmlDType::F16),
	("q8_0", GgmlDType::Q8_0),
	("q6_k", GgmlDType::Q6K),
	("q4_0", GgmlDType::Q4_0),
];

/// Which engine and arithmetic.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Way {
	Portable,
	Candle,
	LlamaCpp,
}

impl Way {
	fn name(self) -> &'static str {
		match self {
			Self::Portable => "portable",
			Self::Candle => "candle",
			Self::LlamaCpp => "llama-cpp",
		}
	}

	fn backend(self) -> Result<Backend> {
		match self {
			Self::Portable => Ok(Backend::Candle(Arithmetic::Portable)),
			Self::Candle => Ok(Backend::Candle(Arithmetic::Quantized)),
			Self::LlamaCpp => Backend::llama_cpp(),
		}
	}
}

/// A measured pair.
#[derive(serde::Serialize)]
struct Measured {
	format: String,
	arithmetic: &'static str,
	threads: Vec<u32>,
	batches: Vec<u32>,
	record: Record,
}

/// Writes the model in a format, and says where. Weights of the original that are wider than 8 bits by their format
/// alone would pass for 8-bit ones, so those of f32 and f16 are moved first, as by further training.
fn write(original: &Original, folder: &Path, name: &str) -> Result<PathBuf> {
	let known = FORMATS.iter().find(|(other, _)| *other == name);
	let (_, format) = known.with_context(|| {
		format!(
			"unknown format {name}: choose among {}",
			FORMATS.map(|(name, _)| name).join(", ")
		)
	})?;
	let path = folder.join(format!("{name}.gguf"));
	let changed = if matches!(format, GgmlDType::F32 | GgmlDType::F16) {
		std::fs::write(&path, original.changed(Change::Format(GgmlDType::F32))?)?;
		std::fs::write(&path, Original::read(&path)?.changed(Change::Moved(0.01))?)?;
		Original::read(&path)?.changed(Change::Format(*format))?
	} else {
		original.changed(Change::Format(*format))?
	};
	std::fs::write(&path, changed)?;
	Ok(path)
}

/// The record of one pair, measured in a process of its own.
fn measure(
	arguments: &Arguments,
	model: &Path,
	way: Way,
	threads: &[u32],
	batches: &[u32],
) -> Result<Record> {
	let list = |numbers: &[u32]| {
		let texts: Vec<String> = numbers.iter().map(u32::to_string).collect();
		texts.join(",")
	};
	let mut command = Command::new(std::env::current_exe()?);
	command
		.arg("--model")
		.arg(model)
		.args(["--only", way.name()])
		.args(["--lengths", &list(&arguments.lengths)])
		.args(["--runs", &arguments.runs.to_string()])
		.args(["--threads", &list(threads)])
		.args(["--batches", &list(batches)])
		.stderr(Stdio::inherit());
	if let (Way::Candle, [threads]) = (way, threads) {
		command.env("RAYON_NUM_THREADS", threads.to_string());
		command.env("CANDLE_NUM_THREADS", threads.to_string());
	}
	let output = command.output().context("the measurement cannot be started")?;
	ensure!(output.status.success(), "a measurement failed");
	let file = File::parse(&String::from_utf8(output.stdout)?)?;
	let [record] = &file.records[..] else {
		bail!("a measurement gave {} records", file.records.len());
	};
	Ok(record.clone())
}

/// Measures in this process.
fn only(arguments: &Arguments, way: Way) -> Result<()> {
	let backend = way.backend()?;
	let original = Original::read(&arguments.model)?;
	let all = compute_agent::calibrate::arithmetics_of(&arguments.model)?;
	let substitutes = substitutes_of(&original, &all, backend);
	let plan = Plan {
		lengths: arguments.lengths.clone(),
		runs: arguments.runs,
		threads: arguments.threads.clone(),
		batches: arguments.batches.clone(),
		elsewhere: Vec::new(),
	};
	let record = calibrate(
		&arguments.model,
		&original,
		backend,
		&substitutes,
		&plan,
		&mut |_| (),
	)?;
	println!(
		"{}",
		File {
			records: vec![record]
		}
		.to_json()
	);
	Ok(())
}

/// What is measured of a model: the way, with the numbers of threads and of positions fed at once, which writer and
/// auditor take in turn.
fn rows(arguments: &Arguments, model: &Path) -> Result<Vec<(Way, Vec<u32>, Vec<u32>)>> {
	let Arguments { threads, batches, .. } = arguments;
	let mut rows = vec![(Way::Portable, threads.clone(), batches.clone())];
	// Only where there is a quantised matrix does candle multiply.
	if compute_agent::calibrate::arithmetics_of(model)?.len() > 1 {
		rows.extend(
			threads
				.iter()
				.map(|threads| (Way::Candle, vec![*threads], batches.clone())),
		);
	}
	if arguments.llama_cpp {
		// Each class by itself, and all of them as one pair.
		rows.extend(
			batches
				.iter()
				.map(|batch| (Way::LlamaCpp, threads.clone(), vec![*batch])),
		);
		if batches.len() > 1 {
			rows.push((Way::LlamaCpp, threads.clone(), batches.clone()));
		}
	}
	Ok(rows)
}

fn run(arguments: &Arguments) -> Result<()> {
	if let Some(way) = arguments.only {
		return only(arguments, way);
	}
	if arguments.llama_cpp {
		// Before the first measurement, not after an hour.
		Way::LlamaCpp.backend()?;
	}
	let folder = tempfile::tempdir().context("there is no temporary folder")?;
	let original = Original::read(&arguments.model)?;
	let mut all = Vec::new();
	if !arguments.json {
		table::head();
	}
	for format in &arguments.formats {
		let model = write(&original, folder.path(), format)?;
		for (way, threads, batches) in rows(arguments, &model)? {
			let record = measure(arguments, &model, way, &threads, &batches)?;
			let measured = Measured {
				format: format.clone(),
				arithmetic: way.name(),
				threads,
				batches,
				record,
			};
			if !arguments.json {
				table::row(&measured);
			}
			all.push(measured);
		}
	}
	if arguments.json {
		println!("{}", serde_json::json!({ "pairs": all }));
	} else {
		table::refusals(&all);
	}
	Ok(())
}

fn main() -> ExitCode {
	match run(&Arguments::parse()) {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {error:#}");
			ExitCode::from(1)
		}
	}
}

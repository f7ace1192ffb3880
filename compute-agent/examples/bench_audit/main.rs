//! Measures what an audit costs beside the run that it audits.
//!
//! One process writes an answer and audits it, in turn, several times for each length, and keeps the
//! shortest time of each: both then saw the same machine at its best, and their ratio means something
//! even where another program is busy now and then. Where one is busy all the time, the audit's threads
//! wait for each other; so the processor time of all rounds is measured as well. Writing is `generate` and the fingerprint, as a node does them;
//! auditing is everything from the transcript to the verdict.

mod random;
mod share;

use anyhow::{Context, Result, bail};
use clap::Parser;
use compute_agent::{
	audit::{AuditTask, Bands, audit},
	engine::{Arithmetic, CandleEngine, Engine, Request, record, record::Outcome},
};
use model_export::MatrixType;
use receipt::{JobInput, Sampling, StopReason, Transcript, Verdict};
use std::{
	fs::File,
	io::Cursor,
	ops::ControlFlow,
	path::PathBuf,
	process::ExitCode,
	time::{Duration, Instant},
};

/// Measures what an audit costs beside the run that it audits.
#[derive(Parser)]
struct Arguments {
	/// The model whose ratio is compared with the limit, a GGUF file.
	#[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/seed/seed.gguf"))]
	model: PathBuf,
	/// Tokens of each answer; a length that the context has no room for is cut.
	#[arg(long, value_delimiter = ',', default_values_t = [8, 32, 64, 256, 512])]
	lengths: Vec<u32>,
	/// Times that each answer is written and audited; of the larger model two at most.
	#[arg(long, default_value_t = 5)]
	rounds: u32,
	/// Leaves out the larger model with random weights.
	#[arg(long)]
	only_model: bool,
	/// Leaves out candle's arithmetic for quantised matrices.
	#[arg(long)]
	only_portable: bool,
	/// The largest ratio of an answer of `limit-length` tokens, above which the exit code is 3.
	#[arg(long, default_value_t = 0.10)]
	limit: f64,
	/// The length at which the ratio is compared with the limit.
	#[arg(long, default_value_t = 256)]
	limit_length: u32,
	/// The largest part of all work that all verification may take, above which the exit code is 3 as well.
	#[arg(long, default_value_t = 0.01)]
	share_limit: f64,
	/// Prints one JSON object instead of a table.
	#[arg(long)]
	json: bool,
}

/// Neither greedy nor hot: every candidate's noise has to be computed.
const SAMPLING: Sampling = Sampling {
	temperature_milli: 800,
	top_k: 40,
};

/// How a line of the table came about.
#[derive(serde::Serialize)]
struct Measurement {
	model: String,
	/// Weights of the model.
	parameters: u64,
	/// How the file stores its matrices.
	matrices: &'static str,
	/// The class of processors that compute the same bits.
	class: String,
	/// Tokens of the prompt.
	prompt: usize,
	/// Tokens of the answer.
	answer: usize,
	/// Shortest time to write the answer and its fingerprint.
	generation_ms: f64,
	/// Shortest time of an audit.
	audit_ms: f64,
	/// Audit by generation.
	ratio: f64,
	/// Processor time of an audit, of all threads, by that of the generation. Only where all rounds
	/// took long enough to measure it.
	processor_ratio: Option<f64>,
	generated_per_second: f64,
	audited_per_second: f64,
}

impl Measurement {
	fn print(&self) {
		println!(
			"{:<7} {:>5.1} M {:<5} {:<19.19} {:>3} + {:<4} {:>10.2} {:>9.2} {:>6.3} {:>6} {:>9.0} {:>9.0}",
			self.model,
			self.parameters as f64 / 1e6,
			self.matrices,
			self.class,
			self.prompt,
			self.answer,
			self.generation_ms,
			self.audit_ms,
			self.ratio,
			self.processor_ratio
				.map_or("-".to_string(), |ratio| format!("{ratio:.3}")),
			self.generated_per_second,
			self.audited_per_second,
		);
	}
}

/// One answer, and what an auditor needs.
fn run(engine: &CandleEngine, job: u64, tokens: u32) -> Result<(AuditTask, Transcript, Duration)> {
	let (ticket, randomness, nonce) = ([3; 32], [4; 32], [1; 32]);
	let input = JobInput {
		workflow: 0,
		version: 0,
		task: receipt::Task::Text,
		caller: [0; 32],
		prompt: b"Once upon a time".to_vec(),
		max_tokens: tokens,
		sampling: SAMPLING,
		nonce,
		salt: [2; 32],
	};
	let seed = receipt::sampling::seed(job, &nonce, &randomness);
	let prompt = engine.tokenize(&input.prompt)?;
	let request = Request {
		prompt: &prompt,
		seed,
		sampling: SAMPLING,
		max_tokens: tokens,
	};
	let started = Instant::now();
	let run = engine.generate(&request, &mut |_| ControlFlow::Continue(()))?;
	let outcome = Outcome::of(engine, prompt.clone(), run)?;
	let took = started.elapsed();
	let commitment = input.commitment();
	let (transcript, receipt) = record::record(job, &ticket, input, seed, outcome, [0; 32])?;
	let task = AuditTask {
		job,
		receipt,
		ticket,
		input: commitment,
		max_tokens: tokens,
		nonce,
		randomness,
		opened: None,
	};
	Ok((task, transcript, took))
}

/// The first run whose answer does not end before its limit.
fn run_of_full_length(engine: &CandleEngine, tokens: u32) -> Result<(AuditTask, Transcript)> {
	for job in 0..500 {
		let (task, transcript, _) = run(engine, job, tokens)?;
		if task.receipt.stop == StopReason::Length {
			return Ok((task, transcript));
		}
	}
	bail!("no answer of 500 has {tokens} tokens; ask for shorter ones")
}

/// The processor time that this process has used, in ticks of 10 ms.
fn processor_ticks() -> Option<u64> {
	let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
	// The second field, the name, is in parentheses; user and system time are the 14th and 15th.
	let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
	Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// The most rounds with the larger model: its runs are long.
const LARGE_ROUNDS: u32 = 2;

/// Ticks below which their quotient says little.
const ENOUGH_TICKS: u64 = 20;

fn measure(
	engine: &CandleEngine,
	model: &str,
	matrices: &'static str,
	tokens: u32,
	rounds: u32,
) -> Result<Measurement> {
	let (task, transcript) = run_of_full_length(engine, tokens)?;
	let (mut generation, mut auditing) = (Duration::MAX, Duration::MAX);
	let (mut writing_ticks, mut auditing_ticks) = (0, 0);
	for _ in 0..rounds {
		let before = processor_ticks();
		generation = generation.min(run(engine, task.job, tokens)?.2);
		let between = processor_ticks();
		let started = Instant::now();
		let (verdict, figures) = audit(engine, &task, &transcript, &Bands::CPU)?;
		auditing = auditing.min(started.elapsed());
		if let (Some(before), Some(between), Some(after)) = (before, between, processor_ticks()) {
			writing_ticks += between - before;
			auditing_ticks += after - between;
		}
		if verdict != Verdict::Valid {
			bail!("an honest run was judged {verdict:?}: {figures:?}");
		}
	}
	let (prompt, answer) = (transcript.prompt.len(), transcript.answer.len());
	let description = engine.describe();
	Ok(Measurement {
		model: model.to_string(),
		parameters: description.parameters,
		matrices,
		class: description.class.clone(),
		prompt,
		answer,
		generation_ms: generation.as_secs_f64() * 1e3,
		audit_ms: auditing.as_secs_f64() * 1e3,
		ratio: auditing.as_secs_f64() / generation.as_secs_f64(),
		processor_ratio: (auditing_ticks >= ENOUGH_TICKS)
			.then_some(auditing_ticks as f64 / writing_ticks as f64),
		generated_per_second: answer as f64 / generation.as_secs_f64(),
		audited_per_second: answer as f64 / auditing.as_secs_f64(),
	})
}

/// What was measured of all models, and how long the first one took to load.
fn bench(arguments: &Arguments) -> Result<(Vec<Measurement>, Duration)> {
	let mut measurements = Vec::new();
	let mut loading = Duration::ZERO;
	let mut all_lengths = |engine: CandleEngine, model: &str, matrices, rounds| -> Result<()> {
		for length in &arguments.lengths {
			let measured = measure(&engine, model, matrices, *length, rounds)?;
			if !arguments.json {
				measured.print();
			}
			measurements.push(measured);
		}
		Ok(())
	};
	if !arguments.json {
		println!(
			"{:<7} {:>7} {:<5} {:<19} {:^10} {:>10} {:>9} {:>6} {:>6} {:>9} {:>9}",
			"model",
			"weights",
			"file",
			"arithmetic",
			"tokens",
			"written ms",
			"audit ms",
			"ratio",
			"proc.",
			"written/s",
			"audited/s"
		);
	}
	let path = arguments.model.display();
	let name = arguments.model.file_stem().unwrap_or_default().to_string_lossy();
	let measured = |arithmetic| !arguments.only_portable || arithmetic == Arithmetic::Portable;
	for arithmetic in [Arithmetic::Portable, Arithmetic::Quantized] {
		if !measured(arithmetic) {
			continue;
		}
		let file = File::open(&arguments.model).with_context(|| format!("cannot open {path}"))?;
		let started = Instant::now();
		let engine = CandleEngine::read(file, Some(arithmetic));
		let engine = engine.with_context(|| format!("cannot load {path}"))?;
		if arithmetic == Arithmetic::Portable {
			loading = started.elapsed();
		}
		all_lengths(engine, &name, "given", arguments.rounds)?;
	}
	if arguments.only_model {
		return Ok((measurements, loading));
	}
	for (matrices, name, arithmetic) in [
		(MatrixType::Q8_0, "q8_0", Arithmetic::Portable),
		(MatrixType::F16, "f16", Arithmetic::Portable),
		(MatrixType::F32, "f32", Arithmetic::Portable),
		(MatrixType::Q8_0, "q8_0", Arithmetic::Quantized),
	] {
		if !measured(arithmetic) {
			continue;
		}
		let engine = CandleEngine::read(Cursor::new(random::gguf(matrices)?), Some(arithmetic))?;
		all_lengths(engine, "random", name, arguments.rounds.min(LARGE_ROUNDS))?;
	}
	Ok((measurements, loading))
}

fn main() -> ExitCode {
	let arguments = Arguments::parse();
	let (measurements, loading) = match bench(&arguments) {
		Ok(measured) => measured,
		Err(error) => {
			eprintln!("error: {error:#}");
			return ExitCode::from(1);
		}
	};
	// The first model's portable runs come first.
	let compared = measurements
		.iter()
		.find(|measured| measured.answer == arguments.limit_length as usize);
	let within = compared.is_none_or(|measured| measured.ratio <= arguments.limit);
	// The last token is chosen, but no position of it is compared.
	let shares = compared.map_or_else(Vec::new, |measured| {
		share::shares((measured.prompt + measured.answer - 1) as u32, measured.ratio)
	});
	let share_within = shares
		.iter()
		.filter(|share| share.is_of_reference())
		.all(|share| share.share <= arguments.share_limit);
	if arguments.json {
		let object = serde_json::json!({
			"limit": arguments.limit,
			"limit_length": arguments.limit_length,
			"within_limit": compared.map(|_| within),
			"verification": shares,
			"share_limit": arguments.share_limit,
			"share_within_limit": compared.map(|_| share_within),
			"threads": std::thread::available_parallelism().map_or(1, usize::from),
			"loading_ms": loading.as_secs_f64() * 1e3,
			"measurements": measurements,
		});
		println!("{object:#}");
	} else if let Some(measured) = compared {
		let verdict = |met| if met { "met" } else { "missed" };
		println!(
			"\ngoal: an audit of {} tokens takes at most {:.0} % of the generation's time: {:.1} %, {}",
			measured.answer,
			arguments.limit * 100.0,
			measured.ratio * 100.0,
			verdict(within)
		);
		println!(
			"loading the model takes {:.0} ms, once for several audits",
			loading.as_secs_f64() * 1e3
		);
		println!("\nall verification under the default rules, where an audit costs that:");
		shares.iter().for_each(share::Share::print);
		println!(
			"goal: at most {:.1} % of all work, for jobs of the reference fee: {}",
			arguments.share_limit * 100.0,
			verdict(share_within)
		);
	}
	ExitCode::from(if within && share_within { 0 } else { 3 })
}

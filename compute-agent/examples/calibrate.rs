//! Measures what an audit sees of honest runs of a model, and of the nearest dishonest ones.
//!
//! `calibrate MODEL.gguf [--substitute OTHER.gguf ...] [--arithmetic portable|quantized]`
//!
//! Honest runs must lie within half of each band; a substitute (other weights, another
//! quantisation) and a blind forgery (no model at all) must lie at twice the band or more. A pair for
//! which that is not so must not be published as calibrated.

use anyhow::{Context, Result};
use clap::Parser;
use compute_agent::{
	audit::{AuditTask, Bands, audit},
	engine::{Arithmetic, CandleEngine, Engine, Request, record, record::Outcome},
};
use receipt::{
	Figures, Hash, JobInput, PairKey, Receipt, Sampling, Transcript, Verdict, fingerprint::fingerprint,
};
use std::{fs::File, ops::ControlFlow, path::PathBuf, time::Instant};

/// Measures what an audit sees of honest runs of a model, and of the nearest dishonest ones.
#[derive(Parser)]
struct Arguments {
	/// The model, a GGUF file.
	model: PathBuf,
	/// Models that a node may run instead, with the same tokenizer.
	#[arg(long)]
	substitute: Vec<PathBuf>,
	/// How quantised weights are multiplied: portable, quantized, or by the model's size.
	#[arg(long)]
	arithmetic: Option<String>,
	/// Tokens of each answer.
	#[arg(long, default_value_t = 160)]
	tokens: u32,
	/// What to continue.
	#[arg(long, default_values_t = [
		"Once upon a time".to_string(),
		"The king looked at the sea and".to_string(),
		"\"I do not know,\" said Alice, \"but".to_string(),
		"In the morning, when the sun".to_string(),
	])]
	prompt: Vec<String>,
}

const SAMPLINGS: [Sampling; 3] = [
	Sampling::GREEDY,
	Sampling {
		temperature_milli: 800,
		top_k: 40,
	},
	Sampling {
		temperature_milli: 1500,
		top_k: 64,
	},
];

fn load(path: &PathBuf, arithmetic: Option<Arithmetic>) -> Result<CandleEngine> {
	let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
	CandleEngine::read(file, arithmetic).with_context(|| format!("cannot load {}", path.display()))
}

/// A run of `engine`, recorded as one of the pair `claimed`.
fn run(
	engine: &CandleEngine,
	claimed: PairKey,
	job: u64,
	prompt: &str,
	sampling: Sampling,
	tokens: u32,
) -> Result<(AuditTask, Transcript)> {
	let (ticket, randomness, nonce) = ([3; 32], [job as u8; 32], [1; 32]);
	let input = JobInput {
		workflow: 0,
		version: 0,
		caller: [0; 32],
		prompt: prompt.as_bytes().to_vec(),
		max_tokens: tokens,
		sampling,
		nonce,
		salt: [2; 32],
	};
	let seed = receipt::sampling::seed(job, &nonce, &randomness);
	let prompt = engine.tokenize(prompt.as_bytes())?;
	let request = Request {
		prompt: &prompt,
		seed,
		sampling,
		max_tokens: tokens,
	};
	let run = engine.generate(&request, &mut |_| ControlFlow::Continue(()))?;
	let mut outcome = Outcome::of(engine, prompt, run)?;
	outcome.pair = claimed;
	let commitment = input.commitment();
	let (transcript, receipt) = record::record(job, &ticket, input, seed, outcome, [0; 32])?;
	Ok((
		AuditTask {
			job,
			receipt,
			ticket,
			input: commitment,
			max_tokens: tokens,
			nonce,
			randomness,
		},
		transcript,
	))
}

/// Makes the receipt fit a changed transcript.
fn reseal(task: &mut AuditTask, transcript: &Transcript) {
	task.receipt.output = Receipt::output_hash(&transcript.answer);
	task.receipt.fingerprint = transcript.fingerprint.root();
	task.receipt.transcript = transcript.hash();
}

#[derive(Default)]
struct Table(Vec<(Verdict, Figures)>);

impl Table {
	fn print(&self, name: &str) {
		let median = |read: &dyn Fn(&Figures) -> u64| {
			let mut values: Vec<u64> = self.0.iter().map(|(_, figures)| read(figures)).collect();
			values.sort_unstable();
			match values.len() {
				0 => "-".to_string(),
				n => format!("{} {} {}", values[0], values[n / 2], values[n - 1]),
			}
		};
		let valid = self
			.0
			.iter()
			.filter(|(verdict, _)| *verdict == Verdict::Valid)
			.count();
		println!(
			"{name:38} valid {valid:3} of {:3} | mismatches {:14} | mantissa {:16} | loss {:22} | losses {}",
			self.0.len(),
			median(&|f| u64::from(f.mismatches)),
			median(&|f| u64::from(f.mantissa_milli)),
			median(&|f| u64::from(f.loss_milli)),
			median(&|f| u64::from(f.losses)),
		);
	}
}

fn main() -> Result<()> {
	let arguments = Arguments::parse();
	let arithmetic = match arguments.arithmetic.as_deref() {
		None => None,
		Some("portable") => Some(Arithmetic::Portable),
		Some("quantized") => Some(Arithmetic::Quantized),
		Some(other) => anyhow::bail!("--arithmetic is `portable` or `quantized`, not `{other}`"),
	};
	let started = Instant::now();
	let engine = load(&arguments.model, arithmetic)?;
	let description = engine.describe();
	println!(
		"{}: {} weights, {}, {}",
		description.name, description.parameters, description.engine, description.class
	);
	println!(
		"pair {}, loaded in {:?}\n",
		hex::encode(description.pair),
		started.elapsed()
	);
	let bands = Bands::CPU;
	let states_of = |tokens: &[u32]| engine.prefill(tokens, tokens.len(), &mut |_, _| ());

	let (mut honest, mut constant, mut means, mut foreign, mut unbound, mut greedy) = (
		Table::default(),
		Table::default(),
		Table::default(),
		Table::default(),
		Table::default(),
		Table::default(),
	);
	let (mut written, mut writing, mut checking) = (0, 0.0, 0.0);
	let mut runs = Vec::new();
	for prompt in &arguments.prompt {
		for sampling in SAMPLINGS {
			let job = runs.len() as u64;
			let started = Instant::now();
			let (task, transcript) = run(&engine, engine.pair(), job, prompt, sampling, arguments.tokens)?;
			writing += started.elapsed().as_secs_f64();
			written += transcript.answer.len();
			let started = Instant::now();
			honest.0.push(audit(&engine, &task, &transcript, &bands)?);
			checking += started.elapsed().as_secs_f64();
			let mut stream = engine.detokenizer();
			let text: String = transcript
				.answer
				.iter()
				.map(|token| stream.push(*token))
				.collect();
			println!(
				"[{} | {}] {prompt}|{text}{}\n",
				sampling.temperature_milli,
				sampling.top_k,
				stream.finish()
			);
			runs.push((task, transcript));
		}
	}
	println!(
		"{written} tokens: {:.0} a second written, {:.0} checked\n",
		written as f64 / writing,
		written as f64 / checking
	);

	println!(
		"figures: lowest, median, highest of the runs (mantissa in thousandths of a bf16 step, loss of a logit)"
	);
	println!("bands: {bands:?}");
	honest.print("honest");
	for (number, (task, transcript)) in runs.iter().enumerate() {
		let fed = [
			&transcript.prompt[..],
			&transcript.answer[..transcript.answer.len() - 1],
		]
		.concat();
		let width = description.width as usize;
		let states = states_of(&fed)?.values;
		let forge = |table: &mut Table, states: &[f32]| -> Result<()> {
			let (mut task, mut transcript) = (*task, transcript.clone());
			transcript.fingerprint = fingerprint(states, width)?;
			reseal(&mut task, &transcript);
			table.0.push(audit(&engine, &task, &transcript, &bands)?);
			Ok(())
		};
		let scale = states.iter().map(|value| value.abs()).sum::<f32>() / states.len() as f32;
		forge(&mut constant, &vec![scale * 3.0; states.len()])?;
		// The mean of each dimension over another text, which needs no run of this one.
		let (_, other) = &runs[(number + SAMPLINGS.len()) % runs.len()];
		let other_states = states_of(&[&other.prompt[..], &other.answer[..]].concat())?.values;
		let mut mean = vec![0f32; width];
		let rows = other_states.len() / width;
		for row in other_states.chunks(width) {
			mean.iter_mut()
				.zip(row)
				.for_each(|(sum, value)| *sum += value / rows as f32);
		}
		forge(&mut means, &mean.repeat(fed.len()))?;
		let copied: Vec<f32> = other_states.iter().cycle().copied().take(states.len()).collect();
		forge(&mut foreign, &copied)?;

		// The right model, but the node chose the seed, or did not sample at all.
		let ours = |seed: Hash, sampling: Sampling| -> Result<(Verdict, Figures)> {
			let request = Request {
				prompt: &transcript.prompt,
				seed,
				sampling,
				max_tokens: task.max_tokens,
			};
			let run = engine.generate(&request, &mut |_| ControlFlow::Continue(()))?;
			let outcome = Outcome::of(&engine, transcript.prompt.clone(), run)?;
			let (transcript, receipt) = record::record(
				task.job,
				&task.ticket,
				transcript.input.clone(),
				transcript.seed,
				outcome,
				[0; 32],
			)?;
			Ok(audit(
				&engine,
				&AuditTask { receipt, ..*task },
				&transcript,
				&bands,
			)?)
		};
		if transcript.input.sampling != Sampling::GREEDY {
			unbound.0.push(ours([9; 32], transcript.input.sampling)?);
			greedy.0.push(ours(transcript.seed, Sampling::GREEDY)?);
		}
	}
	constant.print("forged: constant");
	means.print("forged: mean of each dimension");
	foreign.print("forged: another prompt's states");
	unbound.print("another seed");
	greedy.print("greedy where sampling was asked");
	for path in &arguments.substitute {
		let other = load(path, arithmetic)?;
		let mut table = Table::default();
		for (number, (task, transcript)) in runs.iter().enumerate() {
			let prompt = &arguments.prompt[number / SAMPLINGS.len()];
			let (task, transcript) = run(
				&other,
				engine.pair(),
				task.job,
				prompt,
				transcript.input.sampling,
				arguments.tokens,
			)?;
			table.0.push(audit(&engine, &task, &transcript, &bands)?);
		}
		table.print(&format!(
			"substitute: {}",
			path.file_name().unwrap_or_default().to_string_lossy()
		));
	}
	Ok(())
}

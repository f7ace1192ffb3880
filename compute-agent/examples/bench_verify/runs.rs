//! Honest runs, and the papers that go with a run.

use anyhow::Result;
use compute_agent::{
	audit::AuditTask,
	engine::{CandleEngine, Ending, Engine, Request, Run, record, record::Outcome},
};
use receipt::{Hash, JobInput, PairKey, Sampling, Token, Transcript, fingerprint::Fingerprint};
use std::ops::ControlFlow;

/// What an auditor gets to see of a run.
#[derive(Clone)]
pub(crate) struct Case {
	pub(crate) task: AuditTask,
	pub(crate) transcript: Transcript,
}

pub(crate) const TICKET: Hash = [3; 32];
pub(crate) const NONCE: [u8; 32] = [1; 32];

/// The text that prompts are cut from.
pub(crate) const TEXT: &str = include_str!("../../../models/seed/README.md");

/// Prompts, each another piece of text of about a line.
pub(crate) fn prompt(number: usize) -> String {
	let words: Vec<&str> = TEXT.split_whitespace().collect();
	let start = number.wrapping_mul(7) % words.len().saturating_sub(12).max(1);
	words[start..(start + 12).min(words.len())].join(" ")
}

/// The samplings that runs take in turn.
pub(crate) const SAMPLINGS: [Sampling; 3] = [
	Sampling {
		temperature_milli: 800,
		top_k: 40,
	},
	Sampling {
		temperature_milli: 1_200,
		top_k: 64,
	},
	Sampling {
		temperature_milli: 500,
		top_k: 20,
	},
];

/// What job `number` asks for.
pub(crate) fn input(number: usize, tokens: u32) -> JobInput {
	JobInput {
		workflow: 0,
		version: 0,
		task: receipt::Task::Text,
		caller: [0; 32],
		prompt: prompt(number).into_bytes(),
		max_tokens: tokens,
		sampling: SAMPLINGS[number % SAMPLINGS.len()],
		nonce: NONCE,
		salt: [2; 32],
	}
}

/// A run.
pub(crate) fn generate(
	engine: &CandleEngine,
	prompt: &[Token],
	seed: Hash,
	sampling: Sampling,
	max_tokens: u32,
) -> Result<Run> {
	let request = Request {
		prompt,
		seed,
		sampling,
		max_tokens,
	};
	Ok(engine.generate(&request, &mut |_| ControlFlow::Continue(()))?)
}

/// The fingerprint of the promised model's states on a text.
pub(crate) fn fingerprint_of(
	engine: &CandleEngine,
	prompt: &[Token],
	answer: &[Token],
) -> Result<Fingerprint> {
	let fed = [prompt, &answer[..answer.len() - 1]].concat();
	let states = engine.prefill(&fed, fed.len(), &mut |_, _| ())?;
	Ok(states.fingerprint()?)
}

/// The honest run of job `number`, by whatever engine, under the pair that was promised.
pub(crate) fn honest(engine: &CandleEngine, claimed: PairKey, number: usize, tokens: u32) -> Result<Case> {
	let input = input(number, tokens);
	let job = number as u64;
	let randomness = receipt::hash::hash(receipt::hash::Domain::Draw, &(number as u64, tokens));
	let seed = receipt::sampling::seed(job, &NONCE, &randomness);
	let prompt = engine.tokenize(&input.prompt)?;
	let run = generate(engine, &prompt, seed, input.sampling, tokens)?;
	let fingerprint = run.states.fingerprint()?;
	let task = AuditTask {
		job,
		receipt: placeholder(),
		ticket: TICKET,
		input: input.commitment(),
		max_tokens: tokens,
		nonce: NONCE,
		randomness,
		opened: None,
	};
	let transcript = Transcript {
		job,
		input,
		prompt,
		answer: Vec::new(),
		text: [0; 32],
		seed,
		fingerprint: Fingerprint { chunks: Vec::new() },
		vector: Vec::new(),
	};
	Case { task, transcript }.with(engine, claimed, run.answer, run.ending, fingerprint)
}

fn placeholder() -> receipt::Receipt {
	receipt::Receipt {
		job: 0,
		check: receipt::CheckKind::TokenPrefill,
		pair: [0; 32],
		request: [0; 32],
		output: [0; 32],
		transcript: [0; 32],
		tokens_in: 0,
		tokens_out: 0,
		sampling: Sampling::GREEDY,
		stop: receipt::StopReason::Length,
		fingerprint: [0; 32],
		sealed_canary: [0; 32],
	}
}

impl Case {
	/// The same job with another answer, and papers that fit it. All models here have one tokenizer, `reader`'s.
	pub(crate) fn with(
		&self,
		reader: &CandleEngine,
		pair: PairKey,
		answer: Vec<Token>,
		ending: Ending,
		fingerprint: Fingerprint,
	) -> Result<Self> {
		let Transcript {
			job,
			input,
			prompt,
			seed,
			..
		} = self.transcript.clone();
		let outcome = Outcome {
			pair,
			prompt,
			text: record::text_hash(reader, &answer),
			answer,
			ending,
			fingerprint,
			vector: Vec::new(),
		};
		let (transcript, receipt) = record::record(job, &TICKET, input, seed, outcome, [0; 32])?;
		Ok(Self {
			task: AuditTask { receipt, ..self.task },
			transcript,
		})
	}
}

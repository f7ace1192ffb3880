//! Runs, and the papers that go with a run.

use crate::{
	audit::AuditTask,
	engine::{Engine, Request, Run, record, record::Outcome},
};
use anyhow::Result;
use codec::{Decode, Encode};
use receipt::{
	Hash, JobId, JobInput, Sampling, Token, Transcript,
	fingerprint::Fingerprint,
	hash::{Domain, hash},
};
use std::ops::ControlFlow;

/// The texts that prompts are cut from, one a line.
const PROMPTS: &str = include_str!("prompts.txt");

/// The longest prompt. A short one leaves more of a run to the answer.
const LONGEST_PROMPT: usize = 24;

/// The samplings that runs take in turn.
const SAMPLINGS: [Sampling; 4] = [
	Sampling {
		temperature_milli: 800,
		top_k: 40,
	},
	Sampling::GREEDY,
	Sampling {
		temperature_milli: 1_200,
		top_k: 64,
	},
	Sampling {
		temperature_milli: 500,
		top_k: 20,
	},
];

pub(super) const TICKET: Hash = [3; 32];
pub(super) const NONCE: [u8; 32] = [1; 32];

/// Which half of the prompts, and which seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) enum Share {
	/// Runs that set the bands.
	Set,
	/// Runs that check them.
	HeldOut,
}

/// What an auditor gets to see of a run.
#[derive(Clone, Debug, Encode, Decode)]
pub(super) struct Case {
	pub(super) task: AuditTask,
	pub(super) transcript: Transcript,
}

/// The texts of a share, one a line.
pub(super) fn lines(share: Share) -> Vec<&'static str> {
	let lines: Vec<&str> = PROMPTS.lines().collect();
	let half = lines.len() / 2;
	match share {
		Share::Set => lines[..half].to_vec(),
		Share::HeldOut => lines[half..].to_vec(),
	}
}

/// What run `number` of a share asks for: a prompt of at most half of `length` tokens where the first word is
/// not longer, and an answer that makes up the rest.
fn input(engine: &dyn Engine, share: Share, number: usize, length: u32) -> Result<JobInput> {
	let lines = lines(share);
	let words: Vec<&str> = lines[number % lines.len()].split(' ').collect();
	// Another place to begin in each round through the lines.
	let words = &words[number / lines.len() % (words.len() / 2)..];
	let room = (length as usize / 2).clamp(1, LONGEST_PROMPT);
	let mut prompt = words[0].to_owned();
	for word in &words[1..] {
		let longer = [&prompt, " ", word].concat();
		if engine.tokenize(longer.as_bytes())?.len() > room {
			break;
		}
		prompt = longer;
	}
	let taken = engine.tokenize(prompt.as_bytes())?.len() as u32;
	Ok(JobInput {
		workflow: 0,
		version: 0,
		task: receipt::Task::Text,
		caller: [0; 32],
		prompt: prompt.into_bytes(),
		// The last token is chosen, but no position of it is compared.
		max_tokens: (length + 1).saturating_sub(taken).max(1),
		sampling: SAMPLINGS[number % SAMPLINGS.len()],
		nonce: NONCE,
		salt: [2; 32],
	})
}

pub(super) fn generate(
	engine: &dyn Engine,
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

/// The honest run `number` of a share at this length.
pub(super) fn honest(engine: &dyn Engine, share: Share, number: usize, length: u32) -> Result<Case> {
	let input = input(engine, share, number, length)?;
	let job = number as JobId;
	let randomness = hash(Domain::Draw, &(share as u8, number as u64, length));
	let seed = receipt::sampling::seed(job, &NONCE, &randomness);
	let prompt = engine.tokenize(&input.prompt)?;
	let run = generate(engine, &prompt, seed, input.sampling, input.max_tokens)?;
	let outcome = Outcome::of(engine, prompt, run)?;
	let (commitment, max_tokens) = (input.commitment(), input.max_tokens);
	let (transcript, receipt) = record::record(job, &TICKET, input, seed, outcome, [0; 32])?;
	Ok(Case {
		task: AuditTask {
			job,
			receipt,
			ticket: TICKET,
			input: commitment,
			max_tokens,
			nonce: NONCE,
			randomness,
			opened: None,
		},
		transcript,
	})
}

impl Case {
	/// Tokens that are compared: prompt and answer without its last one.
	pub(super) fn compared(&self) -> u32 {
		(self.transcript.prompt.len() + self.transcript.answer.len() - 1) as u32
	}

	pub(super) fn sampling(&self) -> Sampling {
		self.transcript.input.sampling
	}

	/// Whether its states, repeated, are those of the other run: two texts of one and the same token have the same
	/// states, and copying them is no forgery.
	pub(super) fn gives_the_states_of(&self, other: &Self) -> bool {
		let wanted = other.fed();
		self.fed().into_iter().cycle().take(wanted.len()).eq(wanted)
	}

	/// The text that was fed.
	pub(super) fn fed(&self) -> Vec<Token> {
		let answer = &self.transcript.answer;
		[&self.transcript.prompt[..], &answer[..answer.len() - 1]].concat()
	}

	/// The same job with another answer of `writer`, and papers that fit it.
	pub(super) fn with(&self, writer: &dyn Engine, run: Run, fingerprint: Fingerprint) -> Result<Self> {
		let Transcript {
			job,
			input,
			prompt,
			seed,
			..
		} = self.transcript.clone();
		let outcome = Outcome {
			pair: self.task.receipt.pair,
			prompt,
			text: record::text_hash(writer, &run.answer),
			answer: run.answer,
			ending: run.ending,
			fingerprint,
			vector: Vec::new(),
		};
		let (transcript, receipt) = record::record(job, &TICKET, input, seed, outcome, [0; 32])?;
		Ok(Self {
			task: AuditTask { receipt, ..self.task },
			transcript,
		})
	}

	/// The same run with another fingerprint.
	pub(super) fn with_fingerprint(&self, fingerprint: Fingerprint) -> Self {
		let mut case = self.clone();
		case.transcript.fingerprint = fingerprint;
		case.task.receipt.fingerprint = case.transcript.fingerprint.root();
		case.task.receipt.transcript = case.transcript.hash();
		case
	}
}

//! A run as transcript and receipt.

use super::{
	Ending, Engine, Run,
	vector::{EmbedError, Embedded, embed},
};
use receipt::{
	CheckKind, Hash, JobId, JobInput, PairKey, Receipt, StopReason, Task, Token, Transcript,
	fingerprint::{Fingerprint, FingerprintError},
};

/// What is left of a run when its states are no longer needed.
#[derive(Clone, Debug, PartialEq, Eq, codec::Encode, codec::Decode)]
pub struct Outcome {
	/// The pair on which it ran.
	pub pair: PairKey,
	/// The prompt's tokens.
	pub prompt: Vec<Token>,
	/// The answer's tokens.
	pub answer: Vec<Token>,
	/// The hash of the answer's text, see [`text_hash`].
	pub text: Hash,
	/// Why it ended.
	pub ending: Ending,
	/// The fingerprint of the states.
	pub fingerprint: Fingerprint,
	/// The vector, as the bits of f32; none where text was asked for.
	pub vector: Vec<u32>,
}

impl Outcome {
	/// The outcome of a run of `engine`.
	pub fn of(engine: &dyn Engine, prompt: Vec<Token>, run: Run) -> Result<Self, FingerprintError> {
		let fingerprint = run.states.fingerprint()?;
		Ok(Self {
			pair: engine.pair(),
			prompt,
			text: text_hash(engine, &run.answer),
			answer: run.answer,
			ending: run.ending,
			fingerprint,
			vector: Vec::new(),
		})
	}

	/// The outcome of an embedding by `engine`.
	pub fn of_vector(engine: &dyn Engine, prompt: Vec<Token>) -> Result<Self, EmbedError> {
		let Embedded { states, vector } = embed(engine, &prompt)?;
		Ok(Self {
			pair: engine.pair(),
			prompt,
			answer: Vec::new(),
			text: text_hash(engine, &[]),
			ending: Ending::EndOfText,
			fingerprint: states.fingerprint()?,
			vector,
		})
	}
}

/// The hash of an answer's text as `engine` streams it.
pub fn text_hash(engine: &dyn Engine, answer: &[Token]) -> Hash {
	Transcript::text_hash(&engine.detokenizer().read(answer))
}

/// The run was stopped. A receipt of it needs the caller's signature over the last chunk, which
/// nobody asks for yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run was stopped before its end, and a stopped run has no receipt")]
pub struct StoppedRun;

/// The transcript and the unsigned receipt of a run that writes text, see [`record_as`].
pub fn record(
	job: JobId,
	ticket: &Hash,
	input: JobInput,
	seed: Hash,
	outcome: Outcome,
	sealed_canary: [u8; 32],
) -> Result<(Transcript, Receipt), StoppedRun> {
	let check = CheckKind::TokenPrefill;
	record_as(check, job, ticket, input, seed, outcome, sealed_canary)
}

/// The transcript and the unsigned receipt of a run. `ticket` is the ticket's hash, `seed` what
/// bound the sampling. `check` is the ticket's.
pub fn record_as(
	check: CheckKind,
	job: JobId,
	ticket: &Hash,
	input: JobInput,
	seed: Hash,
	outcome: Outcome,
	sealed_canary: [u8; 32],
) -> Result<(Transcript, Receipt), StoppedRun> {
	let stop = match outcome.ending {
		Ending::EndOfText => StopReason::EndOfText,
		Ending::Length => StopReason::Length,
		Ending::Stopped => return Err(StoppedRun),
	};
	let sampling = input.sampling;
	let Outcome {
		pair,
		prompt,
		answer,
		text,
		fingerprint,
		vector,
		..
	} = outcome;
	let transcript = Transcript {
		job,
		input,
		prompt,
		answer,
		text,
		seed,
		fingerprint,
		vector,
	};
	let output = match transcript.input.task {
		Task::Text => Receipt::output_hash(&transcript.answer),
		Task::Embedding => Receipt::vector_hash(&transcript.vector),
	};
	let receipt = Receipt {
		job,
		check,
		pair,
		request: Receipt::request_hash(ticket, &transcript.prompt),
		output,
		transcript: transcript.hash(),
		tokens_in: transcript.prompt.len() as u32,
		tokens_out: transcript.answer.len() as u32,
		sampling,
		stop,
		fingerprint: transcript.fingerprint.root(),
		sealed_canary,
	};
	Ok((transcript, receipt))
}

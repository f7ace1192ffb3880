//! Checks a run from its transcript: one prefill, whatever the length of the answer.
//!
//! Three questions, in this order, and the first "no" is the verdict.
//!
//! 1. *Structure.* Do receipt, ticket and transcript speak of the same run? Are the prompt's tokens
//!    those of the committed prompt, was the seed the bound one, did the answer end where it had to, is its text
//!    the one that the caller can compare with what it was told?
//! 2. *Fingerprint.* Are the hidden states this model's on this text? That needs the model, so a
//!    smaller or another one does not pass.
//! 3. *Sampling.* Is each token the one that the seed gives, or so near to it that only rounding can
//!    have made the difference?
//!
//! An embedding has no tokens to be chosen: of it the third question is whether the [vector] is that of the states.
//!
//! The same prefill gives the [traces](receipt::trace) by which auditors show that they made it.

pub mod vector;

pub use calibration::Bands;

use crate::engine::{Engine, EngineError, States, Values, record, sampler, values::traces};
use receipt::{
	CheckKind, Figures, Hash, JobId, PairKey, Receipt, StopReason, Token, Transcript, Verdict,
	attestation::{CLEAR_ERROR, Reason},
	canary::Planting,
	fingerprint::{CHUNK, ChunkDifference, Fingerprint, FingerprintError, chunk_ranges, compare},
	trace::{Trace, Tracer},
};

/// The longest prompt in bytes. Nodes refuse longer ones, so that nobody has to tokenize them.
pub const MAX_PROMPT: usize = 200_000;

/// What an auditor knows of a job from the chain: nothing here comes from the transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, codec::Encode, codec::Decode)]
pub struct AuditTask {
	/// The job.
	pub job: JobId,
	/// The node's receipt.
	pub receipt: Receipt,
	/// The hash of the ticket that the request carried.
	pub ticket: Hash,
	/// The ticket's commitment to the input.
	pub input: Hash,
	/// The ticket's limit for the answer.
	pub max_tokens: u32,
	/// The ticket's nonce.
	pub nonce: [u8; 32],
	/// What the chain drew for this job.
	pub randomness: Hash,
	/// What the node has shown that it planted in the receipt: then the true transcript is audited.
	pub opened: Option<Planting>,
}

impl AuditTask {
	/// The hash of the transcript that is audited.
	pub fn transcript(&self) -> Hash {
		self.opened
			.map_or(self.receipt.transcript, |planting| planting.transcript)
	}
}

/// What an audit gives.
#[derive(Clone, Debug, PartialEq, Eq, codec::Encode, codec::Decode)]
pub struct Audited {
	/// What was found.
	pub verdict: Verdict,
	/// What was measured until the verdict was clear.
	pub figures: Figures,
	/// What each tracer has to show, in their order. `None` where nothing was run, or the engine shows no values.
	pub traces: Vec<Option<Trace>>,
}

/// The most seats of a stage: `pallet_terms::MAX_COMMITTEE`.
pub const MAX_COMMITTEE: usize = 21;

/// The most findings of the stages before: those of one auditor, a panel and a jury.
pub const MAX_EARLIER: usize = 1 + 2 * MAX_COMMITTEE;

/// The most traces that one audit computes.
pub const MAX_TRACERS: usize = MAX_COMMITTEE + MAX_EARLIER;

/// A single token may lose this many times the 99.9 % point.
const OUTLIER: f64 = 10.0;

/// How many tokens of `count` may lie above the 99.9 % point.
fn allowed_losses(count: usize) -> u16 {
	(count / 50).clamp(2, usize::from(u16::MAX)) as u16
}

/// The largest of the figures as a part of its band, in thousandths, for an answer of `count` tokens. Above 1000
/// the run is not the pair's.
fn error_milli(bands: &Bands, figures: &Figures, count: usize) -> u32 {
	let outlier = OUTLIER * f64::from(bands.loss_milli);
	[
		(u64::from(figures.mismatches), u64::from(bands.mismatches)),
		(u64::from(figures.mantissa_milli), u64::from(bands.mantissa_milli)),
		(u64::from(figures.loss_milli), outlier as u64),
		(u64::from(figures.losses), u64::from(allowed_losses(count))),
	]
	.into_iter()
	.map(|(figure, band)| (figure * 1000).div_ceil(band.max(1)))
	.max()
	.map_or(0, |error| error.min(u64::from(CLEAR_ERROR)) as u32)
}

/// Why an audit has no verdict. None of these speaks against the node.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
	/// Another model or engine.
	#[error("the receipt is of the pair {receipt}, but this engine is {engine}; load that model to audit it")]
	OtherPair {
		/// The receipt's, in hex.
		receipt: String,
		/// This engine's, in hex.
		engine: String,
	},
	/// The work is checked in another way.
	#[error("a receipt with the check {check:?} is not audited by a prefill")]
	OtherCheck {
		/// How it is checked.
		check: CheckKind,
	},
	/// The auditor's own model failed.
	#[error("the auditor's own run failed: {0}")]
	Engine(#[from] EngineError),
	/// The auditor's own states have no fingerprint.
	#[error("the auditor's own states cannot be compared: {0}")]
	States(FingerprintError),
	/// The bands are of a pair whose vectors were not measured.
	#[error("vectors of this pair were not measured, so nobody can say what honest ones may differ by")]
	NoVectorBands,
	/// The auditor's own states give no vector.
	#[error("the auditor's own states give no vector: {0}")]
	Vector(#[from] crate::engine::vector::EmbedError),
	/// More auditors than a job can have.
	#[error("{given} traces are asked for, and no job has more than {MAX_TRACERS} auditors")]
	TooManyTracers {
		/// How many were named.
		given: usize,
	},
}

/// Audits a run. The figures are those measured until the verdict was clear.
///
/// Of an opened canary it is the true transcript that is audited, by the receipt as it would be without the fault; and the
/// receipt that was delivered must differ from that by exactly what the node's draw planted.
///
/// A stopped answer (`Aborted`) is invalid: nodes do not ask callers for the signature that it needs.
pub fn audit(
	engine: &dyn Engine,
	task: &AuditTask,
	transcript: &Transcript,
	bands: &Bands,
) -> Result<(Verdict, Figures), AuditError> {
	look(engine, task, transcript, bands, &mut |_| ())
}

/// [`audit`], and what each of `tracers` has to show of a run of its own: at most [`MAX_TRACERS`].
pub fn audit_and_trace(
	engine: &dyn Engine,
	task: &AuditTask,
	transcript: &Transcript,
	bands: &Bands,
	tracers: &[Tracer],
) -> Result<Audited, AuditError> {
	if tracers.len() > MAX_TRACERS {
		return Err(AuditError::TooManyTracers { given: tracers.len() });
	}
	// The receipt as it was delivered, whatever was planted in it.
	let receipt = task.receipt.hash();
	let mut shown = vec![None; tracers.len()];
	let (verdict, figures) = look(engine, task, transcript, bands, &mut |values| {
		shown = traces(values, &receipt, tracers);
	})?;
	Ok(Audited {
		verdict,
		figures,
		traces: shown,
	})
}

/// The audit; `on_values` sees the cache of its run, if there is one.
fn look(
	engine: &dyn Engine,
	task: &AuditTask,
	transcript: &Transcript,
	bands: &Bands,
	on_values: &mut dyn FnMut(&dyn Values),
) -> Result<(Verdict, Figures), AuditError> {
	let delivered = &task.receipt;
	let is_explained = task
		.opened
		.is_none_or(|planting| planting.explains(delivered, transcript));
	let truth = task.opened.map(|planting| planting.truth(delivered));
	let task = &AuditTask {
		receipt: truth.unwrap_or(*delivered),
		..*task
	};
	let receipt = &task.receipt;
	check_pair(engine, receipt)?;
	if !is_explained {
		tracing::info!(job = task.job, "what was planted is not what the draw says");
		let error_milli = CLEAR_ERROR;
		let figures = Figures {
			error_milli,
			..Figures::default()
		};
		return Ok((Verdict::Invalid(Reason::Structure), figures));
	}
	match receipt.check {
		CheckKind::TokenPrefill => text(engine, task, transcript, bands, on_values),
		CheckKind::VectorRecompute { .. } => vector::audit(engine, task, transcript, bands, on_values),
		check => Err(AuditError::OtherCheck { check }),
	}
}

/// Audits a run that wrote text.
fn text(
	engine: &dyn Engine,
	task: &AuditTask,
	transcript: &Transcript,
	bands: &Bands,
	on_values: &mut dyn FnMut(&dyn Values),
) -> Result<(Verdict, Figures), AuditError> {
	let receipt = &task.receipt;
	let mut figures = Figures::default();
	if let Err(fault) = structure(engine, task, transcript) {
		tracing::info!(job = task.job, fault, "the receipt's structure is wrong");
		figures.error_milli = CLEAR_ERROR;
		return Ok((Verdict::Invalid(Reason::Structure), figures));
	}

	// The fingerprint covers what was fed: all but the last token.
	let fed = fed_tokens(transcript);
	let first_chosen = transcript.prompt.len();
	let mut losses = Vec::with_capacity(transcript.answer.len());
	let tolerance = f64::from(bands.loss_milli) / 1000.0;
	let mut on_logits = |position: usize, logits: &[f32]| {
		let chosen = transcript.answer[position + 1 - first_chosen];
		let (sampling, seed) = (&receipt.sampling, &transcript.seed);
		losses.push(sampler::loss(
			logits,
			sampling,
			seed,
			position as u32 + 1,
			chosen,
			tolerance,
		));
	};
	let states = engine.prefill_and_show(&fed, first_chosen - 1, &mut on_logits, on_values)?;

	let differences = match compare_in_halves(&transcript.fingerprint, &states) {
		Ok(differences) => differences,
		Err(FingerprintError::ChunkCount { .. } | FingerprintError::Malformed { .. }) => {
			tracing::info!(job = task.job, "the fingerprint is malformed");
			figures.error_milli = CLEAR_ERROR;
			return Ok((Verdict::Invalid(Reason::Structure), figures));
		}
		Err(error) => return Err(AuditError::States(error)),
	};
	figures.chunks = differences.len().min(usize::from(u16::MAX)) as u16;
	figures.mismatches = differences
		.iter()
		.map(|chunk| chunk.mismatches)
		.max()
		.unwrap_or(0);
	figures.mantissa_milli = differences
		.iter()
		.map(|chunk| chunk.mantissa_milli)
		.max()
		.unwrap_or(0);
	let milli = |loss: f64| (loss * 1000.0).ceil().min(f64::from(u32::MAX)) as u32;
	figures.loss_milli = losses
		.iter()
		.map(|loss| loss.map_or(u32::MAX, milli))
		.max()
		.unwrap_or(0);
	let above = losses
		.iter()
		.filter(|loss| loss.is_none_or(|loss| loss > tolerance))
		.count();
	figures.losses = above.min(usize::from(u16::MAX)) as u16;
	figures.error_milli = error_milli(bands, &figures, losses.len());

	let fingerprint_fails =
		figures.mismatches > bands.mismatches || figures.mantissa_milli > bands.mantissa_milli;
	let outlier = losses
		.iter()
		.any(|loss| loss.is_none_or(|loss| loss > OUTLIER * tolerance));
	let verdict = if fingerprint_fails {
		Verdict::Invalid(Reason::Fingerprint)
	} else if outlier || figures.losses > allowed_losses(losses.len()) {
		Verdict::Invalid(Reason::Sampling)
	} else {
		Verdict::Valid
	};
	tracing::debug!(job = task.job, ?verdict, ?figures, "audited");
	Ok((verdict, figures))
}

/// Whether the work is of this engine's pair.
fn check_pair(engine: &dyn Engine, receipt: &Receipt) -> Result<(), AuditError> {
	if receipt.pair == engine.pair() {
		return Ok(());
	}
	let hex = |pair: &PairKey| hex::encode(pair);
	Err(AuditError::OtherPair {
		receipt: hex(&receipt.pair),
		engine: hex(&engine.pair()),
	})
}

/// [`compare`], with a second thread for half of the chunks.
fn compare_in_halves(
	fingerprint: &Fingerprint,
	states: &States,
) -> Result<Vec<ChunkDifference>, FingerprintError> {
	let States { values, width } = states;
	let half = fingerprint.chunks.len() / 2;
	let whole_chunks = half * CHUNK * width;
	if half == 0 || values.len() < whole_chunks + CHUNK * width {
		return compare(fingerprint, values, *width);
	}
	let part = |chunks: &[Vec<u8>], values: &[f32]| {
		let chunks = chunks.to_vec();
		compare(&Fingerprint { chunks }, values, *width)
	};
	let (first, second) = fingerprint.chunks.split_at(half);
	let (of_first, of_second) = values.split_at(whole_chunks);
	let (first, second) = std::thread::scope(|scope| {
		let second = scope.spawn(|| part(second, of_second));
		let first = part(first, of_first);
		(
			first,
			second
				.join()
				.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
		)
	});
	let mut differences = first?;
	differences.extend(second?);
	Ok(differences)
}

/// Prompt and answer without the last token, which was chosen but never fed.
fn fed_tokens(transcript: &Transcript) -> Vec<Token> {
	let answer = transcript
		.answer
		.split_last()
		.map_or(&[][..], |(_, before)| before);
	[transcript.prompt.as_slice(), answer].concat()
}

fn require(truth: bool, fault: &'static str) -> Result<(), &'static str> {
	if truth { Ok(()) } else { Err(fault) }
}

/// Whether what every run has fits together, whether it wrote text or gave a vector: input, ticket, prompt and hashes,
/// with a fingerprint of so many `positions`. The prompt is not empty and has room in the context. The error says what
/// does not fit.
fn papers(
	engine: &dyn Engine,
	task: &AuditTask,
	transcript: &Transcript,
	positions: usize,
) -> Result<(), &'static str> {
	let receipt = &task.receipt;
	let Transcript {
		job,
		input,
		prompt,
		seed,
		fingerprint,
		..
	} = transcript;
	require(*job == task.job && receipt.job == task.job, "another job")?;
	require(input.commitment() == task.input, "not the committed input")?;
	require(
		input.nonce == task.nonce,
		"input and ticket have different nonces",
	)?;
	require(
		input.max_tokens == task.max_tokens,
		"input and ticket have different limits",
	)?;
	require(input.sampling.is_valid(), "sampling out of bounds")?;
	require(
		input.sampling == receipt.sampling,
		"sampling is not what the input asks",
	)?;
	require(
		*seed == receipt::sampling::seed(task.job, &task.nonce, &task.randomness),
		"not the bound seed",
	)?;

	require(
		prompt.len() as u64 == u64::from(receipt.tokens_in),
		"the prompt's length is not the receipt's",
	)?;
	require(
		transcript.answer.len() as u64 == u64::from(receipt.tokens_out),
		"the answer's length is not the receipt's",
	)?;
	require(
		input.prompt.len() <= MAX_PROMPT,
		"a prompt longer than any that a node may take",
	)?;
	require(
		engine
			.tokenize(&input.prompt)
			.is_ok_and(|tokens| tokens == *prompt),
		"the prompt's tokens are not those of the input",
	)?;

	require(
		Receipt::request_hash(&task.ticket, prompt) == receipt.request,
		"the request's hash differs",
	)?;
	require(
		fingerprint.root() == receipt.fingerprint,
		"the fingerprint's root differs",
	)?;
	require(
		transcript.hash() == receipt.transcript,
		"the transcript's hash differs",
	)?;
	require(
		fingerprint.chunks.len() == chunk_ranges(positions).len(),
		"the fingerprint has not one chunk for each 32 positions",
	)
}

/// Whether everything of a run that wrote text fits together, as far as that needs no arithmetic. The error says what
/// does not.
fn structure(engine: &dyn Engine, task: &AuditTask, transcript: &Transcript) -> Result<(), &'static str> {
	let receipt = &task.receipt;
	let Transcript {
		prompt,
		answer,
		text,
		vector,
		..
	} = transcript;
	let description = engine.describe();
	require(
		transcript.input.task == receipt::Task::Text && vector.is_empty(),
		"a vector where text was promised",
	)?;
	require(
		!prompt.is_empty() && !answer.is_empty(),
		"prompt or answer is empty",
	)?;
	let length = prompt.len() + answer.len();
	let context = description.context_length as usize;
	require(length <= context, "longer than the model's context")?;
	require(
		prompt
			.iter()
			.chain(answer)
			.all(|token| *token < description.vocabulary),
		"a token that the model does not have",
	)?;
	require(
		answer.len() <= task.max_tokens as usize,
		"longer than the ticket allows",
	)?;
	// The last token was chosen but never fed.
	papers(engine, task, transcript, length - 1)?;
	require(
		Receipt::output_hash(answer) == receipt.output,
		"the output's hash differs",
	)?;
	require(
		record::text_hash(engine, answer) == *text,
		"the text is not that of the answer's tokens",
	)?;

	let (last, before) = answer.split_last().ok_or("the answer is empty")?;
	require(
		!before.iter().any(|token| engine.ends_text(*token)),
		"goes on after the end of the text",
	)?;
	let full = answer.len() == task.max_tokens as usize || length == context;
	match (engine.ends_text(*last), receipt.stop) {
		(true, StopReason::EndOfText) => Ok(()),
		(false, StopReason::Length) => require(full, "ends before the limit"),
		(_, StopReason::Aborted(_)) => Err("stopped answers are not supported"),
		(true, StopReason::Length) => Err("an end of the text is called a limit"),
		(false, StopReason::EndOfText) => Err("the last token does not end the text"),
	}
}

#[cfg(test)]
mod tests;

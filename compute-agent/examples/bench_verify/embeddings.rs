//! Embeddings, honest and not.
//!
//! A substitute delivers its own states. A vector that is not the text's comes with the promised model's true
//! fingerprint, so that only the vector is left to give it away.

use crate::{
	models::Models,
	runs::{Case, NONCE, TEXT, TICKET},
};
use anyhow::Result;
use calibration::VectorBands;
use compute_agent::{
	audit::AuditTask,
	engine::{
		CandleEngine, Engine,
		record::{Outcome, record_as},
		vector::embed,
	},
};
use receipt::{
	JobInput, Receipt, Sampling, Task,
	hash::{Domain, hash},
};

/// One dishonest thing to do with an embedding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fraud {
	/// Another model does the work.
	OtherModel(&'static str),
	/// Only the first half of the input is read.
	HalfOfTheInput,
	/// The vector with a tenth of noise.
	Noise,
	/// The vector of another text, which was kept.
	AnotherText,
}

impl Fraud {
	/// All of them.
	pub(crate) const ALL: [Self; 6] = [
		Self::OtherModel("q4_0"),
		Self::OtherModel("half the layers"),
		Self::OtherModel("weights moved by 1 %"),
		Self::HalfOfTheInput,
		Self::Noise,
		Self::AnotherText,
	];

	/// Its name in the table.
	pub(crate) fn name(self) -> String {
		match self {
			Self::OtherModel(model) => format!("embedding: other model, {model}"),
			Self::HalfOfTheInput => "embedding: half of the input".into(),
			Self::Noise => "embedding: 10 % noise".into(),
			Self::AnotherText => "embedding: another text's vector".into(),
		}
	}

	/// What the auditor gets instead of the honest `case`; nothing where it cannot be made. `other` is of another text.
	pub(crate) fn commit(self, models: &Models, case: &Case, other: &Case) -> Result<Option<Case>> {
		let prompt = &case.transcript.prompt;
		let vector = match self {
			Self::OtherModel(name) => {
				let Some(engine) = models.other(name) else {
					return Ok(None);
				};
				let outcome = Outcome {
					pair: case.task.receipt.pair,
					..Outcome::of_vector(engine, prompt.clone())?
				};
				let input = case.transcript.input.clone();
				return papers(case.task.job, input, case.task.randomness, outcome).map(Some);
			}
			Self::HalfOfTheInput if prompt.len() < 2 => return Ok(None),
			Self::HalfOfTheInput => embed(&models.promised, &prompt[..prompt.len() / 2])?.vector,
			Self::Noise => noisy(&case.transcript.vector),
			Self::AnotherText => other.transcript.vector.clone(),
		};
		let mut forged = case.clone();
		forged.transcript.vector = vector;
		forged.task.receipt.output = Receipt::vector_hash(&forged.transcript.vector);
		forged.task.receipt.transcript = forged.transcript.hash();
		Ok(Some(forged))
	}
}

/// The honest embedding of text `number`, of at most so many tokens.
pub(crate) fn honest(engine: &CandleEngine, number: usize, tokens: u32) -> Result<Case> {
	let input = JobInput {
		workflow: 0,
		version: 0,
		task: Task::Embedding,
		caller: [0; 32],
		prompt: text(engine, number, tokens)?.into_bytes(),
		max_tokens: 0,
		sampling: Sampling::GREEDY,
		nonce: NONCE,
		salt: [2; 32],
	};
	let outcome = Outcome::of_vector(engine, engine.tokenize(&input.prompt)?)?;
	let randomness = hash(Domain::Draw, &(number as u64, tokens));
	papers(number as u64, input, randomness, outcome)
}

/// As many words from a place of the text as make no more tokens; one at least.
fn text(engine: &CandleEngine, number: usize, tokens: u32) -> Result<String> {
	let words: Vec<&str> = TEXT.split_whitespace().collect();
	let start = number.wrapping_mul(7) % words.len();
	let so_many = |count: usize| {
		let taken: Vec<&str> = words.iter().cycle().skip(start).take(count).copied().collect();
		taken.join(" ")
	};
	let most = tokens.min(engine.describe().context_length) as usize;
	let (mut fits, mut too_many) = (1, most + 1);
	while fits + 1 < too_many {
		let middle = fits.midpoint(too_many);
		if engine.tokenize(so_many(middle).as_bytes())?.len() <= most {
			fits = middle;
		} else {
			too_many = middle;
		}
	}
	Ok(so_many(fits))
}

fn papers(job: u64, input: JobInput, randomness: receipt::Hash, outcome: Outcome) -> Result<Case> {
	let seed = receipt::sampling::seed(job, &NONCE, &randomness);
	let commitment = input.commitment();
	let check = VectorBands::EXACT.check();
	let (transcript, receipt) = record_as(check, job, &TICKET, input, seed, outcome, [0; 32])?;
	Ok(Case {
		task: AuditTask {
			job,
			receipt,
			ticket: TICKET,
			input: commitment,
			max_tokens: 0,
			nonce: NONCE,
			randomness,
			opened: None,
		},
		transcript,
	})
}

/// A vector with a tenth of noise in each component, of unit length.
fn noisy(vector: &[u32]) -> Vec<u32> {
	let noise = |index| (receipt::sampling::gumbel(&[8; 32], 0, index) - 0.5772) as f32;
	let moved: Vec<f32> = vector
		.iter()
		.zip(0..)
		.map(|(bits, index)| f32::from_bits(*bits) * (1.0 + 0.1 * noise(index)))
		.collect();
	let length = moved
		.iter()
		.map(|component| component * component)
		.sum::<f32>()
		.sqrt();
	moved
		.iter()
		.map(|component| (component / length).to_bits())
		.collect()
}

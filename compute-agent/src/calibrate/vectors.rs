//! Embeddings: honest ones, those of substitutes, and vectors that are not the text's.

use super::{
	Bench,
	cases::{Case, NONCE, Share, TICKET, lines},
	errors, median,
};
use crate::{
	audit::{AuditTask, Bands, audit, vector::distance},
	engine::{
		Engine,
		record::{Outcome, record_as},
		vector::embed,
	},
};
use anyhow::{Context, Result, ensure};
use calibration::{Errors, Kind, VectorBands, VectorErrors, VectorOpponent, Vectors};
use receipt::{
	JobId, JobInput, Receipt, Sampling, Task, Token, Verdict,
	attestation::Reason,
	hash::{Domain, hash},
};

/// The names of [`forgeries`], in their order.
const FORGERIES: [&str; 3] = ["another text's vector", "half of the input", "10 % noise"];

/// The text `number` of a share: as many words as make no more than `length` tokens, and one at least.
fn text(engine: &dyn Engine, share: Share, number: usize, length: u32) -> Result<String> {
	let lines = lines(share);
	let (first, skipped) = (number % lines.len(), number / lines.len());
	let words: Vec<&str> = lines
		.iter()
		.cycle()
		.skip(first)
		.take(lines.len())
		.flat_map(|line| line.split(' '))
		.collect();
	let so_many = |count: usize| {
		let words: Vec<&str> = words.iter().cycle().skip(skipped).take(count).copied().collect();
		words.join(" ")
	};
	// A word is one token or more.
	let (mut fits, mut too_many) = (1, length as usize + 1);
	while fits + 1 < too_many {
		let middle = fits.midpoint(too_many);
		if engine.tokenize(so_many(middle).as_bytes())?.len() <= length as usize {
			fits = middle;
		} else {
			too_many = middle;
		}
	}
	Ok(so_many(fits))
}

/// The honest embedding `number` of a share at this length.
fn honest(engine: &dyn Engine, share: Share, number: usize, length: u32) -> Result<Case> {
	let input = JobInput {
		workflow: 0,
		version: 0,
		task: Task::Embedding,
		caller: [0; 32],
		prompt: text(engine, share, number, length)?.into_bytes(),
		max_tokens: 0,
		sampling: Sampling::GREEDY,
		nonce: NONCE,
		salt: [2; 32],
	};
	let prompt = engine.tokenize(&input.prompt)?;
	let outcome = Outcome::of_vector(engine, prompt)?;
	let randomness = hash(Domain::Draw, &(share as u8, number as u64, length));
	case(number as JobId, input, randomness, outcome)
}

/// The papers of an embedding.
fn case(job: JobId, input: JobInput, randomness: receipt::Hash, outcome: Outcome) -> Result<Case> {
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

/// The embedding of another model under the promised pair, states and all.
fn substitute(other: &dyn Engine, case: &Case) -> Result<Case> {
	let outcome = Outcome {
		pair: case.task.receipt.pair,
		..Outcome::of_vector(other, case.transcript.prompt.clone())?
	};
	let input = case.transcript.input.clone();
	self::case(case.task.job, input, case.task.randomness, outcome)
}

/// The same papers, the fingerprint included, with another vector.
fn with_vector(case: &Case, vector: Vec<u32>) -> Case {
	let mut case = case.clone();
	case.transcript.vector = vector;
	case.task.receipt.output = Receipt::vector_hash(&case.transcript.vector);
	case.task.receipt.transcript = case.transcript.hash();
	case
}

/// True fingerprints with vectors that are not the text's: that of `other`, a kept answer; that of the first half of
/// the tokens, where there are two; and one that is nearly right.
fn forgeries(engine: &dyn Engine, case: &Case, other: &Case) -> Result<[Option<Case>; 3]> {
	let prompt: &[Token] = &case.transcript.prompt;
	let half = match prompt.len() / 2 {
		0 => None,
		half => Some(embed(engine, &prompt[..half])?.vector),
	};
	let forge = |vector| Some(with_vector(case, vector));
	Ok([
		forge(other.transcript.vector.clone()),
		half.and_then(forge),
		forge(noisy(&case.transcript.vector)),
	])
}

/// A vector with a tenth of noise in each component, of unit length.
fn noisy(vector: &[u32]) -> Vec<u32> {
	let noise = |index| receipt::sampling::gumbel(&[8; 32], 0, index) - 0.5772;
	let moved: Vec<f64> = vector
		.iter()
		.zip(0..)
		.map(|(bits, index)| f64::from(f32::from_bits(*bits)) * (1.0 + 0.1 * noise(index)))
		.collect();
	let length = crate::engine::vector::length(&moved);
	moved
		.iter()
		.map(|component| ((component / length) as f32).to_bits())
		.collect()
}

/// What the audits of one opponent's vectors found.
#[derive(Default)]
struct Found {
	states: Vec<Errors>,
	vectors: Vec<VectorErrors>,
	caught: u32,
}

impl Found {
	fn add(&mut self, (verdict, states, vector): (Verdict, Errors, VectorErrors)) {
		self.states.push(states);
		self.vectors.push(vector);
		self.caught += u32::from(verdict != Verdict::Valid);
	}

	fn opponent(self, kind: Kind, name: &str) -> VectorOpponent {
		let states = |figure: &dyn Fn(&Errors) -> u32| median(self.states.iter().map(figure));
		let vectors = |figure: &dyn Fn(&VectorErrors) -> u32| median(self.vectors.iter().map(figure));
		VectorOpponent {
			kind,
			name: name.to_owned(),
			states: Errors {
				mismatches: states(&|errors| errors.mismatches.into()) as u16,
				mantissa_milli: states(&|errors| errors.mantissa_milli),
				loss_milli: 0,
			},
			vector: VectorErrors {
				distance_ppm: vectors(&|errors| errors.distance_ppm),
				max_abs_ppm: vectors(&|errors| errors.max_abs_ppm),
			},
			runs: self.vectors.len() as u32,
			caught: self.caught,
		}
	}
}

impl Bench {
	/// The honest embeddings of a share, made here, each with its number.
	pub(super) fn own_vectors(&mut self, share: Share) -> Result<Vec<(usize, Case)>> {
		self.numbered(|bench, number, length| honest(&*bench.engine, share, number, length))
	}

	/// Audits honest embedding `number` as its auditor does.
	fn read_honest_vector(
		&mut self,
		number: usize,
		case: &Case,
		bands: &Bands,
	) -> Result<(Verdict, VectorErrors)> {
		self.read(number);
		let (verdict, _, errors) = self.audit_vector(case, bands)?;
		ensure!(
			verdict != Verdict::Invalid(Reason::Structure),
			"an honest embedding of {} tokens has the wrong structure: its writer and this audit disagree",
			case.transcript.prompt.len()
		);
		Ok((verdict, errors))
	}

	/// The verdict, and how far states and vector lay from this engine's own.
	fn audit_vector(&self, case: &Case, bands: &Bands) -> Result<(Verdict, Errors, VectorErrors)> {
		let (verdict, figures) = audit(&*self.engine, &case.task, &case.transcript, bands)?;
		let own = embed(&*self.engine, &case.transcript.prompt)?;
		let vector = distance(&case.transcript.vector, &own.vector)
			.context("a vector cannot be compared with the model's own")?;
		Ok((verdict, errors(&figures), vector))
	}

	/// How many honest embeddings were made, and the worst of them.
	pub(super) fn set_vector_bands(&mut self) -> Result<(u32, VectorErrors)> {
		let (mut runs, mut worst) = (0, VectorErrors::default());
		let others = self.others(Share::Set, Task::Embedding);
		for (number, case) in [self.own_vectors(Share::Set)?, others].concat() {
			// What it lies within is not asked yet.
			let (_, errors) = self.read_honest_vector(number, &case, &Bands::CPU)?;
			runs += 1;
			worst = worst.worst(errors);
		}
		Ok((runs, worst))
	}

	/// As [`Bench::check_bands`].
	pub(super) fn check_vector_bands(&mut self, bands: &Bands, vectors: &mut Vectors) -> Result<Vec<Case>> {
		let own = self.own_vectors(Share::HeldOut)?;
		for (number, case) in own.iter().chain(&self.others(Share::HeldOut, Task::Embedding)) {
			let (verdict, _) = self.read_honest_vector(*number, case, bands)?;
			vectors.held_out += 1;
			vectors.rejected += u32::from(verdict != Verdict::Valid);
		}
		self.hurry();
		Ok(own.into_iter().map(|(_, case)| case).collect())
	}

	pub(super) fn substitute_vectors(
		&self,
		name: &str,
		other: &dyn Engine,
		cases: &[Case],
		bands: &Bands,
	) -> Result<VectorOpponent> {
		let mut found = Found::default();
		for case in cases {
			found.add(self.audit_vector(&substitute(other, case)?, bands)?);
		}
		Ok(found.opponent(Kind::Substitute, name))
	}

	pub(super) fn forged_vectors(&self, cases: &[Case], bands: &Bands) -> Result<Vec<VectorOpponent>> {
		let mut found = FORGERIES.map(|_| Found::default());
		for (number, case) in cases.iter().enumerate() {
			let mut others = cases.iter().cycle().skip(number + 1).take(cases.len());
			let Some(other) = others.find(|other| other.transcript.prompt != case.transcript.prompt) else {
				continue;
			};
			let forged = forgeries(&*self.engine, case, other)?;
			for (found, forged) in found.iter_mut().zip(forged) {
				if let Some(forged) = forged {
					found.add(self.audit_vector(&forged, bands)?);
				}
			}
		}
		let named = found.into_iter().zip(FORGERIES);
		Ok(named
			.map(|(found, name)| found.opponent(Kind::Forgery, name))
			.collect())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::engine::testing::portable;

	#[test]
	fn texts_have_the_lengths_that_are_asked_for_and_differ() {
		let engine = portable(1);
		let mut texts = Vec::new();
		for (share, number, length) in [
			(Share::Set, 0, 40),
			(Share::Set, 1, 40),
			(Share::Set, 41, 40),
			(Share::HeldOut, 0, 40),
			(Share::HeldOut, 0, 150),
		] {
			let text = text(&engine, share, number, length).expect("text");
			let tokens = engine.tokenize(text.as_bytes()).expect("text").len() as u32;
			assert!(
				tokens <= length && tokens + 20 > length,
				"{tokens} of {length}: {text}"
			);
			assert!(!texts.contains(&text), "{text}");
			texts.push(text);
		}
		assert!(!text(&engine, Share::Set, 0, 1).expect("text").is_empty());
	}

	#[test]
	fn forged_vectors_are_found_and_the_honest_one_is_not() {
		let engine = portable(1);
		let of = |number| honest(&engine, Share::Set, number, 30).expect("the model runs");
		let (own, other) = (of(0), of(1));
		let verdict = |case: &Case| {
			audit(&engine, &case.task, &case.transcript, &Bands::CPU)
				.expect("the same pair")
				.0
		};
		assert_eq!(verdict(&own), Verdict::Valid);
		for (forged, name) in forgeries(&engine, &own, &other)
			.expect("the model runs")
			.into_iter()
			.zip(FORGERIES)
		{
			let forged = forged.expect("the text is long enough");
			assert_eq!(verdict(&forged), Verdict::Invalid(Reason::Fingerprint), "{name}");
		}
		let substituted = substitute(&portable(2), &own).expect("the model runs");
		assert_eq!(verdict(&substituted), Verdict::Invalid(Reason::Fingerprint));
	}
}

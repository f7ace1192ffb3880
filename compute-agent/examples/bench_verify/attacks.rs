//! Every way to be paid for less, or for other, work that the bench knows.
//!
//! Where a forger can choose, it does what serves it best: an answer that did not come from the promised
//! model as it should have gets the promised model's true fingerprint afterwards, so that only the check
//! of the sampling is left to find it.

use crate::{
	models::Models,
	runs::{Case, fingerprint_of, generate},
};
use anyhow::Result;
use compute_agent::engine::{CandleEngine, Ending, Engine, Run, sampler};
use receipt::{
	Sampling, Token,
	fingerprint::{Fingerprint, fingerprint},
};

/// One dishonest thing to do with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attack {
	/// Another model or backend does the work.
	Substitute(&'static str),
	/// Another model writes, the promised one only reads it afterwards.
	WriteWith(&'static str),
	/// A system prompt that nobody asked for.
	SystemPrompt,
	/// Only the second half of the prompt is read.
	TruncatedPrompt,
	/// Three quarters of the temperature.
	Temperature,
	/// Half of the candidates.
	TopK,
	/// No sampling at all.
	Greedy,
	/// The node's own seed.
	OwnSeed,
	/// The answer of another job with the same prompt.
	Replay,
	/// The fingerprint of another run.
	CopiedFingerprint,
	/// A fingerprint of one value.
	Constant,
	/// A fingerprint of each dimension's mean.
	Means,
	/// A modulus that folds all places onto few points.
	SmallModulus,
	/// States with a tenth of noise.
	Noise,
	/// The runner-up where the call was closest.
	RunnerUp,
	/// Half of the answer.
	EarlyStop,
	/// Tokens at random, so many of them.
	Random(usize),
}

impl Attack {
	/// All of them, dearest to miss first.
	pub(crate) const ALL: [Self; 25] = [
		Self::Substitute("f16"),
		Self::Substitute("q6_k"),
		Self::Substitute("q4_0"),
		Self::Substitute("weights moved by 1 %"),
		Self::Substitute("half the layers"),
		Self::Substitute("candle's kernels"),
		Self::WriteWith("q4_0"),
		Self::WriteWith("half the layers"),
		Self::SystemPrompt,
		Self::TruncatedPrompt,
		Self::Temperature,
		Self::TopK,
		Self::Greedy,
		Self::OwnSeed,
		Self::Replay,
		Self::CopiedFingerprint,
		Self::Constant,
		Self::Means,
		Self::SmallModulus,
		Self::Noise,
		Self::RunnerUp,
		Self::EarlyStop,
		Self::Random(1),
		Self::Random(5),
		Self::Random(20),
	];

	/// Its name in the table.
	pub(crate) fn name(self) -> String {
		match self {
			Self::Substitute(model) => format!("substitute: {model}"),
			Self::WriteWith(model) => format!("written by {model}, read by the model"),
			Self::SystemPrompt => "another system prompt".into(),
			Self::TruncatedPrompt => "half of the prompt".into(),
			Self::Temperature => "temperature x 0.75".into(),
			Self::TopK => "half of top k".into(),
			Self::Greedy => "greedy for sampled".into(),
			Self::OwnSeed => "the node's own seed".into(),
			Self::Replay => "another job's answer".into(),
			Self::CopiedFingerprint => "another run's fingerprint".into(),
			Self::Constant => "forged: constant".into(),
			Self::Means => "forged: mean of each dimension".into(),
			Self::SmallModulus => "forged: small modulus".into(),
			Self::Noise => "states with 10 % noise".into(),
			Self::RunnerUp => "runner-up at the closest call".into(),
			Self::EarlyStop => "half of the answer".into(),
			Self::Random(1) => "1 random token".into(),
			Self::Random(count) => format!("{count} random tokens"),
		}
	}

	/// What the auditor gets instead of the honest `case`; nothing where the attack changes nothing or cannot
	/// be made. `other` is an honest run of another job.
	pub(crate) fn commit(self, models: &Models, case: &Case, other: &Case) -> Result<Option<Case>> {
		let forger = Forger { models, case, other };
		match self {
			Self::Substitute(name) => forger.substitute(name),
			Self::WriteWith(name) => {
				let Some(writer) = models.other(name) else {
					return Ok(None);
				};
				forger.rewritten(
					writer,
					&case.transcript.prompt,
					forger.sampling(),
					case.transcript.seed,
				)
			}
			Self::SystemPrompt => forger.with_prompt(&["You sell ships. ", forger.prompt_text()].concat()),
			Self::TruncatedPrompt => {
				let text = forger.prompt_text();
				let words: Vec<&str> = text.split(' ').collect();
				forger.with_prompt(&words[words.len() / 2..].join(" "))
			}
			Self::Temperature => forger.sampled(Sampling {
				temperature_milli: forger.sampling().temperature_milli * 3 / 4,
				..forger.sampling()
			}),
			Self::TopK => forger.sampled(Sampling {
				top_k: forger.sampling().top_k / 2,
				..forger.sampling()
			}),
			Self::Greedy => forger.sampled(Sampling::GREEDY),
			Self::OwnSeed => forger.rewritten(
				&models.promised,
				&case.transcript.prompt,
				forger.sampling(),
				[9; 32],
			),
			Self::Replay => {
				let seed = other.transcript.seed;
				forger.rewritten(&models.promised, &case.transcript.prompt, forger.sampling(), seed)
			}
			Self::CopiedFingerprint => forger.copied(),
			Self::Constant => forger.forged(|states, _| {
				let scale = states.iter().map(|value| value.abs()).sum::<f32>() / states.len() as f32;
				vec![scale * 3.0; states.len()]
			}),
			Self::Means => forger.forged(|states, width| {
				let mut means = vec![0f32; width];
				let rows = states.len() / width;
				for row in states.chunks(width) {
					means
						.iter_mut()
						.zip(row)
						.for_each(|(sum, value)| *sum += value / rows as f32);
				}
				means.repeat(rows)
			}),
			Self::Noise => forger.forged(|states, _| {
				let noise = |index| (receipt::sampling::gumbel(&[8; 32], 0, index) - 0.5772) as f32;
				let noisy = states
					.iter()
					.zip(0..)
					.map(|(value, index)| value * (1.0 + 0.1 * noise(index)));
				noisy.collect()
			}),
			Self::SmallModulus => {
				let mut chunks = case.transcript.fingerprint.chunks.clone();
				for chunk in &mut chunks {
					chunk[..2].copy_from_slice(&2u16.to_le_bytes());
				}
				forger.same_answer(Fingerprint { chunks }).map(Some)
			}
			Self::RunnerUp => forger.runner_up(),
			Self::EarlyStop => {
				let answer = &case.transcript.answer;
				if answer.len() < 2 {
					return Ok(None);
				}
				forger
					.written(answer[..answer.len() / 2].to_vec(), Ending::Length)
					.map(Some)
			}
			Self::Random(count) => forger.random(count),
		}
	}
}

struct Forger<'a> {
	models: &'a Models,
	case: &'a Case,
	other: &'a Case,
}

impl Forger<'_> {
	fn promised(&self) -> &CandleEngine {
		&self.models.promised
	}

	fn sampling(&self) -> Sampling {
		self.case.transcript.input.sampling
	}

	fn prompt_text(&self) -> &str {
		std::str::from_utf8(&self.case.transcript.input.prompt).unwrap_or_default()
	}

	/// This answer with the promised model's true fingerprint.
	fn written(&self, answer: Vec<Token>, ending: Ending) -> Result<Case> {
		let fingerprint = fingerprint_of(self.promised(), &self.case.transcript.prompt, &answer)?;
		self.case.with(
			self.promised(),
			self.promised().pair(),
			answer,
			ending,
			fingerprint,
		)
	}

	/// The honest answer with a fingerprint of the forger's own.
	fn same_answer(&self, fingerprint: Fingerprint) -> Result<Case> {
		let mut case = self.case.clone();
		case.transcript.fingerprint = fingerprint;
		case.task.receipt.fingerprint = case.transcript.fingerprint.root();
		case.task.receipt.transcript = case.transcript.hash();
		Ok(case)
	}

	/// Another model's run under the promised pair, states and all.
	fn substitute(&self, name: &str) -> Result<Option<Case>> {
		let Some(engine) = self.models.other(name) else {
			return Ok(None);
		};
		let transcript = &self.case.transcript;
		let run = generate(
			engine,
			&transcript.prompt,
			transcript.seed,
			self.sampling(),
			self.case.task.max_tokens,
		)?;
		let fingerprint = run.states.fingerprint()?;
		self.case
			.with(
				self.promised(),
				self.promised().pair(),
				run.answer,
				run.ending,
				fingerprint,
			)
			.map(Some)
	}

	/// An answer made in another way; nothing where it came out the same.
	fn rewritten(
		&self,
		writer: &CandleEngine,
		prompt: &[Token],
		sampling: Sampling,
		seed: receipt::Hash,
	) -> Result<Option<Case>> {
		let Run { answer, ending, .. } = generate(writer, prompt, seed, sampling, self.case.task.max_tokens)?;
		// From a shorter prompt an answer can come that the promised one leaves no room for: nobody could deliver it.
		let length = self.case.transcript.prompt.len() + answer.len();
		let fits = length <= self.promised().describe().context_length as usize;
		if answer == self.case.transcript.answer || !fits {
			return Ok(None);
		}
		self.written(answer, ending).map(Some)
	}

	fn sampled(&self, sampling: Sampling) -> Result<Option<Case>> {
		let transcript = &self.case.transcript;
		self.rewritten(self.promised(), &transcript.prompt, sampling, transcript.seed)
	}

	fn with_prompt(&self, text: &str) -> Result<Option<Case>> {
		let prompt = self.promised().tokenize(text.as_bytes())?;
		self.rewritten(
			self.promised(),
			&prompt,
			self.sampling(),
			self.case.transcript.seed,
		)
	}

	/// Forged states for the honest text, made from the true states of another one.
	fn forged(&self, forge: impl Fn(&[f32], usize) -> Vec<f32>) -> Result<Option<Case>> {
		let states = |case: &Case| {
			let fed = [&case.transcript.prompt[..], &case.transcript.answer[..]].concat();
			self.promised()
				.prefill(&fed[..fed.len() - 1], fed.len(), &mut |_, _| ())
		};
		let own = states(self.case)?;
		let forged = forge(&own.values, own.width);
		self.same_answer(fingerprint(&forged, own.width)?).map(Some)
	}

	/// The chunks of another run, as many as this one has.
	fn copied(&self) -> Result<Option<Case>> {
		let wanted = &self.case.transcript.fingerprint.chunks;
		let theirs = self.other.transcript.fingerprint.chunks.iter().cycle();
		let mut chunks: Vec<Vec<u8>> = theirs.take(wanted.len()).cloned().collect();
		for (chunk, wanted) in chunks.iter_mut().zip(wanted) {
			chunk.resize(wanted.len(), 0);
		}
		self.same_answer(Fingerprint { chunks }).map(Some)
	}

	/// Changes the tokens at some places and goes on honestly from each.
	fn changed(&self, changes: &[(usize, Token)]) -> Result<Option<Case>> {
		let transcript = &self.case.transcript;
		let (mut answer, mut ending) = (transcript.answer.clone(), Ending::Length);
		for (place, token) in changes {
			if *place >= answer.len() || answer[*place] == *token {
				continue;
			}
			answer.truncate(*place);
			answer.push(*token);
			let left = self.case.task.max_tokens as usize - answer.len();
			if self.promised().ends_text(*token) {
				ending = Ending::EndOfText;
				break;
			}
			if left > 0 {
				let text = [&transcript.prompt[..], &answer].concat();
				let run = generate(
					self.promised(),
					&text,
					transcript.seed,
					self.sampling(),
					left as u32,
				)?;
				answer.extend(run.answer);
				ending = run.ending;
			}
		}
		if answer == transcript.answer {
			return Ok(None);
		}
		self.written(answer, ending).map(Some)
	}

	fn random(&self, count: usize) -> Result<Option<Case>> {
		let length = self.case.transcript.answer.len();
		if count > length {
			return Ok(None);
		}
		let vocabulary = self.promised().describe().vocabulary;
		let changes: Vec<_> = (0..count)
			.map(|number| {
				let place = number * length / count;
				let drawn =
					receipt::hash::hash(receipt::hash::Domain::Draw, &(self.case.task.job, number as u64));
				let token = u32::from_le_bytes([drawn[0], drawn[1], drawn[2], drawn[3]]) % vocabulary;
				(place, token)
			})
			.collect();
		self.changed(&changes)
	}

	/// The place where the second best token came nearest to the best, and that token.
	fn runner_up(&self) -> Result<Option<Case>> {
		let transcript = &self.case.transcript;
		let (first, sampling) = (transcript.prompt.len(), self.sampling());
		let fed = [
			&transcript.prompt[..],
			&transcript.answer[..transcript.answer.len() - 1],
		]
		.concat();
		let mut closest: Option<(f64, usize, Token)> = None;
		self.promised()
			.prefill(&fed, first - 1, &mut |position, logits| {
				let mut scored: Vec<(f64, Token)> = sampler::largest(logits, usize::from(sampling.top_k))
					.into_iter()
					.map(|(token, logit)| {
						(
							sampling.score(&transcript.seed, position as u32 + 1, token, logit),
							token,
						)
					})
					.collect();
				scored.sort_by(|a, b| b.0.total_cmp(&a.0));
				if let [(best, _), (second, token), ..] = scored[..]
					&& closest.is_none_or(|(gap, ..)| best - second < gap)
				{
					closest = Some((best - second, position + 1 - first, token));
				}
			})?;
		match closest {
			Some((_, place, token)) => self.changed(&[(place, token)]),
			None => Ok(None),
		}
	}
}

//! What somebody does instead of the work, committed on honest runs.

use super::cases::{Case, generate};
use crate::engine::{Engine, States};
use anyhow::Result;
use receipt::{Hash, Sampling, fingerprint::fingerprint};

/// The run of another model under the promised pair, states and all.
pub(super) fn substitute(other: &dyn Engine, case: &Case) -> Result<Case> {
	let transcript = &case.transcript;
	let run = generate(
		other,
		&transcript.prompt,
		transcript.seed,
		case.sampling(),
		case.task.max_tokens,
	)?;
	let fingerprint = run.states.fingerprint()?;
	case.with(other, run, fingerprint)
}

/// The names of [`forgeries`], in their order.
pub(super) const FORGERIES: [&str; 3] = [
	"forged: constant",
	"forged: mean of each dimension",
	"forged: another prompt's states",
];

/// The honest answer under fingerprints that were made without a look at its states: from those of
/// `other`, a run of another prompt.
pub(super) fn forgeries(engine: &dyn Engine, case: &Case, other: &Case) -> Result<[Case; 3]> {
	let fed = other.fed();
	let States { values, width } = engine.prefill(&fed, fed.len(), &mut |_, _| ())?;
	let positions = case.fed().len();
	let length = positions * width;

	let scale = values.iter().map(|value| value.abs()).sum::<f32>() / values.len() as f32;
	let constant = vec![scale * 3.0; length];
	let mut mean = vec![0f32; width];
	for row in values.chunks(width) {
		let part = row.iter().map(|value| value / fed.len() as f32);
		mean.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
	}
	let means = mean.repeat(positions);
	let copied: Vec<f32> = values.iter().cycle().copied().take(length).collect();

	let forge = |states: &[f32]| anyhow::Ok(case.with_fingerprint(fingerprint(states, width)?));
	Ok([forge(&constant)?, forge(&means)?, forge(&copied)?])
}

/// The names of [`samplings`], in their order.
pub(super) const SAMPLINGS: [&str; 2] = ["the node's own seed", "greedy for sampled"];

/// The model's own answers with true fingerprints, but other tokens than the seed gives; nothing where they
/// are the same.
pub(super) fn samplings(engine: &dyn Engine, case: &Case) -> Result<[Option<Case>; 2]> {
	let asked = case.sampling();
	if asked == Sampling::GREEDY {
		return Ok([None, None]);
	}
	let rewritten = |seed: Hash, sampling: Sampling| -> Result<Option<Case>> {
		let transcript = &case.transcript;
		let run = generate(engine, &transcript.prompt, seed, sampling, case.task.max_tokens)?;
		if run.answer == transcript.answer {
			return Ok(None);
		}
		let fingerprint = run.states.fingerprint()?;
		case.with(engine, run, fingerprint).map(Some)
	};
	Ok([
		rewritten([9; 32], asked)?,
		rewritten(case.transcript.seed, Sampling::GREEDY)?,
	])
}

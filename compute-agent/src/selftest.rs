//! Would this machine's honest runs pass an audit?

use crate::{
	audit::{AuditError, AuditTask, Bands, audit},
	engine::{
		Engine, EngineError, Request, TokenizeError,
		record::{self, Outcome},
	},
};
use receipt::{Figures, JobId, JobInput, Sampling, Transcript, Verdict, fingerprint::FingerprintError};
use std::ops::ControlFlow;

/// What a [`selftest`] measured, over all its runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SelfTestReport {
	/// Runs that were audited.
	pub runs: u32,
	/// Tokens that they wrote.
	pub tokens: u32,
	/// The worst of all figures.
	pub worst: Figures,
}

/// Why an engine must not take jobs.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
	/// The model failed.
	#[error("the model failed: {0}")]
	Engine(#[from] EngineError),
	/// A prompt has no tokens.
	#[error("the model cannot read its test prompts: {0}")]
	Tokenize(#[from] TokenizeError),
	/// A run has no fingerprint.
	#[error("a test run has no fingerprint: {0}")]
	Fingerprint(#[from] FingerprintError),
	/// The audit failed.
	#[error("a test run could not be audited: {0}")]
	Audit(#[from] AuditError),
	/// An honest run was rejected.
	#[error(
		"an honest test run was judged {verdict:?} with {figures:?}; this machine cannot earn with this model"
	)]
	Rejected {
		/// The verdict.
		verdict: Verdict,
		/// The figures.
		figures: Figures,
	},
	/// Too near to the edge.
	#[error(
		"honest test runs reach {figures:?}, more than half of {bands:?}; other auditors may reject them"
	)]
	TooNoisy {
		/// The worst figures.
		figures: Figures,
		/// The bands.
		bands: Bands,
	},
}

/// Runs a few short answers and audits them. A machine whose own honest runs use more than half of a
/// band would sooner or later be convicted for rounding, so it refuses to work.
pub fn selftest(engine: &dyn Engine, bands: &Bands) -> Result<SelfTestReport, SelfTestError> {
	const PROMPTS: [&str; 3] = ["Once upon a time", "1, 2, 3,", "The sea was calm and the"];
	const SAMPLINGS: [Sampling; 2] = [
		Sampling::GREEDY,
		Sampling {
			temperature_milli: 800,
			top_k: 40,
		},
	];
	let limit = engine.describe().context_length.saturating_sub(32).clamp(1, 48);
	let mut report = SelfTestReport::default();
	for (prompt, sampling) in PROMPTS
		.iter()
		.flat_map(|prompt| SAMPLINGS.map(|sampling| (prompt, sampling)))
	{
		let job = JobId::from(report.runs);
		let input = JobInput {
			workflow: 0,
			version: 0,
			task: receipt::Task::Text,
			caller: [0; 32],
			prompt: prompt.as_bytes().to_vec(),
			max_tokens: limit,
			sampling,
			nonce: [1; 32],
			salt: [2; 32],
		};
		let (task, transcript) = match honest_run(engine, job, input)? {
			Some(run) => run,
			None => continue,
		};
		let (verdict, figures) = audit(engine, &task, &transcript, bands)?;
		if verdict != Verdict::Valid {
			return Err(SelfTestError::Rejected { verdict, figures });
		}
		report.runs += 1;
		report.tokens += transcript.answer.len() as u32;
		let worst = &mut report.worst;
		worst.chunks = worst.chunks.max(figures.chunks);
		worst.mismatches = worst.mismatches.max(figures.mismatches);
		worst.mantissa_milli = worst.mantissa_milli.max(figures.mantissa_milli);
		worst.loss_milli = worst.loss_milli.max(figures.loss_milli);
		worst.losses = worst.losses.max(figures.losses);
		worst.error_milli = worst.error_milli.max(figures.error_milli);
	}
	let worst = report.worst;
	let noisy = worst.mismatches > bands.mismatches / 2
		|| worst.mantissa_milli > bands.mantissa_milli / 2
		|| worst.loss_milli > bands.loss_milli / 2;
	if noisy {
		return Err(SelfTestError::TooNoisy {
			figures: worst,
			bands: *bands,
		});
	}
	Ok(report)
}

/// A run as an honest node does it, with made-up randomness. `None` only if it was stopped.
pub(crate) fn honest_run(
	engine: &dyn Engine,
	job: JobId,
	input: JobInput,
) -> Result<Option<(AuditTask, Transcript)>, SelfTestError> {
	let (ticket, randomness) = ([3; 32], [4; 32]);
	let seed = receipt::sampling::seed(job, &input.nonce, &randomness);
	let prompt = engine.tokenize(&input.prompt)?;
	let request = Request {
		prompt: &prompt,
		seed,
		sampling: input.sampling,
		max_tokens: input.max_tokens,
	};
	let run = engine.generate(&request, &mut |_| ControlFlow::Continue(()))?;
	let outcome = Outcome::of(engine, prompt, run)?;
	let (commitment, max_tokens, nonce) = (input.commitment(), input.max_tokens, input.nonce);
	let recorded = record::record(job, &ticket, input, seed, outcome, [0; 32]);
	Ok(recorded.ok().map(|(transcript, receipt)| {
		(
			AuditTask {
				job,
				receipt,
				ticket,
				input: commitment,
				max_tokens,
				nonce,
				randomness,
				opened: None,
			},
			transcript,
		)
	}))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::engine::testing::{Noisy, portable};

	#[test]
	fn the_selftest_refuses_engines_near_the_edge() {
		let report = selftest(&portable(1), &Bands::CPU).expect("exact");
		assert_eq!(report.runs, 6);
		assert!(report.tokens > 6 && report.worst.mantissa_milli == 0);
		let noisy = |noise| {
			selftest(
				&Noisy {
					engine: portable(1),
					noise,
				},
				&Bands::CPU,
			)
		};
		assert!(noisy(1e-6).is_ok());
		assert!(matches!(
			noisy(0.0005),
			Err(SelfTestError::TooNoisy { .. } | SelfTestError::Rejected { .. })
		));
		assert!(matches!(noisy(0.01), Err(SelfTestError::Rejected { .. })));
	}
}

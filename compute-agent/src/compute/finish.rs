//! What becomes of a run: its record, what this node's own audit says of it, the fault that is planted where the draw says
//! so, and the signature.
//!
//! A node whose driver or memory fails writes runs that auditors call invalid, and its bond pays for each. So a run is read
//! once, as an auditor would, before it is signed: one that fails costs a job in place of a part of the bond.

use super::{
	RunTask, Runner,
	canary::{self, CanaryBasis},
	core::{Answer, Event},
};
use crate::{
	audit::AuditTask,
	chain::Chain,
	engine::record::{Outcome, record_as},
	keys::Keys,
};
use chain_client::canaries::DrawKey;
use receipt::{
	Figures, JobId, Receipt, Ticket, Tier, Transcript, Verdict, attestation::Reason, canary::seal_nothing,
};
use std::{sync::Arc, time::Instant};

/// Why nothing of a run is delivered.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
	/// There is no run, or no record of it.
	#[error("{0}")]
	Failed(String),
	/// There is one, and auditors would call it invalid.
	#[error(
		"this node's own audit finds its run invalid ({}), so it is not delivered: the driver or the memory of the machine \
		 may be faulty, and `hai-agent selftest` there says more",
		word(.reason)
	)]
	Invalid {
		/// Why they would.
		reason: Reason,
		/// What was measured.
		figures: Figures,
	},
}

fn word(reason: &Reason) -> &'static str {
	match reason {
		Reason::Structure => "structure",
		Reason::Fingerprint => "fingerprint",
		Reason::Sampling => "sampling",
	}
}

/// What it takes to finish a run.
pub(super) struct Finisher {
	pub(super) chain: Arc<dyn Chain>,
	pub(super) runner: Arc<dyn Runner>,
	pub(super) keys: Keys,
	/// What draws which jobs are canaries; nothing where none shall be.
	pub(super) draws: Option<DrawKey>,
	/// Whether runs are audited here before they are signed.
	pub(super) checks_runs: bool,
}

impl Finisher {
	/// Transcript, receipt and answer of a run that an auditor would not call invalid; with a fault planted, where the draw
	/// says so.
	pub(super) async fn finish(
		&self,
		outcome: Outcome,
		task: RunTask,
		text: String,
	) -> Result<Event, RunError> {
		let (job, ticket) = (task.job, task.record.ticket);
		let (truth, mut receipt) = record(outcome, task).map_err(RunError::Failed)?;
		let basis = self.basis(job, ticket.tier).await;
		// Before anything is planted: what is checked is what the model wrote.
		if self.checks_runs
			&& let Some(basis) = &basis
		{
			self.check(&ticket, basis, &truth, &receipt).await?;
		}
		let planted =
			self.draws.as_ref().zip(basis).and_then(|(key, basis)| {
				canary::draw(key, &self.chain.genesis(), &basis, &truth, &mut receipt)
			});
		let (transcript, canary) = match planted {
			Some((planted, canary)) => (planted, Some(Box::new(canary))),
			None => (truth, None),
		};
		let answer = Answer {
			text,
			stop: receipt.stop,
			tokens_in: receipt.tokens_in,
			tokens_out: receipt.tokens_out,
			transcript: receipt.transcript,
		};
		Ok(Event::Ran {
			job,
			signature: self.keys.sign(&receipt.hash()),
			transcript: Box::new(transcript),
			answer: Box::new(answer),
			receipt: Box::new(receipt),
			canary,
		})
	}

	/// What the chain says about a job, as far as its check and its draw depend on it. Without it neither is made: a chain
	/// that is silent makes no job late.
	async fn basis(&self, job: JobId, tier: Tier) -> Option<CanaryBasis> {
		// Nobody looks at a private job.
		if tier == Tier::Private || !(self.checks_runs || self.draws.is_some()) {
			return None;
		}
		self.chain.canary_basis(job).await.unwrap_or_else(|error| {
			tracing::warn!(
				job,
				error = %format!("{error:#}"),
				"the run is not checked and the job is no canary: the chain does not answer"
			);
			None
		})
	}

	/// Looks at a run as an auditor will, by the bands that the job keeps. Only a verdict against it is an error: where there
	/// are no bands, or this audit itself fails, nothing speaks against the run.
	async fn check(
		&self,
		ticket: &Ticket,
		basis: &CanaryBasis,
		truth: &Transcript,
		receipt: &Receipt,
	) -> Result<(), RunError> {
		let job = receipt.job;
		let bands = match self.chain.bands_of(job).await {
			Ok(Some(bands)) => bands,
			Ok(None) => {
				tracing::debug!(job, "the run is not checked: its pair is not calibrated");
				return Ok(());
			}
			Err(error) => {
				tracing::warn!(
					job,
					error = %format!("{error:#}"),
					"the run is not checked: the chain does not answer"
				);
				return Ok(());
			}
		};
		let task = AuditTask {
			job,
			receipt: *receipt,
			ticket: basis.ticket,
			input: ticket.input,
			max_tokens: ticket.max_tokens,
			nonce: ticket.nonce,
			randomness: basis.randomness,
			opened: None,
		};
		let started = Instant::now();
		let (verdict, figures) = match self.runner.check(&task, truth, &bands).await {
			Ok(found) => found,
			Err(error) => {
				tracing::warn!(
					job,
					error,
					"the run is delivered unchecked: this node's own audit failed"
				);
				return Ok(());
			}
		};
		let seconds = started.elapsed().as_secs_f64();
		metrics::histogram!("hai_check_seconds").record(seconds);
		match verdict {
			Verdict::Valid => {
				tracing::debug!(job, seconds, ?figures, "the run is checked");
				Ok(())
			}
			Verdict::Invalid(reason) => Err(RunError::Invalid { reason, figures }),
			Verdict::Unavailable => {
				tracing::warn!(
					job,
					"the run is delivered unchecked: this node's own audit says nothing of it"
				);
				Ok(())
			}
		}
	}
}

/// The transcript and the receipt of a run, with nothing planted.
fn record(outcome: Outcome, task: RunTask) -> Result<(Transcript, Receipt), String> {
	let RunTask {
		job,
		seed,
		record: given,
	} = task;
	if outcome.pair != given.ticket.pair || outcome.prompt != given.prompt {
		return Err("the model or the engine was changed after the ticket was given".into());
	}
	metrics::counter!("hai_tokens_total").increment(outcome.answer.len() as u64);
	// Every receipt has such a field. Most hide nothing.
	let sealed_canary = seal_nothing(&rand::random());
	record_as(
		given.ticket.check,
		job,
		&given.ticket.hash(),
		given.input,
		seed,
		outcome,
		sealed_canary,
	)
	.map_err(|error| error.to_string())
}

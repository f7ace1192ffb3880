//! What the scenarios share: how one is played, who is dishonest in it, and what must hold at its end.

use anyhow::{Context, Result};
use caller::{CallOutcome, Ending};
use chain_client::{
	At, JobId, Planck,
	bonds::SlashReason,
	jobs::{Class, Job, JobState, RefundReason},
};
use end_to_end::{Network, Options};
use receipt::{Verdict, attestation::Reason};
use std::time::Duration;

/// The validator that is dishonest where one is, and its index.
pub(crate) const DISHONEST: (usize, &str) = (3, "Dave");

/// The others.
pub(crate) const HONEST: [&str; 3] = ["Alice", "Bob", "Charlie"];

/// Longer than the block of a settlement takes to become final.
const FINAL: Duration = Duration::from_secs(60);

/// Plays a scenario on a network of its own, which ends with it, and prints the end of every log if it fails.
pub(crate) async fn play(
	options: Options,
	scenario: impl AsyncFnOnce(&mut Network) -> Result<()>,
) -> Result<()> {
	let mut network = Network::start(options).await?;
	let result = scenario(&mut network).await;
	if result.is_err() {
		eprintln!("{}", network.logs(25));
	}
	result
}

/// The further arguments of a node or verifier that is such an adversary.
pub(crate) fn adversary(kind: &str) -> Vec<String> {
	["--adversary", kind].map(str::to_owned).to_vec()
}

/// The record of a job that its caller saw settled, as soon as that is final. The whole charge was paid out.
pub(crate) async fn settled(network: &Network, job: JobId) -> Result<Job> {
	let is_settled = |state: &JobState| matches!(state, JobState::Settled { .. });
	let job = network.wait_for_job(job, FINAL, is_settled).await?;
	let JobState::Settled { charge, payouts, .. } = &job.state else {
		unreachable!("it was waited for")
	};
	let paid: Planck = payouts.iter().map(|line| line.amount).sum();
	assert_eq!(paid, charge.total);
	Ok(job)
}

/// The work was not accepted, and the caller has the fee back.
#[track_caller]
pub(crate) fn assert_refunded(outcome: &CallOutcome, class: Class, reason: RefundReason) {
	assert_eq!(outcome.class, Some(class));
	assert!(
		matches!(outcome.ending, Some(Ending::Refunded { reason: why, .. }) if why == reason),
		"{:?}",
		outcome.ending
	);
}

/// A quorum of three revealed this reason, and nobody another one. The fourth may have been late.
pub(crate) async fn assert_found(network: &Network, job: JobId, reason: Reason) -> Result<()> {
	let view = network.chain().await?.view(At::Finalized).await?;
	let job = view.job(job).await?.context("a refunded job stays")?;
	let openings = job.committee.iter().filter_map(|seat| seat.opening.as_ref());
	let verdicts: Vec<Verdict> = openings.map(|opening| opening.0.verdict).collect();
	assert!(
		verdicts.len() >= 3
			&& verdicts
				.iter()
				.all(|verdict| *verdict == Verdict::Invalid(reason)),
		"{verdicts:?}"
	);
	Ok(())
}

/// Nobody honest is slashed for deceit. What came too late a busy machine explains.
pub(crate) async fn assert_no_deceit(network: &Network, name: &str) -> Result<()> {
	let slashes = network.slashes(name).await?;
	let deceit = slashes.iter().filter(|(why, _)| *why != SlashReason::Downtime);
	assert_eq!(deceit.count(), 0, "{name} is honest: {slashes:?}");
	Ok(())
}

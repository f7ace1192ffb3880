//! Validators that answer without looking, the opposite, what others said, or too late: one of them among four
//! makes no cheat pass and no honest work fail. Three of four decide, and who was clearly wrong, or did not run the model,
//! pays.

use crate::scenario::{DISHONEST, HONEST, adversary, assert_no_deceit, play};
use anyhow::{Context, Result};
use chain_client::{
	JobId,
	bonds::SlashReason,
	jobs::{Class, Job, JobState},
};
use compute_agent::adversary::VerifierAdversary;
use end_to_end::{Network, Options, Prompt, account, model_hash, unhurried_terms, workflow};
use receipt::Verdict;
use std::time::Duration;

/// Longer than a delivery, a panel, the question whether the fault was planted, and a jury take: some hundred and sixty
/// blocks.
const VERDICT: Duration = Duration::from_secs(420);

/// What the dishonest verifier is in turn, and the node that cheats meanwhile: one that failed takes no work
/// any more.
const TURNS: [(VerifierAdversary, &str); 4] = [
	(VerifierAdversary::Lazy, "Ferdie"),
	(VerifierAdversary::Contrary, "Ferdie//stash"),
	(VerifierAdversary::Copying, "Eve//stash"),
	(VerifierAdversary::Slow, "Charlie//stash"),
];

#[tokio::test(flavor = "multi_thread")]
async fn one_dishonest_verifier_of_four_decides_nothing() -> Result<()> {
	let options = Options {
		terms: unhurried_terms(),
		..Options::default()
	};
	play(options, scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	let mut nodes: Vec<_> = TURNS
		.iter()
		.map(|(_, node)| ((*node).to_owned(), adversary("random-token")))
		.collect();
	nodes.push(("Eve".into(), Vec::new()));
	let launched = network.launch_agents(&nodes)?;
	let model = model_hash(network.model())?;
	let workflow = network.publish("Bob", workflow("disputed", model, &[])).await?;
	network.agents_serve(launched).await?;

	let (mut late, mut at_fault) = (0, 0);
	for (kind, cheat) in TURNS {
		network.replace_verifier(DISHONEST.0, &["--adversary", &kind.to_string()])?;
		network.wait_for_verifier(DISHONEST.0).await?;
		let call = |caller: &'static str, node: &'static str| judged(network, caller, workflow, node);
		let (cheated, honest) = tokio::join!(call("Alice//stash", cheat), call("Bob//stash", "Eve"));
		let (cheated, honest) = (cheated.context("the cheat's call")?, honest.context("the other")?);
		assert_eq!(cheated.1.class, Some(Class::Invalid), "{kind}");
		assert_eq!(honest.1.class, Some(Class::Valid), "{kind}");
		let (of_cheated, of_honest) = (said(&cheated.1), said(&honest.1));
		let invalid = |said: &Verdict| matches!(said, Verdict::Invalid(_));
		let valid = |said: &Verdict| *said == Verdict::Valid;
		// Three of four decide, and the dishonest one is among them only where it said what they say. Where it does not, all of
		// the honest have to be in time: one that runs no model shows no trace, which calls a jury together, and on cheated
		// work nobody but the honest can make up its quorum. Hence the longer windows.
		for (job, agrees) in [
			(&cheated.1, last_said(&cheated.1).as_ref().is_some_and(invalid)),
			(&honest.1, last_said(&honest.1).as_ref().is_some_and(valid)),
		] {
			assert!(job.quorum.len() >= 3, "{kind}: {:?}", job.quorum);
			assert_eq!(
				job.quorum.contains(&account(DISHONEST.1)),
				agrees,
				"{kind}: {job:?}"
			);
		}

		at_fault += faults(&cheated.1) + faults(&honest.1);
		match kind {
			VerifierAdversary::Honest | VerifierAdversary::Sharing => {
				unreachable!("it is not among those above")
			}
			VerifierAdversary::Lazy => {
				let mut all = of_cheated.iter().chain(&of_honest);
				assert!(
					!of_cheated.is_empty() && all.all(valid),
					"{of_cheated:?}, {of_honest:?}"
				);
			}
			// Nobody has revealed anything of a new node's work before, so that a copy of it is a guess.
			VerifierAdversary::Copying => {
				let first = (of_cheated.first(), of_honest.first());
				assert_eq!(first, (Some(&Verdict::Valid), Some(&Verdict::Valid)));
			}
			VerifierAdversary::Contrary => {
				let spoke = !of_cheated.is_empty() && !of_honest.is_empty();
				assert!(
					spoke && of_cheated.iter().all(valid) && of_honest.iter().all(invalid),
					"{of_cheated:?}, {of_honest:?}"
				);
			}
			VerifierAdversary::Slow => {
				for (job, said) in [(cheated.0, of_cheated), (honest.0, of_honest)] {
					if kind.is_too_late(job) {
						assert!(said.is_empty(), "{job}: {said:?}");
						late += 1;
					}
				}
			}
		}
	}

	// Who was clearly wrong or idle pays for that, and who says nothing in time for downtime.
	let slashes = network.slashes(DISHONEST.1).await?;
	let of = |reason: SlashReason| slashes.iter().filter(|(why, _)| *why == reason).count();
	assert_eq!(of(SlashReason::FalseAttestation), at_fault, "{slashes:?}");
	assert!(of(SlashReason::Downtime) >= late, "{late}: {slashes:?}");
	for name in HONEST.into_iter().chain(["Eve"]) {
		assert_no_deceit(network, name).await?;
	}
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	for (kind, cheat) in TURNS {
		let bond = view.bond(&account(cheat)).await?.context("it is bonded")?;
		assert!(bond.chilled, "{kind}: {cheat} takes no new work");
	}
	Ok(())
}

/// A call to one node, up to what the auditors agree on: who is paid for it, and when, is no matter here.
async fn judged(network: &Network, caller: &str, workflow: u32, node: &str) -> Result<(JobId, Job)> {
	let prompt = Prompt::new("And the king said").to(node);
	let job = network.request(caller, workflow, prompt).await?;
	let is_judged = |state: &JobState| {
		matches!(
			state,
			JobState::Payable { .. } | JobState::Settled { .. } | JobState::Refunded { .. }
		)
	};
	Ok((job, network.wait_for_job(job, VERDICT, is_judged).await?))
}

/// What the dishonest validator revealed about a job, in every stage in which it sat.
fn said(job: &Job) -> Vec<Verdict> {
	let dishonest = account(DISHONEST.1);
	let earlier = job.audit.earlier.iter();
	earlier
		.filter(|finding| finding.auditor == dishonest)
		.map(|finding| finding.verdict.0)
		.chain(last_said(job))
		.collect()
}

/// For how many of its verdicts it has to pay: each that was wrong, or stands on no run, as a later stage found.
fn faults(job: &Job) -> usize {
	let dishonest = account(DISHONEST.1);
	let is_wrong = |said: &Verdict| match said {
		Verdict::Valid => job.class == Some(Class::Invalid),
		Verdict::Invalid(_) => job.class == Some(Class::Valid),
		Verdict::Unavailable => false,
	};
	let earlier = job.audit.earlier.iter().enumerate();
	let earlier = earlier.filter(|(number, finding)| {
		finding.auditor == dishonest && (is_wrong(&finding.verdict.0) || job.is_idle(*number))
	});
	earlier.count() + last_said(job).iter().filter(|said| is_wrong(said)).count()
}

/// What it revealed in the stage that decided.
fn last_said(job: &Job) -> Option<Verdict> {
	let dishonest = account(DISHONEST.1);
	let seat = job.committee.iter().find(|seat| seat.auditor == dishonest)?;
	seat.opening.as_ref().map(|opening| opening.0.verdict)
}

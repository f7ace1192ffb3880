//! A validator that is told its verdicts by a friend and runs no model: it is always right, and it pays. Callers get what
//! they paid for all the same, and nobody else loses anything.

use crate::scenario::{DISHONEST, HONEST, adversary, assert_no_deceit, play, settled};
use anyhow::{Context, Result};
use chain_client::{
	At,
	bonds::SlashReason,
	jobs::{Class, Job, Stage},
};
use end_to_end::{Network, Options, Prompt, account, model_hash, unhurried_terms, workflow};
use receipt::Verdict;
use std::time::Duration;

/// Longer than a call takes: a delivery, a panel, a jury and the pay, at most some hundred and twenty blocks.
const CALL: Duration = Duration::from_secs(360);

#[tokio::test(flavor = "multi_thread")]
async fn who_shares_a_verdict_and_runs_no_model_is_right_and_pays() -> Result<()> {
	let options = Options {
		verifiers: [(DISHONEST.0, adversary("sharing"))].into(),
		terms: unhurried_terms(),
		..Options::default()
	};
	play(options, scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	network.start_agent("Eve", &[]).await?;
	let model = model_hash(network.model())?;
	let workflow = network.publish("Bob", workflow("shared", model, &[])).await?;
	let network = &*network;
	let call = async |caller: &str, text: &str| {
		let call = network.call(caller, workflow, Prompt::new(text).to("Eve").within(CALL), |_| ());
		let outcome = call.await.context("the call")?;
		assert!(!outcome.text.is_empty(), "{text}");
		assert_eq!(outcome.class, Some(Class::Valid), "{text}");
		settled(network, outcome.job).await
	};
	let (first, second) = tokio::join!(
		call("Alice//stash", "And the king said"),
		call("Bob//stash", "Once upon a time"),
	);
	let jobs = [first?, second?];

	let sharing = account(DISHONEST.1);
	let mut found = 0;
	for job in &jobs {
		let earlier = &job.audit.earlier;
		assert!(
			earlier.iter().all(|finding| finding.verdict.0 == Verdict::Valid),
			"{earlier:?}"
		);
		// The panel agreed, but neighbours contradicted one another in what they had seen. Of whom a jury says that it was idle
		// three of its four seats must say so: all that are honest, none of which may have been late.
		let is_seen = job.audit.stage == Some(Stage::Jury) && honest_openings(job) == HONEST.len();
		for (number, finding) in earlier.iter().enumerate() {
			assert!(finding.trace.is_some(), "{finding:?}");
			let is_sharing = finding.auditor == sharing;
			assert!(is_sharing || !job.is_idle(number), "{job:?}");
			if is_seen && is_sharing {
				assert!(job.is_idle(number), "{job:?}");
				found += 1;
			}
		}
	}

	assert!(found > 0, "no panel and jury with everybody in time: {jobs:?}");

	let view = network.chain().await?.view(At::Finalized).await?;
	let idle = view.accuracy(&sharing).await?.idle as usize;
	assert!(idle >= found, "{idle}: {jobs:?}");
	let slashes = network.slashes(DISHONEST.1).await?;
	let false_words = slashes
		.iter()
		.filter(|(why, _)| *why == SlashReason::FalseAttestation);
	assert_eq!(false_words.count(), idle, "{slashes:?}");
	for name in HONEST.into_iter().chain(["Eve"]) {
		assert_no_deceit(network, name).await?;
		assert_eq!(view.accuracy(&account(name)).await?.idle, 0, "{name}");
	}
	Ok(())
}

/// How many of the honest revealed in the stage that decided that the work is valid.
fn honest_openings(job: &Job) -> usize {
	let honest = HONEST.map(account);
	let valid = job.committee.iter().filter(|seat| {
		let opening = seat.opening.as_ref();
		honest.contains(&seat.auditor) && opening.is_some_and(|opening| opening.0.verdict == Verdict::Valid)
	});
	valid.count()
}

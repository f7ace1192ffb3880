//! A network on which every job is a canary: callers get true answers, the validator that does not look is found out and
//! pays, nobody else does.

use crate::scenario::{DISHONEST, HONEST, adversary, assert_no_deceit, play, settled};
use anyhow::{Context, Result};
use chain_client::{
	At, Planck,
	bonds::SlashReason,
	jobs::{Canary, Class},
};
use end_to_end::{Network, Options, Prompt, account, model_hash, unhurried_terms, workflow};
use serde_json::json;
use std::time::Duration;

/// Longer than a call takes: two audits, the second of which ends with a jury, and the opening between them, some two
/// hundred blocks.
const CALL: Duration = Duration::from_secs(480);

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_look_is_found_by_canaries_and_nobody_else_pays() -> Result<()> {
	let options = Options {
		verifiers: [(DISHONEST.0, adversary("lazy"))].into(),
		terms: [
			unhurried_terms(),
			vec![("/verification/canary_rate".into(), json!(1_000_000))],
		]
		.concat(),
		..Options::default()
	};
	play(options, scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	network.start_agent("Eve", &["--canaries", "on"]).await?;
	let model = model_hash(network.model())?;
	let workflow = network.publish("Bob", workflow("tested", model, &[])).await?;
	let bond = bond(network, "Eve").await?;

	let mut jobs = Vec::new();
	for (caller, text) in [
		("Alice//stash", "And the king said"),
		("Bob//stash", "Once upon a time"),
	] {
		let call = network.call(caller, workflow, Prompt::new(text).to("Eve").within(CALL), |_| ());
		let outcome = call.await.context(text)?;
		assert!(!outcome.text.is_empty(), "{text}");
		assert_eq!(outcome.class, Some(Class::Valid), "the second audit passes it");
		jobs.push(outcome.job);
	}

	let mut missed = 0;
	for job in jobs {
		let job = settled(network, job).await?;
		let Canary::Opened(opened) = &job.audit.canary else {
			panic!("three of four saw the fault: {:?}", job.audit.canary)
		};
		// Every honest auditor that was there in time saw it; the lazy one did not.
		assert!(opened.saw >= 2 && opened.missed == 1, "{opened:?}");
		assert!(opened.planted.is_empty(), "all of it is settled");
		missed += opened.missed;
	}

	let view = network.chain().await?.view(At::Finalized).await?;
	let accuracy = view.accuracy(&account(DISHONEST.1)).await?;
	assert_eq!((accuracy.canaries, accuracy.missed), (missed, missed));
	for name in HONEST {
		let accuracy = view.accuracy(&account(name)).await?;
		let faults = (accuracy.missed, accuracy.near_missed, accuracy.idle);
		assert_eq!(faults, (0, 0, 0), "{name}");
	}
	let listed = network.hai_json(&["validator", "list"]).await?;
	let address = chain_client::address(&account(DISHONEST.1));
	let lazy = listed["validators"]
		.as_array()
		.and_then(|all| all.iter().find(|one| one["account"] == address.as_str()))
		.context("the list has every validator")?;
	assert_eq!(lazy["canaries_missed"], json!(missed));

	let deceit = |slashes: &[(SlashReason, Planck)]| {
		let false_words = slashes
			.iter()
			.filter(|(why, _)| *why == SlashReason::FalseAttestation);
		false_words.count() as u32
	};
	// In the audit of the true transcript its neighbours see that it shows no run.
	assert!(accuracy.idle > 0, "{accuracy:?}");
	assert_eq!(
		deceit(&network.slashes(DISHONEST.1).await?),
		missed + accuracy.idle
	);
	for name in HONEST.into_iter().chain(["Eve"]) {
		assert_no_deceit(network, name).await?;
	}
	assert_eq!(
		self::bond(network, "Eve").await?,
		bond,
		"its canaries are not held against it"
	);
	Ok(())
}

/// What of an account's bond answers for new work.
async fn bond(network: &Network, name: &str) -> Result<Planck> {
	let view = network.chain().await?.view(At::Finalized).await?;
	let bond = view.bond(&account(name)).await?.context("it is bonded")?;
	Ok(bond.active)
}

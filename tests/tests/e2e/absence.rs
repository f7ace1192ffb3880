//! Validators that go away: with one missing everything goes on; with two nothing is final; while their
//! verifiers are missing no quorum forms, and the caller gets the fee back; when they return all is as before.

use crate::scenario::play;
use anyhow::Result;
use chain_client::jobs::{Class, JobState, RefundReason};
use end_to_end::{Network, Options, Prompt, account, model_hash, until, workflow};
use std::time::Duration;

/// Longer than any path of a job under development terms, with half of the blocks missing.
const END: Duration = Duration::from_secs(400);

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_bears_the_loss_of_validators() -> Result<()> {
	play(Options::default(), scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	let model = model_hash(network.model())?;
	let workflow = network
		.serve_and_publish(&["Eve"], "Ferdie", workflow("patient", model, &[]))
		.await?;

	// One of four is away: three finalize and form the quorum.
	network.kill_node(3);
	let job = network
		.request("Alice//stash", workflow, Prompt::new("And he said"))
		.await?;
	let done = network
		.wait_for_job(job, END, |state| matches!(state, JobState::Settled { .. }))
		.await?;
	assert_eq!(done.quorum.len(), 3, "{:?}", done.quorum);
	assert!(!done.quorum.contains(&account("Dave")));
	assert_eq!(done.absent, [account("Dave")]);

	// A second goes while the node is bound to the next job, and with it the verifiers of both: blocks go on, and
	// none of them becomes final.
	let before = network.total_of(&account("Bob//stash")).await?;
	let job = network
		.request("Bob//stash", workflow, Prompt::new("And he said"))
		.await?;
	network.kill_verifier(2);
	network.kill_verifier(3);
	network.kill_node(2);
	let best = network.chain().await?.best().await?.number;
	let goes_on = async || Ok(network.chain().await?.best().await?.number >= best + 4);
	until(
		Duration::from_secs(120),
		"blocks with two of four validators",
		goes_on,
	)
	.await?;
	assert!(
		network.finalized(0).await? <= u64::from(best),
		"two of four finalized what came after the others had gone"
	);

	// Both return without their verifiers: finality is back, but two attestations are no quorum, in either round.
	for validator in [2, 3] {
		network.restart_node(validator)?;
	}
	for validator in [2, 3] {
		network.wait_for_node(validator).await?;
	}
	network
		.wait_for_finality(u64::from(best) + 4, Duration::from_secs(300))
		.await?;
	let ended = network
		.wait_for_job(job, END, |state| {
			matches!(
				state,
				JobState::Refunded {
					reason: RefundReason::NoQuorum,
					..
				}
			)
		})
		.await?;
	assert!(ended.quorum.is_empty(), "{:?}", ended.quorum);
	for name in ["Charlie", "Dave"] {
		assert!(
			ended.absent.contains(&account(name)),
			"{name}: {:?}",
			ended.absent
		);
	}
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	let (_, terms) = view.terms().await?;
	let balance = view.balance(&account("Bob//stash")).await?;
	assert_eq!(
		balance.held, terms.jobs.record_deposit,
		"a fee is still held: {:?}",
		ended.state
	);
	let transaction_fee_at_most = 100_000_000_000;
	assert!(before - balance.total() <= transaction_fee_at_most);

	// The verifiers return, too: the next call is checked and paid like any other.
	for validator in [2, 3] {
		network.restart_verifier(validator)?;
	}
	for validator in [2, 3] {
		network.wait_for_verifier(validator).await?;
	}
	let outcome = network
		.call("Bob//stash", workflow, Prompt::new("And he said"), |_| ())
		.await?;
	assert_eq!(outcome.class, Some(Class::Valid));
	Ok(())
}

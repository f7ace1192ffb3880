//! Validators that go away: with one missing everything goes on; with two nothing is final and
//! nothing is lost; when they return the chain recovers.

use anyhow::{Result, ensure};
use chain_client::jobs::JobState;
use end_to_end::{Network, Options, Prompt, account, model_hash, workflow};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_bears_the_loss_of_validators() -> Result<()> {
	let mut network = Network::start(Options::default()).await?;
	let result = scenario(&mut network).await;
	if result.is_err() {
		eprintln!("{}", network.logs(25));
	}
	result
}

async fn scenario(network: &mut Network) -> Result<()> {
	network.start_agent("Eve", &[]).await?;
	let model = model_hash(network.model())?;
	let workflow = network.publish("Ferdie", workflow("patient", model, &[])).await?;

	// One of four is away: three finalize and form the quorum.
	network.kill_node(3);
	let job = network
		.request("Alice//stash", workflow, Prompt::new("And he said"))
		.await?;
	let done = network
		.wait_for_job(job, Duration::from_secs(180), |state| {
			matches!(state, JobState::Settled { .. })
		})
		.await?;
	assert_eq!(done.quorum.len(), 3, "{:?}", done.quorum);
	assert!(!done.quorum.contains(&account("Dave")));
	assert_eq!(done.absent, [account("Dave")]);

	// A second goes as soon as the next job is delivered: no quorum can form, and nothing becomes final.
	let before = network.total_of(&account("Bob//stash")).await?;
	let job = network
		.request("Bob//stash", workflow, Prompt::new("And he said"))
		.await?;
	network
		.wait_for_job(job, Duration::from_secs(120), |state| {
			!matches!(state, JobState::Assigned { .. })
		})
		.await?;
	network.kill_node(2);
	let stuck = network.finalized(0).await?;
	let best = network.chain().await?.best().await?.number;
	let began = Instant::now();
	while network.chain().await?.best().await?.number < best + 4 {
		ensure!(
			began.elapsed() < Duration::from_secs(60),
			"blocks stopped with two of four validators"
		);
		tokio::time::sleep(Duration::from_millis(500)).await;
	}
	assert!(
		network.finalized(0).await? <= stuck + 3,
		"two of four cannot finalize"
	);

	// Both return: finality does too, and the job has ended one way or the other with nothing held.
	network.restart_node(2)?;
	network.restart_node(3)?;
	network
		.wait_for_finality(u64::from(best) + 4, Duration::from_secs(180))
		.await?;
	let ended = network
		.wait_for_job(job, Duration::from_secs(300), |state| state.ended_at().is_some())
		.await?;
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	let (_, terms) = view.terms().await?;
	let balance = view.balance(&account("Bob//stash")).await?;
	assert_eq!(
		balance.held, terms.jobs.record_deposit,
		"a fee is still held: {:?}",
		ended.state
	);
	let paid = match &ended.state {
		JobState::Settled { charge, .. } => charge.total,
		_ => 0,
	};
	let transaction_fee_at_most = 100_000_000_000;
	assert!(before - balance.total() <= paid + transaction_fee_at_most);
	Ok(())
}

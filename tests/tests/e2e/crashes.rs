//! Every process killed in the middle of a job, and started again: the job still ends, and nothing is lost.

use anyhow::Result;
use chain_client::jobs::JobState;
use end_to_end::{Network, Options, Prompt, model_hash, workflow};
use std::time::Duration;

/// Longer than any path of a job under development terms.
const END: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread")]
async fn a_job_outlives_the_death_of_every_process() -> Result<()> {
	let mut network = Network::start(Options::default()).await?;
	let result = scenario(&mut network).await;
	if result.is_err() {
		eprintln!("{}", network.logs(25));
	}
	result
}

async fn scenario(network: &mut Network) -> Result<()> {
	let agent = network.start_agent("Eve", &[]).await?;
	let model = model_hash(network.model())?;
	let workflow = network.publish("Ferdie", workflow("sturdy", model, &[])).await?;
	let settled = |state: &JobState| matches!(state, JobState::Settled { .. });

	// The compute node dies as soon as it is bound to a job.
	let job = network
		.request("Alice//stash", workflow, Prompt::new("In those days"))
		.await?;
	network.agent(agent).kill();
	network.restart_agent(agent, &[])?;
	network.wait_for_job(job, END, settled).await?;

	// Two verifiers and their validators' nodes die while they owe their verdicts.
	let job = network
		.request("Alice//stash", workflow, Prompt::new("In those days"))
		.await?;
	network
		.wait_for_job(job, END, |state| !matches!(state, JobState::Assigned { .. }))
		.await?;
	network.kill_verifier(1);
	network.kill_node(3);
	network.restart_verifier(1)?;
	network.restart_node(3)?;
	let done = network.wait_for_job(job, END, settled).await?;
	assert!(done.quorum.len() >= 3, "{:?}", done.quorum);
	assert!(network.slashes("Eve").await?.is_empty(), "a crash is no fraud");
	Ok(())
}

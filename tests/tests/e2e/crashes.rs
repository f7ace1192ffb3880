//! Every process killed in the middle of a job, and started again: the job still ends, and nothing is lost.

use crate::scenario::play;
use anyhow::Result;
use chain_client::jobs::JobState;
use end_to_end::{Network, Options, Prompt, VALIDATORS, model_hash, workflow};
use serde_json::{Value, json};
use std::time::Duration;

/// Longer than any path of a job under development terms.
const END: Duration = Duration::from_secs(300);

/// Longer than any process takes to be back.
const RETURN: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn a_job_outlives_the_death_of_every_process() -> Result<()> {
	play(Options::default(), scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	let model = model_hash(network.model())?;
	let workflow = network
		.serve_and_publish(&["Eve"], "Ferdie", workflow("sturdy", model, &[]))
		.await?;
	// The only one so far.
	let agent = 0;
	let gateway = network.start_gateway("Bob//stash").await?;

	// The compute node dies as soon as it is bound to a job. It has one minute to come back and deliver, so it does
	// not test itself once more.
	let job = network
		.request("Alice//stash", workflow, Prompt::new("In those days"))
		.await?;
	network.agent(agent).kill();
	network.restart_agent(agent, &["--skip-selftest"])?;
	network
		.agent(agent)
		.says("the saved state is loaded", RETURN)
		.await?;

	// Then every validator with its verifier, one after the other, while the work is delivered and checked.
	for validator in 0..VALIDATORS.len() {
		network.kill_verifier(validator);
		network.kill_node(validator);
		network.restart_node(validator)?;
		network.wait_for_node(validator).await?;
		network.restart_verifier(validator)?;
		network.wait_for_verifier(validator).await?;
	}
	let done = network
		.wait_for_job(job, END, |state| matches!(state, JobState::Settled { .. }))
		.await?;
	assert!(done.quorum.len() >= 3, "{:?}", done.quorum);
	assert!(network.slashes("Eve").await?.is_empty(), "a crash is no fraud");

	// The gateway dies too, and all of them together serve the next call.
	network.restart_gateway(&gateway).await?;
	let answer: Value = reqwest::Client::new()
		.post(format!("{gateway}/v1/chat/completions"))
		.json(&json!({
			"model": "sturdy",
			"messages": [{ "role": "user", "content": "In those days" }],
			"max_tokens": 12,
		}))
		.timeout(RETURN)
		.send()
		.await?
		.error_for_status()?
		.json()
		.await?;
	let text = answer["choices"][0]["message"]["content"].as_str();
	assert!(text.is_some_and(|text| !text.is_empty()), "{answer}");
	Ok(())
}

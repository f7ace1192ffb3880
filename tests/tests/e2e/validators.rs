//! Validators come and go on a running chain, with the command line alone, and it never stops.

use anyhow::{Result, ensure};
use chain_client::address;
use end_to_end::{Network, Options, account};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Two epochs of twenty slots, the rest of the one that runs, and time to spare.
const TWO_EPOCHS: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_joins_and_leaves_a_running_chain() -> Result<()> {
	let mut network = Network::start(Options::default()).await?;
	let result = scenario(&mut network).await;
	if result.is_err() {
		eprintln!("{}", network.logs(25));
	}
	result
}

async fn scenario(network: &mut Network) -> Result<()> {
	let newcomer = network.start_fifth_node().await?;
	let url = network.url(newcomer);
	let keys = network.newcomer_keys();
	network
		.hai_json(&[
			"--url",
			&url,
			"--suri",
			"//Eve",
			"validator",
			"join",
			"--agent-keys",
			&keys.to_string_lossy(),
		])
		.await?;
	wait_until_in_session(network, true).await?;

	network
		.hai_json(&["--url", &url, "--suri", "//Eve", "validator", "leave"])
		.await?;
	wait_until_in_session(network, false).await?;

	// Finality never stopped: it is a few blocks behind the best one.
	let best = u64::from(network.chain().await?.best().await?.number);
	network.wait_for_finality(best, Duration::from_secs(90)).await
}

async fn wait_until_in_session(network: &Network, wanted: bool) -> Result<()> {
	let eve = address(&account("Eve"));
	let began = Instant::now();
	loop {
		let list = network.hai_json(&["validator", "list"]).await?;
		let active = find(&list, &eve).is_some_and(|entry| entry["in_session"] == json!(true));
		if active == wanted {
			return Ok(());
		}
		ensure!(
			began.elapsed() < TWO_EPOCHS,
			"in session should become {wanted}: {list}"
		);
		tokio::time::sleep(Duration::from_secs(2)).await;
	}
}

/// The entry of an account in a list, wherever the list stands in the answer.
fn find<'a>(value: &'a Value, account: &str) -> Option<&'a Value> {
	match value {
		Value::Array(entries) => entries.iter().find_map(|entry| find(entry, account)),
		Value::Object(fields) if fields.values().any(|field| field == account) => Some(value),
		Value::Object(fields) => fields.values().find_map(|field| find(field, account)),
		_ => None,
	}
}

//! Validators come and go on a running chain, with the command line alone, and it never stops; meanwhile one whose
//! keys run on two machines signs two blocks for one slot, is reported by the others and slashed, and nobody else is.

use crate::scenario::play;
use anyhow::{Context, Result, ensure};
use chain_client::{At, address, bonds::SlashReason, validators::MAX_PAIRS};
use end_to_end::{Network, Options, account, until};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Two epochs of twenty slots, the rest of the one that runs, and time to spare.
const TWO_EPOCHS: Duration = Duration::from_secs(240);

/// The validator that runs twice.
const TWICE: (usize, &str) = (3, "Dave");

/// Twins that wake in the same millisecond write the same block, which is no fault: it can take many slots.
const NOTICED: Duration = Duration::from_secs(480);

#[tokio::test(flavor = "multi_thread")]
async fn validators_join_leave_and_sign_twice_on_a_running_chain() -> Result<()> {
	play(Options::default(), scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	// With the newcomer there are five, of whom the one that is slashed and chilled is one: they go on without it.
	let newcomer = network.start_fifth_node().await?;
	let (validator, name) = TWICE;
	let bonded = active_bond(network, name).await?;
	network.start_twin(validator)?;
	let network = &*network;
	tokio::try_join!(joins_and_leaves(network, newcomer), signs_twice(network, bonded))?;

	// Finality never stopped: it is a few blocks behind the best one.
	let best = network.best(0).await?;
	until(Duration::from_secs(90), "finality", async || {
		Ok(network.finalized(0).await? >= best + 3)
	})
	.await
}

async fn joins_and_leaves(network: &Network, newcomer: usize) -> Result<()> {
	let url = network.url(newcomer);
	let keys = network.newcomer_keys();
	let keys = keys.to_string_lossy();
	let join: [&str; 8] = [
		"--url",
		&url,
		"--suri",
		"//Eve",
		"validator",
		"join",
		"--agent-keys",
		&keys,
	];
	// More pairs than the chain takes: it is told so before it bonds.
	let names: Vec<String> = (0..=MAX_PAIRS).map(|pair| format!("0x{pair:064x}")).collect();
	let pairs = names.iter().flat_map(|name| ["--pair", name.as_str()]);
	let arguments: Vec<&str> = join.into_iter().chain(pairs).collect();
	let refused = network.hai(&arguments).await?;
	let said = String::from_utf8_lossy(&refused.stderr);
	assert_eq!(refused.status.code(), Some(2), "{said}");
	assert!(said.contains("65 pairs"), "{said}");
	let view = network.chain().await?.view(At::Best).await?;
	assert!(view.bond(&account("Eve")).await?.is_none(), "nothing is bonded");

	network
		.hai_json(&[&join[..], &["--calibrated"][..]].concat())
		.await?;
	let list = network.hai_json(&["validator", "list"]).await?;
	let newcomer = find(&list, &address(&account("Eve"))).context("the newcomer is listed")?;
	assert_eq!(newcomer["pairs"], 1, "it checks the seed model's: {list}");
	wait_until_in_session(network, true).await?;

	network
		.hai_json(&["--url", &url, "--suri", "//Eve", "validator", "leave"])
		.await?;
	wait_until_in_session(network, false).await
}

async fn signs_twice(network: &Network, bonded: u128) -> Result<()> {
	let (_, name) = TWICE;
	until(NOTICED, "two nodes with one key to be noticed", async || {
		Ok(!network.slashes(name).await?.is_empty())
	})
	.await?;

	// By the governed part, once in a session, however often it signed twice there: a second session may have begun
	// by now, so all figures are of one block.
	let view = network.chain().await?.view(At::Finalized).await?;
	let (_, terms) = view.terms().await?;
	let bond = view.bond(&account(name)).await?.context("it is still bonded")?;
	assert!(
		bond.slashes
			.iter()
			.all(|slash| slash.reason == SlashReason::Equivocation),
		"{:?}",
		bond.slashes
	);
	let rate = u128::from(terms.slashes.equivocation);
	let first = bond.slashes.first().context("it was slashed")?;
	assert_eq!(first.amount, bonded * rate / 1_000_000_000);
	let taken: u128 = bond.slashes.iter().map(|slash| slash.amount).sum();
	assert_eq!(bond.active, bonded - taken);
	assert!(bond.chilled, "it takes no new work");

	// The others lost nothing.
	for other in ["Alice", "Bob", "Charlie"] {
		assert!(network.slashes(other).await?.is_empty(), "{other} signed once");
	}
	Ok(())
}

async fn active_bond(network: &Network, name: &str) -> Result<u128> {
	let view = network.chain().await?.view(At::Finalized).await?;
	Ok(view.bond(&account(name)).await?.map_or(0, |bond| bond.active))
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

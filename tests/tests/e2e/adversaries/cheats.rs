//! Nodes that cheat or fail: the validators see it, the caller gets the fee back, the bond pays.

use crate::scenario::{adversary, assert_found, assert_refunded, play};
use anyhow::{Context, Result};
use caller::Ending;
use chain_client::{
	address,
	amount::HAI,
	balances,
	bonds::SlashReason,
	jobs::{Class, RefundReason},
};
use end_to_end::{Network, Options, Prompt, account, key, model_hash, quantised_substitute, workflow};
use receipt::attestation::Reason;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn cheats_are_caught_and_callers_refunded() -> Result<()> {
	play(Options::default(), scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	let substitute = network.folder().join("substitute.gguf");
	quantised_substitute(network.model(), &substitute)?;
	let wrong_model = format!("wrong-model:{}", substitute.display());
	let kinds = [
		("Eve", wrong_model.as_str()),
		("Ferdie", "random-token"),
		("Eve//stash", "no-transcript"),
		("Ferdie//stash", "silent"),
		("Charlie//stash", "other-words"),
	];
	let nodes: Vec<_> = kinds
		.iter()
		.map(|(name, kind)| ((*name).to_owned(), adversary(kind)))
		.collect();
	let launched = network.launch_agents(&nodes)?;
	let model = model_hash(network.model())?;
	let chain = network.chain().await?;
	// The accounts of the chain's preset do not suffice.
	let fund = async |payer: &str, account_of: &str| {
		let transfer = balances::transfer(&account(account_of), 100 * HAI);
		anyhow::Ok(chain.submit_finalized(&transfer, &key(payer)).await?)
	};
	let (workflow, ..) = tokio::try_join!(
		network.publish("Bob", workflow("watched", model, &[])),
		fund("Alice", "Caller"),
		fund("Charlie", "Reader"),
	)?;
	network.agents_serve(launched).await?;
	let network = &*network;

	let call = |caller: &'static str, node: &'static str| {
		network.call(
			caller,
			workflow,
			Prompt::new("And the king said").to(node),
			|_| (),
		)
	};
	// At once, each by a caller of its own.
	let (wrong, random, hidden, silent, worded) = tokio::join!(
		call("Alice//stash", "Eve"),
		call("Bob//stash", "Ferdie"),
		call("Caller", "Eve//stash"),
		call("Dave//stash", "Ferdie//stash"),
		told_of_other_words(network, workflow, "Charlie//stash"),
	);
	worded.context("the call to the node that streams other words than it delivers")?;

	let wrong = wrong.context("the call to the node with another model")?;
	assert_refunded(&wrong, Class::Invalid, RefundReason::Invalid);
	assert_found(network, wrong.job, Reason::Fingerprint).await?;
	assert_incident(network, "Eve").await?;

	let random = random.context("the call to the node that replaces a token")?;
	assert_refunded(&random, Class::Invalid, RefundReason::Invalid);
	// From the strange token on the model has other states than those that the node committed to; that is looked at
	// before the token's own score.
	assert_found(network, random.job, Reason::Fingerprint).await?;
	assert_incident(network, "Ferdie").await?;

	let hidden = hidden.context("the call to the node that shows no transcript")?;
	assert_refunded(&hidden, Class::Unavailable, RefundReason::Unavailable);
	assert_slashed(network, "Eve//stash", SlashReason::Downtime).await?;

	let silent = silent.context("the call to the node that delivers nothing")?;
	assert!(
		matches!(silent.ending, Some(Ending::TimedOut { .. })),
		"{:?}",
		silent.ending
	);
	assert_slashed(network, "Ferdie//stash", SlashReason::Downtime).await?;

	// No fee is held any more: what the callers lack is the fee of one transaction and the record's deposit.
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	let (_, terms) = view.terms().await?;
	for caller in ["Alice//stash", "Bob//stash", "Caller", "Dave//stash"] {
		let balance = view.balance(&account(caller)).await?;
		assert_eq!(balance.held, terms.jobs.record_deposit, "{caller}");
	}
	Ok(())
}

/// A node whose work is in order and whose streamed text is not that of its work: no auditor sees the text, but the
/// caller compares it, and whoever calls with `hai` is told.
async fn told_of_other_words(network: &Network, workflow: u32, node: &str) -> Result<()> {
	let (number, address) = (workflow.to_string(), address(&account(node)));
	let call = ["--json", "--suri", "//Reader", "call", &number, "And he answered"];
	let output = network
		.hai(&[&call[..], &["--node", &address][..]].concat())
		.await?;
	let said = String::from_utf8_lossy(&output.stderr);
	assert_eq!(output.status.code(), Some(8), "{said}");
	let printed: Value = serde_json::from_slice(&output.stdout)?;
	assert_eq!(printed["text_verified"], json!(false), "{printed}");
	let job = printed["job"].as_u64().context("a call has a job")?;
	assert!(
		said.contains(&format!("job {job}")) && said.contains(&address),
		"{said}"
	);
	Ok(())
}

/// The node is out, and its bond will pay when the incident closes.
async fn assert_incident(network: &Network, node: &str) -> Result<()> {
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	let reputation = view.reputation(&account(node)).await?;
	let incident = reputation
		.incident
		.with_context(|| format!("{node} has an incident"))?;
	assert_eq!(incident.failures, 1, "{node}");
	assert!(incident.slash() > 0, "{node}");
	let bond = view.bond(&account(node)).await?.context("it is bonded")?;
	assert!(bond.chilled, "{node} takes no new work");
	Ok(())
}

async fn assert_slashed(network: &Network, node: &str, reason: SlashReason) -> Result<()> {
	let slashes = network.slashes(node).await?;
	assert!(
		slashes.iter().any(|(why, amount)| *why == reason && *amount > 0),
		"{node}: {slashes:?}"
	);
	Ok(())
}

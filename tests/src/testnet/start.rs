//! Starts everybody of a testnet.

use super::{canaries::Canaries, cast::Cast};
use crate::{Network, Options, VALIDATORS, account, key, model_hash, quantised_substitute, workflow};
use anyhow::{Context, Result};
use chain_client::{Planck, WorkflowId, amount::HAI, balances};
use compute_agent::adversary::VerifierAdversary;
use futures::future::try_join_all;
use std::path::Path;

/// What each node puts at stake, in HAI: twice the least, so that a slash for downtime puts nobody out of work.
const NODE_BOND: u32 = 2_000;

/// What a node has besides, for transactions.
const SPENDING: Planck = 100 * HAI;

/// Who owns the workflow.
const CREATOR: &str = "Ferdie";

/// Development accounts that own HAI from the first block.
const RICH: [&str; 8] = [
	"Eve//stash",
	"Ferdie//stash",
	"Alice//stash",
	"Bob//stash",
	"Charlie//stash",
	"Dave//stash",
	"Ferdie",
	"Alice",
];

/// Starts validators, verifiers and nodes, and publishes a workflow. `substitute` is where the cheaper model lies
/// that some nodes run; it is made if one does.
///
/// # Errors
///
/// If a program is missing or ends, or the chain refuses something.
pub(super) async fn start(
	cast: &Cast,
	canaries: Canaries,
	model: &Path,
	folder: &Path,
	substitute: &Path,
) -> Result<(Network, WorkflowId)> {
	if cast.runs(substitute) {
		quantised_substitute(model, substitute).context("the cheaper model cannot be made")?;
	}
	eprintln!(
		"starting {} validators, each with its verifier",
		cast.validators.len()
	);
	let dishonest = cast
		.validators
		.iter()
		.enumerate()
		.filter_map(|(index, validator)| {
			let kind = validator.adversary;
			(kind != VerifierAdversary::Honest).then(|| (index, vec!["--adversary".into(), kind.to_string()]))
		});
	let mut network = Network::start(Options {
		model: model.to_owned(),
		folder: Some(folder.to_owned()),
		verifiers: dishonest.collect(),
		terms: canaries.terms(),
	})
	.await?;
	let started = start_others(&mut network, cast, canaries).await;
	if started.is_err() {
		eprintln!("the ends of all logs:\n{}", network.logs(12));
	}
	Ok((network, started?))
}

async fn start_others(network: &mut Network, cast: &Cast, canaries: Canaries) -> Result<WorkflowId> {
	if let Some(fifth) = cast.validators.get(VALIDATORS.len()) {
		eprintln!("{} joins the validators", fifth.name);
		let index = network.start_fifth_node().await?;
		let (url, keys) = (network.url(index), network.newcomer_keys());
		let suri = format!("//{}", fifth.name);
		let (connection, join) = (
			["--url", &url, "--suri", &suri],
			["validator", "join", "--calibrated", "--agent-keys"],
		);
		let keys = keys.to_string_lossy();
		network
			.hai_json(&[&connection[..], &join[..], &[&*keys]].concat())
			.await
			.with_context(|| format!("{} cannot join", fifth.name))?;
	}

	eprintln!(
		"starting {} compute nodes: money, keys, bond, self test",
		cast.nodes.len()
	);
	let chain = network.chain().await?;
	let amount = Planck::from(NODE_BOND) * HAI + SPENDING;
	try_join_all(cast.nodes.iter().zip(RICH).map(|(node, payer)| {
		let (chain, payer) = (chain.clone(), key(payer));
		async move {
			let transfer = balances::transfer(&account(&node.name), amount);
			chain.submit_finalized(&transfer, &payer).await
		}
	}))
	.await
	.context("the nodes' accounts get no money")?;
	let nodes: Vec<_> = cast
		.nodes
		.iter()
		.map(|node| {
			let bond = NODE_BOND.to_string();
			let kind = node.adversary.to_string();
			let arguments = [
				"--bond",
				&bond,
				"--adversary",
				&kind,
				"--canaries",
				canaries.argument(),
			];
			(node.name.clone(), arguments.map(str::to_owned).to_vec())
		})
		.collect();
	let launched = network.launch_agents(&nodes)?;

	// Meanwhile, for neither needs a node.
	let model = model_hash(network.model())?;
	if !network.is_calibrated(&model).await? {
		eprintln!("measuring this model, and letting the congress register it (about three minutes)");
		let record = network.calibrate("1,8,32,128", 10).await?;
		let validators: Vec<&str> = cast
			.validators
			.iter()
			.map(|validator| validator.name.as_str())
			.collect();
		network.register(&record, &validators).await?;
	}
	let workflow = network.publish(CREATOR, workflow("testnet", model, &[])).await?;
	network.agents_serve(launched).await?;
	Ok(workflow)
}

//! `hai node`.

use crate::{
	context::Context,
	exit::Usage,
	output::{hai, hex, pairs, planck, table},
	parsing,
};
use anyhow::Result;
use chain_client::{
	At, ChainClient, Hash, Planck, address,
	jobs::{NodeStatistics, Reputation},
	nodes::{self, Advertisement, Offer, ServingNode},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  hai node list
  hai node show 5Grwva...
  hai node advertise --address /ip4/192.0.2.1/udp/4001/quic-v1 --model 0x07.. --pair 0x09.. --max-tokens 512
`hai-agent up` bonds and advertises by itself; `hai node advertise` is for doing it by hand.")]
pub(crate) enum Node {
	/// Says what the signing node runs and where it is reached
	#[command(
		after_help = "Example:\n  hai node advertise --address /ip4/192.0.2.1/udp/4001/quic-v1 --model 0x07.. --pair 0x09.. --max-tokens 512"
	)]
	Advertise(Advertise),
	/// Shows one node
	#[command(after_help = "Example:\n  hai node show 5Grwva...")]
	Show(Show),
	/// Lists the nodes that take jobs now
	#[command(after_help = "Example:\n  hai node list --model 0x07..")]
	List(List),
}

#[derive(Args, Debug)]
pub(crate) struct Advertise {
	/// Where it listens, as a multiaddress; several times for several
	#[arg(long = "address", required = true, value_name = "MULTIADDRESS")]
	addresses: Vec<String>,
	/// The content hash of the model
	#[arg(long, value_parser = parsing::hash)]
	model: Hash,
	/// The key of the (model, backend) pair, as `hai-agent selftest` prints it
	#[arg(long, value_parser = parsing::hash)]
	pair: Hash,
	/// HAI for a call, where the workflow lets the node name a price
	#[arg(long, default_value = "0", value_parser = parsing::hai, value_name = "HAI")]
	price_base: Planck,
	/// HAI for a token, where the workflow lets the node name a price
	#[arg(long, default_value = "0", value_parser = parsing::hai, value_name = "HAI")]
	price_per_token: Planck,
	/// The longest job it takes, prompt and answer together
	#[arg(long)]
	max_tokens: u32,
	/// How many jobs it runs at once
	#[arg(long, default_value_t = 1)]
	slots: u16,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
	/// Which [default: the signing account]
	account: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct List {
	/// Only those that run this model
	#[arg(long, value_parser = parsing::hash)]
	model: Option<Hash>,
}

pub(crate) async fn run(context: &Context, command: Node) -> Result<()> {
	let chain = context.connect().await?;
	match command {
		Node::Advertise(command) => advertise(context, &chain, command).await,
		Node::Show(command) => show(context, &chain, command.account.as_deref()).await,
		Node::List(command) => list(context, &chain, command.model).await,
	}
}

async fn advertise(context: &Context, chain: &ChainClient, command: Advertise) -> Result<()> {
	for address in &command.addresses {
		peer_network::check_address(address).map_err(|error| Usage(error.to_string()))?;
	}
	let advertisement = Advertisement {
		addresses: command.addresses.into_iter().map(String::into_bytes).collect(),
		models: vec![Offer {
			model: command.model,
			pair: command.pair,
			price_base: command.price_base,
			price_per_token: command.price_per_token,
		}],
		max_tokens: command.max_tokens,
		slots: command.slots,
	};
	let key = context.key(chain).await?;
	context
		.submit(chain, &nodes::advertise(advertisement), &key, "advertising")
		.await?;
	show(context, chain, Some(&address(&key.account()))).await
}

async fn show(context: &Context, chain: &ChainClient, account: Option<&str>) -> Result<()> {
	let account = context.account_or_own(chain, account).await?;
	let view = chain.view(At::Best).await?;
	let node = view.serving_node(&account).await?;
	let statistics = view.node_statistics(&account).await?;
	let reputation = view.reputation(&account).await?;
	context.output.result(
		|| {
			json!({
				"account": address(&account),
				"serving": node.as_ref().map(node_json),
				"statistics": statistics_json(&statistics),
				"reputation": reputation_json(&reputation),
			})
		},
		|| {
			let mut rows = vec![("account", address(&account))];
			match &node {
				Some(node) => {
					rows.push((
						"bond",
						format!(
							"{}, covers further fees of {}",
							hai(node.active),
							hai(node.capacity)
						),
					));
					rows.extend(
						node.advertisement
							.addresses()
							.into_iter()
							.map(|address| ("address", address)),
					);
					for offer in &node.advertisement.models {
						rows.push(("model", hex(&offer.model)));
						rows.push(("  pair", hex(&offer.pair)));
						let (base, token) = (hai(offer.price_base), hai(offer.price_per_token));
						rows.push(("  asks", format!("{base} and {token} a token")));
					}
					let (tokens, slots) = (node.advertisement.max_tokens, node.advertisement.slots);
					rows.push(("limits", format!("{tokens} tokens, {slots} jobs at once")));
				}
				None => rows.push((
					"serving",
					"no: it is not bonded, chilled, or has not advertised".to_owned(),
				)),
			}
			rows.push((
				"runs",
				format!(
					"{} settled for {} callers, {} of them audited, and {} private ones that nobody checked",
					statistics.settled, statistics.callers, statistics.audited, statistics.private_runs
				),
			));
			let failed = statistics.timed_out + statistics.invalid + statistics.unavailable;
			rows.push((
				"failures",
				format!(
					"{failed} ({} not delivered, {} invalid, {} not shown)",
					statistics.timed_out, statistics.invalid, statistics.unavailable
				),
			));
			rows.push((
				"score",
				format!(
					"{:.2}; failures raise it, audits that pass lower it",
					nats(&reputation)
				),
			));
			if let Some(incident) = &reputation.incident {
				rows.push((
					"incident",
					format!(
						"open since block {} with {} failed jobs: the bond will pay {}",
						incident.opened_at,
						incident.failures,
						hai(incident.slash())
					),
				));
			}
			if reputation.ejected {
				rows.push(("ejected", "its work failed too often".to_owned()));
			}
			pairs(rows)
		},
	);
	Ok(())
}

/// The score in nats, as the rules count it.
fn nats(reputation: &Reputation) -> f64 {
	reputation.score.micro_nats() as f64 / 1e6
}

fn reputation_json(reputation: &Reputation) -> Value {
	json!({
		"score": nats(reputation),
		"ejected": reputation.ejected,
		"incident": reputation.incident.as_ref().map(|incident| json!({
			"opened_at": incident.opened_at,
			"failures": incident.failures,
			"slash": planck(incident.slash()),
		})),
	})
}

async fn list(context: &Context, chain: &ChainClient, model: Option<Hash>) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let mut nodes = view.serving_nodes().await?;
	nodes.retain(|node| {
		model.is_none_or(|model| node.advertisement.models.iter().any(|offer| offer.model == model))
	});
	context.output.result(
		|| json!({ "nodes": nodes.iter().map(node_json).collect::<Vec<_>>(), "block": view.block() }),
		|| {
			if nodes.is_empty() {
				return "no node takes jobs now; `hai-agent up` starts one".to_owned();
			}
			let rows = nodes.iter().map(|node| {
				let models = node
					.advertisement
					.models
					.iter()
					.map(|offer| hex(&offer.model[..4]))
					.collect::<Vec<_>>();
				[
					address(&node.account),
					hai(node.active),
					hai(node.capacity),
					models.join(" "),
					node.advertisement.max_tokens.to_string(),
					node.advertisement.slots.to_string(),
				]
			});
			table(["node", "bond", "covers", "models", "tokens", "slots"], rows)
		},
	);
	Ok(())
}

fn node_json(node: &ServingNode) -> Value {
	let models: Vec<_> = node
		.advertisement
		.models
		.iter()
		.map(|offer| {
			json!({
				"model": hex(&offer.model),
				"pair": hex(&offer.pair),
				"price_base": planck(offer.price_base),
				"price_per_token": planck(offer.price_per_token),
			})
		})
		.collect();
	json!({
		"account": address(&node.account),
		"bond": planck(node.active),
		"capacity": planck(node.capacity),
		"addresses": node.advertisement.addresses(),
		"models": models,
		"max_tokens": node.advertisement.max_tokens,
		"slots": node.advertisement.slots,
	})
}

fn statistics_json(statistics: &NodeStatistics) -> Value {
	json!({
		"settled": statistics.settled,
		"audited": statistics.audited,
		"timed_out": statistics.timed_out,
		"cancelled": statistics.cancelled,
		"invalid": statistics.invalid,
		"unavailable": statistics.unavailable,
		"no_quorum": statistics.no_quorum,
		"private_runs": statistics.private_runs,
		"unsettled": statistics.unsettled,
		"callers": statistics.callers,
	})
}

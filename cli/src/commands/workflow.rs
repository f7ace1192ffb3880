//! `hai workflow`.

use crate::{
	context::Context,
	exit::Usage,
	output::{hai, hex, pairs, percent, planck, table},
	parsing,
};
use anyhow::Result;
use chain_client::{
	At, ChainClient, Planck, WorkflowId, address,
	workflows::{self, Price, PriceMode, Publication, Standing, Workflow as WorkflowRecord},
};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  hai workflow list
  hai workflow show 1
  hai workflow earnings 1
  hai workflow price 1 --base 0.5 --per-token 0.001
  hai workflow offer 1 5Grwva...     the other account takes it over by `hai workflow accept 1`")]
pub(crate) enum Workflow {
	/// Shows a workflow, its price and how a fee is divided
	#[command(after_help = "Example:\n  hai workflow show 1")]
	Show(Number),
	/// Lists workflows
	#[command(after_help = "Example:\n  hai workflow list --owner //Alice")]
	List(List),
	/// Says what a workflow earned, from how many callers in how many runs
	#[command(after_help = "Example:\n  hai workflow earnings 1")]
	Earnings(Number),
	/// Changes the price, by a new version that is otherwise the same
	#[command(after_help = "Example:\n  hai workflow price 1 --base 0.5 --per-token 0.001")]
	Price(SetPrice),
	/// Offers a workflow to another account, or takes the offer back
	#[command(
		after_help = "Examples:\n  hai workflow offer 1 5Grwva...\n  hai workflow offer 1    takes the offer back"
	)]
	Offer(Offer),
	/// Takes over a workflow that was offered
	#[command(after_help = "Example:\n  hai workflow accept 1")]
	Accept(Number),
	/// Withdraws a workflow for good
	#[command(after_help = "Example:\n  hai workflow retire 1")]
	Retire(Number),
	/// Removes a retired workflow and returns its deposit
	#[command(after_help = "Example:\n  hai workflow reclaim 1")]
	Reclaim(Number),
}

#[derive(Args, Debug)]
pub(crate) struct Number {
	/// The number of the workflow
	workflow: WorkflowId,
}

#[derive(Args, Debug)]
pub(crate) struct List {
	/// The first number to look at
	#[arg(long, default_value_t = 0)]
	from: WorkflowId,
	/// How many numbers to look at
	#[arg(long, default_value_t = 100)]
	limit: u32,
	/// Only those of this account
	#[arg(long, value_name = "ACCOUNT")]
	owner: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeArgument {
	/// The price is the whole fee
	Share,
	/// The node's quote, and the price on top
	CostPlus,
}

#[derive(Args, Debug)]
pub(crate) struct SetPrice {
	/// The number of the workflow
	workflow: WorkflowId,
	/// How a fee comes about
	#[arg(long, default_value = "share")]
	mode: ModeArgument,
	/// HAI for the call
	#[arg(long, default_value = "0", value_parser = parsing::hai, value_name = "HAI")]
	base: Planck,
	/// HAI for each token of the call's limit
	#[arg(long, default_value = "0", value_parser = parsing::hai, value_name = "HAI")]
	per_token: Planck,
}

#[derive(Args, Debug)]
pub(crate) struct Offer {
	/// The number of the workflow
	workflow: WorkflowId,
	/// Who may take it over [default: nobody any more]
	to: Option<String>,
}

pub(crate) async fn run(context: &Context, command: Workflow) -> Result<()> {
	let chain = context.connect().await?;
	let number = match &command {
		Workflow::Show(command) => return show(context, &chain, command.workflow).await,
		Workflow::List(command) => return list(context, &chain, command).await,
		Workflow::Earnings(command) => return earnings(context, &chain, command.workflow).await,
		Workflow::Accept(Number { workflow })
		| Workflow::Retire(Number { workflow })
		| Workflow::Reclaim(Number { workflow })
		| Workflow::Price(SetPrice { workflow, .. })
		| Workflow::Offer(Offer { workflow, .. }) => *workflow,
	};
	let key = context.key(&chain).await?;
	match command {
		Workflow::Price(command) => {
			let mode = match command.mode {
				ModeArgument::Share => PriceMode::Share,
				ModeArgument::CostPlus => PriceMode::CostPlus,
			};
			let price = Price {
				mode,
				base: command.base,
				per_token: command.per_token,
			};
			context
				.submit(
					&chain,
					&workflows::set_price(number, price),
					&key,
					"changing the price",
				)
				.await?;
		}
		Workflow::Offer(command) => {
			let to = command
				.to
				.as_deref()
				.map(|text| context.account(text))
				.transpose()?;
			context
				.submit(
					&chain,
					&workflows::offer(number, to),
					&key,
					"offering the workflow",
				)
				.await?;
		}
		Workflow::Accept(_) => {
			context
				.submit(
					&chain,
					&workflows::accept(number),
					&key,
					"taking the workflow over",
				)
				.await?;
		}
		Workflow::Retire(_) => {
			context
				.submit(
					&chain,
					&workflows::retire(number),
					&key,
					"withdrawing the workflow",
				)
				.await?;
		}
		Workflow::Reclaim(_) => {
			context
				.submit(
					&chain,
					&workflows::reclaim(number),
					&key,
					"reclaiming the deposit",
				)
				.await?;
			if chain.view(At::Best).await?.workflow(number).await?.is_none() {
				let text = format!("workflow {number} is gone and its deposit returned");
				context.output.result(|| json!({ "reclaimed": number }), || text);
				return Ok(());
			}
		}
		Workflow::Show(_) | Workflow::List(_) | Workflow::Earnings(_) => unreachable!("handled above"),
	}
	show(context, &chain, number).await
}

fn missing(workflow: WorkflowId) -> anyhow::Error {
	Usage(format!(
		"there is no workflow {workflow}; `hai workflow list` shows those there are"
	))
	.into()
}

async fn show(context: &Context, chain: &ChainClient, number: WorkflowId) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let workflow = view.workflow(number).await?.ok_or_else(|| missing(number))?;
	context
		.output
		.result(|| workflow_json(&workflow), || workflow_text(&workflow));
	Ok(())
}

async fn list(context: &Context, chain: &ChainClient, command: &List) -> Result<()> {
	let owner = command
		.owner
		.as_deref()
		.map(|text| context.account(text))
		.transpose()?;
	let view = chain.view(At::Best).await?;
	let mut workflows = view.workflows(command.from, command.limit).await?;
	workflows.retain(|workflow| owner.is_none_or(|owner| workflow.workflow.owner == owner));
	context.output.result(
		|| json!({ "workflows": workflows.iter().map(workflow_json).collect::<Vec<_>>(), "block": view.block() }),
		|| {
			if workflows.is_empty() {
				return "no workflows here; `hai publish ./workflow.json` publishes one".to_owned();
			}
			let rows = workflows.iter().map(|workflow| {
				let publication = workflow.publication.as_ref();
				[
					workflow.id.to_string(),
					publication.map(Publication::name).unwrap_or_default(),
					standing(&workflow.workflow.standing),
					publication
						.map(|publication| price(&publication.price))
						.unwrap_or_default(),
					workflow.workflow.descendants.to_string(),
					address(&workflow.workflow.owner),
				]
			});
			table(["workflow", "name", "", "price", "built on by", "owner"], rows)
		},
	);
	Ok(())
}

async fn earnings(context: &Context, chain: &ChainClient, number: WorkflowId) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let workflow = view.workflow(number).await?.ok_or_else(|| missing(number))?;
	let statistics = view.workflow_statistics(number).await?;
	let owed = view.owed_workflow(number).await?;
	context.output.result(
		|| {
			json!({
				"workflow": number,
				"earned": planck(statistics.earned),
				"charged": planck(statistics.charged),
				"runs": statistics.runs,
				"private_runs": statistics.private_runs,
				"callers": statistics.callers,
				"unclaimed": planck(owed),
				"block": view.block(),
			})
		},
		|| {
			let mut text = format!(
				"this workflow earned {} from {} distinct callers in {} runs",
				hai(statistics.earned),
				statistics.callers,
				statistics.runs
			);
			text.push_str(&format!(
				"\nits own runs were charged {} in all",
				hai(statistics.charged)
			));
			if workflow.workflow.descendants > 0 {
				let count = workflow.workflow.descendants;
				text.push_str(&format!(
					"; what it earned includes its share of {count} workflows that build on it"
				));
			}
			if owed > 0 {
				let owner = address(&workflow.workflow.owner);
				text.push_str(&format!(
					"\n{} of it is not claimed; {owner} gets it by `hai payout claim --workflow {number}`",
					hai(owed)
				));
			}
			text
		},
	);
	Ok(())
}

fn standing(standing: &Standing) -> String {
	match standing {
		Standing::Active => "active".to_owned(),
		Standing::Retired { .. } => "retired".to_owned(),
		Standing::Banned => "banned".to_owned(),
	}
}

fn price(price: &Price) -> String {
	let own = format!("{} and {} a token", hai(price.base), hai(price.per_token));
	match price.mode {
		PriceMode::Share => own,
		PriceMode::CostPlus => format!("the node's quote and {own}"),
	}
}

fn workflow_json(workflow: &WorkflowRecord) -> Value {
	let entry = &workflow.workflow;
	let publication = workflow.publication.as_ref().map(|publication| {
		let parents: Vec<_> = publication
			.parents
			.iter()
			.map(
				|parent| json!({ "workflow": parent.workflow, "version": parent.version, "share": parent.share }),
			)
			.collect();
		json!({
			"name": publication.name(),
			"manifest_hash": hex(&publication.manifest_hash),
			"location": publication.manifest_location(),
			"price": {
				"mode": publication.price.mode,
				"base": planck(publication.price.base),
				"per_token": planck(publication.price.per_token),
			},
			"split": publication.split,
			"parents": parents,
			"upstream": publication.upstream,
			"min_upstream_share": publication.min_upstream_share,
			"model": hex(&publication.model),
			"max_tokens": publication.max_tokens,
			"published_at": publication.published_at,
		})
	});
	json!({
		"workflow": workflow.id,
		"owner": address(&entry.owner),
		"standing": standing(&entry.standing),
		"version": entry.latest,
		"offered_to": entry.offered_to.as_ref().map(address),
		"descendants": entry.descendants,
		"deposit": planck(entry.deposit),
		"publication": publication,
	})
}

fn workflow_text(workflow: &WorkflowRecord) -> String {
	let entry = &workflow.workflow;
	let mut rows = vec![(
		"workflow",
		format!(
			"{} version {}, {}",
			workflow.id,
			entry.latest,
			standing(&entry.standing)
		),
	)];
	if let Some(publication) = &workflow.publication {
		let split = &publication.split;
		rows.extend([
			("name", publication.name()),
			("owner", address(&entry.owner)),
			("price", price(&publication.price)),
			("model", hex(&publication.model)),
			("manifest", hex(&publication.manifest_hash)),
			(
				"limit",
				format!("{} tokens of prompt and answer", publication.max_tokens),
			),
			(
				"split",
				format!(
					"creator {}, upstream {}, node {}, validators {}, treasury {}",
					percent(split.creator),
					percent(split.upstream),
					percent(split.node),
					percent(split.validators),
					percent(split.treasury)
				),
			),
		]);
		for (upstream, weight) in &publication.upstream {
			rows.push((
				"builds on",
				format!("workflow {upstream}, {} of the upstream part", percent(*weight)),
			));
		}
		if publication.min_upstream_share > 0 {
			rows.push((
				"asks",
				format!(
					"{} of the fee of what builds on it",
					percent(publication.min_upstream_share)
				),
			));
		}
		rows.push(("published", format!("block {}", publication.published_at)));
	}
	if let Some(to) = &entry.offered_to {
		rows.push(("offered to", address(to)));
	}
	rows.push(("built on by", format!("{} workflows", entry.descendants)));
	rows.push(("deposit", hai(entry.deposit)));
	pairs(rows)
}

//! `hai payout`.

use crate::{
	context::Context,
	output::{hai, pairs, planck},
};
use anyhow::Result;
use chain_client::{
	Account, At, ChainClient, Planck, SubmitError, View, WorkflowId, address, chain, payouts,
};
use clap::{Args, Subcommand};
use serde_json::json;

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  hai payout show
  hai payout claim                 all that the account and its workflows are owed
  hai payout claim --workflow 1    what one workflow earned
  hai payout claim --for //Bob     pays Bob what Bob is owed; you pay the transaction")]
pub(crate) enum Payout {
	/// Shows what an account and its workflows are owed
	#[command(after_help = "Example:\n  hai payout show //Alice")]
	Show(Show),
	/// Pays it out
	#[command(after_help = "Examples:\n  hai payout claim\n  hai payout claim --workflow 1")]
	Claim(Claim),
}

#[derive(Args, Debug)]
pub(crate) struct Show {
	/// Whose [default: the signing account's]
	account: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Claim {
	/// Only what this workflow earned
	#[arg(long)]
	workflow: Option<WorkflowId>,
	/// What another account is owed, to that account
	#[arg(long = "for", value_name = "ACCOUNT", conflicts_with = "workflow")]
	for_account: Option<String>,
}

/// What is owed.
struct Owed {
	own: Planck,
	workflows: Vec<(WorkflowId, Planck)>,
}

pub(crate) async fn run(context: &Context, command: Payout) -> Result<()> {
	let chain = context.connect().await?;
	match command {
		Payout::Show(command) => {
			let account = context.account_or_own(&chain, command.account.as_deref()).await?;
			show(context, &chain, &account).await
		}
		Payout::Claim(command) => claim(context, &chain, command).await,
	}
}

async fn owed(view: &View, account: &Account) -> Result<Owed> {
	let mut workflows = Vec::new();
	for workflow in view.workflows(0, u32::MAX).await? {
		if workflow.workflow.owner == *account {
			let amount = view.owed_workflow(workflow.id).await?;
			if amount > 0 {
				workflows.push((workflow.id, amount));
			}
		}
	}
	Ok(Owed {
		own: view.owed(account).await?,
		workflows,
	})
}

async fn show(context: &Context, chain: &ChainClient, account: &Account) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let owed = owed(&view, account).await?;
	let total: Planck = owed.workflows.iter().map(|(_, amount)| amount).sum::<Planck>() + owed.own;
	context.output.result(
		|| {
			let workflows: Vec<_> = owed
				.workflows
				.iter()
				.map(|(workflow, amount)| json!({ "workflow": workflow, "amount": planck(*amount) }))
				.collect();
			json!({
				"account": address(account), "own": planck(owed.own), "workflows": workflows, "total": planck(total),
				"block": view.block(),
			})
		},
		|| {
			let mut rows = vec![("account", address(account)), ("own", hai(owed.own))];
			for (workflow, amount) in &owed.workflows {
				rows.push(("workflow", format!("{} by workflow {workflow}", hai(*amount))));
			}
			rows.push(("total", hai(total)));
			pairs(rows)
		},
	);
	Ok(())
}

async fn claim(context: &Context, chain: &ChainClient, command: Claim) -> Result<()> {
	let key = context.key(chain).await?;
	let mut claimed = Vec::new();
	let mut note = |included: chain_client::Included| -> Result<()> {
		let event: chain::payout::events::Claimed = included.event().ok_or_else(|| SubmitError::Unread {
			reason: "there is no event Claimed".into(),
		})?;
		claimed.push((event.to.0, event.amount));
		Ok(())
	};
	if let Some(text) = &command.for_account {
		let account = context.account(text)?;
		note(
			context
				.submit(
					chain,
					&payouts::claim_for(&account),
					&key,
					"claiming for another account",
				)
				.await?,
		)?;
	} else if let Some(workflow) = command.workflow {
		let call = payouts::claim_workflow(workflow);
		note(
			context
				.submit(chain, &call, &key, "claiming what the workflow earned")
				.await?,
		)?;
	} else {
		let owed = owed(&chain.view(At::Best).await?, &key.account()).await?;
		if owed.own > 0 {
			note(context.submit(chain, &payouts::claim(), &key, "claiming").await?)?;
		}
		for (workflow, _) in owed.workflows {
			let what = format!("claiming what workflow {workflow} earned");
			note(
				context
					.submit(chain, &payouts::claim_workflow(workflow), &key, &what)
					.await?,
			)?;
		}
	}
	let total: Planck = claimed.iter().map(|(_, amount)| amount).sum();
	context.output.result(
		|| {
			let claims: Vec<_> = claimed
				.iter()
				.map(|(to, amount)| json!({ "to": address(to), "amount": planck(*amount) }))
				.collect();
			json!({ "claimed": claims, "total": planck(total) })
		},
		|| {
			if claimed.is_empty() {
				"nothing is owed; payouts come when jobs settle".to_owned()
			} else {
				let to = address(&claimed[0].0);
				format!("{} paid out to {to}", hai(total))
			}
		},
	);
	Ok(())
}

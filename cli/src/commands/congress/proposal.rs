//! Proposals and their outcomes, as they are shown.

use crate::{
	context::Context,
	exit::Usage,
	output::{hai, hex, pairs, percent, planck, table},
};
use anyhow::Result;
use chain_client::{
	At, ChainClient, View, address,
	congress::{Electorate, Kind, Outcome, Proposal, ProposalId, ProposedCall, Stage},
};
use serde_json::{Value, json};

pub(super) async fn list(context: &Context, chain: &ChainClient) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let mut proposals = Vec::new();
	for proposal in view.proposals().await? {
		let call = call_text(&view, &proposal.call).await?;
		proposals.push((proposal, call));
	}
	let outcomes = view.outcomes().await?;
	let now = view.block().number;
	context.output.result(
		|| {
			let open: Vec<_> = proposals
				.iter()
				.map(|(proposal, call)| proposal_json(proposal, call))
				.collect();
			let finished: Vec<_> = outcomes.iter().map(outcome_json).collect();
			json!({ "proposals": open, "outcomes": finished, "block": view.block() })
		},
		|| {
			if proposals.is_empty() && outcomes.is_empty() {
				return "nothing was proposed yet".to_owned();
			}
			let open = proposals.iter().map(|(proposal, call)| {
				[
					proposal.id.to_string(),
					format!("{:?}", proposal.kind),
					stage_text(proposal, now),
					format!("{:?}", proposal.decision),
					call.clone(),
				]
			});
			let finished = outcomes.iter().map(|outcome| {
				let when = format!("finished in block {}", outcome.finished);
				[
					outcome.id.to_string(),
					format!("{:?}", outcome.kind),
					when,
					outcome.ending.clone(),
					String::new(),
				]
			});
			table(
				["proposal", "kind", "stage", "result so far", "call"],
				open.chain(finished),
			)
		},
	);
	Ok(())
}

pub(super) async fn show(context: &Context, view: &View, id: ProposalId) -> Result<()> {
	if let Some(proposal) = view.proposal(id).await? {
		let now = view.block().number;
		let call = call_text(view, &proposal.call).await?;
		context.output.result(
			|| proposal_json(&proposal, &call),
			|| proposal_text(&proposal, &call, now),
		);
		return Ok(());
	}
	let outcomes = view.outcomes().await?;
	let Some(outcome) = outcomes.iter().find(|outcome| outcome.id == id) else {
		return Err(Usage(format!(
			"there is no proposal {id}, or its outcome is older than the chain keeps"
		))
		.into());
	};
	context
		.output
		.result(|| outcome_json(outcome), || outcome_text(outcome));
	Ok(())
}

/// The call of a proposal in words.
async fn call_text(view: &View, call: &ProposedCall) -> Result<String> {
	Ok(match (view.proposed_call(call).await?, call) {
		(Some(bytes), _) => view.describe_call(&bytes),
		(None, ProposedCall::Preimage { hash, length }) => {
			format!(
				"the preimage {} of {length} bytes, which nobody has noted",
				hex(hash)
			)
		}
		(None, ProposedCall::Inline(bytes)) => hex(bytes),
	})
}

fn stage_text(proposal: &Proposal, now: u32) -> String {
	match proposal.stage {
		Stage::Voting if proposal.voting => {
			format!("votes for {} more blocks", proposal.ends.saturating_sub(now))
		}
		Stage::Voting => "waits to be closed".to_owned(),
		Stage::Approved { enact_from } => format!("passed, enacted from block {enact_from}"),
	}
}

fn proposal_json(proposal: &Proposal, call: &str) -> Value {
	let enact_from = match proposal.stage {
		Stage::Approved { enact_from } => Some(enact_from),
		Stage::Voting => None,
	};
	json!({
		"proposal": proposal.id,
		"kind": proposal.kind,
		"proposer": address(&proposal.proposer),
		"call": call,
		"reasoning": hex(&proposal.reasoning),
		"opened": proposal.opened,
		"ends": proposal.ends,
		"voting": proposal.voting,
		"enact_from": enact_from,
		"denominator": planck(proposal.denominator),
		"quorum_votes": planck(proposal.quorum_votes),
		"ayes": planck(proposal.tally.ayes),
		"nays": planck(proposal.tally.nays),
		"abstentions": planck(proposal.tally.abstentions),
		"decision": proposal.decision,
	})
}

/// Votes as people count them: members, or HAI.
fn votes(kind: Kind, votes: u128) -> String {
	match electorate(kind) {
		Electorate::Members => votes.to_string(),
		Electorate::Holders => hai(votes),
	}
}

fn electorate(kind: Kind) -> Electorate {
	match kind {
		Kind::Constitutional | Kind::Community => Electorate::Members,
		Kind::Technical | Kind::Resource => Electorate::Holders,
	}
}

fn proposal_text(proposal: &Proposal, call: &str, now: u32) -> String {
	let count = |number| votes(proposal.kind, number);
	let tally = &proposal.tally;
	pairs([
		(
			"proposal",
			format!(
				"{} ({:?}): {}",
				proposal.id,
				proposal.kind,
				stage_text(proposal, now)
			),
		),
		("call", call.to_owned()),
		("proposer", address(&proposal.proposer)),
		("reasons", hex(&proposal.reasoning)),
		("for", count(tally.ayes)),
		("against", count(tally.nays)),
		("abstain", count(tally.abstentions)),
		("of", count(proposal.denominator)),
		(
			"needs",
			format!(
				"{} votes ({}), {} of them for",
				count(proposal.quorum_votes),
				percent(proposal.ballot.quorum),
				percent(proposal.ballot.majority)
			),
		),
		("so far", format!("{:?}", proposal.decision)),
	])
}

fn outcome_json(outcome: &Outcome) -> Value {
	json!({
		"proposal": outcome.id,
		"kind": outcome.kind,
		"proposer": address(&outcome.proposer),
		"finished": outcome.finished,
		"denominator": planck(outcome.denominator),
		"ayes": planck(outcome.tally.ayes),
		"nays": planck(outcome.tally.nays),
		"abstentions": planck(outcome.tally.abstentions),
		"ending": outcome.ending,
	})
}

fn outcome_text(outcome: &Outcome) -> String {
	let count = |number| votes(outcome.kind, number);
	pairs([
		(
			"proposal",
			format!(
				"{} ({:?}): finished in block {}",
				outcome.id, outcome.kind, outcome.finished
			),
		),
		("ending", outcome.ending.clone()),
		("for", count(outcome.tally.ayes)),
		("against", count(outcome.tally.nays)),
		("abstain", count(outcome.tally.abstentions)),
		("of", count(outcome.denominator)),
	])
}

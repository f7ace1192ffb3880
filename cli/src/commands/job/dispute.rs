//! `hai job dispute`, and what `hai job show` says of disputes and posted transcripts.

use super::{missing, stage_word};
use crate::{
	commands::call::chain_text,
	context::Context,
	exit::Usage,
	output::{hai, hex, planck},
};
use anyhow::Result;
use chain_client::{
	At, BlockId, ChainClient, JobId, Planck, Until, View, address, disputes,
	jobs::{self, DisputeOutcome, JobEvent, JobState, Posting},
};
use clap::Args;
use receipt::Tier;
use serde_json::{Value, json};
use std::time::Duration;

/// How long to wait for the next block.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

pub(super) const DISPUTE_HELP: &str = "Examples:
  hai job dispute 12 --dry-run    what it takes
  hai job dispute 12

Until the block before its settlement the caller of a job can have it looked at by a panel, or by a jury where a panel
passed it. A deposit is held meanwhile. It comes back unless the court finds the work valid: then it pays the auditors.
If the work is invalid the fee comes back too, the node's bond pays, and the treasury may reward the caller.

It waits for the verdict. If it is ended before, the dispute goes on: `hai job show` tells what became of it.";

#[derive(Args, Debug)]
pub(crate) struct Dispute {
	/// The number of the job
	job: JobId,
	/// Only say what deposit it takes
	#[arg(long)]
	dry_run: bool,
}

pub(super) async fn run(context: &Context, chain: &ChainClient, command: &Dispute) -> Result<()> {
	let (id, output) = (command.job, context.output);
	let view = chain.view(At::Best).await?;
	let Some(deposit) = view.dispute_deposit(id).await? else {
		return Err(refusal(&view, id).await?);
	};
	if command.dry_run {
		output.result(
			|| json!({ "job": id, "deposit": planck(deposit) }),
			|| format!("a dispute of job {id} takes a deposit of {}", hai(deposit)),
		);
		return Ok(());
	}
	let key = context.key(chain).await?;
	let caller = view.job(id).await?.map(|job| job.ticket.caller);
	if let Some(caller) = caller.filter(|caller| *caller != key.account()) {
		return Err(Usage(format!(
			"only the caller of job {id} can dispute it: {}; name its key with --key or --suri",
			address(&caller)
		))
		.into());
	}
	output.stage(&format!("a deposit of {} will be held", hai(deposit)));
	let included = context
		.submit(chain, &disputes::dispute(id), &key, "dispute")
		.await?;
	let ended = follow(context, chain, id, included.block.number).await?;
	output.result(
		|| {
			json!({
				"job": id,
				"caller": address(&key.account()),
				"deposit": planck(ended.deposit),
				"outcome": ended.outcome,
				"disputed_at": included.block,
				"block": ended.block,
			})
		},
		|| outcome_text(id, ended.deposit, ended.outcome),
	);
	Ok(())
}

/// How a dispute ended.
struct Ended {
	block: BlockId,
	deposit: Planck,
	outcome: DisputeOutcome,
}

/// Tells what happens to a job from a block on, until its dispute has ended. Every state of a job ends by itself, and so
/// does this.
async fn follow(context: &Context, chain: &ChainClient, id: JobId, from: u32) -> Result<Ended> {
	let mut next = from;
	loop {
		let newest = match context.until() {
			Until::InBlock => chain.best().await?,
			Until::Finalized => chain.finalized().await?,
		};
		while next <= newest.number {
			let Some(hash) = chain.block_hash(next).await? else {
				break;
			};
			let block = chain.block(hash).await?;
			for event in block.jobs.iter().filter(|event| event.job() == Some(id)) {
				if let Some(text) = chain_text(event) {
					context
						.output
						.stage(&format!("block {}: {text}", block.id.number));
				}
				if let JobEvent::DisputeEnded { deposit, outcome, .. } = event {
					return Ok(Ended {
						block: block.id,
						deposit: *deposit,
						outcome: *outcome,
					});
				}
			}
			next = next.saturating_add(1);
		}
		tokio::time::sleep(BETWEEN_LOOKS).await;
	}
}

/// Why a job cannot be disputed, as far as its record shows.
async fn refusal(view: &View, id: JobId) -> Result<anyhow::Error> {
	let Some(job) = view.job(id).await? else {
		return missing(view, id).await;
	};
	let now = view.block().number;
	let reason = match &job.state {
		_ if job.ticket.tier == Tier::Private => {
			"it is private: nobody checks it, as its caller wished".to_owned()
		}
		_ if job.audit.dispute.is_some() => "it was disputed before".to_owned(),
		JobState::Payable { settle_at, .. } if now.saturating_add(1) >= *settle_at => {
			"it is paid in the next block".to_owned()
		}
		JobState::Payable { .. } if job.audit.stage == Some(jobs::Stage::Jury) => {
			"a jury decided it, and no stage is above that".to_owned()
		}
		JobState::Payable { .. } => "too few validators could judge it now".to_owned(),
		state => format!(
			"it is {}; only a job that waits for its payment can be",
			state.name()
		),
	};
	Ok(Usage(format!("job {id} cannot be disputed: {reason}")).into())
}

fn outcome_text(id: JobId, deposit: Planck, outcome: DisputeOutcome) -> String {
	let deposit = hai(deposit);
	match outcome {
		DisputeOutcome::Open => format!("the dispute of job {id} is open"),
		DisputeOutcome::Upheld => {
			format!("job {id} was found invalid: the fee and the deposit of {deposit} are back")
		}
		DisputeOutcome::Rejected => {
			format!(
				"job {id} was found valid: it will be paid, and the deposit of {deposit} pays the auditors"
			)
		}
		DisputeOutcome::Undecided => {
			format!("no court could decide on job {id}: the fee and the deposit of {deposit} are back")
		}
	}
}

pub(super) fn dispute_json(dispute: &jobs::Dispute) -> Value {
	json!({
		"at": dispute.at,
		"deposit": planck(dispute.deposit),
		"stage": dispute.stage,
		"outcome": dispute.outcome,
	})
}

pub(super) fn posting_json(posting: &Posting) -> Value {
	json!({ "at": posting.at, "hash": hex(&posting.hash), "stage": posting.stage })
}

pub(super) fn dispute_text(dispute: &jobs::Dispute) -> String {
	let deposit = hai(dispute.deposit);
	let outcome = match dispute.outcome {
		DisputeOutcome::Open => format!("{deposit} are held"),
		DisputeOutcome::Upheld => format!("upheld, {deposit} went back"),
		DisputeOutcome::Rejected => format!("rejected, {deposit} pay the auditors"),
		DisputeOutcome::Undecided => format!("undecided, {deposit} went back"),
	};
	format!(
		"in block {} before a {}: {outcome}",
		dispute.at,
		stage_word(dispute.stage)
	)
}

pub(super) fn posting_text(posting: &Posting) -> String {
	format!(
		"the transcript, in block {}, sealed to the {}",
		posting.at,
		stage_word(posting.stage)
	)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn who_has_the_deposit_is_told_for_each_outcome() {
		for (outcome, word, goes_back) in [
			(DisputeOutcome::Upheld, "upheld", true),
			(DisputeOutcome::Rejected, "rejected", false),
			(DisputeOutcome::Undecided, "undecided", true),
		] {
			let dispute = jobs::Dispute {
				at: 7,
				deposit: 1_500_000_000_000,
				stage: jobs::Stage::Jury,
				settled: 0,
				outcome,
			};
			let text = dispute_text(&dispute);
			assert!(text.starts_with("in block 7 before a jury: "), "{text}");
			assert!(text.contains(word) && text.contains("1.5"), "{text}");
			assert_eq!(text.contains("went back"), goes_back, "{text}");
			assert_eq!(
				outcome_text(3, dispute.deposit, outcome).contains("are back"),
				goes_back
			);
			let json = dispute_json(&dispute);
			assert_eq!((&json["outcome"], &json["stage"]), (&json!(word), &json!("jury")));
		}
	}
}

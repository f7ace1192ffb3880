//! `hai job`.

mod dispute;

use self::dispute::{DISPUTE_HELP, Dispute};
use crate::{
	context::Context,
	exit::Usage,
	output::{addresses, hai, hex, pairs, planck, table},
};
use anyhow::Result;
use chain_client::{
	Account, At, ChainClient, JobId, View, WorkflowId, address,
	jobs::{
		self, Canary, Charge, Draw, Job as JobRecord, JobState, Payee, PayoutKind, PayoutLine, RefundReason,
		Stage,
	},
};
use clap::{Args, Subcommand};
use receipt::{StopReason, Tier, Verdict};
use serde_json::{Value, json};
use std::collections::HashMap;

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  hai job show 12
  hai job list --limit 50 --mine
  hai job dispute 12         calls auditors to a job that is about to be paid
  hai job settle 12          takes a step that the chain's hooks did not reach")]
pub(crate) enum Job {
	/// Shows a job with its timeline, verdicts and payouts
	#[command(after_help = "Example:\n  hai job show 12")]
	Show(Show),
	/// Lists jobs, the newest first
	#[command(after_help = "Example:\n  hai job list --limit 50 --mine")]
	List(List),
	/// Disputes a job of yours that is about to be paid: a court looks at it
	#[command(after_help = DISPUTE_HELP)]
	Dispute(Dispute),
	/// Takes the step that is due for a job
	#[command(after_help = "Example:\n  hai job settle 12")]
	Settle(Show),
	/// Removes an old record; its deposit goes back to the caller
	#[command(after_help = "Example:\n  hai job prune 12")]
	Prune(Show),
}

#[derive(Args, Debug)]
pub(crate) struct Show {
	/// The number of the job
	job: JobId,
}

#[derive(Args, Debug)]
pub(crate) struct List {
	/// How many of the newest to look at
	#[arg(long, default_value_t = 20)]
	limit: u32,
	/// Only those that the signing account paid for
	#[arg(long)]
	mine: bool,
	/// Only those of this node
	#[arg(long, value_name = "ACCOUNT")]
	node: Option<String>,
	/// Only those of this workflow
	#[arg(long)]
	workflow: Option<u32>,
}

pub(crate) async fn run(context: &Context, command: Job) -> Result<()> {
	let chain = context.connect().await?;
	match command {
		Job::Show(command) => show(context, &chain.view(At::Best).await?, command.job).await,
		Job::List(command) => list(context, &chain, command).await,
		Job::Dispute(command) => dispute::run(context, &chain, &command).await,
		Job::Settle(command) => {
			let key = context.key(&chain).await?;
			let included = context
				.submit(&chain, &jobs::settle(command.job), &key, "taking the due step")
				.await?;
			show(
				context,
				&chain.view(At::Block(included.block.hash)).await?,
				command.job,
			)
			.await
		}
		Job::Prune(command) => {
			let key = context.key(&chain).await?;
			context
				.submit(&chain, &jobs::prune(command.job), &key, "removing the record")
				.await?;
			context.output.result(
				|| json!({ "pruned": command.job }),
				|| format!("job {} was removed", command.job),
			);
			Ok(())
		}
	}
}

/// The error for a job that is not there: it never was, or it is older than the chain keeps.
pub(crate) async fn missing(view: &View, job: JobId) -> Result<anyhow::Error> {
	let next = view.next_job().await?;
	if next == 0 {
		return Ok(Usage("there are no jobs yet; `hai call` makes one".into()).into());
	}
	if job >= next {
		return Ok(Usage(format!(
			"there is no job {job}; the newest is {}",
			next.saturating_sub(1)
		))
		.into());
	}
	Ok(anyhow::anyhow!(
		"the record of job {job} is older than the chain keeps: its retention was over and it was removed. Its events \
		 stand in its blocks, which a node that keeps everything (`--blocks-pruning archive`) still has"
	))
}

async fn show(context: &Context, view: &View, id: JobId) -> Result<()> {
	let Some(job) = view.job(id).await? else {
		return Err(missing(view, id).await?);
	};
	let owners = match &job.state {
		JobState::Settled { payouts, .. } => owners(view, payouts).await?,
		_ => Owners::new(),
	};
	let deposit = view.dispute_deposit(id).await?;
	context.output.result(
		|| {
			let mut value = job_json(id, &job, &owners);
			value["block"] = json!(view.block());
			value["dispute_deposit"] = json!(deposit.map(planck));
			value
		},
		|| {
			let mut text = job_text(context, id, &job, view.block().number);
			if let Some(deposit) = deposit {
				text.push_str(&format!(
					"\n\nIts caller can still dispute it, with a deposit of {}: hai job dispute {id}",
					hai(deposit)
				));
			}
			text
		},
	);
	Ok(())
}

async fn list(context: &Context, chain: &ChainClient, command: List) -> Result<()> {
	let mine = if command.mine {
		Some(context.key(chain).await?.account())
	} else {
		None
	};
	let node = command
		.node
		.as_deref()
		.map(|text| context.account(text))
		.transpose()?;
	let view = chain.view(At::Best).await?;
	let next = view.next_job().await?;
	let start = next.saturating_sub(command.limit.into());
	let mut jobs = view.jobs(start, command.limit).await?;
	let looked_at = next - start;
	let removed = looked_at - jobs.len() as u64;
	jobs.retain(|(_, job)| {
		mine.is_none_or(|caller| job.ticket.caller == caller)
			&& node.is_none_or(|node| job.ticket.node == node)
			&& command
				.workflow
				.is_none_or(|workflow| job.ticket.workflow == workflow)
	});
	jobs.reverse();
	context.output.result(
		|| {
			let jobs: Vec<_> = jobs
				.iter()
				.map(|(id, job)| job_json(*id, job, &Owners::new()))
				.collect();
			json!({ "jobs": jobs, "looked_at": looked_at, "removed": removed, "next": next, "block": view.block() })
		},
		|| {
			let rows = jobs.iter().map(|(id, job)| {
				[
					id.to_string(),
					job.state.name().to_owned(),
					format!("{} v{}", job.ticket.workflow, job.ticket.version),
					job.requested_at.to_string(),
					job.delivery
						.as_ref()
						.map_or("-".to_owned(), |delivery| delivery.receipt.tokens_out.to_string()),
					match &job.state {
						JobState::Settled { charge, .. } => hai(charge.total),
						_ => format!("up to {}", hai(job.ticket.fee)),
					},
					address(&job.ticket.node),
				]
			});
			let mut text = table(
				["job", "state", "workflow", "block", "tokens", "fee", "node"],
				rows,
			);
			if removed > 0 {
				text.push_str(&format!(
					"\n{removed} more are older than the chain keeps and were removed"
				));
			}
			text
		},
	);
	Ok(())
}

pub(crate) fn charge_json(charge: &Charge) -> Value {
	json!({ "total": planck(charge.total), "node_part": planck(charge.node_part) })
}

/// The owners of the workflows that get a part, as they are now.
pub(crate) async fn owners(view: &View, payouts: &[PayoutLine]) -> Result<Owners> {
	let mut owners = Owners::new();
	for line in payouts {
		if let Payee::Workflow(id) = line.payee
			&& let Some(workflow) = view.workflow(id).await?
		{
			owners.insert(id, workflow.workflow.owner);
		}
	}
	Ok(owners)
}

/// Who owns which workflow.
pub(crate) type Owners = HashMap<WorkflowId, Account>;

/// The lines of a payout. A workflow's line has its number, and the account of its owner where that is known.
pub(crate) fn payouts_json(payouts: &[PayoutLine], owners: &Owners) -> Value {
	payouts
		.iter()
		.map(|line| {
			let mut value = json!({ "kind": line.kind, "amount": planck(line.amount) });
			let account = match &line.payee {
				Payee::Account(account) => Some(account),
				Payee::Workflow(workflow) => {
					value["workflow"] = json!(workflow);
					owners.get(workflow)
				}
			};
			if let Some(account) = account {
				value["account"] = json!(address(account));
			}
			value
		})
		.collect()
}

/// Who got what, and the sum.
pub(crate) fn payouts_table(payouts: &[PayoutLine]) -> String {
	let kind = |kind: PayoutKind| match kind {
		PayoutKind::Creator => "creator",
		PayoutKind::Upstream => "upstream",
		PayoutKind::Node => "node",
		PayoutKind::Validator => "validator",
		PayoutKind::Treasury => "treasury",
	};
	let rows = payouts.iter().map(|line| {
		let payee = match &line.payee {
			Payee::Account(account) => address(account),
			Payee::Workflow(workflow) => format!("the owner of workflow {workflow}"),
		};
		[kind(line.kind).to_owned(), payee, hai(line.amount)]
	});
	let sum: u128 = payouts.iter().map(|line| line.amount).sum();
	table(
		["for", "to", "amount"],
		rows.chain([["sum".to_owned(), String::new(), hai(sum)]]),
	)
}

fn verdict_json(verdict: &Verdict) -> Value {
	json!(verdict)
}

pub(crate) fn job_json(id: JobId, job: &JobRecord, owners: &Owners) -> Value {
	let ticket = &job.ticket;
	let committee: Vec<_> = job
		.committee
		.iter()
		.map(|seat| {
			json!({
				"auditor": address(&seat.auditor),
				"committed": seat.commitment.is_some(),
				"verdict": seat.opening.as_ref().map(|opening| verdict_json(&opening.verdict)),
				"figures": seat.opening.as_ref().map(|opening| json!(opening.figures)),
			})
		})
		.collect();
	let earlier: Vec<_> = job
		.audit
		.earlier
		.iter()
		.enumerate()
		.map(|(number, finding)| {
			json!({
				"auditor": address(&finding.auditor),
				"verdict": verdict_json(&finding.verdict),
				"error_milli": finding.error_milli,
				"idle": job.is_idle(number),
			})
		})
		.collect();
	let delivery = job.delivery.as_ref().map(|delivery| {
		let receipt = &delivery.receipt;
		json!({
			"receipt_hash": hex(&delivery.hash),
			"at": delivery.at,
			"tokens_in": receipt.tokens_in,
			"tokens_out": receipt.tokens_out,
			"stop": match receipt.stop {
				StopReason::EndOfText => "end_of_text",
				StopReason::Length => "length",
				StopReason::Aborted(_) => "aborted",
			},
			"transcript": hex(&receipt.transcript),
			"output": hex(&receipt.output),
			"pair": hex(&receipt.pair),
		})
	});
	let (charge, payouts, refund) = match &job.state {
		JobState::Settled { charge, payouts, .. } => (
			Some(charge_json(charge)),
			Some(payouts_json(payouts, owners)),
			None,
		),
		JobState::Refunded { reason, .. } => (None, None, Some(*reason)),
		_ => (None, None, None),
	};
	json!({
		"job": id,
		"state": job.state.name(),
		"workflow": ticket.workflow,
		"version": ticket.version,
		"caller": address(&ticket.caller),
		"node": address(&ticket.node),
		"tier": format!("{:?}", ticket.tier).to_lowercase(),
		"max_fee": planck(ticket.fee),
		"ticket": hex(&job.ticket_hash),
		"input": hex(&ticket.input),
		"prompt_tokens": ticket.prompt_tokens,
		"max_tokens": ticket.max_tokens,
		"requested_at": job.requested_at,
		"due": job.state.ended_at().is_none().then_some(job.due),
		"ended_at": job.state.ended_at(),
		"terms": job.terms,
		"delivery": delivery,
		"audit_probability": f64::from(job.audit.probability.parts()) / 1e6,
		"penalty": planck(job.audit.penalty),
		"calibration": job.audit.calibration.as_ref().map(|entry| json!({
			"record": hex(&entry.record),
			"bands": entry.bands,
		})),
		"stage": job.audit.stage,
		"looked_at_again": job.is_looked_at_again(),
		"canary": canary_json(&job.audit.canary),
		"earlier": earlier,
		"dispute": job.audit.dispute.as_ref().map(dispute::dispute_json),
		"posted": job.audit.posted.as_ref().map(dispute::posting_json),
		"committee": committee,
		"class": job.class,
		"quorum": addresses(&job.quorum),
		"absent": addresses(&job.absent),
		"charge": charge,
		"payouts": payouts,
		"refund_reason": refund,
	})
}

fn canary_json(canary: &Canary) -> Value {
	match canary {
		Canary::Sealed => Value::Null,
		Canary::Asked => json!({ "asked": true, "opened_at": null }),
		Canary::Opened(opened) => json!({
			"opened_at": opened.at,
			"chunk": opened.planting.chunk,
			"shift": opened.planting.shift,
			"error_milli": opened.error_milli,
			"transcript": hex(&opened.planting.transcript),
			"saw": opened.saw,
			"missed": opened.missed,
		}),
	}
}

/// What a person should know of the sealed field; nothing of one that stayed sealed.
fn canary_text(canary: &Canary) -> Option<String> {
	match canary {
		Canary::Sealed => None,
		Canary::Asked => Some("the node was asked whether it planted what an auditor found".to_owned()),
		Canary::Opened(opened) => Some(format!(
			"opened in block {}: a fault of {} bands was planted to test the auditors, {} saw it, {} missed it; the \
			 answer is the true one",
			opened.at,
			f64::from(opened.error_milli) / 1e3,
			opened.saw,
			opened.missed
		)),
	}
}

fn job_text(context: &Context, id: JobId, job: &JobRecord, now: u32) -> String {
	let output = context.output;
	let ticket = &job.ticket;
	let mut rows = vec![
		("job", format!("{id}: {}", state_text(job, now))),
		(
			"workflow",
			format!("{} version {}", ticket.workflow, ticket.version),
		),
		("caller", address(&ticket.caller)),
		("node", address(&ticket.node)),
		("fee", format!("at most {}", hai(ticket.fee))),
		("requested", format!("block {}", job.requested_at)),
	];
	if let Some(delivery) = &job.delivery {
		let receipt = &delivery.receipt;
		rows.push((
			"delivered",
			match receipt.tokens_out {
				0 => format!("block {}, {} tokens read", delivery.at, receipt.tokens_in),
				written => format!("block {}, {} + {written} tokens", delivery.at, receipt.tokens_in),
			},
		));
		rows.push(("receipt", hex(&delivery.hash)));
		rows.push(("transcript", hex(&receipt.transcript)));
	}
	if let (Some(class), Some(at)) = (job.class, job.state.ended_at()) {
		rows.push((
			"judged",
			format!(
				"{class:?} by {} validators, ended in block {at}",
				job.quorum.len()
			),
		));
	}
	if let Some(canary) = canary_text(&job.audit.canary) {
		rows.push(("canary", canary));
	}
	if ticket.tier == Tier::Private {
		rows.push(("checked", "by nobody: the job is private".to_owned()));
	} else if job.delivery.is_some() {
		rows.push((
			"stakes",
			format!(
				"audited with a probability of {} %; failing takes {} of the bond",
				f64::from(job.audit.probability.parts()) / 1e4,
				hai(job.audit.penalty)
			),
		));
	}
	if job.is_looked_at_again() {
		let text = "a panel was drawn to look at what one auditor had passed".to_owned();
		rows.push(("second look", text));
	}
	if let Some(dispute) = &job.audit.dispute {
		rows.push(("disputed", dispute::dispute_text(dispute)));
	}
	if let Some(posting) = &job.audit.posted {
		rows.push(("posted", dispute::posting_text(posting)));
	}
	let mut text = pairs(rows);
	if !job.committee.is_empty() {
		let earlier = job.audit.earlier.iter().enumerate().map(|(number, finding)| {
			let note = if job.is_idle(number) {
				"earlier stage; had not run the model, and paid"
			} else {
				"earlier stage"
			};
			[
				address(&finding.auditor),
				format!("{:?}", finding.verdict.0),
				note.to_owned(),
			]
		});
		let rows = job.committee.iter().map(|seat| {
			let said = match (&seat.opening, &seat.commitment) {
				(Some(opening), _) => format!("{:?}", opening.verdict),
				(None, Some(_)) => "has committed".to_owned(),
				(None, None) => "nothing yet".to_owned(),
			};
			let quorum = if job.quorum.contains(&seat.auditor) {
				"quorum"
			} else {
				""
			};
			[address(&seat.auditor), said, quorum.to_owned()]
		});
		text.push_str(&format!(
			"\n\n{}\n{}",
			output.heading("Auditors"),
			table(["validator", "verdict", ""], earlier.chain(rows))
		));
	}
	if let JobState::Settled { payouts, .. } = &job.state {
		text.push_str(&format!(
			"\n\n{}\n{}",
			output.heading("Payouts"),
			payouts_table(payouts)
		));
	}
	text
}

fn stage_word(stage: Stage) -> &'static str {
	match stage {
		Stage::Auditor => "auditor",
		Stage::Panel => "panel",
		Stage::Jury => "jury",
	}
}

fn state_text(job: &JobRecord, now: u32) -> String {
	let left = |block: u32| block.saturating_sub(now);
	match &job.state {
		JobState::Assigned { deliver_by } => {
			format!("the node is at work, {} blocks left", left(*deliver_by))
		}
		JobState::Delivered { draw, .. } => match draw {
			Draw::Whether => "delivered, it is being drawn whether and by whom it is audited".to_owned(),
			Draw::Surely if job.audit.canary.opened().is_some() => {
				"its node showed that it is a canary, so it is audited once more: by whom is being drawn"
					.to_owned()
			}
			Draw::Surely => {
				"another job of the node failed, so this one is audited: by whom is being drawn".to_owned()
			}
			Draw::Who(stage) => format!("a {} is being drawn", stage_word(*stage)),
			Draw::Again => {
				"an auditor has passed it: it is being drawn whether a panel looks again".to_owned()
			}
		},
		JobState::Auditing {
			stage, reveal_until, ..
		} => {
			format!(
				"before the {}, at most {} blocks left",
				stage_word(*stage),
				left(*reveal_until)
			)
		}
		JobState::Opening { until, .. } => format!(
			"an auditor found a fault; its node may show within {} blocks that it planted it",
			left(*until)
		),
		JobState::Payable { settle_at, .. } => format!("to be paid in {} blocks", left(*settle_at)),
		JobState::Settled { at, charge, .. } => format!("settled in block {at}, {} paid", hai(charge.total)),
		JobState::TimedOut { at } => format!("refunded in block {at}: nothing was delivered in time"),
		JobState::Cancelled { at } => format!("refunded in block {at}: the node declined"),
		JobState::Refunded { at, reason } => {
			let reason = match reason {
				RefundReason::Invalid => "the work was found invalid",
				RefundReason::Unavailable => "the transcript could not be fetched",
				RefundReason::NoQuorum => "no court could decide",
				RefundReason::Unsettled => "the settlement kept failing",
			};
			format!("refunded in block {at}: {reason}")
		}
	}
}

//! `hai call`.

use crate::{
	commands::job::{Owners, charge_json, owners, payouts_json, payouts_table},
	context::Context,
	exit::{OtherWork, Usage},
	output::{Output, addresses, hai, hex, planck},
	parsing,
};
use anyhow::{Context as _, Result};
use caller::{CallEvent, CallOutcome, CallRequest, Caller, Ending, Until, WorkCheck, WorkFault, readers};
use chain_client::{
	Account, At, JobId, Planck, WorkflowId, address,
	jobs::{DisputeOutcome, JobEvent},
};
use clap::{Args, ValueEnum};
use receipt::{Sampling, StopReason, Tier};
use serde_json::{Value, json};
use std::{
	io::{Read, Write},
	time::{Duration, Instant},
};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  hai call 1 \"Once upon a time\"
  hai call 1 \"Once upon a time\" --max-tokens 64 --temperature 0 --wait settled
  echo \"Once upon a time\" | hai call 1 - --json
  hai call 2 \"Once upon a time\" --task embedding --json

The answer goes to stdout as it comes, the stages to stderr. With --json one object is printed at the end, and only
there a vector stands whole.")]
pub(crate) struct Call {
	/// The number of the workflow
	workflow: WorkflowId,
	/// The prompt, as the model reads it; - reads it from stdin
	prompt: String,
	/// What is asked of the workflow's model; its creator says what it is meant for
	#[arg(long, default_value = "text")]
	task: TaskArgument,
	/// Tokens the answer may have; a vector has none
	#[arg(long, default_value_t = 128)]
	max_tokens: u32,
	/// How much chance there is in the answer: 0 takes the likeliest token always
	#[arg(long, default_value = "0.8", value_parser = parsing::temperature)]
	temperature: u32,
	/// Only so many of the likeliest tokens are considered, at most 64
	#[arg(long, default_value_t = 40)]
	top_k: u16,
	/// Who checks the work
	#[arg(long, default_value = "replicated")]
	tier: TierArgument,
	/// The most to pay [default: the price and a fifth; what is not used comes back]
	#[arg(long, value_parser = parsing::hai, value_name = "HAI")]
	max_fee: Option<Planck>,
	/// Only this node
	#[arg(long, value_name = "ACCOUNT")]
	node: Option<String>,
	/// Until when to wait
	#[arg(long, default_value = "answered")]
	wait: Wait,
	/// Seconds to wait in all for nodes that are busy, where no other takes the call
	#[arg(long, value_name = "SECONDS", default_value_t = 60)]
	patience: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TaskArgument {
	/// An answer in text
	Text,
	/// One vector for the whole text, of unit length
	Embedding,
}

impl TaskArgument {
	/// What comes of it.
	fn answer(self) -> &'static str {
		match self {
			Self::Text => "text",
			Self::Embedding => "vector",
		}
	}
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TierArgument {
	/// Only the node reads it, and nobody checks it
	Private,
	/// Audited by chance: cheaper for everybody, and cheating is a loss all the same
	Sampled,
	/// Always audited by a panel
	Replicated,
	/// Proved by a zero-knowledge proof (not yet: no node takes such a call)
	Proved,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Wait {
	/// Until the answer is complete, and compared with what the node signed
	Answered,
	/// Until the job has ended on chain and everyone is credited
	Settled,
}

pub(crate) async fn run(context: &Context, command: Call) -> Result<()> {
	let prompt = match command.prompt.as_str() {
		"-" => {
			let mut text = String::new();
			std::io::stdin()
				.read_to_string(&mut text)
				.context("cannot read the prompt from stdin")?;
			text
		}
		text => text.to_owned(),
	};
	let node: Option<Account> = command
		.node
		.as_deref()
		.map(|text| context.account(text))
		.transpose()?;
	let asked = match command.task {
		TaskArgument::Text => CallRequest {
			max_tokens: command.max_tokens,
			sampling: Sampling {
				temperature_milli: command.temperature,
				top_k: command.top_k,
			},
			..CallRequest::new(command.workflow, prompt)
		},
		TaskArgument::Embedding => CallRequest::embedding(command.workflow, prompt),
	};
	let request = CallRequest {
		tier: match command.tier {
			TierArgument::Private => Tier::Private,
			TierArgument::Sampled => Tier::Sampled,
			TierArgument::Replicated => Tier::Replicated,
			TierArgument::Proved => Tier::Proved,
		},
		max_fee: command.max_fee,
		node,
		until: match command.wait {
			Wait::Answered => Until::Answered,
			Wait::Settled => Until::Settled,
		},
		patience: Duration::from_secs(command.patience.into()),
		..asked
	};
	if !request.sampling.is_valid() {
		return Err(Usage("--top-k is 1 to 64".into()).into());
	}
	let chain = context.connect().await?;
	let key = context.key(&chain).await?;
	let caller = Caller::new(chain.clone(), key).await?;
	let started = Instant::now();
	let mut progress = Progress {
		output: context.output,
		wrote: false,
	};
	let outcome = caller.call(request, |event| progress.tell(event)).await;
	progress.end_text();
	let outcome = outcome?;
	let seconds = started.elapsed().as_secs_f64();
	let owners = match &outcome.ending {
		Some(Ending::Settled { payouts, .. }) => owners(&chain.view(At::Best).await?, payouts).await?,
		_ => Owners::new(),
	};
	context.output.result(
		|| outcome_json(command.task, &outcome, &owners, seconds),
		|| outcome_text(&outcome),
	);
	check_work(context, command.task, &outcome)?;
	match &outcome.ending {
		Some(ending) if !matches!(ending, Ending::Settled { .. }) => Err(caller::CallError::NoAnswer {
			job: outcome.job,
			ending: ending.clone(),
		}
		.into()),
		_ => Ok(()),
	}
}

/// Says it loudly where the answer is not that for which the node answers.
fn check_work(context: &Context, task: TaskArgument, outcome: &CallOutcome) -> Result<(), OtherWork> {
	match &outcome.work_check {
		WorkCheck::Verified => Ok(()),
		WorkCheck::Unknown(reason) => {
			let (reason, what) = (harmless(reason), task.answer());
			context.output.note(&format!(
				"the {what} could not be compared with the node's signed work: {reason}"
			));
			Ok(())
		}
		WorkCheck::Differs(fault) => Err(OtherWork(other_work(
			task,
			outcome.job,
			&address(&outcome.ticket.node),
			fault,
		))),
	}
}

/// What is said of an answer that is not the node's work. Words have been shown already, a vector has not.
fn other_work(task: TaskArgument, job: JobId, node: &str, fault: &WorkFault) -> String {
	let (told, advice) = match task {
		TaskArgument::Text => ("streamed", "Do not rely on the text, and call"),
		TaskArgument::Embedding => ("showed", "No vector is printed. Call"),
	};
	format!(
		"THE {} IS NOT THE NODE'S WORK: for job {job} the node {node} {told} something else than it answers for: {fault}. \
		 {advice} again with another node: `hai node list` shows them, --node takes one. `hai job show {job}` shows what it \
		 delivered",
		task.answer().to_uppercase()
	)
}

/// Tells the stages on stderr and the text on stdout.
struct Progress {
	output: Output,
	/// Whether the last thing on stdout is a part of the answer.
	wrote: bool,
}

impl Progress {
	fn tell(&mut self, event: CallEvent) {
		if let CallEvent::Text(text) = event {
			if !self.output.json {
				let mut out = std::io::stdout();
				// A reader that has gone is no error.
				let _ = out
					.write_all(harmless(&text).as_bytes())
					.and_then(|()| out.flush());
				self.wrote = true;
			}
			return;
		}
		self.end_text();
		let stage = |text: String| self.output.stage(&harmless(&text));
		match event {
			CallEvent::NodeSkipped(skipped) => stage(format!(
				"{} gave no ticket: {}",
				address(&skipped.node),
				skipped.reason
			)),
			CallEvent::Waiting { node, time } => stage(format!(
				"waiting {} s for {}, which is busy; Ctrl-C ends this, and nothing is paid yet",
				time.as_secs_f64().ceil(),
				address(&node)
			)),
			CallEvent::NodeChosen { node, of } => stage(format!("node {}, one of {of}", address(&node))),
			CallEvent::Ticket { ticket, panel } => {
				stage(format!(
					"ticket: at most {} for {} tokens of prompt and {} of answer, good until block {}",
					hai(ticket.fee),
					ticket.prompt_tokens,
					ticket.max_tokens,
					ticket.expires_at
				));
				self.output.note(&readers(ticket.tier, &ticket.node, panel));
			}
			CallEvent::Submitted => stage("request sent".to_owned()),
			CallEvent::Requested { job, block } => {
				stage(format!("job {job} requested in block {}", block.number))
			}
			CallEvent::Done {
				tokens_in,
				tokens_out,
				stop,
				..
			} => {
				let why = stop_text(&stop);
				stage(match tokens_out {
					0 => format!("the vector of {tokens_in} tokens is computed"),
					_ => format!("{tokens_out} tokens of answer to {tokens_in} of prompt, ended by {why}"),
				});
			}
			CallEvent::Chain { block, event } => {
				if let Some(text) = chain_text(&event) {
					stage(format!("block {}: {text}", block.number));
				}
			}
			CallEvent::Text(_) => (),
		}
	}

	/// Ends the line of the answer.
	fn end_text(&mut self) {
		if std::mem::take(&mut self.wrote) {
			crate::output::print_line("");
		}
	}
}

/// What others wrote, without what would steer the terminal: of control characters, line breaks and tabs stay.
fn harmless(text: &str) -> String {
	text.chars()
		.filter(|character| !character.is_control() || matches!(character, '\n' | '\t'))
		.collect()
}

fn stop_text(stop: &StopReason) -> &'static str {
	match stop {
		StopReason::EndOfText => "the model",
		StopReason::Length => "the limit",
		StopReason::Aborted(_) => "the caller",
	}
}

/// What happened on chain, where a person wants to know.
pub(crate) fn chain_text(event: &JobEvent) -> Option<String> {
	Some(match event {
		JobEvent::Requested { job, .. } => format!("job {job} is final"),
		JobEvent::Delivered { .. } => "the receipt is on chain".to_owned(),
		JobEvent::Drawn { committee, .. } => format!("{} validators drawn to check it", committee.len()),
		JobEvent::Revealed { auditor, verdict, .. } => format!("{} says {:?}", address(auditor), verdict.0),
		JobEvent::Absent { auditor, .. } => format!("{} did not say anything", address(auditor)),
		JobEvent::NotDrawn { .. } => "not drawn for an audit".to_owned(),
		JobEvent::Escalated { stage, .. } => format!("handed on: a {stage:?} is drawn").to_lowercase(),
		JobEvent::WrongVerdict { auditor, .. } => format!("{} was clearly wrong and pays", address(auditor)),
		JobEvent::IdleAuditor { auditor, .. } => {
			format!("{} had not run the model and pays", address(auditor))
		}
		JobEvent::IncidentOpened {
			penalty, closes_at, ..
		} => format!(
			"the node has an incident: its bond pays up to {} in block {closes_at}",
			hai(*penalty)
		),
		JobEvent::Judged { class, quorum, .. } => format!("{} validators agree: {class:?}", quorum.len()),
		JobEvent::Settled { charge, .. } => format!("settled, {} divided", hai(charge.total)),
		JobEvent::Refunded { .. } | JobEvent::TimedOut { .. } | JobEvent::Cancelled { .. } => {
			"the fee went back".to_owned()
		}
		JobEvent::StepParked { .. } => "a step failed and will be tried again".to_owned(),
		JobEvent::TranscriptPosted { length, .. } => {
			format!("the node put its transcript into the block, {length} bytes, sealed to the auditors")
		}
		JobEvent::Disputed { stage, deposit, .. } => {
			let stage = format!("{stage:?}").to_lowercase();
			format!("disputed with a deposit of {}: a {stage} is drawn", hai(*deposit))
		}
		JobEvent::DisputeEnded { deposit, outcome, .. } => match outcome {
			DisputeOutcome::Open => return None,
			DisputeOutcome::Upheld => format!("the dispute is upheld, {} went back", hai(*deposit)),
			DisputeOutcome::Rejected => {
				format!("the dispute is rejected, {} pay the auditors", hai(*deposit))
			}
			DisputeOutcome::Undecided => {
				format!("the dispute is undecided, {} went back", hai(*deposit))
			}
		},
		JobEvent::NodeAsked { until, .. } => format!(
			"an auditor found a fault; until block {until} the node may show that it planted it to test auditors"
		),
		JobEvent::CanaryOpened { .. } => {
			"the node showed that it planted a fault to test auditors; its true work is audited once more"
				.to_owned()
		}
		JobEvent::CanaryConfirmed { saw, missed, .. } => format!(
			"what was planted is confirmed, and the answer is the true one: {saw} auditors saw it, {missed} missed it"
		),
		_ => return None,
	})
}

fn outcome_json(task: TaskArgument, outcome: &CallOutcome, owners: &Owners, seconds: f64) -> Value {
	let verified_as = |answer: TaskArgument| outcome.work_check.verified().filter(|_| task == answer);
	let (tokens_in, tokens_out, stop) = match &outcome.done {
		Some((tokens_in, tokens_out, stop)) => (Some(tokens_in), Some(tokens_out), Some(stop_word(stop))),
		None => (None, None, None),
	};
	let (ending, block, charge, payouts) = match &outcome.ending {
		Some(
			ending @ Ending::Settled {
				block,
				charge,
				payouts,
			},
		) => (
			Some(ending.to_string()),
			Some(*block),
			Some(charge_json(charge)),
			Some(payouts_json(payouts, owners)),
		),
		Some(ending) => (Some(ending.to_string()), Some(ending.block()), None, None),
		None => (None, None, None, None),
	};
	json!({
		"job": outcome.job,
		"workflow": outcome.ticket.workflow,
		"version": outcome.ticket.version,
		"node": address(&outcome.ticket.node),
		"ticket": hex(&outcome.ticket.hash()),
		"max_fee": planck(outcome.ticket.fee),
		"requested": outcome.requested,
		"text": outcome.text,
		"text_verified": verified_as(TaskArgument::Text),
		"vector": outcome.vector,
		"vector_verified": verified_as(TaskArgument::Embedding),
		"tokens_in": tokens_in,
		"tokens_out": tokens_out,
		"stop": stop,
		"receipt_hash": outcome.receipt.map(|hash| hex(&hash)),
		"class": outcome.class,
		"quorum": addresses(&outcome.quorum),
		"ending": ending,
		"ended": block,
		"charge": charge,
		"payouts": payouts,
		"seconds": (seconds * 1000.0).round() / 1000.0,
	})
}

fn stop_word(stop: &StopReason) -> &'static str {
	match stop {
		StopReason::EndOfText => "end_of_text",
		StopReason::Length => "length",
		StopReason::Aborted(_) => "aborted",
	}
}

/// What stays to be said when the answer stands on stdout already.
fn outcome_text(outcome: &CallOutcome) -> String {
	let missing = match (&outcome.done, &outcome.ending) {
		(None, Some(Ending::Settled { .. })) => {
			"\nthe answer did not come over the network, though the job has ended"
		}
		_ => "",
	};
	let text = match &outcome.ending {
		Some(Ending::Settled { charge, payouts, .. }) => {
			let back = outcome.ticket.fee.saturating_sub(charge.total);
			format!(
				"\njob {}: {} of at most {} paid, {} came back\n{}",
				outcome.job,
				hai(charge.total),
				hai(outcome.ticket.fee),
				hai(back),
				payouts_table(payouts)
			)
		}
		Some(ending) => format!("\njob {}: {ending}", outcome.job),
		None => format!(
			"\njob {}; `hai job show {}` tells how it ends",
			outcome.job, outcome.job
		),
	};
	match &outcome.vector {
		Some(vector) => format!("{}{missing}{text}", vector_text(vector)),
		None => format!("{missing}{text}"),
	}
}

/// The width of a vector and its first components.
fn vector_text(vector: &[f32]) -> String {
	const SHOWN: usize = 6;
	let mut shown: Vec<String> = vector
		.iter()
		.take(SHOWN)
		.map(|component| format!("{component:.6}"))
		.collect();
	if vector.len() > SHOWN {
		shown.push("...".into());
	}
	format!(
		"a vector of {} components: {} (--json prints it whole)\n",
		vector.len(),
		shown.join(" ")
	)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn of_a_long_vector_the_beginning_is_shown() {
		for (length, expected) in [
			(2, "a vector of 2 components: 0.500000 0.500000 ("),
			(
				7,
				"a vector of 7 components: 0.500000 0.500000 0.500000 0.500000 0.500000 0.500000 ... (",
			),
		] {
			let text = vector_text(&vec![0.5; length]);
			assert!(text.starts_with(expected), "{text}");
		}
	}

	#[test]
	fn of_other_work_it_is_said_what_it_is() {
		let said = |task, fault| other_work(task, 7, "5Node", &fault);
		let text = said(TaskArgument::Text, WorkFault::Text);
		assert!(text.starts_with("THE TEXT IS NOT THE NODE'S WORK: for job 7 the node 5Node streamed"));
		assert!(text.contains("Do not rely on the text"), "{text}");
		let vector = said(TaskArgument::Embedding, WorkFault::Vector);
		assert!(vector.starts_with("THE VECTOR IS NOT THE NODE'S WORK: for job 7 the node 5Node showed"));
		assert!(vector.contains("No vector is printed"), "{vector}");
	}

	#[test]
	fn a_models_text_does_not_steer_the_terminal() {
		for (text, expected) in [
			("once\n\tupon", "once\n\tupon"),
			("\u{1b}[2Jgone\u{1b}]0;title\u{7}", "[2Jgone]0;title"),
			("over\rwritten\u{8}\u{7f}\u{9b}31m", "overwritten31m"),
			("Grüße, 世界", "Grüße, 世界"),
		] {
			assert_eq!(harmless(text), expected);
		}
	}
}

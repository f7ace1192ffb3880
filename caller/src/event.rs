//! What a call tells while it runs, and how it ends.

use crate::{TicketError, WorkCheck};
use chain_client::{
	Account, BlockId, ConnectError, JobId, Planck, ReadError, SubmitError, WorkflowId, address, amount,
	jobs::{Charge, Class, JobEvent, PayoutLine, RefundReason},
};
use peer_network::{Refusal, RequestError};
use receipt::{Hash, StopReason, Ticket, Tier};
use std::time::Duration;

/// What happens during a call, in this order; audit events may come before the last text.
#[derive(Clone, Debug)]
pub enum CallEvent {
	/// A node did not give a ticket and the next one is tried.
	NodeSkipped(Skipped),
	/// No node is left that was not asked; one that was busy is waited for, and asked again then.
	Waiting {
		/// The node.
		node: Account,
		/// How long.
		time: Duration,
	},
	/// A node gave a good ticket.
	NodeChosen {
		/// The node.
		node: Account,
		/// How many nodes could have run it.
		of: usize,
	},
	/// The terms of the call.
	Ticket {
		/// The ticket.
		ticket: Box<Ticket>,
		/// The validators that may be drawn to check the work, at most.
		panel: u32,
	},
	/// The request is in the node's pool.
	Submitted,
	/// The request is in a finalized block and the fee is held.
	Requested {
		/// The job.
		job: JobId,
		/// The block.
		block: BlockId,
	},
	/// The next part of the answer.
	Text(String),
	/// The answer is complete.
	Done {
		/// Why it ended.
		stop: StopReason,
		/// Tokens of the prompt.
		tokens_in: u32,
		/// Tokens of the answer.
		tokens_out: u32,
		/// The hash of the transcript.
		transcript: Hash,
	},
	/// The chain has moved the job on, in a finalized block.
	Chain {
		/// The block.
		block: BlockId,
		/// What happened.
		event: JobEvent,
	},
}

/// Why a node was not taken.
#[derive(Clone, Debug)]
pub struct Skipped {
	/// The node.
	pub node: Account,
	/// Why.
	pub reason: String,
}

/// How a job ended on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
	/// Paid.
	Settled {
		/// The block.
		block: BlockId,
		/// What was charged.
		charge: Charge,
		/// To whom it went.
		payouts: Vec<PayoutLine>,
	},
	/// The delivery was not accepted; the whole fee went back.
	Refunded {
		/// The block.
		block: BlockId,
		/// Why.
		reason: RefundReason,
	},
	/// Nothing was delivered in time; the whole fee went back.
	TimedOut {
		/// The block.
		block: BlockId,
	},
	/// The node declined; the whole fee went back.
	Cancelled {
		/// The block.
		block: BlockId,
	},
}

impl Ending {
	/// The ending that an event tells of, if it does.
	pub(crate) fn of(block: BlockId, event: &JobEvent) -> Option<Self> {
		Some(match event {
			JobEvent::Settled { charge, payouts, .. } => Self::Settled {
				block,
				charge: *charge,
				payouts: payouts.clone(),
			},
			JobEvent::Refunded { reason, .. } => Self::Refunded {
				block,
				reason: *reason,
			},
			JobEvent::TimedOut { .. } => Self::TimedOut { block },
			JobEvent::Cancelled { .. } => Self::Cancelled { block },
			_ => return None,
		})
	}

	/// The block of the end.
	pub fn block(&self) -> BlockId {
		match self {
			Self::Settled { block, .. }
			| Self::Refunded { block, .. }
			| Self::TimedOut { block }
			| Self::Cancelled { block } => *block,
		}
	}
}

impl std::fmt::Display for Ending {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self {
			Self::Settled { .. } => f.write_str("settled"),
			Self::Refunded { reason, .. } => {
				let reason = match reason {
					RefundReason::Invalid => "the validators found that the work was not done as claimed",
					RefundReason::Unavailable => "the validators could not fetch the transcript",
					RefundReason::NoQuorum => "no court of validators could decide",
					RefundReason::Unsettled => "the settlement kept failing",
				};
				write!(f, "refunded: {reason}")
			}
			Self::TimedOut { .. } => f.write_str("refunded: the node delivered nothing in time"),
			Self::Cancelled { .. } => f.write_str("refunded: the node declined the job"),
		}
	}
}

/// What a call came to.
#[derive(Clone, Debug)]
pub struct CallOutcome {
	/// The job.
	pub job: JobId,
	/// The block of the request.
	pub requested: BlockId,
	/// The ticket.
	pub ticket: Box<Ticket>,
	/// The whole answer; empty where a vector was asked for.
	pub text: String,
	/// The vector, if one was asked for: that of the transcript that auditors check. Nothing where what the node showed is
	/// not its signed work.
	pub vector: Option<Vec<f32>>,
	/// The hash of the transcript; nothing where no answer was complete.
	pub transcript: Option<Hash>,
	/// Tokens of prompt and answer, and why the answer ended; nothing where none was complete.
	pub done: Option<(u32, u32, StopReason)>,
	/// Whether the text, or the vector, is that of the transcript for which the node answers.
	pub work_check: WorkCheck,
	/// The hash of the receipt, if its delivery was waited for.
	pub receipt: Option<Hash>,
	/// What the validators agreed on, if that was waited for.
	pub class: Option<Class>,
	/// The validators of the quorum, if that was waited for.
	pub quorum: Vec<Account>,
	/// How the job ended, if that was waited for.
	pub ending: Option<Ending>,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
	/// The chain could not be read.
	#[error(transparent)]
	Read(#[from] ReadError),
	/// The connection could not be made again.
	#[error(transparent)]
	Connect(#[from] ConnectError),
	/// The request failed; nothing is held.
	#[error(transparent)]
	Submit(#[from] SubmitError),
	/// There is no such workflow.
	#[error("there is no workflow {0}; `hai workflow list` shows those there are")]
	NoWorkflow(WorkflowId),
	/// The workflow cannot be called any more.
	#[error("workflow {0} was {1} and takes no calls")]
	NotCallable(WorkflowId, &'static str),
	/// The limits are not possible.
	#[error("{0}")]
	BadRequest(String),
	/// The account cannot pay.
	#[error(
		"the account has {} free, and this call costs {} or more: give it some HAI first (on a dev chain: `hai faucet`)",
		amount::hai(*.free),
		amount::hai(*.least)
	)]
	Funds {
		/// What the account has.
		free: Planck,
		/// The least that the call can cost.
		least: Planck,
	},
	/// No node gave a good ticket.
	#[error("{}", no_node(.tried))]
	NoNode {
		/// The nodes that were tried, and why each was not taken.
		tried: Vec<Skipped>,
	},
	/// No node gave a good ticket, and some of them are busy for longer than the call waits.
	#[error("try again in {retry_after} s: {}", no_node(.tried))]
	Busy {
		/// The nodes that were tried, and why each was not taken.
		tried: Vec<Skipped>,
		/// After so many seconds the first of them may have room.
		retry_after: u32,
	},
	/// The job ended on chain without an answer; the fee went back.
	#[error("job {job} was {ending}")]
	NoAnswer {
		/// The job.
		job: JobId,
		/// How it ended.
		ending: Ending,
	},
	/// The node has run the job, and does not give its vector.
	#[error("the vector of job {job} did not come, though it was computed: {reason}")]
	NoVector {
		/// The job.
		job: JobId,
		/// What happened.
		reason: String,
	},
	/// The chain cannot be watched any more; the job goes on without us.
	#[error(
		"the connection was lost while job {job} was running; `hai job show {job}` tells how it ends: {reason}"
	)]
	Lost {
		/// The job.
		job: JobId,
		/// What happened.
		reason: String,
	},
}

fn no_node(tried: &[Skipped]) -> String {
	if tried.is_empty() {
		return "no node serves this workflow now; start one with `hai-agent up`, or look at `hai node list`"
			.into();
	}
	let reasons: Vec<String> = tried
		.iter()
		.map(|skipped| format!("{}: {}", address(&skipped.node), skipped.reason))
		.collect();
	format!(
		"none of {} nodes gave a ticket: {}",
		tried.len(),
		reasons.join("; ")
	)
}

/// Why one node gave no good ticket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QuoteError {
	#[error(transparent)]
	Request(#[from] RequestError),
	#[error(transparent)]
	Refused(Refusal),
	#[error("it answered something else than a ticket")]
	Unexpected,
	#[error(transparent)]
	Ticket(#[from] TicketError),
	#[error("its bond covers a further fee of {} only, and the ticket's is {}", amount::hai(*.capacity), amount::hai(*.fee))]
	Capacity { capacity: Planck, fee: Planck },
}

/// Who may read the prompt and the answer of a call, as a sentence.
pub fn readers(tier: Tier, node: &Account, panel: u32) -> String {
	let node = address(node);
	match tier {
		Tier::Private => {
			format!("You and the node {node} can read prompt and answer. Nobody checks the work.")
		}
		Tier::Sampled => format!(
			"You and the node {node} can read prompt and answer, and so can the validators if the job is drawn for an audit."
		),
		Tier::Replicated => format!(
			"You, the node {node} and the up to {panel} validators that will be drawn to check the work can read prompt and answer."
		),
		Tier::Proved => format!("You and the node {node} can read prompt and answer."),
	}
}

//! What the core knows, and what of a job is kept on disk.

use codec::{Decode, Encode};
use receipt::{
	Account, Hash, JobId, JobInput, Receipt, Signature, StopReason, Ticket, Token, Transcript,
	canary::CanaryOpening,
};
use std::collections::BTreeMap;

/// A ticket and what it was given for. The input and the reply key never leave the node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TicketRecord {
	/// The offer.
	pub ticket: Ticket,
	/// The node's signature over it.
	pub signature: Signature,
	/// What was asked.
	pub input: JobInput,
	/// The prompt's tokens.
	pub prompt: Vec<Token>,
	/// The key to which the answer is sealed.
	pub reply_key: [u8; 32],
	/// What whoever follows the run must show.
	pub follow_secret: [u8; 32],
}

/// What a caller gets, kept as long as the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Answer {
	/// The whole text.
	pub text: String,
	/// Why it ended.
	pub stop: StopReason,
	/// Tokens of the prompt.
	pub tokens_in: u32,
	/// Tokens of the answer.
	pub tokens_out: u32,
	/// The hash of the transcript.
	pub transcript: Hash,
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Phase {
	/// It waits for a slot.
	#[codec(index = 0)]
	Queued,
	/// A child process runs it.
	#[codec(index = 1)]
	Running,
	/// It has run; its receipt must get on chain.
	#[codec(index = 2)]
	Delivering {
		/// What the chain shall have.
		receipt: Receipt,
		/// The audit key's signature over it.
		signature: Signature,
		/// The block at which it was submitted last; earlier, so that it is repeated soon, if that failed.
		submitted_at: u32,
	},
	/// The chain has the receipt. The transcript is served until the job is settled, and for a while after.
	#[codec(index = 3)]
	Kept {
		/// The hash of the transcript.
		transcript: Hash,
		/// The block after which it is deleted, once the job has ended.
		until: Option<u32>,
	},
	/// It cannot be run; the chain shall give the fee back now rather than at the deadline.
	#[codec(index = 4)]
	Cancelling {
		/// Why.
		reason: String,
		/// As in [`Phase::Delivering`].
		submitted_at: u32,
	},
}

/// A requested job.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Job {
	/// The hash of its ticket.
	pub ticket: Hash,
	/// The seed that binds its sampling.
	pub seed: Hash,
	/// The last block in which the receipt may be delivered.
	pub deliver_by: u32,
	/// How often it was started and failed.
	pub failures: u8,
	/// Where it stands.
	pub phase: Phase,
}

/// What is kept of a canary beside the planted transcript, which stands in the receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
	/// What the receipt's sealed field hides.
	pub opening: CanaryOpening,
	/// The true transcript.
	pub truth: Transcript,
}

/// A canary that may have to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedCanary {
	/// What the receipt's sealed field hides.
	pub opening: CanaryOpening,
	/// The block at which it was submitted last, if it was since the start.
	pub submitted_at: Option<u32>,
}

impl From<CanaryOpening> for SealedCanary {
	fn from(opening: CanaryOpening) -> Self {
		Self {
			opening,
			submitted_at: None,
		}
	}
}

/// A ticket that waits for its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenTicket {
	/// Who may use it.
	pub caller: Account,
	/// The last block in which the request may come.
	pub expires_at: u32,
}

impl From<&Ticket> for OpenTicket {
	fn from(ticket: &Ticket) -> Self {
		Self {
			caller: ticket.caller,
			expires_at: ticket.expires_at,
		}
	}
}

/// Everything the core knows. Prompts, answers and transcripts stay in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
	/// Tickets that wait for their request.
	pub tickets: BTreeMap<Hash, OpenTicket>,
	/// Jobs that are not forgotten yet.
	pub jobs: BTreeMap<JobId, Job>,
	/// Those of them that are canaries.
	pub canaries: BTreeMap<JobId, SealedCanary>,
	/// The newest finalized block.
	pub block: u32,
	/// The newest block, which another may still replace. Deadlines run on while finality stalls.
	pub best: u32,
	/// Jobs with a lower number have been looked at.
	pub next_job: JobId,
}

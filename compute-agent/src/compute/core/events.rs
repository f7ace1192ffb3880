//! What goes into the core, and what comes out of it.

use super::state::{Answer, Canary, Job, TicketRecord};
use receipt::{Hash, JobId, Receipt, Signature, Transcript, canary::CanaryOpening};

/// How the finalized chain shows a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainStatus {
	/// It waits for its receipt.
	Assigned,
	/// The receipt is there; audits go on.
	Delivered,
	/// The same, and if the job is a canary it is time to open it: an auditor found the fault, or an audit missed it.
	Openable,
	/// Settled, refunded, cancelled, timed out: nothing more will happen.
	Ended,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
	/// The agent was started with a saved state.
	Restarted,
	/// A ticket was made and signed; it is not sent yet.
	TicketMade(Box<TicketRecord>),
	/// A finalized block shows a job for this node.
	Assigned {
		/// The job.
		job: JobId,
		/// The hash of its ticket.
		ticket: Hash,
		/// The seed of its sampling.
		seed: Hash,
		/// The last block in which its receipt may be delivered.
		deliver_by: u32,
	},
	/// A run has ended well.
	Ran {
		/// The job.
		job: JobId,
		/// The record of the run.
		transcript: Box<Transcript>,
		/// What the caller gets.
		answer: Box<Answer>,
		/// What goes on chain.
		receipt: Box<Receipt>,
		/// The audit key's signature over it.
		signature: Signature,
		/// What was true, if a fault was planted in the transcript.
		canary: Option<Box<Canary>>,
	},
	/// A run has ended without a result.
	RunFailed {
		/// The job.
		job: JobId,
		/// Why.
		reason: String,
	},
	/// A receipt, a cancellation or an opening did not get on chain, and may if it is submitted again.
	NotSubmitted(JobId),
	/// A new block, which another may still replace.
	Best(u32),
	/// A new finalized block. The jobs that it shows for this node came before, as [`Event::Assigned`].
	Finalized {
		/// Its number.
		block: u32,
		/// The number that the next job will get: all before it have been looked at.
		next_job: JobId,
		/// How it shows each job that the core knows; jobs the chain does not know any more have ended.
		statuses: Vec<(JobId, ChainStatus)>,
	},
}

/// What must be written down before anything is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
	/// A ticket.
	Ticket(Hash, Box<TicketRecord>),
	/// A job.
	Job(JobId, Job),
	/// A transcript, under its hash.
	Transcript(Hash, Box<Transcript>),
	/// What the caller of this ticket gets.
	Answer(Hash, Box<Answer>),
	/// What was true of a canary.
	Canary(JobId, Box<Canary>),
	/// Jobs with a lower number need not be looked at again.
	NextJob(JobId),
	/// A ticket with its input is deleted.
	ForgetTicket(Hash),
	/// A job is deleted, with its ticket, its answer, its transcript, and what was true of it if it was a canary.
	ForgetJob {
		/// The job.
		job: JobId,
		/// Its ticket.
		ticket: Hash,
		/// Its transcript, if it came to one.
		transcript: Option<Hash>,
	},
}

/// What must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
	/// Hand the ticket to whoever asked for it.
	GiveTicket(Hash),
	/// Run the job.
	Run {
		/// The job.
		job: JobId,
		/// The hash of its ticket, under which its input is stored.
		ticket: Hash,
		/// The seed of its sampling.
		seed: Hash,
	},
	/// Tell the follower that there is an answer.
	Announce(Hash),
	/// Tell the follower that there will be none.
	AnnounceFailure(Hash, String),
	/// Submit a receipt.
	Deliver {
		/// The receipt.
		receipt: Box<Receipt>,
		/// The signature over it.
		signature: Signature,
	},
	/// Ask the chain to give the fee back.
	Cancel(JobId),
	/// Show that a job was a canary.
	OpenCanary(JobId, Box<CanaryOpening>),
}

/// What follows from an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transition {
	/// First, all of these in one transaction.
	pub writes: Vec<Write>,
	/// Then these, in order.
	pub actions: Vec<Action>,
}

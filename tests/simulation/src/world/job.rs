//! A job, and the states through which it goes.

use super::people::{IdentityId, ValidatorId};
use crate::ledger::AccountId;
use verification::{JobFacts, Planck, Ppm, Stage, Verdict};

/// The number of a job.
pub type JobId = usize;

/// What the node really did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
	/// The work.
	Done,
	/// The work, but wrong this once.
	Glitched,
	/// The work, with a bad driver.
	Broken,
	/// Not the work.
	Cheated,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
	/// Paid.
	Settled,
	/// Nothing was delivered.
	TimedOut,
	/// The node declined.
	Cancelled,
	/// An audit failed and was upheld.
	Failed,
	/// The transcript could not be fetched.
	Unavailable,
	/// No court could decide.
	Undecided,
}

/// Where a job stands. Each state but the last has a block by which it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
	/// The node is at work.
	Assigned {
		/// The last block for a delivery.
		deliver_by: u32,
	},
	/// The randomness of the blocks after `from` draws.
	Drawing {
		/// The block of the delivery, or of the verdict that escalated or is looked at again.
		from: u32,
		/// Which draw.
		draw: Draw,
	},
	/// Auditors commit, then reveal.
	Auditing {
		/// Which stage sits.
		stage: Stage,
		/// The last block for commitments.
		commit_until: u32,
		/// The first block for reveals.
		reveal_from: u32,
		/// The last block for reveals.
		reveal_until: u32,
	},
	/// Nobody objects; paid in `settle_at`.
	Waiting {
		/// When it is paid.
		settle_at: u32,
	},
	/// Over.
	Ended {
		/// When.
		at: u32,
		/// How.
		end: End,
	},
}

/// What a draw decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
	/// Whether the job is audited at all, with this probability, and by whom.
	Whether(Ppm),
	/// Who sits in this stage.
	Who(Stage),
	/// Whether a panel looks again at what the single auditor has passed, and who sits in it. It begins when the auditor has
	/// revealed, so that it can neither know nor stay silent.
	Again,
}

/// One seat of a stage.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
	/// Who.
	pub validator: ValidatorId,
	/// What was committed to; `None` where the commitment is another's, which cannot be opened.
	pub committed: Option<Option<Opening>>,
	/// What was revealed.
	pub revealed: Option<Opening>,
}

/// What an auditor shows with its verdict of a run of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
	/// Nothing, because nobody has to run the model for this verdict: there is no transcript, or one that contradicts
	/// itself.
	Needless,
	/// The trace that is due of it, from a run.
	Run,
	/// The same, and a lie about the trace that its neighbour owes.
	Slander,
	/// One that it made up.
	Invented,
}

/// What an auditor commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
	/// What it says of the job.
	pub verdict: Verdict,
	/// What it shows of its run.
	pub evidence: Evidence,
	/// Bit by bit, which [`Job::findings`] of the stages before it calls untrue.
	pub untrue: u64,
}

/// A verdict that was revealed.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
	/// Whose.
	pub validator: ValidatorId,
	/// What it said.
	pub verdict: Verdict,
	/// What it showed.
	pub evidence: Evidence,
	/// The finding of its neighbour, if that shows another trace than it says.
	pub contradicts: Option<usize>,
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
	/// Who pays.
	pub caller: AccountId,
	/// Who works.
	pub identity: IdentityId,
	/// What decides its audit.
	pub facts: JobFacts,
	/// Where it stands in the list of open jobs.
	pub position: usize,
	/// When it was requested.
	pub requested_at: u32,
	/// Where it stands.
	pub state: State,
	/// The block of its next step.
	pub due: u32,
	/// What the node did.
	pub work: Work,
	/// How far the transcript is from an honest one, in thousandths of the band.
	pub error: u32,
	/// The same for what was planted, where the job is a canary that was not opened yet.
	pub canary: Option<u32>,
	/// Whether the transcript can be fetched.
	pub available: bool,
	/// Whether its pair is calibrated; otherwise it is never drawn.
	pub calibrated: bool,
	/// Whether the caller, creator and upstream are the node's owner.
	pub own: bool,
	/// p when it was delivered.
	pub probability: Ppm,
	/// Φ, as the request found it.
	pub penalty: Option<Planck>,
	/// Whether it was audited.
	pub audited: bool,
	/// The seats of the stage that sits.
	pub seats: Vec<Seat>,
	/// What the stages before the present one found.
	pub findings: Vec<Finding>,
	/// What a run found that several validators share.
	pub shared: Option<Verdict>,
	/// The single auditor that was looked at again, or whose dissent or silence opened the court.
	pub accuser: Option<ValidatorId>,
	/// Auditors that already paid for their absence.
	pub absent: Vec<ValidatorId>,
	/// Counts the stages, so that late messages for an earlier one are ignored.
	pub round: u32,
	/// The hash over the outputs so far, the last block in it, and its first distinct authors.
	pub beacon: (u64, u32, Vec<ValidatorId>),
}

impl Job {
	/// Whether it is over.
	pub fn has_ended(&self) -> bool {
		matches!(self.state, State::Ended { .. })
	}
}

//! The compute role without clock, disk, network or model: what happened goes in, what must be
//! written down and then done comes out.
//!
//! A job moves like this, and each arrow is one [`Event`]:
//!
//! ```text
//! ticket given -> requested (finalized) -> queued -> running -> delivering -> kept -> forgotten
//!                                             \________ cancelling ________/
//! ```
//!
//! The shell writes everything in [`Transition::writes`] in one transaction before it does anything
//! in [`Transition::actions`]. So after a kill at any moment the saved state is enough to go on: a
//! run is repeated (same seed, same tokens), a receipt is delivered again until the chain has it.

use codec::{Decode, Encode};
use receipt::{
	Account, Hash, JobId, JobInput, Receipt, Signature, StopReason, Ticket, Token, Transcript,
	canary::CanaryOpening,
};
use std::collections::BTreeMap;

/// Blocks after which a submission that the finalized chain does not show is repeated.
pub const RESUBMIT_AFTER: u32 = 8;

/// How often a failed run is repeated before the job is cancelled.
pub const MAX_ATTEMPTS: u8 = 2;

/// The most tickets that may wait for their request.
pub const MAX_TICKETS: usize = 1_000;

/// The most of them that one caller may have.
pub const MAX_TICKETS_OF_CALLER: usize = 8;

/// How many jobs may be promised, wait or run for each slot. No tickets are given beyond it, and jobs that come all the
/// same, by tickets of an earlier start with more slots, are cancelled: a cancelled job costs nothing, one that is late
/// costs a part of the bond.
pub const JOBS_PER_SLOT: usize = 4;

/// Blocks after which it may be worth to ask again where nothing says when a place becomes free: a short run takes about
/// as long.
const RETRY_BLOCKS: u32 = 4;

/// A job that has not run when so few blocks are left is cancelled: run and receipt would hardly be in time.
pub const LAST_BLOCKS: u32 = 8;

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

/// Numbers that do not change while the agent runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
	/// Jobs that run at once.
	pub slots: u16,
	/// Blocks for which a transcript is kept after its job has ended.
	pub keep_blocks: u32,
}

impl Limits {
	/// Jobs that may wait or run.
	pub fn most_busy(&self) -> usize {
		usize::from(self.slots) * JOBS_PER_SLOT
	}

	/// Tickets that one caller may have open: some of the places are left to others.
	fn most_of_caller(&self) -> usize {
		(self.most_busy() * 3 / 4).clamp(1, MAX_TICKETS_OF_CALLER)
	}
}

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

/// The state after an event, and what follows from it.
pub fn apply(mut state: State, limits: &Limits, event: Event) -> (State, Transition) {
	let mut next = Transition::default();
	match event {
		Event::Restarted => restart(&mut state, &mut next),
		Event::TicketMade(record) => {
			let hash = record.ticket.hash();
			// The same input asked for twice gives the same ticket; one that is used stays used.
			if state.jobs.values().all(|job| job.ticket != hash) {
				state.tickets.insert(hash, OpenTicket::from(&record.ticket));
				next.writes.push(Write::Ticket(hash, record));
			}
			next.actions.push(Action::GiveTicket(hash));
		}
		Event::Assigned {
			job,
			ticket,
			seed,
			deliver_by,
		} => {
			assigned(
				&mut state,
				&mut next,
				limits,
				job,
				Job {
					ticket,
					seed,
					deliver_by,
					failures: 0,
					phase: Phase::Queued,
				},
			);
		}
		Event::Ran {
			job,
			transcript,
			answer,
			receipt,
			signature,
			canary,
		} => {
			let submitted_at = state.block;
			if let Some(running) = state
				.jobs
				.get_mut(&job)
				.filter(|known| known.phase == Phase::Running)
			{
				running.phase = Phase::Delivering {
					receipt: *receipt,
					signature,
					submitted_at,
				};
				next.writes
					.push(Write::Transcript(receipt.transcript, transcript));
				next.writes.push(Write::Answer(running.ticket, answer));
				if let Some(canary) = canary {
					state.canaries.insert(job, canary.opening.into());
					next.writes.push(Write::Canary(job, canary));
				}
				next.writes.push(Write::Job(job, running.clone()));
				next.actions.push(Action::Announce(running.ticket));
				next.actions.push(Action::Deliver { receipt, signature });
			}
		}
		Event::RunFailed { job, reason } => run_failed(&mut state, &mut next, job, reason),
		Event::NotSubmitted(job) => not_submitted(&mut state, &mut next, job),
		Event::Best(block) => state.best = state.best.max(block),
		Event::Finalized {
			block,
			next_job,
			statuses,
		} => {
			state.block = state.block.max(block);
			if next_job > state.next_job {
				state.next_job = next_job;
				next.writes.push(Write::NextJob(next_job));
			}
			for (job, status) in statuses {
				shown(&mut state, &mut next, limits, job, status);
			}
			forget_old(&mut state, &mut next);
		}
	}
	cancel_late(&mut state, &mut next);
	fill_slots(&mut state, limits, &mut next);
	(state, next)
}

/// Runs that were interrupted start again; what was submitted is looked for on chain before it is
/// submitted again.
fn restart(state: &mut State, next: &mut Transition) {
	for (id, job) in &mut state.jobs {
		if job.phase == Phase::Running {
			job.phase = Phase::Queued;
			next.writes.push(Write::Job(*id, job.clone()));
		}
	}
}

fn assigned(state: &mut State, next: &mut Transition, limits: &Limits, id: JobId, mut job: Job) {
	if state.jobs.contains_key(&id) {
		return;
	}
	// The chain took the ticket only with our signature: if we do not know it, our store was lost.
	if state.tickets.remove(&job.ticket).is_none() {
		cancel(
			next,
			id,
			&mut job,
			state.block,
			"the node lost the prompt of this job",
		);
	} else if state.busy() >= limits.most_busy() {
		cancel(
			next,
			id,
			&mut job,
			state.block,
			"the node has more jobs than it can run in time",
		);
	}
	next.writes.push(Write::Job(id, job.clone()));
	state.jobs.insert(id, job);
}

/// Gives a job back, which tells its follower. The caller of this function writes the job down.
fn cancel(next: &mut Transition, id: JobId, job: &mut Job, block: u32, reason: impl Into<String>) {
	let reason = reason.into();
	next.actions
		.push(Action::AnnounceFailure(job.ticket, reason.clone()));
	next.actions.push(Action::Cancel(id));
	job.phase = Phase::Cancelling {
		reason,
		submitted_at: block,
	};
}

/// Cancels what will not be delivered in time. While finality stalls nothing is requested or run anew, but the
/// chain still counts its blocks, and would take a part of the bond for each job that is late.
fn cancel_late(state: &mut State, next: &mut Transition) {
	let (now, block) = (state.best.max(state.block), state.block);
	for (id, job) in &mut state.jobs {
		let waits = matches!(job.phase, Phase::Queued | Phase::Running);
		let is_late = now.saturating_add(LAST_BLOCKS) > job.deliver_by && now <= job.deliver_by;
		if waits && is_late {
			cancel(next, *id, job, block, "the node cannot deliver in time");
			next.writes.push(Write::Job(*id, job.clone()));
		}
	}
}

/// Lets the next look at the chain repeat a submission at once.
fn not_submitted(state: &mut State, next: &mut Transition, id: JobId) {
	let block = state.block;
	if let Some(at) = state
		.canaries
		.get_mut(&id)
		.and_then(|canary| canary.submitted_at.as_mut())
	{
		*at = (*at).min(block.saturating_sub(RESUBMIT_AFTER));
	}
	let Some(job) = state.jobs.get_mut(&id) else {
		return;
	};
	if let Phase::Delivering { submitted_at, .. } | Phase::Cancelling { submitted_at, .. } = &mut job.phase {
		*submitted_at = (*submitted_at).min(block.saturating_sub(RESUBMIT_AFTER));
		next.writes.push(Write::Job(id, job.clone()));
	}
}

fn run_failed(state: &mut State, next: &mut Transition, id: JobId, reason: String) {
	let block = state.block;
	let Some(job) = state.jobs.get_mut(&id).filter(|job| job.phase == Phase::Running) else {
		return;
	};
	job.failures = job.failures.saturating_add(1);
	if job.failures < MAX_ATTEMPTS {
		job.phase = Phase::Queued;
	} else {
		cancel(next, id, job, block, reason);
	}
	next.writes.push(Write::Job(id, job.clone()));
}

/// Opens a job that is a canary, unless that was submitted lately.
fn open_canary(state: &mut State, next: &mut Transition, id: JobId) {
	let block = state.block;
	let Some(canary) = state.canaries.get_mut(&id) else {
		return;
	};
	if canary
		.submitted_at
		.is_none_or(|at| block >= at.saturating_add(RESUBMIT_AFTER))
	{
		canary.submitted_at = Some(block);
		next.actions
			.push(Action::OpenCanary(id, Box::new(canary.opening)));
	}
}

/// Moves a job to where the finalized chain shows it.
fn shown(state: &mut State, next: &mut Transition, limits: &Limits, id: JobId, status: ChainStatus) {
	let block = state.block;
	if status == ChainStatus::Openable {
		open_canary(state, next, id);
	}
	let Some(job) = state.jobs.get_mut(&id) else {
		return;
	};
	let before = job.clone();
	match (status, &mut job.phase) {
		(
			ChainStatus::Assigned,
			Phase::Delivering {
				receipt,
				signature,
				submitted_at,
			},
		) if block >= *submitted_at + RESUBMIT_AFTER && block <= job.deliver_by => {
			*submitted_at = block;
			next.actions.push(Action::Deliver {
				receipt: Box::new(*receipt),
				signature: *signature,
			});
		}
		(ChainStatus::Assigned, Phase::Cancelling { submitted_at, .. })
			if block >= *submitted_at + RESUBMIT_AFTER && block <= job.deliver_by =>
		{
			*submitted_at = block;
			next.actions.push(Action::Cancel(id));
		}
		(ChainStatus::Assigned, _) => {}
		(ChainStatus::Delivered | ChainStatus::Openable, Phase::Delivering { receipt, .. }) => {
			job.phase = Phase::Kept {
				transcript: receipt.transcript,
				until: None,
			};
		}
		(ChainStatus::Delivered | ChainStatus::Openable, _) => {}
		(ChainStatus::Ended, Phase::Kept { until, .. }) => {
			until.get_or_insert(block.saturating_add(limits.keep_blocks));
		}
		(ChainStatus::Ended, Phase::Delivering { receipt, .. }) => {
			let until = Some(block.saturating_add(limits.keep_blocks));
			job.phase = Phase::Kept {
				transcript: receipt.transcript,
				until,
			};
		}
		(ChainStatus::Ended, Phase::Queued | Phase::Running | Phase::Cancelling { .. }) => {
			next.actions.push(Action::AnnounceFailure(
				job.ticket,
				"the job ended on chain without an answer".into(),
			));
			next.writes.push(Write::ForgetJob {
				job: id,
				ticket: job.ticket,
				transcript: None,
			});
			state.jobs.remove(&id);
			return;
		}
	}
	if *job != before {
		next.writes.push(Write::Job(id, job.clone()));
	}
}

fn forget_old(state: &mut State, next: &mut Transition) {
	let block = state.block;
	state.tickets.retain(|hash, ticket| {
		// A request in the ticket's last block is seen when that block is finalized, not after it.
		let keep = block <= ticket.expires_at;
		if !keep {
			next.writes.push(Write::ForgetTicket(*hash));
		}
		keep
	});
	let canaries = &mut state.canaries;
	state.jobs.retain(|id, job| match job.phase {
		Phase::Kept {
			transcript,
			until: Some(until),
		} if block > until => {
			canaries.remove(id);
			next.writes.push(Write::ForgetJob {
				job: *id,
				ticket: job.ticket,
				transcript: Some(transcript),
			});
			false
		}
		_ => true,
	});
}

/// Starts queued jobs, the oldest first, while slots are free.
fn fill_slots(state: &mut State, limits: &Limits, next: &mut Transition) {
	let running = state
		.jobs
		.values()
		.filter(|job| job.phase == Phase::Running)
		.count();
	let free = usize::from(limits.slots).saturating_sub(running);
	let block = state.block;
	let startable = |job: &&mut Job| job.phase == Phase::Queued && block <= job.deliver_by;
	for (id, job) in state.jobs.iter_mut().filter(|(_, job)| startable(job)).take(free) {
		job.phase = Phase::Running;
		next.writes.push(Write::Job(*id, job.clone()));
		next.actions.push(Action::Run {
			job: *id,
			ticket: job.ticket,
			seed: job.seed,
		});
	}
}

impl State {
	/// Jobs that wait or run.
	pub fn busy(&self) -> usize {
		self.jobs
			.values()
			.filter(|job| matches!(job.phase, Phase::Queued | Phase::Running))
			.count()
	}

	/// Whether one more ticket may be given to this caller: whoever has one can count on a place. If not, the blocks after
	/// which it may be worth to ask again.
	pub fn room_for(&self, caller: &Account, limits: &Limits) -> Result<(), u32> {
		let promised = self.tickets.len();
		let of_caller = self.tickets.values().filter(|ticket| ticket.caller == *caller);
		if promised < MAX_TICKETS
			&& promised + self.busy() < limits.most_busy()
			&& of_caller.count() < limits.most_of_caller()
		{
			return Ok(());
		}
		let first_free = self.tickets.values().map(|ticket| ticket.expires_at).min();
		Err(first_free.map_or(RETRY_BLOCKS, |last| {
			last.saturating_sub(self.block)
				.saturating_add(1)
				.min(RETRY_BLOCKS)
		}))
	}
}

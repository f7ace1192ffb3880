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

mod events;
mod state;

pub use events::{Action, ChainStatus, Event, Transition, Write};
pub use state::{Answer, Canary, Job, OpenTicket, Phase, SealedCanary, State, TicketRecord};

use receipt::{Account, JobId};

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

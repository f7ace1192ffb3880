//! What is due, and the step that each state of a job takes.

use crate::{
	Auditable, Config, Cursor, DisputeOutcome, Due, DueStep, Error, Event, Job, JobState, Jobs, NodeStats,
	OpenJobs, Pallet, Parked, RefundReason, traits::Nodes,
};
use frame_support::{
	dispatch::DispatchResult,
	ensure,
	storage::with_storage_layer,
	traits::{Get, fungible::MutateHold, tokens::Precision},
	weights::Weight,
};
use pallet_terms::{Terms, TermsSource};
use polkadot_sdk::*;
use receipt::{JobId, Planck, Tier};
use sp_runtime::{AccountId32, DispatchError, SaturatedConversion, traits::Zero};
use verification::penalty::no_show_penalty;

/// Blocks without due steps that one run passes.
const MAX_BLOCKS_PER_RUN: u32 = 64;

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
	/// The job moved on.
	Taken,
	/// It is too early.
	Waiting,
}

/// What one run of the queue did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
	/// Steps that were taken.
	pub(crate) steps: u32,
	/// Blocks that were passed because nothing was due in them any more.
	pub(crate) passed: u32,
}

impl Done {
	/// What it cost at most.
	pub(crate) fn weight<T: Config>(self) -> Weight {
		let passing = T::DbWeight::get().reads(self.passed.into());
		Pallet::<T>::step_weight()
			.saturating_mul(self.steps.into())
			.saturating_add(passing)
	}
}

impl JobState {
	/// The block in which the job ended, for one that has.
	pub fn ended_at(&self) -> Option<u32> {
		match self {
			Self::Settled { at, .. }
			| Self::TimedOut { at }
			| Self::Cancelled { at }
			| Self::Refunded { at, .. } => Some(*at),
			_ => None,
		}
	}

	/// Whether auditors may still be called to the job: until it is payable or has ended.
	pub(crate) fn awaits_audit(&self) -> bool {
		matches!(
			self,
			Self::Assigned { .. } | Self::Delivered { .. } | Self::Auditing { .. } | Self::Opening { .. }
		)
	}
}

impl<T: Config> Pallet<T> {
	/// Puts a job into a state, and keeps count of those that auditors may be called to.
	pub(crate) fn enter(job: &mut Job, state: JobState) {
		if job.ticket.tier != Tier::Private {
			let pair = job.ticket.pair;
			match (job.state.awaits_audit(), state.awaits_audit()) {
				(true, false) => Auditable::<T>::mutate_exists(pair, |count| {
					*count = Some(count.unwrap_or(0).saturating_sub(1)).filter(|left| *left > 0);
				}),
				(false, true) => Auditable::<T>::mutate(pair, |count| *count = count.saturating_add(1)),
				_ => {}
			}
		}
		job.state = state;
	}

	/// The terms that a job keeps.
	pub(crate) fn terms_of(job: &Job) -> Result<Terms, DispatchError> {
		Ok(T::Terms::at(job.terms).ok_or(Error::<T>::UnknownTerms)?)
	}

	/// Makes a job's next step due in `block`, and in no other. The caller stores the job.
	pub(crate) fn schedule(id: JobId, job: &mut Job, block: u32) {
		Self::unschedule(id, job);
		job.due = block.max(Self::now());
		Due::<T>::insert(job.due, DueStep::Job(id), ());
	}

	fn unschedule(id: JobId, job: &Job) {
		Due::<T>::remove(job.due, DueStep::Job(id));
		Parked::<T>::remove(id);
	}

	/// What the dearest step costs in a hook: a division among every kind of payee, the draw of a full jury, the end of
	/// one that finds everybody before it idle, a part of a sweep, or of the verdicts on a canary.
	pub(crate) fn step_weight() -> Weight {
		use crate::WeightInfo as _;
		T::WeightInfo::step()
			.max(T::WeightInfo::draw())
			.max(T::WeightInfo::judge())
			.max(T::WeightInfo::sweep())
			.max(T::WeightInfo::settle_canary())
	}

	/// Takes up to `limit` due steps.
	pub(crate) fn process_due(now: u32, limit: u32) -> Done {
		let mut cursor = Cursor::<T>::get().unwrap_or(now);
		let mut done = Done::default();
		while done.steps < limit && done.passed < MAX_BLOCKS_PER_RUN {
			if let Some(task) = Due::<T>::iter_key_prefix(cursor).next() {
				Self::take_due(cursor, task, now);
				done.steps = done.steps.saturating_add(1);
			} else if cursor < now {
				cursor = cursor.saturating_add(1);
				done.passed = done.passed.saturating_add(1);
			} else {
				break;
			}
		}
		if Cursor::<T>::get() != Some(cursor) {
			Cursor::<T>::put(cursor);
		}
		done
	}

	/// Takes as many due steps as there is weight for, no more than the first hook of a block. Returns what they cost.
	pub(crate) fn process_within(now: u32, remaining: Weight) -> Weight {
		let room = remaining
			.checked_div_per_component(&Self::step_weight())
			.unwrap_or(0);
		let limit = room.min(T::MaxDuePerBlock::get().into()).saturated_into();
		if limit == 0 {
			return Weight::zero();
		}
		Self::process_due(now, limit).weight::<T>()
	}

	/// Takes one due step. It does not stay in the queue where it was: its subject moved on, waits for
	/// another block, or is parked.
	fn take_due(block: u32, task: DueStep, now: u32) {
		Due::<T>::remove(block, &task);
		let id = match task {
			DueStep::Job(id) => id,
			DueStep::Sweep(node) => return Self::sweep(node, now),
			DueStep::Incident(node) => return Self::close_incident(&node),
			DueStep::Canary(id) => return Self::settle_canary(id, now),
		};
		match with_storage_layer(|| Self::step(id, now)) {
			Ok(Step::Taken) => {}
			Ok(Step::Waiting) => Jobs::<T>::mutate(id, |job| {
				if let Some(job) = job {
					Self::schedule(id, job, now.saturating_add(1));
				}
			}),
			Err(error) => {
				if Jobs::<T>::contains_key(id) {
					Parked::<T>::insert(id, error);
					Self::deposit_event(Event::StepParked { job: id, error });
				}
			}
		}
	}

	/// The call `settle`.
	pub(crate) fn do_settle(id: JobId) -> DispatchResult {
		let now = Self::now();
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		ensure!(
			job.state.ended_at().is_none() && job.due <= now,
			Error::<T>::NotDue
		);
		match with_storage_layer(|| Self::step(id, now)) {
			Ok(Step::Taken) => Ok(()),
			Ok(Step::Waiting) => Err(Error::<T>::NotDue.into()),
			Err(error) => match job.state {
				JobState::Payable { settle_at, .. }
					if now > settle_at.saturating_add(Self::terms_of(&job)?.jobs.retention) =>
				{
					Self::refund(id, job, RefundReason::Unsettled, now)
				}
				_ => Err(error),
			},
		}
	}

	/// Takes whatever step is due for a job in block `now`.
	pub(crate) fn step(id: JobId, now: u32) -> Result<Step, DispatchError> {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		match job.state {
			JobState::Assigned { deliver_by } if now > deliver_by => Self::time_out(id, job, now),
			JobState::Delivered { from, draw } => Self::draw(id, job, from, draw, now),
			JobState::Auditing { .. } => Self::close_phase(id, job, now),
			JobState::Payable { settle_at, .. } if now >= settle_at => Self::pay(id, job, now),
			JobState::Opening { until, stage } if now > until => {
				let terms = Self::terms_of(&job)?;
				Self::count(id, job, stage, &terms, now)
			}
			_ => Ok(Step::Waiting),
		}
	}

	fn time_out(id: JobId, job: Job, now: u32) -> Result<Step, DispatchError> {
		let node = job.node();
		let rules = Self::terms_of(&job)?.verification;
		T::Nodes::slash_downtime(&node, no_show_penalty(&rules, &job.facts()));
		NodeStats::<T>::mutate(&node, |stats| stats.timed_out = stats.timed_out.saturating_add(1));
		Self::give_back(id, job, JobState::TimedOut { at: now })?;
		Self::deposit_event(Event::TimedOut { job: id });
		Ok(Step::Taken)
	}

	/// Lets a job be paid when its window is over. The caller stores the job.
	pub(crate) fn make_payable(id: JobId, job: &mut Job, window: u32, now: u32) {
		let settle_at = now.saturating_add(window);
		Self::enter(job, JobState::Payable { at: now, settle_at });
		Self::schedule(id, job, settle_at);
	}

	pub(crate) fn refund(id: JobId, mut job: Job, reason: RefundReason, now: u32) -> DispatchResult {
		let outcome = match reason {
			RefundReason::Invalid => DisputeOutcome::Upheld,
			RefundReason::Unavailable | RefundReason::NoQuorum | RefundReason::Unsettled => {
				DisputeOutcome::Undecided
			}
		};
		Self::return_dispute(id, &mut job, outcome)?;
		NodeStats::<T>::mutate(job.node(), |stats| {
			let count = match reason {
				RefundReason::Invalid => &mut stats.invalid,
				RefundReason::Unavailable => &mut stats.unavailable,
				RefundReason::NoQuorum => &mut stats.no_quorum,
				RefundReason::Unsettled => &mut stats.unsettled,
			};
			*count = count.saturating_add(1);
		});
		Self::give_back(id, job, JobState::Refunded { at: now, reason })?;
		Self::deposit_event(Event::Refunded { job: id, reason });
		Ok(())
	}

	/// Ends a job with its whole fee returned.
	pub(crate) fn give_back(id: JobId, job: Job, state: JobState) -> DispatchResult {
		Self::release_fee(&job.caller(), job.ticket.fee)?;
		Self::end(id, job, state);
		Ok(())
	}

	pub(crate) fn release_fee(caller: &AccountId32, amount: Planck) -> DispatchResult {
		if !amount.is_zero() {
			T::Currency::release(&crate::HoldReason::Fee.into(), caller, amount, Precision::Exact)?;
		}
		Ok(())
	}

	pub(crate) fn end(id: JobId, mut job: Job, state: JobState) {
		let node = job.node();
		T::Nodes::close_exposure(&node, job.ticket.fee);
		OpenJobs::<T>::remove(&node, id);
		Self::unschedule(id, &job);
		Self::enter(&mut job, state);
		Jobs::<T>::insert(id, job);
	}
}

//! The steps that end each state, and the queue in which they lie.

use crate::{
	Charge, Class, Config, Cursor, Due, Error, Event, HoldReason, Job, JobState, Jobs, NodeCallers,
	NodeStats, OpenAudits, Pallet, Parked, Payee, RefundReason, Seat, WorkflowCallers, WorkflowStats,
	audit::{Draw, draw_committee, draw_seed, tally},
	traits::{Auditors, Nodes, SettleInput, Settlement, Workflows},
	weights::WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{
	BoundedVec,
	dispatch::DispatchResult,
	ensure,
	storage::with_storage_layer,
	traits::{
		fungible::{InspectHold, MutateHold},
		tokens::Precision,
	},
	weights::Weight,
};
use pallet_terms::{JobTerms, MAX_DRAW_DELAY, TermsSource};
use polkadot_sdk::*;
use receipt::{JobId, Planck, Tier};
use sp_runtime::{AccountId32, DispatchError, traits::Zero};

/// Blocks without due steps that one run of the hooks passes over.
const MAX_BLOCKS_PER_RUN: u32 = 256;

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
	/// The job moved on.
	Taken,
	/// It is too early.
	Waiting,
}

impl<T: Config> Pallet<T> {
	/// The terms that a job keeps.
	pub(crate) fn terms_of(job: &Job) -> Result<JobTerms, DispatchError> {
		Ok(T::Terms::at(job.terms).ok_or(Error::<T>::UnknownTerms)?.jobs)
	}

	/// The first block in which the randomness for a draw can be complete.
	pub(crate) fn earliest_draw(from: u32, terms: &JobTerms) -> u32 {
		from.saturating_add(terms.draw_delay.clamp(1, MAX_DRAW_DELAY))
	}

	/// Makes a job's next step due in `block`, and in no other. The caller stores the job.
	pub(crate) fn schedule(id: JobId, job: &mut Job, block: u32) {
		Self::unschedule(id, job);
		job.due = block.max(Self::now());
		Due::<T>::insert(job.due, id, ());
	}

	fn unschedule(id: JobId, job: &Job) {
		Due::<T>::remove(job.due, id);
		Parked::<T>::remove(id);
	}

	/// What the dearest step costs in a hook: a division among every kind of payee, or the draw of a
	/// full committee.
	pub(crate) fn step_weight() -> Weight {
		T::WeightInfo::step().max(T::WeightInfo::draw())
	}

	/// Takes up to `limit` due steps and says how many it took.
	pub(crate) fn process_due(now: u32, limit: u32) -> u32 {
		let start = Cursor::<T>::get().unwrap_or(now);
		let mut cursor = start;
		let mut passed = 0;
		let mut steps = 0;
		while steps < limit && passed < MAX_BLOCKS_PER_RUN {
			if let Some(id) = Due::<T>::iter_key_prefix(cursor).next() {
				Self::take_due(cursor, id, now);
				steps = steps.saturating_add(1);
			} else if cursor < now {
				cursor = cursor.saturating_add(1);
				passed = passed.saturating_add(1);
			} else {
				break;
			}
		}
		if Cursor::<T>::get() != Some(cursor) {
			Cursor::<T>::put(cursor);
		}
		steps
	}

	/// Takes one due step. It does not stay in the queue where it was: the job moved on, waits for
	/// the next block, or is parked.
	fn take_due(block: u32, id: JobId, now: u32) {
		Due::<T>::remove(block, id);
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
					if now > settle_at.saturating_add(Self::terms_of(&job)?.retention) =>
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
			JobState::Delivered { from, round } => Self::draw(id, job, from, round, now),
			JobState::Auditing { .. } => Self::close_phase(id, job, now),
			JobState::Payable { settle_at, .. } if now >= settle_at => Self::pay(id, job, now),
			_ => Ok(Step::Waiting),
		}
	}

	fn time_out(id: JobId, job: Job, now: u32) -> Result<Step, DispatchError> {
		let node = job.node();
		T::Nodes::slash_downtime(&node);
		NodeStats::<T>::mutate(&node, |stats| stats.timed_out = stats.timed_out.saturating_add(1));
		Self::give_back(id, job, JobState::TimedOut { at: now })?;
		Self::deposit_event(Event::TimedOut { job: id });
		Ok(Step::Taken)
	}

	/// Draws the committee, once the randomness for it is there.
	fn draw(id: JobId, mut job: Job, from: u32, round: u8, now: u32) -> Result<Step, DispatchError> {
		let terms = Self::terms_of(&job)?;
		let receipt = job.delivery.as_ref().ok_or(Error::<T>::WrongState)?.hash;
		let seed = match draw_seed(id, &receipt, from, now, &terms, Self::ring_entry) {
			Draw::Seed(seed) => seed,
			Draw::Waiting => return Ok(Step::Waiting),
			Draw::Lost => {
				// This step comes so late that the ring has moved on: wait for new randomness.
				job.state = JobState::Delivered { from: now, round };
				Self::schedule(id, &mut job, Self::earliest_draw(now, &terms));
				Jobs::<T>::insert(id, job);
				return Ok(Step::Taken);
			}
		};
		let node = job.node();
		let eligible: Vec<_> = T::Auditors::eligible()
			.into_iter()
			.filter(|auditor| *auditor != node)
			.collect();
		let drawn: Vec<_> = draw_committee(&seed, eligible, terms.committee)
			.into_iter()
			.filter_map(|auditor| T::Auditors::audit_key(&auditor).map(|key| (auditor, key)))
			.collect();
		if (drawn.len() as u64) < u64::from(terms.quorum) {
			return Self::without_quorum(id, job, round, &terms, now);
		}

		let mut committee = Vec::new();
		for (auditor, key) in drawn {
			T::Auditors::open_audit(&auditor);
			OpenAudits::<T>::insert(&auditor, id, ());
			committee.push(Seat {
				auditor,
				key,
				commitment: None,
				opening: None,
			});
		}
		let commit_until = now.saturating_add(terms.commit_window);
		let (reveal_from, reveal_until) = reveal_phase(commit_until, &terms);
		Self::deposit_event(Event::Drawn {
			job: id,
			round,
			committee: committee.iter().map(|seat| seat.auditor.clone()).collect(),
			commit_until,
		});
		job.committee = BoundedVec::try_from(committee).map_err(|_| Error::<T>::TooMany)?;
		job.state = JobState::Auditing {
			round,
			commit_until,
			reveal_from,
			reveal_until,
		};
		Self::schedule(id, &mut job, commit_until.saturating_add(1));
		Jobs::<T>::insert(id, job);
		Ok(Step::Taken)
	}

	/// Ends the commit phase or the reveal phase.
	fn close_phase(id: JobId, mut job: Job, now: u32) -> Result<Step, DispatchError> {
		let JobState::Auditing {
			commit_until,
			reveal_until,
			..
		} = job.state
		else {
			return Ok(Step::Waiting);
		};
		let terms = Self::terms_of(&job)?;
		let commits = job
			.committee
			.iter()
			.filter(|seat| seat.commitment.is_some())
			.count() as u64;
		if now <= commit_until {
			Ok(Step::Waiting)
		} else if commits < u64::from(terms.quorum) {
			// Nothing that could be revealed would make a quorum.
			Self::judge(id, job, Reveals::NeverAsked, now)
		} else if now > reveal_until || all_revealed(&job) {
			Self::judge(id, job, Reveals::Asked, now)
		} else if job.due <= commit_until.saturating_add(1) {
			Self::schedule(id, &mut job, reveal_until.saturating_add(1));
			Jobs::<T>::insert(id, job);
			Ok(Step::Taken)
		} else {
			Ok(Step::Waiting)
		}
	}

	/// Counts the verdicts.
	fn judge(id: JobId, mut job: Job, reveals: Reveals, now: u32) -> Result<Step, DispatchError> {
		let terms = Self::terms_of(&job)?;
		let JobState::Auditing { round, .. } = job.state else {
			return Ok(Step::Waiting);
		};
		Self::close_audits(id, &mut job, reveals);
		let classes = job.committee.iter().filter_map(class_of);
		let Some(class) = tally(classes, terms.quorum) else {
			return Self::without_quorum(id, job, round, &terms, now);
		};
		let quorum: Vec<_> = job
			.committee
			.iter()
			.filter(|seat| class_of(seat) == Some(class))
			.map(|seat| seat.auditor.clone())
			.collect();
		job.class = Some(class);
		job.quorum = BoundedVec::try_from(quorum.clone()).map_err(|_| Error::<T>::TooMany)?;
		Self::deposit_event(Event::Judged {
			job: id,
			class,
			quorum,
		});
		let node = job.node();
		match class {
			Class::Valid => {
				Self::make_payable(id, &mut job, &terms, now);
				Jobs::<T>::insert(id, job);
			}
			Class::Invalid => {
				T::Nodes::slash_fraud(&node);
				Self::refund(id, job, RefundReason::Invalid, now)?;
			}
			Class::Unavailable => {
				T::Nodes::slash_downtime(&node);
				Self::refund(id, job, RefundReason::Unavailable, now)?;
			}
		}
		Ok(Step::Taken)
	}

	/// Lets a job be paid after the dispute window. The caller stores the job.
	pub(crate) fn make_payable(id: JobId, job: &mut Job, terms: &JobTerms, now: u32) {
		let settle_at = now.saturating_add(terms.dispute_window);
		job.state = JobState::Payable { at: now, settle_at };
		Self::schedule(id, job, settle_at);
	}

	/// Ends the audits of a committee. Who did not attest pays, once in a job.
	fn close_audits(id: JobId, job: &mut Job, reveals: Reveals) {
		let Job {
			committee, absent, ..
		} = job;
		for seat in committee.iter() {
			let missed = seat.commitment.is_none() || (reveals == Reveals::Asked && seat.opening.is_none());
			if missed && !absent.contains(&seat.auditor) && absent.try_push(seat.auditor.clone()).is_ok() {
				T::Auditors::slash_downtime(&seat.auditor);
				Self::deposit_event(Event::Absent {
					job: id,
					auditor: seat.auditor.clone(),
				});
			}
			T::Auditors::close_audit(&seat.auditor);
			OpenAudits::<T>::remove(&seat.auditor, id);
		}
	}

	/// One redraw, then a refund for which nobody is to blame but the absent.
	fn without_quorum(
		id: JobId,
		mut job: Job,
		round: u8,
		terms: &JobTerms,
		now: u32,
	) -> Result<Step, DispatchError> {
		if round > 0 {
			Self::refund(id, job, RefundReason::NoQuorum, now)?;
			return Ok(Step::Taken);
		}
		job.state = JobState::Delivered { from: now, round: 1 };
		Self::schedule(id, &mut job, Self::earliest_draw(now, terms));
		Jobs::<T>::insert(id, job);
		Self::deposit_event(Event::Redrawn { job: id });
		Ok(Step::Taken)
	}

	fn refund(id: JobId, job: Job, reason: RefundReason, now: u32) -> DispatchResult {
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

	fn release_fee(caller: &AccountId32, amount: Planck) -> DispatchResult {
		if !amount.is_zero() {
			T::Currency::release(&HoldReason::Fee.into(), caller, amount, Precision::Exact)?;
		}
		Ok(())
	}

	fn end(id: JobId, mut job: Job, state: JobState) {
		T::Nodes::close_exposure(&job.node(), job.ticket.fee);
		Self::unschedule(id, &job);
		job.state = state;
		Jobs::<T>::insert(id, job);
	}

	/// Charges for the tokens that were used and returns the rest.
	fn pay(id: JobId, job: Job, now: u32) -> Result<Step, DispatchError> {
		let terms = Self::terms_of(&job)?;
		let (caller, node, ticket) = (job.caller(), job.node(), job.ticket);
		let receipt = job.delivery.as_ref().ok_or(Error::<T>::WrongState)?.receipt;
		let tokens = receipt.tokens_in.saturating_add(receipt.tokens_out);
		let mut charge = T::Workflows::quote(ticket.workflow, ticket.version, &ticket.node_price, tokens)?;
		// Work is never free, or false demand would be; the fee that is held covers this minimum.
		let minimum = terms.min_fee_per_token.saturating_mul(Planck::from(tokens));
		charge.total = charge.total.max(minimum);
		let rest = ticket
			.fee
			.checked_sub(charge.total)
			.ok_or(Error::<T>::ChargeAboveFee)?;

		let reason = T::RuntimeHoldReason::from(HoldReason::Fee);
		let before = T::Currency::balance_on_hold(&reason, &caller);
		let lines = T::Settlement::settle(SettleInput {
			job: id,
			caller: &caller,
			reason: HoldReason::Fee.into(),
			charge,
			workflow: ticket.workflow,
			version: ticket.version,
			node: &node,
			quorum: &job.quorum,
		})?;
		let after = T::Currency::balance_on_hold(&reason, &caller);
		let sum = lines
			.iter()
			.try_fold(0, |sum: Planck, line| sum.checked_add(line.amount))
			.ok_or(Error::<T>::Overflow)?;
		ensure!(
			sum == charge.total && before.checked_sub(after) == Some(charge.total),
			Error::<T>::PayoutsDoNotSum
		);
		Self::release_fee(&caller, rest)?;

		Self::count_run(&caller, &node, &job, charge);
		for line in &lines {
			if let Payee::Workflow(workflow) = line.payee {
				WorkflowStats::<T>::mutate(workflow, |stats| {
					stats.earned = stats.earned.saturating_add(line.amount);
				});
			}
		}
		let payouts = BoundedVec::try_from(lines.clone()).map_err(|_| Error::<T>::TooMany)?;
		Self::end(
			id,
			job,
			JobState::Settled {
				at: now,
				charge,
				payouts,
			},
		);
		Self::deposit_event(Event::Settled {
			job: id,
			charge,
			payouts: lines,
		});
		Ok(Step::Taken)
	}

	/// Counts a settled run. Only callers that paid count as callers; and a private run, whose work nobody
	/// saw, speaks for nobody.
	fn count_run(caller: &AccountId32, node: &AccountId32, job: &Job, charge: Charge) {
		let workflow = job.ticket.workflow;
		if job.ticket.tier == Tier::Private {
			let one_more = |runs: &mut u64| *runs = runs.saturating_add(1);
			WorkflowStats::<T>::mutate(workflow, |stats| one_more(&mut stats.private_runs));
			NodeStats::<T>::mutate(node, |stats| one_more(&mut stats.private_runs));
			return;
		}
		let paid = !charge.total.is_zero();
		let new_for_workflow = paid && !WorkflowCallers::<T>::contains_key(workflow, caller);
		let new_for_node = paid && !NodeCallers::<T>::contains_key(node, caller);
		if new_for_workflow {
			WorkflowCallers::<T>::insert(workflow, caller, ());
		}
		if new_for_node {
			NodeCallers::<T>::insert(node, caller, ());
		}
		WorkflowStats::<T>::mutate(workflow, |stats| {
			stats.runs = stats.runs.saturating_add(1);
			stats.charged = stats.charged.saturating_add(charge.total);
			stats.callers = stats.callers.saturating_add(new_for_workflow.into());
		});
		NodeStats::<T>::mutate(node, |stats| {
			stats.settled = stats.settled.saturating_add(1);
			stats.callers = stats.callers.saturating_add(new_for_node.into());
		});
	}
}

/// Whether a committee was ever asked to reveal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reveals {
	Asked,
	NeverAsked,
}

/// The first and the last block for reveals.
pub(crate) fn reveal_phase(commit_until: u32, terms: &JobTerms) -> (u32, u32) {
	let from = commit_until.saturating_add(terms.reveal_delay.max(1));
	(from, from.saturating_add(terms.reveal_window))
}

/// Whether nobody can reveal any more because everybody who committed has.
pub(crate) fn all_revealed(job: &Job) -> bool {
	job.committee
		.iter()
		.all(|seat| seat.commitment.is_none() || seat.opening.is_some())
}

fn class_of(seat: &Seat) -> Option<Class> {
	seat.opening.as_ref().map(|opening| opening.verdict.into())
}

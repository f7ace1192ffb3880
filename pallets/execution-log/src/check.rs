//! What must hold between any two blocks.

use crate::{
	Accuracy, Auditable, Canary, Config, Cursor, Due, DueStep, HoldReason, Job, JobState, Jobs, NextJob,
	OpenAudits, OpenJobs, Pallet, Parked, Reputations, Tickets, trace::bit,
};
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{ensure, traits::fungible::InspectHold};
use polkadot_sdk::*;
use receipt::{PairKey, Planck, Tier};
use sp_runtime::{AccountId32, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Whether the storage is as it must be.
	///
	/// What is held on callers' accounts is the sum of open fees, of record deposits and of the deposits of open
	/// disputes, each of which a court hears; every job
	/// that has not ended has exactly one due step or is parked, and is listed with its node; no step lies behind the
	/// cursor; every open incident has the step that closes it; open audits are the seats of running audits; every job
	/// has its ticket, and every ticket its job; who is asked for an opening has not given it; what was said of a planted
	/// receipt has a step that settles it as soon as an audit has ended, and none before; who was found idle has paid.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut held = BTreeMap::<AccountId32, (Planck, Planck, Planck)>::new();
		let mut audits = BTreeSet::new();
		let (mut open, mut parked, mut jobs, mut auditable) =
			(0usize, 0usize, 0usize, BTreeMap::<PairKey, u32>::new());
		for (id, job) in Jobs::<T>::iter() {
			jobs = jobs.saturating_add(1);
			ensure!(
				id < NextJob::<T>::get(),
				"a job has a number that was not given yet"
			);
			ensure!(
				Tickets::<T>::get(job.ticket_hash) == Some(id),
				"a job lacks its ticket"
			);
			let ended = job.state.ended_at().is_some();
			let (fees, deposits, disputes) = held.entry(job.caller()).or_default();
			*disputes = disputes.saturating_add(job.dispute_deposit());
			*deposits = deposits.saturating_add(job.record_deposit);
			let (due, waits) = (
				Due::<T>::contains_key(job.due, DueStep::Job(id)),
				Parked::<T>::contains_key(id),
			);
			ensure!(
				OpenJobs::<T>::contains_key(job.node(), id) != ended,
				"the open jobs of a node are not those that have not ended"
			);
			if job.ticket.tier != Tier::Private && job.state.awaits_audit() {
				let count = auditable.entry(job.ticket.pair).or_default();
				*count = count.saturating_add(1);
			}
			if ended || matches!(job.state, JobState::Payable { .. }) {
				ensure!(
					job.dispute_deposit() == 0,
					"a dispute is open that no court hears"
				);
			}
			if ended {
				ensure!(!due && !waits, "a job that ended has a step to take");
			} else {
				*fees = fees.saturating_add(job.ticket.fee);
				ensure!(due != waits, "a job must be due in one block, or parked");
				open = open.saturating_add(1);
				parked = parked.saturating_add(waits.into());
			}
			Self::check_canary(&job)?;
			Self::check_idle(&job)?;
			if matches!(job.state, JobState::Auditing { .. }) {
				ensure!(!job.committee.is_empty(), "an audit without auditors");
				audits.extend(job.committee.iter().map(|seat| (seat.auditor.clone(), id)));
			}
			ensure!(
				job.quorum
					.iter()
					.all(|who| job.committee.iter().any(|seat| seat.auditor == *who)),
				"a quorum from outside the committee"
			);
			let seats: BTreeSet<_> = job.committee.iter().map(|seat| &seat.auditor).collect();
			ensure!(seats.len() == job.committee.len(), "an auditor has two seats");
			ensure!(
				job.committee.iter().all(|seat| seat.auditor != job.node()),
				"a node audits itself"
			);
		}
		for (caller, (fees, deposits, disputes)) in held {
			ensure!(
				T::Currency::balance_on_hold(&HoldReason::Dispute.into(), &caller) == disputes,
				"held deposits are not the sum of the open disputes'"
			);
			ensure!(
				T::Currency::balance_on_hold(&HoldReason::Fee.into(), &caller) == fees,
				"held fees are not the sum of the open ones"
			);
			ensure!(
				T::Currency::balance_on_hold(&HoldReason::Record.into(), &caller) == deposits,
				"held deposits are not the sum of the records'"
			);
		}
		ensure!(
			Tickets::<T>::iter_keys().count() == jobs,
			"a ticket without its job"
		);
		ensure!(
			Parked::<T>::iter_keys().count() == parked,
			"something is parked that is no open job"
		);
		ensure!(
			OpenJobs::<T>::iter_keys().count() == open,
			"an open job of a node is not there"
		);
		ensure!(
			Auditable::<T>::iter().collect::<BTreeMap<_, _>>() == auditable,
			"the jobs that auditors may be called to are not counted"
		);
		Self::check_queue(open.saturating_sub(parked))?;
		let listed: BTreeSet<_> = OpenAudits::<T>::iter_keys().collect();
		ensure!(
			listed == audits,
			"open audits are not the seats of running audits"
		);
		Ok(())
	}

	/// Whether the sealed field of a job is known as far as its state says.
	fn check_canary(job: &Job) -> Result<(), TryRuntimeError> {
		let is_asked = matches!(job.state, JobState::Opening { .. });
		ensure!(
			!is_asked || (job.audit.canary == Canary::Asked && !job.committee.is_empty()),
			"a node is asked for what it has shown, or by nobody"
		);
		ensure!(
			job.delivery.is_some() || job.audit.canary == Canary::Sealed,
			"something was opened that was never delivered"
		);
		Ok(())
	}

	/// Whether the findings for which a bond has paid are some that there are, and those of idle auditors among them.
	fn check_idle(job: &Job) -> Result<(), TryRuntimeError> {
		let audit = &job.audit;
		ensure!(
			audit.idle < bit(audit.earlier.len()),
			"somebody was idle who found nothing"
		);
		ensure!(
			audit.slashed < bit(job.all_findings().count()),
			"a bond has paid for what nobody found"
		);
		ensure!(
			audit.idle & audit.slashed == audit.idle,
			"an auditor was idle and has not paid"
		);
		Ok(())
	}

	/// Whether so many jobs have a due step, every incident has its own, and none lies where nobody looks any more.
	fn check_queue(jobs: usize) -> Result<(), TryRuntimeError> {
		let (mut of_jobs, mut of_incidents, mut of_canaries) = (0usize, BTreeSet::new(), BTreeSet::new());
		let cursor = Cursor::<T>::get().unwrap_or(0);
		for (block, task) in Due::<T>::iter_keys() {
			ensure!(block >= cursor, "a due step lies behind the cursor");
			match task {
				DueStep::Job(_) => of_jobs = of_jobs.saturating_add(1),
				DueStep::Incident(node) => {
					ensure!(of_incidents.insert(node), "an incident closes twice");
				}
				DueStep::Sweep(_) => {}
				DueStep::Canary(job) => {
					ensure!(of_canaries.insert(job), "a canary is settled twice");
				}
			}
		}
		ensure!(of_jobs == jobs, "a due step without its job");
		let unsettled: BTreeSet<_> = Jobs::<T>::iter()
			.filter(|(_, job)| {
				let opened = job.audit.canary.opened();
				job.class.is_some() && opened.is_some_and(|opened| !opened.planted.is_empty())
			})
			.map(|(id, _)| id)
			.collect();
		ensure!(
			unsettled == of_canaries,
			"a canary without the step that settles it, or a step without its canary"
		);
		for accuracy in Accuracy::<T>::iter_values() {
			let wrong = accuracy.missed.saturating_add(accuracy.near_missed);
			ensure!(
				wrong <= accuracy.canaries,
				"an auditor missed more canaries than it saw"
			);
		}
		let open: BTreeSet<_> = Reputations::<T>::iter()
			.filter(|(_, reputation)| reputation.incident.is_some())
			.map(|(node, _)| node)
			.collect();
		ensure!(
			open == of_incidents,
			"an incident without its step, or a step without it"
		);
		Ok(())
	}
}

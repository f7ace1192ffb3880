//! Disputes: a caller has a job looked at that nobody drew, or once more by a higher stage.
//!
//! The deposit is held from the call to the verdict. Every way out of a court passes one of two places: a verdict that
//! the work was valid pays it to the auditors, and whatever refunds the fee returns it.

use crate::{
	Config, Dispute, DisputeOutcome, Draw, Error, Event, HoldReason, Job, JobState, Jobs, OpenedCanary,
	Pallet,
	trace::has,
	traits::{Auditors, Settlement},
};
use frame_support::{
	BoundedVec,
	dispatch::DispatchResult,
	ensure,
	storage::with_storage_layer,
	traits::{fungible::MutateHold, tokens::Precision},
};
use pallet_terms::{JobTerms, Terms};
use polkadot_sdk::*;
use receipt::{JobId, Planck, Tier};
use sp_runtime::{AccountId32, DispatchError};
use verification::{
	FetchTime, Rules, Stage,
	court::Accuser,
	dispute::{dispute_deposit, next_stage},
};

impl Job {
	/// Whether a dispute of it waits for its verdict.
	fn is_disputed(&self) -> bool {
		self.audit
			.dispute
			.is_some_and(|dispute| dispute.outcome == DisputeOutcome::Open)
	}

	/// What is held of the caller for a dispute.
	pub fn dispute_deposit(&self) -> Planck {
		self.audit
			.dispute
			.filter(|_| self.is_disputed())
			.map_or(0, |dispute| dispute.deposit)
	}

	/// How many of the earlier findings were settled with when the job was passed before it was disputed.
	pub(crate) fn settled_findings(&self) -> usize {
		self.audit.dispute.map_or(0, |dispute| dispute.settled as usize)
	}

	/// Whether the panel that sits opened the audit: then it had the short time for its commitments.
	fn began_with_panel(&self, stage: Stage) -> bool {
		let began = self.audit.canary.opened().map_or(0, |opened| opened.at);
		let is_of_dispute = |dispute: &Dispute| dispute.at >= began && dispute.stage == stage;
		stage == Stage::Panel
			&& self.audit.accuser.is_none()
			&& !self.audit.dispute.as_ref().is_some_and(is_of_dispute)
	}

	/// How long the auditors of a stage that is drawn now have for their commitments.
	///
	/// A court that an accusation, a dispute or a second look opened gives the node time to come back and show its
	/// transcript. A jury that follows such a court has not: the node had the time.
	///
	/// A dispute opened no court of the audit that follows an opening, where the stages sit anew.
	pub(crate) fn commit_window(&self, draw: Draw, terms: &JobTerms) -> u32 {
		let began = self.audit.canary.opened().map_or(0, |opened| opened.at);
		let dispute = self.audit.dispute.filter(|dispute| dispute.at >= began);
		let is_opened = match (draw, dispute) {
			(Draw::Who(stage), Some(dispute)) => dispute.stage == stage,
			(Draw::Who(Stage::Jury), None) => self.audit.accuser.is_none(),
			(Draw::Who(_), None) | (Draw::Again, _) => true,
			(Draw::Whether | Draw::Surely, _) => false,
		};
		if is_opened {
			terms.court_window
		} else {
			terms.commit_window
		}
	}
}

impl<T: Config> Pallet<T> {
	/// How long a stage had to fetch the transcript. Where no jury could sit to ask for it again it must have been enough.
	pub(crate) fn fetch_time(job: &Job, stage: Stage, rules: &Rules) -> FetchTime {
		let others = Self::others(job).len() as u32;
		if job.began_with_panel(stage) && rules.seats(Stage::Jury, others, Accuser::None).is_some() {
			FetchTime::Short
		} else {
			FetchTime::Long
		}
	}

	/// The stage that a dispute of this job opens now, and the deposit that it takes.
	fn disputable(job: &Job, now: u32) -> Result<(Stage, Planck), DispatchError> {
		ensure!(job.ticket.tier != Tier::Private, Error::<T>::PrivateJob);
		ensure!(job.audit.dispute.is_none(), Error::<T>::AlreadyDisputed);
		let JobState::Payable { settle_at, .. } = job.state else {
			return Err(Error::<T>::WrongState.into());
		};
		ensure!(now < settle_at, Error::<T>::TooLate);
		// What was said of a planted receipt is settled by the verdict that a dispute takes away.
		let is_settled = |opened: &OpenedCanary| opened.planted.is_empty();
		ensure!(
			job.audit.canary.opened().is_none_or(is_settled),
			Error::<T>::WrongState
		);
		let stage = next_stage(job.audit.stage).ok_or(Error::<T>::Decided)?;
		// Otherwise a caller would have its fee back for nothing whenever no court can sit.
		let Terms {
			verification: rules,
			jobs,
			..
		} = Self::terms_of(job)?;
		let node = job.node();
		let others = T::Auditors::eligible(&job.ticket.pair, job.requested_at)
			.iter()
			.filter(|auditor| **auditor != node)
			.count() as u32;
		ensure!(others >= rules.min_eligible, Error::<T>::TooFewAuditors);
		let deposit = dispute_deposit(&rules, &job.facts(), stage, jobs.min_dispute_deposit);
		Ok((stage, deposit))
	}

	/// What a dispute of a job takes of its caller; nothing where it cannot be disputed in the next block.
	pub(crate) fn needed_dispute_deposit(id: JobId) -> Option<Planck> {
		let job = Jobs::<T>::get(id)?;
		let (_, deposit) = Self::disputable(&job, Self::now().saturating_add(1)).ok()?;
		Some(deposit)
	}

	/// The call `dispute`.
	pub(crate) fn do_dispute(id: JobId, who: &AccountId32) -> DispatchResult {
		let now = Self::now();
		let mut job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		ensure!(job.caller() == *who, Error::<T>::NotTheCaller);
		let (stage, deposit) = Self::disputable(&job, now)?;
		T::Currency::hold(&HoldReason::Dispute.into(), who, deposit)?;

		// Whoever passed it is judged with the court, as those are whose stage gave way.
		if job.audit.stage == Some(Stage::Auditor) {
			job.audit.accuser = job.committee.first().map(|seat| seat.auditor.clone());
		}
		Self::keep_findings(&mut job)?;
		job.audit.dispute = Some(Dispute {
			at: now,
			deposit,
			stage,
			settled: job.audit.earlier.len() as u32,
			outcome: DisputeOutcome::Open,
		});
		job.audit.agreed = None;
		job.quorum = BoundedVec::new();
		job.class = None;
		let terms = Self::terms_of(&job)?;
		Self::start_draw(id, &mut job, Draw::Who(stage), &terms, now);
		Jobs::<T>::insert(id, job);
		Self::deposit_event(Event::Disputed {
			job: id,
			deposit,
			stage,
		});
		Ok(())
	}

	/// The court found the work valid: the deposit pays its auditors, if there is one. The caller stores the job.
	///
	/// It goes back where the node has opened a canary meanwhile: then the receipt was not right, and its caller had
	/// reason to say so. And where the pool cannot take it: nothing may keep a job from its end.
	pub(crate) fn reject_dispute(id: JobId, job: &mut Job) -> DispatchResult {
		let deposit = job.dispute_deposit();
		let since = job.audit.dispute.map_or(0, |dispute| dispute.at);
		let opened = job.audit.canary.opened();
		if opened.is_some_and(|opened| opened.at >= since) {
			return Self::return_dispute(id, job, DisputeOutcome::Undecided);
		}
		if deposit > 0 {
			let caller = job.caller();
			let paid = with_storage_layer(|| {
				T::Settlement::fill_pool(&caller, &HoldReason::Dispute.into(), deposit)
			});
			if paid.is_err() {
				return Self::return_dispute(id, job, DisputeOutcome::Rejected);
			}
		}
		Self::end_dispute(id, job, DisputeOutcome::Rejected);
		Ok(())
	}

	/// The fee goes back, and with it the deposit, if there is one. The caller stores the job.
	pub(crate) fn return_dispute(id: JobId, job: &mut Job, outcome: DisputeOutcome) -> DispatchResult {
		let deposit = job.dispute_deposit();
		if deposit > 0 {
			T::Currency::release(
				&HoldReason::Dispute.into(),
				&job.caller(),
				deposit,
				Precision::Exact,
			)?;
		}
		Self::end_dispute(id, job, outcome);
		Ok(())
	}

	fn end_dispute(id: JobId, job: &mut Job, outcome: DisputeOutcome) {
		if let Some(dispute) = job
			.audit
			.dispute
			.as_mut()
			.filter(|dispute| dispute.outcome == DisputeOutcome::Open)
		{
			dispute.outcome = outcome;
			Self::deposit_event(Event::DisputeEnded {
				job: id,
				deposit: dispute.deposit,
				outcome,
			});
		}
	}

	/// Who found that a job's work was invalid: the caller that disputed it, the first auditor whose dissent was upheld and
	/// who had looked, or one of the court.
	pub(crate) fn finder(job: &Job) -> Option<AccountId32> {
		if job.is_disputed() {
			return Some(job.caller());
		}
		let mut earlier = job.audit.earlier.iter().enumerate();
		earlier
			.find(|(number, finding)| {
				matches!(finding.verdict, receipt::Verdict::Invalid(_)) && !has(job.audit.idle, *number)
			})
			.map(|(_, finding)| &finding.auditor)
			.or(job.quorum.first())
			.cloned()
	}

	/// Counts a pass for the node, once in a job.
	pub(crate) fn count_pass(job: &Job, rules: &Rules) {
		let had_passed = job.audit.canary.opened().is_some_and(|opened| opened.had_passed);
		if had_passed || job.settled_findings() > 0 {
			return;
		}
		crate::Reputations::<T>::mutate(job.node(), |reputation| {
			reputation.score.pass(rules, job.ticket.fee);
			reputation.probation.pass(rules, job.ticket.fee);
		});
	}
}

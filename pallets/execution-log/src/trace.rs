//! What the traces of auditors lead to: whether the word of a stage is enough, and who has not run the model.
//!
//! An auditor that repeats what a friend tells it gives the right verdict, so no verdict finds it out. What it cannot
//! repeat is a run: each shows values of its own that the others can compute as well. Of what a single auditor passes a
//! panel looks at some again. On a panel each seat knows what its neighbour has to show; where two contradict one
//! another a jury looks. Which trace is untrue a quorum of the stage that ends the audit says, and with that which of two
//! neighbours was wrong. What a jury shows itself nobody checks, for nobody is left.

use crate::{
	Accuracy, Class, Config, Draw, Event, Finding, Job, Jobs, MAX_SEATS, Pallet, Seat, audit::answer,
	steps::Step, traits::Auditors,
};
use alloc::vec::Vec;
use pallet_terms::Terms;
use polkadot_sdk::*;
use receipt::{
	Hash, JobId, Planck,
	trace::{Evidence, Likeness, MAX_EARLIER, Shown, Tracer, compare},
};
use sp_runtime::DispatchError;
use verification::{Rules, Stage, Trust, court::Accuser};

const _: () = assert!(
	MAX_SEATS <= MAX_EARLIER,
	"an auditor must be able to speak of every earlier finding"
);

/// The bit of the finding with this number, as [`Audit::idle`](crate::Audit::idle) and its like have it.
pub(crate) fn bit(number: usize) -> u64 {
	u32::try_from(number)
		.ok()
		.and_then(|number| 1u64.checked_shl(number))
		.unwrap_or(0)
}

/// Whether that bit is set.
pub(crate) fn has(bits: u64, number: usize) -> bool {
	bits & bit(number) != 0
}

/// How what the next seat shows relates to what a seat computed for it, where both say that they ran the model. After the
/// last comes the first.
pub(crate) fn likeness_of_next(committee: &[Seat], number: usize) -> Likeness {
	let ran = |number: usize| -> Option<Evidence> {
		let opening = committee.get(number)?.opening?;
		opening.verdict.takes_a_run().then_some(opening.evidence)
	};
	let next = number.saturating_add(1).checked_rem(committee.len()).unwrap_or(0);
	match (ran(number), ran(next)) {
		(Some(own), Some(shown)) if next != number => compare(shown.trace.as_ref(), own.neighbour.as_ref()),
		_ => Likeness::Same,
	}
}

impl Finding {
	/// What a later stage must know to say whether the trace is true.
	pub(crate) fn shown(&self) -> Shown {
		Shown {
			tracer: Tracer {
				auditor: self.auditor.clone().into(),
				round: self.round,
			},
			verdict: self.verdict,
			trace: self.trace,
		}
	}
}

impl Job {
	/// Which earlier findings rest on no run, bit by bit: a quorum of the stage that sat last says that the trace is untrue;
	/// or two thirds do not say so of its neighbour's, which it contradicted. What is said of findings that do not exist, or
	/// that take no run, is ignored.
	fn idle_findings(&self, rules: &Rules) -> u64 {
		let seats = self.committee.len() as u32;
		let quorum = self
			.audit
			.stage
			.map_or(u32::MAX, |stage| rules.quorum(stage, seats));
		let openings = || self.committee.iter().filter_map(|seat| seat.opening);
		let deny = |number: usize| {
			let deny = openings().filter(|opening| has(opening.evidence.untrue, number));
			deny.count() as u32 >= quorum
		};
		// Who is idle denies nothing: that takes as many as a panel, or an unlucky jury would blame an honest neighbour.
		let confirm = |number: usize| {
			let ran = openings().filter(|opening| opening.verdict.takes_a_run());
			let confirm = ran.filter(|opening| !has(opening.evidence.untrue, number));
			confirm.count() as u32 >= rules.quorum(Stage::Panel, seats)
		};
		let earlier = self.audit.earlier.iter().enumerate();
		earlier
			.filter(|(number, finding)| {
				finding.verdict.takes_a_run()
					&& (deny(*number)
						|| finding.contradicts && self.finding_after(*number).is_some_and(confirm))
			})
			.fold(0, |idle, (number, _)| idle | bit(number))
	}

	/// The next finding of the same round as an earlier one; after the last comes the first.
	fn finding_after(&self, number: usize) -> Option<usize> {
		let round = self.audit.earlier.get(number)?.round;
		let in_round = |from: usize| {
			let mut findings = self.audit.earlier.iter().enumerate().skip(from);
			findings.find(|(_, finding)| finding.round == round)
		};
		let next = in_round(number.saturating_add(1)).or_else(|| in_round(0))?;
		Some(next.0)
	}
}

impl<T: Config> Pallet<T> {
	/// Whether what a court says is enough, if it agrees with itself. Where no other could sit it has to be.
	pub(crate) fn trust(job: &Job, stage: Stage, rules: &Rules) -> Trust {
		let mut seats = 0..job.committee.len();
		let others = Self::others(job).len() as u32;
		if stage == Stage::Panel
			&& seats.any(|number| likeness_of_next(&job.committee, number) != Likeness::Same)
			&& rules.seats(Stage::Jury, others, Accuser::None).is_some()
		{
			Trust::LookAgain
		} else {
			Trust::Enough
		}
	}

	/// Has the blocks after a single auditor's verdict draw whether a panel looks again. It cannot know that before it
	/// reveals: an auditor that did would rather be absent than idle.
	pub(crate) fn await_second_look(id: JobId, mut job: Job, terms: &Terms, now: u32) {
		Self::start_draw(id, &mut job, Draw::Again, terms, now);
		Jobs::<T>::insert(id, job);
	}

	/// Lets what a single auditor has passed be passed, or has a panel of others look at it. Where none could sit it is
	/// passed.
	pub(crate) fn draw_second_look(
		id: JobId,
		mut job: Job,
		seed: &Hash,
		terms: &Terms,
		now: u32,
	) -> Result<Step, DispatchError> {
		let rules = &terms.verification;
		let drawn = if rules.looks_again(answer(seed, b"is it looked at again?")) {
			job.audit.accuser = job.committee.first().map(|seat| seat.auditor.clone());
			Self::draw_seats(&job, Stage::Panel, seed, rules)
		} else {
			Vec::new()
		};
		if drawn.is_empty() {
			job.audit.accuser = None;
			Self::conclude(id, job, Class::Valid, terms, now)?;
			return Ok(Step::Taken);
		}
		Self::keep_findings(&mut job)?;
		Self::deposit_event(Event::Escalated {
			job: id,
			stage: Stage::Panel,
		});
		Self::seat(id, job, Draw::Again, Stage::Panel, drawn, &terms.jobs, now)?;
		Ok(Step::Taken)
	}

	/// Notes whose earlier findings the stage that ends the audit calls idle, and takes of their bonds what a false
	/// attestation costs. Who was found idle before, or has paid for the same finding, does not pay again.
	pub(crate) fn settle_with_idle(id: JobId, job: &mut Job, class: Class, penalty: Planck, rules: &Rules) {
		let untrue = match class {
			Class::Valid | Class::Invalid => job.idle_findings(rules),
			Class::Unavailable => 0,
		};
		for (number, Finding { auditor, .. }) in job.audit.earlier.iter().enumerate() {
			if !has(untrue, number) || has(job.audit.idle, number) {
				continue;
			}
			if !has(job.audit.slashed, number) {
				T::Auditors::slash_false_attestation(auditor, penalty);
			}
			Accuracy::<T>::mutate(auditor, |accuracy| {
				accuracy.idle = accuracy.idle.saturating_add(1);
			});
			Self::deposit_event(Event::IdleAuditor {
				job: id,
				auditor: auditor.clone(),
			});
		}
		job.audit.idle |= untrue;
		job.audit.slashed |= untrue;
	}
}

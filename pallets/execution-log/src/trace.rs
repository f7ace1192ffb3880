//! What the traces of auditors lead to: whether the word of a stage is enough, and who has not run the model.
//!
//! An auditor that repeats what a friend tells it gives the right verdict, so no verdict finds it out. What it cannot
//! repeat is a run: each shows values of its own that the others can compute as well. Of what a single auditor passes a
//! panel looks at some again. On a panel each seat knows what its neighbour has to show; where two contradict one
//! another a jury looks. Which trace is untrue a quorum of the stage that ends the audit says. What a jury shows itself
//! nobody checks, for nobody is left.

use crate::{
	Accuracy, Class, Config, Event, Finding, Job, JobState, MAX_SEATS, Pallet, Seat, audit::answer,
	traits::Auditors,
};
use receipt::{
	JobId, Planck,
	hash::{Domain, hash},
	trace::{Evidence, MAX_EARLIER, agree},
};
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

/// Whether two neighbours of a stage, who both say that they ran the model, saw different runs.
fn contradict(committee: &[Seat]) -> bool {
	let neighbours = committee.iter().cycle().skip(1);
	let ran = |seat: &Seat| -> Option<Evidence> {
		let opening = seat.opening.filter(|opening| opening.verdict.takes_a_run())?;
		Some(opening.evidence)
	};
	committee.len() > 1
		&& committee
			.iter()
			.zip(neighbours)
			.any(|(seat, neighbour)| match (ran(seat), ran(neighbour)) {
				(Some(own), Some(shown)) => !agree(shown.trace.as_ref(), own.neighbour.as_ref()),
				_ => false,
			})
}

impl Job {
	/// Which earlier findings rest on no run, as a quorum of the stage that sat last says, bit by bit. What is said of
	/// findings that do not exist, or that take no run, is ignored.
	fn untrue_findings(&self, rules: &Rules) -> u64 {
		let seats = self.committee.len() as u32;
		let quorum = self
			.audit
			.stage
			.map_or(u32::MAX, |stage| rules.quorum(stage, seats));
		let say_so = |number: usize| {
			let openings = self.committee.iter().filter_map(|seat| seat.opening);
			openings
				.filter(|opening| has(opening.evidence.untrue, number))
				.count() as u32
		};
		let earlier = self.audit.earlier.iter().enumerate();
		earlier
			.filter(|(number, finding)| finding.verdict.takes_a_run() && say_so(*number) >= quorum)
			.fold(0, |untrue, (number, _)| untrue | bit(number))
	}
}

impl<T: Config> Pallet<T> {
	/// Whether what a stage says is enough, if it agrees with itself. Where no court could sit it has to be.
	pub(crate) fn trust(id: JobId, job: &Job, stage: Stage, rules: &Rules) -> Trust {
		let next = match stage {
			Stage::Auditor if Self::is_looked_at_again(id, job, rules) => Stage::Panel,
			Stage::Panel if contradict(&job.committee) => Stage::Jury,
			Stage::Auditor | Stage::Panel | Stage::Jury => return Trust::Enough,
		};
		let others = Self::others(job).len() as u32;
		match rules.seats(next, others, Accuser::None) {
			Some(_) => Trust::LookAgain,
			None => Trust::Enough,
		}
	}

	/// Draws whether a panel looks at what a single auditor said, from the first block in which it could reveal: it had
	/// committed by then, and whenever the stage is judged the answer is the same. Nobody gains by a step that comes so late
	/// that this block is forgotten.
	fn is_looked_at_again(id: JobId, job: &Job, rules: &Rules) -> bool {
		let (JobState::Auditing { reveal_from, .. }, Some(delivery)) = (&job.state, &job.delivery) else {
			return false;
		};
		Self::ring_entry(*reveal_from).is_none_or(|entry| {
			let seed = hash(Domain::Draw, &(id, delivery.hash, entry.beacon));
			rules.looks_again(Stage::Auditor, answer(&seed, b"is it looked at again?"))
		})
	}

	/// Notes whose earlier findings the stage that ends the audit calls idle, and takes of their bonds what a false
	/// attestation costs. Who was found idle before, or has paid for the same finding, does not pay again.
	pub(crate) fn settle_with_idle(id: JobId, job: &mut Job, class: Class, penalty: Planck, rules: &Rules) {
		let untrue = match class {
			Class::Valid | Class::Invalid => job.untrue_findings(rules),
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

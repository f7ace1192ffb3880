//! Whether auditors ran the model, and what follows where they did not.

use super::{
	World,
	job::{Evidence, Finding, JobId, Seat},
};
use crate::strategy::Strategy;
use verification::{Stage, Trust, court::Accuser};

/// Whether a bit is set, beginning with the lowest.
pub(super) fn is_set(bits: u64, number: usize) -> bool {
	bits.checked_shr(number as u32).is_some_and(|bits| bits & 1 == 1)
}

impl World {
	/// Whether the next stage looks at the job although this one may agree. A second look at what a single auditor has passed
	/// is drawn later.
	pub(super) fn trust(&self, id: JobId, stage: Stage) -> Trust {
		let eligible = self.eligible().len() as u32;
		let rules = &self.settings.rules;
		// After the jury nobody is left to look.
		if stage == Stage::Panel
			&& self.contradicts_itself(id)
			&& rules.seats(Stage::Jury, eligible, Accuser::None).is_some()
		{
			Trust::LookAgain
		} else {
			Trust::Enough
		}
	}

	/// Whether a seat shows another trace than the seat before it computed for it.
	fn contradicts_itself(&self, id: JobId) -> bool {
		let seats = &self.jobs[id].seats;
		let nexts = seats.iter().cycle().skip(1);
		seats.len() > 1
			&& seats
				.iter()
				.zip(nexts)
				.any(|(seat, next)| !self.agree(seat, next))
	}

	/// Who follows one strategy has agreed on what to make up. Nobody else can guess what a run would show.
	fn agree(&self, seat: &Seat, next: &Seat) -> bool {
		let (Some(own), Some(other)) = (seat.revealed, next.revealed) else {
			return true;
		};
		match (own.evidence, other.evidence) {
			(Evidence::Needless, _) | (_, Evidence::Needless) | (Evidence::Run, Evidence::Run) => true,
			_ => {
				let [own, other] = [seat, next].map(|seat| self.validators[seat.validator].strategy);
				own == other && own != Strategy::Honest
			}
		}
	}

	/// The findings of the stages before for which this holds, bit by bit.
	pub(super) fn findings_that(&self, id: JobId, holds: impl Fn(&Finding) -> bool) -> u64 {
		let findings = self.jobs[id].findings.iter().take(u64::BITS as usize).enumerate();
		findings
			.filter(|(_, finding)| holds(finding))
			.fold(0, |bits, (number, _)| bits | 1 << number)
	}

	/// The findings of the stages before whose trace a quorum of the present one calls untrue.
	pub(super) fn idle(&self, id: JobId, stage: Stage) -> u64 {
		let job = &self.jobs[id];
		let quorum = self.settings.rules.quorum(stage, job.seats.len() as u32);
		let mut idle = self.findings_that(id, |finding| finding.evidence != Evidence::Needless);
		for number in 0..job.findings.len() {
			let revealed = job.seats.iter().filter_map(|seat| seat.revealed);
			let against = revealed.filter(|opening| is_set(opening.untrue, number)).count();
			if (against as u32) < quorum {
				idle &= !(1u64.checked_shl(number as u32).unwrap_or(0));
			}
		}
		idle
	}
}

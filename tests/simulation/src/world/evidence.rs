//! Whether auditors ran the model, and what follows where they did not.

use super::{
	World,
	job::{Evidence, Finding, JobId, Seat},
};
use crate::strategy::Strategy;
use verification::{FetchTime, Stage, Trust, court::Accuser};

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
		let mut seats = 0..self.jobs[id].seats.len();
		// After the jury nobody is left to look.
		if stage == Stage::Panel
			&& seats.any(|seat| self.contradicts_next(id, seat))
			&& rules.seats(Stage::Jury, eligible, Accuser::None).is_some()
		{
			Trust::LookAgain
		} else {
			Trust::Enough
		}
	}

	/// How long a stage had to fetch the transcript: a panel with which an audit begins has little.
	pub(super) fn fetch_time(&self, id: JobId, stage: Stage) -> FetchTime {
		let eligible = self.eligible().len() as u32;
		let rules = &self.settings.rules;
		if stage == Stage::Panel
			&& self.jobs[id].accuser.is_none()
			&& rules.seats(Stage::Jury, eligible, Accuser::None).is_some()
		{
			FetchTime::Short
		} else {
			FetchTime::Long
		}
	}

	/// Whether a seat says something else of the next one's trace than that shows. After the last comes the first.
	fn contradicts_next(&self, id: JobId, seat: usize) -> bool {
		let seats = &self.jobs[id].seats;
		let next = (seat + 1) % seats.len();
		next != seat && !self.agree(&seats[seat], &seats[next])
	}

	/// What the seats of the present stage found, as it follows those of the stages before.
	pub(super) fn findings_of_seats(&self, id: JobId) -> Vec<Finding> {
		let job = &self.jobs[id];
		let revealed = |seat: &usize| job.seats[*seat].revealed.is_some();
		let seats: Vec<usize> = (0..job.seats.len()).filter(revealed).collect();
		let number = |place: usize| job.findings.len() + place % seats.len();
		let findings = seats.iter().enumerate().filter_map(|(place, seat)| {
			let opening = job.seats[*seat].revealed?;
			Some(Finding {
				validator: job.seats[*seat].validator,
				verdict: opening.verdict,
				evidence: opening.evidence,
				contradicts: self.contradicts_next(id, *seat).then(|| number(place + 1)),
			})
		});
		findings.collect()
	}

	/// Who follows one strategy has agreed on what to make up. Nobody else can guess what a run would show.
	fn agree(&self, seat: &Seat, next: &Seat) -> bool {
		let (Some(own), Some(other)) = (seat.revealed, next.revealed) else {
			return true;
		};
		match (own.evidence, other.evidence) {
			(Evidence::Needless, _) | (_, Evidence::Needless) => true,
			(Evidence::Run, Evidence::Run | Evidence::Slander) => true,
			(Evidence::Slander, _) => false,
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

	/// The findings of the stages before whose trace a quorum of the present one calls untrue, or that contradicted a trace
	/// which a quorum confirms.
	pub(super) fn idle(&self, id: JobId, stage: Stage) -> u64 {
		let job = &self.jobs[id];
		let quorum = self.settings.rules.quorum(stage, job.seats.len() as u32);
		let openings = || job.seats.iter().filter_map(|seat| seat.revealed);
		let deny = |number: usize| {
			let deny = openings().filter(|opening| is_set(opening.untrue, number));
			deny.count() as u32 >= quorum
		};
		// Who is idle denies nothing: that takes as many as a panel.
		let confirming = self.settings.rules.quorum(Stage::Panel, job.seats.len() as u32);
		let confirm = |number: usize| {
			let ran = openings().filter(|opening| opening.evidence != Evidence::Needless);
			ran.filter(|opening| !is_set(opening.untrue, number)).count() as u32 >= confirming
		};
		let is_idle = |(number, finding): &(usize, &Finding)| {
			finding.evidence != Evidence::Needless
				&& (deny(*number) || finding.contradicts.is_some_and(confirm))
		};
		let findings = job.findings.iter().take(u64::BITS as usize).enumerate();
		findings
			.filter(is_idle)
			.fold(0, |idle, (number, _)| idle | 1 << number)
	}
}

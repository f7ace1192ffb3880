//! What a caller leaves that disputes a job.
//!
//! A dispute makes auditors work that nobody drew. If the court finds the job valid the deposit pays them, so it is the
//! most that their audits may cost; if the court finds anything else it goes back.

use crate::{JobFacts, Planck, Ppm, Rules, Stage, court::MAX_JURY};

/// The stage that a dispute opens: above the one that passed the job, a panel where none did or a single auditor did.
/// `None` after a jury, which has the last word.
pub fn next_stage(passed_by: Option<Stage>) -> Option<Stage> {
	match passed_by {
		None | Some(Stage::Auditor) => Some(Stage::Panel),
		Some(Stage::Panel) => Some(Stage::Jury),
		Some(Stage::Jury) => None,
	}
}

impl Rules {
	/// The most auditors that sit in a stage.
	pub fn most_seats(&self, stage: Stage) -> u32 {
		match stage {
			Stage::Auditor => 1,
			Stage::Panel => self.panel,
			Stage::Jury => self.jury.min(MAX_JURY),
		}
	}
}

/// a R n: the most that the audits of a stage with n seats cost, rounded up; at least `least`.
///
/// It does not depend on how many auditors are eligible, so that a caller knows it beforehand.
pub fn dispute_deposit(rules: &Rules, job: &JobFacts, stage: Stage, least: Planck) -> Planck {
	let one = Planck::from(Ppm::ONE.parts());
	let parts = Planck::from(rules.audit_cost.parts().min(Ppm::ONE.parts()))
		.saturating_mul(Planck::from(rules.most_seats(stage)));
	// In two parts, as `Ppm::of` does it, so that only an amount that does not fit saturates.
	let gain = job.gain(rules);
	let (millions, rest) = (gain / one, gain % one);
	millions
		.saturating_mul(parts)
		.saturating_add(rest.saturating_mul(parts).div_ceil(one))
		.max(least)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{HAI, Tier, penalty::audit_cost};

	fn job(node_part: Planck) -> JobFacts {
		JobFacts {
			tier: Tier::Sampled,
			fee: 4 * HAI,
			node_part,
			tokens: 100,
		}
	}

	#[test]
	fn every_stage_but_the_last_has_one_above_it() {
		for (passed_by, expect) in [
			(None, Some(Stage::Panel)),
			(Some(Stage::Auditor), Some(Stage::Panel)),
			(Some(Stage::Panel), Some(Stage::Jury)),
			(Some(Stage::Jury), None),
		] {
			assert_eq!(next_stage(passed_by), expect, "{passed_by:?}");
		}
	}

	#[test]
	fn the_deposit_is_what_the_audits_cost_at_most_rounded_up() {
		let rules = Rules::default();
		for (node_part, stage, least, expect) in [
			// 20 % of R for each of seven, and of twenty-one.
			(HAI, Stage::Panel, 0, 7 * HAI / 5),
			(HAI, Stage::Jury, 0, 21 * HAI / 5),
			(HAI, Stage::Jury, 5 * HAI, 5 * HAI),
			// 1.4 and 4.2 planck.
			(1, Stage::Panel, 0, 2),
			(1, Stage::Jury, 0, 5),
			(5, Stage::Panel, 0, 7),
			(0, Stage::Jury, 0, 0),
			(0, Stage::Panel, 3, 3),
		] {
			assert_eq!(
				dispute_deposit(&rules, &job(node_part), stage, least),
				expect,
				"{node_part} {stage:?} {least}"
			);
		}
	}

	#[test]
	fn it_covers_every_seat_and_saturates() {
		let rules = Rules::default();
		for node_part in [3, 999_999, 1_000_001, 123_456_789_012_345, HAI * 100 + 7] {
			let job = job(node_part);
			for stage in [Stage::Auditor, Stage::Panel, Stage::Jury] {
				let seats = Planck::from(rules.most_seats(stage));
				let deposit = dispute_deposit(&rules, &job, stage, 0);
				assert!(
					deposit >= audit_cost(&rules, &job) * seats,
					"{node_part} {stage:?}"
				);
				assert!(
					deposit <= (audit_cost(&rules, &job) + 1) * seats,
					"{node_part} {stage:?}"
				);
			}
		}
		let huge = JobFacts {
			fee: Planck::MAX,
			..job(Planck::MAX)
		};
		assert_eq!(dispute_deposit(&rules, &huge, Stage::Jury, 0), Planck::MAX);
	}
}

//! P: the chance that an audit that sees a cheat also convicts it.

use crate::{
	Ppm, Rules, Stage,
	court::Accuser,
	hypergeometric::{MAX_POPULATION, at_least},
};

/// P for a number of eligible auditors of whom a share `assumed_dishonest` protects the node.
///
/// A cheat is convicted where the single auditor is honest and the court that its dissent opens
/// convicts, or where it covers for the node and the panel that looks again convicts. The panel convicts by its
/// quorum, or its disagreement opens a jury, drawn anew, that convicts; the single auditor sits in neither.
///
/// Every step rounds down, so that the result is at most 10 millionths too low, never too high, and a penalty
/// that divides by it never too small. Zero below `min_eligible` and above
/// [`MAX_POPULATION`].
pub fn conviction_chance(rules: &Rules, eligible: u32) -> Ppm {
	if eligible < rules.min_eligible || eligible > MAX_POPULATION {
		return Ppm::ZERO;
	}
	let dishonest = rules.dishonest_among(eligible);
	let honest = eligible.saturating_sub(dishonest);
	let others = eligible.saturating_sub(1);
	// The chance that a court of the others, of whom so many are honest, convicts.
	let court = |honest_others: u32| {
		let seats = |stage| rules.seats(stage, eligible, Accuser::Eligible).unwrap_or(0);
		let (panel, jury) = (seats(Stage::Panel), seats(Stage::Jury));
		let quorum = rules.quorum(Stage::Panel, panel);
		let convicts = at_least(others, honest_others, panel, quorum);
		let acquits = at_least(others, others.saturating_sub(honest_others), panel, quorum);
		// `acquits` is rounded down: one more keeps the rest from being too high.
		let undecided = convicts.or(acquits).or(Ppm::new(1)).complement();
		let jury_convicts = at_least(others, honest_others, jury, rules.quorum(Stage::Jury, jury));
		convicts.or(undecided.and(jury_convicts))
	};
	let is_honest = Ppm::ratio(u128::from(honest), u128::from(eligible));
	let after_dissent = is_honest.and(court(honest.saturating_sub(1)));
	let is_dishonest = Ppm::ratio(u128::from(dishonest), u128::from(eligible));
	let looked_at_again = is_dishonest.and(rules.second_look).and(court(honest));
	after_dissent.or(looked_at_again)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn everybody_honest_convicts_always() {
		let rules = Rules {
			assumed_dishonest: Ppm::ZERO,
			..Rules::default()
		};
		for eligible in 4..=256 {
			assert!(
				conviction_chance(&rules, eligible).parts() >= 999_990,
				"{eligible}"
			);
		}
	}

	#[test]
	fn a_third_dishonest_leaves_most_of_the_chance_of_an_honest_auditor() {
		let rules = Rules::default();
		for eligible in 4..=256 {
			let chance = conviction_chance(&rules, eligible).parts();
			assert!((550_000..850_000).contains(&chance), "{eligible}: {chance}");
		}
		assert_eq!(conviction_chance(&rules, 3), Ppm::ZERO);
		assert_eq!(conviction_chance(&rules, 257), Ppm::ZERO);
	}

	#[test]
	fn more_dishonest_convict_less() {
		let at = |parts| {
			let rules = Rules {
				assumed_dishonest: Ppm::new(parts),
				..Rules::default()
			};
			conviction_chance(&rules, 100)
		};
		let chances: [Ppm; 5] = core::array::from_fn(|step| at(step as u32 * 120_000));
		assert!(chances.is_sorted_by(|more, fewer| more > fewer), "{chances:?}");
	}
}

//! What is planted in a canary, and when an auditor that was wrong is at fault.
//!
//! Errors are measured in thousandths of the pair's band: 1000 is the band itself. The error of a canary
//! is the planted one; that of any other job is the median of what the auditors of the deciding majority measured.

use crate::{Rules, Verdict};

/// The most bf16 steps that are planted: one more would change the exponent of every value, which is another figure of the
/// fingerprint. A pair whose band is wider than half of it has no clear canaries.
pub const MAX_SHIFT: u16 = 127;

/// The largest error there is, in thousandths of a band.
const MAX_ERROR: u32 = 1_000_000;

/// Whether a job is a canary, decided by a uniform word of its node's draw.
pub fn is_canary(rules: &Rules, word: u64) -> bool {
	rules.canary_rate.happens(word)
}

/// How many bf16 steps are planted under a mantissa band, in thousandths of a step, decided by a uniform word.
///
/// With probability `canary_clear` the smallest whole number that is `clear_factor` bands or more. Otherwise the smallest
/// that is more than one band, if that is not clear already: in a band as narrow as most are every fault is.
pub fn shift(rules: &Rules, mantissa_milli: u32, word: u64) -> u16 {
	let band = u64::from(mantissa_milli.max(1));
	let clear_from = band.saturating_mul(u64::from(rules.clear_factor.max(1)));
	let clear = clear_from.div_ceil(1_000);
	let near = (band / 1_000).saturating_add(1);
	let is_near = near.saturating_mul(1_000) < clear_from;
	let steps = if is_near && !rules.canary_clear.happens(word) {
		near
	} else {
		clear
	};
	steps.clamp(1, u64::from(MAX_SHIFT)) as u16
}

/// How large so many steps are under a mantissa band, in thousandths of the band, rounded down: in favour of who missed
/// them.
pub fn planted_error(shift: u16, mantissa_milli: u32) -> u32 {
	let error = u64::from(shift).saturating_mul(1_000_000) / u64::from(mantissa_milli.max(1));
	error.min(u64::from(MAX_ERROR)) as u32
}

/// What an auditor's verdict was worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conduct {
	/// It was right: paid from the pool of the era.
	Correct,
	/// It was wrong where honest auditors can differ: unpaid, and its public accuracy falls.
	Inaccurate,
	/// It was clearly wrong: slashed as well.
	AtFault,
}

/// What the verdict of an auditor was worth, given what was true.
///
/// `truth` is the verdict that the planted error or the court established and `error` its size, in thousandths of
/// the band. Who could not fetch a transcript that others fetched is inaccurate, never at fault; and so is whoever
/// disagrees with a court that found the transcript missing.
pub fn conduct(rules: &Rules, verdict: Verdict, truth: Verdict, error: u32) -> Conduct {
	let clear = rules.clear_factor.max(1);
	match (verdict, truth) {
		(own, established) if own == established => Conduct::Correct,
		(Verdict::Valid, Verdict::Invalid) if error >= clear.saturating_mul(1_000) => Conduct::AtFault,
		(Verdict::Invalid, Verdict::Valid) if error <= 1_000 / clear => Conduct::AtFault,
		_ => Conduct::Inaccurate,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_is_planted_is_clear_or_near_as_the_draw_says() {
		let rules = Rules::default();
		let (clear, near) = (0, 999_999);
		// Mantissa band, steps of a clear fault, steps of a near one.
		let cases = [
			(0, 1, 1),
			(64, 1, 1),
			(500, 1, 1),
			(501, 2, 1),
			(999, 2, 1),
			(1_000, 2, 2),
			(1_500, 3, 2),
			(2_000, 4, 3),
			(10_001, 21, 11),
			(63_500, 127, 64),
			(200_000, 127, 127),
		];
		for (band, expect_clear, expect_near) in cases {
			assert_eq!(shift(&rules, band, clear), expect_clear, "{band}");
			assert_eq!(shift(&rules, band, near), expect_near, "{band}");
		}
	}

	#[test]
	fn every_planted_fault_lies_outside_of_the_band_and_clear_ones_twice() {
		let rules = Rules::default();
		for band in 1..=63_500 {
			let clear = planted_error(shift(&rules, band, 0), band);
			let near = planted_error(shift(&rules, band, 999_999), band);
			assert!(clear >= 2_000, "{band}: {clear}");
			assert!(near >= 1_000, "{band}: {near}");
			let missed = |error| conduct(&rules, Verdict::Valid, Verdict::Invalid, error);
			assert_eq!(missed(clear), Conduct::AtFault, "{band}");
		}
		assert_eq!(planted_error(1, 64), 15_625);
		assert_eq!(planted_error(u16::MAX, 0), 1_000_000);
	}

	#[test]
	fn as_many_jobs_are_canaries_as_the_rate_says() {
		let rules = Rules::default();
		let canaries = (0..1_000_000u64).filter(|word| is_canary(&rules, *word)).count();
		assert_eq!(canaries, 50_000);
	}

	#[test]
	fn only_clear_errors_are_faults() {
		use Verdict::*;
		let rules = Rules::default();
		let cases = [
			(Valid, Invalid, 1_999, Conduct::Inaccurate),
			(Valid, Invalid, 2_000, Conduct::AtFault),
			(Invalid, Invalid, 9_000, Conduct::Correct),
			(Invalid, Valid, 500, Conduct::AtFault),
			(Invalid, Valid, 501, Conduct::Inaccurate),
			(Unavailable, Valid, 0, Conduct::Inaccurate),
			(Valid, Unavailable, 9_000, Conduct::Inaccurate),
			(Valid, Valid, 0, Conduct::Correct),
		];
		for (verdict, truth, error, expect) in cases {
			assert_eq!(
				conduct(&rules, verdict, truth, error),
				expect,
				"{verdict:?} {truth:?} {error}"
			);
		}
	}
}

//! When an auditor that was wrong is at fault.
//!
//! Errors are measured in thousandths of the pair's band: 1000 is the band itself. The error of a canary
//! is the planted one; that of any other job is the median of what the auditors of the deciding majority measured.

use crate::{Rules, Verdict};

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

//! What correct audits earn.
//!
//! The validators' part of every settled fee flows into one pool, whether the job was audited or not. At the end
//! of an era the pool is divided equally among the correct verdicts of the era. So the pay of an audit does not
//! depend on the audited job, and a job that nobody audited pays nobody for idleness.

use crate::Planck;

/// What each correct verdict of an era earns, and what stays in the pool for the next.
///
/// Where there was none, all of it stays.
pub fn divide(pool: Planck, correct: u64) -> (Planck, Planck) {
	match pool.checked_div(u128::from(correct)) {
		Some(each) => (each, pool % u128::from(correct)),
		None => (0, pool),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn nothing_is_lost() {
		for (pool, correct, expect) in [
			(10, 3, (3, 1)),
			(7, 0, (0, 7)),
			(2, 5, (0, 2)),
			(u128::MAX, 1, (u128::MAX, 0)),
		] {
			assert_eq!(divide(pool, correct), expect);
			assert_eq!(expect.0 * u128::from(correct) + expect.1, pool);
		}
	}
}

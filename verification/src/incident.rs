//! The failures of one window of a node.
//!
//! A bad driver makes every run fail until somebody notices. The first upheld failure opens an incident: the node is
//! chilled, all that it has not been paid for is audited, and every job that fails forfeits its fee. Towards
//! ejection the incident counts once, and the bond pays once, when it closes: the largest penalty among
//! its failures, less what the other failures already forfeited.
//!
//! Why less: a penalty stands for the cheats that were *not* found, about 1 / q of them for each that was. An
//! incident whose sweep finds many failures has shown that there were that many fewer. Nobody gains by
//! cheating in bursts: n cheats in a row pay about n (2 - n q) R on average and gain n (1 - n q) R.

use crate::{Blocks, Planck, Ppm, Rules};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The failures of one node within one window.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Incident {
	/// The block of the first.
	pub opened_at: Blocks,
	/// How many.
	pub failures: u32,
	/// The largest penalty among them, in planck.
	pub penalty: Planck,
	/// The gains that all but one of them forfeited, in planck, weighted by `relief`.
	pub relieved: Planck,
}

impl Incident {
	/// Begins with one failure that costs `penalty`.
	pub fn open(at: Blocks, penalty: Planck) -> Self {
		Self {
			opened_at: at,
			failures: 1,
			penalty,
			relieved: 0,
		}
	}

	/// Adds a failure that would cost `penalty` alone, on a job worth `gain`.
	pub fn add(&mut self, rules: &Rules, penalty: Planck, gain: Planck) {
		self.failures = self.failures.saturating_add(1);
		self.penalty = self.penalty.max(penalty);
		self.relieved = self.relieved.saturating_add(rules.relief.min(Ppm::ONE).of(gain));
	}

	/// The first block in which it is closed.
	pub fn closes_at(&self, rules: &Rules) -> Blocks {
		self.opened_at.saturating_add(rules.incident_window)
	}

	/// What the bond pays when it closes.
	pub fn slash(&self) -> Planck {
		self.penalty.saturating_sub(self.relieved)
	}
}

/// Whether a transcript that is hidden now is of another absence than the one that began at `since`.
///
/// A node that is away hides everything it has not shown yet. Each of those jobs costs its penalty, but towards ejection they
/// count once.
pub fn is_another_absence(rules: &Rules, since: Option<Blocks>, now: Blocks) -> bool {
	since.is_none_or(|since| now > since.saturating_add(rules.incident_window))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn one_failure_costs_the_penalty_and_a_long_burst_nothing() {
		let rules = Rules::default();
		let mut incident = Incident::open(7, 100);
		assert_eq!(incident.slash(), 100);
		for failures in 2..=12u32 {
			incident.add(&rules, 100, 10);
			assert_eq!(incident.failures, failures);
			assert_eq!(
				incident.slash(),
				100u128.saturating_sub(10 * u128::from(failures - 1))
			);
		}
		assert_eq!(incident.slash(), 0);
		assert_eq!(incident.closes_at(&rules), 2_707);
	}

	#[test]
	fn what_is_hidden_in_one_window_is_one_absence() {
		let rules = Rules::default();
		for (since, now, expected) in [
			(None, 7, true),
			(Some(7), 7, false),
			(Some(7), 2_707, false),
			(Some(7), 2_708, true),
		] {
			assert_eq!(
				is_another_absence(&rules, since, now),
				expected,
				"{since:?} {now}"
			);
		}
	}

	#[test]
	fn the_dearest_failure_counts() {
		let rules = Rules::default();
		let mut incident = Incident::open(0, 5);
		incident.add(&rules, 1_000, 0);
		incident.add(&rules, 6, 0);
		assert_eq!(incident.slash(), 1_000);
		incident.add(&rules, u128::MAX, u128::MAX);
		assert_eq!(incident.slash(), 0);
	}
}

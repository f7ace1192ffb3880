//! The running test that ejects a node whose work fails too often.
//!
//! Wald's sequential test of a failure rate p1 against p0, as a sum that never falls below zero. It does not deter: a
//! node that cheats rarely, or only while its score is low, is hardly ever ejected. The penalty deters. The score
//! removes nodes that are of no use, whatever the reason.

use crate::{Planck, Ppm, Rules};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The log-likelihood ratio so far, in millionths of a nat, floor zero. It does not decay with time.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Default,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Score(u64);

impl Score {
	/// Nothing speaks against the node.
	pub const ZERO: Self = Self(0);

	/// In millionths of a nat.
	pub const fn micro_nats(self) -> u64 {
		self.0
	}

	/// Counts an incident.
	pub fn fail(&mut self, rules: &Rules) {
		self.0 = self.0.saturating_add(rules.score_fail);
	}

	/// Counts a passed audit by the weight of its fee, rounded down.
	pub fn pass(&mut self, rules: &Rules, fee: Planck) {
		let taken = rules.weight(fee).of(u128::from(rules.score_pass));
		self.0 = self.0.saturating_sub(taken as u64);
	}

	/// Whether the node is to be ejected.
	pub fn ejects(self, rules: &Rules) -> bool {
		self.0 >= rules.score_limit
	}
}

impl Rules {
	/// How the score moves on average per audit of full weight at a rate of failure, in millionths of a
	/// nat: above zero it rises.
	pub fn score_drift(&self, fail_rate: Ppm) -> i128 {
		let up = i128::from(self.score_fail).saturating_mul(i128::from(fail_rate.parts()));
		let down = i128::from(self.score_pass).saturating_mul(i128::from(fail_rate.complement().parts()));
		up.saturating_sub(down) / i128::from(Ppm::ONE.parts())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::HAI;

	#[test]
	fn the_third_incident_without_a_pass_ejects() {
		let rules = Rules::default();
		let mut score = Score::ZERO;
		for expect in [false, false, true] {
			score.fail(&rules);
			assert_eq!(score.ejects(&rules), expect);
		}
	}

	#[test]
	fn six_full_passes_undo_an_incident_and_cheap_ones_do_not() {
		let rules = Rules::default();
		let mut full = Score::ZERO;
		let mut cheap = Score::ZERO;
		full.fail(&rules);
		cheap.fail(&rules);
		for _ in 0..6 {
			assert!(full > Score::ZERO);
			full.pass(&rules, 5 * HAI);
			cheap.pass(&rules, HAI / 1_000);
		}
		assert_eq!(full, Score::ZERO);
		assert!(cheap.micro_nats() > rules.score_fail - 10_000);
		full.pass(&rules, HAI);
		assert_eq!(full, Score::ZERO, "the floor is zero");
	}

	#[test]
	fn drifts_down_for_the_honest_and_up_for_cheats() {
		let rules = Rules::default();
		assert!(rules.score_drift(rules.honest_fail_rate) < 0);
		assert!(rules.score_drift(rules.cheat_fail_rate) > 0);
	}
}

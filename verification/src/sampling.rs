//! Whether a job is audited.

use crate::{Planck, Ppm, Rules};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What the caller asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tier {
	/// Nobody but the node reads the job; nobody audits it.
	Private,
	/// Audited by chance, one auditor first.
	Sampled,
	/// Always audited, by a panel at once.
	Replicated,
}

/// What decides the audit of one job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JobFacts {
	/// What the caller asked for.
	pub tier: Tier,
	/// The held fee, in planck.
	pub fee: Planck,
	/// What the node is paid if the whole fee is charged, in planck.
	pub node_part: Planck,
	/// The tokens that an audit compares.
	pub tokens: u32,
}

impl JobFacts {
	/// R: the most that the node saves by not doing the work, in planck, rounded up.
	pub fn gain(&self, rules: &Rules) -> Planck {
		self.node_part
			.saturating_sub(rules.gain.complement().of(self.node_part))
	}
}

/// How far a new identity has come. It begins with every job audited.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Probation {
	/// Passes so far, in millionths of a pass of full weight.
	weight: u64,
}

impl Probation {
	/// Counts a passed audit by the weight of its fee.
	pub fn pass(&mut self, rules: &Rules, fee: Planck) {
		self.weight = self.weight.saturating_add(u64::from(rules.weight(fee).parts()));
	}

	/// Whether the identity is no longer new.
	pub fn is_over(&self, rules: &Rules) -> bool {
		self.weight >= u64::from(rules.probation).saturating_mul(u64::from(Ppm::ONE.parts()))
	}
}

/// What the node's own state adds to the draw.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Standing {
	/// A new identity: every job is audited.
	#[codec(index = 0)]
	New,
	/// Jobs are sampled.
	#[codec(index = 1)]
	Proven,
	/// An incident is open, or the node leaves with a score above zero: every unsettled job is audited.
	#[codec(index = 2)]
	Swept,
}

impl Rules {
	/// The part of a whole pass that the pass of a job with this fee counts.
	pub fn weight(&self, fee: Planck) -> Ppm {
		Ppm::ratio(fee, self.reference_fee)
	}
}

/// p: the probability that a delivered job is audited.
///
/// Proven nodes: the base rate, rising in a straight line with the fee up to one, times the best
/// detection power over the job's own, so that short runs are audited as much more often as an audit
/// sees less in them. Within three millionths of the exact value. `Private` is never audited, whatever the
/// standing: nobody may read the prompt.
pub fn audit_probability(rules: &Rules, job: &JobFacts, standing: Standing) -> Ppm {
	match (job.tier, standing) {
		(Tier::Private, _) => Ppm::ZERO,
		(Tier::Replicated, _) | (_, Standing::New | Standing::Swept) => Ppm::ONE,
		(Tier::Sampled, Standing::Proven) => {
			let value = Ppm::ratio(job.fee, rules.always_audit_fee);
			let by_value = if value == Ppm::ONE {
				Ppm::ONE
			} else {
				rules.base_audit.or(rules.base_audit.complement().and(value))
			};
			let relative_power = rules.detection_power(job.tokens).over(rules.best_detection());
			by_value.over(relative_power)
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::HAI;

	fn job(tier: Tier, fee: Planck, tokens: u32) -> JobFacts {
		JobFacts {
			tier,
			fee,
			node_part: fee / 4,
			tokens,
		}
	}

	fn check(tier: Tier, fee: Planck, tokens: u32, standing: Standing, expect: u32) {
		let found = audit_probability(&Rules::default(), &job(tier, fee, tokens), standing);
		assert_eq!(found.parts(), expect, "{tier:?} {fee} {tokens} {standing:?}");
	}

	#[test]
	fn by_tier_value_length_and_standing() {
		check(Tier::Private, 1_000 * HAI, 1_000, Standing::New, 0);
		check(Tier::Replicated, 1, 1_000, Standing::Proven, 1_000_000);
		check(Tier::Sampled, 0, 1_000, Standing::Proven, 50_000);
		check(Tier::Sampled, 50 * HAI, 1_000, Standing::Proven, 525_000);
		check(Tier::Sampled, 100 * HAI, 1_000, Standing::Proven, 1_000_000);
		check(Tier::Sampled, u128::MAX, u32::MAX, Standing::Proven, 1_000_000);
		check(Tier::Sampled, 0, 1_000, Standing::New, 1_000_000);
		check(Tier::Sampled, 0, 1_000, Standing::Swept, 1_000_000);
		// 5 % x 99 / 40
		check(Tier::Sampled, 0, 8, Standing::Proven, 123_750);
	}

	#[test]
	fn cheap_passes_do_not_end_a_probation() {
		let rules = Rules::default();
		let mut cheap = Probation::default();
		let mut dear = Probation::default();
		for _ in 0..50 {
			assert!(!dear.is_over(&rules));
			cheap.pass(&rules, HAI / 100);
			dear.pass(&rules, 100 * HAI);
		}
		assert!(dear.is_over(&rules));
		assert!(!cheap.is_over(&rules));
	}
}

//! How likely an auditor is to see that a run was not honest.

use crate::{Ppm, Rules};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The detection power for runs of one range of lengths.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
pub struct Bucket {
	/// The longest run of this range, in tokens that are compared.
	pub up_to: u32,
	/// d: the probability that a dishonest run of this length lies outside the pair's bands.
	pub power: Ppm,
}

impl Bucket {
	/// A table to start from, until measured values of each pair replace it. It is assumed, not measured.
	pub const ASSUMED: [Self; 5] = [
		Self::new(8, 400_000),
		Self::new(32, 700_000),
		Self::new(128, 900_000),
		Self::new(512, 970_000),
		Self::new(u32::MAX, 990_000),
	];

	const fn new(up_to: u32, parts: u32) -> Self {
		Self {
			up_to,
			power: Ppm::new(parts),
		}
	}
}

impl Rules {
	/// d for a run of so many compared tokens.
	pub fn detection_power(&self, tokens: u32) -> Ppm {
		self.detection
			.iter()
			.find(|bucket| tokens <= bucket.up_to)
			.map_or(Ppm::ZERO, |bucket| bucket.power)
	}

	/// d for the longest runs.
	pub fn best_detection(&self) -> Ppm {
		let [.., longest] = self.detection;
		longest.power
	}

	/// d for the shortest runs. The relations of [`Rules::check`] hold for every pair whose powers are not below it.
	pub fn least_detection(&self) -> Ppm {
		let [shortest, ..] = self.detection;
		shortest.power
	}

	/// The same rules for jobs of a pair whose detection was measured.
	pub fn with_detection(self, detection: [Bucket; 5]) -> Self {
		Self { detection, ..self }
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{HAI, JobFacts, Standing, Tier, audit_probability, penalty::penalty};

	#[test]
	fn a_pair_that_is_seen_less_costs_more_where_it_is_not_audited_more() {
		let rules = Rules::default();
		let halved = Bucket::ASSUMED.map(|bucket| Bucket {
			power: Ppm::new(bucket.power.parts() / 2),
			..bucket
		});
		let pair = rules.with_detection(halved);
		assert_eq!(pair.best_detection().parts(), rules.best_detection().parts() / 2);
		assert_eq!(
			pair.least_detection().parts(),
			rules.least_detection().parts() / 2
		);
		for (fee, tokens) in [(HAI / 100, 4), (HAI, 100), (100 * HAI, 1_000)] {
			let job = JobFacts {
				tier: Tier::Sampled,
				fee,
				node_part: fee / 4,
				tokens,
			};
			let cost = |rules: &Rules| {
				let p = audit_probability(rules, &job, Standing::Proven);
				(p, penalty(rules, &job, p, Ppm::ONE).expect("it can be convicted"))
			};
			let ((p, phi), (p_of_pair, phi_of_pair)) = (cost(&rules), cost(&pair));
			// Short runs are audited more often by how their power compares with that of long runs of the same pair.
			assert!(p.parts().abs_diff(p_of_pair.parts()) <= 2, "{p:?} {p_of_pair:?}");
			let doubled = phi_of_pair as f64 / phi as f64;
			assert!((doubled - 2.0).abs() < 0.01, "{fee} {tokens}: {doubled}");
		}
	}
}

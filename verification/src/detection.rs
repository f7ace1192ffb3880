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
}

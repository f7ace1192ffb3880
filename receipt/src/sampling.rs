//! Seeded sampling that can be checked: the noise is a function of seed, position and token.
//!
//! A token is the candidate with the largest `logit / temperature + noise`, where the noise is
//! Gumbel distributed (adding it and taking the largest is the same as drawing from the softmax).
//! Since the noise is public once the seed is, an auditor computes the same scores and sees at once
//! how far a chosen token lies below the best one (Token-DiFR, arXiv 2511.20621).

use crate::{
	Hash, JobId, Token,
	hash::{Domain, hash},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The most candidates among which a token is drawn.
pub const MAX_TOP_K: u16 = 64;

/// How tokens are chosen.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Sampling {
	/// Temperature in thousandths; 0 takes the largest logit, without noise.
	pub temperature_milli: u32,
	/// Only this many of the largest logits are candidates, at most [`MAX_TOP_K`].
	pub top_k: u16,
}

impl Sampling {
	/// Always the most likely token.
	pub const GREEDY: Self = Self {
		temperature_milli: 0,
		top_k: MAX_TOP_K,
	};

	/// Whether the values are within bounds.
	pub fn is_valid(&self) -> bool {
		self.top_k >= 1 && self.top_k <= MAX_TOP_K && self.temperature_milli <= 10_000
	}

	/// The score of a candidate; the one with the highest is chosen, the lower id where two are equal.
	pub fn score(&self, seed: &Hash, position: u32, token: Token, logit: f32) -> f64 {
		match self.temperature_milli {
			0 => self.noiseless(logit),
			_ => self.noiseless(logit) + gumbel(seed, position, token),
		}
	}

	/// What a candidate's logit contributes to its score.
	pub fn noiseless(&self, logit: f32) -> f64 {
		match self.temperature_milli {
			0 => f64::from(logit),
			milli => f64::from(logit) * 1000.0 / f64::from(milli),
		}
	}
}

/// The seed of a job's sampling. The node has no say in it: the nonce is the caller's, the
/// randomness is the chain's.
pub fn seed(job: JobId, nonce: &[u8; 32], randomness: &Hash) -> Hash {
	hash(Domain::SamplingSeed, &(job, nonce, randomness))
}

/// Gumbel noise `-ln(-ln u)` with `u = (n + 1/2) / 2^24`, `n` the first 24 bits of a keyed hash.
pub fn gumbel(seed: &Hash, position: u32, token: Token) -> f64 {
	let hash = hash(Domain::Noise, &(seed, position, token));
	gumbel_of(u32::from_le_bytes([hash[0], hash[1], hash[2], 0]))
}

/// The noise that the first 24 bits of a hash give. It rises with them.
pub fn gumbel_of(n: u32) -> f64 {
	let u = (f64::from(n) + 0.5) / f64::from(1u32 << 24);
	-libm::log(-libm::log(u))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn noise_has_the_mean_and_variance_of_a_gumbel_distribution() {
		let samples: alloc::vec::Vec<f64> = (0..20_000).map(|t| gumbel(&[7; 32], 3, t)).collect();
		let count = samples.len() as f64;
		let mean = samples.iter().sum::<f64>() / count;
		let variance = samples.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
		// Euler's constant and pi^2 / 6.
		assert!((mean - 0.5772).abs() < 0.03, "mean {mean}");
		assert!((variance - 1.6449).abs() < 0.08, "variance {variance}");
	}

	#[test]
	fn greedy_ignores_the_seed_and_sampling_does_not() {
		let greedy = Sampling::GREEDY;
		assert_eq!(
			greedy.score(&[1; 32], 0, 5, 2.5),
			greedy.score(&[2; 32], 9, 5, 2.5)
		);
		let warm = Sampling {
			temperature_milli: 800,
			top_k: 40,
		};
		assert_ne!(warm.score(&[1; 32], 0, 5, 2.5), warm.score(&[2; 32], 0, 5, 2.5));
	}

	#[test]
	fn bounds_are_checked() {
		assert!(Sampling::GREEDY.is_valid());
		assert!(
			!Sampling {
				temperature_milli: 0,
				top_k: 0
			}
			.is_valid()
		);
		assert!(
			!Sampling {
				temperature_milli: 0,
				top_k: 65
			}
			.is_valid()
		);
		assert!(
			!Sampling {
				temperature_milli: 10_001,
				top_k: 1
			}
			.is_valid()
		);
	}
}

//! The figures within which an honest run lies.

use crate::VectorBands;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt::{self, Display};
use scale_info::TypeInfo;

/// How far runs lay from the auditor's own computation: of several runs the worst, or their medians.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Errors {
	/// Points of the worst chunk whose sign or exponent differs.
	pub mismatches: u16,
	/// The mean mantissa difference of the worst chunk, in thousandths of a bf16 step.
	pub mantissa_milli: u32,
	/// The loss of the worst token, in thousandths of a logit.
	pub loss_milli: u32,
}

impl Errors {
	/// The larger of each.
	pub fn worst(self, other: Self) -> Self {
		Self {
			mismatches: self.mismatches.max(other.mismatches),
			mantissa_milli: self.mantissa_milli.max(other.mantissa_milli),
			loss_milli: self.loss_milli.max(other.loss_milli),
		}
	}

	/// What one value that rounds to the neighbouring bf16 changes in a chunk of so many points: its mantissa
	/// by a step, or at the border of a power of two, or of the largest values, a whole point; and of a
	/// logit a thousandth, the smallest loss that is told apart from none.
	pub const fn one_step(points: u16) -> Self {
		Self {
			mismatches: 1,
			mantissa_milli: 1_000u32.div_ceil(if points == 0 { 1 } else { points as u32 }),
			loss_milli: 1,
		}
	}
}

/// How far an honest run may lie from the auditor's own computation, within one pair.
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
#[serde(deny_unknown_fields)]
pub struct Bands {
	/// The most points of a chunk whose sign or exponent may differ.
	pub mismatches: u16,
	/// The largest mean mantissa difference of a chunk, in thousandths of a bf16 step.
	pub mantissa_milli: u32,
	/// The loss below which 99.9 % of an honest run's tokens lie, in thousandths of a logit.
	pub loss_milli: u32,
	/// How far an honest vector may lie; nothing where vectors of the pair were not measured, so that no embedding can be
	/// audited.
	#[serde(default)]
	pub vector: Option<VectorBands>,
}

impl Bands {
	/// The points of a full chunk.
	const POINTS: u16 = receipt::fingerprint::MAX_POINTS as u16;

	/// What honest runs of the CPU engines need, which differ by nothing at all: the bands around that, in full
	/// chunks. For what is compared without a chain, the self test and the benches.
	pub const CPU: Self = Self::around(
		&Errors {
			mismatches: 0,
			mantissa_milli: 0,
			loss_milli: 0,
		},
		&Errors::one_step(Self::POINTS),
	)
	.with_vectors(VectorBands::EXACT);

	/// The widest that are taken: a quarter of the points, an eighth of a mantissa, one logit; of vectors
	/// [`VectorBands::WIDEST`]. Wider ones would let anything pass.
	pub const WIDEST: Self = Self {
		mismatches: 32,
		mantissa_milli: 16_000,
		loss_milli: 1_000,
		vector: Some(VectorBands::WIDEST),
	};

	/// The bands around the worst of honest runs: everything that they showed, and at least one bf16 step,
	/// lies within half of each. None of vectors yet.
	pub const fn around(worst: &Errors, step: &Errors) -> Self {
		const fn larger(a: u32, b: u32) -> u32 {
			if a > b { a } else { b }
		}
		let mismatches = larger(worst.mismatches as u32, step.mismatches as u32).saturating_mul(2);
		Self {
			mismatches: if mismatches > u16::MAX as u32 {
				u16::MAX
			} else {
				mismatches as u16
			},
			mantissa_milli: larger(worst.mantissa_milli, step.mantissa_milli).saturating_mul(2),
			loss_milli: larger(worst.loss_milli, step.loss_milli).saturating_mul(2),
			vector: None,
		}
	}

	/// These, and those of vectors.
	pub const fn with_vectors(self, vector: VectorBands) -> Self {
		Self {
			vector: Some(vector),
			..self
		}
	}

	/// Whether none is zero and none wider than [`Bands::WIDEST`].
	pub fn are_usable(&self) -> bool {
		let widest = Self::WIDEST;
		(1..=widest.mismatches).contains(&self.mismatches)
			&& (1..=widest.mantissa_milli).contains(&self.mantissa_milli)
			&& (1..=widest.loss_milli).contains(&self.loss_milli)
			&& self.vector.is_none_or(|vector| vector.are_usable())
	}

	/// Whether the fingerprints of runs with these medians lie at twice a band or more: each band of the
	/// fingerprint that tells them apart is then at most half of their error.
	pub fn tell_apart(&self, median: &Errors) -> bool {
		u32::from(median.mismatches) >= u32::from(self.mismatches).saturating_mul(2)
			|| median.mantissa_milli >= self.mantissa_milli.saturating_mul(2)
	}

	/// The same for the losses of their tokens.
	pub fn tell_losses_apart(&self, median: &Errors) -> bool {
		median.loss_milli >= self.loss_milli.saturating_mul(2)
	}
}

fn figures(f: &mut fmt::Formatter<'_>, mismatches: u16, mantissa_milli: u32, loss_milli: u32) -> fmt::Result {
	write!(
		f,
		"{mismatches} points, {:.3} bf16 steps, {:.3} logits",
		f64::from(mantissa_milli) / 1000.0,
		f64::from(loss_milli) / 1000.0
	)
}

impl Display for Bands {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		figures(f, self.mismatches, self.mantissa_milli, self.loss_milli)?;
		match &self.vector {
			Some(vector) => write!(f, "; vectors: {vector}"),
			None => f.write_str("; no vectors"),
		}
	}
}

impl Display for Errors {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		figures(f, self.mismatches, self.mantissa_milli, self.loss_milli)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn one_step_lies_within_half_of_each_band() {
		let bands = Bands::CPU;
		assert_eq!(
			(bands.mismatches, bands.mantissa_milli, bands.loss_milli),
			(2, 16, 2)
		);
		// One point of 128 by one step is 1000 / 128 thousandths.
		assert!(1_000 / 128 <= bands.mantissa_milli / 2);
	}

	#[test]
	fn what_honest_runs_showed_lies_within_half_of_each_band() {
		let worst = Errors {
			mismatches: 3,
			mantissa_milli: 150,
			loss_milli: 0,
		};
		let bands = Bands::around(&worst, &Errors::one_step(4));
		let expected = Bands {
			mismatches: 6,
			mantissa_milli: 500,
			loss_milli: 2,
			vector: None,
		};
		assert_eq!(bands, expected);
		let extreme = Errors {
			mismatches: u16::MAX,
			mantissa_milli: u32::MAX,
			loss_milli: u32::MAX,
		};
		assert!(!Bands::around(&extreme, &extreme).are_usable());
	}

	#[test]
	fn bands_of_nothing_and_of_everything_are_not_usable() {
		assert!(Bands::CPU.are_usable() && Bands::WIDEST.are_usable());
		let without_vectors = Bands {
			vector: None,
			..Bands::CPU
		};
		assert!(without_vectors.are_usable());
		for change in [
			|bands: &mut Bands| {
				bands.vector = Some(VectorBands {
					cosine_ppm: 0,
					max_abs_ppm: 0,
				});
			},
			|bands: &mut Bands| bands.mismatches = 0,
			|bands: &mut Bands| bands.mantissa_milli = 0,
			|bands: &mut Bands| bands.loss_milli = 0,
			|bands: &mut Bands| bands.mismatches = 33,
			|bands: &mut Bands| bands.mantissa_milli = 16_001,
			|bands: &mut Bands| bands.loss_milli = 1_001,
		] {
			let mut bands = Bands::CPU;
			change(&mut bands);
			assert!(!bands.are_usable(), "{bands:?}");
		}
	}

	#[test]
	fn twice_a_band_tells_apart() {
		let errors = |mismatches, mantissa_milli, loss_milli| Errors {
			mismatches,
			mantissa_milli,
			loss_milli,
		};
		let bands = Bands::CPU;
		assert!(bands.tell_apart(&errors(4, 0, 0)) && bands.tell_apart(&errors(0, 32, 0)));
		assert!(!bands.tell_apart(&errors(3, 31, 1_000)));
		assert!(bands.tell_losses_apart(&errors(0, 0, 4)));
		assert!(!bands.tell_losses_apart(&errors(99, 9_999, 3)));
	}
}

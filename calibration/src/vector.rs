//! The figures within which an honest vector lies.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt::{self, Display};
use receipt::CheckKind;
use scale_info::TypeInfo;

/// A whole, in millionths.
const WHOLE: u32 = 1_000_000;

/// How far vectors lay from the auditor's own: of several the worst, or their medians.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct VectorErrors {
	/// What the cosine similarity lacks of one, in millionths.
	pub distance_ppm: u32,
	/// The largest difference of one component of the unit vectors, in millionths.
	pub max_abs_ppm: u32,
}

impl VectorErrors {
	/// The least that is told apart from nothing: a millionth of the cosine, and of a component about an eighth of
	/// the bf16 step that it has in a vector of some hundred.
	pub const STEP: Self = Self {
		distance_ppm: 1,
		max_abs_ppm: 30,
	};

	/// The larger of each.
	pub fn worst(self, other: Self) -> Self {
		Self {
			distance_ppm: self.distance_ppm.max(other.distance_ppm),
			max_abs_ppm: self.max_abs_ppm.max(other.max_abs_ppm),
		}
	}
}

/// How far an honest vector may lie from the auditor's own, within one pair: the bounds of
/// [`CheckKind::VectorRecompute`].
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
pub struct VectorBands {
	/// The smallest cosine similarity, in millionths.
	pub cosine_ppm: u32,
	/// The largest difference of one component, in millionths.
	pub max_abs_ppm: u32,
}

impl VectorBands {
	/// The bands around vectors that differ by nothing.
	pub const EXACT: Self = Self::around(&VectorErrors {
		distance_ppm: 0,
		max_abs_ppm: 0,
	});

	/// The widest that are taken: a thousandth of the cosine, a hundredth of a component.
	pub const WIDEST: Self = Self {
		cosine_ppm: WHOLE - 1_000,
		max_abs_ppm: 10_000,
	};

	/// The bands around the worst of honest vectors: all that they showed, and at least [`VectorErrors::STEP`], lies
	/// within half of each.
	pub const fn around(worst: &VectorErrors) -> Self {
		const fn twice_the_larger(a: u32, b: u32) -> u32 {
			(if a > b { a } else { b }).saturating_mul(2)
		}
		let step = VectorErrors::STEP;
		Self {
			cosine_ppm: WHOLE.saturating_sub(twice_the_larger(worst.distance_ppm, step.distance_ppm)),
			max_abs_ppm: twice_the_larger(worst.max_abs_ppm, step.max_abs_ppm),
		}
	}

	/// What the cosine may lack of one.
	const fn distance_ppm(&self) -> u32 {
		WHOLE.saturating_sub(self.cosine_ppm)
	}

	/// Whether none leaves no room, and none is wider than [`VectorBands::WIDEST`].
	pub fn are_usable(&self) -> bool {
		let widest = Self::WIDEST;
		(widest.cosine_ppm..WHOLE).contains(&self.cosine_ppm)
			&& (1..=widest.max_abs_ppm).contains(&self.max_abs_ppm)
	}

	/// Whether a vector with these errors is taken.
	pub fn hold(&self, errors: &VectorErrors) -> bool {
		errors.distance_ppm <= self.distance_ppm() && errors.max_abs_ppm <= self.max_abs_ppm
	}

	/// The larger of the errors as a part of its band, in thousandths. Above 1000 the vector is not the pair's.
	pub fn error_milli(&self, errors: &VectorErrors) -> u32 {
		[
			(errors.distance_ppm, self.distance_ppm()),
			(errors.max_abs_ppm, self.max_abs_ppm),
		]
		.into_iter()
		.map(|(error, band)| (u64::from(error) * 1_000).div_ceil(u64::from(band.max(1))))
		.max()
		.map_or(0, |error| u32::try_from(error).unwrap_or(u32::MAX))
	}

	/// Whether vectors with these medians lie at twice a band or more.
	pub fn tell_apart(&self, median: &VectorErrors) -> bool {
		median.distance_ppm >= self.distance_ppm().saturating_mul(2)
			|| median.max_abs_ppm >= self.max_abs_ppm.saturating_mul(2)
	}

	/// How work within these bounds is checked.
	pub fn check(&self) -> CheckKind {
		CheckKind::VectorRecompute {
			cosine_ppm: self.cosine_ppm,
			max_abs_ppm: self.max_abs_ppm,
		}
	}
}

fn figures(f: &mut fmt::Formatter<'_>, what: &str, cosine_ppm: u32, max_abs_ppm: u32) -> fmt::Result {
	write!(
		f,
		"{what} {:.6}, {:.6} a component",
		f64::from(cosine_ppm) / f64::from(WHOLE),
		f64::from(max_abs_ppm) / f64::from(WHOLE)
	)
}

impl Display for VectorBands {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		figures(f, "cosine", self.cosine_ppm, self.max_abs_ppm)
	}
}

impl Display for VectorErrors {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		figures(f, "cosine less by", self.distance_ppm, self.max_abs_ppm)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn errors(distance_ppm: u32, max_abs_ppm: u32) -> VectorErrors {
		VectorErrors {
			distance_ppm,
			max_abs_ppm,
		}
	}

	#[test]
	fn what_honest_vectors_showed_lies_within_half_of_each_band() {
		for (worst, cosine_ppm, max_abs_ppm) in [
			(errors(0, 0), 999_998, 60),
			(errors(1, 31), 999_998, 62),
			(errors(40, 0), 999_920, 60),
		] {
			let bands = VectorBands::around(&worst);
			assert_eq!((bands.cosine_ppm, bands.max_abs_ppm), (cosine_ppm, max_abs_ppm));
			assert!(bands.are_usable() && bands.error_milli(&worst) <= 500);
		}
		let extreme = VectorBands::around(&errors(u32::MAX, u32::MAX));
		assert!(!extreme.are_usable(), "{extreme:?}");
	}

	#[test]
	fn bands_of_nothing_and_of_everything_are_not_usable() {
		assert!(VectorBands::EXACT.are_usable() && VectorBands::WIDEST.are_usable());
		for (cosine_ppm, max_abs_ppm) in [
			(0, 60),
			(998_999, 60),
			(1_000_000, 60),
			(1_000_001, 60),
			(999_998, 0),
			(999_998, 10_001),
		] {
			let bands = VectorBands {
				cosine_ppm,
				max_abs_ppm,
			};
			assert!(!bands.are_usable(), "{bands:?}");
		}
	}

	#[test]
	fn one_figure_outside_is_enough_and_twice_a_band_tells_apart() {
		let bands = VectorBands::EXACT;
		for (errors, holds, tells, error_milli) in [
			(errors(0, 0), true, false, 0),
			(errors(2, 60), true, false, 1_000),
			(errors(3, 0), false, false, 1_500),
			(errors(0, 61), false, false, 1_017),
			(errors(4, 0), false, true, 2_000),
			(errors(0, 120), false, true, 2_000),
			(errors(u32::MAX, u32::MAX), false, true, u32::MAX),
		] {
			assert_eq!(bands.hold(&errors), holds, "{errors:?}");
			assert_eq!(bands.tell_apart(&errors), tells, "{errors:?}");
			assert_eq!(bands.error_milli(&errors), error_milli, "{errors:?}");
		}
	}

	#[test]
	fn the_check_names_the_bounds() {
		let expected = CheckKind::VectorRecompute {
			cosine_ppm: 999_998,
			max_abs_ppm: 60,
		};
		assert_eq!(VectorBands::EXACT.check(), expected);
	}
}

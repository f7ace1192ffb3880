//! Parts per million: probabilities and shares.

use crate::Planck;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A probability or a share, in parts per million.
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
	serde::Serialize,
	serde::Deserialize,
)]
pub struct Ppm(u32);

impl Ppm {
	/// Nothing.
	pub const ZERO: Self = Self(0);
	/// Everything.
	pub const ONE: Self = Self(1_000_000);

	/// `parts` millionths, at most one.
	pub const fn new(parts: u32) -> Self {
		Self(if parts > Self::ONE.0 { Self::ONE.0 } else { parts })
	}

	/// So many millionths.
	pub const fn parts(self) -> u32 {
		self.0
	}

	/// Whether it is a share at all: a decoded value may be above one.
	pub const fn is_share(self) -> bool {
		self.0 <= Self::ONE.0
	}

	/// `part / whole`, rounded down, at most one. One where `whole` is zero.
	pub fn ratio(part: u128, whole: u128) -> Self {
		if part >= whole {
			return Self::ONE;
		}
		// Both lose the same bits until the product fits; rounding `whole` up keeps the quotient from being too large.
		let shift = 20u32.saturating_sub(whole.leading_zeros());
		let (part, whole) = (
			part >> shift,
			(whole >> shift).saturating_add(u128::from(shift > 0)),
		);
		Self::new((part.saturating_mul(1_000_000) / whole) as u32)
	}

	/// The share of an amount, rounded down. Exact for every amount.
	pub fn of(self, amount: Planck) -> Planck {
		let one = u128::from(Self::ONE.0);
		let parts = u128::from(self.0.min(Self::ONE.0));
		let (millions, rest) = (amount / one, amount % one);
		// At most `amount`, since `parts` is at most `one`.
		millions
			.saturating_mul(parts)
			.saturating_add(rest.saturating_mul(parts) / one)
	}

	/// The share of a count, rounded up.
	pub fn of_count_up(self, count: u32) -> u32 {
		let product = u64::from(count).saturating_mul(u64::from(self.0.min(Self::ONE.0)));
		product.div_ceil(u64::from(Self::ONE.0)) as u32
	}

	/// The share of a count, rounded down.
	pub fn of_count(self, count: u32) -> u32 {
		let product = u64::from(count).saturating_mul(u64::from(self.0.min(Self::ONE.0)));
		(product / u64::from(Self::ONE.0)) as u32
	}

	/// The product: the chance of both of two independent events. Rounded down.
	pub fn and(self, other: Self) -> Self {
		let product = u64::from(self.0).saturating_mul(u64::from(other.0));
		Self::new((product / u64::from(Self::ONE.0)) as u32)
	}

	/// The quotient, rounded up, at most one. One where `other` is zero.
	pub fn over(self, other: Self) -> Self {
		if other.0 == 0 {
			return Self::ONE;
		}
		let product = u64::from(self.0).saturating_mul(u64::from(Self::ONE.0));
		Self::new(product.div_ceil(u64::from(other.0)).min(u64::from(Self::ONE.0)) as u32)
	}

	/// The sum, at most one: the chance of either of two events that exclude each other.
	pub fn or(self, other: Self) -> Self {
		Self::new(self.0.saturating_add(other.0))
	}

	/// What is missing to one.
	pub fn complement(self) -> Self {
		Self(Self::ONE.0.saturating_sub(self.0))
	}

	/// Whether an event of this probability happens, decided by a uniform word of randomness.
	///
	/// The bias of the remainder is below 2^-44.
	pub fn happens(self, word: u64) -> bool {
		(word % u64::from(Self::ONE.0)) < u64::from(self.0)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn extremes_do_not_overflow() {
		assert_eq!(Ppm::ONE.of(u128::MAX), u128::MAX);
		assert_eq!(Ppm::new(500_000).of(u128::MAX), u128::MAX / 2);
		assert_eq!(Ppm::new(u32::MAX), Ppm::ONE);
		assert_eq!(Ppm::ONE.of_count_up(u32::MAX), u32::MAX);
		assert_eq!(Ppm::ratio(u128::MAX - 1, u128::MAX), Ppm::new(999_999));
		assert_eq!(Ppm::ratio(1 << 107, 1 << 108), Ppm::new(499_999));
		assert_eq!(Ppm::ratio(1 << 106, 1 << 107), Ppm::new(500_000));
		assert_eq!(Ppm::ratio(0, 0), Ppm::ONE);
	}

	#[test]
	fn rounds_as_it_says() {
		assert_eq!(Ppm::new(1).of(999_999), 0);
		assert_eq!(Ppm::new(1).of(1_000_000), 1);
		assert_eq!(Ppm::new(1).of_count_up(1), 1);
		assert_eq!(Ppm::new(1).and(Ppm::new(1)), Ppm::ZERO);
		assert_eq!(Ppm::new(1).over(Ppm::new(999_999)), Ppm::new(2));
		assert_eq!(Ppm::new(7).over(Ppm::ZERO), Ppm::ONE);
		assert_eq!(Ppm::ratio(1, 3), Ppm::new(333_333));
	}

	#[test]
	fn happens_as_often_as_it_says() {
		let often = (0..1_000_000u64)
			.filter(|word| Ppm::new(50_000).happens(*word))
			.count();
		assert_eq!(often, 50_000);
		assert!(!Ppm::ZERO.happens(0));
		assert!(Ppm::ONE.happens(u64::MAX));
	}
}

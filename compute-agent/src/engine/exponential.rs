//! The exponential function without branches, so that compilers do many at once.

/// `e^x`, the bits that `libm::expf` gives for every `x` (a NaN may be another NaN).
///
/// The method is the same (FreeBSD's `e_expf.c`): `x = k ln 2 + r`, a rational approximation of `e^r`,
/// and a scaling by `2^k`. Only where that one branches, this one selects.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
	const LN2_HIGH: f32 = f32::from_bits(0x3f31_7200);
	const LN2_LOW: f32 = f32::from_bits(0x35bf_be8e);
	const INVERSE_LN2: f32 = f32::from_bits(0x3fb8_aa3b);
	const P1: f32 = f32::from_bits(0x3e2a_aa8f);
	const P2: f32 = f32::from_bits(0xbb35_5215);
	/// 2^23.
	const SHIFT: f32 = 8_388_608.0;
	/// Above it the result is infinite, below it zero.
	const LARGEST: f32 = f32::from_bits(0x42b1_7218);
	const SMALLEST: f32 = f32::from_bits(0xc2cf_f1b5);
	/// Sizes as bits without the sign: `2^-13`, half of `ln 2`, one and a half.
	const TINY: u32 = 0x3900_0000;
	const HALF_LN2: u32 = 0x3eb1_7218;
	const THREE_HALVES_LN2: u32 = 0x3f85_1592;

	let (size, sign) = (x.to_bits() & 0x7fff_ffff, x.to_bits() & 0x8000_0000);
	let with_sign = |value: f32| f32::from_bits(value.to_bits() | sign);
	// Whatever lies further out is replaced at the end.
	let bounded = if x < -105.0 { -105.0 } else { x };
	let bounded = if bounded > 89.0 { 89.0 } else { bounded };

	let turns = if size > THREE_HALVES_LN2 {
		INVERSE_LN2 * bounded + with_sign(0.5)
	} else {
		with_sign(1.0)
	};
	let turns = if size > HALF_LN2 { turns } else { 0.0 };
	// Rounded towards zero. A conversion to an integer would do that too, but pays for values that no
	// integer has; next to 2^23 a number's last bits are its whole part.
	let size_of_turns = f32::from_bits(turns.to_bits() & 0x7fff_ffff);
	let nearest = (size_of_turns + SHIFT) - SHIFT;
	let whole = if nearest > size_of_turns {
		nearest - 1.0
	} else {
		nearest
	};
	let k = ((whole + SHIFT).to_bits() & 0xff) as i32;
	let (k, whole) = if sign == 0 { (k, whole) } else { (-k, -whole) };
	let high = bounded - whole * LN2_HIGH;
	let low = whole * LN2_LOW;
	let r = high - low;
	let square = r * r;
	let c = r - square * (P1 + square * P2);
	let y = 1.0 + (r * c / (2.0 - c) - low + high);

	// In two steps, the first of them exact: 2^k itself may not be a normal number.
	let power_of_two = |exponent: i32| f32::from_bits(((exponent + 127) as u32) << 23);
	let first = if k > 127 { 127 } else { 0 };
	let first = if k < -126 { -102 } else { first };
	let y = y * power_of_two(first) * power_of_two(k - first);

	let y = if size > TINY { y } else { 1.0 + x };
	let y = if x >= LARGEST { f32::INFINITY } else { y };
	if x <= SMALLEST { 0.0 } else { y }
}

#[cfg(test)]
mod tests {
	use super::*;

	fn check(x: f32) {
		let (ours, theirs) = (exp(x), libm::expf(x));
		assert!(
			ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan(),
			"{x} ({:x}): {ours} instead of {theirs}",
			x.to_bits()
		);
	}

	#[test]
	fn the_bits_are_those_of_libm() {
		// One of 1021 of all values, and all values around each place where something changes.
		(0..=u32::MAX).step_by(1021).map(f32::from_bits).for_each(check);
		let edges = [
			0.0,
			f32::from_bits(0x3900_0000),
			0.346_573_6,
			1.039_720_8,
			87.336_55,
			88.722_84,
			89.0,
			103.972_08,
			105.0,
			f32::INFINITY,
		];
		for edge in edges.map(f32::to_bits) {
			for bits in edge.saturating_sub(2000)..edge + 2000 {
				check(f32::from_bits(bits));
				check(-f32::from_bits(bits));
			}
		}
	}
}

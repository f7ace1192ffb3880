//! A short proof of hidden states, after TOPLOC (arXiv 2501.16007) with stricter rules.
//!
//! The final-norm hidden states of the whole sequence, rounded to bf16, are cut into chunks of
//! [`CHUNK`] positions. Of each chunk's `n` values the `k` largest by magnitude are kept, as a
//! polynomial over GF(65497) through the points (index, bf16 bits with sign). An auditor computes
//! its own states, takes its own largest values and evaluates the polynomial there: only who had
//! nearly the same states can have written it.
//!
//! A chunk is `2 + 2k` bytes: the modulus that made the indices distinct, then the coefficients,
//! lowest first, all little endian. With `k` = 128 that is 258 bytes for 32 tokens.

use crate::hash::{Domain, Hash, hash};
use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// Positions per chunk. A rest that would be shorter joins the chunk before it.
pub const CHUNK: usize = 32;

/// The most points of one chunk.
pub const MAX_POINTS: usize = 128;

/// The prime of the field.
const PRIME: u32 = 65_497;

/// The smallest modulus tried for long chunks.
const MIN_MODULUS: u32 = 65_437;

/// The fingerprint of a run.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Fingerprint {
	/// One entry per chunk, in order.
	pub chunks: Vec<Vec<u8>>,
}

impl Fingerprint {
	/// The root that stands in the receipt.
	pub fn root(&self) -> Hash {
		hash(Domain::Fingerprint, &self.chunks)
	}
}

/// Why states have no fingerprint, or a fingerprint cannot be compared with states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FingerprintError {
	/// The states are not a whole number of positions, or none.
	#[error("{values} values are not one or more positions of width {width}")]
	Shape {
		/// Values given.
		values: usize,
		/// Values per position.
		width: usize,
	},
	/// A state is infinite or not a number.
	#[error("value {index} is not finite")]
	NotFinite {
		/// Its index in the chunk.
		index: usize,
	},
	/// No modulus makes the indices distinct.
	#[error("no modulus makes the indices of the largest values distinct")]
	NoModulus,
	/// The number of chunks does not fit the length.
	#[error("{given} chunks, but this length has {expected}")]
	ChunkCount {
		/// Chunks given.
		given: usize,
		/// Chunks expected.
		expected: usize,
	},
	/// A chunk has the wrong size or a modulus out of range.
	#[error("chunk {chunk} is malformed")]
	Malformed {
		/// Its number.
		chunk: usize,
	},
}

/// How one chunk differs from one's own states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChunkDifference {
	/// Points compared.
	pub points: u16,
	/// Points whose sign or exponent differs.
	pub mismatches: u16,
	/// The mean difference of the mantissas of the others, in thousandths of a bf16 step.
	pub mantissa_milli: u32,
}

/// Rounds to bf16, ties to even, and returns the bits.
pub fn bf16_bits(value: f32) -> u16 {
	let bits = value.to_bits();
	if value.is_nan() {
		return 0x7fc0;
	}
	let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1));
	(rounded >> 16) as u16
}

/// How many chunks a sequence of so many positions has.
pub fn chunk_count(positions: usize) -> usize {
	(positions / CHUNK).max(1)
}

/// Adds `by` bf16 steps to every value for which an encoded chunk stands: the constant of its polynomial grows. False,
/// and nothing changed, where the bytes are no chunk.
pub(crate) fn shift_values(chunk: &mut [u8], by: u16) -> bool {
	let Some([low, high]) = chunk.get_mut(2..4) else {
		return false;
	};
	let constant = u32::from(u16::from_le_bytes([*low, *high]));
	if constant >= PRIME {
		return false;
	}
	[*low, *high] = (((constant + u32::from(by)) % PRIME) as u16).to_le_bytes();
	true
}

/// The ranges of positions that form the chunks of a sequence.
pub fn chunk_ranges(positions: usize) -> Vec<core::ops::Range<usize>> {
	let count = chunk_count(positions);
	(0..count)
		.map(|i| {
			i * CHUNK..if i + 1 == count {
				positions
			} else {
				(i + 1) * CHUNK
			}
		})
		.collect()
}

/// The fingerprint of hidden states, `states.len() / width` positions of `width` values.
pub fn fingerprint(states: &[f32], width: usize) -> Result<Fingerprint, FingerprintError> {
	let positions = positions(states, width)?;
	let chunks = chunk_ranges(positions)
		.into_iter()
		.map(|range| encode_chunk(&states[range.start * width..range.end * width]))
		.collect::<Result<_, _>>()?;
	Ok(Fingerprint { chunks })
}

/// Compares a fingerprint with one's own states, chunk by chunk.
pub fn compare(
	fingerprint: &Fingerprint,
	states: &[f32],
	width: usize,
) -> Result<Vec<ChunkDifference>, FingerprintError> {
	let ranges = chunk_ranges(positions(states, width)?);
	if ranges.len() != fingerprint.chunks.len() {
		return Err(FingerprintError::ChunkCount {
			given: fingerprint.chunks.len(),
			expected: ranges.len(),
		});
	}
	ranges
		.into_iter()
		.zip(&fingerprint.chunks)
		.enumerate()
		.map(|(number, (range, chunk))| {
			compare_chunk(number, chunk, &states[range.start * width..range.end * width])
		})
		.collect()
}

fn positions(states: &[f32], width: usize) -> Result<usize, FingerprintError> {
	if width == 0 || states.is_empty() || !states.len().is_multiple_of(width) {
		return Err(FingerprintError::Shape {
			values: states.len(),
			width,
		});
	}
	Ok(states.len() / width)
}

/// How many points a chunk of `values` values has.
fn points(values: usize) -> usize {
	(values / 16).clamp(1, MAX_POINTS)
}

/// The `points` largest values by magnitude, as (index, bf16 bits), in the order of their indices.
/// Where magnitudes are equal the lower index comes first.
fn largest(values: &[f32]) -> Result<Vec<(usize, u16)>, FingerprintError> {
	let mut bits = Vec::with_capacity(values.len());
	for (index, value) in values.iter().enumerate() {
		let rounded = bf16_bits(*value);
		if rounded & 0x7f80 == 0x7f80 {
			return Err(FingerprintError::NotFinite { index });
		}
		bits.push((index, rounded));
	}
	let count = points(values.len());
	let order = |a: &(usize, u16), b: &(usize, u16)| (b.1 & 0x7fff).cmp(&(a.1 & 0x7fff)).then(a.0.cmp(&b.0));
	if count < bits.len() {
		bits.select_nth_unstable_by(count, order);
		bits.truncate(count);
	}
	bits.sort_unstable_by_key(|point| point.0);
	Ok(bits)
}

fn encode_chunk(values: &[f32]) -> Result<Vec<u8>, FingerprintError> {
	let largest = largest(values)?;
	let modulus = modulus(values.len(), &largest).ok_or(FingerprintError::NoModulus)?;
	let points: Vec<(u32, u32)> = largest
		.iter()
		.map(|(index, bits)| (*index as u32 % modulus, u32::from(*bits)))
		.collect();
	let coefficients = interpolate(&points);
	let mut bytes = Vec::with_capacity(2 + 2 * coefficients.len());
	bytes.extend_from_slice(&(modulus as u16).to_le_bytes());
	for coefficient in coefficients {
		bytes.extend_from_slice(&(coefficient as u16).to_le_bytes());
	}
	Ok(bytes)
}

/// The modulus that keeps the indices distinct: the prime itself where the chunk is short enough.
fn modulus(values: usize, largest: &[(usize, u16)]) -> Option<u32> {
	if values <= PRIME as usize {
		return Some(PRIME);
	}
	(MIN_MODULUS..=PRIME).find(|modulus| {
		let mut reduced: Vec<u32> = largest.iter().map(|(index, _)| *index as u32 % modulus).collect();
		reduced.sort_unstable();
		reduced.windows(2).all(|pair| pair[0] != pair[1])
	})
}

fn compare_chunk(number: usize, chunk: &[u8], values: &[f32]) -> Result<ChunkDifference, FingerprintError> {
	let largest = largest(values)?;
	let malformed = FingerprintError::Malformed { chunk: number };
	if chunk.len() != 2 + 2 * largest.len() {
		return Err(malformed);
	}
	let words: Vec<u32> = chunk
		.chunks_exact(2)
		.map(|b| u32::from(u16::from_le_bytes([b[0], b[1]])))
		.collect();
	let (modulus, coefficients) = (words[0], &words[1..]);
	// A free choice of the modulus would let a forger fold many indices onto few points.
	let expected_range = if values.len() <= PRIME as usize {
		PRIME..=PRIME
	} else {
		MIN_MODULUS..=PRIME
	};
	if !expected_range.contains(&modulus) || coefficients.iter().any(|c| *c >= PRIME) {
		return Err(malformed);
	}
	let places: Vec<u32> = largest.iter().map(|(index, _)| *index as u32 % modulus).collect();
	let mut mismatches = 0u16;
	let mut mantissa_sum = 0u32;
	for ((_, own), claimed) in largest.iter().zip(evaluate(coefficients, &places)) {
		if claimed > u32::from(u16::MAX) || (claimed as u16) >> 7 != own >> 7 {
			mismatches += 1;
		} else {
			mantissa_sum += (claimed as u16 & 0x7f).abs_diff(own & 0x7f) as u32;
		}
	}
	let matching = largest.len() as u32 - u32::from(mismatches);
	Ok(ChunkDifference {
		points: largest.len() as u16,
		mismatches,
		mantissa_milli: (mantissa_sum * 1000).checked_div(matching).unwrap_or(0),
	})
}

/// The product of two numbers below [`PRIME`]: it has room in 32 bits, and so has its sum with a third.
fn multiply(a: u32, b: u32) -> u32 {
	a * b % PRIME
}

fn subtract(a: u32, b: u32) -> u32 {
	(a + PRIME - b) % PRIME
}

/// The inverse by Fermat's little theorem.
fn inverse(a: u32) -> u32 {
	let (mut base, mut exponent, mut result) = (a, PRIME - 2, 1);
	while exponent > 0 {
		if exponent & 1 == 1 {
			result = multiply(result, base);
		}
		base = multiply(base, base);
		exponent >>= 1;
	}
	result
}

/// The coefficients, lowest first, of the polynomial through points with distinct `x` (Lagrange). The inner loops run
/// over all points at once, so that compilers use whole registers.
fn interpolate(points: &[(u32, u32)]) -> Vec<u32> {
	let places: Vec<u32> = points.iter().map(|point| point.0).collect();
	// Point i contributes y_i / prod (x_i - x_j) times prod (x - x_j), both without j = i.
	let mut weights = vec![1u32; points.len()];
	for other in &places {
		for (weight, place) in weights.iter_mut().zip(&places) {
			let difference = subtract(*place, *other);
			*weight = multiply(*weight, if difference == 0 { 1 } else { difference });
		}
	}
	for (weight, point) in weights.iter_mut().zip(points) {
		*weight = multiply(inverse(*weight), point.1 % PRIME);
	}
	// The product over all points, without its highest coefficient, which is one.
	let mut product = vec![0u32; points.len()];
	for (degree, place) in places.iter().enumerate() {
		for j in (0..=degree).rev() {
			let here = if j == degree { 1 } else { product[j] };
			let below = if j == 0 { 0 } else { product[j - 1] };
			product[j] = subtract(below, multiply(here, *place));
		}
	}
	// That product over (x - x_i), for every i, from its highest coefficient down.
	let mut quotients = vec![1u32; points.len()];
	let mut coefficients = vec![0u32; points.len()];
	for (coefficient, next) in coefficients.iter_mut().zip(&product).rev() {
		let sum: u64 = weights
			.iter()
			.zip(&quotients)
			.map(|(weight, quotient)| u64::from(multiply(*weight, *quotient)))
			.sum();
		*coefficient = (sum % u64::from(PRIME)) as u32;
		for (quotient, place) in quotients.iter_mut().zip(&places) {
			*quotient = (*quotient * *place + *next) % PRIME;
		}
	}
	coefficients
}

/// The polynomial's values at these places, all below [`PRIME`].
fn evaluate(coefficients: &[u32], places: &[u32]) -> Vec<u32> {
	let mut sums = vec![0u32; places.len()];
	for coefficient in coefficients.iter().rev() {
		for (sum, place) in sums.iter_mut().zip(places) {
			*sum = (*sum * *place + *coefficient) % PRIME;
		}
	}
	sums
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	/// States that look like a model's: few large values, many small ones.
	fn states(positions: usize, width: usize, salt: u32) -> Vec<f32> {
		(0..positions * width)
			.map(|i| {
				let h = crate::hash::hash(Domain::Noise, &(salt, i as u32));
				let unit = f32::from(u16::from_le_bytes([h[0], h[1]])) / 32_768.0 - 1.0;
				unit * unit * unit * 8.0
			})
			.collect()
	}

	#[test]
	fn own_states_match_exactly() {
		for positions in [1, 5, 31, 32, 33, 63, 64, 100] {
			let states = states(positions, 64, 1);
			let proof = fingerprint(&states, 64).expect("finite");
			assert_eq!(proof.chunks.len(), (positions / 32).max(1));
			for difference in compare(&proof, &states, 64).expect("same shape") {
				assert_eq!((difference.mismatches, difference.mantissa_milli), (0, 0));
			}
		}
	}

	#[test]
	fn a_full_chunk_takes_258_bytes() {
		assert_eq!(
			fingerprint(&states(32, 256, 1), 256).expect("finite").chunks[0].len(),
			258
		);
	}

	#[test]
	fn other_states_do_not_match() {
		let proof = fingerprint(&states(32, 256, 1), 256).expect("finite");
		let difference = compare(&proof, &states(32, 256, 2), 256).expect("same shape")[0];
		assert!(difference.mismatches > 120, "{difference:?}");
	}

	#[test]
	fn a_chunk_longer_than_the_field_still_matches_itself() {
		let states = states(40, 2048, 3);
		let proof = fingerprint(&states, 2048).expect("finite");
		let difference = compare(&proof, &states, 2048).expect("same shape")[0];
		assert_eq!(
			difference,
			ChunkDifference {
				points: 128,
				mismatches: 0,
				mantissa_milli: 0
			}
		);
	}

	#[test]
	fn a_foreign_modulus_is_malformed() {
		let states = states(32, 64, 1);
		let mut proof = fingerprint(&states, 64).expect("finite");
		proof.chunks[0][..2].copy_from_slice(&7u16.to_le_bytes());
		assert_eq!(
			compare(&proof, &states, 64),
			Err(FingerprintError::Malformed { chunk: 0 })
		);
	}

	#[test]
	fn states_that_are_not_finite_have_no_fingerprint() {
		assert_eq!(
			fingerprint(&[1.0, f32::NAN], 2),
			Err(FingerprintError::NotFinite { index: 1 })
		);
		assert_eq!(
			fingerprint(&[f32::INFINITY, 1.0], 2),
			Err(FingerprintError::NotFinite { index: 0 })
		);
		assert_eq!(
			fingerprint(&[1.0; 3], 2),
			Err(FingerprintError::Shape { values: 3, width: 2 })
		);
	}

	#[test]
	fn rounding_is_to_even() {
		assert_eq!(bf16_bits(1.0), 0x3f80);
		assert_eq!(bf16_bits(f32::from_bits(0x3f80_8000)), 0x3f80);
		assert_eq!(bf16_bits(f32::from_bits(0x3f81_8000)), 0x3f82);
		assert_eq!(bf16_bits(-2.5), 0xc020);
	}

	/// One point at a time, in 64 bits: what the fast functions are compared with.
	mod plain {
		use super::{PRIME, inverse, subtract};

		fn multiply(a: u32, b: u32) -> u32 {
			(u64::from(a) * u64::from(b) % u64::from(PRIME)) as u32
		}

		/// Newton's divided differences, then expanded.
		pub(super) fn interpolate(points: &[(u32, u32)]) -> Vec<u32> {
			let count = points.len();
			let mut differences: Vec<u32> = points.iter().map(|point| point.1).collect();
			for level in 1..count {
				for i in (level..count).rev() {
					let numerator = subtract(differences[i], differences[i - 1]);
					let denominator = subtract(points[i].0, points[i - level].0);
					differences[i] = multiply(numerator, inverse(denominator));
				}
			}
			let mut coefficients = vec![0u32; count];
			for i in (0..count).rev() {
				// coefficients = coefficients * (x - x_i) + differences[i]
				for j in (1..count).rev() {
					coefficients[j] = subtract(coefficients[j - 1], multiply(coefficients[j], points[i].0));
				}
				coefficients[0] =
					(subtract(0, multiply(coefficients[0], points[i].0)) + differences[i]) % PRIME;
			}
			coefficients
		}

		pub(super) fn evaluate(coefficients: &[u32], x: u32) -> u32 {
			let step = |sum, c: &u32| (multiply(sum, x) + c) % PRIME;
			coefficients.iter().rev().fold(0, step)
		}
	}

	proptest! {
		#[test]
		fn interpolation_meets_every_point(
			points in proptest::collection::btree_map(0..PRIME, 0..PRIME, 1..64)
		) {
			let points: Vec<(u32, u32)> = points.into_iter().collect();
			let coefficients = interpolate(&points);
			let (places, values): (Vec<u32>, Vec<u32>) = points.iter().copied().unzip();
			prop_assert_eq!(evaluate(&coefficients, &places), values);
			prop_assert_eq!(coefficients, plain::interpolate(&points));
		}

		#[test]
		fn all_places_at_once_give_what_each_gives(
			coefficients in proptest::collection::vec(0..PRIME, 0..130),
			places in proptest::collection::vec(0..PRIME, 0..130),
		) {
			let each: Vec<u32> = places.iter().map(|place| plain::evaluate(&coefficients, *place)).collect();
			prop_assert_eq!(evaluate(&coefficients, &places), each);
		}

		#[test]
		fn hostile_chunks_never_panic(chunk in proptest::collection::vec(any::<u8>(), 0..300), positions in 1usize..40) {
			let states = states(positions, 16, 9);
			let _ = compare(&Fingerprint { chunks: vec![chunk] }, &states, 16);
		}
	}
}

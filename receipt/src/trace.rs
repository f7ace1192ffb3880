//! The trace of an audit: values from the middle of a run that only who ran the model knows.
//!
//! A verdict can be whispered from one auditor to another. So each auditor shows with its verdict some of the values
//! that its own run put into the cache of one layer: which layer, positions and features is drawn from the receipt and
//! from the auditor ([`points`]), so that every auditor owes others. In a court each auditor also commits to what the
//! trace of its neighbour has to be ([`Evidence::neighbour`]), and a later stage says which traces of the stages before
//! are untrue ([`Evidence::untrue`]). The points lie at the end of the text, so that they depend on all of it.
//!
//! A trace needs to be near, not exact: who ran the model on another arithmetic has looked, too.

use crate::{
	Account, Hash, Verdict,
	fingerprint::bf16_bits,
	hash::{Domain, hash},
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Values of one trace.
pub const POINTS: usize = 16;

/// Values that must agree for two traces to be the same. Each may differ by an eighth of itself and of their median.
pub const SAME: usize = 12;

/// Where fewer values than these agree, two traces are clearly of different runs.
pub const OTHER: usize = 8;

/// A trace is read in so many of the last positions.
pub const LAST: u32 = 16;

/// The most earlier findings of which one auditor can say that their trace is untrue.
pub const MAX_EARLIER: u32 = u64::BITS;

/// Whose trace of a receipt, and in which round: no two are read at the same points.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Tracer {
	/// The auditor.
	pub auditor: Account,
	/// The round in which it sat, as in [`salt_message`](crate::attestation::salt_message).
	pub round: u8,
}

/// A finding of an earlier stage, with what its auditor showed: what a later one has to look at.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Shown {
	/// Whose, and of which round.
	pub tracer: Tracer,
	/// What it said.
	pub verdict: Verdict,
	/// What it showed of its run.
	pub trace: Option<Trace>,
}

/// Values of a run at the points of one auditor, as bf16 bits.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct Trace(pub [u16; POINTS]);

/// What shows that an auditor ran the model. Nothing of it stands with a verdict for which nobody has to.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct Evidence {
	/// Its own trace. `None` where the engine of the pair cannot read one.
	pub trace: Option<Trace>,
	/// What the trace of the next seat of its stage has to be; after the last comes the first. `None` of one alone.
	pub neighbour: Option<Trace>,
	/// Bit by bit, beginning with the lowest, which findings of the stages before have an untrue trace.
	pub untrue: u64,
}

/// The shape of what a run leaves behind in an engine's cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
	/// Layers.
	pub layers: u32,
	/// Positions that were fed.
	pub positions: u32,
	/// Values that attention keeps of one position in one layer.
	pub features: u32,
}

/// Where one value of a trace is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
	/// The layer, from the upper half: whoever computes it has computed all below.
	pub layer: u32,
	/// The position, one of the [`LAST`]: attention looks back, so that whoever computes it has read all of the text.
	pub position: u32,
	/// The feature.
	pub feature: u32,
}

/// The points of a trace: all in one layer, which is drawn as well. `None` where there is nothing to read.
pub fn points(receipt: &Hash, tracer: &Tracer, shape: &Shape) -> Option<[Point; POINTS]> {
	let seed = hash(Domain::Trace, &(receipt, tracer));
	let below = shape.layers / 2;
	let layer = below.checked_add(remainder(&seed, 0, shape.layers.checked_sub(below)?)?)?;
	let mut points = [Point {
		layer,
		position: 0,
		feature: 0,
	}; POINTS];
	for (number, point) in points.iter_mut().enumerate() {
		let words = hash(Domain::Trace, &(&seed, number as u32));
		let from_end = remainder(&words, 0, shape.positions.min(LAST))?;
		point.position = shape.positions.saturating_sub(from_end).saturating_sub(1);
		point.feature = remainder(&words, 1, shape.features)?;
	}
	Some(points)
}

/// The remainder of one of a hash's words; `None` of a division by zero.
fn remainder(hash: &Hash, word: usize, divisor: u32) -> Option<u32> {
	let mut bytes = [0; 8];
	bytes.copy_from_slice(&hash[8 * word..8 * word + 8]);
	u64::from_le_bytes(bytes)
		.checked_rem(divisor.into())
		.map(|rest| rest as u32)
}

impl Trace {
	/// The trace of these values, in the order of the [`points`].
	pub fn of(values: &[f32; POINTS]) -> Self {
		Self(values.map(bf16_bits))
	}

	/// How many of the values are nearly the same. What is no finite number agrees with nothing.
	pub fn agreeing(&self, other: &Self) -> usize {
		let all = || self.0.iter().chain(&other.0).copied();
		let largest = all().map(exponent).max().unwrap_or(0);
		let mut magnitudes: Vec<u64> = all().map(|bits| fixed(bits, largest).unsigned_abs()).collect();
		magnitudes.sort_unstable();
		let median = magnitudes.get((magnitudes.len() / 2).saturating_sub(1)).copied();
		let allowed = |of: u64| of / 8;
		let agree = self.0.iter().zip(&other.0).filter(|(own, other)| {
			let (own, other) = (fixed(**own, largest), fixed(**other, largest));
			let either = own.unsigned_abs().max(other.unsigned_abs());
			own.abs_diff(other) <= allowed(either).saturating_add(allowed(median.unwrap_or(0)))
		});
		if largest < EXPONENT_MASK { agree.count() } else { 0 }
	}
}

/// How what one auditor shows relates to what another computed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
	/// They are of one run.
	Same,
	/// They are not near enough to be the same, and not clearly of different runs: nobody can be blamed who found the one
	/// where another found the other.
	Doubtful,
	/// They are of different runs, or one is of none.
	Other,
}

/// Compares a trace with what it has to be. Where the engine reads no traces neither side has one, and they are the same.
pub fn compare(shown: Option<&Trace>, computed: Option<&Trace>) -> Likeness {
	let agreeing = match (shown, computed) {
		(None, None) => POINTS,
		(Some(shown), Some(computed)) => shown.agreeing(computed),
		_ => 0,
	};
	match agreeing {
		SAME.. => Likeness::Same,
		OTHER.. => Likeness::Doubtful,
		_ => Likeness::Other,
	}
}

/// The exponent of what is not finite.
const EXPONENT_MASK: u16 = 0xff;

/// Bits below the largest value's that still count.
const FRACTION: u16 = 32;

fn exponent(bits: u16) -> u16 {
	bits >> 7 & EXPONENT_MASK
}

/// A finite value as a multiple of a unit that lies [`FRACTION`] bits below the mantissa's of the exponent `largest`. What is
/// smaller than that unit is zero; so are subnormal values.
fn fixed(bits: u16, largest: u16) -> i64 {
	let exponent = exponent(bits);
	if exponent == 0 {
		return 0;
	}
	let mantissa = i64::from(bits & 0x7f | 0x80) << FRACTION;
	let value = mantissa
		.checked_shr(largest.saturating_sub(exponent).into())
		.unwrap_or(0);
	if bits & 0x8000 == 0 { value } else { -value }
}

#[cfg(test)]
mod tests {
	use super::{Likeness::*, *};
	use alloc::collections::BTreeSet;

	const SHAPE: Shape = Shape {
		layers: 5,
		positions: 40,
		features: 24,
	};

	fn tracer(auditor: u8, round: u8) -> Tracer {
		Tracer {
			auditor: [auditor; 32],
			round,
		}
	}

	#[test]
	fn every_auditor_reads_elsewhere_at_the_end_of_one_of_the_upper_layers() {
		let mut layers = BTreeSet::new();
		let mut seen = Vec::new();
		for auditor in 0..40 {
			for (receipt, round) in [([1; 32], 0), ([1; 32], 1), ([2; 32], 0)] {
				let points =
					points(&receipt, &tracer(auditor, round), &SHAPE).expect("there is something to read");
				assert!(!seen.contains(&points));
				assert!(points.iter().all(|point| {
					point.layer == points[0].layer && (24..40).contains(&point.position) && point.feature < 24
				}));
				layers.insert(points[0].layer);
				seen.push(points);
			}
		}
		assert_eq!(layers.into_iter().collect::<Vec<_>>(), [2, 3, 4]);
	}

	#[test]
	fn nothing_is_read_where_there_is_nothing() {
		for shape in [
			Shape { layers: 0, ..SHAPE },
			Shape {
				positions: 0,
				..SHAPE
			},
			Shape { features: 0, ..SHAPE },
		] {
			assert_eq!(points(&[1; 32], &tracer(1, 0), &shape), None);
		}
		let single = Shape { layers: 1, ..SHAPE };
		assert!(points(&[1; 32], &tracer(1, 0), &single).is_some());
	}

	#[test]
	fn near_traces_agree_and_others_do_not() {
		let base: [f32; POINTS] = core::array::from_fn(|i| (i as f32 - 7.3) * 0.11);
		let own = Trace::of(&base);
		let check = |values: [f32; POINTS], expect: Likeness| {
			let other = Trace::of(&values);
			assert_eq!(compare(Some(&own), Some(&other)), expect, "{values:?}");
			assert_eq!(compare(Some(&other), Some(&own)), expect, "{values:?}");
		};
		check(base, Same);
		check(base.map(|value| value * 1.05), Same);
		check(base.map(|value| value * 1.5), Other);
		check(base.map(|value| -value), Other);
		check([0.0; POINTS], Other);
		check([1e-30; POINTS], Other);
		check([f32::INFINITY; POINTS], Other);
		check([f32::NAN; POINTS], Other);
		let mut swapped = base;
		swapped.reverse();
		check(swapped, Other);
		// A large value that is right does not hide that the others are not.
		let large: [f32; POINTS] = core::array::from_fn(|i| if i == 0 { 900.0 } else { base[i] });
		let hidden: [f32; POINTS] = core::array::from_fn(|i| if i == 0 { 900.0 } else { base[15 - i] });
		assert_eq!(
			compare(Some(&Trace::of(&large)), Some(&Trace::of(&hidden))),
			Other
		);
		// Nor do a few wrong ones matter where most are right.
		let wrong = |count: usize| core::array::from_fn(|i| if i < count { 9.0 } else { base[i] });
		check(wrong(4), Same);
		check(wrong(5), Doubtful);
		check(wrong(8), Doubtful);
		check(wrong(9), Other);
	}

	#[test]
	fn what_is_not_finite_agrees_with_nothing_not_even_itself() {
		let infinite = Trace([0x7f80; POINTS]);
		assert_eq!(infinite.agreeing(&infinite), 0);
		let zero = Trace([0; POINTS]);
		assert_eq!(zero.agreeing(&zero), POINTS);
	}

	#[test]
	fn where_no_trace_can_be_read_none_is_asked_for() {
		let trace = Trace([0x3f80; POINTS]);
		assert_eq!(compare(None, None), Same);
		assert_eq!(compare(Some(&trace), Some(&trace)), Same);
		assert_eq!(compare(None, Some(&trace)), Other);
		assert_eq!(compare(Some(&trace), None), Other);
	}
}

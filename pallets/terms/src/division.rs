//! Divides an amount by weights, exactly.

use crate::types::Planck;
use alloc::{vec, vec::Vec};

/// Divides `amount` in the ratio of `weights` by the largest remainder.
///
/// The answer has one entry a weight, in the same order, and sums to `amount` to the last unit
/// whenever a weight is above zero. Each entry is its exact share rounded down or up. The units
/// that rounding leaves go to the entries with the largest remainders; between equal remainders
/// the earlier entry comes first. An entry of weight zero gets nothing.
///
/// When every weight is zero nobody can be given anything: all entries are zero, and the caller
/// has to name who gets the amount.
pub fn largest_remainder(amount: Planck, weights: &[u32]) -> Vec<Planck> {
	let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
	if total == 0 {
		return vec![0; weights.len()];
	}
	// amount = quotient * total + rest, so amount * weight / total is
	// quotient * weight + rest * weight / total. Nothing here can overflow: the first term is at
	// most `amount`, and `rest` and `weight` are both smaller than 2^64.
	let (quotient, rest) = (amount / total, amount % total);
	let mut parts = Vec::with_capacity(weights.len());
	let mut remainders = Vec::with_capacity(weights.len());
	let mut given: Planck = 0;
	for (index, weight) in weights.iter().enumerate() {
		let weight = u128::from(*weight);
		let product = rest.saturating_mul(weight);
		let part = quotient.saturating_mul(weight).saturating_add(product / total);
		given = given.saturating_add(part);
		parts.push(part);
		remainders.push((product % total, index));
	}
	// Fewer units are left than there are remainders above zero, because each is below one unit.
	let left = usize::try_from(amount.saturating_sub(given)).unwrap_or(usize::MAX);
	remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
	for (_, index) in remainders.into_iter().take(left) {
		if let Some(part) = parts.get_mut(index) {
			*part = part.saturating_add(1);
		}
	}
	parts
}

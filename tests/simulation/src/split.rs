//! The division of a fee, exact to the last unit: the largest remainder, as the payout's rule-book has it.

use verification::Planck;

/// Creator, upstream, node, validators, treasury: 45 / 20 / 25 / 5 / 5.
pub const SPLIT: [u128; 5] = [45, 20, 25, 5, 5];

/// The parts of one fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
	/// For the workflow's owner.
	pub creator: Planck,
	/// For the workflow on which it builds.
	pub upstream: Planck,
	/// For the node.
	pub node: Planck,
	/// For the validators' pool.
	pub validators: Planck,
	/// For the treasury.
	pub treasury: Planck,
}

/// Divides `fee` by [`SPLIT`]. The parts sum to it. Units that are left go to the largest remainders, between equal
/// ones to the first.
pub fn divide(fee: Planck) -> Parts {
	let total: u128 = SPLIT.iter().sum();
	let (quotient, rest) = (fee / total, fee % total);
	let mut parts = SPLIT.map(|weight| quotient * weight + rest * weight / total);
	let mut order: Vec<usize> = (0..SPLIT.len()).collect();
	order.sort_by_key(|index| (std::cmp::Reverse(rest * SPLIT[*index] % total), *index));
	let left = fee - parts.iter().sum::<u128>();
	for index in order.into_iter().take(left as usize) {
		parts[index] += 1;
	}
	let [creator, upstream, node, validators, treasury] = parts;
	Parts {
		creator,
		upstream,
		node,
		validators,
		treasury,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn sums_to_the_fee_and_rounds_by_the_largest_remainder() {
		for fee in (0..2_000).chain([u128::from(u64::MAX), u128::MAX / 100]) {
			let parts = divide(fee);
			let sum = parts.creator + parts.upstream + parts.node + parts.validators + parts.treasury;
			assert_eq!(sum, fee);
		}
		// 4.95, 2.2, 2.75, .55, .55: two units are left, for creator and node.
		let parts = divide(11);
		assert_eq!(
			[
				parts.creator,
				parts.upstream,
				parts.node,
				parts.validators,
				parts.treasury
			],
			[5, 2, 3, 1, 0]
		);
	}
}

//! Division is exact and fair to the unit.

use crate::largest_remainder;
use proptest::prelude::*;

#[test]
fn known_divisions() {
	let check = |amount, weights: &[u32], expect: &[u128]| {
		assert_eq!(
			largest_remainder(amount, weights),
			expect,
			"{amount} by {weights:?}"
		);
	};
	check(100, &[45, 20, 25, 5, 5], &[45, 20, 25, 5, 5]);
	// Between equal remainders the earlier entry comes first.
	check(1, &[1, 1, 1], &[1, 0, 0]);
	check(2, &[1, 1, 1], &[1, 1, 0]);
	// 10 * 2/7 = 2.86, 10 * 5/7 = 7.14.
	check(10, &[2, 5], &[3, 7]);
	check(7, &[0, 3], &[0, 7]);
	check(7, &[0, 0], &[0, 0]);
	check(7, &[], &[]);
	check(u128::MAX, &[1], &[u128::MAX]);
	check(
		u128::MAX,
		&[u32::MAX, u32::MAX],
		&[u128::MAX / 2 + 1, u128::MAX / 2],
	);
}

proptest! {
	#[test]
	fn nothing_is_lost_and_nobody_is_off_by_a_unit(
		amount in 0..=u128::MAX / (1 << 40),
		weights in prop::collection::vec(0u32..=1_000_000, 1..40),
	) {
		let parts = largest_remainder(amount, &weights);
		let total: u128 = weights.iter().map(|w| u128::from(*w)).sum();
		prop_assert_eq!(parts.len(), weights.len());
		prop_assert_eq!(parts.iter().sum::<u128>(), if total == 0 { 0 } else { amount });
		for (part, weight) in parts.iter().zip(&weights) {
			let exact = amount * u128::from(*weight);
			if let Some(share) = exact.checked_div(total) {
				prop_assert!(*part == share || *part == exact.div_ceil(total));
			}
		}
	}

	#[test]
	fn any_amount_and_any_weights_sum(
		amount in any::<u128>(),
		weights in prop::collection::vec(1u32.., 1..40),
	) {
		prop_assert_eq!(largest_remainder(amount, &weights).iter().sum::<u128>(), amount);
	}
}

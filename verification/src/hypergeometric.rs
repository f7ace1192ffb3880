//! Exact chances of a draw without replacement.

use crate::Ppm;

/// The largest population: the largest validator set.
pub const MAX_POPULATION: u32 = 256;

/// The largest sample: the largest jury.
pub const MAX_SAMPLE: u32 = 21;

/// n over k. Exact for n up to [`MAX_POPULATION`] and k up to [`MAX_SAMPLE`]: 256 over 21 is below 2^104.
fn choose(n: u32, k: u32) -> u128 {
	if k > n {
		return 0;
	}
	// After step i the product is n over i, so that each division leaves no rest.
	(0..k).fold(1u128, |product, i| {
		product.saturating_mul(u128::from(n.saturating_sub(i))) / u128::from(i.saturating_add(1))
	})
}

/// The chance that a sample of `sample` from `population`, of which `good` are good, holds at least
/// `least` good ones.
///
/// The sum of the ways is exact and the one division rounds down, so the result is less than one
/// millionth too low. Zero where the population or the sample is beyond the bounds, or where the sample is
/// larger than the population: a chance that cannot be computed must not be counted on.
pub fn at_least(population: u32, good: u32, sample: u32, least: u32) -> Ppm {
	if population > MAX_POPULATION || sample > MAX_SAMPLE || sample > population || good > population {
		return Ppm::ZERO;
	}
	let bad = population.saturating_sub(good);
	let ways: u128 = (least..=sample.min(good))
		.map(|found| choose(good, found).saturating_mul(choose(bad, sample.saturating_sub(found))))
		.sum();
	// At most 2^104 by Vandermonde's identity, so a million times as much still fits.
	let all = choose(population, sample);
	if all == 0 {
		return Ppm::ZERO;
	}
	Ppm::new((ways.saturating_mul(u128::from(Ppm::ONE.parts())) / all) as u32)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn known_values() {
		assert_eq!(choose(52, 5), 2_598_960);
		assert_eq!(choose(256, 21) >> 104, 0);
		assert_eq!(at_least(10, 10, 5, 5), Ppm::ONE);
		assert_eq!(at_least(10, 0, 5, 1), Ppm::ZERO);
		assert_eq!(at_least(10, 0, 5, 0), Ppm::ONE);
		// One good of two, sample one.
		assert_eq!(at_least(2, 1, 1, 1), Ppm::new(500_000));
		// Five cards, at least one ace of four: 886_656 / 2_598_960.
		assert_eq!(at_least(52, 4, 5, 1), Ppm::new(341_158));
		assert_eq!(at_least(257, 200, 5, 1), Ppm::ZERO);
		assert_eq!(at_least(10, 5, 11, 1), Ppm::ZERO);
		assert_eq!(at_least(256, 256, 21, 21), Ppm::ONE);
	}

	#[test]
	fn opposite_chances_sum_to_one() {
		for population in [4, 7, 40, 100, 255, 256] {
			let bad = population / 3;
			for sample in [1, 4, 7, 21].into_iter().filter(|sample| *sample <= population) {
				for least in 0..=sample {
					let good_enough = at_least(population, population - bad, sample, least).parts();
					let too_bad = at_least(population, bad, sample, sample - least + 1).parts();
					let sum = good_enough + too_bad;
					assert!(
						(999_998..=1_000_000).contains(&sum),
						"{population} {sample} {least}: {sum}"
					);
				}
			}
		}
	}
}

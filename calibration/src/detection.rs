//! How likely a dishonest run is seen, by its length.

use verification::{Bucket, Ppm};

/// A pair's detection power, by the number of tokens compared. See [`is_table`].
pub type Detection = [Bucket; 5];

/// The longest runs of each range, in tokens that are compared: prompt and answer without its last token.
pub const BUCKETS: [u32; 5] = [8, 32, 128, 512, u32::MAX];

/// Whether lengths and powers rise, the last length is unlimited, and the longest runs are seen at all.
pub fn is_table(detection: &Detection) -> bool {
	let rise = detection.is_sorted_by(|short, long| short.up_to < long.up_to && short.power <= long.power);
	let [.., last] = detection;
	rise && last.up_to == u32::MAX && last.power > Ppm::ZERO && last.power.is_share()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_table_rises_and_ends_unlimited() {
		let table = Bucket::ASSUMED;
		assert_eq!(table.map(|bucket| bucket.up_to), BUCKETS);
		assert!(is_table(&table));
		for change in [
			|table: &mut Detection| table[1].up_to = 8,
			|table: &mut Detection| table[1].power = Ppm::ZERO,
			|table: &mut Detection| table[4].up_to = 1_000,
			|table: &mut Detection| {
				*table = table.map(|bucket| Bucket {
					power: Ppm::ZERO,
					..bucket
				})
			},
		] {
			let mut table = table;
			change(&mut table);
			assert!(!is_table(&table), "{table:?}");
		}
	}
}

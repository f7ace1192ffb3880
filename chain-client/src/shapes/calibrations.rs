//! Calibrations of pairs.

use super::check;
use crate::calibrations::Calibration;

pub(super) fn calibration_entry() -> calibration::Entry {
	calibration::Entry {
		record: [1; 32],
		model: [2; 32],
		bands: calibration::Bands {
			mismatches: 3,
			mantissa_milli: 4,
			loss_milli: 5,
			vector: Some(calibration::VectorBands::EXACT),
		},
		detection: calibration::Bucket::ASSUMED,
	}
}

#[test]
fn calibrations() {
	check(
		"pallet_calibration::types::Calibration",
		Calibration {
			entry: calibration_entry().into(),
			registered_at: 6,
		},
	);
}

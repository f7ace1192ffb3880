//! Which pairs are calibrated, and who says so.

use crate::{Calibration, Error, Event, mock::*};
use calibration::{Bands, Bucket, Entry, Ppm, VectorBands};
use frame_support::{assert_noop, assert_ok};
use frame_system::RawOrigin;
use polkadot_sdk::*;
use receipt::PairKey;
use sp_runtime::DispatchError;

fn congress() -> RuntimeOrigin {
	RawOrigin::Signed(CONGRESS).into()
}

fn detection_of(pair: PairKey) -> Option<[Bucket; 5]> {
	Pairs::calibration(pair).map(|calibration| calibration.entry.detection)
}

fn vector_bands_of(pair: PairKey) -> Option<VectorBands> {
	Pairs::calibration(pair).and_then(|calibration| calibration.entry.bands.vector)
}

#[test]
fn the_genesis_calibrates_its_pairs() {
	new_test_ext().execute_with(|| {
		check();
		let expected = Calibration {
			entry: ENTRY,
			registered_at: 0,
		};
		assert_eq!(Pairs::calibration(GENESIS_PAIR), Some(expected));
		assert_eq!(Pairs::calibrations(), [(GENESIS_PAIR, expected)]);
		assert!(Pairs::is_calibrated(&GENESIS_PAIR, &ENTRY.model));
	});
}

#[test]
fn the_congress_registers_a_pair_for_one_model() {
	new_test_ext().execute_with(|| {
		System::set_block_number(7);
		assert!(!Pairs::is_calibrated(&PAIR, &ENTRY.model));
		assert_ok!(Pairs::register(congress(), PAIR, ENTRY));
		check();
		assert!(Pairs::is_calibrated(&PAIR, &ENTRY.model));
		assert!(
			!Pairs::is_calibrated(&PAIR, &[9; 32]),
			"the pair is of another model"
		);
		System::assert_last_event(
			Event::Registered {
				pair: PAIR,
				model: ENTRY.model,
				record: ENTRY.record,
			}
			.into(),
		);
		assert_eq!(
			Pairs::calibration(PAIR).map(|calibration| calibration.registered_at),
			Some(7)
		);
	});
}

#[test]
fn a_new_measurement_replaces_the_old_one() {
	new_test_ext().execute_with(|| {
		assert_noop!(
			Pairs::register(congress(), GENESIS_PAIR, ENTRY),
			Error::<Test>::Unchanged
		);
		let wider = Bands {
			mantissa_milli: 20,
			..ENTRY.bands
		};
		let entry = Entry {
			record: [8; 32],
			bands: wider,
			..ENTRY
		};
		assert_ok!(Pairs::register(congress(), GENESIS_PAIR, entry));
		check();
		assert_eq!(
			Pairs::calibration(GENESIS_PAIR).map(|calibration| calibration.entry),
			Some(entry)
		);
	});
}

#[test]
fn nobody_else_registers_or_withdraws() {
	new_test_ext().execute_with(|| {
		for origin in [RawOrigin::Root, RawOrigin::None, RawOrigin::Signed(ALICE)] {
			assert_noop!(
				Pairs::register(origin.clone().into(), PAIR, ENTRY),
				DispatchError::BadOrigin
			);
			assert_noop!(
				Pairs::withdraw(origin.into(), GENESIS_PAIR),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn what_audits_cannot_go_by_is_refused() {
	new_test_ext().execute_with(|| {
		let mut entry = ENTRY;
		entry.bands.mantissa_milli = 0;
		assert_noop!(
			Pairs::register(congress(), PAIR, entry),
			Error::<Test>::BandsNotUsable
		);
		let mut entry = ENTRY;
		entry.detection[2].power = Ppm::ZERO;
		assert_noop!(
			Pairs::register(congress(), PAIR, entry),
			Error::<Test>::DetectionNotUsable
		);
		// Bonds cover what a cheat costs down to the smallest power of the terms.
		let mut entry = ENTRY;
		let least = entry.detection[0].power.parts();
		entry.detection[0].power = Ppm::new(least - 1);
		assert_noop!(
			Pairs::register(congress(), PAIR, entry),
			Error::<Test>::DetectionTooLow
		);
		entry.detection = entry.detection.map(|bucket| Bucket {
			power: Ppm::new(least),
			..bucket
		});
		assert_eq!(detection_of(PAIR), None);
		assert_ok!(Pairs::register(congress(), PAIR, entry));
		assert_eq!(detection_of(PAIR), Some(entry.detection));
		assert_ok!(Pairs::withdraw(congress(), PAIR));
		assert_eq!(detection_of(PAIR), None);
	});
}

#[test]
fn vectors_are_audited_only_where_they_were_measured() {
	new_test_ext().execute_with(|| {
		assert_eq!(vector_bands_of(GENESIS_PAIR), Some(VectorBands::EXACT));
		assert_eq!(vector_bands_of(PAIR), None);
		let mut entry = ENTRY;
		entry.bands.vector = None;
		assert_ok!(Pairs::register(congress(), PAIR, entry));
		check();
		assert!(Pairs::is_calibrated(&PAIR, &entry.model));
		assert_eq!(vector_bands_of(PAIR), None);
		assert_ok!(Pairs::withdraw(congress(), GENESIS_PAIR));
		assert_eq!(vector_bands_of(GENESIS_PAIR), None);
		entry.bands.vector = Some(VectorBands {
			cosine_ppm: 0,
			max_abs_ppm: 0,
		});
		assert_noop!(
			Pairs::register(congress(), PAIR, entry),
			Error::<Test>::BandsNotUsable
		);
	});
}

#[test]
fn there_are_only_so_many_pairs() {
	new_test_ext().execute_with(|| {
		for number in 1..MAX_PAIRS {
			assert_ok!(Pairs::register(congress(), [100 + number as u8; 32], ENTRY));
		}
		assert_noop!(
			Pairs::register(congress(), PAIR, ENTRY),
			Error::<Test>::TooManyPairs
		);
		// One that is there can still be changed.
		let entry = Entry {
			record: [8; 32],
			..ENTRY
		};
		assert_ok!(Pairs::register(congress(), GENESIS_PAIR, entry));
		check();
	});
}

#[test]
#[should_panic(expected = "a genesis calibration is none")]
fn a_genesis_with_unusable_bands_is_none() {
	use frame_support::traits::BuildGenesisConfig;
	let mut entry = ENTRY;
	entry.bands.loss_milli = 0;
	let genesis = crate::GenesisConfig::<Test> {
		calibrations: vec![crate::GenesisCalibration { pair: PAIR, entry }],
		..Default::default()
	};
	new_test_ext().execute_with(|| genesis.build());
}

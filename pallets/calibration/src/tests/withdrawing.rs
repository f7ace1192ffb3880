//! How a pair goes.

use crate::{Error, Event, mock::*};
use frame_support::{assert_noop, assert_ok};
use frame_system::RawOrigin;
use polkadot_sdk::*;

fn congress() -> RuntimeOrigin {
	RawOrigin::Signed(CONGRESS).into()
}

#[test]
fn a_withdrawn_pair_is_gone() {
	new_test_ext().execute_with(|| {
		System::set_block_number(5);
		assert_ok!(Pairs::withdraw(congress(), GENESIS_PAIR));
		check();
		System::assert_last_event(Event::Withdrawn { pair: GENESIS_PAIR }.into());
		assert!(!Pairs::is_calibrated(&GENESIS_PAIR, &ENTRY.model));
		assert_eq!(Pairs::calibration(GENESIS_PAIR), None);
		for pair in [GENESIS_PAIR, PAIR] {
			assert_noop!(Pairs::withdraw(congress(), pair), Error::<Test>::NotCalibrated);
		}
	});
}

#[test]
fn a_withdrawn_pair_can_be_registered_again() {
	new_test_ext().execute_with(|| {
		assert_ok!(Pairs::withdraw(congress(), GENESIS_PAIR));
		assert_ok!(Pairs::register(congress(), GENESIS_PAIR, ENTRY));
		check();
		assert!(Pairs::is_calibrated(&GENESIS_PAIR, &ENTRY.model));
	});
}

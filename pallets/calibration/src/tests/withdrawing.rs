//! How a pair goes, and that jobs under way keep its bands.

use crate::{Error, Event, mock::*};
use frame_support::{assert_noop, assert_ok};
use frame_system::RawOrigin;
use polkadot_sdk::*;
use sp_runtime::DispatchError;

fn congress() -> RuntimeOrigin {
	RawOrigin::Signed(CONGRESS).into()
}

fn anyone() -> RuntimeOrigin {
	RawOrigin::Signed(ALICE).into()
}

#[test]
fn a_withdrawn_pair_takes_no_jobs_and_keeps_its_bands() {
	new_test_ext().execute_with(|| {
		System::set_block_number(5);
		assert_ok!(Pairs::withdraw(congress(), GENESIS_PAIR));
		check();
		System::assert_last_event(Event::Withdrawn { pair: GENESIS_PAIR }.into());
		assert!(!Pairs::is_calibrated(&GENESIS_PAIR, &ENTRY.model));
		let calibration = Pairs::calibration(GENESIS_PAIR).expect("it stays");
		assert_eq!((calibration.entry, calibration.withdrawn_at), (ENTRY, Some(5)));
		assert_noop!(
			Pairs::withdraw(congress(), GENESIS_PAIR),
			Error::<Test>::NotInForce
		);
		assert_noop!(Pairs::withdraw(congress(), PAIR), Error::<Test>::NotInForce);
	});
}

#[test]
fn a_withdrawn_pair_can_be_registered_again() {
	new_test_ext().execute_with(|| {
		assert_ok!(Pairs::withdraw(congress(), GENESIS_PAIR));
		assert_ok!(Pairs::register(congress(), GENESIS_PAIR, ENTRY));
		check();
		assert!(Pairs::is_calibrated(&GENESIS_PAIR, &ENTRY.model));
		assert_noop!(Pairs::forget(anyone(), GENESIS_PAIR), Error::<Test>::NotWithdrawn);
	});
}

#[test]
fn anyone_removes_what_no_job_needs_any_more() {
	new_test_ext().execute_with(|| {
		assert_noop!(Pairs::forget(anyone(), GENESIS_PAIR), Error::<Test>::NotWithdrawn);
		System::set_block_number(10);
		assert_ok!(Pairs::withdraw(congress(), GENESIS_PAIR));
		System::set_block_number(10 + RETENTION);
		assert_noop!(
			Pairs::forget(anyone(), GENESIS_PAIR),
			Error::<Test>::TooEarlyToForget
		);
		System::set_block_number(11 + RETENTION);
		assert_noop!(
			Pairs::forget(RawOrigin::None.into(), GENESIS_PAIR),
			DispatchError::BadOrigin
		);
		assert_ok!(Pairs::forget(anyone(), GENESIS_PAIR));
		check();
		System::assert_last_event(Event::Forgotten { pair: GENESIS_PAIR }.into());
		assert_eq!(Pairs::calibration(GENESIS_PAIR), None);
	});
}

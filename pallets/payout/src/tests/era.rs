//! The pool of an era goes to correct verdicts, to the unit.

use crate::{Error, Event, Part, Payee, PayeeKind::*, Points, mock::*};
use frame_support::{assert_noop, assert_ok};
use pallet_terms::Planck;
use polkadot_sdk::*;

/// Fills the pool as a settlement does.
fn fill(amount: Planck) {
	let parts: [Part; 1] = [(Validator, Payee::Account(Payout::pool()), amount)];
	hold(amount);
	assert_ok!(Payout::pay_in(&CALLER, &FeeReason::get(), &parts));
}

#[test]
fn a_verdict_that_is_taken_back_has_no_part() {
	new_test_ext().execute_with(|| {
		fill(100);
		for validator in [10, 10, 11] {
			Payout::credit_verdict(&account(validator));
		}
		Payout::discredit_verdict(&account(10));
		Payout::discredit_verdict(&account(11));
		// Who has none has nothing to lose.
		Payout::discredit_verdict(&account(11));
		Payout::discredit_verdict(&account(12));
		assert_eq!(Payout::end_era_if_due(ERA), 1);
		assert_eq!(Payout::owed(account(10)), 100);
		assert_eq!(Payout::owed(account(11)), 0);
		assert_ok!(Payout::do_try_state());
	});
}

#[test]
fn an_era_divides_the_pool_equally_among_correct_verdicts() {
	new_test_ext().execute_with(|| {
		fill(1_000);
		for (validator, verdicts) in [(10, 2), (11, 1), (12, 4)] {
			for _ in 0..verdicts {
				Payout::credit_verdict(&account(validator));
			}
		}
		assert_eq!(Payout::end_era_if_due(ERA + 1), 0, "the era still runs");
		assert_eq!(Payout::end_era_if_due(2 * ERA), 3);
		// 1000 by seven points: 142 each, and six stay.
		for (validator, earned) in [(10, 284), (11, 142), (12, 568)] {
			assert_eq!(Payout::owed(account(validator)), earned);
		}
		assert_eq!(Payout::owed(Payout::pool()), 6);
		System::assert_last_event(
			Event::EraEnded {
				paid: 994,
				each: 142,
				verdicts: 7,
			}
			.into(),
		);
		assert!(Points::<Test>::get().is_empty());
		assert_ok!(Payout::do_try_state());
		assert_ok!(Payout::claim(RuntimeOrigin::signed(account(12))));
		assert_ok!(Payout::do_try_state());
	});
}

#[test]
fn an_era_without_verdicts_or_money_keeps_what_there_is() {
	new_test_ext().execute_with(|| {
		fill(500);
		assert_eq!(Payout::end_era(), 0);
		assert_eq!(Payout::owed(Payout::pool()), 500);
		Payout::credit_verdict(&account(10));
		assert_eq!(Payout::end_era(), 1);
		assert_eq!(Payout::owed(account(10)), 500);
		assert_eq!(Payout::owed(Payout::pool()), 0);
		Payout::credit_verdict(&account(10));
		assert_eq!(Payout::end_era(), 0);
		assert_ok!(Payout::do_try_state());
	});
}

#[test]
fn nobody_can_have_the_pool_paid_out() {
	new_test_ext().execute_with(|| {
		fill(500);
		assert_noop!(
			Payout::claim_for(RuntimeOrigin::signed(CALLER), Payout::pool()),
			Error::<Test>::PoolIsDividedByEra
		);
	});
}

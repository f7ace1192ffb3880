//! Who may claim what.

use crate::{Error, Event, Owed, Payee, PayeeKind::*, mock::*};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use pallet_terms::Planck;
use polkadot_sdk::*;
use sp_runtime::{DispatchError, TokenError};

fn owe(payee: Payee, amount: Planck) {
	hold(amount);
	assert_ok!(Payout::pay_in(
		&CALLER,
		&FeeReason::get(),
		&[(Creator, payee, amount)]
	));
}

#[test]
fn an_account_claims_once() {
	new_test_ext().execute_with(|| {
		let payee = Payee::Account(account(5));
		owe(payee.clone(), 300);
		owe(payee.clone(), 200);
		assert_ok!(Payout::claim(RuntimeOrigin::signed(account(5))));
		assert_eq!(Balances::balance(&account(5)), 500);
		System::assert_last_event(
			Event::Claimed {
				payee: payee.clone(),
				to: account(5),
				amount: 500,
			}
			.into(),
		);
		assert!(!Owed::<Test>::contains_key(&payee));
		assert_noop!(
			Payout::claim(RuntimeOrigin::signed(account(5))),
			Error::<Test>::NothingOwed
		);
		assert_eq!(Balances::balance(&Payout::pot()), ED);
		assert_ok!(Payout::do_try_state());
	});
}

#[test]
fn anyone_may_have_another_account_paid_and_only_that_account() {
	new_test_ext().execute_with(|| {
		owe(Payee::Account(account(5)), 300);
		assert_ok!(Payout::claim_for(RuntimeOrigin::signed(account(6)), account(5)));
		assert_eq!(Balances::balance(&account(5)), 300);
		assert_eq!(Balances::balance(&account(6)), 0);
		assert_noop!(
			Payout::claim_for(RuntimeOrigin::none(), account(5)),
			DispatchError::BadOrigin
		);
		assert_ok!(Payout::do_try_state());
	});
}

#[test]
fn the_owner_of_the_day_claims_a_workflow() {
	new_test_ext().execute_with(|| {
		set_owner(9, Some(account(5)));
		owe(Payee::Workflow(9), 300);
		assert_noop!(
			Payout::claim_workflow(RuntimeOrigin::signed(account(6)), 9),
			Error::<Test>::NotOwner
		);
		set_owner(9, Some(account(6)));
		assert_ok!(Payout::claim_workflow(RuntimeOrigin::signed(account(6)), 9));
		assert_eq!(Balances::balance(&account(6)), 300);
		assert_eq!(Payout::owed_workflow(9), 0);
		assert_eq!(Payout::earned_workflow(9), 300);
		assert_ok!(Payout::do_try_state());
	});
}

#[test]
fn what_nobody_owns_goes_to_the_treasury() {
	new_test_ext().execute_with(|| {
		owe(Payee::Workflow(9), 300);
		assert_ok!(Payout::claim_workflow(RuntimeOrigin::signed(account(6)), 9));
		assert_eq!(Balances::balance(&TreasuryAccount::get()), 300);
		assert_ok!(Payout::do_try_state());
	});
}

#[test]
fn less_than_an_account_needs_stays_owed() {
	new_test_ext().execute_with(|| {
		owe(Payee::Account(account(5)), ED - 1);
		assert_noop!(
			Payout::claim(RuntimeOrigin::signed(account(5))),
			TokenError::BelowMinimum
		);
		assert_eq!(Payout::owed(account(5)), ED - 1);
		owe(Payee::Account(account(5)), 1);
		assert_ok!(Payout::claim(RuntimeOrigin::signed(account(5))));
		assert_ok!(Payout::do_try_state());
	});
}

//! Fees come in whole, and the books are right after each.

use crate::{Error, Event, Part, Payee, PayeeKind::*, mock::*};
use frame_support::{
	assert_noop, assert_ok,
	traits::fungible::{Inspect, InspectHold},
};
use pallet_terms::Planck;
use polkadot_sdk::*;
use proptest::prelude::*;
use sp_runtime::{AccountId32, TokenError};

fn parts(treasury: Planck) -> Vec<Part> {
	vec![
		(Creator, Payee::Workflow(9), 450),
		(Upstream, Payee::Workflow(2), 200),
		(Node, Payee::Account(account(50)), 250),
		(Validator, Payee::Account(account(50)), 50),
		(Treasury, Payee::Account(TreasuryAccount::get()), treasury),
	]
}

fn held(who: &AccountId32) -> Planck {
	Balances::balance_on_hold(&FeeReason::get(), who)
}

#[test]
fn genesis_gives_the_pot_its_existential_deposit() {
	new_test_ext().execute_with(|| {
		assert_eq!(Balances::balance(&Payout::pot()), ED);
		assert_eq!(Balances::total_issuance(), CALLER_FUNDS + ED);
		assert_ok!(Payout::do_try_state());
	});
}

#[test]
fn a_fee_is_credited_and_the_rest_of_the_hold_stays() {
	new_test_ext().execute_with(|| {
		hold(2_000);
		assert_ok!(Payout::pay_in(&CALLER, &FeeReason::get(), &parts(150)));
		assert_eq!(held(&CALLER), 900);
		assert_eq!(Payout::owed_workflow(9), 450);
		assert_eq!(Payout::owed_workflow(2), 200);
		// The node was a validator too: one entry holds both parts.
		assert_eq!(Payout::owed(account(50)), 300);
		assert_eq!(Balances::balance(&TreasuryAccount::get()), 150);
		assert_eq!(Payout::pot_account(), (Payout::pot(), 950));
		assert_eq!(Balances::balance(&Payout::pot()), 950 + ED);
		System::assert_last_event(
			Event::Settled {
				payer: CALLER,
				total: 1_100,
				parts: parts(150),
			}
			.into(),
		);
		assert_ok!(Payout::do_try_state());
	});
}

#[test]
fn a_treasury_that_cannot_take_its_part_is_credited() {
	new_test_ext().execute_with(|| {
		hold(1_000);
		assert_ok!(Payout::pay_in(&CALLER, &FeeReason::get(), &parts(50)));
		assert_eq!(Balances::balance(&TreasuryAccount::get()), 0);
		assert_eq!(Payout::owed(TreasuryAccount::get()), 50);
		assert_ok!(Payout::do_try_state());
	});
}

#[test]
fn a_hold_that_is_too_small_changes_nothing() {
	new_test_ext().execute_with(|| {
		// Enough for the pot, not for the treasury: the first transfer must be undone.
		hold(1_000);
		assert_noop!(
			Payout::pay_in(&CALLER, &FeeReason::get(), &parts(150)),
			TokenError::Frozen
		);
		assert_eq!(held(&CALLER), 1_000);
	});
}

#[test]
fn too_many_parts_and_overflow_are_refused() {
	new_test_ext().execute_with(|| {
		let many = vec![(Creator, Payee::Workflow(1), 1); crate::MAX_PARTS as usize + 1];
		assert_noop!(
			Payout::pay_in(&CALLER, &FeeReason::get(), &many),
			Error::<Test>::TooManyParts
		);
		let huge = vec![
			(Creator, Payee::Workflow(1), Planck::MAX),
			(Treasury, Payee::Workflow(1), 1),
		];
		assert_noop!(
			Payout::pay_in(&CALLER, &FeeReason::get(), &huge),
			Error::<Test>::Overflow
		);
	});
}

#[test]
fn the_payer_may_pay_its_last_unit() {
	new_test_ext().execute_with(|| {
		let all = CALLER_FUNDS - ED;
		hold(all);
		let one = [(Creator, Payee::Workflow(9), all)];
		assert_ok!(Payout::pay_in(&CALLER, &FeeReason::get(), &one));
		assert_eq!(held(&CALLER), 0);
		assert_ok!(Payout::do_try_state());
	});
}

#[test]
fn wrong_books_are_found() {
	new_test_ext().execute_with(|| {
		crate::Owed::<Test>::insert(Payee::Account(account(3)), 5);
		assert!(Payout::do_try_state().is_err());
		crate::TotalOwed::<Test>::put(5);
		// The entries sum, but the pot holds nothing for them.
		assert!(Payout::do_try_state().is_err());
	});
}

#[derive(Clone, Debug)]
enum Action {
	PayIn(Vec<(u8, u32, Planck)>),
	Claim(u8),
	ClaimFor(u8),
	ClaimWorkflow(u8, u32),
	Own(u32, Option<u8>),
}

fn action() -> impl Strategy<Value = Action> {
	let part = (0u8..5, 0u32..4, 0u128..2_000);
	prop_oneof![
		prop::collection::vec(part, 0..6).prop_map(Action::PayIn),
		(2u8..6).prop_map(Action::Claim),
		(2u8..6).prop_map(Action::ClaimFor),
		(2u8..6, 0u32..4).prop_map(|(who, workflow)| Action::ClaimWorkflow(who, workflow)),
		(0u32..4, prop::option::of(2u8..6)).prop_map(|(workflow, who)| Action::Own(workflow, who)),
	]
}

fn perform(action: Action) -> sp_runtime::DispatchResult {
	let signed = |who| RuntimeOrigin::signed(account(who));
	match action {
		Action::PayIn(parts) => {
			let parts: Vec<Part> = parts
				.into_iter()
				.map(|(kind, id, amount)| match kind {
					0 => (Creator, Payee::Workflow(id), amount),
					1 => (Upstream, Payee::Workflow(id), amount),
					2 => (Node, Payee::Account(account(id as u8 + 2)), amount),
					3 => (Validator, Payee::Account(account(id as u8 + 2)), amount),
					_ => (Treasury, Payee::Account(TreasuryAccount::get()), amount),
				})
				.collect();
			let total: Planck = parts.iter().map(|part| part.2).sum();
			hold(total);
			assert_ok!(Payout::pay_in(&CALLER, &FeeReason::get(), &parts));
			assert_eq!(held(&CALLER), 0);
			Ok(())
		}
		Action::Claim(who) => Payout::claim(signed(who)),
		Action::ClaimFor(who) => Payout::claim_for(signed(9), account(who)),
		Action::ClaimWorkflow(who, workflow) => Payout::claim_workflow(signed(who), workflow),
		Action::Own(workflow, who) => {
			set_owner(workflow, who.map(account));
			Ok(())
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn any_sequence_keeps_the_books_and_the_issuance(
		actions in prop::collection::vec(action(), 0..40),
	) {
		new_test_ext().execute_with(|| {
			let issuance = Balances::total_issuance();
			for action in actions {
				// Refusals are part of the sequence: what counts is that the books stay right.
				let _ = frame_support::storage::with_storage_layer(|| perform(action));
				assert_ok!(Payout::do_try_state());
				assert_eq!(Balances::total_issuance(), issuance);
			}
		});
	}
}

//! Offers, acceptance and bans.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use polkadot_sdk::*;
use sp_runtime::{DispatchError, TokenError};

#[test]
fn a_workflow_and_its_deposit_change_hands_in_two_steps() {
	new_test_ext().execute_with(|| {
		let workflow = publish(ALICE, input(1));
		let deposit = held(&ALICE);
		assert_noop!(Registry::accept(signed(BOB), workflow), Error::<Test>::NotOffered);
		assert_ok!(Registry::offer(signed(ALICE), workflow, Some(BOB)));
		System::assert_last_event(
			Event::Offered {
				workflow,
				to: Some(BOB),
			}
			.into(),
		);
		// Until it is accepted the owner stays the owner.
		assert_eq!(Registry::owner_of(workflow), Some(ALICE));
		assert_noop!(
			Registry::accept(signed(ALICE), workflow),
			Error::<Test>::NotOffered
		);
		assert_ok!(Registry::accept(signed(BOB), workflow));
		System::assert_last_event(
			Event::OwnerChanged {
				workflow,
				from: ALICE,
				to: BOB,
			}
			.into(),
		);
		assert_eq!(Registry::owner_of(workflow), Some(BOB));
		assert_eq!((held(&ALICE), held(&BOB)), (0, deposit));
		assert_noop!(Registry::accept(signed(BOB), workflow), Error::<Test>::NotOffered);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn an_offer_can_be_taken_back_and_needs_the_deposit() {
	new_test_ext().execute_with(|| {
		let workflow = publish(ALICE, input(1));
		assert_noop!(
			Registry::offer(signed(BOB), workflow, Some(BOB)),
			Error::<Test>::NotOwner
		);
		assert_noop!(
			Registry::offer(signed(ALICE), workflow, Some(ALICE)),
			Error::<Test>::AlreadyOwner
		);
		assert_ok!(Registry::offer(signed(ALICE), workflow, Some(POOR)));
		assert_noop!(
			Registry::accept(signed(POOR), workflow),
			TokenError::FundsUnavailable
		);
		assert_ok!(Registry::offer(signed(ALICE), workflow, Some(BOB)));
		assert_ok!(Registry::offer(signed(ALICE), workflow, None));
		assert_noop!(Registry::accept(signed(BOB), workflow), Error::<Test>::NotOffered);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn a_banned_workflow_is_nobodys_and_its_manifest_is_free() {
	new_test_ext().execute_with(|| {
		let workflow = publish(ALICE, input(1));
		let child = publish(BOB, with_parents(2, &[(workflow, 1, 1_000_000)]));
		assert_ok!(Registry::offer(signed(ALICE), workflow, Some(BOB)));
		assert_noop!(Registry::ban(signed(ALICE), workflow), DispatchError::BadOrigin);
		assert_ok!(Registry::ban(RuntimeOrigin::root(), workflow));
		System::assert_last_event(Event::Banned { workflow }.into());
		assert_eq!(Registry::owner_of(workflow), None);
		assert_eq!(Registry::callable(workflow, 1), Err(Error::Banned));
		// Running jobs and what builds on it go on.
		assert!(Registry::snapshot(workflow, 1).is_some());
		assert!(Registry::callable(child, 1).is_ok());
		let price = Price {
			mode: PriceMode::Share,
			base: 1,
			per_token: 1,
		};
		for refused in [
			Registry::set_price(signed(ALICE), workflow, price),
			Registry::new_version(signed(ALICE), workflow, Box::new(input(3))),
			Registry::offer(signed(ALICE), workflow, None),
			Registry::accept(signed(BOB), workflow),
			Registry::retire(signed(ALICE), workflow),
			Registry::ban(RuntimeOrigin::root(), workflow),
		] {
			assert_eq!(refused, Err(Error::<Test>::Banned.into()));
		}
		assert_noop!(
			Registry::ban(RuntimeOrigin::root(), 99),
			Error::<Test>::UnknownWorkflow
		);
		let rightful = publish(BOB, input(1));
		assert_eq!(Registry::by_manifest([1; 32]), Some((rightful, 1)));
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn the_deposit_of_a_banned_workflow_is_the_treasurys() {
	new_test_ext().execute_with(|| {
		let kept = publish(ALICE, input(1));
		let stays = held(&ALICE);
		let banned = publish(ALICE, input(2));
		assert_ok!(Registry::new_version(signed(ALICE), banned, Box::new(input(3))));
		let deposit = held(&ALICE) - stays;
		let (free, issued) = (Balances::balance(&ALICE), Balances::total_issuance());
		assert_ok!(Registry::ban(RuntimeOrigin::root(), banned));
		assert_eq!(Balances::balance(&TREASURY), deposit);
		assert_eq!((held(&ALICE), Balances::balance(&ALICE)), (stays, free));
		assert_eq!(Balances::total_issuance(), issued);
		assert_eq!(Workflows::<Test>::get(banned).map(|entry| entry.deposit), Some(0));
		assert_eq!(
			Workflows::<Test>::get(kept).map(|entry| entry.deposit),
			Some(stays)
		);
		assert_ok!(Registry::do_try_state());

		// One that its owner retired before is no different.
		assert_ok!(Registry::retire(signed(ALICE), kept));
		assert_ok!(Registry::ban(RuntimeOrigin::root(), kept));
		assert_eq!(Balances::balance(&TREASURY), deposit + stays);
		assert_eq!(held(&ALICE), 0);
		assert_ok!(Registry::do_try_state());
	});
}

//! How a bond leaves.

use crate::{
	AuditKeyOwner, Error, Event, Ledgers, Pallet, PeerKeyOwner,
	mock::*,
	types::{Chunk, Role, SlashReason},
};

type Staking = Pallet<Test>;

fn chunks(seed: u8) -> Vec<Chunk> {
	Ledgers::<Test>::get(account(seed))
		.expect("bonded")
		.unlocking
		.into_inner()
}

#[test]
fn a_part_may_leave_down_to_the_minimum() {
	empty(|| {
		no(Error::NotBonded, || Staking::unbond(signed(7), 1));
		ok(bond(7, Role::Node, NODE_MINIMUM + 100));
		no(Error::NothingToDo, || Staking::unbond(signed(7), 0));
		no(Error::BelowMinimum, || Staking::unbond(signed(7), 101));
		no(Error::InsufficientBond, || {
			Staking::unbond(signed(7), NODE_MINIMUM + 101)
		});
		ok(Staking::unbond(signed(7), 60));
		ok(Staking::unbond(signed(7), 40));
		let release_at = 1 + DELAY as u32;
		assert_eq!(
			chunks(7),
			vec![Chunk {
				amount: 100,
				release_at
			}],
			"one block, one chunk"
		);
		assert_eq!(held(7), NODE_MINIMUM + 100, "it stays held until it is withdrawn");
		assert!(!Ledgers::<Test>::get(account(7)).expect("bonded").chilled);
	});
}

#[test]
fn withdrawal_waits_for_the_delay() {
	empty(|| {
		ok(bond(7, Role::Node, NODE_MINIMUM + 100));
		no(Error::NothingToWithdraw, || withdraw(7));
		ok(Staking::unbond(signed(7), 60));
		run_to(5);
		ok(Staking::unbond(signed(7), 40));
		run_to(DELAY);
		no(Error::NothingToWithdraw, || withdraw(7));
		run_to(DELAY + 1);
		ok(withdraw(7));
		assert_eq!(held(7), NODE_MINIMUM + 40);
		run_to(DELAY + 5);
		ok(withdraw(7));
		assert_eq!(held(7), NODE_MINIMUM);
		System::assert_last_event(
			Event::Withdrawn {
				account: account(7),
				amount: 40,
			}
			.into(),
		);
	});
}

#[test]
fn unbonding_everything_chills_and_withdrawing_it_forgets_the_account() {
	empty(|| {
		serve(7, NODE_MINIMUM);
		ok(Staking::unbond(signed(7), NODE_MINIMUM));
		assert!(Ledgers::<Test>::get(account(7)).expect("bonded").chilled);
		no(Error::BelowMinimum, || Staking::resume(signed(7)));
		run_to(1 + DELAY);
		ok(withdraw(7));
		assert_eq!(held(7), 0);
		assert_eq!(Staking::account(account(7)), None);
		assert_eq!(PeerKeyOwner::<Test>::iter().count(), 0);
		assert_eq!(AuditKeyOwner::<Test>::iter().count(), 0);
		System::assert_last_event(Event::Closed { account: account(7) }.into());
		// The account may come back in another role.
		ok(bond(7, Role::Validator, VALIDATOR_MINIMUM));
	});
}

#[test]
fn chunks_are_bounded() {
	empty(|| {
		ok(bond(7, Role::Node, NODE_MINIMUM + 100));
		for block in 1..=16 {
			run_to(block);
			ok(Staking::unbond(signed(7), 1));
		}
		run_to(17);
		no(Error::TooManyChunks, || Staking::unbond(signed(7), 1));
		run_to(1 + DELAY);
		ok(withdraw(7));
		ok(Staking::unbond(signed(7), 1));
	});
}

#[test]
fn nothing_leaves_while_something_is_owed() {
	empty(|| {
		serve(7, 2 * NODE_MINIMUM);
		ok(bond(8, Role::Validator, VALIDATOR_MINIMUM));
		ok(Staking::open_exposure(&account(7), 100));
		no(Error::BondNotCovering, || {
			Staking::unbond(signed(7), NODE_MINIMUM + NODE_MINIMUM)
		});
		ok(Staking::unbond(signed(7), NODE_MINIMUM));
		Staking::open_audit(&account(8));
		Staking::open_audit(&account(8));
		ok(Staking::unbond(signed(8), VALIDATOR_MINIMUM));
		run_to(1 + DELAY);
		no(Error::HasOpenJobs, || withdraw(7));
		no(Error::OwesAudits, || withdraw(8));
		Staking::close_exposure(&account(7), 100);
		Staking::close_audit(&account(8));
		no(Error::OwesAudits, || withdraw(8));
		Staking::close_audit(&account(8));
		ok(withdraw(7));
		ok(withdraw(8));
		assert_eq!((held(7), held(8)), (NODE_MINIMUM, 0));
	});
}

#[test]
fn a_bond_slashed_to_nothing_can_be_closed() {
	empty(|| {
		ok(bond(7, Role::Validator, VALIDATOR_MINIMUM));
		assert_eq!(slash(7, SlashReason::Collusion), VALIDATOR_MINIMUM);
		check();
		ok(withdraw(7));
		assert_eq!(Staking::account(account(7)), None);
	});
}

#[test]
fn a_closed_bond_frees_the_session_keys() {
	network(|| {
		let has_keys = |seed| pallet_session::NextKeys::<Test>::contains_key(account(seed));
		ok(bond(5, Role::Validator, VALIDATOR_MINIMUM));
		set_session_keys(5);
		assert!(set_session_key(8, 5).is_err(), "another has that key");
		ok(bond(6, Role::Validator, VALIDATOR_MINIMUM));
		ok(Staking::unbond(signed(5), VALIDATOR_MINIMUM));
		ok(Staking::unbond(signed(6), VALIDATOR_MINIMUM));
		run_to(1 + DELAY);
		assert!(has_keys(5));
		ok(withdraw(5));
		assert!(!has_keys(5));
		assert_eq!(System::consumers(&account(5)), 0);
		// The key is free for another account; one without keys closes too.
		ok(set_session_key(8, 5));
		ok(withdraw(6));
	});
}

#[test]
fn a_block_producer_waits_from_its_last_session() {
	network(|| {
		ok(bond(5, Role::Validator, VALIDATOR_MINIMUM));
		set_session_keys(5);
		ok(Staking::join_validators(signed(5)));
		let everything = VALIDATOR_MINIMUM + 100;
		ok(Staking::unbond(signed(1), everything));
		let early = chunks(1)[0].release_at;
		assert_eq!(early, 1 + DELAY as u32);
		// Too few stay: the set is kept, and 1 must go on producing blocks.
		ok(Staking::leave_validators(signed(2)));
		ok(Staking::leave_validators(signed(5)));
		run_to(u64::from(early));
		no(Error::InSession, || withdraw(1));
		ok(Staking::join_validators(signed(2)));
		// Planned at 40, queued until 50, when 1 signs its last block.
		run_to(49);
		no(Error::InSession, || withdraw(1));
		run_to(50);
		assert_eq!(chunks(1)[0].release_at, 50 + DELAY as u32);
		no(Error::NothingToWithdraw, || withdraw(1));
		run_to(50 + DELAY);
		ok(withdraw(1));
		assert_eq!(held(1), 0);
	});
}

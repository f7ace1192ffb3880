//! Governance holds, and which part of them votes on what.

use crate::{
	Choice, Error, Event, HoldReason, Holdings, Kind, Proposals, TotalHeld, Votes,
	holding::{Holding, Tranche},
	mock::*,
};
use frame_support::{BoundedVec, assert_noop, assert_ok, traits::ConstU32};
use polkadot_sdk::*;
use proptest::prelude::*;
use sp_runtime::{DispatchError, TokenError};

#[test]
fn holds_add_up_and_come_back() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(1, 300));
		assert_ok!(hold(1, 200));
		assert_ok!(hold(2, 50));
		assert_eq!(
			(held(1, HoldReason::Governance), TotalHeld::<Test>::get()),
			(500, 550)
		);
		System::assert_last_event(
			Event::Held {
				who: account(2),
				amount: 50,
				total: 50,
			}
			.into(),
		);
		assert_ok!(release(1, 100));
		System::assert_last_event(
			Event::Released {
				who: account(1),
				amount: 100,
				total: 400,
			}
			.into(),
		);
		assert_ok!(release(1, 400));
		assert!(!Holdings::<Test>::contains_key(account(1)));
		assert_eq!(
			(TotalHeld::<Test>::get(), Balances::free_balance(account(1))),
			(50, FUNDS)
		);
	});
}

#[test]
fn amounts_are_checked() {
	new_test_ext().execute_with(|| {
		assert_noop!(hold(1, 0), Error::<Test>::NothingAsked);
		assert_noop!(hold(1, FUNDS), DispatchError::Token(TokenError::FundsUnavailable));
		assert_noop!(release(1, 1), Error::<Test>::NotHeld);
		assert_ok!(hold(1, 10));
		assert_noop!(release(1, 0), Error::<Test>::NothingAsked);
		assert_noop!(release(1, 11), Error::<Test>::NotHeld);
	});
}

#[test]
fn what_comes_after_a_proposal_does_not_vote_on_it() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(1, 100));
		assert_ok!(hold(2, 100));
		assert_ok!(propose(1, Kind::Technical));
		// In the same block, but after it.
		assert_ok!(hold(1, 1_000));
		assert_ok!(hold(3, 1_000));
		assert_ok!(vote(1, 0, Choice::For));
		assert_noop!(vote(3, 0, Choice::For), Error::<Test>::HeldTooLate);
		let proposal = Proposals::<Test>::get(0).expect("it is open");
		assert_eq!((proposal.tally.ayes, proposal.denominator), (100, 200));

		// In the next proposal all of it votes.
		assert_ok!(propose(1, Kind::Resource));
		assert_ok!(vote(1, 1, Choice::For));
		assert_ok!(vote(3, 1, Choice::For));
		let proposal = Proposals::<Test>::get(1).expect("it is open");
		assert_eq!((proposal.tally.ayes, proposal.denominator), (2_100, 2_200));
	});
}

#[test]
fn a_vote_keeps_its_weight_held_until_it_ends() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(1, 100));
		assert_ok!(propose(1, Kind::Technical));
		assert_ok!(hold(1, 50));
		assert_ok!(vote(1, 0, Choice::For));
		// The later part is free.
		assert_ok!(release(1, 30));
		assert_noop!(release(1, 21), Error::<Test>::LockedByVote);
		assert_ok!(release(1, 20));
		assert_noop!(release(1, 1), Error::<Test>::LockedByVote);
		run_to(1 + PERIOD);
		assert_noop!(release(1, 1), Error::<Test>::LockedByVote);
		run_to(2 + PERIOD);
		// The votes are in; it need not be closed.
		assert_ok!(release(1, 100));
		assert!(!Votes::<Test>::contains_key(account(1)));
		assert_eq!(
			Proposals::<Test>::get(0).map(|proposal| proposal.tally.ayes),
			Some(100)
		);
		assert_ok!(close(0));
	});
}

#[test]
fn the_last_vote_to_end_locks() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(1, 100));
		assert_ok!(propose(1, Kind::Technical));
		run_to(5);
		assert_ok!(propose(1, Kind::Technical));
		assert_ok!(vote(1, 0, Choice::For));
		assert_ok!(vote(1, 1, Choice::Abstain));
		run_to(2 + PERIOD);
		assert_noop!(release(1, 1), Error::<Test>::LockedByVote);
		run_to(6 + PERIOD);
		assert_ok!(release(1, 100));
	});
}

#[test]
fn what_was_released_and_placed_again_is_late() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(1, 100));
		assert_ok!(propose(1, Kind::Technical));
		assert_ok!(release(1, 60));
		assert_ok!(hold(1, 60));
		assert_ok!(vote(1, 0, Choice::For));
		assert_eq!(
			Proposals::<Test>::get(0).map(|proposal| proposal.tally.ayes),
			Some(40)
		);
		// And so the same HAI does not vote in a second account.
		assert_ok!(release(1, 60));
		assert_ok!(Balances::transfer_allow_death(signed(1), account(2), 60));
		assert_ok!(hold(2, 60));
		assert_noop!(vote(2, 0, Choice::For), Error::<Test>::HeldTooLate);
	});
}

#[test]
fn held_hai_cannot_be_spent() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(1, FUNDS - 1));
		assert_noop!(
			Balances::transfer_allow_death(signed(1), account(2), 2),
			DispatchError::Token(TokenError::FundsUnavailable)
		);
	});
}

type Small = Holding<BoundedVec<Tranche, ConstU32<5>>>;

#[test]
fn taking_starts_with_the_latest() {
	let mut holding = Small {
		settled: 10,
		..Default::default()
	};
	assert_eq!(holding.add(20, &[3]), Some(()));
	assert_eq!(holding.add(30, &[3, 4]), Some(()));
	assert_eq!([3, 4, 5].map(|id| holding.weight_in(id)), [10, 30, 60]);
	assert_eq!(holding.take(35), Some(()));
	assert_eq!([3, 4, 5].map(|id| holding.weight_in(id)), [10, 25, 25]);
	assert_eq!(holding.take(26), None);
}

/// A step in the life of one hold, in a world of at most five open proposals.
#[derive(Clone, Debug)]
enum Step {
	Add(u128),
	Take(u128),
	Open,
	End(usize),
}

proptest! {
	/// Compared with a list of every unit and when it came: the weight in each open proposal is always exact, and
	/// there is always room.
	#[test]
	fn weights_are_exact(
		steps in proptest::collection::vec(
			prop_oneof![
				4 => (1..9u128).prop_map(Step::Add),
				3 => (1..9u128).prop_map(Step::Take),
				3 => Just(Step::Open),
				2 => (0..5usize).prop_map(Step::End),
			],
			1..80,
		)
	) {
		let mut holding = Small::default();
		// For each unit held, the number of the first proposal in which it counts.
		let mut units: Vec<u32> = Vec::new();
		let mut open: Vec<u32> = Vec::new();
		let mut next = 0u32;
		for step in steps {
			match step {
				Step::Add(amount) => {
					prop_assert_eq!(holding.add(amount, &open), Some(()));
					units.extend((0..amount).map(|_| next));
				},
				Step::Take(amount) => {
					let mut after = holding.clone();
					after.settle(&open);
					let taken = after.take(amount);
					prop_assert_eq!(taken.is_some(), units.len() as u128 >= amount);
					if taken.is_some() {
						holding = after;
						units.truncate(units.len() - amount as usize);
					}
				},
				Step::Open if open.len() < 5 => {
					open.push(next);
					next += 1;
				},
				Step::End(place) if place < open.len() => {
					open.remove(place);
				},
				Step::Open | Step::End(_) => (),
			}
			prop_assert_eq!(holding.total(), units.len() as u128);
			for id in open.iter().copied().chain([next]) {
				let counted = units.iter().filter(|first| **first <= id).count();
				prop_assert_eq!(holding.weight_in(id), counted as u128, "{} of {:?}", id, holding);
			}
		}
	}
}

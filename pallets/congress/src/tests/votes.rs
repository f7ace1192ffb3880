//! Casting and changing votes.

use crate::{Choice, Error, Event, Kind, Proposals, Tally, Votes, mock::*};
use frame_support::{assert_noop, assert_ok};
use polkadot_sdk::*;
use sp_runtime::DispatchError;

fn tally(proposal: u32) -> Tally {
	Proposals::<Test>::get(proposal).expect("it is open").tally
}

#[test]
fn a_vote_is_changed_until_the_end() {
	new_test_ext().execute_with(|| {
		assert_ok!(propose(1, Kind::Constitutional));
		assert_ok!(vote(2, 0, Choice::For));
		assert_ok!(vote(3, 0, Choice::For));
		assert_eq!(
			tally(0),
			Tally {
				ayes: 2,
				nays: 0,
				abstentions: 0
			}
		);
		assert_ok!(vote(2, 0, Choice::Against));
		assert_ok!(vote(3, 0, Choice::Abstain));
		assert_eq!(
			tally(0),
			Tally {
				ayes: 0,
				nays: 1,
				abstentions: 1
			}
		);
		run_to(1 + PERIOD);
		assert_ok!(vote(2, 0, Choice::For));
		run_to(2 + PERIOD);
		assert_noop!(vote(3, 0, Choice::For), Error::<Test>::VotingEnded);
		assert_eq!(
			tally(0),
			Tally {
				ayes: 1,
				nays: 0,
				abstentions: 1
			}
		);
	});
}

#[test]
fn a_vote_carries_its_reasons() {
	new_test_ext().execute_with(|| {
		assert_ok!(propose(1, Kind::Community));
		assert_ok!(Congress::vote(signed(2), 0, Choice::For, Some(REASONS)));
		check();
		System::assert_last_event(
			Event::Voted {
				proposal: 0,
				who: account(2),
				choice: Choice::For,
				weight: 1,
				reasoning: Some(REASONS),
			}
			.into(),
		);
		assert_eq!(
			Votes::<Test>::get(account(2))
				.first()
				.and_then(|vote| vote.reasoning),
			Some(REASONS)
		);
	});
}

#[test]
fn only_the_electorate_votes() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(9, MIN_HELD));
		assert_ok!(propose(1, Kind::Community));
		assert_ok!(propose(9, Kind::Resource));
		assert_noop!(vote(9, 0, Choice::For), Error::<Test>::NotMember);
		assert_noop!(vote(1, 1, Choice::For), Error::<Test>::HeldTooLate);
		assert_noop!(vote(1, 7, Choice::For), Error::<Test>::NoSuchProposal);
		for origin in [
			RuntimeOrigin::root(),
			RuntimeOrigin::none(),
			congress(Kind::Community),
		] {
			assert_noop!(
				Congress::vote(origin, 0, Choice::For, None),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn holders_vote_with_what_they_hold() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(6, 300));
		assert_ok!(hold(7, 200));
		assert_ok!(hold(8, 500));
		assert_ok!(propose(6, Kind::Technical));
		assert_ok!(vote(6, 0, Choice::For));
		assert_ok!(vote(7, 0, Choice::Against));
		assert_ok!(vote(8, 0, Choice::Abstain));
		assert_eq!(
			tally(0),
			Tally {
				ayes: 300,
				nays: 200,
				abstentions: 500
			}
		);
	});
}

#[test]
fn old_votes_are_swept() {
	new_test_ext().execute_with(|| {
		for round in 0..5 {
			assert_ok!(propose(1, Kind::Community));
			assert_ok!(vote(2, round, Choice::For));
			assert_eq!(Votes::<Test>::get(account(2)).len(), 1);
			assert_ok!(end(round));
		}
	});
}

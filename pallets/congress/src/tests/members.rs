//! Admission and removal.

use crate::{
	Choice, Error, Event, Kind, Members, NextProposal, Proposals, Tally, Votes, mock::*, types::Member,
};
use frame_support::{assert_noop, assert_ok};
use polkadot_sdk::*;
use sp_runtime::{BuildStorage, DispatchError, DispatchResult};

fn admit(index: u8) -> DispatchResult {
	let result = Congress::admit_member(congress(Kind::Constitutional), account(index));
	check();
	result
}

fn remove(index: u8) -> DispatchResult {
	let result = Congress::remove_member(congress(Kind::Constitutional), account(index));
	check();
	result
}

#[test]
fn the_genesis_names_the_first_members() {
	new_test_ext().execute_with(|| {
		check();
		assert_eq!(Members::<Test>::count(), u32::from(MEMBERS));
		assert_eq!(Members::<Test>::get(account(1)), Some(Member { joined: 0 }));
	});
}

#[test]
#[should_panic(expected = "genesis names a member twice")]
fn a_genesis_with_a_member_twice_is_refused() {
	let genesis = crate::GenesisConfig::<Test> {
		members: vec![account(1), account(1)],
	};
	let _ = genesis.build_storage();
}

#[test]
fn only_a_constitutional_vote_admits_and_removes() {
	new_test_ext().execute_with(|| {
		let others = [Kind::Technical, Kind::Community, Kind::Resource].map(congress);
		for origin in others
			.into_iter()
			.chain([RuntimeOrigin::root(), RuntimeOrigin::none(), signed(1)])
		{
			assert_noop!(
				Congress::admit_member(origin.clone(), account(9)),
				DispatchError::BadOrigin
			);
			assert_noop!(
				Congress::remove_member(origin, account(1)),
				DispatchError::BadOrigin
			);
		}
		assert_ok!(admit(9));
		System::assert_last_event(Event::MemberAdmitted { who: account(9) }.into());
		assert_ok!(remove(9));
		System::assert_last_event(Event::MemberRemoved { who: account(9) }.into());
	});
}

#[test]
fn membership_is_kept_once_and_bounded() {
	new_test_ext().execute_with(|| {
		assert_noop!(admit(1), Error::<Test>::AlreadyMember);
		assert_noop!(remove(9), Error::<Test>::NotMember);
		assert_ok!(admit(6));
		assert_ok!(admit(7));
		assert_noop!(admit(8), Error::<Test>::TooManyMembers);
	});
}

#[test]
fn the_congress_cannot_remove_itself_below_the_electorate() {
	new_test_ext().execute_with(|| {
		assert_ok!(remove(5));
		assert_ok!(remove(4));
		assert_noop!(remove(3), Error::<Test>::TooFewMembers);
		// Not even where the terms ask for nobody.
		MinElectorate::set(0);
		assert_ok!(remove(3));
		assert_ok!(remove(2));
		assert_noop!(remove(1), Error::<Test>::TooFewMembers);
	});
}

#[test]
fn removal_cancels_open_votes_and_leaves_the_denominator() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(5, MIN_HELD));
		assert_ok!(propose(1, Kind::Constitutional));
		assert_ok!(propose(2, Kind::Community));
		assert_ok!(propose(5, Kind::Technical));
		for proposal in 0..3 {
			assert_ok!(vote(5, proposal, Choice::Against));
		}
		assert_ok!(vote(1, 0, Choice::For));
		assert_ok!(remove(5));
		System::assert_has_event(
			Event::VoteCancelled {
				proposal: 0,
				who: account(5),
			}
			.into(),
		);
		System::assert_has_event(
			Event::VoteCancelled {
				proposal: 1,
				who: account(5),
			}
			.into(),
		);

		let proposal = |id| Proposals::<Test>::get(id).expect("it is open");
		assert_eq!(
			proposal(0).tally,
			Tally {
				ayes: 1,
				nays: 0,
				abstentions: 0
			}
		);
		assert_eq!(proposal(1).tally, Tally::default());
		assert_eq!((proposal(0).denominator, proposal(1).denominator), (5, 5));
		// What it votes as a holder stands.
		assert_eq!(proposal(2).tally.nays, MIN_HELD);
		assert_eq!(Votes::<Test>::get(account(5)).len(), 1);
		assert_noop!(vote(5, 0, Choice::For), Error::<Test>::NotMember);
	});
}

#[test]
fn removal_after_the_end_leaves_the_counted_vote() {
	new_test_ext().execute_with(|| {
		assert_ok!(propose(1, Kind::Community));
		for member in [4, 5] {
			assert_ok!(vote(member, 0, Choice::For));
		}
		run_to(2 + PERIOD);
		assert_ok!(remove(5));
		assert_eq!(
			Proposals::<Test>::get(0).map(|proposal| proposal.tally.ayes),
			Some(2)
		);
		assert!(!Votes::<Test>::contains_key(account(5)));
		assert_ok!(close(0));
	});
}

#[test]
fn who_joins_later_has_no_vote() {
	new_test_ext().execute_with(|| {
		run_to(3);
		assert_ok!(admit(6));
		// In the same block and so not before it; still, the denominator counts all members.
		assert_ok!(propose(1, Kind::Constitutional));
		assert_eq!(
			Proposals::<Test>::get(0).map(|proposal| proposal.denominator),
			Some(6)
		);
		assert_noop!(vote(6, 0, Choice::For), Error::<Test>::JoinedTooLate);
		run_to(4);
		assert_noop!(vote(6, 0, Choice::For), Error::<Test>::JoinedTooLate);
		assert_ok!(propose(1, Kind::Constitutional));
		assert_ok!(vote(6, 1, Choice::For));
	});
}

#[test]
fn removed_and_admitted_again_is_a_new_member() {
	new_test_ext().execute_with(|| {
		assert_ok!(propose(1, Kind::Community));
		assert_ok!(vote(5, 0, Choice::For));
		assert_ok!(remove(5));
		assert_ok!(admit(5));
		assert_noop!(vote(5, 0, Choice::For), Error::<Test>::JoinedTooLate);
	});
}

#[test]
fn members_are_admitted_by_vote() {
	new_test_ext().execute_with(|| {
		assert_ok!(propose(1, Kind::Constitutional));
		for member in 1..=4 {
			assert_ok!(vote(member, 0, Choice::For));
		}
		assert_ok!(end(0));
		run_to(System::block_number() + DELAY);
		assert_eq!(
			Members::<Test>::get(account(9)),
			Some(Member {
				joined: System::block_number()
			})
		);
		assert_eq!(NextProposal::<Test>::get(), 1);
	});
}

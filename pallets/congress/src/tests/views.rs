//! What clients read.

use crate::{
	Choice, Decision, Kind, Vote,
	mock::*,
	types::{AccountView, Electorate, ElectorateView, Member},
};
use frame_support::assert_ok;
use polkadot_sdk::*;

#[test]
fn proposals_show_tally_thresholds_and_decision() {
	new_test_ext().execute_with(|| {
		assert_ok!(propose(1, Kind::Constitutional));
		assert_ok!(propose(2, Kind::Community));
		assert_ok!(vote(3, 1, Choice::For));
		let views = Congress::proposals();
		assert_eq!(views.iter().map(|view| view.id).collect::<Vec<_>>(), [0, 1]);
		// 67 % of five members is 3.35, 33 % is 1.65.
		assert_eq!(
			views.iter().map(|view| view.quorum_votes).collect::<Vec<_>>(),
			[4, 2]
		);
		assert_eq!(views[1].decision, Decision::QuorumMissed);
		assert_ok!(vote(4, 1, Choice::Abstain));
		let view = Congress::proposal(1).expect("it is open");
		assert_eq!((view.decision, view.voting), (Decision::Passed, true));
		assert_eq!(
			(view.proposal.tally.ayes, view.proposal.tally.abstentions),
			(1, 1)
		);
		run_to(2 + PERIOD);
		assert!(!Congress::proposal(1).expect("it is not closed").voting);
		assert_ok!(close(0));
		assert_eq!(Congress::proposal(0), None);
		assert_eq!(Congress::outcomes().len(), 1);
		assert_eq!(
			Congress::outcome(0).map(|outcome| outcome.kind),
			Some(Kind::Constitutional)
		);
	});
}

#[test]
fn an_account_shows_its_part() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(1, 300));
		assert_ok!(propose(1, Kind::Technical));
		assert_ok!(hold(1, 50));
		assert_ok!(vote(1, 0, Choice::Against));
		assert_eq!(
			Congress::account(account(1)),
			AccountView {
				member: Some(Member { joined: 0 }),
				held: 350,
				locked: 300,
				votes: vec![Vote {
					proposal: 0,
					choice: Choice::Against,
					weight: 300,
					reasoning: None
				}],
				proposals: vec![0],
			}
		);
		run_to(2 + PERIOD);
		let view = Congress::account(account(1));
		assert_eq!((view.held, view.locked, view.votes.len()), (350, 0, 0));
	});
}

#[test]
fn the_electorate_of_now_is_shown() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(1, 300));
		assert_ok!(propose(1, Kind::Resource));
		assert_eq!(
			Congress::electorate(Kind::Resource),
			ElectorateView {
				electorate: Electorate::Holders,
				size: 300,
				needed: MIN_HELD,
				ballot: ballot(33, 51),
				open: 1,
				open_limit: 4,
			}
		);
		let members = Congress::electorate(Kind::Community);
		assert_eq!(
			(members.electorate, members.size, members.needed),
			(Electorate::Members, 5, 3)
		);
		assert_eq!(Congress::members().len(), 5);
	});
}

//! Opening and closing proposals.

use crate::{
	Choice, Decision, Ending, Error, Event, HoldReason, Kind, Open, OutcomeOrder, Outcomes, Proposals, Stage,
	Tally, mock::*,
};
use codec::Encode;
use frame_support::{assert_noop, assert_ok, traits::Bounded};
use polkadot_sdk::*;
use sp_runtime::{
	DispatchError, TokenError,
	traits::{BlakeTwo256, Hash},
};

#[test]
fn a_proposal_fixes_its_terms() {
	new_test_ext().execute_with(|| {
		Version::set(4);
		assert_ok!(propose(1, Kind::Constitutional));
		let proposal = Proposals::<Test>::get(0).expect("it is open");
		assert_eq!(proposal.ballot, ballot(67, 75));
		assert_eq!(
			(proposal.terms_version, proposal.opened, proposal.ends),
			(4, 1, 1 + PERIOD)
		);
		assert_eq!((proposal.denominator, proposal.stage), (5, Stage::Voting));
		assert_eq!(held(1, HoldReason::Proposal), DEPOSIT);
		System::assert_last_event(
			Event::Proposed {
				proposal: 0,
				kind: Kind::Constitutional,
				proposer: account(1),
				call: BlakeTwo256::hash(&call_of(Kind::Constitutional).encode()),
				reasoning: REASONS,
				ends: 1 + PERIOD,
				denominator: 5,
			}
			.into(),
		);
		// A later change of the terms does not touch it.
		VotingPeriod::set(1);
		assert_noop!(close(0), Error::<Test>::VotingNotEnded);
		run_to(4);
		assert_ok!(vote(1, 0, Choice::For));
	});
}

#[test]
fn only_who_can_vote_on_a_kind_opens_it() {
	new_test_ext().execute_with(|| {
		assert_noop!(
			propose(9, Kind::Constitutional),
			Error::<Test>::OnlyMembersPropose
		);
		assert_noop!(propose(9, Kind::Community), Error::<Test>::OnlyMembersPropose);
		assert_noop!(propose(1, Kind::Technical), Error::<Test>::OnlyHoldersPropose);
		assert_ok!(hold(9, MIN_HELD));
		assert_noop!(propose(1, Kind::Resource), Error::<Test>::OnlyHoldersPropose);
		assert_ok!(propose(9, Kind::Resource));
	});
}

#[test]
fn the_electorate_must_be_large_enough() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(1, MIN_HELD - 1));
		assert_noop!(propose(1, Kind::Technical), Error::<Test>::HeldTooLittle);
		assert_ok!(hold(2, 1));
		assert_ok!(propose(1, Kind::Technical));
		MinElectorate::set(6);
		assert_noop!(propose(1, Kind::Community), Error::<Test>::ElectorateTooSmall);
		MinElectorate::set(5);
		assert_ok!(propose(1, Kind::Community));
	});
}

#[test]
fn each_kind_and_each_account_has_its_places() {
	new_test_ext().execute_with(|| {
		for _ in 0..3 {
			assert_ok!(propose(1, Kind::Community));
		}
		assert_noop!(propose(1, Kind::Constitutional), Error::<Test>::TooManyOwn);
		assert_ok!(propose(2, Kind::Community));
		assert_noop!(propose(3, Kind::Community), Error::<Test>::TooManyOpen);
		assert_ok!(propose(3, Kind::Constitutional));
		assert_eq!(Open::<Test>::get().len(), 5);
		// A finished proposal makes room.
		assert_ok!(end(0));
		assert_ok!(propose(3, Kind::Community));
	});
}

#[test]
fn the_deposit_must_be_there() {
	new_test_ext().execute_with(|| {
		assert_ok!(Balances::transfer_allow_death(
			signed(1),
			account(2),
			FUNDS - DEPOSIT
		));
		assert_noop!(
			propose(1, Kind::Community),
			DispatchError::Token(TokenError::FundsUnavailable)
		);
	});
}

#[test]
fn a_kind_makes_only_its_calls() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(1, MIN_HELD));
		for kind in Kind::ALL {
			for other in Kind::ALL {
				let both_weighted = [Kind::Technical, Kind::Resource].contains(&kind)
					&& [Kind::Technical, Kind::Resource].contains(&other);
				if kind != other && !both_weighted {
					let result = propose_call(1, kind, call_of(other));
					assert_eq!(
						result,
						Err(Error::<Test>::CallForbidden.into()),
						"{kind:?} {other:?}"
					);
				}
			}
		}
		let upgrade = frame_system::Call::set_code { code: vec![1] };
		assert_noop!(
			propose_call(1, Kind::Constitutional, upgrade),
			Error::<Test>::CallForbidden
		);
	});
}

#[test]
fn the_call_must_be_readable() {
	new_test_ext().execute_with(|| {
		let refused = |call: crate::BoundedCallOf<Test>, error: Error<Test>| {
			let result = Congress::propose(signed(1), Kind::Community, Box::new(call), REASONS);
			assert_eq!(result, Err(error.into()));
			check();
		};
		let inline = |bytes: Vec<u8>| Bounded::Inline(bytes.try_into().expect("it is short"));
		refused(inline(vec![]), Error::CallUnreadable);
		refused(inline(vec![255, 255]), Error::CallUnreadable);
		let mut trailing = call_of(Kind::Community).encode();
		trailing.push(0);
		refused(inline(trailing), Error::CallUnreadable);

		let long: RuntimeCall = frame_system::Call::remark_with_event { remark: vec![1; 200] }.into();
		let (hash, len) = (BlakeTwo256::hash(&long.encode()), long.encode().len() as u32);
		refused(Bounded::Lookup { hash, len }, Error::CallUnreadable);
		assert_ok!(Preimage::note_preimage(signed(1), long.encode()));
		refused(Bounded::Lookup { hash, len: len + 1 }, Error::CallUnreadable);
		refused(Bounded::Lookup { hash, len: 2_001 }, Error::CallTooLong);
		refused(
			Bounded::Legacy {
				hash,
				dummy: Default::default(),
			},
			Error::CallUnreadable,
		);
		let proposed = Congress::propose(
			signed(1),
			Kind::Community,
			Box::new(Bounded::Lookup { hash, len }),
			REASONS,
		);
		assert_ok!(proposed);
		check();
	});
}

#[test]
fn a_noted_call_stays_while_it_is_proposed() {
	new_test_ext().execute_with(|| {
		let long: RuntimeCall = frame_system::Call::remark_with_event { remark: vec![1; 200] }.into();
		let (hash, len) = (BlakeTwo256::hash(&long.encode()), long.encode().len() as u32);
		assert_ok!(Preimage::note_preimage(signed(7), long.encode()));
		assert_ok!(Congress::propose(
			signed(1),
			Kind::Community,
			Box::new(Bounded::Lookup { hash, len }),
			REASONS
		));
		let there = || pallet_preimage::PreimageFor::<Test>::contains_key((hash, len));
		// Its owner takes it back; it stays all the same.
		assert_ok!(Preimage::unnote_preimage(signed(7), hash));
		assert!(there());
		assert_ok!(end(0));
		assert!(!there());
	});
}

#[test]
fn a_call_that_is_too_heavy_is_refused() {
	new_test_ext().execute_with(|| {
		assert_ok!(hold(1, MIN_HELD));
		let call = |milliseconds| governed::Call::heavy { milliseconds };
		assert_noop!(
			propose_call(1, Kind::Technical, call(1_001)),
			Error::<Test>::CallTooHeavy
		);
		assert_ok!(propose_call(1, Kind::Technical, call(1_000)));
	});
}

#[test]
fn a_call_that_nests_too_deep_is_refused() {
	new_test_ext().execute_with(|| {
		let nested = |depth: usize| {
			// A batch of one call is its two indices and the length 1.
			let batch = RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![] }).encode();
			let mut bytes = [batch[0], batch[1], 1u32.to_le_bytes()[0] << 2].repeat(depth);
			bytes.extend(call_of(Kind::Community).encode());
			let (hash, len) = (BlakeTwo256::hash(&bytes), bytes.len() as u32);
			assert_ok!(Preimage::note_preimage(signed(7), bytes));
			let call = Box::new(Bounded::Lookup { hash, len });
			Congress::propose(signed(1), Kind::Community, call, REASONS)
		};
		assert_eq!(nested(50), Err(Error::<Test>::CallForbidden.into()));
		assert_eq!(nested(300), Err(Error::<Test>::CallUnreadable.into()));
	});
}

#[test]
fn closing_returns_the_deposit_whatever_the_decision() {
	let cases: [(&[(u8, Choice)], Decision); 4] = [
		(&[], Decision::QuorumMissed),
		(&[(1, Choice::For)], Decision::QuorumMissed),
		(
			&[(1, Choice::For), (2, Choice::Against)],
			Decision::MajorityMissed,
		),
		(&[(1, Choice::For), (2, Choice::Abstain)], Decision::Passed),
	];
	for (votes, decision) in cases {
		new_test_ext().execute_with(|| {
			assert_ok!(propose(1, Kind::Community));
			for (member, choice) in votes {
				assert_ok!(vote(*member, 0, *choice));
			}
			run_to(1 + PERIOD);
			assert_noop!(close(0), Error::<Test>::VotingNotEnded);
			run_to(2 + PERIOD);
			assert_ok!(close(0));
			assert_eq!(Balances::free_balance(account(1)), FUNDS);
			let closed = System::events()
				.into_iter()
				.find_map(|record| match record.event {
					RuntimeEvent::Congress(Event::Closed {
						proposal,
						decision,
						returned,
						..
					}) => Some((proposal, decision, returned)),
					_ => None,
				});
			assert_eq!(closed, Some((0, decision, DEPOSIT)));
			if decision == Decision::Passed {
				assert_noop!(close(0), Error::<Test>::AlreadyClosed);
				assert_noop!(vote(3, 0, Choice::For), Error::<Test>::VotingEnded);
			} else {
				assert_noop!(close(0), Error::<Test>::NoSuchProposal);
				assert_noop!(vote(3, 0, Choice::For), Error::<Test>::NoSuchProposal);
			}
		});
	}
}

#[test]
fn the_last_outcomes_are_kept() {
	new_test_ext().execute_with(|| {
		for round in 0..6u32 {
			assert_ok!(propose(1, Kind::Community));
			assert_ok!(vote(1, round, Choice::For));
			assert_ok!(end(round));
		}
		assert_eq!(OutcomeOrder::<Test>::get().into_inner(), vec![2, 3, 4, 5]);
		assert!(Outcomes::<Test>::get(1).is_none());
		let outcome = Outcomes::<Test>::get(5).expect("it is among the last");
		assert_eq!(outcome.ending, Ending::QuorumMissed);
		assert_eq!(
			outcome.tally,
			Tally {
				ayes: 1,
				nays: 0,
				abstentions: 0
			}
		);
		assert_eq!(
			(outcome.denominator, outcome.finished),
			(5, System::block_number())
		);
	});
}

//! Any sequence of calls, valid or not: the invariants hold after each, and everything comes to an end.

use crate::{
	Choice, Decision, Ending, Event, HoldReason, Kind, Members, NextProposal, Open, Proposals, TotalHeld,
	mock::*,
	types::{decide, quorum_votes},
};
use frame_support::{assert_ok, weights::Weight};
use polkadot_sdk::*;
use proptest::{prelude::*, test_runner::TestRunner};
use std::{cell::RefCell, collections::BTreeSet};

#[derive(Clone, Debug)]
enum Action {
	Hold {
		who: u8,
		amount: u128,
	},
	Release {
		who: u8,
		amount: u128,
	},
	Propose {
		who: u8,
		kind: Kind,
	},
	Vote {
		who: u8,
		proposal: u32,
		choice: Choice,
	},
	/// All accounts vote for it.
	Rally {
		proposal: u32,
	},
	Close {
		proposal: u32,
	},
	Enact {
		proposal: u32,
	},
	Admit {
		who: u8,
	},
	Remove {
		who: u8,
	},
	Wait {
		blocks: u32,
	},
	Forbid(bool),
}

fn kinds() -> impl Strategy<Value = Kind> {
	proptest::sample::select(Kind::ALL.to_vec())
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
	let who = || 1..9u8;
	// Counted back from the newest.
	let proposal = || 0..6u32;
	let choice = proptest::sample::select(vec![Choice::For, Choice::For, Choice::Against, Choice::Abstain]);
	let action = prop_oneof![
		4 => (who(), 0..400u128).prop_map(|(who, amount)| Action::Hold { who, amount }),
		3 => (who(), 0..400u128).prop_map(|(who, amount)| Action::Release { who, amount }),
		6 => (who(), kinds()).prop_map(|(who, kind)| Action::Propose { who, kind }),
		9 => (who(), proposal(), choice)
			.prop_map(|(who, proposal, choice)| Action::Vote { who, proposal, choice }),
		4 => proposal().prop_map(|proposal| Action::Rally { proposal }),
		3 => proposal().prop_map(|proposal| Action::Close { proposal }),
		1 => proposal().prop_map(|proposal| Action::Enact { proposal }),
		1 => who().prop_map(|who| Action::Admit { who }),
		1 => who().prop_map(|who| Action::Remove { who }),
		3 => (1..6u32).prop_map(|blocks| Action::Wait { blocks }),
		2 => proptest::bool::weighted(0.2).prop_map(Action::Forbid),
	];
	proptest::collection::vec(action, 1..120)
}

/// Performs an action and says what took effect.
fn act(action: Action) -> Option<&'static str> {
	let numbered = |back: u32| NextProposal::<Test>::get().saturating_sub(back + 1);
	// Most of these may be refused; what matters is what is left behind.
	let (name, done) = match action {
		Action::Hold { who, amount } => ("hold", hold(who, amount).is_ok()),
		Action::Release { who, amount } => ("release", release(who, amount).is_ok()),
		Action::Propose { who, kind } => ("propose", propose(who, kind).is_ok()),
		Action::Vote {
			who,
			proposal,
			choice,
		} => ("vote", vote(who, numbered(proposal), choice).is_ok()),
		Action::Rally { proposal } => {
			let voters = (1..9).filter(|who| vote(*who, numbered(proposal), Choice::For).is_ok());
			("rally", voters.count() > 1)
		}
		Action::Close { proposal } => ("close", close(numbered(proposal)).is_ok()),
		Action::Enact { proposal } => {
			let enacted = Congress::enact(signed(20), numbered(proposal), 2_000, Weight::MAX);
			("enact", enacted.is_ok())
		}
		Action::Admit { who } => {
			let admitted = Congress::admit_member(congress(Kind::Constitutional), account(who));
			("admit", admitted.is_ok())
		}
		Action::Remove { who } => {
			let removed = Congress::remove_member(congress(Kind::Constitutional), account(who));
			("remove", removed.is_ok())
		}
		Action::Wait { blocks } => {
			run_to(System::block_number() + blocks);
			("wait", true)
		}
		Action::Forbid(forbidden) => {
			Forbidden::set(forbidden);
			("forbid", true)
		}
	};
	check();
	done.then_some(name)
}

fn name_of(ending: Ending) -> &'static str {
	match ending {
		Ending::QuorumMissed => "quorum missed",
		Ending::MajorityMissed => "majority missed",
		Ending::Enacted => "enacted",
		Ending::CallFailed(_) => "call failed",
		Ending::CallUnreadable => "call unreadable",
		Ending::CallForbidden => "call forbidden",
		Ending::CallTooHeavy => "call too heavy",
	}
}

/// Performs the actions, lets every proposal end, and says what took effect and which ends there were.
fn run(actions: Vec<Action>) -> BTreeSet<&'static str> {
	Forbidden::set(false);
	new_test_ext().execute_with(|| {
		for who in 1..4 {
			assert_ok!(hold(who, 200));
		}
		let mut done = BTreeSet::new();
		for action in actions {
			done.extend(act(action));
			assert!(Members::<Test>::count() >= MinElectorate::get());
		}

		// Every proposal ends: closing always works, and nothing stays approved for ever.
		run_to(System::block_number() + PERIOD + 1);
		let open: Vec<_> = Open::<Test>::get().into_iter().map(|entry| entry.id).collect();
		for id in open {
			let Some(proposal) = Proposals::<Test>::get(id) else {
				continue;
			};
			if proposal.stage == crate::Stage::Voting {
				let decision = decide(&proposal.ballot, proposal.denominator, &proposal.tally);
				let enough = proposal.tally.cast() >= quorum_votes(&proposal.ballot, proposal.denominator);
				assert!(decision != Decision::Passed || enough);
				assert_ok!(close(id));
			}
		}
		run_to(System::block_number() + DELAY + 8);
		for entry in Open::<Test>::get() {
			assert_ok!(Congress::enact(signed(20), entry.id, 2_000, Weight::MAX));
			check();
		}
		assert!(Open::<Test>::get().is_empty());
		assert_eq!(Proposals::<Test>::iter().count(), 0);

		// Every deposit came back, and every hold can be released.
		for index in 1..=20 {
			assert_eq!(held(index, HoldReason::Proposal), 0);
			let amount = held(index, HoldReason::Governance);
			if amount > 0 {
				assert_ok!(release(index, amount));
			}
			assert_eq!(Balances::free_balance(account(index)), FUNDS);
		}
		assert_eq!(TotalHeld::<Test>::get(), 0);

		for record in System::events() {
			match record.event {
				// Whatever was counted as passed was so by the thresholds.
				RuntimeEvent::Congress(Event::Closed { decision, tally, .. }) => {
					assert!(decision != Decision::Passed || tally.ayes > 0);
				}
				RuntimeEvent::Congress(Event::Finished { ending, .. }) => {
					done.insert(name_of(ending));
				}
				_ => {}
			}
		}
		done
	})
}

#[test]
fn everything_holds_and_ends() {
	let done = RefCell::new(BTreeSet::new());
	let mut runner = TestRunner::new(ProptestConfig {
		cases: 128,
		failure_persistence: None,
		..ProptestConfig::default()
	});
	let result = runner.run(&actions(), |actions| {
		done.borrow_mut().extend(run(actions));
		Ok(())
	});
	assert!(result.is_ok(), "{result:?}");
	// The sequences are of use only if every call takes effect, and every common end is reached.
	for name in [
		"hold",
		"release",
		"propose",
		"vote",
		"rally",
		"close",
		"admit",
		"remove",
		"quorum missed",
		"majority missed",
		"enacted",
		"call failed",
		"call forbidden",
	] {
		assert!(done.borrow().contains(name), "no sequence had {name}: {done:?}");
	}
}

//! Any sequence of calls, valid or not: the invariants hold after each, and everything comes to an end.

use crate::{
	Choice, Decision, Event, HoldReason, Kind, Members, NextProposal, Open, Proposals, TotalHeld,
	mock::*,
	types::{decide, quorum_votes},
};
use frame_support::{assert_ok, weights::Weight};
use polkadot_sdk::*;
use proptest::prelude::*;

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
		2 => proposal().prop_map(|proposal| Action::Rally { proposal }),
		3 => proposal().prop_map(|proposal| Action::Close { proposal }),
		1 => proposal().prop_map(|proposal| Action::Enact { proposal }),
		1 => who().prop_map(|who| Action::Admit { who }),
		1 => who().prop_map(|who| Action::Remove { who }),
		3 => (1..6u32).prop_map(|blocks| Action::Wait { blocks }),
		1 => proptest::bool::weighted(0.2).prop_map(Action::Forbid),
	];
	proptest::collection::vec(action, 1..120)
}

fn act(action: Action) {
	let numbered = |back: u32| NextProposal::<Test>::get().saturating_sub(back + 1);
	// Most of these may be refused; what matters is what is left behind.
	match action {
		Action::Hold { who, amount } => drop(hold(who, amount)),
		Action::Release { who, amount } => drop(release(who, amount)),
		Action::Propose { who, kind } => drop(propose(who, kind)),
		Action::Vote {
			who,
			proposal,
			choice,
		} => drop(vote(who, numbered(proposal), choice)),
		Action::Rally { proposal } => (1..9).for_each(|who| {
			let _ = vote(who, numbered(proposal), Choice::For);
		}),
		Action::Close { proposal } => drop(close(numbered(proposal))),
		Action::Enact { proposal } => drop(Congress::enact(
			signed(20),
			numbered(proposal),
			2_000,
			Weight::MAX,
		)),
		Action::Admit { who } => drop(Congress::admit_member(
			congress(Kind::Constitutional),
			account(who),
		)),
		Action::Remove { who } => drop(Congress::remove_member(
			congress(Kind::Constitutional),
			account(who),
		)),
		Action::Wait { blocks } => run_to(System::block_number() + blocks),
		Action::Forbid(forbidden) => Forbidden::set(forbidden),
	}
	check();
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(96))]

	#[test]
	fn everything_holds_and_ends(actions in actions()) {
		Forbidden::set(false);
		new_test_ext().execute_with(|| {
			for who in 1..4 {
				assert_ok!(hold(who, 200));
			}
			for action in actions {
				act(action);
				prop_assert!(Members::<Test>::count() >= MinElectorate::get());
			}

			// Every proposal ends: closing always works, and nothing stays approved for ever.
			run_to(System::block_number() + PERIOD + 1);
			let open: Vec<_> = Open::<Test>::get().into_iter().map(|entry| entry.id).collect();
			for id in open {
				let Some(proposal) = Proposals::<Test>::get(id) else { continue };
				if proposal.stage == crate::Stage::Voting {
					let decision = decide(&proposal.ballot, proposal.denominator, &proposal.tally);
					let enough = proposal.tally.cast() >= quorum_votes(&proposal.ballot, proposal.denominator);
					prop_assert!(decision != Decision::Passed || enough);
					assert_ok!(close(id));
				}
			}
			run_to(System::block_number() + DELAY + 8);
			for entry in Open::<Test>::get() {
				assert_ok!(Congress::enact(signed(20), entry.id, 2_000, Weight::MAX));
				check();
			}
			prop_assert!(Open::<Test>::get().is_empty());
			prop_assert_eq!(Proposals::<Test>::iter().count(), 0);

			// Every deposit came back, and every hold can be released.
			for index in 1..=20 {
				prop_assert_eq!(held(index, HoldReason::Proposal), 0);
				let amount = held(index, HoldReason::Governance);
				if amount > 0 {
					assert_ok!(release(index, amount));
				}
				prop_assert_eq!(Balances::free_balance(account(index)), FUNDS);
			}
			prop_assert_eq!(TotalHeld::<Test>::get(), 0);

			// Whatever was counted as passed was so by the thresholds.
			for record in System::events() {
				if let RuntimeEvent::Congress(Event::Closed { decision, tally, .. }) = record.event {
					prop_assert!(decision != Decision::Passed || tally.ayes > 0);
				}
			}
			Ok(())
		})?;
	}
}

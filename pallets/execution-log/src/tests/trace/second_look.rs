//! Of what one auditor has passed a panel looks at some again, as the blocks after the verdict draw.

use super::*;
use crate::audit::{Randomness, answer, draw_seed};

#[test]
fn a_panel_looks_at_what_one_auditor_passed_and_nobody_is_to_blame() {
	new_test_ext().execute_with(|| {
		let (id, first) = looked_at_again(1, (VALID, Looks));
		assert!(Credits::get().is_empty(), "it is not over");
		audit_as(id, &[(VALID, Looks); 4]);
		assert!(is_payable(id));
		assert_eq!((credits(&first), Credits::get().values().sum::<u32>()), (1, 5));
		assert!(slashed().is_empty() && idle_events().is_empty());
		let JobState::Payable { at, settle_at } = state(id) else {
			panic!("{:?}", state(id))
		};
		advance(settle_at - at);
		let JobState::Settled { charge, payouts, .. } = state(id) else {
			panic!("{:?}", state(id))
		};
		let paid: Planck = payouts.iter().map(|line| line.amount).sum();
		assert_eq!(paid, charge.total);
		assert_eq!(Log::node_stats(NODE).audited, 1);
	});
}

#[test]
fn a_second_look_is_drawn_from_the_blocks_after_the_verdict() {
	new_test_ext().execute_with(|| {
		change(|terms| terms.verification.second_look = Ppm::new(500_000));
		let rules = Neighbours::current_rules();
		let mut seen = std::collections::BTreeSet::new();
		for nonce in 1..=24 {
			let (id, first) = before_one(nonce);
			reveal_as(id, &[(VALID, Looks)]);
			advance(1);
			let JobState::Delivered { from, draw } = state(id) else {
				panic!("{:?}", state(id))
			};
			// What is due is counted at the end of the block of the reveal.
			assert_eq!((from + 1, draw), (System::block_number(), Draw::Again));
			assert_eq!(credits(&first), 0, "it is not over");
			let job = Log::job(id).expect("it exists");
			let receipt = job.delivery.as_ref().expect("it was delivered").hash;
			after_second_look(id);
			let terms = test_terms();
			let drawn = draw_seed(
				id,
				&receipt,
				from,
				System::block_number(),
				&terms,
				Log::ring_entry,
			);
			let Randomness::Seed(seed) = drawn else {
				panic!("{drawn:?}")
			};
			let is_drawn = rules.looks_again(answer(&seed, b"is it looked at again?"));
			assert_eq!(is_payable(id), !is_drawn, "{:?}", state(id));
			if is_drawn {
				assert!(stage(id) == Stage::Panel && !committee(id).contains(&first));
			}
			seen.insert(is_drawn);
			Credits::set(&Default::default());
		}
		assert_eq!(seen.len(), 2, "some are drawn and some are not");
	});
}

#[test]
fn a_second_look_whose_blocks_are_forgotten_is_drawn_anew() {
	new_test_ext().execute_with(|| {
		let (id, _) = before_one(1);
		reveal_as(id, &[(VALID, Looks)]);
		advance(1);
		let from = System::block_number();
		advance(1);
		Ring::<Test>::remove((from + 1) % RING);
		advance(3);
		let JobState::Delivered { from: anew, draw } = state(id) else {
			panic!("{:?}", state(id))
		};
		assert!(anew > from && draw == Draw::Again);
		after_second_look(id);
		assert!(is_payable(id), "{:?}", state(id));
	});
}

#[test]
fn nobody_looks_again_where_no_court_could_sit() {
	new_test_ext().execute_with(|| {
		change(|terms| terms.verification.second_look = Ppm::ONE);
		let (id, _) = before_one(1);
		reveal_as(id, &[(VALID, Repeats)]);
		advance(1);
		AuditorCount::set(&3);
		after_second_look(id);
		assert!(is_payable(id), "{:?}", state(id));
	});
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		reveal_as(
			id,
			&[(VALID, Looks), (VALID, Looks), (VALID, Looks), (VALID, Repeats)],
		);
		AuditorCount::set(&3);
		advance(1);
		assert!(is_payable(id), "{:?}", state(id));
		assert!(slashed().is_empty(), "nobody has looked at their traces");
	});
}

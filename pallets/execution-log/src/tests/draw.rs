//! The draw and the count.

use super::*;
use crate::audit::{Randomness, draw_committee, draw_seed, median};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A ring in which block `b` was authored by `authors(b)`.
fn seed(from: u32, last: u32, author: impl Fn(u32) -> Option<u32>) -> Randomness {
	draw_seed(1, &[1; 32], from, last, &test_terms(), |block| {
		Some(RingEntry {
			block,
			author: author(block),
			beacon: [block as u8; 32],
		})
	})
}

#[test]
fn the_seed_depends_on_the_blocks_only() {
	let authors = |block| Some(block % 3);
	assert_eq!(seed(10, 13, authors), Randomness::Waiting);
	let drawn = seed(10, 14, authors);
	assert!(matches!(drawn, Randomness::Seed(_)));
	assert_eq!(seed(10, 40, authors), drawn, "a late step draws the same");
	assert_ne!(seed(11, 40, authors), drawn);
}

#[test]
fn a_draw_waits_for_distinct_authors_but_not_for_ever() {
	let one_until = |end| move |block| Some(u32::from(block > end));
	assert_eq!(seed(10, 14, one_until(16)), Randomness::Waiting);
	assert_eq!(seed(10, 16, one_until(16)), Randomness::Waiting);
	let drawn = seed(10, 17, one_until(16));
	assert!(matches!(drawn, Randomness::Seed(_)));
	assert_eq!(seed(10, 30, one_until(16)), drawn);

	assert_eq!(seed(10, 17, |_| Some(0)), Randomness::Waiting);
	assert!(matches!(seed(10, 18, |_| Some(0)), Randomness::Seed(_)));
	assert!(
		matches!(seed(10, 18, |_| None), Randomness::Seed(_)),
		"no output is no author"
	);
}

#[test]
fn a_draw_needs_all_its_blocks() {
	let gap = |block| {
		(block != 12).then_some(RingEntry {
			block,
			author: Some(block),
			beacon: [0; 32],
		})
	};
	assert_eq!(
		draw_seed(1, &[1; 32], 10, 14, &test_terms(), gap),
		Randomness::Lost
	);
}

#[test]
fn a_chain_of_one_author_draws_after_twice_the_delay() {
	new_test_ext().execute_with(|| {
		OneAuthor::set(&true);
		let id = delivered(1);
		advance(7);
		assert!(matches!(
			state(id),
			JobState::Delivered {
				draw: Draw::Whether,
				..
			}
		));
		advance(1);
		assert!(matches!(state(id), JobState::Auditing { .. }));
	});
}

#[test]
fn a_chain_without_outputs_draws_from_hashes() {
	new_test_ext().execute_with(|| {
		WithVrf::set(&false);
		let id = delivered(1);
		advance(8);
		assert!(matches!(state(id), JobState::Auditing { .. }));
	});
}

#[test]
fn a_draw_whose_blocks_left_the_ring_waits_for_new_ones() {
	new_test_ext().execute_with(|| {
		let id = delivered(1);
		for _ in 0..RING + 2 {
			let now = System::block_number() + 1;
			System::set_block_number(now);
			Log::record_randomness(now);
		}
		assert_ok!(Log::settle(signed(&OTHER), id));
		let now = System::block_number();
		assert_eq!(
			state(id),
			JobState::Delivered {
				from: now,
				draw: Draw::Whether
			}
		);
		check();
		advance(4);
		assert!(matches!(state(id), JobState::Auditing { .. }));
	});
}

#[test]
fn every_auditor_is_drawn_about_as_often() {
	let mut counts = [0u32; 7];
	for number in 0..7_000u32 {
		let seed = receipt::hash::hash(receipt::hash::Domain::Noise, &number);
		for who in draw_committee(&seed, (0..7usize).collect(), 4) {
			counts[who] += 1;
		}
	}
	// 4000 expected each, standard deviation about 41.
	assert!(
		counts.iter().all(|count| (3_800..=4_200).contains(count)),
		"{counts:?}"
	);
}

#[test]
fn the_median_is_the_lower_middle() {
	for (values, expected) in [
		(vec![], 0),
		(vec![7], 7),
		(vec![9, 1], 1),
		(vec![5, 1, 9], 5),
		(vec![4, 1, 9, 7], 4),
	] {
		assert_eq!(median(values.clone()), expected, "{values:?}");
	}
}

#[test]
fn the_block_that_ends_a_draw_is_drawn() {
	let mut terms = test_terms();
	(terms.verification.stop_one_in, terms.verification.stop_within) = (4, 100);
	let entry = |block: u32| RingEntry {
		block,
		author: Some(block % 3),
		beacon: receipt::hash::hash(receipt::hash::Domain::Noise, &block),
	};
	let end = |from: u32| {
		(from..from + 110)
			.find(|last| {
				let drawn = draw_seed(1, &[1; 32], from, *last, &terms, |block| Some(entry(block)));
				drawn != Randomness::Waiting
			})
			.expect("every draw ends")
			- from
	};
	let ends: Vec<u32> = (0..400).map(end).collect();
	assert!(ends.iter().all(|end| *end >= 4));
	let at_once = ends.iter().filter(|end| **end == 4).count();
	// A quarter is expected: 100, standard deviation below 20 for draws that share blocks.
	assert!((40..160).contains(&at_once), "{at_once}");
	assert!(ends.iter().any(|end| *end > 8));
}

proptest! {
	#[test]
	fn a_committee_is_distinct_and_from_the_eligible(
		seed: [u8; 32],
		eligible in 0usize..40,
		size in 0u32..20,
	) {
		let drawn = draw_committee(&seed, (0..eligible).collect(), size);
		prop_assert_eq!(drawn.len(), eligible.min(size as usize));
		prop_assert!(drawn.iter().all(|who| *who < eligible));
		prop_assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), drawn.len());
	}
}

//! The draw and the count.

use super::*;
use crate::audit::{Draw, draw_committee, draw_seed, tally};
use pallet_terms::JobTerms;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn terms() -> JobTerms {
	test_terms().jobs
}

/// A ring in which block `b` was authored by `authors(b)`.
fn seed(from: u32, last: u32, author: impl Fn(u32) -> Option<u32>) -> Draw {
	draw_seed(1, &[1; 32], from, last, &terms(), |block| {
		Some(RingEntry {
			block,
			author: author(block),
			output: [block as u8; 32],
		})
	})
}

#[test]
fn the_seed_depends_on_the_blocks_only() {
	let authors = |block| Some(block % 3);
	assert_eq!(seed(10, 13, authors), Draw::Waiting);
	let drawn = seed(10, 14, authors);
	assert!(matches!(drawn, Draw::Seed(_)));
	assert_eq!(seed(10, 40, authors), drawn, "a late step draws the same");
	assert_ne!(seed(11, 40, authors), drawn);
}

#[test]
fn a_draw_waits_for_distinct_authors_but_not_for_ever() {
	let one_until = |end| move |block| Some(u32::from(block > end));
	assert_eq!(seed(10, 14, one_until(16)), Draw::Waiting);
	assert_eq!(seed(10, 16, one_until(16)), Draw::Waiting);
	let drawn = seed(10, 17, one_until(16));
	assert!(matches!(drawn, Draw::Seed(_)));
	assert_eq!(seed(10, 30, one_until(16)), drawn);

	assert_eq!(seed(10, 17, |_| Some(0)), Draw::Waiting);
	assert!(matches!(seed(10, 18, |_| Some(0)), Draw::Seed(_)));
	assert!(
		matches!(seed(10, 18, |_| None), Draw::Seed(_)),
		"no output is no author"
	);
}

#[test]
fn a_draw_needs_all_its_blocks() {
	let gap = |block| {
		(block != 12).then_some(RingEntry {
			block,
			author: Some(block),
			output: [0; 32],
		})
	};
	assert_eq!(draw_seed(1, &[1; 32], 10, 14, &terms(), gap), Draw::Lost);
}

#[test]
fn a_chain_of_one_author_draws_after_twice_the_delay() {
	new_test_ext().execute_with(|| {
		OneAuthor::set(&true);
		let id = delivered(1);
		advance(7);
		assert!(matches!(state(id), JobState::Delivered { round: 0, .. }));
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
		assert_eq!(state(id), JobState::Delivered { from: now, round: 0 });
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
fn a_quorum_is_one_class_alone() {
	use Class::*;
	let cases: [(&[Class], u32, Option<Class>); 8] = [
		(&[Valid, Valid, Valid, Invalid], 3, Some(Valid)),
		(&[Valid, Valid, Invalid, Invalid], 3, None),
		(&[Invalid, Invalid, Invalid], 3, Some(Invalid)),
		(
			&[Unavailable, Unavailable, Unavailable, Valid],
			3,
			Some(Unavailable),
		),
		(&[Valid, Invalid, Unavailable], 1, None),
		(&[Valid, Valid, Invalid, Invalid], 2, None),
		(&[], 0, None),
		(&[Valid], 0, Some(Valid)),
	];
	for (classes, quorum, expected) in cases {
		assert_eq!(
			tally(classes.iter().copied(), quorum),
			expected,
			"{classes:?} {quorum}"
		);
	}
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

	#[test]
	fn a_class_with_a_quorum_above_half_wins(votes in prop::collection::vec(0u8..3, 1..16)) {
		let class = |vote: u8| match vote {
			0 => Class::Valid,
			1 => Class::Invalid,
			_ => Class::Unavailable,
		};
		let quorum = votes.len() as u32 / 2 + 1;
		let winner = (0..3).find(|vote| {
			votes.iter().filter(|other| *other == vote).count() as u32 >= quorum
		});
		prop_assert_eq!(tally(votes.into_iter().map(class), quorum), winner.map(class));
	}
}

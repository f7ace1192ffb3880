//! The arithmetic of quorum and majority.

use crate::types::{Decision, Kind, Tally, decide, quorum_votes};
use pallet_terms::types::BallotTerms;
use polkadot_sdk::*;
use proptest::prelude::*;
use sp_runtime::Permill;

fn ballot(quorum: u32, majority: u32) -> BallotTerms {
	BallotTerms {
		quorum: Permill::from_parts(quorum),
		majority: Permill::from_parts(majority),
		voting_period: 1,
		enactment_delay: 1,
		deposit: 1,
	}
}

#[test]
fn the_thresholds_are_inclusive_and_exact() {
	use Decision::*;
	// quorum and majority in millionths, denominator, (for, against, abstain), decision
	let cases: [(u32, u32, u128, (u128, u128, u128), Decision); 17] = [
		(670_000, 750_000, 100, (67, 0, 0), Passed),
		(670_000, 750_000, 100, (66, 0, 0), QuorumMissed),
		(670_000, 750_000, 100, (1, 0, 66), Passed),
		(670_000, 750_000, 100, (0, 0, 100), MajorityMissed),
		(670_000, 750_000, 100, (75, 25, 0), Passed),
		(670_000, 750_000, 100, (74, 25, 1), MajorityMissed),
		(670_000, 750_000, 100, (74, 24, 2), Passed),
		// 67 % of 3 is 2.01: two votes are too few.
		(670_000, 750_000, 3, (2, 0, 0), QuorumMissed),
		(670_000, 750_000, 3, (3, 0, 0), Passed),
		(250_000, 510_000, 1_000, (128, 122, 0), Passed),
		(250_000, 510_000, 1_000, (127, 123, 0), MajorityMissed),
		(250_000, 510_000, 1_001, (250, 0, 0), QuorumMissed),
		(0, 0, 10, (0, 0, 0), MajorityMissed),
		(0, 0, 10, (0, 5, 5), MajorityMissed),
		(0, 0, 10, (1, 9, 0), Passed),
		(1_000_000, 1_000_000, u128::MAX, (u128::MAX, 0, 0), Passed),
		(
			1_000_000,
			1_000_000,
			u128::MAX,
			(u128::MAX - 1, 0, 0),
			QuorumMissed,
		),
	];
	for (quorum, majority, denominator, (ayes, nays, abstentions), expected) in cases {
		let tally = Tally {
			ayes,
			nays,
			abstentions,
		};
		let decision = decide(&ballot(quorum, majority), denominator, &tally);
		assert_eq!(decision, expected, "{quorum} {majority} {denominator} {tally:?}");
	}
}

#[test]
fn every_kind_reads_its_own_ballot() {
	let mut terms = pallet_terms::types::Terms::production().congress;
	terms.constitutional.deposit = 0;
	terms.technical.deposit = 1;
	terms.community.deposit = 2;
	terms.resource.deposit = 3;
	assert_eq!(Kind::ALL.map(|kind| kind.ballot(&terms).deposit), [0, 1, 2, 3]);
}

proptest! {
	/// Compared with exact fractions of small numbers, reached by another way: the ceiling of each threshold.
	#[test]
	fn a_vote_passes_exactly_at_the_thresholds(
		quorum in 0..=1_000_000u32,
		majority in 0..=1_000_000u32,
		denominator in 0..2_000u64,
		ayes in 0..1_000u64,
		nays in 0..1_000u64,
		abstentions in 0..1_000u64,
	) {
		let terms = ballot(quorum, majority);
		let tally = Tally { ayes: ayes.into(), nays: nays.into(), abstentions: abstentions.into() };
		let decision = decide(&terms, denominator.into(), &tally);
		let needed = (u64::from(quorum) * denominator).div_ceil(1_000_000);
		let ayes_needed = (u64::from(majority) * (ayes + nays)).div_ceil(1_000_000).max(1);
		let expected = if ayes + nays + abstentions < needed {
			Decision::QuorumMissed
		} else if ayes < ayes_needed {
			Decision::MajorityMissed
		} else {
			Decision::Passed
		};
		prop_assert_eq!(decision, expected);
		prop_assert_eq!(quorum_votes(&terms, denominator.into()), u128::from(needed));
	}

	/// With any numbers whatever: what passed is at or above both thresholds, and one vote less than the quorum
	/// never passes.
	#[test]
	fn nothing_passes_below(
		quorum in 0..=1_000_000u32,
		majority in 0..=1_000_000u32,
		denominator: u128,
		parts: (u128, u128, u128),
	) {
		let terms = ballot(quorum, majority);
		// Three parts of at most a third, so that together they are within the denominator.
		let third = denominator / 3 + 1;
		let tally = Tally { ayes: parts.0 % third, nays: parts.1 % third, abstentions: parts.2 % third };
		let needed = quorum_votes(&terms, denominator);
		prop_assert!(needed <= denominator);
		match decide(&terms, denominator, &tally) {
			Decision::Passed => {
				prop_assert!(tally.ayes > 0 && tally.cast() >= needed);
				// ayes / (ayes + nays) >= majority, by long division instead of a product.
				let decided = tally.ayes + tally.nays;
				let (mut rest, mut share) = (tally.ayes, 0u64);
				if rest == decided {
					share = 1_000_000;
				} else {
					for _ in 0..6 {
						let mut digit = 0u64;
						let step = rest;
						let mut sum = 0u128;
						for _ in 0..10 {
							// sum + step against decided, without overflow
							if sum >= decided - step { sum -= decided - step; digit += 1 } else { sum += step }
						}
						share = share * 10 + digit;
						rest = sum;
					}
				}
				prop_assert!(share >= u64::from(majority), "{share} {majority}");
			},
			Decision::QuorumMissed => prop_assert!(tally.cast() < needed),
			Decision::MajorityMissed => prop_assert!(tally.cast() >= needed),
		}
	}

	/// More votes for never make a passed vote fail, and votes turned from for to against never make a failed one
	/// pass.
	#[test]
	fn votes_pull_in_their_direction(
		quorum in 0..=1_000_000u32,
		majority in 0..=1_000_000u32,
		denominator in 1..u128::MAX / 4,
		parts: (u64, u64, u64),
		more: u64,
	) {
		let terms = ballot(quorum, majority);
		let tally = Tally { ayes: parts.0.into(), nays: parts.1.into(), abstentions: parts.2.into() };
		let denominator = denominator.max(tally.cast() + u128::from(more));
		let mut more_for = tally;
		more_for.ayes += u128::from(more);
		let mut turned = tally;
		let turning = u128::from(more).min(turned.ayes);
		turned.ayes -= turning;
		turned.nays += turning;
		match decide(&terms, denominator, &tally) {
			Decision::Passed => prop_assert_eq!(decide(&terms, denominator, &more_for), Decision::Passed),
			_ => prop_assert_ne!(decide(&terms, denominator, &turned), Decision::Passed),
		}
	}
}

//! The candidates of a position, their scores, and how far a token lies below the best.

use super::noise::{self, CANDIDATES};
use receipt::{Hash, Sampling, Token, sampling::gumbel_of};
use std::cmp::Ordering;

/// The largest first, the lower id first where two are equal.
fn order(a: &(Token, f32), b: &(Token, f32)) -> Ordering {
	b.1.partial_cmp(&a.1)
		.unwrap_or(Ordering::Equal)
		.then(a.0.cmp(&b.0))
}

/// Groups of which [`bound`] takes the largest.
const GROUPS: usize = 128;

/// A value that at least `count` logits reach, and hardly more: the `count`th of the largest logits
/// of groups.
fn bound(logits: &[f32], count: usize) -> f32 {
	let (rows, _) = logits.as_chunks::<GROUPS>();
	if count == 0 || count > GROUPS || rows.is_empty() {
		return f32::NEG_INFINITY;
	}
	let mut largest = [f32::NEG_INFINITY; GROUPS];
	for row in rows {
		for (largest, logit) in largest.iter_mut().zip(row) {
			*largest = if *logit > *largest { *logit } else { *largest };
		}
	}
	*largest.select_nth_unstable_by(count - 1, |a, b| b.total_cmp(a)).1
}

/// The `count` largest logits with their tokens, largest first, ties by lowest id. The logits must
/// be finite.
pub fn largest(logits: &[f32], count: usize) -> Vec<(Token, f32)> {
	const BLOCK: usize = 16;
	let bound = bound(logits, count);
	let mut all: Vec<(Token, f32)> = Vec::new();
	for (block, logits) in logits.chunks(BLOCK).enumerate() {
		if logits.iter().fold(false, |any, logit| any | (*logit >= bound)) {
			let ids = (block * BLOCK) as Token..;
			let numbered = ids.zip(logits.iter().copied());
			all.extend(numbered.filter(|(_, logit)| *logit >= bound));
		}
	}
	let count = count.min(all.len());
	if count < all.len() && count > 0 {
		all.select_nth_unstable_by(count - 1, order);
	}
	all.truncate(count);
	all.sort_unstable_by(order);
	all
}

/// More than the noise of any token, which is at most `-ln(-ln(1 - 2^-25))`.
const LARGEST_NOISE: f64 = 17.4;

/// The best of these candidates, which come largest logit first, and of `best`: the one with the highest score, the
/// lower id where two are equal.
fn best_of(
	candidates: &[(Token, f32)],
	sampling: &Sampling,
	seed: &Hash,
	position: u32,
	mut best: Option<(Token, f64)>,
) -> Option<(Token, f64)> {
	let better = |best: Option<(Token, f64)>, token, score| {
		best.is_none_or(|(other, highest)| score > highest || (score == highest && token < other))
	};
	if sampling.temperature_milli == 0 {
		let first = candidates
			.first()
			.map(|(token, logit)| (*token, f64::from(*logit)));
		return first
			.filter(|(token, score)| better(best, *token, *score))
			.or(best);
	}
	for candidates in candidates.chunks(CANDIDATES) {
		let most = sampling.noiseless(candidates[0].1) + LARGEST_NOISE;
		if best.is_some_and(|(_, highest)| most <= highest) {
			break;
		}
		let mut tokens = [0; CANDIDATES];
		for (token, candidate) in tokens.iter_mut().zip(candidates) {
			*token = candidate.0;
		}
		let hashes = noise::hashes(seed, position, &tokens);
		for ((token, logit), hash) in candidates.iter().zip(hashes) {
			let noiseless = sampling.noiseless(*logit);
			if best.is_some_and(|(_, highest)| noiseless + noise::at_most(hash) < highest) {
				continue;
			}
			let score = noiseless + gumbel_of(hash);
			if better(best, *token, score) {
				best = Some((*token, score));
			}
		}
	}
	best
}

/// The token of a position: the candidate with the highest score, the lower id where two are equal.
/// `None` only where there are no logits.
pub fn choose(logits: &[f32], sampling: &Sampling, seed: &Hash, position: u32) -> Option<Token> {
	let candidates = largest(logits, usize::from(sampling.top_k));
	best_of(&candidates, sampling, seed, position, None).map(|(token, _)| token)
}

/// How many more than `top_k` candidates an auditor looks at.
const MARGIN: usize = 32;

/// How far a token lies below the one that the auditor's logits give, in logits. Zero means it is
/// that token. `None` means it is not even among the auditor's `top_k + 32` largest.
///
/// Two things are forgiven up to `tolerance` logits, because another machine may see them the other
/// way round: which of two nearly equal logits still is the `top_k`th, and which of two nearly equal
/// scores is higher (that difference is what is returned). A token that is not among the candidates
/// at all loses what its logit lacks to be one, however lucky its noise.
pub fn loss(
	logits: &[f32],
	sampling: &Sampling,
	seed: &Hash,
	position: u32,
	token: Token,
	tolerance: f64,
) -> Option<f64> {
	let top_k = usize::from(sampling.top_k);
	let own_logit = *logits.get(token as usize)?;
	let own_score = sampling.score(seed, position, token, own_logit);

	let seen = largest(logits, top_k + 1);
	let candidates = &seen[..top_k.min(seen.len())];
	let is_candidate = candidates.iter().any(|candidate| candidate.0 == token);
	if !is_candidate && rank(logits, token, own_logit) >= top_k + MARGIN {
		return None;
	}
	let excluded = seen.get(top_k).map(|candidate| f64::from(candidate.1));
	let surely_candidate = |logit: f32| excluded.is_none_or(|next| f64::from(logit) - next > tolerance);
	// They come largest logit first.
	let sure = candidates.partition_point(|(_, logit)| surely_candidate(*logit));
	let best = best_of(
		&candidates[..sure],
		sampling,
		seed,
		position,
		Some((token, own_score)),
	);
	let best_score = best.map_or(own_score, |(_, score)| score);
	// Scores are in units of the noise; a temperature turns them back into logits.
	let scale = match sampling.temperature_milli {
		0 => 1.0,
		milli => f64::from(milli) / 1000.0,
	};
	let below_best = (best_score - own_score) * scale;
	let below_candidates = match candidates.last() {
		Some((_, last)) if !is_candidate => f64::from(*last) - f64::from(own_logit),
		_ => 0.0,
	};
	Some(below_best.max(below_candidates))
}

/// How many tokens come before this one.
fn rank(logits: &[f32], token: Token, own: f32) -> usize {
	let (before, rest) = logits.split_at(token as usize);
	before.iter().filter(|logit| **logit >= own).count() + rest.iter().filter(|logit| **logit > own).count()
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn ties_go_to_the_lowest_id() {
		assert_eq!(largest(&[1.0, 3.0, 3.0, 2.0, 3.0], 2), [(1, 3.0), (2, 3.0)]);
		assert_eq!(choose(&[1.0, 3.0, 3.0], &Sampling::GREEDY, &[0; 32], 0), Some(1));
		assert_eq!(choose(&[], &Sampling::GREEDY, &[0; 32], 0), None);
	}

	#[test]
	fn a_greedy_loss_is_the_difference_of_logits() {
		let loss = |token| loss(&[0.0, 5.0, 4.5], &Sampling::GREEDY, &[0; 32], 0, token, 0.001);
		assert_eq!(loss(1), Some(0.0));
		assert_eq!(loss(2), Some(0.5));
		assert_eq!(loss(3), None);
	}

	#[test]
	fn a_token_below_the_candidates_loses_whatever_its_noise() {
		let sampling = Sampling {
			temperature_milli: 5000,
			top_k: 2,
		};
		let logits = [9.0, 8.0, 1.0];
		for seed in 0..50u8 {
			let loss = loss(&logits, &sampling, &[seed; 32], 7, 2, 0.001).expect("within the margin");
			assert!(loss >= 7.0, "{loss}");
		}
	}

	#[test]
	fn a_candidate_that_another_machine_may_not_see_is_not_held_against_the_node() {
		let sampling = Sampling {
			temperature_milli: 1000,
			top_k: 2,
		};
		let (here, there) = ([5.0, 1.000_001, 1.0], [5.0, 1.0, 1.000_001]);
		for seed in 0..200u8 {
			let token = choose(&there, &sampling, &[seed; 32], 3).expect("three logits");
			let loss = loss(&here, &sampling, &[seed; 32], 3, token, 0.001).expect("within the margin");
			assert!(loss < 0.001, "seed {seed}: {loss}");
		}
	}

	/// Every score of every candidate, one by one: what [`best_of`] is compared with.
	fn plainly_best(logits: &[f32], sampling: &Sampling, seed: &Hash, position: u32) -> Option<(Token, f64)> {
		let scored = largest(logits, usize::from(sampling.top_k))
			.into_iter()
			.map(|(token, logit)| (token, sampling.score(seed, position, token, logit)));
		scored.reduce(|best, next| {
			if next.1 > best.1 || (next.1 == best.1 && next.0 < best.0) {
				next
			} else {
				best
			}
		})
	}

	proptest! {
		#[test]
		fn the_best_is_that_of_all_scores(
			logits in proptest::collection::vec(-9i8..9, 0..200),
			temperature_milli in 0u32..3000,
			top_k in 1u16..=64,
			seed: [u8; 32],
			position: u32,
		) {
			let sampling = Sampling { temperature_milli, top_k };
			let logits: Vec<f32> = logits.into_iter().map(|logit| f32::from(logit) / 2.0).collect();
			let candidates = largest(&logits, usize::from(top_k));
			let expected = plainly_best(&logits, &sampling, &seed, position);
			prop_assert_eq!(best_of(&candidates, &sampling, &seed, position, None), expected);
			prop_assert_eq!(choose(&logits, &sampling, &seed, position), expected.map(|(token, _)| token));
		}

		#[test]
		fn the_chosen_token_has_no_loss(
			logits in proptest::collection::vec(-20f32..20.0, 1..200),
			temperature_milli in 0u32..3000,
			top_k in 1u16..=64,
			seed: [u8; 32],
			position: u32,
		) {
			let sampling = Sampling { temperature_milli, top_k };
			let token = choose(&logits, &sampling, &seed, position).expect("not empty");
			prop_assert_eq!(loss(&logits, &sampling, &seed, position, token, 0.002), Some(0.0));
		}

		#[test]
		fn the_largest_are_those_of_a_full_sort(
			logits in proptest::collection::vec(-30i8..30, 0..1000),
			count in 0usize..140,
		) {
			let logits: Vec<f32> = logits.into_iter().map(f32::from).collect();
			let mut sorted: Vec<(Token, f32)> = logits.iter().enumerate().map(|(i, l)| (i as Token, *l)).collect();
			sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
			sorted.truncate(count);
			prop_assert_eq!(largest(&logits, count), sorted);
		}
	}
}

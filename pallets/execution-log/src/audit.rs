//! The draw of a committee and the count of its verdicts, without any storage.

use crate::types::{Class, RingEntry};
use alloc::{collections::BTreeSet, vec::Vec};
use pallet_terms::{JobTerms, MAX_DRAW_DELAY};
use receipt::{
	Hash, JobId,
	hash::{Domain, hash},
};

/// What the randomness after a delivery gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
	/// Too few blocks, or too few authors, so far.
	Waiting,
	/// A block that is needed is no longer in the ring.
	Lost,
	/// The seed.
	Seed(Hash),
}

/// The seed of a draw: job, receipt and the outputs of the blocks after `from`.
///
/// It takes the first `draw_delay` blocks, and then more one by one until enough authors are
/// distinct, at most `draw_delay` more. So it depends only on the blocks, never on when somebody
/// asks. `last` is the newest block whose output is known.
pub fn draw_seed(
	job: JobId,
	receipt: &Hash,
	from: u32,
	last: u32,
	terms: &JobTerms,
	entry_of: impl Fn(u32) -> Option<RingEntry>,
) -> Draw {
	let delay = terms.draw_delay.clamp(1, MAX_DRAW_DELAY);
	let enough = from.saturating_add(delay);
	let most = enough.saturating_add(delay);
	let mut authors = BTreeSet::new();
	let mut outputs = Vec::new();
	for block in from.saturating_add(1)..=most {
		if block > last {
			return Draw::Waiting;
		}
		let Some(entry) = entry_of(block) else {
			return Draw::Lost;
		};
		authors.extend(entry.author);
		outputs.push(entry.output);
		if block >= enough && authors.len() as u64 >= u64::from(terms.min_distinct_authors) {
			break;
		}
	}
	Draw::Seed(hash(Domain::Draw, &(job, receipt, outputs)))
}

/// Draws `size` of `eligible` without replacement; all of them, in drawn order, where there are fewer.
pub fn draw_committee<A>(seed: &Hash, mut eligible: Vec<A>, size: u32) -> Vec<A> {
	let mut drawn = Vec::new();
	for number in 0..size {
		let Some(left) = (eligible.len() as u64).checked_sub(1) else {
			break;
		};
		let bytes = hash(Domain::Draw, &(seed, number));
		let mut word = [0; 8];
		word.copy_from_slice(&bytes[..8]);
		// The bias of the remainder is below 2^-48 for any set of validators.
		let index = u64::from_le_bytes(word) % left.saturating_add(1);
		drawn.push(eligible.swap_remove(index as usize));
	}
	drawn
}

/// The class that at least `quorum` verdicts share, if one class alone has the most.
pub fn tally(classes: impl IntoIterator<Item = Class>, quorum: u32) -> Option<Class> {
	let mut counts = [(Class::Valid, 0u32), (Class::Invalid, 0), (Class::Unavailable, 0)];
	for class in classes {
		for (candidate, count) in &mut counts {
			if *candidate == class {
				*count = count.saturating_add(1);
			}
		}
	}
	counts.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
	let [(class, first), (_, second), _] = counts;
	(first >= quorum.max(1) && first > second).then_some(class)
}

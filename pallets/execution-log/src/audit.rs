//! The draw of an audit and of its auditors, without any storage.

use crate::types::RingEntry;
use alloc::{collections::BTreeSet, vec::Vec};
use pallet_terms::{MAX_DRAW_DELAY, Terms};
use receipt::{
	Hash, JobId,
	hash::{Domain, hash},
};
use verification::beacon::{Beacon, ends_draw};

/// What the randomness after a delivery gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Randomness {
	/// Too few blocks, or too few authors, so far.
	Waiting,
	/// A block that is needed is no longer in the ring.
	Lost,
	/// The seed of the draw.
	Seed(Hash),
}

/// 64 bits of a hash.
fn word(hash: &Hash) -> u64 {
	let mut word = [0; 8];
	word.copy_from_slice(&hash[..8]);
	u64::from_le_bytes(word)
}

/// The 64 bits with which a seed answers a question of the draw.
pub fn answer(seed: &Hash, question: &[u8]) -> u64 {
	word(&hash(Domain::Draw, &(seed, question)))
}

/// The fewest blocks whose randomness draws.
pub fn delay(terms: &Terms) -> u32 {
	terms.jobs.draw_delay.clamp(1, MAX_DRAW_DELAY)
}

/// The seed of a draw: job, receipt and the outputs of the blocks up to the one that ends it.
///
/// Which block that is the outputs themselves decide ([`ends_draw`]), so that nobody can arrange to write the last one.
/// It depends only on the blocks, never on when somebody asks. `last` is the newest block whose output is known.
pub fn draw_seed(
	job: JobId,
	receipt: &Hash,
	from: u32,
	last: u32,
	terms: &Terms,
	entry_of: impl Fn(u32) -> Option<RingEntry>,
) -> Randomness {
	let rules = &terms.verification;
	let (delay, least) = (delay(terms), terms.jobs.min_distinct_authors);
	let first = from.saturating_add(delay);
	for block in first..=first.saturating_add(rules.stop_within) {
		if block > last {
			return Randomness::Waiting;
		}
		let Some(entry) = entry_of(block) else {
			return Randomness::Lost;
		};
		let ends = |authors| {
			let age = block.saturating_sub(from);
			ends_draw(
				rules,
				age,
				delay,
				authors,
				least,
				answer(&entry.beacon, b"does this block end draws?"),
			) == Beacon::Complete
		};
		// The authors are counted only where the block would end the draw with enough of them.
		if !ends(u32::MAX) {
			continue;
		}
		let Some(authors) = distinct_authors(from, block, &entry_of) else {
			return Randomness::Lost;
		};
		if ends(authors) {
			return Randomness::Seed(hash(Domain::Draw, &(job, receipt, entry.beacon)));
		}
	}
	// The last block of the loop ends the draw whatever its authors are.
	Randomness::Lost
}

/// How many authors wrote the blocks after `from` up to `last`; `None` where one of them is no longer known.
fn distinct_authors(from: u32, last: u32, entry_of: impl Fn(u32) -> Option<RingEntry>) -> Option<u32> {
	let mut authors = BTreeSet::new();
	for block in from.saturating_add(1)..=last {
		authors.extend(entry_of(block)?.author);
	}
	u32::try_from(authors.len()).ok()
}

/// Draws `size` of `eligible` without replacement; all of them, in drawn order, where there are fewer.
pub fn draw_committee<A>(seed: &Hash, mut eligible: Vec<A>, size: u32) -> Vec<A> {
	let mut drawn = Vec::new();
	for number in 0..size {
		let Some(left) = (eligible.len() as u64).checked_sub(1) else {
			break;
		};
		// The bias of the remainder is below 2^-48 for any set of validators.
		let index = word(&hash(Domain::Draw, &(seed, number))) % left.saturating_add(1);
		drawn.push(eligible.swap_remove(index as usize));
	}
	drawn
}

/// The median; the lower of two in the middle. Zero of nothing.
pub fn median(mut values: Vec<u32>) -> u32 {
	values.sort_unstable();
	let middle = values.len().saturating_sub(1) / 2;
	values.get(middle).copied().unwrap_or(0)
}

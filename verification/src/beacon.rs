//! Which block ends a draw.
//!
//! The seed of a draw is a hash over the random outputs of the blocks after the delivery. The author of the
//! last of them sees the result before anyone, and may withhold its block if it dislikes it. Were the last block
//! a known one, a node that is also an author would deliver so many blocks before a slot of its own, and an
//! audit of probability p would become one of p². So the last block is drawn as well, by the outputs themselves:
//! an author of a share s of the blocks that withholds all it can still leaves p (1 - s) / (1 - s p).

use crate::{Blocks, Ppm, Rules};

/// What a block is to a draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Beacon {
	/// More blocks are needed.
	Waiting,
	/// The outputs up to this block are the seed.
	Complete,
}

/// Whether the draw ends with the block that is `age` blocks after the delivery.
///
/// `delay` is the fewest blocks that take part, `authors` how many of those so far are distinct and
/// `min_authors` how many must be; `word` is 64 bits of the hash over all outputs so far. After `delay +
/// stop_within` blocks the draw ends whatever they are.
pub fn ends_draw(
	rules: &Rules,
	age: Blocks,
	delay: Blocks,
	authors: u32,
	min_authors: u32,
	word: u64,
) -> Beacon {
	let last = delay.saturating_add(rules.stop_within);
	let is_drawn = authors >= min_authors && word.is_multiple_of(u64::from(rules.stop_one_in.max(1)));
	if age >= last || (age >= delay && is_drawn) {
		Beacon::Complete
	} else {
		Beacon::Waiting
	}
}

/// The least probability of an audit of probability `p` where one party writes a share `own` of the blocks and
/// withholds every one that would end the draw with an audit: p (1 - s) / (1 - s p), rounded down.
pub fn probability_after_withholding(p: Ppm, own: Ppm) -> Ppm {
	let one = u128::from(Ppm::ONE.parts());
	let (p, s) = (u128::from(p.parts()), u128::from(own.parts()));
	let (part, whole) = (
		p.saturating_mul(one.saturating_sub(s)),
		one.saturating_mul(one).saturating_sub(s.saturating_mul(p)),
	);
	if whole == 0 {
		Ppm::ZERO
	} else {
		Ppm::ratio(part, whole)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn waits_for_delay_authors_and_word() {
		let rules = Rules::default();
		assert_eq!(ends_draw(&rules, 15, 16, 4, 4, 0), Beacon::Waiting);
		assert_eq!(ends_draw(&rules, 16, 16, 3, 4, 0), Beacon::Waiting);
		assert_eq!(ends_draw(&rules, 16, 16, 4, 4, 1), Beacon::Waiting);
		assert_eq!(ends_draw(&rules, 16, 16, 4, 4, 8), Beacon::Complete);
		assert_eq!(ends_draw(&rules, 80, 16, 0, 4, 1), Beacon::Complete);
	}

	#[test]
	fn a_third_of_the_authors_keeps_two_thirds_of_a_small_probability() {
		let least = probability_after_withholding(Ppm::new(50_000), Ppm::new(333_333));
		assert!((33_000..34_500).contains(&least.parts()), "{least:?}");
		assert_eq!(
			probability_after_withholding(Ppm::ONE, Ppm::new(333_333)),
			Ppm::ONE
		);
		assert_eq!(probability_after_withholding(Ppm::ONE, Ppm::ONE), Ppm::ZERO);
	}
}

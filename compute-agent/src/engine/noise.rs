//! The noise of many candidates at once.
//!
//! [`receipt::sampling::gumbel`] hashes one candidate and takes two logarithms. Here BLAKE3 runs for sixteen
//! candidates side by side, in the registers of whatever processor this is, and a bound from the hash's first bits
//! tells for which of them the logarithms can matter. Every value is the one that `gumbel` gives.

use super::lanes::{Kernel, Lanes, POSITIONS, Processor};
use receipt::{Hash, Token, hash::Domain, sampling::gumbel_of};
use std::sync::LazyLock;

/// Candidates that are hashed at once.
pub(super) const CANDIDATES: usize = POSITIONS;

/// What is the same for all candidates of all runs.
struct Fixed {
	processor: Processor,
	/// The chaining value that the domain's context gives.
	key: [u32; 8],
	/// More than the noise of any hash that begins with these eight bits.
	bounds: [f64; 256],
}

static FIXED: LazyLock<Fixed> = LazyLock::new(|| {
	let key = blake3::hazmat::hash_derive_key_context(Domain::Noise.context());
	Fixed {
		processor: Processor::detect(),
		key: std::array::from_fn(|word| word_of(&key, word)),
		bounds: std::array::from_fn(|first| gumbel_of(((first as u32) << 16) | 0xffff) + 1e-9),
	}
});

fn word_of(bytes: &[u8; 32], word: usize) -> u32 {
	let start = word * 4;
	u32::from_le_bytes([bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3]])
}

/// For each candidate the first 24 bits of its hash, from which [`gumbel_of`] makes the noise.
pub(super) fn hashes(seed: &Hash, position: u32, tokens: &[Token; CANDIDATES]) -> [u32; CANDIDATES] {
	let mut words = [0; CANDIDATES];
	FIXED.processor.run(Hashes {
		key: FIXED.key,
		seed: std::array::from_fn(|word| word_of(seed, word)),
		position,
		tokens,
		words: &mut words,
	});
	words
}

/// More than the noise of this hash, and for all but a few hashes hardly more.
pub(super) fn at_most(hash: u32) -> f64 {
	FIXED.bounds[((hash >> 16) & 0xff) as usize]
}

/// BLAKE3's compression of the one block that seed, position and token are, for each token.
struct Hashes<'a> {
	key: [u32; 8],
	seed: [u32; 8],
	position: u32,
	tokens: &'a [Token; CANDIDATES],
	words: &'a mut [u32; CANDIDATES],
}

impl Kernel for Hashes<'_> {
	#[inline(always)]
	fn run<L: Lanes>(self, _: L) {
		for (word, token) in self.words.iter_mut().zip(self.tokens) {
			*word = first_word(self.key, self.seed, self.position, *token) & 0x00ff_ffff;
		}
	}
}

/// Without a branch and without a loop, so that compilers do many at once.
#[inline(always)]
fn first_word(key: [u32; 8], seed: [u32; 8], position: u32, token: Token) -> u32 {
	/// The first half of BLAKE3's initialization vector.
	const IV: [u32; 4] = [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a];
	/// The bytes of the block: seed, position, token.
	const LENGTH: u32 = 32 + 4 + 4;
	/// First and last block of a chunk, the root, key derivation.
	const FLAGS: u32 = 1 | 2 | 8 | 64;
	let [s0, s1, s2, s3, s4, s5, s6, s7] = seed;
	let [k0, k1, k2, k3, k4, k5, k6, k7] = key;
	let [i0, i1, i2, i3] = IV;
	let mut v = [
		k0, k1, k2, k3, k4, k5, k6, k7, i0, i1, i2, i3, 0, 0, LENGTH, FLAGS,
	];
	let m = [s0, s1, s2, s3, s4, s5, s6, s7, position, token, 0, 0, 0, 0, 0, 0];
	round(&mut v, &m);
	let m = permuted(m);
	round(&mut v, &m);
	let m = permuted(m);
	round(&mut v, &m);
	let m = permuted(m);
	round(&mut v, &m);
	let m = permuted(m);
	round(&mut v, &m);
	let m = permuted(m);
	round(&mut v, &m);
	let m = permuted(m);
	round(&mut v, &m);
	v[0] ^ v[8]
}

#[inline(always)]
fn permuted(m: [u32; 16]) -> [u32; 16] {
	[
		m[2], m[6], m[3], m[10], m[7], m[0], m[4], m[13], m[1], m[11], m[12], m[5], m[9], m[14], m[15], m[8],
	]
}

#[inline(always)]
fn round(v: &mut [u32; 16], m: &[u32; 16]) {
	mix::<0, 4, 8, 12>(v, m[0], m[1]);
	mix::<1, 5, 9, 13>(v, m[2], m[3]);
	mix::<2, 6, 10, 14>(v, m[4], m[5]);
	mix::<3, 7, 11, 15>(v, m[6], m[7]);
	mix::<0, 5, 10, 15>(v, m[8], m[9]);
	mix::<1, 6, 11, 12>(v, m[10], m[11]);
	mix::<2, 7, 8, 13>(v, m[12], m[13]);
	mix::<3, 4, 9, 14>(v, m[14], m[15]);
}

#[inline(always)]
fn mix<const A: usize, const B: usize, const C: usize, const D: usize>(v: &mut [u32; 16], x: u32, y: u32) {
	v[A] = v[A].wrapping_add(v[B]).wrapping_add(x);
	v[D] = (v[D] ^ v[A]).rotate_right(16);
	v[C] = v[C].wrapping_add(v[D]);
	v[B] = (v[B] ^ v[C]).rotate_right(12);
	v[A] = v[A].wrapping_add(v[B]).wrapping_add(y);
	v[D] = (v[D] ^ v[A]).rotate_right(8);
	v[C] = v[C].wrapping_add(v[D]);
	v[B] = (v[B] ^ v[C]).rotate_right(7);
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;
	use receipt::sampling::gumbel;

	proptest! {
		#[test]
		fn every_instruction_set_gives_the_noise_of_the_protocol(
			seed: [u8; 32],
			position: u32,
			tokens: [Token; CANDIDATES],
		) {
			let expected = tokens.map(|token| gumbel(&seed, position, token));
			prop_assert_eq!(hashes(&seed, position, &tokens).map(gumbel_of), expected);
			for processor in Processor::all(1) {
				let mut words = [0; CANDIDATES];
				processor.run(Hashes {
					key: FIXED.key,
					seed: std::array::from_fn(|word| word_of(&seed, word)),
					position,
					tokens: &tokens,
					words: &mut words,
				});
				prop_assert_eq!(words.map(gumbel_of), expected);
			}
		}

		#[test]
		fn a_bound_is_above_the_noise(hash in 0u32..1 << 24) {
			prop_assert!(at_most(hash) > gumbel_of(hash));
		}
	}

	#[test]
	fn bounds_hold_at_both_ends_of_each_range() {
		for first in 0..256 {
			let (low, high) = (first << 16, (first << 16) | 0xffff);
			assert!(
				gumbel_of(low) < at_most(low) && gumbel_of(high) < at_most(high),
				"{first}"
			);
		}
	}
}

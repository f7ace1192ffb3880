//! Seeded randomness: SplitMix64 (Steele, Lea and Flood, 2014). The same seed gives the same run everywhere.

use verification::Ppm;

/// Mixes two words into one that looks independent of both.
pub fn mix(a: u64, b: u64) -> u64 {
	let mut z = a
		.wrapping_add(b.wrapping_mul(0x9E37_79B9_7F4A_7C15))
		.wrapping_add(0x9E37_79B9_7F4A_7C15);
	z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
	z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
	z ^ (z >> 31)
}

/// A stream of words.
#[derive(Clone, Debug)]
pub struct Random {
	seed: u64,
	count: u64,
}

impl Random {
	/// The stream of one purpose within one run.
	pub fn new(seed: u64, purpose: &str) -> Self {
		let seed = purpose
			.bytes()
			.fold(mix(seed, 0), |seed, byte| mix(seed, u64::from(byte)));
		Self { seed, count: 0 }
	}

	/// The next 64 bits.
	pub fn word(&mut self) -> u64 {
		self.count = self.count.wrapping_add(1);
		mix(self.seed, self.count)
	}

	/// A number below `bound`, which is above zero.
	pub fn below(&mut self, bound: u64) -> u64 {
		self.word() % bound.max(1)
	}

	/// A number from `low` to `high`, both included.
	pub fn between(&mut self, low: u64, high: u64) -> u64 {
		low + self.below(high.saturating_sub(low) + 1)
	}

	/// Whether something of this probability happens.
	pub fn happens(&mut self, chance: Ppm) -> bool {
		chance.happens(self.word())
	}

	/// A number between `low` and `high` whose logarithm is uniform. Only the simulated world uses it, never a rule.
	pub fn log_between(&mut self, low: f64, high: f64) -> f64 {
		let unit = (self.word() >> 11) as f64 / (1u64 << 53) as f64;
		(low.ln() + unit * (high.ln() - low.ln())).exp()
	}

	/// Blocks until the next event of a process with this mean; at least one.
	pub fn waiting(&mut self, mean: u32) -> u32 {
		let unit = ((self.word() >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
		((-unit.ln() * f64::from(mean)) as u32).clamp(1, mean.saturating_mul(20).max(1))
	}
}

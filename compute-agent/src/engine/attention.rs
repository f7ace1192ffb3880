//! Rotary positions, the cache of keys and values, and attention over it.

use super::{
	kernel,
	lanes::{Column, POSITIONS},
};

/// Shapes of an attention block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heads {
	/// Heads of queries.
	pub(super) queries: usize,
	/// Heads of keys and values; each serves `queries / keys` heads of queries.
	pub(super) keys: usize,
	/// Values per head.
	pub(super) size: usize,
}

/// Turns pairs of neighbours, as Llama models in GGUF files want it.
pub(super) struct Rotary {
	frequencies: Vec<f64>,
}

impl Rotary {
	/// `factors`, where a model has them, divide the frequencies (`rope_freqs.weight`).
	pub(super) fn new(dimensions: usize, base: f32, factors: Option<&[f32]>) -> Self {
		let frequencies = (0..dimensions / 2)
			.map(|i| {
				let factor = factors.and_then(|factors| factors.get(i)).copied().unwrap_or(1.0);
				libm::pow(f64::from(base), -2.0 * i as f64 / dimensions as f64) / f64::from(factor)
			})
			.collect();
		Self { frequencies }
	}

	/// Pairs that are turned in each head.
	pub(super) fn pairs(&self) -> usize {
		self.frequencies.len()
	}

	/// Cosine and sine of every pair at a position.
	pub(super) fn angles(&self, position: usize) -> impl Iterator<Item = (f32, f32)> {
		self.frequencies.iter().map(move |frequency| {
			let angle = position as f64 * frequency;
			(libm::cos(angle) as f32, libm::sin(angle) as f32)
		})
	}

	/// Cosine and sine of every pair, for `count` tiles of positions from `first` on.
	pub(super) fn tiles(&self, first: usize, count: usize) -> Vec<(Column, Column)> {
		let mut angles = vec![(Column::ZERO, Column::ZERO); count * self.pairs()];
		for position in 0..count * POSITIONS {
			let (tile, lane) = (position / POSITIONS, position % POSITIONS);
			let of_tile = &mut angles[tile * self.pairs()..][..self.pairs()];
			for ((cosines, sines), (cos, sin)) in of_tile.iter_mut().zip(self.angles(first + position)) {
				cosines.0[lane] = cos;
				sines.0[lane] = sin;
			}
		}
		angles
	}

	/// Rotates the heads of one position, of `size` values each.
	pub(super) fn rotate(&self, x: &mut [f32], size: usize, angles: &[(f32, f32)]) {
		for head in x.chunks_exact_mut(size) {
			for (pair, (cos, sin)) in head.chunks_exact_mut(2).zip(angles) {
				let (a, b) = (pair[0], pair[1]);
				pair[0] = a * cos - b * sin;
				pair[1] = a * sin + b * cos;
			}
		}
	}
}

/// Keys and values of the positions so far, one entry a layer.
pub(super) struct Cache {
	pub(super) layers: Vec<LayerCache>,
	pub(super) positions: usize,
}

/// One row of `keys * size` values per position in each.
#[derive(Clone, Default)]
pub(super) struct LayerCache {
	pub(super) keys: Vec<f32>,
	pub(super) values: Vec<f32>,
}

impl Cache {
	pub(super) fn new(layers: usize) -> Self {
		Self {
			layers: vec![LayerCache::default(); layers],
			positions: 0,
		}
	}

	/// Forgets all positions but the first so many.
	pub(super) fn truncate(&mut self, positions: usize) {
		if positions >= self.positions {
			return;
		}
		for layer in &mut self.layers {
			for rows in [&mut layer.keys, &mut layer.values] {
				rows.truncate(rows.len() / self.positions * positions);
			}
		}
		self.positions = positions;
	}
}

/// The attention of the last position in the cache over all of them.
pub(super) fn attend(query: &[f32], cache: &LayerCache, heads: Heads) -> Vec<f32> {
	let size = heads.size;
	let scale = 1.0 / libm::sqrtf(size as f32);
	let mut weights = vec![0f32; cache.keys.len() / (heads.keys * size)];
	let mut out = vec![0f32; query.len()];
	for (head, (out, query)) in out
		.chunks_exact_mut(size)
		.zip(query.chunks_exact(size))
		.enumerate()
	{
		let shared = head / (heads.queries / heads.keys) * size;
		let start = |position: usize| position * heads.keys * size + shared;
		for (position, weight) in weights.iter_mut().enumerate() {
			*weight = kernel::dot(query, &cache.keys[start(position)..][..size]) * scale;
		}
		kernel::softmax(&mut weights);
		for (position, weight) in weights.iter().enumerate() {
			kernel::add_scaled(out, *weight, &cache.values[start(position)..][..size]);
		}
	}
	out
}

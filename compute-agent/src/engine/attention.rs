//! Rotary positions, the cache of keys and values, and attention over it.

use super::kernel;
use std::ops::Range;

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

	/// Cosine and sine of every pair, position by position.
	pub(super) fn angles(&self, positions: Range<usize>) -> Vec<(f32, f32)> {
		positions
			.flat_map(|position| {
				self.frequencies.iter().map(move |frequency| {
					let angle = position as f64 * frequency;
					(libm::cos(angle) as f32, libm::sin(angle) as f32)
				})
			})
			.collect()
	}

	/// Rotates `x`, which holds `heads` heads of `size` values for each position of `angles`.
	pub(super) fn rotate(&self, x: &mut [f32], heads: usize, size: usize, angles: &[(f32, f32)]) {
		let pairs = self.frequencies.len();
		for (row, angles) in x.chunks_exact_mut(heads * size).zip(angles.chunks_exact(pairs)) {
			for head in row.chunks_exact_mut(size) {
				for (pair, (cos, sin)) in head.chunks_exact_mut(2).zip(angles) {
					let (a, b) = (pair[0], pair[1]);
					pair[0] = a * cos - b * sin;
					pair[1] = a * sin + b * cos;
				}
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
}

/// Products below which one thread is faster than several.
const PARALLEL_FROM: usize = 4_000_000;

/// The attention of query rows at positions `first`, `first + 1`, ... over all earlier positions and
/// their own.
pub(super) fn attend(queries: &[f32], cache: &LayerCache, first: usize, heads: Heads) -> Vec<f32> {
	let width = heads.queries * heads.size;
	let rows = queries.len() / width;
	let mut out = vec![0f32; queries.len()];
	let work = rows * (first + rows) * width;
	let threads = if work < PARALLEL_FROM {
		1
	} else {
		kernel::threads().min(rows)
	};
	let share = rows.div_ceil(threads.max(1)).max(1);
	let run = |out: &mut [f32], queries: &[f32], first: usize| {
		for (row, (out, query)) in out
			.chunks_exact_mut(width)
			.zip(queries.chunks_exact(width))
			.enumerate()
		{
			attend_row(out, query, cache, first + row + 1, heads);
		}
	};
	if threads == 1 {
		run(&mut out, queries, first);
	} else {
		std::thread::scope(|scope| {
			let pieces = out.chunks_mut(share * width).zip(queries.chunks(share * width));
			for (piece, (out, queries)) in pieces.enumerate() {
				scope.spawn(move || run(out, queries, first + piece * share));
			}
		});
	}
	out
}

fn attend_row(out: &mut [f32], query: &[f32], cache: &LayerCache, positions: usize, heads: Heads) {
	let size = heads.size;
	let scale = 1.0 / libm::sqrtf(size as f32);
	let mut weights = vec![0f32; positions];
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
}

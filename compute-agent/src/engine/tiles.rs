//! The arithmetic of [`kernel`](super::kernel) for many positions: each lane does, in the same order,
//! what one position does there, so the bits are the same.
//!
//! A *tile* is [`POSITIONS`] positions: one [`Column`] for each feature. Tiles that follow each other
//! lie one after the other.

use super::{
	attention::{Heads, LayerCache},
	exponential::exp,
	kernel::PARTS,
	lanes::{Column, Kernel, Lanes, POSITIONS},
};

/// Tiles from rows of `features` values each. Positions that the last tile has no row for are zero.
pub(super) fn from_rows(rows: &[f32], features: usize) -> Vec<Column> {
	let mut columns = vec![Column::ZERO; rows.len().div_ceil(features * POSITIONS) * features];
	let tiles = columns.chunks_exact_mut(features);
	for (tile, rows) in tiles.zip(rows.chunks(features * POSITIONS)) {
		for (lane, row) in rows.chunks_exact(features).enumerate() {
			for (column, value) in tile.iter_mut().zip(row) {
				column.0[lane] = *value;
			}
		}
	}
	columns
}

/// The first `positions` rows of tiles.
pub(super) fn to_rows(columns: &[Column], features: usize, positions: usize) -> Vec<f32> {
	/// Columns that are read for one row after the other while they are near.
	const BLOCK: usize = 32;
	let mut rows = vec![0f32; positions * features];
	let tiles = columns.chunks_exact(features);
	for (tile, rows) in tiles.zip(rows.chunks_mut(features * POSITIONS)) {
		for (block, columns) in tile.chunks(BLOCK).enumerate() {
			for (lane, row) in rows.chunks_exact_mut(features).enumerate() {
				for (value, column) in row[block * BLOCK..].iter_mut().zip(columns) {
					*value = column.0[lane];
				}
			}
		}
	}
	rows
}

/// The sum of the partial sums, in the order of [`kernel`](super::kernel).
#[inline(always)]
fn total<L: Lanes>(lanes: L, p: [L::Vector; PARTS]) -> L::Vector {
	let even = lanes.add(lanes.add(p[0], p[4]), lanes.add(p[2], p[6]));
	let odd = lanes.add(lanes.add(p[1], p[5]), lanes.add(p[3], p[7]));
	lanes.add(even, odd)
}

/// The dot products of `R` rows with one tile of as many features.
#[inline(always)]
fn dots<L: Lanes, const R: usize>(lanes: L, rows: [&[f32]; R], x: &[Column]) -> [L::Vector; R] {
	// A pair after the other, so that its sums stay in registers until they are complete. No closure here: one that is
	// not inlined would be compiled for other registers.
	let p04 = pair(lanes, rows, x, 0, 4);
	let p26 = pair(lanes, rows, x, 2, 6);
	let p15 = pair(lanes, rows, x, 1, 5);
	let p37 = pair(lanes, rows, x, 3, 7);
	let mut sums = p04;
	for r in 0..R {
		sums[r] = lanes.add(lanes.add(p04[r], p26[r]), lanes.add(p15[r], p37[r]));
	}
	sums
}

/// The sums of two of the [`PARTS`] partial sums of [`dots`], which [`total`] adds to each other.
#[inline(always)]
fn pair<L: Lanes, const R: usize>(
	lanes: L,
	rows: [&[f32]; R],
	x: &[Column],
	first: usize,
	second: usize,
) -> [L::Vector; R] {
	let mut sums = [lanes.splat(0.0); R];
	if !L::PAIRS {
		let a = partial(lanes, rows, x, first);
		let b = partial(lanes, rows, x, second);
		for r in 0..R {
			sums[r] = lanes.add(a[r], b[r]);
		}
		return sums;
	}
	let (chunks, rest) = x.as_chunks::<PARTS>();
	let mut whole: [&[[f32; PARTS]]; R] = [&[]; R];
	for r in 0..R {
		whole[r] = &rows[r].as_chunks::<PARTS>().0[..chunks.len()];
	}
	let (mut a, mut b) = (sums, sums);
	for i in 0..chunks.len() {
		let (x, y) = (lanes.load(&chunks[i][first]), lanes.load(&chunks[i][second]));
		for r in 0..R {
			a[r] = lanes.add(a[r], lanes.multiply(x, lanes.splat(whole[r][i][first])));
			b[r] = lanes.add(b[r], lanes.multiply(y, lanes.splat(whole[r][i][second])));
		}
	}
	for (sums, part) in [(&mut a, first), (&mut b, second)] {
		if let Some(column) = rest.get(part) {
			let column = lanes.load(column);
			for r in 0..R {
				let value = rows[r][chunks.len() * PARTS + part];
				sums[r] = lanes.add(sums[r], lanes.multiply(column, lanes.splat(value)));
			}
		}
	}
	for r in 0..R {
		sums[r] = lanes.add(a[r], b[r]);
	}
	sums
}

/// One of the [`PARTS`] partial sums of [`dots`].
#[inline(always)]
fn partial<L: Lanes, const R: usize>(
	lanes: L,
	rows: [&[f32]; R],
	x: &[Column],
	part: usize,
) -> [L::Vector; R] {
	let (chunks, rest) = x.as_chunks::<PARTS>();
	let mut whole: [&[[f32; PARTS]]; R] = [&[]; R];
	for r in 0..R {
		whole[r] = &rows[r].as_chunks::<PARTS>().0[..chunks.len()];
	}
	let mut sums = [lanes.splat(0.0); R];
	for i in 0..chunks.len() {
		let column = lanes.load(&chunks[i][part]);
		for r in 0..R {
			sums[r] = lanes.add(sums[r], lanes.multiply(column, lanes.splat(whole[r][i][part])));
		}
	}
	if let Some(column) = rest.get(part) {
		let column = lanes.load(column);
		for r in 0..R {
			let value = rows[r][chunks.len() * PARTS + part];
			sums[r] = lanes.add(sums[r], lanes.multiply(column, lanes.splat(value)));
		}
	}
	sums
}

/// `y = w x` for tiles `x` of `inputs` features and `w` with rows of `inputs` values.
pub(super) struct Product<'a> {
	pub(super) w: &'a [f32],
	pub(super) inputs: usize,
	pub(super) x: &'a [Column],
	pub(super) y: &'a mut [Column],
}

impl Product<'_> {
	#[inline(always)]
	fn in_blocks<L: Lanes, const R: usize>(self, lanes: L) {
		let Self { w, inputs, x, y } = self;
		let outputs = w.len() / inputs;
		let row = |number: usize| &w[number * inputs..][..inputs];
		// Rows outside, tiles inside: each weight is read from memory once.
		let whole = outputs / R * R;
		for first in (0..whole).step_by(R) {
			let rows: [&[f32]; R] = std::array::from_fn(|r| row(first + r));
			for (x, y) in x.chunks_exact(inputs).zip(y.chunks_exact_mut(outputs)) {
				let sums = dots(lanes, rows, x);
				for (sum, y) in sums.into_iter().zip(&mut y[first..][..R]) {
					lanes.store(sum, y);
				}
			}
		}
		for number in whole..outputs {
			for (x, y) in x.chunks_exact(inputs).zip(y.chunks_exact_mut(outputs)) {
				let [sum] = dots(lanes, [row(number)], x);
				lanes.store(sum, &mut y[number]);
			}
		}
	}
}

impl Kernel for Product<'_> {
	#[inline(always)]
	fn run<L: Lanes>(self, lanes: L) {
		match L::ROWS {
			8 => self.in_blocks::<L, 8>(lanes),
			4 => self.in_blocks::<L, 4>(lanes),
			_ => self.in_blocks::<L, 2>(lanes),
		}
	}
}

/// Root mean square norm of every position.
pub(super) struct RmsNorm<'a> {
	pub(super) x: &'a [Column],
	pub(super) weight: &'a [f32],
	pub(super) epsilon: f32,
	pub(super) y: &'a mut [Column],
}

impl Kernel for RmsNorm<'_> {
	#[inline(always)]
	fn run<L: Lanes>(self, lanes: L) {
		let width = self.weight.len();
		for (x, y) in self.x.chunks_exact(width).zip(self.y.chunks_exact_mut(width)) {
			let mut parts = [lanes.splat(0.0); PARTS];
			for features in x.chunks(PARTS) {
				for (sum, column) in parts.iter_mut().zip(features) {
					let value = lanes.load(column);
					*sum = lanes.add(*sum, lanes.multiply(value, value));
				}
			}
			let mut scale = Column::ZERO;
			lanes.store(total(lanes, parts), &mut scale);
			for value in &mut scale.0 {
				*value = 1.0 / libm::sqrtf(*value / width as f32 + self.epsilon);
			}
			let scale = lanes.load(&scale);
			for ((x, y), weight) in x.iter().zip(y).zip(self.weight) {
				let scaled = lanes.multiply(lanes.load(x), scale);
				lanes.store(lanes.multiply(scaled, lanes.splat(*weight)), y);
			}
		}
	}
}

/// Turns pairs of neighbours in each head of `size` features by the angles of the tile.
pub(super) struct Rotate<'a> {
	pub(super) x: &'a mut [Column],
	/// Features of a position.
	pub(super) features: usize,
	pub(super) size: usize,
	/// Cosine and sine of each pair, tile by tile.
	pub(super) angles: &'a [(Column, Column)],
	/// Pairs that are turned in a head.
	pub(super) pairs: usize,
}

impl Kernel for Rotate<'_> {
	#[inline(always)]
	fn run<L: Lanes>(self, lanes: L) {
		if self.pairs == 0 {
			return;
		}
		let tiles = self.x.chunks_exact_mut(self.features);
		for (tile, angles) in tiles.zip(self.angles.chunks_exact(self.pairs)) {
			for head in tile.chunks_exact_mut(self.size) {
				for (pair, (cos, sin)) in head.as_chunks_mut::<2>().0.iter_mut().zip(angles) {
					let (cos, sin) = (lanes.load(cos), lanes.load(sin));
					let (a, b) = (lanes.load(&pair[0]), lanes.load(&pair[1]));
					let turned = lanes.subtract(lanes.multiply(a, cos), lanes.multiply(b, sin));
					lanes.store(turned, &mut pair[0]);
					let turned = lanes.add(lanes.multiply(a, sin), lanes.multiply(b, cos));
					lanes.store(turned, &mut pair[1]);
				}
			}
		}
	}
}

/// `gate * sigmoid(gate) * up`, into `gate`.
pub(super) struct SwiGlu<'a> {
	pub(super) gate: &'a mut [Column],
	pub(super) up: &'a [Column],
}

impl Kernel for SwiGlu<'_> {
	#[inline(always)]
	fn run<L: Lanes>(self, _: L) {
		for (gate, up) in self.gate.iter_mut().zip(self.up) {
			for (gate, up) in gate.0.iter_mut().zip(&up.0) {
				*gate = *gate / (1.0 + exp(-*gate)) * up;
			}
		}
	}
}

/// `x += y`.
pub(super) struct Add<'a> {
	pub(super) x: &'a mut [Column],
	pub(super) y: &'a [Column],
}

impl Kernel for Add<'_> {
	#[inline(always)]
	fn run<L: Lanes>(self, lanes: L) {
		for (x, y) in self.x.iter_mut().zip(self.y) {
			lanes.store(lanes.add(lanes.load(x), lanes.load(y)), x);
		}
	}
}

/// The attention of one tile over all earlier positions and its own.
pub(super) struct Attend<'a> {
	/// Queries of the tile, a column for each feature of each head.
	pub(super) queries: &'a [Column],
	/// Keys and values of all positions from the first on, in parts that follow each other.
	pub(super) cached: &'a [&'a LayerCache],
	pub(super) heads: Heads,
	/// The position of the first lane.
	pub(super) first: usize,
	/// As many columns as `queries` has.
	pub(super) out: &'a mut [Column],
}

impl Attend<'_> {
	#[inline(always)]
	fn in_blocks<L: Lanes, const R: usize>(self, lanes: L) {
		let Self {
			queries,
			cached,
			heads,
			first,
			out,
		} = self;
		let (size, stride) = (heads.size, heads.keys * heads.size);
		let all: usize = cached.iter().map(|part| part.keys.len() / stride).sum();
		let positions = (first + POSITIONS).min(all);
		let scale = lanes.splat(1.0 / libm::sqrtf(size as f32));
		let mut scores = vec![Column::ZERO; positions];
		let heads_of_tile = queries.chunks_exact(size).zip(out.chunks_exact_mut(size));
		for (head, (query, out)) in heads_of_tile.enumerate() {
			let shared = head / (heads.queries / heads.keys) * size;
			let mut rest = &mut scores[..];
			for part in cached {
				let count = rest.len().min(part.keys.len() / stride);
				let (scores, later) = rest.split_at_mut(count);
				rest = later;
				let key = |position: usize| &part.keys[position * stride + shared..][..size];
				let whole = count / R * R;
				for block in (0..whole).step_by(R) {
					let sums = dots(lanes, std::array::from_fn::<_, R, _>(|r| key(block + r)), query);
					for (sum, score) in sums.into_iter().zip(&mut scores[block..][..R]) {
						lanes.store(lanes.multiply(sum, scale), score);
					}
				}
				for (position, score) in scores.iter_mut().enumerate().skip(whole) {
					let [sum] = dots(lanes, [key(position)], query);
					lanes.store(lanes.multiply(sum, scale), score);
				}
			}
			// A position does not see later ones: they get the weight 0, which adds nothing.
			for (position, score) in scores.iter_mut().enumerate().skip(first + 1) {
				score.0[..position - first].fill(f32::NEG_INFINITY);
			}
			softmax(lanes, &mut scores);

			let whole = size / R * R;
			for block in (0..whole).step_by(R) {
				let mut sums = [lanes.splat(0.0); R];
				let mut weights = scores.iter();
				for part in cached {
					let values = part.values.chunks_exact(stride);
					// The shorter one first: a weight that is taken without a value would be lost.
					for (values, weight) in values.zip(&mut weights) {
						let weight = lanes.load(weight);
						let value = &values[shared + block..][..R];
						for r in 0..R {
							sums[r] = lanes.add(sums[r], lanes.multiply(weight, lanes.splat(value[r])));
						}
					}
				}
				for (sum, out) in sums.into_iter().zip(&mut out[block..][..R]) {
					lanes.store(sum, out);
				}
			}
			for feature in whole..size {
				let mut sum = lanes.splat(0.0);
				let mut weights = scores.iter();
				for part in cached {
					for (values, weight) in part.values.chunks_exact(stride).zip(&mut weights) {
						let value = lanes.splat(values[shared + feature]);
						sum = lanes.add(sum, lanes.multiply(lanes.load(weight), value));
					}
				}
				lanes.store(sum, &mut out[feature]);
			}
		}
	}
}

impl Kernel for Attend<'_> {
	#[inline(always)]
	fn run<L: Lanes>(self, lanes: L) {
		match L::ROWS {
			8 => self.in_blocks::<L, 8>(lanes),
			4 => self.in_blocks::<L, 4>(lanes),
			_ => self.in_blocks::<L, 2>(lanes),
		}
	}
}

/// Turns each lane's scores into weights that sum to one.
#[inline(always)]
fn softmax<L: Lanes>(lanes: L, scores: &mut [Column]) {
	let mut largest = lanes.splat(f32::NEG_INFINITY);
	for score in scores.iter() {
		largest = lanes.larger(lanes.load(score), largest);
	}
	for score in scores.iter_mut() {
		lanes.store(lanes.subtract(lanes.load(score), largest), score);
		for value in &mut score.0 {
			*value = exp(*value);
		}
	}
	let mut sum = lanes.splat(0.0);
	for score in scores.iter() {
		sum = lanes.add(sum, lanes.load(score));
	}
	for score in scores.iter_mut() {
		lanes.store(lanes.divide(lanes.load(score), sum), score);
	}
}

#[cfg(test)]
mod tests {
	use super::{
		super::{
			attention::attend,
			kernel::{matvec, rms_norm, swiglu},
			lanes::Processor,
		},
		*,
	};
	use proptest::prelude::*;

	fn values(count: usize, salt: u32) -> Vec<f32> {
		(0..count as u32)
			.map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(salt * 97) >> 8) as f32 / 8e6 - 1.0)
			.collect()
	}

	proptest! {
		#[test]
		fn every_instruction_set_gives_the_bits_of_one_position(
			positions in 1usize..40,
			outputs in 1usize..20,
			inputs in 1usize..70,
		) {
			let (x, w) = (values(positions * inputs, 1), values(outputs * inputs, 2));
			let rows = || x.chunks_exact(inputs);
			let tiles = from_rows(&x, inputs);
			prop_assert_eq!(&to_rows(&tiles, inputs, positions), &x);
			let product: Vec<f32> = rows().flat_map(|row| matvec(row, &w, 1)).collect();
			let norm: Vec<f32> = rows().flat_map(|row| rms_norm(row, &w[..inputs], 1e-5)).collect();
			let mut gated = x.clone();
			swiglu(&mut gated, &product[..1].repeat(x.len()));
			for processor in Processor::all(1) {
				let mut y = vec![Column::ZERO; tiles.len() / inputs * outputs];
				processor.run(Product { w: &w, inputs, x: &tiles, y: &mut y });
				prop_assert_eq!(&to_rows(&y, outputs, positions), &product);

				let mut y = tiles.clone();
				processor.run(RmsNorm { x: &tiles, weight: &w[..inputs], epsilon: 1e-5, y: &mut y });
				prop_assert_eq!(&to_rows(&y, inputs, positions), &norm);

				let mut gate = tiles.clone();
				let up = vec![Column([product[0]; POSITIONS]); gate.len()];
				processor.run(SwiGlu { gate: &mut gate, up: &up });
				prop_assert_eq!(&to_rows(&gate, inputs, positions), &gated);
			}
		}

		#[test]
		fn a_position_attends_to_itself_and_those_before(
			positions in 1usize..60,
			keys in 1usize..3,
			shared in 1usize..3,
			size in 1usize..20,
		) {
			let heads = Heads { queries: keys * shared, keys, size };
			let (width, stride) = (heads.queries * size, keys * size);
			let queries = values(positions * width, 3);
			let whole = LayerCache { keys: values(positions * stride, 4), values: values(positions * stride, 5) };
			let expected: Vec<f32> = (1..=positions)
				.flat_map(|seen| {
					let cache = LayerCache {
						keys: whole.keys[..seen * stride].to_vec(),
						values: whole.values[..seen * stride].to_vec(),
					};
					attend(&queries[(seen - 1) * width..seen * width], &cache, heads)
				})
				.collect();
			let part = |from: usize, to: usize| LayerCache {
				keys: whole.keys[from * stride..to * stride].to_vec(),
				values: whole.values[from * stride..to * stride].to_vec(),
			};
			let (first_cut, second_cut) = (positions / 3, positions / 2);
			let parts = [part(0, first_cut), part(first_cut, second_cut), part(second_cut, positions)];
			let parts: Vec<&LayerCache> = parts.iter().collect();
			for processor in Processor::all(1) {
				let tiles = from_rows(&queries, width);
				let mut out = vec![Column::ZERO; tiles.len()];
				for (tile, (queries, out)) in tiles.chunks(width).zip(out.chunks_mut(width)).enumerate() {
					let first = tile * POSITIONS;
					processor.run(Attend { queries, cached: &parts, heads, first, out });
				}
				prop_assert_eq!(&to_rows(&out, width, positions), &expected);
			}
		}
	}
}

//! Arithmetic whose result is the same on every machine, to the bit.
//!
//! Sums run in a fixed order (eight partial sums, then a fixed tree) and products are never fused with
//! sums, so neither the number of positions that run together, nor the number of threads, nor the width
//! of the processor's registers changes a result. `exp` is [our own](super::exponential), `sin`, `cos`
//! and `pow` come from `libm`, not from the system. That is why a run on one machine can be checked on
//! another without a tolerance that would also hide a different model.
//!
//! These functions compute one position, when an answer is written; [`tiles`](super::tiles) does the
//! same for many.

use super::exponential::exp;
use std::num::NonZero;

/// Partial sums per dot product.
pub(super) const PARTS: usize = 8;

/// Outputs that one tile computes.
const TILE: usize = 2;

/// Products below which one thread is faster than several.
const PARALLEL_FROM: usize = 4_000_000;

/// `C` dot products at once.
#[inline(always)]
fn tile<const C: usize>(x: &[f32], w: [&[f32]; C]) -> [f32; C] {
	let (x, x_rest) = x.as_chunks::<PARTS>();
	let chunks = w.map(|row| &row.as_chunks::<PARTS>().0[..x.len()]);
	let mut parts = [[0f32; PARTS]; C];
	for i in 0..x.len() {
		for c in 0..C {
			parts[c] = step(parts[c], x[i], chunks[c][i]);
		}
	}
	let mut sums = [0f32; C];
	for c in 0..C {
		let p = &mut parts[c];
		for (i, (a, b)) in x_rest.iter().zip(&w[c][x.len() * PARTS..]).enumerate() {
			p[i] += a * b;
		}
		sums[c] = ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]));
	}
	sums
}

/// Written so that compilers turn it into one multiplication and one addition of whole registers.
#[inline(always)]
fn step(sum: [f32; PARTS], a: [f32; PARTS], b: [f32; PARTS]) -> [f32; PARTS] {
	std::array::from_fn(|l| sum[l] + a[l] * b[l])
}

/// `y = w x` for `w` with rows of as many values as `x`.
#[inline(always)]
fn product_body(x: &[f32], w: &[f32], y: &mut [f32]) {
	let row = |number: usize| &w[number * x.len()..][..x.len()];
	let (tiles, last) = y.as_chunks_mut::<TILE>();
	for (number, y) in tiles.iter_mut().enumerate() {
		*y = tile(x, [row(number * TILE), row(number * TILE + 1)]);
	}
	if let [y] = last {
		[*y] = tile(x, [row(tiles.len() * TILE)]);
	}
}

/// The same code, compiled for wider registers. `fma` is not enabled, so it cannot round differently.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn product_avx2(x: &[f32], w: &[f32], y: &mut [f32]) {
	product_body(x, w, y);
}

fn product(x: &[f32], w: &[f32], y: &mut [f32]) {
	#[cfg(target_arch = "x86_64")]
	if std::arch::is_x86_feature_detected!("avx2") {
		// SAFETY: the processor has AVX2, as just detected; the function is otherwise safe code.
		return unsafe { product_avx2(x, w, y) };
	}
	product_body(x, w, y);
}

/// Threads worth starting.
pub(super) fn threads() -> usize {
	std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// `w x`, where `w` has rows of as many values as `x`.
pub(super) fn matvec(x: &[f32], w: &[f32], threads: usize) -> Vec<f32> {
	let outputs = w.len() / x.len();
	let mut y = vec![0f32; outputs];
	if threads == 1 || w.len() < PARALLEL_FROM {
		product(x, w, &mut y);
		return y;
	}
	let share = outputs.div_ceil(threads);
	std::thread::scope(|scope| {
		for (y, w) in y.chunks_mut(share).zip(w.chunks(share * x.len())) {
			scope.spawn(move || product(x, w, y));
		}
	});
	y
}

/// One dot product, in the order of [`matvec`].
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
	let [sum] = tile(a, [b]);
	sum
}

/// Root mean square norm of each row of `weight.len()` values.
pub(super) fn rms_norm(x: &[f32], weight: &[f32], epsilon: f32) -> Vec<f32> {
	let width = weight.len();
	let mut y = Vec::with_capacity(x.len());
	for row in x.chunks_exact(width) {
		let scale = 1.0 / libm::sqrtf(dot(row, row) / width as f32 + epsilon);
		y.extend(
			row.iter()
				.zip(weight)
				.map(|(value, weight)| value * scale * weight),
		);
	}
	y
}

/// `gate * sigmoid(gate) * up`, into `gate`.
pub(super) fn swiglu(gate: &mut [f32], up: &[f32]) {
	for (gate, up) in gate.iter_mut().zip(up) {
		*gate = *gate / (1.0 + exp(-*gate)) * up;
	}
}

/// Turns scores into weights that sum to one.
pub(super) fn softmax(scores: &mut [f32]) {
	let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
	let mut sum = 0f32;
	for score in scores.iter_mut() {
		*score = exp(*score - largest);
		sum += *score;
	}
	for score in scores.iter_mut() {
		*score /= sum;
	}
}

/// `sum += weight * value`, value by value.
pub(super) fn add_scaled(sum: &mut [f32], weight: f32, values: &[f32]) {
	for (sum, value) in sum.iter_mut().zip(values) {
		*sum += weight * value;
	}
}

/// `x += y`.
pub(super) fn add(x: &mut [f32], y: &[f32]) {
	for (x, y) in x.iter_mut().zip(y) {
		*x += y;
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn values(count: usize, salt: u32) -> Vec<f32> {
		(0..count as u32)
			.map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(salt * 97) >> 8) as f32 / 8e6 - 1.0)
			.collect()
	}

	#[test]
	fn threads_and_registers_do_not_change_a_result() {
		let (rows, columns, k) = (67, 301, 256);
		let (x, w) = (values(rows * k, 3), values(columns * k, 4));
		let mut narrow = vec![0f32; rows * columns];
		for (x, y) in x.chunks_exact(k).zip(narrow.chunks_exact_mut(columns)) {
			product_body(x, &w, y);
			assert_eq!(matvec(x, &w, 1), y);
		}
		// Recorded, so that another compiler or processor that rounds differently is noticed.
		let digest = blake3::hash(&narrow.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>());
		assert_eq!(digest.to_hex().as_str(), RECORDED);
	}

	const RECORDED: &str = "20b696f721d29c26929ef4007547d0f1fe3800777295f449bb01221bcbdcaee7";

	#[test]
	fn several_threads_give_what_one_gives() {
		let (outputs, k) = (8003, 517);
		let (x, w) = (values(k, 5), values(outputs * k, 6));
		assert!(w.len() >= PARALLEL_FROM);
		assert_eq!(matvec(&x, &w, 3), matvec(&x, &w, 1));
		let exact: f64 = (0..k).map(|i| f64::from(x[i]) * f64::from(w[i])).sum();
		assert!((f64::from(matvec(&x, &w, 1)[0]) - exact).abs() < 1e-3);
	}

	#[test]
	fn softmax_sums_to_one() {
		let mut scores = vec![1.0, 2.0, 3.0, 1000.0];
		softmax(&mut scores);
		assert_eq!(scores, [0.0, 0.0, 0.0, 1.0]);
		let mut scores = values(100, 5);
		softmax(&mut scores);
		assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-5);
	}
}

//! Arithmetic whose result is the same on every machine, to the bit.
//!
//! Sums run in a fixed order (eight lanes, then a fixed tree) and products are never fused with
//! sums, so neither the number of rows that run together, nor the number of threads, nor the width
//! of the processor's registers changes a result. `exp`, `sin`, `cos` and `pow` come from `libm`, not
//! from the system. That is why a run on one machine can be checked on another without a tolerance
//! that would also hide a different model.

use std::num::NonZero;

/// Partial sums per dot product.
const LANES: usize = 8;

/// Rows of the input and columns of the output that one tile computes.
const TILE_ROWS: usize = 4;
const TILE_COLUMNS: usize = 2;

/// Products below which one thread is faster than several.
const PARALLEL_FROM: usize = 4_000_000;

/// `R * C` dot products at once.
#[inline(always)]
fn tile<const R: usize, const C: usize>(x: [&[f32]; R], w: [&[f32]; C]) -> [[f32; C]; R] {
	let length = x[0].len();
	let chunks = length / LANES;
	let xs: [&[[f32; LANES]]; R] = x.map(|row| &row.as_chunks::<LANES>().0[..chunks]);
	let ws: [&[[f32; LANES]]; C] = w.map(|row| &row.as_chunks::<LANES>().0[..chunks]);
	let mut lanes = [[[0f32; LANES]; C]; R];
	for i in 0..chunks {
		for r in 0..R {
			for c in 0..C {
				lanes[r][c] = step(lanes[r][c], xs[r][i], ws[c][i]);
			}
		}
	}
	let mut sums = [[0f32; C]; R];
	for r in 0..R {
		for c in 0..C {
			let l = &mut lanes[r][c];
			for (i, (a, b)) in x[r][chunks * LANES..]
				.iter()
				.zip(&w[c][chunks * LANES..])
				.enumerate()
			{
				l[i] += a * b;
			}
			sums[r][c] = ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
		}
	}
	sums
}

/// Written so that compilers turn it into one multiplication and one addition of whole registers.
#[inline(always)]
fn step(sum: [f32; LANES], a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
	std::array::from_fn(|l| sum[l] + a[l] * b[l])
}

/// `y = x w^T` for `x` of rows x k, `w` of columns x k.
#[inline(always)]
fn product_body(x: &[f32], w: &[f32], y: &mut [f32], k: usize) {
	let (rows, columns) = (x.len() / k, w.len() / k);
	let x_row = |r: usize| &x[r * k..(r + 1) * k];
	let w_row = |c: usize| &w[c * k..(c + 1) * k];
	for column in (0..columns).step_by(TILE_COLUMNS) {
		let two = column + TILE_COLUMNS <= columns;
		let mut row = 0;
		while row < rows {
			if two && row + TILE_ROWS <= rows {
				let x = [x_row(row), x_row(row + 1), x_row(row + 2), x_row(row + 3)];
				let sums = tile::<TILE_ROWS, TILE_COLUMNS>(x, [w_row(column), w_row(column + 1)]);
				for (r, sum) in sums.iter().enumerate() {
					y[(row + r) * columns + column..][..TILE_COLUMNS].copy_from_slice(sum);
				}
				row += TILE_ROWS;
			} else if two {
				let sums = tile::<1, TILE_COLUMNS>([x_row(row)], [w_row(column), w_row(column + 1)]);
				y[row * columns + column..][..TILE_COLUMNS].copy_from_slice(&sums[0]);
				row += 1;
			} else {
				y[row * columns + column] = tile::<1, 1>([x_row(row)], [w_row(column)])[0][0];
				row += 1;
			}
		}
	}
}

/// The same code, compiled for wider registers. `fma` is not enabled, so it cannot round differently.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn product_avx2(x: &[f32], w: &[f32], y: &mut [f32], k: usize) {
	product_body(x, w, y, k);
}

fn product(x: &[f32], w: &[f32], y: &mut [f32], k: usize) {
	#[cfg(target_arch = "x86_64")]
	if std::arch::is_x86_feature_detected!("avx2") {
		// SAFETY: the processor has AVX2, as just detected; the function is otherwise safe code.
		return unsafe { product_avx2(x, w, y, k) };
	}
	product_body(x, w, y, k);
}

/// Threads worth starting.
pub(super) fn threads() -> usize {
	std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// `x w^T`: `x` has rows of `k` values, `w` has one row of `k` values per column of the result.
pub(super) fn matmul(x: &[f32], w: &[f32], k: usize) -> Vec<f32> {
	let (rows, columns) = (x.len() / k, w.len() / k);
	let mut y = vec![0f32; rows * columns];
	let threads = if rows * columns * k < PARALLEL_FROM {
		1
	} else {
		threads()
	};
	if threads == 1 || (rows == 1 && columns == 1) {
		product(x, w, &mut y, k);
	} else if rows == 1 {
		let share = columns.div_ceil(threads);
		std::thread::scope(|scope| {
			for (y, w) in y.chunks_mut(share).zip(w.chunks(share * k)) {
				scope.spawn(move || product(x, w, y, k));
			}
		});
	} else {
		let share = rows.div_ceil(threads);
		std::thread::scope(|scope| {
			for (y, x) in y.chunks_mut(share * columns).zip(x.chunks(share * k)) {
				scope.spawn(move || product(x, w, y, k));
			}
		});
	}
	y
}

/// One dot product, in the order of [`matmul`].
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
	tile::<1, 1>([a], [b])[0][0]
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
		*gate = *gate / (1.0 + libm::expf(-*gate)) * up;
	}
}

/// Turns scores into weights that sum to one.
pub(super) fn softmax(scores: &mut [f32]) {
	let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
	let mut sum = 0f32;
	for score in scores.iter_mut() {
		*score = libm::expf(*score - largest);
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
	use proptest::prelude::*;

	fn values(count: usize, salt: u32) -> Vec<f32> {
		(0..count as u32)
			.map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(salt * 97) >> 8) as f32 / 8e6 - 1.0)
			.collect()
	}

	proptest! {
		#[test]
		fn rows_do_not_depend_on_their_company(rows in 1usize..12, columns in 1usize..20, k in 1usize..70) {
			let (x, w) = (values(rows * k, 1), values(columns * k, 2));
			let together = matmul(&x, &w, k);
			for row in 0..rows {
				let alone = matmul(&x[row * k..(row + 1) * k], &w, k);
				prop_assert_eq!(&alone[..], &together[row * columns..(row + 1) * columns]);
			}
			let exact: f64 = (0..k).map(|i| f64::from(x[i]) * f64::from(w[i])).sum();
			prop_assert!((f64::from(together[0]) - exact).abs() < 1e-4);
		}
	}

	#[test]
	fn threads_and_registers_do_not_change_a_result() {
		let (rows, columns, k) = (67, 301, 256);
		let (x, w) = (values(rows * k, 3), values(columns * k, 4));
		assert!(rows * columns * k >= PARALLEL_FROM);
		let mut narrow = vec![0f32; rows * columns];
		product_body(&x, &w, &mut narrow, k);
		assert_eq!(matmul(&x, &w, k), narrow);
		// Recorded, so that another compiler or processor that rounds differently is noticed.
		let digest = blake3::hash(&narrow.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>());
		assert_eq!(digest.to_hex().as_str(), RECORDED);
	}

	const RECORDED: &str = "20b696f721d29c26929ef4007547d0f1fe3800777295f449bb01221bcbdcaee7";

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

//! Sixteen positions side by side in the registers of whatever processor this is.
//!
//! A [`Kernel`] is written once, over [`Lanes`], and compiled once for each instruction set. A lane
//! never sees another one, and every operation is a single IEEE 754 operation (products are never
//! fused with sums), so all instruction sets give the same bits.

/// Positions in a [`Column`].
pub(super) const POSITIONS: usize = 16;

/// One feature of [`POSITIONS`] positions that follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub(super) struct Column(pub(super) [f32; POSITIONS]);

impl Column {
	pub(super) const ZERO: Self = Self([0.0; POSITIONS]);
}

/// What a processor does with sixteen positions at once.
pub(super) trait Lanes: Copy {
	/// Sixteen values in registers.
	type Vector: Copy;
	/// Rows of a matrix that one tile multiplies: as many as there are registers for their sums.
	const ROWS: usize;
	/// Whether there are registers for two partial sums of each of these rows: then twice as many additions are on
	/// their way at a time.
	const PAIRS: bool;

	fn splat(self, value: f32) -> Self::Vector;
	fn load(self, column: &Column) -> Self::Vector;
	fn store(self, vector: Self::Vector, column: &mut Column);
	fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
	fn subtract(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
	fn multiply(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
	fn divide(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
	/// The larger ones; either of the two where one is not a number.
	fn larger(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
}

/// A computation that is compiled for each instruction set. `run`, and every function that it gives
/// vectors to, must be `#[inline(always)]`, and no closure may hold a vector: what is compiled apart is
/// compiled without the instruction set, and a hundred times slower.
pub(super) trait Kernel {
	fn run<L: Lanes>(self, lanes: L);
}

/// The registers that kernels use. Private, so that none exists that this processor does not have.
#[derive(Clone, Copy, Debug)]
enum InstructionSet {
	/// What every processor of this architecture has.
	Portable,
	/// 8 values in a register.
	#[cfg(target_arch = "x86_64")]
	Avx2,
	/// 16 values in a register.
	#[cfg(target_arch = "x86_64")]
	Avx512,
}

impl InstructionSet {
	/// Those of this processor, the widest last: the only place that makes any.
	fn available() -> Vec<Self> {
		let mut sets = vec![Self::Portable];
		#[cfg(target_arch = "x86_64")]
		{
			use std::arch::is_x86_feature_detected as has;
			if has!("avx2") {
				sets.push(Self::Avx2);
			}
			if has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl") {
				sets.push(Self::Avx512);
			}
		}
		sets
	}

	/// Runs a kernel with these registers.
	fn run(self, kernel: impl Kernel) {
		match self {
			Self::Portable => kernel.run(Portable),
			// SAFETY: `available` made this value, and it had found AVX2.
			#[cfg(target_arch = "x86_64")]
			Self::Avx2 => unsafe { x86::run_avx2(kernel) },
			// SAFETY: `available` made this value, and it had found these four parts of AVX-512.
			#[cfg(target_arch = "x86_64")]
			Self::Avx512 => unsafe { x86::run_avx512(kernel) },
		}
	}
}

/// How a machine computes. It never changes a result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Processor {
	instructions: InstructionSet,
	threads: usize,
}

impl Processor {
	/// The widest registers and all processors that this process may use.
	pub(super) fn detect() -> Self {
		let instructions = InstructionSet::available().pop();
		Self {
			instructions: instructions.expect("every processor has the portable set"),
			threads: super::kernel::threads(),
		}
	}

	/// Every instruction set of this machine, with this many threads.
	#[cfg(test)]
	pub(super) fn all(threads: usize) -> Vec<Self> {
		let with = |instructions| Self {
			instructions,
			threads,
		};
		InstructionSet::available().into_iter().map(with).collect()
	}

	pub(super) fn threads(self) -> usize {
		self.threads
	}

	/// The same registers with another number of threads.
	pub(super) fn with_threads(self, threads: usize) -> Self {
		Self { threads, ..self }
	}

	pub(super) fn run(self, kernel: impl Kernel) {
		self.instructions.run(kernel);
	}
}

#[derive(Clone, Copy)]
struct Portable;

/// In fours, which compilers keep in the registers of any processor.
type Fours = [[f32; 4]; POSITIONS / 4];

#[inline(always)]
fn each(a: Fours, b: Fours, operation: impl Fn(f32, f32) -> f32) -> Fours {
	std::array::from_fn(|i| std::array::from_fn(|j| operation(a[i][j], b[i][j])))
}

impl Lanes for Portable {
	type Vector = Fours;
	const ROWS: usize = 2;
	const PAIRS: bool = false;

	#[inline(always)]
	fn splat(self, value: f32) -> Fours {
		[[value; 4]; POSITIONS / 4]
	}

	#[inline(always)]
	fn load(self, column: &Column) -> Fours {
		std::array::from_fn(|i| column.0.as_chunks::<4>().0[i])
	}

	#[inline(always)]
	fn store(self, vector: Fours, column: &mut Column) {
		column.0.as_chunks_mut::<4>().0.copy_from_slice(&vector);
	}

	#[inline(always)]
	fn add(self, a: Fours, b: Fours) -> Fours {
		each(a, b, |a, b| a + b)
	}

	#[inline(always)]
	fn subtract(self, a: Fours, b: Fours) -> Fours {
		each(a, b, |a, b| a - b)
	}

	#[inline(always)]
	fn multiply(self, a: Fours, b: Fours) -> Fours {
		each(a, b, |a, b| a * b)
	}

	#[inline(always)]
	fn divide(self, a: Fours, b: Fours) -> Fours {
		each(a, b, |a, b| a / b)
	}

	#[inline(always)]
	fn larger(self, a: Fours, b: Fours) -> Fours {
		each(a, b, |a, b| if a > b { a } else { b })
	}
}

#[cfg(target_arch = "x86_64")]
mod x86 {
	use super::{Column, Kernel, Lanes};
	use std::arch::x86_64::*;

	#[target_feature(enable = "avx2")]
	pub(super) fn run_avx2(kernel: impl Kernel) {
		kernel.run(Avx2(()));
	}

	#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
	pub(super) fn run_avx512(kernel: impl Kernel) {
		kernel.run(Avx512(()));
	}

	/// Exists only inside [`run_avx2`], so who holds one may use AVX2.
	#[derive(Clone, Copy)]
	struct Avx2(());

	/// Exists only inside [`run_avx512`], so who holds one may use AVX-512.
	#[derive(Clone, Copy)]
	struct Avx512(());

	/// Applies an intrinsic to each half of sixteen values.
	macro_rules! halves {
		($intrinsic:ident, $a:expr, $b:expr) => {{
			let (a, b) = ($a, $b);
			// SAFETY: `self` proves that the processor has AVX2; the intrinsic touches no memory.
			unsafe { [$intrinsic(a[0], b[0]), $intrinsic(a[1], b[1])] }
		}};
	}

	impl Lanes for Avx2 {
		type Vector = [__m256; 2];
		const ROWS: usize = 4;
		const PAIRS: bool = false;

		#[inline(always)]
		fn splat(self, value: f32) -> [__m256; 2] {
			// SAFETY: `self` proves that the processor has AVX2; the intrinsic touches no memory.
			unsafe { [_mm256_set1_ps(value); 2] }
		}

		#[inline(always)]
		fn load(self, column: &Column) -> [__m256; 2] {
			let [low, high] = column.0.as_chunks::<8>().0 else {
				unreachable!("16 values are two times 8")
			};
			// SAFETY: `self` proves that the processor has AVX2; each reference is to 8 values.
			unsafe { [_mm256_loadu_ps(low.as_ptr()), _mm256_loadu_ps(high.as_ptr())] }
		}

		#[inline(always)]
		fn store(self, vector: [__m256; 2], column: &mut Column) {
			let [low, high] = column.0.as_chunks_mut::<8>().0 else {
				unreachable!("16 values are two times 8")
			};
			// SAFETY: `self` proves that the processor has AVX2; each reference is to 8 values.
			unsafe {
				_mm256_storeu_ps(low.as_mut_ptr(), vector[0]);
				_mm256_storeu_ps(high.as_mut_ptr(), vector[1]);
			}
		}

		#[inline(always)]
		fn add(self, a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
			halves!(_mm256_add_ps, a, b)
		}

		#[inline(always)]
		fn subtract(self, a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
			halves!(_mm256_sub_ps, a, b)
		}

		#[inline(always)]
		fn multiply(self, a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
			halves!(_mm256_mul_ps, a, b)
		}

		#[inline(always)]
		fn divide(self, a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
			halves!(_mm256_div_ps, a, b)
		}

		#[inline(always)]
		fn larger(self, a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
			halves!(_mm256_max_ps, a, b)
		}
	}

	impl Lanes for Avx512 {
		type Vector = __m512;
		const ROWS: usize = 8;
		const PAIRS: bool = true;

		#[inline(always)]
		fn splat(self, value: f32) -> __m512 {
			// SAFETY: `self` proves that the processor has AVX-512F; the intrinsic touches no memory.
			unsafe { _mm512_set1_ps(value) }
		}

		#[inline(always)]
		fn load(self, column: &Column) -> __m512 {
			// SAFETY: `self` proves that the processor has AVX-512F; a column is 16 values.
			unsafe { _mm512_loadu_ps(column.0.as_ptr()) }
		}

		#[inline(always)]
		fn store(self, vector: __m512, column: &mut Column) {
			// SAFETY: `self` proves that the processor has AVX-512F; a column is 16 values.
			unsafe { _mm512_storeu_ps(column.0.as_mut_ptr(), vector) }
		}

		#[inline(always)]
		fn add(self, a: __m512, b: __m512) -> __m512 {
			// SAFETY: `self` proves that the processor has AVX-512F; the intrinsic touches no memory.
			unsafe { _mm512_add_ps(a, b) }
		}

		#[inline(always)]
		fn subtract(self, a: __m512, b: __m512) -> __m512 {
			// SAFETY: `self` proves that the processor has AVX-512F; the intrinsic touches no memory.
			unsafe { _mm512_sub_ps(a, b) }
		}

		#[inline(always)]
		fn multiply(self, a: __m512, b: __m512) -> __m512 {
			// SAFETY: `self` proves that the processor has AVX-512F; the intrinsic touches no memory.
			unsafe { _mm512_mul_ps(a, b) }
		}

		#[inline(always)]
		fn divide(self, a: __m512, b: __m512) -> __m512 {
			// SAFETY: `self` proves that the processor has AVX-512F; the intrinsic touches no memory.
			unsafe { _mm512_div_ps(a, b) }
		}

		#[inline(always)]
		fn larger(self, a: __m512, b: __m512) -> __m512 {
			// SAFETY: `self` proves that the processor has AVX-512F; the intrinsic touches no memory.
			unsafe { _mm512_max_ps(a, b) }
		}
	}
}

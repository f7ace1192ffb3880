//! A weight matrix, dense or quantised.

use super::{
	kernel,
	lanes::{Column, Processor},
	tiles::{Product, from_rows, to_rows},
};
use candle_core::{
	CpuStorage, Device, Module, Storage, Tensor,
	quantized::{GgmlDType, QMatMul, QTensor},
};
use receipt::Token;
use std::sync::Arc;

/// Which arithmetic multiplies with quantised weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
	/// They become f32 when the model is loaded, and sums run in a fixed order, so that every machine
	/// gets the same bits. Costs 4 bytes a weight.
	Portable,
	/// They stay as they are, and candle's integer kernels multiply them. Fast and small, but the
	/// bits depend on the processor's class.
	Quantized,
}

/// `rows` outputs of `columns` inputs each.
pub(super) enum Matrix {
	Dense { values: Vec<f32>, columns: usize },
	Quantized { tensor: Arc<QTensor>, columns: usize },
}

impl Matrix {
	pub(super) fn new(tensor: QTensor, arithmetic: Arithmetic) -> candle_core::Result<Self> {
		let columns = tensor.shape().dims2()?.1;
		let float = matches!(tensor.dtype(), GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16);
		if float || arithmetic == Arithmetic::Portable {
			Ok(Self::Dense {
				values: floats(&tensor)?,
				columns,
			})
		} else {
			Ok(Self::Quantized {
				tensor: Arc::new(tensor),
				columns,
			})
		}
	}

	pub(super) fn is_dense(&self) -> bool {
		matches!(self, Self::Dense { .. })
	}

	/// The matrix times `x`.
	pub(super) fn apply(&self, x: &[f32], processor: Processor) -> candle_core::Result<Vec<f32>> {
		match self {
			Self::Dense { values, .. } => Ok(kernel::matvec(x, values, processor.threads())),
			Self::Quantized { tensor, .. } => apply_quantized(tensor, x, x.len()),
		}
	}

	/// The matrix times each of the first `positions` positions of tiles, into the tiles `y`.
	pub(super) fn apply_tiles(
		&self,
		x: &[Column],
		positions: usize,
		processor: Processor,
		y: &mut Vec<Column>,
	) -> candle_core::Result<()> {
		match self {
			Self::Dense { values, columns } => {
				y.resize(x.len() / columns * (values.len() / columns), Column::ZERO);
				processor.run(Product {
					w: values,
					inputs: *columns,
					x,
					y,
				});
			}
			Self::Quantized { tensor, columns } => {
				let rows = apply_quantized(tensor, &to_rows(x, *columns, positions), *columns)?;
				*y = from_rows(&rows, rows.len() / positions);
			}
		}
		Ok(())
	}

	/// The rows of these tokens, where the matrix is an embedding.
	pub(super) fn rows(&self, tokens: &[Token]) -> candle_core::Result<Vec<f32>> {
		match self {
			Self::Dense { values, columns } => {
				let mut rows = Vec::with_capacity(tokens.len() * columns);
				for token in tokens {
					let start = *token as usize * columns;
					let row = values.get(start..start + columns);
					rows.extend_from_slice(
						row.ok_or_else(|| {
							candle_core::Error::Msg(format!("token {token} has no embedding"))
						})?,
					);
				}
				Ok(rows)
			}
			Self::Quantized { tensor, .. } => {
				let ids = Tensor::from_slice(tokens, tokens.len(), &Device::Cpu)?;
				into_vec(tensor.embedding(&ids)?)
			}
		}
	}
}

/// The matrix times each row of `x`.
fn apply_quantized(tensor: &Arc<QTensor>, x: &[f32], columns: usize) -> candle_core::Result<Vec<f32>> {
	let x = Tensor::from_slice(x, (x.len() / columns, columns), &Device::Cpu)?;
	// Not `QMatMul::from_arc`, which listens to environment variables.
	into_vec(QMatMul::QTensor(tensor.clone()).forward(&x)?)
}

/// The values of a tensor as f32.
pub(super) fn floats(tensor: &QTensor) -> candle_core::Result<Vec<f32>> {
	into_vec(tensor.dequantize(&Device::Cpu)?)
}

fn into_vec(tensor: Tensor) -> candle_core::Result<Vec<f32>> {
	let tensor = tensor.flatten_all()?;
	let (storage, layout) = tensor.storage_and_layout();
	match (&*storage, layout.contiguous_offsets()) {
		(Storage::Cpu(CpuStorage::F32(values)), Some((start, end))) => Ok(values[start..end].to_vec()),
		_ => {
			drop(storage);
			tensor.to_vec1()
		}
	}
}

/// The class of processors that compute the same bits with candle's quantised kernels: it chooses
/// them when the program runs.
pub(super) fn quantized_class() -> String {
	#[cfg(target_arch = "x86_64")]
	{
		use std::arch::is_x86_feature_detected as has;
		let forced = |name: &str| std::env::var(name).as_deref() == Ok("1");
		let (avx2_only, vnni_only) = (forced("MISTRALRS_FORCE_AVX2"), forced("MISTRALRS_FORCE_AVXVNNI"));
		let level = if !avx2_only && !vnni_only && has!("avx512f") && has!("avx512vnni") {
			"avx512vnni"
		} else if !avx2_only && (vnni_only || has!("avxvnni")) && has!("avx2") {
			"avxvnni"
		} else if has!("avx2") && has!("fma") {
			"avx2"
		} else {
			"baseline"
		};
		let built = if cfg!(target_feature = "avx2") {
			"avx2"
		} else {
			"baseline"
		};
		format!("x86-64 {level}, built for {built}")
	}
	#[cfg(target_arch = "aarch64")]
	{
		use std::arch::is_aarch64_feature_detected as has;
		format!("aarch64 dotprod={} i8mm={}", has!("dotprod"), has!("i8mm"))
	}
	#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
	{
		std::env::consts::ARCH.to_string()
	}
}

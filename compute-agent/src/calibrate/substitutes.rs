//! What a cheating node would run instead of a model: the same one with fewer bits, moved weights or
//! fewer layers.

use anyhow::{Context, Result, ensure};
use candle_core::{
	Device, Tensor,
	quantized::{GgmlDType, QTensor, gguf_file},
};
use std::{
	collections::HashMap,
	fs::File,
	io::{BufReader, Cursor},
	path::Path,
};

/// Formats of weights from the widest to the narrowest, with their bits a weight in thousandths.
const FORMATS: [(GgmlDType, &str, u64); 7] = [
	(GgmlDType::F16, "f16", 16_000),
	(GgmlDType::Q8_0, "q8_0", 8_500),
	(GgmlDType::Q6K, "q6_k", 6_563),
	(GgmlDType::Q5_0, "q5_0", 5_500),
	(GgmlDType::Q4_0, "q4_0", 4_500),
	(GgmlDType::Q3K, "q3_k", 3_438),
	(GgmlDType::Q2K, "q2_k", 2_625),
];

/// How weights become others.
#[derive(Clone, Copy, Debug)]
pub enum Change {
	/// Every matrix in another format.
	Format(GgmlDType),
	/// Every weight moved by noise of this part of its matrix's spread, as training a little further does.
	Moved(f64),
	/// Only the first half of the layers.
	HalfTheLayers,
}

/// The weights of a model, to be changed.
pub struct Original {
	metadata: HashMap<String, gguf_file::Value>,
	tensors: Vec<(String, QTensor)>,
}

const LAYERS: &str = "llama.block_count";

fn is_matrix(tensor: &QTensor) -> bool {
	tensor.shape().dims().len() == 2
}

impl Original {
	/// Reads a GGUF file.
	pub fn read(path: &Path) -> Result<Self> {
		let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
		let mut file = BufReader::new(file);
		let content = gguf_file::Content::read(&mut file)?;
		let mut names: Vec<_> = content.tensor_infos.keys().cloned().collect();
		names.sort();
		let mut tensors = Vec::new();
		for name in names {
			let tensor = content.tensor(&mut file, &name, &Device::Cpu)?;
			tensors.push((name, tensor));
		}
		Ok(Self {
			metadata: content.metadata,
			tensors,
		})
	}

	/// Bits a weight of its matrices, in thousandths.
	fn bits(&self) -> u64 {
		let matrices = self
			.tensors
			.iter()
			.map(|(_, tensor)| tensor)
			.filter(|tensor| is_matrix(tensor));
		let (bytes, weights) = matrices.fold((0u64, 0u64), |(bytes, weights), tensor| {
			(
				bytes + tensor.storage_size_in_bytes() as u64,
				weights + tensor.shape().elem_count() as u64,
			)
		});
		bytes * 8_000 / weights.max(1)
	}

	/// The formats that a node would save memory by: the two nearest that are narrower by a tenth, and half
	/// of the bits; those for which the matrices have the right sizes.
	pub fn narrower(&self) -> Vec<(GgmlDType, &'static str)> {
		let bits = self.bits();
		let fits = |format: GgmlDType| {
			self.tensors.iter().all(|(_, tensor)| {
				!is_matrix(tensor) || tensor.shape().dims()[1].is_multiple_of(format.block_size())
			})
		};
		let possible: Vec<_> = FORMATS
			.into_iter()
			.filter(|(format, _, theirs)| theirs * 10 <= bits * 9 && fits(*format))
			.collect();
		let half = possible
			.iter()
			.skip(2)
			.find(|(_, _, theirs)| theirs * 9 <= bits * 5);
		possible
			.iter()
			.take(2)
			.chain(half)
			.map(|(format, name, _)| (*format, *name))
			.collect()
	}

	/// The bytes of a GGUF file with the changed weights.
	pub fn changed(&self, change: Change) -> Result<Vec<u8>> {
		let layers = self
			.metadata
			.get(LAYERS)
			.context("the model says no number of layers")?
			.to_u32()?;
		let kept = match change {
			Change::HalfTheLayers => layers / 2,
			_ => layers,
		};
		ensure!(kept > 0, "a model of one layer has no half");
		let mut tensors = Vec::new();
		for (name, tensor) in &self.tensors {
			let layer = name
				.strip_prefix("blk.")
				.and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
			if layer.is_some_and(|layer| layer >= kept) {
				continue;
			}
			let values = tensor.dequantize(&Device::Cpu)?;
			let tensor = match change {
				Change::Format(format) if is_matrix(tensor) => QTensor::quantize(&values, format)?,
				Change::Moved(part) if is_matrix(tensor) => {
					QTensor::quantize(&moved(&values, part)?, tensor.dtype())?
				}
				_ => QTensor::quantize(&values, tensor.dtype())?,
			};
			tensors.push((name.as_str(), tensor));
		}
		let layer_count = gguf_file::Value::U32(kept);
		let metadata: Vec<_> = self
			.metadata
			.iter()
			.map(|(name, value)| (name.as_str(), if name == LAYERS { &layer_count } else { value }))
			.collect();
		let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (*name, tensor)).collect();
		let mut file = Cursor::new(Vec::new());
		gguf_file::write(&mut file, &metadata, &tensors)?;
		Ok(file.into_inner())
	}
}

/// Values with noise of a part of their spread. The noise is the same in every run.
fn moved(values: &Tensor, part: f64) -> Result<Tensor> {
	let flat: Vec<f32> = values.flatten_all()?.to_vec1()?;
	let spread = (flat.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / flat.len() as f64).sqrt();
	let noisy: Vec<f32> = flat
		.iter()
		.enumerate()
		.map(|(index, value)| {
			let noise = receipt::sampling::gumbel(&[1; 32], 0, index as u32) - 0.5772;
			value + (noise * spread * part) as f32
		})
		.collect();
	Ok(Tensor::from_vec(noisy, values.shape(), &Device::Cpu)?)
}

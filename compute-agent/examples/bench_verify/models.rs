//! What a cheating node would run instead of the model: cheaper or other weights, same tokenizer.

use anyhow::{Context, Result};
use candle_core::{
	Device, Tensor,
	quantized::{GgmlDType, QTensor, gguf_file},
};
use compute_agent::engine::{Arithmetic, CandleEngine};
use std::{
	collections::HashMap,
	fs::File,
	io::{BufReader, Cursor},
	path::Path,
};

/// The models of a bench.
pub(crate) struct Models {
	/// The promised one.
	pub(crate) promised: CandleEngine,
	/// The others by what makes them so.
	others: Vec<(&'static str, CandleEngine)>,
}

/// How weights become others.
enum Change {
	/// Every matrix in another format.
	Format(GgmlDType),
	/// Every weight moved by noise of this part of its matrix's spread, as training a little further does.
	Moved(f64),
	/// Only the first half of the layers.
	HalfTheLayers,
}

impl Models {
	/// Reads the promised model and makes the others of it. Formats that its matrices do not have room
	/// for are left out.
	pub(crate) fn read(path: &Path) -> Result<Self> {
		let open = || File::open(path).with_context(|| format!("cannot open {}", path.display()));
		let mut file = BufReader::new(open()?);
		let content = gguf_file::Content::read(&mut file)?;
		let mut names: Vec<_> = content.tensor_infos.keys().cloned().collect();
		names.sort();
		let mut tensors = Vec::new();
		for name in names {
			let tensor = content.tensor(&mut file, &name, &Device::Cpu)?;
			tensors.push((name, tensor));
		}
		let original = Weights {
			metadata: content.metadata,
			tensors,
		};
		let mut others = Vec::new();
		for (name, change) in [
			("f16", Change::Format(GgmlDType::F16)),
			("q6_k", Change::Format(GgmlDType::Q6K)),
			("q4_0", Change::Format(GgmlDType::Q4_0)),
			("weights moved by 1 %", Change::Moved(0.01)),
			("half the layers", Change::HalfTheLayers),
		] {
			match original.changed(&change) {
				Ok(bytes) => others.push((name, CandleEngine::read(Cursor::new(bytes), None)?)),
				Err(error) => eprintln!("bench-verify: no substitute {name}: {error}"),
			}
		}
		let odd = CandleEngine::read(open()?, Some(Arithmetic::Quantized))?;
		others.push(("candle's kernels", odd));
		Ok(Self {
			promised: CandleEngine::read(open()?, Some(Arithmetic::Portable))?,
			others,
		})
	}

	/// One of the others.
	pub(crate) fn other(&self, name: &str) -> Option<&CandleEngine> {
		self.others
			.iter()
			.find_map(|(other, engine)| (*other == name).then_some(engine))
	}
}

struct Weights {
	metadata: HashMap<String, gguf_file::Value>,
	tensors: Vec<(String, QTensor)>,
}

const LAYERS: &str = "llama.block_count";

impl Weights {
	/// The bytes of a GGUF file with the changed weights.
	fn changed(&self, change: &Change) -> Result<Vec<u8>> {
		let layers = self
			.metadata
			.get(LAYERS)
			.context("the model says no number of layers")?
			.to_u32()?;
		let kept = match change {
			Change::HalfTheLayers => layers.div_ceil(2),
			_ => layers,
		};
		let mut tensors = Vec::new();
		for (name, tensor) in &self.tensors {
			let layer = name
				.strip_prefix("blk.")
				.and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
			if layer.is_some_and(|layer| layer >= kept) {
				continue;
			}
			let values = tensor.dequantize(&Device::Cpu)?;
			let matrix = tensor.shape().dims().len() == 2;
			let tensor = match change {
				Change::Format(format) if matrix => QTensor::quantize(&values, *format)?,
				Change::Moved(part) if matrix => QTensor::quantize(&moved(&values, *part)?, tensor.dtype())?,
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

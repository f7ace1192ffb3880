//! A cheaper model in place of the promised one: what a cheating node would run.

use anyhow::Result;
use candle_core::{
	Device,
	quantized::{GgmlDType, QTensor, gguf_file},
};
use std::{fs::File, path::Path};

/// Writes the model again with its matrices quantised to four bits: same text, same tokenizer,
/// nearly the same answers, half the memory.
///
/// # Errors
///
/// If a file cannot be read or written.
pub fn quantised_substitute(original: &Path, to: &Path) -> Result<()> {
	let mut file = File::open(original)?;
	let content = gguf_file::Content::read(&mut file)?;
	let mut names: Vec<&String> = content.tensor_infos.keys().collect();
	names.sort();
	let mut tensors = Vec::new();
	for name in names {
		let tensor = content.tensor(&mut file, name, &Device::Cpu)?;
		let tensor = if tensor.shape().dims().len() == 2 {
			QTensor::quantize(&tensor.dequantize(&Device::Cpu)?, GgmlDType::Q4_0)?
		} else {
			tensor
		};
		tensors.push((name.as_str(), tensor));
	}
	let metadata: Vec<(&str, &gguf_file::Value)> = content
		.metadata
		.iter()
		.map(|(name, value)| (name.as_str(), value))
		.collect();
	let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(name, tensor)| (*name, tensor)).collect();
	gguf_file::write(&mut File::create(to)?, &metadata, &tensors)?;
	Ok(())
}

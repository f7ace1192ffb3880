//! Names, shapes and rotary order of a Llama model in GGUF.

use crate::{
	gguf::{self, TensorEntry, Value},
	vocabulary::Vocabulary,
};
use candle_core::{
	Tensor,
	quantized::{GgmlDType, QTensor},
};
use serde::Deserialize;
use std::{collections::HashMap, io::Write};

/// What `config.json` says.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
	/// Values per position.
	pub hidden_size: usize,
	/// Values in the middle of the feed-forward block.
	pub intermediate_size: usize,
	/// Layers.
	pub num_hidden_layers: usize,
	/// Attention heads.
	pub num_attention_heads: usize,
	/// Heads of keys and values.
	pub num_key_value_heads: usize,
	/// Values per head; `hidden_size / num_attention_heads` if missing.
	pub head_dim: Option<usize>,
	/// Tokens in the vocabulary.
	pub vocab_size: usize,
	/// The longest sequence.
	pub max_position_embeddings: usize,
	/// Added to the mean square in a norm.
	pub rms_norm_eps: f32,
	/// Base of the rotary frequencies.
	pub rope_theta: f32,
	/// Whether the output matrix is the embedding.
	#[serde(default)]
	pub tie_word_embeddings: bool,
	/// The token that begins a text.
	pub bos_token_id: u32,
	/// The token that ends one.
	pub eos_token_id: u32,
}

impl Config {
	fn head_dim(&self) -> usize {
		self.head_dim
			.unwrap_or(self.hidden_size / self.num_attention_heads.max(1))
	}
}

/// What a person wants to know of the model.
#[derive(Clone, Debug)]
pub struct About {
	/// Its name.
	pub name: String,
	/// The SPDX name of its licence.
	pub license: String,
}

/// How the matrices are stored. Norms are always f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatrixType {
	/// 32 bits a weight.
	F32,
	/// 16 bits a weight.
	F16,
	/// 8.5 bits a weight, in blocks of 32.
	Q8_0,
}

impl MatrixType {
	fn ggml(self) -> (GgmlDType, u32) {
		match self {
			Self::F32 => (GgmlDType::F32, 0),
			Self::F16 => (GgmlDType::F16, 1),
			Self::Q8_0 => (GgmlDType::Q8_0, 8),
		}
	}

	/// llama.cpp's number for "mostly this type".
	fn file_type(self) -> u32 {
		match self {
			Self::F32 => 0,
			Self::F16 => 1,
			Self::Q8_0 => 7,
		}
	}
}

/// Why a checkpoint cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
	/// A tensor is missing.
	#[error("the checkpoint has no tensor `{name}`")]
	Missing {
		/// Its name.
		name: String,
	},
	/// A tensor has another shape than the config says.
	#[error("tensor `{name}` has the shape {found:?}, but the config gives {expected:?}")]
	Shape {
		/// Its name.
		name: String,
		/// The shape it has.
		found: Vec<usize>,
		/// The shape it should have.
		expected: Vec<usize>,
	},
	/// The checkpoint holds something that a Llama model does not have.
	#[error("the checkpoint has tensors that a Llama model does not have: {names:?}")]
	Unknown {
		/// Their names.
		names: Vec<String>,
	},
	/// Vocabulary and config disagree.
	#[error("the tokenizer has {tokenizer} tokens, the config {config}")]
	VocabularySize {
		/// Tokens in the tokenizer.
		tokenizer: usize,
		/// Tokens in the config.
		config: usize,
	},
	/// Heads of odd width cannot be rotated in pairs.
	#[error("heads of {head_dim} values cannot be rotated in pairs")]
	OddHead {
		/// Values per head.
		head_dim: usize,
	},
	/// Arithmetic on a tensor failed.
	#[error(transparent)]
	Tensor(#[from] candle_core::Error),
	/// The file could not be written.
	#[error("the file cannot be written: {0}")]
	Write(#[from] std::io::Error),
}

/// Writes a checkpoint, its tensors under the names that Hugging Face gives them.
pub fn export(
	config: &Config,
	weights: &HashMap<String, Tensor>,
	vocabulary: &Vocabulary,
	about: &About,
	matrices: MatrixType,
	out: &mut impl Write,
) -> Result<(), ExportError> {
	if vocabulary.tokens.len() != config.vocab_size {
		return Err(ExportError::VocabularySize {
			tokenizer: vocabulary.tokens.len(),
			config: config.vocab_size,
		});
	}
	if !config.head_dim().is_multiple_of(2) {
		return Err(ExportError::OddHead {
			head_dim: config.head_dim(),
		});
	}
	let tensors = tensors(config, weights, matrices)?;
	gguf::write(out, &metadata(config, vocabulary, about, matrices), &tensors)?;
	Ok(())
}

fn metadata(
	config: &Config,
	vocabulary: &Vocabulary,
	about: &About,
	matrices: MatrixType,
) -> Vec<(String, Value)> {
	let number = |value: usize| Value::U32(value as u32);
	let head_dim = config.head_dim();
	[
		("general.architecture", Value::String("llama".into())),
		("general.name", Value::String(about.name.clone())),
		("general.license", Value::String(about.license.clone())),
		("general.file_type", Value::U32(matrices.file_type())),
		("general.quantization_version", Value::U32(2)),
		("general.alignment", Value::U32(gguf::ALIGNMENT as u32)),
		("llama.context_length", number(config.max_position_embeddings)),
		("llama.embedding_length", number(config.hidden_size)),
		("llama.block_count", number(config.num_hidden_layers)),
		("llama.feed_forward_length", number(config.intermediate_size)),
		("llama.attention.head_count", number(config.num_attention_heads)),
		(
			"llama.attention.head_count_kv",
			number(config.num_key_value_heads),
		),
		("llama.attention.key_length", number(head_dim)),
		("llama.attention.value_length", number(head_dim)),
		(
			"llama.attention.layer_norm_rms_epsilon",
			Value::F32(config.rms_norm_eps),
		),
		("llama.rope.dimension_count", number(head_dim)),
		("llama.rope.freq_base", Value::F32(config.rope_theta)),
		("llama.vocab_size", number(config.vocab_size)),
		("tokenizer.ggml.model", Value::String("gpt2".into())),
		("tokenizer.ggml.pre", Value::String(vocabulary.pre.clone())),
		("tokenizer.ggml.tokens", Value::Strings(vocabulary.tokens.clone())),
		(
			"tokenizer.ggml.token_type",
			Value::I32s(vocabulary.kinds.iter().map(|kind| *kind as i32).collect()),
		),
		("tokenizer.ggml.merges", Value::Strings(vocabulary.merges.clone())),
		("tokenizer.ggml.bos_token_id", Value::U32(config.bos_token_id)),
		("tokenizer.ggml.eos_token_id", Value::U32(config.eos_token_id)),
		// Byte-level BPE has no unknown text; readers that ask for the token all the same get the end.
		("tokenizer.ggml.unknown_token_id", Value::U32(config.eos_token_id)),
		("tokenizer.ggml.add_bos_token", Value::Bool(true)),
		("tokenizer.ggml.add_eos_token", Value::Bool(false)),
		("tokenizer.ggml.add_space_prefix", Value::Bool(false)),
	]
	.into_iter()
	.map(|(key, value)| (key.to_string(), value))
	.collect()
}

fn tensors(
	config: &Config,
	weights: &HashMap<String, Tensor>,
	matrices: MatrixType,
) -> Result<Vec<TensorEntry>, ExportError> {
	let (width, inner, vocab) = (config.hidden_size, config.intermediate_size, config.vocab_size);
	let head_dim = config.head_dim();
	let (heads, kv_heads) = (config.num_attention_heads, config.num_key_value_heads);
	// (name in the checkpoint, name in the file, shape, heads whose dimensions change order)
	let mut plan: Vec<(String, String, Vec<usize>, Option<usize>)> = vec![(
		"model.embed_tokens.weight".into(),
		"token_embd.weight".into(),
		vec![vocab, width],
		None,
	)];
	for layer in 0..config.num_hidden_layers {
		let mut add = |from: &str, to: &str, shape: Vec<usize>, rotary: Option<usize>| {
			plan.push((
				format!("model.layers.{layer}.{from}.weight"),
				format!("blk.{layer}.{to}.weight"),
				shape,
				rotary,
			));
		};
		add("input_layernorm", "attn_norm", vec![width], None);
		add(
			"self_attn.q_proj",
			"attn_q",
			vec![heads * head_dim, width],
			Some(heads),
		);
		add(
			"self_attn.k_proj",
			"attn_k",
			vec![kv_heads * head_dim, width],
			Some(kv_heads),
		);
		add(
			"self_attn.v_proj",
			"attn_v",
			vec![kv_heads * head_dim, width],
			None,
		);
		add(
			"self_attn.o_proj",
			"attn_output",
			vec![width, heads * head_dim],
			None,
		);
		add("post_attention_layernorm", "ffn_norm", vec![width], None);
		add("mlp.gate_proj", "ffn_gate", vec![inner, width], None);
		add("mlp.up_proj", "ffn_up", vec![inner, width], None);
		add("mlp.down_proj", "ffn_down", vec![width, inner], None);
	}
	plan.push((
		"model.norm.weight".into(),
		"output_norm.weight".into(),
		vec![width],
		None,
	));
	let tied = config.tie_word_embeddings;
	if !tied {
		plan.push((
			"lm_head.weight".into(),
			"output.weight".into(),
			vec![vocab, width],
			None,
		));
	}

	let expected: std::collections::HashSet<&str> = plan.iter().map(|entry| entry.0.as_str()).collect();
	let mut unknown: Vec<String> = weights
		.keys()
		.filter(|name| !(expected.contains(name.as_str()) || tied && *name == "lm_head.weight"))
		.cloned()
		.collect();
	if !unknown.is_empty() {
		unknown.sort();
		return Err(ExportError::Unknown { names: unknown });
	}

	plan.into_iter()
		.map(|(from, to, shape, rotary)| {
			let tensor = weights
				.get(&from)
				.ok_or_else(|| ExportError::Missing { name: from.clone() })?;
			if tensor.dims() != shape {
				return Err(ExportError::Shape {
					name: from,
					found: tensor.dims().to_vec(),
					expected: shape,
				});
			}
			let tensor = match rotary {
				Some(heads) => interleave(tensor, heads)?,
				None => tensor.clone(),
			};
			let (dtype, ggml_type) = if shape.len() == 1 {
				MatrixType::F32.ggml()
			} else {
				matrices.ggml()
			};
			let data = QTensor::quantize(&tensor, dtype)?.data()?.into_owned();
			Ok(TensorEntry {
				name: to,
				shape,
				ggml_type,
				data,
			})
		})
		.collect()
}

/// Hugging Face turns value `i` of a head with value `i + half`; GGUF's Llama turns neighbours. So
/// the rows of each head are dealt out like cards from its two halves.
fn interleave(rows: &Tensor, heads: usize) -> candle_core::Result<Tensor> {
	let (count, width) = rows.dims2()?;
	rows.reshape((heads, 2, count / heads / 2, width))?
		.transpose(1, 2)?
		.contiguous()?
		.reshape((count, width))
}

#[cfg(test)]
mod tests {
	use super::*;
	use candle_core::Device;

	#[test]
	fn rows_of_a_head_are_dealt_from_its_halves() {
		let rows = Tensor::arange(0u32, 8, &Device::Cpu)
			.and_then(|t| t.reshape((8, 1)))
			.expect("shape");
		let dealt = interleave(&rows, 2)
			.and_then(|t| t.flatten_all())
			.and_then(|t| t.to_vec1::<u32>())
			.expect("shape");
		assert_eq!(dealt, [0, 2, 1, 3, 4, 6, 5, 7]);
	}
}

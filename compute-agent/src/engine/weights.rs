//! The weights of a Llama model, and its forward pass.

use super::{
	attention::{Cache, Heads, Rotary, attend},
	candle::LoadError,
	kernel,
	lanes::Processor,
	matrix::{Arithmetic, Matrix, floats},
	metadata::Metadata,
};
use candle_core::{Device, quantized::gguf_file::Content};
use receipt::Token;
use std::{
	collections::HashSet,
	io::{Read, Seek},
};

/// Models up to this size compute portably; their weights then take 1 GB at most.
const PORTABLE_PARAMETERS: u64 = 250_000_000;

/// A loaded model.
pub(super) struct Weights {
	pub(super) embedding: Matrix,
	pub(super) layers: Vec<Layer>,
	pub(super) output_norm: Vec<f32>,
	/// `None`: the embedding is the output matrix too.
	output: Option<Matrix>,
	pub(super) rotary: Rotary,
	pub(super) heads: Heads,
	pub(super) epsilon: f32,
	pub(super) context: usize,
	pub(super) width: usize,
	pub(super) vocabulary: usize,
	pub(super) parameters: u64,
	pub(super) processor: Processor,
}

pub(super) struct Layer {
	pub(super) attention_norm: Vec<f32>,
	pub(super) query: Matrix,
	pub(super) key: Matrix,
	pub(super) value: Matrix,
	pub(super) attention_output: Matrix,
	pub(super) forward_norm: Vec<f32>,
	pub(super) gate: Matrix,
	pub(super) up: Matrix,
	pub(super) down: Matrix,
}

/// Reads tensors and remembers which were asked for.
struct Tensors<'a, R> {
	content: &'a Content,
	reader: &'a mut R,
	arithmetic: Arithmetic,
	read: HashSet<String>,
}

impl<R: Read + Seek> Tensors<'_, R> {
	fn has(&self, name: &str) -> bool {
		self.content.tensor_infos.contains_key(name)
	}

	fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<candle_core::quantized::QTensor, LoadError> {
		let info = self.content.tensor_infos.get(name);
		let info = info.ok_or_else(|| LoadError::MissingTensor {
			name: name.to_string(),
		})?;
		if info.shape.dims() != shape {
			let (found, expected) = (info.shape.dims().to_vec(), shape.to_vec());
			return Err(LoadError::TensorShape {
				name: name.to_string(),
				found,
				expected,
			});
		}
		self.read.insert(name.to_string());
		Ok(info.read(self.reader, self.content.tensor_data_offset, &Device::Cpu)?)
	}

	fn vector(&mut self, name: &str, length: usize) -> Result<Vec<f32>, LoadError> {
		Ok(floats(&self.tensor(name, &[length])?)?)
	}

	fn matrix(&mut self, name: &str, rows: usize, columns: usize) -> Result<Matrix, LoadError> {
		Ok(Matrix::new(
			self.tensor(name, &[rows, columns])?,
			self.arithmetic,
		)?)
	}
}

impl Weights {
	/// `arithmetic` overrides the choice by size.
	pub(super) fn load(
		content: &Content,
		reader: &mut (impl Read + Seek),
		arithmetic: Option<Arithmetic>,
	) -> Result<Self, LoadError> {
		let metadata = Metadata(&content.metadata);
		let architecture = metadata.text("general.architecture")?.unwrap_or("none");
		if architecture != "llama" {
			return Err(LoadError::Architecture {
				found: architecture.to_string(),
			});
		}
		if let Some(kind) = metadata
			.text("llama.rope.scaling.type")?
			.filter(|kind| *kind != "none")
		{
			return Err(LoadError::RopeScaling {
				kind: kind.to_string(),
			});
		}
		let width = metadata.count("llama.embedding_length")?;
		let inner = metadata.count("llama.feed_forward_length")?;
		let queries = metadata.count("llama.attention.head_count")?;
		let optional = |key: &str, otherwise: usize| match metadata.number(key)? {
			Some(_) => metadata.count(key),
			None => Ok(otherwise),
		};
		let keys = optional("llama.attention.head_count_kv", queries)?;
		let size = optional("llama.attention.key_length", width / queries)?;
		let rotated = optional("llama.rope.dimension_count", size)?;
		let context = metadata.count("llama.context_length")?;
		let layers = metadata.count("llama.block_count")?;
		let epsilon = metadata
			.float("llama.attention.layer_norm_rms_epsilon")?
			.unwrap_or(1e-5);
		let base = metadata.float("llama.rope.freq_base")?.unwrap_or(10_000.0);
		if size == 0 || !queries.is_multiple_of(keys) || rotated > size || !rotated.is_multiple_of(2) {
			return Err(LoadError::Heads {
				queries,
				keys,
				size,
				rotated,
			});
		}
		let vocabulary = metadata
			.texts("tokenizer.ggml.tokens")?
			.map_or(0, |tokens| tokens.len());

		let parameters = content
			.tensor_infos
			.values()
			.map(|info| info.shape.elem_count() as u64)
			.sum::<u64>();
		let by_size = if parameters <= PORTABLE_PARAMETERS {
			Arithmetic::Portable
		} else {
			Arithmetic::Quantized
		};
		let arithmetic = arithmetic.unwrap_or(by_size);
		let mut tensors = Tensors {
			content,
			reader,
			arithmetic,
			read: HashSet::new(),
		};
		let embedding = tensors.matrix("token_embd.weight", vocabulary, width)?;
		let layers = (0..layers)
			.map(|number| {
				let name = |part: &str| format!("blk.{number}.{part}.weight");
				Ok(Layer {
					attention_norm: tensors.vector(&name("attn_norm"), width)?,
					query: tensors.matrix(&name("attn_q"), queries * size, width)?,
					key: tensors.matrix(&name("attn_k"), keys * size, width)?,
					value: tensors.matrix(&name("attn_v"), keys * size, width)?,
					attention_output: tensors.matrix(&name("attn_output"), width, queries * size)?,
					forward_norm: tensors.vector(&name("ffn_norm"), width)?,
					gate: tensors.matrix(&name("ffn_gate"), inner, width)?,
					up: tensors.matrix(&name("ffn_up"), inner, width)?,
					down: tensors.matrix(&name("ffn_down"), width, inner)?,
				})
			})
			.collect::<Result<Vec<_>, LoadError>>()?;
		let output_norm = tensors.vector("output_norm.weight", width)?;
		let output = match tensors.has("output.weight") {
			true => Some(tensors.matrix("output.weight", vocabulary, width)?),
			false => None,
		};
		let factors = match tensors.has("rope_freqs.weight") {
			true => Some(tensors.vector("rope_freqs.weight", rotated / 2)?),
			false => None,
		};
		// Biases, experts and the like would be silently left out: refuse instead.
		let mut unused: Vec<String> = content
			.tensor_infos
			.keys()
			.filter(|name| !tensors.read.contains(*name))
			.cloned()
			.collect();
		if !unused.is_empty() {
			unused.sort();
			return Err(LoadError::UnknownTensors { names: unused });
		}
		Ok(Self {
			embedding,
			layers,
			output_norm,
			output,
			rotary: Rotary::new(rotated, base, factors.as_deref()),
			heads: Heads { queries, keys, size },
			epsilon,
			context,
			width,
			vocabulary,
			parameters,
			processor: Processor::detect(),
		})
	}

	/// Whether every matrix is dense, so that the bits are the same on every machine.
	pub(super) fn is_portable(&self) -> bool {
		let layers = self.layers.iter().flat_map(|layer| {
			[
				&layer.query,
				&layer.key,
				&layer.value,
				&layer.attention_output,
				&layer.gate,
				&layer.up,
				&layer.down,
			]
		});
		layers
			.chain([&self.embedding])
			.chain(&self.output)
			.all(Matrix::is_dense)
	}

	pub(super) fn use_threads(&mut self, threads: usize) {
		self.processor = self.processor.with_threads(threads);
	}

	pub(super) fn cache(&self) -> Cache {
		Cache::new(self.layers.len())
	}

	/// Bytes that a run keeps for each position: keys and values of each layer, and the final state.
	pub(super) fn position_bytes(&self) -> u64 {
		let cached = 2 * self.layers.len() * self.heads.keys * self.heads.size;
		((cached + self.width) * size_of::<f32>()) as u64
	}

	/// Feeds a token after those in the cache; returns the final-norm state of its position.
	pub(super) fn forward(&self, cache: &mut Cache, token: Token) -> candle_core::Result<Vec<f32>> {
		let size = self.heads.size;
		let angles: Vec<(f32, f32)> = self.rotary.angles(cache.positions).collect();
		let apply = |matrix: &Matrix, x: &[f32]| matrix.apply(x, self.processor);
		let mut x = self.embedding.rows(&[token])?;
		for (layer, cache) in self.layers.iter().zip(&mut cache.layers) {
			let normed = kernel::rms_norm(&x, &layer.attention_norm, self.epsilon);
			let mut query = apply(&layer.query, &normed)?;
			let mut key = apply(&layer.key, &normed)?;
			self.rotary.rotate(&mut query, size, &angles);
			self.rotary.rotate(&mut key, size, &angles);
			cache.keys.extend_from_slice(&key);
			cache.values.extend_from_slice(&apply(&layer.value, &normed)?);
			let attended = attend(&query, cache, self.heads);
			kernel::add(&mut x, &apply(&layer.attention_output, &attended)?);

			let normed = kernel::rms_norm(&x, &layer.forward_norm, self.epsilon);
			let mut gate = apply(&layer.gate, &normed)?;
			kernel::swiglu(&mut gate, &apply(&layer.up, &normed)?);
			kernel::add(&mut x, &apply(&layer.down, &gate)?);
		}
		cache.positions += 1;
		Ok(kernel::rms_norm(&x, &self.output_norm, self.epsilon))
	}

	/// What turns states into logits.
	pub(super) fn output_matrix(&self) -> &Matrix {
		self.output.as_ref().unwrap_or(&self.embedding)
	}

	/// The logits that follow a state.
	pub(super) fn logits(&self, state: &[f32]) -> candle_core::Result<Vec<f32>> {
		self.output_matrix().apply(state, self.processor)
	}
}

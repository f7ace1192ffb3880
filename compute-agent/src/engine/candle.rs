//! Llama models in GGUF files, on the CPU.
//!
//! candle reads the file and, for large quantised models, multiplies their matrices. Everything else
//! is computed here in f32 and in a fixed order, because the audit needs the hidden states of every
//! position, and needs them to be the same whether positions are fed one by one or all at once.

use super::{
	Description, Engine, EngineError, Request, Run, States,
	attention::Cache,
	generate::{check, finite, generate},
	matrix::{Arithmetic, quantized_class},
	metadata::Metadata,
	prefill::WORTH_A_TILE,
	tokenizer::Tokenizer,
	values::Values,
	weights::Weights,
};
use calibration::Parts;
use candle_core::quantized::gguf_file::Content;
use receipt::{Hash, Token};
use std::{
	fs::File,
	io::{BufReader, Read, Seek, SeekFrom},
	ops::ControlFlow,
	path::{Path, PathBuf},
	sync::Mutex,
};

/// The engine's name in a pair key. The revision changes with anything that changes a bit of a state.
const ENGINE: &str = "candle 0.11.1, hai forward 1";

/// Positions that are fed at once, unless another number was chosen.
pub(crate) const BATCH: usize = 512;

/// A common beginning that is shorter is computed again.
const WORTH_KEEPING: usize = 32;

/// Why a model file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
	/// The file cannot be opened.
	#[error("cannot open the model file {path}: {source}")]
	Open {
		/// The file.
		path: PathBuf,
		/// What the system says.
		source: std::io::Error,
	},
	/// The file cannot be read.
	#[error("cannot read the model file: {0}")]
	Read(#[from] std::io::Error),
	/// It is not a GGUF file, or a damaged one.
	#[error("the model file is not a usable GGUF file: {0}")]
	Gguf(#[from] candle_core::Error),
	/// Another kind of model.
	#[error(
		"the model's architecture is `{found}`; this engine runs GGUF files with general.architecture = llama"
	)]
	Architecture {
		/// Its architecture.
		found: String,
	},
	/// A metadata value is missing or of another type.
	#[error("the model file's metadata `{key}` is not {wanted}")]
	Metadata {
		/// Its key.
		key: String,
		/// What it should be.
		wanted: &'static str,
	},
	/// A metadata value makes no sense.
	#[error("the model file's metadata `{key}` is {value}, which is out of range")]
	OutOfRange {
		/// Its key.
		key: String,
		/// Its value.
		value: u64,
	},
	/// Head counts and sizes do not fit together.
	#[error(
		"{queries} query heads, {keys} key heads of {size} values with {rotated} rotated do not fit together"
	)]
	Heads {
		/// Query heads.
		queries: usize,
		/// Key heads.
		keys: usize,
		/// Values per head.
		size: usize,
		/// Rotated values per head.
		rotated: usize,
	},
	/// Positions are scaled in a way that this engine does not know.
	#[error("rope scaling `{kind}` is not supported")]
	RopeScaling {
		/// The kind.
		kind: String,
	},
	/// A tensor is missing.
	#[error("the model file has no tensor `{name}`")]
	MissingTensor {
		/// Its name.
		name: String,
	},
	/// A tensor has another shape than the metadata says.
	#[error("tensor `{name}` has the shape {found:?} instead of {expected:?}")]
	TensorShape {
		/// Its name.
		name: String,
		/// The shape it has.
		found: Vec<usize>,
		/// The shape it should have.
		expected: Vec<usize>,
	},
	/// The file holds tensors that this forward pass would leave out.
	#[error("the model file has tensors that this engine does not use: {names:?}")]
	UnknownTensors {
		/// Their names.
		names: Vec<String>,
	},
	/// The tokenizer cannot be built.
	#[error("the model's tokenizer cannot be used: {reason}")]
	Tokenizer {
		/// Why.
		reason: String,
	},
	/// llama.cpp does not take the file.
	#[cfg(feature = "llama-cpp")]
	#[error("llama.cpp cannot load the model: {0}")]
	LlamaCpp(#[from] llama_cpp_2::LlamaModelLoadError),
}

/// A Llama model on the CPU.
pub struct CandleEngine {
	pub(super) weights: Weights,
	tokenizer: Tokenizer,
	description: Description,
	parts: Parts,
	/// Positions that are fed at once.
	batch: usize,
	/// Nothing unless beginnings are kept.
	last: Option<Mutex<Option<Prefilled>>>,
}

/// A text that was read, for the next one that begins alike.
struct Prefilled {
	tokens: Vec<Token>,
	cache: Cache,
	states: Vec<f32>,
}

impl CandleEngine {
	/// Loads a GGUF file.
	pub fn load(path: &Path) -> Result<Self, LoadError> {
		let file = File::open(path).map_err(|source| LoadError::Open {
			path: path.into(),
			source,
		})?;
		Self::read(file, None)
	}

	/// Loads a model from an open GGUF file, from its start. Without an arithmetic, models of up to
	/// 250 million weights compute portably. All nodes must choose alike: the choice is part of the
	/// pair, and only runs of one pair are compared.
	pub fn read(reader: impl Read + Seek, arithmetic: Option<Arithmetic>) -> Result<Self, LoadError> {
		let mut reader = BufReader::with_capacity(1 << 20, reader);
		reader.seek(SeekFrom::Start(0))?;
		let mut hasher = blake3::Hasher::new();
		hasher.update_reader(&mut reader)?;
		let model: Hash = hasher.finalize().into();
		reader.seek(SeekFrom::Start(0))?;
		let content = Content::read(&mut reader)?;
		let metadata = Metadata(&content.metadata);
		let tokenizer = Tokenizer::load(&metadata)?;
		let weights = Weights::load(&content, &mut reader, arithmetic)?;
		let chat_template = metadata.text("tokenizer.chat_template")?.map(String::from);
		let class = if weights.is_portable() {
			"portable f32".to_string()
		} else {
			format!("candle, {}", quantized_class())
		};
		let parts = Parts {
			model,
			tokenizer: tokenizer.hash,
			template: blake3::hash(chat_template.as_deref().unwrap_or_default().as_bytes()).into(),
			engine: ENGINE.into(),
			class: class.clone(),
			cache: "f32".into(),
			batch: "rows are independent".into(),
		};
		let description = Description {
			name: metadata.text("general.name")?.unwrap_or("unnamed").to_string(),
			license: metadata.text("general.license")?.map(String::from),
			parameters: weights.parameters,
			context_length: weights.context as u32,
			vocabulary: weights.vocabulary as u32,
			width: weights.width as u32,
			position_bytes: weights.position_bytes(),
			chat_template,
			model,
			engine: ENGINE.to_string(),
			class,
			pair: parts.key(),
		};
		Ok(Self {
			weights,
			tokenizer,
			description,
			parts,
			batch: BATCH,
			last: None,
		})
	}

	/// What the pair key is the hash of.
	pub fn parts(&self) -> &Parts {
		&self.parts
	}

	/// Whether it computes the same bits on every machine.
	pub fn is_portable(&self) -> bool {
		self.weights.is_portable()
	}

	/// Computes with so many threads from now on, at least one. It changes no bit. candle's kernels have threads
	/// of their own.
	pub fn use_threads(&mut self, threads: usize) {
		self.weights.use_threads(threads.max(1));
	}

	/// Feeds so many positions at once from now on, at least one. On portable arithmetic it changes no bit. Nothing
	/// promises the same of candle's kernels: calibration measures what it changes.
	pub fn use_batch(&mut self, positions: usize) {
		self.batch = positions.max(1);
	}

	/// The model as this engine reads it, without its weights.
	#[cfg(feature = "llama-cpp")]
	pub(super) fn without_weights(self) -> (Tokenizer, Description, Parts) {
		(self.tokenizer, self.description, self.parts)
	}

	/// Keeps from now on what the last prefill computed, so that one of a text that begins with the same 32 tokens
	/// or more computes only the rest. It changes no bit: no position depends on later ones. Only for portable
	/// arithmetic: nothing promises that candle's kernels do not differ with the number of positions.
	pub fn keep_beginnings(&mut self) {
		if self.is_portable() {
			self.last.get_or_insert_default();
		}
	}

	/// The cache and the states of the positions, at most `most`, that the last text has in common with this one.
	fn beginning(&self, tokens: &[Token], most: usize) -> (Cache, Vec<f32>) {
		let last = self.last.as_ref().and_then(|last| {
			// Whoever panicked with this lock left nothing half done: it is only taken from and replaced.
			last.lock()
				.unwrap_or_else(|poisoned| poisoned.into_inner())
				.take()
		});
		if let Some(Prefilled {
			tokens: before,
			mut cache,
			mut states,
		}) = last
		{
			let common = before.iter().zip(tokens).take_while(|(a, b)| a == b).count();
			let common = common.min(most);
			if common >= WORTH_KEEPING {
				cache.truncate(common);
				states.truncate(common * self.weights.width);
				return (cache, states);
			}
		}
		(
			self.weights.cache(),
			Vec::with_capacity(tokens.len() * self.weights.width),
		)
	}

	fn keep(&self, tokens: &[Token], cache: Cache, states: &[f32]) {
		if let Some(last) = &self.last {
			let kept = Prefilled {
				tokens: tokens.to_vec(),
				cache,
				states: states.to_vec(),
			};
			*last.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(kept);
		}
	}
}

impl Engine for CandleEngine {
	fn describe(&self) -> &Description {
		&self.description
	}

	fn tokenizer(&self) -> &Tokenizer {
		&self.tokenizer
	}

	fn generate(
		&self,
		request: &Request<'_>,
		on_token: &mut dyn FnMut(Token) -> ControlFlow<()>,
	) -> Result<Run, EngineError> {
		let width = self.weights.width;
		let mut cache = self.weights.cache();
		generate(self, request, on_token, &mut |tokens, states| {
			for batch in tokens.chunks(self.batch) {
				if batch.len() >= WORTH_A_TILE {
					states.extend(self.weights.forward_tiles(&mut cache, batch)?.rows(width));
					continue;
				}
				for token in batch {
					states.extend(self.weights.forward(&mut cache, *token)?);
				}
			}
			Ok(self.weights.logits(&states[states.len() - width..])?)
		})
	}

	fn prefill(
		&self,
		tokens: &[Token],
		logits_from: usize,
		on_logits: &mut dyn FnMut(usize, &[f32]),
	) -> Result<States, EngineError> {
		self.prefill_and_show(tokens, logits_from, on_logits, &mut |_| ())
	}

	fn prefill_and_show(
		&self,
		tokens: &[Token],
		logits_from: usize,
		on_logits: &mut dyn FnMut(usize, &[f32]),
		on_values: &mut dyn FnMut(&dyn Values),
	) -> Result<States, EngineError> {
		let width = self.weights.width;
		check(&self.description, tokens, self.weights.context)?;
		let (mut cache, mut values) = self.beginning(tokens, logits_from);
		for batch in tokens[cache.positions..].chunks(self.batch) {
			let first = cache.positions;
			let from = logits_from.saturating_sub(first);
			let mut read = |row, logits: &[f32]| -> Result<(), EngineError> {
				finite(logits, logits.len(), first + row)?;
				on_logits(first + row, logits);
				Ok(())
			};
			let states = self.weights.read_tiles(&mut cache, batch, from, &mut read)?;
			let rows = states.rows(width);
			finite(&rows, width, first)?;
			values.extend(rows);
		}
		on_values(&cache);
		self.keep(tokens, cache, &values);
		Ok(States { values, width })
	}
}

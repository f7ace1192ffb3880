//! Llama models in GGUF files, computed by llama.cpp on the CPU.
//!
//! Only logits and final-norm states are llama.cpp's. Tokens, their text, the template and what ends an answer are
//! [`CandleEngine`]'s, which reads each file first and refuses what it does not know, so that the same checks of
//! structure hold for both engines.
//!
//! llama.cpp chooses its kernels by the number of rows, so that decoding and prefill may differ in their last bits, and
//! by how much may depend on how many positions are fed at once: the batch class, which is part of the pair.

use super::{
	CandleEngine, Description, Engine, EngineError, LoadError, Request, Run, States,
	generate::{check, finite, generate},
	matrix::Arithmetic,
	tokenizer::Tokenizer,
};
use calibration::Parts;
use llama_cpp_2::{
	LogOptions,
	context::{
		LlamaContext,
		params::{KvCacheType, LlamaContextParams, LlamaPoolingType},
	},
	llama_backend::LlamaBackend,
	llama_batch::LlamaBatch,
	model::{LlamaModel, params::LlamaModelParams},
	send_logs_to_tracing,
	token::LlamaToken,
};
use llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_DISABLED;
use receipt::Token;
use std::{
	ffi::CStr,
	fs::File,
	num::NonZeroU32,
	ops::ControlFlow,
	path::Path,
	sync::{Mutex, OnceLock, PoisonError},
};

/// The engine's name in a pair key: the crate that holds llama.cpp's source, and the revision of what is done with it.
/// Flash attention, about which llama.cpp would decide by itself, is off.
const ENGINE: &str = "llama-cpp-sys-2 0.1.161, no flash attention, hai llama.cpp 1";

/// Positions that are fed at once, unless others are named.
pub const BATCH: u32 = 64;

/// llama.cpp, which is initialised once for the life of a process.
struct Library {
	backend: LlamaBackend,
	/// What it was built to use of the processor.
	features: String,
	/// Held while a context is made: that writes to the model.
	making: Mutex<()>,
}

fn library() -> &'static Library {
	static LIBRARY: OnceLock<Library> = OnceLock::new();
	LIBRARY.get_or_init(|| {
		send_logs_to_tracing(LogOptions::default());
		let backend = LlamaBackend::init().expect("nothing else in this process initialises it");
		// SAFETY: the library is initialised. It returns a static text that ends with a zero and that its next call
		// replaces; there is none, because this runs once.
		let info = unsafe { CStr::from_ptr(llama_cpp_sys_2::llama_print_system_info()) };
		Library {
			backend,
			features: features(&info.to_string_lossy()),
			making: Mutex::new(()),
		}
	})
}

/// The names of what llama.cpp's line `CPU : SSE3 = 1 | AVX = 1 | ...` says it uses.
fn features(info: &str) -> String {
	let names = info.split('|').filter_map(|item| {
		let (name, value) = item.split_once('=')?;
		let name = name.rsplit(':').next()?.trim();
		match value.trim() {
			"0" => None,
			"1" => Some(name.to_owned()),
			value => Some(format!("{name}={value}")),
		}
	});
	names.collect::<Vec<_>>().join(" ")
}

/// A Llama model that llama.cpp computes on the CPU.
pub struct LlamaCppEngine {
	model: LlamaModel,
	tokenizer: Tokenizer,
	description: Description,
	parts: Parts,
	threads: usize,
	batch: usize,
}

impl LlamaCppEngine {
	/// Loads a GGUF file for these numbers of positions that are fed at once, of which the first is used until
	/// [`use_batch`](Self::use_batch) chooses another. All of them stand in the pair; none means [`BATCH`].
	pub fn load(path: &Path, batches: &[u32]) -> Result<Self, LoadError> {
		let open = |source| LoadError::Open {
			path: path.into(),
			source,
		};
		let file = File::open(path).map_err(open)?;
		// The arithmetic that keeps quantised weights as they are: those of ours are dropped at once.
		let ours = CandleEngine::read(file, Some(Arithmetic::Quantized))?;
		let (tokenizer, mut description, mut parts) = ours.without_weights();
		let library = library();
		let parameters = LlamaModelParams::default().with_n_gpu_layers(0);
		let model = LlamaModel::load_from_file(&library.backend, path, &parameters)?;
		let batches = if batches.is_empty() { &[BATCH] } else { batches };
		let names: Vec<String> = batches.iter().map(u32::to_string).collect();
		parts.engine = ENGINE.into();
		parts.class = format!("llama.cpp, {} {}", std::env::consts::ARCH, library.features);
		parts.batch = format!("ubatch {}", names.join(", "));
		description.engine = parts.engine.clone();
		description.class = parts.class.clone();
		description.pair = parts.key();
		Ok(Self {
			model,
			tokenizer,
			description,
			parts,
			threads: 1,
			batch: batches[0].max(1) as usize,
		})
	}

	/// What the pair key is the hash of.
	pub fn parts(&self) -> &Parts {
		&self.parts
	}

	/// What llama.cpp has loaded.
	pub fn model(&self) -> &LlamaModel {
		&self.model
	}

	/// Computes with so many threads from now on, at least one.
	pub fn use_threads(&mut self, threads: usize) {
		self.threads = threads.max(1);
	}

	/// Feeds so many positions at once from now on, at least one.
	pub fn use_batch(&mut self, positions: usize) {
		self.batch = positions.max(1);
	}

	/// An empty text, with room for `positions`.
	fn text(&self, positions: usize) -> Result<Text<'_>, EngineError> {
		let threads = self.threads as i32;
		let batch = self.batch as u32;
		let parameters = LlamaContextParams::default()
			.with_n_ctx(NonZeroU32::new(positions as u32))
			.with_n_batch(batch)
			.with_n_ubatch(batch)
			.with_n_threads(threads)
			.with_n_threads_batch(threads)
			.with_type_k(KvCacheType::F32)
			.with_type_v(KvCacheType::F32)
			.with_flash_attention_policy(LLAMA_FLASH_ATTN_TYPE_DISABLED)
			// With embeddings and no pooling it gives `result_norm`, the final-norm state, of each position, and logits.
			.with_embeddings(true)
			.with_pooling_type(LlamaPoolingType::None);
		let library = library();
		let _making = library.making.lock().unwrap_or_else(PoisonError::into_inner);
		let context = self
			.model
			.new_context(&library.backend, parameters)
			.map_err(failed)?;
		Ok(Text {
			context,
			batch: self.batch,
			positions: 0,
		})
	}
}

fn failed(error: impl std::fmt::Display) -> EngineError {
	EngineError::LlamaCpp {
		reason: error.to_string(),
	}
}

/// What llama.cpp has read.
struct Text<'model> {
	context: LlamaContext<'model>,
	batch: usize,
	/// How many tokens that are.
	positions: usize,
}

impl Text<'_> {
	/// Reads more. `on_row` sees each position with its state and its logits, in order.
	fn read(
		&mut self,
		tokens: &[Token],
		on_row: &mut dyn FnMut(usize, &[f32], &[f32]) -> Result<(), EngineError>,
	) -> Result<(), EngineError> {
		for tokens in tokens.chunks(self.batch) {
			let mut batch = LlamaBatch::new(tokens.len(), 1);
			for (token, position) in tokens.iter().zip(self.positions..) {
				batch
					.add(LlamaToken(*token as i32), position as i32, &[0], true)
					.map_err(failed)?;
			}
			self.context.decode(&mut batch).map_err(failed)?;
			for row in 0..tokens.len() {
				let state = self.context.embeddings_ith(row as i32).map_err(failed)?;
				let logits = self.context.get_logits_ith(row as i32);
				on_row(self.positions + row, state, logits)?;
			}
			self.positions += tokens.len();
		}
		Ok(())
	}
}

impl Engine for LlamaCppEngine {
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
		let context = self.description.context_length as usize;
		let most = request.prompt.len().saturating_add(request.max_tokens as usize);
		// What `generate` refuses needs no room.
		let mut text = self.text(most.clamp(1, context))?;
		generate(self, request, on_token, &mut |tokens, states| {
			let last = text.positions + tokens.len() - 1;
			let mut last_logits = Vec::new();
			text.read(tokens, &mut |position, state, logits| {
				states.extend(state);
				if position == last {
					last_logits = logits.to_vec();
				}
				Ok(())
			})?;
			Ok(last_logits)
		})
	}

	fn prefill(
		&self,
		tokens: &[Token],
		logits_from: usize,
		on_logits: &mut dyn FnMut(usize, &[f32]),
	) -> Result<States, EngineError> {
		let width = self.description.width as usize;
		check(
			&self.description,
			tokens,
			self.description.context_length as usize,
		)?;
		let mut values = Vec::with_capacity(tokens.len() * width);
		self.text(tokens.len())?
			.read(tokens, &mut |position, state, logits| {
				finite(state, width, position)?;
				values.extend(state);
				if position >= logits_from {
					finite(logits, logits.len(), position)?;
					on_logits(position, logits);
				}
				Ok(())
			})?;
		Ok(States { values, width })
	}
}

#[cfg(test)]
mod tests {
	use super::features;

	#[test]
	fn the_features_are_those_that_are_used() {
		assert_eq!(
			features("CPU : SSE3 = 1 | AVX512 = 0 | AVX = 1 | SVE_CNT = 32 | "),
			"SSE3 AVX SVE_CNT=32"
		);
	}
}

//! Engines: what turns a prompt into tokens, and tokens into hidden states that can be compared.
//!
//! An [`Engine`] does two things with a model. It *generates*, one token after the other, and keeps
//! the final-norm hidden state of every position that it fed. And it *prefills*: it reads a finished
//! text in one pass and gives the same states, with the logits that an auditor compares the tokens
//! with. The positions are the same in both: the prompt and the answer without its last token,
//! which is chosen but never fed.
//!
//! - [`candle`]: Llama models in GGUF files, on the CPU. The default.
//! - `llama_cpp`: the same files, computed by llama.cpp. Only with the feature `llama-cpp`, and only to be measured.
//! - [`tokenizer`]: text to tokens and back, from the same file.
//! - [`sampler`]: the candidates of a position and their scores.
//! - [`record`]: a run as transcript and receipt.
//! - [`vector`]: a text as one vector.
//! - [`values`]: what a run leaves in the cache, and the traces of audits.

mod attention;
pub mod candle;
mod exponential;
mod generate;
mod kernel;
mod lanes;
#[cfg(feature = "llama-cpp")]
pub mod llama_cpp;
mod matrix;
mod metadata;
mod noise;
mod prefill;
pub mod record;
pub mod sampler;
mod sentencepiece;
mod tiles;
pub mod tokenizer;
pub mod values;
pub mod vector;
mod weights;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use candle::{CandleEngine, LoadError};
#[cfg(feature = "llama-cpp")]
pub use llama_cpp::LlamaCppEngine;
pub use matrix::Arithmetic;
pub use tokenizer::{Detokenizer, TokenizeError, Tokenizer};
pub use values::Values;

use codec::{Decode, Encode};
use receipt::{
	Hash, PairKey, Sampling, Token,
	fingerprint::{Fingerprint, FingerprintError},
};
use std::ops::ControlFlow;

/// A model, ready to run. Calls may run side by side: each has a cache of its own.
pub trait Engine: Send + Sync {
	/// What runs here.
	fn describe(&self) -> &Description;

	/// The pair under which runs of this engine are compared.
	fn pair(&self) -> PairKey {
		self.describe().pair
	}

	/// The tokenizer of the model's file.
	fn tokenizer(&self) -> &Tokenizer;

	/// The tokens of a prompt in UTF-8, the begin-of-text token included where the model wants one.
	/// Special tokens that are spelled out in the prompt (`<|eot|>`) become those tokens.
	fn tokenize(&self, prompt: &[u8]) -> Result<Vec<Token>, TokenizeError> {
		self.tokenizer().encode(prompt)
	}

	/// Turns tokens into text as they come.
	fn detokenizer(&self) -> Detokenizer {
		self.tokenizer().detokenizer()
	}

	/// Whether this token ends an answer.
	fn ends_text(&self, token: Token) -> bool {
		self.tokenizer().ends_text(token)
	}

	/// Writes an answer. `on_token` sees each token as soon as it is chosen and may stop the run.
	fn generate(
		&self,
		request: &Request<'_>,
		on_token: &mut dyn FnMut(Token) -> ControlFlow<()>,
	) -> Result<Run, EngineError>;

	/// Reads `tokens` in one pass and returns the states of all positions. `on_logits` gets the
	/// logits of the positions from `logits_from` on, in order.
	fn prefill(
		&self,
		tokens: &[Token],
		logits_from: usize,
		on_logits: &mut dyn FnMut(usize, &[f32]),
	) -> Result<States, EngineError>;

	/// [`Engine::prefill`], which also shows `on_values` once what the run left in the cache of attention's values. An
	/// engine that cannot show it calls nothing: its auditors have no traces.
	fn prefill_and_show(
		&self,
		tokens: &[Token],
		logits_from: usize,
		on_logits: &mut dyn FnMut(usize, &[f32]),
		_on_values: &mut dyn FnMut(&dyn Values),
	) -> Result<States, EngineError> {
		self.prefill(tokens, logits_from, on_logits)
	}
}

/// What is asked of [`Engine::generate`].
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
	/// The prompt's tokens.
	pub prompt: &'a [Token],
	/// The seed that binds the sampling, see [`receipt::sampling::seed`].
	pub seed: Hash,
	/// How tokens are chosen.
	pub sampling: Sampling,
	/// How many tokens the answer may have, at least 1.
	pub max_tokens: u32,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Ending {
	/// The model wrote an end-of-text token. It is the last of the answer.
	EndOfText,
	/// The limit was reached, or the context is full.
	Length,
	/// The caller of [`Engine::generate`] stopped it.
	Stopped,
}

/// Final-norm hidden states.
#[derive(Clone, Debug, PartialEq)]
pub struct States {
	/// `width` values for each position.
	pub values: Vec<f32>,
	/// Values per position.
	pub width: usize,
}

impl States {
	/// Their fingerprint.
	pub fn fingerprint(&self) -> Result<Fingerprint, FingerprintError> {
		receipt::fingerprint::fingerprint(&self.values, self.width)
	}
}

/// What [`Engine::generate`] gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
	/// The answer's tokens.
	pub answer: Vec<Token>,
	/// Why it ended.
	pub ending: Ending,
	/// The states of the prompt and of the answer without its last token.
	pub states: States,
}

/// What an engine says of itself and of its model.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Description {
	/// The model's name, from its file.
	pub name: String,
	/// Its licence, if the file names one.
	pub license: Option<String>,
	/// The number of its weights.
	pub parameters: u64,
	/// The longest sequence, prompt and answer together.
	pub context_length: u32,
	/// Tokens in its vocabulary.
	pub vocabulary: u32,
	/// Values per position.
	pub width: u32,
	/// Bytes that a run keeps for each position: keys, values and the final state.
	pub position_bytes: u64,
	/// The model's own template for conversations, in Jinja.
	pub chat_template: Option<String>,
	/// The hash of the model's file.
	pub model: Hash,
	/// The engine and the revision of its arithmetic.
	pub engine: String,
	/// The class of processors that compute the same bits here.
	pub class: String,
	/// See [`Engine::pair`].
	pub pair: PairKey,
}

/// Why a model did not run. None of these says anything about a node's honesty.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
	/// There is nothing to continue.
	#[error("the prompt has no tokens")]
	EmptyPrompt,
	/// No room for an answer.
	#[error(
		"{tokens} tokens do not fit into the model's context of {context}; at least one place must be left"
	)]
	TooLong {
		/// Tokens given.
		tokens: usize,
		/// Tokens that fit.
		context: usize,
	},
	/// A token that the model does not know.
	#[error("token {token} is not in the vocabulary of {vocabulary}")]
	UnknownToken {
		/// The token.
		token: Token,
		/// The vocabulary's size.
		vocabulary: u32,
	},
	/// Temperature or top-k out of bounds.
	#[error("the sampling {sampling:?} is out of bounds")]
	Sampling {
		/// What was asked.
		sampling: Sampling,
	},
	/// An answer of no tokens was asked for.
	#[error("an answer needs at least one token")]
	NoTokens,
	/// The arithmetic overflowed.
	#[error("the model gave a value that is not finite at position {position}; its file may be damaged")]
	NotFinite {
		/// Where.
		position: usize,
	},
	/// Candle failed.
	#[error(transparent)]
	Candle(#[from] candle_core::Error),
	/// llama.cpp failed.
	#[cfg(feature = "llama-cpp")]
	#[error("llama.cpp failed: {reason}")]
	LlamaCpp {
		/// What it says.
		reason: String,
	},
}

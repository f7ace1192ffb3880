//! Writes Llama checkpoints as GGUF files
//!
//! A checkpoint is what Hugging Face tools write: `config.json`, `model.safetensors` with Llama's
//! tensor names, and a byte-level BPE `tokenizer.json`. The result is one GGUF v3 file that
//! `hai-agent` and llama.cpp read.
//!
//! - [`gguf`]: the file format, nothing else.
//! - [`vocabulary`]: `tokenizer.json` as the lists that GGUF wants.
//! - [`llama`]: names, shapes and the order of rotary dimensions.

pub mod gguf;
pub mod llama;
pub mod vocabulary;

pub use llama::{About, Config, ExportError, MatrixType, export};
pub use vocabulary::{TokenKind, Vocabulary, VocabularyError};

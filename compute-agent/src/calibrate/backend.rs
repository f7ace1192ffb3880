//! The engines whose pairs are measured.

use crate::engine::{Arithmetic, CandleEngine, Engine, candle};
#[cfg(feature = "llama-cpp")]
use crate::engine::{LlamaCppEngine, llama_cpp};
use anyhow::{Context, Result};
use calibration::Parts;
use std::{fs::File, io::Cursor, path::Path};

/// An engine, and how it computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
	/// [`CandleEngine`] on one of its arithmetics.
	Candle(Arithmetic),
	/// llama.cpp on the CPU.
	#[cfg(feature = "llama-cpp")]
	LlamaCpp,
}

impl Backend {
	/// llama.cpp, where this program was built with it.
	pub fn llama_cpp() -> Result<Self> {
		#[cfg(feature = "llama-cpp")]
		{
			Ok(Self::LlamaCpp)
		}
		#[cfg(not(feature = "llama-cpp"))]
		{
			anyhow::bail!(
				"this program was built without llama.cpp. With cmake, a C++ compiler and libclang there, build it by: \
				 cargo build --release --locked --workspace --features compute-agent/llama-cpp"
			)
		}
	}

	/// The arithmetic of ours on which it computes, if it does.
	pub fn arithmetic(self) -> Option<Arithmetic> {
		match self {
			Self::Candle(arithmetic) => Some(arithmetic),
			#[cfg(feature = "llama-cpp")]
			Self::LlamaCpp => None,
		}
	}

	/// How many positions it feeds at once, unless something else is asked for.
	pub fn batch(self) -> u32 {
		match self {
			Self::Candle(_) => candle::BATCH as u32,
			#[cfg(feature = "llama-cpp")]
			Self::LlamaCpp => llama_cpp::BATCH,
		}
	}

	/// Loads a GGUF file, to feed so many positions at once: the first of these numbers, until others are taken.
	pub fn load(self, path: &Path, batches: &[u32]) -> Result<Box<dyn Measured>> {
		match self {
			Self::Candle(arithmetic) => Ok(feeding(load(path, arithmetic)?, batches)),
			#[cfg(feature = "llama-cpp")]
			Self::LlamaCpp => {
				let engine = LlamaCppEngine::load(path, batches);
				Ok(Box::new(
					engine.with_context(|| format!("cannot load {}", path.display()))?,
				))
			}
		}
	}

	/// The same from the bytes of a GGUF file.
	pub(super) fn read(self, bytes: Vec<u8>, batches: &[u32]) -> Result<Box<dyn Measured>> {
		match self {
			Self::Candle(arithmetic) => {
				let engine = CandleEngine::read(Cursor::new(bytes), Some(arithmetic))?;
				Ok(feeding(engine, batches))
			}
			#[cfg(feature = "llama-cpp")]
			Self::LlamaCpp => {
				let file = tempfile::NamedTempFile::new().context("there is no temporary file")?;
				std::fs::write(file.path(), bytes).context("the temporary file cannot be written")?;
				self.load(file.path(), batches)
			}
		}
	}
}

/// The engine with the first of these sizes of batches, if there is one.
fn feeding(mut engine: CandleEngine, batches: &[u32]) -> Box<dyn Measured> {
	if let Some(batch) = batches.first() {
		engine.use_batch(*batch as usize);
	}
	Box::new(engine)
}

/// Loads a model for candle.
pub fn load(path: &Path, arithmetic: Arithmetic) -> Result<CandleEngine> {
	let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
	CandleEngine::read(file, Some(arithmetic)).with_context(|| format!("cannot load {}", path.display()))
}

/// An engine of which runs differ by threads and by how many positions are fed at once.
pub trait Measured: Engine {
	/// What its pair key is the hash of.
	fn parts(&self) -> &Parts;

	/// The numbers of threads, of those that are wanted, that it can take in turn.
	fn threads(&self, wanted: &[u32]) -> Vec<u32>;

	/// Computes from now on with so many threads, and feeds so many positions at once.
	fn take(&mut self, threads: u32, batch: u32);
}

impl Measured for CandleEngine {
	fn parts(&self) -> &Parts {
		self.parts()
	}

	fn threads(&self, wanted: &[u32]) -> Vec<u32> {
		if self.is_portable() {
			wanted.to_vec()
		} else {
			// Fixed for the life of the process.
			vec![candle_core::utils::get_num_threads() as u32]
		}
	}

	fn take(&mut self, threads: u32, batch: u32) {
		self.use_threads(threads as usize);
		self.use_batch(batch as usize);
	}
}

#[cfg(feature = "llama-cpp")]
impl Measured for LlamaCppEngine {
	fn parts(&self) -> &Parts {
		self.parts()
	}

	fn threads(&self, wanted: &[u32]) -> Vec<u32> {
		wanted.to_vec()
	}

	fn take(&mut self, threads: u32, batch: u32) {
		self.use_threads(threads as usize);
		self.use_batch(batch as usize);
	}
}

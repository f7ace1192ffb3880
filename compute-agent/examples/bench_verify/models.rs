//! What a cheating node would run instead of the model: cheaper or other weights, same tokenizer.

use anyhow::Result;
use candle_core::quantized::GgmlDType;
use compute_agent::{
	calibrate::{
		load,
		substitutes::{Change, Original},
	},
	engine::{Arithmetic, CandleEngine},
};
use std::{io::Cursor, path::Path};

/// The models of a bench.
pub(crate) struct Models {
	/// The promised one.
	pub(crate) promised: CandleEngine,
	/// The same on two threads.
	pub(crate) threaded: CandleEngine,
	/// The others by what makes them so.
	others: Vec<(&'static str, CandleEngine)>,
}

impl Models {
	/// Reads the promised model and makes the others of it. Formats that its matrices do not have room
	/// for are left out.
	pub(crate) fn read(path: &Path) -> Result<Self> {
		let original = Original::read(path)?;
		let mut others = Vec::new();
		for (name, change) in [
			("f16", Change::Format(GgmlDType::F16)),
			("q6_k", Change::Format(GgmlDType::Q6K)),
			("q4_0", Change::Format(GgmlDType::Q4_0)),
			("weights moved by 1 %", Change::Moved(0.01)),
			("half the layers", Change::HalfTheLayers),
		] {
			match original.changed(change) {
				Ok(bytes) => others.push((name, CandleEngine::read(Cursor::new(bytes), None)?)),
				Err(error) => eprintln!("bench-verify: no substitute {name}: {error}"),
			}
		}
		others.push(("candle's kernels", load(path, Arithmetic::Quantized)?));
		let mut models = Self {
			promised: load(path, Arithmetic::Portable)?,
			threaded: load(path, Arithmetic::Portable)?,
			others,
		};
		// Runs are made side by side, each on one core.
		let others = models.others.iter_mut().map(|(_, engine)| engine);
		others
			.chain([&mut models.promised])
			.for_each(|engine| engine.use_threads(1));
		models.threaded.use_threads(2);
		Ok(models)
	}

	/// One of the others.
	pub(crate) fn other(&self, name: &str) -> Option<&CandleEngine> {
		self.others
			.iter()
			.find_map(|(other, engine)| (*other == name).then_some(engine))
	}
}

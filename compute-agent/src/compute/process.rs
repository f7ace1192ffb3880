//! Runs each job in a process of its own.

use super::{RunTask, Runner};
use crate::engine::{CandleEngine, Engine, Request, record::Outcome};
use anyhow::Result;
use std::{ops::ControlFlow, path::PathBuf, process::ExitCode, time::Duration};

/// Runs jobs with one model.
pub struct ProcessRunner {
	model: PathBuf,
}

impl ProcessRunner {
	/// Each run may use so much memory and time.
	pub fn new(model: PathBuf, _memory_mib: u64, _time: Duration) -> Result<Self> {
		Ok(Self { model })
	}
}

impl Runner for ProcessRunner {
	fn run(&self, task: &RunTask, on_text: &mut dyn FnMut(&str, u32)) -> Result<Outcome, String> {
		let engine = CandleEngine::load(&self.model).map_err(|error| error.to_string())?;
		let mut detokenizer = engine.detokenizer();
		let prompt = task.record.prompt.clone();
		let request = Request {
			prompt: &prompt,
			seed: task.seed,
			sampling: task.record.input.sampling,
			max_tokens: task.record.input.max_tokens,
		};
		let mut count = 0;
		let run = engine
			.generate(&request, &mut |token| {
				count += 1;
				on_text(&detokenizer.push(token), count);
				ControlFlow::Continue(())
			})
			.map_err(|error| error.to_string())?;
		on_text(&detokenizer.finish(), count);
		Outcome::of(&engine, prompt, run).map_err(|error| error.to_string())
	}
}

/// The process of one job.
pub fn child_main() -> ExitCode {
	ExitCode::FAILURE
}

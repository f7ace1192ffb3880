//! Runs each job in a process of its own.

use super::{RunTask, Runner};
use crate::{
	engine::record::Outcome,
	job_process::{ChildConfig, Room, Task, embed_in_child, run_in_child},
};
use futures::future::BoxFuture;
use std::{ops::ControlFlow, path::PathBuf, time::Duration};

/// Runs jobs with one model.
pub struct ProcessRunner {
	model: PathBuf,
	child: ChildConfig,
}

impl ProcessRunner {
	/// Each run may take so long, and use so much memory; what the model's size and `room` suggest, if absent.
	pub fn new(model: PathBuf, time: Duration, memory_bytes: Option<u64>, room: Room) -> Self {
		Self {
			model,
			child: ChildConfig {
				memory_bytes,
				room,
				..ChildConfig::new(time)
			},
		}
	}
}

impl Runner for ProcessRunner {
	fn run<'a>(
		&'a self,
		task: &'a RunTask,
		on_text: &'a mut (dyn FnMut(&str, u32) + Send),
	) -> BoxFuture<'a, Result<Outcome, String>> {
		Box::pin(async move {
			let input = &task.record.input;
			if input.task == receipt::Task::Embedding {
				return embed_in_child(&self.child, &self.model, &input.prompt)
					.await
					.map_err(|error| error.to_string());
			}
			let order = Task {
				model: self.model.clone(),
				prompt: input.prompt.clone(),
				seed: task.seed,
				sampling: input.sampling,
				max_tokens: input.max_tokens,
			};
			let mut count = 0;
			let on_piece = |piece: crate::job_process::Piece| {
				count += 1;
				on_text(&piece.text, count);
				ControlFlow::Continue(())
			};
			let finished = run_in_child(&self.child, &order, on_piece)
				.await
				.map_err(|error| error.to_string())?;
			on_text(&finished.rest, count);
			Ok(finished.outcome)
		})
	}
}

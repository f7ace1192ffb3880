//! Runs each job in a process of its own, and checks the runs in another.

use super::{RunTask, Runner};
use crate::{
	audit::{AuditTask, Bands},
	engine::record::Outcome,
	job_process::{AuditProcess, ChildConfig, Room, Task, embed_in_child, run_in_child},
};
use futures::future::BoxFuture;
use receipt::{Figures, Transcript, Verdict};
use std::{ops::ControlFlow, path::PathBuf, time::Duration};
use tokio::sync::Mutex;

/// Runs jobs with one model.
pub struct ProcessRunner {
	model: PathBuf,
	child: ChildConfig,
	/// Checks runs, one after the other: each takes all cores, and memory for the model.
	audits: Mutex<AuditProcess>,
}

impl ProcessRunner {
	/// Runs `model` and checks what it ran by the `promised` one. Each run or check may take so long, and use so much memory;
	/// what the model's size and `room` suggest, if absent.
	pub fn new(
		model: PathBuf,
		promised: PathBuf,
		time: Duration,
		memory_bytes: Option<u64>,
		room: Room,
	) -> Self {
		Self {
			audits: Mutex::new(AuditProcess::new(promised)),
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

	fn check<'a>(
		&'a self,
		task: &'a AuditTask,
		transcript: &'a Transcript,
		bands: &'a Bands,
	) -> BoxFuture<'a, Result<(Verdict, Figures), String>> {
		Box::pin(async move {
			let audits = self.audits.lock().await;
			// No auditor reads this audit, so nothing is traced.
			let audited = audits
				.audit(&self.child, task, transcript, bands, &[])
				.await
				.map_err(|error| error.to_string())?;
			Ok((audited.verdict, audited.figures))
		})
	}
}

//! Makes audits in a process apart: a transcript is written by a stranger, as a prompt is.

use super::Audits;
use crate::{
	audit::{AuditTask, Audited, Bands},
	engine::Description,
	job_process::{AuditProcess, ChildConfig, Room},
};
use futures::future::BoxFuture;
use receipt::{Transcript, trace::Tracer};
use std::{path::PathBuf, time::Duration};

/// Audits runs of one model file.
pub struct ProcessAudits {
	process: AuditProcess,
	position_bytes: u64,
	context_length: u32,
}

impl ProcessAudits {
	/// Audits with the model in this file, which says this of itself.
	pub fn new(model: PathBuf, description: &Description) -> Self {
		Self {
			process: AuditProcess::new(model),
			position_bytes: description.position_bytes,
			context_length: description.context_length,
		}
	}
}

impl Audits for ProcessAudits {
	fn audit<'a>(
		&'a self,
		task: &'a AuditTask,
		transcript: &'a Transcript,
		bands: &'a Bands,
		tracers: &'a [Tracer],
		time: Duration,
	) -> BoxFuture<'a, Result<Audited, String>> {
		Box::pin(async move {
			let positions = transcript.prompt.len() + transcript.answer.len();
			// A longer transcript is invalid before anything is kept of it.
			let positions = u32::try_from(positions).map_or(self.context_length, |positions| {
				positions.min(self.context_length)
			});
			let child = ChildConfig {
				room: Room {
					position_bytes: self.position_bytes,
					positions,
				},
				..ChildConfig::new(time)
			};
			self.process
				.audit(&child, task, transcript, bands, tracers)
				.await
				.map_err(|error| error.to_string())
		})
	}
}

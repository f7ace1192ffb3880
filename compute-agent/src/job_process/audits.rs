//! The audits of one model, one after the other in a child that is kept while there are more.

use super::{ChildConfig, JobProcessError, Message, Started, Work, order};
use crate::audit::{AuditTask, Audited, Bands};
use receipt::{Transcript, trace::Tracer};
use std::{
	path::PathBuf,
	sync::{Arc, Mutex},
	time::Duration,
};

/// Audits that one child makes. A transcript is a stranger's text: whatever one of them might do to the child ends
/// with it.
const AUDITS: u32 = 16;

/// How long a child waits for the next audit; it holds the model's memory meanwhile.
const IDLE: Duration = Duration::from_secs(60);

/// The fewest positions that a child has room for, so that few audits need another one with more.
const LEAST_POSITIONS: u32 = 1_024;

/// Makes the audits of one model in a child process. Loading the model takes longer than a short audit, so the child
/// is kept for the next one. It ends after sixteen audits, a minute without one, and anything that goes wrong.
pub struct AuditProcess {
	model: PathBuf,
	idle: Duration,
	kept: Arc<Mutex<Option<Kept>>>,
}

/// A child that has made an audit and waits for another.
struct Kept {
	child: Started,
	/// Audits that it may still make.
	left: u32,
	/// Positions that it has room for.
	positions: u32,
}

impl AuditProcess {
	/// For the model in this file. Nothing is started yet.
	pub fn new(model: PathBuf) -> Self {
		Self::waiting(model, IDLE)
	}

	/// One whose child waits so long.
	pub(super) fn waiting(model: PathBuf, idle: Duration) -> Self {
		Self {
			model,
			idle,
			kept: Arc::default(),
		}
	}

	/// Audits a run, and computes the traces of `tracers`. An error says nothing about the run: the child failed, or was too
	/// slow.
	///
	/// Dropping the future kills the child.
	pub async fn audit(
		&self,
		config: &ChildConfig,
		task: &AuditTask,
		transcript: &Transcript,
		bands: &Bands,
		tracers: &[Tracer],
	) -> Result<Audited, JobProcessError> {
		let work = Work::Audit {
			task: *task,
			transcript: transcript.clone(),
			bands: *bands,
			tracers: tracers.to_vec(),
		};
		let on_message = |message| match message {
			Message::Audited(audited) => Ok(Some(audited)),
			_ => Err(JobProcessError::Protocol(
				"it answers an audit with something else".into(),
			)),
		};
		let (mut kept, conversation) = match self.take(config.room.positions) {
			Some(mut kept) => {
				let conversation = tokio::time::timeout(config.time, async {
					kept.child.send(&work).await?;
					kept.child.hear(on_message).await
				});
				let conversation = conversation.await;
				(kept, conversation)
			}
			None => {
				let mut config = config.clone();
				config.room.positions = roomy(config.room.positions);
				let order = order(&config, &self.model, &work, AUDITS).await?;
				let mut kept = Kept {
					child: Started::new(&config)?,
					left: AUDITS,
					positions: config.room.positions,
				};
				let conversation = kept.child.converse(&order, on_message);
				let conversation = tokio::time::timeout(config.time, conversation).await;
				(kept, conversation)
			}
		};
		kept.left -= 1;
		match conversation {
			Ok(Ok(found)) if kept.left > 0 => {
				self.keep(kept);
				Ok(found)
			}
			conversation => kept.child.end(conversation, config.time).await,
		}
	}

	/// The process that waits for another audit, if one does.
	#[cfg(test)]
	pub(super) fn waiting_process(&self) -> Option<u32> {
		let kept = self.kept.lock().expect("nobody panics with this lock");
		kept.as_ref().and_then(|kept| kept.child.process.id())
	}

	/// Whether the process that waited for another audit has ended by itself.
	#[cfg(test)]
	pub(super) fn waiting_process_has_ended(&self) -> bool {
		let mut kept = self.kept.lock().expect("nobody panics with this lock");
		let kept = kept.as_mut();
		kept.is_some_and(|kept| matches!(kept.child.process.try_wait(), Ok(Some(_))))
	}

	/// The child that was kept, if it lives and has the room. Another one is ended.
	fn take(&self, positions: u32) -> Option<Kept> {
		let mut kept = self.kept.lock().expect("nobody panics with this lock").take()?;
		let lives = matches!(kept.child.process.try_wait(), Ok(None));
		(lives && positions <= kept.positions).then_some(kept)
	}

	/// Keeps a child until it has waited too long.
	fn keep(&self, kept: Kept) {
		// Each audit counts down, so this is no other child, and not this one after another audit.
		let waits = (kept.child.process.id(), kept.left);
		*self.kept.lock().expect("nobody panics with this lock") = Some(kept);
		let (slot, idle) = (Arc::downgrade(&self.kept), self.idle);
		tokio::spawn(async move {
			tokio::time::sleep(idle).await;
			if let Some(slot) = slot.upgrade() {
				let mut slot = slot.lock().expect("nobody panics with this lock");
				slot.take_if(|kept| (kept.child.process.id(), kept.left) == waits);
			}
		});
	}
}

/// More positions than are asked for, so that the next audit hardly needs more.
fn roomy(positions: u32) -> u32 {
	positions
		.max(LEAST_POSITIONS)
		.checked_next_power_of_two()
		.unwrap_or(u32::MAX)
}

//! What the node remembers of its audits between two blocks and over restarts.

use crate::{Phase, verifier::Answer};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use polkadot_sdk::{sp_io, sp_runtime::offchain::storage::StorageValueRef};
use receipt::{Account, Hash, JobId};

/// Notes that were not touched for so many blocks are forgotten. No audit lasts that long.
const KEEP: u32 = 50_000;

/// The most notes; the oldest go first.
const MAX_NOTES: usize = 4_096;

/// Where the list of notes stands.
const INDEX: &[u8] = b"hai::audit-notes";

/// What is remembered of one auditor's audit of one receipt, in one sitting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Note {
	/// The verifier's answer.
	pub(crate) answer: Option<Answer>,
	/// The block in which the commitment was sent last.
	pub(crate) commit_sent: Option<u32>,
	/// The block in which the opening was sent last.
	pub(crate) reveal_sent: Option<u32>,
}

impl Note {
	/// The block in which this phase was sent last.
	pub(crate) fn sent_at(&self, phase: &Phase) -> Option<u32> {
		match phase {
			Phase::Commit { .. } => self.commit_sent,
			Phase::Reveal { .. } => self.reveal_sent,
		}
	}

	/// Remembers that this phase was sent.
	pub(crate) fn was_sent(&mut self, phase: &Phase, block: u32) {
		match phase {
			Phase::Commit { .. } => self.commit_sent = Some(block),
			Phase::Reveal { .. } => self.reveal_sent = Some(block),
		}
	}
}

/// The name of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoteId([u8; 32]);

impl NoteId {
	/// Each sitting of a job has notes of its own: what could not be fetched in the first round may be there in the second,
	/// and another fork of the chain may have seated others.
	pub(crate) fn new(genesis: &Hash, job: JobId, sitting: &Hash, receipt: &Hash, auditor: &Account) -> Self {
		Self(sp_io::hashing::blake2_256(
			&(genesis, job, sitting, receipt, auditor).encode(),
		))
	}

	fn key(&self) -> Vec<u8> {
		[b"hai::audit-note::".as_slice(), &self.0].concat()
	}

	/// The note, an empty one where there is none or where it cannot be read.
	pub(crate) fn read(&self) -> Note {
		StorageValueRef::persistent(&self.key())
			.get()
			.ok()
			.flatten()
			.unwrap_or_default()
	}

	/// Keeps the note, and forgets old ones when it is a new one.
	pub(crate) fn write(&self, note: &Note, now: u32) {
		let key = self.key();
		let entry = StorageValueRef::persistent(&key);
		let is_new = !matches!(entry.get::<Note>(), Ok(Some(_)));
		entry.set(note);
		if is_new {
			self.enlist(now);
		}
	}

	fn enlist(&self, now: u32) {
		let index = StorageValueRef::persistent(INDEX);
		let mut notes: Vec<([u8; 32], u32)> = index.get().ok().flatten().unwrap_or_default();
		notes.retain(|(id, _)| *id != self.0);
		notes.push((self.0, now));
		let surplus = notes.len().saturating_sub(MAX_NOTES);
		let mut number = 0usize;
		notes.retain(|(id, since)| {
			number = number.saturating_add(1);
			let keep = number > surplus && now.saturating_sub(*since) <= KEEP;
			if !keep {
				StorageValueRef::persistent(&Self(*id).key()).clear();
			}
			keep
		});
		index.set(&notes);
	}
}

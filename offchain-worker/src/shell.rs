//! Keys, storage, lock and clock around the plan.

use crate::{
	AUDIT_KEYS, Config, KeyOwners, Owed, OwedWork, SubmitBatch, VERIFIER_TOKEN, VERIFIER_URL,
	memory::{Note, NoteId},
	plan::{Action, PlannerInput, Task, plan},
	verifier::{Answer, Endpoint, Reply, ask, question},
};
use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use core::fmt;
use polkadot_sdk::{
	sp_core::{
		Get, RuntimeInterfaceLogLevel as Level, ed25519,
		offchain::{Duration, StorageKind},
	},
	sp_io,
	sp_runtime::offchain::storage_lock::{StorageLock, Time},
};
use receipt::{
	Account, Hash, JobId, Signature,
	attestation::{Batch, Item, Opening, salt, salt_message},
};

/// Where the lock stands.
const LOCK: &[u8] = b"hai::audit-lock";

/// How long a run may hold the lock: above anything that a run takes.
const LOCK_MILLISECONDS: u64 = 10_000;

/// How long the verifier may take for an answer.
const ANSWER_MILLISECONDS: u64 = 1_500;

/// The most questions at once.
const MAX_QUESTIONS: usize = 32;

/// One owed attestation with its note.
struct Piece {
	auditor: Account,
	owed: Owed,
	receipt: Hash,
	id: NoteId,
	note: Note,
}

fn log(level: Level, message: fmt::Arguments<'_>) {
	sp_io::logging::log(level, "hai::audits", format!("{message}").as_bytes());
}

/// Does what is due after block `now`.
pub(crate) fn run<T: Config>(now: u32) {
	let keys: BTreeSet<[u8; 32]> = sp_io::crypto::ed25519_public_keys(AUDIT_KEYS)
		.into_iter()
		.map(|key| key.0)
		.collect();
	let auditors: BTreeSet<Account> = keys.iter().filter_map(T::Auditors::account_of).collect();
	if auditors.is_empty() {
		return;
	}
	let mut lock = StorageLock::<Time>::with_deadline(LOCK, Duration::from_millis(LOCK_MILLISECONDS));
	// An earlier run is still at work; the next block comes soon.
	let Ok(_guard) = lock.try_lock() else { return };

	let genesis = T::Work::genesis();
	let mut pieces = Vec::new();
	for auditor in &auditors {
		for owed in T::Work::owed(auditor) {
			if keys.contains(&owed.key) {
				let receipt = owed.receipt.hash();
				let id = NoteId::new(&genesis, owed.job, &owed.sitting(), &receipt, auditor);
				pieces.push(Piece {
					auditor: *auditor,
					owed,
					receipt,
					id,
					note: id.read(),
				});
			} else {
				log(
					Level::Warn,
					format_args!(
						"job {}: the audit key that must sign is not in this node's keystore",
						owed.job
					),
				);
			}
		}
	}
	if pieces.is_empty() {
		return;
	}
	answer_questions::<T>(&genesis, now, &mut pieces);
	send_batches::<T>(&genesis, now, &mut pieces);
}

/// The plan for the pieces as they stand.
fn plan_for<T: Config>(genesis: &Hash, now: u32, pieces: &[Piece]) -> Vec<Action> {
	let tasks = pieces
		.iter()
		.map(|piece| Task {
			auditor: piece.auditor,
			key: piece.owed.key,
			job: piece.owed.job,
			receipt: piece.receipt,
			sitting: piece.owed.sitting(),
			phase: piece.owed.phase,
			opening: piece
				.note
				.answer
				.and_then(|answer| opening(genesis, &piece.owed, answer)),
			sent_at: piece.note.sent_at(&piece.owed.phase),
		})
		.collect();
	plan(&PlannerInput {
		genesis: *genesis,
		now,
		resubmit_after: T::ResubmitAfter::get(),
		max_questions: MAX_QUESTIONS,
		tasks,
	})
}

fn answer_questions<T: Config>(genesis: &Hash, now: u32, pieces: &mut [Piece]) {
	let asked: Vec<usize> = plan_for::<T>(genesis, now, pieces)
		.into_iter()
		.filter_map(|action| match action {
			Action::AskVerifier { task } => Some(task),
			_ => None,
		})
		.collect();
	if asked.is_empty() {
		return;
	}
	let Some(endpoint) = endpoint() else {
		log(
			Level::Error,
			format_args!(
				"{} audits are owed, but this node knows no verifier: start it with --verifier-url \
				 and --verifier-token-file",
				asked.len()
			),
		);
		return;
	};
	let questions = asked
		.iter()
		.filter_map(|number| pieces.get(*number))
		.map(|piece| {
			let blocks = piece.owed.phase.until().saturating_sub(now);
			let left = T::BlockMilliseconds::get().saturating_mul(blocks.into());
			question(genesis, &piece.auditor, &piece.owed, left)
		})
		.collect();
	let deadline = sp_io::offchain::timestamp().add(Duration::from_millis(ANSWER_MILLISECONDS));
	let mut failed: Option<(JobId, String, usize)> = None;
	for (number, reply) in asked.iter().zip(ask(&endpoint, questions, deadline)) {
		let Some(piece) = pieces.get_mut(*number) else {
			continue;
		};
		match reply {
			Ok(Reply::Pending) => {}
			Ok(Reply::Done(answer)) => {
				piece.note.answer = Some(answer);
				piece.id.write(&piece.note, now);
			}
			Err(error) => {
				let (.., count) = failed.get_or_insert_with(|| (piece.owed.job, format!("{error}"), 0));
				*count = count.saturating_add(1);
			}
		}
	}
	// One line a block, however many audits a silent verifier holds up.
	if let Some((job, error, count)) = failed {
		log(
			Level::Warn,
			format_args!(
				"{count} of {} audits have no answer, job {job} among them: {error} at {}; asking \
				 again after a later block",
				asked.len(),
				endpoint.url
			),
		);
	}
}

fn send_batches<T: Config>(genesis: &Hash, now: u32, pieces: &mut [Piece]) {
	for action in plan_for::<T>(genesis, now, pieces) {
		match action {
			Action::AskVerifier { .. } => {}
			Action::Forget { task } => {
				let Some(piece) = pieces.get_mut(task) else {
					continue;
				};
				log(
					Level::Error,
					format_args!(
						"job {}: the verifier's answer is not the one that was committed to; nothing \
						 is revealed, and it is asked again",
						piece.owed.job
					),
				);
				piece.note.answer = None;
				piece.id.write(&piece.note, now);
			}
			Action::Submit {
				auditor,
				key,
				items,
				tasks,
			} => {
				let first = items.first().map_or(0, Item::job);
				let batch = Batch {
					auditor,
					at: now,
					items,
				};
				let Some(signature) = sign(&key, &batch.message(genesis)) else {
					log(Level::Error, format_args!("the keystore did not sign a batch"));
					continue;
				};
				if T::Submit::submit(batch, signature).is_err() {
					log(
						Level::Warn,
						format_args!(
							"the pool refused a batch of {} attestations, the first for job {}; \
							 trying again after the next block",
							tasks.len(),
							first
						),
					);
					continue;
				}
				for task in tasks {
					let Some(piece) = pieces.get_mut(task) else {
						continue;
					};
					piece.note.was_sent(&piece.owed.phase, now);
					piece.id.write(&piece.note, now);
				}
			}
		}
	}
}

/// The answer with the salt that the audit's key has for this round of its job.
fn opening(genesis: &Hash, owed: &Owed, answer: Answer) -> Option<Opening> {
	let signature = sign(&owed.key, &salt_message(genesis, owed.job, owed.round))?;
	Some(Opening {
		verdict: answer.verdict,
		figures: answer.figures,
		evidence: answer.evidence,
		salt: salt(&signature),
	})
}

fn sign(key: &[u8; 32], message: &Hash) -> Option<Signature> {
	sp_io::crypto::ed25519_sign(AUDIT_KEYS, &ed25519::Public::from_raw(*key), message)
		.map(|signature| signature.0)
}

fn endpoint() -> Option<Endpoint> {
	let read = |key| {
		let bytes = sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, key)?;
		String::from_utf8(bytes)
			.ok()
			.map(|text| String::from(text.trim()))
	};
	let url = read(VERIFIER_URL).filter(|url| !url.is_empty())?;
	Some(Endpoint {
		url,
		token: read(VERIFIER_TOKEN).unwrap_or_default(),
	})
}

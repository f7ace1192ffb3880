//! Commitments and openings of auditors.

use crate::{
	AuditPhase, Config, Error, Event, Finding, Job, JobState, Jobs, MAX_BATCH_AGE, MAX_OWED, OpenAudits,
	Owed, Pallet,
	canary::round,
	judge::{all_revealed, reveal_phase},
	request::signed_by,
};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{
	dispatch::DispatchResult,
	ensure,
	pallet_prelude::{
		InvalidTransaction, TransactionPriority, TransactionSource, TransactionValidityWithRefund,
		ValidTransaction,
	},
	storage::with_storage_layer,
	weights::Weight,
};
use polkadot_sdk::*;
use receipt::{
	Account, JobId, Signature,
	attestation::{Batch, Item, MAX_BATCH, Opening, commitment, sitting},
};
use sp_runtime::{AccountId32, DispatchError};

/// Why a batch is no valid transaction, as the number in `InvalidTransaction::Custom`.
pub mod refusal {
	/// No item, or more than 32.
	pub const COUNT: u8 = 1;
	/// Two items for one job.
	pub const REPEATED_JOB: u8 = 2;
	/// Commitments and openings in one batch.
	pub const MIXED_PHASES: u8 = 3;
	/// The auditor does not owe one of the items now, or an opening does not match.
	pub const NOT_OWED: u8 = 4;
	/// Seats that were drawn under different audit keys.
	pub const MIXED_KEYS: u8 = 5;
}

/// Attestations go before anything that pays a tip.
const PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;

impl AuditPhase {
	/// The last block for it.
	pub fn until(&self) -> u32 {
		match self {
			Self::Commit { until } | Self::Reveal { until, .. } => *until,
		}
	}
}

/// Where an auditor sits in a committee.
fn seat_of(job: &Job, auditor: &AccountId32) -> Option<usize> {
	job.committee.iter().position(|seat| seat.auditor == *auditor)
}

/// What an auditor can do for a job in block `now`.
fn phase_of(job: &Job, seat: usize, now: u32) -> Option<AuditPhase> {
	let JobState::Auditing {
		commit_until,
		reveal_from,
		reveal_until,
		..
	} = job.state
	else {
		return None;
	};
	let seat = job.committee.get(seat)?;
	match (seat.commitment, seat.opening) {
		(None, _) if now <= commit_until => Some(AuditPhase::Commit { until: commit_until }),
		(Some(commitment), None) if (reveal_from..=reveal_until).contains(&now) => Some(AuditPhase::Reveal {
			until: reveal_until,
			commitment,
		}),
		_ => None,
	}
}

impl Job {
	/// The sitting of the stage that sits: what a commitment of one of its auditors must name.
	pub(crate) fn sitting(&self) -> Option<receipt::Hash> {
		let JobState::Auditing { stage, .. } = self.state else {
			return None;
		};
		let committee: Vec<_> = self.committee.iter().map(|seat| &seat.auditor).collect();
		let earlier: Vec<_> = self.audit.earlier.iter().map(Finding::shown).collect();
		Some(sitting(round(self, stage), &committee, &earlier))
	}
}

impl<T: Config> Pallet<T> {
	/// What an auditor can attest in block `now`, at most [`MAX_OWED`].
	pub(crate) fn owed_in(auditor: &AccountId32, now: u32) -> Vec<Owed> {
		let mut owed: Vec<Owed> = OpenAudits::<T>::iter_key_prefix(auditor)
			.filter_map(|id| {
				let job = Jobs::<T>::get(id)?;
				let JobState::Auditing { stage, .. } = job.state else {
					return None;
				};
				let seat = seat_of(&job, auditor)?;
				let phase = phase_of(&job, seat, now)?;
				let key = job.committee.get(seat)?.key;
				let node = job.node();
				let round = round(&job, stage);
				let opened = job.audit.canary.opened().map(|opened| opened.planting);
				let committee = job.committee.into_iter().map(|seat| seat.auditor).collect();
				let earlier = job.audit.earlier.iter().map(Finding::shown).collect();
				let delivery = job.delivery?;
				Some(Owed {
					job: id,
					key,
					round,
					phase,
					node,
					receipt_hash: delivery.hash,
					receipt: delivery.receipt,
					ticket_hash: job.ticket_hash,
					input: job.ticket.input,
					nonce: job.ticket.nonce,
					randomness: job.randomness,
					max_tokens: job.ticket.max_tokens,
					opened,
					committee,
					earlier,
				})
			})
			.collect();
		// Those that end first come first, so that a flood of audits hides none that is about to end.
		owed.sort_by_key(|owed| (owed.phase.until(), owed.job));
		owed.truncate(MAX_OWED as usize);
		owed
	}

	/// Whether a batch may be a transaction: every item is owed now, and the key of the seats signed.
	pub(crate) fn authorize_attest(
		_source: TransactionSource,
		batch: &Batch,
		signature: &Signature,
	) -> TransactionValidityWithRefund {
		let now = Self::now();
		if batch.items.is_empty() || batch.items.len() > MAX_BATCH as usize {
			return Err(InvalidTransaction::Custom(refusal::COUNT).into());
		}
		if batch.at > now {
			return Err(InvalidTransaction::Future.into());
		}
		let age = now.saturating_sub(batch.at);
		if age > MAX_BATCH_AGE {
			return Err(InvalidTransaction::Stale.into());
		}
		let jobs: BTreeSet<JobId> = batch.items.iter().map(Item::job).collect();
		if jobs.len() != batch.items.len() {
			return Err(InvalidTransaction::Custom(refusal::REPEATED_JOB).into());
		}
		let commits = batch
			.items
			.iter()
			.filter(|item| matches!(item, Item::Commit { .. }))
			.count();
		if commits != 0 && commits != batch.items.len() {
			return Err(InvalidTransaction::Custom(refusal::MIXED_PHASES).into());
		}
		let auditor = AccountId32::new(batch.auditor);
		// The signature first, under the key of the first seat: garbage in the name of an auditor costs one read.
		let first = batch.items.first().map_or(0, Item::job);
		let key = Jobs::<T>::get(first)
			.and_then(|job| {
				let seat = seat_of(&job, &auditor)?;
				job.committee.get(seat).map(|seat| seat.key)
			})
			.ok_or(InvalidTransaction::Custom(refusal::NOT_OWED))?;
		if !signed_by(&key, &batch.message(&Self::genesis()), signature) {
			return Err(InvalidTransaction::BadProof.into());
		}
		for item in &batch.items {
			let (_, seat, job) = Self::check_item(&auditor, item, now)
				.map_err(|_| InvalidTransaction::Custom(refusal::NOT_OWED))?;
			if job.committee.get(seat).is_none_or(|seat| seat.key != key) {
				return Err(InvalidTransaction::Custom(refusal::MIXED_KEYS).into());
			}
		}
		ValidTransaction::with_tag_prefix("Attestation")
			.priority(PRIORITY)
			.and_provides((auditor, commits != 0, jobs.first().copied()))
			.longevity(MAX_BATCH_AGE.saturating_sub(age).max(1).into())
			.propagate(true)
			.build()
			.map(|valid| (valid, Weight::zero()))
	}

	/// Whether an item is owed, and by which seat of which job.
	fn check_item(
		auditor: &AccountId32,
		item: &Item,
		now: u32,
	) -> Result<(JobId, usize, Job), DispatchError> {
		let id = item.job();
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		let seat = seat_of(&job, auditor).ok_or(Error::<T>::NotOwed)?;
		match (item, phase_of(&job, seat, now)) {
			(Item::Commit { sitting, .. }, Some(AuditPhase::Commit { .. })) => {
				ensure!(Some(*sitting) == job.sitting(), Error::<T>::OtherSitting);
			}
			(Item::Reveal { opening, .. }, Some(AuditPhase::Reveal { commitment: kept, .. })) => {
				let receipt = job.delivery.as_ref().ok_or(Error::<T>::WrongState)?.hash;
				let account: &Account = auditor.as_ref();
				let own = commitment(&Self::genesis(), id, &receipt, account, opening);
				ensure!(own == kept, Error::<T>::CommitmentMismatch);
			}
			_ => return Err(Error::<T>::NotOwed.into()),
		}
		Ok((id, seat, job))
	}

	/// Takes the items one by one.
	pub(crate) fn do_attest(batch: Batch) {
		let auditor = AccountId32::new(batch.auditor);
		for item in batch.items.into_iter().take(MAX_BATCH as usize) {
			let result = with_storage_layer(|| Self::take_item(&auditor, &item));
			if let Err(error) = result {
				Self::deposit_event(Event::ItemRefused {
					job: item.job(),
					auditor: auditor.clone(),
					error,
				});
			}
		}
	}

	fn take_item(auditor: &AccountId32, item: &Item) -> DispatchResult {
		let (id, seat, job) = Self::check_item(auditor, item, Self::now())?;
		match item {
			Item::Commit { commitment, .. } => Self::commit(id, job, seat, *commitment),
			Item::Reveal { opening, .. } => Self::reveal(id, job, seat, *opening),
		}
	}

	fn commit(id: JobId, mut job: Job, seat: usize, commitment: receipt::Hash) -> DispatchResult {
		let now = Self::now();
		let seat = job.committee.get_mut(seat).ok_or(Error::<T>::NotOwed)?;
		seat.commitment = Some(commitment);
		Self::deposit_event(Event::Committed {
			job: id,
			auditor: seat.auditor.clone(),
		});
		if let (true, JobState::Auditing { stage, .. }) = (
			job.committee.iter().all(|seat| seat.commitment.is_some()),
			&job.state,
		) {
			let (from, until) = reveal_phase(now, &Self::terms_of(&job)?.jobs);
			job.state = JobState::Auditing {
				stage: *stage,
				commit_until: now,
				reveal_from: from,
				reveal_until: until,
			};
			Self::schedule(id, &mut job, until.saturating_add(1));
			Self::deposit_event(Event::RevealsOpen { job: id, from, until });
		}
		Jobs::<T>::insert(id, job);
		Ok(())
	}

	fn reveal(id: JobId, mut job: Job, seat: usize, opening: Opening) -> DispatchResult {
		let seat = job.committee.get_mut(seat).ok_or(Error::<T>::NotOwed)?;
		seat.opening = Some(opening);
		Self::deposit_event(Event::Revealed {
			job: id,
			auditor: seat.auditor.clone(),
			verdict: opening.verdict,
		});
		if all_revealed(&job) {
			// The count moves money, which is no business of a call without a fee: it is due now.
			Self::schedule(id, &mut job, Self::now());
		}
		Jobs::<T>::insert(id, job);
		Ok(())
	}
}

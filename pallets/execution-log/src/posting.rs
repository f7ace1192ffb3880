//! Transcripts in block bodies: how a node refutes that its transcript cannot be fetched.
//!
//! A node that auditors cannot reach over the peer network seals the transcript to the auditors of the court that sits
//! and puts it into a block. The state keeps the block's number and a hash alone; the fee by length pays for the bytes.
//! There is nobody to seal it to before a court is drawn, and nobody who would still read it when all commitments are
//! due.

use crate::{Config, Error, Event, JobState, Jobs, Pallet, Posting};
use frame_support::{BoundedVec, dispatch::DispatchResult, ensure, traits::ConstU32};
use polkadot_sdk::*;
use receipt::JobId;
use sp_runtime::AccountId32;
use verification::Stage;

/// The largest sealed transcript, in bytes. One of 4,096 tokens has about 50,000.
pub const MAX_POSTED: u32 = 128 * 1024;

/// A sealed transcript.
pub type Sealed = BoundedVec<u8, ConstU32<MAX_POSTED>>;

impl<T: Config> Pallet<T> {
	/// The call `post_transcript`.
	pub(crate) fn do_post(id: JobId, who: &AccountId32, sealed: &Sealed) -> DispatchResult {
		let now = Self::now();
		let mut job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		ensure!(job.node() == *who, Error::<T>::NotTheNode);
		let JobState::Auditing {
			stage, commit_until, ..
		} = job.state
		else {
			return Err(Error::<T>::WrongState.into());
		};
		ensure!(stage != Stage::Auditor, Error::<T>::WrongState);
		ensure!(now <= commit_until, Error::<T>::TooLate);
		// No stage sits twice in a job, unless a canary was opened, which forgets what was posted before.
		ensure!(
			job.audit.posted.is_none_or(|posted| posted.stage != stage),
			Error::<T>::AlreadyPosted
		);
		let hash = sp_io::hashing::blake2_256(sealed);
		job.audit.posted = Some(Posting { at: now, hash, stage });
		Jobs::<T>::insert(id, job);
		Self::deposit_event(Event::TranscriptPosted {
			job: id,
			stage,
			hash,
			length: sealed.len() as u32,
		});
		Ok(())
	}
}

//! Shows transcripts in blocks to auditors that do not fetch them.
//!
//! A node whose transcript a court could not fetch pays for that, whoever's fault it was: a router, a provider, or
//! somebody who keeps it busy. The chain is a way to auditors that nobody can close. It costs a fee by length, so it is
//! taken only where an auditor has neither asked nor committed for a part of its time.

use crate::{
	adversary::{Deed, NodeAdversary},
	chain::{Chain, Court},
	store::Store,
};
use anyhow::{Context, Result, ensure};
use chain_client::postings::MAX_POSTED;
use peer_network::posted::seal_to_all;
use receipt::{Account, Hash, JobId};
use std::{
	collections::{BTreeMap, BTreeSet, HashMap, HashSet},
	sync::{Arc, Mutex},
};
use verification::Stage;

/// An auditor that has not asked for so large a part of its time for commitments, one in so many, has a posting made
/// for it. Auditors give up after seven tenths of what they have, so that most of that is left.
const WAIT_ONE_IN: u32 = 6;

/// Which auditors got which transcripts. A canary has two: who got the planted one has not got the true one.
#[derive(Clone, Default)]
pub(crate) struct Served(Arc<Mutex<HashMap<JobId, HashSet<(Account, Hash)>>>>);

impl Served {
	/// An auditor got the transcript of a job that has this hash.
	pub(crate) fn note(&self, job: JobId, auditor: Account, transcript: Hash) {
		self.lock().entry(job).or_default().insert((auditor, transcript));
	}

	fn has(&self, job: JobId, auditor: Account, transcript: Hash) -> bool {
		self.lock()
			.get(&job)
			.is_some_and(|served| served.contains(&(auditor, transcript)))
	}

	/// Forgets all jobs but these.
	fn keep(&self, jobs: &[JobId]) {
		self.lock().retain(|job, _| jobs.contains(job));
	}

	fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, HashSet<(Account, Hash)>>> {
		self.0.lock().expect("no holder of this lock panics")
	}
}

/// A court, by its job, its stage, and the transcript that it audits: once a canary is opened the stages sit anew.
type Name = (JobId, Stage, Hash);

/// Posts what courts do not fetch.
pub(crate) struct Poster {
	chain: Arc<dyn Chain>,
	store: Arc<dyn Store>,
	adversary: NodeAdversary,
	served: Served,
	/// The block that first showed each court.
	seen: BTreeMap<Name, u32>,
	/// Courts for which a posting is made or under way.
	posted: Arc<Mutex<BTreeSet<Name>>>,
}

impl Poster {
	pub(crate) fn new(
		chain: Arc<dyn Chain>,
		store: Arc<dyn Store>,
		adversary: NodeAdversary,
		served: Served,
	) -> Self {
		Self {
			chain,
			store,
			adversary,
			served,
			seen: BTreeMap::new(),
			posted: Arc::default(),
		}
	}

	/// Looks at the courts that block `block` shows, in the chain whose newest block is `best`. `jobs` are all that the
	/// node knows.
	pub(crate) fn consider(&mut self, block: u32, best: u32, courts: &[Court], jobs: &[JobId]) {
		self.served.keep(jobs);
		self.seen.retain(|(job, ..), _| jobs.contains(job));
		self.posted
			.lock()
			.expect("no holder of this lock panics")
			.retain(|(job, ..)| jobs.contains(job));
		for court in courts {
			let name = name_of(court);
			let since = *self.seen.entry(name).or_insert(block);
			let waits = court
				.silent
				.iter()
				.any(|auditor| !self.served.has(court.job, *auditor, court.transcript));
			if waits && is_time(since, best, court.commit_until) && self.may_post(court) {
				self.post(court.clone());
			}
		}
	}

	/// Whether this court's posting is still to be made; it is, from now on, under way.
	fn may_post(&self, court: &Court) -> bool {
		let is_shown = self.adversary.deed(court.job) != Deed::HiddenTranscript;
		let mut posted = self.posted.lock().expect("no holder of this lock panics");
		!court.is_posted && is_shown && posted.insert(name_of(court))
	}

	fn post(&self, court: Court) {
		let (chain, store, posted) = (self.chain.clone(), self.store.clone(), self.posted.clone());
		tokio::spawn(async move {
			let name = name_of(&court);
			match post(&*chain, &*store, &court).await {
				Ok(bytes) => {
					metrics::counter!("hai_transcripts_posted_total").increment(1);
					tracing::warn!(
						job = court.job,
						stage = ?court.stage,
						bytes,
						"auditors did not fetch the transcript, so it was posted on chain"
					);
				}
				Err(error) => {
					tracing::error!(
						job = court.job,
						error = %format!("{error:#}"),
						"the transcript could not be posted"
					);
					if !is_final(&error) {
						posted
							.lock()
							.expect("no holder of this lock panics")
							.remove(&name);
					}
				}
			}
		});
	}
}

fn name_of(court: &Court) -> Name {
	(court.job, court.stage, court.transcript)
}

/// Whether an auditor that has been silent since `since` has had its time.
fn is_time(since: u32, now: u32, until: u32) -> bool {
	let wait = (until.saturating_sub(since) / WAIT_ONE_IN).max(1);
	now >= since.saturating_add(wait)
}

/// Whether trying again would only cost another fee: the chain itself said no, or there is nothing that fits.
fn is_final(error: &anyhow::Error) -> bool {
	let refused = error
		.downcast_ref::<chain_client::SubmitError>()
		.is_some_and(|error| error.failure().is_some());
	refused || error.is::<TooLong>()
}

/// A transcript that does not fit into a posting.
#[derive(Debug, thiserror::Error)]
#[error("sealed it has {0} bytes, and the chain takes {MAX_POSTED}")]
struct TooLong(usize);

/// Seals the transcript to all of the court and posts it. Returns its length in bytes.
async fn post(chain: &dyn Chain, store: &dyn Store, court: &Court) -> Result<usize> {
	let transcript = store
		.transcript(&court.transcript)?
		.context("the transcript is not in the store")?;
	let mut receivers = Vec::new();
	for seat in &court.seats {
		// One whose keys are gone reads nothing anyway.
		receivers.extend(
			chain
				.auditor(court.job, *seat)
				.await?
				.map(|auditor| auditor.encryption),
		);
	}
	ensure!(!receivers.is_empty(), "no auditor of the court has keys on chain");
	let sealed = seal_to_all(&receivers, &transcript);
	let length = sealed.len();
	if length > MAX_POSTED {
		return Err(TooLong(length).into());
	}
	chain.post(court.job, sealed).await?;
	Ok(length)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_sixth_of_the_time_is_waited_and_a_block_at_least() {
		for (since, now, until, expect) in [
			(10, 11, 22, false),
			(10, 12, 22, true),
			(10, 309, 1_810, false),
			(10, 310, 1_810, true),
			(10, 10, 12, false),
			(10, 11, 12, true),
			(10, 30, 12, true),
		] {
			assert_eq!(is_time(since, now, until), expect, "{since} {now} {until}");
		}
	}

	#[test]
	fn who_was_served_is_known_until_the_job_is_forgotten() {
		let served = Served::default();
		let (auditor, other, transcript) = ([1; 32], [2; 32], [3; 32]);
		served.note(4, auditor, transcript);
		assert!(served.has(4, auditor, transcript));
		assert!(!served.has(4, other, transcript) && !served.has(5, auditor, transcript));
		// The true transcript of an opened canary is another one.
		assert!(!served.has(4, auditor, [4; 32]));
		served.keep(&[4, 5]);
		assert!(served.has(4, auditor, transcript));
		served.keep(&[5]);
		assert!(!served.has(4, auditor, transcript));
	}
}

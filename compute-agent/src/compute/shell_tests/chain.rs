//! A chain that lives in the tests' process.

use super::{AUDITOR, GENESIS, PAIR};
use crate::{
	audit::Bands,
	chain::{AssignedJob, Auditor, Chain, Court, Look, NodeContact, PriceMode, Publication},
	compute::{canary::CanaryBasis, core::ChainStatus, offer::Basis},
	keys::Keys,
};
use anyhow::Result;
use futures::future::BoxFuture;
use receipt::{
	Account, Hash, JobId, PairKey, Receipt, Signature, Verdict, WorkflowId, canary::CanaryOpening,
};
use std::sync::{
	Mutex,
	atomic::{AtomicBool, AtomicU32, Ordering},
};

/// A chain with one job, whose blocks come when they are asked for.
#[derive(Default)]
pub(super) struct FakeChain {
	pub(super) block: AtomicU32,
	/// Blocks that are not finalized.
	pub(super) lag: AtomicU32,
	pub(super) job: Mutex<Option<AssignedJob>>,
	pub(super) delivered: Mutex<Option<(Receipt, Signature)>>,
	auditor: Mutex<Option<Auditor>>,
	/// What sits on the job, and what was posted for it.
	pub(super) court: Mutex<Option<Court>>,
	pub(super) posted: Mutex<Vec<(JobId, Vec<u8>)>>,
	pub(super) cancelled: AtomicU32,
	/// Whether its jobs keep no bands.
	pub(super) is_uncalibrated: AtomicBool,
	/// Whether it asks for openings.
	pub(super) asks: AtomicBool,
	pub(super) opened: Mutex<Option<CanaryOpening>>,
}

impl FakeChain {
	/// Draws [`AUDITOR`], with these keys.
	pub(super) fn seat(&self, keys: &Keys) {
		let public = keys.public();
		*self.auditor.lock().expect("no panic") = Some(Auditor {
			audit: public.audit,
			encryption: public.encryption,
		});
	}
}

impl Chain for FakeChain {
	fn genesis(&self) -> Hash {
		GENESIS
	}

	fn finalized(&self) -> BoxFuture<'_, Result<u32>> {
		Box::pin(async { Ok(self.block.fetch_add(1, Ordering::SeqCst)) })
	}

	fn best(&self) -> BoxFuture<'_, Result<u32>> {
		Box::pin(async { Ok(self.block.load(Ordering::SeqCst) + self.lag.load(Ordering::SeqCst)) })
	}

	fn look(&self, _: Account, _: JobId, known: Vec<JobId>) -> BoxFuture<'_, Result<Look>> {
		Box::pin(async move {
			let is_delivered = self.delivered.lock().expect("no panic").is_some();
			let status = if is_delivered && self.asks.load(Ordering::SeqCst) {
				ChainStatus::Openable
			} else if is_delivered {
				ChainStatus::Delivered
			} else {
				ChainStatus::Assigned
			};
			let job = if is_delivered {
				None
			} else {
				*self.job.lock().expect("no panic")
			};
			Ok(Look {
				block: self.block.load(Ordering::SeqCst),
				next_job: 5,
				assigned: job.into_iter().collect(),
				statuses: known.into_iter().map(|job| (job, status)).collect(),
				courts: self.court.lock().expect("no panic").clone().into_iter().collect(),
				is_serving: true,
			})
		})
	}

	fn basis(&self, _: WorkflowId, _: u32, _: Account, _: PairKey) -> BoxFuture<'_, Result<Basis>> {
		Box::pin(async {
			let price = chain_client::workflows::Price {
				mode: PriceMode::Share,
				base: 9,
				per_token: 1,
			};
			let publication = Publication {
				model: [2; 32],
				max_tokens: 50,
				price,
			};
			Ok(Basis {
				block: 7,
				terms: 0,
				min_fee_per_token: 1,
				funds: 1_000,
				auditors: 4,
				least_auditors: 4,
				publication: Some(publication),
			})
		})
	}

	fn auditor(&self, _: JobId, account: Account) -> BoxFuture<'_, Result<Option<Auditor>>> {
		Box::pin(async move {
			Ok(self
				.auditor
				.lock()
				.expect("no panic")
				.filter(|_| account == AUDITOR))
		})
	}

	fn bands(&self, pair: PairKey) -> BoxFuture<'_, Result<Option<Bands>>> {
		Box::pin(async move { Ok((pair == PAIR).then_some(Bands::CPU)) })
	}

	fn promised_model(&self, _: JobId) -> BoxFuture<'_, Result<Option<Hash>>> {
		Box::pin(async { Ok(None) })
	}

	fn revealed(&self, _: Account, _: JobId, _: Account) -> BoxFuture<'_, Result<Vec<Verdict>>> {
		unreachable!("nodes copy no verdicts")
	}

	fn contact(&self, _: Account) -> BoxFuture<'_, Result<Option<NodeContact>>> {
		Box::pin(async { Ok(None) })
	}

	fn deliver(&self, receipt: Receipt, signature: Signature) -> BoxFuture<'_, Result<()>> {
		Box::pin(async move {
			*self.delivered.lock().expect("no panic") = Some((receipt, signature));
			Ok(())
		})
	}

	fn post(&self, job: JobId, sealed: Vec<u8>) -> BoxFuture<'_, Result<()>> {
		Box::pin(async move {
			self.posted.lock().expect("no panic").push((job, sealed));
			Ok(())
		})
	}

	fn canary_basis(&self, _: JobId) -> BoxFuture<'_, Result<Option<CanaryBasis>>> {
		let basis = CanaryBasis {
			randomness: [7; 32],
			ticket: [8; 32],
			mantissa_milli: 64,
			rules: verification::Rules {
				canary_rate: verification::Ppm::ONE,
				..verification::Rules::DEFAULT
			},
		};
		Box::pin(async move { Ok(Some(basis)) })
	}

	fn open_canary(&self, job: JobId, opening: CanaryOpening) -> BoxFuture<'_, Result<()>> {
		Box::pin(async move {
			assert_eq!(job, 4);
			*self.opened.lock().expect("no panic") = Some(opening);
			Ok(())
		})
	}

	fn bands_of(&self, _: JobId) -> BoxFuture<'_, Result<Option<Bands>>> {
		let bands = (!self.is_uncalibrated.load(Ordering::SeqCst)).then_some(Bands::CPU);
		Box::pin(async move { Ok(bands) })
	}

	fn posted(&self, _: JobId) -> BoxFuture<'_, Result<Option<Vec<u8>>>> {
		unreachable!("nodes read no postings")
	}

	fn cancel(&self, _: JobId) -> BoxFuture<'_, Result<()>> {
		Box::pin(async {
			self.cancelled.fetch_add(1, Ordering::SeqCst);
			Ok(())
		})
	}
}

//! What auditors say of a job, and how it reaches the chain.

use super::*;
use codec::Encode;
use receipt::{
	Figures, JobId, Signature, Verdict,
	attestation::{Batch, Item, Opening, commitment},
	signing,
	trace::Evidence,
};
use sp_runtime::AccountId32;

pub(crate) fn opening(verdict: Verdict) -> Opening {
	opening_with(verdict, Evidence::default())
}

/// What an auditor says, and shows of its run.
pub(crate) fn opening_with(verdict: Verdict, evidence: Evidence) -> Opening {
	Opening {
		verdict,
		figures: Figures {
			chunks: 2,
			error_milli: match verdict {
				Verdict::Invalid(_) => 5_000,
				_ => 0,
			},
			..Default::default()
		},
		evidence,
		salt: [8; 32],
	}
}

pub(crate) fn commit_item(id: JobId, who: &AccountId32, verdict: Verdict) -> Item {
	commit_to(id, who, &opening(verdict))
}

pub(crate) fn commit_to(id: JobId, who: &AccountId32, opening: &Opening) -> Item {
	let job = Log::job(id).expect("it exists");
	// Nobody who is late knows who sat.
	let sitting = job.sitting().unwrap_or_default();
	let receipt = job.delivery.expect("it was delivered").hash;
	let bytes: &[u8; 32] = who.as_ref();
	let commitment = commitment(&Log::genesis(), id, &receipt, bytes, opening);
	Item::Commit {
		job: id,
		sitting,
		commitment,
	}
}

pub(crate) fn reveal_item(id: JobId, verdict: Verdict) -> Item {
	Item::Reveal {
		job: id,
		opening: opening(verdict),
	}
}

pub(crate) fn batch(who: &AccountId32, items: Vec<Item>) -> (Batch, Signature) {
	let batch = Batch {
		auditor: who.clone().into(),
		at: System::block_number(),
		items,
	};
	let signature = signing::sign(&auditor_secret(who), &batch.message(&Log::genesis()));
	(batch, signature)
}

/// Sends a batch through the whole path of a transaction: authorized, then dispatched.
pub(crate) fn send(
	batch: Batch,
	signature: Signature,
) -> Result<(), sp_runtime::transaction_validity::TransactionValidityError> {
	use frame_support::dispatch::GetDispatchInfo;
	use sp_runtime::traits::{Applyable, Checkable};
	let call = RuntimeCall::Log(crate::Call::attest { batch, signature });
	let extrinsic = Extrinsic::new_transaction(call, (frame_system::AuthorizeCall::new(),));
	let info = extrinsic.get_dispatch_info();
	let length = extrinsic.encoded_size();
	let checked = Checkable::check(extrinsic, &frame_system::ChainContext::<Test>::default())?;
	checked
		.apply::<Test>(&info, length)?
		.expect("an authorized batch is dispatched");
	Ok(())
}

pub(crate) fn commit(id: JobId, who: &AccountId32, verdict: Verdict) {
	let (batch, signature) = batch(who, vec![commit_item(id, who, verdict)]);
	send(batch, signature).expect("the commitment is owed");
}

pub(crate) fn reveal(id: JobId, who: &AccountId32, verdict: Verdict) {
	let (batch, signature) = batch(who, vec![reveal_item(id, verdict)]);
	send(batch, signature).expect("the opening is owed");
}

/// Advances to the first block for reveals.
pub(crate) fn to_reveals(id: JobId) {
	let crate::JobState::Auditing { reveal_from, .. } = state(id) else {
		panic!("the job is not being audited")
	};
	advance(reveal_from - System::block_number());
}

/// Lets the whole committee vote; `None` is an auditor that is offline.
pub(crate) fn audit(id: JobId, votes: &[Option<Verdict>]) {
	let votes: Vec<_> = committee(id).into_iter().zip(votes).collect();
	for (who, vote) in &votes {
		if let Some(verdict) = vote {
			commit(id, who, *verdict);
		}
	}
	let crate::JobState::Auditing { reveal_from, .. } = state(id) else {
		return;
	};
	if votes.iter().filter(|(_, vote)| vote.is_some()).count() < 3 {
		return;
	}
	advance(reveal_from - System::block_number());
	for (who, vote) in &votes {
		if let Some(verdict) = vote {
			reveal(id, who, *verdict);
		}
	}
	advance(1);
}

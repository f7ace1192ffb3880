//! Jobs as a caller, a node and the blocks after them make them: a ticket, a receipt, a draw.

use super::*;
use frame_support::dispatch::DispatchResult;
use pallet_terms::TermsSource;
use receipt::{
	CheckKind, Hash, JobId, Price, Receipt, Sampling, Signature, StopReason, Ticket, Tier, signing,
};
use sp_runtime::AccountId32;

/// A ticket that is in order; the nonce makes it distinct.
pub(crate) fn ticket(nonce: u8) -> Ticket {
	Ticket {
		genesis: Log::genesis(),
		node: NODE.into(),
		caller: CALLER.into(),
		workflow: WORKFLOW,
		version: 1,
		terms: Neighbours::current().0,
		input: [5; 32],
		pair: PAIR,
		check: CheckKind::TokenPrefill,
		tier: Tier::Replicated,
		prompt_tokens: 12,
		max_tokens: 50,
		node_price: Price {
			base: 3,
			per_token: 1,
		},
		fee: 2_000,
		nonce: [nonce; 32],
		expires_at: System::block_number() + 5,
	}
}

pub(crate) fn node_signs(hash: &Hash) -> Signature {
	signing::sign(&[NodeKeySeed::get(); 32], hash)
}

/// Requests with a ticket, signed as it must be.
pub(crate) fn request(ticket: Ticket) -> DispatchResult {
	Log::request(
		RuntimeOrigin::signed(ticket.caller.into()),
		Box::new(ticket),
		node_signs(&ticket.hash()),
	)
}

/// A job in its first state.
pub(crate) fn requested(nonce: u8) -> JobId {
	let id = Log::next_job();
	request(ticket(nonce)).expect("the ticket is in order");
	id
}

pub(crate) fn receipt_for(job: JobId) -> Receipt {
	let ticket = Log::job(job).expect("the job exists").ticket;
	Receipt {
		job,
		check: ticket.check,
		pair: ticket.pair,
		request: [1; 32],
		output: [2; 32],
		transcript: [3; 32],
		tokens_in: ticket.prompt_tokens,
		tokens_out: ticket.max_tokens.min(20),
		sampling: Sampling::GREEDY,
		stop: StopReason::EndOfText,
		fingerprint: [4; 32],
		sealed_canary: [0; 32],
	}
}

pub(crate) fn deliver(receipt: Receipt) -> DispatchResult {
	Log::deliver(
		RuntimeOrigin::signed(OTHER),
		Box::new(receipt),
		node_signs(&receipt.hash()),
	)
}

/// A job with a receipt.
pub(crate) fn delivered(nonce: u8) -> JobId {
	let id = requested(nonce);
	deliver(receipt_for(id)).expect("the receipt is in order");
	id
}

/// A job with a committee.
pub(crate) fn drawn(nonce: u8) -> JobId {
	let id = delivered(nonce);
	advance(4);
	assert!(matches!(state(id), crate::JobState::Auditing { .. }));
	id
}

/// The node's open incident.
pub(crate) fn incident() -> Option<verification::Incident> {
	Log::reputation(NODE).incident
}

pub(crate) fn state(id: JobId) -> crate::JobState {
	Log::job(id).expect("the job exists").state
}

pub(crate) fn committee(id: JobId) -> Vec<AccountId32> {
	let job = Log::job(id).expect("the job exists");
	job.committee.iter().map(|seat| seat.auditor.clone()).collect()
}

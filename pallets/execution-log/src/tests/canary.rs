//! Faults that a node planted in its own receipt.

mod disputes;
mod openings;
mod settling;

use super::*;
use receipt::{Price, Receipt, Ticket, Tier, canary::CanaryOpening};
use verification::Ppm;

const WINDOW: u32 = 6;

const TRUE_TRANSCRIPT: [u8; 32] = [33; 32];

/// Terms under which every job is a canary, and nodes are asked.
pub(super) fn all_canaries(change: impl FnOnce(&mut pallet_terms::Terms)) {
	let mut terms = test_terms();
	terms.jobs.opening_window = WINDOW;
	terms.verification.canary_rate = Ppm::ONE;
	terms.verification.canary_clear = Ppm::ONE;
	change(&mut terms);
	Versions::set(&vec![terms]);
}

/// The opening that belongs to a job: drawn by its node, or by whoever else.
fn opening_of(id: u64, secret: u8) -> CanaryOpening {
	canary_opening(id, secret, TRUE_TRANSCRIPT)
}

/// A job of the node that draws, with its opening sealed in its receipt.
pub(super) fn planted(nonce: u8, tier: Tier) -> (u64, CanaryOpening) {
	planted_at(nonce, tier, ticket(nonce).node_price)
}

/// The same, of a node that asks this price.
fn planted_at(nonce: u8, tier: Tier, node_price: Price) -> (u64, CanaryOpening) {
	let id = Log::next_job();
	assert_ok!(request(Ticket {
		tier,
		node_price,
		node: canary_node().into(),
		..ticket(nonce)
	}));
	let opening = opening_of(id, CANARY_SECRET);
	assert_ok!(deliver(Receipt {
		sealed_canary: opening.seal(),
		..receipt_for(id)
	}));
	(id, opening)
}

pub(super) fn open(id: u64, opening: CanaryOpening) -> frame_support::dispatch::DispatchResult {
	Log::open_canary(signed(&canary_node()), id, Box::new(opening))
}

/// The single auditor's verdict.
fn audit_alone(id: u64, verdict: Verdict) -> AccountId32 {
	assert_eq!(committee(id).len(), 1);
	let who = committee(id)[0].clone();
	commit(id, &who, verdict);
	to_reveals(id);
	reveal(id, &who, verdict);
	advance(1);
	sampled::after_second_look(id);
	who
}

/// A sampled canary of which its single auditor said this, with its opening.
fn said_alone(nonce: u8, verdict: Verdict) -> (u64, CanaryOpening) {
	let (id, opening) = planted(nonce, Tier::Sampled);
	advance(4);
	audit_alone(id, verdict);
	(id, opening)
}

/// A canary that was found, so that its node is asked.
fn found(nonce: u8) -> (u64, CanaryOpening) {
	said_alone(nonce, invalid())
}

/// A canary that was missed.
fn passed(nonce: u8) -> (u64, CanaryOpening) {
	said_alone(nonce, Verdict::Valid)
}

fn invalid() -> Verdict {
	INVALID.expect("a verdict")
}

fn opened(id: u64) -> OpenedCanary {
	let job = Log::job(id).expect("it exists");
	job.audit.canary.opened().cloned().expect("it was opened")
}

pub(super) fn slashed() -> Vec<AccountId32> {
	FalseAttestations::get().into_iter().map(|(who, _)| who).collect()
}

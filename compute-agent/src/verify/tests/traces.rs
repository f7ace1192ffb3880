//! What auditors show of their runs, beside the verdict.

use super::{auditors, world};
use crate::{keys::Keys, verify::AuditRequest};
use receipt::{
	Verdict,
	trace::{Evidence, Shown, Tracer},
};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn auditors_of_one_job_share_a_run_and_each_shows_its_own_trace() {
	let world = world(0, Some);
	let [alice, bob] = auditors().try_into().expect("two");
	let (first, second) = (world.request(&alice, 60_000), world.request(&bob, 60_000));
	let (of_alice, of_bob) = (
		world.answer(&first).await.evidence,
		world.answer(&second).await.evidence,
	);
	assert_eq!(world.audits.load(Ordering::SeqCst), 1);
	assert!(of_alice.trace.is_some() && of_alice.trace != of_bob.trace);
	assert_eq!(
		of_alice.neighbour, of_bob.trace,
		"of two each is the other's neighbour"
	);
	assert_eq!(of_bob.neighbour, of_alice.trace);
	assert_eq!((of_alice.untrue, of_bob.untrue), (0, 0));

	// Another fork of the chain may have seated others: an answer is of those that sit.
	let mut forked = first.clone();
	forked.auditors.committee.insert(1, [9; 32]);
	let on_fork = world.answer(&forked).await.evidence;
	assert_eq!(on_fork.trace, of_alice.trace);
	assert_ne!(on_fork.neighbour, of_alice.neighbour);
	assert_eq!(world.answer(&first).await.evidence, of_alice);
	assert_eq!(world.audits.load(Ordering::SeqCst), 2);

	// The next stage reads elsewhere, and sees whose trace was not of a run.
	let shown = |auditor: &Keys, trace| Shown {
		tracer: Tracer {
			auditor: auditor.account(),
			round: 0,
		},
		verdict: Verdict::Valid,
		trace,
	};
	let mut next = AuditRequest { round: 1, ..first };
	next.auditors.earlier = vec![shown(&bob, of_alice.trace), shown(&alice, of_alice.trace)];
	let later = world.answer(&next).await.evidence;
	assert_eq!(later.untrue, 1);
	assert!(later.trace.is_some() && later.trace != of_alice.trace);
	assert_eq!(world.audits.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_needs_no_run_is_shown_by_nothing() {
	let mut forged = world(0, Some);
	forged.task.receipt.tokens_out += 1;
	let hidden = world(0, |_| None);
	let [alice, _] = auditors().try_into().expect("two");
	for (world, milliseconds) in [(forged, 60_000), (hidden, 6_000)] {
		let found = world.answer(&world.request(&alice, milliseconds)).await;
		assert!(!found.verdict.takes_a_run());
		assert_eq!(found.evidence, Evidence::default());
	}
}

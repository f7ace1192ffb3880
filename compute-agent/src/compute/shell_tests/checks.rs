//! What a node's own audit finds of its runs, and what follows from it.

use super::{World, counted, model::FakeModel, start_with};
use crate::{
	adversary::NodeAdversary,
	audit::{AuditTask, Bands},
	compute::{RunTask, Runner, core::MAX_ATTEMPTS},
	engine::record::Outcome,
};
use futures::future::BoxFuture;
use peer_network::RunState;
use receipt::{Figures, Receipt, Transcript, Verdict, attestation::Reason};
use std::sync::{Arc, Mutex, atomic::Ordering};

/// The model of the other tests, whose runs are found to be so.
struct Found {
	found: Result<Verdict, &'static str>,
	/// What was audited, and by which bands.
	audited: Mutex<Vec<(AuditTask, Transcript, Bands)>>,
}

impl Found {
	fn new(found: Result<Verdict, &'static str>) -> Arc<Self> {
		Arc::new(Self {
			found,
			audited: Mutex::default(),
		})
	}

	fn audited(&self) -> Vec<(AuditTask, Transcript, Bands)> {
		self.audited.lock().expect("no panic").clone()
	}
}

impl Runner for Found {
	fn run<'a>(
		&'a self,
		task: &'a RunTask,
		on_text: &'a mut (dyn FnMut(&str, u32) + Send),
	) -> BoxFuture<'a, Result<Outcome, String>> {
		const MODEL: &FakeModel = &FakeModel;
		MODEL.run(task, on_text)
	}

	fn check<'a>(
		&'a self,
		task: &'a AuditTask,
		transcript: &'a Transcript,
		bands: &'a Bands,
	) -> BoxFuture<'a, Result<(Verdict, Figures), String>> {
		let seen = (*task, transcript.clone(), *bands);
		self.audited.lock().expect("no panic").push(seen);
		let found = self.found;
		Box::pin(async move {
			let verdict = found.map_err(str::to_owned)?;
			Ok((verdict, Figures::default()))
		})
	}
}

const INVALID: Result<Verdict, &str> = Ok(Verdict::Invalid(Reason::Fingerprint));

/// A node whose runs are found to be so, once its receipt is delivered.
async fn delivered_by(kind: &str, found: &Arc<Found>) -> (World, Receipt) {
	let world = start_with(kind.parse().expect(kind), found.clone()).await;
	world.request_job().await;
	let (receipt, _) = world.delivered().await;
	(world, receipt)
}

#[tokio::test]
async fn a_run_that_is_found_invalid_is_repeated_once_and_its_job_cancelled() {
	let found = Found::new(INVALID);
	let world = start_with(NodeAdversary::Honest, found.clone()).await;
	let ticket = world.request_job().await;
	counted(&world.chain.cancelled).await;
	assert_eq!(found.audited().len(), usize::from(MAX_ATTEMPTS));
	assert_eq!(*world.chain.delivered.lock().expect("no panic"), None);
	let (_, last) = world.follow_to_the_end(ticket).await;
	let RunState::Failed { reason } = last.state else {
		panic!("{:?}", last.state)
	};
	for says in ["invalid (fingerprint)", "hai-agent selftest"] {
		assert!(reason.contains(says), "{reason}");
	}
}

#[tokio::test]
async fn a_run_that_is_found_valid_is_delivered_and_what_was_planted_later_was_not_audited() {
	let found = Found::new(Ok(Verdict::Valid));
	let (world, receipt) = delivered_by("honest", &found).await;
	let audited = found.audited();
	let [(task, transcript, bands)] = &audited[..] else {
		panic!("{audited:?}")
	};
	assert_eq!(*bands, Bands::CPU);
	// What the chain says of the job.
	assert_eq!((task.job, task.ticket, task.randomness), (4, [8; 32], [7; 32]));
	assert_eq!(
		(task.input, task.max_tokens, task.nonce),
		(
			transcript.input.commitment(),
			transcript.input.max_tokens,
			transcript.input.nonce
		)
	);
	assert_eq!((task.opened, task.receipt.transcript), (None, transcript.hash()));
	// Every job of this chain is a canary.
	assert_ne!(receipt.transcript, transcript.hash());
	assert_eq!(receipt.output, task.receipt.output);
	assert_eq!(world.chain.cancelled.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_node_that_does_not_check_delivers_what_it_would_find_invalid() {
	for kind in ["random-token", "bursts-unchecked"] {
		let found = Found::new(INVALID);
		delivered_by(kind, &found).await;
		assert!(found.audited().is_empty(), "{kind}");
	}
}

#[tokio::test]
async fn an_audit_that_fails_or_says_nothing_holds_no_run_back() {
	for found in [Err("the job's process was killed"), Ok(Verdict::Unavailable)] {
		let found = Found::new(found);
		delivered_by("honest", &found).await;
		assert_eq!(found.audited().len(), 1);
	}
}

#[tokio::test]
async fn a_run_of_a_pair_that_is_not_calibrated_is_not_checked() {
	let found = Found::new(INVALID);
	let world = start_with(NodeAdversary::Honest, found.clone()).await;
	world.chain.is_uncalibrated.store(true, Ordering::SeqCst);
	world.request_job().await;
	world.delivered().await;
	assert!(found.audited().is_empty());
}

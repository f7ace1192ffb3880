//! What is said of a transcript that is here, when nothing is said, and that an answer stands.

use super::{GENESIS, Setting, answer_of_ended_audit, auditors, world, world_of};
use crate::{
	audit::Bands,
	keys::Keys,
	verify::{AskError, AuditRequest},
};
use receipt::{
	Verdict,
	attestation::Reason,
	canary::{Planting, plant},
};
use std::{sync::atomic::Ordering, time::Duration};

#[tokio::test]
async fn an_honest_run_is_valid_and_the_answer_stands() {
	let world = world(0, Some);
	let [alice, bob] = auditors().try_into().expect("two");
	let request = world.request(&alice, 60_000);
	assert_eq!(
		world.verifier.ask(&request),
		Ok(None),
		"the first question begins the audit"
	);
	assert_eq!(world.answer(&request).await.verdict, Verdict::Valid);
	assert_eq!(
		world
			.verifier
			.ask(&request)
			.expect("known")
			.map(|found| found.verdict),
		Some(Verdict::Valid)
	);
	assert_eq!(world.node.asked.load(Ordering::SeqCst), 1);
	// Another auditor fetches for itself and shares the prefill.
	assert_eq!(
		world.answer(&world.request(&bob, 60_000)).await.verdict,
		Verdict::Valid
	);
	assert_eq!(world.node.asked.load(Ordering::SeqCst), 2);
	assert!(world.directory.path().join("answers.redb").exists());
}

#[tokio::test]
async fn an_auditor_that_is_drawn_again_looks_again() {
	let world = world(4, Some);
	let [alice, _] = auditors().try_into().expect("two");
	let first = world.request(&alice, 6_000);
	assert_eq!(world.answer(&first).await.verdict, Verdict::Unavailable);
	let second = AuditRequest {
		round: 1,
		time_left: Duration::from_secs(60),
		..first.clone()
	};
	assert_eq!(world.answer(&second).await.verdict, Verdict::Valid);
	assert_eq!(
		world.answer(&first).await.verdict,
		Verdict::Unavailable,
		"the first answer stands"
	);
}

#[tokio::test]
async fn a_forged_receipt_is_invalid() {
	let mut world = world(0, Some);
	world.task.receipt.tokens_out += 1;
	let [alice, _] = auditors().try_into().expect("two");
	let found = world.answer(&world.request(&alice, 60_000)).await;
	assert_eq!(found.verdict, Verdict::Invalid(Reason::Structure));
}

#[tokio::test]
async fn an_honest_run_of_a_cheaper_model_than_promised_is_invalid() {
	let setting = Setting {
		promised: Some([9; 32]),
		..Setting::default()
	};
	let world = world_of(setting, Some);
	let [alice, _] = auditors().try_into().expect("two");
	let found = world.answer(&world.request(&alice, 60_000)).await;
	assert_eq!(found.verdict, Verdict::Invalid(Reason::Structure));
}

#[tokio::test]
async fn of_an_opened_canary_the_true_transcript_is_audited_and_what_was_planted() {
	let mut world = world(0, Some);
	let [alice, _] = auditors().try_into().expect("two");
	let truth = world.node.transcript.clone().expect("the node shows it");
	let planted = plant(&truth, 0, 1).expect("there is a chunk");
	let receipt = &mut world.task.receipt;
	(receipt.transcript, receipt.fingerprint) = (planted.hash(), planted.fingerprint.root());
	let planting = Planting {
		transcript: truth.hash(),
		fingerprint: truth.fingerprint.root(),
		chunk: 0,
		shift: 1,
	};
	for (round, opened, expected) in [
		(3, planting, Verdict::Valid),
		// The node says that it planted more than it did.
		(
			4,
			Planting { shift: 2, ..planting },
			Verdict::Invalid(Reason::Structure),
		),
	] {
		let mut request = world.request(&alice, 60_000);
		request.round = round;
		request.task.opened = Some(opened);
		assert_eq!(world.answer(&request).await.verdict, expected, "{opened:?}");
	}
}

#[tokio::test]
async fn the_bands_of_the_chain_decide() {
	// The lowest bit of the constant coefficient: every value of the chunk is off by one step.
	let world = world(0, |mut transcript| {
		transcript.fingerprint.chunks[0][2] ^= 1;
		Some(transcript)
	});
	let [alice, bob] = auditors().try_into().expect("two");
	let changed = world.node.transcript.clone().expect("it is shown");
	let ask = async |auditor: &Keys| {
		let mut request = world.request(auditor, 60_000);
		request.task.receipt.fingerprint = changed.fingerprint.root();
		request.task.receipt.transcript = changed.hash();
		world.answer(&request).await.verdict
	};
	*world.chain.bands.lock().expect("no holder of this lock panics") = Some(Bands {
		mismatches: u16::MAX,
		mantissa_milli: u32::MAX,
		loss_milli: 1,
		vector: None,
	});
	assert_eq!(ask(&alice).await, Verdict::Valid);

	*world.chain.bands.lock().expect("no holder of this lock panics") = Some(Bands {
		mismatches: 0,
		mantissa_milli: 0,
		loss_milli: 1,
		vector: None,
	});
	assert_eq!(ask(&bob).await, Verdict::Invalid(Reason::Fingerprint));
}

#[tokio::test]
async fn a_job_of_which_the_chain_shows_no_bands_is_not_judged() {
	// Not even the model is the promised one.
	let setting = Setting {
		promised: Some([9; 32]),
		..Setting::default()
	};
	let world = world_of(setting, Some);
	*world.chain.bands.lock().expect("no holder of this lock panics") = None;
	let [alice, _] = auditors().try_into().expect("two");
	let request = world.request(&alice, 60_000);
	assert_eq!(answer_of_ended_audit(&world, &request).await, None);

	*world.chain.bands.lock().expect("no holder of this lock panics") = Some(Bands::CPU);
	let found = world.answer(&request).await;
	assert_eq!(found.verdict, Verdict::Invalid(Reason::Structure));
}

#[tokio::test]
async fn nothing_is_said_of_vectors_that_were_not_measured() {
	let world = world(0, Some);
	let [alice, _] = auditors().try_into().expect("two");
	*world.chain.bands.lock().expect("no holder of this lock panics") = Some(Bands {
		vector: None,
		..Bands::CPU
	});
	let mut request = world.request(&alice, 60_000);
	request.task.receipt.check = receipt::CheckKind::VectorRecompute {
		cosine_ppm: 999_998,
		max_abs_ppm: 60,
	};
	assert_eq!(world.answer(&request).await.verdict, Verdict::Unavailable);
}

#[tokio::test]
async fn of_what_cannot_be_audited_here_nothing_is_said() {
	let world = world(0, Some);
	let [alice, _] = auditors().try_into().expect("two");
	let request = world.request(&alice, 1_000);
	let foreign = AuditRequest {
		genesis: [9; 32],
		..request.clone()
	};
	assert_eq!(world.verifier.ask(&foreign), Err(AskError::OtherChain(GENESIS)));
	let stranger = AuditRequest {
		auditor: [9; 32],
		..request.clone()
	};
	assert!(matches!(
		world.verifier.ask(&stranger),
		Err(AskError::UnknownAuditor(_))
	));
	let mut other_pair = request;
	other_pair.task.receipt.pair = [9; 32];
	// No node pays because a validator declared what it does not have.
	assert_eq!(answer_of_ended_audit(&world, &other_pair).await, None);
}

#[tokio::test]
async fn an_audit_that_fails_here_is_no_verdict_and_is_made_again() {
	let world = world(0, Some);
	world.fails.store(true, Ordering::SeqCst);
	let [alice, _] = auditors().try_into().expect("two");
	let request = world.request(&alice, 60_000);
	assert_eq!(answer_of_ended_audit(&world, &request).await, None);
	world.fails.store(false, Ordering::SeqCst);
	assert_eq!(world.answer(&request).await.verdict, Verdict::Valid);
}

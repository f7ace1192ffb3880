//! The path of a call from its ticket to a receipt, and its detours.

use super::{AUDITOR, DELIVER_BY, counted, input, model::VECTOR, signed_auditor, start, start_with};
use crate::{
	adversary::NodeAdversary,
	audit::{AuditTask, Bands},
	compute::{RunTask, Runner},
	engine::record::Outcome,
	keys::Keys,
};
use futures::future::BoxFuture;
use peer_network::{Refusal, Requester, Response, RunState, seal};
use receipt::{Figures, JobInput, Receipt, Task, Transcript, Verdict, canary::Planting, signing};
use std::{
	sync::{
		Arc,
		atomic::{AtomicU32, Ordering},
	},
	time::Duration,
};

#[tokio::test]
async fn a_call_is_quoted_run_followed_delivered_and_shown_to_its_auditor() {
	let world = start(NodeAdversary::Honest).await;
	let ticket = world.request_job().await;
	let (text, last) = world.follow_to_the_end(ticket).await;
	assert_eq!((text.as_str(), last.job), (" upon a time", Some(4)));
	let RunState::Done {
		tokens_out: 3,
		transcript: hash,
		..
	} = last.state
	else {
		panic!("{:?}", last.state)
	};
	let (receipt, signature) = world.delivered().await;
	assert!(signing::verify(
		&world.keys.public().audit,
		&receipt.hash(),
		&signature
	));
	assert_eq!((receipt.transcript, receipt.tokens_in), (hash, 9));

	let transcript = world.copy_of_caller(hash).await;
	assert_eq!(
		(transcript.hash(), &transcript.answer[..]),
		(hash, &[40, 41, 42][..])
	);
	assert_eq!(transcript.text, Transcript::text_hash(&text));

	// An auditor that was not drawn, or does not sign, gets nothing.
	let auditor = Keys::development("Ferdie").expect("well known");
	let at = world.chain.block.load(Ordering::SeqCst);
	let signed = signed_auditor(&auditor, &hash, at);
	let response = world.ask_transcript(hash, signed.clone()).await;
	assert!(
		matches!(response, Response::Refused(Refusal::NotEntitled(_))),
		"{response:?}"
	);
	world.chain.seat(&auditor);
	let unsigned = Requester::Auditor {
		account: AUDITOR,
		at,
		signature: [0; 64],
	};
	let response = world.ask_transcript(hash, unsigned).await;
	assert!(
		matches!(response, Response::Refused(Refusal::NotEntitled(_))),
		"{response:?}"
	);

	// One that was drawn and signs does.
	let response = world.ask_transcript(hash, signed).await;
	let Response::Transcript(sealed) = response else {
		panic!("{response:?}")
	};
	assert_eq!(
		seal::open::<Transcript>(auditor.encryption(), &sealed),
		Ok(transcript)
	);
}

#[tokio::test]
async fn a_vector_is_promised_by_the_pairs_bands_delivered_and_fetched_by_its_caller() {
	let world = start(NodeAdversary::Honest).await;
	let input = JobInput {
		task: Task::Embedding,
		max_tokens: 0,
		..input(1)
	};
	let ticket = world.request_job_for(input).await;
	let (text, last) = world.follow_to_the_end(ticket).await;
	let RunState::Done {
		tokens_out: 0,
		transcript: hash,
		..
	} = last.state
	else {
		panic!("{:?}", last.state)
	};
	assert_eq!(text, "");
	let (receipt, _) = world.delivered().await;
	let bands = Bands::CPU.vector.expect("measured");
	assert_eq!(
		(receipt.check, receipt.output, receipt.tokens_out),
		(bands.check(), Receipt::vector_hash(&VECTOR), 0)
	);
	let transcript = world.copy_of_caller(hash).await;
	assert_eq!((transcript.hash(), &transcript.vector[..]), (hash, &VECTOR[..]));
}

#[tokio::test]
async fn a_planted_receipt_gives_the_true_answer_and_is_opened_when_the_chain_asks() {
	let world = start(NodeAdversary::Honest).await;
	let ticket = world.request_job().await;
	assert_eq!(world.follow_to_the_end(ticket).await.0, " upon a time");
	let (receipt, _) = world.delivered().await;
	assert_eq!(receipt.output, Receipt::output_hash(&[40, 41, 42]));

	world.chain.asks.store(true, Ordering::SeqCst);
	let opening = loop {
		if let Some(opening) = *world.chain.opened.lock().expect("no panic") {
			break opening;
		}
		tokio::time::sleep(Duration::from_millis(20)).await;
	};
	assert_eq!(opening.seal(), receipt.sealed_canary);
	// Both transcripts are there, and differ by what was planted.
	let truth = world.copy_of_caller(opening.transcript).await;
	assert_eq!(truth.fingerprint.root(), opening.fingerprint);
	let planted = world.copy_of_caller(receipt.transcript).await;
	assert_eq!(planted.answer, truth.answer);
	let planting = Planting {
		transcript: opening.transcript,
		fingerprint: opening.fingerprint,
		chunk: 0,
		shift: 1,
	};
	assert!(planting.explains(&receipt, &truth));
}

/// A model that never ends.
#[derive(Clone, Default)]
struct Endless {
	started: Arc<AtomicU32>,
	dropped: Arc<AtomicU32>,
}

/// Counts its end.
struct OnDrop(Arc<AtomicU32>);

impl Drop for OnDrop {
	fn drop(&mut self) {
		self.0.fetch_add(1, Ordering::SeqCst);
	}
}

impl Runner for Endless {
	fn run<'a>(
		&'a self,
		_: &'a RunTask,
		_: &'a mut (dyn FnMut(&str, u32) + Send),
	) -> BoxFuture<'a, Result<Outcome, String>> {
		self.started.fetch_add(1, Ordering::SeqCst);
		let guard = OnDrop(self.dropped.clone());
		Box::pin(async move {
			let _guard = guard;
			std::future::pending().await
		})
	}

	fn check<'a>(
		&'a self,
		_: &'a AuditTask,
		_: &'a Transcript,
		_: &'a Bands,
	) -> BoxFuture<'a, Result<(Verdict, Figures), String>> {
		unreachable!("no run of it ends")
	}
}

#[tokio::test]
async fn a_run_that_cannot_be_in_time_ends_and_its_job_is_cancelled() {
	let model = Endless::default();
	let world = start_with(NodeAdversary::Honest, Arc::new(model.clone())).await;
	world.request_job().await;
	counted(&model.started).await;
	// Nothing is finalized, and blocks go on to shortly before the job's last one.
	let block = world.chain.block.load(Ordering::SeqCst);
	world.chain.lag.store(DELIVER_BY - 6 - block, Ordering::SeqCst);
	counted(&model.dropped).await;
	counted(&world.chain.cancelled).await;
}

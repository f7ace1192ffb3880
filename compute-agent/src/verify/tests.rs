//! The verifier against a node that answers as it is told, with a small real model.

use super::*;
use crate::{
	audit::honest_run,
	chain::{Auditor, Look, NodeContact},
	compute::offer::Basis,
	engine::testing,
};
use anyhow::Result;
use futures::future::BoxFuture;
use peer_network::{PeerKey, Refusal, RequestError};
use receipt::{
	JobId, JobInput, PairKey, Receipt, Sampling, Signature, WorkflowId, attestation::Reason, keys::KeySet,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const GENESIS: Hash = [1; 32];

struct FakeChain {
	/// The model that every workflow promises.
	promised: Hash,
	/// What every pair is calibrated by.
	bands: Mutex<Option<Bands>>,
	/// Whether its node does not answer.
	silent: AtomicBool,
}

impl Chain for FakeChain {
	fn genesis(&self) -> Hash {
		GENESIS
	}
	fn finalized(&self) -> BoxFuture<'_, Result<u32>> {
		Box::pin(async { Ok(9) })
	}
	fn best(&self) -> BoxFuture<'_, Result<u32>> {
		let silent = self.silent.load(Ordering::SeqCst);
		Box::pin(async move {
			anyhow::ensure!(!silent, "our node does not answer");
			Ok(9)
		})
	}
	fn promised_model(&self, _: JobId) -> BoxFuture<'_, Result<Option<Hash>>> {
		let model = self.promised;
		Box::pin(async move { Ok(Some(model)) })
	}

	fn bands(&self, _: PairKey) -> BoxFuture<'_, Result<Option<Bands>>> {
		let bands = *self.bands.lock().expect("no holder of this lock panics");
		Box::pin(async move { Ok(bands) })
	}

	fn contact(&self, _: Account) -> BoxFuture<'_, Result<Option<NodeContact>>> {
		let keys = KeySet {
			peer: [4; 32],
			encryption: [5; 32],
			audit: [6; 32],
		};
		Box::pin(async move {
			Ok(Some(NodeContact {
				keys,
				addresses: vec!["/ip4/127.0.0.1/tcp/1".into()],
			}))
		})
	}
	fn look(&self, _: Account, _: JobId, _: Vec<JobId>) -> BoxFuture<'_, Result<Look>> {
		unreachable!("verifiers serve no jobs")
	}
	fn basis(&self, _: WorkflowId, _: u32) -> BoxFuture<'_, Result<Basis>> {
		unreachable!("verifiers give no tickets")
	}
	fn auditor(&self, _: JobId, _: Account) -> BoxFuture<'_, Result<Option<Auditor>>> {
		unreachable!("verifiers show no transcripts")
	}
	fn deliver(&self, _: Receipt, _: Signature) -> BoxFuture<'_, Result<()>> {
		unreachable!("verifiers deliver nothing")
	}
	fn cancel(&self, _: JobId) -> BoxFuture<'_, Result<()>> {
		unreachable!("verifiers have no jobs")
	}
}

/// A node that refuses some times and then shows this transcript to whoever signs for Alice or Bob.
struct FakeNode {
	transcript: Option<Transcript>,
	refusals: usize,
	asked: AtomicUsize,
}

impl Net for FakeNode {
	fn request(
		&self,
		peer: PeerKey,
		_: Vec<String>,
		request: Request,
	) -> BoxFuture<'_, Result<Response, RequestError>> {
		Box::pin(async move {
			assert_eq!(peer, [4; 32]);
			let Request::Transcript(request) = request else {
				panic!("{request:?}")
			};
			let Requester::Auditor {
				account,
				at,
				signature,
			} = request.requester
			else {
				panic!("not an auditor")
			};
			let auditor = auditors()
				.into_iter()
				.find(|keys| keys.account() == account)
				.expect("Alice or Bob");
			let message =
				TranscriptRequest::auditor_message(&GENESIS, request.job, &request.transcript, &account, at);
			assert!(receipt::signing::verify(
				&auditor.public().audit,
				&message,
				&signature
			));
			if self.asked.fetch_add(1, Ordering::SeqCst) < self.refusals {
				return Ok(Response::Refused(Refusal::Busy));
			}
			Ok(match &self.transcript {
				Some(transcript) => {
					Response::Transcript(seal::seal(&auditor.public().encryption, transcript))
				}
				None => Response::Refused(Refusal::NotFound),
			})
		})
	}
}

fn auditors() -> Vec<Keys> {
	["Alice", "Bob"]
		.map(|name| Keys::development(name).expect("well known"))
		.to_vec()
}

struct World {
	verifier: Arc<Verifier>,
	chain: Arc<FakeChain>,
	node: Arc<FakeNode>,
	task: AuditTask,
	directory: tempfile::TempDir,
}

/// A verifier, and a node that shows `change`d transcript after some refusals.
fn world(refusals: usize, change: impl FnOnce(Transcript) -> Option<Transcript>) -> World {
	world_promising(None, refusals, change)
}

/// The same, where the workflow promises another model than the one that was run.
fn world_promising(
	promised: Option<Hash>,
	refusals: usize,
	change: impl FnOnce(Transcript) -> Option<Transcript>,
) -> World {
	let engine = testing::portable(1);
	let promised = promised.unwrap_or(engine.describe().model);
	let input = JobInput {
		workflow: 1,
		version: 1,
		caller: [7; 32],
		prompt: b"a b a".to_vec(),
		max_tokens: 6,
		sampling: Sampling::GREEDY,
		nonce: [1; 32],
		salt: [2; 32],
	};
	let (task, transcript) = honest_run(&engine, 4, input).expect("runs").expect("not stopped");
	let node = Arc::new(FakeNode {
		transcript: change(transcript),
		refusals,
		asked: AtomicUsize::new(0),
	});
	let directory = tempfile::tempdir().expect("a temporary directory");
	let answers = Answers::open(&directory.path().join("answers.redb")).expect("new");
	let chain = Arc::new(FakeChain {
		promised,
		bands: Mutex::new(Some(Bands::CPU)),
		silent: AtomicBool::new(false),
	});
	let engines: Vec<Arc<dyn Engine>> = vec![Arc::new(engine)];
	let verifier = Verifier::new(chain.clone(), node.clone(), auditors(), engines, answers);
	World {
		verifier,
		chain,
		node,
		task,
		directory,
	}
}

impl World {
	fn request(&self, auditor: &Keys, milliseconds: u64) -> AuditRequest {
		AuditRequest {
			genesis: GENESIS,
			auditor: auditor.account(),
			node: [8; 32],
			task: self.task,
			time_left: Duration::from_millis(milliseconds),
		}
	}

	async fn answer(&self, request: AuditRequest) -> Found {
		loop {
			if let Some(found) = self.verifier.ask(request).expect("can be asked") {
				return found;
			}
			tokio::time::sleep(Duration::from_millis(20)).await;
		}
	}
}

#[tokio::test]
async fn an_honest_run_is_valid_and_the_answer_stands() {
	let world = world(0, Some);
	let [alice, bob] = auditors().try_into().expect("two");
	let request = world.request(&alice, 60_000);
	assert_eq!(
		world.verifier.ask(request),
		Ok(None),
		"the first question begins the audit"
	);
	assert_eq!(ask(&alice).await, Verdict::Valid);
	assert_eq!(
		world
			.verifier
			.ask(request)
			.expect("known")
			.map(|found| found.verdict),
		Some(Verdict::Valid)
	);
	assert_eq!(world.node.asked.load(Ordering::SeqCst), 1);
	// Another auditor fetches for itself and shares the prefill.
	assert_eq!(
		world.answer(world.request(&bob, 60_000)).await.verdict,
		Verdict::Valid
	);
	assert_eq!(world.node.asked.load(Ordering::SeqCst), 2);
	assert!(world.directory.path().join("answers.redb").exists());
}

#[tokio::test]
async fn a_forged_receipt_is_invalid() {
	let mut world = world(0, Some);
	world.task.receipt.tokens_out += 1;
	let [alice, _] = auditors().try_into().expect("two");
	let found = world.answer(world.request(&alice, 60_000)).await;
	assert_eq!(found.verdict, Verdict::Invalid(Reason::Structure));
}

#[tokio::test]
async fn a_transcript_that_comes_late_is_waited_for() {
	let world = world(2, Some);
	let [alice, _] = auditors().try_into().expect("two");
	let found = world.answer(world.request(&alice, 60_000)).await;
	assert_eq!(
		(found.verdict, world.node.asked.load(Ordering::SeqCst)),
		(Verdict::Valid, 3)
	);
}

#[tokio::test]
async fn a_transcript_that_does_not_come_or_is_another_is_unavailable_and_never_invalid() {
	let other = |mut transcript: Transcript| {
		transcript.answer.push(0);
		Some(transcript)
	};
	for world in [world(0, |_| None), world(0, other)] {
		let [alice, _] = auditors().try_into().expect("two");
		let found = world.answer(world.request(&alice, 3_000)).await;
		assert_eq!(found.verdict, Verdict::Unavailable);
	}
}

#[tokio::test]
async fn a_chain_of_our_own_that_cannot_be_read_is_held_against_nobody() {
	let world = world(0, Some);
	world.chain.silent.store(true, Ordering::SeqCst);
	let [alice, _] = auditors().try_into().expect("two");
	let request = world.request(&alice, 1_000);
	assert_eq!(world.verifier.ask(request), Ok(None));
	tokio::time::sleep(Duration::from_millis(1_500)).await;
	assert_eq!(world.verifier.ask(request), Ok(None), "no verdict without a look");
	assert_eq!(world.node.asked.load(Ordering::SeqCst), 0);

	world.chain.silent.store(false, Ordering::SeqCst);
	let found = world.answer(world.request(&alice, 60_000)).await;
	assert_eq!(found.verdict, Verdict::Valid);
}

#[tokio::test]
async fn an_honest_run_of_a_cheaper_model_than_promised_is_invalid() {
	let world = world_promising(Some([9; 32]), 0, Some);
	let [alice, _] = auditors().try_into().expect("two");
	let found = world.answer(world.request(&alice, 60_000)).await;
	assert_eq!(found.verdict, Verdict::Invalid(Reason::Structure));
}

#[tokio::test]
async fn a_pair_that_is_not_calibrated_is_never_called_invalid() {
	// Not even the model is the promised one.
	let world = world_promising(Some([9; 32]), 0, Some);
	*world.chain.bands.lock().expect("no holder of this lock panics") = None;
	let [alice, bob] = auditors().try_into().expect("two");
	let found = world.answer(world.request(&alice, 60_000)).await;
	assert_eq!(found.verdict, Verdict::Unavailable);
	assert_eq!(found.figures, Figures::default());

	// What was said stands; another auditor sees the pair as the chain has it then.
	*world.chain.bands.lock().expect("no holder of this lock panics") = Some(Bands::CPU);
	let again = world.answer(world.request(&alice, 60_000)).await;
	assert_eq!(again.verdict, Verdict::Unavailable);
	let other = world.answer(world.request(&bob, 60_000)).await;
	assert_eq!(other.verdict, Verdict::Invalid(Reason::Structure));
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
		world.answer(request).await.verdict
	};
	*world.chain.bands.lock().expect("no holder of this lock panics") = Some(Bands {
		mismatches: u16::MAX,
		mantissa_milli: u32::MAX,
		loss_milli: 1,
	});
	assert_eq!(ask(&alice).await, Verdict::Valid);

	*world.chain.bands.lock().expect("no holder of this lock panics") = Some(Bands {
		mismatches: 0,
		mantissa_milli: 0,
		loss_milli: 1,
	});
	assert_eq!(ask(&bob).await, Verdict::Invalid(Reason::Fingerprint));
}

#[tokio::test]
async fn what_cannot_be_audited_here_is_said_so() {
	let world = world(0, Some);
	let [alice, _] = auditors().try_into().expect("two");
	let request = world.request(&alice, 1_000);
	let foreign = AuditRequest {
		genesis: [9; 32],
		..request
	};
	assert_eq!(world.verifier.ask(foreign), Err(AskError::OtherChain(GENESIS)));
	let stranger = AuditRequest {
		auditor: [9; 32],
		..request
	};
	assert!(matches!(
		world.verifier.ask(stranger),
		Err(AskError::UnknownAuditor(_))
	));
	let mut other_pair = request;
	other_pair.task.receipt.pair = [9; 32];
	let found = world
		.verifier
		.ask(other_pair)
		.expect("an answer")
		.expect("at once");
	assert_eq!(found.verdict, Verdict::Unavailable);
}

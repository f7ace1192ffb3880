//! The verifier against a node that answers as it is told, with a small real model.

use super::*;
use crate::{
	adversary::VerifierAdversary,
	audit::{Bands, audit_and_trace},
	chain::{Auditor, Look, NodeContact},
	compute::{canary::CanaryBasis, offer::Basis},
	engine::{CandleEngine, Engine, testing},
	selftest::honest_run,
};
use anyhow::Result;
use futures::future::BoxFuture;
use peer_network::{PeerKey, Refusal, RequestError};
use receipt::{
	JobId, JobInput, PairKey, Receipt, Sampling, Signature, WorkflowId,
	attestation::Reason,
	canary::{CanaryOpening, Planting, plant},
	keys::KeySet,
	trace::{Likeness, Shown, Tracer, compare},
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
	/// Whether it shows other keys of the auditors than they have.
	other_keys: AtomicBool,
	/// What other auditors revealed.
	revealed: Vec<Verdict>,
	/// What the node posted.
	posted: Mutex<Option<Vec<u8>>>,
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

	fn revealed(&self, _: Account, _: JobId, _: Account) -> BoxFuture<'_, Result<Vec<Verdict>>> {
		let verdicts = self.revealed.clone();
		Box::pin(async move { Ok(verdicts) })
	}

	fn bands_of(&self, _: JobId) -> BoxFuture<'_, Result<Option<Bands>>> {
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
	fn basis(&self, _: WorkflowId, _: u32, _: Account, _: PairKey) -> BoxFuture<'_, Result<Basis>> {
		unreachable!("verifiers give no tickets")
	}
	fn auditor(&self, _: JobId, account: Account) -> BoxFuture<'_, Result<Option<Auditor>>> {
		let silent = self.silent.load(Ordering::SeqCst);
		let other_keys = self.other_keys.load(Ordering::SeqCst);
		Box::pin(async move {
			anyhow::ensure!(!silent, "our node does not answer");
			let keys = auditors().into_iter().find(|keys| keys.account() == account);
			Ok(keys.map(|keys| Auditor {
				audit: if other_keys { [6; 32] } else { keys.public().audit },
				encryption: keys.public().encryption,
			}))
		})
	}
	fn deliver(&self, _: Receipt, _: Signature) -> BoxFuture<'_, Result<()>> {
		unreachable!("verifiers deliver nothing")
	}
	fn bands(&self, _: PairKey) -> BoxFuture<'_, Result<Option<Bands>>> {
		unreachable!("verifiers go by the bands of the job")
	}
	fn canary_basis(&self, _: JobId) -> BoxFuture<'_, Result<Option<CanaryBasis>>> {
		unreachable!("verifiers draw nothing")
	}
	fn open_canary(&self, _: JobId, _: CanaryOpening) -> BoxFuture<'_, Result<()>> {
		unreachable!("verifiers open nothing")
	}
	fn cancel(&self, _: JobId) -> BoxFuture<'_, Result<()>> {
		unreachable!("verifiers have no jobs")
	}
	fn post(&self, _: JobId, _: Vec<u8>) -> BoxFuture<'_, Result<()>> {
		unreachable!("verifiers post nothing")
	}
	fn posted(&self, _: JobId) -> BoxFuture<'_, Result<Option<Vec<u8>>>> {
		let posted = self.posted.lock().expect("no holder of this lock panics").clone();
		Box::pin(async move { Ok(posted) })
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
				return Ok(Response::Refused(Refusal::Busy { retry_after: 1 }));
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

/// Audits without a child, or fails as a child can.
struct InProcess {
	engine: CandleEngine,
	fails: Arc<AtomicBool>,
	/// How many it made.
	audits: Arc<AtomicUsize>,
}

impl Audits for InProcess {
	fn audit<'a>(
		&'a self,
		task: &'a AuditTask,
		transcript: &'a Transcript,
		bands: &'a Bands,
		tracers: &'a [Tracer],
		_: Duration,
	) -> BoxFuture<'a, Result<Audited, String>> {
		Box::pin(async move {
			if self.fails.load(Ordering::SeqCst) {
				return Err("the job's process was killed (signal 9)".into());
			}
			self.audits.fetch_add(1, Ordering::SeqCst);
			audit_and_trace(&self.engine, task, transcript, bands, tracers).map_err(|error| error.to_string())
		})
	}
}

struct World {
	verifier: Arc<Verifier>,
	chain: Arc<FakeChain>,
	node: Arc<FakeNode>,
	/// Whether audits fail as a child can.
	fails: Arc<AtomicBool>,
	/// How many were made.
	audits: Arc<AtomicUsize>,
	task: AuditTask,
	directory: tempfile::TempDir,
}

/// What a verifier meets, and what it is.
#[derive(Default)]
struct Setting {
	/// The model that the workflow promises; the one that was run, if absent.
	promised: Option<Hash>,
	/// How often the node refuses at first.
	refusals: usize,
	/// What other auditors revealed.
	revealed: Vec<Verdict>,
	/// What the verifier does wrong.
	adversary: VerifierAdversary,
}

/// A verifier, and a node that shows `change`d transcript after some refusals.
fn world(refusals: usize, change: impl FnOnce(Transcript) -> Option<Transcript>) -> World {
	world_of(
		Setting {
			refusals,
			..Setting::default()
		},
		change,
	)
}

fn world_of(setting: Setting, change: impl FnOnce(Transcript) -> Option<Transcript>) -> World {
	let Setting {
		promised,
		refusals,
		revealed,
		adversary,
	} = setting;
	let (engine, fails) = (testing::portable(1), Arc::<AtomicBool>::default());
	let audits = Arc::<AtomicUsize>::default();
	let promised = promised.unwrap_or(engine.describe().model);
	let input = JobInput {
		workflow: 1,
		version: 1,
		task: receipt::Task::Text,
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
	let checker = Checker {
		description: engine.describe().clone(),
		audits: Arc::new(InProcess {
			engine,
			fails: fails.clone(),
			audits: audits.clone(),
		}),
	};
	let chain = Arc::new(FakeChain {
		promised,
		bands: Mutex::new(Some(Bands::CPU)),
		silent: AtomicBool::new(false),
		other_keys: AtomicBool::new(false),
		revealed,
		posted: Mutex::default(),
	});
	let verifier = Verifier::new(
		chain.clone(),
		node.clone(),
		auditors(),
		vec![checker],
		answers,
		adversary,
	);
	World {
		verifier,
		chain,
		node,
		fails,
		audits,
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
			round: 0,
			task: self.task,
			auditors: Auditors {
				committee: auditors().iter().map(Keys::account).collect(),
				earlier: Vec::new(),
			},
			time_left: Duration::from_millis(milliseconds),
		}
	}

	async fn answer(&self, request: &AuditRequest) -> Found {
		loop {
			if let Some(found) = self.verifier.ask(request).expect("can be asked") {
				return found;
			}
			tokio::time::sleep(Duration::from_millis(20)).await;
		}
	}
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
async fn a_forged_receipt_is_invalid() {
	let mut world = world(0, Some);
	world.task.receipt.tokens_out += 1;
	let [alice, _] = auditors().try_into().expect("two");
	let found = world.answer(&world.request(&alice, 60_000)).await;
	assert_eq!(found.verdict, Verdict::Invalid(Reason::Structure));
}

#[tokio::test]
async fn a_transcript_that_comes_late_is_waited_for() {
	let world = world(2, Some);
	let [alice, _] = auditors().try_into().expect("two");
	let found = world.answer(&world.request(&alice, 60_000)).await;
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
	let [alice, _] = auditors().try_into().expect("two");
	let (hidden, changed) = (world(0, |_| None), world(0, other));
	let (of_hidden, of_changed) = (hidden.request(&alice, 6_000), changed.request(&alice, 6_000));
	let (hidden, changed) = tokio::join!(hidden.answer(&of_hidden), changed.answer(&of_changed));
	assert_eq!(
		[hidden.verdict, changed.verdict],
		[Verdict::Unavailable, Verdict::Unavailable]
	);
}

#[tokio::test]
async fn a_transcript_that_the_node_posted_stands_for_one_that_it_does_not_give() {
	let [alice, bob] = auditors().try_into().expect("two");
	let mut transcript = None;
	let world = world(0, |own| {
		transcript = Some(own);
		None
	});
	let transcript = transcript.expect("it was run");
	let post = |receivers: &[[u8; 32]], transcript: &Transcript| {
		let sealed = peer_network::posted::seal_to_all(receivers, transcript);
		*world.chain.posted.lock().expect("no panic") = Some(sealed);
	};
	let encryption = |keys: &Keys| keys.public().encryption;
	// Another transcript, or one for somebody else, is none.
	let mut other = transcript.clone();
	other.answer.push(0);
	post(&[encryption(&alice)], &other);
	let found = world.answer(&world.request(&alice, 6_000)).await;
	assert_eq!(found.verdict, Verdict::Unavailable);
	post(&[encryption(&alice)], &transcript);
	let found = world.answer(&world.request(&bob, 6_000)).await;
	assert_eq!(found.verdict, Verdict::Unavailable);

	post(&[encryption(&bob), encryption(&alice)], &transcript);
	let asked = world.node.asked.load(Ordering::SeqCst);
	for keys in [&alice, &bob] {
		let request = AuditRequest {
			round: 1,
			..world.request(keys, 60_000)
		};
		assert_eq!(world.answer(&request).await.verdict, Verdict::Valid);
	}
	assert_eq!(world.node.asked.load(Ordering::SeqCst), asked, "nobody was asked");
}

/// Asks, waits until the audit has ended, and asks once more whether there is an answer.
async fn answer_of_ended_audit(world: &World, request: &AuditRequest) -> Option<Found> {
	assert_eq!(world.verifier.ask(request), Ok(None));
	while !world.verifier.running.lock().expect("no panic").is_empty() {
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	world.verifier.answers.get(&request.asked()).expect("readable")
}

#[tokio::test]
async fn a_transcript_that_was_asked_for_too_late_is_held_against_nobody() {
	let world = world(0, |_| None);
	let [alice, _] = auditors().try_into().expect("two");
	let found = answer_of_ended_audit(&world, &world.request(&alice, 1_000)).await;
	assert_eq!(found, None);
	assert!(world.node.asked.load(Ordering::SeqCst) > 0);
}

#[tokio::test]
async fn with_other_keys_than_those_on_chain_nobody_is_asked_and_there_is_no_verdict() {
	let world = world(0, Some);
	world.chain.other_keys.store(true, Ordering::SeqCst);
	let [alice, _] = auditors().try_into().expect("two");
	let found = answer_of_ended_audit(&world, &world.request(&alice, 6_000)).await;
	assert_eq!((found, world.node.asked.load(Ordering::SeqCst)), (None, 0));
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
async fn a_chain_of_our_own_that_cannot_be_read_is_held_against_nobody() {
	let world = world(0, Some);
	world.chain.silent.store(true, Ordering::SeqCst);
	let [alice, _] = auditors().try_into().expect("two");
	let request = world.request(&alice, 1_000);
	assert_eq!(world.verifier.ask(&request), Ok(None));
	tokio::time::sleep(Duration::from_millis(1_500)).await;
	assert_eq!(
		world.verifier.ask(&request),
		Ok(None),
		"no verdict without a look"
	);
	assert_eq!(world.node.asked.load(Ordering::SeqCst), 0);

	world.chain.silent.store(false, Ordering::SeqCst);
	let found = world.answer(&world.request(&alice, 60_000)).await;
	assert_eq!(found.verdict, Verdict::Valid);
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

/// Another verdict, that nothing here leads to but another auditor's word.
const OTHERS: Verdict = Verdict::Invalid(Reason::Sampling);

#[tokio::test]
async fn dishonest_verifiers_answer_as_they_are_told() {
	let wrong = Verdict::Invalid(Reason::Fingerprint);
	let [alice, _] = auditors().try_into().expect("two");
	let honest = world(0, Some);
	let truth = honest.answer(&honest.request(&alice, 60_000)).await.evidence;
	for (adversary, revealed, shows, verdict, looks) in [
		(VerifierAdversary::Lazy, vec![OTHERS], true, Verdict::Valid, false),
		(VerifierAdversary::Copying, vec![OTHERS], true, OTHERS, false),
		(VerifierAdversary::Copying, vec![], true, Verdict::Valid, false),
		(VerifierAdversary::Contrary, vec![OTHERS], true, wrong, true),
		(VerifierAdversary::Contrary, vec![], false, Verdict::Valid, true),
		(
			VerifierAdversary::Sharing,
			vec![OTHERS],
			true,
			Verdict::Valid,
			true,
		),
	] {
		let setting = Setting {
			revealed,
			adversary,
			..Setting::default()
		};
		let world = world_of(setting, |transcript| shows.then_some(transcript));
		let request = world.request(&alice, if shows { 60_000 } else { 6_000 });
		let found = world.answer(&request).await;
		assert_eq!(
			(found.verdict, world.node.asked.load(Ordering::SeqCst) > 0),
			(verdict, looks),
			"{adversary}"
		);
		match adversary {
			VerifierAdversary::Contrary if shows => assert_eq!(found.evidence, truth),
			VerifierAdversary::Sharing => {
				let (shown, true_one) = (found.evidence.trace, truth.trace);
				assert!(shown.is_some() && compare(shown.as_ref(), true_one.as_ref()) == Likeness::Other);
			}
			_ => assert_eq!(found.evidence, Evidence::default()),
		}
		// As that of an honest one, the answer stands.
		assert_eq!(world.verifier.ask(&request), Ok(Some(found)));
	}
}

#[tokio::test]
async fn a_slow_verifier_tells_the_truth_when_the_time_is_nearly_up_or_over() {
	let setting = Setting {
		adversary: VerifierAdversary::Slow,
		..Setting::default()
	};
	let world = world_of(setting, Some);
	let [alice, _] = auditors().try_into().expect("two");
	let request = world.request(&alice, 1_500);
	let began = Instant::now();
	let found = world.answer(&request).await;
	let kept = VerifierAdversary::Slow.keeps_back(request.task.job, request.time_left);
	assert!(began.elapsed() >= kept);
	assert_eq!(found.verdict, Verdict::Valid);
}

//! The verifier against a node that answers as it is told, with a small real model. Tests by topic.

mod adversaries;
mod fetching;
mod traces;
mod verdicts;

use super::{Answers, AuditRequest, Auditors, Audits, Checker, Found, Verifier};
use crate::{
	adversary::VerifierAdversary,
	audit::{AuditTask, Audited, Bands, audit_and_trace},
	chain::{Auditor, Chain, Look, NodeContact},
	compute::{canary::CanaryBasis, offer::Basis},
	engine::{CandleEngine, Engine, testing},
	keys::Keys,
	net::Net,
	selftest::honest_run,
};
use anyhow::Result;
use futures::future::BoxFuture;
use peer_network::{PeerKey, Refusal, Request, RequestError, Requester, Response, TranscriptRequest, seal};
use receipt::{
	Account, Hash, JobId, JobInput, PairKey, Receipt, Sampling, Signature, Transcript, Verdict, WorkflowId,
	canary::CanaryOpening, keys::KeySet, trace::Tracer,
};
use std::{
	sync::{
		Arc, Mutex,
		atomic::{AtomicBool, AtomicUsize, Ordering},
	},
	time::Duration,
};

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

/// Asks, waits until the audit has ended, and asks once more whether there is an answer.
async fn answer_of_ended_audit(world: &World, request: &AuditRequest) -> Option<Found> {
	assert_eq!(world.verifier.ask(request), Ok(None));
	while !world.verifier.running.lock().expect("no panic").is_empty() {
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	world.verifier.answers.get(&request.asked()).expect("readable")
}

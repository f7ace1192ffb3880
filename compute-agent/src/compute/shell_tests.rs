//! The whole role over loopback: a caller's quote, run, following and transcript, with a chain, a
//! model and a caller that live in this process.

use super::{
	Compute, RunTask, Runner, Tokenize,
	core::{ChainStatus, Limits},
	offer::{Basis, Serving},
	samples,
};
use crate::{
	audit::Bands,
	chain::{AssignedJob, Auditor, Chain, Look, NodeContact, PriceMode, Publication},
	engine::{Ending, record::Outcome},
	fault::Fault,
	health::Heartbeat,
	keys::Keys,
	store::{RedbStore, Store},
};
use anyhow::Result;
use futures::future::BoxFuture;
use peer_network::{
	Followed, LocalDiscovery, Network, NetworkConfig, QuoteRequest, Refusal, Request, Requester, Response,
	RunState, TranscriptRequest, seal,
};
use receipt::{
	Account, Hash, JobId, PairKey, Price, Receipt, Signature, Tier, Token, Transcript, WorkflowId,
	fingerprint::Fingerprint, signing,
};
use std::{
	path::Path,
	sync::{
		Arc, Mutex,
		atomic::{AtomicU32, Ordering},
	},
	time::Duration,
};

const GENESIS: Hash = [1; 32];
const PAIR: Hash = [3; 32];
const AUDITOR: Account = [0xaa; 32];

/// A chain with one job, whose blocks come when they are asked for.
#[derive(Default)]
struct FakeChain {
	block: AtomicU32,
	job: Mutex<Option<AssignedJob>>,
	delivered: Mutex<Option<(Receipt, Signature)>>,
	auditor: Mutex<Option<Auditor>>,
}

impl Chain for FakeChain {
	fn genesis(&self) -> Hash {
		GENESIS
	}

	fn finalized(&self) -> BoxFuture<'_, Result<u32>> {
		Box::pin(async { Ok(self.block.fetch_add(1, Ordering::SeqCst)) })
	}

	fn best(&self) -> BoxFuture<'_, Result<u32>> {
		Box::pin(async { Ok(self.block.load(Ordering::SeqCst)) })
	}

	fn look(&self, _: Account, _: JobId, known: Vec<JobId>) -> BoxFuture<'_, Result<Look>> {
		Box::pin(async move {
			let is_delivered = self.delivered.lock().expect("no panic").is_some();
			let status = if is_delivered {
				ChainStatus::Delivered
			} else {
				ChainStatus::Assigned
			};
			let job = if is_delivered {
				None
			} else {
				*self.job.lock().expect("no panic")
			};
			Ok(Look {
				block: self.block.load(Ordering::SeqCst),
				next_job: 5,
				assigned: job.into_iter().collect(),
				statuses: known.into_iter().map(|job| (job, status)).collect(),
			})
		})
	}

	fn basis(&self, _: WorkflowId, _: u32) -> BoxFuture<'_, Result<Basis>> {
		Box::pin(async {
			let price = chain_client::workflows::Price {
				mode: PriceMode::Share,
				base: 9,
				per_token: 1,
			};
			let publication = Publication {
				model: [2; 32],
				max_tokens: 50,
				price,
			};
			Ok(Basis {
				block: 7,
				terms: 0,
				min_fee_per_token: 1,
				publication: Some(publication),
			})
		})
	}

	fn auditor(&self, _: JobId, account: Account) -> BoxFuture<'_, Result<Option<Auditor>>> {
		Box::pin(async move {
			Ok(self
				.auditor
				.lock()
				.expect("no panic")
				.filter(|_| account == AUDITOR))
		})
	}

	fn bands(&self, _: PairKey) -> BoxFuture<'_, Result<Option<Bands>>> {
		unreachable!("nodes audit nothing")
	}
	fn promised_model(&self, _: JobId) -> BoxFuture<'_, Result<Option<Hash>>> {
		Box::pin(async { Ok(None) })
	}

	fn contact(&self, _: Account) -> BoxFuture<'_, Result<Option<NodeContact>>> {
		Box::pin(async { Ok(None) })
	}

	fn deliver(&self, receipt: Receipt, signature: Signature) -> BoxFuture<'_, Result<()>> {
		Box::pin(async move {
			*self.delivered.lock().expect("no panic") = Some((receipt, signature));
			Ok(())
		})
	}

	fn cancel(&self, _: JobId) -> BoxFuture<'_, Result<()>> {
		Box::pin(async { Ok(()) })
	}
}

/// A model that always writes the same three tokens.
struct FakeModel;

impl Tokenize for FakeModel {
	fn tokenize(&self, prompt: &[u8]) -> Result<Vec<Token>, String> {
		Ok(prompt.iter().map(|byte| Token::from(*byte)).collect())
	}
}

impl Runner for FakeModel {
	fn run<'a>(
		&'a self,
		task: &'a RunTask,
		on_text: &'a mut (dyn FnMut(&str, u32) + Send),
	) -> BoxFuture<'a, Result<Outcome, String>> {
		for (count, text) in [" upon", " a", " time"].into_iter().enumerate() {
			on_text(text, count as u32 + 1);
		}
		let outcome = Outcome {
			pair: PAIR,
			prompt: task.record.prompt.clone(),
			answer: vec![40, 41, 42],
			ending: Ending::Length,
			fingerprint: Fingerprint {
				chunks: vec![vec![1; 4]],
			},
		};
		Box::pin(async { Ok(outcome) })
	}
}

struct World {
	chain: Arc<FakeChain>,
	keys: Keys,
	node: Network,
	client: Network,
	reply_secret: [u8; 32],
}

async fn start(directory: &Path, chain: Arc<FakeChain>, keys: Keys, fault: Fault) -> World {
	let store = Arc::new(RedbStore::open(&directory.join("agent.redb"), &GENESIS).expect("new"));
	let config = NetworkConfig {
		secret: keys.peer(),
		listen: vec!["/ip4/127.0.0.1/tcp/0".into()],
		bootstrap: vec![],
		local_discovery: LocalDiscovery::Off,
	};
	let (node, incoming) = Network::start(config).await.expect("loopback");
	let (client, _) = Network::start(NetworkConfig::client())
		.await
		.expect("nothing to listen on");
	let compute = Compute {
		chain: chain.clone(),
		store: store as Arc<dyn Store>,
		tokenizer: Arc::new(FakeModel),
		runner: Arc::new(FakeModel),
		keys: keys.clone(),
		serving: Serving {
			genesis: GENESIS,
			node: keys.account(),
			model: [2; 32],
			pair: PAIR,
			price: Price::default(),
			max_tokens: 50,
			ticket_blocks: 1_000_000,
		},
		limits: Limits {
			slots: 1,
			keep_blocks: 10,
		},
		fault,
		heartbeat: Heartbeat::default(),
	};
	tokio::spawn(compute.serve(incoming));
	World {
		chain,
		keys,
		node,
		client,
		reply_secret: seal::new_secret(),
	}
}

impl World {
	async fn ask(&self, request: Request) -> Response {
		self.client
			.request(&self.node.key(), &self.node.addresses(), request)
			.await
			.expect("answered")
	}

	/// Asks for a ticket and puts it on the chain as job 4.
	async fn request_job(&self) -> Hash {
		let quote = QuoteRequest {
			genesis: GENESIS,
			input: samples::record(1).input,
			tier: Tier::Replicated,
			reply_key: seal::public_key(&self.reply_secret),
		};
		let sealed = seal::seal(&self.keys.public().encryption, &quote);
		let response = self.ask(Request::Quote { sealed }).await;
		let Response::Quoted { ticket, signature } = response else {
			panic!("{response:?}")
		};
		assert!(signing::verify(
			&self.keys.public().audit,
			&ticket.hash(),
			&signature
		));
		let job = AssignedJob {
			job: 4,
			ticket: ticket.hash(),
			seed: [5; 32],
			deliver_by: 2_000_000,
		};
		*self.chain.job.lock().expect("no panic") = Some(job);
		ticket.hash()
	}

	async fn follow_to_the_end(&self, ticket: Hash) -> (String, Followed) {
		let mut text = String::new();
		loop {
			let response = self
				.ask(Request::Follow {
					ticket,
					from: text.len() as u64,
				})
				.await;
			let Response::Followed(sealed) = response else {
				panic!("{response:?}")
			};
			let followed: Followed = seal::open(&self.reply_secret, &sealed).expect("sealed to us");
			text.push_str(&followed.text);
			if followed.state.is_final() {
				return (text, followed);
			}
		}
	}

	async fn delivered(&self) -> (Receipt, Signature) {
		loop {
			if let Some(delivered) = *self.chain.delivered.lock().expect("no panic") {
				return delivered;
			}
			tokio::time::sleep(Duration::from_millis(20)).await;
		}
	}
}

#[tokio::test]
async fn a_call_is_quoted_run_followed_delivered_and_shown_to_its_auditor() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let world = start(directory.path(), Arc::default(), keys, Fault::None).await;
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

	// The caller gets its copy, sealed to the key of its quote.
	let request = |requester| TranscriptRequest {
		genesis: GENESIS,
		job: 4,
		transcript: hash,
		requester,
	};
	let response = world.ask(Request::Transcript(request(Requester::Caller))).await;
	let Response::Transcript(sealed) = response else {
		panic!("{response:?}")
	};
	let transcript: Transcript = seal::open(&world.reply_secret, &sealed).expect("sealed to us");
	assert_eq!(
		(transcript.hash(), &transcript.answer[..]),
		(hash, &[40, 41, 42][..])
	);

	// An auditor that was not drawn, or does not sign, gets nothing.
	let auditor_keys = Keys::development("Ferdie").expect("well known");
	let at = world.chain.block.load(Ordering::SeqCst);
	let message = TranscriptRequest::auditor_message(&GENESIS, 4, &hash, &AUDITOR, at);
	let signed = Requester::Auditor {
		account: AUDITOR,
		at,
		signature: auditor_keys.sign(&message),
	};
	let response = world.ask(Request::Transcript(request(signed.clone()))).await;
	assert!(
		matches!(response, Response::Refused(Refusal::NotEntitled(_))),
		"{response:?}"
	);
	let public = auditor_keys.public();
	*world.chain.auditor.lock().expect("no panic") = Some(Auditor {
		audit: public.audit,
		encryption: public.encryption,
	});
	let unsigned = Requester::Auditor {
		account: AUDITOR,
		at,
		signature: [0; 64],
	};
	let response = world.ask(Request::Transcript(request(unsigned))).await;
	assert!(
		matches!(response, Response::Refused(Refusal::NotEntitled(_))),
		"{response:?}"
	);

	// One that was drawn and signs does.
	let response = world.ask(Request::Transcript(request(signed))).await;
	let Response::Transcript(sealed) = response else {
		panic!("{response:?}")
	};
	assert_eq!(
		seal::open::<Transcript>(auditor_keys.encryption(), &sealed),
		Ok(transcript)
	);
}

#[tokio::test]
async fn foreign_boxes_and_unknown_tickets_are_refused() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let world = start(directory.path(), Arc::default(), keys, Fault::None).await;
	let response = world.ask(Request::Quote { sealed: vec![1; 200] }).await;
	assert!(
		matches!(response, Response::Refused(Refusal::Malformed(_))),
		"{response:?}"
	);
	let response = world
		.ask(Request::Follow {
			ticket: [9; 32],
			from: 0,
		})
		.await;
	assert_eq!(response, Response::Refused(Refusal::NotFound));
}

#[tokio::test]
async fn a_silent_node_takes_the_job_and_says_nothing() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let world = start(directory.path(), Arc::default(), keys, Fault::Silent).await;
	let ticket = world.request_job().await;
	let end = tokio::time::timeout(Duration::from_secs(3), world.follow_to_the_end(ticket)).await;
	assert!(end.is_err(), "{end:?}");
	assert!(world.chain.delivered.lock().expect("no panic").is_none());
}

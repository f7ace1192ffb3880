//! The whole role over loopback: a caller's quote, run, following and transcript, with a chain, a
//! model and a caller that live in this process.

use super::{
	Compute, RunTask, Runner, Tokenize,
	canary::CanaryBasis,
	core::{ChainStatus, Limits},
	offer::{Basis, Serving},
	samples,
};
use crate::{
	adversary::NodeAdversary,
	audit::Bands,
	chain::{AssignedJob, Auditor, Chain, Court, Look, NodeContact, PriceMode, Publication},
	engine::{Ending, record::Outcome},
	health::Heartbeat,
	keys::Keys,
	store::{RedbStore, Store},
};
use anyhow::Result;
use chain_client::Key;
use futures::future::BoxFuture;
use peer_network::{
	Followed, LocalDiscovery, Network, NetworkConfig, QuoteRequest, Refusal, Request, Requester, Response,
	RunState, TranscriptRequest, seal,
};
use receipt::{
	Account, Hash, JobId, JobInput, PairKey, Price, Receipt, Signature, Task, Tier, Token, Transcript,
	Verdict, WorkflowId,
	canary::{CanaryOpening, Planting},
	fingerprint::Fingerprint,
	signing,
};
use std::{
	path::Path,
	sync::{
		Arc, Mutex,
		atomic::{AtomicBool, AtomicU32, Ordering},
	},
	time::Duration,
};

const GENESIS: Hash = [1; 32];
const PAIR: Hash = [3; 32];
const AUDITOR: Account = [0xaa; 32];
const DELIVER_BY: u32 = 2_000_000;

/// A chain with one job, whose blocks come when they are asked for.
#[derive(Default)]
struct FakeChain {
	block: AtomicU32,
	/// Blocks that are not finalized.
	lag: AtomicU32,
	job: Mutex<Option<AssignedJob>>,
	delivered: Mutex<Option<(Receipt, Signature)>>,
	auditor: Mutex<Option<Auditor>>,
	/// What sits on the job, and what was posted for it.
	court: Mutex<Option<Court>>,
	posted: Mutex<Vec<(JobId, Vec<u8>)>>,
	cancelled: AtomicU32,
	/// Whether it asks for openings.
	asks: AtomicBool,
	opened: Mutex<Option<CanaryOpening>>,
}

impl Chain for FakeChain {
	fn genesis(&self) -> Hash {
		GENESIS
	}

	fn finalized(&self) -> BoxFuture<'_, Result<u32>> {
		Box::pin(async { Ok(self.block.fetch_add(1, Ordering::SeqCst)) })
	}

	fn best(&self) -> BoxFuture<'_, Result<u32>> {
		Box::pin(async { Ok(self.block.load(Ordering::SeqCst) + self.lag.load(Ordering::SeqCst)) })
	}

	fn look(&self, _: Account, _: JobId, known: Vec<JobId>) -> BoxFuture<'_, Result<Look>> {
		Box::pin(async move {
			let is_delivered = self.delivered.lock().expect("no panic").is_some();
			let status = if is_delivered && self.asks.load(Ordering::SeqCst) {
				ChainStatus::Openable
			} else if is_delivered {
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
				courts: self.court.lock().expect("no panic").clone().into_iter().collect(),
				is_serving: true,
			})
		})
	}

	fn basis(&self, _: WorkflowId, _: u32, _: Account, _: PairKey) -> BoxFuture<'_, Result<Basis>> {
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
				funds: 1_000,
				auditors: 4,
				least_auditors: 4,
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

	fn bands(&self, pair: PairKey) -> BoxFuture<'_, Result<Option<Bands>>> {
		Box::pin(async move { Ok((pair == PAIR).then_some(Bands::CPU)) })
	}
	fn promised_model(&self, _: JobId) -> BoxFuture<'_, Result<Option<Hash>>> {
		Box::pin(async { Ok(None) })
	}

	fn revealed(&self, _: Account, _: JobId, _: Account) -> BoxFuture<'_, Result<Vec<Verdict>>> {
		unreachable!("nodes copy no verdicts")
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

	fn post(&self, job: JobId, sealed: Vec<u8>) -> BoxFuture<'_, Result<()>> {
		Box::pin(async move {
			self.posted.lock().expect("no panic").push((job, sealed));
			Ok(())
		})
	}

	fn canary_basis(&self, _: JobId) -> BoxFuture<'_, Result<Option<CanaryBasis>>> {
		let basis = CanaryBasis {
			randomness: [7; 32],
			ticket: [8; 32],
			mantissa_milli: 64,
			rules: verification::Rules {
				canary_rate: verification::Ppm::ONE,
				..verification::Rules::DEFAULT
			},
		};
		Box::pin(async move { Ok(Some(basis)) })
	}

	fn open_canary(&self, job: JobId, opening: CanaryOpening) -> BoxFuture<'_, Result<()>> {
		Box::pin(async move {
			assert_eq!(job, 4);
			*self.opened.lock().expect("no panic") = Some(opening);
			Ok(())
		})
	}

	fn bands_of(&self, _: JobId) -> BoxFuture<'_, Result<Option<Bands>>> {
		unreachable!("nodes audit nothing")
	}

	fn posted(&self, _: JobId) -> BoxFuture<'_, Result<Option<Vec<u8>>>> {
		unreachable!("nodes read no postings")
	}

	fn cancel(&self, _: JobId) -> BoxFuture<'_, Result<()>> {
		Box::pin(async {
			self.cancelled.fetch_add(1, Ordering::SeqCst);
			Ok(())
		})
	}
}

/// The bits of a vector of two components.
const VECTOR: [u32; 2] = [0.6f32.to_bits(), (-0.8f32).to_bits()];

/// A model that always writes the same three tokens, or gives the same vector.
struct FakeModel;

impl Tokenize for FakeModel {
	fn tokenize(&self, prompt: &[u8]) -> Result<Vec<Token>, String> {
		Ok(prompt.iter().map(|byte| Token::from(*byte)).collect())
	}

	fn text_hash(&self, answer: &[Token]) -> Hash {
		Transcript::text_hash(&format!("{answer:?}"))
	}
}

impl Runner for FakeModel {
	fn run<'a>(
		&'a self,
		task: &'a RunTask,
		on_text: &'a mut (dyn FnMut(&str, u32) + Send),
	) -> BoxFuture<'a, Result<Outcome, String>> {
		if task.record.input.task == Task::Embedding {
			let outcome = Outcome {
				pair: PAIR,
				prompt: task.record.prompt.clone(),
				answer: Vec::new(),
				text: Transcript::text_hash(""),
				ending: Ending::EndOfText,
				fingerprint: Fingerprint {
					chunks: vec![vec![1; 4]],
				},
				vector: VECTOR.to_vec(),
			};
			return Box::pin(async { Ok(outcome) });
		}
		for (count, text) in [" upon", " a", " time"].into_iter().enumerate() {
			on_text(text, count as u32 + 1);
		}
		let outcome = Outcome {
			pair: PAIR,
			prompt: task.record.prompt.clone(),
			answer: vec![40, 41, 42],
			text: Transcript::text_hash(" upon a time"),
			ending: Ending::Length,
			fingerprint: Fingerprint {
				chunks: vec![vec![1; 4]],
			},
			vector: Vec::new(),
		};
		Box::pin(async { Ok(outcome) })
	}
}

/// The key of the account that calls.
fn caller() -> Key {
	Key::from_suri("//Bob").expect("a development account")
}

/// What that account asks for.
fn input(number: u8) -> JobInput {
	JobInput {
		caller: caller().account(),
		..samples::record(number).input
	}
}

struct World {
	chain: Arc<FakeChain>,
	keys: Keys,
	node: Network,
	client: Network,
	reply_secret: [u8; 32],
	follow_secret: [u8; 32],
}

async fn start(directory: &Path, chain: Arc<FakeChain>, keys: Keys, adversary: NodeAdversary) -> World {
	start_with(directory, chain, keys, adversary, Arc::new(FakeModel)).await
}

async fn start_with(
	directory: &Path,
	chain: Arc<FakeChain>,
	keys: Keys,
	adversary: NodeAdversary,
	runner: Arc<dyn Runner>,
) -> World {
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
		runner,
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
		post_transcripts: true,
		draws: (adversary == NodeAdversary::Honest).then(|| keys.draw_key().expect("a development account")),
		adversary,
		heartbeat: Heartbeat::default(),
	};
	tokio::spawn(compute.serve(incoming));
	World {
		chain,
		keys,
		node,
		client,
		reply_secret: seal::new_secret(),
		follow_secret: [9; 32],
	}
}

impl World {
	async fn ask(&self, request: Request) -> Response {
		self.client
			.request(&self.node.key(), &self.node.addresses(), request)
			.await
			.expect("answered")
	}

	/// Asks for a ticket, as the account that the input names as caller.
	async fn quote(&self, input: JobInput) -> Response {
		let message = QuoteRequest::caller_message(&GENESIS, &self.keys.account(), &input.commitment());
		let signature = caller().sign(&message);
		self.quote_signed(input, signature).await
	}

	async fn quote_signed(&self, input: JobInput, signature: Signature) -> Response {
		let quote = QuoteRequest {
			genesis: GENESIS,
			input,
			tier: Tier::Replicated,
			reply_key: seal::public_key(&self.reply_secret),
			follow_secret: self.follow_secret,
			signature,
		};
		let sealed = seal::seal(&self.keys.public().encryption, &quote);
		self.ask(Request::Quote { sealed }).await
	}

	/// Asks for a ticket and puts it on the chain as job 4.
	async fn request_job(&self) -> Hash {
		self.request_job_for(input(1)).await
	}

	async fn request_job_for(&self, input: JobInput) -> Hash {
		let response = self.quote(input).await;
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
			deliver_by: DELIVER_BY,
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
					secret: self.follow_secret,
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
	let world = start(directory.path(), Arc::default(), keys, NodeAdversary::Honest).await;
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
	assert_eq!(transcript.text, Transcript::text_hash(&text));

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
async fn a_vector_is_promised_by_the_pairs_bands_delivered_and_fetched_by_its_caller() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let world = start(directory.path(), Arc::default(), keys, NodeAdversary::Honest).await;
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
	let request = TranscriptRequest {
		genesis: GENESIS,
		job: 4,
		transcript: hash,
		requester: Requester::Caller,
	};
	let Response::Transcript(sealed) = world.ask(Request::Transcript(request)).await else {
		panic!("the caller is entitled to it")
	};
	let transcript: Transcript = seal::open(&world.reply_secret, &sealed).expect("sealed to us");
	assert_eq!((transcript.hash(), &transcript.vector[..]), (hash, &VECTOR[..]));
}

#[tokio::test]
async fn a_planted_receipt_gives_the_true_answer_and_is_opened_when_the_chain_asks() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let world = start(directory.path(), Arc::default(), keys, NodeAdversary::Honest).await;
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
	let fetch = async |transcript| {
		let request = TranscriptRequest {
			genesis: GENESIS,
			job: 4,
			transcript,
			requester: Requester::Caller,
		};
		let response = world.ask(Request::Transcript(request)).await;
		let Response::Transcript(sealed) = response else {
			panic!("{response:?}")
		};
		seal::open::<Transcript>(&world.reply_secret, &sealed).expect("sealed to us")
	};
	let truth = fetch(opening.transcript).await;
	assert_eq!(truth.fingerprint.root(), opening.fingerprint);
	assert_eq!(fetch(receipt.transcript).await.answer, truth.answer);
	let planting = Planting {
		transcript: opening.transcript,
		fingerprint: opening.fingerprint,
		chunk: 0,
		shift: 1,
	};
	assert!(planting.explains(&receipt, &truth));
}

#[tokio::test]
async fn foreign_boxes_and_unknown_tickets_are_refused() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let world = start(directory.path(), Arc::default(), keys, NodeAdversary::Honest).await;
	let response = world.ask(Request::Quote { sealed: vec![1; 200] }).await;
	assert!(
		matches!(response, Response::Refused(Refusal::Malformed(_))),
		"{response:?}"
	);
	let response = world
		.ask(Request::Follow {
			ticket: [9; 32],
			secret: world.follow_secret,
			from: 0,
		})
		.await;
	assert_eq!(response, Response::Refused(Refusal::NotFound));
}

#[tokio::test]
async fn nobody_asks_for_a_ticket_in_anothers_name() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let world = start(directory.path(), Arc::default(), keys, NodeAdversary::Honest).await;
	let asked = input(1);
	let sign = |key: &Key, node: &Account| {
		key.sign(&QuoteRequest::caller_message(&GENESIS, node, &asked.commitment()))
	};
	let stranger = Key::from_suri("//Charlie").expect("a development account");
	let node = world.keys.account();
	for (signature, what) in [
		([0; 64], "no signature"),
		(sign(&stranger, &node), "a stranger's"),
		(sign(&caller(), &[7; 32]), "one for another node"),
	] {
		let response = world.quote_signed(asked.clone(), signature).await;
		assert!(
			matches!(response, Response::Refused(Refusal::NotEntitled(_))),
			"{what}: {response:?}"
		);
	}
	let response = world.quote_signed(asked.clone(), sign(&caller(), &node)).await;
	assert!(matches!(response, Response::Quoted { .. }), "{response:?}");
}

#[tokio::test]
async fn what_is_promised_to_one_caller_leaves_a_place_to_others() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let world = start(directory.path(), Arc::default(), keys, NodeAdversary::Honest).await;
	for number in 1..=3 {
		let response = world.quote(input(number)).await;
		assert!(
			matches!(response, Response::Quoted { .. }),
			"{number}: {response:?}"
		);
	}
	let response = world.quote(input(4)).await;
	assert!(
		matches!(response, Response::Refused(Refusal::Busy { retry_after }) if retry_after > 0),
		"{response:?}"
	);
}

#[tokio::test]
async fn only_who_asked_for_a_ticket_may_follow_its_run() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let world = start(directory.path(), Arc::default(), keys, NodeAdversary::Honest).await;
	let ticket = world.request_job().await;
	let secret = [0; 32];
	let response = world
		.ask(Request::Follow {
			ticket,
			secret,
			from: 0,
		})
		.await;
	assert_eq!(response, Response::Refused(Refusal::NotFound));
	assert_eq!(world.follow_to_the_end(ticket).await.0, " upon a time");
}

#[tokio::test]
async fn no_ticket_is_given_while_finality_stalls_or_for_a_prompt_that_cannot_fit() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let world = start(directory.path(), Arc::default(), keys, NodeAdversary::Honest).await;
	let input = input(1);
	world.chain.lag.store(20, Ordering::SeqCst);
	let response = world.quote(input.clone()).await;
	assert_eq!(response, Response::Refused(Refusal::Busy { retry_after: 16 }));
	world.chain.lag.store(0, Ordering::SeqCst);
	// 50 tokens of at most 64 bytes are served.
	let response = world
		.quote(JobInput {
			prompt: vec![b'a'; 3_201],
			..input.clone()
		})
		.await;
	assert!(
		matches!(response, Response::Refused(Refusal::Malformed(_))),
		"{response:?}"
	);
	let response = world.quote(input).await;
	assert!(matches!(response, Response::Quoted { .. }), "{response:?}");
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
}

/// Waits until something was counted.
async fn counted(counter: &AtomicU32) {
	while counter.load(Ordering::SeqCst) == 0 {
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
}

#[tokio::test]
async fn a_run_that_cannot_be_in_time_ends_and_its_job_is_cancelled() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let (chain, model) = (Arc::<FakeChain>::default(), Endless::default());
	let runner = Arc::new(model.clone());
	let world = start_with(
		directory.path(),
		chain.clone(),
		keys,
		NodeAdversary::Honest,
		runner,
	)
	.await;
	world.request_job().await;
	counted(&model.started).await;
	// Nothing is finalized, and blocks go on to shortly before the job's last one.
	let block = chain.block.load(Ordering::SeqCst);
	chain.lag.store(DELIVER_BY - 6 - block, Ordering::SeqCst);
	counted(&model.dropped).await;
	counted(&chain.cancelled).await;
}

/// A court of one auditor that does not fetch the transcript, until it has committed or a posting was made.
async fn posted_for_a_court(adversary: NodeAdversary, fetches: bool) -> (World, Keys, Receipt) {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let world = start(directory.path(), Arc::default(), keys, adversary).await;
	world.request_job().await;
	let (receipt, _) = world.delivered().await;
	let auditor = Keys::development("Ferdie").expect("well known");
	let public = auditor.public();
	*world.chain.auditor.lock().expect("no panic") = Some(Auditor {
		audit: public.audit,
		encryption: public.encryption,
	});
	let at = world.chain.block.load(Ordering::SeqCst);
	if fetches {
		let message = TranscriptRequest::auditor_message(&GENESIS, 4, &receipt.transcript, &AUDITOR, at);
		let request = TranscriptRequest {
			genesis: GENESIS,
			job: 4,
			transcript: receipt.transcript,
			requester: Requester::Auditor {
				account: AUDITOR,
				at,
				signature: auditor.sign(&message),
			},
		};
		let response = world.ask(Request::Transcript(request)).await;
		assert!(matches!(response, Response::Transcript(_)), "{response:?}");
	}
	let commit_until = at + 6;
	*world.chain.court.lock().expect("no panic") = Some(Court {
		job: 4,
		stage: verification::Stage::Panel,
		commit_until,
		transcript: receipt.transcript,
		seats: vec![AUDITOR, [0xbb; 32]],
		silent: vec![AUDITOR],
		is_posted: false,
	});
	// Blocks come when the role looks: some more, so that what is not posted now never is.
	while world.chain.block.load(Ordering::SeqCst) < commit_until + 2 {
		tokio::time::sleep(Duration::from_millis(50)).await;
	}
	(world, auditor, receipt)
}

#[tokio::test]
async fn what_a_court_does_not_fetch_is_posted_once_and_sealed_to_it() {
	let (world, auditor, receipt) = posted_for_a_court(NodeAdversary::Unreachable, false).await;
	let posted = world.chain.posted.lock().expect("no panic").clone();
	let [(4, sealed)] = &posted[..] else {
		panic!("{} postings", posted.len())
	};
	let opened: Transcript =
		peer_network::posted::open_as_one(auditor.encryption(), sealed).expect("sealed to the court");
	assert_eq!(opened.hash(), receipt.transcript);
	assert!(
		peer_network::posted::open_as_one::<Transcript>(&world.reply_secret, sealed).is_err(),
		"and to nobody else"
	);
}

#[tokio::test]
async fn nothing_is_posted_for_who_was_served_or_by_who_hides_its_transcript() {
	let (served, hidden) = tokio::join!(
		posted_for_a_court(NodeAdversary::Honest, true),
		posted_for_a_court(NodeAdversary::NoTranscript, false)
	);
	for (world, _, _) in [served, hidden] {
		assert!(world.chain.posted.lock().expect("no panic").is_empty());
	}
}

#[tokio::test]
async fn adversaries_deliver_something_else_than_was_written() {
	for (kind, tokens) in [("random-token:2", 3), ("early-stop", 2), ("cheat:100", 3)] {
		let directory = tempfile::tempdir().expect("a temporary directory");
		let keys = Keys::development("Eve").expect("well known");
		let adversary = kind.parse().expect(kind);
		let world = start(directory.path(), Arc::default(), keys, adversary).await;
		world.request_job().await;
		let (receipt, _) = world.delivered().await;
		assert_eq!(receipt.tokens_out, tokens, "{kind}");
		assert_ne!(receipt.output, Receipt::output_hash(&[40, 41, 42]), "{kind}");
	}
}

#[tokio::test]
async fn one_that_tells_other_words_delivers_the_hash_of_those_that_the_model_wrote() {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let adversary = "other-words".parse().expect("a kind");
	let world = start(directory.path(), Arc::default(), keys, adversary).await;
	let ticket = world.request_job().await;
	let (text, _) = world.follow_to_the_end(ticket).await;
	assert_eq!(text, " vqpo b ujnf");
	let (receipt, _) = world.delivered().await;
	let request = TranscriptRequest {
		genesis: GENESIS,
		job: 4,
		transcript: receipt.transcript,
		requester: Requester::Caller,
	};
	let Response::Transcript(sealed) = world.ask(Request::Transcript(request)).await else {
		panic!("the caller gets no transcript")
	};
	let transcript: Transcript = seal::open(&world.reply_secret, &sealed).expect("sealed to us");
	assert_eq!(transcript.text, Transcript::text_hash(" upon a time"));
}

//! The whole role over loopback: a caller's quote, run, following and transcript, with a chain, a
//! model and a caller that live in this process. Tests by topic.

mod adversaries;
mod calls;
mod chain;
mod checks;
mod model;
mod postings;
mod tickets;

use self::{chain::FakeChain, model::FakeModel};
use super::{Compute, Runner, core::Limits, offer::Serving, samples};
use crate::{adversary::NodeAdversary, chain::AssignedJob, health::Heartbeat, keys::Keys, store::RedbStore};
use chain_client::Key;
use peer_network::{
	Followed, LocalDiscovery, Network, NetworkConfig, QuoteRequest, Request, Requester, Response,
	TranscriptRequest, seal,
};
use receipt::{Account, Hash, JobInput, Price, Receipt, Signature, Tier, Transcript, signing};
use std::{
	sync::{
		Arc,
		atomic::{AtomicU32, Ordering},
	},
	time::Duration,
};
use tempfile::TempDir;

const GENESIS: Hash = [1; 32];
const PAIR: Hash = [3; 32];
const AUDITOR: Account = [0xaa; 32];
const DELIVER_BY: u32 = 2_000_000;

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

/// A node, a caller of it, and the chain between them.
struct World {
	/// Where its store is.
	_directory: TempDir,
	chain: Arc<FakeChain>,
	keys: Keys,
	node: Network,
	client: Network,
	reply_secret: [u8; 32],
	follow_secret: [u8; 32],
}

/// A node with the model that always writes the same.
async fn start(adversary: NodeAdversary) -> World {
	start_with(adversary, Arc::new(FakeModel)).await
}

/// A node with this model.
async fn start_with(adversary: NodeAdversary, runner: Arc<dyn Runner>) -> World {
	let directory = tempfile::tempdir().expect("a temporary directory");
	let keys = Keys::development("Eve").expect("well known");
	let chain = Arc::<FakeChain>::default();
	let store = RedbStore::open(&directory.path().join("agent.redb"), &GENESIS).expect("new");
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
		store: Arc::new(store),
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
		checks_runs: adversary.checks_runs(),
		post_transcripts: true,
		draws: (adversary == NodeAdversary::Honest).then(|| keys.draw_key().expect("a development account")),
		adversary,
		heartbeat: Heartbeat::default(),
	};
	tokio::spawn(compute.serve(incoming));
	World {
		_directory: directory,
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

	/// Asks for a transcript of job 4.
	async fn ask_transcript(&self, transcript: Hash, requester: Requester) -> Response {
		let request = TranscriptRequest {
			genesis: GENESIS,
			job: 4,
			transcript,
			requester,
		};
		self.ask(Request::Transcript(request)).await
	}

	/// The caller's copy of a transcript, sealed to the key of its quote.
	async fn copy_of_caller(&self, transcript: Hash) -> Transcript {
		let response = self.ask_transcript(transcript, Requester::Caller).await;
		let Response::Transcript(sealed) = response else {
			panic!("{response:?}")
		};
		seal::open(&self.reply_secret, &sealed).expect("sealed to us")
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

/// Waits until something was counted.
async fn counted(counter: &AtomicU32) {
	while counter.load(Ordering::SeqCst) == 0 {
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
}

/// [`AUDITOR`], who asks for a transcript of job 4 at this block and signs with these keys.
fn signed_auditor(keys: &Keys, transcript: &Hash, at: u32) -> Requester {
	let message = TranscriptRequest::auditor_message(&GENESIS, 4, transcript, &AUDITOR, at);
	Requester::Auditor {
		account: AUDITOR,
		at,
		signature: keys.sign(&message),
	}
}

//! Answers the requests of peers: quotes, the progress of runs, transcripts.

use super::{
	BLOCK_SECONDS, Inbox, Message, Tokenize,
	core::TicketRecord,
	offer::{Serving, offer},
	posting::Served,
	progress::{ProgressBoard, rest_of},
};
use crate::{
	adversary::NodeAdversary,
	audit::MAX_PROMPT,
	chain::Chain,
	keys::Keys,
	store::{Store, StoreError},
};
use peer_network::{
	Followed, Incoming, IncomingRequest, QuoteRequest, Refusal, Request, Requester, Response, RunState,
	TranscriptRequest, seal,
};
use receipt::{Account, Hash, JobId, Signature, Task, Transcript, signing};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Semaphore, oneshot};

/// Quotes that are answered at once; further ones are told that we are busy.
const MAX_QUOTES: usize = 64;

/// Followers that wait at once. They have places of their own: a follower keeps its place for a second, and
/// must not keep new callers away with it.
const MAX_FOLLOWERS: usize = 256;

/// Transcripts that are served at once. They have places of their own: nobody can keep auditors away
/// from an honest node by asking it for something else.
const MAX_TRANSCRIPTS: usize = 64;

/// After so many seconds some of them are answered.
const CROWDED_SECONDS: u32 = 2;

/// How long a follower waits for something new.
const LONG_POLL: Duration = Duration::from_secs(1);

/// How old, in blocks, an auditor's request for a transcript may be.
const MAX_AGE: u32 = 30;

/// How far finality may lie behind the newest block. A run begins with a final request, but its deadline counts
/// all blocks: without finality a ticket would be a promise that cannot be kept.
const MAX_LAG: u32 = 8;

/// A longer prompt, in bytes for each token that a job may have, is not worth tokenizing: it cannot fit.
const BYTES_PER_TOKEN: usize = 64;

/// What answering takes.
pub(crate) struct Server {
	pub(crate) chain: Arc<dyn Chain>,
	pub(crate) store: Arc<dyn Store>,
	pub(crate) tokenizer: Arc<dyn Tokenize>,
	pub(crate) keys: Keys,
	pub(crate) serving: Serving,
	pub(crate) board: ProgressBoard,
	pub(crate) inbox: Inbox,
	pub(crate) adversary: NodeAdversary,
	pub(crate) served: Served,
}

impl Server {
	/// Answers until the network is shut down.
	pub(crate) async fn serve(self: Arc<Self>, mut incoming: Incoming) {
		let quote_slots = Arc::new(Semaphore::new(MAX_QUOTES));
		let follower_slots = Arc::new(Semaphore::new(MAX_FOLLOWERS));
		let transcript_slots = Arc::new(Semaphore::new(MAX_TRANSCRIPTS));
		while let Some(IncomingRequest {
			peer,
			request,
			responder,
		}) = incoming.next().await
		{
			let slots = match &request {
				Request::Transcript(_) => &transcript_slots,
				Request::Quote { .. } => &quote_slots,
				Request::Follow { .. } => &follower_slots,
			};
			let Ok(slot) = slots.clone().try_acquire_owned() else {
				let busy = Refusal::Busy {
					retry_after: CROWDED_SECONDS,
				};
				responder.respond(Response::Refused(busy)).await;
				continue;
			};
			let server = self.clone();
			tokio::spawn(async move {
				let response = server.answer(request).await;
				if let Response::Refused(refusal) = &response {
					tracing::debug!(peer, %refusal, "a request is refused");
				}
				responder.respond(response).await;
				drop(slot);
			});
		}
	}

	/// The answer to one request.
	pub(crate) async fn answer(&self, request: Request) -> Response {
		let answer = match request {
			Request::Quote { sealed } => self.quote(&sealed).await,
			Request::Follow { ticket, secret, from } => self.follow(ticket, &secret, from).await,
			Request::Transcript(request) => self.transcript(request).await,
		};
		answer.unwrap_or_else(Response::Refused)
	}

	async fn quote(&self, sealed: &[u8]) -> Result<Response, Refusal> {
		let request: QuoteRequest = seal::open(self.keys.encryption(), sealed)
			.map_err(|error| Refusal::Malformed(error.to_string()))?;
		self.check_caller(&request)?;
		let most = MAX_PROMPT.min((self.serving.max_tokens as usize).saturating_mul(BYTES_PER_TOKEN));
		if request.input.prompt.len() > most {
			return Err(Refusal::Malformed(format!(
				"the prompt has more than {most} bytes"
			)));
		}
		self.check_finality().await?;
		let (tokenizer, prompt) = (self.tokenizer.clone(), request.input.prompt.clone());
		let prompt = tokio::task::spawn_blocking(move || tokenizer.tokenize(&prompt))
			.await
			.map_err(|error| failed("the tokenizer", error))?
			.map_err(Refusal::Malformed)?;
		let basis = self
			.chain
			.basis(
				request.input.workflow,
				request.input.version,
				request.input.caller,
				self.serving.pair,
			)
			.await
			.map_err(|error| failed("the chain", error))?;
		let vectors = match request.input.task {
			Task::Text => None,
			Task::Embedding => {
				let bands = self.chain.bands(self.serving.pair).await;
				let bands = bands.map_err(|error| failed("the chain", error))?;
				bands.and_then(|bands| bands.vector)
			}
		};
		let tokens = u32::try_from(prompt.len()).unwrap_or(u32::MAX);
		let ticket = offer(&self.serving, &basis, &request, tokens, vectors)?;
		let signature = self.keys.sign(&ticket.hash());
		let QuoteRequest {
			input,
			reply_key,
			follow_secret,
			..
		} = request;
		let record = Box::new(TicketRecord {
			ticket,
			signature,
			input,
			prompt,
			reply_key,
			follow_secret,
		});
		let (given, wait) = oneshot::channel();
		self.inbox
			.send(Message::Ticket(record, given))
			.map_err(|_| Refusal::NotServing)?;
		wait.await.map_err(|_| Refusal::NotServing)??;
		Ok(Response::Quoted { ticket, signature })
	}

	/// Whether the caller itself asks, and asks this node: what is promised to an account counts against it.
	fn check_caller(&self, request: &QuoteRequest) -> Result<(), Refusal> {
		let Serving { genesis, node, .. } = &self.serving;
		if request.genesis != *genesis {
			return Err(Refusal::WrongChain(*genesis));
		}
		let message = QuoteRequest::caller_message(genesis, node, &request.input.commitment());
		if !chain_client::verify(&request.input.caller, &message, &request.signature) {
			return Err(Refusal::NotEntitled(
				"the request is not signed by the account that would pay, for this node".into(),
			));
		}
		Ok(())
	}

	/// Whether finality keeps up; no tickets are given where it does not.
	async fn check_finality(&self) -> Result<(), Refusal> {
		let blocks = async { anyhow::Ok((self.chain.finalized().await?, self.chain.best().await?)) };
		let (finalized, best) = blocks.await.map_err(|error| failed("the chain", error))?;
		if best.saturating_sub(finalized) > MAX_LAG {
			tracing::warn!(best, finalized, "finality lies behind, so no tickets are given");
			return Err(Refusal::Busy {
				retry_after: MAX_LAG * BLOCK_SECONDS,
			});
		}
		Ok(())
	}

	async fn follow(&self, ticket: Hash, secret: &[u8; 32], from: u64) -> Result<Response, Refusal> {
		let record = self
			.store
			.ticket(&ticket)
			.map_err(stored)?
			// Whoever lacks the secret learns not even that there is such a ticket.
			.filter(|record| record.follow_secret == *secret)
			.ok_or(Refusal::NotFound)?;
		// Subscribed before the store is asked, so that an end between the two is not missed.
		let mut progress = self.board.follow(ticket);
		let deadline = tokio::time::sleep(LONG_POLL);
		tokio::pin!(deadline);
		loop {
			if let Some(answer) = self.store.answer(&ticket).map_err(stored)? {
				self.board.remove(&ticket);
				let state = RunState::Done {
					stop: answer.stop,
					tokens_in: answer.tokens_in,
					tokens_out: answer.tokens_out,
					transcript: answer.transcript,
				};
				let job = self
					.store
					.transcript(&answer.transcript)
					.map_err(stored)?
					.map(|run| run.job);
				return Ok(followed(
					&record,
					Followed {
						job,
						text: rest_of(&answer.text, from),
						state,
					},
				));
			}
			let now = progress.borrow_and_update().clone();
			let text = rest_of(&now.text, from);
			if !text.is_empty() || now.state.is_final() {
				return Ok(followed(
					&record,
					Followed {
						job: now.job,
						text,
						state: now.state,
					},
				));
			}
			tokio::select! {
				// An error says that the run is over: the store has the answer, or the ticket is gone.
				changed = progress.changed() => if changed.is_err() {
					progress = self.board.follow(ticket);
				},
				() = &mut deadline => {
					return Ok(followed(&record, Followed { job: now.job, text, state: now.state }));
				},
			}
		}
	}

	async fn transcript(&self, request: TranscriptRequest) -> Result<Response, Refusal> {
		if request.genesis != self.serving.genesis {
			return Err(Refusal::WrongChain(self.serving.genesis));
		}
		let find = || -> Result<Transcript, Refusal> {
			let found = self.store.transcript(&request.transcript).map_err(stored)?;
			found
				.filter(|transcript| transcript.job == request.job)
				.ok_or(Refusal::NotFound)
		};
		match request.requester {
			Requester::Caller => {
				let job = self
					.store
					.job(request.job)
					.map_err(stored)?
					.ok_or(Refusal::NotFound)?;
				let record = self
					.store
					.ticket(&job.ticket)
					.map_err(stored)?
					.ok_or(Refusal::NotFound)?;
				Ok(Response::Transcript(seal::seal(&record.reply_key, &find()?)))
			}
			Requester::Auditor {
				account,
				at,
				signature,
			} => {
				let encryption = self
					.admit_auditor(request.job, &request.transcript, account, at, &signature)
					.await?;
				if !self.adversary.deed(request.job).serves_auditors() {
					return Err(Refusal::NotFound);
				}
				let sealed = seal::seal(&encryption, &find()?);
				metrics::counter!("hai_transcripts_served_total").increment(1);
				self.served.note(request.job, account, request.transcript);
				Ok(Response::Transcript(sealed))
			}
		}
	}

	/// Checks that an auditor was drawn and asks itself; returns the key to which the answer is sealed.
	async fn admit_auditor(
		&self,
		job: JobId,
		transcript: &Hash,
		account: Account,
		at: u32,
		signature: &Signature,
	) -> Result<[u8; 32], Refusal> {
		let best = self
			.chain
			.best()
			.await
			.map_err(|error| failed("the chain", error))?;
		if at.abs_diff(best) > MAX_AGE {
			return Err(Refusal::NotEntitled(format!(
				"the request names block {at}, and this is block {best}"
			)));
		}
		let auditor = self
			.chain
			.auditor(job, account)
			.await
			.map_err(|error| failed("the chain", error))?
			.ok_or_else(|| Refusal::NotEntitled("the account was not drawn for this job".into()))?;
		let message =
			TranscriptRequest::auditor_message(&self.serving.genesis, job, transcript, &account, at);
		if !signing::verify(&auditor.audit, &message, signature) {
			return Err(Refusal::NotEntitled(
				"the signature is not the drawn auditor's".into(),
			));
		}
		Ok(auditor.encryption)
	}
}

fn followed(record: &TicketRecord, followed: Followed) -> Response {
	Response::Followed(seal::seal(&record.reply_key, &followed))
}

fn stored(error: StoreError) -> Refusal {
	failed("the store", error)
}

/// The details stay in our log: they are no business of a peer's.
fn failed(what: &str, error: impl std::fmt::Display) -> Refusal {
	tracing::warn!(%error, "{what} failed while a peer was answered");
	Refusal::Failed(format!("{what} does not answer"))
}

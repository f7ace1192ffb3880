//! The flow of one call.

use crate::{
	choice::{Candidate, candidates},
	event::{CallError, CallEvent, CallOutcome, QuoteError, Skipped},
	follow::{AbortOnDrop, RECONNECT_FOR, RECONNECT_PAUSE, watch},
	newest::Newest,
	ticket::Asked,
	turns::{Turn, Turns, USUAL_PATIENCE},
	work::WorkCheck,
};
use chain_client::{
	Account, At, BlockId, ChainClient, JobId, Key, Planck, Stage, SubmitError, WorkflowId,
	chain::execution_log::events,
	jobs,
	nodes::ServingNode,
	workflows::{Publication, Standing},
};
use futures::{StreamExt, stream::BoxStream};
use peer_network::{Network, NetworkConfig, QuoteRequest, Refusal, Request, Response, seal};
use rand::{Rng, rngs::OsRng, seq::SliceRandom};
use receipt::{Hash, JobInput, Sampling, Signature, Task, Ticket, Tier};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How many nodes are asked for a ticket before giving up. Those that are busy are asked again, see
/// [`CallRequest::patience`].
const MOST_TRIES: usize = 8;
/// How long one node may take to give a ticket.
const QUOTE_TIMEOUT: Duration = Duration::from_secs(15);
/// Why a node is not asked for an audited call.
const NOT_CALIBRATED: &str = "the pair on which it runs the model is not calibrated, so nobody could audit the work; use \
	the tier private, or ask the congress to register the pair";

/// Until when a call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
	/// Until the answer is complete, and was compared with the transcript that the node put on chain.
	Answered,
	/// Until the job has ended on chain, in a finalized block.
	Settled,
}

/// What to call, and how.
#[derive(Clone, Debug)]
pub struct CallRequest {
	/// The workflow.
	pub workflow: WorkflowId,
	/// What is asked of its model.
	pub task: Task,
	/// The prompt, as the model reads it.
	pub prompt: String,
	/// Tokens the answer may have; a vector has none.
	pub max_tokens: u32,
	/// How tokens are chosen.
	pub sampling: Sampling,
	/// Who checks the work.
	pub tier: Tier,
	/// The most to pay; without it, the price and a fifth.
	pub max_fee: Option<Planck>,
	/// Only this node, if one is named.
	pub node: Option<Account>,
	/// Until when to wait.
	pub until: Until,
	/// How long to wait in all for nodes that are busy, where no other gives a ticket.
	pub patience: Duration,
}

impl CallRequest {
	/// An audited call of at most 128 tokens at temperature 0.8 that waits for the answer, and a minute at
	/// most for a node that has room.
	pub fn new(workflow: WorkflowId, prompt: impl Into<String>) -> Self {
		Self {
			workflow,
			task: Task::Text,
			prompt: prompt.into(),
			max_tokens: 128,
			sampling: Sampling {
				temperature_milli: 800,
				top_k: 40,
			},
			tier: Tier::Replicated,
			max_fee: None,
			node: None,
			until: Until::Answered,
			patience: USUAL_PATIENCE,
		}
	}

	/// An audited call for the vector of a text.
	pub fn embedding(workflow: WorkflowId, text: impl Into<String>) -> Self {
		Self {
			task: Task::Embedding,
			max_tokens: 0,
			sampling: Sampling::GREEDY,
			..Self::new(workflow, text)
		}
	}
}

/// The network could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot ask nodes: {0}")]
pub struct StartError(#[from] peer_network::StartError);

/// Makes calls for one account. Cheap to clone.
#[derive(Clone)]
pub struct Caller {
	pub(crate) chain: ChainClient,
	pub(crate) network: Network,
	key: Key,
}

/// A ticket that was checked, and what is needed to use it.
pub(crate) struct Quoted {
	pub(crate) node: ServingNode,
	pub(crate) ticket: Ticket,
	signature: Signature,
	/// Opens the node's answers.
	pub(crate) reply_secret: [u8; 32],
	/// Shows the node that it is we who follow.
	pub(crate) follow_secret: [u8; 32],
}

impl Caller {
	/// A caller that pays with `key`, with a network name of its own.
	pub async fn new(chain: ChainClient, key: Key) -> Result<Self, StartError> {
		// A client is asked nothing, so its incoming requests are dropped.
		let (network, _) = Network::start(NetworkConfig::client()).await?;
		Ok(Self::with_network(chain, key, network))
	}

	/// A caller that uses a network it shares with others.
	pub fn with_network(chain: ChainClient, key: Key, network: Network) -> Self {
		Self { chain, network, key }
	}

	/// Makes a call and tells every step to `on_event`.
	pub async fn call(
		&self,
		request: CallRequest,
		mut on_event: impl FnMut(CallEvent) + Send,
	) -> Result<CallOutcome, CallError> {
		let (quoted, panel) = self.quote(&request, &mut on_event).await?;
		on_event(CallEvent::Ticket {
			ticket: Box::new(quoted.ticket),
			panel,
		});
		// The watch begins before the request, so that nothing is missed.
		let watch = watch(&self.chain, quoted.ticket.hash()).await?;
		let (job, requested) = self.request(&quoted, &mut on_event).await?;
		let outcome = CallOutcome {
			job,
			requested,
			ticket: Box::new(quoted.ticket),
			text: String::new(),
			vector: None,
			transcript: None,
			done: None,
			work_check: WorkCheck::Unknown("the answer was not waited for".into()),
			receipt: None,
			class: None,
			quorum: Vec::new(),
			ending: None,
		};
		let mut outcome = self
			.follow(&quoted, request.until, watch, outcome, &mut on_event)
			.await?;
		match request.task {
			Task::Text => {
				outcome.work_check = self.check_text(&quoted, &outcome).await;
				Ok(outcome)
			}
			Task::Embedding => self.with_vector(&quoted, outcome).await,
		}
	}

	/// Makes a call in the background and returns its steps. Where the stream is dropped the call is no longer
	/// followed; the job goes on.
	pub fn stream(&self, request: CallRequest) -> BoxStream<'static, Result<CallStep, CallError>> {
		let (sender, receiver) = mpsc::unbounded_channel();
		let caller = self.clone();
		let task = tokio::spawn(async move {
			let events = sender.clone();
			// A receiver that is gone aborts this task, so a failed send needs no answer.
			let outcome = caller
				.call(request, move |event| {
					drop(events.send(Ok(CallStep::Event(event))))
				})
				.await;
			let _ = sender.send(outcome.map(|outcome| CallStep::Outcome(Box::new(outcome))));
		});
		let guard = AbortOnDrop(task);
		futures::stream::unfold((receiver, guard), |(mut receiver, guard)| async move {
			receiver.recv().await.map(|step| (step, (receiver, guard)))
		})
		.boxed()
	}

	/// Finds a node and a ticket. Returns how many validators may come to check the work, too.
	async fn quote(
		&self,
		request: &CallRequest,
		on_event: &mut (impl FnMut(CallEvent) + Send),
	) -> Result<(Quoted, u32), CallError> {
		let view = self.chain.view(At::Best).await?;
		let mut newest = Newest::new(view.block().number, Instant::now());
		let id = request.workflow;
		let workflow = view.workflow(id).await?.ok_or(CallError::NoWorkflow(id))?;
		match workflow.workflow.standing {
			Standing::Active => (),
			Standing::Retired { .. } => return Err(CallError::NotCallable(id, "withdrawn by its owner")),
			Standing::Banned => return Err(CallError::NotCallable(id, "taken out by the congress")),
		}
		let version = workflow.workflow.latest;
		let publication = workflow.publication.ok_or(CallError::NoWorkflow(id))?;
		check_limits(request, &publication)?;
		let (terms, numbers) = view.terms().await?;
		let min_fee_per_token = numbers.jobs.min_fee_per_token;

		// Nodes promise nothing to who cannot pay; whoever cannot is told so before they are asked.
		let least = publication
			.price
			.min_fee(request.max_tokens.saturating_add(1), 0, min_fee_per_token);
		let free = view.balance(&self.key.account()).await?.free;
		if free < least {
			return Err(CallError::Funds { free, least });
		}

		let mut nodes = view.serving_nodes().await?;
		nodes.retain(|node| request.node.is_none_or(|wanted| wanted == node.account));
		nodes.shuffle(&mut OsRng);
		let mut found = candidates(
			nodes,
			&publication,
			request.prompt.len(),
			request.max_tokens,
			min_fee_per_token,
		);
		let mut tried = Vec::new();
		if request.tier != Tier::Private {
			let calibrations = view.calibrations().await?;
			let can_be_audited = |candidate: &Candidate| {
				calibrations.iter().any(|(pair, calibration)| {
					candidate.pairs.contains(pair)
						&& calibration.is_of(&publication.model)
						&& (request.task == Task::Text || calibration.entry.bands.vector.is_some())
				})
			};
			for candidate in found.extract_if(.., |candidate| !can_be_audited(candidate)) {
				let skipped = Skipped {
					node: candidate.node.account,
					reason: NOT_CALIBRATED.into(),
				};
				on_event(CallEvent::NodeSkipped(skipped.clone()));
				tried.push(skipped);
			}
		}
		let of = found.len();

		found.truncate(MOST_TRIES);
		let mut turns = Turns::new(found, request.patience);
		let (began, mut asked_before) = (Instant::now(), false);
		let later = loop {
			let (candidate, wait) = match turns.next(began.elapsed()) {
				Turn::Ask(candidate, wait) => (candidate, wait),
				Turn::Over(later) => break later,
			};
			if !wait.is_zero() {
				on_event(CallEvent::Waiting {
					node: candidate.node.account,
					time: wait,
				});
				tokio::time::sleep(wait).await;
			}
			// Waits take time, and so do nodes that refuse or do not answer.
			if std::mem::replace(&mut asked_before, true) {
				let best = self.chain.best().await.map(|block| block.number);
				newest.read(best, Instant::now());
			}
			// A fresh salt and nonce for each: what one node refused, or kept, says nothing to the next.
			let input = JobInput {
				workflow: id,
				version,
				task: request.task,
				caller: self.key.account(),
				prompt: request.prompt.clone().into_bytes(),
				max_tokens: request.max_tokens,
				sampling: request.sampling,
				nonce: OsRng.r#gen(),
				salt: OsRng.r#gen(),
			};
			let asked = Asked {
				genesis: self.chain.genesis(),
				node: candidate.node.account,
				audit_key: candidate.node.keys.audit,
				offers: offers(&candidate, &publication.model),
				input: &input,
				tier: request.tier,
				workflow: &publication,
				terms,
				min_fee_per_token,
				max_fee: request.max_fee,
				now: newest.height(),
			};
			match self.ask(&candidate.node, &asked).await {
				Ok(quoted) => {
					on_event(CallEvent::NodeChosen {
						node: candidate.node.account,
						of,
					});
					return Ok((quoted, numbers.verification.panel));
				}
				Err(error) => {
					let skipped = Skipped {
						node: candidate.node.account,
						reason: error.to_string(),
					};
					on_event(CallEvent::NodeSkipped(skipped.clone()));
					match error {
						QuoteError::Refused(Refusal::Busy { retry_after }) => {
							turns.is_busy(candidate, retry_after, began.elapsed());
						}
						_ => tried.push(skipped),
					}
				}
			}
		};
		tried.extend(turns.into_busy().map(|candidate| Skipped {
			node: candidate.node.account,
			reason: "it is busy".into(),
		}));
		Err(match later {
			// Rounded up, or whoever asks again then would be too early.
			Some(later) => CallError::Busy {
				tried,
				retry_after: later.as_millis().div_ceil(1_000) as u32,
			},
			None => CallError::NoNode { tried },
		})
	}

	/// Asks one node for a ticket, and checks it.
	async fn ask(&self, node: &ServingNode, asked: &Asked<'_>) -> Result<Quoted, QuoteError> {
		let (reply_secret, follow_secret) = (seal::new_secret(), OsRng.r#gen());
		let message = QuoteRequest::caller_message(&asked.genesis, &asked.node, &asked.input.commitment());
		let quote = QuoteRequest {
			genesis: asked.genesis,
			input: asked.input.clone(),
			tier: asked.tier,
			reply_key: seal::public_key(&reply_secret),
			follow_secret,
			signature: self.key.sign(&message),
		};
		let request = Request::Quote {
			sealed: seal::seal(&node.keys.encryption, &quote),
		};
		let addresses = node.advertisement.addresses();
		let exchange = self.network.request(&node.keys.peer, &addresses, request);
		let response = tokio::time::timeout(QUOTE_TIMEOUT, exchange)
			.await
			.unwrap_or_else(|_| {
				Err(peer_network::RequestError::Timeout(chain_client::address(
					&node.account,
				)))
			})?;
		let (ticket, signature) = match response {
			Response::Quoted { ticket, signature } => (ticket, signature),
			Response::Refused(refusal) => return Err(QuoteError::Refused(refusal)),
			_ => return Err(QuoteError::Unexpected),
		};
		asked.check(&ticket, &signature)?;
		if ticket.fee > node.capacity {
			return Err(QuoteError::Capacity {
				capacity: node.capacity,
				fee: ticket.fee,
			});
		}
		Ok(Quoted {
			node: node.clone(),
			ticket,
			signature,
			reply_secret,
			follow_secret,
		})
	}

	/// Puts the ticket on chain, for good: until its block is final, another block could give the job another
	/// number. It costs no time, for the node begins its work then too.
	///
	/// Where the connection breaks meanwhile the request may be there all the same, and be paid for: it is looked for.
	async fn request(
		&self,
		quoted: &Quoted,
		on_event: &mut (impl FnMut(CallEvent) + Send),
	) -> Result<(JobId, BlockId), CallError> {
		let call = jobs::request(quoted.ticket, quoted.signature);
		let submitted = self
			.chain
			.submit_until(&call, &self.key, chain_client::Until::Finalized, |stage| {
				if stage == Stage::Ready {
					on_event(CallEvent::Submitted);
				}
			})
			.await;
		let read = submitted.and_then(|included| {
			let event: events::Requested = included.event().ok_or_else(|| SubmitError::Unread {
				reason: "there is no event Requested".into(),
			})?;
			Ok((event.job, included.block))
		});
		let (job, block) = match read {
			Err(error) if error.may_be_included() => {
				tracing::warn!(%error, "the request is looked for on chain");
				find_request(self.chain.url(), &quoted.ticket, error).await?
			}
			read => read?,
		};
		on_event(CallEvent::Requested { job, block });
		Ok((job, block))
	}
}

/// Looks for a request of which nobody knows whether it was included, until it is final or its ticket has expired.
async fn find_request(
	url: &str,
	ticket: &Ticket,
	unknown: SubmitError,
) -> Result<(JobId, BlockId), CallError> {
	let mut last_seen = Instant::now();
	loop {
		match look_for(url, &ticket.hash()).await {
			Ok((Some(found), _)) => return Ok(found),
			Ok((None, block)) if block > ticket.expires_at => {
				let reason = "its ticket has expired meanwhile".to_owned();
				return Err(SubmitError::NotIncluded { reason }.into());
			}
			Ok(_) => last_seen = Instant::now(),
			Err(error) => {
				tracing::debug!(%error, "the chain cannot be read");
				if last_seen.elapsed() > RECONNECT_FOR {
					return Err(unknown.into());
				}
			}
		}
		tokio::time::sleep(RECONNECT_PAUSE).await;
	}
}

/// The job of a ticket and the block of its request, and the newest final block.
async fn look_for(url: &str, ticket: &Hash) -> Result<(Option<(JobId, BlockId)>, u32), CallError> {
	let chain = ChainClient::connect(url).await?;
	let view = chain.view(At::Finalized).await?;
	let now = view.block().number;
	let Some(job) = view.job_of_ticket(ticket).await? else {
		return Ok((None, now));
	};
	let Some(record) = view.job(job).await? else {
		return Ok((None, now));
	};
	let number = record.requested_at;
	let hash = chain.block_hash(number).await?;
	Ok((hash.map(|hash| (job, BlockId { number, hash })), now))
}

/// A step of a call that is streamed.
#[derive(Clone, Debug)]
pub enum CallStep {
	/// Something happened.
	Event(CallEvent),
	/// The call is over. Nothing follows.
	Outcome(Box<CallOutcome>),
}

fn check_limits(request: &CallRequest, workflow: &Publication) -> Result<(), CallError> {
	let reason = if request.prompt.is_empty() {
		"the prompt is empty".to_owned()
	} else if request.task == Task::Embedding && request.max_tokens > 0 {
		"a vector has no tokens of an answer".to_owned()
	} else if request.task == Task::Text && request.max_tokens == 0 {
		"an answer must have one token or more".to_owned()
	} else if request.max_tokens >= workflow.max_tokens {
		let limit = workflow.max_tokens;
		format!(
			"{} tokens of answer, but the workflow takes {limit} for prompt and answer together; ask for fewer",
			request.max_tokens
		)
	} else if !request.sampling.is_valid() {
		"the temperature is at most 10, and top-k is 1 to 64".to_owned()
	} else {
		return Ok(());
	};
	Err(CallError::BadRequest(reason))
}

fn offers(candidate: &Candidate, model: &Hash) -> Vec<(receipt::PairKey, receipt::Price)> {
	let models = candidate.node.advertisement.models.iter();
	models
		.filter(|offer| offer.model == *model)
		.map(|offer| (offer.pair, offer.price()))
		.collect()
}

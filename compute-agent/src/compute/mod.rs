//! The compute role: gives tickets, runs jobs, delivers receipts, keeps transcripts.
//!
//! [`core`] decides; this module does what it says, and tells it what happened. Beside it stand
//! [`offer`] (what a ticket says), the server that answers peers, the progress of runs, what becomes of a run that has
//! ended, and the posting of transcripts to courts that did not fetch them.

pub mod canary;
pub mod core;
mod finish;
pub mod offer;
mod posting;
pub mod process;
mod progress;
mod server;

#[cfg(test)]
mod core_tests;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod shell_tests;

use self::core::{Action, Event, Limits, Phase, State, TicketRecord, Transition, apply};
use crate::{
	adversary::{Deed, NodeAdversary},
	audit::{AuditTask, Bands},
	chain::{Chain, Look},
	engine::{
		Engine,
		record::{Outcome, text_hash},
	},
	health::{Heartbeat, Trouble},
	keys::Keys,
	store::Store,
};
use anyhow::{Context, Result};
use chain_client::canaries::DrawKey;
use finish::{Finisher, RunError};
use futures::future::BoxFuture;
use offer::Serving;
use peer_network::{Incoming, Refusal, RunState};
use posting::{Poster, Served};
use progress::ProgressBoard;
use receipt::{Figures, Hash, JobId, Token, Transcript, Verdict};
use server::Server;
use std::{
	collections::HashMap,
	sync::Arc,
	time::{Duration, Instant},
};
use tokio::{
	sync::{mpsc, oneshot, watch},
	task::AbortHandle,
};

/// How often the finalized chain is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(700);

/// The length of a block, for words about time.
const BLOCK_SECONDS: u32 = 2;

/// After so many blocks without work it is said again that the chain gives none.
const REMIND_AFTER: u32 = 150;

/// Turns prompts into tokens, and tokens into text.
pub trait Tokenize: Send + Sync + 'static {
	/// The tokens, or what is wrong with the prompt.
	fn tokenize(&self, prompt: &[u8]) -> Result<Vec<Token>, String>;

	/// The hash of the text of an answer's tokens.
	fn text_hash(&self, answer: &[Token]) -> Hash;
}

/// The tokens of an engine.
pub struct EngineTokenizer(pub Arc<dyn Engine>);

impl Tokenize for EngineTokenizer {
	fn tokenize(&self, prompt: &[u8]) -> Result<Vec<Token>, String> {
		self.0.tokenize(prompt).map_err(|error| error.to_string())
	}

	fn text_hash(&self, answer: &[Token]) -> Hash {
		text_hash(&*self.0, answer)
	}
}

/// What a run must know.
#[derive(Clone, Debug)]
pub struct RunTask {
	/// The job.
	pub job: JobId,
	/// The seed of its sampling.
	pub seed: Hash,
	/// Input and prompt tokens.
	pub record: TicketRecord,
}

/// Runs jobs, and checks what it ran. Dropping the future ends the run or the check.
pub trait Runner: Send + Sync + 'static {
	/// Runs one; tells each piece of text, which ends between characters, with the number of tokens
	/// so far. All pieces together are the answer's text.
	fn run<'a>(
		&'a self,
		task: &'a RunTask,
		on_text: &'a mut (dyn FnMut(&str, u32) + Send),
	) -> BoxFuture<'a, Result<Outcome, String>>;

	/// Audits a run as an auditor would, with the promised model and by these bands: the verdict, and what was measured. An
	/// error says nothing about the run.
	fn check<'a>(
		&'a self,
		task: &'a AuditTask,
		transcript: &'a Transcript,
		bands: &'a Bands,
	) -> BoxFuture<'a, Result<(Verdict, Figures), String>>;
}

/// What the core's loop is told.
pub(crate) enum Message {
	/// Something happened.
	Event(Event),
	/// A ticket was made; the sender waits until it may be given away.
	Ticket(Box<TicketRecord>, oneshot::Sender<Result<(), Refusal>>),
}

/// The way into the core's loop.
pub(crate) type Inbox = mpsc::UnboundedSender<Message>;

/// The compute role with all it needs.
pub struct Compute {
	/// The chain.
	pub chain: Arc<dyn Chain>,
	/// The disk.
	pub store: Arc<dyn Store>,
	/// Counts the tokens of prompts.
	pub tokenizer: Arc<dyn Tokenize>,
	/// Runs jobs.
	pub runner: Arc<dyn Runner>,
	/// Signs tickets and receipts.
	pub keys: Keys,
	/// What is served.
	pub serving: Serving,
	/// Slots and retention.
	pub limits: Limits,
	/// Whether each run that can be audited is read once here before it is signed.
	pub checks_runs: bool,
	/// Whether transcripts that a court does not fetch are posted.
	pub post_transcripts: bool,
	/// What is done wrong on purpose.
	pub adversary: NodeAdversary,
	/// What draws which jobs are canaries; nothing where none shall be.
	pub draws: Option<DrawKey>,
	/// Told after every look at the chain.
	pub heartbeat: Heartbeat,
}

impl Compute {
	/// Serves until the network is shut down.
	pub async fn serve(self, incoming: Incoming) -> Result<()> {
		let (inbox, messages) = mpsc::unbounded_channel();
		let (board, served) = (ProgressBoard::default(), Served::default());
		let server = Arc::new(Server {
			chain: self.chain.clone(),
			store: self.store.clone(),
			tokenizer: self.tokenizer.clone(),
			keys: self.keys.clone(),
			serving: self.serving,
			board: board.clone(),
			inbox: inbox.clone(),
			adversary: self.adversary.clone(),
			served: served.clone(),
		});
		let state = self.store.load().context("the saved state cannot be read")?;
		let open = state.jobs.len();
		tracing::info!(open, tickets = state.tickets.len(), "the saved state is loaded");
		let (known, known_receiver) = watch::channel((state.next_job, Vec::new()));
		let shell = Shell {
			compute: self,
			inbox,
			board,
			known,
			state,
			waiting: HashMap::new(),
			runs: HashMap::new(),
		};
		let watcher = shell.watch_chain(known_receiver, served);
		tokio::select! {
			result = shell.run(messages) => result,
			() = watcher => unreachable!("the watcher has no end"),
			() = server.serve(incoming) => Ok(()),
		}
	}
}

/// The loop around the core.
struct Shell {
	compute: Compute,
	inbox: Inbox,
	board: ProgressBoard,
	/// What the watcher must ask: the first job not looked at, and the jobs that are known.
	known: watch::Sender<(JobId, Vec<JobId>)>,
	state: State,
	/// Who waits for a ticket.
	waiting: HashMap<Hash, oneshot::Sender<Result<(), Refusal>>>,
	/// Runs under way.
	runs: HashMap<JobId, AbortHandle>,
}

impl Shell {
	async fn run(mut self, mut messages: mpsc::UnboundedReceiver<Message>) -> Result<()> {
		self.happened(Event::Restarted).await?;
		while let Some(message) = messages.recv().await {
			match message {
				Message::Event(event) => self.happened(event).await?,
				Message::Ticket(record, answer) => self.ticket_made(record, answer).await?,
			}
		}
		Ok(())
	}

	async fn ticket_made(
		&mut self,
		record: Box<TicketRecord>,
		answer: oneshot::Sender<Result<(), Refusal>>,
	) -> Result<()> {
		let room = self.state.room_for(&record.ticket.caller, &self.compute.limits);
		if let Err(blocks) = room {
			let retry_after = blocks.saturating_mul(BLOCK_SECONDS);
			// Whoever asked may have gone.
			let _ = answer.send(Err(Refusal::Busy { retry_after }));
			return Ok(());
		}
		self.waiting.insert(record.ticket.hash(), answer);
		self.happened(Event::TicketMade(record)).await
	}

	/// Lets the core decide, writes down what it says, then does it.
	async fn happened(&mut self, event: Event) -> Result<()> {
		let state = std::mem::take(&mut self.state);
		let (state, Transition { writes, actions }) = apply(state, &self.compute.limits, event);
		self.state = state;
		if !writes.is_empty() {
			let store = self.compute.store.clone();
			// A store that fails ends the role: going on would mean acting on what is not written.
			tokio::task::spawn_blocking(move || store.commit(&writes)).await??;
		}
		// Before others begin: what has ended on chain, or was cancelled, gives its slot and its memory back.
		let is_running =
			|job: &JobId| matches!(self.state.jobs.get(job), Some(job) if job.phase == Phase::Running);
		self.runs.retain(|job, run| {
			let keep = is_running(job);
			if !keep {
				run.abort();
			}
			keep
		});
		for action in actions {
			self.act(action)?;
		}
		let known = (self.state.next_job, self.state.jobs.keys().copied().collect());
		self.known.send_replace(known);
		metrics::gauge!("hai_jobs_open").set(self.state.jobs.len() as f64);
		metrics::gauge!("hai_jobs_running").set(self.state.busy() as f64);
		Ok(())
	}

	fn act(&mut self, action: Action) -> Result<()> {
		match action {
			Action::GiveTicket(hash) => {
				if let Some(answer) = self.waiting.remove(&hash) {
					// Whoever asked may have gone; the ticket expires by itself.
					let _ = answer.send(Ok(()));
				}
			}
			Action::Run { job, .. } if self.compute.adversary.deed(job) == Deed::Nothing => {
				tracing::warn!(job, "the job is not run, on purpose");
			}
			Action::Run { job, ticket, seed } => self.start_run(job, ticket, seed)?,
			Action::Announce(ticket) => self.board.remove(&ticket),
			Action::AnnounceFailure(ticket, reason) => {
				self.board
					.update(ticket, |progress| progress.state = RunState::Failed { reason });
				if self.compute.store.ticket(&ticket)?.is_none() {
					self.board.remove(&ticket);
				}
			}
			Action::Deliver { receipt, signature } => {
				let (chain, inbox) = (self.compute.chain.clone(), self.inbox.clone());
				tokio::spawn(async move {
					let job = receipt.job;
					match chain.deliver(*receipt, signature).await {
						Ok(()) => tracing::info!(job, "the receipt is on chain"),
						Err(error) => {
							tracing::warn!(job, error = %format!("{error:#}"), "the receipt was not taken; it is tried again");
							submit_again(&inbox, job, &error);
						}
					}
				});
			}
			Action::OpenCanary(job, opening) => {
				let (chain, inbox) = (self.compute.chain.clone(), self.inbox.clone());
				tokio::spawn(async move {
					match chain.open_canary(job, *opening).await {
						Ok(()) => tracing::info!(job, "the canary is opened"),
						Err(error) => {
							tracing::warn!(job, error = %format!("{error:#}"), "the canary could not be opened");
							submit_again(&inbox, job, &error);
						}
					}
				});
			}
			Action::Cancel(job) if self.compute.adversary.deed(job) == Deed::Nothing => {
				tracing::warn!(job, "the job is not cancelled, on purpose");
			}
			Action::Cancel(job) => {
				let (chain, inbox) = (self.compute.chain.clone(), self.inbox.clone());
				tokio::spawn(async move {
					match chain.cancel(job).await {
						Ok(()) => tracing::warn!(job, "the job is cancelled; its fee went back"),
						Err(error) => {
							tracing::warn!(job, error = %format!("{error:#}"), "the job could not be cancelled");
							submit_again(&inbox, job, &error);
						}
					}
				});
			}
		}
		Ok(())
	}

	fn start_run(&mut self, job: JobId, ticket: Hash, seed: Hash) -> Result<()> {
		let record = self.compute.store.ticket(&ticket)?;
		let inbox = self.inbox.clone();
		let Some(record) = record else {
			let reason = "the prompt of this job is not in the store".to_owned();
			// The loop that reads the inbox is the one that runs this.
			let _ = inbox.send(Message::Event(Event::RunFailed { job, reason }));
			return Ok(());
		};
		tracing::info!(
			job,
			prompt_tokens = record.prompt.len(),
			max_tokens = record.input.max_tokens,
			"a run starts"
		);
		self.board.update(ticket, |progress| {
			progress.job = Some(job);
			progress.text.clear();
			progress.state = RunState::Running { tokens: 0 };
		});
		let runner = self.compute.runner.clone();
		let tokenizer = self.compute.tokenizer.clone();
		let finisher = Finisher {
			chain: self.compute.chain.clone(),
			runner: runner.clone(),
			keys: self.compute.keys.clone(),
			draws: self.compute.draws.clone(),
			checks_runs: self.compute.checks_runs,
		};
		let deed = self.compute.adversary.deed(job);
		let board = self.board.clone();
		let run = tokio::spawn(async move {
			let mut task = RunTask { job, seed, record };
			let asked = task.record.input.sampling;
			task.record.input.sampling = deed.sampling(asked);
			let started = Instant::now();
			let mut whole = String::new();
			let mut on_text = |text: &str, tokens: u32| {
				let text = deed.words(text);
				whole.push_str(&text);
				board.update(ticket, |progress| {
					progress.text.push_str(&text);
					progress.state = RunState::Running { tokens };
				});
			};
			let result = runner.run(&task, &mut on_text).await;
			let seconds = started.elapsed().as_secs_f64();
			task.record.input.sampling = asked;
			let result = match result {
				Ok(outcome) => {
					let promised = &task.record;
					let text = |tokens: &[Token]| tokenizer.text_hash(tokens);
					let outcome = deed.falsify(job, promised.ticket.pair, &promised.prompt, text, outcome);
					finisher.finish(outcome, task, whole).await
				}
				Err(reason) => Err(RunError::Failed(reason)),
			};
			let event = match result {
				Ok(event) => {
					tracing::info!(job, seconds, "a run has ended");
					metrics::counter!("hai_runs_total", "result" => "ok").increment(1);
					metrics::histogram!("hai_run_seconds").record(seconds);
					event
				}
				Err(error) => {
					let reason = error.to_string();
					let result = match error {
						RunError::Failed(_) => {
							tracing::warn!(job, reason, "a run failed");
							"failed"
						}
						RunError::Invalid { figures, .. } => {
							tracing::error!(
								job,
								reason,
								?figures,
								"a run is invalid; it is repeated once, and then its job is cancelled"
							);
							"invalid"
						}
					};
					metrics::counter!("hai_runs_total", "result" => result).increment(1);
					Event::RunFailed { job, reason }
				}
			};
			// Without a loop nobody needs the result: it is computed again after the next start.
			let _ = inbox.send(Message::Event(event));
		});
		self.runs.insert(job, run.abort_handle());
		Ok(())
	}

	/// Looks at the finalized chain again and again and tells the loop what it shows.
	fn watch_chain(
		&self,
		known: watch::Receiver<(JobId, Vec<JobId>)>,
		served: Served,
	) -> impl Future<Output = ()> + use<> {
		let (chain, inbox) = (self.compute.chain.clone(), self.inbox.clone());
		let (node, heartbeat) = (self.compute.serving.node, self.compute.heartbeat.clone());
		let mut poster = self.compute.post_transcripts.then(|| {
			Poster::new(
				self.compute.chain.clone(),
				self.compute.store.clone(),
				self.compute.adversary.clone(),
				served,
			)
		});
		async move {
			let (mut seen, mut trouble) = (Seen::default(), Trouble::default());
			loop {
				if trouble.note(look(&*chain, node, &known, &inbox, &mut seen, poster.as_mut()).await) {
					heartbeat.beat();
				}
				tokio::time::sleep(LOOK_EVERY).await;
			}
		}
	}
}

/// What earlier looks have shown.
#[derive(Default)]
struct Seen {
	best: Option<u32>,
	finalized: Option<u32>,
	/// The block at which it was said last that the chain gives this node no work.
	idle: Option<u32>,
}

impl Seen {
	/// Says it loudly where the chain gives this node no work: nobody else would tell the operator.
	fn note_serving(&mut self, look: &Look) {
		metrics::gauge!("hai_serving").set(if look.is_serving { 1.0 } else { 0.0 });
		if look.is_serving {
			if self.idle.take().is_some() {
				tracing::info!(block = look.block, "the chain gives this node work again");
			}
			return;
		}
		if self.idle.is_none_or(|at| look.block >= at + REMIND_AFTER) {
			tracing::error!(
				block = look.block,
				"the chain gives this node NO WORK: its bond was slashed below the least or chilled, or its \
				 advertisement is gone. Start the agent again: it adds to the bond, resumes and advertises"
			);
			self.idle = Some(look.block);
		}
	}
}

/// Has a failed submission repeated soon, unless the chain itself said no and took its fee for that: then it would
/// say so in each block.
fn submit_again(inbox: &Inbox, job: JobId, error: &anyhow::Error) {
	let is_final = error
		.downcast_ref::<chain_client::SubmitError>()
		.is_some_and(|error| error.failure().is_some());
	if !is_final {
		// Without a loop nothing is submitted any more.
		let _ = inbox.send(Message::Event(Event::NotSubmitted(job)));
	}
}

async fn look(
	chain: &dyn Chain,
	node: receipt::Account,
	known: &watch::Receiver<(JobId, Vec<JobId>)>,
	inbox: &Inbox,
	seen: &mut Seen,
	poster: Option<&mut Poster>,
) -> Result<()> {
	// The loop is gone only when everything ends.
	let tell = |event| drop(inbox.send(Message::Event(event)));
	let finalized = chain.finalized().await?;
	let best = chain.best().await?;
	if seen.best.replace(best) != Some(best) {
		tell(Event::Best(best));
	}
	if seen.finalized == Some(finalized) {
		return Ok(());
	}
	let (from, jobs) = known.borrow().clone();
	let look = chain.look(node, from, jobs).await?;
	seen.note_serving(&look);
	if let Some(poster) = poster {
		poster.consider(look.block, best, &look.courts, &known.borrow().1);
	}
	for assigned in look.assigned {
		tracing::info!(
			job = assigned.job,
			deliver_by = assigned.deliver_by,
			"a job was requested"
		);
		tell(Event::Assigned {
			job: assigned.job,
			ticket: assigned.ticket,
			seed: assigned.seed,
			deliver_by: assigned.deliver_by,
		});
	}
	tell(Event::Finalized {
		block: look.block,
		next_job: look.next_job,
		statuses: look.statuses,
	});
	metrics::gauge!("hai_finalized_block").set(f64::from(look.block));
	seen.finalized = Some(look.block);
	Ok(())
}

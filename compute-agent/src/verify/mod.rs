//! The verifier role: fetches transcripts and says whether the work was done.
//!
//! A validator's node asks again and again, over loopback, until there is an answer ([`http`]). An
//! answer once given stands: it is written down before it is told, because the validator commits to
//! it and must reveal exactly that later.

mod answers;
mod evidence;
pub mod http;
mod posted;
mod process;

#[cfg(test)]
mod tests;

pub use answers::{Answers, AnswersError, Asked};
pub use evidence::Auditors;
pub use process::ProcessAudits;

use crate::{
	adversary::{Source, VerifierAdversary, copied},
	audit::{AuditTask, Audited, Bands},
	chain::Chain,
	engine::Description,
	keys::Keys,
	net::Net,
};
use codec::{Decode, Encode};
use futures::future::BoxFuture;
use peer_network::{Request, Requester, Response, TranscriptRequest, seal};
use receipt::{
	Account, Figures, Hash, Task, Transcript, Verdict,
	attestation::Reason,
	trace::{Evidence, Tracer},
};
use std::{
	collections::{HashMap, HashSet},
	sync::{Arc, Mutex},
	time::Duration,
};
use tokio::{
	sync::{OnceCell, Semaphore},
	time::Instant,
};

/// The part of the time left after which a transcript that could not be fetched is unavailable.
const PATIENCE: f64 = 0.7;

/// Who is asked later than so long before the end has no time for a second attempt: a transcript that does not come
/// then is held against nobody.
const LEAST_TIME: Duration = Duration::from_secs(6);

/// How long to wait between two attempts to fetch a transcript.
const RETRY_AFTER: Duration = Duration::from_millis(1_500);

/// Prefills whose result is remembered, for the other auditors of the same job on this machine.
const MAX_SHARED: usize = 1_000;

/// What a validator's node asks.
#[derive(Clone, Debug)]
pub struct AuditRequest {
	/// The chain.
	pub genesis: Hash,
	/// For which validator.
	pub auditor: Account,
	/// Who ran the job.
	pub node: Account,
	/// Which stage asks, counted from zero and on from three once a canary was opened.
	pub round: u8,
	/// What is known of the job from the chain.
	pub task: AuditTask,
	/// Who else looks, or looked, at it.
	pub auditors: Auditors,
	/// How long the validator can wait for the answer.
	pub time_left: Duration,
}

impl AuditRequest {
	/// What names the answer.
	fn asked(&self) -> Asked {
		Asked {
			receipt: self.task.receipt.hash(),
			auditor: self.auditor,
			sitting: self.auditors.sitting(self.round),
		}
	}
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Found {
	/// The verdict.
	pub verdict: Verdict,
	/// What was measured.
	pub figures: Figures,
	/// What shows that it was.
	pub evidence: Evidence,
}

impl Found {
	/// A verdict without a measurement.
	fn unmeasured(verdict: Verdict) -> Self {
		Self {
			verdict,
			figures: Figures::default(),
			evidence: Evidence::default(),
		}
	}
}

/// Why a request for an audit has no answer and will have none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
	/// The request is about another chain.
	#[error("this verifier audits for the chain with genesis {}", hex::encode(.0))]
	OtherChain(Hash),
	/// The auditor's keys are not here.
	#[error("the keys of {0} are not here: start the verifier with its key file (--keys)")]
	UnknownAuditor(String),
}

/// Why there is no transcript.
enum Unfetched {
	/// The node does not give it.
	ByNode(String),
	/// It is our own failure, or may be: our chain cannot be read, our keys are not those on chain, or we were
	/// asked too late.
	ByUs(String),
}

/// Audits runs with one model. Dropping the future ends the audit.
pub trait Audits: Send + Sync + 'static {
	/// Audits one by these bands within `time`, and computes the traces of `tracers`. An error is our own failure: it says
	/// nothing about the run.
	fn audit<'a>(
		&'a self,
		task: &'a AuditTask,
		transcript: &'a Transcript,
		bands: &'a Bands,
		tracers: &'a [Tracer],
		time: Duration,
	) -> BoxFuture<'a, Result<Audited, String>>;
}

/// A model whose runs can be checked.
pub struct Checker {
	/// What it says of itself.
	pub description: Description,
	/// Checks its runs.
	pub audits: Arc<dyn Audits>,
}

/// The verifier.
pub struct Verifier {
	chain: Arc<dyn Chain>,
	net: Arc<dyn Net>,
	auditors: HashMap<Account, Keys>,
	checkers: Vec<Arc<Checker>>,
	answers: Answers,
	adversary: VerifierAdversary,
	/// Audits under way.
	running: Mutex<HashSet<Asked>>,
	/// One prefill serves all auditors of a job on this machine.
	shared: Mutex<HashMap<Hash, Arc<OnceCell<Audited>>>>,
	/// An audit uses all cores, so one at a time is fastest. None keeps its turn longer than it has time.
	prefill: Arc<Semaphore>,
}

impl Verifier {
	/// A verifier for these validators with these models. `adversary` is what it does wrong on purpose.
	pub fn new(
		chain: Arc<dyn Chain>,
		net: Arc<dyn Net>,
		keys: Vec<Keys>,
		checkers: Vec<Checker>,
		answers: Answers,
		adversary: VerifierAdversary,
	) -> Arc<Self> {
		Arc::new(Self {
			chain,
			net,
			auditors: keys.into_iter().map(|keys| (keys.account(), keys)).collect(),
			checkers: checkers.into_iter().map(Arc::new).collect(),
			answers,
			adversary,
			running: Mutex::default(),
			shared: Mutex::default(),
			prefill: Arc::new(Semaphore::new(1)),
		})
	}

	/// The answer to a request, if there is one already; otherwise the audit goes on, or begins.
	pub fn ask(self: &Arc<Self>, request: &AuditRequest) -> Result<Option<Found>, AskError> {
		let genesis = self.chain.genesis();
		if request.genesis != genesis {
			return Err(AskError::OtherChain(genesis));
		}
		let address = || chain_client::address(&request.auditor);
		let keys = self
			.auditors
			.get(&request.auditor)
			.ok_or_else(|| AskError::UnknownAuditor(address()))?;
		let asked = request.asked();
		match self.answers.get(&asked) {
			Ok(Some(found)) => return Ok(Some(found)),
			Ok(None) => {}
			Err(error) => {
				tracing::error!(%error, "the answers given so far cannot be read; no new ones are given");
				return Ok(None);
			}
		}
		let pair = request.task.receipt.pair;
		let Some(checker) = self
			.checkers
			.iter()
			.find(|checker| checker.description.pair == pair)
		else {
			// The auditor was drawn because it declared this pair, so the lack of its model is held against no node.
			tracing::warn!(
				job = request.task.job,
				pair = hex::encode(pair),
				"this pair cannot be checked here, though its validator declared it and pays for the audit that it misses: \
				 load its model, or take the pair back with `hai validator pairs`"
			);
			return Ok(None);
		};
		let is_new = self
			.running
			.lock()
			.expect("no holder of this lock panics")
			.insert(asked);
		if is_new {
			let (verifier, keys, checker) = (self.clone(), keys.clone(), checker.clone());
			let request = request.clone();
			tokio::spawn(async move {
				verifier.work(&request, &keys, checker).await;
				verifier
					.running
					.lock()
					.expect("no holder of this lock panics")
					.remove(&asked);
			});
		}
		Ok(None)
	}

	/// Finds an answer and writes it down. On an error of our own nothing is written: the next question
	/// begins again.
	async fn work(&self, request: &AuditRequest, keys: &Keys, checker: Arc<Checker>) {
		let job = request.task.job;
		let auditor = chain_client::address(&request.auditor);
		let began = Instant::now();
		let found = match self.adversary.source() {
			Source::Audit => self.look(request, keys, checker, began + request.time_left).await,
			Source::Others => self.copy(request).await,
			Source::Nowhere => Some(Found::unmeasured(Verdict::Valid)),
		};
		let Some(found) = found.map(|found| Found {
			verdict: self.adversary.tells(found.verdict),
			evidence: self.adversary.shows(found.evidence),
			..found
		}) else {
			return;
		};
		tokio::time::sleep_until(began + self.adversary.keeps_back(job, request.time_left)).await;
		if let Err(error) = self.answers.put(&request.asked(), &found) {
			tracing::error!(job, auditor, %error, "the answer could not be written down, so it is not given");
			return;
		}
		let verdict = match found.verdict {
			Verdict::Valid => "valid",
			Verdict::Invalid(_) => "invalid",
			Verdict::Unavailable => "unavailable",
		};
		metrics::counter!("hai_audits_total", "verdict" => verdict).increment(1);
		tracing::info!(job, auditor, verdict = ?found.verdict, figures = ?found.figures, "audited");
	}

	/// Fetches and audits; nothing on an error of our own, or after `end`.
	async fn look(
		&self,
		request: &AuditRequest,
		keys: &Keys,
		checker: Arc<Checker>,
		end: Instant,
	) -> Option<Found> {
		let job = request.task.job;
		let auditor = chain_client::address(&request.auditor);
		let deadline = end - request.time_left.mul_f64(1.0 - PATIENCE);
		match self.fetch(request, keys, deadline).await {
			Ok(transcript) => match self.check(request, checker, transcript, end).await {
				Ok(found) => Some(found),
				Err(error) => {
					tracing::error!(job, auditor, %error, "the audit failed on our side");
					None
				}
			},
			Err(Unfetched::ByNode(reason)) => {
				tracing::warn!(
					job,
					auditor,
					reason,
					"the transcript could not be fetched in time"
				);
				Some(Found::unmeasured(Verdict::Unavailable))
			}
			Err(Unfetched::ByUs(reason)) => {
				tracing::error!(
					job,
					auditor,
					reason,
					"the transcript could not be asked for as it should; this is held against nobody"
				);
				None
			}
		}
	}

	/// What one answers who looks at others instead of at the work; nothing while the chain is silent.
	async fn copy(&self, request: &AuditRequest) -> Option<Found> {
		let (node, job, reader) = (request.node, request.task.job, request.auditor);
		match self.chain.revealed(node, job, reader).await {
			Ok(verdicts) => Some(Found::unmeasured(copied(&verdicts))),
			Err(error) => {
				tracing::error!(job, error = %format!("{error:#}"), "there is nothing to copy from");
				None
			}
		}
	}

	/// Asks the node for the transcript, and looks for one that it posted on chain, until it is here or the deadline has
	/// passed. The node is to blame if it was asked, or could not be, in any attempt, and there was time for more than one.
	async fn fetch(
		&self,
		request: &AuditRequest,
		keys: &Keys,
		deadline: Instant,
	) -> Result<Transcript, Unfetched> {
		let mut asked = false;
		loop {
			let attempt = tokio::time::timeout_at(deadline, self.fetch_once(request, keys, &mut asked)).await;
			let reason = match attempt {
				Ok(Ok(transcript)) => return Ok(transcript),
				Ok(Err(reason)) => reason,
				Err(_) => "no answer in time".to_owned(),
			};
			tracing::debug!(job = request.task.job, reason, "the transcript is not here yet");
			if Instant::now() + RETRY_AFTER >= deadline {
				return Err(if asked && request.time_left >= LEAST_TIME {
					Unfetched::ByNode(reason)
				} else {
					Unfetched::ByUs(reason)
				});
			}
			tokio::time::sleep(RETRY_AFTER).await;
		}
	}

	async fn fetch_once(
		&self,
		request: &AuditRequest,
		keys: &Keys,
		asked: &mut bool,
	) -> Result<Transcript, String> {
		let text = |error: anyhow::Error| format!("{error:#}");
		// The node would refuse us with other keys than those on chain, and rightly so.
		let seat = self
			.chain
			.auditor(request.task.job, request.auditor)
			.await
			.map_err(text)?;
		let seat = seat.ok_or("the chain does not show this auditor as drawn for the job")?;
		let own = keys.public();
		if (seat.audit, seat.encryption) != (own.audit, own.encryption) {
			return Err("the key file is not the one on chain".into());
		}
		if let Some(transcript) = self.posted(request, keys).await {
			return Ok(transcript);
		}
		let contact = self.chain.contact(request.node).await.map_err(text)?;
		let at = self.chain.best().await.map_err(text)?;
		*asked = true;
		let contact = contact.ok_or("the node has no keys on chain")?;
		let (job, hash) = (request.task.job, request.task.transcript());
		let account = request.auditor;
		let message = TranscriptRequest::auditor_message(&request.genesis, job, &hash, &account, at);
		let requester = Requester::Auditor {
			account,
			at,
			signature: keys.sign(&message),
		};
		let transcript = TranscriptRequest {
			genesis: request.genesis,
			job,
			transcript: hash,
			requester,
		};
		let response = self
			.net
			.request(
				contact.keys.peer,
				contact.addresses,
				Request::Transcript(transcript),
			)
			.await
			.map_err(|error| error.to_string())?;
		let sealed = match response {
			Response::Transcript(sealed) => sealed,
			Response::Refused(refusal) => return Err(refusal.to_string()),
			_ => return Err("the node answered something else".into()),
		};
		let transcript: Transcript =
			seal::open(keys.encryption(), &sealed).map_err(|error| error.to_string())?;
		// Whatever is not the promised transcript counts as not fetched, never against the work.
		if transcript.hash() != hash {
			return Err("the node sent another transcript than the receipt names".into());
		}
		Ok(transcript)
	}

	/// One prefill, shared by all auditors of the job on this machine. It computes the traces of all who sit or sat. Nothing
	/// is found after `end`.
	async fn check(
		&self,
		request: &AuditRequest,
		checker: Arc<Checker>,
		transcript: Transcript,
		end: Instant,
	) -> Result<Found, String> {
		let text = |error: anyhow::Error| format!("{error:#}");
		let pair = request.task.receipt.pair;
		// Without bands nobody could tell a cheat from an odd machine. Every audited job has them, where the chain has the
		// job: a fork may not.
		let bands = self.chain.bands_of(request.task.job).await.map_err(text)?;
		let bands = bands.ok_or("the chain shows no bands by which this job is audited")?;
		if Task::Embedding.is_checked_by(&request.task.receipt.check) && bands.vector.is_none() {
			tracing::warn!(
				job = request.task.job,
				pair = hex::encode(pair),
				"vectors of this pair were not measured, so nothing is said of this one"
			);
			return Ok(Found::unmeasured(Verdict::Unavailable));
		}
		// A pair says what was run; the workflow says what was promised. Both must be one model.
		let promised = self
			.chain
			.promised_model(request.task.job)
			.await
			.map_err(text)?
			.ok_or("the job is not on this chain")?;
		if checker.description.model != promised {
			return Ok(Found::unmeasured(Verdict::Invalid(Reason::Structure)));
		}
		let tracers = request.auditors.tracers(request.round);
		let cell = {
			let mut shared = self.shared.lock().expect("no holder of this lock panics");
			if shared.len() >= MAX_SHARED {
				shared.retain(|_, cell| cell.get().is_none());
			}
			shared
				.entry(shared_name(&request.task, &bands, &tracers))
				.or_default()
				.clone()
		};
		let task = request.task;
		let prefill = self.prefill.clone();
		let audited = cell
			.get_or_try_init(|| async move {
				let _turn = tokio::time::timeout_at(end, prefill.acquire_owned())
					.await
					.map_err(|_| "other audits took all the time there was".to_owned())?
					.map_err(|error| error.to_string())?;
				let started = Instant::now();
				let time = end.saturating_duration_since(started);
				let audited = checker
					.audits
					.audit(&task, &transcript, &bands, &tracers, time)
					.await?;
				let seconds = started.elapsed().as_secs_f64();
				metrics::histogram!("hai_audit_seconds").record(seconds);
				tracing::info!(job = task.job, seconds, "a prefill has ended");
				Ok::<_, String>(audited)
			})
			.await?;
		Ok(Found {
			verdict: audited.verdict,
			figures: audited.figures,
			evidence: request.auditors.evidence(&request.auditor, audited),
		})
	}
}

/// All that an audit depends on beside the transcript, which the receipt names.
fn shared_name(task: &AuditTask, bands: &Bands, tracers: &[Tracer]) -> Hash {
	let AuditTask {
		job,
		receipt,
		ticket,
		input,
		max_tokens,
		nonce,
		randomness,
		opened,
	} = task;
	let all = (
		job, receipt, ticket, input, max_tokens, nonce, randomness, opened, bands, tracers,
	);
	*blake3::hash(&all.encode()).as_bytes()
}

//! What the roles need of a chain, and how they get it from a node.

use crate::compute::{canary::CanaryBasis, core::ChainStatus, offer::Basis};
use anyhow::{Context, Result};
use calibration::Bands;
use chain_client::{
	At, ChainClient, Key, SubmitError, View, canaries, disputes,
	jobs::{self, JobState},
	workflows::Standing,
};
use futures::future::BoxFuture;
use receipt::{
	Account, Hash, JobId, PairKey, Receipt, Signature, Verdict, WorkflowId, canary::CanaryOpening,
	keys::KeySet,
};
use std::sync::Arc;
use tokio::sync::RwLock;
use verification::Stage;

pub use chain_client::workflows::PriceMode;

/// Jobs before the newest one that are looked at when the store remembers none: if it was lost, open
/// jobs of this node are found there and given back to their callers.
const LOOK_BACK: JobId = 1_000;

/// Jobs before one among which revealed verdicts about the same node are looked for.
const LOOK_BACK_FOR_VERDICTS: JobId = 100;

/// The part of a published workflow version that a node must know.
#[derive(Clone, Copy, Debug)]
pub struct Publication {
	/// The content hash of the model.
	pub model: Hash,
	/// The most tokens of one call, prompt and answer together.
	pub max_tokens: u32,
	/// What a call costs.
	pub price: chain_client::workflows::Price,
}

impl Publication {
	/// Whether the node's own price counts.
	pub fn node_may_ask(&self) -> bool {
		self.price.mode == PriceMode::CostPlus
	}
}

/// A job that waits for its receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssignedJob {
	/// The job.
	pub job: JobId,
	/// The hash of its ticket.
	pub ticket: Hash,
	/// The seed of its sampling.
	pub seed: Hash,
	/// The last block in which its receipt may be delivered.
	pub deliver_by: u32,
}

/// The finalized chain, as far as it concerns one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
	/// The block.
	pub block: u32,
	/// The number that the next job will get.
	pub next_job: JobId,
	/// Jobs of the node that were not looked at before.
	pub assigned: Vec<AssignedJob>,
	/// Where the jobs stand that the node knows.
	pub statuses: Vec<(JobId, ChainStatus)>,
	/// The courts that take commitments on those jobs.
	pub courts: Vec<Court>,
	/// Whether callers can find the node: its bond suffices, is not chilled, and it advertises.
	pub is_serving: bool,
}

/// A panel or a jury that takes commitments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Court {
	/// The job it sits on.
	pub job: JobId,
	/// Which of the two it is.
	pub stage: Stage,
	/// The last block for commitments.
	pub commit_until: u32,
	/// The hash of the job's transcript.
	pub transcript: Hash,
	/// Its auditors.
	pub seats: Vec<Account>,
	/// Those of them that have not committed.
	pub silent: Vec<Account>,
	/// Whether the node has posted the transcript for it.
	pub is_posted: bool,
}

/// The court that a job's record shows; nothing while none takes commitments.
fn court_of(job: JobId, record: &jobs::Job, now: u32) -> Option<Court> {
	let JobState::Auditing {
		stage, commit_until, ..
	} = record.state
	else {
		return None;
	};
	let stage = Stage::from(stage);
	if stage == Stage::Auditor || now >= commit_until {
		return None;
	}
	let silent = record.committee.iter().filter(|seat| seat.commitment.is_none());
	let posted = record.audit.posted;
	Some(Court {
		job,
		stage,
		commit_until,
		transcript: record.audited_transcript()?,
		seats: record.committee.iter().map(|seat| seat.auditor).collect(),
		silent: silent.map(|seat| seat.auditor).collect(),
		is_posted: posted.is_some_and(|posted| Stage::from(posted.stage) == stage),
	})
}

/// A drawn auditor of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auditor {
	/// The key that speaks for it.
	pub audit: [u8; 32],
	/// The key to which the transcript is sealed.
	pub encryption: [u8; 32],
}

/// Where a node is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeContact {
	/// Its keys.
	pub keys: KeySet,
	/// Its advertised addresses.
	pub addresses: Vec<String>,
}

/// What the roles need of a chain.
pub trait Chain: Send + Sync + 'static {
	/// The hash of its first block.
	fn genesis(&self) -> Hash;
	/// The number of the newest finalized block.
	fn finalized(&self) -> BoxFuture<'_, Result<u32>>;
	/// The number of the newest block.
	fn best(&self) -> BoxFuture<'_, Result<u32>>;
	/// What the newest finalized block shows of a node: its jobs from number `from` on, and where
	/// those in `known` stand.
	fn look(&self, node: Account, from: JobId, known: Vec<JobId>) -> BoxFuture<'_, Result<Look>>;
	/// What a ticket for a workflow is made from, for this caller, where the work is done under this pair.
	fn basis(
		&self,
		workflow: WorkflowId,
		version: u32,
		caller: Account,
		pair: PairKey,
	) -> BoxFuture<'_, Result<Basis>>;
	/// The auditor with this account, if it was drawn for the job.
	fn auditor(&self, job: JobId, account: Account) -> BoxFuture<'_, Result<Option<Auditor>>>;
	/// The content hash of the model that the workflow of a job promises; nothing where the job is not there.
	fn promised_model(&self, job: JobId) -> BoxFuture<'_, Result<Option<Hash>>>;
	/// What others than `reader` revealed about a job of `node`: about this one, or, while nobody has, about
	/// the latest one before it.
	fn revealed(&self, node: Account, job: JobId, reader: Account) -> BoxFuture<'_, Result<Vec<Verdict>>>;
	/// What honest runs of a pair may differ by; nothing where it is not calibrated.
	fn bands(&self, pair: PairKey) -> BoxFuture<'_, Result<Option<Bands>>>;
	/// By what bands a job is audited: those of its pair at the request. Nothing for a job that is not audited, or is not
	/// there.
	fn bands_of(&self, job: JobId) -> BoxFuture<'_, Result<Option<Bands>>>;
	/// Where a node is reached; nothing for an account without keys.
	fn contact(&self, node: Account) -> BoxFuture<'_, Result<Option<NodeContact>>>;
	/// Delivers a receipt; returns when it is in a block.
	fn deliver(&self, receipt: Receipt, signature: Signature) -> BoxFuture<'_, Result<()>>;
	/// Declines a job; returns when that is in a block.
	fn cancel(&self, job: JobId) -> BoxFuture<'_, Result<()>>;
	/// Posts a job's sealed transcript for the court that sits on it; returns when that is in a block.
	fn post(&self, job: JobId, sealed: Vec<u8>) -> BoxFuture<'_, Result<()>>;
	/// What the node posted for the stage that sits on a job now, if it did.
	fn posted(&self, job: JobId) -> BoxFuture<'_, Result<Option<Vec<u8>>>>;
	/// What a job's draw depends on; nothing where the job is not there.
	fn canary_basis(&self, job: JobId) -> BoxFuture<'_, Result<Option<CanaryBasis>>>;
	/// Shows that a job's receipt is a canary; returns when that is in a block.
	fn open_canary(&self, job: JobId, opening: CanaryOpening) -> BoxFuture<'_, Result<()>>;
}

/// A chain behind a node's WebSocket address. A lost connection is made again by the next call.
pub struct NodeChain {
	url: String,
	genesis: Hash,
	client: RwLock<ChainClient>,
	key: Option<Key>,
}

impl NodeChain {
	/// Connects. `key` signs what needs the account's signature.
	pub async fn connect(url: &str, key: Option<Key>) -> Result<Arc<Self>> {
		let client = ChainClient::connect(url).await?;
		Ok(Arc::new(Self {
			url: url.to_owned(),
			genesis: client.genesis(),
			client: RwLock::new(client),
			key,
		}))
	}

	/// The connection, as it is now.
	pub async fn client(&self) -> ChainClient {
		self.client.read().await.clone()
	}

	/// Does something with the connection, once more on a new one if it is lost.
	async fn with<T, F>(&self, act: impl Fn(ChainClient) -> F) -> Result<T>
	where
		F: Future<Output = Result<T>> + Send,
	{
		match act(self.client().await).await {
			Err(error) if is_lost(&error) => {
				let client = ChainClient::connect(&self.url).await?;
				tracing::warn!(
					url = self.url,
					"the connection to the node was lost and made again"
				);
				anyhow::ensure!(
					client.genesis() == self.genesis,
					"the node at {} serves another chain now",
					self.url
				);
				*self.client.write().await = client.clone();
				act(client).await
			}
			result => result,
		}
	}

	async fn view(&self, at: At) -> Result<View> {
		self.with(move |client| async move { Ok(client.view(at).await?) })
			.await
	}

	fn key(&self) -> Result<&Key> {
		self.key
			.as_ref()
			.context("the account's secret is not in the key file, so nothing can be signed on its behalf")
	}
}

async fn is_serving(view: &View, node: &Account) -> Result<bool> {
	let Some(bond) = view.bond(node).await? else {
		return Ok(false);
	};
	let (_, terms) = view.terms().await?;
	Ok(!bond.chilled
		&& bond.active >= terms.staking.min_node_bond
		&& view.advertisement(node).await?.is_some())
}

/// Whether connecting again may help.
fn is_lost(error: &anyhow::Error) -> bool {
	error
		.downcast_ref::<chain_client::ReadError>()
		.is_some_and(chain_client::ReadError::is_connection)
		|| error
			.downcast_ref::<SubmitError>()
			.is_some_and(SubmitError::is_connection)
}

impl Chain for NodeChain {
	fn genesis(&self) -> Hash {
		self.genesis
	}

	fn finalized(&self) -> BoxFuture<'_, Result<u32>> {
		Box::pin(async {
			Ok(self
				.with(|client| async move { Ok(client.finalized().await?) })
				.await?
				.number)
		})
	}

	fn best(&self) -> BoxFuture<'_, Result<u32>> {
		Box::pin(async {
			Ok(self
				.with(|client| async move { Ok(client.best().await?) })
				.await?
				.number)
		})
	}

	fn look(&self, node: Account, from: JobId, known: Vec<JobId>) -> BoxFuture<'_, Result<Look>> {
		Box::pin(async move {
			let view = self.view(At::Finalized).await?;
			let next_job = view.next_job().await?;
			let from = if from == 0 {
				next_job.saturating_sub(LOOK_BACK)
			} else {
				from
			};
			let count = u32::try_from(next_job.saturating_sub(from)).unwrap_or(u32::MAX);
			let mut assigned = Vec::new();
			for (job, record) in view.jobs(from, count).await? {
				let JobState::Assigned { deliver_by } = record.state else {
					continue;
				};
				if record.ticket.node == node {
					assigned.push(AssignedJob {
						job,
						ticket: record.ticket_hash,
						seed: record.seed(job),
						deliver_by,
					});
				}
			}
			let (mut statuses, mut courts) = (Vec::new(), Vec::new());
			for job in known {
				// This view may be of an older block than one that was seen before.
				if job >= next_job {
					continue;
				}
				// A record that is gone was pruned after its end.
				let record = view.job(job).await?;
				courts.extend(
					record
						.as_ref()
						.and_then(|record| court_of(job, record, view.block().number)),
				);
				let status = match record {
					Some(record) if matches!(record.state, JobState::Assigned { .. }) => {
						ChainStatus::Assigned
					}
					Some(record) if record.can_be_opened() => ChainStatus::Openable,
					Some(record) if record.state.ended_at().is_none() => ChainStatus::Delivered,
					_ => ChainStatus::Ended,
				};
				statuses.push((job, status));
			}
			Ok(Look {
				block: view.block().number,
				next_job,
				assigned,
				statuses,
				courts,
				is_serving: is_serving(&view, &node).await?,
			})
		})
	}

	fn basis(
		&self,
		workflow: WorkflowId,
		version: u32,
		caller: Account,
		pair: PairKey,
	) -> BoxFuture<'_, Result<Basis>> {
		Box::pin(async move {
			let view = self.view(At::Best).await?;
			let (terms, numbers) = view.terms().await?;
			let entry = view.workflow(workflow).await?;
			let is_active = entry.is_some_and(|entry| matches!(entry.workflow.standing, Standing::Active));
			let publication = if is_active {
				view.workflow_version(workflow, version).await?
			} else {
				None
			};
			Ok(Basis {
				block: view.block().number,
				terms,
				min_fee_per_token: numbers.jobs.min_fee_per_token,
				funds: view.balance(&caller).await?.free,
				auditors: view.auditors_for(&pair).await?,
				least_auditors: numbers.verification.min_eligible,
				publication: publication.map(|publication| Publication {
					model: publication.model,
					max_tokens: publication.max_tokens,
					price: publication.price,
				}),
			})
		})
	}

	fn auditor(&self, job: JobId, account: Account) -> BoxFuture<'_, Result<Option<Auditor>>> {
		Box::pin(async move {
			let view = self.view(At::Best).await?;
			let Some(record) = view.job(job).await? else {
				return Ok(None);
			};
			let Some(seat) = record.committee.into_iter().find(|seat| seat.auditor == account) else {
				return Ok(None);
			};
			let keys = view.keys(&account).await?;
			Ok(keys.map(|keys| Auditor {
				audit: seat.key,
				encryption: keys.encryption,
			}))
		})
	}

	fn promised_model(&self, job: JobId) -> BoxFuture<'_, Result<Option<Hash>>> {
		Box::pin(async move {
			let view = self.view(At::Best).await?;
			let Some(job) = view.job(job).await? else {
				return Ok(None);
			};
			let publication = view
				.workflow_version(job.ticket.workflow, job.ticket.version)
				.await?;
			Ok(publication.map(|publication| publication.model))
		})
	}

	fn revealed(&self, node: Account, job: JobId, reader: Account) -> BoxFuture<'_, Result<Vec<Verdict>>> {
		Box::pin(async move {
			let view = self.view(At::Best).await?;
			let from = job.saturating_sub(LOOK_BACK_FOR_VERDICTS);
			let count = u32::try_from(job - from + 1).unwrap_or(u32::MAX);
			let mut jobs = view.jobs(from, count).await?;
			jobs.retain(|(_, record)| record.ticket.node == node);
			let mut latest_first = jobs.iter().rev().map(|(_, record)| {
				let others = record.committee.iter().filter(|seat| seat.auditor != reader);
				others
					.filter_map(|seat| Some(seat.opening.as_ref()?.verdict))
					.collect::<Vec<_>>()
			});
			Ok(latest_first
				.find(|verdicts| !verdicts.is_empty())
				.unwrap_or_default())
		})
	}

	fn bands(&self, pair: PairKey) -> BoxFuture<'_, Result<Option<Bands>>> {
		Box::pin(async move {
			let view = self.view(At::Best).await?;
			let calibration = view.calibration(&pair).await?;
			Ok(calibration.map(|calibration| calibration.entry.bands))
		})
	}

	fn bands_of(&self, job: JobId) -> BoxFuture<'_, Result<Option<Bands>>> {
		Box::pin(async move {
			let record = self.view(At::Best).await?.job(job).await?;
			let calibration = record.and_then(|record| record.audit.calibration);
			Ok(calibration.map(|calibration| calibration.bands))
		})
	}

	fn contact(&self, node: Account) -> BoxFuture<'_, Result<Option<NodeContact>>> {
		Box::pin(async move {
			let view = self.view(At::Best).await?;
			let Some(keys) = view.keys(&node).await? else {
				return Ok(None);
			};
			let advertisement = view.advertisement(&node).await?;
			let addresses = advertisement
				.map(|advertisement| advertisement.addresses())
				.unwrap_or_default();
			Ok(Some(NodeContact { keys, addresses }))
		})
	}

	fn deliver(&self, receipt: Receipt, signature: Signature) -> BoxFuture<'_, Result<()>> {
		Box::pin(async move {
			let key = self.key()?;
			self.with(move |client| async move {
				client
					.submit_in_block(&jobs::deliver(receipt, signature), key)
					.await?;
				Ok(())
			})
			.await
		})
	}

	fn cancel(&self, job: JobId) -> BoxFuture<'_, Result<()>> {
		Box::pin(async move {
			let key = self.key()?;
			self.with(move |client| async move {
				client.submit_in_block(&jobs::cancel(job), key).await?;
				Ok(())
			})
			.await
		})
	}

	fn post(&self, job: JobId, sealed: Vec<u8>) -> BoxFuture<'_, Result<()>> {
		Box::pin(async move {
			let key = self.key()?;
			self.with(move |client| {
				let call = disputes::post_transcript(job, sealed.clone());
				async move {
					client.submit_in_block(&call, key).await?;
					Ok(())
				}
			})
			.await
		})
	}

	fn posted(&self, job: JobId) -> BoxFuture<'_, Result<Option<Vec<u8>>>> {
		Box::pin(async move {
			let view = self.view(At::Best).await?;
			let Some(record) = view.job(job).await? else {
				return Ok(None);
			};
			let Some(posting) = record
				.audit
				.posted
				.filter(|posting| Some(posting.stage) == record.audit.stage)
			else {
				return Ok(None);
			};
			self.with(move |client| async move { Ok(client.posted_transcript(job, &posting).await?) })
				.await
		})
	}

	fn canary_basis(&self, job: JobId) -> BoxFuture<'_, Result<Option<CanaryBasis>>> {
		Box::pin(async move {
			let view = self.view(At::Best).await?;
			let Some(record) = view.job(job).await? else {
				return Ok(None);
			};
			let terms = view.terms_at(record.terms).await?;
			let terms = terms.context("the chain does not know the terms that the job keeps")?;
			Ok(Some(CanaryBasis {
				randomness: record.randomness,
				ticket: record.ticket_hash,
				mantissa_milli: record
					.audit
					.calibration
					.map_or(0, |calibration| calibration.bands.mantissa_milli),
				rules: terms.verification.0,
			}))
		})
	}

	fn open_canary(&self, job: JobId, opening: CanaryOpening) -> BoxFuture<'_, Result<()>> {
		Box::pin(async move {
			let key = self.key()?;
			self.with(move |client| async move {
				client
					.submit_in_block(&canaries::open_canary(job, opening), key)
					.await?;
				Ok(())
			})
			.await
		})
	}
}

//! Publishing a workflow and calling it, as the demo and every test do.

use crate::{Network, network::PATIENCE};
use anyhow::{Context, Result, bail};
use caller::{CallEvent, CallOutcome, CallRequest, CallStep, Caller, Until};
use chain_client::{
	Account, ChainClient, Hash, JobId, Key, Planck, WorkflowId,
	bonds::SlashReason,
	chain::workflow_registry::events::Published,
	jobs::{Job, JobState},
	workflows::{self, Parent, Price, PriceMode, PublishInput},
};
use futures::StreamExt;
use receipt::{Sampling, Tier};
use std::{
	path::Path,
	time::{Duration, Instant},
};

/// The key of a development account: `Ferdie`, or `Ferdie//stash`.
pub fn key(name: &str) -> Key {
	Key::from_suri(&format!("//{name}")).expect("a development path is well formed")
}

/// The account of that key.
pub fn account(name: &str) -> Account {
	key(name).account()
}

/// The content hash by which the chain names a model file.
///
/// # Errors
///
/// If the file cannot be read.
pub fn model_hash(file: &Path) -> Result<Hash> {
	let mut hasher = blake3::Hasher::new();
	hasher.update_reader(
		std::fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?,
	)?;
	Ok(hasher.finalize().into())
}

/// A workflow whose whole fee is divided: a base price and one per token, on a model, building on `parents`.
pub fn workflow(name: &str, model: Hash, parents: &[WorkflowId]) -> PublishInput {
	let count = u32::try_from(parents.len()).expect("a handful").max(1);
	PublishInput {
		name: name.as_bytes().to_vec(),
		manifest_hash: *blake3::hash(name.as_bytes()).as_bytes(),
		manifest_location: Vec::new(),
		price: Price {
			mode: PriceMode::Share,
			base: 1_000_000_000,
			per_token: 1_000_003,
		},
		split: None,
		min_upstream_share: 0,
		parents: parents
			.iter()
			.map(|workflow| Parent {
				workflow: *workflow,
				version: 1,
				share: 1_000_000 / count,
			})
			.collect(),
		model,
		max_tokens: 256,
	}
}

/// What is asked, and how. A call may take five minutes, unless [`Prompt::within`] says otherwise.
#[derive(Clone, Debug)]
pub struct Prompt {
	/// The text.
	pub text: String,
	/// Tokens the answer may have.
	pub max_tokens: u32,
	/// Only this node.
	pub node: Option<Account>,
	/// Who checks the work.
	pub tier: Tier,
	/// How long its call may take, the whole life of its job included.
	pub limit: Duration,
}

impl Prompt {
	/// A short question to any node.
	pub fn new(text: &str) -> Self {
		Self {
			text: text.into(),
			max_tokens: 40,
			node: None,
			tier: Tier::Replicated,
			limit: PATIENCE,
		}
	}

	/// The same to one node.
	pub fn to(mut self, name: &str) -> Self {
		self.node = Some(account(name));
		self
	}

	/// The same, whose call may take so long.
	pub fn within(mut self, limit: Duration) -> Self {
		self.limit = limit;
		self
	}

	/// The same, checked in this way.
	pub fn checked(mut self, tier: Tier) -> Self {
		self.tier = tier;
		self
	}
}

/// Gives up after `limit`: what hangs must not hang a test.
async fn in_time<T>(what: &str, limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
	tokio::time::timeout(limit, work)
		.await
		.with_context(|| format!("{what} did not end within {limit:?}"))?
}

impl Network {
	/// A connection to the first validator.
	///
	/// # Errors
	///
	/// If it does not answer.
	pub async fn chain(&self) -> Result<ChainClient> {
		self.chain_of(0).await
	}

	/// A connection to one validator.
	///
	/// # Errors
	///
	/// If it does not answer.
	pub async fn chain_of(&self, validator: usize) -> Result<ChainClient> {
		Ok(ChainClient::connect(&self.url(validator)).await?)
	}

	/// Publishes a workflow and returns its number, when no other block can change it any more.
	///
	/// # Errors
	///
	/// If the chain refuses it.
	pub async fn publish(&self, owner: &str, input: PublishInput) -> Result<WorkflowId> {
		in_time("the publication", PATIENCE, async {
			let chain = self.chain().await?;
			let included = chain
				.submit_finalized(&workflows::publish(input), &key(owner))
				.await?;
			let published: Published = included.event().context("a publication tells its number")?;
			Ok(published.workflow)
		})
		.await
	}

	/// Makes one call and waits until its job has ended, or a sampled one until its answer is complete: what is sampled
	/// is paid minutes later.
	///
	/// # Errors
	///
	/// If no node takes it, the chain refuses it, or its job has not ended within [`Prompt::limit`].
	pub async fn call(
		&self,
		caller: &str,
		workflow: WorkflowId,
		prompt: Prompt,
		on_event: impl FnMut(CallEvent) + Send,
	) -> Result<CallOutcome> {
		let request = CallRequest {
			max_tokens: prompt.max_tokens,
			sampling: Sampling {
				temperature_milli: 800,
				top_k: 40,
			},
			tier: prompt.tier,
			node: prompt.node,
			until: match prompt.tier {
				Tier::Sampled => Until::Answered,
				Tier::Private | Tier::Replicated | Tier::Proved => Until::Settled,
			},
			..CallRequest::new(workflow, prompt.text)
		};
		in_time("the call", prompt.limit, async {
			let caller = Caller::new(self.chain().await?, key(caller)).await?;
			Ok(caller.call(request, on_event).await?)
		})
		.await
	}

	/// What an account owns in the last finalized block, free and held.
	///
	/// # Errors
	///
	/// If the chain does not answer.
	pub async fn total_of(&self, account: &Account) -> Result<Planck> {
		let view = self.chain().await?.view(chain_client::At::Finalized).await?;
		Ok(view.balance(account).await?.total())
	}

	/// Waits until the last finalized block shows a job in a state that `wanted` accepts.
	///
	/// # Errors
	///
	/// If it does not within `limit`, or has ended in another state.
	pub async fn wait_for_job(
		&self,
		job: JobId,
		limit: Duration,
		wanted: impl Fn(&JobState) -> bool,
	) -> Result<Job> {
		let began = Instant::now();
		let chain = self.chain().await?;
		let mut last = "unknown".to_owned();
		while began.elapsed() < limit {
			if let Some(found) = chain.view(chain_client::At::Finalized).await?.job(job).await? {
				if wanted(&found.state) {
					return Ok(found);
				}
				if found.state.ended_at().is_some() {
					bail!("job {job} ended otherwise than expected: {:?}", found.state);
				}
				last = found.state.name().to_owned();
			}
			tokio::time::sleep(Duration::from_millis(500)).await;
		}
		bail!("job {job} was not as expected within {limit:?}; it is {last}")
	}

	/// What was taken from an account's bond so far, by reason.
	///
	/// # Errors
	///
	/// If the chain does not answer.
	pub async fn slashes(&self, name: &str) -> Result<Vec<(SlashReason, Planck)>> {
		let view = self.chain().await?.view(chain_client::At::Finalized).await?;
		let bond = view
			.bond(&account(name))
			.await?
			.with_context(|| format!("{name} is bonded"))?;
		Ok(bond
			.slashes
			.iter()
			.map(|slash| (slash.reason, slash.amount))
			.collect())
	}

	/// Makes a request and returns its job as soon as it is final. The answer is not followed.
	///
	/// # Errors
	///
	/// If no node takes it, the chain refuses it, or it is not final within five minutes.
	pub async fn request(&self, caller: &str, workflow: WorkflowId, prompt: Prompt) -> Result<JobId> {
		let request = CallRequest {
			max_tokens: prompt.max_tokens,
			tier: prompt.tier,
			node: prompt.node,
			until: Until::Settled,
			..CallRequest::new(workflow, prompt.text)
		};
		in_time("the request", PATIENCE, async {
			let caller = Caller::new(self.chain().await?, key(caller)).await?;
			let mut steps = caller.stream(request);
			while let Some(step) = steps.next().await {
				if let CallStep::Event(CallEvent::Requested { job, .. }) = step? {
					return Ok(job);
				}
			}
			bail!("the call ended before its request was final")
		})
		.await
	}
}

//! Workflows: what is published, what it costs, and on what it builds.

use crate::{
	Account, Hash, Planck, ReadError, View, WorkflowId,
	plain::{call, plain, view},
	terms::Split,
};
use subxt::{transactions::Payload, utils::AccountId32};

/// The version of a workflow; the first is one.
pub type Version = u32;

plain! {
	/// How a fee comes about.
	#[derive(Copy, serde::Serialize, serde::Deserialize)]
	#[serde(rename_all = "kebab-case")]
	pub enum PriceMode {
		/// The workflow's price is the whole fee, and the split divides it.
		Share,
		/// The node names a quote, which it gets; the workflow's price comes on top, and the split without its node
		/// part divides that.
		CostPlus,
	}

	/// What a call of a workflow costs.
	#[derive(Copy)]
	pub struct Price {
		/// How the fee comes about.
		pub mode: PriceMode,
		/// For the call.
		pub base: Planck,
		/// For each token of the call's limit, prompt and answer together.
		pub per_token: Planck,
	}

	/// A workflow that another builds on.
	#[derive(Copy)]
	pub struct Parent {
		/// Which workflow.
		pub workflow: WorkflowId,
		/// Which version of it.
		pub version: Version,
		/// Its slice of the upstream part, in millionths. The slices of all parents sum to one million.
		pub share: u32,
	}

	/// What a creator publishes.
	pub struct PublishInput {
		/// A name for people, in UTF-8.
		pub name: Vec<u8>,
		/// The content hash of the manifest.
		pub manifest_hash: Hash,
		/// Where the manifest can be fetched; may be empty.
		pub manifest_location: Vec<u8>,
		/// What a call costs.
		pub price: Price,
		/// How a fee is divided; the terms' default where nothing is named.
		pub split: Option<Split>,
		/// What a workflow that builds on this one must pass on, in millionths of its fee.
		pub min_upstream_share: u32,
		/// What this one builds on.
		pub parents: Vec<Parent>,
		/// The content hash of the model.
		pub model: Hash,
		/// The most tokens of one call, prompt and answer together.
		pub max_tokens: u32,
	}

	/// One version of a workflow. Never changed.
	pub struct Publication {
		/// A name for people, in UTF-8.
		pub name: Vec<u8>,
		/// The content hash of the manifest.
		pub manifest_hash: Hash,
		/// Where the manifest can be fetched; may be empty.
		pub manifest_location: Vec<u8>,
		/// What a call costs.
		pub price: Price,
		/// How a fee is divided.
		pub split: Split,
		/// What a workflow that builds on this one must pass on, in millionths of its fee.
		pub min_upstream_share: u32,
		/// What this one builds on.
		pub parents: Vec<Parent>,
		/// How the upstream part is divided: workflows and their weights, which sum to one million.
		pub upstream: Vec<(WorkflowId, u32)>,
		/// The content hash of the model.
		pub model: Hash,
		/// The most tokens of one call, prompt and answer together.
		pub max_tokens: u32,
		/// The block of the publication.
		pub published_at: u32,
		/// What is held for this version's bytes.
		pub deposit: Planck,
	}

	/// Whether a workflow can be called and built upon.
	#[derive(Copy)]
	pub enum Standing {
		/// Both.
		Active,
		/// Neither: the owner withdrew it.
		Retired {
			/// From this block on no job needs its versions any more.
			until: u32,
		},
		/// Neither: Congress took it out. Nobody owns it.
		Banned,
	}

	/// The entry of a workflow.
	pub struct Entry {
		/// Who published it, or took it over.
		pub owner: Account,
		/// Whether it can be called and built upon.
		pub standing: Standing,
		/// The newest version; all from one to this are stored.
		pub latest: Version,
		/// Who may take it over.
		pub offered_to: Option<Account>,
		/// How many workflows began to build on it.
		pub descendants: u32,
		/// All that is held from the owner for it.
		pub deposit: Planck,
	}

	/// A workflow with its newest version.
	pub struct Workflow {
		/// Its number.
		pub id: WorkflowId,
		/// The entry.
		pub workflow: Entry,
		/// The newest version.
		pub publication: Option<Publication>,
	}
}

impl Price {
	/// The workflow's own price of a call limited to `tokens`.
	pub fn own(&self, tokens: u32) -> Planck {
		self.base
			.saturating_add(self.per_token.saturating_mul(Planck::from(tokens)))
	}

	/// The smallest fee of a call limited to `tokens`, where the node asks `quote` and the terms ask
	/// `min_fee_per_token`. In the mode `Share` the quote counts for nothing.
	pub fn min_fee(&self, tokens: u32, quote: Planck, min_fee_per_token: Planck) -> Planck {
		let quoted = match self.mode {
			PriceMode::Share => 0,
			PriceMode::CostPlus => quote,
		};
		let least = min_fee_per_token.saturating_mul(Planck::from(tokens));
		self.own(tokens).saturating_add(quoted).max(least)
	}
}

impl Publication {
	/// Its name as text.
	pub fn name(&self) -> String {
		String::from_utf8_lossy(&self.name).into_owned()
	}

	/// Where its manifest can be fetched, as text.
	pub fn manifest_location(&self) -> String {
		String::from_utf8_lossy(&self.manifest_location).into_owned()
	}
}

/// Workflow numbers that are read at once.
const PAGE: u32 = 50;

impl View {
	/// A workflow with its newest version.
	pub async fn workflow(&self, workflow: WorkflowId) -> Result<Option<Workflow>, ReadError> {
		view!(self, "the workflow", workflow_registry().workflow(workflow))
	}

	/// One version of a workflow.
	pub async fn workflow_version(
		&self,
		workflow: WorkflowId,
		version: Version,
	) -> Result<Option<Publication>, ReadError> {
		view!(
			self,
			"the workflow's version",
			workflow_registry().version(workflow, version)
		)
	}

	/// Workflows by number from `start`; `limit` numbers are looked at.
	pub async fn workflows(&self, start: WorkflowId, limit: u32) -> Result<Vec<Workflow>, ReadError> {
		let what = "the number of workflows";
		let next = self
			.at
			.storage()
			.fetch(crate::chain::storage().workflow_registry().next_workflow(), ())
			.await
			.map_err(|error| ReadError::new(what, error))?
			.decode()
			.map_err(|error| ReadError::new(what, error))?;
		let mut workflows = Vec::new();
		let end = start.saturating_add(limit).min(next);
		let mut from = start;
		while from < end {
			let count = (end - from).min(PAGE);
			let page: Vec<Workflow> =
				view!(self, "the workflows", workflow_registry().workflows(from, count))?;
			workflows.extend(page);
			from += count;
		}
		Ok(workflows)
	}

	/// The workflow that a manifest belongs to, and its first version with that manifest.
	pub async fn workflow_of_manifest(
		&self,
		manifest: &Hash,
	) -> Result<Option<(WorkflowId, Version)>, ReadError> {
		view!(
			self,
			"the manifest's workflow",
			workflow_registry().by_manifest(*manifest)
		)
	}
}

/// Publishes a new workflow.
pub fn publish(input: PublishInput) -> impl Payload {
	call!(workflow_registry().publish(input))
}

/// Publishes a new version of one's workflow.
pub fn new_version(workflow: WorkflowId, input: PublishInput) -> impl Payload {
	call!(workflow_registry().new_version(workflow, input))
}

/// Changes the price, by a new version that is otherwise the same.
pub fn set_price(workflow: WorkflowId, price: Price) -> impl Payload {
	call!(workflow_registry().set_price(workflow, price))
}

/// Offers a workflow to another account, or takes the offer back.
pub fn offer(workflow: WorkflowId, to: Option<Account>) -> impl Payload {
	call!(workflow_registry().offer(workflow, to.map(AccountId32)))
}

/// Takes over a workflow that was offered to the signing account.
pub fn accept(workflow: WorkflowId) -> impl Payload {
	call!(workflow_registry().accept(workflow))
}

/// Withdraws a workflow: no new call, nothing new built upon it.
pub fn retire(workflow: WorkflowId) -> impl Payload {
	call!(workflow_registry().retire(workflow))
}

/// Removes versions of a retired workflow and returns their deposit.
pub fn reclaim(workflow: WorkflowId) -> impl Payload {
	call!(workflow_registry().reclaim(workflow))
}

/// Takes a stolen or spam workflow out. Only the congress may.
pub fn ban(workflow: WorkflowId) -> impl Payload {
	call!(workflow_registry().ban(workflow))
}

//! What is published, and what is kept of it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use pallet_terms::{Blocks, Planck, Split};
use polkadot_sdk::{
	frame_support::{BoundedVec, traits::ConstU32},
	sp_arithmetic::Permill,
	sp_runtime::{AccountId32, Debug},
};
use scale_info::TypeInfo;

/// The number of a workflow, in the order of publication.
pub type WorkflowId = u32;

/// The version of a workflow; the first is one.
pub type Version = u32;

/// A content hash.
pub type Hash32 = [u8; 32];

/// The most parents that a workflow may name.
pub const MAX_PARENTS: u32 = 8;

/// The most workflows among which one upstream part is divided.
pub const MAX_BENEFICIARIES: u32 = 32;

/// The weights of a table that is not empty sum to this.
pub const WHOLE: u32 = 1_000_000;

/// The longest page that the view function `workflows` gives.
pub const MAX_PAGE: u32 = 50;

/// The longest name in bytes.
pub const MAX_NAME: u32 = 64;

/// The longest place of a manifest in bytes.
pub const MAX_LOCATION: u32 = 256;

/// How the upstream part of a fee is divided: workflows and their weights, by workflow number.
/// Empty, or the weights sum to [`WHOLE`].
pub type Table = BoundedVec<(WorkflowId, u32), ConstU32<MAX_BENEFICIARIES>>;

/// The parents of a workflow.
pub type Parents = BoundedVec<Parent, ConstU32<MAX_PARENTS>>;

/// How a fee comes about.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum PriceMode {
	/// The workflow's price is the whole fee, and the split divides it.
	Share,
	/// The node names a quote, which it gets; the workflow's price comes on top, and the split
	/// without its node part divides that.
	CostPlus,
}

/// What a call of a workflow costs.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Price {
	/// How the fee comes about.
	pub mode: PriceMode,
	/// For the call.
	pub base: Planck,
	/// For each token of the call's limit, prompt and answer together.
	pub per_token: Planck,
}

impl Price {
	/// The workflow's own price of a call limited to `tokens`.
	pub fn own(&self, tokens: u32) -> Planck {
		self.base
			.saturating_add(self.per_token.saturating_mul(Planck::from(tokens)))
	}

	/// The smallest fee of a call limited to `tokens`, where the node asks `quote` and the terms
	/// ask `min_fee_per_token`. In the mode `Share` the quote counts for nothing.
	pub fn min_fee(&self, tokens: u32, quote: Planck, min_fee_per_token: Planck) -> Planck {
		let quoted = match self.mode {
			PriceMode::Share => 0,
			PriceMode::CostPlus => quote,
		};
		let least = min_fee_per_token.saturating_mul(Planck::from(tokens));
		self.own(tokens).saturating_add(quoted).max(least)
	}
}

/// A workflow that another builds on.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Parent {
	/// Which workflow.
	pub workflow: WorkflowId,
	/// Which version of it.
	pub version: Version,
	/// Its slice of the upstream part, for itself and what it builds on. The slices of all parents
	/// sum to one.
	pub share: Permill,
}

/// What a creator publishes.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct PublishInput {
	/// A name for people.
	pub name: BoundedVec<u8, ConstU32<MAX_NAME>>,
	/// The content hash of the manifest. Nobody else may publish the same.
	pub manifest_hash: Hash32,
	/// Where the manifest can be fetched; empty where it travels another way.
	pub manifest_location: BoundedVec<u8, ConstU32<MAX_LOCATION>>,
	/// What a call costs.
	pub price: Price,
	/// How a fee is divided; the terms' default where nothing is named.
	pub split: Option<Split>,
	/// What a workflow that builds on this one must pass on: its upstream part times this one's slice.
	pub min_upstream_share: Permill,
	/// What this one builds on.
	pub parents: Parents,
	/// The content hash of the model.
	pub model: Hash32,
	/// The most tokens of one call, prompt and answer together.
	pub max_tokens: u32,
}

/// One version of a workflow. Never changed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Publication {
	/// A name for people.
	pub name: BoundedVec<u8, ConstU32<MAX_NAME>>,
	/// The content hash of the manifest.
	pub manifest_hash: Hash32,
	/// Where the manifest can be fetched; may be empty.
	pub manifest_location: BoundedVec<u8, ConstU32<MAX_LOCATION>>,
	/// What a call costs.
	pub price: Price,
	/// How a fee is divided.
	pub split: Split,
	/// What a workflow that builds on this one must pass on.
	pub min_upstream_share: Permill,
	/// What this one builds on.
	pub parents: Parents,
	/// The flattened table: how the upstream part is divided.
	pub upstream: Table,
	/// The content hash of the model.
	pub model: Hash32,
	/// The most tokens of one call, prompt and answer together.
	pub max_tokens: u32,
	/// The block of the publication.
	pub published_at: Blocks,
	/// What is held for this version's bytes.
	pub deposit: Planck,
}

/// Whether a workflow can be called and built upon.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Standing {
	/// Both.
	Active,
	/// Neither: the owner withdrew it.
	Retired {
		/// From this block on no job needs its versions any more.
		until: Blocks,
	},
	/// Neither: Congress took it out. Nobody owns it.
	Banned,
}

/// The entry of a workflow.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Workflow {
	/// Who published it, or took it over.
	pub owner: AccountId32,
	/// Whether it can be called and built upon.
	pub standing: Standing,
	/// The newest version; all from one to this are stored.
	pub latest: Version,
	/// Who may take it over.
	pub offered_to: Option<AccountId32>,
	/// How many workflows began to build on it. One that stopped and began again counts twice.
	pub descendants: u32,
	/// All that is held from the owner for it, its versions' deposits included; nothing once it is banned.
	pub deposit: Planck,
}

/// What the settlement of a job needs of the version that was called.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CallTerms {
	/// The workflow.
	pub workflow: WorkflowId,
	/// Its version.
	pub version: Version,
	/// How the fee is divided.
	pub split: Split,
	/// How the upstream part is divided.
	pub upstream: Table,
	/// What the call costs.
	pub price: Price,
	/// The content hash of the model.
	pub model: Hash32,
	/// The most tokens of one call, prompt and answer together.
	pub max_tokens: u32,
}

/// A workflow as clients read it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct WorkflowView {
	/// Its number.
	pub id: WorkflowId,
	/// The entry.
	pub workflow: Workflow,
	/// The newest version.
	pub publication: Option<Publication>,
}

/// Says what a workflow has earned and nobody claimed yet.
pub trait WorkflowEarnings {
	/// What its owner may claim.
	fn owed(workflow: WorkflowId) -> Planck;
}

impl WorkflowEarnings for () {
	fn owed(_: WorkflowId) -> Planck {
		0
	}
}

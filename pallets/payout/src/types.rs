//! Who gets a part of a fee, and as what.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use pallet_terms::Planck;
use polkadot_sdk::sp_runtime::{AccountId32, Debug};
use scale_info::TypeInfo;

/// The number of a published workflow.
pub type WorkflowId = u32;

/// As what somebody gets a part.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum PayeeKind {
	/// The workflow that was called.
	Creator,
	/// A workflow that the called one builds on.
	Upstream,
	/// The node that ran the job.
	Node,
	/// A validator whose verdict formed the quorum, or the pool of the era.
	Validator,
	/// The treasury.
	Treasury,
}

/// Who is credited. A workflow is credited by its number, so that whoever owns it claims.
#[derive(
	Clone,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Payee {
	/// An account.
	Account(AccountId32),
	/// The owner of a workflow.
	Workflow(WorkflowId),
}

/// One part of a fee.
pub type Part = (PayeeKind, Payee, Planck);

/// Says whom a workflow belongs to.
pub trait WorkflowOwner {
	/// The account that may claim what the workflow earned; `None` where there is nobody, because
	/// the workflow is unknown or banned.
	fn owner_of(workflow: WorkflowId) -> Option<AccountId32>;
}

//! The one structure that holds every governed number, and the relations between them.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::sp_arithmetic::{Perbill, Permill};
use polkadot_sdk::sp_runtime::Debug;
use scale_info::TypeInfo;
use verification::Rules;

/// The smallest unit of HAI: 1 HAI is 10^12 planck.
pub type Planck = u128;

/// A number of blocks.
pub type Blocks = u32;

/// How a fee is divided. The five parts sum to one exactly.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
pub struct Split {
	/// The owner of the workflow that was called.
	pub creator: Permill,
	/// The owners of the workflows it builds on, by their flattened shares.
	pub upstream: Permill,
	/// The node that ran the job.
	pub node: Permill,
	/// The validators whose verdict formed the quorum, equally; of a sampled job, the pool of the era.
	pub validators: Permill,
	/// The treasury.
	pub treasury: Permill,
}

impl Split {
	/// Whether the parts sum to one, without rounding.
	pub fn sums_to_one(&self) -> bool {
		[
			self.creator,
			self.upstream,
			self.node,
			self.validators,
			self.treasury,
		]
		.iter()
		.map(|part| u64::from(part.deconstruct()))
		.sum::<u64>()
			== u64::from(Permill::one().deconstruct())
	}
}

/// When and by how much one kind of proposal passes.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
pub struct BallotTerms {
	/// The part of the fixed denominator that must have voted (for, against or abstain).
	pub quorum: Permill,
	/// The part of `for + against` that must be for.
	pub majority: Permill,
	/// How long votes are taken.
	pub voting_period: Blocks,
	/// How long after a passed vote its call is dispatched.
	pub enactment_delay: Blocks,
	/// What the proposer puts at stake; returned when the proposal is closed.
	pub deposit: Planck,
}

/// The ballots of the four kinds of proposal.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
pub struct CongressTerms {
	/// Principles, members and runtime upgrades: one member, one vote.
	pub constitutional: BallotTerms,
	/// Numbers and mechanisms: weighted by held HAI.
	pub technical: BallotTerms,
	/// Rules of living together: one member, one vote.
	pub community: BallotTerms,
	/// Spending from the treasury: weighted by held HAI.
	pub resource: BallotTerms,
	/// The smallest number of members with which member ballots may open.
	pub min_electorate: u32,
	/// The smallest total of held HAI with which weighted ballots may open.
	pub min_held: Planck,
}

/// What a fault costs that has no job to measure it by, as a part of the offender's bond (active and unbonding).
/// What faults in jobs cost is a matter of [`Rules`].
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
pub struct SlashTerms {
	/// A proven agreement to deceive.
	pub collusion: Perbill,
	/// A validator that signed two blocks or two votes for one slot or round.
	pub equivocation: Perbill,
	/// The part of every slash that is burned; the rest goes to the treasury.
	pub burned: Permill,
	/// A fixed reward, paid by the treasury, for whoever reports an equivocation. Never the slash itself.
	pub reporter_reward: Planck,
}

/// The windows of a job, in blocks, and what it costs at least.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
pub struct JobTerms {
	/// From request to the last block in which the node may deliver.
	pub delivery_window: Blocks,
	/// The fewest blocks after the delivery whose randomness draws; which one ends the draw is drawn as well.
	pub draw_delay: Blocks,
	/// Authors that must be distinct among those blocks; until then the draw waits, at most
	/// `verification.stop_within` more blocks.
	pub min_distinct_authors: u32,
	/// From the draw to the last block in which auditors may commit.
	pub commit_window: Blocks,
	/// The same for the court that an accusation or a dispute opened. It ends early when all have committed; it is long
	/// so that a node that was away can still show its transcript.
	pub court_window: Blocks,
	/// From the end of the commits to the first block in which auditors may reveal.
	pub reveal_delay: Blocks,
	/// From the first block of the reveals to the last.
	pub reveal_window: Blocks,
	/// How long a node is asked whether it planted what an auditor found, before anybody pays for it. Zero: not at all.
	/// `verification.incident_window` must cover it beside the three stages of an audit.
	pub opening_window: Blocks,
	/// From the verdict to the settlement, or from the delivery of a private job. A sampled job waits at least
	/// `verification.incident_window`.
	pub dispute_window: Blocks,
	/// How long a settled record stays before anyone may prune it.
	pub retention: Blocks,
	/// The most tokens of a job, prompt and answer together: what auditors can read within `commit_window`.
	pub max_tokens: u32,
	/// The smallest fee per token of a job's limit (prompt and answer together).
	pub min_fee_per_token: Planck,
	/// Held from the caller until the record is pruned.
	pub record_deposit: Planck,
	/// The least that a caller leaves who disputes a job.
	pub min_dispute_deposit: Planck,
}

/// What being bonded takes.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
pub struct StakingTerms {
	/// The smallest bond of a compute node.
	pub min_node_bond: Planck,
	/// The smallest bond of a validator.
	pub min_validator_bond: Planck,
	/// Below this many the validator set is not changed.
	pub min_validators: u32,
	/// The largest validator set.
	pub max_validators: u32,
	/// From unbonding to withdrawal; longer than every window in which a fault can still come to light.
	pub unbonding_delay: Blocks,
}

/// What publishing and anchoring cost while the entry stands.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
pub struct DepositTerms {
	/// Held for a published workflow.
	pub publish_base: Planck,
	/// Held for each byte of what it stores on chain.
	pub publish_per_byte: Planck,
	/// Held for an identity's audit log.
	pub anchor: Planck,
}

/// Every governed number.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
pub struct Terms {
	/// The split of a workflow that names none.
	pub default_split: Split,
	/// Jobs.
	pub jobs: JobTerms,
	/// Bonds.
	pub staking: StakingTerms,
	/// Slashes.
	pub slashes: SlashTerms,
	/// Who is audited, who decides, what a fault in a job costs.
	pub verification: Rules,
	/// Deposits.
	pub deposits: DepositTerms,
	/// Congress.
	pub congress: CongressTerms,
}

/// How the other rule-books read the terms.
pub trait TermsSource {
	/// The version in force and its numbers.
	fn current() -> (u32, Terms);
	/// The numbers of an earlier version; a job keeps those it was requested under.
	fn at(version: u32) -> Option<Terms>;
}

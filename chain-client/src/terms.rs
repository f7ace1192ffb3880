//! The governed numbers.

use crate::{
	Planck, ReadError, Shared, View,
	plain::{call, plain, view},
};
use subxt::transactions::Payload;
use verification::{Ppm, Rules, Surroundings};

plain! {
	/// How a fee is divided, in millionths that sum to one million.
	#[derive(Copy, serde::Serialize, serde::Deserialize)]
	#[serde(deny_unknown_fields)]
	pub struct Split {
		/// The owner of the workflow that was called.
		pub creator: u32,
		/// The owners of the workflows it builds on.
		pub upstream: u32,
		/// The node that ran the job.
		pub node: u32,
		/// The validators whose verdict formed the quorum.
		pub validators: u32,
		/// The treasury.
		pub treasury: u32,
	}

	/// When and by how much one kind of proposal passes.
	#[derive(Copy, serde::Serialize, serde::Deserialize)]
	#[serde(deny_unknown_fields)]
	pub struct BallotTerms {
		/// The part of the denominator that must have voted, in millionths.
		pub quorum: u32,
		/// The part of the votes for and against that must be for, in millionths.
		pub majority: u32,
		/// How many blocks votes are taken.
		pub voting_period: u32,
		/// How many blocks after a passed vote its call is made.
		pub enactment_delay: u32,
		/// What the proposer puts at stake.
		pub deposit: Planck,
	}

	/// The ballots of the four kinds of proposal.
	#[derive(Copy, serde::Serialize, serde::Deserialize)]
	#[serde(deny_unknown_fields)]
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

	/// What a fault costs that has no job to measure it by, in billionths of the offender's bond.
	#[derive(Copy, serde::Serialize, serde::Deserialize)]
	#[serde(deny_unknown_fields)]
	pub struct SlashTerms {
		/// A proven agreement to deceive.
		pub collusion: u32,
		/// A validator that signed two blocks or two votes for one slot or round.
		pub equivocation: u32,
		/// The part of every slash that is burned, in millionths; the rest goes to the treasury.
		pub burned: u32,
		/// What the treasury pays whoever reports an equivocation.
		pub reporter_reward: Planck,
	}

	/// The windows of a job, in blocks, and what it costs at least.
	#[derive(Copy, serde::Serialize, serde::Deserialize)]
	#[serde(deny_unknown_fields)]
	pub struct JobTerms {
		/// From request to the last block in which the node may deliver.
		pub delivery_window: u32,
		/// The fewest blocks after the delivery whose randomness draws.
		pub draw_delay: u32,
		/// Authors that must be distinct among those blocks.
		pub min_distinct_authors: u32,
		/// From the draw to the last block for commits.
		pub commit_window: u32,
		/// The same for the court that an accusation or a dispute opened.
		pub court_window: u32,
		/// From the end of the commits to the first block for reveals.
		pub reveal_delay: u32,
		/// From the first block for reveals to the last.
		pub reveal_window: u32,
		/// How long a node is asked whether it planted what an auditor found.
		pub opening_window: u32,
		/// From the verdict to the settlement.
		pub dispute_window: u32,
		/// How many blocks a settled record stays before anyone may prune it.
		pub retention: u32,
		/// The most tokens of a job, prompt and answer together.
		pub max_tokens: u32,
		/// The smallest fee per token of a job's limit.
		pub min_fee_per_token: Planck,
		/// Held from the caller until the record is pruned.
		pub record_deposit: Planck,
		/// The least that a caller leaves who disputes a job.
		pub min_dispute_deposit: Planck,
	}

	/// What being bonded takes.
	#[derive(Copy, serde::Serialize, serde::Deserialize)]
	#[serde(deny_unknown_fields)]
	pub struct StakingTerms {
		/// The smallest bond of a compute node.
		pub min_node_bond: Planck,
		/// The smallest bond of a validator.
		pub min_validator_bond: Planck,
		/// Below this many the validator set is not changed.
		pub min_validators: u32,
		/// The largest validator set.
		pub max_validators: u32,
		/// Blocks from unbonding to withdrawal.
		pub unbonding_delay: u32,
	}

	/// What publishing and anchoring cost while the entry stands.
	#[derive(Copy, serde::Serialize, serde::Deserialize)]
	#[serde(deny_unknown_fields)]
	pub struct DepositTerms {
		/// Held for a published workflow.
		pub publish_base: Planck,
		/// Held for each byte of what it stores on chain.
		pub publish_per_byte: Planck,
		/// Held for an identity's audit log.
		pub anchor: Planck,
	}

	/// Every governed number.
	#[derive(serde::Serialize, serde::Deserialize)]
	#[serde(deny_unknown_fields)]
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
		#[serde(with = "rules")]
		pub verification: Shared<Rules>,
		/// Deposits.
		pub deposits: DepositTerms,
		/// Congress.
		pub congress: CongressTerms,
	}
}

/// How the rules of verification are written: as their own crate writes them.
mod rules {
	use super::{Rules, Shared};
	use serde::{Deserialize, Deserializer, Serialize, Serializer};

	pub(super) fn serialize<S: Serializer>(rules: &Shared<Rules>, serializer: S) -> Result<S::Ok, S::Error> {
		rules.0.serialize(serializer)
	}

	pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Shared<Rules>, D::Error> {
		Rules::deserialize(deserializer).map(Into::into)
	}
}

impl Terms {
	/// The numbers to which the rules of verification stand in relation, as the chain has them.
	pub fn surroundings(&self) -> Surroundings {
		let Self { jobs, staking, .. } = self;
		Surroundings {
			min_node_bond: staking.min_node_bond,
			min_validator_bond: staking.min_validator_bond,
			node_share: Ppm::new(self.default_split.node),
			delivery_window: jobs.delivery_window,
			draw_delay: jobs.draw_delay,
			commit_window: jobs.commit_window,
			court_window: jobs.court_window,
			reveal_delay: jobs.reveal_delay,
			reveal_window: jobs.reveal_window,
			opening_window: jobs.opening_window,
			dispute_window: jobs.dispute_window.max(self.verification.incident_window),
			unbonding_delay: staking.unbonding_delay,
		}
	}
}

impl View {
	/// The version in force, and its numbers.
	pub async fn terms(&self) -> Result<(u32, Terms), ReadError> {
		view!(self, "the terms", terms().terms())
	}

	/// The numbers of a version, if there is such a version.
	pub async fn terms_at(&self, version: u32) -> Result<Option<Terms>, ReadError> {
		view!(self, "the terms", terms().terms_at(version))
	}
}

/// Puts new terms in force. Only the congress may, by a Technical proposal.
pub fn set_terms(terms: Terms) -> impl Payload {
	call!(terms().set_terms(terms))
}

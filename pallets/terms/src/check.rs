//! The relations that every version of the terms keeps.

use crate::types::{
	BallotTerms, Blocks, CongressTerms, DepositTerms, JobTerms, Planck, SlashTerms, StakingTerms, Terms,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::{
	frame_support::PalletError,
	sp_arithmetic::{Perbill, Permill},
	sp_runtime::Debug,
};
use scale_info::TypeInfo;

/// The largest committee that one job may have.
pub const MAX_COMMITTEE: u32 = 16;

/// The largest `draw_delay`; whoever keeps a ring of block randomness keeps twice as many entries.
pub const MAX_DRAW_DELAY: Blocks = 64;

/// The largest `max_validators`; bounded lists of validators take this bound.
pub const MAX_VALIDATORS: u32 = 256;

/// The longest window: two years of two-second blocks. It keeps every deadline far from overflow.
pub const MAX_WINDOW: Blocks = 31_536_000;

/// Blocks between the last possible settlement and the end of unbonding, for queues that lag.
pub const UNBONDING_MARGIN: Blocks = 20;

/// How many times its gain a node must lose when fraud is found, at the least.
pub const MIN_FRAUD_FACTOR: u32 = 2;

/// The largest part of a bond that downtime may cost.
pub const MAX_DOWNTIME_SLASH: Perbill = Perbill::from_percent(10);

/// The most members that terms may ask for.
pub const MAX_ELECTORATE: u32 = 100;

/// The largest bond, deposit or holding that terms may ask for: a million HAI.
pub const MAX_AMOUNT: Planck = 1_000_000 * crate::presets::HAI;

/// The lowest quorum of a Constitutional vote. A Technical vote sets the terms, and may not use
/// them to make the constitution easy to change.
pub const MIN_CONSTITUTIONAL_QUORUM: Permill = Permill::from_percent(50);

/// The lowest majority of a Constitutional vote; see [`MIN_CONSTITUTIONAL_QUORUM`].
pub const MIN_CONSTITUTIONAL_MAJORITY: Permill = Permill::from_percent(66);

/// The relation that a proposed version breaks, and what to change.
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
	PalletError,
)]
pub enum TermsError {
	/// The five parts of `default_split` must sum to one: raise or lower one of them.
	SplitMustSumToOne,
	/// A window of `jobs` is zero: give every one, `reveal_delay` and `retention` included, one block or more.
	JobWindowIsZero,
	/// A window, delay or period is longer than `MAX_WINDOW`: shorten it.
	WindowTooLong,
	/// `jobs.draw_delay` is above `MAX_DRAW_DELAY`: lower it.
	DrawDelayTooLong,
	/// `jobs.min_distinct_authors` is zero: one author or more must form the randomness.
	NoAuthors,
	/// `jobs.min_distinct_authors` is above `jobs.draw_delay`: lower it, a block has only one author.
	MoreAuthorsThanBlocks,
	/// `jobs.committee` is zero: somebody must check the work.
	NoCommittee,
	/// `jobs.committee` is above `MAX_COMMITTEE`: lower it.
	CommitteeTooLarge,
	/// `jobs.committee` is above `staking.max_validators`: no set could ever fill it.
	CommitteeAboveValidatorSet,
	/// `jobs.quorum` is not above half of `jobs.committee`: raise it, or two quorums could disagree.
	QuorumNotAboveHalf,
	/// `jobs.quorum` is above `jobs.committee`: lower it, or no quorum can ever form.
	QuorumAboveCommittee,
	/// `jobs.min_fee_per_token` is zero: ask something, or false demand costs nothing.
	NoMinimumFee,
	/// `jobs.record_deposit` is zero: a record that stands must cost something.
	NoRecordDeposit,
	/// `jobs.exposure_factor` is zero: a bond must cover the open fees at least once.
	NoExposureFactor,
	/// `jobs.retention` is shorter than `staking.unbonding_delay`: a record must outlive the bonds that answer for it.
	RetentionBelowUnbonding,
	/// A bond of `staking` is zero: ask something of nodes and of validators.
	NoBond,
	/// `staking.min_validators` is zero: an empty set stops the chain.
	NoValidators,
	/// `staking.min_validators` is above `staking.max_validators`: lower it or raise the other.
	MinValidatorsAboveMax,
	/// `staking.max_validators` is above `MAX_VALIDATORS`: lower it.
	TooManyValidators,
	/// `staking.unbonding_delay` does not outlast the longest job, a redraw included, by `UNBONDING_MARGIN`: lengthen it.
	UnbondingTooShort,
	/// A rate of `slashes` is zero: every fault costs something.
	FaultWithoutSlash,
	/// `slashes.downtime` is above `MAX_DOWNTIME_SLASH`: lower it, being away is no fraud.
	DowntimeSlashTooHigh,
	/// The slashes are out of order: downtime < fraud <= collusion, downtime < false attestation <= collusion, downtime < equivocation.
	SlashesOutOfOrder,
	/// `slashes.fraud` times `jobs.exposure_factor` is below `MIN_FRAUD_FACTOR`: raise one, or cheating pays.
	FraudPays,
	/// `slashes.reporter_reward` is above a tenth of the equivocation slash of the smallest bond: lower it, or reporting oneself pays.
	ReporterRewardTooHigh,
	/// `deposits.publish_base` or `deposits.anchor` is zero: an entry that stands must cost something.
	NoStorageDeposit,
	/// A quorum of `congress` is zero: somebody must have voted.
	NoBallotQuorum,
	/// A majority of `congress` is not above one half: raise it.
	BallotMajorityNotAboveHalf,
	/// A `voting_period` or `enactment_delay` of `congress` is zero: give it one block or more.
	BallotWindowIsZero,
	/// A deposit of `congress` is zero: a proposal must have something at stake.
	NoBallotDeposit,
	/// `congress.constitutional` is below `MIN_CONSTITUTIONAL_QUORUM` or `MIN_CONSTITUTIONAL_MAJORITY`: raise it.
	ConstitutionTooEasy,
	/// `congress.min_electorate` or `congress.min_held` is zero: a ballot needs an electorate.
	NoElectorate,
	/// `congress.min_electorate` is above `MAX_ELECTORATE`: with fewer members no vote could lower it again.
	ElectorateTooLarge,
	/// A bond, a deposit or `congress.min_held` is above `MAX_AMOUNT`: nobody could pay it, and so nobody
	/// could vote to lower it again.
	AmountTooLarge,
}

use TermsError::*;

fn ensure(holds: bool, error: TermsError) -> Result<(), TermsError> {
	if holds { Ok(()) } else { Err(error) }
}

/// Each of `windows` has one block or more and none is longer than [`MAX_WINDOW`].
fn ensure_windows(windows: &[Blocks], zero: TermsError) -> Result<(), TermsError> {
	ensure(windows.iter().all(|window| *window > 0), zero)?;
	ensure(windows.iter().all(|window| *window <= MAX_WINDOW), WindowTooLong)
}

impl Terms {
	/// Whether these numbers fit together. The first relation that does not hold is named.
	pub fn check(&self) -> Result<(), TermsError> {
		ensure(self.default_split.sums_to_one(), SplitMustSumToOne)?;
		self.jobs.check()?;
		self.staking.check()?;
		self.slashes.check()?;
		self.deposits.check()?;
		self.congress.check()?;

		let Self {
			jobs,
			staking,
			slashes,
			..
		} = self;
		let Self {
			deposits, congress, ..
		} = self;
		let amounts = [
			jobs.record_deposit,
			staking.min_node_bond,
			staking.min_validator_bond,
			deposits.publish_base,
			deposits.publish_per_byte,
			deposits.anchor,
			congress.min_held,
			congress.constitutional.deposit,
			congress.technical.deposit,
			congress.community.deposit,
			congress.resource.deposit,
		];
		ensure(amounts.iter().all(|amount| *amount <= MAX_AMOUNT), AmountTooLarge)?;
		ensure(
			jobs.committee <= staking.max_validators,
			CommitteeAboveValidatorSet,
		)?;
		ensure(
			u64::from(staking.unbonding_delay)
				> jobs.longest_path().saturating_add(u64::from(UNBONDING_MARGIN)),
			UnbondingTooShort,
		)?;
		ensure(jobs.retention >= staking.unbonding_delay, RetentionBelowUnbonding)?;
		let fraud = u64::from(slashes.fraud.deconstruct());
		ensure(
			fraud.saturating_mul(u64::from(jobs.exposure_factor))
				>= u64::from(MIN_FRAUD_FACTOR).saturating_mul(u64::from(Perbill::one().deconstruct())),
			FraudPays,
		)?;
		let smallest: Planck = slashes.equivocation.mul_floor(staking.min_validator_bond);
		ensure(slashes.reporter_reward <= smallest / 10, ReporterRewardTooHigh)
	}
}

impl JobTerms {
	/// The most blocks from a request to its settlement: every draw waits as long as it may, and
	/// the first committee forms no quorum, so that a second one is drawn.
	pub fn longest_path(&self) -> u64 {
		let audit = u64::from(self.draw_delay)
			.saturating_mul(2)
			.saturating_add(u64::from(self.commit_window))
			.saturating_add(u64::from(self.reveal_delay))
			.saturating_add(u64::from(self.reveal_window));
		u64::from(self.delivery_window)
			.saturating_add(audit.saturating_mul(2))
			.saturating_add(u64::from(self.dispute_window))
	}

	fn check(&self) -> Result<(), TermsError> {
		ensure_windows(
			&[
				self.delivery_window,
				self.draw_delay,
				self.commit_window,
				self.reveal_delay,
				self.reveal_window,
				self.dispute_window,
				self.retention,
			],
			JobWindowIsZero,
		)?;
		ensure(self.draw_delay <= MAX_DRAW_DELAY, DrawDelayTooLong)?;
		ensure(self.min_distinct_authors > 0, NoAuthors)?;
		ensure(
			self.min_distinct_authors <= self.draw_delay,
			MoreAuthorsThanBlocks,
		)?;
		ensure(self.committee > 0, NoCommittee)?;
		ensure(self.committee <= MAX_COMMITTEE, CommitteeTooLarge)?;
		ensure(self.quorum > self.committee / 2, QuorumNotAboveHalf)?;
		ensure(self.quorum <= self.committee, QuorumAboveCommittee)?;
		ensure(self.min_fee_per_token > 0, NoMinimumFee)?;
		ensure(self.record_deposit > 0, NoRecordDeposit)?;
		ensure(self.exposure_factor > 0, NoExposureFactor)
	}
}

impl StakingTerms {
	fn check(&self) -> Result<(), TermsError> {
		ensure(self.min_node_bond > 0 && self.min_validator_bond > 0, NoBond)?;
		ensure(self.min_validators > 0, NoValidators)?;
		ensure(self.min_validators <= self.max_validators, MinValidatorsAboveMax)?;
		ensure(self.max_validators <= MAX_VALIDATORS, TooManyValidators)?;
		ensure_windows(&[self.unbonding_delay], UnbondingTooShort)
	}
}

impl SlashTerms {
	fn check(&self) -> Result<(), TermsError> {
		let Self {
			fraud,
			downtime,
			collusion,
			false_attestation,
			equivocation,
			..
		} = *self;
		ensure(
			[fraud, downtime, collusion, false_attestation, equivocation]
				.iter()
				.all(|rate| *rate > Perbill::zero()),
			FaultWithoutSlash,
		)?;
		ensure(downtime <= MAX_DOWNTIME_SLASH, DowntimeSlashTooHigh)?;
		ensure(
			downtime < fraud
				&& fraud <= collusion
				&& downtime < false_attestation
				&& false_attestation <= collusion
				&& downtime < equivocation,
			SlashesOutOfOrder,
		)
	}
}

impl DepositTerms {
	fn check(&self) -> Result<(), TermsError> {
		ensure(self.publish_base > 0 && self.anchor > 0, NoStorageDeposit)
	}
}

impl CongressTerms {
	fn check(&self) -> Result<(), TermsError> {
		for ballot in [
			&self.constitutional,
			&self.technical,
			&self.community,
			&self.resource,
		] {
			ballot.check()?;
		}
		ensure(
			self.constitutional.quorum >= MIN_CONSTITUTIONAL_QUORUM
				&& self.constitutional.majority >= MIN_CONSTITUTIONAL_MAJORITY,
			ConstitutionTooEasy,
		)?;
		ensure(self.min_electorate > 0 && self.min_held > 0, NoElectorate)?;
		ensure(self.min_electorate <= MAX_ELECTORATE, ElectorateTooLarge)
	}
}

impl BallotTerms {
	fn check(&self) -> Result<(), TermsError> {
		ensure(self.quorum > Permill::zero(), NoBallotQuorum)?;
		ensure(
			self.majority > Permill::from_percent(50),
			BallotMajorityNotAboveHalf,
		)?;
		ensure_windows(&[self.voting_period, self.enactment_delay], BallotWindowIsZero)?;
		ensure(self.deposit > 0, NoBallotDeposit)
	}
}

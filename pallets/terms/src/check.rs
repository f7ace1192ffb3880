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
use verification::{Ppm, RulesError, Surroundings};

/// The most seats of one stage of an audit; bounded lists of seats take this bound.
pub const MAX_COMMITTEE: u32 = verification::court::MAX_JURY;

/// The largest `jobs.draw_delay`.
pub const MAX_DRAW_DELAY: Blocks = 64;

/// The largest `verification.stop_within`; whoever keeps a ring of block randomness keeps more entries than this and
/// [`MAX_DRAW_DELAY`] together.
pub const MAX_STOP_WITHIN: Blocks = 128;

/// The largest `max_validators`; bounded lists of validators take this bound.
pub const MAX_VALIDATORS: u32 = 256;

/// The longest window: two years of two-second blocks. It keeps every deadline far from overflow.
pub const MAX_WINDOW: Blocks = 31_536_000;

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
	/// `staking.max_validators` is below `verification.min_eligible`: no court could ever sit.
	NoCourtEverSits,
	/// `verification.stop_within` is above `MAX_STOP_WITHIN`: lower it.
	StopWithinTooLong,
	/// A relation within `verification`, or of it to the bonds and windows, does not hold; the inner error names it.
	Verification(RulesFault),
	/// `jobs.max_tokens` is below 2: a prompt and an answer have one token or more each.
	NoTokens,
	/// `jobs.min_fee_per_token` is zero: ask something, or false demand costs nothing.
	NoMinimumFee,
	/// `jobs.record_deposit` is zero: a record that stands must cost something.
	NoRecordDeposit,
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
	/// `staking.unbonding_delay` is zero: give it one block or more.
	UnbondingTooShort,
	/// A rate of `slashes` is zero: every fault costs something.
	FaultWithoutSlash,
	/// `slashes.collusion` is below `slashes.equivocation`: an agreement to deceive costs more than an accident.
	SlashesOutOfOrder,
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
	/// `jobs.court_window` is shorter than `jobs.commit_window`: lengthen it, a court has more to look at.
	CourtWindowTooShort,
	/// `jobs.min_dispute_deposit` is zero: whoever calls auditors to a job must leave something.
	NoDisputeDeposit,
}

/// The relation of the rules of verification that a proposed version breaks, without the numbers that
/// [`RulesError`] has: an error on chain has no room for them.
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
pub enum RulesFault {
	/// A probability or a share is above one: lower it.
	NotAShare,
	/// A number that something is divided by, or that makes a rule work at all, is zero: raise it.
	IsZero,
	/// `detection`: lengths and powers must rise from bucket to bucket, and the last length be unlimited.
	DetectionTable,
	/// `reference_fee` is above `always_audit_fee`: lower it.
	ReferenceFee,
	/// The draw's end is known: raise `stop_one_in` to 2, and `stop_within` to four times it.
	StopIsKnown,
	/// `4 <= min_eligible <= panel <= jury <= 21` must hold, and `jury` be odd.
	CourtSizes,
	/// `panel_agreement` is not above one half: raise it, or two verdicts could both win.
	PanelAgreement,
	/// `assumed_dishonest` is not below one half: no court is right then.
	AssumedDishonest,
	/// `safety` times `1 - assumed_dishonest` is not above one: raise `safety`, or cheating pays for block authors.
	CheatingPays,
	/// `open_factor` is below `safety`: raise it, or cheating on all open jobs at once pays.
	OpenJobsUncovered,
	/// `incident_window` is shorter than the longest audit: lengthen it.
	IncidentTooShort,
	/// `incident_window` is longer than the wait before payment: shorten it.
	IncidentTooLong,
	/// `score_limit` is not above `score_fail`: one incident would eject.
	OneIncidentEjects,
	/// The score must fall at `honest_fail_rate` and rise at `cheat_fail_rate`.
	ScoreDrift,
	/// `absence_factor` is below `safety`: raise it, or cheats that are drawn hide their transcripts.
	HidingPays,
	/// `clear_factor` is below 2: honest auditors near the band would be slashed.
	ClearFactor,
	/// `no_show_factor` is zero: silence would be cheaper than work.
	SilencePays,
	/// `staking.min_node_bond` does not cover a job at `always_audit_fee`: raise it, or lower the fee.
	NodeBond,
	/// `staking.min_validator_bond` does not cover wrong verdicts at `always_audit_fee`: raise it.
	ValidatorBond,
	/// `staking.unbonding_delay` does not outlast the longest job with its incident: lengthen it.
	UnbondingTooShort,
	/// `canary_reward` is above `finder_reward`: lower it.
	CanaryReward,
}

impl From<RulesError> for RulesFault {
	fn from(error: RulesError) -> Self {
		match error {
			RulesError::NotAShare => Self::NotAShare,
			RulesError::IsZero { .. } => Self::IsZero,
			RulesError::DetectionTable => Self::DetectionTable,
			RulesError::ReferenceFee => Self::ReferenceFee,
			RulesError::StopIsKnown => Self::StopIsKnown,
			RulesError::CourtSizes => Self::CourtSizes,
			RulesError::PanelAgreement => Self::PanelAgreement,
			RulesError::AssumedDishonest => Self::AssumedDishonest,
			RulesError::CheatingPays => Self::CheatingPays,
			RulesError::OpenJobsUncovered => Self::OpenJobsUncovered,
			RulesError::IncidentTooShort { .. } => Self::IncidentTooShort,
			RulesError::IncidentTooLong => Self::IncidentTooLong,
			RulesError::OneIncidentEjects => Self::OneIncidentEjects,
			RulesError::ScoreDrift => Self::ScoreDrift,
			RulesError::HidingPays => Self::HidingPays,
			RulesError::ClearFactor => Self::ClearFactor,
			RulesError::SilencePays => Self::SilencePays,
			RulesError::NodeBond { .. } => Self::NodeBond,
			RulesError::ValidatorBond { .. } => Self::ValidatorBond,
			RulesError::UnbondingTooShort { .. } => Self::UnbondingTooShort,
			RulesError::CanaryReward => Self::CanaryReward,
		}
	}
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
			jobs.min_dispute_deposit,
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
			self.verification.min_eligible <= staking.max_validators,
			NoCourtEverSits,
		)?;
		ensure(
			self.verification.stop_within <= MAX_STOP_WITHIN,
			StopWithinTooLong,
		)?;
		let checked = self.verification.check(&self.surroundings());
		checked.map_err(|error| Verification(error.into()))?;
		ensure(jobs.retention >= staking.unbonding_delay, RetentionBelowUnbonding)?;
		let smallest: Planck = slashes.equivocation.mul_floor(staking.min_validator_bond);
		ensure(slashes.reporter_reward <= smallest / 10, ReporterRewardTooHigh)
	}
}

/// What follows from several parts together.
impl Terms {
	/// From the verdict on a sampled job, or from the draw that chose nobody, to its settlement: a failure that is
	/// found within an incident's window still reaches it.
	pub fn sampled_window(&self) -> Blocks {
		self.jobs.dispute_window.max(self.verification.incident_window)
	}

	/// The numbers to which the rules of verification stand in relation.
	pub fn surroundings(&self) -> Surroundings {
		let Self { jobs, staking, .. } = self;
		Surroundings {
			min_node_bond: staking.min_node_bond,
			min_validator_bond: staking.min_validator_bond,
			node_share: Ppm::new(self.default_split.node.deconstruct()),
			delivery_window: jobs.delivery_window,
			draw_delay: jobs.draw_delay,
			commit_window: jobs.commit_window,
			court_window: jobs.court_window,
			reveal_delay: jobs.reveal_delay,
			reveal_window: jobs.reveal_window,
			opening_window: jobs.opening_window,
			dispute_window: self.sampled_window(),
			unbonding_delay: staking.unbonding_delay,
		}
	}

	/// The most blocks from a request to the end of the job.
	pub fn longest_path(&self) -> u64 {
		self.surroundings().longest_path(&self.verification)
	}
}

impl JobTerms {
	fn check(&self) -> Result<(), TermsError> {
		ensure_windows(
			&[
				self.delivery_window,
				self.draw_delay,
				self.commit_window,
				self.court_window,
				self.reveal_delay,
				self.reveal_window,
				self.dispute_window,
				self.retention,
			],
			JobWindowIsZero,
		)?;
		// The only window that may be zero.
		ensure(self.opening_window <= MAX_WINDOW, WindowTooLong)?;
		ensure(self.draw_delay <= MAX_DRAW_DELAY, DrawDelayTooLong)?;
		ensure(self.min_distinct_authors > 0, NoAuthors)?;
		ensure(
			self.min_distinct_authors <= self.draw_delay,
			MoreAuthorsThanBlocks,
		)?;
		ensure(self.max_tokens >= 2, NoTokens)?;
		ensure(self.min_fee_per_token > 0, NoMinimumFee)?;
		ensure(self.record_deposit > 0, NoRecordDeposit)?;
		ensure(self.min_dispute_deposit > 0, NoDisputeDeposit)?;
		ensure(self.court_window >= self.commit_window, CourtWindowTooShort)
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
		ensure(self.equivocation > Perbill::zero(), FaultWithoutSlash)?;
		ensure(self.collusion >= self.equivocation, SlashesOutOfOrder)
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

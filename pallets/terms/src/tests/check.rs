//! Every relation is checked, and the error is the one that names it.

use crate::{Terms, TermsError, TermsError::*, check::*};
use polkadot_sdk::sp_arithmetic::{Perbill, Permill};

fn refused(start: Terms, change: impl Fn(&mut Terms), expect: TermsError) {
	let mut terms = start;
	change(&mut terms);
	assert_eq!(terms.check(), Err(expect));
}

#[test]
fn both_presets_fit_together() {
	assert_eq!(Terms::production().check(), Ok(()));
	assert_eq!(Terms::development().check(), Ok(()));
}

#[test]
fn presets_differ_only_in_windows_and_numbers_of_people() {
	let (real, dev) = (Terms::production(), Terms::development());
	assert_eq!(real.default_split, dev.default_split);
	assert_eq!(real.slashes, dev.slashes);
	assert_eq!(real.deposits, dev.deposits);
	assert_eq!(real.jobs.min_fee_per_token, dev.jobs.min_fee_per_token);
	assert_eq!(
		real.congress.constitutional.majority,
		dev.congress.constitutional.majority
	);
}

#[test]
fn the_longest_path_counts_both_draws() {
	let jobs = Terms::development().jobs;
	assert_eq!(jobs.longest_path(), 30 + 2 * (2 * 2 + 12 + 1 + 12) + 2);
}

#[test]
fn each_relation_is_named() {
	for start in [Terms::production(), Terms::development()] {
		type Case = (fn(&mut Terms), TermsError);
		let cases: &[Case] = &[
			(
				|t| t.default_split.node = Permill::from_percent(26),
				SplitMustSumToOne,
			),
			(
				|t| t.default_split.node = Permill::from_percent(24),
				SplitMustSumToOne,
			),
			(|t| t.jobs.delivery_window = 0, JobWindowIsZero),
			(
				|t| t.congress.min_electorate = MAX_ELECTORATE + 1,
				ElectorateTooLarge,
			),
			(|t| t.congress.min_held = MAX_AMOUNT + 1, AmountTooLarge),
			(|t| t.staking.min_validator_bond = MAX_AMOUNT + 1, AmountTooLarge),
			(|t| t.jobs.draw_delay = 0, JobWindowIsZero),
			(|t| t.jobs.commit_window = 0, JobWindowIsZero),
			(|t| t.jobs.reveal_delay = 0, JobWindowIsZero),
			(|t| t.jobs.reveal_window = 0, JobWindowIsZero),
			(|t| t.jobs.dispute_window = 0, JobWindowIsZero),
			(|t| t.jobs.retention = 0, JobWindowIsZero),
			(|t| t.jobs.retention = u32::MAX, WindowTooLong),
			(|t| t.jobs.draw_delay = MAX_DRAW_DELAY + 1, DrawDelayTooLong),
			(|t| t.jobs.min_distinct_authors = 0, NoAuthors),
			(
				|t| t.jobs.min_distinct_authors = t.jobs.draw_delay + 1,
				MoreAuthorsThanBlocks,
			),
			(|t| t.jobs.committee = 0, NoCommittee),
			(|t| t.jobs.committee = MAX_COMMITTEE + 1, CommitteeTooLarge),
			(|t| t.jobs.quorum = 2, QuorumNotAboveHalf),
			(|t| t.jobs.quorum = 5, QuorumAboveCommittee),
			(|t| t.jobs.min_fee_per_token = 0, NoMinimumFee),
			(|t| t.jobs.record_deposit = 0, NoRecordDeposit),
			(|t| t.jobs.exposure_factor = 0, NoExposureFactor),
			(
				|t| t.jobs.retention = t.staking.unbonding_delay - 1,
				RetentionBelowUnbonding,
			),
			(|t| t.staking.min_node_bond = 0, NoBond),
			(|t| t.staking.min_validator_bond = 0, NoBond),
			(|t| t.staking.min_validators = 0, NoValidators),
			(
				|t| t.staking.min_validators = t.staking.max_validators + 1,
				MinValidatorsAboveMax,
			),
			(
				|t| t.staking.max_validators = MAX_VALIDATORS + 1,
				TooManyValidators,
			),
			(
				|t| {
					t.staking.min_validators = 1;
					t.staking.max_validators = 3;
				},
				CommitteeAboveValidatorSet,
			),
			(
				|t| t.staking.unbonding_delay = t.jobs.longest_path() as u32 + UNBONDING_MARGIN,
				UnbondingTooShort,
			),
			(|t| t.staking.unbonding_delay = 0, UnbondingTooShort),
			(|t| t.slashes.downtime = Perbill::zero(), FaultWithoutSlash),
			(|t| t.slashes.equivocation = Perbill::zero(), FaultWithoutSlash),
			(
				|t| t.slashes.downtime = Perbill::from_percent(11),
				DowntimeSlashTooHigh,
			),
			(|t| t.slashes.fraud = t.slashes.downtime, SlashesOutOfOrder),
			(
				|t| t.slashes.collusion = Perbill::from_percent(15),
				SlashesOutOfOrder,
			),
			(|t| t.jobs.exposure_factor = 9, FraudPays),
			(
				|t| t.slashes.reporter_reward = t.staking.min_validator_bond,
				ReporterRewardTooHigh,
			),
			(|t| t.deposits.publish_base = 0, NoStorageDeposit),
			(|t| t.deposits.anchor = 0, NoStorageDeposit),
			(|t| t.congress.community.quorum = Permill::zero(), NoBallotQuorum),
			(
				|t| t.congress.resource.majority = Permill::from_percent(50),
				BallotMajorityNotAboveHalf,
			),
			(|t| t.congress.technical.voting_period = 0, BallotWindowIsZero),
			(|t| t.congress.technical.enactment_delay = 0, BallotWindowIsZero),
			(|t| t.congress.community.deposit = 0, NoBallotDeposit),
			(
				|t| t.congress.constitutional.majority = Permill::from_percent(60),
				ConstitutionTooEasy,
			),
			(
				|t| t.congress.constitutional.quorum = Permill::from_percent(49),
				ConstitutionTooEasy,
			),
			(|t| t.congress.min_electorate = 0, NoElectorate),
			(|t| t.congress.min_held = 0, NoElectorate),
		];
		for (change, expect) in cases {
			refused(start, change, *expect);
		}
	}
}

#[test]
fn one_block_more_than_the_longest_job_and_the_margin_is_enough() {
	let mut terms = Terms::production();
	terms.staking.unbonding_delay = terms.jobs.longest_path() as u32 + UNBONDING_MARGIN + 1;
	assert_eq!(terms.check(), Ok(()));
}

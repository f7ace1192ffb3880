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
fn the_longest_path_counts_every_stage_and_a_sweep() {
	let stage = (2 + 8 + 10 + 1 + 6) + 5;
	// A court of an accusation or of a dispute has four blocks more.
	let court = stage + 4;
	// Two stages, such a court, and the question whether it was planted.
	let audit = 2 * stage + court + 13;
	// Late delivery, a draw that chooses nobody, the wait; an audit, a dispute's, an opened canary's, each with its wait.
	let path = 30 + (2 + 8) + 113 + 3 * (audit + 113) + 8;
	assert_eq!(Terms::development().longest_path(), path);
	// A court of an accusation or of a dispute may last so much longer.
	let mut terms = Terms::development();
	terms.jobs.court_window += 7;
	assert_eq!(terms.longest_path(), path + 3 * 7);
	assert_eq!(terms.surroundings().longest_audit(&terms.verification), audit + 7);
}

/// Whoever waits on a development chain for an incident to close waits no block longer than the rules ask.
#[test]
fn an_incident_on_a_development_chain_is_as_short_as_it_may_be() {
	let mut terms = Terms::development();
	terms.verification.incident_window -= 1;
	assert_eq!(terms.check(), Err(Verification(RulesFault::IncidentTooShort)));
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
			(|t| t.jobs.court_window = 0, JobWindowIsZero),
			(
				|t| t.jobs.court_window = t.jobs.commit_window - 1,
				CourtWindowTooShort,
			),
			(|t| t.jobs.min_dispute_deposit = 0, NoDisputeDeposit),
			(|t| t.jobs.min_dispute_deposit = MAX_AMOUNT + 1, AmountTooLarge),
			(|t| t.jobs.reveal_delay = 0, JobWindowIsZero),
			(|t| t.jobs.reveal_window = 0, JobWindowIsZero),
			(|t| t.jobs.dispute_window = 0, JobWindowIsZero),
			(|t| t.jobs.retention = 0, JobWindowIsZero),
			(|t| t.jobs.retention = u32::MAX, WindowTooLong),
			(|t| t.jobs.opening_window = MAX_WINDOW + 1, WindowTooLong),
			(
				|t| t.jobs.opening_window = t.verification.incident_window,
				Verification(RulesFault::IncidentTooShort),
			),
			(
				|t| t.verification.canary_reward = t.verification.finder_reward + 1,
				Verification(RulesFault::CanaryReward),
			),
			(|t| t.jobs.draw_delay = MAX_DRAW_DELAY + 1, DrawDelayTooLong),
			(|t| t.jobs.min_distinct_authors = 0, NoAuthors),
			(
				|t| t.jobs.min_distinct_authors = t.jobs.draw_delay + 1,
				MoreAuthorsThanBlocks,
			),
			(|t| t.verification.panel = 3, Verification(RulesFault::CourtSizes)),
			(
				|t| t.verification.safety = 1,
				Verification(RulesFault::CheatingPays),
			),
			(
				|t| t.verification.incident_window = 1,
				Verification(RulesFault::IncidentTooShort),
			),
			(
				|t| t.verification.always_audit_fee = 1_000 * crate::presets::HAI,
				Verification(RulesFault::NodeBond),
			),
			(
				|t| t.verification.stop_within = MAX_STOP_WITHIN + 1,
				StopWithinTooLong,
			),
			(|t| t.jobs.max_tokens = 1, NoTokens),
			(|t| t.jobs.min_fee_per_token = 0, NoMinimumFee),
			(|t| t.jobs.record_deposit = 0, NoRecordDeposit),
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
				NoCourtEverSits,
			),
			(
				|t| t.staking.unbonding_delay = t.longest_path() as u32,
				Verification(RulesFault::UnbondingTooShort),
			),
			(|t| t.staking.unbonding_delay = 0, UnbondingTooShort),
			(|t| t.slashes.equivocation = Perbill::zero(), FaultWithoutSlash),
			(
				|t| t.slashes.collusion = Perbill::from_percent(4),
				SlashesOutOfOrder,
			),
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
fn one_block_more_than_the_longest_job_and_its_incident_is_enough() {
	let mut terms = Terms::production();
	terms.staking.unbonding_delay = terms.longest_path() as u32 + terms.verification.incident_window + 1;
	assert_eq!(terms.check(), Ok(()));
}

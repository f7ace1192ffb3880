//! The governed numbers.

use super::check;
use crate::terms::{
	BallotTerms, CongressTerms, DepositTerms, JobTerms, SlashTerms, Split, StakingTerms, Terms,
};

pub(super) fn ballot() -> BallotTerms {
	BallotTerms {
		quorum: 670_000,
		majority: 750_000,
		voting_period: 3,
		enactment_delay: 4,
		deposit: 5,
	}
}

pub(super) fn split() -> Split {
	Split {
		creator: 450_000,
		upstream: 200_000,
		node: 250_000,
		validators: 50_000,
		treasury: 50_000,
	}
}

fn terms() -> Terms {
	Terms {
		default_split: split(),
		jobs: JobTerms {
			delivery_window: 1,
			draw_delay: 2,
			min_distinct_authors: 3,
			commit_window: 4,
			court_window: 14,
			reveal_delay: 5,
			reveal_window: 6,
			opening_window: 14,
			dispute_window: 7,
			retention: 10,
			max_tokens: 13,
			min_fee_per_token: 11,
			record_deposit: 12,
			min_dispute_deposit: 15,
		},
		staking: StakingTerms {
			min_node_bond: 1,
			min_validator_bond: 2,
			min_validators: 3,
			max_validators: 4,
			unbonding_delay: 5,
		},
		slashes: SlashTerms {
			collusion: 3,
			equivocation: 5,
			burned: 6,
			reporter_reward: 7,
		},
		verification: verification::Rules::DEFAULT.into(),
		deposits: DepositTerms {
			publish_base: 1,
			publish_per_byte: 2,
			anchor: 3,
		},
		congress: CongressTerms {
			constitutional: ballot(),
			technical: ballot(),
			community: ballot(),
			resource: ballot(),
			min_electorate: 1,
			min_held: 2,
		},
	}
}

#[test]
fn every_number_of_the_terms() {
	check("pallet_terms::types::Terms", terms());
}

//! The first versions: one for real use, one that settles within a minute.

use crate::types::{
	BallotTerms, Blocks, CongressTerms, DepositTerms, JobTerms, Planck, SlashTerms, Split, StakingTerms,
	Terms,
};
use polkadot_sdk::sp_arithmetic::{Perbill, Permill};
use verification::Rules;

/// One HAI in planck.
pub const HAI: Planck = 1_000_000_000_000;

/// A thousandth of a HAI in planck.
pub const MILLI_HAI: Planck = HAI / 1_000;

/// Blocks of two seconds in a day.
pub const DAY: Blocks = 43_200;

/// The split of a workflow that names none: 45 / 20 / 25 / 5 / 5.
pub const DEFAULT_SPLIT: Split = Split {
	creator: Permill::from_percent(45),
	upstream: Permill::from_percent(20),
	node: Permill::from_percent(25),
	validators: Permill::from_percent(5),
	treasury: Permill::from_percent(5),
};

const fn ballot(quorum: u32, majority: u32, deposit: Planck) -> BallotTerms {
	BallotTerms {
		quorum: Permill::from_percent(quorum),
		majority: Permill::from_percent(majority),
		voting_period: 7 * DAY,
		enactment_delay: DAY,
		deposit,
	}
}

impl Terms {
	/// The numbers a public network starts with. Windows count blocks of two seconds.
	pub const fn production() -> Self {
		Self {
			default_split: DEFAULT_SPLIT,
			jobs: JobTerms {
				delivery_window: 300,
				draw_delay: 16,
				min_distinct_authors: 4,
				commit_window: 60,
				court_window: 1_800,
				reveal_delay: 10,
				reveal_window: 60,
				opening_window: 300,
				dispute_window: 1_800,
				retention: 30 * DAY,
				max_tokens: 4_096,
				min_fee_per_token: 1_000,
				record_deposit: 10 * MILLI_HAI,
				min_dispute_deposit: HAI,
			},
			staking: StakingTerms {
				min_node_bond: 1_000 * HAI,
				min_validator_bond: 10_000 * HAI,
				min_validators: 4,
				max_validators: 100,
				unbonding_delay: 28 * DAY,
			},
			slashes: SlashTerms {
				collusion: Perbill::from_percent(100),
				equivocation: Perbill::from_percent(5),
				burned: Permill::from_percent(50),
				reporter_reward: 10 * HAI,
			},
			verification: Rules::DEFAULT,
			deposits: DepositTerms {
				publish_base: HAI,
				publish_per_byte: MILLI_HAI,
				anchor: 100 * MILLI_HAI,
			},
			congress: CongressTerms {
				constitutional: ballot(67, 75, 1_000 * HAI),
				technical: ballot(25, 51, 100 * HAI),
				community: ballot(33, 51, 10 * HAI),
				resource: ballot(33, 51, 100 * HAI),
				min_electorate: 4,
				min_held: 10_000 * HAI,
			},
		}
	}

	/// The numbers of a chain on one's own machine: a job settles and a vote ends within a minute.
	/// Everything that is no window, and no number of people, is as in [`Terms::production`].
	pub const fn development() -> Self {
		let mut terms = Self::production();
		terms.jobs.delivery_window = 30;
		terms.jobs.draw_delay = 2;
		terms.jobs.min_distinct_authors = 1;
		terms.jobs.commit_window = 10;
		terms.jobs.court_window = 14;
		terms.jobs.reveal_delay = 1;
		terms.jobs.reveal_window = 6;
		// Finality lags behind by some blocks, and the node goes by what is final.
		terms.jobs.opening_window = 12;
		terms.jobs.dispute_window = 2;
		terms.jobs.retention = 1_000;
		terms.verification.stop_one_in = 2;
		terms.verification.stop_within = 8;
		// The longest audit, two stages of 32 blocks, a court of 36 and the window for openings: what is sampled settles
		// within four minutes.
		terms.verification.incident_window = 113;
		terms.verification.era = 60;
		terms.staking.min_validators = 1;
		terms.staking.max_validators = 16;
		terms.staking.unbonding_delay = 1_000;
		terms.congress.constitutional = brief(terms.congress.constitutional);
		terms.congress.technical = brief(terms.congress.technical);
		terms.congress.community = brief(terms.congress.community);
		terms.congress.resource = brief(terms.congress.resource);
		terms.congress.min_electorate = 1;
		terms.congress.min_held = 1;
		terms
	}
}

const fn brief(ballot: BallotTerms) -> BallotTerms {
	BallotTerms {
		voting_period: 15,
		enactment_delay: 3,
		..ballot
	}
}

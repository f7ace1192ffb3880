//! The simulated world: how many take part, what work costs, how often honest machines fail.

use std::{fmt, str::FromStr};
use verification::{HAI, Planck, Ppm, Rules, Surroundings};

/// Everything that a run depends on beside strategy and seed.
#[derive(Clone, Debug)]
pub struct Settings {
	/// The name of this world; figures may be changed on top.
	pub pace: Pace,
	/// The rules that are tested.
	pub rules: Rules,
	/// Windows and bonds.
	pub around: Surroundings,
	/// Distinct authors that a draw waits for.
	pub min_authors: u32,
	/// Share of a slash that is burned.
	pub burned: Ppm,
	/// Honest nodes, against which a strategy is measured.
	pub honest_nodes: usize,
	/// Nodes that follow the strategy, where it is one of nodes.
	pub strategic_nodes: usize,
	/// Validators in all.
	pub validators: usize,
	/// Share of the validators that follow the strategy, where it is one of validators.
	pub strategic_validators: Ppm,
	/// Accounts that pay for jobs.
	pub callers: usize,
	/// Blocks in which jobs are requested. Then the world runs on until the last bond is back.
	pub horizon: u32,
	/// Mean of the blocks between two jobs of one node.
	pub job_every: u32,
	/// Blocks that one job takes, from and to.
	pub work: (u64, u64),
	/// Fees, in thousandths of a HAI, from and to; their logarithm is uniform.
	pub fee: (f64, f64),
	/// Tokens of an answer, from and to; their logarithm is uniform.
	pub tokens: (f64, f64),
	/// Share of the jobs that ask for `Replicated`.
	pub replicated: Ppm,
	/// Cost of the work, which is what a cheat saves, as a part of the node's pay. With a node's part of 25 % of the
	/// fee, 70 % of it is a gain R of 17.5 % of the fee.
	pub work_cost: Ppm,
	/// Cost of an audit (one prefill), as a part of the work's.
	pub prefill_cost: Ppm,
	/// Cost of a node's own check of its run, as a part of the work's: what an audit costs a model of 57 million weights.
	pub check_cost: Ppm,
	/// Chance that an honest run is wrong, each by itself, and the node's own check does not see it.
	pub glitch: Ppm,
	/// Chance that an honest auditor's machine calls a valid run invalid.
	pub false_alarm: Ppm,
	/// Chance that an honest node cannot serve a transcript for as long as an audit lasts.
	pub lost_transcript: Ppm,
	/// Chance that an honest node delivers nothing.
	pub lost_job: Ppm,
	/// Part of its value that the true detection power has of the one that the rules assume.
	pub true_detection: Ppm,
	/// Mean of the blocks between two outages of an honest validator's verifier, and their mean length.
	pub outage: (u32, u32),
	/// Share of the callers that accept an unverified run.
	pub consent: Ppm,
	/// Share of the blocks that the validators of a strategic node's owner write.
	pub own_blocks: Ppm,
	/// Bond of a node, its free money beside, and the same of a validator.
	pub node_bond: Planck,
	/// See `node_bond`.
	pub node_cash: Planck,
	/// See `node_bond`.
	pub validator_bond: Planck,
	/// See `node_bond`.
	pub validator_cash: Planck,
}

/// How often a node has a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pace {
	/// About 18 jobs an hour. An incident stops much income, and a sweep finds much.
	Busy,
	/// About two jobs an hour. Being chilled costs next to nothing and a sweep finds next to nothing, so that only
	/// the penalty deters.
	Slow,
}

impl Pace {
	/// Both.
	pub const ALL: [Self; 2] = [Self::Busy, Self::Slow];

	/// The world of this pace.
	pub fn settings(self) -> Settings {
		match self {
			Self::Busy => Settings::default(),
			Self::Slow => Settings {
				pace: Self::Slow,
				horizon: 40_000,
				job_every: 1_000,
				..Settings::default()
			},
		}
	}
}

/// A number that can be set from the command line.
#[derive(Clone, Copy)]
struct Knob {
	name: &'static str,
	set: fn(&mut Settings, u32),
}

/// Shares are in parts per million.
const KNOBS: [Knob; 16] = [
	Knob {
		name: "work-cost",
		set: |settings, parts| settings.work_cost = Ppm::new(parts),
	},
	Knob {
		name: "prefill-cost",
		set: |settings, parts| settings.prefill_cost = Ppm::new(parts),
	},
	Knob {
		name: "true-detection",
		set: |settings, parts| settings.true_detection = Ppm::new(parts),
	},
	Knob {
		name: "glitch",
		set: |settings, parts| settings.glitch = Ppm::new(parts),
	},
	Knob {
		name: "false-alarm",
		set: |settings, parts| settings.false_alarm = Ppm::new(parts),
	},
	Knob {
		name: "lost-transcript",
		set: |settings, parts| settings.lost_transcript = Ppm::new(parts),
	},
	Knob {
		name: "consent",
		set: |settings, parts| settings.consent = Ppm::new(parts),
	},
	Knob {
		name: "own-blocks",
		set: |settings, parts| settings.own_blocks = Ppm::new(parts),
	},
	Knob {
		name: "base-audit",
		set: |settings, parts| settings.rules.base_audit = Ppm::new(parts),
	},
	Knob {
		name: "canary-rate",
		set: |settings, parts| settings.rules.canary_rate = Ppm::new(parts),
	},
	Knob {
		name: "second-look",
		set: |settings, parts| settings.rules.second_look = Ppm::new(parts),
	},
	Knob {
		name: "strategic-validators",
		set: |settings, parts| settings.strategic_validators = Ppm::new(parts),
	},
	Knob {
		name: "relief",
		set: |settings, parts| settings.rules.relief = Ppm::new(parts),
	},
	Knob {
		name: "safety",
		set: |settings, times| settings.rules.safety = times,
	},
	Knob {
		name: "absence-factor",
		set: |settings, times| settings.rules.absence_factor = times,
	},
	Knob {
		name: "stop-one-in",
		set: |settings, blocks| settings.rules.stop_one_in = blocks,
	},
];

impl Settings {
	/// Sets one number by its name: `glitch=1000`. Shares are in parts per million.
	///
	/// Error: what there is to set.
	pub fn set(&mut self, assignment: &str) -> Result<(), String> {
		let found = assignment.split_once('=').and_then(|(name, value)| {
			let knob = KNOBS.iter().find(|knob| knob.name == name)?;
			Some((knob, value.parse().ok()?))
		});
		let (knob, value) = found.ok_or_else(|| {
			let names: Vec<_> = KNOBS.iter().map(|knob| knob.name).collect();
			format!(
				"{assignment:?} is not NAME=NUMBER with one of: {}",
				names.join(", ")
			)
		})?;
		(knob.set)(self, value);
		Ok(())
	}

	/// Thousands of nodes and hundreds of validators, for a short while: the world of [`crate::Strategy::Crowd`].
	pub fn crowd() -> Self {
		Self {
			honest_nodes: 500,
			strategic_nodes: 1_500,
			validators: 200,
			strategic_validators: Ppm::new(125_000),
			horizon: 4_000,
			callers: 500,
			..Self::default()
		}
	}
}

impl fmt::Display for Pace {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.pad(match self {
			Self::Busy => "busy",
			Self::Slow => "slow",
		})
	}
}

impl FromStr for Pace {
	type Err = String;

	fn from_str(name: &str) -> Result<Self, String> {
		let known = Self::ALL.into_iter().find(|pace| pace.to_string() == name);
		known.ok_or_else(|| format!("there is no pace {name:?}; there are: busy, slow"))
	}
}

impl Default for Settings {
	/// The world of [`Pace::Busy`].
	fn default() -> Self {
		Self {
			pace: Pace::Busy,
			rules: Rules::default(),
			around: Surroundings {
				// Longer than every window, and short enough for many seeds.
				unbonding_delay: 25_000,
				..Surroundings::production()
			},
			min_authors: 4,
			burned: Ppm::new(500_000),
			honest_nodes: 60,
			strategic_nodes: 30,
			validators: 40,
			strategic_validators: Ppm::new(325_000),
			callers: 50,
			horizon: 16_000,
			job_every: 100,
			work: (5, 60),
			fee: (100.0, 100_000.0),
			tokens: (4.0, 2_048.0),
			replicated: Ppm::new(20_000),
			work_cost: Ppm::new(700_000),
			prefill_cost: Ppm::new(150_000),
			check_cost: Ppm::new(40_000),
			glitch: Ppm::new(500),
			false_alarm: Ppm::new(50),
			lost_transcript: Ppm::new(500),
			lost_job: Ppm::new(1_000),
			true_detection: Ppm::ONE,
			outage: (40_000, 300),
			consent: Ppm::new(200_000),
			own_blocks: Ppm::new(100_000),
			node_bond: 1_500 * HAI,
			node_cash: 3_000 * HAI,
			validator_bond: 15_000 * HAI,
			validator_cash: 5_000 * HAI,
		}
	}
}

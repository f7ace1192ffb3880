//! The first block.

use super::{
	Event, Trace, World,
	people::{Identity, Owner, OwnerId, Tally, Validator, ValidatorTally},
};
use crate::{
	ledger::Ledger,
	random::{Random, mix},
	settings::Settings,
	strategy::Strategy,
};
use verification::{HAI, Planck, Probation, Score};

/// What a caller has: enough for every job there is.
const CALLER_CASH: Planck = 1_000_000_000 * HAI;

impl World {
	pub(super) fn genesis(settings: Settings, strategy: Strategy, seed: u64, trace: Trace) -> Self {
		let mut ledger = Ledger::default();
		let callers = (0..settings.callers)
			.map(|_| ledger.open_account(CALLER_CASH))
			.collect();
		let creator = ledger.open_account(0);
		let upstream = ledger.open_account(0);
		let longest = settings.around.longest_path(&settings.rules) as u32;
		let blocks = settings.horizon
			+ longest + settings.rules.incident_window
			+ settings.around.unbonding_delay
			+ settings.rules.era
			+ 10;
		let authors = (0..blocks)
			.map(|block| (mix(mix(seed, 77), u64::from(block)) % settings.validators as u64) as usize)
			.collect();
		let mut world = Self {
			strategy,
			seed,
			ledger,
			owners: Vec::new(),
			identities: Vec::new(),
			validators: Vec::new(),
			jobs: Vec::new(),
			now: 0,
			calendar: vec![Vec::new(); blocks as usize],
			outputs: vec![0],
			authors,
			callers,
			creator,
			upstream,
			open_jobs: Vec::new(),
			open_fees: 0,
			convicts: vec![None; settings.validators + 1],
			paid_by: Default::default(),
			auditors_random: Random::new(seed, "auditors"),
			machines_random: Random::new(seed, "machines"),
			withheld: 0,
			trace,
			settings,
		};
		world.open_validators();
		world.open_nodes();
		world
	}

	fn open_validators(&mut self) {
		let Settings {
			validators,
			strategic_validators,
			own_blocks,
			validator_bond,
			validator_cash,
			outage,
			..
		} = self.settings;
		let strategic = if self.strategy == Strategy::Told {
			1
		} else if self.strategy.has_validators() {
			strategic_validators.of_count(validators as u32) as usize
		} else if self.strategy == Strategy::Grinder {
			// They audit honestly; that they write blocks is what counts.
			own_blocks.of_count(validators as u32) as usize
		} else {
			0
		};
		for number in 0..validators {
			let began_with = validator_bond + validator_cash;
			let account = self.ledger.open_account(began_with);
			let bond = self.ledger.open_bond();
			self.ledger
				.bond(account, bond, validator_bond)
				.expect("the account was opened with it");
			self.validators.push(Validator {
				strategy: if number < strategic {
					self.strategy.of_validator(number)
				} else {
					Strategy::Honest
				},
				account,
				bond,
				began_with,
				costs: 0,
				away_until: 0,
				chilled_until: 0,
				absences: Vec::new(),
				correct: 0,
				tally: ValidatorTally::default(),
			});
			let first = self.machines_random.waiting(self.outage_times(outage).0);
			self.at(first, Event::Away(number));
		}
	}

	fn open_nodes(&mut self) {
		let strategic = self.settings.strategic_nodes;
		for number in 0..self.settings.honest_nodes + strategic {
			let began_with = self.settings.node_bond + self.settings.node_cash;
			let account = self.ledger.open_account(began_with);
			self.owners.push(Owner {
				strategy: if number < self.settings.honest_nodes {
					Strategy::Honest
				} else {
					self.strategy.of_node(number)
				},
				account,
				identity: None,
				began_with,
				costs: 0,
				is_broken: false,
				jobs: 0,
				demand: Random::new(self.seed, &format!("demand {number}")),
				choice: Random::new(self.seed, &format!("choice {number}")),
				machine: Random::new(self.seed, &format!("machine {number}")),
				away_until: 0,
				tally: Tally::default(),
			});
			let mut probation = Probation::default();
			for _ in 0..self.settings.rules.probation {
				// Whoever is there from the start has shown itself; newcomers have not.
				probation.pass(&self.settings.rules, Planck::MAX);
			}
			self.enter(number, probation);
			let first = self.owners[number].demand.waiting(self.settings.job_every);
			self.at(first, Event::Demand(number));
			match self.owners[number].strategy {
				Strategy::Wash => self.at(first + 1, Event::Wash(number)),
				Strategy::Burst | Strategy::BurstUnchecked | Strategy::Absent => {
					let latest = u64::from(self.settings.horizon) * 5;
					let first = self.owners[number].choice.between(1, latest) as u32;
					self.at(first, Event::Break(number));
				}
				_ => {}
			}
		}
	}

	/// Bonds an owner's node under a new name, if it can pay for it.
	pub(super) fn enter(&mut self, owner: OwnerId, probation: Probation) {
		let amount = self.settings.node_bond;
		let bond = self.ledger.open_bond();
		let account = self.owners[owner].account;
		if self.ledger.bond(account, bond, amount).is_err() {
			return;
		}
		self.owners[owner].identity = Some(self.identities.len());
		self.identities.push(Identity {
			owner,
			bond,
			score: Score::ZERO,
			probation,
			incident: None,
			finder: None,
			absent_since: None,
			by_driver: false,
			has_left: false,
			open: Vec::new(),
			open_gain: 0,
			slashed: 0,
		});
	}
}

//! The simulated chain and everybody around it, one block after the other.

mod audit;
mod behaviour;
mod consequence;
mod draw;
mod evidence;
mod genesis;
mod job;
mod people;
mod request;

pub use job::{Draw, End, Evidence, Finding, Job, JobId, Opening, Seat, State, Work};
pub use people::{Identity, IdentityId, Owner, OwnerId, Tally, Validator, ValidatorId, ValidatorTally};

use crate::{
	ledger::{AccountId, Ledger},
	random::Random,
	settings::{Pace, Settings},
	strategy::Strategy,
};
use std::fmt;
use verification::{Planck, Ppm};

/// Something that happens in a later block.
#[derive(Clone, Copy, Debug)]
enum Event {
	/// An owner looks for its next job.
	Demand(OwnerId),
	/// A washer pays itself.
	Wash(OwnerId),
	/// A node is done.
	Deliver(JobId),
	/// A job's step is due.
	Step(JobId),
	/// An auditor has its verdict: job, seat, round.
	Commit(JobId, usize, u32),
	/// An auditor opens its commitment: job, seat, round.
	Reveal(JobId, usize, u32),
	/// An incident closes.
	CloseIncident(IdentityId),
	/// A bond is free again.
	Withdraw(IdentityId),
	/// A driver goes bad or a node goes away; a driver is repaired.
	Break(OwnerId),
	Repair(OwnerId),
	/// A verifier goes away.
	Away(ValidatorId),
}

/// What must hold in every block, and did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
	/// The strategy of the world.
	pub strategy: Strategy,
	/// Its seed.
	pub seed: u64,
	/// Its pace.
	pub pace: Pace,
	/// The block.
	pub block: u32,
	/// What did not hold.
	pub what: String,
}

impl fmt::Display for Violation {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self {
			strategy,
			seed,
			pace,
			block,
			what,
		} = self;
		write!(
			f,
			"{what}\n  strategy {strategy}, seed {seed}, pace {pace}, block {block}\n  \
			 replay: ./scripts/sim --seed {seed} --strategy {strategy} --pace {pace} --trace"
		)
	}
}

/// Whether a run tells what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
	/// It does not.
	Off,
	/// On standard output, block by block.
	On,
}

/// One run.
pub struct World {
	/// The world's numbers.
	pub settings: Settings,
	/// The studied strategy.
	pub strategy: Strategy,
	/// The seed.
	pub seed: u64,
	/// All money.
	pub ledger: Ledger,
	/// Owners of nodes: the honest ones first.
	pub owners: Vec<Owner>,
	/// Names.
	pub identities: Vec<Identity>,
	/// Validators: the honest ones last.
	pub validators: Vec<Validator>,
	/// Every job there was.
	pub jobs: Vec<Job>,
	/// The block.
	pub now: u32,
	calendar: Vec<Vec<Event>>,
	outputs: Vec<u64>,
	authors: Vec<ValidatorId>,
	callers: Vec<AccountId>,
	creator: AccountId,
	upstream: AccountId,
	open_jobs: Vec<JobId>,
	open_fees: Planck,
	convicts: Vec<Option<Ppm>>,
	paid_by: std::collections::BTreeSet<(OwnerId, AccountId)>,
	auditors_random: Random,
	machines_random: Random,
	withheld: u64,
	trace: Trace,
}

impl World {
	/// Runs a world to its end: the horizon, and then until every job has ended and every bond is back.
	///
	/// Error: the first invariant that does not hold.
	pub fn run(settings: Settings, strategy: Strategy, seed: u64, trace: Trace) -> Result<Self, Violation> {
		let mut world = Self::genesis(settings, strategy, seed, trace);
		let end = world.calendar.len() as u32;
		while world.now + 1 < end {
			world.now += 1;
			world.block()?;
		}
		if let Some(job) = world.open_jobs.first() {
			return Err(world.violation(format!("job {job} never ended: {:?}", world.jobs[*job].state)));
		}
		world.check_liabilities()?;
		Ok(world)
	}

	fn block(&mut self) -> Result<(), Violation> {
		let now = self.now;
		self.produce_block();
		// Steps of jobs may make others due in this very block.
		while let Some(events) =
			Some(std::mem::take(&mut self.calendar[now as usize])).filter(|e| !e.is_empty())
		{
			for event in events {
				self.happen(event);
			}
		}
		if now.is_multiple_of(self.settings.rules.era) {
			self.end_era();
		}
		let (issued, found) = self.ledger.issued_and_found();
		if issued != found {
			return Err(self.violation(format!("{issued} planck were issued, {found} were found")));
		}
		if now.is_multiple_of(100) {
			self.check_liabilities()?;
			self.check_deadlines()?;
		}
		Ok(())
	}

	fn happen(&mut self, event: Event) {
		match event {
			Event::Demand(owner) => self.demand(owner),
			Event::Wash(owner) => self.wash(owner),
			Event::Deliver(job) => self.deliver(job),
			Event::Step(job) if self.jobs[job].due == self.now => self.step(job),
			Event::Step(_) => {}
			Event::Commit(job, seat, round) => self.commit(job, seat, round),
			Event::Reveal(job, seat, round) => self.reveal(job, seat, round),
			Event::CloseIncident(identity) => self.close_incident(identity),
			Event::Withdraw(identity) => self.withdraw(identity),
			Event::Break(owner) => self.break_down(owner),
			Event::Repair(owner) => self.owners[owner].is_broken = false,
			Event::Away(validator) => self.go_away(validator),
		}
	}

	/// What the chain does with a job whose step is due.
	fn step(&mut self, id: JobId) {
		match self.jobs[id].state {
			State::Assigned { .. } => self.time_out(id),
			State::Drawing { from, draw } => self.draw(id, from, draw),
			State::Auditing { .. } => self.close_phase(id),
			State::Waiting { .. } => self.settle(id),
			State::Ended { .. } => {}
		}
	}

	fn at(&mut self, block: u32, event: Event) {
		if let Some(events) = self.calendar.get_mut(block.max(self.now) as usize) {
			events.push(event);
		}
	}

	/// Makes a job's next step due in `block`, and in no other.
	fn schedule(&mut self, id: JobId, block: u32) {
		self.jobs[id].due = block.max(self.now);
		self.at(block, Event::Step(id));
	}

	/// The held fees are those of the open jobs, to the last unit.
	fn check_liabilities(&self) -> Result<(), Violation> {
		let open: Planck = self.open_jobs.iter().map(|job| self.jobs[*job].facts.fee).sum();
		let held = self.ledger.escrowed();
		if held == open && open == self.open_fees {
			Ok(())
		} else {
			Err(self.violation(format!("{held} planck are held for open jobs of {open}")))
		}
	}

	/// No job is older than the longest path.
	fn check_deadlines(&self) -> Result<(), Violation> {
		let longest = self.settings.around.longest_path(&self.settings.rules);
		let late = self
			.open_jobs
			.iter()
			.find(|job| u64::from(self.jobs[**job].requested_at) + longest < u64::from(self.now));
		match late {
			Some(job) => Err(self.violation(format!(
				"job {job} is open after more than {longest} blocks: {:?}",
				self.jobs[*job].state
			))),
			None => Ok(()),
		}
	}

	fn violation(&self, what: String) -> Violation {
		Violation {
			strategy: self.strategy,
			seed: self.seed,
			pace: self.settings.pace,
			block: self.now,
			what,
		}
	}

	fn note(&self, what: impl FnOnce() -> String) {
		if self.trace == Trace::On {
			println!("{:>6}  {}", self.now, what());
		}
	}

	/// What an owner has in all: free money and the bonds of all its names.
	pub fn wealth(&self, owner: OwnerId) -> Planck {
		let bonds: Planck = self
			.identities
			.iter()
			.filter(|identity| identity.owner == owner)
			.map(|identity| self.ledger.bonded(identity.bond))
			.sum();
		self.ledger.free(self.owners[owner].account) + bonds
	}

	/// What an owner gained, the cost of its machines taken off, in planck.
	pub fn gain_of_owner(&self, owner: OwnerId) -> i128 {
		let Owner {
			began_with, costs, ..
		} = self.owners[owner];
		self.wealth(owner) as i128 - began_with as i128 - costs as i128
	}

	/// The same for a validator.
	pub fn gain_of_validator(&self, validator: ValidatorId) -> i128 {
		let Validator {
			account,
			bond,
			began_with,
			costs,
			..
		} = self.validators[validator];
		let wealth = self.ledger.free(account) + self.ledger.bonded(bond);
		wealth as i128 - began_with as i128 - costs as i128
	}

	/// Blocks that their author withheld.
	pub fn withheld(&self) -> u64 {
		self.withheld
	}
}

//! Requests and deliveries.

use super::{
	Event, World,
	job::{Draw, End, Job, JobId, State, Work},
	people::OwnerId,
};
use crate::{ledger::AccountId, split, strategy::Strategy};
use verification::{
	BondError, HAI, JobFacts, Planck, Ppm, Standing, Tier, audit_probability, conviction_chance,
	penalty::{ensure_covered, penalty},
};

/// Blocks from the first run that a node's own check finds spoiled until its driver is repaired.
const REPAIR_TAKES: u32 = 150;

/// [`Strategy::Flood`] takes so many times the jobs of others.
const FLOOD: u32 = 20;

/// Fee of a job by which a washer pays itself.
const WASH_FEE: Planck = HAI;

impl World {
	/// P for the present number of eligible auditors.
	pub(super) fn convicts(&mut self, eligible: u32) -> Ppm {
		let rules = &self.settings.rules;
		*self.convicts[eligible as usize].get_or_insert_with(|| conviction_chance(rules, eligible))
	}

	/// The job that a caller has for this node now.
	pub(super) fn demand(&mut self, owner: OwnerId) {
		if self.now > self.settings.horizon {
			return;
		}
		let mean = match self.owners[owner].strategy {
			Strategy::Flood => (self.settings.job_every / FLOOD).max(1),
			_ => self.settings.job_every,
		};
		let random = &mut self.owners[owner].demand;
		let next = self.now + random.waiting(mean);

		let settings = &self.settings;
		let ((low, high), (short, long)) = (settings.fee, settings.tokens);
		let fee = random.log_between(low, high) as Planck * (HAI / 1_000)
			+ Planck::from(random.below(HAI as u64 / 1_000));
		let tokens = random.log_between(short, long) as u32;
		let replicated = random.happens(self.settings.replicated);
		let caller = self.callers[random.below(self.callers.len() as u64) as usize];
		let consents = random.happens(self.settings.consent);
		self.at(next, Event::Demand(owner));
		let odd = self.owners[owner].strategy == Strategy::OddPair;
		// Nobody gets a ticket of a node that is away.
		if odd && !consents || self.owners[owner].away_until > self.now {
			return;
		}
		let tier = if replicated && !odd {
			Tier::Replicated
		} else {
			Tier::Sampled
		};
		self.request(owner, caller, fee, tokens, tier);
	}

	/// A washer is its own caller, creator and upstream.
	pub(super) fn wash(&mut self, owner: OwnerId) {
		if self.now > self.settings.horizon {
			return;
		}
		let next = self.now + self.owners[owner].choice.waiting(self.settings.job_every);
		self.at(next, Event::Wash(owner));
		let account = self.owners[owner].account;
		self.request(owner, account, WASH_FEE, 200, Tier::Sampled);
	}

	fn request(&mut self, owner: OwnerId, caller: AccountId, fee: Planck, tokens: u32, tier: Tier) {
		let Some(identity) = self.owners[owner].identity else {
			return;
		};
		let name = &self.identities[identity];
		if name.has_left || name.incident.is_some() {
			return;
		}
		let facts = JobFacts {
			tier,
			fee,
			node_part: split::divide(fee).node,
			tokens,
		};
		let calibrated = self.owners[owner].strategy != Strategy::OddPair;
		let standing = if name.probation.is_over(&self.settings.rules) {
			Standing::Proven
		} else {
			Standing::New
		};
		let probability = if calibrated {
			audit_probability(&self.settings.rules, &facts, standing)
		} else {
			Ppm::ZERO
		};
		let eligible = self.eligible().len() as u32;
		let (bond, open_gain) = (name.bond, name.open_gain);
		let account = self.owners[owner].account;
		loop {
			let active = self.ledger.active(bond);
			match ensure_covered(
				&self.settings.rules,
				active,
				&facts,
				probability,
				eligible,
				open_gain,
			) {
				Ok(()) => break,
				// The refusal names the bond that would do: who can pay it, does.
				Err(BondError::TooSmall { bond: had, needed })
					if self.ledger.bond(account, bond, needed - had).is_ok() => {}
				Err(_) => return,
			}
		}
		if self.ledger.active(bond) < self.settings.around.min_node_bond {
			let missing = self.settings.around.min_node_bond - self.ledger.active(bond);
			if self.ledger.bond(account, bond, missing).is_err() {
				return;
			}
		}
		if self.ledger.hold(caller, fee).is_err() {
			return;
		}
		let convicts = self.convicts(eligible);
		let penalty = penalty(&self.settings.rules, &facts, probability, convicts);
		let id = self.jobs.len();
		let deliver_by = self.now + self.settings.around.delivery_window;
		self.jobs.push(Job {
			caller,
			identity,
			facts,
			position: self.open_jobs.len(),
			requested_at: self.now,
			state: State::Assigned { deliver_by },
			due: 0,
			work: Work::Done,
			error: 0,
			canary: None,
			available: true,
			calibrated,
			own: caller == account,
			probability,
			penalty,
			audited: false,
			seats: Vec::new(),
			findings: Vec::new(),
			shared: None,
			accuser: None,
			absent: Vec::new(),
			round: 0,
			beacon: (0, 0, Vec::new()),
		});
		self.open_jobs.push(id);
		self.open_fees += fee;
		self.owners[owner].jobs += 1;
		let gain = facts.gain(&self.settings.rules);
		let name = &mut self.identities[identity];
		name.open.push(id);
		name.open_gain += gain;
		self.schedule(id, deliver_by + 1);
		self.note(|| format!("job {id}: requested of owner {owner}, fee {fee}, {tokens} tokens, {tier:?}"));

		let (from, to) = self.settings.work;
		let done = self.now + self.owners[owner].choice.between(from, to) as u32;
		if !self.owners[owner].machine.happens(self.settings.lost_job) {
			self.do_work(owner, id);
			self.at(done, Event::Deliver(id));
		}
	}

	/// The node has its result, and delivers it, unless it reads it first and finds it spoiled.
	pub(super) fn deliver(&mut self, id: JobId) {
		let owner = self.identities[self.jobs[id].identity].owner;
		if self.owners[owner].away_until > self.now {
			self.at(self.owners[owner].away_until, Event::Deliver(id));
			return;
		}
		let strategy = self.owners[owner].strategy;
		match strategy {
			Strategy::Burst if !self.check_passes(owner, id) => self.cancel(id),
			Strategy::Grinder => {
				let block = self.best_delivery(id);
				if block == self.now {
					self.put_receipt(id);
				} else {
					self.at(block, Event::Deliver(id));
				}
			}
			_ => self.put_receipt(id),
		}
	}

	pub(super) fn put_receipt(&mut self, id: JobId) {
		let job = &self.jobs[id];
		if !matches!(job.state, State::Assigned { .. }) {
			return;
		}
		let name = &self.identities[job.identity];
		let owner = name.owner;
		let swept = name.incident.is_some() || name.has_left;
		let probability = match (job.calibrated, swept) {
			(false, _) => Ppm::ZERO,
			(true, true) => audit_probability(&self.settings.rules, &job.facts, Standing::Swept),
			(true, false) => job.probability,
		};
		if job.work == Work::Cheated {
			self.owners[owner].tally.cheats += 1;
		}
		let draw = Draw::Whether(probability);
		self.start_draw(id, draw);
		self.note(|| {
			format!(
				"job {id}: delivered, {:?}, p {}",
				self.jobs[id].work,
				probability.parts()
			)
		});
	}

	/// A node's own audit of a run that it has made. Glitches are what it does not see.
	fn check_passes(&mut self, owner: OwnerId, id: JobId) -> bool {
		let work = self.settings.work_cost.of(self.jobs[id].facts.node_part);
		self.owners[owner].costs += self.settings.check_cost.of(work);
		let passes = self.jobs[id].work != Work::Broken;
		if !passes && self.owners[owner].is_broken {
			self.at(self.now + REPAIR_TAKES, Event::Repair(owner));
		}
		passes
	}

	/// The node gives a job back.
	fn cancel(&mut self, id: JobId) {
		let job = &self.jobs[id];
		if !matches!(job.state, State::Assigned { .. }) {
			return;
		}
		let owner = self.identities[job.identity].owner;
		self.owners[owner].tally.forfeited += job.facts.node_part;
		self.note(|| format!("job {id}: cancelled by the node, whose own audit it fails"));
		self.refund(id, End::Cancelled);
	}
}

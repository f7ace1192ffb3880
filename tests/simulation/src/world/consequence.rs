//! What follows: payment, refund, incident, ejection, withdrawal.

use super::{
	Event, World,
	job::{Draw, End, JobId, State, Work},
	people::IdentityId,
};
use crate::{ledger::AccountId, split, strategy::Strategy};
use verification::{
	Incident, Planck, Probation, Score, Standing, Verdict, audit_probability, is_another_absence,
	penalty::{absence_penalty, finder_reward, no_show_penalty},
};

impl World {
	/// Nothing speaks against the job: it is paid when the dispute window is over.
	pub(super) fn wait_for_payment(&mut self, id: JobId) {
		let settle_at = self.now + self.settings.around.dispute_window;
		self.jobs[id].state = State::Waiting { settle_at };
		self.schedule(id, settle_at);
	}

	pub(super) fn pass(&mut self, id: JobId) {
		let fee = self.jobs[id].facts.fee;
		let rules = self.settings.rules;
		let name = &mut self.identities[self.jobs[id].identity];
		name.score.pass(&rules, fee);
		name.probation.pass(&rules, fee);
		self.wait_for_payment(id);
	}

	pub(super) fn settle(&mut self, id: JobId) {
		let job = &self.jobs[id];
		let (caller, fee, own) = (job.caller, job.facts.fee, job.own);
		let owner = self.identities[job.identity].owner;
		let node = self.owners[owner].account;
		let parts = split::divide(fee);
		let creator = if own { node } else { self.creator };
		let upstream = if own { node } else { self.upstream };
		let held = "the fee of an open job is held";
		self.ledger.pay(caller, creator, parts.creator).expect(held);
		self.ledger.pay(caller, upstream, parts.upstream).expect(held);
		self.ledger.pay(caller, node, parts.node).expect(held);
		self.ledger
			.pay_common(caller, parts.validators, parts.treasury)
			.expect(held);
		let new_caller = !own && self.paid_by.insert((owner, caller));
		let tally = &mut self.owners[owner].tally;
		tally.earned += parts.node;
		tally.runs += 1;
		tally.callers += u64::from(new_caller);
		self.end(id, End::Settled);
	}

	pub(super) fn refund(&mut self, id: JobId, end: End) {
		let job = &self.jobs[id];
		let (caller, fee) = (job.caller, job.facts.fee);
		self.ledger
			.release(caller, fee)
			.expect("the fee of an open job is held");
		self.end(id, end);
	}

	fn end(&mut self, id: JobId, end: End) {
		let job = &mut self.jobs[id];
		job.state = State::Ended { at: self.now, end };
		job.seats = Vec::new();
		job.findings = Vec::new();
		job.beacon.2 = Vec::new();
		let (fee, gain) = (job.facts.fee, job.facts.gain(&self.settings.rules));
		let name = &mut self.identities[job.identity];
		name.open.retain(|open| *open != id);
		name.open_gain -= gain;
		let position = self.jobs[id].position;
		self.open_jobs.swap_remove(position);
		if let Some(moved) = self.open_jobs.get(position) {
			self.jobs[*moved].position = position;
		}
		self.open_fees -= fee;
		self.note(|| format!("job {id}: {end:?}"));
	}

	fn forfeit(&mut self, id: JobId) {
		let owner = self.identities[self.jobs[id].identity].owner;
		self.owners[owner].tally.forfeited += self.jobs[id].facts.node_part;
	}

	pub(super) fn time_out(&mut self, id: JobId) {
		self.forfeit(id);
		let penalty = no_show_penalty(&self.settings.rules, &self.jobs[id].facts);
		self.slash(self.jobs[id].identity, penalty);
		self.refund(id, End::TimedOut);
	}

	pub(super) fn undecided(&mut self, id: JobId) {
		self.forfeit(id);
		self.refund(id, End::Undecided);
	}

	/// A court could not fetch the transcript in all of its time.
	pub(super) fn unavailable(&mut self, id: JobId) {
		self.forfeit(id);
		self.count_caught(id);
		let job = &self.jobs[id];
		let identity = job.identity;
		let penalty = absence_penalty(&self.settings.rules, &job.facts, job.probability).unwrap_or(0);
		self.slash(identity, penalty);
		self.refund(id, End::Unavailable);
		let (rules, now) = (self.settings.rules, self.now);
		let name = &mut self.identities[identity];
		if is_another_absence(&rules, name.absent_since, now) {
			name.absent_since = Some(now);
			self.count_failure(identity);
		}
	}

	/// An upheld failed audit.
	pub(super) fn fail(&mut self, id: JobId) {
		self.forfeit(id);
		self.count_caught(id);
		let finder = self.finder(id);
		let rules = self.settings.rules;
		let job = &self.jobs[id];
		let (identity, gain) = (job.identity, job.facts.gain(&rules));
		let penalty = job.penalty.unwrap_or(0);
		let is_broken = job.work == Work::Broken;
		self.refund(id, End::Failed);
		self.identities[identity].by_driver |= is_broken;
		if let Some(incident) = &mut self.identities[identity].incident {
			incident.add(&rules, penalty, gain);
			return;
		}
		let incident = Incident::open(self.now, penalty);
		self.identities[identity].incident = Some(incident);
		self.identities[identity].finder = finder;
		let owner = self.identities[identity].owner;
		self.owners[owner].tally.incidents += 1;
		self.note(|| format!("owner {owner}: incident opened, penalty {penalty}"));
		self.at(incident.closes_at(&rules), Event::CloseIncident(identity));
		self.at(self.now + 1, Event::Repair(owner));
		self.sweep(identity);
		self.count_failure(identity);
		if matches!(self.owners[owner].strategy, Strategy::Churn | Strategy::Flood) {
			self.leave(identity);
		}
	}

	fn count_caught(&mut self, id: JobId) {
		let owner = self.identities[self.jobs[id].identity].owner;
		// Who was away could not show its work, and whether it was then is forgotten.
		let can_show = self.jobs[id].available && self.owners[owner].strategy != Strategy::Absent;
		if self.jobs[id].work == Work::Done && can_show {
			self.owners[owner].tally.wronged += 1;
		}
		if self.jobs[id].work == Work::Cheated {
			self.owners[owner].tally.caught += 1;
		}
	}

	/// The account of the first auditor that found a job's work invalid.
	fn finder(&self, id: JobId) -> Option<AccountId> {
		let mut findings = self.jobs[id].findings.iter();
		let found = findings.find(|finding| finding.verdict == Verdict::Invalid)?;
		Some(self.validators[found.validator].account)
	}

	/// Audits everything of a node that is not paid yet and was not drawn.
	fn sweep(&mut self, identity: IdentityId) {
		for id in self.identities[identity].open.clone() {
			let job = &self.jobs[id];
			if matches!(job.state, State::Waiting { .. }) && !job.audited && job.calibrated {
				let probability = audit_probability(&self.settings.rules, &job.facts, Standing::Swept);
				self.start_draw(id, Draw::Whether(probability));
			} else if let State::Drawing {
				draw: Draw::Whether(_),
				..
			} = job.state
			{
				let probability = audit_probability(&self.settings.rules, &job.facts, Standing::Swept);
				self.start_draw(id, Draw::Whether(probability));
			}
		}
	}

	fn count_failure(&mut self, identity: IdentityId) {
		let rules = self.settings.rules;
		let name = &mut self.identities[identity];
		if name.has_left {
			return;
		}
		name.score.fail(&rules);
		if name.score.ejects(&rules) {
			let owner = name.owner;
			let now = self.now;
			self.owners[owner].tally.ejected_at.get_or_insert(now);
			self.note(|| format!("owner {owner}: ejected"));
			self.leave(identity);
		}
	}

	/// A name takes no jobs any more, and its bond begins to be withdrawn.
	pub(super) fn leave(&mut self, identity: IdentityId) {
		let name = &mut self.identities[identity];
		if name.has_left {
			return;
		}
		name.has_left = true;
		let (bond, owner, score) = (name.bond, name.owner, name.score);
		self.ledger.unbond(bond);
		let free_at = self.now + self.settings.around.unbonding_delay;
		self.at(free_at, Event::Withdraw(identity));
		if score > Score::ZERO {
			self.sweep(identity);
		}
		if self.owners[owner].strategy == Strategy::Churn && self.now < self.settings.horizon {
			self.enter(owner, Probation::default());
		}
	}

	pub(super) fn withdraw(&mut self, identity: IdentityId) {
		let (bond, owner) = (self.identities[identity].bond, self.identities[identity].owner);
		self.ledger.withdraw(bond, self.owners[owner].account);
	}

	pub(super) fn close_incident(&mut self, identity: IdentityId) {
		if let Some(incident) = self.identities[identity].incident.take() {
			let slash = incident.slash();
			let owner = self.identities[identity].owner;
			self.note(|| {
				format!(
					"owner {owner}: incident of {} failures closed, slash {slash}",
					incident.failures
				)
			});
			if let Some(finder) = self.identities[identity].finder.take() {
				self.ledger
					.reward(finder, finder_reward(&self.settings.rules, slash));
			}
			let by_driver = std::mem::take(&mut self.identities[identity].by_driver);
			let tally = &mut self.owners[owner].tally;
			tally.slashes += u64::from(slash > 0);
			tally.bursts.0 += u64::from(by_driver);
			tally.bursts.1 += u64::from(by_driver && slash > 0);
			self.slash(identity, slash);
		}
	}

	fn slash(&mut self, identity: IdentityId, amount: Planck) {
		let burned = self.settings.burned;
		let name = &mut self.identities[identity];
		let taken = self.ledger.slash(name.bond, amount, burned);
		name.slashed += taken;
		self.owners[name.owner].tally.slashed += taken;
	}
}

//! Commitments, reveals and the count.

use super::{
	Event, World,
	evidence::is_set,
	job::{Draw, JobId, State},
};
use crate::split::divide;
use verification::{
	Decision, Ppm, Stage, Verdict, Votes,
	canary::{Conduct, conduct},
	penalty::{attestation_penalty, canary_reward, no_show_penalty},
};

/// Blocks after which a verifier that was away tries again.
const RETRY: u32 = 5;

impl World {
	pub(super) fn commit(&mut self, id: JobId, seat: usize, round: u32) {
		let job = &self.jobs[id];
		let State::Auditing {
			stage, commit_until, ..
		} = job.state
		else {
			return;
		};
		if job.round != round || self.now > commit_until {
			return;
		}
		let validator = job.seats[seat].validator;
		if self.validators[validator].away_until > self.now {
			self.at(self.now + RETRY, Event::Commit(id, seat, round));
			return;
		}
		let committed = self.opening_of(validator, id);
		self.jobs[id].seats[seat].committed = Some(committed);
		if self.jobs[id].seats.iter().all(|seat| seat.committed.is_some()) {
			self.open_reveals(id, stage);
		}
	}

	/// Everybody has committed: the reveals need not wait for the end of the window.
	fn open_reveals(&mut self, id: JobId, stage: Stage) {
		let around = self.settings.around;
		let reveal_from = self.now + around.reveal_delay;
		let reveal_until = reveal_from + around.reveal_window;
		self.jobs[id].state = State::Auditing {
			stage,
			commit_until: self.now,
			reveal_from,
			reveal_until,
		};
		self.schedule(id, reveal_until + 1);
		self.ask_for_reveals(id, reveal_from);
	}

	fn ask_for_reveals(&mut self, id: JobId, from: u32) {
		let round = self.jobs[id].round;
		for seat in 0..self.jobs[id].seats.len() {
			let own = &self.jobs[id].seats[seat];
			if matches!(own.committed, Some(Some(_))) && own.revealed.is_none() {
				let when = from + self.auditors_random.below(4) as u32;
				self.at(when, Event::Reveal(id, seat, round));
			}
		}
	}

	pub(super) fn reveal(&mut self, id: JobId, seat: usize, round: u32) {
		let job = &self.jobs[id];
		let State::Auditing { reveal_until, .. } = job.state else {
			return;
		};
		if job.round != round || self.now > reveal_until {
			return;
		}
		if self.validators[job.seats[seat].validator].away_until > self.now {
			self.at(self.now + RETRY, Event::Reveal(id, seat, round));
			return;
		}
		let own = &mut self.jobs[id].seats[seat];
		own.revealed = own.committed.flatten();
		let all = self.jobs[id]
			.seats
			.iter()
			.all(|seat| seat.committed.is_none() || seat.revealed.is_some());
		if all {
			self.schedule(id, self.now);
		}
	}

	/// The end of the commitments, or of the reveals.
	pub(super) fn close_phase(&mut self, id: JobId) {
		let State::Auditing {
			commit_until,
			reveal_from,
			reveal_until,
			..
		} = self.jobs[id].state
		else {
			return;
		};
		let seats = &self.jobs[id].seats;
		let waits = seats
			.iter()
			.any(|seat| seat.committed.is_some() && seat.revealed.is_none());
		if waits && self.now == commit_until + 1 {
			self.schedule(id, reveal_until + 1);
			self.ask_for_reveals(id, reveal_from);
		} else if !waits || self.now > reveal_until {
			self.judge(id);
		}
	}

	fn judge(&mut self, id: JobId) {
		let State::Auditing { stage, .. } = self.jobs[id].state else {
			return;
		};
		self.charge_the_absent(id);
		let idle = self.idle(id, stage);
		let mut votes = Votes::default();
		for finding in self.findings_of_seats(id) {
			votes.add(finding.verdict);
			self.jobs[id].findings.push(finding);
		}
		let job = &self.jobs[id];
		let seats = job.seats.len() as u32;
		if job.canary.is_some() && votes.valid + votes.invalid > 0 {
			self.open_canary(id);
			return;
		}
		let trust = self.trust(id, stage);
		let time = self.fetch_time(id, stage);
		let decision = self.settings.rules.decide(stage, seats, votes, trust, time);
		self.note(|| format!("job {id}: {stage:?} {votes:?} {trust:?} {time:?}: {decision:?}"));
		match decision {
			Decision::Escalates(next) => {
				if stage == Stage::Auditor {
					self.jobs[id].accuser = self.jobs[id].seats.first().map(|seat| seat.validator);
				}
				self.start_draw(id, Draw::Who(next));
			}
			Decision::Undecided => self.undecided(id),
			Decision::Ends(_) if stage == Stage::Auditor => {
				self.jobs[id].accuser = self.jobs[id].seats.first().map(|seat| seat.validator);
				self.start_draw(id, Draw::Again);
			}
			Decision::Ends(verdict) => {
				// Who could not fetch the transcript says nothing of anybody's trace.
				let idle = if verdict == Verdict::Unavailable { 0 } else { idle };
				self.settle_with_auditors(id, verdict, idle);
				match verdict {
					Verdict::Valid => self.pass(id),
					Verdict::Invalid => self.fail(id),
					Verdict::Unavailable => self.unavailable(id),
				}
			}
		}
	}

	/// Nobody looks again at what a single auditor has passed.
	pub(super) fn pass_unseen(&mut self, id: JobId) {
		self.settle_with_auditors(id, Verdict::Valid, 0);
		self.pass(id);
	}

	/// The node opens its canary: who missed it pays, and the work itself is audited as any other.
	fn open_canary(&mut self, id: JobId) {
		self.note(|| format!("job {id}: it is a canary"));
		self.settle_with_auditors(id, Verdict::Invalid, 0);
		let job = &mut self.jobs[id];
		// What comes now is an audit of another transcript.
		(job.canary, job.accuser, job.shared) = (None, None, None);
		job.findings.clear();
		let (identity, parts) = (job.identity, divide(job.facts.fee));
		let common = parts.validators + parts.treasury;
		let account = self.owners[self.identities[identity].owner].account;
		self.ledger
			.reward(account, canary_reward(&self.settings.rules, common));
		self.start_draw(id, Draw::Whether(Ppm::ONE));
	}

	fn charge_the_absent(&mut self, id: JobId) {
		let penalty = no_show_penalty(&self.settings.rules, &self.jobs[id].facts);
		let window = self.settings.rules.incident_window;
		for seat in 0..self.jobs[id].seats.len() {
			let job = &mut self.jobs[id];
			let own = job.seats[seat];
			if own.revealed.is_some() || job.absent.contains(&own.validator) {
				continue;
			}
			job.absent.push(own.validator);
			let now = self.now;
			let validator = &mut self.validators[own.validator];
			validator.tally.absences += 1;
			validator.absences.retain(|block| block + window > now);
			validator.absences.push(now);
			if validator.absences.len() >= self.settings.rules.no_shows_to_chill as usize {
				validator.chilled_until = now + window;
				validator.absences.clear();
			}
			let bond = validator.bond;
			let taken = self.ledger.slash(bond, penalty, self.settings.burned);
			self.validators[own.validator].tally.slashed += taken;
			self.validators[own.validator].tally.slashed_for_absence += taken;
		}
	}

	/// Credits and slashes everyone who gave a verdict in any stage, by what was established. `idle` says bit by bit which
	/// findings are of somebody that never ran the model: they are worth nothing, right or wrong.
	fn settle_with_auditors(&mut self, id: JobId, verdict: Verdict, idle: u64) {
		let rules = self.settings.rules;
		let job = &self.jobs[id];
		let is_bad = job.error >= 1_000;
		let (truth, error) = match job.canary {
			Some(planted) => (Verdict::Invalid, planted),
			// The figures are those of the majority, true or not.
			None if (verdict == Verdict::Invalid) == is_bad => (verdict, job.error),
			None if verdict == Verdict::Invalid => (verdict, 5_000),
			None => (verdict, 0),
		};
		let penalty = attestation_penalty(&rules, &job.facts, job.penalty.unwrap_or(0));
		for (number, finding) in job.findings.clone().into_iter().enumerate() {
			let own = finding.verdict;
			let conduct = conduct(&rules, own, truth, error);
			let is_idle = is_set(idle, number);
			let validator = &mut self.validators[finding.validator];
			validator.tally.verdicts += 1;
			validator.tally.faults += u64::from(conduct == Conduct::AtFault);
			validator.tally.idle += u64::from(is_idle);
			if is_idle || conduct == Conduct::AtFault {
				let bond = validator.bond;
				let taken = self.ledger.slash(bond, penalty, self.settings.burned);
				self.validators[finding.validator].tally.slashed += taken;
				self.note(|| {
					let number = finding.validator;
					let how = if is_idle { "without a run" } else { "wrongly" };
					format!("job {id}: validator {number} said {own:?} {how}, slashed {taken}")
				});
			} else if conduct == Conduct::Correct {
				validator.correct += 1;
			}
		}
	}

	/// Divides the pool among the correct verdicts of the era.
	pub(super) fn end_era(&mut self) {
		let correct = self.validators.iter().map(|validator| validator.correct).sum();
		let (each, _) = verification::era::divide(self.ledger.pool(), correct);
		for number in 0..self.validators.len() {
			let count = std::mem::take(&mut self.validators[number].correct);
			let amount = each * u128::from(count);
			let account = self.validators[number].account;
			if self.ledger.pay_from_pool(account, amount).is_ok() {
				self.validators[number].tally.earned += amount;
			}
		}
	}
}

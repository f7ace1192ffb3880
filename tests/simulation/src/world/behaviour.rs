//! What nodes, auditors and machines do, by strategy.

use super::{
	Event, World,
	job::{Evidence, JobId, Opening, State, Work},
	people::{OwnerId, ValidatorId},
};
use crate::{random::Random, strategy::Strategy};
use verification::{HAI, Ppm, Verdict};

/// Answers up to this length are short to [`Strategy::ShortOnly`].
const SHORT: u32 = 32;

/// Fees up to this one are cheap to [`Strategy::CheapOnly`].
const CHEAP: u128 = HAI;

/// [`Strategy::BurstMimic`] cheats on so many jobs in a row, of so many.
const MIMIC: (u64, u64) = (20, 60);

/// [`Strategy::Grinder`] cheats on jobs that are audited at most this often.
const UNLIKELY: Ppm = Ppm::new(80_000);

/// Blocks that a bad driver lasts where nobody notices, from and to.
const BROKEN: (u64, u64) = (100, 2_000);

/// Blocks that a node is away, from and to: half an hour to three hours.
const AWAY: (u64, u64) = (900, 5_400);

/// Blocks between two bad drivers or two absences of one node, on average. A year has 15 million.
const BREAK_EVERY: u32 = 200_000;

/// What somebody commits to who has no run. It says wherever it can that nobody needs one.
fn unrun(verdict: Verdict) -> Opening {
	Opening {
		verdict,
		evidence: match verdict {
			Verdict::Valid => Evidence::Invented,
			Verdict::Invalid | Verdict::Unavailable => Evidence::Needless,
		},
		untrue: 0,
	}
}

impl World {
	/// The node does the work, or not; and pays for what it does.
	pub(super) fn do_work(&mut self, owner: OwnerId, id: JobId) {
		let rules = self.settings.rules;
		let random = &mut self.owners[owner].choice;
		let canary = random.happens(rules.canary_rate);
		let planted = if random.happens(rules.canary_clear) {
			random.between(2_000, 6_000)
		} else {
			random.between(1_001, 1_999)
		};
		let cheats = self.wants_to_cheat(owner, id) && !canary;
		let random = &mut self.owners[owner].machine;
		let glitch = random.happens(self.settings.glitch);
		let seen = random.happens(
			rules
				.detection_power(self.jobs[id].facts.tokens)
				.and(self.settings.true_detection),
		);
		let clear = random.between(1_500, 6_000);
		let lost = random.happens(self.settings.lost_transcript);

		let is_broken = self.owners[owner].is_broken;
		let cost = self.settings.work_cost.of(self.jobs[id].facts.node_part);
		let strategy = self.owners[owner].strategy;
		let job = &mut self.jobs[id];
		(job.work, job.error) = if cheats {
			// Some cheats lie within the bands, and nobody can tell.
			(Work::Cheated, if seen { clear as u32 } else { 300 })
		} else if is_broken {
			(Work::Broken, 10_000)
		} else if glitch {
			(Work::Glitched, 10_000)
		} else {
			(Work::Done, 100)
		};
		job.canary = (canary && job.work == Work::Done && job.calibrated).then_some(planted as u32);
		job.available = !(lost || strategy == Strategy::Silent && cheats);
		if !cheats {
			self.owners[owner].costs += cost;
		}
	}

	fn wants_to_cheat(&mut self, owner: OwnerId, id: JobId) -> bool {
		let job = &self.jobs[id];
		let name = &self.identities[job.identity];
		// Nobody cheats where every job is audited.
		let is_new = !name.probation.is_over(&self.settings.rules);
		if job.calibrated && (is_new || job.probability == Ppm::ONE) {
			return false;
		}
		let (fee, tokens, score) = (job.facts.fee, job.facts.tokens, name.score);
		let number = self.owners[owner].jobs;
		match self.owners[owner].strategy {
			Strategy::Cheat(percent) => self.owners[owner].choice.below(100) < u64::from(percent),
			Strategy::Churn => self.owners[owner].choice.below(2) == 0,
			Strategy::ScoreReader => score.micro_nats() == 0,
			Strategy::BurstMimic => number % MIMIC.1 < MIMIC.0,
			Strategy::ShortOnly => tokens <= SHORT,
			Strategy::CheapOnly => fee <= CHEAP,
			// Withholding helps where an audit is unlikely.
			Strategy::Grinder => job.probability <= UNLIKELY,
			Strategy::Silent
			| Strategy::OddPair
			| Strategy::Flood
			| Strategy::Colluding
			| Strategy::QuietlyColluding => true,
			_ => false,
		}
	}

	/// What an auditor commits to; `None` where it copies a commitment that it cannot open.
	pub(super) fn opening_of(&mut self, validator: ValidatorId, id: JobId) -> Option<Opening> {
		let strategy = self.validators[validator].strategy;
		let owner = self.identities[self.jobs[id].identity].owner;
		let is_friend = strategy == self.owners[owner].strategy;
		let sits_alone = self.jobs[id].seats.len() == 1;
		Some(match strategy {
			Strategy::Lazy => unrun(Verdict::Valid),
			Strategy::Copying => return None,
			// Who says that a transcript contradicts itself need not show a run.
			Strategy::Contrary => Opening {
				untrue: self.findings_that(id, |_| true),
				..unrun(Verdict::Invalid)
			},
			Strategy::Colluding if is_friend => unrun(Verdict::Valid),
			Strategy::Colluding => Opening {
				untrue: self.findings_that(id, |finding| {
					self.validators[finding.validator].strategy != strategy
				}),
				..unrun(Verdict::Invalid)
			},
			// Who sits alone is outvoted by nobody; in company it does not give itself away, and it always runs the model.
			Strategy::QuietlyColluding | Strategy::Grinder if is_friend && sits_alone => Opening {
				verdict: Verdict::Valid,
				..self.audit(validator, id)
			},
			Strategy::CanaryLeak => {
				let known = is_friend && self.jobs[id].canary.is_some();
				unrun(if known { Verdict::Invalid } else { Verdict::Valid })
			}
			Strategy::Told => unrun(self.look(id)),
			Strategy::ToldAlone if sits_alone => unrun(self.look(id)),
			Strategy::Sharing => {
				let runner = self.validators.iter().position(|own| own.strategy == strategy);
				let runner = runner.unwrap_or(validator);
				let shared = self.shared_run(runner, id);
				if validator == runner {
					// It does not give its friends away.
					Opening { untrue: 0, ..shared }
				} else {
					unrun(shared.verdict)
				}
			}
			Strategy::SharingRuns => self.shared_run(validator, id),
			Strategy::Slanderous => {
				let own = self.audit(validator, id);
				let evidence = match own.evidence {
					Evidence::Run if !sits_alone => Evidence::Slander,
					evidence => evidence,
				};
				Opening { evidence, ..own }
			}
			_ => self.audit(validator, id),
		})
	}

	/// An honest audit: the transcript, one prefill, the bands.
	fn audit(&mut self, validator: ValidatorId, id: JobId) -> Opening {
		let verdict = self.look(id);
		if verdict == Verdict::Unavailable {
			return unrun(verdict);
		}
		self.pay_for_run(validator, id);
		self.opening_with_run(id, verdict)
	}

	/// The same where several validators need it, each for its own seat: the first that does pays for it.
	fn shared_run(&mut self, validator: ValidatorId, id: JobId) -> Opening {
		let Some(verdict) = self.jobs[id].shared else {
			let opening = self.audit(validator, id);
			self.jobs[id].shared = (opening.evidence == Evidence::Run).then_some(opening.verdict);
			return opening;
		};
		self.opening_with_run(id, verdict)
	}

	/// What somebody commits to who has a run.
	fn opening_with_run(&self, id: JobId, verdict: Verdict) -> Opening {
		Opening {
			verdict,
			evidence: Evidence::Run,
			untrue: self.findings_that(id, |finding| finding.evidence == Evidence::Invented),
		}
	}

	fn pay_for_run(&mut self, validator: ValidatorId, id: JobId) {
		let work = self.settings.work_cost.of(self.jobs[id].facts.node_part);
		self.validators[validator].costs += self.settings.prefill_cost.of(work);
	}

	/// What an honest auditor finds.
	fn look(&mut self, id: JobId) -> Verdict {
		let job = &self.jobs[id];
		let State::Auditing { commit_until, .. } = job.state else {
			return Verdict::Unavailable;
		};
		// Who has time for it asks again until the node is back.
		let back = self.owners[self.identities[job.identity].owner].away_until;
		if !job.available || back > commit_until {
			return Verdict::Unavailable;
		}
		let error = job.canary.unwrap_or(job.error);
		// Near the band honest machines differ.
		let noise = self.auditors_random.between(0, 200) as u32;
		let is_bad = error + noise >= 1_100;
		if is_bad || self.auditors_random.happens(self.settings.false_alarm) {
			Verdict::Invalid
		} else {
			Verdict::Valid
		}
	}

	/// How often verifiers go away and for how long, on average.
	pub(super) fn outage_times(&self, usual: (u32, u32)) -> (u32, u32) {
		match self.strategy {
			Strategy::Outage => (1_000, 3_000),
			_ => usual,
		}
	}

	pub(super) fn go_away(&mut self, validator: ValidatorId) {
		let (every, lasts) = self.outage_times(self.settings.outage);
		let back = self.now + self.machines_random.waiting(lasts);
		self.validators[validator].away_until = back;
		if self.strategy == Strategy::Outage && self.machines_random.below(8) == 0 {
			// Now and then all of them go at once.
			for other in &mut self.validators {
				other.away_until = other.away_until.max(back);
			}
		}
		let next = back + self.machines_random.waiting(every);
		self.at(next, Event::Away(validator));
	}

	/// A node's driver goes bad, or the whole node goes away.
	pub(super) fn break_down(&mut self, owner: OwnerId) {
		let lasts = |(from, to), random: &mut Random| random.between(from, to) as u32;
		match self.owners[owner].strategy {
			Strategy::Absent => {
				self.owners[owner].away_until = self.now + lasts(AWAY, &mut self.machines_random);
			}
			// Its own check notices.
			Strategy::Burst => self.owners[owner].is_broken = true,
			_ => {
				self.owners[owner].is_broken = true;
				let until = self.now + lasts(BROKEN, &mut self.machines_random);
				self.at(until, Event::Repair(owner));
			}
		}
		let next = self.now + self.machines_random.waiting(BREAK_EVERY);
		self.at(next, Event::Break(owner));
	}
}

//! Blocks, their randomness, and the draws from it.

use super::{
	World,
	job::{Draw, JobId, Seat, State},
	people::ValidatorId,
};
use crate::{random::mix, strategy::Strategy};
use verification::{
	Ppm, Stage,
	beacon::{Beacon, ends_draw},
	court::Accuser,
};

/// What a complete draw came to.
#[derive(Clone, Debug)]
enum Drawn {
	NotAudited,
	NotAgain,
	Seats(Stage, Vec<ValidatorId>),
	/// Too few are eligible to judge anybody.
	NoCourt,
}

impl World {
	/// Who can be drawn.
	pub(super) fn eligible(&self) -> Vec<ValidatorId> {
		let least = self.settings.around.min_validator_bond;
		(0..self.validators.len())
			.filter(|number| {
				let validator = &self.validators[*number];
				validator.chilled_until <= self.now && self.ledger.active(validator.bond) >= least
			})
			.collect()
	}

	/// Appends this block's output. An author that dislikes a draw that its block would end withholds the
	/// block; then another one writes it.
	pub(super) fn produce_block(&mut self) {
		let (now, mut author) = (self.now, self.authors[self.now as usize]);
		let output = |author: ValidatorId, seed: u64| mix(mix(seed, u64::from(now)), author as u64 + 1);
		let mut word = output(author, self.seed);
		if self.validators[author].strategy == Strategy::Grinder && self.dislikes(author, word) {
			self.withheld += 1;
			author = (mix(word, 5) % self.validators.len() as u64) as usize;
			word = output(author, mix(self.seed, 9));
			self.note(|| format!("block withheld; validator {author} writes it"));
		}
		self.outputs.push(word);
		self.authors[now as usize] = author;
	}

	/// Whether more of its own jobs would be audited with this output than with another one on average.
	fn dislikes(&self, author: ValidatorId, output: u64) -> bool {
		let (mut audited, mut expected) = (0u64, 0u64);
		for event in &self.calendar[self.now as usize] {
			let super::Event::Step(id) = *event else {
				continue;
			};
			let job = &self.jobs[id];
			let owner = &self.owners[self.identities[job.identity].owner];
			let State::Drawing { from, draw } = job.state else {
				continue;
			};
			let probability = match draw {
				Draw::Whether(probability) => probability,
				Draw::Again => self.settings.rules.second_look,
				Draw::Who(_) => continue,
			};
			if job.due != self.now || owner.strategy != Strategy::Grinder {
				continue;
			}
			let mut beacon = job.beacon.clone();
			self.extend(&mut beacon, self.now - 1);
			beacon.0 = mix(beacon.0, output);
			beacon.2.push(author);
			if self.is_complete(from, &beacon) {
				expected += u64::from(probability.parts());
				if !matches!(
					self.outcome(draw, id, beacon.0),
					Drawn::NotAudited | Drawn::NotAgain
				) {
					audited += u64::from(Ppm::ONE.parts());
				}
			}
		}
		audited > expected
	}

	/// The block in which a grinder delivers: the first for which it writes the block that ends the shortest draw.
	pub(super) fn best_delivery(&self, id: JobId) -> u32 {
		let delay = self.settings.around.draw_delay;
		let State::Assigned { deliver_by } = self.jobs[id].state else {
			return self.now;
		};
		(self.now..=deliver_by)
			.find(|block| {
				let author = self.authors.get((block + delay) as usize);
				author.is_some_and(|author| self.validators[*author].strategy == Strategy::Grinder)
			})
			.unwrap_or(self.now)
	}

	/// Starts a draw from the blocks after this one.
	pub(super) fn start_draw(&mut self, id: JobId, draw: Draw) {
		let job = &mut self.jobs[id];
		job.state = State::Drawing { from: self.now, draw };
		job.beacon = (mix(id as u64, u64::from(job.round)), self.now, Vec::new());
		self.schedule(id, self.now + self.settings.around.draw_delay);
	}

	/// Takes the outputs up to `until` into a beacon.
	fn extend(&self, beacon: &mut (u64, u32, Vec<ValidatorId>), until: u32) {
		for block in beacon.1 + 1..=until {
			beacon.0 = mix(beacon.0, self.outputs[block as usize]);
			let author = self.authors[block as usize];
			if beacon.2.len() < self.settings.min_authors as usize && !beacon.2.contains(&author) {
				beacon.2.push(author);
			}
		}
		beacon.1 = beacon.1.max(until);
	}

	fn is_complete(&self, from: u32, beacon: &(u64, u32, Vec<ValidatorId>)) -> bool {
		let ends = ends_draw(
			&self.settings.rules,
			self.now - from,
			self.settings.around.draw_delay,
			beacon.2.len() as u32,
			self.settings.min_authors,
			mix(beacon.0, 1),
		);
		ends == Beacon::Complete
	}

	/// A step of a draw: one more block, or the end.
	pub(super) fn draw(&mut self, id: JobId, from: u32, draw: Draw) {
		let mut beacon = std::mem::take(&mut self.jobs[id].beacon);
		self.extend(&mut beacon, self.now);
		let complete = self.is_complete(from, &beacon);
		let word = beacon.0;
		self.jobs[id].beacon = beacon;
		if !complete {
			self.schedule(id, self.now + 1);
			return;
		}
		match self.outcome(draw, id, word) {
			Drawn::NotAudited => self.wait_for_payment(id),
			Drawn::NotAgain => self.pass_unseen(id),
			Drawn::NoCourt if draw == Draw::Again => self.pass_unseen(id),
			Drawn::NoCourt => self.undecided(id),
			Drawn::Seats(stage, drawn) => {
				self.note(|| format!("job {id}: {stage:?} drawn: {drawn:?}"));
				self.jobs[id].audited = true;
				self.seat(id, draw, stage, drawn);
			}
		}
	}

	/// What a complete draw comes to; nothing but the word, the job and who is eligible counts.
	fn outcome(&self, draw: Draw, id: JobId, word: u64) -> Drawn {
		let rules = &self.settings.rules;
		let stage = match draw {
			Draw::Whether(probability) if !probability.happens(mix(word, 2)) => return Drawn::NotAudited,
			Draw::Whether(_) => rules.first_stage(self.jobs[id].facts.tier),
			Draw::Again if !rules.looks_again(mix(word, 3)) => return Drawn::NotAgain,
			Draw::Again => Stage::Panel,
			Draw::Who(stage) => stage,
		};
		let mut eligible = self.eligible();
		let accuser = self.jobs[id].accuser;
		let accused_by_one = accuser.is_some_and(|accuser| eligible.contains(&accuser));
		let sits_out = if accused_by_one {
			Accuser::Eligible
		} else {
			Accuser::None
		};
		let Some(seats) = rules.seats(stage, eligible.len() as u32, sits_out) else {
			return Drawn::NoCourt;
		};
		eligible.retain(|validator| Some(*validator) != accuser);
		let mut drawn = Vec::new();
		let mut count = 10;
		while drawn.len() < seats as usize && !eligible.is_empty() {
			count += 1;
			let index = (mix(word, count) % eligible.len() as u64) as usize;
			drawn.push(eligible.swap_remove(index));
		}
		Drawn::Seats(stage, drawn)
	}

	fn seat(&mut self, id: JobId, draw: Draw, stage: Stage, drawn: Vec<ValidatorId>) {
		let around = self.settings.around;
		// As on chain: the court that an accusation opened has the long time; a jury after it has had it already.
		let is_opened = match draw {
			Draw::Who(Stage::Jury) => self.jobs[id].accuser.is_none(),
			Draw::Who(_) | Draw::Again => true,
			Draw::Whether(_) => false,
		};
		let commit_window = if is_opened {
			around.court_window
		} else {
			around.commit_window
		};
		let commit_until = self.now + commit_window;
		let reveal_from = commit_until + around.reveal_delay;
		let job = &mut self.jobs[id];
		job.round += 1;
		let round = job.round;
		job.seats = drawn
			.iter()
			.map(|validator| Seat {
				validator: *validator,
				committed: None,
				revealed: None,
			})
			.collect();
		job.state = State::Auditing {
			stage,
			commit_until,
			reveal_from,
			reveal_until: reveal_from + around.reveal_window,
		};
		self.schedule(id, commit_until + 1);
		for seat in 0..drawn.len() {
			let when = self.now + self.auditors_random.between(2, 20) as u32;
			self.at(when, super::Event::Commit(id, seat, round));
		}
	}
}

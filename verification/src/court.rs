//! Who sits in judgement, and what their votes decide.
//!
//! Three stages, each with its end: one auditor, a panel, a jury. What one stage cannot decide the next one
//! does; what the jury cannot decide is refunded, and nobody is slashed. Of what a single auditor passes a panel looks at
//! some again, drawn after it has spoken.

use crate::{Ppm, Rules, Tier};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The largest jury.
pub const MAX_JURY: u32 = crate::hypergeometric::MAX_SAMPLE;

/// Where an audit stands.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Stage {
	/// One auditor. It can pass a job, unless a second look is drawn; its dissent opens a panel.
	#[codec(index = 0)]
	Auditor,
	/// Two thirds of the seats decide.
	#[codec(index = 1)]
	Panel,
	/// More than half of the seats decide.
	#[codec(index = 2)]
	Jury,
}

/// Whether one of the eligible auditors opened the court and so does not sit in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Accuser {
	/// The audit began with a panel, or who is looked at, or opened the court, is not eligible any more.
	None,
	/// One of them.
	Eligible,
}

/// What an auditor found.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Verdict {
	/// The work was done as the receipt says.
	#[codec(index = 0)]
	Valid,
	/// It was not.
	#[codec(index = 1)]
	Invalid,
	/// The transcript could not be fetched.
	#[codec(index = 2)]
	Unavailable,
}

/// The verdicts of one stage, each by another auditor. Absent seats are in none of the counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Votes {
	/// Seats that found the work done.
	pub valid: u32,
	/// Seats that found it not done.
	pub invalid: u32,
	/// Seats that could not fetch it.
	pub unavailable: u32,
}

impl Votes {
	/// Counts one verdict.
	pub fn add(&mut self, verdict: Verdict) {
		let count = match verdict {
			Verdict::Valid => &mut self.valid,
			Verdict::Invalid => &mut self.invalid,
			Verdict::Unavailable => &mut self.unavailable,
		};
		*count = count.saturating_add(1);
	}

	fn that_has(&self, least: u32) -> Option<Verdict> {
		[
			(Verdict::Valid, self.valid),
			(Verdict::Invalid, self.invalid),
			(Verdict::Unavailable, self.unavailable),
		]
		.into_iter()
		.find(|(_, count)| *count >= least)
		.map(|(verdict, _)| verdict)
	}
}

/// Whether the word of a stage is enough where it agrees with itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trust {
	/// It is.
	Enough,
	/// The next stage looks as well: its auditors contradict one another in what they saw of the run.
	LookAgain,
}

/// How long a stage had to fetch the transcript.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FetchTime {
	/// So long that a node which was away had come back: what nobody could fetch is hidden.
	Long,
	/// A few minutes: what nobody could fetch the next stage asks for again.
	Short,
}

/// What follows from the votes of a stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
	/// The audit ends with this verdict.
	Ends(Verdict),
	/// The next stage sits.
	Escalates(Stage),
	/// Nobody could decide: refund, bonds untouched.
	Undecided,
}

impl Rules {
	/// The stage with which an audit begins.
	pub fn first_stage(&self, tier: Tier) -> Stage {
		if tier == Tier::Replicated {
			Stage::Panel
		} else {
			Stage::Auditor
		}
	}

	/// Whether a panel looks at what a single auditor has passed. `word` is uniform randomness that was not there when it
	/// revealed its verdict: who knew before would rather be absent than found out.
	pub fn looks_again(&self, word: u64) -> bool {
		self.second_look.happens(word)
	}

	/// How many of `eligible` auditors sit in a stage. An auditor whose dissent (or silence) opened the court does
	/// not judge its own accusation: `accuser` says whether there is one among the eligible.
	///
	/// `None` where so few are eligible that nobody may be judged: the job is refunded.
	pub fn seats(&self, stage: Stage, eligible: u32, accuser: Accuser) -> Option<u32> {
		if eligible < self.min_eligible {
			return None;
		}
		let others = match accuser {
			Accuser::None => eligible,
			Accuser::Eligible => eligible.saturating_sub(1),
		};
		Some(match stage {
			Stage::Auditor => 1,
			Stage::Panel => self.panel.min(others),
			Stage::Jury => self.jury.min(MAX_JURY).min(others),
		})
	}

	/// The seats of a stage that must agree.
	pub fn quorum(&self, stage: Stage, seats: u32) -> u32 {
		match stage {
			Stage::Auditor => 1,
			// More than half whatever the share says, so that two classes never both decide.
			Stage::Panel => self
				.panel_agreement
				.of_count_up(seats)
				.max((seats / 2).saturating_add(1)),
			Stage::Jury => (seats / 2).saturating_add(1),
		}
	}

	/// Ends a stage. Absent auditors count as seats that agree with nobody, so that a minority never decides.
	pub fn decide(&self, stage: Stage, seats: u32, votes: Votes, trust: Trust, time: FetchTime) -> Decision {
		let agreed = votes.that_has(self.quorum(stage, seats));
		match (stage, agreed) {
			// One alone contradicts nobody. Whether a panel looks again is drawn later.
			(Stage::Auditor, Some(Verdict::Valid)) => Decision::Ends(Verdict::Valid),
			(Stage::Auditor, _) => Decision::Escalates(Stage::Panel),
			(Stage::Panel, None) => Decision::Escalates(Stage::Jury),
			(Stage::Panel, Some(verdict)) => {
				// Where nobody could look, traces say nothing.
				let is_enough = match verdict {
					Verdict::Valid | Verdict::Invalid => trust == Trust::Enough,
					Verdict::Unavailable => time == FetchTime::Long,
				};
				if is_enough {
					Decision::Ends(verdict)
				} else {
					Decision::Escalates(Stage::Jury)
				}
			}
			// After the jury nobody is left to look.
			(Stage::Jury, Some(verdict)) => Decision::Ends(verdict),
			(Stage::Jury, None) => Decision::Undecided,
		}
	}

	/// How many of `eligible` auditors are assumed to work against a conviction, rounded down.
	pub fn dishonest_among(&self, eligible: u32) -> u32 {
		Ppm::of_count(self.assumed_dishonest, eligible)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn votes(valid: u32, invalid: u32, unavailable: u32) -> Votes {
		Votes {
			valid,
			invalid,
			unavailable,
		}
	}

	#[test]
	fn every_stage_has_an_end() {
		let rules = Rules::default();
		let cases = [
			(Stage::Auditor, 1, votes(1, 0, 0), Decision::Ends(Verdict::Valid)),
			(
				Stage::Auditor,
				1,
				votes(0, 1, 0),
				Decision::Escalates(Stage::Panel),
			),
			(
				Stage::Auditor,
				1,
				votes(0, 0, 1),
				Decision::Escalates(Stage::Panel),
			),
			(
				Stage::Auditor,
				1,
				votes(0, 0, 0),
				Decision::Escalates(Stage::Panel),
			),
			(Stage::Panel, 7, votes(2, 5, 0), Decision::Ends(Verdict::Invalid)),
			(Stage::Panel, 7, votes(3, 4, 0), Decision::Escalates(Stage::Jury)),
			(Stage::Panel, 6, votes(4, 2, 0), Decision::Ends(Verdict::Valid)),
			(Stage::Panel, 4, votes(0, 3, 0), Decision::Ends(Verdict::Invalid)),
			(
				Stage::Panel,
				7,
				votes(0, 0, 5),
				Decision::Ends(Verdict::Unavailable),
			),
			(Stage::Panel, 7, votes(0, 0, 0), Decision::Escalates(Stage::Jury)),
			(
				Stage::Jury,
				21,
				votes(10, 11, 0),
				Decision::Ends(Verdict::Invalid),
			),
			(Stage::Jury, 21, votes(10, 10, 1), Decision::Undecided),
			(Stage::Jury, 4, votes(2, 2, 0), Decision::Undecided),
		];
		for (stage, seats, votes, expect) in cases {
			assert_eq!(
				rules.decide(stage, seats, votes, Trust::Enough, FetchTime::Long),
				expect,
				"{stage:?} {seats} {votes:?}"
			);
		}
	}

	#[test]
	fn a_panel_that_contradicts_itself_decides_nothing() {
		let rules = Rules::default();
		let cases = [
			(Stage::Auditor, 1, Decision::Ends(Verdict::Valid)),
			(Stage::Panel, 7, Decision::Escalates(Stage::Jury)),
			(Stage::Jury, 21, Decision::Ends(Verdict::Valid)),
		];
		for (stage, seats, expect) in cases {
			let all_agree = votes(seats, 0, 0);
			assert_eq!(
				rules.decide(stage, seats, all_agree, Trust::LookAgain, FetchTime::Long),
				expect,
				"{stage:?}"
			);
		}
		assert_eq!(
			rules.decide(Stage::Panel, 7, votes(2, 0, 5), Trust::LookAgain, FetchTime::Long),
			Decision::Ends(Verdict::Unavailable)
		);
		assert_eq!(
			rules.decide(
				Stage::Jury,
				21,
				votes(10, 10, 1),
				Trust::LookAgain,
				FetchTime::Long
			),
			Decision::Undecided
		);
	}

	#[test]
	fn what_a_panel_could_not_fetch_in_a_short_time_a_jury_asks_for() {
		let rules = Rules::default();
		for trust in [Trust::Enough, Trust::LookAgain] {
			let decide = |stage, votes, time| rules.decide(stage, 7, votes, trust, time);
			let hidden = votes(2, 0, 5);
			assert_eq!(
				decide(Stage::Panel, hidden, FetchTime::Short),
				Decision::Escalates(Stage::Jury)
			);
			let ends = Decision::Ends(Verdict::Unavailable);
			assert_eq!(decide(Stage::Panel, hidden, FetchTime::Long), ends);
			assert_eq!(decide(Stage::Jury, hidden, FetchTime::Short), ends);
		}
		let passed = rules.decide(Stage::Panel, 7, votes(5, 0, 2), Trust::Enough, FetchTime::Short);
		assert_eq!(passed, Decision::Ends(Verdict::Valid));
	}

	#[test]
	fn second_looks_are_drawn() {
		let rules = Rules::default();
		assert!(rules.looks_again(0) && !rules.looks_again(u64::MAX));
	}

	#[test]
	fn too_few_judge_nobody() {
		let rules = Rules::default();
		for stage in [Stage::Auditor, Stage::Panel, Stage::Jury] {
			assert_eq!(rules.seats(stage, 3, Accuser::None), None);
		}
		for (stage, eligible, accuser, expect) in [
			(Stage::Panel, 4, Accuser::None, 4),
			(Stage::Panel, 4, Accuser::Eligible, 3),
			(Stage::Panel, 256, Accuser::Eligible, 7),
			(Stage::Jury, 20, Accuser::Eligible, 19),
			(Stage::Jury, 256, Accuser::None, 21),
		] {
			assert_eq!(rules.seats(stage, eligible, accuser), Some(expect));
		}
	}
}

//! What a dishonest verifier answers to its validator.

use super::{NotAdmitted, UnknownKind, admit, draw};
use receipt::{
	JobId, Verdict,
	attestation::Reason,
	trace::{Evidence, POINTS, Trace},
};
use std::{fmt, str::FromStr, time::Duration};

/// A trace of no run: ones, as bf16 bits.
const INVENTED: Trace = Trace([0x3f80; POINTS]);

/// What a verifier does wrong on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VerifierAdversary {
	/// Nothing.
	#[default]
	Honest,
	/// It calls everything valid and looks at nothing.
	Lazy,
	/// It audits, and answers the opposite.
	Contrary,
	/// It repeats what others revealed, and guesses where nobody has. A commitment cannot be repeated: it
	/// is bound to its auditor and hides the verdict.
	Copying,
	/// It gives the true verdict and runs no model, as one whom a friend tells it: what it shows of a run is invented.
	/// Nothing on chain tells it from one that audits and throws away what it could show, which is what it does here: a
	/// test on one machine then needs no friend.
	Sharing,
	/// It audits, and answers in the last moment or too late.
	Slow,
}

/// Where a verifier gets its answer from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
	/// From an audit.
	Audit,
	/// From what other auditors revealed.
	Others,
	/// From nowhere.
	Nowhere,
}

impl VerifierAdversary {
	/// What can be written, for help and errors.
	pub const KINDS: &str = "honest, lazy, contrary, copying, sharing or slow";

	/// Where the answer comes from.
	pub fn source(self) -> Source {
		match self {
			Self::Honest | Self::Contrary | Self::Sharing | Self::Slow => Source::Audit,
			Self::Copying => Source::Others,
			Self::Lazy => Source::Nowhere,
		}
	}

	/// What it tells after it found this.
	pub fn tells(self, found: Verdict) -> Verdict {
		match (self, found) {
			(Self::Contrary, Verdict::Valid) => Verdict::Invalid(Reason::Fingerprint),
			(Self::Contrary, Verdict::Invalid(_) | Verdict::Unavailable) => Verdict::Valid,
			_ => found,
		}
	}

	/// What it shows beside its verdict, when an audit gave this.
	pub fn shows(self, evidence: Evidence) -> Evidence {
		match self {
			Self::Sharing => Evidence {
				trace: evidence.trace.map(|_| INVENTED),
				neighbour: evidence.neighbour.map(|_| INVENTED),
				untrue: 0,
			},
			Self::Honest | Self::Lazy | Self::Contrary | Self::Copying | Self::Slow => evidence,
		}
	}

	/// How long after the first question it keeps its answer back, when the validator has `time_left`: a
	/// slow one until shortly before the end for one half of the jobs, and beyond it for the others.
	pub fn keeps_back(self, job: JobId, time_left: Duration) -> Duration {
		match self {
			Self::Slow if self.is_too_late(job) => time_left.mul_f64(1.25),
			Self::Slow => time_left.mul_f64(0.75),
			_ => Duration::ZERO,
		}
	}

	/// Whether its answer about this job comes when it counts no more.
	pub fn is_too_late(self, job: JobId) -> bool {
		self == Self::Slow && draw(job, u32::MAX).is_multiple_of(2)
	}

	/// Refuses an adversary on a chain that is not for tests.
	pub fn admit(self, chain_type: &str) -> Result<(), NotAdmitted> {
		if self == Self::Honest {
			return Ok(());
		}
		admit(&self, chain_type)?;
		tracing::warn!(kind = %self, "THIS VERIFIER CHEATS ON PURPOSE: its validator's bond is at risk");
		Ok(())
	}
}

/// What one answers who only repeats `revealed`, and has seen that most jobs are valid.
pub fn copied(revealed: &[Verdict]) -> Verdict {
	revealed.first().copied().unwrap_or(Verdict::Valid)
}

impl FromStr for VerifierAdversary {
	type Err = UnknownKind;

	fn from_str(text: &str) -> Result<Self, UnknownKind> {
		Ok(match text {
			"honest" => Self::Honest,
			"lazy" => Self::Lazy,
			"contrary" => Self::Contrary,
			"copying" => Self::Copying,
			"sharing" => Self::Sharing,
			"slow" => Self::Slow,
			_ => {
				return Err(UnknownKind {
					given: text.to_owned(),
					kinds: Self::KINDS,
				});
			}
		})
	}
}

/// As it is written.
impl fmt::Display for VerifierAdversary {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Honest => "honest",
			Self::Lazy => "lazy",
			Self::Contrary => "contrary",
			Self::Copying => "copying",
			Self::Sharing => "sharing",
			Self::Slow => "slow",
		})
	}
}

#[cfg(test)]
mod tests {
	use super::{VerifierAdversary::*, *};

	const ALL: [VerifierAdversary; 6] = [Honest, Lazy, Contrary, Copying, Sharing, Slow];

	#[test]
	fn kinds_read_as_they_are_written_and_others_are_refused() {
		for kind in ALL {
			assert_eq!(kind.to_string().parse(), Ok(kind));
		}
		for text in ["", "silent", "lazy:1"] {
			let error = text.parse::<VerifierAdversary>().expect_err(text);
			assert!(error.to_string().contains(VerifierAdversary::KINDS), "{error}");
		}
	}

	#[test]
	fn only_development_chains_admit_adversaries() {
		for kind in ALL {
			assert_eq!(kind.admit("Development"), Ok(()));
			assert_eq!(kind.admit("Local"), Ok(()));
			assert_eq!(kind.admit("Live").is_ok(), kind == Honest, "{kind}");
		}
	}

	#[test]
	fn who_looks_and_who_does_not() {
		let sources = ALL.map(VerifierAdversary::source);
		let (audit, others, nowhere) = (Source::Audit, Source::Others, Source::Nowhere);
		assert_eq!(sources, [audit, nowhere, audit, others, audit, audit]);
	}

	#[test]
	fn only_the_contrary_one_turns_a_verdict_around_and_always() {
		let verdicts = [
			Verdict::Valid,
			Verdict::Invalid(Reason::Sampling),
			Verdict::Unavailable,
		];
		for verdict in verdicts {
			for kind in ALL {
				let is_kept = kind.tells(verdict) == verdict;
				assert_eq!(is_kept, kind != Contrary, "{kind}: {verdict:?}");
			}
			assert_eq!(
				Contrary.tells(verdict) == Verdict::Valid,
				verdict != Verdict::Valid
			);
		}
	}

	#[test]
	fn only_the_sharing_one_invents_what_it_shows_and_only_where_something_is_asked_for() {
		let trace = Trace([0x4000; POINTS]);
		let evidence = Evidence {
			trace: Some(trace),
			neighbour: None,
			untrue: 5,
		};
		for kind in ALL {
			assert_eq!(kind.shows(evidence) == evidence, kind != Sharing, "{kind}");
			assert_eq!(kind.shows(Evidence::default()), Evidence::default());
		}
		let invented = Sharing.shows(evidence);
		assert!(
			invented
				.trace
				.is_some_and(|shown| shown.agreeing(&trace) < receipt::trace::OTHER)
		);
		assert_eq!((invented.neighbour, invented.untrue), (None, 0));
	}

	#[test]
	fn only_the_slow_one_keeps_back_now_just_in_time_now_too_late() {
		let left = Duration::from_secs(20);
		let mut late = 0;
		for job in 0..100 {
			for kind in ALL {
				let kept = kind.keeps_back(job, left);
				assert_eq!(kept > Duration::ZERO, kind == Slow);
				assert_eq!(kept > left, kind.is_too_late(job));
			}
			late += u32::from(Slow.is_too_late(job));
		}
		assert!((30..70).contains(&late), "{late} of 100");
	}

	#[test]
	fn a_copy_is_the_others_word_or_a_guess() {
		let invalid = Verdict::Invalid(Reason::Structure);
		assert_eq!(copied(&[invalid, Verdict::Valid]), invalid);
		assert_eq!(copied(&[]), Verdict::Valid);
	}
}

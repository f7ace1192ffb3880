//! What the studied group does.

use std::{fmt, str::FromStr};

/// A strategy. The other nodes and validators of its world are honest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Strategy {
	/// Works, and fails as rarely as machines do.
	Honest,
	/// Honest; a bad driver spoils every run until it is noticed. The agent reads each run once before it signs it, and
	/// cancels what it finds spoiled.
	Burst,
	/// The same without that check: the audits notice.
	BurstUnchecked,
	/// Honest, but now and then the whole node is away, for up to three hours.
	Absent,
	/// Cheats on so many of a hundred jobs.
	Cheat(u32),
	/// Cheats while its score is zero.
	ScoreReader,
	/// Cheats on runs of jobs, as long as a bad driver might spoil them.
	BurstMimic,
	/// Cheats on half, leaves when it is caught, and comes back under a new name.
	Churn,
	/// Cheats on short answers.
	ShortOnly,
	/// Cheats on cheap jobs.
	CheapOnly,
	/// Cheats on all, and has no transcript when it is drawn for one it cheated on.
	Silent,
	/// Takes all the jobs its bond allows, cheats on all, and leaves when it is caught.
	Flood,
	/// Cheats on all, on a pair that nobody calibrated.
	OddPair,
	/// Owns block authors, delivers where they write the last block of the draw, and withholds bad ones.
	Grinder,
	/// Pays itself: caller, creator, upstream and node are one.
	Wash,
	/// Validators that call everything valid and check nothing.
	Lazy,
	/// Validators that copy another's commitment.
	Copying,
	/// Validators that call everything invalid.
	Contrary,
	/// Just under a third of the validators, with nodes that cheat: valid for friends, invalid for strangers.
	Colluding,
	/// The same, but honest with strangers and wherever others sit beside them.
	QuietlyColluding,
	/// One validator that never runs the model: somebody always tells it, for nothing, what an honest run would find. It
	/// makes up what it shows.
	Told,
	/// Just under a third of the validators, each told in this way by others, but only where they sit alone: in company
	/// they run the model themselves.
	ToldAlone,
	/// Just under a third of the validators, of which one runs the model for all: the others repeat its verdict, and make
	/// up what they show.
	Sharing,
	/// The same, but whoever is the first to need a run gives all of it to the others: they show what they owe.
	SharingRuns,
	/// Just under a third of the validators, who run the model and lie about what their neighbour in a court has to show, so
	/// that a jury has to look.
	Slanderous,
	/// Lazy validators, and nodes that tell them which of their jobs are canaries.
	CanaryLeak,
	/// Honest, while any number of the validators' verifiers is away at any time.
	Outage,
	/// Everybody at once: each node and one validator in eight follows another of the strategies.
	Crowd,
}

/// What a strategy is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
	/// Its nodes, against honest nodes.
	Nodes,
	/// Its validators, against honest validators.
	Validators,
	/// Both together.
	Coalition,
}

impl Strategy {
	/// All but [`Strategy::Crowd`], which has no group of its own to measure.
	pub const ALL: [Self; 32] = [
		Self::Honest,
		Self::Burst,
		Self::BurstUnchecked,
		Self::Absent,
		Self::Cheat(1),
		Self::Cheat(5),
		Self::Cheat(10),
		Self::Cheat(25),
		Self::Cheat(50),
		Self::Cheat(100),
		Self::ScoreReader,
		Self::BurstMimic,
		Self::Churn,
		Self::ShortOnly,
		Self::CheapOnly,
		Self::Silent,
		Self::Flood,
		Self::OddPair,
		Self::Grinder,
		Self::Wash,
		Self::Lazy,
		Self::Copying,
		Self::Contrary,
		Self::Colluding,
		Self::QuietlyColluding,
		Self::Told,
		Self::ToldAlone,
		Self::Sharing,
		Self::SharingRuns,
		Self::Slanderous,
		Self::CanaryLeak,
		Self::Outage,
	];

	/// Whether it means to gain by a breach of the rules, and must not.
	///
	/// Not of the one that no rule catches: docs/economics.md says what it gains.
	pub fn is_dishonest(self) -> bool {
		!matches!(
			self,
			Self::Honest
				| Self::Burst
				| Self::BurstUnchecked
				| Self::Absent
				| Self::SharingRuns
				| Self::Outage
				| Self::Crowd
		)
	}

	/// Whether its validators say what others tell them wherever they sit, and make up what they show.
	pub fn is_repeating(self) -> bool {
		matches!(self, Self::Told | Self::Sharing)
	}

	/// By what it is measured.
	pub fn measured(self) -> Measured {
		match self {
			Self::Lazy
			| Self::Copying
			| Self::Contrary
			| Self::Told
			| Self::ToldAlone
			| Self::Sharing
			| Self::SharingRuns
			| Self::Slanderous => Measured::Validators,
			Self::Colluding | Self::QuietlyColluding | Self::CanaryLeak => Measured::Coalition,
			_ => Measured::Nodes,
		}
	}

	/// What the node with this number does in a world of this strategy.
	pub fn of_node(self, number: usize) -> Self {
		match self {
			Self::Crowd => Self::ALL[number % Self::ALL.len()].of_node(number),
			other if other.measured() == Measured::Validators => Self::Honest,
			other => other,
		}
	}

	/// What a validator that follows it does.
	pub fn of_validator(self, number: usize) -> Self {
		const CROWD: [Strategy; 11] = [
			Strategy::Lazy,
			Strategy::Copying,
			Strategy::Contrary,
			Strategy::Colluding,
			Strategy::QuietlyColluding,
			Strategy::Told,
			Strategy::ToldAlone,
			Strategy::Sharing,
			Strategy::SharingRuns,
			Strategy::Slanderous,
			Strategy::CanaryLeak,
		];
		if self == Self::Crowd {
			CROWD[number % CROWD.len()]
		} else {
			self
		}
	}

	/// Whether some validators follow it.
	pub fn has_validators(self) -> bool {
		self.measured() != Measured::Nodes || self == Self::Crowd
	}
}

impl fmt::Display for Strategy {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let name = match self {
			Self::Honest => "honest",
			Self::Burst => "burst",
			Self::BurstUnchecked => "burst-unchecked",
			Self::Absent => "absent",
			Self::Cheat(percent) => return f.pad(&format!("cheat-{percent}")),
			Self::ScoreReader => "score-reader",
			Self::BurstMimic => "burst-mimic",
			Self::Churn => "churn",
			Self::ShortOnly => "short-only",
			Self::CheapOnly => "cheap-only",
			Self::Silent => "silent",
			Self::Flood => "flood",
			Self::OddPair => "odd-pair",
			Self::Grinder => "grinder",
			Self::Wash => "wash",
			Self::Lazy => "lazy",
			Self::Copying => "copying",
			Self::Contrary => "contrary",
			Self::Colluding => "colluding",
			Self::QuietlyColluding => "quietly-colluding",
			Self::Told => "told",
			Self::ToldAlone => "told-alone",
			Self::Sharing => "sharing",
			Self::SharingRuns => "sharing-runs",
			Self::Slanderous => "slanderous",
			Self::CanaryLeak => "canary-leak",
			Self::Outage => "outage",
			Self::Crowd => "crowd",
		};
		f.pad(name)
	}
}

/// No strategy has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownStrategy(pub String);

impl fmt::Display for UnknownStrategy {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let names: Vec<_> = Strategy::ALL.iter().map(ToString::to_string).collect();
		write!(
			f,
			"there is no strategy {:?}; there are: {}",
			self.0,
			names.join(", ")
		)
	}
}

impl FromStr for Strategy {
	type Err = UnknownStrategy;

	fn from_str(name: &str) -> Result<Self, UnknownStrategy> {
		let known = Self::ALL
			.into_iter()
			.find(|strategy| strategy.to_string() == name);
		let percent = || {
			name.strip_prefix("cheat-")?
				.parse()
				.ok()
				.filter(|percent| *percent <= 100)
		};
		known
			.or_else(|| (name == "crowd").then_some(Self::Crowd))
			.or_else(|| percent().map(Self::Cheat))
			.ok_or_else(|| UnknownStrategy(name.into()))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn every_name_is_read_back() {
		for strategy in Strategy::ALL {
			assert_eq!(strategy.to_string().parse(), Ok(strategy));
		}
		assert_eq!("cheat-7".parse(), Ok(Strategy::Cheat(7)));
		assert!("cheat-101".parse::<Strategy>().is_err());
	}
}

//! Whether exactly the adversaries paid.

mod node;
mod validator;

use super::{
	cast::Cast,
	snapshot::{Slash, Snapshot},
};
use chain_client::{Account, JobId, amount::hai};
use compute_agent::adversary::VerifierAdversary;
use node::of_node;
use std::fmt;
use validator::of_validator;

/// The chain's word for a slash for something that did not come in time.
pub(super) const DOWNTIME: &str = "downtime";

/// Something that should not have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
	/// Somebody honest was slashed for deceit.
	HonestSlashed {
		/// Who.
		name: String,
		/// The chain's word for why.
		reason: String,
		/// How much.
		amount: chain_client::Planck,
	},
	/// An honest validator said the opposite of what was agreed on.
	HonestOutvoted {
		/// Who.
		name: String,
		/// About which job.
		job: JobId,
	},
	/// An honest validator called a clear planted fault valid.
	HonestMissed {
		/// Who.
		name: String,
		/// How often.
		times: u32,
	},
	/// Good work was called invalid.
	Wronged {
		/// Whose.
		name: String,
		/// Which.
		job: JobId,
	},
	/// An audited job was found valid and was not.
	Passed {
		/// Whose.
		name: String,
		/// Which.
		job: JobId,
	},
	/// A node delivered what its own check should have found.
	Delivered {
		/// Who.
		name: String,
		/// Which job.
		job: JobId,
	},
	/// An adversary gave cause and did not pay.
	Unpunished {
		/// Who.
		name: String,
		/// How often.
		times: u32,
		/// What did not follow.
		missing: Missing,
	},
	/// An adversary paid for what it did not do.
	Undue {
		/// Who.
		name: String,
		/// The chain's word for why.
		reason: String,
		/// How many of its slashes for that have no cause.
		times: u32,
	},
}

/// What should have followed from a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
	/// An incident, from a failed audit.
	Incident,
	/// A slash for fraud, from an incident that closed.
	Fraud,
	/// A slash for downtime, from what did not come in time.
	Downtime,
	/// A slash for false attestation, from a verdict that was clearly wrong or stands on no run.
	FalseAttestation,
}

impl fmt::Display for Missing {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Incident => "has no incident",
			Self::Fraud => "was not slashed for fraud",
			Self::Downtime => "was not slashed for downtime",
			Self::FalseAttestation => "was not slashed for false attestation",
		})
	}
}

impl Finding {
	/// One word for programs.
	pub fn word(&self) -> &'static str {
		match self {
			Self::HonestSlashed { .. } => "honest_slashed",
			Self::HonestOutvoted { .. } => "honest_outvoted",
			Self::HonestMissed { .. } => "honest_missed",
			Self::Wronged { .. } => "wronged",
			Self::Passed { .. } => "passed",
			Self::Delivered { .. } => "delivered",
			Self::Unpunished { .. } => "unpunished",
			Self::Undue { .. } => "undue",
		}
	}
}

impl fmt::Display for Finding {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::HonestSlashed { name, reason, amount } => {
				write!(
					f,
					"{name} is honest and was slashed {} for {reason}",
					hai(*amount)
				)
			}
			Self::HonestOutvoted { name, job } => {
				write!(f, "{name} is honest and was outvoted on job {job}")
			}
			Self::HonestMissed { name, times } => {
				write!(f, "{name} is honest and did not see {times} planted faults")
			}
			Self::Wronged { name, job } => {
				write!(f, "{name} did job {job} honestly and it was called invalid")
			}
			Self::Passed { name, job } => {
				write!(f, "{name} spoiled job {job} and it was audited and called valid")
			}
			Self::Delivered { name, job } => {
				write!(f, "{name} spoiled job {job}, checks its runs and delivered it")
			}
			Self::Unpunished { name, times, missing } => {
				write!(f, "{name} gave cause {times} times and {missing}")
			}
			Self::Undue { name, reason, times } => {
				write!(f, "{name} gave no cause for {times} of its slashes for {reason}")
			}
		}
	}
}

/// All that should not have happened; nothing where exactly the adversaries paid.
///
/// One that never had an occasion to do wrong need not be slashed. Every incident must have closed, and every canary be
/// settled. A canary excuses nobody: what counts is what was found of the true work in the end.
pub fn findings(cast: &Cast, snapshot: &Snapshot) -> Vec<Finding> {
	let nodes = cast.nodes.iter().flat_map(|node| of_node(node, cast, snapshot));
	let validators = cast
		.validators
		.iter()
		.flat_map(|validator| of_validator(validator, cast, snapshot));
	nodes.chain(validators).collect()
}

fn is_honest(cast: &Cast, auditor: &Account) -> bool {
	let mut validators = cast.validators.iter();
	validators
		.any(|validator| validator.account == *auditor && validator.adversary == VerifierAdversary::Honest)
}

fn unpunished(name: &str, times: u32, followed: bool, missing: Missing) -> Option<Finding> {
	(times > 0 && !followed).then(|| Finding::Unpunished {
		name: name.to_owned(),
		times,
		missing,
	})
}

/// Slashes of an adversary beyond those for which there is a cause.
fn undue(name: &str, account: &Account, snapshot: &Snapshot, reason: &str, causes: usize) -> Option<Finding> {
	let slashed = slashes(account, snapshot, |word| word == reason).len();
	(slashed > causes).then(|| Finding::Undue {
		name: name.to_owned(),
		reason: reason.to_owned(),
		times: (slashed - causes) as u32,
	})
}

/// The slashes of an account for the reasons that are meant.
pub(super) fn slashes(account: &Account, snapshot: &Snapshot, is_meant: impl Fn(&str) -> bool) -> Vec<Slash> {
	let mut slashes = snapshot.bond(account).slashes;
	slashes.retain(|slash| is_meant(&slash.reason));
	slashes
}

fn is_slashed(account: &Account, snapshot: &Snapshot, reason: &str) -> bool {
	!slashes(account, snapshot, |word| word == reason).is_empty()
}

/// The slashes of somebody honest that no overload explains.
fn deceit(name: &str, account: &Account, snapshot: &Snapshot) -> Vec<Finding> {
	slashes(account, snapshot, |reason| reason != DOWNTIME)
		.into_iter()
		.map(|slash| Finding::HonestSlashed {
			name: name.to_owned(),
			reason: slash.reason,
			amount: slash.amount,
		})
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testnet::{
		samples::{cast, settled, snapshot},
		snapshot::JobRecord,
	};

	pub(super) fn words(cast: &Cast, snapshot: &Snapshot) -> Vec<&'static str> {
		findings(cast, snapshot).iter().map(Finding::word).collect()
	}

	pub(super) fn check(
		adversaries: &[&str],
		jobs: impl FnOnce(&Cast) -> Vec<JobRecord>,
		slashes: &[(&str, &str)],
		expected: &[&str],
	) {
		let cast = cast(adversaries);
		let snapshot = snapshot(jobs(&cast), slashes);
		assert_eq!(words(&cast, &snapshot), expected, "{adversaries:?} {slashes:?}");
	}

	#[test]
	fn nobody_is_slashed_for_deceit_where_everybody_is_honest() {
		let jobs = |cast: &Cast| vec![settled(cast, 0, "node-1", 1), settled(cast, 1, "node-2", 1)];
		check(&[], jobs, &[], &[]);
		check(&[], jobs, &[("node-1", "fraud")], &["honest_slashed"]);
		check(&[], jobs, &[("Bob", "false_attestation")], &["honest_slashed"]);
		check(&[], jobs, &[("node-1", "downtime"), ("Bob", "downtime")], &[]);
	}

	#[test]
	fn an_adversary_pays_for_nothing_that_it_did_not_do() {
		let jobs = |cast: &Cast| vec![settled(cast, 0, "node-2", 1)];
		check(&["Dave=slow"], jobs, &[("Dave", "false_attestation")], &["undue"]);
		check(&["Dave=slow"], jobs, &[("Dave", "downtime")], &[]);
		let cast = cast(&["node-1=greedy"]);
		let mut snapshot = snapshot(jobs(&cast), &[("node-1", "fraud")]);
		assert_eq!(words(&cast, &snapshot), Vec::<&str>::new());
		snapshot.incidents.clear();
		assert_eq!(words(&cast, &snapshot), ["undue"]);
	}
}

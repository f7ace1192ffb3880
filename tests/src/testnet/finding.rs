//! Whether exactly the adversaries paid.

use super::{
	cast::{Cast, Node, Validator},
	snapshot::{Fate, JobRecord, Snapshot},
	standing::{dissents, is_spoiled},
};
use chain_client::{JobId, amount::hai, jobs::Class};
use compute_agent::adversary::{NodeAdversary, VerifierAdversary};
use std::fmt;

/// Something that should not have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
	/// Somebody honest was slashed.
	HonestSlashed {
		/// Who.
		name: String,
		/// The chain's word for why.
		reason: String,
		/// How much.
		amount: chain_client::Planck,
	},
	/// An honest validator said something else than what was agreed on.
	HonestOutvoted {
		/// Who.
		name: String,
		/// About which job.
		job: JobId,
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
	/// An adversary spoiled jobs and was not slashed.
	Unpunished {
		/// Who.
		name: String,
		/// How often.
		times: u32,
	},
}

impl Finding {
	/// One word for programs.
	pub fn word(&self) -> &'static str {
		match self {
			Self::HonestSlashed { .. } => "honest_slashed",
			Self::HonestOutvoted { .. } => "honest_outvoted",
			Self::Wronged { .. } => "wronged",
			Self::Passed { .. } => "passed",
			Self::Unpunished { .. } => "unpunished",
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
			Self::Wronged { name, job } => {
				write!(f, "{name} did job {job} honestly and it was called invalid")
			}
			Self::Passed { name, job } => {
				write!(f, "{name} spoiled job {job} and it was audited and called valid")
			}
			Self::Unpunished { name, times } => {
				write!(f, "{name} gave cause {times} times and was not slashed")
			}
		}
	}
}

/// All that should not have happened; nothing where exactly the adversaries paid.
///
/// One that never had an occasion to do wrong need not be slashed.
pub fn findings(cast: &Cast, snapshot: &Snapshot) -> Vec<Finding> {
	let nodes = cast.nodes.iter().flat_map(|node| of_node(node, snapshot));
	let validators = cast
		.validators
		.iter()
		.flat_map(|validator| of_validator(validator, snapshot));
	nodes.chain(validators).collect()
}

fn of_node(node: &Node, snapshot: &Snapshot) -> Vec<Finding> {
	let name = || node.name.clone();
	let mut findings = Vec::new();
	let mut spoiled = 0;
	for job in snapshot.jobs.iter().filter(|job| job.node == node.account) {
		if !is_spoiled(node, job) {
			if job.class == Some(Class::Invalid) {
				findings.push(Finding::Wronged {
					name: name(),
					job: job.id,
				});
			}
			continue;
		}
		// A job that was declined, or has not ended, has harmed nobody.
		spoiled += u32::from(!matches!(job.fate, Fate::Open | Fate::Cancelled));
		if job.class == Some(Class::Valid) && !job.seats.is_empty() {
			findings.push(Finding::Passed {
				name: name(),
				job: job.id,
			});
		}
	}
	if node.adversary == NodeAdversary::Honest {
		findings.extend(slashes(&node.name, &node.account, snapshot));
	} else if spoiled > 0 && snapshot.bond(&node.account).slashes.is_empty() {
		findings.push(Finding::Unpunished {
			name: name(),
			times: spoiled,
		});
	}
	findings
}

fn of_validator(validator: &Validator, snapshot: &Snapshot) -> Vec<Finding> {
	let account = &validator.account;
	if validator.adversary == VerifierAdversary::Honest {
		let outvoted = snapshot
			.jobs
			.iter()
			.filter(|job| dissents(account, job))
			.map(|job| Finding::HonestOutvoted {
				name: validator.name.clone(),
				job: job.id,
			});
		return outvoted
			.chain(slashes(&validator.name, account, snapshot))
			.collect();
	}
	// The chain slashes for absence. A verdict against the others costs the pay and no more, until a dissent
	// opens a re-execution that says who was right; from then on a dissent is a cause too.
	let absent = |job: &&JobRecord| job.absent.contains(account);
	let times = snapshot.jobs.iter().filter(absent).count() as u32;
	let is_slashed = !snapshot.bond(account).slashes.is_empty();
	(times > 0 && !is_slashed)
		.then(|| Finding::Unpunished {
			name: validator.name.clone(),
			times,
		})
		.into_iter()
		.collect()
}

fn slashes(name: &str, account: &chain_client::Account, snapshot: &Snapshot) -> Vec<Finding> {
	let slashes = snapshot.bond(account).slashes;
	slashes
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
	use crate::testnet::samples::{cast, job, settled, slashed};

	fn check(
		adversaries: &[&str],
		jobs: impl FnOnce(&Cast) -> Vec<JobRecord>,
		slashes: &[(&str, &str)],
		expected: &[&str],
	) {
		let cast = cast(adversaries);
		let snapshot = Snapshot {
			block: 1,
			jobs: jobs(&cast),
			bonds: slashes
				.iter()
				.map(|(name, reason)| (crate::account(name), slashed(&[(*reason, 1)])))
				.collect(),
		};
		let found: Vec<_> = findings(&cast, &snapshot).iter().map(Finding::word).collect();
		assert_eq!(found, expected, "{adversaries:?} {slashes:?}");
	}

	#[test]
	fn nobody_is_slashed_where_everybody_is_honest() {
		let jobs = |cast: &Cast| vec![settled(cast, 0, "node-1", 1), settled(cast, 1, "node-2", 1)];
		check(&[], jobs, &[], &[]);
		check(&[], jobs, &[("node-1", "downtime")], &["honest_slashed"]);
		check(&[], jobs, &[("Bob", "downtime")], &["honest_slashed"]);
	}

	#[test]
	fn a_cheat_pays_and_its_work_does_not_pass() {
		let refunded = |cast: &Cast| vec![job(cast, 0, "node-1", Fate::Refunded, Some(Class::Invalid))];
		check(&["node-1=greedy"], refunded, &[("node-1", "fraud")], &[]);
		check(&["node-1=greedy"], refunded, &[], &["unpunished"]);
		check(
			&[],
			refunded,
			&[("node-1", "fraud")],
			&["wronged", "honest_slashed"],
		);
		let paid = |cast: &Cast| vec![settled(cast, 0, "node-1", 1)];
		check(&["node-1=greedy"], paid, &[("node-1", "fraud")], &["passed"]);
		check(&["node-1=greedy"], paid, &[], &["passed", "unpunished"]);
	}

	#[test]
	fn who_had_no_occasion_need_not_pay() {
		check(
			&["node-1=bursts"],
			|cast| vec![settled(cast, 0, "node-1", 1)],
			&[],
			&[],
		);
		check(&["node-1=silent"], |_| Vec::new(), &[], &[]);
		let open = |cast: &Cast| vec![job(cast, 0, "node-1", Fate::Open, None)];
		check(&["node-1=silent"], open, &[], &[]);
		let declined = |cast: &Cast| vec![job(cast, 0, "node-1", Fate::Cancelled, None)];
		check(&["node-1=greedy"], declined, &[], &[]);
	}

	#[test]
	fn an_honest_job_of_an_adversary_is_judged_as_any_other() {
		let wronged = |cast: &Cast| vec![job(cast, 0, "node-1", Fate::Refunded, Some(Class::Invalid))];
		check(&["node-1=bursts"], wronged, &[("node-1", "fraud")], &["wronged"]);
	}

	#[test]
	fn what_was_not_audited_did_not_pass_an_audit() {
		let unseen = |cast: &Cast| {
			let mut job = settled(cast, 0, "node-1", 1);
			job.seats.clear();
			vec![job]
		};
		check(&["node-1=greedy"], unseen, &[("node-1", "fraud")], &[]);
	}

	#[test]
	fn dissent_costs_a_validator_nothing_yet_and_absence_does() {
		let jobs = |cast: &Cast| vec![settled(cast, 0, "node-1", 1)];
		check(&["Dave=contrary"], jobs, &[], &[]);
		check(&["Dave=contrary"], jobs, &[("Dave", "false_attestation")], &[]);
		let absent = |cast: &Cast| {
			let mut job = settled(cast, 0, "node-1", 1);
			job.absent.push(cast.validators[3].account);
			vec![job]
		};
		check(&["Dave=slow"], absent, &[], &["unpunished"]);
		check(&["Dave=slow"], absent, &[("Dave", "downtime")], &[]);
	}

	#[test]
	fn an_honest_validator_is_not_outvoted() {
		let against = |cast: &Cast| {
			let mut job = settled(cast, 0, "node-1", 1);
			job.seats[0].verdict = Some(Class::Invalid);
			vec![job]
		};
		check(&[], against, &[], &["honest_outvoted"]);
		check(&["Alice=lazy"], against, &[], &[]);
	}
}

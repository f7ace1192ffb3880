//! What should not have happened to a node and its jobs.

use super::{DOWNTIME, Finding, Missing, deceit, is_honest, is_slashed, undue, unpunished};
use crate::testnet::{
	cast::{Cast, Node},
	snapshot::{Fate, JobRecord, Snapshot},
	standing::{is_found_by_itself, is_spoiled},
};
use chain_client::jobs::Class;

/// The chain's word for a slash for a failed audit.
const FRAUD: &str = "fraud";

pub(super) fn of_node(node: &Node, cast: &Cast, snapshot: &Snapshot) -> Vec<Finding> {
	let name = || node.name.clone();
	let mut findings = Vec::new();
	let (mut failed, mut withheld) = (0, 0);
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
		if is_found_by_itself(node, job.id) {
			if is_delivered(job) {
				findings.push(Finding::Delivered {
					name: name(),
					job: job.id,
				});
			}
			continue;
		}
		failed += u32::from(job.class == Some(Class::Invalid));
		withheld += u32::from(job.fate == Fate::TimedOut || job.class == Some(Class::Unavailable));
		if job.class == Some(Class::Valid) && !was_alone_with_an_adversary(cast, job) {
			findings.push(Finding::Passed {
				name: name(),
				job: job.id,
			});
		}
	}
	if node.is_blameless() {
		findings.extend(deceit(&node.name, &node.account, snapshot));
		return findings;
	}
	let incidents = snapshot.incidents(&node.account);
	// Further failures take something off what is due, at times all of it.
	let due = incidents
		.iter()
		.filter(|incident| !incident.is_open && incident.due > 0);
	let due = due.count() as u32;
	let is_slashed = |reason: &str| is_slashed(&node.account, snapshot, reason);
	findings.extend(
		[
			(failed, !incidents.is_empty(), Missing::Incident),
			(due, is_slashed(FRAUD), Missing::Fraud),
			(withheld, is_slashed(DOWNTIME), Missing::Downtime),
		]
		.into_iter()
		.filter_map(|(times, followed, missing)| unpunished(&node.name, times, followed, missing)),
	);
	let closed = incidents.iter().filter(|incident| !incident.is_open).count();
	findings.extend(undue(&node.name, &node.account, snapshot, FRAUD, closed));
	findings
}

/// Whether there was something to audit: one that was audited and has not ended was delivered as well.
fn is_delivered(job: &JobRecord) -> bool {
	job.class.is_some() || matches!(job.fate, Fate::Settled | Fate::Refunded)
}

/// Whether the only one who looked at a job is dishonest: a draw can choose such a one, and a network answers to that
/// by having a panel look again now and then.
fn was_alone_with_an_adversary(cast: &Cast, job: &JobRecord) -> bool {
	matches!(&job.seats[..], [only] if !is_honest(cast, &only.auditor))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testnet::{
		finding::tests::{check, words},
		samples::{cast, confirmed, incident, job, planted, settled, slashed, snapshot},
	};

	#[test]
	fn a_cheat_pays_and_its_work_does_not_pass() {
		let refunded = |cast: &Cast| vec![job(cast, 0, "node-1", Fate::Refunded, Some(Class::Invalid))];
		check(&["node-1=greedy"], refunded, &[("node-1", "fraud")], &[]);
		check(&["node-1=greedy"], refunded, &[], &["unpunished"]);
		check(&["node-1=greedy"], refunded, &[("node-1", "")], &["unpunished"]);
		check(
			&[],
			refunded,
			&[("node-1", "fraud")],
			&["wronged", "honest_slashed"],
		);
		let paid = |cast: &Cast| vec![settled(cast, 0, "node-1", 1)];
		check(&["node-1=greedy"], paid, &[("node-1", "fraud")], &["passed"]);
		check(&["node-1=greedy"], paid, &[], &["passed"]);
	}

	#[test]
	fn an_incident_whose_failures_forfeited_enough_costs_no_bond() {
		let cast = cast(&["node-1=greedy"]);
		let failed = |id| job(&cast, id, "node-1", Fate::Refunded, Some(Class::Invalid));
		let mut snapshot = snapshot((0..9).map(failed).collect(), &[]);
		snapshot
			.incidents
			.insert(crate::account("node-1"), vec![incident(0)]);
		assert_eq!(words(&cast, &snapshot), Vec::<&str>::new());
	}

	#[test]
	fn who_hides_or_does_nothing_pays_for_downtime() {
		for (kind, fate, class) in [
			("node-1=silent", Fate::TimedOut, None),
			("node-1=no-transcript", Fate::Refunded, Some(Class::Unavailable)),
		] {
			let jobs = |cast: &Cast| vec![job(cast, 0, "node-1", fate, class)];
			check(&[kind], jobs, &[("node-1", "downtime")], &[]);
			check(&[kind], jobs, &[], &["unpunished"]);
		}
	}

	#[test]
	fn who_had_no_occasion_need_not_pay() {
		for kind in ["node-1=bursts", "node-1=bursts-unchecked"] {
			check(&[kind], |cast| vec![settled(cast, 0, "node-1", 1)], &[], &[]);
		}
		check(&["node-1=silent"], |_| Vec::new(), &[], &[]);
		for fate in [Fate::Open, Fate::Cancelled, Fate::Refunded] {
			// Open, declined, or without a court.
			let jobs = |cast: &Cast| vec![job(cast, 0, "node-1", fate, None)];
			check(&["node-1=greedy"], jobs, &[], &[]);
		}
	}

	#[test]
	fn an_honest_job_of_an_adversary_is_judged_as_any_other() {
		let wronged = |cast: &Cast| vec![job(cast, 0, "node-1", Fate::Refunded, Some(Class::Invalid))];
		let fraud = &[("node-1", "fraud")];
		check(&["node-1=bursts-unchecked"], wronged, fraud, &["wronged"]);
		check(&["node-1=bursts"], wronged, fraud, &["wronged", "honest_slashed"]);
	}

	#[test]
	fn who_checks_its_runs_declines_what_its_driver_spoiled_and_keeps_its_bond() {
		let bursts = |fate, class, slashes: &[(&str, &str)], expected: &[&str]| {
			let spoiled = |cast: &Cast| vec![job(cast, 4, "node-1", fate, class)];
			check(&["node-1=bursts"], spoiled, slashes, expected);
		};
		let fraud = &[("node-1", "fraud")];
		bursts(Fate::Cancelled, None, &[], &[]);
		bursts(Fate::Cancelled, None, fraud, &["honest_slashed"]);
		bursts(Fate::Open, None, &[], &[]);
		// A machine that is too busy.
		bursts(Fate::TimedOut, None, &[("node-1", "downtime")], &[]);
		bursts(Fate::Settled, None, &[], &["delivered"]);
		bursts(Fate::Settled, Some(Class::Valid), &[], &["delivered"]);
		bursts(Fate::Open, Some(Class::Invalid), &[], &["delivered"]);
		bursts(
			Fate::Refunded,
			Some(Class::Invalid),
			fraud,
			&["delivered", "honest_slashed"],
		);
	}

	#[test]
	fn who_does_not_check_its_runs_pays_for_what_its_driver_spoiled() {
		let bursts = |fate, class, slashes: &[(&str, &str)], expected: &[&str]| {
			let spoiled = |cast: &Cast| vec![job(cast, 4, "node-1", fate, class)];
			check(&["node-1=bursts-unchecked"], spoiled, slashes, expected);
		};
		let invalid = Some(Class::Invalid);
		bursts(Fate::Refunded, invalid, &[("node-1", "fraud")], &[]);
		bursts(Fate::Refunded, invalid, &[], &["unpunished"]);
		bursts(Fate::Settled, Some(Class::Valid), &[], &["passed"]);
		bursts(Fate::Cancelled, None, &[], &[]);
	}

	#[test]
	fn what_was_not_audited_did_not_pass_an_audit() {
		let unseen = |cast: &Cast| {
			let mut job = settled(cast, 0, "node-1", 1);
			job.seats.clear();
			job.class = None;
			vec![job]
		};
		check(&["node-1=greedy"], unseen, &[], &[]);
	}

	#[test]
	fn what_only_a_dishonest_auditor_saw_did_not_pass_an_honest_one() {
		let seen_by = |auditor: usize| {
			move |cast: &Cast| {
				let mut job = settled(cast, 0, "node-1", 1);
				job.seats = vec![job.seats[auditor].clone()];
				vec![job]
			}
		};
		check(&["node-1=greedy", "Dave=lazy"], seen_by(3), &[], &[]);
		check(&["node-1=greedy", "Dave=lazy"], seen_by(0), &[], &["passed"]);
	}

	#[test]
	fn a_confirmed_canary_costs_an_honest_node_nothing() {
		let cast = cast(&[]);
		let mut snapshot = planted(&cast, &[]);
		assert_eq!(words(&cast, &snapshot), Vec::<&str>::new());
		snapshot
			.bonds
			.insert(crate::account("node-1"), slashed(&[("fraud", 1)]));
		assert_eq!(words(&cast, &snapshot), ["honest_slashed"]);
		// It planted something else than it says, or was too late.
		let mut snapshot = planted(&cast, &[]);
		snapshot.jobs[0].class = Some(Class::Invalid);
		assert_eq!(words(&cast, &snapshot)[0], "wronged");
	}

	#[test]
	fn a_canary_hides_no_fraud() {
		let canary =
			|class, fate| move |cast: &Cast| vec![confirmed(job(cast, 0, "node-1", fate, class), 3, 1)];
		let passed = canary(Some(Class::Valid), Fate::Settled);
		check(&["node-1=greedy"], passed, &[], &["passed"]);
		let failed = canary(Some(Class::Invalid), Fate::Refunded);
		check(&["node-1=greedy"], failed, &[], &["unpunished"]);
		check(&["node-1=greedy"], failed, &[("node-1", "fraud")], &[]);
		let hidden = canary(Some(Class::Unavailable), Fate::Refunded);
		check(&["node-1=no-transcript"], hidden, &[], &["unpunished"]);
		check(&["node-1=no-transcript"], hidden, &[("node-1", "downtime")], &[]);
		// Nor what a node did to other jobs than the canary.
		let beside = |cast: &Cast| {
			vec![
				confirmed(settled(cast, 0, "node-1", 1), 4, 0),
				job(cast, 4, "node-1", Fate::Refunded, Some(Class::Invalid)),
			]
		};
		check(&["node-1=bursts-unchecked"], beside, &[], &["unpunished"]);
		check(&["node-1=bursts-unchecked"], beside, &[("node-1", "fraud")], &[]);
	}
}

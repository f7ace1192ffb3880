//! Whether exactly the adversaries paid.

use super::{
	cast::{Cast, Node, Validator},
	snapshot::{Fate, JobRecord, Slash, Snapshot},
	standing::is_spoiled,
};
use chain_client::{Account, JobId, amount::hai, jobs::Class};
use compute_agent::adversary::{NodeAdversary, VerifierAdversary};
use std::fmt;

/// The chain's word for a slash for a failed audit.
const FRAUD: &str = "fraud";

/// For something that did not come in time.
const DOWNTIME: &str = "downtime";

/// For a verdict that was clearly wrong, or stands on no run.
const FALSE_ATTESTATION: &str = "false_attestation";

/// So many slashes of an account the chain remembers: where there are as many, older ones may be gone.
const SLASH_HISTORY: usize = 16;

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
	/// An adversary gave cause and did not pay.
	Unpunished {
		/// Who.
		name: String,
		/// How often.
		times: u32,
		/// What did not follow.
		missing: Missing,
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

/// A slash of somebody honest that an overloaded machine explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
	/// Who.
	pub name: String,
	/// How much.
	pub amount: chain_client::Planck,
}

impl fmt::Display for Warning {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { name, amount } = self;
		write!(
			f,
			"{name} is honest and was slashed {} for downtime: this machine was too busy",
			hai(*amount)
		)
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
			Self::HonestMissed { name, times } => {
				write!(f, "{name} is honest and did not see {times} planted faults")
			}
			Self::Wronged { name, job } => {
				write!(f, "{name} did job {job} honestly and it was called invalid")
			}
			Self::Passed { name, job } => {
				write!(f, "{name} spoiled job {job} and it was audited and called valid")
			}
			Self::Unpunished { name, times, missing } => {
				write!(f, "{name} gave cause {times} times and {missing}")
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
		.flat_map(|validator| of_validator(validator, snapshot));
	nodes.chain(validators).collect()
}

/// Slashes of the honest that are no finding: on a machine that is too busy they miss windows.
pub fn warnings(cast: &Cast, snapshot: &Snapshot) -> Vec<Warning> {
	let nodes = cast.nodes.iter();
	let nodes = nodes.filter(|node| node.adversary == NodeAdversary::Honest);
	let validators = cast.validators.iter();
	let validators = validators.filter(|validator| validator.adversary == VerifierAdversary::Honest);
	nodes
		.map(|node| (&node.name, &node.account))
		.chain(validators.map(|validator| (&validator.name, &validator.account)))
		.flat_map(|(name, account)| {
			slashes(account, snapshot, |reason| reason == DOWNTIME)
				.into_iter()
				.map(move |slash| Warning {
					name: name.clone(),
					amount: slash.amount,
				})
		})
		.collect()
}

fn of_node(node: &Node, cast: &Cast, snapshot: &Snapshot) -> Vec<Finding> {
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
		failed += u32::from(job.class == Some(Class::Invalid));
		withheld += u32::from(job.fate == Fate::TimedOut || job.class == Some(Class::Unavailable));
		if job.class == Some(Class::Valid) && !was_alone_with_an_adversary(cast, job) {
			findings.push(Finding::Passed {
				name: name(),
				job: job.id,
			});
		}
	}
	if node.adversary == NodeAdversary::Honest {
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
	findings
}

/// Whether the only one who looked at a job is dishonest: a draw can choose such a one, and a network answers to that
/// by having a panel look again now and then.
fn was_alone_with_an_adversary(cast: &Cast, job: &JobRecord) -> bool {
	let is_honest = |account: &Account| {
		let mut validators = cast.validators.iter();
		validators.any(|validator| {
			validator.account == *account && validator.adversary == VerifierAdversary::Honest
		})
	};
	matches!(&job.seats[..], [only] if !is_honest(&only.auditor))
}

fn of_validator(validator: &Validator, snapshot: &Snapshot) -> Vec<Finding> {
	let account = &validator.account;
	if validator.adversary == VerifierAdversary::Honest {
		let missed = snapshot.accuracy(account).missed;
		let missed = (missed > 0).then(|| Finding::HonestMissed {
			name: validator.name.clone(),
			times: missed,
		});
		let outvoted = snapshot
			.jobs
			.iter()
			.filter(|job| is_opposed(account, job))
			.map(|job| Finding::HonestOutvoted {
				name: validator.name.clone(),
				job: job.id,
			});
		return outvoted
			.chain(missed)
			.chain(deceit(&validator.name, account, snapshot))
			.collect();
	}
	let count = |is_meant: &dyn Fn(&JobRecord) -> bool| {
		let jobs = snapshot.jobs.iter();
		jobs.filter(|job| is_meant(job)).count() as u32
	};
	let absent = count(&|job| job.absent.contains(account));
	// On a planted fault, and on work that others found to be otherwise or that it never ran: each is slashed for by itself.
	let wrong =
		count(&|job| job.wrong.contains(account) || job.idle.contains(account) || was_told(validator, job))
			+ snapshot.accuracy(account).missed;
	let slashed = slashes(account, snapshot, |word| word == FALSE_ATTESTATION).len();
	let is_history_full = slashes(account, snapshot, |_| true).len() >= SLASH_HISTORY;
	[
		(absent, is_slashed(account, snapshot, DOWNTIME), Missing::Downtime),
		(
			wrong,
			slashed >= wrong as usize || is_history_full,
			Missing::FalseAttestation,
		),
	]
	.into_iter()
	.filter_map(|(times, followed, missing)| unpunished(&validator.name, times, followed, missing))
	.collect()
}

/// Whether a validator that shares the verdicts of others sat in a court and called a job valid: its neighbours
/// contradict what it shows.
fn was_told(validator: &Validator, job: &JobRecord) -> bool {
	let says_valid = || {
		let mut seats = job.seats.iter();
		seats.any(|seat| seat.auditor == validator.account && seat.verdict == Some(Class::Valid))
	};
	validator.adversary == VerifierAdversary::Sharing
		&& job.class == Some(Class::Valid)
		&& job.seats.len() > 1
		&& says_valid()
}

/// Whether a validator called invalid what was found valid, or valid what was found invalid. Who could not fetch a
/// transcript contradicts nobody.
fn is_opposed(auditor: &Account, job: &JobRecord) -> bool {
	let is_opposite = |said: Option<Class>| {
		matches!(
			(said, job.class),
			(Some(Class::Valid), Some(Class::Invalid)) | (Some(Class::Invalid), Some(Class::Valid))
		)
	};
	job.seats
		.iter()
		.any(|seat| seat.auditor == *auditor && is_opposite(seat.verdict))
}

fn unpunished(name: &str, times: u32, followed: bool, missing: Missing) -> Option<Finding> {
	(times > 0 && !followed).then(|| Finding::Unpunished {
		name: name.to_owned(),
		times,
		missing,
	})
}

fn slashes(account: &Account, snapshot: &Snapshot, is_meant: impl Fn(&str) -> bool) -> Vec<Slash> {
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
	use crate::testnet::samples::{cast, confirmed, incident, job, settled, slashed};
	use chain_client::canaries::AuditorAccuracy;

	/// A snapshot of these jobs, where these were slashed, and where each who was slashed for fraud, or is named without
	/// a reason, had an incident.
	fn snapshot(jobs: Vec<JobRecord>, slashes: &[(&str, &str)]) -> Snapshot {
		let mut snapshot = Snapshot {
			block: 1,
			jobs,
			..Snapshot::default()
		};
		for (name, reason) in slashes {
			let account = crate::account(name);
			if !reason.is_empty() {
				snapshot.bonds.insert(account, slashed(&[(*reason, 1)]));
			}
			if ["fraud", ""].contains(reason) {
				snapshot.incidents.insert(account, vec![incident(1)]);
			}
		}
		snapshot
	}

	fn words(cast: &Cast, snapshot: &Snapshot) -> Vec<&'static str> {
		findings(cast, snapshot).iter().map(Finding::word).collect()
	}

	fn check(
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
	fn an_honest_party_that_was_late_is_a_warning() {
		let cast = cast(&["node-2=silent"]);
		let snapshot = snapshot(
			vec![],
			&[
				("node-1", "downtime"),
				("node-2", "downtime"),
				("Bob", "downtime"),
			],
		);
		let warned: Vec<_> = warnings(&cast, &snapshot)
			.into_iter()
			.map(|warning| warning.name)
			.collect();
		assert_eq!(warned, ["node-1", "Bob"]);
	}

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
		check(
			&["node-1=bursts"],
			|cast| vec![settled(cast, 0, "node-1", 1)],
			&[],
			&[],
		);
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
		check(&["node-1=bursts"], wronged, &[("node-1", "fraud")], &["wronged"]);
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
	fn who_is_clearly_wrong_or_absent_pays() {
		let jobs = |cast: &Cast| vec![settled(cast, 0, "node-1", 1)];
		check(&["Dave=contrary"], jobs, &[], &["unpunished"]);
		check(&["Dave=contrary"], jobs, &[("Dave", "downtime")], &["unpunished"]);
		check(&["Dave=contrary"], jobs, &[("Dave", "false_attestation")], &[]);
		let near = |cast: &Cast| {
			let mut job = settled(cast, 0, "node-1", 1);
			job.wrong.clear();
			vec![job]
		};
		check(&["Dave=contrary"], near, &[], &[]);
		let absent = |cast: &Cast| {
			let mut job = settled(cast, 0, "node-1", 1);
			job.absent.push(cast.validators[3].account);
			vec![job]
		};
		check(&["Dave=slow"], absent, &[], &["unpunished"]);
		check(&["Dave=slow"], absent, &[("Dave", "downtime")], &[]);
	}

	/// A confirmed canary of an honest node, of which these validators, by their place, missed a clear fault.
	fn planted(cast: &Cast, missed: &[usize]) -> Snapshot {
		let count = missed.len() as u32;
		let job = confirmed(settled(cast, 0, "node-1", 1), 4 - count, count);
		let mut snapshot = snapshot(vec![job], &[]);
		for (place, validator) in cast.validators.iter().enumerate() {
			let accuracy = AuditorAccuracy {
				canaries: 1,
				missed: missed.contains(&place).into(),
				near_missed: 0,
				idle: 0,
			};
			snapshot.accuracies.insert(validator.account, accuracy);
		}
		snapshot
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
	fn who_passed_a_clear_planted_fault_pays() {
		for kind in ["Dave=lazy", "Dave=copying"] {
			let cast = cast(&[kind]);
			let mut snapshot = planted(&cast, &[3]);
			assert_eq!(words(&cast, &snapshot), ["unpunished"], "{kind}");
			let dave = cast.validators[3].account;
			snapshot
				.bonds
				.insert(dave, slashed(&[("downtime", 1), ("false_attestation", 1)]));
			assert_eq!(words(&cast, &snapshot), Vec::<&str>::new(), "{kind}");
			// Each one is slashed for, and what it says of others' work besides.
			snapshot.jobs[0].wrong.push(dave);
			assert_eq!(words(&cast, &snapshot), ["unpunished"], "{kind}");
			let twice = slashed(&[("false_attestation", 1); 2]);
			snapshot.bonds.insert(dave, twice);
			assert_eq!(words(&cast, &snapshot), Vec::<&str>::new(), "{kind}");
			// Of more slashes than the chain remembers nobody can tell.
			if let Some(accuracy) = snapshot.accuracies.get_mut(&dave) {
				accuracy.missed = 40;
			}
			assert_eq!(words(&cast, &snapshot), ["unpunished"], "{kind}");
			let many = slashed(&[("false_attestation", 1); SLASH_HISTORY]);
			snapshot.bonds.insert(dave, many);
			assert_eq!(words(&cast, &snapshot), Vec::<&str>::new(), "{kind}");
		}
	}

	#[test]
	fn an_honest_validator_sees_every_clear_planted_fault() {
		let cast = cast(&["Dave=lazy"]);
		let mut snapshot = planted(&cast, &[0]);
		assert_eq!(words(&cast, &snapshot), ["honest_missed"]);
		snapshot
			.bonds
			.insert(crate::account("Alice"), slashed(&[("false_attestation", 1)]));
		assert_eq!(words(&cast, &snapshot), ["honest_missed", "honest_slashed"]);
		// Near the band honest machines differ.
		let mut snapshot = planted(&cast, &[]);
		for accuracy in snapshot.accuracies.values_mut() {
			accuracy.near_missed = 1;
		}
		assert_eq!(words(&cast, &snapshot), Vec::<&str>::new());
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
		check(&["node-1=bursts"], beside, &[], &["unpunished"]);
		check(&["node-1=bursts"], beside, &[("node-1", "fraud")], &[]);
	}

	#[test]
	fn who_did_not_run_the_model_pays() {
		let told = |cast: &Cast| vec![settled(cast, 0, "node-1", 1)];
		check(&["Dave=sharing"], told, &[], &["unpunished"]);
		check(&["Dave=sharing"], told, &[("Dave", "false_attestation")], &[]);
		// Whoever was alone need not have been looked at.
		let alone = |cast: &Cast| {
			let mut job = settled(cast, 0, "node-1", 1);
			job.seats = vec![job.seats[3].clone()];
			vec![job]
		};
		check(&["Dave=sharing"], alone, &[], &[]);
		let found = |cast: &Cast| {
			let mut job = settled(cast, 0, "node-1", 1);
			job.idle.push(cast.validators[3].account);
			vec![job]
		};
		check(&["Dave=lazy"], found, &[], &["unpunished"]);
		check(&["Dave=lazy"], found, &[("Dave", "false_attestation")], &[]);
		check(&[], told, &[("Dave", "false_attestation")], &["honest_slashed"]);
	}

	#[test]
	fn an_honest_validator_is_not_outvoted() {
		let says = |verdict: Class| {
			move |cast: &Cast| {
				let mut job = settled(cast, 0, "node-1", 1);
				job.seats[0].verdict = Some(verdict);
				vec![job]
			}
		};
		check(&[], says(Class::Invalid), &[], &["honest_outvoted"]);
		check(&[], says(Class::Unavailable), &[], &[]);
		check(&["Alice=lazy"], says(Class::Invalid), &[], &[]);
	}
}

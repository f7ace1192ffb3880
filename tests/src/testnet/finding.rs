//! Whether exactly the adversaries paid.

use super::{
	cast::{Cast, Node, Validator},
	snapshot::{Fate, JobRecord, Seat, Slash, Snapshot},
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

/// What says nothing against the network, and something about this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
	/// Somebody honest was slashed for what an overloaded machine explains.
	Late {
		/// Who.
		name: String,
		/// How much.
		amount: chain_client::Planck,
	},
	/// A dishonest validator was drawn for no audit: nothing was learned of it.
	NeverDrawn {
		/// Who.
		name: String,
	},
}

impl fmt::Display for Warning {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Late { name, amount } => write!(
				f,
				"{name} is honest and was slashed {} for downtime: this machine was too busy",
				hai(*amount)
			),
			Self::NeverDrawn { name } => {
				write!(
					f,
					"{name} is dishonest and was drawn for no audit: this run says nothing of it"
				)
			}
		}
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

/// What is no finding: on a machine that is too busy the honest miss windows, and who was drawn for nothing had no
/// occasion.
pub fn warnings(cast: &Cast, snapshot: &Snapshot) -> Vec<Warning> {
	let nodes = cast.nodes.iter();
	let nodes = nodes.filter(|node| node.adversary == NodeAdversary::Honest);
	let (validators, dishonest): (Vec<_>, Vec<_>) = cast
		.validators
		.iter()
		.partition(|validator| validator.adversary == VerifierAdversary::Honest);
	let never_drawn = dishonest
		.into_iter()
		.filter(|validator| !was_drawn(&validator.account, snapshot))
		.map(|validator| Warning::NeverDrawn {
			name: validator.name.clone(),
		});
	nodes
		.map(|node| (&node.name, &node.account))
		.chain(
			validators
				.into_iter()
				.map(|validator| (&validator.name, &validator.account)),
		)
		.flat_map(|(name, account)| {
			slashes(account, snapshot, |reason| reason == DOWNTIME)
				.into_iter()
				.map(move |slash| Warning::Late {
					name: name.clone(),
					amount: slash.amount,
				})
		})
		.chain(never_drawn)
		.collect()
}

/// Whether a validator sat anywhere. Of the audit of a planted fault only its accuracy and its absence are left.
fn was_drawn(validator: &Account, snapshot: &Snapshot) -> bool {
	let mut jobs = snapshot.jobs.iter();
	jobs.any(|job| job.seats_of(validator).next().is_some() || job.absent.contains(validator))
		|| snapshot.accuracy(validator).canaries > 0
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
	let closed = incidents.iter().filter(|incident| !incident.is_open).count();
	findings.extend(undue(&node.name, &node.account, snapshot, FRAUD, closed));
	findings
}

/// Whether the only one who looked at a job is dishonest: a draw can choose such a one, and a network answers to that
/// by having a panel look again now and then.
fn was_alone_with_an_adversary(cast: &Cast, job: &JobRecord) -> bool {
	matches!(&job.seats[..], [only] if !is_honest(cast, &only.auditor))
}

fn is_honest(cast: &Cast, auditor: &Account) -> bool {
	let mut validators = cast.validators.iter();
	validators
		.any(|validator| validator.account == *auditor && validator.adversary == VerifierAdversary::Honest)
}

fn of_validator(validator: &Validator, cast: &Cast, snapshot: &Snapshot) -> Vec<Finding> {
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
			.filter(|job| job.seats_of(account).any(|seat| is_opposed(seat, job)))
			.map(|job| Finding::HonestOutvoted {
				name: validator.name.clone(),
				job: job.id,
			});
		return outvoted
			.chain(missed)
			.chain(deceit(&validator.name, account, snapshot))
			.collect();
	}
	let absent = snapshot.jobs.iter().filter(|job| job.absent.contains(account));
	let absent = absent.count() as u32;
	let accuracy = snapshot.accuracy(account);
	// It pays for each verdict by itself, and for each once.
	let count = |is_meant: &dyn Fn(&JobRecord, &Seat) -> bool| -> u32 {
		let jobs = snapshot.jobs.iter();
		jobs.map(|job| job.seats_of(account).filter(|seat| is_meant(job, seat)).count() as u32)
			.sum()
	};
	let must_pay =
		count(&|job, seat| seat.is_wrong || seat.is_idle || ran_nothing(validator, seat, cast, job))
			+ accuracy.missed;
	let may_pay =
		count(&|job, seat| !seat.is_idle && is_opposed(seat, job)) + accuracy.idle + accuracy.missed;
	let slashed = slashes(account, snapshot, |word| word == FALSE_ATTESTATION).len();
	[
		(absent, is_slashed(account, snapshot, DOWNTIME), Missing::Downtime),
		(must_pay, slashed >= must_pay as usize, Missing::FalseAttestation),
	]
	.into_iter()
	.filter_map(|(times, followed, missing)| unpunished(&validator.name, times, followed, missing))
	.chain(undue(
		&validator.name,
		account,
		snapshot,
		FALSE_ATTESTATION,
		may_pay as usize,
	))
	.collect()
}

/// Whether a validator that runs no model called a job valid and must have been found idle: in a later stage, the last,
/// a quorum of honest auditors ran it and could say so.
fn ran_nothing(validator: &Validator, seat: &Seat, cast: &Cast, job: &JobRecord) -> bool {
	let says_valid = |seat: &Seat| seat.verdict == Some(Class::Valid);
	let Some(last) = job.seats.iter().map(|seat| seat.stage).max() else {
		return false;
	};
	let honest = job
		.seats
		.iter()
		.filter(|seat| seat.stage == last && says_valid(seat) && is_honest(cast, &seat.auditor));
	matches!(
		validator.adversary,
		VerifierAdversary::Lazy | VerifierAdversary::Copying | VerifierAdversary::Sharing
	) && job.class == Some(Class::Valid)
		&& seat.stage < last
		&& says_valid(seat)
		&& honest.count() as u32 >= job.quorum
}

/// Whether invalid was said of what was found valid, or valid of what was found invalid. Who could not fetch a transcript
/// contradicts nobody.
fn is_opposed(seat: &Seat, job: &JobRecord) -> bool {
	matches!(
		(seat.verdict, job.class),
		(Some(Class::Valid), Some(Class::Invalid)) | (Some(Class::Invalid), Some(Class::Valid))
	)
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
	use crate::testnet::samples::{before_a_jury, cast, confirmed, incident, job, settled, slashed};
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
	fn an_honest_party_that_was_late_and_an_adversary_that_was_never_drawn_are_warnings() {
		let cast = cast(&["node-2=silent", "Charlie=lazy", "Dave=lazy"]);
		let mut drawn = job(&cast, 0, "node-1", Fate::Open, None);
		drawn.seats.truncate(3);
		let snapshot = snapshot(
			vec![drawn],
			&[
				("node-1", "downtime"),
				("node-2", "downtime"),
				("Bob", "downtime"),
			],
		);
		let late = |name: &str| Warning::Late {
			name: name.into(),
			amount: 1,
		};
		let never_drawn = Warning::NeverDrawn { name: "Dave".into() };
		assert_eq!(
			warnings(&cast, &snapshot),
			[late("node-1"), late("Bob"), never_drawn]
		);
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
			job.seats[3].is_wrong = false;
			vec![job]
		};
		check(&["Dave=contrary"], near, &[], &[]);
		check(&["Dave=contrary"], near, &[("Dave", "false_attestation")], &[]);
		// Each verdict is paid for by itself, also two about one job.
		let twice = |cast: &Cast| vec![before_a_jury(settled(cast, 0, "node-1", 1))];
		check(
			&["Dave=contrary"],
			twice,
			&[("Dave", "false_attestation")],
			&["unpunished"],
		);
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
			let seat = &mut snapshot.jobs[0].seats[3];
			(seat.verdict, seat.is_wrong) = (Some(Class::Invalid), true);
			assert_eq!(words(&cast, &snapshot), ["unpunished"], "{kind}");
			let twice = slashed(&[("false_attestation", 1); 2]);
			snapshot.bonds.insert(dave, twice);
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
		let seen = |cast: &Cast| vec![before_a_jury(settled(cast, 0, "node-1", 1))];
		for kind in ["Dave=sharing", "Dave=lazy", "Dave=copying"] {
			check(&[kind], seen, &[], &["unpunished"]);
			// Nobody looked after the panel, or one of three honest jurors was late.
			let unseen = |cast: &Cast| vec![settled(cast, 0, "node-1", 1)];
			check(&[kind], unseen, &[], &[]);
			let late = |cast: &Cast| {
				let mut job = before_a_jury(settled(cast, 0, "node-1", 1));
				job.seats[4].verdict = None;
				vec![job]
			};
			check(&[kind], late, &[], &[]);
		}
		for kind in ["Dave=contrary", "Dave=slow"] {
			let ran = |cast: &Cast| {
				let mut job = before_a_jury(settled(cast, 0, "node-1", 1));
				for seat in &mut job.seats {
					(seat.verdict, seat.is_wrong) = (Some(Class::Valid), false);
				}
				vec![job]
			};
			check(&[kind], ran, &[], &[]);
		}
		check(&[], seen, &[("Dave", "false_attestation")], &["honest_slashed"]);
	}

	#[test]
	fn who_was_found_idle_pays_once_for_each_time() {
		let cast = cast(&["Dave=sharing"]);
		let dave = cast.validators[3].account;
		let mut found = before_a_jury(settled(&cast, 0, "node-1", 1));
		found.seats[3].is_idle = true;
		let mut snapshot = snapshot(vec![found], &[]);
		let idle = AuditorAccuracy {
			idle: 1,
			..AuditorAccuracy::default()
		};
		snapshot.accuracies.insert(dave, idle);
		for (times, expected) in [(0, &["unpunished"][..]), (1, &[][..]), (2, &["undue"][..])] {
			let bond = slashed(&vec![("false_attestation", 1); times]);
			snapshot.bonds.insert(dave, bond);
			assert_eq!(words(&cast, &snapshot), expected, "{times}");
		}
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

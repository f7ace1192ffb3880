//! What should not have happened to a validator and its verdicts.

use super::{DOWNTIME, Finding, Missing, deceit, is_honest, is_slashed, slashes, undue, unpunished};
use crate::testnet::{
	cast::{Cast, Validator},
	snapshot::{JobRecord, Seat, Snapshot},
};
use chain_client::jobs::Class;
use compute_agent::adversary::VerifierAdversary;

/// The chain's word for a slash for a verdict that was clearly wrong, or stands on no run.
const FALSE_ATTESTATION: &str = "false_attestation";

pub(super) fn of_validator(validator: &Validator, cast: &Cast, snapshot: &Snapshot) -> Vec<Finding> {
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

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testnet::{
		finding::tests::{check, words},
		samples::{before_a_jury, cast, planted, settled, slashed, snapshot},
	};
	use chain_client::canaries::AuditorAccuracy;

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

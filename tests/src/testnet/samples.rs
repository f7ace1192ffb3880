//! Small values for tests.

use super::{
	cast::Cast,
	snapshot::{BondRecord, CanaryRecord, Fate, IncidentRecord, JobRecord, Seat, Slash, Snapshot},
};
use chain_client::{JobId, Planck, canaries::AuditorAccuracy, jobs::Class};
use compute_agent::adversary::VerifierAdversary;
use std::path::Path;
use verification::Stage;

/// Four validators and two nodes.
pub(super) fn cast(adversaries: &[&str]) -> Cast {
	let adversaries: Vec<String> = adversaries.iter().map(|text| (*text).to_owned()).collect();
	Cast::new(4, 2, &adversaries, Path::new("/substitute")).expect("possible")
}

/// A job on whose panel everybody said what was agreed on, but a contrary validator the opposite.
pub(super) fn job(cast: &Cast, id: JobId, node: &str, fate: Fate, class: Option<Class>) -> JobRecord {
	let opposite = |class| match class {
		Class::Valid => Class::Invalid,
		Class::Invalid | Class::Unavailable => Class::Valid,
	};
	JobRecord {
		id,
		node: crate::account(node),
		state: "as its fate".into(),
		fate,
		canary: None,
		seats: cast
			.validators
			.iter()
			.map(|validator| {
				let is_contrary = validator.adversary == VerifierAdversary::Contrary;
				Seat {
					auditor: validator.account,
					stage: Stage::Panel,
					verdict: if is_contrary { class.map(opposite) } else { class },
					is_wrong: is_contrary && class.is_some(),
					is_idle: false,
				}
			})
			.collect(),
		quorum: 3,
		class,
		absent: Vec::new(),
		paid: Vec::new(),
	}
}

/// A valid job for which its node was paid.
pub(super) fn settled(cast: &Cast, id: JobId, node: &str, amount: Planck) -> JobRecord {
	let mut job = job(cast, id, node, Fate::Settled, Some(Class::Valid));
	job.paid.push((job.node, amount));
	job
}

/// The same where a jury of the same auditors looked once more.
pub(super) fn before_a_jury(mut job: JobRecord) -> JobRecord {
	let jury = job.seats.clone().into_iter().map(|seat| Seat {
		stage: Stage::Jury,
		..seat
	});
	job.seats.extend(jury);
	job
}

/// The same of a canary that its node opened, and that the second audit confirmed.
pub(super) fn confirmed(mut job: JobRecord, saw: u32, missed: u32) -> JobRecord {
	job.canary = Some(CanaryRecord {
		is_settled: true,
		saw,
		missed,
	});
	job
}

/// A bond that was slashed.
pub(super) fn slashed(slashes: &[(&str, Planck)]) -> BondRecord {
	BondRecord {
		slashes: slashes
			.iter()
			.map(|(reason, amount)| Slash {
				block: 1,
				reason: (*reason).into(),
				amount: *amount,
			})
			.collect(),
		..BondRecord::default()
	}
}

/// An incident of one failure that has closed.
pub(super) fn incident(due: Planck) -> IncidentRecord {
	IncidentRecord {
		opened_at: 1,
		failures: 1,
		due,
		is_open: false,
	}
}

/// A snapshot of these jobs, where these were slashed, and where each who was slashed for fraud, or is named without
/// a reason, had an incident.
pub(super) fn snapshot(jobs: Vec<JobRecord>, slashes: &[(&str, &str)]) -> Snapshot {
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

/// A confirmed canary of an honest node, of which these validators, by their place, missed a clear fault.
pub(super) fn planted(cast: &Cast, missed: &[usize]) -> Snapshot {
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

//! Small values for tests.

use super::{
	cast::Cast,
	snapshot::{BondRecord, CanaryRecord, Fate, IncidentRecord, JobRecord, Seat, Slash},
};
use chain_client::{JobId, Planck, jobs::Class};
use compute_agent::adversary::VerifierAdversary;
use std::path::Path;

/// Four validators and two nodes.
pub(super) fn cast(adversaries: &[&str]) -> Cast {
	let adversaries: Vec<String> = adversaries.iter().map(|text| (*text).to_owned()).collect();
	Cast::new(4, 2, &adversaries, Path::new("/substitute")).expect("possible")
}

/// A job on which everybody said what was agreed on, but a contrary validator the opposite.
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
			.map(|validator| Seat {
				auditor: validator.account,
				verdict: match validator.adversary {
					VerifierAdversary::Contrary => class.map(opposite),
					_ => class,
				},
			})
			.collect(),
		class,
		wrong: cast
			.validators
			.iter()
			.filter(|validator| class.is_some() && validator.adversary == VerifierAdversary::Contrary)
			.map(|validator| validator.account)
			.collect(),
		idle: Vec::new(),
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

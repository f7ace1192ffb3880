//! What the chain shows of a testnet at one block. The only place here that knows the chain's records.

use super::cast::Cast;
use anyhow::{Context, Result};
use chain_client::{
	Account, JobId, Planck, View,
	canaries::AuditorAccuracy,
	jobs::{self, Class, Job, JobState, Payee, Reputation},
};
use receipt::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use verification::{
	Rules, Stage,
	canary::{Conduct, conduct},
};

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
	/// It has not.
	Open,
	/// The node was paid.
	Settled,
	/// The work was not accepted.
	Refunded,
	/// Nothing was delivered.
	TimedOut,
	/// The node declined.
	Cancelled,
}

/// What one auditor of a job did in one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
	/// Who.
	pub auditor: Account,
	/// In which stage.
	pub stage: Stage,
	/// What it revealed.
	pub verdict: Option<Class>,
	/// Whether that was clearly wrong, whomever of the deciding ones one believes.
	pub is_wrong: bool,
	/// Whether a later stage found it idle: what it showed is of no run.
	pub is_idle: bool,
}

/// An opened canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryRecord {
	/// Whether the second audit has spoken, and all verdicts on the planted receipt are settled.
	pub is_settled: bool,
	/// Auditors that saw the fault, as far as they are settled with.
	pub saw: u32,
	/// Auditors that called it valid, as far as they are settled with.
	pub missed: u32,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRecord {
	/// Its number.
	pub id: JobId,
	/// Who ran it.
	pub node: Account,
	/// The chain's word for where it stands.
	pub state: String,
	/// How it ended.
	pub fate: Fate,
	/// The canary that its node opened. Seats, quorum and class are those of the audit that followed then.
	pub canary: Option<CanaryRecord>,
	/// Who was drawn to audit it, in every stage; of an earlier stage those who revealed.
	pub seats: Vec<Seat>,
	/// So many seats of the stage that sat last must agree.
	pub quorum: u32,
	/// What the auditors agreed on.
	pub class: Option<Class>,
	/// Auditors that paid for their absence.
	pub absent: Vec<Account>,
	/// Which accounts were paid, and how much.
	pub paid: Vec<(Account, Planck)>,
}

impl JobRecord {
	/// The seats of one auditor.
	pub fn seats_of(&self, auditor: &Account) -> impl Iterator<Item = &Seat> {
		self.seats.iter().filter(move |seat| seat.auditor == *auditor)
	}
}

/// One slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slash {
	/// The block.
	pub block: u32,
	/// The chain's word for why.
	pub reason: String,
	/// How much.
	pub amount: Planck,
}

/// A bond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BondRecord {
	/// What is at stake.
	pub active: Planck,
	/// Whether it takes no new work.
	pub chilled: bool,
	/// Its slashes, oldest first. The chain forgets older ones; see [`Snapshot::remember`].
	pub slashes: Vec<Slash>,
}

/// The failures of a node within one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncidentRecord {
	/// The block of the first.
	pub opened_at: u32,
	/// How many jobs failed.
	pub failures: u32,
	/// What the bond pays when it closes.
	pub due: Planck,
	/// Whether it has not closed.
	pub is_open: bool,
}

/// The chain at one block, as far as a testnet judges it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
	/// The block's number.
	pub block: u32,
	/// Every job, by number. The chain forgets one that ended long ago; see [`Snapshot::remember`].
	pub jobs: Vec<JobRecord>,
	/// The bonds of the cast.
	pub bonds: BTreeMap<Account, BondRecord>,
	/// How the validators did on confirmed canaries. What each said of which is not kept once it is settled.
	pub accuracies: BTreeMap<Account, AuditorAccuracy>,
	/// The incidents of the nodes, oldest first. The chain forgets one that has closed; see [`Snapshot::remember`].
	pub incidents: BTreeMap<Account, Vec<IncidentRecord>>,
}

impl Snapshot {
	/// Reads it.
	///
	/// # Errors
	///
	/// If the chain does not answer, or one of the cast has no bond.
	pub async fn read(view: &View, cast: &Cast) -> Result<Self> {
		let count = u32::try_from(view.next_job().await?).context("a testnet has few jobs")?;
		let jobs = view.jobs(0, count).await?;
		let (_, terms) = view.terms().await?;
		let mut incidents = BTreeMap::new();
		for node in &cast.nodes {
			if let Some(incident) = incident_record(&view.reputation(&node.account).await?) {
				incidents.insert(node.account, vec![incident]);
			}
		}
		let mut accuracies = BTreeMap::new();
		for validator in &cast.validators {
			accuracies.insert(validator.account, view.accuracy(&validator.account).await?);
		}
		let nodes = cast.nodes.iter().map(|node| (&node.name, node.account));
		let validators = cast
			.validators
			.iter()
			.map(|validator| (&validator.name, validator.account));
		let mut bonds = BTreeMap::new();
		for (name, account) in nodes.chain(validators) {
			let bond = view
				.bond(&account)
				.await?
				.with_context(|| format!("{name} has no bond"))?;
			bonds.insert(
				account,
				BondRecord {
					active: bond.active,
					chilled: bond.chilled,
					slashes: bond
						.slashes
						.iter()
						.map(|slash| Slash {
							block: slash.block,
							reason: word(&slash.reason),
							amount: slash.amount,
						})
						.collect(),
				},
			);
		}
		Ok(Self {
			block: view.block().number,
			jobs: jobs
				.into_iter()
				.map(|(id, job)| job_record(id, job, &terms.verification))
				.collect(),
			bonds,
			accuracies,
			incidents,
		})
	}

	/// Takes over what the chain shows no more of an earlier snapshot: incidents that have closed, slashes that made room for
	/// newer ones, and jobs whose records are gone.
	pub fn remember(&mut self, earlier: &Self) {
		for (account, known) in &earlier.bonds {
			if let Some(bond) = self.bonds.get_mut(account) {
				let mut all = known.slashes.clone();
				let shown = std::mem::take(&mut bond.slashes).into_iter();
				all.extend(shown.filter(|slash| slash.block > earlier.block));
				bond.slashes = all;
			}
		}
		let shown: BTreeSet<JobId> = self.jobs.iter().map(|job| job.id).collect();
		let gone = earlier.jobs.iter().filter(|job| !shown.contains(&job.id));
		self.jobs.extend(gone.cloned());
		self.jobs.sort_unstable_by_key(|job| job.id);
		for (account, known) in &earlier.incidents {
			let own = self.incidents.entry(*account).or_default();
			for incident in known {
				if !own.iter().any(|shown| shown.opened_at == incident.opened_at) {
					own.push(IncidentRecord {
						is_open: false,
						..*incident
					});
				}
			}
			own.sort_unstable_by_key(|incident| incident.opened_at);
		}
	}

	/// The incidents of a node, oldest first.
	pub fn incidents(&self, node: &Account) -> &[IncidentRecord] {
		self.incidents.get(node).map_or(&[], Vec::as_slice)
	}

	/// The bond of one of the cast.
	pub fn bond(&self, account: &Account) -> BondRecord {
		self.bonds.get(account).cloned().unwrap_or_default()
	}

	/// How a validator did on confirmed canaries.
	pub fn accuracy(&self, validator: &Account) -> AuditorAccuracy {
		self.accuracies.get(validator).copied().unwrap_or_default()
	}

	/// Canaries of which an audit has spoken that nobody was paid or slashed for yet. One whose audit ended without a
	/// verdict never is.
	pub fn unsettled_canaries(&self) -> usize {
		let is_unsettled =
			|job: &&JobRecord| job.class.is_some() && job.canary.is_some_and(|canary| !canary.is_settled);
		self.jobs.iter().filter(is_unsettled).count()
	}

	/// Jobs that have not ended.
	pub fn open(&self) -> usize {
		self.jobs.iter().filter(|job| job.fate == Fate::Open).count()
	}

	/// Incidents that have not closed.
	pub fn open_incidents(&self) -> usize {
		let all = self.incidents.values().flatten();
		all.filter(|incident| incident.is_open).count()
	}
}

/// The chain's own word, as its JSON has it.
fn word(value: &impl serde::Serialize) -> String {
	serde_json::to_value(value)
		.ok()
		.and_then(|value| value.as_str().map(str::to_owned))
		.unwrap_or_else(|| "for a reason without a word".into())
}

fn incident_record(reputation: &Reputation) -> Option<IncidentRecord> {
	let incident = &reputation.incident.as_ref()?.0;
	Some(IncidentRecord {
		opened_at: incident.opened_at,
		failures: incident.failures,
		due: incident.slash(),
		is_open: true,
	})
}

/// Where a job stands; of an audit, which stage sits.
fn progress(state: &JobState) -> String {
	match state {
		JobState::Auditing { stage, .. } => format!("{}: {}", state.name(), word(stage)),
		_ => state.name().into(),
	}
}

/// Who sat in which stage, what they revealed, and what became of that. Of an earlier stage the chain keeps those who did.
fn seats(job: &Job, rules: &Rules) -> Vec<Seat> {
	let earlier = job.audit.earlier.iter().enumerate().map(|(number, finding)| {
		let verdict = class_of(&finding.verdict);
		Seat {
			auditor: finding.auditor,
			// Rounds count on once a canary was opened; then no earlier ones are kept.
			stage: match finding.round % 3 {
				0 => Stage::Auditor,
				1 => Stage::Panel,
				_ => Stage::Jury,
			},
			verdict: Some(verdict),
			is_wrong: is_clearly_wrong(job, rules, verdict),
			is_idle: job.is_idle(number),
		}
	});
	let last = job.audit.stage.map(stage_of).into_iter().flat_map(move |stage| {
		job.committee.iter().map(move |seat| {
			let verdict = seat.opening.as_ref().map(|opening| class_of(&opening.verdict));
			Seat {
				auditor: seat.auditor,
				stage,
				verdict,
				is_wrong: verdict.is_some_and(|own| is_clearly_wrong(job, rules, own)),
				is_idle: false,
			}
		})
	});
	earlier.chain(last).collect()
}

/// Whether a verdict is clearly wrong by each measurement of those who decided. The chain goes by their median, so it
/// slashes for all of these.
fn is_clearly_wrong(job: &Job, rules: &Rules, own: Class) -> bool {
	let Some(class) = job.class else {
		return false;
	};
	let mut deciding = job
		.committee
		.iter()
		.filter_map(|seat| Some(&seat.opening.as_ref()?.0))
		.filter(|opening| class_of(&opening.verdict) == class)
		.map(|opening| opening.figures.error_milli)
		.peekable();
	let at_fault = |error| conduct(rules, verdict_of(own), verdict_of(class), error) == Conduct::AtFault;
	deciding.peek().is_some() && deciding.all(at_fault)
}

fn job_record(id: JobId, job: Job, rules: &Rules) -> JobRecord {
	let seats = seats(&job, rules);
	let last = job.committee.len() as u32;
	let quorum = job
		.audit
		.stage
		.map_or(u32::MAX, |stage| rules.quorum(stage_of(stage), last));
	let (fate, paid) = match &job.state {
		JobState::Settled { payouts, .. } => {
			let accounts = payouts.iter().filter_map(|line| match line.payee {
				Payee::Account(account) => Some((account, line.amount)),
				Payee::Workflow(_) => None,
			});
			(Fate::Settled, accounts.collect())
		}
		JobState::Refunded { .. } => (Fate::Refunded, Vec::new()),
		JobState::TimedOut { .. } => (Fate::TimedOut, Vec::new()),
		JobState::Cancelled { .. } => (Fate::Cancelled, Vec::new()),
		_ => (Fate::Open, Vec::new()),
	};
	let canary = job.audit.canary.opened().map(|opened| CanaryRecord {
		is_settled: job.class.is_some() && opened.planted.is_empty(),
		saw: opened.saw,
		missed: opened.missed,
	});
	JobRecord {
		id,
		node: job.ticket.node,
		state: progress(&job.state),
		fate,
		canary,
		seats,
		quorum,
		class: job.class,
		absent: job.absent,
		paid,
	}
}

fn class_of(verdict: &Verdict) -> Class {
	match verdict {
		Verdict::Valid => Class::Valid,
		Verdict::Invalid(_) => Class::Invalid,
		Verdict::Unavailable => Class::Unavailable,
	}
}

fn verdict_of(class: Class) -> verification::Verdict {
	match class {
		Class::Valid => verification::Verdict::Valid,
		Class::Invalid => verification::Verdict::Invalid,
		Class::Unavailable => verification::Verdict::Unavailable,
	}
}

fn stage_of(stage: jobs::Stage) -> Stage {
	match stage {
		jobs::Stage::Auditor => Stage::Auditor,
		jobs::Stage::Panel => Stage::Panel,
		jobs::Stage::Jury => Stage::Jury,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testnet::samples::{cast, settled, slashed};

	#[test]
	fn what_the_chain_forgets_is_remembered() {
		let cast = cast(&[]);
		let dave = cast.validators[3].account;
		let slash = |block| Slash {
			block,
			reason: "downtime".into(),
			amount: 1,
		};
		let shows = |block, jobs: &[JobId], slashes: &[u32]| Snapshot {
			block,
			jobs: jobs.iter().map(|id| settled(&cast, *id, "node-1", 1)).collect(),
			bonds: [(
				dave,
				BondRecord {
					slashes: slashes.iter().copied().map(slash).collect(),
					..slashed(&[])
				},
			)]
			.into(),
			..Snapshot::default()
		};
		let blocks = |snapshot: &Snapshot| -> Vec<u32> {
			let bond = snapshot.bond(&dave);
			bond.slashes.iter().map(|slash| slash.block).collect()
		};
		let first = shows(5, &[0, 1], &[2, 5, 5]);
		// The chain has room for three slashes here.
		let mut second = shows(7, &[1, 2], &[5, 5, 6]);
		second.remember(&first);
		assert_eq!(blocks(&second), [2, 5, 5, 6]);
		let mut third = shows(9, &[2], &[6, 9, 9]);
		third.remember(&second);
		assert_eq!(blocks(&third), [2, 5, 5, 6, 9, 9]);
		let jobs: Vec<JobId> = third.jobs.iter().map(|job| job.id).collect();
		assert_eq!(jobs, [0, 1, 2]);
		let same = third.clone();
		third.remember(&same);
		assert_eq!(third, same);
	}
}

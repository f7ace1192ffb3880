//! How everybody stands at one block: what the chain shows, counted for each of the cast.

use super::{
	cast::{Cast, Node, Validator},
	snapshot::{BondRecord, Fate, IncidentRecord, JobRecord, Snapshot},
};
use chain_client::{Account, JobId, Planck, jobs::Class};
use compute_agent::adversary::Deed;
use std::collections::BTreeMap;

/// What is at stake and what was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stake {
	/// What is at stake now.
	pub bond: Planck,
	/// What was slashed.
	pub slashed: Planck,
	/// How often, by the chain's word for why.
	pub reasons: BTreeMap<String, u32>,
	/// Whether it takes no new work.
	pub chilled: bool,
	/// What it was paid.
	pub paid: Planck,
}

/// How a node stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStanding {
	/// Its name.
	pub name: String,
	/// Its kind, as it is written.
	pub kind: String,
	/// Its jobs.
	pub jobs: u32,
	/// Those that were canaries, confirmed by their second audit.
	pub canaries: u32,
	/// Those that it did not do as it was asked.
	pub spoiled: u32,
	/// Those of the spoiled that ended without pay. One that the node declined counts where its own check found it.
	pub caught: u32,
	/// Jobs by how they ended.
	pub fates: BTreeMap<Fate, u32>,
	/// Its incidents, oldest first.
	pub incidents: Vec<IncidentRecord>,
	/// Its money.
	pub stake: Stake,
}

/// How a validator stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorStanding {
	/// Its name.
	pub name: String,
	/// Its kind, as it is written.
	pub kind: String,
	/// Jobs for which it was drawn.
	pub drawn: u32,
	/// Jobs on which it said something else than what was agreed on.
	pub dissents: u32,
	/// Jobs on which it was clearly wrong.
	pub wrong: u32,
	/// Jobs for which it paid for its absence.
	pub absent: u32,
	/// Confirmed canaries on which it gave a verdict.
	pub canaries: u32,
	/// Those with a clear fault that it called valid.
	pub canaries_missed: u32,
	/// Its money.
	pub stake: Stake,
}

/// How all of them stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standings {
	/// The block.
	pub block: u32,
	/// The nodes.
	pub nodes: Vec<NodeStanding>,
	/// The validators.
	pub validators: Vec<ValidatorStanding>,
}

impl Standings {
	/// Counts what a snapshot shows.
	pub fn of(cast: &Cast, snapshot: &Snapshot) -> Self {
		Self {
			block: snapshot.block,
			nodes: cast.nodes.iter().map(|node| of_node(node, snapshot)).collect(),
			validators: cast
				.validators
				.iter()
				.map(|validator| of_validator(validator, snapshot))
				.collect(),
		}
	}
}

fn of_node(node: &Node, snapshot: &Snapshot) -> NodeStanding {
	let own = snapshot.jobs.iter().filter(|job| job.node == node.account);
	let mut standing = NodeStanding {
		name: node.name.clone(),
		kind: node.adversary.to_string(),
		jobs: 0,
		canaries: 0,
		spoiled: 0,
		caught: 0,
		fates: BTreeMap::new(),
		incidents: snapshot.incidents(&node.account).to_vec(),
		stake: stake(&node.account, snapshot),
	};
	for job in own {
		standing.jobs += 1;
		standing.canaries += u32::from(is_confirmed(job));
		*standing.fates.entry(job.fate).or_default() += 1;
		if is_spoiled(node, job) {
			standing.spoiled += 1;
			standing.caught += u32::from(match job.fate {
				Fate::Open | Fate::Settled => false,
				Fate::Refunded | Fate::TimedOut => true,
				Fate::Cancelled => is_found_by_itself(node, job.id),
			});
		}
	}
	standing
}

/// Whether a node did something else to a job than what it was asked. Other words for work that is in order are its
/// caller's to find, and who posts its transcripts shows them.
pub(super) fn is_spoiled(node: &Node, job: &JobRecord) -> bool {
	!matches!(
		node.adversary.deed(job.id),
		Deed::Honest | Deed::OtherWords | Deed::UnreachableTranscript
	)
}

/// Whether a node spoils a job in a way that its own check finds, so that it declines it.
pub(super) fn is_found_by_itself(node: &Node, job: JobId) -> bool {
	node.adversary.checks_runs() && node.adversary.deed(job) == Deed::WrongStates
}

/// Whether a job was a canary, and a second audit found its true work valid.
fn is_confirmed(job: &JobRecord) -> bool {
	job.class == Some(Class::Valid) && job.canary.is_some_and(|canary| canary.is_settled)
}

fn of_validator(validator: &Validator, snapshot: &Snapshot) -> ValidatorStanding {
	let account = &validator.account;
	let accuracy = snapshot.accuracy(account);
	let count = |is_counted: &dyn Fn(&JobRecord) -> bool| {
		snapshot.jobs.iter().filter(|job| is_counted(job)).count() as u32
	};
	ValidatorStanding {
		name: validator.name.clone(),
		kind: validator.adversary.to_string(),
		drawn: count(&|job| job.seats_of(account).next().is_some()),
		dissents: count(&|job| dissents(account, job)),
		wrong: count(&|job| job.seats_of(account).any(|seat| seat.is_wrong)),
		absent: count(&|job| job.absent.contains(account)),
		canaries: accuracy.canaries,
		canaries_missed: accuracy.missed,
		stake: stake(account, snapshot),
	}
}

/// Whether an auditor said something else than what was agreed on.
fn dissents(auditor: &Account, job: &JobRecord) -> bool {
	let says = |said: Option<Class>| said.is_some() && job.class.is_some() && said != job.class;
	job.seats_of(auditor).any(|seat| says(seat.verdict))
}

fn stake(account: &Account, snapshot: &Snapshot) -> Stake {
	let BondRecord {
		active,
		chilled,
		slashes,
	} = snapshot.bond(account);
	let mut reasons = BTreeMap::new();
	for slash in &slashes {
		*reasons.entry(slash.reason.clone()).or_default() += 1;
	}
	Stake {
		bond: active,
		slashed: slashes.iter().map(|slash| slash.amount).sum(),
		reasons,
		chilled,
		paid: snapshot
			.jobs
			.iter()
			.flat_map(|job| &job.paid)
			.filter(|(who, _)| who == account)
			.map(|(_, amount)| amount)
			.sum(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testnet::samples::{cast, confirmed, job, settled, slashed};
	use chain_client::canaries::AuditorAccuracy;

	#[test]
	fn everybodys_jobs_verdicts_and_money_are_counted() {
		let cast = cast(&["node-2=bursts-unchecked", "Dave=contrary"]);
		let [_, node, ..] = &cast.nodes[..] else {
			panic!("{cast:?}")
		};
		let mut snapshot = Snapshot {
			block: 9,
			jobs: vec![
				settled(&cast, 0, "node-1", 7),
				settled(&cast, 3, "node-2", 7),
				job(&cast, 4, "node-2", Fate::Refunded, Some(Class::Invalid)),
				job(&cast, 5, "node-2", Fate::Open, None),
			],
			..Snapshot::default()
		};
		snapshot.jobs[2].absent.push(cast.validators[0].account);
		snapshot.jobs[0] = confirmed(snapshot.jobs[0].clone(), 3, 1);
		// Opened, and found to be bad work all the same.
		snapshot.jobs[2] = confirmed(snapshot.jobs[2].clone(), 0, 0);
		snapshot.accuracies.insert(
			cast.validators[3].account,
			AuditorAccuracy {
				canaries: 2,
				missed: 1,
				near_missed: 1,
				idle: 0,
			},
		);
		snapshot.bonds.insert(
			node.account,
			slashed(&[("fraud", 5), ("downtime", 1), ("fraud", 4)]),
		);
		let standings = Standings::of(&cast, &snapshot);

		let [first, second] = &standings.nodes[..] else {
			panic!("{standings:?}")
		};
		assert_eq!((first.jobs, first.spoiled, first.stake.paid), (1, 0, 7));
		assert_eq!((first.canaries, second.canaries), (1, 0));
		assert_eq!((second.jobs, second.spoiled, second.caught), (3, 2, 1));
		assert_eq!(second.fates[&Fate::Refunded], 1);
		assert_eq!((second.stake.slashed, second.stake.paid), (10, 7));
		assert_eq!(
			second.stake.reasons,
			[("fraud".to_owned(), 2), ("downtime".to_owned(), 1)].into()
		);

		let seen: Vec<_> = standings
			.validators
			.iter()
			.map(|validator| (validator.drawn, validator.dissents, validator.absent))
			.collect();
		let canaries: Vec<_> = standings
			.validators
			.iter()
			.map(|validator| (validator.canaries, validator.canaries_missed))
			.collect();
		assert_eq!(canaries, [(0, 0), (0, 0), (0, 0), (2, 1)]);
		// In the samples everybody votes with the majority but the contrary one.
		assert_eq!(seen, [(4, 0, 1), (4, 0, 0), (4, 0, 0), (4, 3, 0)]);
	}

	#[test]
	fn who_declines_what_its_own_check_found_is_caught_by_itself() {
		for (kind, caught) in [
			("node-2=bursts", 1),
			("node-2=bursts-unchecked", 0),
			("node-2=no-transcript", 0),
		] {
			let cast = cast(&[kind]);
			let snapshot = Snapshot {
				jobs: vec![job(&cast, 4, "node-2", Fate::Cancelled, None)],
				..Snapshot::default()
			};
			let standings = Standings::of(&cast, &snapshot);
			let node = &standings.nodes[1];
			assert_eq!((node.spoiled, node.caught), (1, caught), "{kind}");
		}
	}
}

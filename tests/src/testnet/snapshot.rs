//! What the chain shows of a testnet at one block. The only place here that knows the chain's records.

use super::cast::Cast;
use anyhow::{Context, Result};
use chain_client::{
	Account, JobId, Planck, View,
	jobs::{Class, Job, JobState, Payee},
};
use receipt::Verdict;
use std::collections::BTreeMap;

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

/// What one auditor of a job did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
	/// Who.
	pub auditor: Account,
	/// What it revealed.
	pub verdict: Option<Class>,
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
	/// Who was drawn to audit it.
	pub seats: Vec<Seat>,
	/// What the auditors agreed on.
	pub class: Option<Class>,
	/// Auditors that paid for their absence.
	pub absent: Vec<Account>,
	/// Which accounts were paid, and how much.
	pub paid: Vec<(Account, Planck)>,
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
	/// Its slashes, oldest first.
	pub slashes: Vec<Slash>,
}

/// The chain at one block, as far as a testnet judges it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
	/// The block's number.
	pub block: u32,
	/// Every job, by number.
	pub jobs: Vec<JobRecord>,
	/// The bonds of the cast.
	pub bonds: BTreeMap<Account, BondRecord>,
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
			jobs: jobs.into_iter().map(|(id, job)| job_record(id, job)).collect(),
			bonds,
		})
	}

	/// The bond of one of the cast.
	pub fn bond(&self, account: &Account) -> BondRecord {
		self.bonds.get(account).cloned().unwrap_or_default()
	}

	/// Jobs that have not ended.
	pub fn open(&self) -> usize {
		self.jobs.iter().filter(|job| job.fate == Fate::Open).count()
	}
}

/// The chain's own word, as its JSON has it.
fn word(value: &impl serde::Serialize) -> String {
	serde_json::to_value(value)
		.ok()
		.and_then(|value| value.as_str().map(str::to_owned))
		.unwrap_or_else(|| "for a reason without a word".into())
}

fn job_record(id: JobId, job: Job) -> JobRecord {
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
	JobRecord {
		id,
		node: job.ticket.node,
		state: job.state.name().into(),
		fate,
		seats: job
			.committee
			.iter()
			.map(|seat| Seat {
				auditor: seat.auditor,
				verdict: seat.opening.as_ref().map(|opening| class_of(&opening.verdict)),
			})
			.collect(),
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

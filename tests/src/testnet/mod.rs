//! A whole network with chosen adversaries: it is started, called, watched, and judged: did exactly those who
//! deserved it lose their stake?
//!
//! The chain is read into a [`Snapshot`] at one place; everything that counts and judges is pure: [`Standings`]
//! for the tables, [`findings`] for what should not have happened.

mod calls;
mod canaries;
mod cast;
mod finding;
mod live;
#[cfg(test)]
mod samples;
mod snapshot;
mod standing;
mod start;
mod table;
mod warning;

pub use calls::{Demand, Made};
pub use canaries::{Canaries, UnknownCanaries};
pub use cast::{Cast, CastError, MOST_NODES, Node, Validator};
pub use finding::{Finding, Missing, findings};
pub use snapshot::{IncidentRecord, Snapshot};
pub use standing::{NodeStanding, Stake, Standings, ValidatorStanding};
pub use warning::{Warning, warnings};

use crate::Network;
use anyhow::{Result, bail};
use chain_client::{At, ChainClient, WorkflowId};
use live::Live;
use receipt::Tier;
use serde_json::{Value, json};
use snapshot::Fate;
use std::{
	fmt,
	path::Path,
	time::{Duration, Instant},
};
use tokio::time::MissedTickBehavior;

/// How often the chain is looked at: twice in a block.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long the chain may be silent.
const SILENCE: Duration = Duration::from_secs(60);

/// Longer than any way of a job that nobody disputes to its end, and of its incident, with the longer windows of a testnet:
/// some thousand blocks.
const END: Duration = Duration::from_secs(2_400);

/// How much is called, and how it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
	/// How much.
	pub demand: Demand,
	/// Who checks the work.
	pub tier: Tier,
	/// How those are checked who do.
	pub canaries: Canaries,
}

/// What came of a testnet.
#[derive(Clone, Debug)]
pub struct Report {
	/// How everybody stands at the end.
	pub standings: Standings,
	/// What should not have happened.
	pub findings: Vec<Finding>,
	/// What an overloaded machine explains.
	pub warnings: Vec<Warning>,
	/// What came of the calls.
	pub made: Made,
	/// How long it took, start and calls together.
	pub seconds: u64,
}

/// Runs a testnet in a folder, from its start to the end of its last job and its last incident. Everything that it
/// started has ended when it returns.
///
/// # Errors
///
/// If something does not start, the chain falls silent, or a job or an incident does not end.
pub async fn run(cast: &Cast, load: Load, model: &Path, folder: &Path, substitute: &Path) -> Result<Report> {
	let began = Instant::now();
	let (network, workflow) = start::start(cast, load.canaries, model, folder, substitute).await?;
	let result = watch(&network, workflow, cast, load).await;
	if result.is_err() {
		eprintln!("the ends of all logs:\n{}", network.logs(12));
	}
	let (snapshot, made) = result?;
	Ok(Report {
		standings: Standings::of(cast, &snapshot),
		findings: findings(cast, &snapshot),
		warnings: warnings(cast, &snapshot),
		made,
		seconds: began.elapsed().as_secs(),
	})
}

/// Makes the calls, shows what happens, and waits until every job has ended, every incident has closed and every opened
/// canary is settled: bonds pay for a failed audit, or for a fault that was missed, only then.
async fn watch(network: &Network, workflow: WorkflowId, cast: &Cast, load: Load) -> Result<(Snapshot, Made)> {
	let mut chain = network.chain().await?;
	let mut last = look(&chain, cast).await?;
	let mut live = Live::new(last.clone());
	let calls = calls::make(network, workflow, cast, load);
	tokio::pin!(calls);
	let mut ticks = tokio::time::interval(LOOK_EVERY);
	ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
	let mut made: Option<(Made, Instant)> = None;
	let mut seen = Instant::now();
	loop {
		tokio::select! {
			result = &mut calls, if made.is_none() => made = Some((result?, Instant::now())),
			_ = ticks.tick() => {
				let mut now = match look(&chain, cast).await {
					Ok(now) => now,
					Err(error) if seen.elapsed() > SILENCE => return Err(error),
					// A busy machine answers late now and then, and drops a connection.
					Err(_) => {
						if let Ok(again) = network.chain().await {
							chain = again;
						}
						continue;
					}
				};
				seen = Instant::now();
				now.remember(&last);
				last = now.clone();
				live.show(cast, now.clone());
				let (jobs, incidents, canaries) = (now.open(), now.open_incidents(), now.unsettled_canaries());
				match &made {
					Some((made, _)) if jobs + incidents + canaries == 0 => return Ok((now, made.clone())),
					Some((_, ended)) if ended.elapsed() > END => {
						bail!("{jobs} jobs, {incidents} incidents and {canaries} canaries did not end within {END:?}")
					}
					_ => {}
				}
			}
		}
	}
}

async fn look(chain: &ChainClient, cast: &Cast) -> Result<Snapshot> {
	let view = chain.view(At::Finalized).await?;
	Snapshot::read(&view, cast).await
}

impl Report {
	/// The whole of it for programs. Amounts are in the smallest unit.
	pub fn to_json(&self) -> Value {
		let stake = |stake: &Stake| {
			json!({
				"bond": stake.bond.to_string(),
				"slashed": stake.slashed.to_string(),
				"reasons": stake.reasons,
				"chilled": stake.chilled,
				"paid": stake.paid.to_string(),
			})
		};
		let incident = |incident: &IncidentRecord| {
			json!({
				"opened_at": incident.opened_at,
				"failures": incident.failures,
				"due": incident.due.to_string(),
			})
		};
		let nodes = self.standings.nodes.iter().map(|node| {
			let fate = |fate: Fate| node.fates.get(&fate).copied().unwrap_or(0);
			json!({
				"name": node.name,
				"kind": node.kind,
				"jobs": node.jobs,
				"settled": fate(Fate::Settled),
				"refunded": fate(Fate::Refunded),
				"timed_out": fate(Fate::TimedOut),
				"cancelled": fate(Fate::Cancelled),
				"canaries": node.canaries,
				"spoiled": node.spoiled,
				"caught": node.caught,
				"incidents": node.incidents.iter().map(incident).collect::<Vec<_>>(),
				"stake": stake(&node.stake),
			})
		});
		let validators = self.standings.validators.iter().map(|validator| {
			json!({
				"name": validator.name,
				"kind": validator.kind,
				"drawn": validator.drawn,
				"outvoted": validator.dissents,
				"wrong": validator.wrong,
				"absent": validator.absent,
				"canaries": validator.canaries,
				"canaries_missed": validator.canaries_missed,
				"stake": stake(&validator.stake),
			})
		});
		let findings = self
			.findings
			.iter()
			.map(|finding| json!({ "kind": finding.word(), "text": finding.to_string() }));
		json!({
			"nodes": nodes.collect::<Vec<_>>(),
			"validators": validators.collect::<Vec<_>>(),
			"findings": findings.collect::<Vec<_>>(),
			"warnings": self.warnings.iter().map(Warning::to_string).collect::<Vec<_>>(),
			"calls": {
				"ended": self.made.ended,
				"turned_away": self.made.turned_away,
				"failed": self.made.failed,
			},
			"block": self.standings.block,
			"seconds": self.seconds,
		})
	}
}

/// The tables, and what they come to.
impl fmt::Display for Report {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		writeln!(f, "{}", table::nodes(&self.standings))?;
		writeln!(f, "{}", table::validators(&self.standings))?;
		writeln!(
			f,
			"{} calls were followed to their end, {} turned away by nodes that were chilled meanwhile, {} failed; {} s",
			self.made.ended,
			self.made.turned_away,
			self.made.failed.len(),
			self.seconds
		)?;
		for failed in &self.made.failed {
			writeln!(f, "  failed: {failed}")?;
		}
		for warning in &self.warnings {
			writeln!(f, "warning: {warning}")?;
		}
		if self.findings.is_empty() {
			return f.write_str("exactly those who gave cause paid");
		}
		f.write_str("NOT as it should be:")?;
		for finding in &self.findings {
			write!(f, "\n  {finding}")?;
		}
		Ok(())
	}
}

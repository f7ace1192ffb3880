//! The view of a running testnet: a table that is drawn again and again on a terminal, one line for each event
//! elsewhere.

use super::{
	cast::Cast,
	snapshot::{Fate, JobRecord, Snapshot},
	standing::Standings,
	table,
};
use chain_client::{Account, amount::hai, jobs::Class};
use std::{
	collections::VecDeque,
	io::{IsTerminal, Write, stderr},
};

/// Events that stand under the table.
const LATEST: usize = 6;

/// What is shown while a testnet runs.
pub(super) struct Live {
	is_terminal: bool,
	/// Lines that were drawn last, and are drawn over.
	drawn: usize,
	latest: VecDeque<String>,
	before: Snapshot,
}

impl Live {
	/// A view on the standard error stream, of a testnet that stands as in `now`.
	pub(super) fn new(now: Snapshot) -> Self {
		Self {
			is_terminal: stderr().is_terminal(),
			drawn: 0,
			latest: VecDeque::new(),
			before: now,
		}
	}

	/// Shows what is new.
	pub(super) fn show(&mut self, cast: &Cast, now: Snapshot) {
		let events = events(cast, &self.before, &now);
		self.before = now;
		if !self.is_terminal {
			for event in events {
				eprintln!("{event}");
			}
			return;
		}
		self.latest.extend(events);
		while self.latest.len() > LATEST {
			self.latest.pop_front();
		}
		let standings = Standings::of(cast, &self.before);
		let mut text = format!(
			"block {}\n{}\n{}\n",
			standings.block,
			table::nodes(&standings),
			table::validators(&standings)
		);
		for event in &self.latest {
			text.push_str(event);
			text.push('\n');
		}
		// Up to where the last drawing began, and everything below that away.
		let clear = if self.drawn > 0 {
			format!("\x1b[{}A\x1b[J", self.drawn)
		} else {
			String::new()
		};
		self.drawn = text.lines().count();
		let mut stream = stderr().lock();
		// A terminal that has gone is no reason to stop.
		let _ = write!(stream, "{clear}{text}").and_then(|()| stream.flush());
	}
}

/// What happened between two snapshots, in sentences.
fn events(cast: &Cast, before: &Snapshot, now: &Snapshot) -> Vec<String> {
	let block = now.block;
	let mut events = Vec::new();
	for job in &now.jobs {
		let was = before.jobs.iter().find(|was| was.id == job.id);
		if was.is_none_or(|was| was.state != job.state) {
			let name = name_of(cast, &job.node);
			events.push(format!("block {block}  {name}  job {} {}", job.id, progress(job)));
		}
		if let Some(text) = canary(was, job) {
			let name = name_of(cast, &job.node);
			events.push(format!("block {block}  {name}  job {} {text}", job.id));
		}
	}
	for (account, bond) in &now.bonds {
		let was = before.bond(account);
		let name = name_of(cast, account);
		let seen = was.slashes.last();
		let is_new = |slash: &&super::snapshot::Slash| seen.is_none_or(|seen| slash.block > seen.block);
		for slash in bond.slashes.iter().filter(is_new) {
			let (amount, rest) = (hai(slash.amount), hai(bond.active));
			events.push(format!(
				"block {}  {name}  SLASHED {amount} for {}; {rest} are left",
				slash.block, slash.reason
			));
		}
		if bond.chilled && !was.chilled {
			events.push(format!("block {block}  {name}  CHILLED: it gets no more work"));
		}
	}
	for (account, incidents) in &now.incidents {
		let name = name_of(cast, account);
		for incident in incidents {
			let was = before.incidents(account);
			let was = was.iter().find(|was| was.opened_at == incident.opened_at);
			let (failures, due) = (incident.failures, hai(incident.due));
			match was {
				None => events.push(format!(
					"block {block}  {name}  INCIDENT: a job failed its audit; {due} are due when it closes"
				)),
				Some(was) if was.is_open && !incident.is_open => events.push(format!(
					"block {block}  {name}  incident closed: {failures} failed, {due} were due"
				)),
				Some(_) => {}
			}
		}
	}
	events
}

/// What is new of a canary.
fn canary(was: Option<&JobRecord>, job: &JobRecord) -> Option<String> {
	let (was, now) = (was.and_then(|was| was.canary), job.canary?);
	if now.is_settled && job.class == Some(Class::Valid) {
		let (saw, missed) = (now.saw, now.missed);
		let is_new = !was.is_some_and(|was| was.is_settled);
		return is_new.then(|| format!("CANARY confirmed: {saw} auditors saw the fault, {missed} missed it"));
	}
	was.is_none()
		.then(|| "CANARY opened: its true work is audited once more".into())
}

fn progress(job: &JobRecord) -> String {
	match (job.fate, job.class) {
		(Fate::Refunded, Some(Class::Invalid)) => "refunded: the work was not done as claimed".into(),
		(Fate::Refunded, Some(Class::Unavailable)) => "refunded: nobody was shown the transcript".into(),
		(Fate::Refunded, Some(Class::Valid)) => "refunded: it could not be settled".into(),
		(Fate::Refunded, None) => "refunded: no quorum".into(),
		(Fate::TimedOut, _) => "refunded: nothing was delivered".into(),
		(Fate::Cancelled, _) => "refunded: the node declined".into(),
		(Fate::Settled | Fate::Open, _) => job.state.clone(),
	}
}

fn name_of<'a>(cast: &'a Cast, account: &Account) -> &'a str {
	let nodes = cast.nodes.iter().map(|node| (&node.name, &node.account));
	let validators = cast
		.validators
		.iter()
		.map(|validator| (&validator.name, &validator.account));
	nodes
		.chain(validators)
		.find(|(_, known)| *known == account)
		.map_or("somebody else", |(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testnet::{
		samples::{cast, confirmed, incident, job, settled, slashed},
		snapshot::{CanaryRecord, IncidentRecord},
	};

	#[test]
	fn of_a_canary_it_is_told_when_it_is_opened_and_when_it_is_confirmed() {
		let cast = cast(&[]);
		let snapshot = |job| Snapshot {
			block: 9,
			jobs: vec![job],
			..Snapshot::default()
		};
		let closed = snapshot(job(&cast, 0, "node-1", Fate::Open, None));
		let mut opened = closed.clone();
		opened.jobs[0].canary = Some(CanaryRecord {
			is_settled: false,
			saw: 0,
			missed: 0,
		});
		let valid = job(&cast, 0, "node-1", Fate::Open, Some(Class::Valid));
		let settled = snapshot(confirmed(valid, 3, 1));
		let said = "block 9  node-1  job 0 CANARY";
		assert_eq!(
			events(&cast, &closed, &opened),
			[format!("{said} opened: its true work is audited once more")]
		);
		let expected = [format!("{said} confirmed: 3 auditors saw the fault, 1 missed it")];
		assert_eq!(events(&cast, &opened, &settled), expected);
		// Between two looks both can happen.
		assert_eq!(events(&cast, &closed, &settled), expected);
		for snapshot in [&closed, &opened, &settled] {
			assert_eq!(events(&cast, snapshot, snapshot), Vec::<String>::new());
		}
	}

	#[test]
	fn each_change_is_told_once() {
		let cast = cast(&["node-2=greedy"]);
		let before = Snapshot {
			block: 8,
			jobs: vec![job(&cast, 0, "node-2", Fate::Open, None)],
			..Snapshot::default()
		};
		let mut refunded = job(&cast, 0, "node-2", Fate::Refunded, Some(Class::Invalid));
		refunded.state = "refunded".into();
		let mut now = Snapshot {
			block: 9,
			jobs: vec![refunded, settled(&cast, 1, "node-1", 1)],
			..Snapshot::default()
		};
		let mut bond = slashed(&[("fraud", 5_000_000_000_000)]);
		bond.chilled = true;
		let node = crate::account("node-2");
		now.bonds.insert(node, bond);
		let open = IncidentRecord {
			is_open: true,
			..incident(5_000_000_000_000)
		};
		now.incidents.insert(node, vec![open]);
		assert_eq!(
			events(&cast, &before, &now),
			[
				"block 9  node-2  job 0 refunded: the work was not done as claimed",
				"block 9  node-1  job 1 as its fate",
				"block 1  node-2  SLASHED 5 HAI for fraud; 0 HAI are left",
				"block 9  node-2  CHILLED: it gets no more work",
				"block 9  node-2  INCIDENT: a job failed its audit; 5 HAI are due when it closes",
			]
		);
		assert_eq!(events(&cast, &now, &now), Vec::<String>::new());
		let mut later = Snapshot {
			incidents: Default::default(),
			..now.clone()
		};
		later.remember(&now);
		assert_eq!(later.open_incidents(), 0);
		assert_eq!(
			events(&cast, &now, &later),
			["block 9  node-2  incident closed: 1 failed, 5 HAI were due"]
		);
	}
}

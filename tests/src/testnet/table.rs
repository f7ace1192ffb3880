//! Standings for people.

use super::{
	snapshot::Fate,
	standing::{Stake, Standings},
};
use chain_client::amount::{hai, show};
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};

fn table(header: &[&str]) -> Table {
	let mut table = Table::new();
	// On a terminal no line may be longer than it is wide: the live view draws over what it drew.
	table
		.load_preset(UTF8_FULL_CONDENSED)
		.set_content_arrangement(ContentArrangement::Dynamic)
		.set_header(header);
	table
}

/// A part of a bond in HAI; a dash for nothing.
fn slashed(stake: &Stake) -> String {
	if stake.slashed == 0 {
		return "–".into();
	}
	let reasons: Vec<String> = stake
		.reasons
		.iter()
		.map(|(reason, times)| format!("{times} × {reason}"))
		.collect();
	format!("{} ({})", hai(stake.slashed), reasons.join(", "))
}

fn chilled(stake: &Stake) -> &'static str {
	if stake.chilled { "yes" } else { "–" }
}

/// The nodes.
pub(super) fn nodes(standings: &Standings) -> Table {
	let mut table = table(&[
		"node",
		"kind",
		"jobs",
		"paid",
		"refunded",
		"open",
		"canaries",
		"spoiled",
		"caught",
		"incidents",
		"slashed",
		"bond",
		"chilled",
		"earned",
	]);
	for node in &standings.nodes {
		let count = |fates: &[Fate]| -> u32 {
			let counts = fates.iter().filter_map(|fate| node.fates.get(fate));
			counts.sum()
		};
		table.add_row([
			node.name.clone(),
			short(&node.kind),
			node.jobs.to_string(),
			count(&[Fate::Settled]).to_string(),
			count(&[Fate::Refunded, Fate::TimedOut, Fate::Cancelled]).to_string(),
			count(&[Fate::Open]).to_string(),
			node.canaries.to_string(),
			node.spoiled.to_string(),
			node.caught.to_string(),
			node.incidents.len().to_string(),
			slashed(&node.stake),
			show(node.stake.bond),
			chilled(&node.stake).into(),
			show(node.stake.paid),
		]);
	}
	table
}

/// The validators.
pub(super) fn validators(standings: &Standings) -> Table {
	let mut table = table(&[
		"validator",
		"kind",
		"drawn",
		"outvoted",
		"wrong",
		"absent",
		"canaries",
		"missed",
		"slashed",
		"bond",
		"chilled",
		"earned",
	]);
	for validator in &standings.validators {
		table.add_row([
			validator.name.clone(),
			validator.kind.clone(),
			validator.drawn.to_string(),
			validator.dissents.to_string(),
			validator.wrong.to_string(),
			validator.absent.to_string(),
			validator.canaries.to_string(),
			validator.canaries_missed.to_string(),
			slashed(&validator.stake),
			show(validator.stake.bond),
			chilled(&validator.stake).into(),
			show(validator.stake.paid),
		]);
	}
	table
}

/// A kind without the path of a file.
fn short(kind: &str) -> String {
	kind.split_once(":/").map_or(kind, |(kind, _)| kind).to_owned()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testnet::{
		samples::{cast, settled, slashed},
		snapshot::Snapshot,
	};

	#[test]
	fn the_tables_say_who_was_caught_slashed_chilled_and_paid() {
		let cast = cast(&["node-2=wrong-model", "Dave=lazy"]);
		let mut snapshot = Snapshot {
			jobs: vec![settled(&cast, 0, "node-1", 1_500_000_000_000)],
			..Snapshot::default()
		};
		let mut bond = slashed(&[("fraud", 400_000_000_000_000)]);
		bond.chilled = true;
		snapshot.bonds.insert(cast.nodes[1].account, bond);
		let standings = Standings::of(&cast, &snapshot);
		// As wide as it likes to be, whatever terminal the test runs on.
		let [nodes, validators] =
			[nodes(&standings), validators(&standings)].map(|mut table| table.set_width(400).to_string());
		for text in ["400 HAI (1 × fraud)", "yes", "1.5", " wrong-model "] {
			assert!(nodes.contains(text), "{text}:\n{nodes}");
		}
		assert!(validators.contains("lazy"), "{validators}");
	}
}

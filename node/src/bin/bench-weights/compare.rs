//! What calls cost, as multiples of a transfer that keeps its sender alive.

use clap::Args;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Nanoseconds of one read and one write of the database, as the runtime counts them.
const READ: f64 = 25_000.0;
const WRITE: f64 = 100_000.0;

/// Two files that `measure --json-file` wrote in one go on one machine.
#[derive(Args)]
pub(crate) struct Compare {
	/// The measurement of the transfer
	transfer: PathBuf,
	/// The measurement of the calls
	calls: PathBuf,
}

impl Compare {
	/// The table.
	pub(crate) fn run(&self) -> Result<String, String> {
		table(&read(&self.transfer)?, &read(&self.calls)?)
	}
}

fn read(path: &Path) -> Result<Value, String> {
	let bytes = std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
	serde_json::from_slice(&bytes).map_err(|error| format!("{} is no JSON: {error}", path.display()))
}

/// What one call costs at the largest value of each of its parameters.
struct Cost {
	name: String,
	/// Nanoseconds of the call alone.
	time: f64,
	/// The same with its reads and writes counted.
	weight: f64,
	/// The value of its first parameter: how many items it takes at once.
	parts: f64,
}

fn table(transfer: &Value, calls: &Value) -> Result<String, String> {
	let transfer = costs(transfer)?;
	let transfer = transfer.first().ok_or("no transfer was measured")?;
	let mut lines = vec![
		format!("{:34}{:>12}{:>15}", "", "time alone", "with database"),
		format!(
			"{:34}{:>12}{:>15}   {:.0} and {:.0} microseconds",
			transfer.name,
			"1.0",
			"1.0",
			transfer.time / 1000.0,
			transfer.weight / 1000.0
		),
	];
	for cost in costs(calls)? {
		let label = if cost.parts > 1.0 {
			format!("{}, each of {} items", cost.name, cost.parts)
		} else {
			cost.name
		};
		lines.push(format!(
			"{label:34}{:12.1}{:15.1}",
			cost.time / cost.parts / transfer.time,
			cost.weight / cost.parts / transfer.weight
		));
	}
	Ok(lines.join("\n"))
}

fn costs(measured: &Value) -> Result<Vec<Cost>, String> {
	let batches = measured
		.as_array()
		.ok_or("the file holds no list of benchmarks")?;
	batches
		.iter()
		.map(|batch| cost(batch).ok_or_else(|| format!("a benchmark has not the usual form: {batch}")))
		.collect()
}

fn cost(batch: &Value) -> Option<Cost> {
	let runs = batch["time_results"].as_array()?;
	let top = runs.iter().map(parameters).max()?;
	let at_top = |runs: &'_ [Value], field: &str| -> Vec<f64> {
		runs.iter()
			.filter(|run| parameters(run) == top)
			.filter_map(|run| run[field].as_f64())
			.collect()
	};
	let counted = batch["db_results"].as_array()?;
	let most = |field| at_top(counted, field).into_iter().reduce(f64::max);
	let time = median(at_top(runs, "extrinsic_time"))?;
	Some(Cost {
		name: batch["benchmark"].as_str()?.to_owned(),
		time,
		weight: time + most("reads")? * READ + most("writes")? * WRITE,
		parts: top.first().map_or(1.0, |value| *value as f64).max(1.0),
	})
}

/// The values of a run's parameters, in their order.
fn parameters(run: &Value) -> Vec<u64> {
	let pairs = run["components"].as_array();
	pairs
		.into_iter()
		.flatten()
		.filter_map(|pair| pair[1].as_u64())
		.collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
	values.sort_by(f64::total_cmp);
	let upper = *values.get(values.len() / 2)?;
	let lower = *values.get((values.len() - 1) / 2)?;
	Some((lower + upper) / 2.0)
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	fn run(components: Value, time: u64, reads: u64) -> Value {
		json!({ "components": components, "extrinsic_time": time, "reads": reads, "writes": 1 })
	}

	#[test]
	fn costs_are_the_medians_at_the_largest_parameters_divided_by_the_items() {
		let transfer = json!([{
			"benchmark": "transfer_keep_alive",
			"time_results": [run(json!([]), 90_000, 0), run(json!([]), 110_000, 0)],
			"db_results": [run(json!([]), 0, 0)],
		}]);
		let calls = json!([{
			"benchmark": "attest",
			"time_results": [
				run(json!([["n", 1]]), 9_000_000, 0),
				run(json!([["n", 4]]), 800_000, 0),
				run(json!([["n", 4]]), 900_000, 0),
				run(json!([["n", 4]]), 700_000, 0),
			],
			"db_results": [run(json!([["n", 1]]), 0, 99), run(json!([["n", 4]]), 0, 12)],
		}]);
		let table = table(&transfer, &calls).expect("both are of the usual form");
		let rows: Vec<Vec<&str>> = table
			.lines()
			.map(|line| line.split_whitespace().collect())
			.collect();
		// 100 and 200 microseconds of the transfer; a quarter of 800 and of 1200 of the call.
		assert_eq!(
			rows[1],
			[
				"transfer_keep_alive",
				"1.0",
				"1.0",
				"100",
				"and",
				"200",
				"microseconds"
			]
		);
		assert_eq!(rows[2], ["attest,", "each", "of", "4", "items", "2.0", "1.5"]);
		assert!(super::table(&json!([]), &calls).is_err());
		assert!(super::table(&transfer, &json!([{}])).is_err());
	}
}

//! The demo, as a person runs it: what it prints for programs adds up.

use anyhow::{Context, Result, ensure};
use end_to_end::program;
use serde_json::Value;
use std::{collections::BTreeSet, process::Stdio, time::Duration};

/// What the demo says of itself is two minutes; here it shares the machine with other tests.
const LIMIT: Duration = Duration::from_secs(600);

#[tokio::test]
async fn the_demo_prints_who_got_what() -> Result<()> {
	let mut command = tokio::process::Command::new(program("hai-demo")?);
	command
		.args(["--json", "--max-tokens", "16"])
		.stdin(Stdio::null())
		.kill_on_drop(true);
	let output = tokio::time::timeout(LIMIT, command.output())
		.await
		.context("the demo does not end")??;
	let said = String::from_utf8_lossy(&output.stderr);
	ensure!(
		output.status.success(),
		"the demo ended with {}:\n{said}",
		output.status
	);
	let text = String::from_utf8(output.stdout)?;
	let report: Value = serde_json::from_str(text.lines().last().context("it prints something")?)?;

	let amount = |value: &Value| value.as_str().and_then(|text| text.parse::<u128>().ok());
	let fee = amount(&report["fee"]).context("a fee")?;
	assert!(fee > 0);
	assert_eq!(amount(&report["sum"]), Some(fee));
	let payouts = report["payouts"].as_array().context("payouts")?;
	let parts: Option<Vec<u128>> = payouts.iter().map(|line| amount(&line["amount"])).collect();
	assert_eq!(
		parts.map(|parts| parts.iter().sum::<u128>()),
		Some(fee),
		"{report}"
	);
	let kinds: BTreeSet<&str> = payouts.iter().filter_map(|line| line["kind"].as_str()).collect();
	let all = ["creator", "node", "treasury", "upstream", "validator"];
	assert_eq!(kinds, BTreeSet::from(all), "{report}");
	let quorum: BTreeSet<&str> = report["quorum"]
		.as_array()
		.context("a quorum")?
		.iter()
		.filter_map(Value::as_str)
		.collect();
	assert!(quorum.len() >= 3, "{report}");
	let receipt = report["receipt_hash"].as_str().context("a receipt")?;
	assert_eq!(receipt.len(), "0x".len() + 64, "{report}");
	assert_eq!(report["text_verified"], true, "{report}");
	for number in ["job", "block", "tokens", "seconds"] {
		assert!(report[number].is_u64(), "{number}: {report}");
	}

	// Who wants to look further is told how, with a program that is there.
	let shown = program("hai")?;
	assert!(said.contains(&*shown.to_string_lossy()), "{said}");
	Ok(())
}

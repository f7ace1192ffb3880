//! The testnet as a person runs it: of four nodes one cheats, one stops early and one has a bad driver, whose spoiled runs
//! it finds itself; one of four validators is lazy, every job of the honest node is a canary, and exactly the right ones
//! pay.

use anyhow::{Context, Result};
use end_to_end::program;
use serde_json::{Value, json};
use std::process::Stdio;

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_adversaries_pay() -> Result<()> {
	let output = tokio::process::Command::new(program("hai-testnet")?)
		.args(["--adversary", "node-1=greedy"])
		.args(["--adversary", "node-2=bursts"])
		.args(["--adversary", "node-3=early-stop"])
		.args([
			"--lazy-validator",
			"Dave",
			"--calls",
			"8",
			"--canaries",
			"100",
			"--json",
		])
		.stdin(Stdio::null())
		.kill_on_drop(true)
		.output()
		.await?;
	let said = [output.stdout.as_slice(), &output.stderr].concat();
	let said = String::from_utf8_lossy(&said);
	assert_eq!(output.status.code(), Some(0), "{said}");
	let stdout = String::from_utf8_lossy(&output.stdout);
	let report: Value = serde_json::from_str(stdout.lines().last().context("it prints a report")?)?;

	let party = |role: &str, name: &str| {
		let mut all = report[role].as_array().into_iter().flatten();
		let found = all.find(|party| party["name"] == json!(name));
		found
			.cloned()
			.with_context(|| format!("{name} is missing: {report}"))
	};
	for cheat in ["node-1", "node-3"] {
		let node = party("nodes", cheat)?;
		assert_ne!(node["spoiled"], json!(0), "{node}");
		assert_eq!(node["spoiled"], node["caught"], "{node}");
		// The first failure chills it, and what else failed by then belongs to the same incident.
		let incidents = node["incidents"].as_array().context("a list")?;
		assert_eq!(incidents.len(), 1, "{node}");
		assert_eq!(incidents[0]["failures"], node["caught"], "{node}");
		assert_eq!(node["stake"]["chilled"], json!(true), "{node}");
		let slashes = u32::from(incidents[0]["due"] != json!("0"));
		let fraud = node["stake"]["reasons"]["fraud"].as_u64().unwrap_or(0);
		assert_eq!(fraud, u64::from(slashes), "{node}");
	}
	// Its own check finds each of them, so that it gives the job back and keeps its bond.
	let bursts = party("nodes", "node-2")?;
	assert_ne!(bursts["cancelled"], json!(0), "{bursts}");
	assert_eq!(bursts["spoiled"], bursts["caught"], "{bursts}");
	assert_eq!(bursts["stake"]["reasons"]["fraud"], json!(null), "{bursts}");
	assert_eq!(bursts["incidents"], json!([]), "{bursts}");
	let honest = party("nodes", "node-4")?;
	assert_eq!(honest["settled"], honest["jobs"], "{honest}");
	assert_eq!(honest["canaries"], honest["jobs"], "{honest}");
	assert_eq!(honest["stake"]["reasons"]["fraud"], json!(null), "{honest}");
	assert_eq!(honest["incidents"], json!([]), "{honest}");
	assert_ne!(honest["stake"]["paid"], json!("0"), "{honest}");

	for (name, is_wrong) in [
		("Alice", false),
		("Bob", false),
		("Charlie", false),
		("Dave", true),
	] {
		let validator = party("validators", name)?;
		assert_eq!(validator["wrong"] != json!(0), is_wrong, "{validator}");
		assert_eq!(validator["canaries_missed"] != json!(0), is_wrong, "{validator}");
		let reasons = &validator["stake"]["reasons"];
		assert_eq!(
			reasons["false_attestation"] != json!(null),
			is_wrong,
			"{validator}"
		);
		assert_ne!(validator["stake"]["paid"], json!("0"), "{validator}");
	}
	assert_eq!(report["findings"], json!([]));
	assert_eq!(report["calls"]["failed"], json!([]));
	Ok(())
}

#[tokio::test]
async fn what_cannot_be_is_wrong_usage() -> Result<()> {
	for arguments in [
		&["--validators", "3"][..],
		&["--nodes", "0"],
		&["--adversary", "node-9=silent"],
		&["--adversary", "Dave=silent"],
		&["--calls", "1", "--seconds", "1"],
		&["--tier", "private"],
		&["--canaries", "0"],
		&["--unknown"],
	] {
		let output = tokio::process::Command::new(program("hai-testnet")?)
			.args(arguments)
			.output()
			.await?;
		let said = String::from_utf8_lossy(&output.stderr);
		assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
		assert!(!said.is_empty(), "{arguments:?}");
	}
	Ok(())
}

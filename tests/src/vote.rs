//! Votes of the congress, as a person makes them with `hai`, and what the demo and the tests vote for.

use crate::{Network, model_hash, program};
use anyhow::{Context, Result, ensure};
use chain_client::At;
use futures::future::try_join_all;
use std::{
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

/// Longer than a vote takes on a development chain.
const VOTE: Duration = Duration::from_secs(120);

impl Network {
	/// Votes for a proposal as each of `voters`, closes it and waits until a final block has made its call.
	///
	/// # Errors
	///
	/// If the chain refuses a step, or it takes too long.
	pub async fn pass(&self, proposal: &str, voters: &[&str]) -> Result<()> {
		let shown = self.hai_json(&["congress", "show", proposal]).await?;
		let ends = shown["ends"].as_u64().context("a vote has an end")?;
		// At once: the voting period is half a minute, and each vote waits until it is final.
		let votes = voters.iter().map(|&voter| async move {
			let line = ["--suri", voter, "congress", "vote", proposal, "for"];
			self.hai_json(&line).await
		});
		try_join_all(votes).await?;
		until(VOTE, "the voting to end", async || Ok(self.best(0).await? > ends)).await?;
		self.hai_json(&["--suri", "//Dave", "congress", "close", proposal])
			.await?;
		until(VOTE, "the vote to be enacted", async || {
			let shown = self.hai_json(&["congress", "show", proposal]).await?;
			let Some(enacted) = shown["finished"].as_u64() else {
				return Ok(false);
			};
			// For good: another block could still take its place.
			Ok(self.finalized(0).await? >= enacted)
		})
		.await
	}

	/// Whether a pair of this model is calibrated.
	///
	/// # Errors
	///
	/// If the chain does not answer.
	pub async fn is_calibrated(&self, model: &[u8; 32]) -> Result<bool> {
		let view = self.chain().await?.view(At::Finalized).await?;
		let calibrations = view.calibrations().await?;
		Ok(calibrations
			.iter()
			.any(|(_, calibration)| calibration.is_of(model)))
	}

	/// Measures the pair on which this network's model is served. Returns the file of its record.
	///
	/// # Errors
	///
	/// If the pair is refused, with the reason.
	pub async fn calibrate(&self, lengths: &str, runs: u32) -> Result<PathBuf> {
		let file = self.folder().join("calibration.json");
		let output = tokio::process::Command::new(program("hai-agent")?)
			.arg("calibrate")
			.arg(self.model())
			.args(["--arithmetic", "served", "--lengths", lengths])
			.args(["--runs", &runs.to_string()])
			.arg("--out")
			.arg(&file)
			.output()
			.await?;
		ensure!(
			output.status.success(),
			"the model cannot be calibrated: {}",
			String::from_utf8_lossy(&output.stderr)
		);
		Ok(file)
	}

	/// Has the congress register the pair of a record of this network's model, and these validators declare that they
	/// check it.
	///
	/// # Errors
	///
	/// If the chain refuses a step.
	pub async fn register(&self, record: &Path, validators: &[&str]) -> Result<()> {
		const HOLDER: &str = "//Alice";
		// A Technical vote is weighted by what was held before it was opened.
		self.hai_json(&["--suri", HOLDER, "congress", "hold", "1000"])
			.await?;
		let file = record.to_string_lossy();
		let proposal = self
			.hai_json(&["--suri", HOLDER, "calibration", "propose", &file])
			.await?;
		let number = proposal["proposal"].as_u64().context("a proposal has a number")?;
		self.pass(&number.to_string(), &[HOLDER]).await?;
		self.declare(validators).await
	}

	/// Has validators declare that they check the calibrated pairs of this network's model, as their verifiers do.
	async fn declare(&self, validators: &[&str]) -> Result<()> {
		let model = hex::encode(model_hash(self.model())?);
		let model = model.as_str();
		let declarations = validators.iter().map(|name| async move {
			let suri = format!("//{name}");
			let line = ["--suri", &suri, "validator", "pairs", "--pair", model];
			self.hai_json(&line).await
		});
		try_join_all(declarations).await?;
		Ok(())
	}
}

/// Waits until something is so.
///
/// # Errors
///
/// If it is not within `limit`, or cannot be asked.
pub async fn until(limit: Duration, what: &str, is: impl AsyncFn() -> Result<bool>) -> Result<()> {
	let began = Instant::now();
	while !is().await? {
		ensure!(began.elapsed() < limit, "waited in vain for {what}");
		tokio::time::sleep(Duration::from_secs(1)).await;
	}
	Ok(())
}

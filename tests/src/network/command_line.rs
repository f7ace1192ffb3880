//! `hai` on a network.

use super::{Network, PATIENCE};
use crate::process::program;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::process::Output;

impl Network {
	/// Runs `hai` and returns what it printed.
	///
	/// # Errors
	///
	/// If it cannot be started, or does not end within five minutes.
	pub async fn hai(&self, arguments: &[&str]) -> Result<Output> {
		let mut command = tokio::process::Command::new(program("hai")?);
		command
			.args(arguments)
			.env("HAI_URL", self.url(0))
			.env("HAI_DATA_DIR", self.folder.join("cli"))
			.kill_on_drop(true);
		let output = tokio::time::timeout(PATIENCE, command.output())
			.await
			.with_context(|| format!("`hai {}` did not end within {PATIENCE:?}", arguments.join(" ")))?;
		Ok(output?)
	}

	/// Runs `hai --json` and returns the object it printed.
	///
	/// # Errors
	///
	/// If it failed, with what it said.
	pub async fn hai_json(&self, arguments: &[&str]) -> Result<Value> {
		let mut all = vec!["--json"];
		all.extend(arguments);
		let output = self.hai(&all).await?;
		let text = String::from_utf8_lossy(&output.stdout);
		if !output.status.success() {
			bail!(
				"`hai {}` failed ({}):\n{text}{}",
				arguments.join(" "),
				output.status,
				String::from_utf8_lossy(&output.stderr)
			);
		}
		let last = text.lines().last().unwrap_or_default();
		serde_json::from_str(last)
			.or_else(|_| serde_json::from_str(&text))
			.with_context(|| format!("`hai --json {}` printed no JSON: {text}", arguments.join(" ")))
	}
}

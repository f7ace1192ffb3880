//! What the nodes of a network say of its chain.

use super::Network;
use crate::process::Running;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The number of a block, from its header as the RPC shows it.
fn height(header: &Value) -> Result<u64> {
	let number = header["number"].as_str().context("a header has a number")?;
	Ok(u64::from_str_radix(number.trim_start_matches("0x"), 16)?)
}

impl Network {
	/// Waits until block `number` is final.
	///
	/// # Errors
	///
	/// If it is not within `limit`.
	pub async fn wait_for_finality(&mut self, number: u64, limit: Duration) -> Result<()> {
		let began = Instant::now();
		loop {
			if self
				.finalized(0)
				.await
				.is_ok_and(|final_number| final_number >= number)
			{
				return Ok(());
			}
			if began.elapsed() > limit {
				bail!("block {number} was not final within {limit:?}:\n{}", self.logs(8));
			}
			if began.elapsed() > Duration::from_secs(2) && !self.nodes.iter_mut().any(Running::is_running) {
				bail!("every node ended:\n{}", self.logs(8));
			}
			tokio::time::sleep(Duration::from_millis(250)).await;
		}
	}

	/// The number of the newest block, as a validator knows it.
	///
	/// # Errors
	///
	/// If it does not answer.
	pub async fn best(&self, validator: usize) -> Result<u64> {
		height(&self.rpc(validator, "chain_getHeader", json!([])).await?)
	}

	/// The number of the last final block, as a validator knows it.
	///
	/// # Errors
	///
	/// If it does not answer.
	pub async fn finalized(&self, validator: usize) -> Result<u64> {
		let hash = self.rpc(validator, "chain_getFinalizedHead", json!([])).await?;
		height(&self.rpc(validator, "chain_getHeader", json!([hash])).await?)
	}

	/// Calls one RPC method of a validator.
	///
	/// # Errors
	///
	/// If it does not answer, or answers with an error.
	pub async fn rpc(&self, validator: usize, method: &str, parameters: Value) -> Result<Value> {
		let url = format!("http://127.0.0.1:{}", self.ports[validator].rpc);
		let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
		let answer: Value = reqwest::Client::new()
			.post(url)
			.json(&body)
			.timeout(Duration::from_secs(10))
			.send()
			.await?
			.json()
			.await?;
		if let Some(error) = answer.get("error") {
			bail!("{method}: {error}");
		}
		Ok(answer["result"].clone())
	}
}

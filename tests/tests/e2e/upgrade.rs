//! A runtime upgrade on a running chain: the congress authorizes a later version, which keeps the epoch
//! length elsewhere and in another form, while a job is in flight. The job is settled, the chain keeps
//! its epochs, and the programs need no restart.

use crate::scenario::play;
use anyhow::{Context, Result};
use chain_client::jobs::JobState;
use end_to_end::{Network, Options, Prompt, model_hash, until, workflow};
use serde_json::{Value, json};
use sp_crypto_hashing::twox_128;
use std::time::Duration;

/// What `hai` ends with when the chain said no.
const REFUSED: i32 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_job_outlives_a_runtime_upgrade() -> Result<()> {
	play(Options::default(), scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	let model = model_hash(network.model())?;
	let workflow = network
		.serve_and_publish(&["Eve"], "Ferdie", workflow("lasting", model, &[]))
		.await?;
	let code =
		hai_runtime::next_version::WASM_BINARY_PATH.context("the runtime was built without its blobs")?;

	// Nobody can put code into force that the congress did not authorize.
	let early = network
		.hai(&["--suri", "//Alice", "congress", "apply-upgrade", code])
		.await?;
	assert_eq!(
		early.status.code(),
		Some(REFUSED),
		"code without a vote: {early:?}"
	);
	authorize(network, code).await?;
	let other = network.folder().join("other.wasm");
	let mut bytes = std::fs::read(code)?;
	if let Some(last) = bytes.last_mut() {
		*last ^= 1;
	}
	std::fs::write(&other, bytes)?;
	let forged = network
		.hai(&[
			"--suri",
			"//Alice",
			"congress",
			"apply-upgrade",
			&other.to_string_lossy(),
		])
		.await?;
	assert_eq!(
		forged.status.code(),
		Some(REFUSED),
		"other code than the authorized: {forged:?}"
	);

	let length = epoch(network).await?.slots;
	let old_keys = clock_keys(network).await?;
	let job = network
		.request("Alice//stash", workflow, Prompt::new("And it was so"))
		.await?;
	let upgraded = network
		.hai_json(&["--suri", "//Alice", "congress", "apply-upgrade", code])
		.await?;
	assert_eq!((&upgraded["before"], &upgraded["after"]), (&json!(1), &json!(2)));
	let view = network.chain().await?.view(chain_client::At::Best).await?;
	let state = view.job(job).await?.context("the job is there")?.state;
	assert!(
		state.ended_at().is_none(),
		"the upgrade came after the job: {state:?}"
	);

	// The storage moved, and the epochs are as long as before.
	assert_ne!(clock_keys(network).await?, old_keys);
	assert_eq!(epoch(network).await?.slots, length);
	let number = epoch(network).await?.number;
	let done = network
		.wait_for_job(job, Duration::from_secs(240), |state| {
			matches!(state, JobState::Settled { .. })
		})
		.await?;
	let stored = upgraded["block"]["number"].as_u64().context("it was stored")?;
	assert!(
		done.state.ended_at().is_some_and(|at| u64::from(at) > stored),
		"the old code settled it: {:?}, {upgraded}",
		done.state
	);

	// The same agent, verifiers and programs go on, and so do the epochs.
	let outcome = network
		.call("Bob//stash", workflow, Prompt::new("And it was so"), |_| ())
		.await?;
	assert!(outcome.text.len() > 1 && outcome.ending.is_some(), "{outcome:?}");
	until(Duration::from_secs(120), "another epoch", async || {
		Ok(epoch(network).await?.number > number)
	})
	.await
}

/// The keys under which the rule-book of the epoch length keeps what it keeps.
async fn clock_keys(network: &Network) -> Result<Value> {
	let prefix = format!("0x{}", hex::encode(twox_128(b"Clock")));
	network.rpc(0, "state_getKeysPaged", json!([prefix, 10])).await
}

struct Epoch {
	number: u64,
	slots: u64,
}

/// The running epoch, as BABE tells it.
async fn epoch(network: &Network) -> Result<Epoch> {
	let answer = network
		.rpc(0, "state_call", json!(["BabeApi_current_epoch", "0x"]))
		.await?;
	let text = answer.as_str().context("the runtime answers in hex")?;
	let bytes = hex::decode(text.trim_start_matches("0x"))?;
	// Number, first slot and length come first, as 64-bit numbers.
	let [number, _, slots] = [0, 8, 16].map(|at| bytes.get(at..at + 8).and_then(|word| word.try_into().ok()));
	Ok(Epoch {
		number: u64::from_le_bytes(number.context("an epoch has a number")?),
		slots: u64::from_le_bytes(slots.context("an epoch has a length")?),
	})
}

/// The congress votes for the code, and the vote is enacted.
async fn authorize(network: &Network, code: &str) -> Result<()> {
	let propose = [
		"--suri",
		"//Alice",
		"congress",
		"propose",
		"constitutional",
		"upgrade",
		code,
	];
	let proposal = network.hai_json(&propose).await?;
	let number = proposal["proposal"].to_string();
	network.pass(&number, &["//Alice", "//Bob", "//Charlie"]).await
}

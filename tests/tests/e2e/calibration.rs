//! A model that nobody calibrated: private calls work, audited ones are refused by chain and caller. After it is
//! measured and the congress has voted, its work is audited by the registered bands.

use crate::{scenario::play, ticket::good_ticket};
use anyhow::{Context, Result, ensure};
use caller::Ending;
use chain_client::{
	SubmitError,
	jobs::{self, Class},
};
use end_to_end::{
	Network, Options, Prompt, VALIDATORS, key, model_hash, quantised_substitute, seed_model, workflow,
};
use receipt::{keys::KeySecrets, signing};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn only_calibrated_pairs_are_audited() -> Result<()> {
	let folder = tempfile::tempdir()?;
	let model = folder.path().join("unknown.gguf");
	quantised_substitute(&seed_model(), &model)?;
	let options = Options {
		model,
		..Options::default()
	};
	play(options, scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	let model = model_hash(network.model())?;
	let workflow = network
		.serve_and_publish(&["Eve"], "Ferdie", workflow("unknown", model, &[]))
		.await?;
	assert!(!network.is_calibrated(&model).await?);

	// Measured while nobody can be audited; what is measured stands on chain only by a vote.
	let (record, ()) = tokio::try_join!(
		network.calibrate("1,8,32,128", 10),
		uncalibrated(network, workflow)
	)?;
	network.register(&record, &VALIDATORS).await?;
	assert!(network.is_calibrated(&model).await?);
	// A record that does not match the chain's list is not verified.
	let list = network.hai_json(&["calibration", "list"]).await?;
	let pair = list["calibrations"]
		.as_array()
		.and_then(|all| {
			all.iter()
				.find(|one| one["model"] == format!("0x{}", hex::encode(model)))
		})
		.and_then(|one| one["pair"].as_str())
		.context("the pair is listed")?
		.to_owned();
	let show = [
		"calibration",
		"show",
		&pair,
		"--record",
		&record.to_string_lossy(),
	];
	let shown = network.hai_json(&show).await?;
	assert_eq!(shown["measured"]["pair"], pair, "{shown}");
	let text = std::fs::read_to_string(&record)?;
	let changed = text.replacen("\"program\": \"hai-agent", "\"program\": \"another", 1);
	ensure!(text != changed, "{text}");
	let other = network.folder().join("other.json");
	std::fs::write(&other, changed)?;
	let show = ["calibration", "show", &pair, "--record", &other.to_string_lossy()];
	assert_eq!(network.hai(&show).await?.status.code(), Some(7));

	let outcome = network
		.call("Eve//stash", workflow, Prompt::new("And it came to pass"), |_| ())
		.await?;
	assert_eq!(outcome.class, Some(Class::Valid));
	assert!(matches!(outcome.ending, Some(Ending::Settled { .. })));
	Ok(())
}

/// A private call is answered; an audited one the caller does not even ask for, and the chain does not take what a
/// careless one sends.
async fn uncalibrated(network: &Network, workflow: u32) -> Result<()> {
	let number = workflow.to_string();
	let call = ["--suri", "//Bob", "call", &number, "In the beginning"];
	let private = ["--max-tokens", "8", "--tier", "private", "--wait", "settled"];
	let done = network.hai_json(&[&call[..], &private[..]].concat()).await?;
	assert_eq!(done["quorum"], json!([]), "{done}");

	let refused = network.hai(&call).await?;
	let said = String::from_utf8_lossy(&refused.stderr).into_owned();
	assert_eq!(refused.status.code(), Some(5), "{said}");
	assert!(said.contains("not calibrated"), "{said}");
	let error = careless_request(network, workflow)
		.await?
		.err()
		.context("an audited call under an unknown pair was taken")?;
	assert!(error.to_string().contains("calibration"), "{error}");
	Ok(())
}

/// A ticket in order but for its pair, straight to the chain.
async fn careless_request(network: &Network, workflow: u32) -> Result<Result<(), SubmitError>> {
	let chain = network.chain().await?;
	let ticket = good_ticket(&chain, workflow).await?;
	let signature = signing::sign(&KeySecrets::development("Eve").audit, &ticket.hash());
	let sent = chain
		.submit_in_block(&jobs::request(ticket, signature), &key("Bob"))
		.await;
	Ok(sent.map(drop))
}

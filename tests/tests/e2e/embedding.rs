//! Embeddings: published from a file, called by the command line and by an OpenAI client, paid when they are the
//! model's own, and refunded when another model made them.

use crate::scenario::{assert_found, assert_refunded, play};
use anyhow::{Context, Result};
use caller::{CallRequest, Caller, Until};
use chain_client::{
	Planck, address,
	jobs::{Class, RefundReason},
};
use end_to_end::{Network, Options, account, key, quantised_substitute};
use receipt::attestation::Reason;
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

/// The width of the seed model.
const WIDTH: usize = 256;

const TEXT: &str = "And it came to pass in the morning";

#[tokio::test(flavor = "multi_thread")]
async fn embeddings_are_paid_and_those_of_another_model_are_not() -> Result<()> {
	play(Options::default(), scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	network.start_agent("Eve", &[]).await?;
	let gateway = network.start_gateway("Eve//stash").await?;
	let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/seed/embedding-workflow.json");
	let publish = ["--suri", "//Ferdie", "publish", &manifest.to_string_lossy()];
	let published = network.hai_json(&publish).await?;
	assert_eq!(published["task"], "embedding", "{published}");
	let workflow: u32 = published["workflow"]
		.as_u64()
		.context("it has a number")?
		.try_into()?;

	// Both at once: one is waited for until everybody is paid, the other until the vectors are there.
	let (settled, listed) = tokio::join!(by_command_line(network, workflow), by_gateway(&gateway));
	let (own, listed) = (settled?, listed?);
	assert_eq!(listed[0], own, "one text has one vector, whoever asks");
	let cosine = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
	assert!(cosine(&listed[1], &own) < 0.999_9, "another text has another one");

	// The other node reads with fewer bits than it promises.
	let substitute = network.folder().join("substitute.gguf");
	quantised_substitute(network.model(), &substitute)?;
	let wrong_model = format!("wrong-model:{}", substitute.display());
	network
		.start_agent("Ferdie", &["--adversary", &wrong_model])
		.await?;
	let request = CallRequest {
		node: Some(account("Ferdie")),
		until: Until::Settled,
		..CallRequest::embedding(workflow, TEXT)
	};
	let caller = Caller::new(network.chain().await?, key("Bob//stash")).await?;
	let cheated = tokio::time::timeout(Duration::from_secs(300), caller.call(request, |_| ())).await??;
	assert_refunded(&cheated, Class::Invalid, RefundReason::Invalid);
	assert_found(network, cheated.job, Reason::Fingerprint).await
}

/// The vector that `hai call` prints, when its job is settled and every unit of the fee has gone to somebody.
async fn by_command_line(network: &Network, workflow: u32) -> Result<Vec<f64>> {
	let (number, node) = (workflow.to_string(), address(&account("Eve")));
	let call = ["--suri", "//Bob", "call", &number, TEXT, "--task", "embedding"];
	let options = ["--node", &node, "--wait", "settled"];
	let done = network.hai_json(&[&call[..], &options[..]].concat()).await?;
	assert_eq!(
		(&done["class"], &done["text"], &done["tokens_out"]),
		(&json!("valid"), &json!(""), &json!(0)),
		"{done}"
	);
	assert_eq!(
		(&done["vector_verified"], &done["text_verified"]),
		(&json!(true), &Value::Null),
		"{done}"
	);
	let amount =
		|value: &Value| -> Result<Planck> { Ok(value.as_str().context("amounts are texts")?.parse()?) };
	let payouts = done["payouts"].as_array().context("it is settled")?;
	let paid = payouts.iter().try_fold(0, |sum, line| {
		Ok::<Planck, anyhow::Error>(sum + amount(&line["amount"])?)
	})?;
	assert_eq!(paid, amount(&done["charge"]["total"])?, "{done}");
	assert!(paid > 0, "{done}");
	unit_vector(&done["vector"])
}

/// The vectors of two texts, as an OpenAI client gets them.
async fn by_gateway(url: &str) -> Result<Vec<Vec<f64>>> {
	let client = reqwest::Client::new();
	let ask = |body: Value| {
		client
			.post(format!("{url}/v1/embeddings"))
			.json(&body)
			.timeout(Duration::from_secs(120))
			.send()
	};
	let body = json!({ "model": "old-words", "input": [TEXT, "The ship was lost"] });
	let answer: Value = ask(body).await?.error_for_status()?.json().await?;
	let tokens = answer["usage"]["prompt_tokens"].as_u64();
	assert!(tokens.is_some_and(|tokens| tokens > 4), "{answer}");
	let data = answer["data"].as_array().context("there is a list")?;
	assert_eq!(data.len(), 2, "{answer}");
	let tokens = ask(json!({ "model": "old-words", "input": [[1, 2]] })).await?;
	assert_eq!(tokens.status().as_u16(), 400);
	data.iter()
		.map(|entry| unit_vector(&entry["embedding"]))
		.collect()
}

fn unit_vector(value: &Value) -> Result<Vec<f64>> {
	let components: Vec<f64> = value
		.as_array()
		.context("a vector is a list")?
		.iter()
		.map(|component| component.as_f64().context("of numbers"))
		.collect::<Result<_>>()?;
	let length = components
		.iter()
		.map(|component| component * component)
		.sum::<f64>();
	assert_eq!(components.len(), WIDTH);
	assert!((length - 1.0).abs() < 1e-5, "{length}");
	Ok(components)
}

//! Honest parties: a call is paid, whoever asks wrongly is told so and loses nothing.

use anyhow::{Context, Result};
use caller::Ending;
use chain_client::{
	Planck, SubmitError, address,
	jobs::{self, Class, PayoutKind},
	workflows,
};
use end_to_end::{Network, Options, Prompt, account, key, model_hash, workflow};
use receipt::{CheckKind, Price, Ticket, Tier, keys::KeySecrets, signing};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

#[tokio::test(flavor = "multi_thread")]
async fn honest_parties_are_paid_and_mistakes_cost_nothing() -> Result<()> {
	let mut network = Network::start(Options::default()).await?;
	let result = scenario(&mut network).await;
	if result.is_err() {
		eprintln!("{}", network.logs(25));
	}
	result
}

async fn scenario(network: &mut Network) -> Result<()> {
	network.start_agent("Eve", &[]).await?;
	let model = model_hash(network.model())?;
	let upstream = network
		.publish("Ferdie//stash", workflow("upstream", model, &[]))
		.await?;
	let derived = network
		.publish("Ferdie", workflow("derived", model, &[upstream]))
		.await?;

	// The fee of a call is divided among all five kinds, to the last unit.
	let outcome = network
		.call("Eve//stash", derived, Prompt::new("And it came to pass"), |_| ())
		.await?;
	let Some(Ending::Settled { charge, payouts, .. }) = &outcome.ending else {
		panic!("it did not settle: {:?}", outcome.ending)
	};
	assert_eq!(outcome.class, Some(Class::Valid));
	assert!(!outcome.text.is_empty());
	let distinct: BTreeSet<_> = outcome.quorum.iter().collect();
	assert!(distinct.len() >= 3, "{distinct:?}");
	assert_eq!(
		payouts.iter().map(|line| line.amount).sum::<Planck>(),
		charge.total
	);
	let kinds: BTreeSet<u8> = payouts.iter().map(|line| line.kind as u8).collect();
	assert_eq!(
		kinds.len(),
		5,
		"creator, upstream, node, validators, treasury: {payouts:?}"
	);
	assert!(network.slashes("Eve").await?.is_empty());

	// What was earned can be claimed, exactly once.
	let node_part: Planck = payouts
		.iter()
		.filter(|line| line.kind == PayoutKind::Node)
		.map(|line| line.amount)
		.sum();
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	assert_eq!(view.owed(&account("Eve")).await?, node_part);
	let shown = network.hai_json(&["--suri", "//Eve", "payout", "claim"]).await?;
	assert!(shown.to_string().contains(&node_part.to_string()), "{shown}");
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	assert_eq!(view.owed(&account("Eve")).await?, 0);

	command_line(network, outcome.job).await?;
	gateway(network).await?;
	private_call(network, derived).await?;
	refused_requests(network, derived).await?;
	refused_publications(network, model).await?;
	Ok(())
}

/// The programs' own views of the same job.
async fn command_line(network: &Network, job: u64) -> Result<()> {
	let job = network.hai_json(&["job", "show", &job.to_string()]).await?;
	assert!(job.to_string().contains("settled"), "{job}");
	let list = network.hai_json(&["workflow", "list"]).await?;
	assert!(list.to_string().contains("derived"), "{list}");
	let members = network.hai_json(&["congress", "members"]).await?;
	assert!(
		members.to_string().contains(&address(&account("Alice"))),
		"{members}"
	);
	Ok(())
}

/// An OpenAI client's two ways of asking.
async fn gateway(network: &mut Network) -> Result<()> {
	let url = network.start_gateway("Eve//stash").await?;
	let client = reqwest::Client::new();
	let ask = |stream: bool| {
		client
			.post(format!("{url}/v1/chat/completions"))
			.json(&json!({
				"model": "derived",
				"messages": [{ "role": "user", "content": "In the beginning" }],
				"max_tokens": 12,
				"stream": stream,
			}))
			.timeout(Duration::from_secs(120))
			.send()
	};
	let answer: Value = ask(false).await?.error_for_status()?.json().await?;
	let text = answer["choices"][0]["message"]["content"]
		.as_str()
		.context("an answer has content")?;
	assert!(!text.is_empty());
	assert_eq!(answer["object"], "chat.completion");
	assert!(
		answer["usage"]["completion_tokens"]
			.as_u64()
			.is_some_and(|tokens| tokens <= 12),
		"{answer}"
	);

	let streamed = ask(true).await?.error_for_status()?.text().await?;
	assert!(streamed.contains("chat.completion.chunk"), "{streamed}");
	assert!(streamed.trim_end().ends_with("data: [DONE]"), "{streamed}");

	let unknown = client
		.post(format!("{url}/v1/chat/completions"))
		.json(&json!({ "model": "no-such-workflow", "messages": [{ "role": "user", "content": "x" }] }))
		.send()
		.await?;
	assert_eq!(unknown.status().as_u16(), 404);
	let error: Value = unknown.json().await?;
	assert!(
		error["error"]["message"]
			.as_str()
			.is_some_and(|text| !text.is_empty()),
		"{error}"
	);
	Ok(())
}

/// A call that nobody but caller and node sees: it is paid, and speaks for nobody.
async fn private_call(network: &Network, workflow: u32) -> Result<()> {
	let workflow = workflow.to_string();
	let earnings = async || network.hai_json(&["workflow", "earnings", &workflow]).await;
	let before = earnings().await?;
	let call = ["--suri", "//Bob", "call", &workflow, "In the beginning"];
	let options = ["--max-tokens", "8", "--tier", "private", "--wait", "settled"];
	let done = network.hai_json(&[&call[..], &options[..]].concat()).await?;
	assert_eq!(
		(&done["class"], &done["quorum"]),
		(&Value::Null, &json!([])),
		"{done}"
	);
	let payouts = done["payouts"].to_string().to_lowercase();
	assert!(
		payouts.contains("creator") && !payouts.contains("validator"),
		"{done}"
	);
	let private_runs = |earnings: &Value| earnings["private_runs"].as_u64();
	assert_eq!(
		private_runs(&earnings().await?),
		private_runs(&before).map(|runs| runs + 1)
	);
	let job = network
		.hai_json(&["job", "show", &done["job"].to_string()])
		.await?;
	assert_eq!(
		(&job["state"], &job["committee"]),
		(&json!("settled"), &json!([])),
		"{job}"
	);
	Ok(())
}

/// A caller without funds, an expired ticket, somebody else's, one of another chain or pair, one used twice.
async fn refused_requests(network: &Network, workflow: u32) -> Result<()> {
	let chain = network.chain().await?;
	let now = chain.finalized().await?.number;
	let (terms, _) = chain.view(chain_client::At::Finalized).await?.terms().await?;
	let secrets = KeySecrets::development("Eve");
	let node = chain.view(chain_client::At::Finalized).await?;
	let node = node.serving_node(&account("Eve")).await?.context("Eve serves")?;
	let offer = node.advertisement.models.first().context("Eve offers a model")?;
	let good = Ticket {
		genesis: chain.genesis(),
		node: account("Eve"),
		caller: account("Bob"),
		workflow,
		version: 1,
		terms,
		input: [1; 32],
		pair: offer.pair,
		check: CheckKind::TokenPrefill,
		tier: Tier::Replicated,
		prompt_tokens: 4,
		max_tokens: 4,
		node_price: Price::default(),
		fee: 5_000_000_000,
		nonce: [3; 32],
		expires_at: now + 50,
	};
	let cases = [
		(
			"expired",
			Ticket {
				expires_at: now.saturating_sub(1),
				..good
			},
			"Bob",
		),
		("of somebody else", good, "Charlie"),
		(
			"of another chain",
			Ticket {
				genesis: [9; 32],
				..good
			},
			"Bob",
		),
		(
			"of a workflow that is not there",
			Ticket {
				workflow: 999,
				..good
			},
			"Bob",
		),
		("below the price", Ticket { fee: 1, ..good }, "Bob"),
		(
			"of a pair that the node does not offer",
			Ticket {
				pair: [2; 32],
				..good
			},
			"Bob",
		),
		(
			"of a caller without funds",
			Ticket {
				caller: account("Nobody"),
				..good
			},
			"Nobody",
		),
	];
	for (what, ticket, caller) in cases {
		let signature = signing::sign(&secrets.audit, &ticket.hash());
		let held_before = network.total_of(&account(caller)).await?;
		let refused = chain
			.submit_in_block(&jobs::request(ticket, signature), &key(caller))
			.await;
		assert!(refused.is_err(), "a ticket {what} was taken");
		let fee_at_most = 1_000_000_000_000;
		assert!(
			held_before - network.total_of(&account(caller)).await? < fee_at_most,
			"{what}"
		);
	}
	let forged = signing::sign(&KeySecrets::development("Ferdie").audit, &good.hash());
	let refused = chain
		.submit_in_block(&jobs::request(good, forged), &key("Bob"))
		.await;
	assert!(refused.is_err(), "a ticket that the node did not sign was taken");

	// The same ticket is fine where nothing is wrong with it, and then only once.
	let signature = signing::sign(&secrets.audit, &good.hash());
	chain
		.submit_finalized(&jobs::request(good, signature), &key("Bob"))
		.await
		.context("a good ticket")?;
	let twice = chain
		.submit_in_block(&jobs::request(good, signature), &key("Bob"))
		.await;
	assert!(twice.is_err(), "a ticket was used twice");
	Ok(())
}

/// A split that does not sum to one, a parent that is not there, a manifest that is taken or too large.
async fn refused_publications(network: &Network, model: [u8; 32]) -> Result<()> {
	let chain = network.chain().await?;
	let base = workflow("another", model, &[]);
	let (_, terms) = chain.view(chain_client::At::Finalized).await?.terms().await?;
	let mut split = terms.default_split.clone();
	split.creator += 1;
	let mut missing = workflow("orphan", model, &[0]);
	missing.parents[0].workflow = 999;
	let cases = [
		(
			"split that sums to more than one",
			workflows::PublishInput {
				split: Some(split),
				..base.clone()
			},
		),
		("parent that is not there", missing),
		(
			"name that is too long",
			workflows::PublishInput {
				name: vec![b'x'; 65],
				..base.clone()
			},
		),
		(
			"manifest that is published already",
			workflow("derived", model, &[]),
		),
	];
	for (what, input) in cases {
		let refused: Result<_, SubmitError> = chain
			.submit_in_block(&workflows::publish(input), &key("Bob"))
			.await;
		assert!(refused.is_err(), "a publication with a {what} was taken");
	}
	// What they were all made from is in order: each was refused for its own fault alone.
	chain
		.submit_in_block(&workflows::publish(base), &key("Bob"))
		.await
		.context("a good publication")?;
	let folder = tempfile::tempdir()?;
	let manifest = folder.path().join("workflow.json");
	std::fs::write(&manifest, json!({ "name": "x".repeat(1_000_000) }).to_string())?;
	let output = network
		.hai(&["--suri", "//Bob", "publish", &manifest.to_string_lossy()])
		.await?;
	assert_eq!(
		output.status.code(),
		Some(2),
		"{}",
		String::from_utf8_lossy(&output.stderr)
	);
	Ok(())
}

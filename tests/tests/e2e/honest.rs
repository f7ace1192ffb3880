//! Honest parties: a call is paid, whoever asks wrongly is told so and loses nothing.

use crate::{scenario::play, ticket::good_ticket};
use anyhow::{Context, Result};
use caller::{Ending, WorkCheck};
use chain_client::{
	Included, Planck, SubmitError, address, amount, balances,
	jobs::{self, Class, JobState, PayoutKind, Stage},
	workflows,
};
use end_to_end::{Network, Options, Prompt, account, key, model_hash, workflow};
use receipt::{CheckKind, Ticket, keys::KeySecrets, signing};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path, process::Output, time::Duration};

#[tokio::test(flavor = "multi_thread")]
async fn honest_parties_are_paid_and_mistakes_cost_nothing() -> Result<()> {
	play(Options::default(), scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	let launched = network.launch_agents(&[("Eve".to_owned(), Vec::new())])?;
	let model = model_hash(network.model())?;
	let upstream = network
		.publish("Ferdie//stash", workflow("upstream", model, &[]))
		.await?;
	let derived = network
		.publish("Ferdie", workflow("derived", model, &[upstream]))
		.await?;
	network.agents_serve(launched).await?;
	let gateway = network.start_gateway("Eve//stash").await?;

	// Side by side, each by accounts of its own: what is done here mostly waits for blocks. While the first call runs no
	// other job earns the node anything, so that its claim is known to the last unit.
	let network = &*network;
	let (job, ()) = tokio::try_join!(paid_call(network, derived), refused_publications(network, model))?;
	tokio::try_join!(
		command_line(network, job),
		answers_openais_clients(&gateway),
		private_call(network, derived),
		sampled_call(network, derived),
		refused_requests(network, derived),
	)?;
	Ok(())
}

/// The fee of a call is divided among all five kinds, to the last unit, and what was earned can be claimed once.
/// Returns the job.
async fn paid_call(network: &Network, derived: u32) -> Result<u64> {
	let outcome = network
		.call("Eve//stash", derived, Prompt::new("And it came to pass"), |_| ())
		.await?;
	let Some(Ending::Settled { charge, payouts, .. }) = &outcome.ending else {
		panic!("it did not settle: {:?}", outcome.ending)
	};
	assert_eq!(outcome.class, Some(Class::Valid));
	assert!(!outcome.text.is_empty());
	assert_eq!(outcome.work_check, WorkCheck::Verified);
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

	Ok(outcome.job)
}

/// The programs' own views of the same job, and a publication from its file.
async fn command_line(network: &Network, number: u64) -> Result<()> {
	let number = number.to_string();
	let job = network.hai_json(&["job", "show", &number]).await?;
	assert_eq!(job["state"], json!("settled"), "{job}");
	saved_receipt(network, &number).await?;
	let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/seed/workflow.json");
	let published = network
		.hai_json(&["--suri", "//Dave", "publish", &manifest.to_string_lossy()])
		.await?;
	let workflow = published["workflow"].to_string();
	let shown = network.hai_json(&["workflow", "show", &workflow]).await?;
	let model = format!("0x{}", hex::encode(model_hash(network.model())?));
	assert_eq!(
		(&shown["publication"]["name"], &shown["publication"]["model"]),
		(&json!("old-books"), &json!(model)),
		"{shown}"
	);
	let list = network.hai_json(&["workflow", "list"]).await?;
	assert!(list.to_string().contains("derived"), "{list}");
	let members = network.hai_json(&["congress", "members"]).await?;
	assert!(
		members.to_string().contains(&address(&account("Alice"))),
		"{members}"
	);
	Ok(())
}

/// A receipt is verified without a chain, by authorities that were saved apart from it, and not when it was changed.
async fn saved_receipt(network: &Network, job: &str) -> Result<()> {
	let path = |name: &str| network.folder().join(name).to_string_lossy().into_owned();
	let (receipt, authorities, changed) = (path("receipt"), path("authorities"), path("changed"));
	network
		.hai_json(&["receipt", "authorities", &authorities])
		.await?;
	network.hai_json(&["receipt", "save", job, &receipt]).await?;
	let verify = ["receipt", "verify", &receipt, "--authorities", &authorities];
	let verified = network.hai_json(&verify).await?;
	assert_eq!(verified["verified"], json!(true), "{verified}");
	assert_eq!(verified["authorities"]["of"], json!(4), "{verified}");

	let mut saved: Value = serde_json::from_slice(&std::fs::read(&receipt)?)?;
	saved["set_id"] = json!(saved["set_id"].as_u64().context("it names its set")? + 1);
	std::fs::write(&changed, saved.to_string())?;
	let verify = ["receipt", "verify", &changed, "--authorities", &authorities];
	assert_exit(&network.hai(&verify).await?, 7);
	Ok(())
}

fn assert_exit(output: &Output, code: i32) {
	assert_eq!(
		output.status.code(),
		Some(code),
		"{}{}",
		String::from_utf8_lossy(&output.stdout),
		String::from_utf8_lossy(&output.stderr)
	);
}

/// The chain refused a call, and by this error of a rule-book.
fn assert_refused(what: &str, result: Result<Included, SubmitError>, name: &str) {
	match result {
		Ok(_) => panic!("{what} was taken"),
		Err(error) => assert_eq!(error.failure(), Some(name), "{what}: {error}"),
	}
}

/// An OpenAI client's two ways of asking.
async fn answers_openais_clients(url: &str) -> Result<()> {
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
	let call = ["--suri", "//Bob//stash", "call", &workflow, "In the beginning"];
	let options = ["--max-tokens", "8", "--tier", "private", "--wait", "settled"];
	let done = network.hai_json(&[&call[..], &options[..]].concat()).await?;
	assert_eq!(
		(&done["class"], &done["quorum"], &done["text_verified"]),
		(&Value::Null, &json!([]), &json!(true)),
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

/// A call whose work is audited by chance: by one auditor, and of a new node always.
async fn sampled_call(network: &Network, workflow: u32) -> Result<()> {
	let workflow = workflow.to_string();
	let call = [
		"--suri",
		"//Charlie//stash",
		"call",
		&workflow,
		"In the beginning",
	];
	let options = ["--max-tokens", "8", "--tier", "sampled"];
	let answered = network.hai_json(&[&call[..], &options[..]].concat()).await?;
	assert_eq!(answered["text_verified"], json!(true), "{answered}");
	let job = answered["job"].as_u64().context("a call has a job")?;
	let job = network
		.wait_for_job(job, Duration::from_secs(180), |state| {
			matches!(state, JobState::Payable { .. })
		})
		.await?;
	assert_eq!(
		(job.class, job.audit.probability.parts()),
		(Some(Class::Valid), 1_000_000)
	);
	let least = match job.audit.stage {
		Some(Stage::Auditor) => 1,
		// One audit in twenty begins with a panel.
		Some(Stage::Panel) => 3,
		other => panic!("nobody disagreed, and yet {other:?} sat"),
	};
	assert!(job.quorum.len() >= least, "{:?}", job.quorum);
	// It is paid only when no failure can reach it any more.
	let JobState::Payable { at, settle_at } = job.state else {
		panic!("{:?}", job.state)
	};
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	let (_, terms) = view.terms().await?;
	assert_eq!(settle_at - at, terms.verification.incident_window);
	let reputation = view.reputation(&account("Eve")).await?;
	assert!(reputation.incident.is_none() && !reputation.ejected);
	Ok(())
}

/// Tickets that do not hold, and a caller without funds: each is refused for its own fault, and costs no more than
/// the transaction.
async fn refused_requests(network: &Network, workflow: u32) -> Result<()> {
	let chain = network.chain().await?;
	let now = chain.finalized().await?.number;
	let secrets = KeySecrets::development("Eve");
	let good = good_ticket(&chain, workflow).await?;
	// Enough for the transaction, and half of the fee.
	let fee = amount::parse("1").context("an amount")?;
	chain
		.submit_finalized(&balances::transfer(&account("Nobody"), fee / 2), &key("Bob"))
		.await?;
	let cases = [
		(
			"an expired ticket",
			Ticket {
				expires_at: now.saturating_sub(1),
				..good
			},
			"Bob",
			"TicketExpired",
		),
		("somebody else's ticket", good, "Charlie", "NotYourTicket"),
		(
			"a ticket of another chain",
			Ticket {
				genesis: [9; 32],
				..good
			},
			"Bob",
			"WrongGenesis",
		),
		(
			"a ticket of a workflow that is not there",
			Ticket {
				workflow: 999,
				..good
			},
			"Bob",
			"NotOffered",
		),
		(
			"a ticket below the least that work costs",
			Ticket { fee: 1, ..good },
			"Bob",
			"FeeTooLow",
		),
		(
			"a ticket below the workflow's price",
			Ticket {
				fee: 1_000_000,
				..good
			},
			"Bob",
			"FeeBelowQuote",
		),
		(
			"a ticket of a pair that the node does not offer",
			Ticket {
				pair: [2; 32],
				..good
			},
			"Bob",
			"NotOffered",
		),
		(
			"a ticket of a vector with wider bounds than the pair's",
			Ticket {
				check: CheckKind::VectorRecompute {
					cosine_ppm: 900_000,
					max_abs_ppm: 100_000,
				},
				max_tokens: 0,
				..good
			},
			"Bob",
			"NotCalibrated",
		),
		(
			"a ticket of a caller without funds",
			Ticket {
				caller: account("Nobody"),
				fee,
				..good
			},
			"Nobody",
			// The currency's error, not one of a rule-book of ours.
			"Token",
		),
	];
	for (what, ticket, caller, name) in cases {
		let signature = signing::sign(&secrets.audit, &ticket.hash());
		let held_before = network.total_of(&account(caller)).await?;
		let refused = chain
			.submit_in_block(&jobs::request(ticket, signature), &key(caller))
			.await;
		assert_refused(what, refused, name);
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
	assert_refused(
		"a ticket that the node did not sign",
		refused,
		"BadTicketSignature",
	);

	// The same ticket is fine where nothing is wrong with it, and then only once.
	let signature = signing::sign(&secrets.audit, &good.hash());
	chain
		.submit_finalized(&jobs::request(good, signature), &key("Bob"))
		.await
		.context("a good ticket")?;
	let twice = chain
		.submit_in_block(&jobs::request(good, signature), &key("Bob"))
		.await;
	assert_refused("a ticket that was used", twice, "TicketUsed");

	// The command line says so by its exit code.
	let number = workflow.to_string();
	let retire = ["--suri", "//Bob", "workflow", "retire", &number];
	let output = network.hai(&retire).await?;
	assert_exit(&output, 4);
	assert!(
		String::from_utf8_lossy(&output.stderr).contains("NotOwner"),
		"{output:?}"
	);
	Ok(())
}

/// A split that does not sum to one, a parent that is not there, a manifest that is taken or too large.
async fn refused_publications(network: &Network, model: [u8; 32]) -> Result<()> {
	let chain = network.chain().await?;
	let base = workflow("another", model, &[]);
	let (_, terms) = chain.view(chain_client::At::Finalized).await?.terms().await?;
	let mut split = terms.default_split;
	split.creator += 1;
	let mut missing = workflow("orphan", model, &[0]);
	missing.parents[0].workflow = 999;
	let cases = [
		(
			"a split that sums to more than one",
			workflows::PublishInput {
				split: Some(split),
				..base.clone()
			},
			"SplitMustSumToOne",
		),
		// Its number would be higher than the new workflow's own.
		("a parent that is not there", missing, "ParentNotEarlier"),
		(
			"a manifest that is published already",
			workflow("derived", model, &[]),
			"ManifestTaken",
		),
	];
	for (what, input, name) in cases {
		let refused = chain
			.submit_in_block(&workflows::publish(input), &key("Dave//stash"))
			.await;
		assert_refused(what, refused, name);
	}
	// A name that is too long cannot be read as a call at all, so the node keeps it out of its pool.
	let long = workflows::PublishInput {
		name: vec![b'x'; 65],
		..base.clone()
	};
	let refused = chain
		.submit_in_block(&workflows::publish(long), &key("Dave//stash"))
		.await;
	assert!(
		matches!(refused, Err(SubmitError::Refused { .. })),
		"{:?}",
		refused.err()
	);
	// What they were all made from is in order: each was refused for its own fault alone.
	chain
		.submit_in_block(&workflows::publish(base), &key("Dave//stash"))
		.await
		.context("a good publication")?;
	let folder = tempfile::tempdir()?;
	let manifest = folder.path().join("workflow.json");
	std::fs::write(&manifest, json!({ "name": "x".repeat(1_000_000) }).to_string())?;
	let output = network
		.hai(&["--suri", "//Dave//stash", "publish", &manifest.to_string_lossy()])
		.await?;
	assert_exit(&output, 2);
	Ok(())
}

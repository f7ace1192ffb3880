//! Callers that object, and a node that auditors cannot reach: who was cheated has everything back although nobody
//! was drawn, who is wrong pays the auditors, and a transcript in a block is as good as one over the network.

use crate::scenario::{adversary, play};
use anyhow::{Context, Result};
use caller::Ending;
use chain_client::{
	At, JobId,
	chain::transaction_payment::events::TransactionFeePaid,
	disputes,
	jobs::{Class, DisputeOutcome, Job, JobState, RefundReason, Stage},
};
use compute_agent::adversary::{Deed, NodeAdversary};
use end_to_end::{Network, Options, Prompt, account, key, model_hash, workflow};
use receipt::Tier;
use std::time::Duration;

/// Half of this node's jobs are spoiled, and which ones their numbers tell.
const CHEAT: (&str, &str) = ("Ferdie", "cheat:50");

/// An honest node.
const HONEST: &str = "Eve";

/// An honest node that no auditor reaches.
const UNREACHABLE: &str = "Eve//stash";

/// Longer than an audit of three stages.
const VERDICT: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread")]
async fn callers_dispute_and_nodes_answer_on_chain() -> Result<()> {
	play(Options::default(), scenario).await
}

async fn scenario(network: &mut Network) -> Result<()> {
	network
		.start_agents(&[
			(HONEST.into(), Vec::new()),
			(CHEAT.0.into(), adversary(CHEAT.1)),
			(UNREACHABLE.into(), adversary("unreachable")),
		])
		.await?;
	let model = model_hash(network.model())?;
	let workflow = network.publish("Bob", workflow("doubted", model, &[])).await?;
	let (posted, seldom) = tokio::join!(posting_is_showing(network, workflow), audit_seldom(network));
	posted.context("the node that posts its transcripts")?;
	seldom.context("the vote for fewer audits")?;
	right(network, workflow)
		.await
		.context("the caller that is right")?;
	wrong(network, workflow).await.context("the caller that is wrong")
}

/// Has the congress end probations with one pass and audit hardly any sampled job.
async fn audit_seldom(network: &Network) -> Result<()> {
	const HOLDER: &str = "//Alice";
	network
		.hai_json(&["--suri", HOLDER, "congress", "hold", "1000"])
		.await?;
	let mut terms = network.hai_json(&["terms"]).await?["terms"].take();
	let rules = &mut terms["verification"];
	rules["probation"] = 1.into();
	rules["reference_fee"] = 1.into();
	rules["base_audit"] = 1_000.into();
	let file = network.folder().join("seldom.json");
	std::fs::write(&file, terms.to_string())?;
	let file = file.to_string_lossy();
	let propose = ["congress", "propose", "technical", "set-terms", &file];
	let reason = ["--reason", "so that a dispute is the only audit"];
	let proposal = network
		.hai_json(&[&["--suri", HOLDER][..], &propose[..], &reason[..]].concat())
		.await?;
	let number = proposal["proposal"].as_u64().context("a proposal has a number")?;
	network.pass(&number.to_string(), &[HOLDER]).await
}

/// A panel finds valid what it could fetch from a block alone.
async fn posting_is_showing(network: &Network, workflow: u32) -> Result<()> {
	let prompt = Prompt::new("And the king said").to(UNREACHABLE);
	let outcome = network.call("Dave//stash", workflow, prompt, |_| ()).await?;
	assert_eq!(outcome.class, Some(Class::Valid));
	assert!(
		matches!(outcome.ending, Some(Ending::Settled { .. })),
		"{:?}",
		outcome.ending
	);
	let job = record(network, outcome.job).await?;
	let posting = job
		.audit
		.posted
		.context("nobody could have looked at it otherwise")?;
	assert_eq!(Some(posting.stage), job.audit.stage);
	let posted = network
		.chain()
		.await?
		.posted_transcript(outcome.job, &posting)
		.await?
		.context("it lies in its block")?;
	assert!(posted.len() > 500, "{} bytes", posted.len());
	let slashes = network.slashes(UNREACHABLE).await?;
	assert!(slashes.is_empty(), "{slashes:?}");
	Ok(())
}

async fn record(network: &Network, job: JobId) -> Result<Job> {
	let view = network.chain().await?.view(At::Finalized).await?;
	view.job(job).await?.context("a job that was answered is there")
}

/// A sampled call that waits for its payment.
async fn sampled(network: &Network, caller: &str, workflow: u32, node: &str) -> Result<(JobId, Job)> {
	let prompt = Prompt::new("And the king said").to(node).checked(Tier::Sampled);
	let outcome = network.call(caller, workflow, prompt, |_| ()).await?;
	let is_payable = |state: &JobState| matches!(state, JobState::Payable { .. });
	let job = network.wait_for_job(outcome.job, VERDICT, is_payable).await?;
	Ok((outcome.job, job))
}

/// Whether the cheat spoils the next job, if it gets it.
async fn next_is_spoiled(network: &Network) -> Result<bool> {
	let kind: NodeAdversary = CHEAT.1.parse()?;
	let next = network
		.chain()
		.await?
		.view(At::Finalized)
		.await?
		.next_job()
		.await?;
	Ok(kind.deed(next) != Deed::Honest)
}

/// Work that was spoiled and that nobody drew: a dispute finds it.
async fn right(network: &Network, workflow: u32) -> Result<()> {
	// It is honest until it has passed its probation.
	while next_is_spoiled(network).await? {
		sampled(network, "Alice//stash", workflow, HONEST).await?;
	}
	let (_, job) = sampled(network, "Alice//stash", workflow, CHEAT.0).await?;
	assert_eq!(job.class, Some(Class::Valid), "a new node is always audited");
	while !next_is_spoiled(network).await? {
		sampled(network, "Alice//stash", workflow, HONEST).await?;
	}
	let (id, job) = sampled(network, "Bob//stash", workflow, CHEAT.0).await?;
	assert_eq!((job.class, job.audit.stage), (None, None), "nobody was drawn");

	let number = id.to_string();
	let dispute = ["--suri", "//Bob//stash", "job", "dispute", &number];
	let asked = network.hai_json(&[&dispute[..], &["--dry-run"]].concat()).await?;
	let stranger = ["--suri", "//Eve//stash", "job", "dispute", &number];
	assert_eq!(network.hai(&stranger).await?.status.code(), Some(2));
	let done = network.hai_json(&dispute).await?;
	assert_eq!(done["outcome"], "upheld", "{done}");
	assert_eq!(done["deposit"], asked["deposit"], "{done}");
	let job = record(network, id).await?;
	assert!(
		matches!(
			job.state,
			JobState::Refunded {
				reason: RefundReason::Invalid,
				..
			}
		),
		"{:?}",
		job.state
	);
	let view = network.chain().await?.view(At::Finalized).await?;
	let balance = view.balance(&account("Bob//stash")).await?;
	assert_eq!(balance.held, job.record_deposit, "fee and deposit are back");
	let reputation = view.reputation(&account(CHEAT.0)).await?;
	let incident = reputation.incident.context("the node has an incident")?;
	assert!(incident.slash() > 0);
	let bond = view.bond(&account(CHEAT.0)).await?.context("it is bonded")?;
	assert!(bond.chilled, "it takes no new work");

	// Once is enough, and the record says what became of it.
	let again = network.hai(&dispute).await?;
	assert_eq!(again.status.code(), Some(2));
	let shown = network.hai_json(&["job", "show", &number]).await?;
	assert_eq!(shown["dispute"]["outcome"], "upheld", "{shown}");
	Ok(())
}

/// Honest work that its caller disputes: the deposit is gone, to the planck, and the node will be paid.
async fn wrong(network: &Network, workflow: u32) -> Result<()> {
	const CALLER: &str = "Charlie//stash";
	let (id, _) = sampled(network, CALLER, workflow, HONEST).await?;
	let chain = network.chain().await?;
	let view = chain.view(At::Finalized).await?;
	let deposit = view.dispute_deposit(id).await?.context("it can be disputed")?;
	let before = network.total_of(&account(CALLER)).await?;
	let included = chain
		.submit_finalized(&disputes::dispute(id), &key(CALLER))
		.await?;
	let fee: TransactionFeePaid = included.event().context("a transaction tells its fee")?;
	let is_payable = |state: &JobState| matches!(state, JobState::Payable { .. });
	let job = network.wait_for_job(id, VERDICT, is_payable).await?;
	let dispute = job.audit.dispute.context("it was disputed")?;
	assert_eq!(
		(job.class, dispute.outcome, dispute.deposit),
		(Some(Class::Valid), DisputeOutcome::Rejected, deposit)
	);
	// A jury, if a panel had passed it at once.
	assert!(matches!(job.audit.stage, Some(Stage::Panel | Stage::Jury)));
	let after = network.total_of(&account(CALLER)).await?;
	assert_eq!(before - after, deposit + fee.actual_fee);
	let view = chain.view(At::Finalized).await?;
	let reputation = view.reputation(&account(HONEST)).await?;
	assert!(reputation.incident.is_none());
	Ok(())
}

//! The calls of a testnet: several callers at once, each node in turn.

use super::{
	Load,
	cast::{Cast, Node},
	standing::is_found_by_itself,
};
use crate::{Network, Prompt};
use anyhow::{Context, Result};
use caller::{CallError, Ending};
use chain_client::{Account, At, WorkflowId};
use futures::{StreamExt, stream::FuturesUnordered};
use std::{
	cell::{Cell, RefCell},
	collections::BTreeSet,
	time::{Duration, Instant},
};

/// Who calls. Each has one call under way at a time.
const CALLERS: [&str; 4] = ["Alice//stash", "Bob//stash", "Charlie//stash", "Dave//stash"];

/// What is asked, in turn, so that no two nodes in a row can give one answer twice.
const PROMPTS: [&str; 5] = [
	"In the beginning",
	"And the king said",
	"It came to pass",
	"In those days",
	"And he answered",
];

/// Longer than the life of a job that is a canary and goes to a jury, with the windows of a testnet.
const CALL: Duration = Duration::from_secs(480);

/// How much is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
	/// So many calls.
	Calls(u32),
	/// As many as can be made in this time.
	Time(Duration),
}

/// What came of the calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
	/// Calls that were followed to their end: to that of the job, or of a sampled one to that of the answer, if there is one.
	pub ended: u32,
	/// Calls to a node that took no work any more when it was asked.
	pub turned_away: u32,
	/// Calls that no node took, or that were not followed to their end, and why.
	pub failed: Vec<String>,
}

/// Makes all calls and follows each to its end. It ends early when no node takes work any more.
pub(super) async fn make(network: &Network, workflow: WorkflowId, cast: &Cast, load: Load) -> Result<Made> {
	let Load { demand, tier, .. } = load;
	let (began, next) = (Instant::now(), Cell::new(0u32));
	let made = RefCell::new(Made::default());
	let is_wanted = || match demand {
		Demand::Calls(calls) => next.get() < calls,
		Demand::Time(time) => began.elapsed() < time,
	};
	let mut callers: FuturesUnordered<_> = CALLERS
		.into_iter()
		.map(|caller| {
			let (next, made, is_wanted) = (&next, &made, &is_wanted);
			async move {
				while is_wanted() {
					let number = next.replace(next.get() + 1);
					let Some(node) = take_turn(network, cast, number).await? else {
						return Ok(());
					};
					let text = PROMPTS[number as usize % PROMPTS.len()];
					let prompt = Prompt::new(text).to(&node.name).checked(tier).within(CALL);
					let Err(error) = network.call(caller, workflow, prompt, |_| ()).await else {
						made.borrow_mut().ended += 1;
						continue;
					};
					if has_declined_rightly(node, &error) {
						made.borrow_mut().ended += 1;
						continue;
					}
					// Its bond may have been chilled between the look and the request.
					if serving(network).await?.contains(&node.account) {
						made.borrow_mut()
							.failed
							.push(format!("{caller} to {}: {error:#}", node.name));
					} else {
						made.borrow_mut().turned_away += 1;
					}
				}
				anyhow::Ok(())
			}
		})
		.collect();
	while let Some(ended) = callers.next().await {
		ended?;
	}
	drop(callers);
	Ok(made.into_inner())
}

/// Whether a call has no answer because its node found by its own check that it had spoiled the job. Only calls of sampled
/// jobs end so: those that wait for the end of the job have one.
fn has_declined_rightly(node: &Node, error: &anyhow::Error) -> bool {
	match error.downcast_ref::<CallError>() {
		Some(CallError::NoAnswer {
			job,
			ending: Ending::Cancelled { .. },
		}) => is_found_by_itself(node, *job),
		_ => false,
	}
}

/// Who takes work.
async fn serving(network: &Network) -> Result<BTreeSet<Account>> {
	let view = network.chain().await?.view(At::Best).await?;
	let serving = view.serving_nodes().await.context("who takes work")?;
	Ok(serving.iter().map(|node| node.account).collect())
}

/// The node whose turn it is, of those that still take work.
async fn take_turn<'a>(network: &Network, cast: &'a Cast, number: u32) -> Result<Option<&'a Node>> {
	let serving = serving(network).await?;
	let in_turn = cast.nodes.iter().cycle().skip(number as usize % cast.nodes.len());
	Ok(in_turn
		.take(cast.nodes.len())
		.find(|node| serving.contains(&node.account)))
}

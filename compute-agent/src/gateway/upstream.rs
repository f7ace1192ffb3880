//! Calls workflows on a chain for the gateway's account.

use super::{
	CallError, CallEvent, Upstream,
	embeddings::{Embedded, EmbeddingCall, no_vector},
	openai::{Call, ModelEntry},
};
use crate::chain::{Chain, NodeChain};
use caller::{CallOutcome, CallRequest, Caller, Until, WorkCheck};
use chain_client::{
	At, Key, WorkflowId, address,
	workflows::{Standing, Workflow},
};
use futures::future::BoxFuture;
use peer_network::Network;
use receipt::{Planck, Tier};
use std::sync::Arc;
use tokio::sync::mpsc;

/// The most workflows that are listed and searched by name.
const MAX_WORKFLOWS: u32 = 1_000;

/// The way from the gateway to the chain.
#[derive(Clone)]
pub struct ChainUpstream {
	chain: Arc<NodeChain>,
	network: Network,
	key: Key,
	max_fee: Planck,
}

impl ChainUpstream {
	/// Calls are paid with `key`, each at most `max_fee`.
	pub fn new(chain: Arc<NodeChain>, network: Network, key: Key, max_fee: Planck) -> Self {
		Self {
			chain,
			network,
			key,
			max_fee,
		}
	}

	async fn workflows(&self) -> Result<Vec<Workflow>, CallError> {
		// Connects again if the connection was lost.
		self.chain.best().await.map_err(failed)?;
		let view = self.chain.client().await.view(At::Best).await.map_err(failed)?;
		let mut workflows = view.workflows(0, MAX_WORKFLOWS).await.map_err(failed)?;
		workflows.retain(|workflow| matches!(workflow.workflow.standing, Standing::Active));
		Ok(workflows)
	}

	async fn run(self, call: Call, events: mpsc::UnboundedSender<CallEvent>) -> Result<(), CallError> {
		let workflows = self.workflows().await?;
		let workflow = find(&workflows, &call.workflow)
			.ok_or_else(|| CallError::UnknownWorkflow(call.workflow.clone()))?;
		let caller = Caller::with_network(self.chain.client().await, self.key.clone(), self.network.clone());
		let request = request(workflow, call, self.max_fee);
		let on_event = |event| {
			let text = match event {
				caller::CallEvent::Text(text) => text,
				caller::CallEvent::Requested { job, .. } => {
					tracing::info!(job, workflow, "a call was requested");
					return;
				}
				_ => return,
			};
			// A reader that has left ends this future anyway.
			let _ = events.send(CallEvent::Text(text));
		};
		let outcome = caller.call(request, on_event).await.map_err(sort)?;
		check_work(&outcome, Answer::Text)?;
		let (tokens_in, tokens_out, stop) = outcome
			.done
			.ok_or_else(|| CallError::Failed("the call ended without an answer".into()))?;
		tracing::info!(
			job = outcome.job,
			workflow,
			tokens_out,
			fee = outcome.ticket.fee,
			"a call was answered"
		);
		let _ = events.send(CallEvent::Done {
			job: outcome.job,
			tokens_in,
			tokens_out,
			stop,
		});
		Ok(())
	}
}

impl ChainUpstream {
	async fn run_embedding(self, call: EmbeddingCall) -> Result<Embedded, CallError> {
		let workflows = self.workflows().await?;
		let workflow = find(&workflows, &call.workflow).ok_or(CallError::UnknownWorkflow(call.workflow))?;
		let caller = Caller::with_network(self.chain.client().await, self.key.clone(), self.network.clone());
		let request = CallRequest {
			max_fee: Some(self.max_fee),
			..CallRequest::embedding(workflow, call.text)
		};
		let outcome = caller.call(request, |_| ()).await.map_err(sort)?;
		check_work(&outcome, Answer::Vector)?;
		tracing::info!(
			job = outcome.job,
			workflow,
			fee = outcome.ticket.fee,
			"an embedding was answered"
		);
		Ok(Embedded {
			vector: outcome.vector.ok_or_else(no_vector)?,
			tokens_in: outcome.ticket.prompt_tokens,
		})
	}
}

/// What a caller is asked for.
fn request(workflow: WorkflowId, call: Call, max_fee: Planck) -> CallRequest {
	let usual = CallRequest::new(workflow, call.prompt);
	CallRequest {
		max_tokens: call.max_tokens,
		sampling: call.sampling,
		tier: Tier::Replicated,
		max_fee: Some(max_fee),
		until: Until::Answered,
		patience: call.patience.unwrap_or(usual.patience),
		..usual
	}
}

/// What was asked for.
#[derive(Clone, Copy)]
enum Answer {
	Text,
	Vector,
}

/// An answer that is not the node's signed work is an error; one that could not be compared is noted.
fn check_work(outcome: &CallOutcome, answer: Answer) -> Result<(), CallError> {
	let job = outcome.job;
	match &outcome.work_check {
		WorkCheck::Verified => Ok(()),
		WorkCheck::Unknown(reason) => {
			tracing::info!(job, reason, "the answer could not be compared");
			Ok(())
		}
		WorkCheck::Differs(fault) => {
			let node = address(&outcome.ticket.node);
			tracing::warn!(job, node, %fault, "the answer is not the node's work");
			Err(match answer {
				Answer::Text => CallError::OtherText(format!(
					"for job {job} the node {node} streamed something else than it answers for: {fault}; do not rely on the \
					 text, and ask again"
				)),
				Answer::Vector => CallError::OtherVector(format!(
					"for job {job} the node {node} showed something else than it answers for: {fault}; ask again"
				)),
			})
		}
	}
}

/// The workflow that a name stands for: its number, or the oldest one with that name, so that a
/// later entry of the same name draws no calls away.
fn find(workflows: &[Workflow], name: &str) -> Option<WorkflowId> {
	if let Ok(number) = name.parse::<WorkflowId>() {
		return workflows
			.iter()
			.any(|workflow| workflow.id == number)
			.then_some(number);
	}
	workflows
		.iter()
		.filter(|workflow| name_of(workflow).as_deref() == Some(name))
		.map(|workflow| workflow.id)
		.min()
}

fn name_of(workflow: &Workflow) -> Option<String> {
	workflow
		.publication
		.as_ref()
		.map(|publication| publication.name())
}

fn failed(error: impl std::fmt::Display) -> CallError {
	CallError::Failed(error.to_string())
}

/// Sorts an error of a call by whose fault it is.
fn sort(error: caller::CallError) -> CallError {
	use caller::CallError as From;
	let text = error.to_string();
	match error {
		From::NoWorkflow(id) => CallError::UnknownWorkflow(id.to_string()),
		From::NotCallable(..) | From::BadRequest(_) => CallError::Refused(text),
		From::Funds { .. } => CallError::Payment(text),
		From::NoNode { .. } => CallError::NoNode(text),
		From::Busy { retry_after, .. } => CallError::Busy {
			message: text,
			retry_after,
		},
		From::Submit(submit) if submit.is_want_of_funds() => CallError::Payment(text),
		From::Submit(submit) if submit.is_refusal() => CallError::Chain(text),
		_ => CallError::Failed(text),
	}
}

impl Upstream for ChainUpstream {
	fn models(&self) -> BoxFuture<'_, Result<Vec<ModelEntry>, CallError>> {
		Box::pin(async {
			let workflows = self.workflows().await?;
			let entry = |workflow: &Workflow| {
				let name = name_of(workflow).filter(|name| find(&workflows, name) == Some(workflow.id));
				ModelEntry {
					// A name that stands for another one would mislead, so the number stands for itself.
					id: name.unwrap_or_else(|| workflow.id.to_string()),
					object: "model",
					created: 0,
					owned_by: address(&workflow.workflow.owner),
				}
			};
			Ok(workflows.iter().map(entry).collect())
		})
	}

	fn call(
		&self,
		call: Call,
		events: mpsc::UnboundedSender<CallEvent>,
	) -> BoxFuture<'static, Result<(), CallError>> {
		Box::pin(self.clone().run(call, events))
	}

	fn embed(&self, call: EmbeddingCall) -> BoxFuture<'static, Result<Embedded, CallError>> {
		Box::pin(self.clone().run_embedding(call))
	}

	fn ready(&self) -> BoxFuture<'_, Result<(), CallError>> {
		Box::pin(async { self.chain.best().await.map(|_| ()).map_err(failed) })
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use chain_client::SubmitError;
	use receipt::Sampling;
	use std::time::Duration;

	#[test]
	fn a_call_waits_for_busy_nodes_as_long_as_it_says() {
		let usual = CallRequest::new(3, "Once").patience;
		for (patience, expected) in [
			(None, usual),
			(Some(Duration::from_secs(2)), Duration::from_secs(2)),
		] {
			let call = Call {
				workflow: "stories".into(),
				prompt: "Once".into(),
				max_tokens: 9,
				sampling: Sampling::GREEDY,
				patience,
			};
			let request = request(3, call, 70);
			assert_eq!(request.patience, expected);
			assert_eq!(
				(
					request.workflow,
					request.prompt.as_str(),
					request.max_tokens,
					request.max_fee
				),
				(3, "Once", 9, Some(70))
			);
		}
	}

	#[test]
	fn of_busy_nodes_it_is_said_when_they_may_have_room() {
		let busy = caller::CallError::Busy {
			tried: Vec::new(),
			retry_after: 90,
		};
		assert!(
			matches!(sort(busy), CallError::Busy { retry_after: 90, message } if message.contains("90 s"))
		);
	}

	#[test]
	fn only_want_of_funds_is_a_matter_of_payment() {
		let sorted = |error: SubmitError| sort(caller::CallError::Submit(error));
		let failed = |rule_book: &str, name: &str| SubmitError::Failed {
			rule_book: rule_book.into(),
			name: name.into(),
			text: String::new(),
			block: [0; 32],
		};
		assert!(matches!(sorted(SubmitError::CannotPayFee), CallError::Payment(_)));
		let funds = caller::CallError::Funds { free: 1, least: 2 };
		assert!(matches!(sort(funds), CallError::Payment(_)));
		assert!(matches!(
			sorted(failed("the runtime", "Token")),
			CallError::Payment(_)
		));
		assert!(matches!(
			sorted(failed("ExecutionLog", "TooFewAuditors")),
			CallError::Chain(_)
		));
		let reason = "the pool is full".to_owned();
		assert!(matches!(
			sorted(SubmitError::Refused { reason }),
			CallError::Chain(_)
		));
		assert!(matches!(sorted(SubmitError::NotFinal), CallError::Failed(_)));
	}
}

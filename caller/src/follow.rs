//! Following the answer over the network, and the job on chain, at the same time.

use crate::{
	call::{Caller, Quoted, Until},
	event::{CallError, CallEvent, CallOutcome, Ending},
};
use chain_client::{BlockId, ChainClient, Hash, ReadError, jobs::JobEvent};
use futures::{FutureExt, StreamExt};
use peer_network::{Followed, Request, Response, RunState, seal};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long to wait before asking again after a failed exchange.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the rest of a text is waited for after its job has ended on chain.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// Longer than any call.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

impl Caller {
	/// Follows until what was asked for has come.
	///
	/// Whatever the node does, this ends: a job always ends on chain, and soon after that so does the wait for its text.
	/// Where the chain is lost the text is still taken; only when that does not suffice it is an error.
	pub(crate) async fn follow(
		&self,
		quoted: &Quoted,
		until: Until,
		mut watch: Watch,
		mut outcome: CallOutcome,
		on_event: &mut (impl FnMut(CallEvent) + Send),
	) -> Result<CallOutcome, CallError> {
		let mut follow = Box::pin(self.next_text(quoted, 0, Duration::ZERO).fuse());
		let mut text_over = false;
		let mut lost = None;
		let mut last_words = Box::pin(tokio::time::sleep(FOREVER).fuse());
		loop {
			let finished = match until {
				Until::Answered => outcome.done.is_some(),
				Until::Settled => outcome.ending.is_some() && text_over,
			};
			if finished {
				return Ok(outcome);
			}
			if text_over {
				if let Some(ending) = outcome.ending {
					return Err(CallError::NoAnswer {
						job: outcome.job,
						ending,
					});
				}
				if let Some(reason) = lost {
					return Err(CallError::Lost {
						job: outcome.job,
						reason,
					});
				}
			}
			tokio::select! {
				followed = &mut follow, if !text_over => {
					let pause = match followed {
						Some(followed) => {
							text_over = take_text(followed, &mut outcome, on_event);
							Duration::ZERO
						},
						// Without the chain nothing says whether the node will ever come back.
						None => {
							text_over = lost.is_some();
							PAUSE
						},
					};
					if !text_over {
						follow = Box::pin(self.next_text(quoted, outcome.text.len() as u64, pause).fuse());
					}
				},
				seen = watch.events.recv(), if lost.is_none() => match seen {
					Some(Ok((block, event))) => {
						if take_event(block, event, &mut outcome, on_event) {
							last_words = Box::pin(tokio::time::sleep(LAST_WORDS).fuse());
						}
					},
					Some(Err(error)) => lost = Some(error.to_string()),
					None => lost = Some("the node sends no more blocks".to_owned()),
				},
				() = &mut last_words => text_over = true,
			}
		}
	}

	/// The next part of the answer; nothing where the exchange failed.
	async fn next_text(&self, quoted: &Quoted, from: u64, pause: Duration) -> Option<Followed> {
		tokio::time::sleep(pause).await;
		let request = Request::Follow {
			ticket: quoted.ticket.hash(),
			from,
		};
		let addresses = quoted.node.advertisement.addresses();
		match self
			.network
			.request(&quoted.node.keys.peer, &addresses, request)
			.await
		{
			Ok(Response::Followed(sealed)) => match seal::open(&quoted.reply_secret, &sealed) {
				Ok(followed) => Some(followed),
				Err(error) => {
					tracing::debug!(%error, "an answer of the node does not open");
					None
				}
			},
			Ok(other) => {
				tracing::debug!(?other, "the node does not tell how far it is");
				None
			}
			Err(error) => {
				tracing::debug!(%error, "the node cannot be asked how far it is");
				None
			}
		}
	}
}

/// Takes a part of the answer over. Returns whether nothing more will come.
fn take_text(
	followed: Followed,
	outcome: &mut CallOutcome,
	on_event: &mut (impl FnMut(CallEvent) + Send),
) -> bool {
	if !followed.text.is_empty() {
		outcome.text.push_str(&followed.text);
		on_event(CallEvent::Text(followed.text));
	}
	match followed.state {
		RunState::Waiting | RunState::Running { .. } => false,
		RunState::Done {
			stop,
			tokens_in,
			tokens_out,
			transcript,
		} => {
			outcome.done = Some((tokens_in, tokens_out, stop));
			on_event(CallEvent::Done {
				stop,
				tokens_in,
				tokens_out,
				transcript,
			});
			true
		}
		RunState::Failed { reason } => {
			tracing::warn!(%reason, "the node has no answer");
			true
		}
	}
}

/// Takes an event over. Returns whether the job has ended.
fn take_event(
	block: BlockId,
	event: JobEvent,
	outcome: &mut CallOutcome,
	on_event: &mut (impl FnMut(CallEvent) + Send),
) -> bool {
	match &event {
		JobEvent::Delivered { receipt, .. } => outcome.receipt = Some(*receipt),
		JobEvent::Judged { class, quorum, .. } => {
			outcome.class = Some(*class);
			outcome.quorum = quorum.clone();
		}
		_ => (),
	}
	let ending = Ending::of(block, &event);
	on_event(CallEvent::Chain { block, event });
	let ended = ending.is_some();
	outcome.ending = outcome.ending.take().or(ending);
	ended
}

/// A task that ends with its owner.
pub(crate) struct AbortOnDrop(pub(crate) tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
	fn drop(&mut self) {
		self.0.abort();
	}
}

/// The finalized events of one ticket's job.
pub(crate) struct Watch {
	events: mpsc::UnboundedReceiver<Result<(BlockId, JobEvent), ReadError>>,
	_task: AbortOnDrop,
}

/// Watches for the job of a ticket from now on.
pub(crate) async fn watch(chain: &ChainClient, ticket: Hash) -> Result<Watch, CallError> {
	let mut blocks = chain.finalized_blocks().await?;
	let (sender, events) = mpsc::unbounded_channel();
	let task = tokio::spawn(async move {
		let mut job = None;
		while let Some(block) = blocks.next().await {
			let block = match block {
				Ok(block) => block,
				Err(error) => {
					let _ = sender.send(Err(error));
					return;
				}
			};
			for event in block.jobs {
				if matches!(&event, JobEvent::Requested { ticket: used, .. } if *used == ticket) {
					job = event.job();
				}
				if job.is_some() && job == event.job() && sender.send(Ok((block.id, event))).is_err() {
					return;
				}
			}
		}
	});
	Ok(Watch {
		events,
		_task: AbortOnDrop(task),
	})
}

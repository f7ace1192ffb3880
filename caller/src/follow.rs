//! Following the answer over the network, and the job on chain, at the same time.

use crate::{
	call::{Caller, Quoted, Until},
	event::{CallError, CallEvent, CallOutcome, Ending},
};
use chain_client::{
	BlockId, ChainClient, Hash, JobId, ReadError,
	blocks::{Block, BlockStream},
	jobs::JobEvent,
};
use futures::{FutureExt, StreamExt};
use peer_network::{Followed, Refusal, Request, Response, RunState, seal};
use std::{
	ops::ControlFlow,
	time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// How long to wait before asking again after a failed exchange.
const PAUSE: Duration = Duration::from_millis(500);
/// The most that a node that is busy is left alone: what it writes is wanted while it writes, and the transcript by who
/// waits for the answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long the rest of a text is waited for after its job has ended on chain.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// How long a lost node is called again before the chain counts as lost.
pub(crate) const RECONNECT_FOR: Duration = Duration::from_secs(60);
/// How long to wait between two attempts.
pub(crate) const RECONNECT_PAUSE: Duration = Duration::from_secs(1);
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
						Ok(followed) => {
							text_over = take_text(followed, &mut outcome, on_event);
							Duration::ZERO
						},
						// Without the chain nothing says whether the node will ever come back.
						Err(pause) => {
							text_over = lost.is_some();
							pause
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

	/// The next part of the answer; where the exchange failed, how long to wait before the next one.
	async fn next_text(&self, quoted: &Quoted, from: u64, pause: Duration) -> Result<Followed, Duration> {
		tokio::time::sleep(pause).await;
		let request = Request::Follow {
			ticket: quoted.ticket.hash(),
			secret: quoted.follow_secret,
			from,
		};
		let addresses = quoted.node.advertisement.addresses();
		match self
			.network
			.request(&quoted.node.keys.peer, &addresses, request)
			.await
		{
			Ok(Response::Followed(sealed)) => match seal::open(&quoted.reply_secret, &sealed) {
				Ok(followed) => Ok(followed),
				Err(error) => {
					tracing::debug!(%error, "an answer of the node does not open");
					Err(PAUSE)
				}
			},
			Ok(other) => {
				tracing::debug!(?other, "the node does not tell how far it is");
				Err(pause_after(&other))
			}
			Err(error) => {
				tracing::debug!(%error, "the node cannot be asked how far it is");
				Err(PAUSE)
			}
		}
	}
}

/// How long to wait before a node is asked again that answered something else: as long as it says where it is busy,
/// within bounds.
pub(crate) fn pause_after(response: &Response) -> Duration {
	match response {
		Response::Refused(Refusal::Busy { retry_after }) => {
			Duration::from_secs((*retry_after).into()).clamp(PAUSE, LONGEST_PAUSE)
		}
		_ => PAUSE,
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
			outcome.transcript = Some(transcript);
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

/// Watches for the job of a ticket from now on. A lost node is connected to again, and the blocks that came meanwhile
/// are made up for.
pub(crate) async fn watch(chain: &ChainClient, ticket: Hash) -> Result<Watch, CallError> {
	let blocks = chain.finalized_blocks().await?;
	let seen = chain.finalized().await?.number;
	let (sender, events) = mpsc::unbounded_channel();
	let mut watcher = Watcher {
		ticket,
		job: None,
		seen,
		sender,
	};
	let (chain, url) = (chain.clone(), chain.url().to_owned());
	let task = tokio::spawn(async move {
		let (mut chain, mut blocks) = (chain, blocks);
		loop {
			let error = match watcher.take(&chain, blocks).await {
				Ok(()) => return,
				Err(error) => error,
			};
			tracing::debug!(%error, "the chain is connected to again");
			(chain, blocks) = match again(&url).await {
				Some(connected) => connected,
				None => {
					// Nobody waits for it any more, if this fails.
					let _ = watcher.sender.send(Err(error));
					return;
				}
			};
		}
	});
	Ok(Watch {
		events,
		_task: AbortOnDrop(task),
	})
}

/// A new connection, and its blocks; nothing where there is none for too long.
async fn again(url: &str) -> Option<(ChainClient, BlockStream)> {
	let began = Instant::now();
	while began.elapsed() < RECONNECT_FOR {
		tokio::time::sleep(RECONNECT_PAUSE).await;
		let Ok(chain) = ChainClient::connect(url).await else {
			continue;
		};
		if let Ok(blocks) = chain.finalized_blocks().await {
			return Some((chain, blocks));
		}
	}
	None
}

/// Picks the events of one ticket's job out of finalized blocks.
struct Watcher {
	ticket: Hash,
	job: Option<JobId>,
	/// The height of the last block that was taken, or need not be.
	seen: u32,
	sender: mpsc::UnboundedSender<Result<(BlockId, JobEvent), ReadError>>,
}

impl Watcher {
	/// Takes blocks until nobody listens; an error says that the chain was lost.
	async fn take(&mut self, chain: &ChainClient, mut blocks: BlockStream) -> Result<(), ReadError> {
		while let Some(block) = blocks.next().await {
			let block = block?;
			for missed in self.seen + 1..block.id.number {
				let Some(hash) = chain.block_hash(missed).await? else {
					continue;
				};
				if self.tell(chain.block(hash).await?).is_break() {
					return Ok(());
				}
			}
			if self.tell(block).is_break() {
				return Ok(());
			}
		}
		Err(ReadError::Connection {
			what: "the blocks",
			reason: "the node sends no more of them".into(),
		})
	}

	/// Tells what a block says of the job; breaks when nobody listens.
	fn tell(&mut self, block: Block) -> ControlFlow<()> {
		if block.id.number <= self.seen {
			return ControlFlow::Continue(());
		}
		self.seen = block.id.number;
		for event in block.jobs {
			if matches!(&event, JobEvent::Requested { ticket, .. } if *ticket == self.ticket) {
				self.job = event.job();
			}
			if self.job.is_some()
				&& self.job == event.job()
				&& self.sender.send(Ok((block.id, event))).is_err()
			{
				return ControlFlow::Break(());
			}
		}
		ControlFlow::Continue(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_busy_node_is_left_alone_as_long_as_it_says_within_bounds() {
		let busy = |retry_after| Response::Refused(Refusal::Busy { retry_after });
		let cases = [
			(busy(0), PAUSE),
			(busy(2), Duration::from_secs(2)),
			(busy(u32::MAX), LONGEST_PAUSE),
			(Response::Refused(Refusal::NotFound), PAUSE),
			(Response::Followed(Vec::new()), PAUSE),
		];
		for (response, expected) in cases {
			assert_eq!(pause_after(&response), expected, "{response:?}");
		}
	}
}

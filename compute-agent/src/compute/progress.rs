//! What runs have written so far, for those who follow them.

use peer_network::RunState;
use receipt::{Hash, JobId};
use std::{
	collections::HashMap,
	sync::{Arc, Mutex},
};
use tokio::sync::watch;

/// How far one run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
	/// The job, once it is known.
	pub(crate) job: Option<JobId>,
	/// The text so far.
	pub(crate) text: String,
	/// The state after that text.
	pub(crate) state: RunState,
}

impl Progress {
	fn waiting() -> Self {
		Self {
			job: None,
			text: String::new(),
			state: RunState::Waiting,
		}
	}
}

/// All runs that are followed or under way, by the hash of their ticket.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProgressBoard(Arc<Mutex<HashMap<Hash, watch::Sender<Progress>>>>);

impl ProgressBoard {
	fn with<T>(&self, act: impl FnOnce(&mut HashMap<Hash, watch::Sender<Progress>>) -> T) -> T {
		act(&mut self.0.lock().expect("no holder of this lock panics"))
	}

	/// Follows a run, from its beginning if it has not begun.
	pub(crate) fn follow(&self, ticket: Hash) -> watch::Receiver<Progress> {
		self.with(|board| {
			board
				.entry(ticket)
				.or_insert_with(|| watch::Sender::new(Progress::waiting()))
				.subscribe()
		})
	}

	/// Changes a run's progress and tells its followers.
	pub(crate) fn update(&self, ticket: Hash, change: impl FnOnce(&mut Progress)) {
		self.with(|board| {
			board
				.entry(ticket)
				.or_insert_with(|| watch::Sender::new(Progress::waiting()))
				.send_modify(change);
		});
	}

	/// Forgets a run. Its followers see what was last, and that nothing more comes.
	pub(crate) fn remove(&self, ticket: &Hash) {
		self.with(|board| board.remove(ticket));
	}
}

/// The part of a text that begins at byte `from`; empty where that is past the end or inside a character.
pub(crate) fn rest_of(text: &str, from: u64) -> String {
	usize::try_from(from)
		.ok()
		.and_then(|from| text.get(from..))
		.unwrap_or_default()
		.to_owned()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn hostile_positions_give_nothing() {
		for (from, expected) in [
			(0, "añb"),
			(1, "ñb"),
			(2, ""),
			(3, "b"),
			(4, ""),
			(5, ""),
			(u64::MAX, ""),
		] {
			assert_eq!(rest_of("añb", from), expected, "from {from}");
		}
	}

	#[tokio::test]
	async fn followers_see_changes_and_the_end() {
		let board = ProgressBoard::default();
		let mut follower = board.follow([1; 32]);
		assert_eq!(follower.borrow().state, RunState::Waiting);
		board.update([1; 32], |progress| {
			progress.text.push_str("once");
			progress.state = RunState::Running { tokens: 1 };
		});
		follower.changed().await.expect("changed");
		assert_eq!(follower.borrow_and_update().text, "once");
		board.remove(&[1; 32]);
		assert!(follower.changed().await.is_err());
		assert_eq!(follower.borrow().text, "once");
	}
}

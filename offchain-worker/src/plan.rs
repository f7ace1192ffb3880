//! Decides what to ask and what to send. No storage, no keys, no clock.

use alloc::{collections::BTreeMap, vec::Vec};
use receipt::{
	Account, Hash, JobId,
	attestation::{Item, MAX_BATCH, Opening, commitment},
};

/// What an auditor can do next for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
	/// Commit.
	Commit {
		/// The last block for it.
		until: u32,
	},
	/// Reveal.
	Reveal {
		/// The last block for it.
		until: u32,
		/// What the opening must match.
		commitment: Hash,
	},
}

impl Phase {
	/// The last block for it.
	pub fn until(&self) -> u32 {
		match self {
			Self::Commit { until } | Self::Reveal { until, .. } => *until,
		}
	}
}

/// One owed attestation and what is known of it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
	/// Who owes it.
	pub auditor: Account,
	/// The audit key that must sign.
	pub key: [u8; 32],
	/// The job.
	pub job: JobId,
	/// The hash of its receipt.
	pub receipt: Hash,
	/// See [`sitting`](receipt::attestation::sitting).
	pub sitting: Hash,
	/// What is owed.
	pub phase: Phase,
	/// The verifier's answer with the salt, if there is an answer.
	pub opening: Option<Opening>,
	/// The block in which this phase of it was sent last.
	pub sent_at: Option<u32>,
}

/// All that a plan depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannerInput {
	/// The genesis hash.
	pub genesis: Hash,
	/// The newest block; what is sent lands in a later one.
	pub now: u32,
	/// After so many blocks an item that is still owed is sent again.
	pub resubmit_after: u32,
	/// The most questions at once.
	pub max_questions: usize,
	/// What is owed.
	pub tasks: Vec<Task>,
}

/// One thing to do. Numbers of tasks are indices of [`PlannerInput::tasks`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
	/// Ask the verifier.
	AskVerifier {
		/// About which task.
		task: usize,
	},
	/// The answer at hand is not what was committed to: forget it, so that it is asked again.
	Forget {
		/// Of which task.
		task: usize,
	},
	/// Sign and send a batch: one auditor, one key, one phase.
	Submit {
		/// The auditor.
		auditor: Account,
		/// The audit key that signs.
		key: [u8; 32],
		/// At most [`MAX_BATCH`], by job.
		items: Vec<Item>,
		/// The tasks of the items.
		tasks: Vec<usize>,
	},
}

/// What to do now: questions first, the most urgent ones at the front, then batches.
pub fn plan(input: &PlannerInput) -> Vec<Action> {
	let mut questions = Vec::new();
	let mut forgotten = Vec::new();
	let mut groups = BTreeMap::<_, Vec<(JobId, Item, usize)>>::new();
	for (number, task) in input.tasks.iter().enumerate() {
		if task.phase.until() <= input.now {
			continue;
		}
		let Some(opening) = task.opening else {
			questions.push((task.phase.until(), number));
			continue;
		};
		let own = commitment(&input.genesis, task.job, &task.receipt, &task.auditor, &opening);
		let (reveals, item) = match task.phase {
			Phase::Commit { .. } => (
				false,
				Item::Commit {
					job: task.job,
					sitting: task.sitting,
					commitment: own,
				},
			),
			Phase::Reveal { commitment, .. } if commitment == own => (
				true,
				Item::Reveal {
					job: task.job,
					opening,
				},
			),
			Phase::Reveal { .. } => {
				forgotten.push(Action::Forget { task: number });
				continue;
			}
		};
		if !was_sent_lately(task.sent_at, input) {
			groups
				.entry((task.auditor, task.key, reveals))
				.or_default()
				.push((task.job, item, number));
		}
	}
	questions.sort_unstable();
	let questions = questions.into_iter().take(input.max_questions);
	let mut actions: Vec<_> = questions
		.map(|(_, task)| Action::AskVerifier { task })
		.chain(forgotten)
		.collect();
	for ((auditor, key, _), mut group) in groups {
		group.sort_unstable_by_key(|(job, _, _)| *job);
		actions.extend(group.chunks(MAX_BATCH as usize).map(|chunk| Action::Submit {
			auditor,
			key,
			items: chunk.iter().map(|(_, item, _)| *item).collect(),
			tasks: chunk.iter().map(|(_, _, task)| *task).collect(),
		}));
	}
	actions
}

/// A block number above the present one comes from a fork that was undone: that was not lately.
fn was_sent_lately(sent_at: Option<u32>, input: &PlannerInput) -> bool {
	sent_at
		.and_then(|sent| input.now.checked_sub(sent))
		.is_some_and(|blocks| blocks < input.resubmit_after)
}

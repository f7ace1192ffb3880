//! The plan, from nothing but its input.

use crate::plan::{Action, Phase, PlannerInput, Task, plan};
use proptest::prelude::*;
use receipt::{
	Figures, Hash, Verdict,
	attestation::{Item, Opening, commitment},
	trace::Evidence,
};
use std::collections::BTreeSet;

const GENESIS: Hash = [9; 32];

fn opening(verdict: Verdict) -> Opening {
	Opening {
		verdict,
		figures: Figures::default(),
		evidence: Evidence::default(),
		salt: [3; 32],
	}
}

/// A commitment that auditor 1 owes until block 120, unanswered and never sent.
fn task(job: u64) -> Task {
	Task {
		auditor: [1; 32],
		key: [11; 32],
		job,
		receipt: [job as u8; 32],
		sitting: [12; 32],
		phase: Phase::Commit { until: 120 },
		opening: None,
		sent_at: None,
	}
}

fn answered(job: u64) -> Task {
	Task {
		opening: Some(opening(Verdict::Valid)),
		..task(job)
	}
}

fn own_commitment(task: &Task) -> Hash {
	let opening = task.opening.expect("it was answered");
	commitment(&GENESIS, task.job, &task.receipt, &task.auditor, &opening)
}

fn revealing(job: u64) -> Task {
	let task = answered(job);
	Task {
		phase: Phase::Reveal {
			until: 130,
			commitment: own_commitment(&task),
		},
		..task
	}
}

fn input(tasks: Vec<Task>) -> PlannerInput {
	PlannerInput {
		genesis: GENESIS,
		now: 100,
		resubmit_after: 4,
		max_questions: 3,
		tasks,
	}
}

/// The jobs that each batch speaks of, with its kind.
fn batches(actions: &[Action]) -> Vec<(bool, Vec<u64>)> {
	actions
		.iter()
		.filter_map(|action| match action {
			Action::Submit { items, .. } => Some((
				matches!(items.first(), Some(Item::Reveal { .. })),
				items.iter().map(Item::job).collect(),
			)),
			_ => None,
		})
		.collect()
}

#[test]
fn nothing_owed_is_nothing_to_do() {
	assert_eq!(plan(&input(vec![])), []);
}

#[test]
fn what_has_no_answer_is_asked_and_never_sent() {
	let tasks = vec![
		task(1),
		Task {
			opening: None,
			..revealing(2)
		},
		Task {
			phase: Phase::Commit { until: 110 },
			..task(3)
		},
	];
	assert_eq!(
		plan(&input(tasks)),
		[2, 0, 1].map(|task| Action::AskVerifier { task }),
		"the most urgent first"
	);
}

#[test]
fn questions_are_limited_to_the_most_urgent() {
	let tasks = (0..5).map(|job| Task {
		phase: Phase::Commit {
			until: 120 - job as u32,
		},
		..task(job)
	});
	assert_eq!(
		plan(&input(tasks.collect())),
		[4, 3, 2].map(|task| Action::AskVerifier { task })
	);
}

#[test]
fn a_commitment_is_of_the_answer() {
	let task = answered(1);
	assert_eq!(
		plan(&input(vec![task.clone()])),
		[Action::Submit {
			auditor: [1; 32],
			key: [11; 32],
			items: vec![Item::Commit {
				job: 1,
				sitting: task.sitting,
				commitment: own_commitment(&task)
			}],
			tasks: vec![0],
		}]
	);
}

#[test]
fn only_what_was_committed_to_is_revealed() {
	let good = revealing(1);
	let other = Task {
		opening: Some(opening(Verdict::Unavailable)),
		..revealing(2)
	};
	assert_eq!(
		plan(&input(vec![other, good])),
		[
			Action::Forget { task: 0 },
			Action::Submit {
				auditor: [1; 32],
				key: [11; 32],
				items: vec![Item::Reveal {
					job: 1,
					opening: opening(Verdict::Valid)
				}],
				tasks: vec![1],
			}
		]
	);
}

#[test]
fn what_cannot_land_in_time_is_left() {
	for (until, expected) in [(99, 0), (100, 0), (101, 1)] {
		let phase = Phase::Commit { until };
		let (asked, sent) = (Task { phase, ..task(1) }, Task { phase, ..answered(2) });
		assert_eq!(plan(&input(vec![asked])).len(), expected, "until {until}");
		assert_eq!(plan(&input(vec![sent])).len(), expected, "until {until}");
	}
}

#[test]
fn an_item_is_sent_again_only_after_a_while() {
	let cases = [
		(None, true),
		(Some(100), false),
		(Some(97), false),
		(Some(96), true),
		(Some(3), true),
	];
	for (sent_at, again) in cases {
		let actions = plan(&input(vec![Task {
			sent_at,
			..answered(1)
		}]));
		assert_eq!(batches(&actions).len() == 1, again, "sent at {sent_at:?}");
	}
	let undone = Task {
		sent_at: Some(105),
		..answered(1)
	};
	assert_eq!(
		batches(&plan(&input(vec![undone]))).len(),
		1,
		"sent on a fork that was undone"
	);
}

#[test]
fn batches_keep_auditors_keys_and_phases_apart() {
	let tasks = vec![
		answered(5),
		revealing(1),
		answered(2),
		Task {
			auditor: [2; 32],
			..answered(3)
		},
		Task {
			key: [12; 32],
			..answered(4)
		},
	];
	assert_eq!(
		batches(&plan(&input(tasks))),
		[
			(false, vec![2, 5]),
			(true, vec![1]),
			(false, vec![4]),
			(false, vec![3])
		]
	);
}

#[test]
fn a_batch_has_at_most_32_items() {
	let actions = plan(&input((0..70).map(answered).collect()));
	let sizes: Vec<_> = batches(&actions)
		.into_iter()
		.map(|(_, jobs)| jobs.len())
		.collect();
	assert_eq!(sizes, [32, 32, 6]);
}

fn any_task() -> impl Strategy<Value = Task> {
	(
		(0u8..3, 0u8..2, 0u64..200, 90u32..130),
		prop::option::of(prop_oneof![Just(Verdict::Valid), Just(Verdict::Unavailable)]),
		prop::option::of(prop_oneof![Just(Verdict::Valid), Just(Verdict::Unavailable)]),
		prop::option::of(80u32..110),
	)
		.prop_map(|((who, key, job, until), answer, committed, sent_at)| {
			let base = Task {
				auditor: [who; 32],
				key: [key; 32],
				opening: committed.map(opening),
				..task(job)
			};
			let phase = match committed {
				None => Phase::Commit { until },
				Some(_) => Phase::Reveal {
					until,
					commitment: own_commitment(&base),
				},
			};
			Task {
				phase,
				opening: answer.map(opening),
				sent_at,
				..base
			}
		})
}

proptest! {
	#[test]
	fn no_vote_without_an_answer_and_no_other_than_the_answer(
		tasks in prop::collection::vec(any_task(), 0..80),
	) {
		let input = input(tasks);
		let mut seen = BTreeSet::new();
		for action in plan(&input) {
			match action {
				Action::AskVerifier { task } => prop_assert!(input.tasks[task].opening.is_none()),
				Action::Forget { task } => prop_assert!(input.tasks[task].opening.is_some()),
				Action::Submit { auditor, key, items, tasks } => {
					prop_assert!((1..=32).contains(&items.len()));
					prop_assert_eq!(items.len(), tasks.len());
					for (item, number) in items.iter().zip(tasks) {
						let task = &input.tasks[number];
						prop_assert!(seen.insert(number), "sent twice");
						prop_assert_eq!((task.auditor, task.key, task.job), (auditor, key, item.job()));
						prop_assert!(task.phase.until() > input.now);
						let answer = task.opening.expect("no vote without an answer");
						match (item, task.phase) {
							(Item::Commit { commitment, .. }, Phase::Commit { .. }) => {
								prop_assert_eq!(*commitment, own_commitment(task));
							},
							(Item::Reveal { opening, .. }, Phase::Reveal { commitment, .. }) => {
								prop_assert_eq!(*opening, answer);
								prop_assert_eq!(commitment, own_commitment(task));
							},
							_ => prop_assert!(false, "the wrong phase"),
						}
					}
				},
			}
		}
	}
}

//! The path of a job, its detours, and every moment at which the process may be killed.

use super::{
	core::{
		Action, Answer, Canary, ChainStatus, Event, JOBS_PER_SLOT, LAST_BLOCKS, Limits,
		MAX_TICKETS_OF_CALLER, OpenTicket, Phase, RESUBMIT_AFTER, State, Transition, Write, apply,
	},
	samples,
};
use proptest::prelude::*;
use receipt::{Hash, JobId, canary::CanaryOpening};

const LIMITS: Limits = Limits {
	slots: 1,
	keep_blocks: 10,
};

/// A core with a memory that plays the disk.
struct World {
	state: State,
	disk: State,
}

impl World {
	fn new() -> Self {
		Self {
			state: State::default(),
			disk: State::default(),
		}
	}

	fn feed(&mut self, event: Event) -> Transition {
		let (state, transition) = apply(std::mem::take(&mut self.state), &LIMITS, event);
		self.state = state;
		for write in &transition.writes {
			match write {
				Write::Ticket(hash, record) => {
					self.disk.tickets.insert(*hash, OpenTicket::from(&record.ticket));
				}
				Write::Job(id, job) => {
					self.disk.tickets.remove(&job.ticket);
					self.disk.jobs.insert(*id, job.clone());
				}
				Write::ForgetTicket(hash) => {
					self.disk.tickets.remove(hash);
				}
				Write::ForgetJob { job, .. } => {
					self.disk.jobs.remove(job);
					self.disk.canaries.remove(job);
				}
				Write::NextJob(job) => self.disk.next_job = *job,
				Write::Canary(job, canary) => {
					self.disk.canaries.insert(*job, canary.opening.into());
				}
				Write::Transcript(..) | Write::Answer(..) => {}
			}
		}
		transition
	}

	/// Kills the process and starts it again.
	fn kill(&mut self) -> Transition {
		self.state = State {
			block: 0,
			best: 0,
			..self.disk.clone()
		};
		self.feed(Event::Restarted)
	}

	fn give_ticket(&mut self, number: u8) -> Hash {
		let record = samples::record(number);
		let hash = record.ticket.hash();
		let transition = self.feed(Event::TicketMade(Box::new(record)));
		assert_eq!(transition.actions, [Action::GiveTicket(hash)]);
		hash
	}

	fn assign(&mut self, job: JobId, ticket: Hash) -> Transition {
		self.feed(Event::Assigned {
			job,
			ticket,
			seed: [5; 32],
			deliver_by: 30,
		})
	}

	fn finish(&mut self, job: JobId, number: u8) -> Transition {
		self.feed(ran(job, number))
	}

	fn block(&mut self, block: u32, statuses: &[(JobId, ChainStatus)]) -> Transition {
		self.feed(Event::Finalized {
			block,
			next_job: 0,
			statuses: statuses.to_vec(),
		})
	}
}

fn ran(job: JobId, number: u8) -> Event {
	let record = samples::record(number);
	Event::Ran {
		job,
		transcript: Box::new(samples::transcript(job, &record)),
		answer: Box::new(Answer { ..samples::answer() }),
		receipt: Box::new(samples::receipt(job, &record)),
		signature: [1; 64],
		canary: None,
	}
}

fn opening() -> CanaryOpening {
	CanaryOpening {
		salt: [1; 32],
		transcript: [2; 32],
		fingerprint: [3; 32],
		pre_output: [4; 32],
		proof: [5; 64],
	}
}

#[test]
fn a_canary_is_opened_when_the_chain_asks_again_while_it_does_and_after_a_restart() {
	let mut world = World::new();
	let ticket = world.give_ticket(1);
	world.assign(7, ticket);
	let Event::Ran {
		job,
		transcript,
		answer,
		receipt,
		signature,
		..
	} = ran(7, 1)
	else {
		unreachable!("it is that event")
	};
	let truth = (*transcript).clone();
	world.feed(Event::Ran {
		job,
		transcript,
		answer,
		receipt,
		signature,
		canary: Some(Box::new(Canary {
			opening: opening(),
			truth,
		})),
	});
	let opens = Action::OpenCanary(7, Box::new(opening()));
	assert!(world.block(5, &[(7, ChainStatus::Delivered)]).actions.is_empty());
	assert_eq!(
		world.block(6, &[(7, ChainStatus::Openable)]).actions,
		std::slice::from_ref(&opens)
	);
	assert!(world.block(7, &[(7, ChainStatus::Openable)]).actions.is_empty());
	world.feed(Event::NotSubmitted(7));
	assert_eq!(
		world.block(8, &[(7, ChainStatus::Openable)]).actions,
		std::slice::from_ref(&opens)
	);
	world.kill();
	assert_eq!(world.block(9, &[(7, ChainStatus::Openable)]).actions, [opens]);
	assert!(world.block(10, &[(7, ChainStatus::Delivered)]).actions.is_empty());
	world.block(12, &[(7, ChainStatus::Ended)]);
	world.block(12 + LIMITS.keep_blocks + 1, &[(7, ChainStatus::Ended)]);
	assert!(world.state.jobs.is_empty() && world.state.canaries.is_empty());
}

#[test]
fn a_job_that_is_no_canary_is_never_opened() {
	let mut world = World::new();
	let ticket = world.give_ticket(1);
	world.assign(7, ticket);
	world.finish(7, 1);
	for block in 5..30 {
		let transition = world.block(block, &[(7, ChainStatus::Openable)]);
		assert!(transition.actions.is_empty(), "{:?}", transition.actions);
	}
}

fn has_run(transition: &Transition, id: JobId) -> bool {
	transition
		.actions
		.iter()
		.any(|action| matches!(action, Action::Run { job, .. } if *job == id))
}

fn has_delivery(transition: &Transition, id: JobId) -> bool {
	transition
		.actions
		.iter()
		.any(|action| matches!(action, Action::Deliver { receipt, .. } if receipt.job == id))
}

#[test]
fn a_job_goes_from_ticket_to_forgotten() {
	let mut world = World::new();
	let ticket = world.give_ticket(1);
	assert!(has_run(&world.assign(7, ticket), 7));
	assert!(
		world.assign(7, ticket).actions.is_empty(),
		"the same job is shown in every block"
	);

	let transition = world.finish(7, 1);
	let transcript = samples::receipt(7, &samples::record(1)).transcript;
	assert!(
		transition
			.writes
			.iter()
			.any(|write| matches!(write, Write::Transcript(hash, _) if *hash == transcript))
	);
	assert_eq!(transition.actions[0], Action::Announce(ticket));
	assert!(has_delivery(&transition, 7));

	world.block(5, &[(7, ChainStatus::Delivered)]);
	assert_eq!(
		world.state.jobs[&7].phase,
		Phase::Kept {
			transcript,
			until: None
		}
	);
	world.block(12, &[(7, ChainStatus::Ended)]);
	world.block(22, &[(7, ChainStatus::Ended)]);
	assert!(
		world.state.jobs.contains_key(&7),
		"kept for ten blocks after it has ended in block 12"
	);
	let transition = world.block(23, &[(7, ChainStatus::Ended)]);
	assert_eq!(
		transition.writes,
		[Write::ForgetJob {
			job: 7,
			ticket,
			transcript: Some(transcript)
		}]
	);
	assert!(world.state.jobs.is_empty());
}

#[test]
fn a_receipt_is_delivered_until_the_chain_shows_it() {
	let mut world = World::new();
	let ticket = world.give_ticket(1);
	world.block(1, &[]);
	world.assign(7, ticket);
	world.finish(7, 1);
	for block in 2..1 + RESUBMIT_AFTER {
		assert!(
			world
				.block(block, &[(7, ChainStatus::Assigned)])
				.actions
				.is_empty(),
			"too early in block {block}"
		);
	}
	assert!(has_delivery(
		&world.block(1 + RESUBMIT_AFTER, &[(7, ChainStatus::Assigned)]),
		7
	));
	assert!(
		world
			.block(2 + RESUBMIT_AFTER, &[(7, ChainStatus::Assigned)])
			.actions
			.is_empty()
	);
	assert!(
		world.block(40, &[(7, ChainStatus::Assigned)]).actions.is_empty(),
		"block 30 was the last"
	);
}

#[test]
fn slots_are_respected_and_the_oldest_goes_first() {
	let mut world = World::new();
	let tickets: Vec<_> = (1..=3).map(|number| world.give_ticket(number)).collect();
	assert!(has_run(&world.assign(5, tickets[0]), 5));
	assert!(world.assign(9, tickets[1]).actions.is_empty());
	assert!(world.assign(6, tickets[2]).actions.is_empty());
	let transition = world.finish(5, 1);
	assert!(has_run(&transition, 6) && !has_run(&transition, 9));
}

#[test]
fn a_failed_run_is_repeated_once_and_then_cancelled() {
	let mut world = World::new();
	let ticket = world.give_ticket(1);
	world.assign(7, ticket);
	let failed = || Event::RunFailed {
		job: 7,
		reason: "out of memory".into(),
	};
	assert!(has_run(&world.feed(failed()), 7));
	let transition = world.feed(failed());
	assert_eq!(
		transition.actions,
		[
			Action::AnnounceFailure(ticket, "out of memory".into()),
			Action::Cancel(7)
		]
	);
	assert_eq!(
		world.block(20, &[(7, ChainStatus::Assigned)]).actions,
		[Action::Cancel(7)]
	);
	world.block(21, &[(7, ChainStatus::Ended)]);
	assert!(world.state.jobs.is_empty());
}

#[test]
fn a_job_whose_input_was_lost_is_cancelled() {
	let mut world = World::new();
	let transition = world.assign(7, [9; 32]);
	assert!(transition.actions.contains(&Action::Cancel(7)));
	assert!(!has_run(&transition, 7));
}

#[test]
fn a_job_that_cannot_be_in_time_is_cancelled_although_nothing_is_finalized() {
	let mut world = World::new();
	let tickets: Vec<_> = (1..=2).map(|number| world.give_ticket(number)).collect();
	world.block(2, &[]);
	world.assign(7, tickets[0]);
	world.assign(8, tickets[1]);
	let last = 30 - LAST_BLOCKS;
	assert!(world.feed(Event::Best(last)).actions.is_empty(), "still in time");
	let transition = world.feed(Event::Best(last + 1));
	let reason = "the node cannot deliver in time";
	let expected = [(tickets[0], 7), (tickets[1], 8)]
		.into_iter()
		.flat_map(|(ticket, job)| {
			[
				Action::AnnounceFailure(ticket, reason.into()),
				Action::Cancel(job),
			]
		});
	assert_eq!(transition.actions, expected.collect::<Vec<_>>());
	assert!(
		world.finish(7, 1).actions.is_empty(),
		"what ends after that is not delivered"
	);
	assert_eq!(world.state.jobs, world.disk.jobs);
}

#[test]
fn a_job_that_has_run_is_delivered_to_the_last_block() {
	let mut world = World::new();
	let ticket = world.give_ticket(1);
	world.assign(7, ticket);
	world.finish(7, 1);
	assert!(world.feed(Event::Best(29)).actions.is_empty());
	assert!(has_delivery(&world.block(30, &[(7, ChainStatus::Assigned)]), 7));
}

#[test]
fn a_job_beyond_what_can_be_run_is_cancelled_at_once() {
	let mut world = World::new();
	let jobs = 1..=JOBS_PER_SLOT as u8 + 1;
	let tickets: Vec<_> = jobs.clone().map(|number| world.give_ticket(number)).collect();
	for (job, ticket) in jobs.zip(tickets) {
		let transition = world.assign(job.into(), ticket);
		assert_eq!(
			transition.actions.contains(&Action::Cancel(job.into())),
			usize::from(job) > JOBS_PER_SLOT,
			"job {job}"
		);
	}
	assert_eq!(world.state.jobs, world.disk.jobs);
}

#[test]
fn what_was_not_taken_is_submitted_again_with_the_next_block() {
	let mut world = World::new();
	let ticket = world.give_ticket(1);
	world.block(11, &[]);
	world.assign(7, ticket);
	world.finish(7, 1);
	assert!(world.feed(Event::NotSubmitted(7)).actions.is_empty());
	assert_eq!(world.state.jobs, world.disk.jobs);
	assert!(has_delivery(&world.block(12, &[(7, ChainStatus::Assigned)]), 7));
	let transition = world.block(13, &[(7, ChainStatus::Assigned)]);
	assert!(
		!has_delivery(&transition, 7),
		"that one is on its way and is waited for"
	);
}

#[test]
fn no_more_is_promised_than_can_be_run_and_no_caller_has_all_of_it() {
	let mut world = World::new();
	let caller = samples::record(1).ticket.caller;
	let (own, all) = (JOBS_PER_SLOT as u8 * 3 / 4, JOBS_PER_SLOT as u8);
	for number in 1..=own {
		assert_eq!(world.state.room_for(&caller, &LIMITS), Ok(()), "ticket {number}");
		world.give_ticket(number);
	}
	assert!(world.state.room_for(&caller, &LIMITS).is_err());
	for number in own + 1..=all {
		assert_eq!(world.state.room_for(&[9; 32], &LIMITS), Ok(()), "ticket {number}");
		world.give_ticket(number);
	}
	assert!(
		world.state.room_for(&[9; 32], &LIMITS).is_err(),
		"all is promised"
	);

	// A promise that is kept takes no second place, and one that nobody used is free again.
	world.assign(7, samples::record(1).ticket.hash());
	assert!(world.state.room_for(&[9; 32], &LIMITS).is_err());
	world.finish(7, 1);
	assert_eq!(world.state.room_for(&[9; 32], &LIMITS), Ok(()));
	world.block(21, &[]);
	assert_eq!(
		world.state.room_for(&caller, &LIMITS),
		Ok(()),
		"the tickets have expired"
	);
	assert_eq!(world.state.busy(), 0);
}

#[test]
fn who_is_refused_is_told_when_to_come_again() {
	let mut world = World::new();
	for number in 1..=JOBS_PER_SLOT as u8 {
		world.give_ticket(number);
	}
	let after = |state: &State| state.room_for(&[9; 32], &LIMITS).expect_err("all is promised");
	assert_eq!(after(&world.state), 4);
	// The tickets' last block is 20.
	world.block(19, &[]);
	assert_eq!(after(&world.state), 2);
	world.block(20, &[]);
	assert_eq!(after(&world.state), 1);
}

#[test]
fn a_node_with_many_slots_gives_one_caller_no_more_than_eight() {
	let limits = Limits { slots: 100, ..LIMITS };
	let mut world = World::new();
	let caller = samples::record(1).ticket.caller;
	for number in 1..=MAX_TICKETS_OF_CALLER as u8 {
		assert_eq!(world.state.room_for(&caller, &limits), Ok(()), "ticket {number}");
		world.give_ticket(number);
	}
	assert!(world.state.room_for(&caller, &limits).is_err());
	assert_eq!(world.state.room_for(&[9; 32], &limits), Ok(()));
}

#[test]
fn unused_tickets_are_forgotten_after_their_last_block() {
	let mut world = World::new();
	let ticket = world.give_ticket(1);
	assert!(
		world.block(20, &[]).writes.is_empty(),
		"a request of block 20 is seen with block 20"
	);
	assert_eq!(world.block(21, &[]).writes, [Write::ForgetTicket(ticket)]);
}

#[test]
fn a_kill_during_a_run_repeats_it_and_a_kill_after_it_does_not() {
	let mut world = World::new();
	let ticket = world.give_ticket(1);
	world.assign(7, ticket);
	assert!(has_run(&world.kill(), 7));
	world.finish(7, 1);
	assert!(!has_run(&world.kill(), 7));
	// The block is unknown after a start, so the first look repeats the delivery if it is needed.
	assert!(has_delivery(&world.block(12, &[(7, ChainStatus::Assigned)]), 7));
	assert!(
		world.finish(7, 1).writes.is_empty(),
		"a second result of the same job changes nothing"
	);
}

#[test]
fn the_same_ticket_asked_for_again_does_not_outlive_its_job() {
	let mut world = World::new();
	let ticket = world.give_ticket(1);
	world.assign(7, ticket);
	world.give_ticket(1);
	let transition = world.block(29, &[(7, ChainStatus::Assigned)]);
	assert!(
		!transition.writes.contains(&Write::ForgetTicket(ticket)),
		"the input is needed by the run"
	);
}

#[test]
fn jobs_that_were_looked_at_are_not_looked_at_after_a_kill() {
	let mut world = World::new();
	world.feed(Event::Finalized {
		block: 3,
		next_job: 8,
		statuses: vec![],
	});
	world.kill();
	assert_eq!(world.state.next_job, 8);
}

proptest! {
	/// Whatever happens, in any order, with kills anywhere: the saved state equals the live one, no
	/// more jobs run than there are slots, and a job that the chain ended is forgotten in the end.
	#[test]
	fn nothing_is_lost(steps in proptest::collection::vec((0u8..9, 0u8..4), 1..80)) {
		let mut world = World::new();
		let mut block = 0;
		for (step, which) in steps {
			let job = JobId::from(which);
			match step {
				0 => drop(world.feed(Event::TicketMade(Box::new(samples::record(which))))),
				1 => drop(world.assign(job, samples::record(which).ticket.hash())),
				2 => drop(world.finish(job, which)),
				3 => drop(world.feed(Event::RunFailed { job, reason: "reason".into() })),
				4 => drop(world.kill()),
				7 => drop(world.feed(Event::NotSubmitted(job))),
				8 => drop(world.feed(Event::Best(block + u32::from(which)))),
				5 => {
					block += 3;
					drop(world.block(block, &[(job, ChainStatus::Delivered)]));
				},
				_ => {
					block += 1;
					drop(world.block(block, &[(job, ChainStatus::Assigned)]));
				},
			}
			let running = world.state.jobs.values().filter(|job| job.phase == Phase::Running).count();
			prop_assert!(running <= usize::from(LIMITS.slots));
			prop_assert_eq!(&world.disk.jobs, &world.state.jobs);
			for ticket in world.state.tickets.keys() {
				prop_assert!(world.disk.tickets.contains_key(ticket));
			}
		}
		let all: Vec<_> = world.state.jobs.keys().map(|job| (*job, ChainStatus::Ended)).collect();
		world.block(block + 1, &all);
		world.block(block + 1 + LIMITS.keep_blocks + 1, &[]);
		prop_assert!(world.state.jobs.is_empty());
		prop_assert!(world.disk.jobs.is_empty());
	}
}

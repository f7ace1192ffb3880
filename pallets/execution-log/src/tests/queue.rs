//! Due steps, with and without the hooks, failing ones, and pruning.

use super::*;
use frame_support::{traits::Hooks, weights::Weight};

/// Goes on without any step of the hooks; only the randomness is kept.
fn advance_without_hooks(blocks: u32) {
	for _ in 0..blocks {
		let now = System::block_number() + 1;
		System::set_block_number(now);
		Log::record_randomness(now);
		check();
	}
}

fn settle(id: u64) -> frame_support::dispatch::DispatchResult {
	Log::settle(signed(&OTHER), id)
}

#[test]
fn nothing_depends_on_the_hooks() {
	new_test_ext().execute_with(|| {
		let id = delivered(1);
		let lost = requested(2);
		assert_noop!(settle(id), Refused::NotDue);
		advance_without_hooks(4);
		assert_ok!(settle(id));
		for who in committee(id) {
			commit(id, &who, Verdict::Valid);
		}
		assert_noop!(settle(id), Refused::NotDue);
		advance_without_hooks(2);
		for who in committee(id) {
			reveal(id, &who, Verdict::Valid);
		}
		assert_ok!(settle(id));
		assert!(matches!(state(id), JobState::Payable { .. }));
		assert_noop!(settle(id), Refused::NotDue);
		advance_without_hooks(3);
		assert_ok!(settle(id));
		assert!(matches!(state(id), JobState::Settled { .. }));
		assert_noop!(settle(id), Refused::NotDue);
		assert_noop!(settle(77), Refused::JobNotFound);
		assert_noop!(settle(lost), Refused::NotDue);
		advance_without_hooks(2);
		assert_ok!(settle(lost));
		assert!(matches!(state(lost), JobState::TimedOut { .. }));
		check();
	});
}

#[test]
fn phases_end_without_the_hooks_too() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		let members = committee(id);
		for who in &members[..3] {
			commit(id, who, Verdict::Valid);
		}
		advance_without_hooks(5);
		assert_noop!(settle(id), Refused::NotDue);
		advance_without_hooks(1);
		assert_ok!(settle(id));
		assert_noop!(settle(id), Refused::NotDue);
		advance_without_hooks(1);
		for who in &members[..2] {
			reveal(id, who, Verdict::Valid);
		}
		advance_without_hooks(6);
		assert_ok!(settle(id));
		assert!(matches!(
			state(id),
			JobState::Delivered {
				draw: Draw::Who(Stage::Jury),
				..
			}
		));
		assert_eq!(downtimes(), [members[2].clone(), members[3].clone()]);
	});
}

#[test]
fn a_block_takes_a_bounded_number_of_steps_and_the_rest_waits() {
	new_test_ext().execute_with(|| {
		let ids: Vec<_> = (0..20).map(requested).collect();
		advance_without_hooks(11);
		let over = || ids.iter().filter(|id| state(**id).ended_at().is_some()).count();
		let now = System::block_number();
		let weight = Log::on_initialize(now);
		assert_eq!(over(), 8);
		assert!(weight.all_gte(Log::step_weight() * 8));
		// What is left of the block takes what it can.
		assert_eq!(Log::on_idle(now, Log::step_weight() * 3), Log::step_weight() * 3);
		assert_eq!(over(), 11);
		assert_eq!(Log::on_idle(now, Weight::from_parts(10, 10)), Weight::zero());
		assert_eq!(over(), 11);
		advance(2);
		assert_eq!(over(), 20);
		assert_eq!(Log::node_stats(NODE).timed_out, 20);
	});
}

#[test]
fn a_step_that_fails_is_parked_and_can_be_taken_later() {
	new_test_ext().execute_with(|| {
		let (id, other) = (drawn(1), delivered(2));
		audit(id, &[VALID; 4]);
		BrokenQuote::set(&true);
		advance(5);
		assert_eq!(Parked::<Test>::get(id), Some(Refused::NoSuchVersion.into()));
		assert!(matches!(state(id), JobState::Payable { .. }));
		assert!(
			matches!(state(other), JobState::Auditing { .. }),
			"the others went on"
		);
		assert_noop!(settle(id), Refused::NoSuchVersion);
		BrokenQuote::set(&false);
		assert_ok!(settle(id));
		assert!(matches!(state(id), JobState::Settled { .. }));
		assert_eq!(Parked::<Test>::get(id), None);
		check();
	});
}

#[test]
fn a_payout_that_does_not_sum_is_undone() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		audit(id, &[VALID; 4]);
		let before = (free(&NODE), free(&POT), free(&TREASURY));
		ShortPayout::set(&true);
		advance(5);
		assert_eq!(Parked::<Test>::get(id), Some(Refused::PayoutsDoNotSum.into()));
		assert_eq!(before, (free(&NODE), free(&POT), free(&TREASURY)));
		assert_eq!(held(HoldReason::Fee, &CALLER), 2_000);
		ShortPayout::set(&false);
		assert_ok!(settle(id));
		check();
	});
}

#[test]
fn what_can_never_settle_is_refunded_in_the_end() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		audit(id, &[VALID; 4]);
		let JobState::Payable { settle_at, .. } = state(id) else {
			panic!("it was judged")
		};
		BrokenQuote::set(&true);
		advance(settle_at + 40 - System::block_number());
		assert_noop!(settle(id), Refused::NoSuchVersion);
		advance(1);
		assert_ok!(settle(id));
		let at = System::block_number();
		assert_eq!(
			state(id),
			JobState::Refunded {
				at,
				reason: RefundReason::Unsettled
			}
		);
		assert_eq!((held(HoldReason::Fee, &CALLER), free(&CALLER)), (0, RICH - 500));
		assert_eq!(Log::node_stats(NODE).unsettled, 1);
		assert!(frauds().is_empty() && downtimes().is_empty());
		check();
	});
}

#[test]
fn an_old_record_can_be_pruned_by_anybody() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		assert_noop!(Log::prune(signed(&OTHER), id), Refused::NotEnded);
		audit(id, &[VALID; 4]);
		advance(4);
		let ended = state(id).ended_at().expect("it settled");
		advance(ended + 40 - System::block_number());
		assert_noop!(Log::prune(signed(&OTHER), id), Refused::TooEarlyToPrune);
		advance(1);
		let job = Log::job(id).expect("it stands");
		let before = free(&CALLER);
		assert_ok!(Log::prune(signed(&OTHER), id));
		assert_eq!(
			(free(&CALLER), held(HoldReason::Record, &CALLER)),
			(before + 500, 0)
		);
		assert_eq!((Log::job(id), Log::job_of_ticket(job.ticket_hash)), (None, None));
		assert_noop!(Log::prune(signed(&OTHER), id), Refused::JobNotFound);
		assert_noop!(request(job.ticket), Refused::TicketExpired);
		check();
	});
}

#[test]
fn every_end_leads_to_pruning() {
	new_test_ext().execute_with(|| {
		let (cancelled, timed_out) = (requested(1), requested(2));
		assert_ok!(Log::cancel(signed(&NODE), cancelled));
		let refunded = drawn(3);
		audit(refunded, &[INVALID; 4]);
		advance(60);
		for id in [cancelled, timed_out, refunded] {
			assert_ok!(Log::prune(signed(&CALLER), id));
			check();
		}
		assert_eq!(free(&CALLER), RICH);
	});
}

#[test]
fn jobs_are_read_in_pages() {
	new_test_ext().execute_with(|| {
		// As many as eight auditors can bear.
		AuditorCount::set(&8);
		for nonce in 0..60 {
			requested(nonce);
		}
		let numbers = |start, limit| {
			Log::jobs(start, limit)
				.into_iter()
				.map(|(id, _)| id)
				.collect::<Vec<_>>()
		};
		assert_eq!(numbers(0, 3), [0, 1, 2]);
		assert_eq!(numbers(0, 1_000).len(), 50);
		assert_eq!(numbers(58, 10), [58, 59]);
		assert_eq!(numbers(u64::MAX, 10), [] as [u64; 0]);
		assert_eq!(Log::next_job(), 60);
	});
}

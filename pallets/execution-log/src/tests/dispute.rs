//! Callers that object: to jobs that nobody drew, and to verdicts.

use super::{sampled::*, *};
use receipt::{Ticket, Tier};
use verification::penalty::finder_reward;

pub(super) fn dispute(who: &AccountId32, id: u64) -> frame_support::dispatch::DispatchResult {
	Log::dispute(signed(who), id)
}

/// A sampled job that the draw left alone.
fn undrawn(nonce: u8) -> u64 {
	audited_with(HARDLY_EVER);
	let id = sampled(nonce);
	advance(4);
	assert!(matches!(state(id), JobState::Payable { .. }));
	assert_eq!(Log::job(id).and_then(|job| job.class), None);
	id
}

/// The same, disputed, and before its court.
fn disputed(nonce: u8) -> u64 {
	let id = undrawn(nonce);
	assert_ok!(dispute(&CALLER, id));
	advance(4);
	assert_eq!(stage(id), Stage::Panel);
	id
}

/// A replicated job that a panel passed.
fn passed_by_a_panel(nonce: u8) -> u64 {
	let id = drawn(nonce);
	audit(id, &[VALID; 4]);
	assert!(matches!(state(id), JobState::Payable { .. }));
	id
}

fn outcome(id: u64) -> DisputeOutcome {
	let job = Log::job(id).expect("it exists");
	job.audit.dispute.expect("it was disputed").outcome
}

fn refunded(id: u64) -> RefundReason {
	match state(id) {
		JobState::Refunded { reason, .. } => reason,
		other => panic!("not refunded: {other:?}"),
	}
}

/// What the caller lacks: the fees and deposits that are still somewhere.
fn spent() -> Planck {
	RICH - free(&CALLER)
}

fn record() -> Planck {
	test_terms().jobs.record_deposit
}

/// How long the stage that sits has for its commitments, as it was drawn in this block.
fn commit_window(id: u64) -> u32 {
	match state(id) {
		JobState::Auditing { commit_until, .. } => commit_until - System::block_number(),
		other => panic!("nobody audits it: {other:?}"),
	}
}

#[test]
fn a_caller_that_is_right_has_everything_back_and_the_node_an_incident() {
	new_test_ext().execute_with(|| {
		let id = undrawn(1);
		let deposit = Log::dispute_deposit(id).expect("it can be disputed");
		assert_ok!(dispute(&CALLER, id));
		assert_eq!(held(HoldReason::Dispute, &CALLER), deposit);
		assert_eq!(
			last_event(),
			Event::Disputed {
				job: id,
				deposit,
				stage: Stage::Panel
			}
		);
		advance(4);
		assert_eq!((stage(id), committee(id).len()), (Stage::Panel, 4));
		audit(id, &[INVALID; 4]);
		assert_eq!(
			(refunded(id), outcome(id)),
			(RefundReason::Invalid, DisputeOutcome::Upheld)
		);
		assert_eq!(held(HoldReason::Dispute, &CALLER), 0);
		assert_eq!(spent(), record());
		let penalty = Log::job(id).expect("it exists").audit.penalty;
		let rules = test_terms().verification;
		assert!(penalty > 0);
		assert!(Rewards::get().is_empty(), "not before the bond has paid");
		assert_eq!(incident().map(|incident| incident.penalty), Some(penalty));
		assert_eq!(Chilled::get(), [NODE]);
		assert_eq!(Credits::get().len(), 4, "the pool pays the court");
		advance(rules.incident_window);
		assert_eq!(Rewards::get(), [(CALLER, finder_reward(&rules, penalty))]);
	});
}

#[test]
fn a_caller_that_is_wrong_pays_the_auditors_and_the_node_is_paid() {
	new_test_ext().execute_with(|| {
		let id = disputed(1);
		let deposit = held(HoldReason::Dispute, &CALLER);
		audit(id, &[VALID; 4]);
		let JobState::Payable { at, settle_at } = state(id) else {
			panic!("{:?}", state(id))
		};
		assert_eq!(outcome(id), DisputeOutcome::Rejected);
		assert_eq!(
			(free(&POOL), held(HoldReason::Dispute, &CALLER)),
			(RICH + deposit, 0)
		);
		assert_eq!(Log::dispute_deposit(id), None);
		assert_noop!(dispute(&CALLER, id), Refused::AlreadyDisputed);
		advance(settle_at - at);
		assert!(matches!(state(id), JobState::Settled { .. }), "{:?}", state(id));
		assert_eq!(Log::node_stats(NODE).audited, 1);
		assert!(incident().is_none() && Rewards::get().is_empty());
	});
}

#[test]
fn what_no_court_decides_is_refunded_and_the_deposit_goes_back() {
	new_test_ext().execute_with(|| {
		let id = disputed(1);
		audit(id, &[VALID, VALID, INVALID, INVALID]);
		assert_eq!(outcome(id), DisputeOutcome::Open);
		advance(3);
		assert_eq!((stage(id), committee(id).len()), (Stage::Jury, 5));
		audit(id, &[VALID, VALID, INVALID, INVALID, UNAVAILABLE]);
		assert_eq!(
			(refunded(id), outcome(id)),
			(RefundReason::NoQuorum, DisputeOutcome::Undecided)
		);
		assert_eq!((spent(), free(&POOL)), (record(), RICH));

		// Nobody comes at all.
		let id = disputed(2);
		advance(40);
		assert_eq!(refunded(id), RefundReason::NoQuorum);
		assert_eq!((outcome(id), spent()), (DisputeOutcome::Undecided, 2 * record()));
	});
}

#[test]
fn a_transcript_that_no_court_can_fetch_costs_the_node_and_not_the_caller() {
	new_test_ext().execute_with(|| {
		let id = disputed(1);
		audit(id, &[UNAVAILABLE; 4]);
		assert_eq!(
			(refunded(id), outcome(id)),
			(RefundReason::Unavailable, DisputeOutcome::Undecided)
		);
		assert_eq!(spent(), record());
		assert_eq!(downtimes(), [NODE]);
		assert!(Rewards::get().is_empty());
	});
}

#[test]
fn where_too_few_could_judge_a_dispute_is_refused_and_one_that_stands_is_refunded() {
	new_test_ext().execute_with(|| {
		let id = undrawn(1);
		AuditorCount::set(&3);
		assert_eq!(Log::dispute_deposit(id), None);
		assert_noop!(dispute(&CALLER, id), Refused::TooFewAuditors);
		AuditorCount::set(&4);
		assert_ok!(dispute(&CALLER, id));
		AuditorCount::set(&3);
		advance(4);
		assert_eq!(
			(refunded(id), outcome(id)),
			(RefundReason::NoQuorum, DisputeOutcome::Undecided)
		);
		assert_eq!(spent(), record());
	});
}

#[test]
fn only_the_caller_disputes_and_only_what_waits_for_its_payment() {
	new_test_ext().execute_with(|| {
		assert_noop!(dispute(&CALLER, 0), Refused::JobNotFound);
		let id = requested(1);
		assert_noop!(dispute(&CALLER, id), Refused::WrongState);
		assert_ok!(deliver(receipt_for(id)));
		assert_noop!(dispute(&CALLER, id), Refused::WrongState);
		advance(4);
		assert_noop!(dispute(&CALLER, id), Refused::WrongState);
		audit(id, &[VALID; 4]);
		for stranger in [OTHER, NODE, auditor(0)] {
			assert_noop!(dispute(&stranger, id), Refused::NotTheCaller);
		}
		assert_noop!(Log::dispute(RuntimeOrigin::root(), id), DispatchError::BadOrigin);
		advance(test_terms().jobs.dispute_window);
		assert!(matches!(state(id), JobState::Settled { .. }));
		assert_noop!(dispute(&CALLER, id), Refused::WrongState);
		assert_eq!(Log::dispute_deposit(id), None);
	});
}

#[test]
fn the_block_before_the_settlement_is_the_last_one() {
	new_test_ext().execute_with(|| {
		let [first, second] = [undrawn(1), undrawn(2)];
		let JobState::Payable { settle_at, .. } = state(first) else {
			panic!("{:?}", state(first))
		};
		// The payments fail, so that the jobs still wait when they should be paid.
		BrokenQuote::set(&true);
		advance(settle_at - System::block_number());
		assert!(matches!(state(first), JobState::Payable { .. }));
		assert_noop!(dispute(&CALLER, first), Refused::TooLate);
		let JobState::Payable { settle_at, .. } = state(second) else {
			panic!("{:?}", state(second))
		};
		advance(settle_at - 2 - System::block_number());
		assert!(Log::dispute_deposit(second).is_some());
		advance(1);
		assert_eq!(Log::dispute_deposit(second), None, "the next block pays it");
		assert_ok!(dispute(&CALLER, second));
	});
}

#[test]
fn a_private_job_is_nobodys_to_look_at() {
	new_test_ext().execute_with(|| {
		let id = Log::next_job();
		assert_ok!(request(Ticket {
			tier: Tier::Private,
			..ticket(1)
		}));
		assert_ok!(deliver(receipt_for(id)));
		assert!(matches!(state(id), JobState::Payable { .. }));
		assert_noop!(dispute(&CALLER, id), Refused::PrivateJob);
		assert_eq!(Log::dispute_deposit(id), None);
	});
}

#[test]
fn the_deposit_is_what_the_audits_may_cost_and_who_lacks_it_is_refused() {
	new_test_ext().execute_with(|| {
		let id = undrawn(1);
		let job = Log::job(id).expect("it exists");
		let cost = job.audit.node_part * 4;
		// 20 % for each of four seats, rounded up.
		let deposit = cost.div_ceil(5);
		assert!(deposit > test_terms().jobs.min_dispute_deposit);
		assert_eq!(Log::dispute_deposit(id), Some(deposit));
		let money = free(&CALLER);
		assert_ok!(Balances::force_set_balance(
			RuntimeOrigin::root(),
			CALLER,
			deposit
		));
		let before = Log::job(id);
		assert!(dispute(&CALLER, id).is_err(), "the account would end");
		assert_eq!((Log::job(id), held(HoldReason::Dispute, &CALLER)), (before, 0));
		assert_ok!(Balances::force_set_balance(RuntimeOrigin::root(), CALLER, money));
		assert_ok!(dispute(&CALLER, id));

		// A job so cheap that the least counts. Its terms are those of its request.
		change(|terms| {
			terms.verification.probation = 0;
			terms.verification.base_audit = HARDLY_EVER;
			terms.verification.always_audit_fee = Planck::MAX;
			terms.jobs.min_dispute_deposit = 77_777;
		});
		let id = sampled(2);
		advance(4);
		assert_eq!(Log::dispute_deposit(id), Some(77_777));
	});
}

#[test]
fn who_passed_it_alone_does_not_judge_it_again_and_pays_if_it_was_clearly_wrong() {
	new_test_ext().execute_with(|| {
		let id = sampled(1);
		advance(4);
		let first = committee(id)[0].clone();
		audit_alone(id, Verdict::Valid);
		assert_eq!(Credits::get().get(&first), Some(&1));
		assert_ok!(dispute(&CALLER, id));
		let job = Log::job(id).expect("it exists");
		assert_eq!((job.class, job.quorum.len(), job.committee.len()), (None, 0, 0));
		assert_eq!(job.audit.earlier.len(), 1);
		advance(4);
		assert_eq!(stage(id), Stage::Panel);
		assert!(committee(id).len() == 4 && !committee(id).contains(&first));
		audit(id, &[INVALID; 4]);
		assert_eq!(outcome(id), DisputeOutcome::Upheld);
		let slashed: Vec<_> = FalseAttestations::get().into_iter().map(|(who, _)| who).collect();
		assert_eq!(slashed, std::slice::from_ref(&first));
		assert_eq!(Credits::get().get(&first), Some(&1), "not once more");
		assert_eq!(Credits::get().len(), 5);
		advance(test_terms().verification.incident_window);
		assert_eq!(Rewards::get()[0].0, CALLER);
	});
}

#[test]
fn a_verdict_that_is_confirmed_counts_once() {
	new_test_ext().execute_with(|| {
		let id = sampled(1);
		advance(4);
		let first = committee(id)[0].clone();
		audit_alone(id, Verdict::Valid);
		let reputation = Log::reputation(NODE);
		assert_ok!(dispute(&CALLER, id));
		advance(4);
		audit(id, &[VALID; 4]);
		assert!(matches!(state(id), JobState::Payable { .. }));
		assert_eq!(Log::reputation(NODE), reputation);
		assert_eq!(Credits::get().get(&first), Some(&1));
		assert_eq!(Credits::get().values().sum::<u32>(), 5);
	});
	// An audit that a dispute alone brought about counts like any other.
	new_test_ext().execute_with(|| {
		let id = disputed(1);
		let reputation = Log::reputation(NODE);
		audit(id, &[VALID; 4]);
		assert_ne!(Log::reputation(NODE), reputation);
	});
}

#[test]
fn after_a_panel_a_jury_sits_and_who_is_not_paid_by_the_fee_is_paid_by_the_pool() {
	new_test_ext().execute_with(|| {
		let id = passed_by_a_panel(1);
		let panel = committee(id);
		assert!(Credits::get().is_empty(), "the fee would pay them");
		assert_ok!(dispute(&CALLER, id));
		let deposit = held(HoldReason::Dispute, &CALLER);
		let seats = Planck::from(test_terms().verification.jury);
		let node_part = Log::job(id).expect("it exists").audit.node_part;
		assert_eq!(deposit, (node_part * seats).div_ceil(5));
		advance(4);
		assert_eq!((stage(id), committee(id).len()), (Stage::Jury, 5));
		// One that sat on the panel cannot fetch the transcript this time.
		let away = panel[0].clone();
		let votes: Vec<_> = committee(id)
			.iter()
			.map(|who| if *who == away { UNAVAILABLE } else { VALID })
			.collect();
		audit(id, &votes);
		assert!(matches!(state(id), JobState::Payable { .. }));
		assert_eq!(Credits::get().into_iter().collect::<Vec<_>>(), [(away, 1)]);
		assert_eq!(free(&POOL), RICH + deposit);
		let quorum = Log::job(id).expect("it exists").quorum;
		assert_eq!(quorum.len(), 4, "the jury is paid by the fee");
	});
}

#[test]
fn a_dissenter_is_slashed_once_however_often_it_is_overruled() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		audit(id, &[VALID, VALID, VALID, INVALID]);
		assert_eq!(FalseAttestations::get().len(), 1);
		assert_ok!(dispute(&CALLER, id));
		advance(4);
		audit(id, &[VALID; 5]);
		assert_eq!(outcome(id), DisputeOutcome::Rejected);
		assert_eq!(FalseAttestations::get().len(), 1);
	});
}

#[test]
fn nothing_is_above_a_jury() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		audit(id, &[VALID, VALID, INVALID, INVALID]);
		advance(3);
		assert_eq!(stage(id), Stage::Jury);
		audit(id, &[VALID; 5]);
		assert!(matches!(state(id), JobState::Payable { .. }));
		assert_eq!(Log::dispute_deposit(id), None);
		assert_noop!(dispute(&CALLER, id), Refused::Decided);
	});
}

#[test]
fn a_dispute_and_a_sweep_do_not_disturb_each_other() {
	new_test_ext().execute_with(|| {
		let id = undrawn(1);
		let found = delivered(2);
		advance(4);
		assert!(matches!(state(found), JobState::Auditing { .. }));
		assert_ok!(dispute(&CALLER, id));
		audit(found, &[INVALID; 4]);
		assert_eq!(incident().map(|incident| incident.failures), Some(1));
		// The sweep leaves the job to the court that is drawn already.
		let waits = JobState::Delivered {
			from: System::block_number() - 3,
			draw: Draw::Who(Stage::Panel),
		};
		assert_eq!(state(id), waits);
		advance(1);
		assert_eq!(stage(id), Stage::Panel);
		audit(id, &[INVALID; 4]);
		assert_eq!(outcome(id), DisputeOutcome::Upheld);
		assert_eq!(incident().map(|incident| incident.failures), Some(2));
		assert_eq!(held(HoldReason::Dispute, &CALLER), 0);
		let slash = incident().expect("it runs").slash();
		advance(test_terms().verification.incident_window);
		let amount = finder_reward(&test_terms().verification, slash);
		assert_eq!(Rewards::get().len(), 1, "one slash is rewarded once");
		assert_eq!(Rewards::get()[0].1, amount);
	});
}

#[test]
fn a_job_that_is_swept_is_not_disputed_and_one_that_the_sweep_passed_is() {
	new_test_ext().execute_with(|| {
		let id = undrawn(1);
		let found = delivered(2);
		advance(4);
		audit(found, &[INVALID; 4]);
		assert!(matches!(
			state(id),
			JobState::Delivered {
				draw: Draw::Surely,
				..
			}
		));
		assert_noop!(dispute(&CALLER, id), Refused::WrongState);
		advance(4);
		audit_alone(id, Verdict::Valid);
		assert_ok!(dispute(&CALLER, id));
	});
}

#[test]
fn only_the_court_that_an_accusation_or_a_dispute_opens_has_the_long_time() {
	let long = |terms: &mut pallet_terms::Terms| terms.jobs.court_window = 9;
	// Not drawn, disputed: a panel. What it cannot decide a jury decides in the usual time.
	new_test_ext().execute_with(|| {
		change(|terms| {
			long(terms);
			terms.verification.probation = 0;
			terms.verification.base_audit = HARDLY_EVER;
			terms.verification.always_audit_fee = Planck::MAX;
		});
		let id = sampled(1);
		advance(4);
		assert_ok!(dispute(&CALLER, id));
		advance(4);
		assert_eq!((stage(id), commit_window(id)), (Stage::Panel, 9));
		audit(id, &[VALID, VALID, INVALID, INVALID]);
		advance(3);
		assert_eq!((stage(id), commit_window(id)), (Stage::Jury, 5));
	});
	// Accused: the same. Disputed afterwards: a jury with time again.
	new_test_ext().execute_with(|| {
		change(long);
		let id = sampled(1);
		advance(4);
		assert_eq!((stage(id), commit_window(id)), (Stage::Auditor, 5));
		audit_alone(id, Verdict::Unavailable);
		advance(3);
		assert_eq!((stage(id), commit_window(id)), (Stage::Panel, 9));
		audit(id, &[VALID; 4]);
		assert_ok!(dispute(&CALLER, id));
		advance(4);
		assert_eq!((stage(id), commit_window(id)), (Stage::Jury, 9));
	});
	// A panel that sat at once: the jury is the first court that anybody called for.
	new_test_ext().execute_with(|| {
		change(long);
		let id = drawn(1);
		assert_eq!((stage(id), commit_window(id)), (Stage::Panel, 5));
		audit(id, &[VALID, VALID, INVALID, INVALID]);
		advance(3);
		assert_eq!((stage(id), commit_window(id)), (Stage::Jury, 9));
	});
}

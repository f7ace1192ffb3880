//! Who is asked for an opening, which openings are taken, and what they say was planted.

use super::*;
use receipt::canary::Planting;

#[test]
fn only_the_sealed_opening_of_a_canary_of_the_nodes_own_draw_is_taken_and_once() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = planted(1, Tier::Sampled);
		assert_noop!(open(id, opening), Refused::WrongState);
		assert_noop!(open(99, opening), Refused::JobNotFound);
		advance(4);
		audit_alone(id, Verdict::Valid);

		let by = |who: &AccountId32| Log::open_canary(signed(who), id, Box::new(opening));
		assert_noop!(by(&CALLER), Refused::NotTheNode);
		let other = CanaryOpening {
			transcript: [9; 32],
			..opening
		};
		assert_noop!(open(id, other), Refused::NotSealed);
		assert_ok!(open(id, opening));
		assert_noop!(open(id, opening), Refused::AlreadyOpened);
	});
	// Sealed as it must be, but the draw is another account's, or over another job.
	for wrong in [(0, CANARY_SECRET + 1), (1, CANARY_SECRET)] {
		new_test_ext().execute_with(|| {
			all_canaries(|_| ());
			let (drawn_for, secret) = wrong;
			let (_, _) = planted(1, Tier::Sampled);
			let id = Log::next_job();
			assert_ok!(request(Ticket {
				tier: Tier::Sampled,
				node: canary_node().into(),
				..ticket(2)
			}));
			let opening = opening_of(id - drawn_for, secret);
			assert_ok!(deliver(Receipt {
				sealed_canary: opening.seal(),
				..receipt_for(id)
			}));
			advance(4);
			audit_alone(id, invalid());
			assert_noop!(open(id, opening), Refused::BadCanaryProof);
		});
	}
	// Bytes that are no point of the curve.
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let id = Log::next_job();
		assert_ok!(request(Ticket {
			tier: Tier::Sampled,
			node: canary_node().into(),
			..ticket(1)
		}));
		let opening = CanaryOpening {
			pre_output: [0xff; 32],
			proof: [0xff; 64],
			..opening_of(id, CANARY_SECRET)
		};
		assert_ok!(deliver(Receipt {
			sealed_canary: opening.seal(),
			..receipt_for(id)
		}));
		advance(4);
		audit_alone(id, invalid());
		assert_noop!(open(id, opening), Refused::BadCanaryProof);
	});
}

#[test]
fn a_fraud_is_no_canary_because_the_node_says_so() {
	new_test_ext().execute_with(|| {
		// One job in a million: none of these.
		all_canaries(|terms| terms.verification.canary_rate = Ppm::new(1));
		let (id, opening) = found(1);
		assert_noop!(open(id, opening), Refused::NotACanary);
		assert!(matches!(state(id), JobState::Opening { .. }));
	});
}

#[test]
fn what_is_planted_follows_from_the_nodes_draw_alone() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = passed(1);
		assert_ok!(open(id, opening));
		let expected = Planting {
			transcript: opening.transcript,
			fingerprint: opening.fingerprint,
			// Twelve tokens and twenty are one chunk; a band of 0.064 steps has no fault near it.
			chunk: 0,
			shift: 1,
		};
		assert_eq!(opened(id).planting, expected);
		assert_eq!(opened(id).error_milli, 15_625);
	});
}

#[test]
fn the_band_of_the_request_says_what_had_to_be_seen() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		MantissaBand::set(&1_000);
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		// The pair was calibrated anew, before the auditor looked: that is no matter of this job.
		MantissaBand::set(&1_600);
		audit_alone(id, Verdict::Valid);
		assert_ok!(open(id, opening));
		assert_eq!((opened(id).planting.shift, opened(id).error_milli), (2, 2_000));
	});
}

#[test]
fn who_does_not_open_in_time_is_judged_as_anybody_and_not_asked_again() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = found(1);
		let JobState::Opening { until, .. } = state(id) else {
			panic!("the node is asked")
		};
		advance(until - System::block_number());
		assert!(matches!(state(id), JobState::Opening { .. }));
		advance(1);
		assert!(matches!(
			state(id),
			JobState::Delivered {
				draw: Draw::Who(Stage::Panel),
				..
			}
		));
		assert_noop!(open(id, opening), Refused::WrongState);
		advance(4);
		audit(id, &[INVALID; 4]);
		assert!(matches!(
			state(id),
			JobState::Refunded {
				reason: RefundReason::Invalid,
				..
			}
		));
		assert!(incident_of_canary_node().is_some());
	});
	// A court that acquits does not give a second chance: who dissented has paid by then.
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = found(1);
		advance(WINDOW + 5);
		audit(id, &[VALID; 4]);
		assert!(matches!(state(id), JobState::Payable { .. }));
		assert_noop!(open(id, opening), Refused::OpeningTooLate);
	});
}

#[test]
fn an_opening_in_the_blocks_after_its_last_one_is_too_late() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = found(1);
		let JobState::Opening { until, .. } = state(id) else {
			panic!("the node is asked")
		};
		// The step that ends the window was not taken yet.
		System::set_block_number(until + 1);
		assert_noop!(open(id, opening), Refused::OpeningTooLate);
		System::set_block_number(until);
		assert_ok!(open(id, opening));
	});
}

#[test]
fn unavailable_and_silent_auditors_are_no_reason_to_ask() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, _) = planted(1, Tier::Sampled);
		advance(4);
		audit_alone(id, Verdict::Unavailable);
		assert!(matches!(
			state(id),
			JobState::Delivered {
				draw: Draw::Who(Stage::Panel),
				..
			}
		));
		advance(4);
		audit(id, &[UNAVAILABLE; 4]);
		assert!(matches!(
			state(id),
			JobState::Refunded {
				reason: RefundReason::Unavailable,
				..
			}
		));
	});
}

#[test]
fn an_unaudited_canary_is_simply_paid() {
	new_test_ext().execute_with(|| {
		all_canaries(|terms| {
			terms.verification.probation = 0;
			terms.verification.base_audit = Ppm::new(100);
			terms.verification.always_audit_fee = Planck::MAX;
		});
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4 + Neighbours::current_rules().incident_window);
		assert!(matches!(state(id), JobState::Settled { .. }));
		assert_noop!(open(id, opening), Refused::WrongState);
		assert!(Rewards::get().is_empty());
	});
}

//! Disputes of jobs in which a canary was opened.

use super::*;

#[test]
fn a_dispute_waits_until_what_was_said_of_a_canary_is_settled() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		let lazy = audit_alone(id, Verdict::Valid);
		assert_ok!(open(id, opening));
		advance(4);
		let panel = committee(id);
		for who in &panel {
			commit(id, who, Verdict::Valid);
		}
		to_reveals(id);
		for who in &panel {
			reveal(id, who, Verdict::Valid);
		}
		// By a call, so that a dispute can come before the hooks.
		assert_ok!(Log::settle(signed(&OTHER), id));
		assert!(matches!(state(id), JobState::Payable { .. }));
		check();
		assert_eq!(Log::dispute_deposit(id), None);
		assert_noop!(Log::dispute(signed(&CALLER), id), Refused::WrongState);
		advance(1);
		assert_eq!(slashed(), [lazy]);
		assert_ok!(Log::dispute(signed(&CALLER), id));
		advance(4);
		audit(id, &[VALID; 5]);
		assert_eq!(slashed().len(), 1, "what was settled stays so");
		assert_eq!(Rewards::get().len(), 1);
	});
}

#[test]
fn a_disputed_canary_is_audited_anew_and_its_deposit_moves_once() {
	new_test_ext().execute_with(|| {
		all_canaries(|terms| {
			terms.jobs.court_window = 9;
			terms.verification.probation = 0;
			terms.verification.base_audit = Ppm::new(100);
			terms.verification.always_audit_fee = Planck::MAX;
		});
		let window = |id| match state(id) {
			JobState::Auditing {
				stage, commit_until, ..
			} => (stage, commit_until - System::block_number()),
			other => panic!("nobody audits it: {other:?}"),
		};
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		assert!(matches!(state(id), JobState::Payable { .. }));
		assert_ok!(Log::dispute(signed(&CALLER), id));
		let deposit = held(HoldReason::Dispute, &CALLER);
		assert!(deposit > 0);
		advance(4);
		assert_eq!(window(id), (Stage::Panel, 9));
		audit(id, &[VALID, VALID, VALID, INVALID]);
		assert_ok!(open(id, opening));
		assert_eq!(held(HoldReason::Dispute, &CALLER), deposit);
		advance(4);
		assert_eq!(window(id), (Stage::Panel, 5));
		audit(id, &[VALID, VALID, INVALID, INVALID]);
		advance(3);
		// The dispute opened a court of the audit before: of this one the jury is the first that anybody called for.
		assert_eq!(window(id), (Stage::Jury, 9));
		audit(id, &[VALID; 5]);
		advance(1);
		let dispute = Log::job(id).and_then(|job| job.audit.dispute);
		assert_eq!(
			dispute.map(|dispute| dispute.outcome),
			Some(DisputeOutcome::Undecided),
			"its caller had reason"
		);
		assert_eq!((free(&POOL), held(HoldReason::Dispute, &CALLER)), (RICH, 0));
		assert_eq!((opened(id).saw, opened(id).missed), (1, 3));
	});
}

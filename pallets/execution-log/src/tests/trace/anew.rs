//! Jobs that are audited anew, after a dispute or an opening: for one finding a bond pays once.

use super::{
	canary::{all_canaries, open, planted},
	*,
};

#[test]
fn a_dispute_finds_who_was_idle_and_was_paid() {
	new_test_ext().execute_with(|| {
		let (id, first) = before_one(1);
		audit_as(id, &[(VALID, Repeats)]);
		assert!(is_payable(id));
		assert_eq!(credits(&first), 1, "nobody looked");
		assert_ok!(Log::dispute(signed(&CALLER), id));
		advance(4);
		audit_as(id, &[(VALID, Looks); 4]);
		assert!(is_payable(id));
		assert_eq!(slashed(), std::slice::from_ref(&first));
		assert_eq!(
			(credits(&first), idle(&first)),
			(1, 1),
			"it keeps what it was credited"
		);
		assert_eq!(Credits::get().values().sum::<u32>(), 5);
	});
	// A whole panel that agreed on what to make up. One of it dissented, and has paid for that.
	new_test_ext().execute_with(|| {
		let (id, panel) = after_panel(
			1,
			&[
				(VALID, Repeats),
				(VALID, Repeats),
				(INVALID, Repeats),
				(VALID, Repeats),
			],
		);
		assert!(is_payable(id), "who shares everything is not found");
		assert_eq!(slashed(), [panel[2].clone()]);
		assert_ok!(Log::dispute(signed(&CALLER), id));
		advance(4);
		assert_eq!(stage(id), Stage::Jury);
		audit_as(id, &[(VALID, Looks); 5]);
		let mut paid = slashed();
		paid.sort();
		let mut expected = panel.clone();
		expected.sort();
		assert_eq!(paid, expected, "each once");
		assert!(panel.iter().all(|who| idle(who) == 1));
		assert!(Credits::get().is_empty(), "the fee pays the jury");
	});
}

#[test]
fn who_was_found_idle_once_does_not_pay_again_for_the_same_verdict() {
	new_test_ext().execute_with(|| {
		let (id, first) = looked_at_again(1, (VALID, Repeats));
		audit_as(id, &[(VALID, Looks); 4]);
		assert_eq!(slashed(), std::slice::from_ref(&first));
		assert_ok!(Log::dispute(signed(&CALLER), id));
		advance(4);
		assert_eq!(stage(id), Stage::Jury);
		let votes: Vec<_> = committee(id).iter().map(|_| (INVALID, Looks)).collect();
		let panel: Vec<_> = Log::job(id)
			.expect("it exists")
			.audit
			.earlier
			.iter()
			.skip(1)
			.map(|finding| finding.auditor.clone())
			.collect();
		audit_as(id, &votes);
		// Now those of the panel were clearly wrong, and so was the first, which has paid.
		let mut paid = slashed();
		paid.sort();
		let mut expected = [vec![first.clone()], panel].concat();
		expected.sort();
		assert_eq!(paid, expected);
		assert_eq!((idle(&first), idle_events().len()), (1, 1));
	});
}

#[test]
fn a_canary_that_a_second_look_reveals_is_audited_anew_and_forgets_the_traces() {
	new_test_ext().execute_with(|| {
		all_canaries(|terms| terms.verification.second_look = Ppm::ONE);
		let (id, opening) = planted(1, receipt::Tier::Sampled);
		advance(4);
		let first = committee(id)[0].clone();
		audit_as(id, &[(VALID, Repeats)]);
		advance(3);
		audit_as(id, &[(INVALID, Looks); 4]);
		assert!(matches!(
			state(id),
			JobState::Opening {
				stage: Stage::Panel,
				..
			}
		));
		assert_ok!(open(id, opening));
		let job = Log::job(id).expect("it exists");
		assert_eq!(
			(job.audit.earlier.len(), job.audit.idle, job.audit.slashed),
			(0, 0, 0)
		);
		advance(4);
		// Somebody would be slashed: a panel sits, and its rounds are its own.
		let owed = Log::owed(committee(id)[0].clone());
		assert_eq!((owed[0].round, owed[0].earlier.len()), (4, 0));
		audit_as(id, &[(VALID, Looks); 4]);
		advance(1);
		assert!(is_payable(id));
		assert_eq!(slashed(), std::slice::from_ref(&first), "it missed the fault");
		assert_eq!(
			idle(&first),
			0,
			"nobody asked for its trace before the audit began anew"
		);
	});
}

#[test]
fn an_idle_auditor_does_not_pay_again_for_the_canary_that_it_missed() {
	new_test_ext().execute_with(|| {
		all_canaries(|terms| terms.verification.second_look = Ppm::ONE);
		let (id, opening) = planted(1, receipt::Tier::Sampled);
		advance(4);
		let first = committee(id)[0].clone();
		audit_as(id, &[(VALID, Repeats)]);
		advance(3);
		let panel = committee(id);
		// The panel runs the model, and yet overlooks the fault.
		audit_as(id, &[(VALID, Looks); 4]);
		assert!(is_payable(id));
		assert_eq!(slashed(), std::slice::from_ref(&first));
		assert_ok!(open(id, opening));
		advance(4);
		audit_as(id, &[(VALID, Looks); 4]);
		advance(1);
		let mut paid = slashed();
		paid.sort();
		let mut expected = [vec![first.clone()], panel].concat();
		expected.sort();
		assert_eq!(paid, expected, "each once");
		let AuditorAccuracy {
			canaries,
			missed,
			idle,
			..
		} = Log::accuracy(first.clone());
		assert_eq!((canaries, missed, idle), (1, 1, 1));
		assert_eq!(
			Credits::get().values().sum::<u32>(),
			4,
			"the panel of the second audit"
		);
	});
}

//! What a stage says of the traces that were shown before it, and whose bond pays for an untrue one.

use super::*;

#[test]
fn the_view_says_whose_traces_are_to_be_computed() {
	new_test_ext().execute_with(|| {
		let (id, first) = looked_at_again(1, (VALID, Repeats));
		let members = committee(id);
		for who in &members {
			let owed = Log::owed(who.clone());
			assert_eq!((owed[0].round, &owed[0].committee), (1, &members));
			let [shown] = owed[0].earlier[..] else {
				panic!("{:?}", owed[0].earlier)
			};
			let (auditor, round) = (first.clone().into(), 0);
			assert_eq!(shown.tracer, receipt::trace::Tracer { auditor, round });
			assert_eq!((shown.verdict, shown.trace), (Verdict::Valid, Some(INVENTED)));
		}
	});
}

#[test]
fn an_idle_first_auditor_is_found_by_the_panel_and_pays_as_for_a_false_attestation() {
	new_test_ext().execute_with(|| {
		let (id, first) = looked_at_again(1, (VALID, Repeats));
		audit_as(id, &[(VALID, Looks); 4]);
		assert!(is_payable(id), "its verdict was right");
		let job = Log::job(id).expect("it exists");
		let rules = Neighbours::current_rules();
		let psi = verification::penalty::attestation_penalty(&rules, &job.facts(), job.audit.penalty);
		assert_eq!(FalseAttestations::get(), [(first.clone(), psi)]);
		assert_eq!(idle_events(), std::slice::from_ref(&first));
		assert_eq!((idle(&first), credits(&first)), (1, 0));
		assert_eq!(Credits::get().values().sum::<u32>(), 4, "the panel is paid");
		assert_eq!((job.audit.idle, job.audit.slashed), (1, 1));
	});
}

#[test]
fn what_fewer_than_a_quorum_say_of_a_trace_is_worth_nothing() {
	// Three of the four decide.
	for (panel, is_idle) in [
		([Looks, Looks, Spares, Spares], false),
		([Looks, Looks, Looks, Spares], true),
	] {
		new_test_ext().execute_with(|| {
			let (id, first) = looked_at_again(1, (VALID, Repeats));
			audit_as(id, &panel.map(|manner| (VALID, manner)));
			assert!(is_payable(id));
			assert_eq!(slashed().len(), usize::from(is_idle), "{panel:?}");
			assert_eq!(credits(&first), u32::from(!is_idle));
		});
	}
	// Nor can one, or two, have somebody slashed that looked, or that does not exist.
	new_test_ext().execute_with(|| {
		let (id, first) = looked_at_again(1, (VALID, Looks));
		audit_as(
			id,
			&[
				(VALID, Slanders),
				(VALID, Looks),
				(VALID, Slanders),
				(VALID, Looks),
			],
		);
		assert!(is_payable(id));
		assert_eq!((slashed().len(), credits(&first)), (0, 1));
	});
}

#[test]
fn what_is_said_of_findings_that_do_not_exist_is_ignored() {
	new_test_ext().execute_with(|| {
		let (id, first) = looked_at_again(1, (VALID, Looks));
		audit_as(id, &[(VALID, Slanders); 4]);
		assert_eq!(
			slashed(),
			[first],
			"a whole panel decides, as it does on the work"
		);
		assert_eq!(Log::job(id).map(|job| job.audit.idle), Some(1));
	});
}

#[test]
fn who_never_had_to_run_the_model_is_not_idle() {
	let structure = Some(Verdict::Invalid(Reason::Structure));
	for (verdict, wrong) in [(structure, 1), (UNAVAILABLE, 0)] {
		new_test_ext().execute_with(|| {
			let (id, first) = before_one(1);
			audit_as(id, &[(verdict, Looks)]);
			advance(3);
			audit_as(id, &[(VALID, Slanders); 4]);
			assert!(is_payable(id));
			assert_eq!((idle(&first), idle_events().len()), (0, 0));
			assert_eq!((slashed().len(), wrong_verdicts()), (wrong, wrong));
		});
	}
}

#[test]
fn a_verdict_that_is_wrong_and_idle_costs_once_and_finds_nothing() {
	// Wrong.
	new_test_ext().execute_with(|| {
		let (id, first) = before_one(1);
		audit_as(id, &[(INVALID, Repeats)]);
		advance(3);
		audit_as(id, &[(VALID, Looks); 4]);
		assert!(is_payable(id));
		assert_eq!(slashed(), std::slice::from_ref(&first));
		assert_eq!((idle_events(), wrong_verdicts()), (vec![first], 0));
	});
	// Right, because a friend said so: the reward is that of who looked.
	new_test_ext().execute_with(|| {
		let (id, first) = before_one(1);
		audit_as(id, &[(INVALID, Repeats)]);
		advance(3);
		let panel = committee(id);
		audit_as(id, &[(INVALID, Looks); 4]);
		assert_eq!(slashed(), std::slice::from_ref(&first));
		assert_eq!((credits(&first), Credits::get().len()), (0, 4));
		advance(test_terms().verification.incident_window);
		let rewarded: Vec<_> = Rewards::get().into_iter().map(|(who, _)| who).collect();
		assert_eq!(rewarded, [panel[0].clone()]);
	});
}

//! Seats of one panel that contradict one another: a jury looks, unless none can.

use super::*;

fn awaits(id: u64, stage: Stage) -> bool {
	matches!(state(id), JobState::Delivered { draw: Draw::Who(next), .. } if next == stage)
}

/// The jury of a job whose panel has spoken, before it commits.
fn to_jury(id: u64) {
	assert!(awaits(id, Stage::Jury), "{:?}", state(id));
	advance(4);
	assert_eq!((stage(id), committee(id).len()), (Stage::Jury, 5));
}

/// A jury of which everybody runs the model and finds the work valid.
fn honest_jury(id: u64) {
	to_jury(id);
	audit_as(id, &[(VALID, Looks); 5]);
}

#[test]
fn neighbours_that_contradict_one_another_go_to_a_jury_and_the_idle_one_pays() {
	new_test_ext().execute_with(|| {
		let (id, panel) = after_panel(
			1,
			&[(VALID, Looks), (VALID, Looks), (VALID, Repeats), (VALID, Looks)],
		);
		assert!(slashed().is_empty() && Log::job(id).is_some_and(|job| job.class.is_none()));
		to_jury(id);
		// One that looked then, and the one that did not, cannot fetch the transcript this time.
		let votes: Vec<_> = committee(id)
			.iter()
			.map(|who| {
				let is_away = *who == panel[0] || *who == panel[2];
				(if is_away { UNAVAILABLE } else { VALID }, Looks)
			})
			.collect();
		audit_as(id, &votes);
		let JobState::Payable { at, settle_at } = state(id) else {
			panic!("{:?}", state(id))
		};
		assert_eq!(slashed(), [panel[2].clone()]);
		assert_eq!((idle_events(), idle(&panel[2])), (vec![panel[2].clone()], 1));
		assert_eq!(
			Credits::get().into_iter().collect::<Vec<_>>(),
			[(panel[0].clone(), 1)],
			"the pool pays who looked, and whom the fee does not pay"
		);
		assert_eq!(Log::job(id).map(|job| job.audit.idle), Some(0b100));
		advance(settle_at - at);
		let JobState::Settled { charge, payouts, .. } = state(id) else {
			panic!("{:?}", state(id))
		};
		let paid: Planck = payouts.iter().map(|line| line.amount).sum();
		assert_eq!(paid, charge.total);
		let validators = payouts.iter().filter(|line| line.kind == PayoutKind::Validator);
		assert_eq!(validators.count(), 3, "the fee pays the jury");
		assert!(frauds().is_empty() && downtimes().is_empty());
	});
}

#[test]
fn the_last_seat_is_the_neighbour_of_the_first() {
	for idle_seat in 0..4 {
		new_test_ext().execute_with(|| {
			let mut votes = [(VALID, Looks); 4];
			votes[idle_seat].1 = Repeats;
			let (id, panel) = after_panel(1, &votes);
			to_jury(id);
			audit_as(id, &[(VALID, Looks); 5]);
			assert_eq!(slashed(), [panel[idle_seat].clone()], "{idle_seat}");
		});
	}
}

#[test]
fn two_idle_neighbours_that_made_up_the_same_are_found_by_the_others() {
	new_test_ext().execute_with(|| {
		let (id, panel) = after_panel(
			1,
			&[(VALID, Looks), (VALID, Repeats), (VALID, Repeats), (VALID, Looks)],
		);
		honest_jury(id);
		assert!(is_payable(id));
		assert_eq!(slashed(), [panel[1].clone(), panel[2].clone()]);
	});
	// Two that do not sit side by side, one of which says that the work is invalid: the panel is undecided no more than
	// it is believed.
	new_test_ext().execute_with(|| {
		let (id, panel) = after_panel(
			1,
			&[
				(VALID, Looks),
				(INVALID, Repeats),
				(VALID, Looks),
				(VALID, Repeats),
			],
		);
		honest_jury(id);
		assert_eq!(slashed(), [panel[1].clone(), panel[3].clone()]);
		assert_eq!(wrong_verdicts(), 0, "it pays once");
	});
}

#[test]
fn who_says_something_untrue_of_its_neighbour_pays_for_the_jury_that_looks() {
	new_test_ext().execute_with(|| {
		let (id, panel) = after_panel(
			1,
			&[(VALID, Looks), (VALID, Lies), (VALID, Looks), (VALID, Looks)],
		);
		honest_jury(id);
		assert!(is_payable(id));
		assert_eq!(
			(slashed(), idle_events()),
			(vec![panel[1].clone()], vec![panel[1].clone()])
		);
	});
	// Of the last seat the first is the neighbour.
	new_test_ext().execute_with(|| {
		let (id, panel) = after_panel(
			1,
			&[(VALID, Looks), (VALID, Looks), (VALID, Looks), (VALID, Lies)],
		);
		honest_jury(id);
		assert_eq!(slashed(), [panel[3].clone()]);
	});
}

#[test]
fn nobody_pays_for_contradicting_a_neighbour_whose_trace_no_quorum_confirms() {
	new_test_ext().execute_with(|| {
		let (id, panel) = after_panel(
			1,
			&[(VALID, Looks), (VALID, Looks), (VALID, Repeats), (VALID, Looks)],
		);
		to_jury(id);
		// Three of five decide: two deny the trace, and two do not. Of the seat after it four say that it looked, so that
		// it contradicted the truth itself.
		let manners = [Looks, Looks, Spares, Spares, Looks];
		let votes = [VALID, VALID, VALID, VALID, UNAVAILABLE];
		let votes: Vec<_> = votes.into_iter().zip(manners).collect();
		audit_as(id, &votes);
		assert!(is_payable(id));
		assert_eq!(slashed(), [panel[2].clone()]);
	});
}

#[test]
fn who_passed_it_alone_may_be_found_idle_by_a_jury_when_the_panel_contradicts_itself() {
	new_test_ext().execute_with(|| {
		let (id, first) = looked_at_again(1, (VALID, Repeats));
		let panel = committee(id);
		audit_as(
			id,
			&[(VALID, Looks), (VALID, Looks), (VALID, Looks), (VALID, Repeats)],
		);
		assert!(awaits(id, Stage::Jury));
		advance(4);
		assert!(!committee(id).contains(&first), "it does not judge itself");
		audit_as(id, &[(VALID, Looks); 4]);
		assert!(is_payable(id));
		assert_eq!(slashed(), [first, panel[3].clone()]);
		assert_eq!(Log::job(id).map(|job| job.audit.idle), Some(0b1_0001));
	});
}

#[test]
fn what_a_panel_agreed_on_stands_where_no_jury_can_sit_or_decide() {
	let contradicting = [(VALID, Looks), (VALID, Looks), (VALID, Repeats), (VALID, Looks)];
	new_test_ext().execute_with(|| {
		let (id, panel) = after_panel(1, &contradicting);
		AuditorCount::set(&3);
		advance(4);
		assert!(is_payable(id), "{:?}", state(id));
		let quorum = Log::job(id).expect("it exists").quorum;
		assert_eq!(quorum, panel, "nobody has looked at their traces");
	});
	new_test_ext().execute_with(|| {
		let (id, _) = after_panel(1, &contradicting);
		to_jury(id);
		// Two of five look, and three cannot: that is a quorum of none.
		let votes = [VALID, VALID, INVALID, UNAVAILABLE, UNAVAILABLE].map(|verdict| (verdict, Spares));
		audit_as(id, &votes);
		if matches!(state(id), JobState::Opening { .. }) {
			advance(test_terms().jobs.opening_window + 1);
		}
		assert!(is_payable(id), "{:?}", state(id));
	});
}

#[test]
fn a_panel_that_could_not_fetch_the_transcript_is_believed_whatever_two_seats_show() {
	new_test_ext().execute_with(|| {
		// The panel of a second look has an hour, so that a jury need not ask again.
		let (id, _) = looked_at_again(1, (VALID, Looks));
		let mut votes = [(UNAVAILABLE, Looks); 4];
		votes[3] = (VALID, Repeats);
		audit_as(id, &votes);
		assert!(matches!(state(id), JobState::Refunded { .. }), "{:?}", state(id));
	});
}

#[test]
fn seats_that_did_not_have_to_run_the_model_contradict_nobody() {
	new_test_ext().execute_with(|| {
		let (id, _) = after_panel(
			1,
			&[
				(VALID, Looks),
				(UNAVAILABLE, Looks),
				(VALID, Looks),
				(VALID, Looks),
			],
		);
		assert!(is_payable(id), "{:?}", state(id));
	});
}

#[test]
fn what_jurors_show_themselves_changes_nothing() {
	new_test_ext().execute_with(|| {
		let (id, _) = after_panel(
			1,
			&[(VALID, Looks), (VALID, Looks), (INVALID, Looks), (INVALID, Looks)],
		);
		to_jury(id);
		audit_as(
			id,
			&[
				(VALID, Looks),
				(VALID, Repeats),
				(VALID, Looks),
				(VALID, Lies),
				(VALID, Looks),
			],
		);
		assert!(is_payable(id));
		assert!(idle_events().is_empty());
		assert_eq!(wrong_verdicts(), 2, "those of the panel that accused");
	});
}

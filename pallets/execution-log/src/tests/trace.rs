//! Auditors that have not run the model, and who finds them.

use super::{
	canary::{all_canaries, open, planted, slashed},
	sampled::*,
	*,
};
use crate::audit::{Randomness, answer, draw_seed};
use codec::Encode;
use receipt::{
	attestation::{Item, Opening},
	trace::{Evidence, Likeness, POINTS, Trace, compare},
};
use verification::Ppm;

/// What an auditor does for the verdict that it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
	/// It runs the model.
	Looks,
	/// It says what a friend told it, and makes up the rest as all such do.
	Repeats,
	/// It runs the model, and says that nobody was idle.
	Spares,
	/// It runs the model, and says that everybody was idle, and more than there are.
	Slanders,
	/// It runs the model, and makes up what its neighbour has to show.
	Lies,
}

use Manner::*;

const INVENTED: Trace = Trace([0x3f80; POINTS]);

/// The trace of who ran the model. There is none here: it follows from who is asked, and in which round.
fn true_trace(who: &AccountId32, round: u8) -> Trace {
	let bytes = sp_io::hashing::blake2_256(&(who, round).encode());
	// Between a half and one, with either sign.
	Trace(core::array::from_fn(|point| {
		let byte = u16::from(bytes[point]);
		(byte & 0x80) << 8 | 0x3f00 | byte & 0x7f
	}))
}

/// What an auditor of the stage that sits shows.
fn evidence(id: u64, who: &AccountId32, verdict: Verdict, manner: Manner) -> Evidence {
	let job = Log::job(id).expect("it exists");
	let stage = job.audit.stage.expect("a stage sits");
	let round = crate::canary::round(&job, stage);
	let members: Vec<_> = job.committee.iter().map(|seat| seat.auditor.clone()).collect();
	if !verdict.takes_a_run() {
		return Evidence::default();
	}
	let seat = members.iter().position(|member| member == who);
	let neighbour = seat
		.filter(|_| members.len() > 1)
		.map(|seat| true_trace(&members[(seat + 1) % members.len()], round));
	let untrue = job.audit.earlier.iter().enumerate().map(|(number, finding)| {
		let shown = finding.shown();
		let computed = true_trace(&finding.auditor, shown.tracer.round);
		let is_untrue =
			shown.verdict.takes_a_run() && compare(shown.trace.as_ref(), Some(&computed)) != Likeness::Same;
		u64::from(is_untrue) << number
	});
	let own = Evidence {
		trace: Some(true_trace(who, round)),
		neighbour,
		untrue: untrue.sum(),
	};
	match manner {
		Looks => own,
		Spares => Evidence { untrue: 0, ..own },
		Slanders => Evidence {
			untrue: u64::MAX,
			..own
		},
		Lies => Evidence {
			neighbour: Some(INVENTED),
			..own
		},
		Repeats => Evidence {
			trace: Some(INVENTED),
			neighbour: Some(INVENTED),
			untrue: 0,
		},
	}
}

/// What an auditor of the stage that sits opens its commitment with.
pub(super) fn opening_of(id: u64, who: &AccountId32, (verdict, manner): (Verdict, Manner)) -> Opening {
	opening_with(verdict, evidence(id, who, verdict, manner))
}

fn attest(who: &AccountId32, item: Item) {
	let (batch, signature) = batch(who, vec![item]);
	send(batch, signature).expect("it is owed");
}

/// Lets the committee commit and reveal; the verdicts are not counted yet.
fn reveal_as(id: u64, votes: &[(Option<Verdict>, Manner)]) {
	let openings: Vec<_> = committee(id)
		.into_iter()
		.zip(votes)
		.map(|(who, (verdict, manner))| {
			let opening = opening_of(id, &who, (verdict.expect("a verdict"), *manner));
			(who, opening)
		})
		.collect();
	for (who, opening) in &openings {
		attest(who, commit_to(id, who, opening));
	}
	to_reveals(id);
	for (who, opening) in openings {
		attest(&who, Item::Reveal { job: id, opening });
	}
}

fn audit_as(id: u64, votes: &[(Option<Verdict>, Manner)]) {
	reveal_as(id, votes);
	advance(1);
	after_second_look(id);
}

fn awaits(id: u64, stage: Stage) -> bool {
	matches!(state(id), JobState::Delivered { draw: Draw::Who(next), .. } if next == stage)
}

fn is_payable(id: u64) -> bool {
	matches!(state(id), JobState::Payable { .. })
}

/// A sampled job before its single auditor.
fn before_one(nonce: u8) -> (u64, AccountId32) {
	let id = sampled(nonce);
	advance(4);
	assert_eq!(stage(id), Stage::Auditor);
	(id, committee(id)[0].clone())
}

/// A job before the panel that looks at what its first auditor said, which it gives as well.
fn looked_at_again(nonce: u8, first: (Option<Verdict>, Manner)) -> (u64, AccountId32) {
	change(|terms| terms.verification.second_look = Ppm::ONE);
	let (id, who) = before_one(nonce);
	audit_as(id, &[first]);
	assert_eq!(stage(id), Stage::Panel, "the same draw seats it");
	assert!(committee(id).len() == 4 && !committee(id).contains(&who));
	(id, who)
}

/// A replicated job whose panel has spoken.
fn after_panel(nonce: u8, votes: &[(Option<Verdict>, Manner); 4]) -> (u64, Vec<AccountId32>) {
	let id = drawn(nonce);
	let panel = committee(id);
	audit_as(id, votes);
	(id, panel)
}

/// The jury of it, before it commits.
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

fn idle_events() -> Vec<AccountId32> {
	let events = System::events().into_iter();
	events
		.filter_map(|record| match record.event {
			RuntimeEvent::Log(Event::IdleAuditor { auditor, .. }) => Some(auditor),
			_ => None,
		})
		.collect()
}

fn wrong_verdicts() -> usize {
	let is_wrong = |event: &RuntimeEvent| matches!(event, RuntimeEvent::Log(Event::WrongVerdict { .. }));
	System::events()
		.iter()
		.filter(|record| is_wrong(&record.event))
		.count()
}

fn idle(who: &AccountId32) -> u32 {
	Log::accuracy(who.clone()).idle
}

fn credits(who: &AccountId32) -> u32 {
	Credits::get().get(who).copied().unwrap_or(0)
}

#[test]
fn a_panel_looks_at_what_one_auditor_passed_and_nobody_is_to_blame() {
	new_test_ext().execute_with(|| {
		let (id, first) = looked_at_again(1, (VALID, Looks));
		assert!(Credits::get().is_empty(), "it is not over");
		audit_as(id, &[(VALID, Looks); 4]);
		assert!(is_payable(id));
		assert_eq!((credits(&first), Credits::get().values().sum::<u32>()), (1, 5));
		assert!(slashed().is_empty() && idle_events().is_empty());
		let JobState::Payable { at, settle_at } = state(id) else {
			panic!("{:?}", state(id))
		};
		advance(settle_at - at);
		let JobState::Settled { charge, payouts, .. } = state(id) else {
			panic!("{:?}", state(id))
		};
		let paid: Planck = payouts.iter().map(|line| line.amount).sum();
		assert_eq!(paid, charge.total);
		assert_eq!(Log::node_stats(NODE).audited, 1);
	});
}

#[test]
fn a_second_look_is_drawn_from_the_blocks_after_the_verdict() {
	new_test_ext().execute_with(|| {
		change(|terms| terms.verification.second_look = Ppm::new(500_000));
		let rules = Neighbours::current_rules();
		let mut seen = std::collections::BTreeSet::new();
		for nonce in 1..=24 {
			let (id, first) = before_one(nonce);
			reveal_as(id, &[(VALID, Looks)]);
			advance(1);
			let JobState::Delivered { from, draw } = state(id) else {
				panic!("{:?}", state(id))
			};
			// What is due is counted at the end of the block of the reveal.
			assert_eq!((from + 1, draw), (System::block_number(), Draw::Again));
			assert_eq!(credits(&first), 0, "it is not over");
			let job = Log::job(id).expect("it exists");
			let receipt = job.delivery.as_ref().expect("it was delivered").hash;
			after_second_look(id);
			let terms = test_terms();
			let drawn = draw_seed(
				id,
				&receipt,
				from,
				System::block_number(),
				&terms,
				Log::ring_entry,
			);
			let Randomness::Seed(seed) = drawn else {
				panic!("{drawn:?}")
			};
			let is_drawn = rules.looks_again(answer(&seed, b"is it looked at again?"));
			assert_eq!(is_payable(id), !is_drawn, "{:?}", state(id));
			if is_drawn {
				assert!(stage(id) == Stage::Panel && !committee(id).contains(&first));
			}
			seen.insert(is_drawn);
			Credits::set(&Default::default());
		}
		assert_eq!(seen.len(), 2, "some are drawn and some are not");
	});
}

#[test]
fn a_second_look_whose_blocks_are_forgotten_is_drawn_anew() {
	new_test_ext().execute_with(|| {
		let (id, _) = before_one(1);
		reveal_as(id, &[(VALID, Looks)]);
		advance(1);
		let from = System::block_number();
		advance(1);
		Ring::<Test>::remove((from + 1) % RING);
		advance(3);
		let JobState::Delivered { from: anew, draw } = state(id) else {
			panic!("{:?}", state(id))
		};
		assert!(anew > from && draw == Draw::Again);
		after_second_look(id);
		assert!(is_payable(id), "{:?}", state(id));
	});
}

#[test]
fn nobody_looks_again_where_no_court_could_sit() {
	new_test_ext().execute_with(|| {
		change(|terms| terms.verification.second_look = Ppm::ONE);
		let (id, _) = before_one(1);
		reveal_as(id, &[(VALID, Repeats)]);
		advance(1);
		AuditorCount::set(&3);
		after_second_look(id);
		assert!(is_payable(id), "{:?}", state(id));
	});
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		reveal_as(
			id,
			&[(VALID, Looks), (VALID, Looks), (VALID, Looks), (VALID, Repeats)],
		);
		AuditorCount::set(&3);
		advance(1);
		assert!(is_payable(id), "{:?}", state(id));
		assert!(slashed().is_empty(), "nobody has looked at their traces");
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
		let (id, _) = after_panel(
			1,
			&[
				(UNAVAILABLE, Looks),
				(UNAVAILABLE, Looks),
				(UNAVAILABLE, Looks),
				(VALID, Repeats),
			],
		);
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

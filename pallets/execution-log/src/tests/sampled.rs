//! Jobs that are audited by chance, and what a failure leads to.

use super::*;
use receipt::{Ticket, Tier};
use verification::{Bucket, Incident, Ppm, penalty::penalty};

/// So rarely that no test sees it, and yet a probability that a penalty can be divided by.
pub(super) const HARDLY_EVER: Ppm = Ppm::new(100);

/// Changes the terms that later jobs keep.
pub(super) fn change(change: impl FnOnce(&mut pallet_terms::Terms)) {
	let mut terms = test_terms();
	change(&mut terms);
	Versions::set(&vec![terms]);
}

/// Terms under which a proven node's jobs are drawn with this probability, however much they pay.
pub(super) fn audited_with(probability: Ppm) {
	change(|terms| {
		terms.verification.probation = 0;
		terms.verification.base_audit = probability;
		terms.verification.always_audit_fee = Planck::MAX;
	});
}

pub(super) fn sampled(nonce: u8) -> u64 {
	let id = Log::next_job();
	let ticket = Ticket {
		tier: Tier::Sampled,
		..ticket(nonce)
	};
	assert_ok!(request(ticket));
	assert_ok!(deliver(receipt_for(id)));
	id
}

pub(super) fn stage(id: u64) -> Stage {
	match state(id) {
		JobState::Auditing { stage, .. } => stage,
		other => panic!("nobody audits it: {other:?}"),
	}
}

/// Φ of a job as it was delivered: five auditors, twenty tokens, always audited.
fn phi(id: u64) -> Planck {
	let rules = test_terms().verification;
	let job = Log::job(id).expect("it exists");
	let expected = penalty(
		&rules,
		&job.facts(),
		Ppm::ONE,
		verification::conviction_chance(&rules, 5),
	);
	assert_eq!(Some(job.audit.penalty), expected);
	job.audit.penalty
}

#[test]
fn a_penalty_goes_by_the_detection_that_was_in_force_at_the_request() {
	new_test_ext().execute_with(|| {
		let weak = Bucket::ASSUMED.map(|bucket| Bucket {
			power: Ppm::new(bucket.power.parts() / 2),
			..bucket
		});
		let request_only = |nonce| {
			let id = Log::next_job();
			let ticket = Ticket {
				tier: Tier::Sampled,
				..ticket(nonce)
			};
			assert_ok!(request(ticket));
			id
		};
		let needed = || Log::needed_bond(NODE, Tier::Sampled, 1_000, PAIR).expect("a court can sit");
		let (before, bond) = (request_only(1), needed());
		Detection::set(&weak);
		let (after, weak_bond) = (request_only(2), needed());
		// A new node's jobs are always audited, so that only Φ differs.
		assert!(weak_bond.abs_diff(2 * bond) <= 10, "{bond} {weak_bond}");
		Detection::set(&Bucket::ASSUMED);
		assert_ok!(deliver(receipt_for(before)));
		assert_ok!(deliver(receipt_for(after)));
		let penalty = |id| Log::job(id).expect("it exists").audit.penalty;
		assert_eq!(penalty(before), phi(before));
		assert!(penalty(after).abs_diff(2 * penalty(before)) <= 10);
		Calibrated::set(&false);
		assert_eq!(Log::needed_bond(NODE, Tier::Sampled, 1_000, PAIR), None);
		assert_eq!(Log::needed_bond(NODE, Tier::Private, 1_000, PAIR), Some(0));
		check();
	});
}

#[test]
fn a_job_that_is_not_drawn_is_paid_after_the_incident_window_and_pays_the_pool() {
	new_test_ext().execute_with(|| {
		audited_with(HARDLY_EVER);
		let id = sampled(1);
		advance(4);
		let at = System::block_number();
		let wait = test_terms().verification.incident_window;
		let payable = JobState::Payable {
			at,
			settle_at: at + wait,
		};
		assert_eq!(state(id), payable);
		advance(wait);
		let JobState::Settled { payouts, .. } = state(id) else {
			panic!("{:?}", state(id))
		};
		let validators: Vec<_> = payouts
			.iter()
			.filter(|line| line.kind == PayoutKind::Validator)
			.map(|line| line.payee.clone())
			.collect();
		assert_eq!(validators, [Payee::Account(POOL)]);
		let stats = Log::node_stats(NODE);
		assert_eq!((stats.settled, stats.audited), (1, 0));
		assert!(Credits::get().is_empty());
	});
}

#[test]
fn a_new_node_is_audited_always_and_one_auditor_passes_its_work() {
	new_test_ext().execute_with(|| {
		let id = sampled(1);
		advance(4);
		assert_eq!((stage(id), committee(id).len()), (Stage::Auditor, 1));
		let who = committee(id)[0].clone();
		audit_alone(id, Verdict::Valid);
		let job = Log::job(id).expect("it exists");
		assert_eq!(
			(job.class, job.quorum.to_vec()),
			(Some(Class::Valid), vec![who.clone()])
		);
		assert_eq!(Credits::get().get(&who), Some(&1), "the pool pays it");
		let JobState::Payable { at, settle_at } = job.state else {
			panic!("{:?}", job.state)
		};
		assert_eq!(settle_at - at, test_terms().verification.incident_window);
		advance(settle_at - at);
		assert!(matches!(state(id), JobState::Settled { .. }));
		assert_eq!(Log::node_stats(NODE).audited, 1);
	});
}

#[test]
fn a_dissent_opens_a_panel_without_its_author_and_the_bond_pays_when_the_incident_closes() {
	new_test_ext().execute_with(|| {
		let id = sampled(1);
		advance(4);
		let finder = committee(id)[0].clone();
		audit_alone(id, INVALID.expect("a verdict"));
		assert!(matches!(
			state(id),
			JobState::Delivered {
				draw: Draw::Who(Stage::Panel),
				..
			}
		));
		advance(3);
		assert_eq!(stage(id), Stage::Panel);
		assert!(committee(id).len() == 4 && !committee(id).contains(&finder));
		let penalty = phi(id);
		audit(id, &[INVALID; 4]);
		let at = System::block_number() - 1;
		assert_eq!(incident(), Some(Incident::open(at, penalty)));
		assert_eq!(Chilled::get(), [NODE]);
		assert_eq!(
			Credits::get().len(),
			5,
			"all five were right, and no fee pays them"
		);
		let wait = test_terms().verification.incident_window;
		advance(at + wait - 1 - System::block_number());
		assert!(Frauds::get().is_empty() && Rewards::get().is_empty());
		advance(1);
		assert_eq!(Frauds::get(), [(NODE, penalty)]);
		assert_eq!(
			Rewards::get(),
			[(finder.clone(), penalty / 10)],
			"a tenth of the slash at most"
		);
		assert_eq!(incident(), None);
	});
}

#[test]
fn a_false_accusation_costs_its_author_and_nobody_else() {
	new_test_ext().execute_with(|| {
		let id = sampled(1);
		advance(4);
		let liar = committee(id)[0].clone();
		audit_alone(id, INVALID.expect("a verdict"));
		advance(3);
		audit(id, &[VALID; 4]);
		assert!(matches!(state(id), JobState::Payable { .. }));
		let slashed: Vec<_> = FalseAttestations::get().into_iter().map(|(who, _)| who).collect();
		assert_eq!(slashed, [liar]);
		assert!(
			FalseAttestations::get()[0].1 >= phi(id),
			"it risks what it accuses of"
		);
		assert!(frauds().is_empty() && downtimes().is_empty() && Chilled::get().is_empty());
	});
}

#[test]
fn who_calls_clear_fraud_valid_is_slashed_and_who_could_not_look_is_not() {
	new_test_ext().execute_with(|| {
		let id = sampled(1);
		advance(4);
		audit_alone(id, INVALID.expect("a verdict"));
		advance(3);
		let lazy = committee(id)[1].clone();
		audit(id, &[INVALID, VALID, INVALID, INVALID]);
		assert_eq!(Log::job(id).and_then(|job| job.class), Some(Class::Invalid));
		let slashed: Vec<_> = FalseAttestations::get().into_iter().map(|(who, _)| who).collect();
		assert_eq!(slashed, [lazy]);

		let id = sampled(2);
		advance(4);
		audit_alone(id, Verdict::Unavailable);
		advance(3);
		audit(id, &[VALID; 4]);
		assert_eq!(Log::job(id).and_then(|job| job.class), Some(Class::Valid));
		assert_eq!(FalseAttestations::get().len(), 1);
	});
}

#[test]
fn silence_of_the_single_auditor_opens_a_panel_and_costs_it() {
	new_test_ext().execute_with(|| {
		let id = sampled(1);
		advance(4);
		let silent = committee(id)[0].clone();
		advance(6);
		assert_eq!(downtimes(), std::slice::from_ref(&silent));
		advance(4);
		assert!(!committee(id).contains(&silent));
		audit(id, &[VALID; 4]);
		assert!(matches!(state(id), JobState::Payable { .. }));
	});
}

#[test]
fn a_failure_sweeps_everything_that_is_not_paid_into_one_incident() {
	new_test_ext().execute_with(|| {
		audited_with(HARDLY_EVER);
		// More jobs than one step of a sweep takes.
		let count = consequence::SWEEP_STEP as u8 + 3;
		let unpaid: Vec<_> = (1..=count).map(sampled).collect();
		let found = delivered(100);
		// A block takes eight steps at most.
		advance(5);
		assert!(
			unpaid
				.iter()
				.all(|id| matches!(state(*id), JobState::Payable { .. }))
		);
		audit(found, &[INVALID; 4]);
		advance(2);
		for id in &unpaid {
			let surely = matches!(
				state(*id),
				JobState::Delivered {
					draw: Draw::Surely,
					..
				}
			);
			assert!(surely, "{:?}", state(*id));
		}
		advance(5);
		// Whoever is drawn finds the same in all of them.
		for _ in 0..2 {
			for id in &unpaid {
				assert!(
					matches!(state(*id), JobState::Auditing { .. }),
					"{:?}",
					state(*id)
				);
			}
			for id in &unpaid {
				for who in committee(*id) {
					commit(*id, &who, INVALID.expect("a verdict"));
				}
			}
			to_reveals(unpaid[0]);
			for id in &unpaid {
				for who in committee(*id) {
					reveal(*id, &who, INVALID.expect("a verdict"));
				}
			}
			advance(7);
		}
		let incident = incident().expect("it is still open");
		assert_eq!(incident.failures, u32::from(count) + 1);
		assert_eq!(Log::node_stats(NODE).invalid, u64::from(count) + 1);
		assert_eq!(
			Log::reputation(NODE).score.micro_nats(),
			test_terms().verification.score_fail,
			"one incident counts once"
		);
		advance(test_terms().verification.incident_window);
		assert_eq!(Frauds::get(), [(NODE, incident.slash())]);
	});
}

#[test]
fn the_third_incident_ejects() {
	new_test_ext().execute_with(|| {
		for nonce in 1..=3 {
			assert!(Ejected::get().is_empty());
			let id = drawn(nonce);
			audit(id, &[INVALID; 4]);
			advance(test_terms().verification.incident_window + 1);
		}
		assert_eq!(Ejected::get(), [NODE]);
		assert!(Log::reputation(NODE).ejected);
		assert_eq!(frauds(), [NODE, NODE, NODE]);
	});
}

#[test]
fn who_leaves_with_a_score_is_audited_before_it_is_paid() {
	new_test_ext().execute_with(|| {
		// A hidden transcript raises the score and opens no incident.
		let hidden = drawn(1);
		hide(hidden);
		audited_with(HARDLY_EVER);
		let id = sampled(2);
		advance(4);
		assert!(matches!(state(id), JobState::Payable { .. }));
		ActiveBond::set(&0);
		advance(test_terms().verification.incident_window);
		assert!(matches!(
			state(id),
			JobState::Delivered {
				draw: Draw::Surely,
				..
			}
		));
	});
}

#[test]
fn a_bond_below_three_penalties_is_refused_and_the_view_says_what_would_do() {
	new_test_ext().execute_with(|| {
		let sampled = Ticket {
			tier: Tier::Sampled,
			..ticket(1)
		};
		let needed = Log::needed_bond(NODE, Tier::Sampled, 2_000, PAIR).expect("a court can sit");
		ActiveBond::set(&10);
		assert_noop!(request(sampled), Refused::BondBelowPenalty);
		ActiveBond::set(&needed);
		assert_ok!(request(sampled));
		AuditorCount::set(&3);
		assert_eq!(Log::needed_bond(NODE, Tier::Sampled, 2_000, PAIR), None);
		assert_noop!(
			request(Ticket {
				nonce: [9; 32],
				..sampled
			}),
			Refused::TooFewAuditors
		);
	});
}

#[test]
fn jobs_beyond_what_auditors_can_bear_are_refused_until_others_are_judged() {
	new_test_ext().execute_with(|| {
		BondCovers::set(&Planck::MAX);
		// Five auditors bear five full batches of 32; each job may take four seats.
		let most = 5 * 32 / 4;
		for nonce in 0..most {
			let caller = if nonce % 2 == 0 { CALLER } else { OTHER };
			assert_ok!(request(Ticket {
				caller: caller.into(),
				..ticket(nonce)
			}));
		}
		assert_noop!(request(ticket(200)), Refused::AuditorsBusy);
		assert_ok!(request(Ticket {
			tier: Tier::Private,
			..ticket(201)
		}));
		assert_ok!(Log::cancel(signed(&NODE), 0));
		assert_ok!(request(ticket(202)));
		check();
	});
}

#[test]
fn an_auditor_that_is_absent_too_often_is_chilled_while_others_can_judge() {
	new_test_ext().execute_with(|| {
		for nonce in 1..=3 {
			delivered(nonce);
		}
		advance(60);
		let mut chilled = Chilled::get();
		chilled.sort();
		assert_eq!(chilled, (0..5).map(auditor).collect::<Vec<_>>());
	});
	new_test_ext().execute_with(|| {
		AuditorCount::set(&4);
		for nonce in 1..=3 {
			delivered(nonce);
		}
		advance(60);
		assert!(Chilled::get().is_empty(), "without them nobody could be judged");
	});
}

/// The single auditor's verdict.
pub(super) fn audit_alone(id: u64, verdict: Verdict) {
	let who = committee(id)[0].clone();
	commit(id, &who, verdict);
	to_reveals(id);
	reveal(id, &who, verdict);
	advance(1);
	after_second_look(id);
}

/// Lets the draw end whether a panel looks again at what a single auditor passed.
pub(super) fn after_second_look(id: u64) {
	while matches!(
		state(id),
		JobState::Delivered {
			draw: Draw::Again,
			..
		}
	) {
		advance(1);
	}
}

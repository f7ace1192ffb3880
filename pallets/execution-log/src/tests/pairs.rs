//! Auditors are drawn among those that check the pair of the job.

use super::{
	dispute::dispute,
	sampled::{HARDLY_EVER, audited_with},
	*,
};
use receipt::{Ticket, Tier};
use verification::{Ppm, conviction_chance, penalty::penalty};

fn rare(nonce: u8) -> Ticket {
	Ticket {
		pair: RARE,
		..ticket(nonce)
	}
}

/// A job of the rare pair with its receipt.
fn delivered_rare(ticket: Ticket) -> u64 {
	let id = Log::next_job();
	assert_ok!(request(ticket));
	assert_ok!(deliver(receipt_for(id)));
	id
}

/// Who sits, by account.
fn seated(id: u64) -> Vec<AccountId32> {
	let mut seated = committee(id);
	seated.sort();
	seated
}

/// The four that check the rare pair.
fn those_that_check() -> Vec<AccountId32> {
	(4..8).map(auditor).collect()
}

#[test]
fn a_request_counts_those_that_check_its_pair() {
	new_test_ext().execute_with(|| {
		RareAuditorCount::set(&3);
		assert_noop!(request(rare(1)), Refused::TooFewAuditors);
		assert_eq!(Log::needed_bond(NODE, Tier::Sampled, 2_000, RARE), None);
		// Nobody need check what is called privately.
		assert_ok!(request(Ticket {
			tier: Tier::Private,
			..rare(2)
		}));
		assert_ok!(request(ticket(3)));
		RareAuditorCount::set(&4);
		assert_ok!(request(rare(4)));
		assert!(Log::needed_bond(NODE, Tier::Sampled, 2_000, RARE).is_some());
	});
}

#[test]
fn a_panel_is_drawn_among_those_that_check_the_pair() {
	new_test_ext().execute_with(|| {
		RareAuditorCount::set(&4);
		let id = delivered_rare(rare(1));
		advance(4);
		assert_eq!(seated(id), those_that_check());
	});
}

#[test]
fn where_those_that_check_the_pair_leave_before_the_draw_nobody_is_judged() {
	new_test_ext().execute_with(|| {
		RareAuditorCount::set(&4);
		let id = delivered_rare(rare(1));
		RareAuditorCount::set(&3);
		advance(4);
		assert!(matches!(
			state(id),
			JobState::Refunded {
				reason: RefundReason::NoQuorum,
				..
			}
		));
		assert!(downtimes().is_empty() && frauds().is_empty());
	});
}

#[test]
fn a_penalty_goes_by_how_many_check_the_pair() {
	new_test_ext().execute_with(|| {
		audited_with(Ppm::ONE);
		RareAuditorCount::set(&8);
		let id = delivered_rare(Ticket {
			tier: Tier::Sampled,
			..rare(1)
		});
		let rules = Neighbours::current_rules();
		let [few, many] = [5, 8].map(|count| conviction_chance(&rules, count));
		assert_ne!(few, many, "the two counts tell the pairs apart");
		let job = Log::job(id).expect("it exists");
		let expected = penalty(&rules, &job.facts(), job.audit.probability, many);
		assert_eq!(Some(job.audit.penalty), expected);
	});
}

#[test]
fn the_auditors_of_one_pair_are_not_busy_with_the_jobs_of_another() {
	new_test_ext().execute_with(|| {
		BondCovers::set(&Planck::MAX);
		RareAuditorCount::set(&4);
		// As many as five auditors can bear.
		for nonce in 0..5 * 32 / 4 {
			let caller = if nonce % 2 == 0 { CALLER } else { OTHER };
			assert_ok!(request(Ticket {
				caller: caller.into(),
				..ticket(nonce)
			}));
		}
		assert_noop!(request(ticket(200)), Refused::AuditorsBusy);
		assert_ok!(request(rare(201)));
		check();
	});
}

#[test]
fn who_is_absent_is_chilled_only_while_others_check_the_pair() {
	for (count, all_chilled) in [(4, false), (5, true)] {
		new_test_ext().execute_with(|| {
			RareAuditorCount::set(&count);
			for nonce in 1..=3 {
				delivered_rare(rare(nonce));
			}
			advance(60);
			let mut chilled = Chilled::get();
			chilled.sort();
			let expected: Vec<_> = (8 - count..8).map(auditor).filter(|_| all_chilled).collect();
			assert_eq!(chilled, expected);
		});
	}
}

#[test]
fn a_dispute_takes_those_that_check_the_pair() {
	new_test_ext().execute_with(|| {
		audited_with(HARDLY_EVER);
		RareAuditorCount::set(&4);
		let id = delivered_rare(Ticket {
			tier: Tier::Sampled,
			..rare(1)
		});
		advance(4);
		RareAuditorCount::set(&3);
		assert_noop!(dispute(&CALLER, id), Refused::TooFewAuditors);
		RareAuditorCount::set(&4);
		assert_ok!(dispute(&CALLER, id));
	});
}

#[test]
fn who_gives_up_a_pair_after_the_request_is_drawn_all_the_same() {
	new_test_ext().execute_with(|| {
		RareAuditorCount::set(&4);
		let id = delivered_rare(rare(1));
		advance(1);
		rare_declared(3);
		assert_noop!(request(rare(2)), Refused::TooFewAuditors);
		assert_eq!(Log::needed_bond(NODE, Tier::Sampled, 2_000, RARE), None);
		advance(3);
		assert_eq!(seated(id), those_that_check());
	});
}

#[test]
fn who_declares_a_pair_after_the_request_is_not_drawn() {
	new_test_ext().execute_with(|| {
		RareAuditorCount::set(&4);
		let id = delivered_rare(rare(1));
		advance(1);
		rare_declared(8);
		advance(3);
		assert_eq!(seated(id), those_that_check());
	});
}

#[test]
fn a_penalty_goes_by_how_many_had_declared_the_pair_at_the_request() {
	new_test_ext().execute_with(|| {
		audited_with(Ppm::ONE);
		RareAuditorCount::set(&8);
		let id = Log::next_job();
		assert_ok!(request(Ticket {
			tier: Tier::Sampled,
			..rare(1)
		}));
		advance(1);
		rare_declared(5);
		assert_ok!(deliver(receipt_for(id)));
		let rules = Neighbours::current_rules();
		let job = Log::job(id).expect("it exists");
		let expected = [8, 5].map(|count| {
			let convicts = conviction_chance(&rules, count);
			penalty(&rules, &job.facts(), job.audit.probability, convicts)
		});
		assert_ne!(expected[0], expected[1], "the two counts tell the blocks apart");
		assert_eq!(Some(job.audit.penalty), expected[0]);
	});
}

#[test]
fn a_dispute_takes_those_that_had_declared_the_pair_at_the_request() {
	new_test_ext().execute_with(|| {
		audited_with(HARDLY_EVER);
		RareAuditorCount::set(&4);
		let id = delivered_rare(Ticket {
			tier: Tier::Sampled,
			..rare(1)
		});
		advance(4);
		rare_declared(3);
		assert_ok!(dispute(&CALLER, id));
	});
}

#[test]
fn who_is_absent_is_chilled_while_others_had_declared_the_pair_at_the_request() {
	new_test_ext().execute_with(|| {
		RareAuditorCount::set(&5);
		for nonce in 1..=3 {
			delivered_rare(rare(nonce));
		}
		advance(1);
		rare_declared(4);
		advance(60);
		let mut chilled = Chilled::get();
		chilled.sort();
		assert_eq!(chilled, (3..8).map(auditor).collect::<Vec<_>>());
	});
}

//! Faults that a node planted in its own receipt.

use super::*;
use crate::canary::CANARY_STEP;
use receipt::{
	Price, Receipt, Ticket, Tier,
	canary::{CanaryOpening, Planting},
};
use verification::Ppm;

const WINDOW: u32 = 6;

const TRUE_TRANSCRIPT: [u8; 32] = [33; 32];

/// Terms under which every job is a canary, and nodes are asked.
pub(super) fn all_canaries(change: impl FnOnce(&mut pallet_terms::Terms)) {
	let mut terms = test_terms();
	terms.jobs.opening_window = WINDOW;
	terms.verification.canary_rate = Ppm::ONE;
	terms.verification.canary_clear = Ppm::ONE;
	change(&mut terms);
	Versions::set(&vec![terms]);
}

/// The opening that belongs to a job: drawn by its node, or by whoever else.
fn opening_of(id: u64, secret: u8) -> CanaryOpening {
	canary_opening(id, secret, TRUE_TRANSCRIPT)
}

/// A job of the node that draws, with its opening sealed in its receipt.
pub(super) fn planted(nonce: u8, tier: Tier) -> (u64, CanaryOpening) {
	planted_at(nonce, tier, ticket(nonce).node_price)
}

/// The same, of a node that asks this price.
fn planted_at(nonce: u8, tier: Tier, node_price: Price) -> (u64, CanaryOpening) {
	let id = Log::next_job();
	assert_ok!(request(Ticket {
		tier,
		node_price,
		node: canary_node().into(),
		..ticket(nonce)
	}));
	let opening = opening_of(id, CANARY_SECRET);
	assert_ok!(deliver(Receipt {
		sealed_canary: opening.seal(),
		..receipt_for(id)
	}));
	(id, opening)
}

pub(super) fn open(id: u64, opening: CanaryOpening) -> frame_support::dispatch::DispatchResult {
	Log::open_canary(signed(&canary_node()), id, Box::new(opening))
}

/// The single auditor's verdict.
fn audit_alone(id: u64, verdict: Verdict) -> AccountId32 {
	assert_eq!(committee(id).len(), 1);
	let who = committee(id)[0].clone();
	commit(id, &who, verdict);
	to_reveals(id);
	reveal(id, &who, verdict);
	advance(1);
	sampled::after_second_look(id);
	who
}

fn invalid() -> Verdict {
	INVALID.expect("a verdict")
}

fn opened(id: u64) -> OpenedCanary {
	let job = Log::job(id).expect("it exists");
	job.audit.canary.opened().cloned().expect("it was opened")
}

pub(super) fn slashed() -> Vec<AccountId32> {
	FalseAttestations::get().into_iter().map(|(who, _)| who).collect()
}

fn accuracy(canaries: u32, missed: u32, near_missed: u32) -> AuditorAccuracy {
	AuditorAccuracy {
		canaries,
		missed,
		near_missed,
		idle: 0,
	}
}

#[test]
fn a_lazy_auditor_that_passed_a_canary_is_caught_once_the_second_audit_confirms_it() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		let lazy = audit_alone(id, Verdict::Valid);
		assert!(matches!(state(id), JobState::Payable { .. }));
		assert_eq!(Credits::get().get(&lazy), Some(&1), "nobody knows better yet");
		let passes = Log::reputation(canary_node()).probation;

		assert_ok!(open(id, opening));
		let planting = opened(id).planting;
		assert_eq!(
			(planting.transcript, planting.shift, planting.chunk),
			(TRUE_TRANSCRIPT, 1, 0)
		);
		assert_eq!(last_event(), Event::CanaryOpened { job: id, planting });
		let job = Log::job(id).expect("it exists");
		assert_eq!((job.class, job.committee.len(), job.quorum.len()), (None, 0, 0));
		assert!(slashed().is_empty(), "only the node says so");

		advance(4);
		// The second audit is one of its own: a panel, for somebody may be slashed; other salts, the true transcript.
		let panel = committee(id);
		assert_eq!(panel.len(), 4);
		let owed = Log::owed(panel[0].clone());
		assert_eq!((owed[0].round, owed[0].opened), (4, Some(planting)));
		audit(id, &[VALID; 4]);
		assert!(matches!(state(id), JobState::Payable { .. }));
		advance(1);
		assert_eq!(slashed(), std::slice::from_ref(&lazy));
		let job = Log::job(id).expect("it exists");
		let rules = Neighbours::current_rules();
		let psi = verification::penalty::attestation_penalty(&rules, &job.facts(), job.audit.penalty);
		assert_eq!(FalseAttestations::get()[0].1, psi);
		assert_eq!(Log::accuracy(lazy.clone()), accuracy(1, 1, 0));
		assert_eq!((opened(id).saw, opened(id).missed), (0, 1));
		// The first verdict is not paid, the second is.
		let expected = u32::from(panel.contains(&lazy));
		assert_eq!(Credits::get().get(&lazy).copied().unwrap_or(0), expected);
		assert_eq!(Credits::get().values().sum::<u32>(), 4);
		// The node has its small reward, and the job counts once for its standing.
		assert_eq!(
			Rewards::get(),
			[(canary_node(), 6)],
			"a tenth of what validators and treasury get"
		);
		assert_eq!(Log::reputation(canary_node()).probation, passes);
		assert!(frauds().is_empty() && incident_of_canary_node().is_none());
		advance(Neighbours::current_rules().incident_window);
		assert!(matches!(state(id), JobState::Settled { .. }));
	});
}

#[test]
fn the_reward_does_not_grow_with_what_the_node_asks() {
	for base in [0, 200] {
		new_test_ext().execute_with(|| {
			all_canaries(|_| ());
			let price = Price { base, per_token: 0 };
			let (id, opening) = planted_at(1, Tier::Sampled, price);
			advance(4);
			audit_alone(id, Verdict::Valid);
			assert_ok!(open(id, opening));
			advance(4);
			audit(id, &[VALID; 4]);
			advance(1);
			// 7 + 32 x 20 are the workflow's, a tenth of which goes to validators and treasury.
			assert_eq!(Rewards::get(), [(canary_node(), 6)], "{base}");
		});
	}
}

#[test]
fn an_auditor_that_sees_the_fault_is_paid_and_no_court_is_opened() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		let honest = audit_alone(id, invalid());
		let now = System::block_number();
		let until = match state(id) {
			JobState::Opening { until, stage } => {
				assert_eq!(stage, Stage::Auditor);
				until
			}
			other => panic!("the node is asked: {other:?}"),
		};
		assert!((now..=now + WINDOW).contains(&until));
		assert_ok!(open(id, opening));
		assert!(matches!(
			state(id),
			JobState::Delivered {
				draw: Draw::Surely,
				..
			}
		));
		assert!(
			Credits::get().is_empty(),
			"its verdict is worth nothing before it is confirmed"
		);
		advance(4);
		audit_alone(id, Verdict::Valid);
		advance(1);
		assert_eq!(Credits::get().values().sum::<u32>(), 2);
		assert!(slashed().is_empty());
		assert_eq!(Log::accuracy(honest), accuracy(1, 0, 0));
		assert_eq!(Rewards::get().len(), 1);
		assert!(incident_of_canary_node().is_none() && frauds().is_empty());
		assert_eq!(Log::node_stats(canary_node()).invalid, 0);
		advance(Neighbours::current_rules().incident_window);
		assert!(matches!(state(id), JobState::Settled { .. }));
	});
}

#[test]
fn who_does_not_open_in_time_is_judged_as_anybody_and_not_asked_again() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		audit_alone(id, invalid());
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
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		audit_alone(id, invalid());
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
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		audit_alone(id, invalid());
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
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		audit_alone(id, invalid());
		assert_noop!(open(id, opening), Refused::NotACanary);
		assert!(matches!(state(id), JobState::Opening { .. }));
	});
}

#[test]
fn what_the_second_audit_rejects_is_the_nodes_fault_and_nobody_pays_for_the_claim() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		// The node planted nothing and says that it did: whoever passed its work was right.
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		let honest = audit_alone(id, Verdict::Valid);
		assert_ok!(open(id, opening));
		advance(4);
		audit(id, &[Some(Verdict::Invalid(Reason::Structure)); 4]);
		advance(1);
		assert!(matches!(
			state(id),
			JobState::Refunded {
				reason: RefundReason::Invalid,
				..
			}
		));
		assert!(slashed().is_empty());
		assert_eq!(Log::accuracy(honest), accuracy(0, 0, 0));
		let penalty = Log::job(id).expect("it exists").audit.penalty;
		let incident = incident_of_canary_node().expect("it failed");
		assert_eq!(incident.slash(), penalty);
		let rewarded: Vec<_> = Rewards::get().into_iter().map(|(who, _)| who).collect();
		assert!(!rewarded.contains(&canary_node()), "{rewarded:?}");
	});
	// A fraud behind the fault: who saw that something was wrong is paid.
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		let honest = audit_alone(id, invalid());
		assert_ok!(open(id, opening));
		advance(4);
		let second = audit_alone(id, invalid());
		assert!(
			matches!(
				state(id),
				JobState::Delivered {
					draw: Draw::Who(Stage::Panel),
					..
				}
			),
			"it is not asked twice"
		);
		advance(4);
		let panel = committee(id);
		audit(id, &[INVALID; 4]);
		advance(1);
		let mut right = [panel, vec![honest, second]].concat();
		right.sort();
		let mut credited: Vec<_> = Credits::get()
			.into_iter()
			.flat_map(|(who, count)| vec![who; count as usize])
			.collect();
		credited.sort();
		assert_eq!(credited, right);
	});
}

#[test]
fn a_replicated_canary_finds_the_lazy_one_of_a_panel() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = planted(1, Tier::Replicated);
		advance(4);
		let panel = committee(id);
		audit(id, &[INVALID, INVALID, VALID, INVALID]);
		assert!(matches!(
			state(id),
			JobState::Opening {
				stage: Stage::Panel,
				..
			}
		));
		assert_ok!(open(id, opening));
		advance(4);
		audit(id, &[VALID; 4]);
		advance(1);
		assert_eq!(slashed(), [panel[2].clone()]);
		for (number, who) in panel.iter().enumerate() {
			assert_eq!(
				Log::accuracy(who.clone()),
				accuracy(1, u32::from(number == 2), 0),
				"{number}"
			);
			// The fee pays the second panel alone; the pool pays those that saw the fault.
			let credits = Credits::get().get(who).copied().unwrap_or(0);
			assert_eq!(credits, u32::from(number != 2), "{number}");
		}
		advance(4);
		let JobState::Settled { payouts, .. } = state(id) else {
			panic!("{:?}", state(id))
		};
		let paid = payouts.iter().filter(|line| line.kind == PayoutKind::Validator);
		assert_eq!(paid.count(), 4);
	});
}

#[test]
fn a_near_fault_that_was_missed_costs_nothing_but_accuracy() {
	new_test_ext().execute_with(|| {
		// Two steps under a band of one and a half: 1.33 bands.
		all_canaries(|terms| terms.verification.canary_clear = Ppm::new(1));
		MantissaBand::set(&1_500);
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		let who = audit_alone(id, Verdict::Valid);
		assert_ok!(open(id, opening));
		assert_eq!((opened(id).planting.shift, opened(id).error_milli), (2, 1_333));
		advance(4);
		let second = audit_alone(id, Verdict::Valid);
		advance(1);
		assert!(slashed().is_empty());
		assert_eq!(Log::accuracy(who.clone()), accuracy(1, 0, 1));
		let credits = Credits::get().get(&who).copied().unwrap_or(0);
		assert_eq!(credits, u32::from(who == second), "a missed fault is not paid");
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
fn a_swept_canary_is_audited_opened_and_paid() {
	new_test_ext().execute_with(|| {
		all_canaries(|terms| {
			terms.verification.probation = 0;
			terms.verification.base_audit = Ppm::new(100);
			terms.verification.always_audit_fee = Planck::MAX;
		});
		let (canary, opening) = planted(1, Tier::Sampled);
		let (bad, _) = planted(2, Tier::Replicated);
		advance(5);
		assert!(matches!(state(canary), JobState::Payable { .. }));
		assert_noop!(open(canary, opening), Refused::WrongState);
		audit(bad, &[INVALID; 4]);
		advance(WINDOW + 7);
		assert!(incident_of_canary_node().is_some());
		for _ in 0..2 {
			while !matches!(state(canary), JobState::Auditing { .. }) {
				advance(1);
			}
			if opened_yet(canary) {
				audit_alone(canary, Verdict::Valid);
			} else {
				audit_alone(canary, invalid());
				assert_ok!(open(canary, opening));
			}
		}
		assert!(matches!(state(canary), JobState::Payable { .. }));
		assert_eq!(Log::node_stats(canary_node()).invalid, 1, "the other one");
	});
}

fn opened_yet(id: u64) -> bool {
	Log::job(id).is_some_and(|job| job.audit.canary.opened().is_some())
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

#[test]
fn a_friend_of_the_node_alone_has_nobody_slashed_that_passed_honest_work() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		let honest = audit_alone(id, Verdict::Valid);
		// Nothing was planted. One of those that are drawn says nevertheless that it was.
		assert_ok!(open(id, opening));
		advance(4);
		let panel = committee(id);
		let friend = panel.iter().position(|who| *who != honest);
		let mut votes = [INVALID; 4];
		votes[friend.expect("there are four")] = VALID;
		audit(id, &votes);
		advance(1);
		assert!(matches!(
			state(id),
			JobState::Refunded {
				reason: RefundReason::Invalid,
				..
			}
		));
		assert!(!slashed().contains(&honest));
		assert_eq!(Log::accuracy(honest), accuracy(0, 0, 0));
	});
}

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

#[test]
fn many_verdicts_on_one_canary_are_settled_in_parts() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		audit_alone(id, Verdict::Valid);
		assert_ok!(open(id, opening));
		// As if two whole stages had spoken.
		let count = CANARY_STEP + 5;
		Jobs::<Test>::mutate(id, |job| {
			let job = job.as_mut().expect("it exists");
			let Canary::Opened(opened) = &mut job.audit.canary else {
				panic!("it is opened")
			};
			for number in 1..count as u8 {
				let said = PlantedVerdict {
					auditor: AccountId32::new([number; 32]),
					verdict: Verdict::Valid,
					credited: false,
					idle: false,
				};
				opened.planted.try_push(said).expect("there is room");
			}
		});
		advance(4);
		audit(id, &[VALID; 4]);
		advance(2);
		assert_eq!(slashed().len(), count);
		assert_eq!(opened(id).missed as usize, count);
		assert_eq!(Rewards::get().len(), 1, "once, at the end");
	});
}

#[test]
fn what_is_planted_follows_from_the_nodes_draw_alone() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = planted(1, Tier::Sampled);
		advance(4);
		audit_alone(id, Verdict::Valid);
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

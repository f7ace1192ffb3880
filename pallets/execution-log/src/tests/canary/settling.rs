//! What an opening leads to once a second audit has confirmed it, or has not.

use super::*;
use crate::canary::CANARY_STEP;

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
fn many_verdicts_on_one_canary_are_settled_in_parts() {
	new_test_ext().execute_with(|| {
		all_canaries(|_| ());
		let (id, opening) = passed(1);
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

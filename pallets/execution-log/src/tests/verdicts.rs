//! What each outcome of an audit does with money and bonds.

use super::*;

/// 32 tokens were used: 7 + 20 each for the workflow, 3 + 1 each for the node.
const CHARGE: Charge = Charge {
	total: 682,
	node_part: 35,
};

#[test]
fn a_valid_run_is_paid_to_the_last_unit() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		audit(id, &[VALID; 4]);
		let JobState::Payable { at, settle_at } = state(id) else {
			panic!("it was judged")
		};
		assert_eq!(settle_at, at + 3);
		assert_eq!(
			held(HoldReason::Fee, &CALLER),
			2_000,
			"the dispute window is open"
		);
		advance(settle_at - 1 - System::block_number());
		assert!(matches!(state(id), JobState::Payable { .. }));
		advance(1);

		let job = Log::job(id).expect("it exists");
		let JobState::Settled { at, charge, payouts } = job.state.clone() else {
			panic!("it settled")
		};
		assert_eq!((at, charge), (settle_at, CHARGE));
		// 647 are split: 45, 20, 25, 5 and 5 parts; the mock leaves every rest to the treasury.
		let lines: Vec<_> = payouts.iter().map(|line| (line.kind, line.amount)).collect();
		assert_eq!(
			lines,
			[
				(PayoutKind::Creator, 291),
				(PayoutKind::Upstream, 129),
				(PayoutKind::Node, 161 + 35),
				(PayoutKind::Validator, 8),
				(PayoutKind::Validator, 8),
				(PayoutKind::Validator, 8),
				(PayoutKind::Validator, 8),
				(PayoutKind::Treasury, 34),
			]
		);
		assert_eq!(
			payouts.iter().map(|line| line.amount).sum::<Planck>(),
			charge.total
		);
		assert_eq!(held(HoldReason::Fee, &CALLER), 0);
		assert_eq!(free(&CALLER), RICH - 500 - charge.total);
		assert_eq!(free(&NODE), RICH + 196);
		assert_eq!(free(&TREASURY), RICH + 34);
		assert_eq!(job.class, Some(Class::Valid));
		assert_eq!(job.quorum.to_vec(), committee(id));
		assert!(downtimes().is_empty() && frauds().is_empty());
		check();
	});
}

#[test]
fn the_record_shows_everything_a_receipt_is_checked_by() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		audit(id, &[VALID, VALID, INVALID, VALID]);
		advance(4);
		let job = Log::job(id).expect("it exists");
		let delivery = job.delivery.clone().expect("it was delivered");
		assert_eq!(job.ticket.hash(), job.ticket_hash);
		assert!(receipt::signing::verify(
			&job.ticket_key,
			&job.ticket_hash,
			&job.ticket_signature
		));
		assert_eq!(delivery.receipt.hash(), delivery.hash);
		assert!(receipt::signing::verify(
			&delivery.key,
			&delivery.hash,
			&delivery.signature
		));
		let mut quorum = vec![];
		for seat in &job.committee {
			let opening = seat.opening.expect("all revealed");
			let account: &[u8; 32] = seat.auditor.as_ref();
			let own =
				receipt::attestation::commitment(&Log::genesis(), id, &delivery.hash, account, &opening);
			assert_eq!(seat.commitment, Some(own));
			if opening.verdict == Verdict::Valid {
				quorum.push(seat.auditor.clone());
			}
		}
		assert_eq!((quorum.len(), job.quorum.to_vec()), (3, quorum));
		assert!(matches!(job.state, JobState::Settled { .. }));
	});
}

#[test]
fn statistics_count_runs_and_distinct_callers() {
	new_test_ext().execute_with(|| {
		for nonce in [1, 2] {
			let id = drawn(nonce);
			audit(id, &[VALID; 4]);
			advance(4);
			assert!(matches!(state(id), JobState::Settled { .. }));
		}
		let foreign = receipt::Ticket {
			caller: OTHER.into(),
			..ticket(3)
		};
		let id = Log::next_job();
		assert_ok!(request(foreign));
		assert_ok!(deliver(receipt_for(id)));
		advance(4);
		audit(id, &[VALID; 4]);
		advance(4);
		assert_eq!(
			Log::workflow_stats(WORKFLOW),
			WorkflowStatistics {
				runs: 3,
				audited_runs: 3,
				private_runs: 0,
				charged: 3 * 682,
				earned: 3 * 291,
				callers: 2
			}
		);
		assert_eq!(
			Log::workflow_stats(UPSTREAM),
			WorkflowStatistics {
				earned: 3 * 129,
				..Default::default()
			}
		);
		assert_eq!(
			Log::node_stats(NODE),
			NodeStatistics {
				settled: 3,
				audited: 3,
				callers: 2,
				..Default::default()
			}
		);
	});
}

#[test]
fn an_invalid_run_is_refunded_and_is_fraud() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		audit(id, &[INVALID, VALID, INVALID, INVALID]);
		let at = System::block_number() - 1;
		assert_eq!(
			state(id),
			JobState::Refunded {
				at,
				reason: RefundReason::Invalid
			}
		);
		assert_eq!((held(HoldReason::Fee, &CALLER), free(&CALLER)), (0, RICH - 500));
		let incident = incident().expect("it is the first failure");
		assert_eq!((incident.failures, Chilled::get()), (1, vec![NODE]));
		assert!(frauds().is_empty(), "the bond pays when the incident closes");
		assert_eq!(downtimes(), []);
		assert_eq!(Log::node_stats(NODE).invalid, 1);
		assert_eq!(Log::workflow_stats(WORKFLOW), Default::default());
	});
}

#[test]
fn reasons_of_an_invalid_run_need_not_agree() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		let reasons = [
			Reason::Structure,
			Reason::Fingerprint,
			Reason::Sampling,
			Reason::Sampling,
		];
		audit(id, &reasons.map(|reason| Some(Verdict::Invalid(reason))));
		assert_eq!(Log::job(id).and_then(|job| job.class), Some(Class::Invalid));
	});
}

#[test]
fn an_unavailable_transcript_is_refunded_and_is_downtime() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		hide(id);
		let at = System::block_number() - 1;
		assert_eq!(
			state(id),
			JobState::Refunded {
				at,
				reason: RefundReason::Unavailable
			}
		);
		assert_eq!(frauds(), []);
		assert_eq!(downtimes(), [NODE]);
		assert_eq!(Log::node_stats(NODE).unavailable, 1);
	});
}

#[test]
fn who_comes_back_while_the_jury_waits_loses_nothing() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		audit(id, &[UNAVAILABLE, UNAVAILABLE, VALID, UNAVAILABLE]);
		advance(3);
		let JobState::Auditing {
			stage, commit_until, ..
		} = state(id)
		else {
			panic!("no jury sits: {:?}", state(id))
		};
		let window = commit_until - System::block_number();
		assert_eq!((stage, window), (Stage::Jury, test_terms().jobs.court_window));
		audit(id, &[VALID; 5]);
		assert!(matches!(state(id), JobState::Payable { .. }));
		assert!(downtimes().is_empty() && frauds().is_empty());
		assert_eq!(Log::reputation(NODE).score.micro_nats(), 0);
	});
}

#[test]
fn what_is_hidden_in_one_absence_counts_once_and_costs_each_time() {
	new_test_ext().execute_with(|| {
		let rules = test_terms().verification;
		hide(drawn(1));
		let since = Log::reputation(NODE).absent_since;
		hide(drawn(2));
		let reputation = Log::reputation(NODE);
		assert_eq!(reputation.score.micro_nats(), rules.score_fail);
		assert_eq!((reputation.absent_since, reputation.ejected), (since, false));
		assert_eq!(downtimes(), [NODE, NODE]);

		advance(rules.incident_window);
		hide(drawn(3));
		let reputation = Log::reputation(NODE);
		assert_eq!(reputation.score.micro_nats(), 2 * rules.score_fail);
		assert!(reputation.absent_since > since);
	});
}

#[test]
fn what_a_panel_cannot_decide_a_jury_does_or_it_is_refunded() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		audit(id, &[VALID, VALID, INVALID, INVALID]);
		let from = System::block_number() - 1;
		assert_eq!(
			state(id),
			JobState::Delivered {
				from,
				draw: Draw::Who(Stage::Jury)
			}
		);
		advance(3);
		assert!(matches!(
			state(id),
			JobState::Auditing {
				stage: Stage::Jury,
				..
			}
		));
		audit(id, &[VALID, UNAVAILABLE, INVALID, INVALID, VALID]);
		let at = System::block_number() - 1;
		assert_eq!(
			state(id),
			JobState::Refunded {
				at,
				reason: RefundReason::NoQuorum
			}
		);
		assert_eq!((held(HoldReason::Fee, &CALLER), free(&CALLER)), (0, RICH - 500));
		assert!(downtimes().is_empty() && frauds().is_empty());
		assert_eq!(Log::node_stats(NODE).no_quorum, 1);
	});
}

#[test]
fn the_jury_can_settle() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		audit(id, &[None; 4]);
		advance(6 + 4);
		assert!(matches!(
			state(id),
			JobState::Auditing {
				stage: Stage::Jury,
				..
			}
		));
		audit(id, &[VALID; 5]);
		advance(4);
		assert!(matches!(state(id), JobState::Settled { .. }));
		assert_eq!(downtimes().len(), 4, "the absent of the panel paid");
	});
}

#[test]
fn who_is_absent_twice_in_a_job_pays_once() {
	new_test_ext().execute_with(|| {
		AuditorCount::set(&4);
		let id = drawn(1);
		advance(100);
		assert!(matches!(
			state(id),
			JobState::Refunded {
				reason: RefundReason::NoQuorum,
				..
			}
		));
		let mut paid = downtimes();
		paid.sort();
		assert_eq!(paid, (0..4).map(auditor).collect::<Vec<_>>());
	});
}

#[test]
fn too_few_commits_end_the_round_at_once() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		let members = committee(id);
		audit(id, &[VALID, VALID, None, None]);
		advance(6);
		assert!(matches!(
			state(id),
			JobState::Delivered {
				draw: Draw::Who(Stage::Jury),
				..
			}
		));
		let mut paid = downtimes();
		paid.sort();
		let mut absent = members[2..].to_vec();
		absent.sort();
		assert_eq!(paid, absent, "who committed and could not reveal is not to blame");
	});
}

#[test]
fn auditors_offline_in_every_combination() {
	// Each auditor votes, commits without revealing, or does nothing.
	for number in 0..3u32.pow(4) {
		let mode = |seat: usize| number / 3u32.pow(seat as u32) % 3;
		new_test_ext().execute_with(|| {
			let id = drawn(1);
			let members = committee(id);
			for (seat, who) in members.iter().enumerate() {
				if mode(seat) < 2 {
					commit(id, who, Verdict::Valid);
				}
			}
			let commits = (0..4).filter(|seat| mode(*seat) < 2).count();
			let reveals = (0..4).filter(|seat| mode(*seat) == 0).count();
			if commits >= 3 {
				to_reveals(id);
				for (seat, who) in members.iter().enumerate() {
					if mode(seat) == 0 {
						reveal(id, who, Verdict::Valid);
					}
				}
			}
			check();
			advance(6);
			let job = Log::job(id).expect("it exists");
			let mut absent: Vec<_> = (0..4)
				.filter(|seat| mode(*seat) == 2 || (mode(*seat) == 1 && commits >= 3))
				.map(|seat| members[seat].clone())
				.collect();
			absent.sort();
			let mut paid = downtimes();
			paid.sort();
			assert_eq!(paid, absent, "combination {number}");
			assert_eq!(frauds(), []);
			if reveals >= 3 {
				assert_eq!(job.class, Some(Class::Valid), "combination {number}");
				assert_eq!(job.quorum.len(), reveals);
				advance(4);
				assert!(matches!(state(id), JobState::Settled { .. }));
			} else {
				assert!(
					matches!(
						job.state,
						JobState::Delivered {
							draw: Draw::Who(Stage::Jury),
							..
						}
					),
					"combination {number}: {:?}",
					job.state
				);
			}
		});
	}
}

#[test]
fn too_few_auditors_at_the_draw_judge_nobody() {
	new_test_ext().execute_with(|| {
		let id = delivered(1);
		AuditorCount::set(&3);
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

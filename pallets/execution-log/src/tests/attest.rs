//! Which batches are transactions, and what their items do.

use super::*;
use frame_support::traits::Hooks;
use receipt::{
	Figures, Signature,
	attestation::{Batch, Item, Opening},
};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError};

fn validity(batch: &Batch, signature: &Signature) -> Result<(), InvalidTransaction> {
	match Log::authorize_attest(TransactionSource::External, batch, signature) {
		Ok(_) => Ok(()),
		Err(TransactionValidityError::Invalid(why)) => Err(why),
		Err(why) => panic!("unexpected {why:?}"),
	}
}

fn refused(code: u8) -> Result<(), InvalidTransaction> {
	Err(InvalidTransaction::Custom(code))
}

#[test]
fn a_batch_of_owed_items_is_valid_for_a_short_while() {
	new_test_ext().execute_with(|| {
		let (first, second) = (delivered(1), delivered(2));
		advance(4);
		let who = committee(first)
			.into_iter()
			.find(|who| committee(second).contains(who))
			.expect("two committees of 4 among 5 meet");
		let items = [first, second].map(|id| commit_item(id, &who, Verdict::Valid));
		let (batch, signature) = batch(&who, items.to_vec());
		let (valid, unspent) = Log::authorize_attest(TransactionSource::External, &batch, &signature)
			.expect("every item is owed");
		assert_eq!(valid.provides.len(), 1);
		assert_eq!((valid.longevity, valid.propagate), (16, true));
		assert_eq!(unspent, frame_support::weights::Weight::zero());
		assert_ok!(send(batch.clone(), signature));
		assert_eq!(
			validity(&batch, &signature),
			refused(refusal::NOT_OWED),
			"not a second time"
		);
		check();
	});
}

#[test]
fn the_origin_must_be_authorized() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		let who = committee(id)[0].clone();
		let (batch, signature) = batch(&who, vec![commit_item(id, &who, Verdict::Valid)]);
		for origin in [signed(&who), RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(
				Log::attest(origin, batch.clone(), signature),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn a_batch_is_refused_for_each_fault() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		let who = committee(id)[0].clone();
		let outsider = (0..5).map(auditor).find(|who| !committee(id).contains(who));
		let outsider = outsider.expect("the committee has 4 of 5");
		let item = commit_item(id, &who, Verdict::Valid);
		let now = System::block_number();
		let check = |who: &AccountId32, items: Vec<Item>| {
			let (batch, signature) = batch(who, items);
			validity(&batch, &signature)
		};

		assert_eq!(check(&who, vec![item]), Ok(()));
		assert_eq!(check(&who, vec![]), refused(refusal::COUNT));
		assert_eq!(check(&who, vec![item; 33]), refused(refusal::COUNT));
		assert_eq!(check(&who, vec![item; 2]), refused(refusal::REPEATED_JOB));
		let reveal = Item::Reveal {
			job: 99,
			opening: opening(Verdict::Valid),
		};
		assert_eq!(check(&who, vec![item, reveal]), refused(refusal::MIXED_PHASES));
		assert_eq!(check(&outsider, vec![item]), refused(refusal::NOT_OWED));
		let unknown = Item::Commit {
			job: 99,
			sitting: [0; 32],
			commitment: [0; 32],
		};
		assert_eq!(check(&who, vec![unknown]), refused(refusal::NOT_OWED));
		assert_eq!(
			check(&who, vec![reveal_item(id, Verdict::Valid)]),
			refused(refusal::NOT_OWED),
			"nothing is revealed before it was committed to"
		);

		let at = |at| {
			let batch = Batch {
				auditor: who.clone().into(),
				at,
				items: vec![item],
			};
			let signature = receipt::signing::sign(&auditor_secret(&who), &batch.message(&Log::genesis()));
			validity(&batch, &signature)
		};
		assert_eq!(at(now + 1), Err(InvalidTransaction::Future));
		assert_eq!(at(now), Ok(()));
		System::set_block_number(now + 4);
		assert_eq!(at(now), Ok(()));
		System::set_block_number(now + 17);
		assert_eq!(at(now), Err(InvalidTransaction::Stale));
	});
}

#[test]
fn only_the_audit_key_of_the_seat_signs_and_it_signs_everything() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		let [who, other, ..] = &committee(id)[..] else {
			panic!("the committee has 4")
		};
		let (batch, signature) = batch(who, vec![commit_item(id, who, Verdict::Valid)]);
		let message = batch.message(&Log::genesis());
		let bad = Err(InvalidTransaction::BadProof);
		assert_eq!(validity(&batch, &[0; 64]), bad);
		let foreign = receipt::signing::sign(&auditor_secret(other), &message);
		assert_eq!(validity(&batch, &foreign), bad);
		let elsewhere = receipt::signing::sign(&auditor_secret(who), &batch.message(&[1; 32]));
		assert_eq!(validity(&batch, &elsewhere), bad, "a batch for another chain");
		let changed = Batch {
			at: batch.at - 1,
			..batch.clone()
		};
		assert_eq!(validity(&changed, &signature), bad);
		assert_eq!(validity(&batch, &signature), Ok(()));
	});
}

#[test]
fn commits_and_reveals_have_their_blocks() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		let members = committee(id);
		let JobState::Auditing {
			commit_until,
			reveal_from,
			reveal_until,
			..
		} = state(id)
		else {
			panic!("it is being audited")
		};
		let now = System::block_number();
		assert_eq!(
			(commit_until, reveal_from, reveal_until),
			(now + 5, now + 7, now + 12)
		);
		for who in &members[..3] {
			commit(id, who, Verdict::Valid);
		}
		advance(5);
		let late = |who, item| {
			let (batch, signature) = batch(who, vec![item]);
			validity(&batch, &signature)
		};
		let commit = commit_item(id, &members[3], Verdict::Valid);
		let reveal = reveal_item(id, Verdict::Valid);
		assert_eq!(late(&members[3], commit), Ok(()), "the last block for commits");
		advance(1);
		assert_eq!(late(&members[3], commit), refused(refusal::NOT_OWED));
		assert_eq!(late(&members[0], reveal), refused(refusal::NOT_OWED), "the gap");
		advance(1);
		assert_eq!(late(&members[0], reveal), Ok(()), "the first block for reveals");
		assert_eq!(
			late(&members[3], reveal),
			refused(refusal::NOT_OWED),
			"it never committed"
		);
		advance(5);
		assert_eq!(late(&members[0], reveal), Ok(()), "the last block for reveals");
		advance(1);
		assert_eq!(late(&members[0], reveal), refused(refusal::NOT_OWED));
	});
}

#[test]
fn when_all_have_committed_reveals_open_early() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		advance(1);
		let members = committee(id);
		for who in &members {
			commit(id, who, Verdict::Valid);
		}
		let now = System::block_number();
		assert_eq!(
			state(id),
			JobState::Auditing {
				stage: Stage::Panel,
				commit_until: now,
				reveal_from: now + 2,
				reveal_until: now + 7
			}
		);
		assert_eq!(
			last_event(),
			Event::RevealsOpen {
				job: id,
				from: now + 2,
				until: now + 7
			}
		);
		check();
		to_reveals(id);
		for who in &members {
			assert!(matches!(state(id), JobState::Auditing { .. }));
			reveal(id, who, Verdict::Valid);
		}
		// The block of the last reveal is not over when the count is taken.
		let now = System::block_number();
		Log::on_idle(now, frame_support::weights::Weight::MAX);
		assert_eq!(
			state(id),
			JobState::Payable {
				at: now,
				settle_at: now + 3
			}
		);
		check();
	});
}

#[test]
fn an_opening_must_match_to_the_last_bit() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		let members = committee(id);
		for who in &members {
			commit(id, who, Verdict::Valid);
		}
		to_reveals(id);
		let own = opening(Verdict::Valid);
		let figures = Figures {
			losses: 1,
			..own.figures
		};
		let evidence = receipt::trace::Evidence {
			untrue: 1,
			..own.evidence
		};
		let wrong = [
			Opening {
				verdict: Verdict::Unavailable,
				..own
			},
			Opening { figures, ..own },
			Opening { salt: [9; 32], ..own },
			Opening { evidence, ..own },
		];
		for opening in wrong {
			let (batch, signature) = batch(&members[0], vec![Item::Reveal { job: id, opening }]);
			assert_eq!(validity(&batch, &signature), refused(refusal::NOT_OWED));
			// Even a block author that dispatched it would change nothing.
			Log::do_attest(batch);
			assert_eq!(
				last_event(),
				Event::ItemRefused {
					job: id,
					auditor: members[0].clone(),
					error: Refused::CommitmentMismatch.into()
				}
			);
			assert_eq!(Log::job(id).map(|job| job.committee[0].opening), Some(None));
		}
		reveal(id, &members[0], Verdict::Valid);
	});
}

#[test]
fn items_fail_singly() {
	new_test_ext().execute_with(|| {
		let (first, second) = (drawn(1), requested(2));
		let who = committee(first)[0].clone();
		let good = commit_item(first, &who, Verdict::Valid);
		let bad = Item::Commit {
			job: second,
			sitting: [0; 32],
			commitment: [0; 32],
		};
		let (batch, _) = batch(&who, vec![bad, good]);
		Log::do_attest(batch);
		assert_eq!(
			Log::job(first).map(|job| job.committee[0].commitment.is_some()),
			Some(true)
		);
		assert!(matches!(state(second), JobState::Assigned { .. }));
		System::assert_has_event(
			Event::ItemRefused {
				job: second,
				auditor: who,
				error: Refused::NotOwed.into(),
			}
			.into(),
		);
		check();
	});
}

#[test]
fn the_view_says_what_the_next_block_takes() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		let who = committee(id)[0].clone();
		let JobState::Auditing {
			commit_until,
			reveal_from,
			..
		} = state(id)
		else {
			panic!("it is being audited")
		};
		let owed = Log::owed(who.clone());
		assert_eq!(owed.len(), 1);
		let job = Log::job(id).expect("it exists");
		assert_eq!((owed[0].job, owed[0].node.clone()), (id, NODE));
		assert_eq!(owed[0].phase, AuditPhase::Commit { until: commit_until });
		assert_eq!(owed[0].key, receipt::signing::public_key(&auditor_secret(&who)));
		assert_eq!(owed[0].receipt.hash(), owed[0].receipt_hash);
		assert_eq!((owed[0].ticket_hash, owed[0].max_tokens), (job.ticket_hash, 50));

		for who in committee(id) {
			commit(id, &who, Verdict::Valid);
		}
		assert_eq!(Log::owed(who.clone()), [], "reveals open in two blocks");
		let JobState::Auditing {
			reveal_from: early,
			reveal_until,
			..
		} = state(id)
		else {
			panic!("it is being audited")
		};
		assert!(early < reveal_from);
		advance(1);
		let owed = Log::owed(who.clone());
		let commitment = Log::job(id).and_then(|job| job.committee[0].commitment);
		assert_eq!(
			owed.first().map(|owed| owed.phase),
			commitment.map(|commitment| AuditPhase::Reveal {
				until: reveal_until,
				commitment
			})
		);
		advance(1);
		reveal(id, &who, Verdict::Valid);
		assert_eq!(Log::owed(who), []);
		let outsider = (0..5).map(auditor).find(|who| !committee(id).contains(who));
		assert_eq!(outsider.map(Log::owed), Some(vec![]));
	});
}

#[test]
fn a_commitment_to_another_sitting_is_refused_and_another_can_follow() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		let who = committee(id)[0].clone();
		let Item::Commit {
			job,
			sitting,
			commitment,
		} = commit_item(id, &who, Verdict::Valid)
		else {
			panic!("it is a commitment")
		};
		// As a fork has it that seated the same auditors in another order.
		let mut order = committee(id);
		order.reverse();
		let of_fork = receipt::attestation::sitting(1, &order, &[]);
		assert_ne!(of_fork, sitting);
		let stale = Item::Commit {
			job,
			sitting: of_fork,
			commitment,
		};
		let (stale, signature) = batch(&who, vec![stale]);
		assert_eq!(validity(&stale, &signature), refused(refusal::NOT_OWED));
		Log::do_attest(stale);
		assert!(Log::job(id).is_some_and(|job| job.committee[0].commitment.is_none()));
		System::assert_last_event(
			Event::ItemRefused {
				job: id,
				auditor: who.clone(),
				error: Refused::OtherSitting.into(),
			}
			.into(),
		);
		commit(id, &who, Verdict::Valid);
		assert!(Log::job(id).is_some_and(|job| job.committee[0].commitment.is_some()));
	});
}

//! Delivery, cancellation, and what happens without one.

use super::*;
use receipt::{CheckKind, Receipt, Sampling};

#[test]
fn a_delivery_is_kept_with_its_signature() {
	new_test_ext().execute_with(|| {
		let id = requested(1);
		advance(2);
		let receipt = receipt_for(id);
		assert_ok!(deliver(receipt));
		let delivery = Log::job(id)
			.and_then(|job| job.delivery)
			.expect("it was delivered");
		assert_eq!((delivery.receipt, delivery.hash), (receipt, receipt.hash()));
		assert_eq!(delivery.signature, node_signs(&receipt.hash()));
		assert!(receipt::signing::verify(
			&delivery.key,
			&delivery.hash,
			&delivery.signature
		));
		let now = System::block_number();
		assert_eq!(
			state(id),
			JobState::Delivered {
				from: now,
				draw: Draw::Whether
			}
		);
		assert_noop!(deliver(receipt), Refused::WrongState);
		check();
	});
}

#[test]
fn a_receipt_must_fit_its_ticket() {
	type Change = fn(&mut Receipt);
	let cases: [(Change, Refused); 8] = [
		(|r| r.job = 99, Refused::JobNotFound),
		(|r| r.check = CheckKind::None, Refused::WrongCheck),
		(|r| r.pair = [0; 32], Refused::WrongPair),
		(
			|r| {
				r.sampling = Sampling {
					temperature_milli: 0,
					top_k: 0,
				}
			},
			Refused::WrongSampling,
		),
		(|r| r.tokens_in = 11, Refused::WrongTokenCount),
		(|r| r.tokens_in = 13, Refused::WrongTokenCount),
		(|r| r.tokens_out = 0, Refused::WrongTokenCount),
		(|r| r.tokens_out = 51, Refused::WrongTokenCount),
	];
	new_test_ext().execute_with(|| {
		let id = requested(1);
		for (change, error) in cases {
			let mut receipt = receipt_for(id);
			change(&mut receipt);
			assert_noop!(deliver(receipt), error);
		}
		assert_ok!(deliver(Receipt {
			tokens_out: 50,
			..receipt_for(id)
		}));
	});
}

#[test]
fn only_the_nodes_valid_keys_sign_receipts() {
	new_test_ext().execute_with(|| {
		let (first, second, third) = (requested(1), requested(2), requested(3));
		let call = |id, seed: u8| {
			let receipt = receipt_for(id);
			let signature = receipt::signing::sign(&[seed; 32], &receipt.hash());
			Log::deliver(signed(&OTHER), Box::new(receipt), signature)
		};
		assert_noop!(call(first, 66), Refused::BadReceiptSignature);
		// The node takes a new key; the ticket's is still valid, then no longer.
		NodeKeySeed::set(&101);
		OldNodeKeySeed::set(&Some(100));
		assert_ok!(call(first, 100));
		assert_ok!(call(second, 101));
		OldNodeKeySeed::set(&None);
		assert_noop!(call(third, 100), Refused::BadReceiptSignature);
		assert_ok!(call(third, 101));
	});
}

#[test]
fn what_is_not_delivered_in_time_is_refunded_and_costs_downtime() {
	new_test_ext().execute_with(|| {
		let id = requested(1);
		advance(10);
		assert!(
			matches!(state(id), JobState::Assigned { .. }),
			"its last block is not over"
		);
		advance(1);
		assert_eq!(
			state(id),
			JobState::TimedOut {
				at: System::block_number()
			}
		);
		assert_eq!((held(HoldReason::Fee, &CALLER), free(&CALLER)), (0, RICH - 500));
		assert_eq!(downtimes(), [NODE]);
		assert_eq!(frauds(), []);
		assert_eq!(Log::node_stats(NODE).timed_out, 1);
		assert_noop!(deliver(receipt_for(id)), Refused::WrongState);
	});
}

#[test]
fn a_late_receipt_is_refused_even_where_the_hooks_lag() {
	new_test_ext().execute_with(|| {
		let id = requested(1);
		System::set_block_number(System::block_number() + 11);
		assert_noop!(deliver(receipt_for(id)), Refused::TooLate);
	});
}

#[test]
fn the_last_block_is_in_time() {
	new_test_ext().execute_with(|| {
		let id = requested(1);
		advance(10);
		assert_ok!(deliver(receipt_for(id)));
	});
}

#[test]
fn the_node_may_decline_and_nobody_else() {
	new_test_ext().execute_with(|| {
		let id = requested(1);
		assert_noop!(Log::cancel(signed(&CALLER), id), Refused::NotTheNode);
		assert_noop!(Log::cancel(signed(&NODE), 7), Refused::JobNotFound);
		assert_ok!(Log::cancel(signed(&NODE), id));
		assert_eq!(
			state(id),
			JobState::Cancelled {
				at: System::block_number()
			}
		);
		assert_eq!((held(HoldReason::Fee, &CALLER), free(&CALLER)), (0, RICH - 500));
		assert_eq!(downtimes(), []);
		assert_eq!(Log::node_stats(NODE).cancelled, 1);
		check();
		assert_noop!(Log::cancel(signed(&NODE), id), Refused::WrongState);
		let delivered = delivered(2);
		assert_noop!(Log::cancel(signed(&NODE), delivered), Refused::WrongState);
		advance(30);
		assert_eq!(downtimes().iter().filter(|who| **who == NODE).count(), 0);
	});
}

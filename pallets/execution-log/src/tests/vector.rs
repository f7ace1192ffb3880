//! Embeddings: jobs whose answer has no tokens.

use super::*;
use receipt::{CheckKind, Receipt, Ticket, Tier};

pub(super) const CHECK: CheckKind = CheckKind::VectorRecompute {
	cosine_ppm: 999_998,
	max_abs_ppm: 60,
};

/// A ticket for the vector of 12 tokens. At the price of 7 + 20 each, and the node's 3 + 1 each, it costs 262.
fn embedding(nonce: u8) -> Ticket {
	Ticket {
		check: CHECK,
		max_tokens: 0,
		fee: 300,
		..ticket(nonce)
	}
}

fn requested_embedding(nonce: u8) -> receipt::JobId {
	let id = Log::next_job();
	assert_ok!(request(embedding(nonce)));
	id
}

#[test]
fn a_vector_is_asked_for_without_tokens_of_an_answer() {
	new_test_ext().execute_with(|| {
		assert_noop!(
			request(Ticket {
				prompt_tokens: 0,
				..embedding(1)
			}),
			Refused::NoTokens
		);
		assert_noop!(
			request(Ticket {
				max_tokens: 1,
				fee: 2_000,
				..embedding(1)
			}),
			Refused::VectorWithAnswer
		);
		// 12 tokens: at least 10 each.
		assert_noop!(
			request(Ticket {
				fee: 119,
				..embedding(1)
			}),
			Refused::FeeTooLow
		);
		assert_noop!(
			request(Ticket {
				fee: 261,
				..embedding(1)
			}),
			Refused::FeeBelowQuote
		);
		assert_ok!(request(Ticket {
			fee: 262,
			..embedding(1)
		}));
		check();
	});
}

#[test]
fn an_audited_vector_needs_its_pair_calibrated_and_a_private_one_does_not() {
	new_test_ext().execute_with(|| {
		Calibrated::set(&false);
		assert_noop!(request(embedding(1)), Refused::NotCalibrated);
		assert_ok!(request(Ticket {
			tier: Tier::Private,
			..embedding(1)
		}));
		check();
	});
}

#[test]
fn a_receipt_of_a_vector_names_its_ticket_s_bounds_and_no_tokens() {
	new_test_ext().execute_with(|| {
		let id = requested_embedding(1);
		let receipt = receipt_for(id);
		assert_eq!(receipt.tokens_out, 0);
		assert_noop!(
			deliver(Receipt {
				tokens_out: 1,
				..receipt
			}),
			Refused::WrongTokenCount
		);
		for check in [
			CheckKind::TokenPrefill,
			CheckKind::VectorRecompute {
				cosine_ppm: 0,
				max_abs_ppm: 1_000_000,
			},
		] {
			assert_noop!(deliver(Receipt { check, ..receipt }), Refused::WrongCheck);
		}
		assert_ok!(deliver(receipt));
		check();
	});
}

#[test]
fn a_valid_vector_is_paid_by_its_prompt_and_the_rest_comes_back() {
	new_test_ext().execute_with(|| {
		let id = requested_embedding(1);
		assert_ok!(deliver(receipt_for(id)));
		advance(4);
		audit(id, &[VALID; 4]);
		advance(10);
		assert!(matches!(state(id), JobState::Settled { .. }), "{:?}", state(id));
		assert_eq!(held(HoldReason::Fee, &CALLER), 0);
		assert_eq!(free(&CALLER), RICH - 500 - 262);
		check();
	});
}

#[test]
fn an_invalid_vector_is_refunded() {
	new_test_ext().execute_with(|| {
		let id = requested_embedding(1);
		assert_ok!(deliver(receipt_for(id)));
		advance(4);
		audit(id, &[INVALID; 4]);
		assert!(matches!(state(id), JobState::Refunded { .. }), "{:?}", state(id));
		assert_eq!(free(&CALLER), RICH - 500);
		check();
	});
}

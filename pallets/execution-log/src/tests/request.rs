//! Which tickets are taken.

use super::*;
use receipt::{CheckKind, Price, Ticket, Tier};

#[test]
fn a_request_holds_fee_and_deposit_and_keeps_the_terms() {
	new_test_ext().execute_with(|| {
		let ticket = ticket(1);
		assert_ok!(request(ticket));
		let job = Log::job(0).expect("it was requested");
		assert_eq!(
			job.state,
			JobState::Assigned {
				deliver_by: System::block_number() + 10
			}
		);
		assert_eq!((job.caller(), job.node(), job.terms), (CALLER, NODE, 1));
		assert_eq!(held(HoldReason::Fee, &CALLER), ticket.fee);
		assert_eq!(held(HoldReason::Record, &CALLER), 500);
		assert_eq!(free(&CALLER), RICH - ticket.fee - 500);
		assert_eq!(Exposures::get()[&NODE], ticket.fee);
		assert_eq!(Log::job_of_ticket(ticket.hash()), Some(0));
		let randomness = Pallet::<Test>::ring_entry(1).expect("this is block 1").beacon;
		assert_eq!(job.randomness, randomness);
		assert_eq!(
			last_event(),
			Event::Requested {
				job: 0,
				ticket: ticket.hash(),
				caller: CALLER,
				node: NODE,
				workflow: WORKFLOW,
				version: 1,
				fee: ticket.fee,
				randomness,
				deliver_by: System::block_number() + 10,
			}
		);
		check();
	});
}

#[test]
fn a_running_job_keeps_the_terms_of_its_request() {
	new_test_ext().execute_with(|| {
		let id = requested(1);
		let mut terms = test_terms();
		terms.jobs.dispute_window = 30;
		terms.jobs.record_deposit = 7;
		Versions::set(&vec![test_terms(), terms]);
		assert_eq!(requested(2), 1);
		assert_eq!(Log::job(0).map(|job| job.terms), Some(1));
		assert_eq!(Log::job(1).map(|job| job.terms), Some(2));
		assert_eq!(held(HoldReason::Record, &CALLER), 507);
		deliver(receipt_for(id)).expect("in order");
		advance(4);
		audit(id, &[VALID; 4]);
		let JobState::Payable { at, settle_at } = state(id) else {
			panic!("it was judged")
		};
		assert_eq!(settle_at - at, 3);
	});
}

#[test]
fn every_condition_on_a_ticket_has_its_error() {
	type Change = fn(&mut Ticket);
	let cases: [(Change, Refused); 12] = [
		(|t| t.genesis = [7; 32], Refused::WrongGenesis),
		(|t| t.tier = Tier::Proved, Refused::TierNotSupported),
		(|t| t.check = CheckKind::BitExact, Refused::CheckNotSupported),
		(
			|t| t.expires_at = System::block_number() - 1,
			Refused::TicketExpired,
		),
		(
			|t| t.expires_at = System::block_number() + 41,
			Refused::TicketTooLong,
		),
		(|t| t.terms = 2, Refused::TermsChanged),
		(|t| t.node = OTHER.into(), Refused::NodeNotServing),
		(|t| t.pair = [8; 32], Refused::NotOffered),
		(|t| t.prompt_tokens = 0, Refused::NoTokens),
		(|t| t.max_tokens = 0, Refused::NoTokens),
		(|t| t.max_tokens = u32::MAX, Refused::TooManyTokens),
		(|t| t.check = super::vector::CHECK, Refused::VectorWithAnswer),
	];
	new_test_ext().execute_with(|| {
		advance(3);
		for (change, error) in cases {
			let mut ticket = ticket(1);
			change(&mut ticket);
			assert_noop!(request(ticket), error);
		}
		assert_ok!(request(ticket(1)));
	});
}

#[test]
fn the_fee_covers_the_minimum_and_the_full_price() {
	new_test_ext().execute_with(|| {
		// 62 tokens: at least 10 each; the price is 7 + 20 each, and the node's 3 + 1 each.
		assert_noop!(
			request(Ticket {
				fee: 619,
				..ticket(1)
			}),
			Refused::FeeTooLow
		);
		assert_noop!(
			request(Ticket {
				fee: 1_311,
				..ticket(1)
			}),
			Refused::FeeBelowQuote
		);
		assert_ok!(request(Ticket {
			fee: 1_312,
			..ticket(1)
		}));
		let free = Price::default();
		assert_noop!(
			request(Ticket {
				fee: 1_246,
				node_price: free,
				..ticket(2)
			}),
			Refused::FeeBelowQuote
		);
		assert_ok!(request(Ticket {
			fee: 1_247,
			node_price: free,
			..ticket(2)
		}));
	});
}

#[test]
fn a_ticket_is_for_one_caller_and_one_use() {
	new_test_ext().execute_with(|| {
		let ticket = ticket(1);
		let signature = node_signs(&ticket.hash());
		let call = |who| Log::request(signed(who), Box::new(ticket), signature);
		assert_noop!(call(&OTHER), Refused::NotYourTicket);
		assert_noop!(call(&NODE), Refused::NotYourTicket);
		assert_ok!(call(&CALLER));
		assert_noop!(call(&CALLER), Refused::TicketUsed);
	});
}

#[test]
fn only_the_node_itself_makes_tickets() {
	new_test_ext().execute_with(|| {
		let ticket = ticket(1);
		let call = |signature| Log::request(signed(&CALLER), Box::new(ticket), signature);
		assert_noop!(
			call(receipt::signing::sign(&[66; 32], &ticket.hash())),
			Refused::BadTicketSignature
		);
		assert_noop!(call(node_signs(&[0; 32])), Refused::BadTicketSignature);
		assert_noop!(call([0; 64]), Refused::BadTicketSignature);
		Serving::set(&false);
		assert_noop!(call(node_signs(&ticket.hash())), Refused::NodeNotServing);
	});
}

#[test]
fn neighbours_may_refuse() {
	new_test_ext().execute_with(|| {
		Callable::set(&false);
		assert_noop!(request(ticket(1)), DispatchError::Other("not callable"));
		Callable::set(&true);
		assert_noop!(
			request(Ticket {
				max_tokens: 1_001,
				fee: 100_000,
				..ticket(1)
			}),
			Refused::AboveWorkflowLimit
		);
		BondCovers::set(&3_999);
		assert_ok!(request(ticket(1)));
		assert_noop!(request(ticket(2)), DispatchError::Other("bond does not cover"));
		BondCovers::set(&4_000);
		assert_ok!(request(ticket(2)));
	});
}

#[test]
fn a_caller_without_funds_is_refused_and_loses_nothing() {
	new_test_ext().execute_with(|| {
		let poor = AccountId32::new([3; 32]);
		let ticket = Ticket {
			caller: poor.clone().into(),
			..ticket(1)
		};
		let call = || Log::request(signed(&poor), Box::new(ticket), node_signs(&ticket.hash()));
		assert!(frame_support::storage::with_storage_layer(call).is_err());
		assert_eq!(Log::job_of_ticket(ticket.hash()), None);
		check();
		// Enough for the fee alone is not enough.
		Balances::force_set_balance(RuntimeOrigin::root(), poor.clone(), ticket.fee + 1)
			.expect("root sets balances");
		assert!(frame_support::storage::with_storage_layer(call).is_err());
		assert_eq!((free(&poor), held(HoldReason::Fee, &poor)), (ticket.fee + 1, 0));
		check();
	});
}

#[test]
fn fewer_auditors_than_seats_are_too_few_and_the_node_is_none() {
	new_test_ext().execute_with(|| {
		AuditorCount::set(&3);
		assert_noop!(request(ticket(1)), Refused::TooFewAuditors);
		AuditorCount::set(&4);
		assert_ok!(request(ticket(1)));
	});
}

#[test]
fn only_private_calls_use_a_pair_that_is_not_calibrated() {
	new_test_ext().execute_with(|| {
		Calibrated::set(&false);
		assert_noop!(request(ticket(1)), Refused::NotCalibrated);
		assert_ok!(request(Ticket {
			tier: Tier::Private,
			..ticket(1)
		}));
		Calibrated::set(&true);
		assert_ok!(request(ticket(2)));
		check();
	});
}

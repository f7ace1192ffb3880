//! Who gets a ticket, and who may follow its run.

use super::{GENESIS, caller, input, start};
use crate::adversary::NodeAdversary;
use chain_client::Key;
use peer_network::{QuoteRequest, Refusal, Request, Response};
use receipt::{Account, JobInput};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn foreign_boxes_and_unknown_tickets_are_refused() {
	let world = start(NodeAdversary::Honest).await;
	let response = world.ask(Request::Quote { sealed: vec![1; 200] }).await;
	assert!(
		matches!(response, Response::Refused(Refusal::Malformed(_))),
		"{response:?}"
	);
	let response = world
		.ask(Request::Follow {
			ticket: [9; 32],
			secret: world.follow_secret,
			from: 0,
		})
		.await;
	assert_eq!(response, Response::Refused(Refusal::NotFound));
}

#[tokio::test]
async fn nobody_asks_for_a_ticket_in_anothers_name() {
	let world = start(NodeAdversary::Honest).await;
	let asked = input(1);
	let sign = |key: &Key, node: &Account| {
		key.sign(&QuoteRequest::caller_message(&GENESIS, node, &asked.commitment()))
	};
	let stranger = Key::from_suri("//Charlie").expect("a development account");
	let node = world.keys.account();
	for (signature, what) in [
		([0; 64], "no signature"),
		(sign(&stranger, &node), "a stranger's"),
		(sign(&caller(), &[7; 32]), "one for another node"),
	] {
		let response = world.quote_signed(asked.clone(), signature).await;
		assert!(
			matches!(response, Response::Refused(Refusal::NotEntitled(_))),
			"{what}: {response:?}"
		);
	}
	let response = world.quote_signed(asked.clone(), sign(&caller(), &node)).await;
	assert!(matches!(response, Response::Quoted { .. }), "{response:?}");
}

#[tokio::test]
async fn what_is_promised_to_one_caller_leaves_a_place_to_others() {
	let world = start(NodeAdversary::Honest).await;
	for number in 1..=3 {
		let response = world.quote(input(number)).await;
		assert!(
			matches!(response, Response::Quoted { .. }),
			"{number}: {response:?}"
		);
	}
	let response = world.quote(input(4)).await;
	assert!(
		matches!(response, Response::Refused(Refusal::Busy { retry_after }) if retry_after > 0),
		"{response:?}"
	);
}

#[tokio::test]
async fn only_who_asked_for_a_ticket_may_follow_its_run() {
	let world = start(NodeAdversary::Honest).await;
	let ticket = world.request_job().await;
	let secret = [0; 32];
	let response = world
		.ask(Request::Follow {
			ticket,
			secret,
			from: 0,
		})
		.await;
	assert_eq!(response, Response::Refused(Refusal::NotFound));
	assert_eq!(world.follow_to_the_end(ticket).await.0, " upon a time");
}

#[tokio::test]
async fn no_ticket_is_given_while_finality_stalls_or_for_a_prompt_that_cannot_fit() {
	let world = start(NodeAdversary::Honest).await;
	let input = input(1);
	world.chain.lag.store(20, Ordering::SeqCst);
	let response = world.quote(input.clone()).await;
	assert_eq!(response, Response::Refused(Refusal::Busy { retry_after: 16 }));
	world.chain.lag.store(0, Ordering::SeqCst);
	// 50 tokens of at most 64 bytes are served.
	let response = world
		.quote(JobInput {
			prompt: vec![b'a'; 3_201],
			..input.clone()
		})
		.await;
	assert!(
		matches!(response, Response::Refused(Refusal::Malformed(_))),
		"{response:?}"
	);
	let response = world.quote(input).await;
	assert!(matches!(response, Response::Quoted { .. }), "{response:?}");
}

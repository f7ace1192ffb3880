//! Nodes that deliver or tell something else than the model wrote.

use super::start;
use receipt::{Receipt, Transcript};

#[tokio::test]
async fn adversaries_deliver_something_else_than_was_written() {
	for (kind, tokens) in [("random-token:2", 3), ("early-stop", 2), ("cheat:100", 3)] {
		let world = start(kind.parse().expect(kind)).await;
		world.request_job().await;
		let (receipt, _) = world.delivered().await;
		assert_eq!(receipt.tokens_out, tokens, "{kind}");
		assert_ne!(receipt.output, Receipt::output_hash(&[40, 41, 42]), "{kind}");
	}
}

#[tokio::test]
async fn one_that_tells_other_words_delivers_the_hash_of_those_that_the_model_wrote() {
	let world = start("other-words".parse().expect("a kind")).await;
	let ticket = world.request_job().await;
	let (text, _) = world.follow_to_the_end(ticket).await;
	assert_eq!(text, " vqpo b ujnf");
	let (receipt, _) = world.delivered().await;
	let transcript = world.copy_of_caller(receipt.transcript).await;
	assert_eq!(transcript.text, Transcript::text_hash(" upon a time"));
}

//! How a transcript comes, and against whom it is held that it does not.

use super::{answer_of_ended_audit, auditors, world};
use crate::{keys::Keys, verify::AuditRequest};
use receipt::{Transcript, Verdict};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_transcript_that_comes_late_is_waited_for() {
	let world = world(2, Some);
	let [alice, _] = auditors().try_into().expect("two");
	let found = world.answer(&world.request(&alice, 60_000)).await;
	assert_eq!(
		(found.verdict, world.node.asked.load(Ordering::SeqCst)),
		(Verdict::Valid, 3)
	);
}

#[tokio::test]
async fn a_transcript_that_does_not_come_or_is_another_is_unavailable_and_never_invalid() {
	let other = |mut transcript: Transcript| {
		transcript.answer.push(0);
		Some(transcript)
	};
	let [alice, _] = auditors().try_into().expect("two");
	let (hidden, changed) = (world(0, |_| None), world(0, other));
	let (of_hidden, of_changed) = (hidden.request(&alice, 6_000), changed.request(&alice, 6_000));
	let (hidden, changed) = tokio::join!(hidden.answer(&of_hidden), changed.answer(&of_changed));
	assert_eq!(
		[hidden.verdict, changed.verdict],
		[Verdict::Unavailable, Verdict::Unavailable]
	);
}

#[tokio::test]
async fn a_transcript_that_the_node_posted_stands_for_one_that_it_does_not_give() {
	let [alice, bob] = auditors().try_into().expect("two");
	let mut transcript = None;
	let world = world(0, |own| {
		transcript = Some(own);
		None
	});
	let transcript = transcript.expect("it was run");
	let post = |receivers: &[[u8; 32]], transcript: &Transcript| {
		let sealed = peer_network::posted::seal_to_all(receivers, transcript);
		*world.chain.posted.lock().expect("no panic") = Some(sealed);
	};
	let encryption = |keys: &Keys| keys.public().encryption;
	// Another transcript, or one for somebody else, is none.
	let mut other = transcript.clone();
	other.answer.push(0);
	post(&[encryption(&alice)], &other);
	let found = world.answer(&world.request(&alice, 6_000)).await;
	assert_eq!(found.verdict, Verdict::Unavailable);
	post(&[encryption(&alice)], &transcript);
	let found = world.answer(&world.request(&bob, 6_000)).await;
	assert_eq!(found.verdict, Verdict::Unavailable);

	post(&[encryption(&bob), encryption(&alice)], &transcript);
	let asked = world.node.asked.load(Ordering::SeqCst);
	for keys in [&alice, &bob] {
		let request = AuditRequest {
			round: 1,
			..world.request(keys, 60_000)
		};
		assert_eq!(world.answer(&request).await.verdict, Verdict::Valid);
	}
	assert_eq!(world.node.asked.load(Ordering::SeqCst), asked, "nobody was asked");
}

#[tokio::test]
async fn a_transcript_that_was_asked_for_too_late_is_held_against_nobody() {
	let world = world(0, |_| None);
	let [alice, _] = auditors().try_into().expect("two");
	let found = answer_of_ended_audit(&world, &world.request(&alice, 1_000)).await;
	assert_eq!(found, None);
	assert!(world.node.asked.load(Ordering::SeqCst) > 0);
}

#[tokio::test]
async fn with_other_keys_than_those_on_chain_nobody_is_asked_and_there_is_no_verdict() {
	let world = world(0, Some);
	world.chain.other_keys.store(true, Ordering::SeqCst);
	let [alice, _] = auditors().try_into().expect("two");
	let found = answer_of_ended_audit(&world, &world.request(&alice, 6_000)).await;
	assert_eq!((found, world.node.asked.load(Ordering::SeqCst)), (None, 0));
}

#[tokio::test]
async fn a_chain_of_our_own_that_cannot_be_read_is_held_against_nobody() {
	let world = world(0, Some);
	world.chain.silent.store(true, Ordering::SeqCst);
	let [alice, _] = auditors().try_into().expect("two");
	let found = answer_of_ended_audit(&world, &world.request(&alice, 1_000)).await;
	assert_eq!(found, None, "no verdict without a look");
	assert_eq!(world.node.asked.load(Ordering::SeqCst), 0);

	world.chain.silent.store(false, Ordering::SeqCst);
	let found = world.answer(&world.request(&alice, 60_000)).await;
	assert_eq!(found.verdict, Verdict::Valid);
}

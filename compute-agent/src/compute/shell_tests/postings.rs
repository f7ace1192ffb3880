//! Transcripts that are posted to courts that did not fetch them.

use super::{AUDITOR, World, signed_auditor, start};
use crate::{adversary::NodeAdversary, chain::Court, keys::Keys};
use peer_network::Response;
use receipt::{Receipt, Transcript};
use std::{sync::atomic::Ordering, time::Duration};

/// A court of one auditor that does not fetch the transcript, until it has committed or a posting was made.
async fn posted_for_a_court(adversary: NodeAdversary, fetches: bool) -> (World, Keys, Receipt) {
	let world = start(adversary).await;
	world.request_job().await;
	let (receipt, _) = world.delivered().await;
	let auditor = Keys::development("Ferdie").expect("well known");
	world.chain.seat(&auditor);
	let at = world.chain.block.load(Ordering::SeqCst);
	if fetches {
		let signed = signed_auditor(&auditor, &receipt.transcript, at);
		let response = world.ask_transcript(receipt.transcript, signed).await;
		assert!(matches!(response, Response::Transcript(_)), "{response:?}");
	}
	let commit_until = at + 6;
	*world.chain.court.lock().expect("no panic") = Some(Court {
		job: 4,
		stage: verification::Stage::Panel,
		commit_until,
		transcript: receipt.transcript,
		seats: vec![AUDITOR, [0xbb; 32]],
		silent: vec![AUDITOR],
		is_posted: false,
	});
	// Blocks come when the role looks: some more, so that what is not posted now never is.
	while world.chain.block.load(Ordering::SeqCst) < commit_until + 2 {
		tokio::time::sleep(Duration::from_millis(50)).await;
	}
	(world, auditor, receipt)
}

#[tokio::test]
async fn what_a_court_does_not_fetch_is_posted_once_and_sealed_to_it() {
	let (world, auditor, receipt) = posted_for_a_court(NodeAdversary::Unreachable, false).await;
	let posted = world.chain.posted.lock().expect("no panic").clone();
	let [(4, sealed)] = &posted[..] else {
		panic!("{} postings", posted.len())
	};
	let opened: Transcript =
		peer_network::posted::open_as_one(auditor.encryption(), sealed).expect("sealed to the court");
	assert_eq!(opened.hash(), receipt.transcript);
	assert!(
		peer_network::posted::open_as_one::<Transcript>(&world.reply_secret, sealed).is_err(),
		"and to nobody else"
	);
}

#[tokio::test]
async fn nothing_is_posted_for_who_was_served_or_by_who_hides_its_transcript() {
	let (served, hidden) = tokio::join!(
		posted_for_a_court(NodeAdversary::Honest, true),
		posted_for_a_court(NodeAdversary::NoTranscript, false)
	);
	for (world, _, _) in [served, hidden] {
		assert!(world.chain.posted.lock().expect("no panic").is_empty());
	}
}

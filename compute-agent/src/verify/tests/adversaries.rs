//! Verifiers that answer as they are told instead of what they found.

use super::{Setting, auditors, world, world_of};
use crate::adversary::VerifierAdversary;
use receipt::{
	Verdict,
	attestation::Reason,
	trace::{Evidence, Likeness, compare},
};
use std::sync::atomic::Ordering;
use tokio::time::Instant;

/// Another verdict, that nothing here leads to but another auditor's word.
const OTHERS: Verdict = Verdict::Invalid(Reason::Sampling);

#[tokio::test]
async fn dishonest_verifiers_answer_as_they_are_told() {
	let wrong = Verdict::Invalid(Reason::Fingerprint);
	let [alice, _] = auditors().try_into().expect("two");
	let honest = world(0, Some);
	let truth = honest.answer(&honest.request(&alice, 60_000)).await.evidence;
	for (adversary, revealed, shows, verdict, looks) in [
		(VerifierAdversary::Lazy, vec![OTHERS], true, Verdict::Valid, false),
		(VerifierAdversary::Copying, vec![OTHERS], true, OTHERS, false),
		(VerifierAdversary::Copying, vec![], true, Verdict::Valid, false),
		(VerifierAdversary::Contrary, vec![OTHERS], true, wrong, true),
		(VerifierAdversary::Contrary, vec![], false, Verdict::Valid, true),
		(
			VerifierAdversary::Sharing,
			vec![OTHERS],
			true,
			Verdict::Valid,
			true,
		),
	] {
		let setting = Setting {
			revealed,
			adversary,
			..Setting::default()
		};
		let world = world_of(setting, |transcript| shows.then_some(transcript));
		let request = world.request(&alice, if shows { 60_000 } else { 6_000 });
		let found = world.answer(&request).await;
		assert_eq!(
			(found.verdict, world.node.asked.load(Ordering::SeqCst) > 0),
			(verdict, looks),
			"{adversary}"
		);
		match adversary {
			VerifierAdversary::Contrary if shows => assert_eq!(found.evidence, truth),
			VerifierAdversary::Sharing => {
				let (shown, true_one) = (found.evidence.trace, truth.trace);
				assert!(shown.is_some() && compare(shown.as_ref(), true_one.as_ref()) == Likeness::Other);
			}
			_ => assert_eq!(found.evidence, Evidence::default()),
		}
		// As that of an honest one, the answer stands.
		assert_eq!(world.verifier.ask(&request), Ok(Some(found)));
	}
}

#[tokio::test]
async fn a_slow_verifier_tells_the_truth_when_the_time_is_nearly_up_or_over() {
	let setting = Setting {
		adversary: VerifierAdversary::Slow,
		..Setting::default()
	};
	let world = world_of(setting, Some);
	let [alice, _] = auditors().try_into().expect("two");
	let request = world.request(&alice, 1_500);
	let began = Instant::now();
	let found = world.answer(&request).await;
	let kept = VerifierAdversary::Slow.keeps_back(request.task.job, request.time_left);
	assert!(began.elapsed() >= kept);
	assert_eq!(found.verdict, Verdict::Valid);
}

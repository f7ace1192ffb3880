//! Transcripts that a node puts into blocks.

use super::{sampled::*, *};
use crate::posting::Sealed;

fn sealed(byte: u8) -> Sealed {
	Sealed::truncate_from(vec![byte; 100])
}

fn post(who: &AccountId32, id: u64, byte: u8) -> frame_support::dispatch::DispatchResult {
	Log::post_transcript(signed(who), id, sealed(byte))
}

fn posted(id: u64) -> Option<Posting> {
	Log::job(id).expect("it exists").audit.posted
}

#[test]
fn a_court_is_shown_the_transcript_and_the_state_keeps_a_hash() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		let before = Log::job(id).expect("it exists");
		assert_ok!(post(&NODE, id, 7));
		let (stage, hash) = (Stage::Panel, sp_io::hashing::blake2_256(&[7; 100]));
		let at = System::block_number();
		assert_eq!(posted(id), Some(Posting { at, hash, stage }));
		assert_eq!(
			last_event(),
			Event::TranscriptPosted {
				job: id,
				stage,
				hash,
				length: 100
			}
		);
		let mut after = Log::job(id).expect("it exists");
		after.audit.posted = None;
		assert_eq!(after, before, "nothing else has changed");
		audit(id, &[VALID; 4]);
		assert!(posted(id).is_some());
	});
}

#[test]
fn once_for_each_court() {
	new_test_ext().execute_with(|| {
		let id = drawn(1);
		assert_ok!(post(&NODE, id, 1));
		assert_noop!(post(&NODE, id, 2), Refused::AlreadyPosted);
		audit(id, &[VALID, VALID, UNAVAILABLE, UNAVAILABLE]);
		assert_noop!(post(&NODE, id, 2), Refused::WrongState);
		advance(3);
		assert_eq!(stage(id), Stage::Jury);
		assert_ok!(post(&NODE, id, 3));
		assert_eq!(posted(id).map(|posted| posted.stage), Some(Stage::Jury));
		assert_noop!(post(&NODE, id, 3), Refused::AlreadyPosted);
	});
}

#[test]
fn only_the_node_posts_and_only_before_a_court_that_still_listens() {
	new_test_ext().execute_with(|| {
		assert_noop!(post(&NODE, 0, 1), Refused::JobNotFound);
		let id = sampled(1);
		assert_noop!(post(&NODE, id, 1), Refused::WrongState);
		advance(4);
		assert_eq!(stage(id), Stage::Auditor);
		assert_noop!(post(&NODE, id, 1), Refused::WrongState);
		audit_alone(id, Verdict::Unavailable);
		assert_noop!(post(&NODE, id, 1), Refused::WrongState);
		advance(3);
		assert_eq!(stage(id), Stage::Panel);
		for stranger in [CALLER, OTHER, auditor(0)] {
			assert_noop!(post(&stranger, id, 1), Refused::NotTheNode);
		}
		for who in committee(id) {
			commit(id, &who, Verdict::Valid);
		}
		// All have committed in this block: whatever comes later convinces nobody.
		advance(1);
		assert_noop!(post(&NODE, id, 1), Refused::TooLate);
		assert_eq!(posted(id), None);
	});
}

#[test]
fn an_accused_node_that_posts_is_heard_to_the_end() {
	new_test_ext().execute_with(|| {
		let id = sampled(1);
		advance(4);
		audit_alone(id, Verdict::Unavailable);
		advance(3);
		assert_ok!(post(&NODE, id, 1));
		audit(id, &[VALID; 4]);
		assert!(matches!(state(id), JobState::Payable { .. }));
		assert!(downtimes().is_empty());
	});
}

#[test]
fn no_more_bytes_than_the_bound_are_taken() {
	let most = crate::posting::MAX_POSTED as usize;
	assert!(Sealed::try_from(vec![0; most]).is_ok());
	assert!(Sealed::try_from(vec![0; most + 1]).is_err());
}

//! Receipt, ticket and transcript speak of one run, which ends where it has to.

use super::{WARM, honest, input, long_run, reseal, retell, states, verdict};
use crate::{
	audit::AuditTask,
	engine::{
		CandleEngine, Engine, record,
		testing::{CONTEXT, portable},
	},
};
use proptest::prelude::*;
use receipt::{
	CheckKind, Receipt, Sampling, StopReason, Transcript, Verdict, attestation::Reason,
	fingerprint::Fingerprint,
};

#[test]
fn an_answer_that_ends_itself_is_valid_and_cannot_be_changed_into_another_end() {
	let engine = portable(1);
	let hot = Sampling {
		temperature_milli: 5000,
		top_k: 64,
	};
	let (mut task, mut transcript) = (0..300)
		.map(|job| honest(&engine, job, input("in", hot, 40)))
		.find(|(task, transcript)| task.receipt.stop == StopReason::EndOfText && transcript.answer.len() > 2)
		.expect("some answer ends itself");
	assert_eq!(verdict(&engine, &task, &transcript), Verdict::Valid);
	let honest_stop = task.receipt.stop;
	task.receipt.stop = StopReason::Length;
	assert_eq!(
		verdict(&engine, &task, &transcript),
		Verdict::Invalid(Reason::Structure)
	);
	task.receipt.stop = honest_stop;
	// One token goes on after the end.
	transcript.answer.push(9);
	retell(&engine, &mut transcript);
	transcript.fingerprint = states(&engine, &transcript).fingerprint().expect("finite");
	reseal(&mut task, &transcript);
	task.receipt.stop = StopReason::Length;
	task.max_tokens = transcript.answer.len() as u32;
	assert_eq!(
		verdict(&engine, &task, &transcript),
		Verdict::Invalid(Reason::Structure)
	);
}

#[test]
fn a_shortened_answer_is_found() {
	let engine = portable(1);
	let (mut task, mut transcript) = long_run(&engine, WARM, 40);
	transcript.answer.truncate(20);
	retell(&engine, &mut transcript);
	transcript.fingerprint = states(&engine, &transcript).fingerprint().expect("finite");
	reseal(&mut task, &transcript);
	for stop in [
		StopReason::Length,
		StopReason::EndOfText,
		StopReason::Aborted([0; 64]),
	] {
		task.receipt.stop = stop;
		assert_eq!(
			verdict(&engine, &task, &transcript),
			Verdict::Invalid(Reason::Structure),
			"{stop:?}"
		);
	}
}

#[test]
fn every_part_of_receipt_and_transcript_is_bound() {
	type Change = fn(&mut AuditTask, &mut Transcript);
	let changes: [(&str, Change); 19] = [
		("job of the receipt", |t, _| t.receipt.job += 1),
		("job of the transcript", |_, s| s.job += 1),
		("ticket", |t, _| t.ticket = [9; 32]),
		("input", |t, _| t.input = [9; 32]),
		("limit", |t, _| t.max_tokens += 1),
		("nonce", |t, _| t.nonce = [9; 32]),
		("randomness", |t, _| t.randomness = [9; 32]),
		("request", |t, _| t.receipt.request = [9; 32]),
		("output", |t, _| t.receipt.output = [9; 32]),
		("transcript", |t, _| t.receipt.transcript = [9; 32]),
		("tokens in", |t, _| t.receipt.tokens_in += 1),
		("tokens out", |t, _| t.receipt.tokens_out -= 1),
		("sampling", |t, _| t.receipt.sampling.top_k -= 1),
		("fingerprint", |t, _| t.receipt.fingerprint = [9; 32]),
		("prompt of the input", |_, s| s.input.prompt.push(b'x')),
		("prompt's tokens", |_, s| s.prompt.push(5)),
		("unknown token", |_, s| s.answer[3] = 60_000),
		("no answer", |_, s| s.answer.clear()),
		("missing chunk", |_, s| drop(s.fingerprint.chunks.pop())),
	];
	let engine = portable(1);
	let (task, transcript) = long_run(&engine, WARM, 60);
	assert_eq!(verdict(&engine, &task, &transcript), Verdict::Valid);
	for (name, change) in changes {
		let (mut task, mut transcript) = (task, transcript.clone());
		change(&mut task, &mut transcript);
		assert_eq!(
			verdict(&engine, &task, &transcript),
			Verdict::Invalid(Reason::Structure),
			"{name}"
		);
	}
}

#[test]
fn another_text_than_that_of_the_tokens_is_a_fault_of_structure() {
	let engine = portable(1);
	let (mut task, mut transcript) = long_run(&engine, WARM, 40);
	assert_eq!(verdict(&engine, &task, &transcript), Verdict::Valid);
	let text = engine.detokenizer().read(&transcript.answer);
	for other in [format!("{text} "), format!(" {text}"), "something else".into()] {
		transcript.text = Transcript::text_hash(&other);
		reseal(&mut task, &transcript);
		assert_eq!(
			verdict(&engine, &task, &transcript),
			Verdict::Invalid(Reason::Structure),
			"{other:?}"
		);
	}
}

#[test]
fn a_malformed_chunk_is_a_fault_of_structure() {
	let engine = portable(1);
	let (mut task, mut transcript) = long_run(&engine, WARM, 60);
	transcript.fingerprint.chunks[0][0] ^= 1;
	reseal(&mut task, &transcript);
	assert_eq!(
		verdict(&engine, &task, &transcript),
		Verdict::Invalid(Reason::Structure)
	);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn hostile_transcripts_get_a_verdict(
		prompt in proptest::collection::vec(0u32..300, 0..40),
		answer in proptest::collection::vec(0u32..300, 0..CONTEXT),
		chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..6),
		text in "[a-z ]{0,20}",
		max_tokens in 0u32..200,
		prompt_is_true: bool,
		claimed_end: bool,
	) {
		thread_local! {
			static ENGINE: CandleEngine = portable(1);
		}
		ENGINE.with(|engine| {
			let input = input(&text, WARM, max_tokens);
			let prompt = if prompt_is_true { engine.tokenize(text.as_bytes()).expect("text") } else { prompt };
			let (ticket, randomness, nonce) = ([3; 32], [4; 32], input.nonce);
			let seed = receipt::sampling::seed(1, &nonce, &randomness);
			let commitment = input.commitment();
			let text = record::text_hash(engine, &answer);
			let transcript = Transcript { job: 1, input, prompt, answer, text, seed, fingerprint: Fingerprint { chunks }, vector: Vec::new() };
			let receipt = Receipt {
				job: 1,
				check: CheckKind::TokenPrefill,
				pair: engine.pair(),
				request: [0; 32],
				output: [0; 32],
				transcript: [0; 32],
				tokens_in: 0,
				tokens_out: 0,
				sampling: WARM,
				stop: if claimed_end { StopReason::EndOfText } else { StopReason::Length },
				fingerprint: [0; 32],
				sealed_canary: [0; 32],
			};
			let mut task = AuditTask { job: 1, receipt, ticket, input: commitment, max_tokens, nonce, randomness, opened: None };
			reseal(&mut task, &transcript);
			let verdict = verdict(engine, &task, &transcript);
			prop_assert!(matches!(verdict, Verdict::Invalid(_)), "{:?}", verdict);
			Ok(())
		})?;
	}
}

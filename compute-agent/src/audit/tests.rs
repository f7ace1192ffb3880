use super::*;
use crate::{
	engine::{
		Arithmetic, CandleEngine, Request,
		testing::{CONTEXT, Noisy, engine, portable},
	},
	selftest::honest_run,
};
use model_export::MatrixType;
use proptest::prelude::*;
use receipt::{
	JobInput, Sampling,
	fingerprint::{Fingerprint, fingerprint},
	trace::{Likeness, compare},
};
use std::ops::ControlFlow;

const WARM: Sampling = Sampling {
	temperature_milli: 800,
	top_k: 40,
};

fn input(prompt: &str, sampling: Sampling, max_tokens: u32) -> JobInput {
	JobInput {
		workflow: 7,
		version: 1,
		task: receipt::Task::Text,
		caller: [1; 32],
		prompt: prompt.as_bytes().to_vec(),
		max_tokens,
		sampling,
		nonce: [2; 32],
		salt: [3; 32],
	}
}

fn honest(engine: &dyn Engine, job: JobId, input: JobInput) -> (AuditTask, Transcript) {
	honest_run(engine, job, input)
		.expect("the model runs")
		.expect("nobody stops it")
}

/// Runs until an answer has no early end, so that it can be tampered with.
fn long_run(engine: &dyn Engine, sampling: Sampling, tokens: u32) -> (AuditTask, Transcript) {
	(0..50)
		.map(|job| honest(engine, job, input("the other one", sampling, tokens)))
		.find(|(task, _)| task.receipt.stop == StopReason::Length)
		.expect("not every answer ends early")
}

fn verdict(engine: &dyn Engine, task: &AuditTask, transcript: &Transcript) -> Verdict {
	audit(engine, task, transcript, &Bands::CPU).expect("same pair").0
}

/// Makes the receipt fit the transcript again, as a cheating node would.
fn reseal(task: &mut AuditTask, transcript: &Transcript) {
	let receipt = &mut task.receipt;
	receipt.request = Receipt::request_hash(&task.ticket, &transcript.prompt);
	receipt.output = Receipt::output_hash(&transcript.answer);
	receipt.tokens_in = transcript.prompt.len() as u32;
	receipt.tokens_out = transcript.answer.len() as u32;
	receipt.fingerprint = transcript.fingerprint.root();
	receipt.transcript = transcript.hash();
}

/// Makes the text that of the answer's tokens again.
fn retell(engine: &dyn Engine, transcript: &mut Transcript) {
	transcript.text = record::text_hash(engine, &transcript.answer);
}

/// The true states of a transcript's text, with `engine`.
fn states(engine: &dyn Engine, transcript: &Transcript) -> States {
	let fed = fed_tokens(transcript);
	engine
		.prefill(&fed, fed.len(), &mut |_, _| ())
		.expect("the model runs")
}

#[test]
fn honest_runs_are_valid_to_the_bit() {
	for (matrices, arithmetic) in [
		(MatrixType::F32, Arithmetic::Portable),
		(MatrixType::Q8_0, Arithmetic::Portable),
		(MatrixType::Q8_0, Arithmetic::Quantized),
	] {
		let engine = engine(1, matrices, arithmetic);
		for sampling in [
			Sampling::GREEDY,
			WARM,
			Sampling {
				temperature_milli: 3000,
				top_k: 1,
			},
		] {
			// 14 tokens of prompt: answers around one and two chunks, and one that fills the context.
			for tokens in [1, 2, 18, 19, 20, 50, 51, 52, 1000] {
				let (task, transcript) = honest(
					&engine,
					u64::from(tokens),
					input("the other one", sampling, tokens),
				);
				let (verdict, figures) = audit(&engine, &task, &transcript, &Bands::CPU).expect("same pair");
				assert_eq!(verdict, Verdict::Valid, "{sampling:?} {tokens}: {figures:?}");
				let positions = transcript.prompt.len() + transcript.answer.len() - 1;
				let chunks = (positions / 32).max(1) as u16;
				assert_eq!(
					figures,
					Figures {
						chunks,
						..Figures::default()
					}
				);
			}
		}
	}
}

#[test]
fn a_planted_fault_is_measured_as_large_as_it_is_and_explained_by_its_opening() {
	use receipt::canary::{Planting, plant};
	use verification::{
		Rules,
		canary::{planted_error, shift},
	};
	let (engine, rules) = (portable(1), Rules::DEFAULT);
	let (honest, truth) = long_run(&engine, WARM, 60);
	let (clear, near) = (0, 999_999);
	for mantissa_milli in [64, 400, 900, 1_500, 2_600] {
		let bands = Bands {
			mantissa_milli,
			..Bands::CPU
		};
		for (chunk, word, least) in [(0, clear, 2_000), (1, clear, 2_000), (1, near, 1_001)] {
			let steps = shift(&rules, mantissa_milli, word);
			let planted = plant(&truth, chunk, steps).expect("there are two chunks");
			let mut task = honest;
			reseal(&mut task, &planted);
			let (verdict, figures) = audit(&engine, &task, &planted, &bands).expect("same pair");
			assert_eq!(verdict, Verdict::Invalid(Reason::Fingerprint), "{mantissa_milli}");
			assert!(figures.error_milli >= least, "{mantissa_milli}: {figures:?}");
			assert!(figures.error_milli >= planted_error(steps, mantissa_milli));

			task.opened = Some(Planting {
				transcript: truth.hash(),
				fingerprint: truth.fingerprint.root(),
				chunk,
				shift: steps,
			});
			let (verdict, figures) = audit(&engine, &task, &truth, &bands).expect("same pair");
			assert_eq!((verdict, figures.error_milli), (Verdict::Valid, 0));
			// Another fault than the stated one is the node's own.
			let other = plant(&truth, chunk, steps + 1).expect("there are two chunks");
			task.receipt.transcript = other.hash();
			task.receipt.fingerprint = other.fingerprint.root();
			let (verdict, figures) = audit(&engine, &task, &truth, &bands).expect("same pair");
			let expected = (Verdict::Invalid(Reason::Structure), CLEAR_ERROR);
			assert_eq!((verdict, figures.error_milli), expected);
		}
	}
}

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
fn another_model_is_found_by_its_fingerprint() {
	let engine_asked = engine(1, MatrixType::F16, Arithmetic::Portable);
	for other in [
		engine(3, MatrixType::F16, Arithmetic::Portable),
		engine(1, MatrixType::Q8_0, Arithmetic::Portable),
		engine(1, MatrixType::Q8_0, Arithmetic::Quantized),
	] {
		for sampling in [Sampling::GREEDY, WARM] {
			let (mut task, transcript) = long_run(&other, sampling, 60);
			task.receipt.pair = engine_asked.pair();
			assert_eq!(
				verdict(&engine_asked, &task, &transcript),
				Verdict::Invalid(Reason::Fingerprint)
			);
		}
	}
}

#[test]
fn blind_forgeries_of_a_fingerprint_are_rejected() {
	let engine = portable(1);
	let (task, transcript) = long_run(&engine, WARM, 60);
	let true_states = states(&engine, &transcript);
	let width = true_states.width;
	let rows = true_states.values.len() / width;
	let (_, other) = long_run(&engine, Sampling::GREEDY, 60);
	let other_states = states(&engine, &other);
	let mut mean = vec![0f32; width];
	for row in other_states.values.chunks(width) {
		mean.iter_mut()
			.zip(row)
			.for_each(|(sum, value)| *sum += value / rows as f32);
	}
	let noisy = |spread: f32| {
		let noise = |i: usize| 1.0 + spread * (((i * 7919) % 1000) as f32 / 500.0 - 1.0);
		true_states
			.values
			.iter()
			.enumerate()
			.map(|(i, value)| value * noise(i))
			.collect::<Vec<_>>()
	};
	let zero_polynomial = Fingerprint {
		chunks: transcript
			.fingerprint
			.chunks
			.iter()
			.map(|chunk| [&chunk[..2], &vec![0; chunk.len() - 2]].concat())
			.collect(),
	};
	let forged = |values: &[f32]| fingerprint(values, width).expect("finite");
	for (name, fingerprint) in [
		("constant", forged(&vec![2.0; rows * width])),
		("mean of each dimension", forged(&mean.repeat(rows))),
		("another text", forged(&other_states.values)),
		("noise of ten percent", forged(&noisy(0.1))),
		("noise of one percent", forged(&noisy(0.01))),
		("zeros", zero_polynomial),
	] {
		let (mut task, mut transcript) = (task, transcript.clone());
		transcript.fingerprint = fingerprint;
		reseal(&mut task, &transcript);
		assert_eq!(
			verdict(&engine, &task, &transcript),
			Verdict::Invalid(Reason::Fingerprint),
			"{name}"
		);
	}
}

#[test]
fn a_replaced_token_is_found_even_with_true_states() {
	let engine = portable(1);
	for sampling in [Sampling::GREEDY, WARM] {
		let (task, transcript) = long_run(&engine, sampling, 60);
		for index in [0, 30, transcript.answer.len() - 1] {
			for token in [transcript.answer[index] ^ 1, 100] {
				if engine.ends_text(token) || token == transcript.answer[index] {
					continue;
				}
				let (mut task, mut changed) = (task, transcript.clone());
				changed.answer[index] = token;
				retell(&engine, &mut changed);
				reseal(&mut task, &changed);
				let last = index + 1 == changed.answer.len();
				let expected = if last {
					Reason::Sampling
				} else {
					Reason::Fingerprint
				};
				assert_eq!(
					verdict(&engine, &task, &changed),
					Verdict::Invalid(expected),
					"old states, {index}"
				);
				changed.fingerprint = states(&engine, &changed).fingerprint().expect("finite");
				reseal(&mut task, &changed);
				assert_eq!(
					verdict(&engine, &task, &changed),
					Verdict::Invalid(Reason::Sampling),
					"true states, {index}"
				);
			}
		}
	}
}

#[test]
fn only_the_bound_seed_and_the_asked_sampling_pass() {
	let engine = portable(1);
	let (task, transcript) = long_run(&engine, WARM, 40);
	for (seed, sampling) in [([9; 32], WARM), (transcript.seed, Sampling::GREEDY)] {
		let request = Request {
			prompt: &transcript.prompt,
			seed,
			sampling,
			max_tokens: 40,
		};
		let run = engine
			.generate(&request, &mut |_| ControlFlow::Continue(()))
			.expect("the model runs");
		let (mut task, mut forged) = (task, transcript.clone());
		forged.fingerprint = run.states.fingerprint().expect("finite");
		forged.answer = run.answer;
		retell(&engine, &mut forged);
		reseal(&mut task, &forged);
		assert_eq!(
			verdict(&engine, &task, &forged),
			Verdict::Invalid(Reason::Sampling),
			"{sampling:?}"
		);
		// Saying so does not help: seed and sampling are the caller's and the chain's.
		forged.seed = seed;
		task.receipt.sampling = sampling;
		reseal(&mut task, &forged);
		assert_eq!(
			verdict(&engine, &task, &forged),
			Verdict::Invalid(Reason::Structure),
			"{sampling:?}"
		);
	}
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

#[test]
fn what_cannot_be_audited_here_gets_no_verdict() {
	let engine = portable(1);
	let (task, transcript) = long_run(&engine, WARM, 10);
	let other = portable(2);
	assert!(matches!(
		audit(&other, &task, &transcript, &Bands::CPU),
		Err(AuditError::OtherPair { .. })
	));
	let mut task = task;
	task.receipt.check = CheckKind::BitExact;
	assert!(matches!(
		audit(&engine, &task, &transcript, &Bands::CPU),
		Err(AuditError::OtherCheck { .. })
	));
}

/// So many auditors of the first round.
fn tracers(count: usize) -> Vec<Tracer> {
	let of = |number: usize| Tracer {
		auditor: [number as u8; 32],
		round: 0,
	};
	(0..count).map(of).collect()
}

#[test]
fn traces_are_those_of_the_run_whatever_the_verdict_is() {
	let (engine, tracers) = (portable(1), tracers(3));
	let (task, transcript) = long_run(&engine, WARM, 40);
	let ask = |engine: &dyn Engine, task: &AuditTask, transcript: &Transcript| {
		audit_and_trace(engine, task, transcript, &Bands::CPU, &tracers).expect("same pair")
	};
	let honest = ask(&engine, &task, &transcript);
	assert_eq!(honest.verdict, Verdict::Valid);
	assert!(honest.traces.iter().all(Option::is_some));
	for (number, trace) in honest.traces.iter().enumerate() {
		for (other, shown) in honest.traces.iter().enumerate() {
			assert_eq!(
				compare(shown.as_ref(), trace.as_ref()) == Likeness::Same,
				number == other
			);
		}
	}
	// A fingerprint that is not of this run: the receipt is another, and so are the points, but there was a run.
	let (mut forged, mut changed) = (task, transcript.clone());
	changed.fingerprint.chunks[0][2] ^= 0x7f;
	reseal(&mut forged, &changed);
	let found = ask(&engine, &forged, &changed);
	assert_eq!(found.verdict, Verdict::Invalid(Reason::Fingerprint));
	assert!(found.traces.iter().all(Option::is_some) && found.traces != honest.traces);
	// What contradicts itself is not run.
	let mut forged = task;
	forged.receipt.tokens_out += 1;
	let found = ask(&engine, &forged, &transcript);
	assert_eq!(
		(found.verdict, found.traces),
		(Verdict::Invalid(Reason::Structure), vec![None; 3])
	);
	// Neither does an engine show anything that cannot.
	let noisy = Noisy { engine, noise: 0.0 };
	let found = ask(&noisy, &task, &transcript);
	assert_eq!((found.verdict, found.traces), (Verdict::Valid, vec![None; 3]));
}

#[test]
fn of_an_opened_canary_the_traces_are_at_the_delivered_receipts_points() {
	use receipt::canary::{Planting, plant};
	let (engine, tracers) = (portable(1), tracers(2));
	let (mut task, truth) = long_run(&engine, WARM, 40);
	let planted = plant(&truth, 0, 3).expect("there is a chunk");
	reseal(&mut task, &planted);
	let before = audit_and_trace(&engine, &task, &planted, &Bands::CPU, &tracers).expect("same pair");
	task.opened = Some(Planting {
		transcript: truth.hash(),
		fingerprint: truth.fingerprint.root(),
		chunk: 0,
		shift: 3,
	});
	let after = audit_and_trace(&engine, &task, &truth, &Bands::CPU, &tracers).expect("same pair");
	assert_eq!(after.verdict, Verdict::Valid);
	assert!(after.traces.iter().all(Option::is_some));
	assert_eq!(after.traces, before.traces, "the same receipt and the same run");
}

#[test]
fn more_tracers_than_a_job_can_have_auditors_are_refused() {
	let engine = portable(1);
	let (task, transcript) = honest(&engine, 1, input("in", WARM, 4));
	let ask = |count| audit_and_trace(&engine, &task, &transcript, &Bands::CPU, &tracers(count));
	assert!(ask(MAX_TRACERS).is_ok_and(|audited| audited.traces.len() == MAX_TRACERS));
	assert!(matches!(
		ask(MAX_TRACERS + 1),
		Err(AuditError::TooManyTracers { given: 65 })
	));
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

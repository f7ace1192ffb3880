//! Honest embeddings pass; every way to be paid for another one does not.

use super::*;
use crate::engine::{
	Arithmetic, CandleEngine, States,
	record::{Outcome, record_as},
	testing::{CONTEXT, engine, portable},
};
use calibration::VectorBands;
use model_export::MatrixType;
use proptest::prelude::*;
use receipt::{CheckKind, JobInput, Sampling};

const TEXT: &str = "the other one, in the rain on another inn than the one in the hand of the hen";

/// The bounds of a ticket.
fn promised(bands: VectorBands) -> CheckKind {
	CheckKind::VectorRecompute {
		cosine_ppm: bands.cosine_ppm,
		max_abs_ppm: bands.max_abs_ppm,
	}
}

fn input(text: &str) -> JobInput {
	JobInput {
		workflow: 7,
		version: 1,
		task: Task::Embedding,
		caller: [1; 32],
		prompt: text.as_bytes().to_vec(),
		max_tokens: 0,
		sampling: Sampling::GREEDY,
		nonce: [2; 32],
		salt: [3; 32],
	}
}

/// What a node delivers for `input` that reads `text` with `reader`, under the pair of `promised`.
fn run(
	promised_engine: &CandleEngine,
	reader: &CandleEngine,
	text: &str,
	input: JobInput,
) -> (AuditTask, Transcript) {
	let (job, ticket, randomness) = (5, [3; 32], [4; 32]);
	let seed = receipt::sampling::seed(job, &input.nonce, &randomness);
	let read = reader.tokenize(text.as_bytes()).expect("text");
	let outcome = Outcome {
		pair: promised_engine.pair(),
		prompt: reader.tokenize(&input.prompt).expect("text"),
		..Outcome::of_vector(reader, read).expect("the model runs")
	};
	let (commitment, nonce) = (input.commitment(), input.nonce);
	let check = promised(VectorBands::EXACT);
	let (transcript, receipt) =
		record_as(check, job, &ticket, input, seed, outcome, [0; 32]).expect("nobody stops it");
	let task = AuditTask {
		job,
		receipt,
		ticket,
		input: commitment,
		max_tokens: 0,
		nonce,
		randomness,
		opened: None,
	};
	(task, transcript)
}

fn honest(engine: &CandleEngine, text: &str) -> (AuditTask, Transcript) {
	run(engine, engine, text, input(text))
}

fn found(engine: &CandleEngine, task: &AuditTask, transcript: &Transcript) -> (Verdict, Figures) {
	super::super::audit(engine, task, transcript, &Bands::CPU).expect("same pair")
}

fn verdict(engine: &CandleEngine, task: &AuditTask, transcript: &Transcript) -> Verdict {
	found(engine, task, transcript).0
}

/// Makes the receipt fit the transcript again, as a cheating node would.
fn reseal(task: &mut AuditTask, transcript: &Transcript) {
	let receipt = &mut task.receipt;
	receipt.request = Receipt::request_hash(&task.ticket, &transcript.prompt);
	receipt.output = Receipt::vector_hash(&transcript.vector);
	receipt.tokens_in = transcript.prompt.len() as u32;
	receipt.fingerprint = transcript.fingerprint.root();
	receipt.transcript = transcript.hash();
}

/// The honest run with another vector, and what an audit says of it.
fn with_vector(engine: &CandleEngine, change: impl FnOnce(&mut Vec<u32>)) -> Verdict {
	let (mut task, mut transcript) = honest(engine, TEXT);
	change(&mut transcript.vector);
	reseal(&mut task, &transcript);
	verdict(engine, &task, &transcript)
}

/// The vector with each component moved by noise of this part of it, of unit length again.
fn noisy(vector: &[u32], part: f64) -> Vec<u32> {
	let moved: Vec<f64> = components(vector)
		.into_iter()
		.enumerate()
		.map(|(index, value)| value * (1.0 + part * (((index * 7919) % 1000) as f64 / 500.0 - 1.0)))
		.collect();
	let length = length(&moved);
	moved
		.iter()
		.map(|value| ((value / length) as f32).to_bits())
		.collect()
}

#[test]
fn honest_embeddings_are_valid_to_the_bit() {
	for arithmetic in [Arithmetic::Portable, Arithmetic::Quantized] {
		let engine = engine(1, MatrixType::Q8_0, arithmetic);
		// One token, several chunks, and the whole context.
		let long = "x".repeat(CONTEXT - 1);
		for text in ["x", TEXT, &long] {
			let (task, transcript) = honest(&engine, text);
			let (verdict, figures) = found(&engine, &task, &transcript);
			assert_eq!(verdict, Verdict::Valid, "{text}: {figures:?}");
			let chunks = (transcript.prompt.len() / 32).max(1) as u16;
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

#[test]
fn an_audit_of_a_vector_gives_traces_too() {
	let engine = portable(1);
	let (task, transcript) = honest(&engine, TEXT);
	let tracers = [1, 2].map(|auditor| receipt::trace::Tracer {
		auditor: [auditor; 32],
		round: 0,
	});
	let audited = super::super::audit_and_trace(&engine, &task, &transcript, &Bands::CPU, &tracers);
	let audited = audited.expect("same pair");
	assert_eq!(audited.verdict, Verdict::Valid);
	assert!(audited.traces.iter().all(Option::is_some) && audited.traces[0] != audited.traces[1]);
}

#[test]
fn another_models_vector_is_found() {
	let asked = engine(1, MatrixType::F16, Arithmetic::Portable);
	for other in [
		engine(3, MatrixType::F16, Arithmetic::Portable),
		engine(1, MatrixType::Q8_0, Arithmetic::Portable),
		engine(1, MatrixType::Q8_0, Arithmetic::Quantized),
	] {
		let (task, transcript) = run(&asked, &other, TEXT, input(TEXT));
		assert_eq!(
			verdict(&asked, &task, &transcript),
			Verdict::Invalid(Reason::Fingerprint)
		);
		// With the true fingerprint only the vector can give it away.
		let (mut task, mut mixed) = honest(&asked, TEXT);
		mixed.vector = transcript.vector;
		reseal(&mut task, &mixed);
		assert_eq!(
			verdict(&asked, &task, &mixed),
			Verdict::Invalid(Reason::Fingerprint)
		);
	}
}

#[test]
fn a_vector_that_is_not_that_of_the_text_is_found() {
	let engine = portable(1);
	let of = |text: &str| honest(&engine, text).1.vector;
	let expected = Verdict::Invalid(Reason::Fingerprint);
	for (name, vector) in [
		("another text", of("an oak on the other hill")),
		("half of the text", of(&TEXT[..TEXT.len() / 2])),
		("a word less", of(TEXT.rsplit_once(' ').expect("words").0)),
		("noise of ten percent", noisy(&of(TEXT), 0.1)),
		("noise of one percent", noisy(&of(TEXT), 0.01)),
		(
			"the opposite",
			of(TEXT).iter().map(|bits| bits ^ (1 << 31)).collect(),
		),
	] {
		assert_eq!(with_vector(&engine, |own| *own = vector), expected, "{name}");
	}
	let largest = |own: &mut Vec<u32>| {
		let largest = own.iter_mut().max_by_key(|bits| **bits & 0x7fff_ffff);
		*largest.expect("a vector has components") ^= 1 << 31;
	};
	assert_eq!(with_vector(&engine, largest), expected, "one sign");
	assert_eq!(with_vector(&engine, |_| ()), Verdict::Valid);
	let nearly = |own: &mut Vec<u32>| *own = noisy(own, 1e-6);
	assert_eq!(with_vector(&engine, nearly), Verdict::Valid, "rounding");
}

#[test]
fn only_a_whole_input_is_read() {
	let engine = portable(1);
	// States and vector of half of the text, under the whole text's tokens.
	let (task, transcript) = run(&engine, &engine, &TEXT[..TEXT.len() / 2], input(TEXT));
	assert!(matches!(
		verdict(&engine, &task, &transcript),
		Verdict::Invalid(_)
	));
}

#[test]
fn what_is_no_unit_vector_is_a_fault_of_structure() {
	let engine = portable(1);
	let expected = Verdict::Invalid(Reason::Structure);
	type Change = fn(&mut Vec<u32>);
	let changes: [(&str, Change); 7] = [
		("none", Vec::clear),
		("shorter", |v| v.truncate(5)),
		("longer", |v| v.push(0)),
		("zero", |v| v.fill(0)),
		("twice as long", |v| {
			v.iter_mut()
				.for_each(|bits| *bits = (f32::from_bits(*bits) * 2.0).to_bits());
		}),
		("no number", |v| v[3] = f32::NAN.to_bits()),
		("infinite", |v| v[3] = f32::INFINITY.to_bits()),
	];
	for (name, change) in changes {
		assert_eq!(with_vector(&engine, change), expected, "{name}");
	}
}

#[test]
fn every_part_of_receipt_and_transcript_is_bound() {
	type Change = fn(&mut AuditTask, &mut Transcript);
	let changes: [(&str, Change); 21] = [
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
		("tokens out", |t, _| t.receipt.tokens_out += 1),
		("sampling", |t, _| t.receipt.sampling.top_k -= 1),
		("end", |t, _| t.receipt.stop = StopReason::Length),
		("fingerprint", |t, _| t.receipt.fingerprint = [9; 32]),
		("prompt of the input", |_, s| s.input.prompt.push(b'x')),
		("prompt's tokens", |_, s| s.prompt.push(5)),
		("no prompt", |_, s| s.prompt.clear()),
		("an answer", |_, s| s.answer.push(5)),
		("missing chunk", |_, s| drop(s.fingerprint.chunks.pop())),
		("vector", |_, s| s.vector[0] ^= 1),
	];
	let engine = portable(1);
	let (task, transcript) = honest(&engine, TEXT);
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
fn a_vector_for_text_and_text_for_a_vector_are_faults_of_structure() {
	let engine = portable(1);
	let text_input = JobInput {
		task: Task::Text,
		..input(TEXT)
	};
	// Asked for text, and checked as a vector.
	let (task, transcript) = run(&engine, &engine, TEXT, text_input);
	assert_eq!(
		verdict(&engine, &task, &transcript),
		Verdict::Invalid(Reason::Structure)
	);
	// Asked for a vector, and checked as text.
	let (mut task, transcript) = honest(&engine, TEXT);
	task.receipt.check = CheckKind::TokenPrefill;
	assert_eq!(
		verdict(&engine, &task, &transcript),
		Verdict::Invalid(Reason::Structure)
	);
}

#[test]
fn audits_go_by_the_calibration_and_not_by_the_receipts_bounds() {
	let engine = portable(1);
	let (mut task, mut transcript) = honest(&engine, TEXT);
	transcript.vector = noisy(&transcript.vector, 0.01);
	reseal(&mut task, &transcript);
	task.receipt.check = CheckKind::VectorRecompute {
		cosine_ppm: 0,
		max_abs_ppm: u32::MAX,
	};
	let (verdict, figures) = found(&engine, &task, &transcript);
	assert_eq!(verdict, Verdict::Invalid(Reason::Fingerprint));
	assert!(figures.error_milli > 2_000, "{figures:?}");
	let wide = Bands {
		vector: Some(VectorBands::WIDEST),
		..Bands::CPU
	};
	let found = super::super::audit(&engine, &task, &transcript, &wide).expect("same pair");
	assert_eq!(found.0, Verdict::Valid, "{:?}", found.1);
	assert!(found.1.error_milli <= 1_000, "{:?}", found.1);
}

#[test]
fn what_cannot_be_audited_here_gets_no_verdict() {
	let engine = portable(1);
	let (task, transcript) = honest(&engine, TEXT);
	let ask = |engine: &CandleEngine, bands: &Bands| super::super::audit(engine, &task, &transcript, bands);
	assert!(matches!(
		ask(&portable(2), &Bands::CPU),
		Err(AuditError::OtherPair { .. })
	));
	let unmeasured = Bands {
		vector: None,
		..Bands::CPU
	};
	assert!(matches!(
		ask(&engine, &unmeasured),
		Err(AuditError::NoVectorBands)
	));
}

#[test]
fn distances_are_those_of_directions() {
	let vector = |values: [f32; 2]| values.map(f32::to_bits);
	let errors = |a, b| distance(&vector(a), &vector(b)).map(|e| (e.distance_ppm, e.max_abs_ppm));
	assert_eq!(errors([0.6, 0.8], [0.6, 0.8]), Some((0, 0)));
	assert_eq!(errors([0.75, 1.0], [3.0, 4.0]), Some((0, 0)));
	assert_eq!(errors([1.0, 0.0], [0.0, 1.0]), Some((1_000_000, 1_000_000)));
	assert_eq!(errors([1.0, 0.0], [-1.0, 0.0]), Some((2_000_000, 2_000_000)));
	assert_eq!(errors([f32::NAN, 0.0], [1.0, 0.0]), None);
	assert_eq!(errors([0.0, 0.0], [1.0, 0.0]), None);
	assert_eq!(distance(&vector([1.0, 0.0]), &[1]), None);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn hostile_transcripts_get_a_verdict(
		prompt in proptest::collection::vec(0u32..300, 0..40),
		vector in proptest::collection::vec(any::<u32>(), 0..80),
		chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..6),
		text in "[a-z ]{0,20}",
		prompt_is_true: bool,
		vector_is_true: bool,
	) {
		thread_local! {
			static ENGINE: CandleEngine = portable(1);
		}
		ENGINE.with(|engine| {
			let (mut task, mut transcript) = honest(engine, &text);
			if !prompt_is_true {
				transcript.prompt = prompt;
			}
			if !vector_is_true {
				transcript.vector = vector;
			}
			transcript.fingerprint.chunks = chunks;
			reseal(&mut task, &transcript);
			let verdict = verdict(engine, &task, &transcript);
			prop_assert!(matches!(verdict, Verdict::Invalid(_)), "{:?}", verdict);
			Ok(())
		})?;
	}

	#[test]
	fn a_vector_is_nearest_to_itself(values in proptest::collection::vec(-1f32..1.0, 64), index in 0usize..64) {
		let states = States { values, width: 64 };
		prop_assume!(crate::engine::vector::pooled(&states).is_some());
		let vector = crate::engine::vector::pooled(&states).expect("assumed");
		prop_assert_eq!(distance(&vector, &vector), Some(VectorErrors::default()));
		let mut other = vector.clone();
		other[index] ^= 1 << 31;
		let errors = distance(&other, &vector).expect("of the same width");
		let turned = f32::from_bits(vector[index]).abs();
		prop_assert_eq!(errors.max_abs_ppm > 0, turned > 0.0);
	}
}

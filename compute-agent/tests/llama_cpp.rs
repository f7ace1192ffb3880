//! llama.cpp as an engine: it reads the seed model as ours does, nearly, and its runs pass an audit by bands that
//! were measured for it.
//!
//! Outside the default run, because it builds llama.cpp:
//! `cargo test --release --workspace --features compute-agent/llama-cpp --test llama_cpp`
//! (needs cmake, a C++ compiler and libclang).

use candle_core::quantized::GgmlDType;
use compute_agent::{
	calibrate::{
		Backend, Plan, calibrate,
		substitutes::{Change, Original},
		substitutes_of,
	},
	engine::{
		Arithmetic, CandleEngine, Ending, Engine, EngineError, LlamaCppEngine, LoadError, Request, Run,
	},
};
use receipt::{Sampling, Token};
use std::{
	io::Cursor,
	ops::ControlFlow,
	path::{Path, PathBuf},
};

fn seed() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/seed/seed.gguf")
}

fn theirs(batches: &[u32]) -> LlamaCppEngine {
	LlamaCppEngine::load(&seed(), batches).expect("llama.cpp loads the seed model")
}

fn generate(engine: &dyn Engine, prompt: &[Token], max_tokens: u32) -> Result<Run, EngineError> {
	let request = Request {
		prompt,
		seed: [5; 32],
		sampling: Sampling {
			temperature_milli: 800,
			top_k: 40,
		},
		max_tokens,
	};
	engine.generate(&request, &mut |_| ControlFlow::Continue(()))
}

/// States and logits of all positions.
fn read(engine: &dyn Engine, tokens: &[Token]) -> (Vec<f32>, Vec<f32>) {
	let mut all = Vec::new();
	let mut next = 0;
	let states = engine.prefill(tokens, 0, &mut |position, logits| {
		assert_eq!(position, next);
		next += 1;
		all.extend_from_slice(logits);
	});
	assert_eq!(next, tokens.len());
	(states.expect("the model runs").values, all)
}

/// How much values differ at most, as a part of the largest.
fn difference(a: &[f32], b: &[f32]) -> f32 {
	assert_eq!(a.len(), b.len());
	let largest = a.iter().fold(0f32, |largest, value| largest.max(value.abs()));
	let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
	differences.fold(0f32, f32::max) / largest
}

const TEXTS: [&str; 3] = [
	"In the beginning",
	"Mr. Darcy was",
	"The light of the sun, and 12 men;\nthey said",
];

#[test]
fn it_reads_the_same_tokens() {
	let engine = theirs(&[]);
	for text in TEXTS {
		let tokens = engine.tokenize(text.as_bytes()).expect("it has tokens");
		let their_tokens = engine.model().vocab().tokenize(text.as_bytes(), true, false);
		let as_numbers: Vec<Token> = their_tokens.iter().map(|token| token.0 as Token).collect();
		assert_eq!(as_numbers, tokens, "tokens of {text:?}");
	}
}

#[test]
fn states_and_logits_are_nearly_those_of_our_arithmetic() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let original = Original::read(&seed()).expect("the repository has it");
	// llama.cpp quantises activations as well, where weights are.
	for (format, allowed) in [(GgmlDType::F32, 1e-4), (GgmlDType::Q8_0, 0.05)] {
		let bytes = original
			.changed(Change::Format(format))
			.expect("the matrices fit");
		let file = folder.path().join("model.gguf");
		std::fs::write(&file, &bytes).expect("it can be written");
		let ours = CandleEngine::read(Cursor::new(bytes), Some(Arithmetic::Portable)).expect("a model");
		let theirs = LlamaCppEngine::load(&file, &[]).expect("a model");
		for text in TEXTS {
			let tokens = ours.tokenize(text.as_bytes()).expect("it has tokens");
			let ((our_states, our_logits), (their_states, their_logits)) =
				(read(&ours, &tokens), read(&theirs, &tokens));
			let states = difference(&our_states, &their_states);
			let logits = difference(&our_logits, &their_logits);
			println!("{format:?}, {text:?}: states differ by {states}, logits by {logits}");
			assert!(
				states < allowed && logits < allowed,
				"{format:?}, {text:?}: {states}, {logits}"
			);
			assert!(states > 0.0, "it is another arithmetic");
		}
	}
}

#[test]
fn writing_and_reading_nearly_agree_with_any_threads_and_batches() {
	let mut engine = theirs(&[64]);
	let prompt = engine.tokenize(TEXTS[2].as_bytes()).expect("it has tokens");
	let run = generate(&engine, &prompt, 90).expect("the model runs");
	let fed = [&prompt[..], &run.answer[..run.answer.len() - 1]].concat();
	assert_eq!(
		generate(&engine, &prompt, 90).expect("the model runs"),
		run,
		"the same run twice"
	);
	for (threads, batch) in [(1, 64), (2, 64), (1, 3), (2, 1)] {
		engine.use_threads(threads);
		engine.use_batch(batch);
		let (states, _) = read(&engine, &fed);
		let difference = difference(&run.states.values, &states);
		println!("{threads} threads, batches of {batch}: {difference}");
		assert!(
			difference < 0.05,
			"{threads} threads, batches of {batch}: {difference}"
		);
	}
}

#[test]
fn batch_classes_are_pairs_of_their_own_and_threads_are_not() {
	let mut engine = theirs(&[64]);
	let pair = engine.pair();
	engine.use_threads(2);
	assert_eq!(engine.pair(), pair);
	assert_eq!(theirs(&[]).pair(), pair);
	for batches in [&[512][..], &[64, 512]] {
		assert_ne!(theirs(batches).pair(), pair, "{batches:?}");
	}
	let ours = CandleEngine::load(&seed()).expect("the repository has it");
	assert_ne!(ours.pair(), pair);
}

#[test]
fn the_pair_names_the_version_that_is_locked() {
	let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
	let lock = std::fs::read_to_string(lock).expect("the repository has it");
	let mut lines = lock
		.lines()
		.skip_while(|line| *line != "name = \"llama-cpp-sys-2\"");
	let version = lines.nth(1).expect("a version follows the name");
	let version = version.trim_start_matches("version = ").trim_matches('"');
	let engine = theirs(&[]).describe().engine.clone();
	assert!(
		engine.starts_with(&format!("llama-cpp-sys-2 {version},")),
		"{engine}, {version}"
	);
}

#[test]
fn what_cannot_run_is_refused_as_by_the_other_engine() {
	let engine = theirs(&[]);
	let vocabulary = engine.describe().vocabulary;
	let context = engine.describe().context_length as usize;
	let long = |tokens: usize| vec![5; tokens];
	let prefill = |tokens: &[Token]| engine.prefill(tokens, 0, &mut |_, _| ()).map(|_| ());
	assert!(matches!(prefill(&[]), Err(EngineError::EmptyPrompt)));
	assert!(matches!(
		prefill(&long(context + 1)),
		Err(EngineError::TooLong { .. })
	));
	assert!(
		matches!(prefill(&[5, vocabulary]), Err(EngineError::UnknownToken { token, .. }) if token == vocabulary)
	);
	assert!(prefill(&long(context)).is_ok());
	let write = |prompt: &[Token], most| generate(&engine, prompt, most).map(|run| run.ending);
	assert!(matches!(write(&[], 5), Err(EngineError::EmptyPrompt)));
	assert!(matches!(write(&[5], 0), Err(EngineError::NoTokens)));
	assert!(matches!(
		write(&long(context), 5),
		Err(EngineError::TooLong { .. })
	));
	assert!(matches!(
		write(&[vocabulary], 5),
		Err(EngineError::UnknownToken { .. })
	));
	assert!(matches!(
		write(&long(context - 1), u32::MAX),
		Ok(Ending::Length | Ending::EndOfText)
	));
}

#[test]
fn files_that_are_no_models_are_refused() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let file = folder.path().join("model.gguf");
	assert!(matches!(
		LlamaCppEngine::load(&file, &[]),
		Err(LoadError::Open { .. })
	));
	std::fs::write(&file, b"GGUF, or nearly").expect("it can be written");
	assert!(matches!(
		LlamaCppEngine::load(&file, &[]),
		Err(LoadError::Gguf(_))
	));
}

#[test]
fn honest_runs_lie_within_the_bands_that_were_measured_and_forgeries_do_not() {
	let original = Original::read(&seed()).expect("the repository has it");
	let backend = Backend::llama_cpp().expect("this test is built with it");
	let half: Vec<_> = substitutes_of(&original, &[Arithmetic::Portable], backend)
		.into_iter()
		.filter(|substitute| substitute.name == "half the layers")
		.collect();
	assert_eq!(half.len(), 1);
	let plan = Plan {
		lengths: vec![8, 40],
		runs: 12,
		// Its threads wait by turning, which takes long where other tests run beside it.
		threads: vec![1],
		batches: vec![64],
	};
	let record = calibrate(&seed(), &original, backend, &half, &plan, &mut |_| ()).expect("a record");
	assert_eq!(record.pair, theirs(&[64]).pair());
	assert_eq!(record.check(), Ok(()));
	assert_eq!((record.held_out.runs, record.held_out.rejected), (24, 0));
	assert_eq!(record.refusals, Vec::<String>::new());
	for opponent in &record.opponents {
		let caught: u32 = opponent.lengths.iter().map(|range| range.caught).sum();
		assert!(caught > 0, "{}", opponent.name);
	}
}

//! The seed model in llama.cpp, unchanged: it reads the same tokens and expects the same next ones.
//!
//! Outside the default run, because it builds llama.cpp:
//! `cargo test --release -p compute-agent --features llama-cpp --test llama_cpp`
//! (needs cmake, a C++ compiler and libclang).

use compute_agent::engine::{CandleEngine, Engine};
use llama_cpp_2::{
	context::params::LlamaContextParams,
	llama_backend::LlamaBackend,
	llama_batch::LlamaBatch,
	model::{LlamaModel, params::LlamaModelParams},
};
use std::path::Path;

/// llama.cpp quantises activations as well, so its logits differ a little from ours.
const LARGEST_DIFFERENCE: f32 = 0.5;

#[test]
fn llama_cpp_reads_the_seed_model_as_we_do() {
	let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/seed/seed.gguf");
	let ours = CandleEngine::load(&file).expect("our engine loads the seed model");
	let backend = LlamaBackend::init().expect("llama.cpp initialises");
	let theirs = LlamaModel::load_from_file(&backend, &file, &LlamaModelParams::default())
		.expect("llama.cpp loads the seed model");

	for prompt in [
		"In the beginning",
		"Mr. Darcy was",
		"The light of the sun, and 12 men;\nthey said",
	] {
		let tokens = ours.tokenize(prompt.as_bytes()).expect("it has tokens");
		let their_tokens = theirs.vocab().tokenize(prompt.as_bytes(), true, false);
		let as_numbers: Vec<u32> = their_tokens.iter().map(|token| token.0 as u32).collect();
		assert_eq!(as_numbers, tokens, "tokens of {prompt:?}");

		let mut our_logits = Vec::new();
		ours.prefill(&tokens, tokens.len() - 1, &mut |_, row| our_logits = row.to_vec())
			.expect("our engine reads it");
		let mut context = theirs
			.new_context(&backend, LlamaContextParams::default())
			.expect("llama.cpp makes a context");
		let mut batch = LlamaBatch::new(tokens.len(), 1);
		batch
			.add_sequence(&their_tokens, 0, false)
			.expect("the batch has room");
		context.decode(&mut batch).expect("llama.cpp reads it");
		let their_logits = context.get_logits_ith(tokens.len() as i32 - 1);

		assert_eq!(their_logits.len(), our_logits.len());
		assert_eq!(
			largest(their_logits),
			largest(&our_logits),
			"the next token after {prompt:?}"
		);
		let difference = our_logits
			.iter()
			.zip(their_logits)
			.map(|(ours, theirs)| (ours - theirs).abs())
			.fold(0.0, f32::max);
		println!("{prompt:?}: logits differ by at most {difference}");
		assert!(
			difference < LARGEST_DIFFERENCE,
			"{prompt:?}: logits differ by {difference}"
		);
	}
}

fn largest(logits: &[f32]) -> usize {
	let compare = |a: &(usize, &f32), b: &(usize, &f32)| a.1.total_cmp(b.1);
	logits.iter().enumerate().max_by(compare).expect("a vocabulary").0
}

//! Another computation than the promised one shows in the fingerprint or in the sampling.

use super::{WARM, long_run, reseal, retell, states, verdict};
use crate::engine::{
	Arithmetic, Engine, Request,
	testing::{engine, portable},
};
use model_export::MatrixType;
use receipt::{
	Sampling, Verdict,
	attestation::Reason,
	fingerprint::{Fingerprint, fingerprint},
};
use std::ops::ControlFlow;

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

//! A text as one vector: the mean of its positions' final-norm states, made unit length.
//!
//! Sums are taken in f64 and in the order of positions, and the root is correctly rounded, so that equal states
//! give equal bits on every machine.

use super::{Engine, EngineError, States, Values};
use receipt::{Token, fingerprint::FingerprintError};

/// What [`embed`] gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
	/// The states of all positions.
	pub states: States,
	/// The components of their vector, as the bits of f32.
	pub vector: Vec<u32>,
}

/// Why a text has no vector, or its states no fingerprint.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
	/// The model failed.
	#[error(transparent)]
	Engine(#[from] EngineError),
	/// The states cancel each other out.
	#[error("the mean of the text's states is zero, so it has no direction")]
	NoDirection,
	/// The states have no fingerprint.
	#[error(transparent)]
	Fingerprint(#[from] FingerprintError),
}

/// Reads a text in one pass and gives its vector.
pub fn embed(engine: &dyn Engine, tokens: &[Token]) -> Result<Embedded, EmbedError> {
	embed_and_show(engine, tokens, &mut |_| ())
}

/// [`embed`], which also shows the cache, as [`Engine::prefill_and_show`] does.
pub fn embed_and_show(
	engine: &dyn Engine,
	tokens: &[Token],
	on_values: &mut dyn FnMut(&dyn Values),
) -> Result<Embedded, EmbedError> {
	// No position's logits are wanted.
	let states = engine.prefill_and_show(tokens, tokens.len(), &mut |_, _| (), on_values)?;
	let vector = pooled(&states).ok_or(EmbedError::NoDirection)?;
	Ok(Embedded { states, vector })
}

/// The unit vector in the direction of the states' mean, as the bits of f32; nothing where that is zero.
pub fn pooled(states: &States) -> Option<Vec<u32>> {
	let mut sums = vec![0f64; states.width];
	for row in states.values.chunks_exact(states.width) {
		sums.iter_mut()
			.zip(row)
			.for_each(|(sum, value)| *sum += f64::from(*value));
	}
	// The mean has the direction of the sum.
	let length = length(&sums);
	(length > 0.0 && length.is_finite())
		.then(|| sums.iter().map(|sum| ((sum / length) as f32).to_bits()).collect())
}

/// The length of a vector.
pub fn length(components: &[f64]) -> f64 {
	components
		.iter()
		.fold(0.0, |sum, component| sum + component * component)
		.sqrt()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::engine::{
		Arithmetic,
		testing::{engine, portable},
	};
	use model_export::MatrixType;

	fn check(values: &[f32], width: usize, expect: Option<&[f32]>) {
		let states = States {
			values: values.to_vec(),
			width,
		};
		let expect = expect.map(|vector| vector.iter().map(|v| v.to_bits()).collect::<Vec<_>>());
		assert_eq!(pooled(&states), expect, "{values:?}");
	}

	#[test]
	fn a_vector_is_the_mean_of_all_positions_with_unit_length() {
		check(&[3.0, 4.0], 2, Some(&[0.6, 0.8]));
		check(&[1.0, 0.0, 5.0, 8.0], 2, Some(&[0.6, 0.8]));
		check(&[6.0, 0.0, 0.0, -8.0], 2, Some(&[0.6, -0.8]));
		check(&[1.0, -2.0, -1.0, 2.0], 2, None);
	}

	#[test]
	fn texts_have_vectors_of_the_models_width_and_unit_length() {
		for arithmetic in [Arithmetic::Portable, Arithmetic::Quantized] {
			let engine = engine(1, MatrixType::Q8_0, arithmetic);
			for text in ["x", "the other one in the rain"] {
				let tokens = engine.tokenize(text.as_bytes()).expect("text");
				let embedded = embed(&engine, &tokens).expect("the model runs");
				assert_eq!(embedded.states.values.len(), tokens.len() * embedded.states.width);
				let components: Vec<f64> = embedded
					.vector
					.iter()
					.map(|bits| f64::from(f32::from_bits(*bits)))
					.collect();
				assert_eq!(components.len(), embedded.states.width);
				assert!((length(&components) - 1.0).abs() < 1e-6);
				assert_eq!(embed(&engine, &tokens).expect("the model runs"), embedded);
			}
		}
	}

	#[test]
	fn neither_threads_nor_registers_change_a_bit() {
		use crate::engine::lanes::Processor;
		let mut engine = portable(1);
		let tokens = engine
			.tokenize(b"the other one in the rain, an inn on another")
			.expect("text");
		let first = embed(&engine, &tokens).expect("the model runs");
		for processor in [1, 2, 3].into_iter().flat_map(Processor::all) {
			engine.weights.processor = processor;
			assert_eq!(
				embed(&engine, &tokens).expect("the model runs"),
				first,
				"{processor:?}"
			);
		}
	}

	#[test]
	fn what_has_no_tokens_has_no_vector() {
		let empty = embed(&portable(1), &[]);
		assert!(matches!(empty, Err(EmbedError::Engine(EngineError::EmptyPrompt))));
	}
}

//! What every engine does alike: it checks what it is given and what comes out, and writes an answer token by token.

use super::{Description, Ending, Engine, EngineError, Request, Run, States, sampler};
use receipt::Token;
use std::ops::ControlFlow;

/// Every token known, at least one of them, and not more than `room`.
pub(super) fn check(description: &Description, tokens: &[Token], room: usize) -> Result<(), EngineError> {
	let vocabulary = description.vocabulary;
	if tokens.is_empty() {
		return Err(EngineError::EmptyPrompt);
	}
	if tokens.len() > room {
		return Err(EngineError::TooLong {
			tokens: tokens.len(),
			context: description.context_length as usize,
		});
	}
	match tokens.iter().find(|token| **token >= vocabulary) {
		Some(token) => Err(EngineError::UnknownToken {
			token: *token,
			vocabulary,
		}),
		None => Ok(()),
	}
}

/// Fails at the first position with a value that is not finite.
pub(super) fn finite(values: &[f32], width: usize, first: usize) -> Result<(), EngineError> {
	// Compared as integers and without an early end, so that many are compared at once.
	let size = |value: &f32| value.to_bits() & 0x7fff_ffff;
	if values.iter().map(size).fold(0, u32::max) < f32::INFINITY.to_bits() {
		return Ok(());
	}
	match values.iter().position(|value| !value.is_finite()) {
		Some(index) => Err(EngineError::NotFinite {
			position: first + index / width,
		}),
		None => Ok(()),
	}
}

/// [`Engine::generate`], where `feed` gives the model tokens that continue what it has read: it appends a state for
/// each of them and returns the logits that follow the last one.
pub(super) fn generate(
	engine: &dyn Engine,
	request: &Request<'_>,
	on_token: &mut dyn FnMut(Token) -> ControlFlow<()>,
	feed: &mut dyn FnMut(&[Token], &mut Vec<f32>) -> Result<Vec<f32>, EngineError>,
) -> Result<Run, EngineError> {
	let Request {
		prompt,
		seed,
		sampling,
		max_tokens,
	} = *request;
	let description = engine.describe();
	let (context, width) = (description.context_length as usize, description.width as usize);
	if !sampling.is_valid() {
		return Err(EngineError::Sampling { sampling });
	}
	if max_tokens == 0 {
		return Err(EngineError::NoTokens);
	}
	check(description, prompt, context - 1)?;
	let mut states = Vec::with_capacity(prompt.len() * width);
	let mut feed = |tokens: &[Token], states: &mut Vec<f32>| -> Result<_, EngineError> {
		let before = states.len();
		let logits = feed(tokens, states)?;
		finite(&states[before..], width, before / width)?;
		finite(&logits, logits.len(), states.len() / width - 1)?;
		Ok(logits)
	};
	let mut logits = feed(prompt, &mut states)?;
	let mut answer = Vec::new();
	let ending = loop {
		let position = prompt.len() + answer.len();
		let token = sampler::choose(&logits, &sampling, &seed, position as u32)
			.ok_or(EngineError::NotFinite { position })?;
		answer.push(token);
		let stopped = on_token(token).is_break();
		if engine.ends_text(token) {
			break Ending::EndOfText;
		}
		if answer.len() >= max_tokens as usize || position + 1 >= context {
			break Ending::Length;
		}
		if stopped {
			break Ending::Stopped;
		}
		logits = feed(&[token], &mut states)?;
	};
	Ok(Run {
		answer,
		ending,
		states: States {
			values: states,
			width,
		},
	})
}

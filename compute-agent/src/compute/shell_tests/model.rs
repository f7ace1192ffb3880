//! A model that lives in the tests' process.

use super::PAIR;
use crate::{
	audit::{AuditTask, Bands},
	compute::{RunTask, Runner, Tokenize},
	engine::{Ending, record::Outcome},
};
use futures::future::BoxFuture;
use receipt::{Figures, Hash, Task, Token, Transcript, Verdict, fingerprint::Fingerprint};

/// The bits of a vector of two components.
pub(super) const VECTOR: [u32; 2] = [0.6f32.to_bits(), (-0.8f32).to_bits()];

/// A model that always writes the same three tokens, or gives the same vector. It finds its runs valid.
pub(super) struct FakeModel;

impl Tokenize for FakeModel {
	fn tokenize(&self, prompt: &[u8]) -> Result<Vec<Token>, String> {
		Ok(prompt.iter().map(|byte| Token::from(*byte)).collect())
	}

	fn text_hash(&self, answer: &[Token]) -> Hash {
		Transcript::text_hash(&format!("{answer:?}"))
	}
}

impl Runner for FakeModel {
	fn run<'a>(
		&'a self,
		task: &'a RunTask,
		on_text: &'a mut (dyn FnMut(&str, u32) + Send),
	) -> BoxFuture<'a, Result<Outcome, String>> {
		if task.record.input.task == Task::Embedding {
			let outcome = Outcome {
				pair: PAIR,
				prompt: task.record.prompt.clone(),
				answer: Vec::new(),
				text: Transcript::text_hash(""),
				ending: Ending::EndOfText,
				fingerprint: Fingerprint {
					chunks: vec![vec![1; 4]],
				},
				vector: VECTOR.to_vec(),
			};
			return Box::pin(async { Ok(outcome) });
		}
		for (count, text) in [" upon", " a", " time"].into_iter().enumerate() {
			on_text(text, count as u32 + 1);
		}
		let outcome = Outcome {
			pair: PAIR,
			prompt: task.record.prompt.clone(),
			answer: vec![40, 41, 42],
			text: Transcript::text_hash(" upon a time"),
			ending: Ending::Length,
			fingerprint: Fingerprint {
				chunks: vec![vec![1; 4]],
			},
			vector: Vec::new(),
		};
		Box::pin(async { Ok(outcome) })
	}

	fn check<'a>(
		&'a self,
		_: &'a AuditTask,
		_: &'a Transcript,
		_: &'a Bands,
	) -> BoxFuture<'a, Result<(Verdict, Figures), String>> {
		Box::pin(async { Ok((Verdict::Valid, Figures::default())) })
	}
}

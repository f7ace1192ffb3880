//! OpenAI's embeddings: each input is a call of its own on chain.

use super::{
	CallError, Failure, Gateway, Upstream, authorize,
	openai::{ErrorDetail, InvalidRequest},
};
use axum::{
	Json,
	extract::{State, rejection::JsonRejection},
	http::HeaderMap,
};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most inputs of one request: each is paid.
const MAX_INPUTS: usize = 64;

/// How many of them are called at once. A node with one slot promises an account three jobs at a time, and refuses a
/// fourth; one place is left to what else the account calls.
const AT_ONCE: usize = 2;

/// The body of `POST /v1/embeddings`.
#[derive(Clone, Debug, Deserialize)]
pub struct EmbeddingRequest {
	/// A workflow, by its number or its name.
	pub model: String,
	/// What is to be embedded.
	pub input: Input,
	/// How vectors are written; as numbers if absent.
	#[serde(default)]
	pub encoding_format: Option<String>,
	/// Only absent can be honoured: a vector is as wide as its model.
	#[serde(default)]
	pub dimensions: Option<u32>,
}

/// One text or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Input {
	/// One text.
	One(String),
	/// Several texts.
	Many(Vec<String>),
	/// Tokens, or what else we do not understand.
	Other(serde_json::Value),
}

/// How vectors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
	/// A list of numbers.
	Float,
	/// The bytes of little-endian f32, in base64.
	Base64,
}

/// A text to be embedded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddingCall {
	/// The workflow, by its number or its name.
	pub workflow: String,
	/// The text as the model reads it.
	pub text: String,
}

/// A vector and what it was counted as.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
	/// The components.
	pub vector: Vec<f32>,
	/// Tokens of the text.
	pub tokens_in: u32,
}

impl EmbeddingRequest {
	/// Checks the request and says what must be called, and how the answer is written.
	pub fn to_calls(&self) -> Result<(Vec<EmbeddingCall>, Format), InvalidRequest> {
		let refuse = |param, problem: String| Err(InvalidRequest { param, problem });
		let format = match self.encoding_format.as_deref() {
			None | Some("float") => Format::Float,
			Some("base64") => Format::Base64,
			Some(other) => {
				let problem = format!("must be 'float' or 'base64', and is '{other}'");
				return refuse("encoding_format", problem);
			}
		};
		if self.dimensions.is_some() {
			let problem = "cannot be chosen: a vector is as wide as its model".to_owned();
			return refuse("dimensions", problem);
		}
		let texts = match &self.input {
			Input::One(text) => vec![text.clone()],
			Input::Many(texts) => texts.clone(),
			Input::Other(_) => {
				return refuse("input", "must be a text or a list of texts".to_owned());
			}
		};
		if texts.is_empty() || texts.iter().any(String::is_empty) {
			return refuse(
				"input",
				"must hold one text or more, none of them empty".to_owned(),
			);
		}
		if texts.len() > MAX_INPUTS {
			let problem = format!("holds {} texts, and {MAX_INPUTS} are the most", texts.len());
			return refuse("input", problem);
		}
		let call = |text| EmbeddingCall {
			workflow: self.model.clone(),
			text,
		};
		Ok((texts.into_iter().map(call).collect(), format))
	}
}

/// The answer of `POST /v1/embeddings`.
#[derive(Clone, Debug, Serialize)]
pub struct EmbeddingResponse {
	/// Always `list`.
	pub object: &'static str,
	/// One vector for each text, in their order.
	pub data: Vec<EmbeddingEntry>,
	/// The workflow, as it was asked for.
	pub model: String,
	/// The tokens that were counted.
	pub usage: EmbeddingUsage,
}

/// A vector in an [`EmbeddingResponse`].
#[derive(Clone, Debug, Serialize)]
pub struct EmbeddingEntry {
	/// Always `embedding`.
	pub object: &'static str,
	/// The place of its text.
	pub index: usize,
	/// The vector.
	pub embedding: Written,
}

/// A vector as it is written.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Written {
	/// A list of numbers.
	Float(Vec<f32>),
	/// Base64.
	Base64(String),
}

/// The tokens that were counted.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct EmbeddingUsage {
	/// Of all texts.
	pub prompt_tokens: u32,
	/// The same: a vector has no tokens.
	pub total_tokens: u32,
}

impl Format {
	fn write(self, vector: Vec<f32>) -> Written {
		match self {
			Self::Float => Written::Float(vector),
			Self::Base64 => {
				let bytes: Vec<u8> = vector
					.iter()
					.flat_map(|component| component.to_le_bytes())
					.collect();
				Written::Base64(base64(&bytes))
			}
		}
	}
}

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
	const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
	for group in bytes.chunks(3) {
		let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
		let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
		for place in 0..4 {
			// Three bytes are four letters, two are three, one is two.
			let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
			text.push(if place <= group.len() {
				char::from(letter)
			} else {
				'='
			});
		}
	}
	text
}

pub(super) async fn embeddings<U: Upstream>(
	State(gateway): State<Arc<Gateway<U>>>,
	headers: HeaderMap,
	body: Result<Json<EmbeddingRequest>, JsonRejection>,
) -> Result<Json<EmbeddingResponse>, Failure> {
	authorize(&gateway, &headers)?;
	let Json(request) = body.map_err(|rejection| {
		let detail = ErrorDetail {
			message: rejection.body_text(),
			kind: "invalid_request_error",
			param: None,
			code: None,
		};
		Failure::new(rejection.status(), detail)
	})?;
	let (calls, format) = request.to_calls()?;
	metrics::counter!("hai_gateway_requests_total").increment(1);
	// A client that leaves drops this future, and with it the calls. The first error ends the others.
	let embedded: Vec<Embedded> = stream::iter(calls)
		.map(|call| gateway.upstream.embed(call))
		.buffered(AT_ONCE)
		.try_collect()
		.await?;
	let tokens = embedded
		.iter()
		.fold(0u32, |sum, embedded| sum.saturating_add(embedded.tokens_in));
	let entry = |(index, embedded): (usize, Embedded)| EmbeddingEntry {
		object: "embedding",
		index,
		embedding: format.write(embedded.vector),
	};
	Ok(Json(EmbeddingResponse {
		object: "list",
		data: embedded.into_iter().enumerate().map(entry).collect(),
		model: request.model,
		usage: EmbeddingUsage {
			prompt_tokens: tokens,
			total_tokens: tokens,
		},
	}))
}

/// What a call without a vector comes to.
pub(super) fn no_vector() -> CallError {
	CallError::Failed("the call ended without a vector".into())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn calls(json: serde_json::Value) -> Result<(Vec<EmbeddingCall>, Format), InvalidRequest> {
		serde_json::from_value::<EmbeddingRequest>(json)
			.expect("a request")
			.to_calls()
	}

	#[test]
	fn one_text_or_several_become_calls() {
		let texts = |json| {
			let (calls, format) = calls(json).expect("valid");
			let texts: Vec<String> = calls.into_iter().map(|call| call.text).collect();
			(texts, format)
		};
		assert_eq!(
			texts(serde_json::json!({ "model": "words", "input": "a", "user": "x" })),
			(vec!["a".to_owned()], Format::Float)
		);
		assert_eq!(
			texts(serde_json::json!({ "model": "7", "input": ["a", "b"], "encoding_format": "base64" })),
			(vec!["a".to_owned(), "b".to_owned()], Format::Base64)
		);
	}

	#[test]
	fn what_cannot_be_honoured_names_its_field() {
		let with = |field: &str, value: serde_json::Value| {
			let mut json = serde_json::json!({ "model": "1", "input": "x" });
			json[field] = value;
			calls(json).expect_err(field).param
		};
		for input in [
			serde_json::json!(""),
			serde_json::json!([]),
			serde_json::json!(["a", ""]),
			serde_json::json!([1, 2, 3]),
			serde_json::json!([[1, 2], [3]]),
			serde_json::json!(vec!["a"; MAX_INPUTS + 1]),
		] {
			assert_eq!(with("input", input.clone()), "input", "{input}");
		}
		assert_eq!(with("encoding_format", "int8".into()), "encoding_format");
		assert_eq!(with("dimensions", 64.into()), "dimensions");
		let most = serde_json::json!({ "model": "1", "input": vec!["a"; MAX_INPUTS] });
		assert_eq!(calls(most).expect("not too many").0.len(), MAX_INPUTS);
	}

	#[test]
	fn base64_is_that_of_the_standard() {
		// RFC 4648, section 10.
		for (bytes, text) in [
			("", ""),
			("f", "Zg=="),
			("fo", "Zm8="),
			("foo", "Zm9v"),
			("foob", "Zm9vYg=="),
			("fooba", "Zm9vYmE="),
			("foobar", "Zm9vYmFy"),
		] {
			assert_eq!(base64(bytes.as_bytes()), text);
		}
		assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
	}
}

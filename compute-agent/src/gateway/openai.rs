//! The words of OpenAI's chat completions, as far as a text model understands them.
//!
//! Fields that we do not know are ignored, as clients expect; those that we know and cannot honour
//! are errors that name the field.

use receipt::{Sampling, StopReason, sampling::MAX_TOP_K};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The body of `POST /v1/chat/completions`.
#[derive(Clone, Debug, Deserialize)]
pub struct ChatRequest {
	/// A workflow, by its number or its name.
	pub model: String,
	/// What was said so far.
	pub messages: Vec<Message>,
	/// The most tokens of the answer (older clients).
	#[serde(default)]
	pub max_tokens: Option<u32>,
	/// The most tokens of the answer.
	#[serde(default)]
	pub max_completion_tokens: Option<u32>,
	/// 0 takes the likeliest token, 1 draws as the model says.
	#[serde(default)]
	pub temperature: Option<f64>,
	/// Only so many of the likeliest tokens are drawn from. Not OpenAI's, but many clients send it.
	#[serde(default)]
	pub top_k: Option<u16>,
	/// Only 1, which changes nothing, can be honoured.
	#[serde(default)]
	pub top_p: Option<f64>,
	/// Only 1 can be honoured.
	#[serde(default)]
	pub n: Option<u32>,
	/// Only absent can be honoured: a run ends by itself or at its limit.
	#[serde(default)]
	pub stop: Option<serde_json::Value>,
	/// Only absent or empty can be honoured.
	#[serde(default)]
	pub tools: Option<Vec<serde_json::Value>>,
	/// Whether the answer comes in pieces.
	#[serde(default)]
	pub stream: Option<bool>,
	/// What else comes with the pieces.
	#[serde(default)]
	pub stream_options: Option<StreamOptions>,
}

/// Options of a streamed answer.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct StreamOptions {
	/// Whether a last piece gives the tokens that were counted.
	#[serde(default)]
	pub include_usage: bool,
}

/// One message of a conversation.
#[derive(Clone, Debug, Deserialize)]
pub struct Message {
	/// Who said it.
	pub role: String,
	/// What was said.
	#[serde(default)]
	pub content: Option<Content>,
}

/// A message's content: text, or a list of parts.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Content {
	/// Text.
	Text(String),
	/// Parts, of which we understand those of type `text`.
	Parts(Vec<Part>),
}

/// A part of a message.
#[derive(Clone, Debug, Deserialize)]
pub struct Part {
	/// Its type.
	#[serde(rename = "type")]
	pub kind: String,
	/// Its text, if it is of that type.
	#[serde(default)]
	pub text: Option<String>,
}

/// A request that cannot be honoured.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{param}' {problem}")]
pub struct InvalidRequest {
	/// The field.
	pub param: &'static str,
	/// What is wrong and what would be right.
	pub problem: String,
}

/// What a request comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
	/// The workflow, by its number or its name.
	pub workflow: String,
	/// The prompt as the model reads it.
	pub prompt: String,
	/// The most tokens of the answer.
	pub max_tokens: u32,
	/// How tokens are chosen.
	pub sampling: Sampling,
	/// How long it may wait in all for nodes that are busy; without it, as long as callers usually do.
	pub patience: Option<Duration>,
}

impl ChatRequest {
	/// Checks the request and says what must be called.
	pub fn to_call(&self, default_max_tokens: u32) -> Result<Call, InvalidRequest> {
		let refuse = |param, problem: &str| {
			Err(InvalidRequest {
				param,
				problem: problem.to_owned(),
			})
		};
		if self.n.is_some_and(|n| n != 1) {
			return refuse("n", "must be 1: every answer is a call of its own");
		}
		if self.top_p.is_some_and(|p| p != 1.0) {
			return refuse(
				"top_p",
				"must be 1: sampling that can be checked draws from the top_k tokens",
			);
		}
		let asks_to_stop =
			|stop: &serde_json::Value| !stop.is_null() && stop.as_array().is_none_or(|list| !list.is_empty());
		if self.stop.as_ref().is_some_and(asks_to_stop) {
			return refuse("stop", "is not supported: cut the text where you want it to end");
		}
		if self.tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
			return refuse("tools", "are not supported");
		}
		let max_tokens = self
			.max_completion_tokens
			.or(self.max_tokens)
			.unwrap_or(default_max_tokens);
		if max_tokens == 0 {
			return refuse("max_tokens", "must be at least 1");
		}
		let temperature = self.temperature.unwrap_or(1.0);
		if !(0.0..=2.0).contains(&temperature) {
			return refuse("temperature", "must be between 0 and 2");
		}
		let sampling = Sampling {
			temperature_milli: (temperature * 1000.0).round() as u32,
			top_k: self.top_k.unwrap_or(MAX_TOP_K),
		};
		if !sampling.is_valid() {
			return refuse("top_k", "must be between 1 and 64");
		}
		Ok(Call {
			workflow: self.model.clone(),
			prompt: self.prompt()?,
			max_tokens,
			sampling,
			patience: self.stream.unwrap_or_default().then_some(super::STREAM_PATIENCE),
		})
	}

	/// A single message is the prompt as it is, so that any text can be given. Several become lines
	/// `Role: text`, and the model goes on after `Assistant:`.
	fn prompt(&self) -> Result<String, InvalidRequest> {
		let texts = self
			.messages
			.iter()
			.map(Message::text)
			.collect::<Result<Vec<_>, _>>()?;
		if texts.iter().all(String::is_empty) {
			return Err(InvalidRequest {
				param: "messages",
				problem: "must hold at least one with text".into(),
			});
		}
		if let [only] = texts.as_slice() {
			return Ok(only.clone());
		}
		let mut prompt = String::new();
		for (message, text) in self.messages.iter().zip(texts) {
			let role = match message.role.as_str() {
				"system" | "developer" => "System",
				"assistant" => "Assistant",
				_ => "User",
			};
			prompt.push_str(&format!("{role}: {text}\n"));
		}
		prompt.push_str("Assistant:");
		Ok(prompt)
	}
}

impl Message {
	fn text(&self) -> Result<String, InvalidRequest> {
		match &self.content {
			None => Ok(String::new()),
			Some(Content::Text(text)) => Ok(text.clone()),
			Some(Content::Parts(parts)) => parts
				.iter()
				.map(|part| match (part.kind.as_str(), &part.text) {
					("text", Some(text)) => Ok(text.as_str()),
					(kind, _) => Err(InvalidRequest {
						param: "messages",
						problem: format!("hold a part of type '{kind}'; only text is understood"),
					}),
				})
				.collect(),
		}
	}
}

/// The tokens that were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
	/// Of the prompt.
	pub prompt_tokens: u32,
	/// Of the answer.
	pub completion_tokens: u32,
	/// Together.
	pub total_tokens: u32,
}

impl Usage {
	/// The sum is made here.
	pub fn new(prompt_tokens: u32, completion_tokens: u32) -> Self {
		Self {
			prompt_tokens,
			completion_tokens,
			total_tokens: prompt_tokens.saturating_add(completion_tokens),
		}
	}
}

/// A whole answer.
#[derive(Clone, Debug, Serialize)]
pub struct ChatResponse {
	/// `chatcmpl-` and the job's number.
	pub id: String,
	/// Always `chat.completion`.
	pub object: &'static str,
	/// Seconds since 1970.
	pub created: u64,
	/// The workflow, as it was asked for.
	pub model: String,
	/// Always one.
	pub choices: [Choice; 1],
	/// The tokens that were counted.
	pub usage: Usage,
}

/// The answer in a [`ChatResponse`].
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
	/// Always 0.
	pub index: u32,
	/// The text.
	pub message: AnswerMessage,
	/// Why it ended.
	pub finish_reason: &'static str,
}

/// The text in a [`Choice`].
#[derive(Clone, Debug, Serialize)]
pub struct AnswerMessage {
	/// Always `assistant`.
	pub role: &'static str,
	/// The text.
	pub content: String,
}

/// A piece of a streamed answer.
#[derive(Clone, Debug, Serialize)]
pub struct ChatChunk {
	/// The same in all pieces.
	pub id: String,
	/// Always `chat.completion.chunk`.
	pub object: &'static str,
	/// Seconds since 1970, the same in all pieces.
	pub created: u64,
	/// The workflow, as it was asked for.
	pub model: String,
	/// One; none in the piece that gives the usage.
	pub choices: Vec<ChunkChoice>,
	/// The tokens that were counted, in the last piece, if asked for.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub usage: Option<Usage>,
}

/// The text in a [`ChatChunk`].
#[derive(Clone, Debug, Serialize)]
pub struct ChunkChoice {
	/// Always 0.
	pub index: u32,
	/// What is new.
	pub delta: Delta,
	/// Why it ended, in the last piece with text.
	pub finish_reason: Option<&'static str>,
}

/// What is new in a piece.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Delta {
	/// In the first piece.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub role: Option<&'static str>,
	/// More text.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub content: Option<String>,
}

/// What OpenAI calls the end of an answer.
pub fn finish_reason(stop: &StopReason) -> &'static str {
	match stop {
		StopReason::EndOfText | StopReason::Aborted(_) => "stop",
		StopReason::Length => "length",
	}
}

/// The answer of `GET /v1/models`.
#[derive(Clone, Debug, Serialize)]
pub struct ModelList {
	/// Always `list`.
	pub object: &'static str,
	/// The workflows that can be called.
	pub data: Vec<ModelEntry>,
}

/// A workflow in a [`ModelList`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelEntry {
	/// What goes into `model`.
	pub id: String,
	/// Always `model`.
	pub object: &'static str,
	/// The chain does not say when a workflow was published in seconds, so 0.
	pub created: u64,
	/// The account that owns it.
	pub owned_by: String,
}

/// An error as OpenAI's clients understand it.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorBody {
	/// The error.
	pub error: ErrorDetail,
}

/// The error in an [`ErrorBody`].
#[derive(Clone, Debug, Serialize)]
pub struct ErrorDetail {
	/// What happened and what to do.
	pub message: String,
	/// Its class.
	#[serde(rename = "type")]
	pub kind: &'static str,
	/// The field at fault.
	pub param: Option<&'static str>,
	/// A word for programs.
	pub code: Option<&'static str>,
}

#[cfg(test)]
mod tests {
	use super::*;

	fn request(json: serde_json::Value) -> ChatRequest {
		serde_json::from_value(json).expect("a request")
	}

	fn call(json: serde_json::Value) -> Result<Call, InvalidRequest> {
		request(json).to_call(100)
	}

	#[test]
	fn a_single_message_is_the_prompt_itself() {
		let call = call(serde_json::json!({
			"model": "stories", "messages": [{"role": "user", "content": "Once upon"}], "unknown": 1
		}))
		.expect("valid");
		assert_eq!(call.prompt, "Once upon");
		assert_eq!(
			(call.max_tokens, call.sampling),
			(
				100,
				Sampling {
					temperature_milli: 1000,
					top_k: 64
				}
			)
		);
	}

	#[test]
	fn conversations_and_parts_become_text() {
		let call = call(serde_json::json!({
			"model": "1", "temperature": 0, "max_completion_tokens": 7, "max_tokens": 9,
			"messages": [
				{"role": "system", "content": "Be kind."},
				{"role": "user", "content": [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]},
				{"role": "assistant", "content": null},
			]
		}))
		.expect("valid");
		assert_eq!(call.prompt, "System: Be kind.\nUser: AB\nAssistant: \nAssistant:");
		assert_eq!((call.max_tokens, call.sampling.temperature_milli), (7, 0));
	}

	#[test]
	fn only_a_stream_is_refused_before_it_begins() {
		let patience = |stream: serde_json::Value| {
			let messages = serde_json::json!([{"role": "user", "content": "x"}]);
			let call = call(serde_json::json!({"model": "1", "stream": stream, "messages": messages}));
			call.expect("valid").patience
		};
		let in_time = |patience: Duration| patience < super::super::STREAM_AFTER;
		assert!(patience(true.into()).is_some_and(in_time));
		assert_eq!(patience(false.into()), None);
		assert_eq!(patience(serde_json::Value::Null), None);
	}

	#[test]
	fn what_cannot_be_honoured_names_its_field() {
		let with = |field: &str, value: serde_json::Value| {
			let mut json = serde_json::json!({"model": "1", "messages": [{"role": "user", "content": "x"}]});
			json[field] = value;
			call(json).expect_err(field).param
		};
		assert_eq!(with("n", 2.into()), "n");
		assert_eq!(with("temperature", 3.into()), "temperature");
		assert_eq!(with("temperature", (-1).into()), "temperature");
		assert_eq!(with("top_k", 65.into()), "top_k");
		assert_eq!(with("top_p", serde_json::json!(0.5)), "top_p");
		assert_eq!(with("stop", "\n".into()), "stop");
		assert_eq!(with("max_tokens", 0.into()), "max_tokens");
		assert_eq!(with("tools", serde_json::json!([{}])), "tools");
		assert_eq!(with("messages", serde_json::json!([])), "messages");
		assert_eq!(
			with(
				"messages",
				serde_json::json!([{"role": "user", "content": [{"type": "image_url"}]}])
			),
			"messages"
		);
	}
}

//! An OpenAI-compatible door: any client that speaks chat completions or embeddings can call a workflow.
//!
//! Each request is one call on chain (of embeddings, each text is), paid by the gateway's account. Chosen node and drawn auditors
//! read the prompt; nobody else does.
//!
//! A client that leaves ends its call: before the request is on chain nothing is paid; after it
//! nobody follows the answer any more, but the node's work is paid.

pub mod embeddings;
pub mod openai;
mod upstream;

pub use upstream::ChainUpstream;

use axum::{
	Json, Router,
	extract::{DefaultBodyLimit, State, rejection::JsonRejection},
	http::{HeaderMap, HeaderValue, StatusCode, header, uri::Authority},
	response::{
		IntoResponse, Response,
		sse::{Event, KeepAlive, Sse},
	},
	routing::{get, post},
};
use embeddings::{Embedded, EmbeddingCall};
use futures::{Stream, future::BoxFuture, stream};
use openai::{
	AnswerMessage, Call, ChatChunk, ChatRequest, ChatResponse, Choice, ChunkChoice, Delta, ErrorBody,
	ErrorDetail, InvalidRequest, ModelEntry, ModelList, Usage, finish_reason,
};
use receipt::{JobId, StopReason};
use std::{
	convert::Infallible,
	net::IpAddr,
	sync::Arc,
	time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{sync::mpsc, task::JoinHandle};

/// The longest body of a request, in bytes. A prompt must fit a peer's request anyway.
const MAX_BODY: usize = 512 * 1024;

/// How often a silent stream shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// What happens during a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEvent {
	/// More of the answer's text.
	Text(String),
	/// The answer is whole.
	Done {
		/// The job on chain.
		job: JobId,
		/// Tokens of the prompt.
		tokens_in: u32,
		/// Tokens of the answer.
		tokens_out: u32,
		/// Why it ended.
		stop: StopReason,
	},
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
	/// There is no such workflow.
	#[error("there is no workflow '{0}'; GET /v1/models lists those that can be called")]
	UnknownWorkflow(String),
	/// The request cannot be honoured as it is.
	#[error("{0}")]
	Refused(String),
	/// The account cannot pay, or the call costs more than it may.
	#[error("{0}")]
	Payment(String),
	/// No node can take it now.
	#[error("{0}")]
	NoNode(String),
	/// Nodes could take it, and are busy for longer than the call waits.
	#[error("{message}")]
	Busy {
		/// What each node said.
		message: String,
		/// After so many seconds the first may have room.
		retry_after: u32,
	},
	/// The chain does not take it now, for another reason than money: too few validators, terms that have just changed.
	#[error("{0}")]
	Chain(String),
	/// The node streamed other words than those for which it answers.
	#[error("{0}")]
	OtherText(String),
	/// The node showed another vector than that for which it answers.
	#[error("{0}")]
	OtherVector(String),
	/// Something failed on the way.
	#[error("{0}")]
	Failed(String),
}

/// After so long without an event a stream begins, so that its keep-alives are sent.
const STREAM_AFTER: Duration = Duration::from_secs(3);

/// How long a stream waits for nodes that are busy. A stream that has begun can be refused by its last piece alone, which
/// clients do not go by, so this ends before, with time for the questions to the nodes.
const STREAM_PATIENCE: Duration = Duration::from_secs(2);

/// What is behind the door.
pub trait Upstream: Send + Sync + 'static {
	/// The workflows that can be called.
	fn models(&self) -> BoxFuture<'_, Result<Vec<ModelEntry>, CallError>>;
	/// Calls one; tells what happens until it ends. Dropping the future ends the call.
	fn call(
		&self,
		call: Call,
		events: mpsc::UnboundedSender<CallEvent>,
	) -> BoxFuture<'static, Result<(), CallError>>;
	/// Calls one for the vector of a text. Dropping the future ends the call.
	fn embed(&self, call: EmbeddingCall) -> BoxFuture<'static, Result<Embedded, CallError>>;
	/// Whether calls can be made now, and if not, why.
	fn ready(&self) -> BoxFuture<'_, Result<(), CallError>>;
}

/// What the routes share.
pub struct Gateway<U> {
	/// What is behind the door.
	pub upstream: U,
	/// What users must show as bearer token.
	pub api_key: Option<String>,
	/// The tokens of an answer when the request names no number.
	pub default_max_tokens: u32,
}

/// The routes.
pub fn router<U: Upstream>(gateway: Gateway<U>) -> Router {
	Router::new()
		.route("/v1/chat/completions", post(chat::<U>))
		.route("/v1/embeddings", post(embeddings::embeddings::<U>))
		.route("/v1/models", get(models::<U>))
		.route("/healthz", get(health::<U>))
		.layer(DefaultBodyLimit::max(MAX_BODY))
		.with_state(Arc::new(gateway))
}

/// An error with its status.
struct Failure {
	status: StatusCode,
	detail: ErrorDetail,
	/// The seconds of the header `Retry-After`, by which clients go.
	retry_after: Option<u32>,
}

impl Failure {
	fn new(status: StatusCode, detail: ErrorDetail) -> Self {
		Self {
			status,
			detail,
			retry_after: None,
		}
	}
}

impl IntoResponse for Failure {
	fn into_response(self) -> Response {
		let body = Json(ErrorBody { error: self.detail });
		let mut response = (self.status, body).into_response();
		if let Some(seconds) = self.retry_after {
			response
				.headers_mut()
				.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
		}
		response
	}
}

impl From<InvalidRequest> for Failure {
	fn from(error: InvalidRequest) -> Self {
		let (message, param) = (error.to_string(), Some(error.param));
		Self::new(
			StatusCode::BAD_REQUEST,
			ErrorDetail {
				message,
				kind: "invalid_request_error",
				param,
				code: None,
			},
		)
	}
}

impl From<CallError> for Failure {
	fn from(error: CallError) -> Self {
		let (status, kind, code) = match &error {
			CallError::UnknownWorkflow(_) => (
				StatusCode::NOT_FOUND,
				"invalid_request_error",
				Some("model_not_found"),
			),
			CallError::Refused(_) => (StatusCode::BAD_REQUEST, "invalid_request_error", None),
			CallError::Payment(_) => (
				StatusCode::PAYMENT_REQUIRED,
				"insufficient_quota",
				Some("insufficient_quota"),
			),
			CallError::NoNode(_) => (StatusCode::SERVICE_UNAVAILABLE, "server_error", Some("no_node")),
			CallError::Busy { .. } => (
				StatusCode::SERVICE_UNAVAILABLE,
				"server_error",
				Some("nodes_busy"),
			),
			CallError::Chain(_) => (
				StatusCode::SERVICE_UNAVAILABLE,
				"server_error",
				Some("refused_by_chain"),
			),
			CallError::OtherText(_) => (StatusCode::BAD_GATEWAY, "server_error", Some("text_not_verified")),
			CallError::OtherVector(_) => (
				StatusCode::BAD_GATEWAY,
				"server_error",
				Some("vector_not_verified"),
			),
			CallError::Failed(_) => (StatusCode::BAD_GATEWAY, "server_error", None),
		};
		let param = matches!(error, CallError::UnknownWorkflow(_)).then_some("model");
		let retry_after = match error {
			CallError::Busy { retry_after, .. } => Some(retry_after),
			_ => None,
		};
		let detail = ErrorDetail {
			message: error.to_string(),
			kind,
			param,
			code,
		};
		Self {
			retry_after,
			..Self::new(status, detail)
		}
	}
}

fn authorize<U>(gateway: &Gateway<U>, headers: &HeaderMap) -> Result<(), Failure> {
	let Some(expected) = &gateway.api_key else {
		return from_this_machine(headers);
	};
	let shown = headers
		.get(header::AUTHORIZATION)
		.and_then(|value| value.to_str().ok())
		.unwrap_or_default();
	if crate::token::matches(shown, expected) {
		return Ok(());
	}
	let message = "the gateway wants its key: send the header `Authorization: Bearer KEY`".to_owned();
	let detail = ErrorDetail {
		message,
		kind: "invalid_request_error",
		param: None,
		code: Some("invalid_api_key"),
	};
	Err(Failure::new(StatusCode::UNAUTHORIZED, detail))
}

/// A door without a key is for this machine. A web page can make a browser knock under a name of its own
/// that leads here (DNS rebinding), so the name counts, not only where the request comes from.
fn from_this_machine(headers: &HeaderMap) -> Result<(), Failure> {
	let host = headers
		.get(header::HOST)
		.and_then(|value| value.to_str().ok())
		.and_then(|value| value.parse::<Authority>().ok());
	let name = host.as_ref().map_or("", Authority::host);
	let address = name.trim_start_matches('[').trim_end_matches(']');
	if name.eq_ignore_ascii_case("localhost")
		|| address
			.parse::<IpAddr>()
			.is_ok_and(|address| address.is_loopback())
	{
		return Ok(());
	}
	let message = "a gateway without a key answers to `localhost` and `127.0.0.1` only: start it with \
	               --api-key-file to reach it under another name"
		.to_owned();
	let detail = ErrorDetail {
		message,
		kind: "invalid_request_error",
		param: None,
		code: Some("unknown_host"),
	};
	Err(Failure::new(StatusCode::FORBIDDEN, detail))
}

async fn health<U: Upstream>(State(gateway): State<Arc<Gateway<U>>>) -> Response {
	match gateway.upstream.ready().await {
		Ok(()) => "ok\n".into_response(),
		Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
	}
}

async fn models<U: Upstream>(
	State(gateway): State<Arc<Gateway<U>>>,
	headers: HeaderMap,
) -> Result<Json<ModelList>, Failure> {
	authorize(&gateway, &headers)?;
	Ok(Json(ModelList {
		object: "list",
		data: gateway.upstream.models().await?,
	}))
}

/// A call that ends when it is dropped: the client has left, and nobody reads the answer.
struct Running {
	events: mpsc::UnboundedReceiver<CallEvent>,
	task: JoinHandle<Result<(), CallError>>,
}

impl Drop for Running {
	fn drop(&mut self) {
		self.task.abort();
	}
}

impl Running {
	fn start<U: Upstream>(gateway: &Gateway<U>, call: Call) -> Self {
		let (sender, events) = mpsc::unbounded_channel();
		Self {
			events,
			task: tokio::spawn(gateway.upstream.call(call, sender)),
		}
	}

	/// The next event, or the end without one.
	async fn next(&mut self) -> Result<CallEvent, CallError> {
		if let Some(event) = self.events.recv().await {
			return Ok(event);
		}
		match (&mut self.task).await {
			Ok(Err(error)) => Err(error),
			Ok(Ok(())) => Err(CallError::Failed("the call ended without an answer".into())),
			Err(error) => Err(CallError::Failed(format!("the call broke off: {error}"))),
		}
	}
}

async fn chat<U: Upstream>(
	State(gateway): State<Arc<Gateway<U>>>,
	headers: HeaderMap,
	body: Result<Json<ChatRequest>, JsonRejection>,
) -> Result<Response, Failure> {
	authorize(&gateway, &headers)?;
	let Json(request) = body.map_err(|rejection| {
		let message = rejection.body_text();
		let detail = ErrorDetail {
			message,
			kind: "invalid_request_error",
			param: None,
			code: None,
		};
		Failure::new(rejection.status(), detail)
	})?;
	let call = request.to_call(gateway.default_max_tokens)?;
	metrics::counter!("hai_gateway_requests_total").increment(1);
	let mut running = Running::start(&gateway, call);
	if request.stream.unwrap_or_default() {
		let usage = request.stream_options.unwrap_or_default().include_usage;
		// Most that can go wrong goes wrong at once, and is then a plain error with its status.
		let start = match tokio::time::timeout(STREAM_AFTER, running.next()).await {
			Ok(first) => Rest::Event(running, first?),
			Err(_) => Rest::Read(running),
		};
		let pieces = pieces(start, request.model, usage);
		return Ok(Sse::new(pieces)
			.keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
			.into_response());
	}
	let mut content = String::new();
	loop {
		match running.next().await? {
			CallEvent::Text(text) => content.push_str(&text),
			CallEvent::Done {
				job,
				tokens_in,
				tokens_out,
				stop,
			} => {
				return Ok(Json(ChatResponse {
					id: format!("chatcmpl-{job}"),
					object: "chat.completion",
					created: now(),
					model: request.model,
					choices: [Choice {
						index: 0,
						message: AnswerMessage {
							role: "assistant",
							content,
						},
						finish_reason: finish_reason(&stop),
					}],
					usage: Usage::new(tokens_in, tokens_out),
				})
				.into_response());
			}
		}
	}
}

/// What remains to be sent of a stream.
enum Rest {
	Event(Running, CallEvent),
	Read(Running),
	Usage(Usage),
	Done,
	Nothing,
}

fn pieces(start: Rest, model: String, include_usage: bool) -> impl Stream<Item = Result<Event, Infallible>> {
	// The job's number is known only at the end, but all pieces carry one name.
	let id = format!("chatcmpl-{}", hex::encode(rand::random::<[u8; 12]>()));
	let created = now();
	let mut role = Some("assistant");
	let mut piece = move |content: Option<String>, finish_reason, usage: Option<Usage>| {
		let delta = Delta {
			role: role.take(),
			content,
		};
		let choices = if usage.is_some() {
			Vec::new()
		} else {
			vec![ChunkChoice {
				index: 0,
				delta,
				finish_reason,
			}]
		};
		let chunk = ChatChunk {
			id: id.clone(),
			object: "chat.completion.chunk",
			created,
			model: model.clone(),
			choices,
			usage,
		};
		Event::default().data(serde_json::to_string(&chunk).expect("strings and numbers encode"))
	};
	let pieces = stream::unfold(start, move |rest| {
		// Reading is the only thing that waits; what it gives is turned into a piece by the next map.
		async move {
			let (running, event) = match rest {
				Rest::Event(running, event) => (running, Ok(event)),
				Rest::Read(mut running) => {
					let event = running.next().await;
					(running, event)
				}
				Rest::Usage(usage) => return Some((Piece::Usage(usage), Rest::Done)),
				Rest::Done => return Some((Piece::End, Rest::Nothing)),
				Rest::Nothing => return None,
			};
			Some(match event {
				Ok(CallEvent::Text(text)) => (Piece::Text(text), Rest::Read(running)),
				Ok(CallEvent::Done {
					tokens_in,
					tokens_out,
					stop,
					..
				}) => {
					let rest = if include_usage {
						Rest::Usage(Usage::new(tokens_in, tokens_out))
					} else {
						Rest::Done
					};
					(Piece::Stop(finish_reason(&stop)), rest)
				}
				Err(error) => (Piece::Error(error), Rest::Done),
			})
		}
	});
	futures::StreamExt::map(pieces, move |next| {
		Ok(match next {
			Piece::Text(text) => piece(Some(text), None, None),
			Piece::Stop(reason) => piece(None, Some(reason), None),
			Piece::Usage(usage) => piece(None, None, Some(usage)),
			Piece::Error(error) => {
				let Failure { detail: error, .. } = error.into();
				Event::default().data(serde_json::to_string(&ErrorBody { error }).expect("strings encode"))
			}
			Piece::End => Event::default().data("[DONE]"),
		})
	})
}

/// A piece of a stream before it is written.
enum Piece {
	Text(String),
	Stop(&'static str),
	Usage(Usage),
	Error(CallError),
	End,
}

fn now() -> u64 {
	SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;

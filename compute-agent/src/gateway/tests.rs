//! The routes, over a real socket, with an upstream that says what it is told to.

use super::*;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::{TcpListener, TcpStream},
};

/// Plays a script; with `Hang` it waits for ever and notes when it is dropped; with `Busy` it refuses a call that would be
/// refused before a stream begins, and has another one wait for ever.
#[derive(Clone)]
enum Script {
	Answer(&'static [&'static str]),
	Fail(CallError),
	FailAfter(&'static str, CallError),
	Busy,
	Hang(&'static str, Arc<AtomicBool>),
}

struct Scripted(Script);

/// Sets its flag when it is dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
	fn drop(&mut self) {
		self.0.store(true, Ordering::SeqCst);
	}
}

impl Upstream for Scripted {
	fn models(&self) -> BoxFuture<'_, Result<Vec<ModelEntry>, CallError>> {
		Box::pin(async {
			Ok(vec![ModelEntry {
				id: "stories".into(),
				object: "model",
				created: 0,
				owned_by: "5Gr".into(),
			}])
		})
	}

	fn call(
		&self,
		call: Call,
		events: mpsc::UnboundedSender<CallEvent>,
	) -> BoxFuture<'static, Result<(), CallError>> {
		let script = self.0.clone();
		Box::pin(async move {
			assert_eq!(call.prompt, "Once");
			let done = CallEvent::Done {
				job: 7,
				tokens_in: 2,
				tokens_out: 3,
				stop: StopReason::Length,
			};
			let send = |event| {
				events
					.send(event)
					.map_err(|_| CallError::Failed("nobody reads".into()))
			};
			match script {
				Script::Answer(texts) => {
					for text in texts {
						send(CallEvent::Text((*text).to_owned()))?;
					}
					send(done)
				}
				Script::Fail(error) => Err(error),
				Script::FailAfter(text, error) => {
					send(CallEvent::Text(text.to_owned()))?;
					Err(error)
				}
				Script::Busy if call.patience.is_some_and(|patience| patience < STREAM_AFTER) => Err(busy()),
				Script::Busy => std::future::pending().await,
				Script::Hang(text, dropped) => {
					let _dropped = Dropped(dropped);
					send(CallEvent::Text(text.to_owned()))?;
					std::future::pending().await
				}
			}
		})
	}

	fn embed(&self, call: EmbeddingCall) -> BoxFuture<'static, Result<Embedded, CallError>> {
		let script = self.0.clone();
		Box::pin(async move {
			match script {
				Script::Fail(error) | Script::FailAfter(_, error) => Err(error),
				Script::Busy => Err(busy()),
				Script::Hang(_, dropped) => {
					let _dropped = Dropped(dropped);
					std::future::pending().await
				}
				// A vector that tells how long its text is.
				Script::Answer(_) => Ok(Embedded {
					vector: vec![call.text.len() as f32, -0.5],
					tokens_in: call.text.len() as u32,
				}),
			}
		})
	}

	fn ready(&self) -> BoxFuture<'_, Result<(), CallError>> {
		Box::pin(async { Ok(()) })
	}
}

fn busy() -> CallError {
	CallError::Busy {
		message: "try again in 90 s".into(),
		retry_after: 90,
	}
}

async fn serve(script: Script, api_key: Option<&str>) -> std::net::SocketAddr {
	let gateway = Gateway {
		upstream: Scripted(script),
		api_key: api_key.map(str::to_owned),
		default_max_tokens: 9,
	};
	let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
	let address = listener.local_addr().expect("bound");
	tokio::spawn(async move { axum::serve(listener, router(gateway)).await });
	address
}

async fn send(address: std::net::SocketAddr, body: &str, extra: &str) -> TcpStream {
	send_to("127.0.0.1:80", address, body, extra).await
}

async fn send_to(host: &str, address: std::net::SocketAddr, body: &str, extra: &str) -> TcpStream {
	send_on("/v1/chat/completions", host, address, body, extra).await
}

async fn send_on(
	route: &str,
	host: &str,
	address: std::net::SocketAddr,
	body: &str,
	extra: &str,
) -> TcpStream {
	let mut stream = TcpStream::connect(address).await.expect("listening");
	let request = format!(
		"POST {route} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{extra}\
		 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
		body.len()
	);
	stream.write_all(request.as_bytes()).await.expect("open");
	stream
}

/// Status line and body of an answer.
async fn post(address: std::net::SocketAddr, body: &str, extra: &str) -> (String, String) {
	let mut answer = String::new();
	send(address, body, extra)
		.await
		.read_to_string(&mut answer)
		.await
		.expect("text");
	let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
	(
		head.lines().next().unwrap_or_default().to_owned(),
		body.to_owned(),
	)
}

const ONCE: &str = r#"{"model":"stories","messages":[{"role":"user","content":"Once"}]}"#;
const ONCE_STREAMED: &str = r#"{"model":"stories","stream":true,"stream_options":{"include_usage":true},
	"messages":[{"role":"user","content":"Once"}]}"#;

#[tokio::test]
async fn a_whole_answer_has_text_reason_and_usage() {
	let address = serve(Script::Answer(&[" upon", " a time"]), None).await;
	let (status, body) = post(address, ONCE, "").await;
	assert!(status.contains("200"), "{status}");
	let json: serde_json::Value = serde_json::from_str(&body).expect("json");
	assert_eq!(json["choices"][0]["message"]["content"], " upon a time");
	assert_eq!(json["choices"][0]["finish_reason"], "length");
	assert_eq!(
		(&json["usage"]["total_tokens"], &json["id"]),
		(&5.into(), &"chatcmpl-7".into())
	);
}

/// The data lines of a stream.
fn data(body: &str) -> Vec<&str> {
	body.lines()
		.filter_map(|line| line.strip_prefix("data: "))
		.collect()
}

#[tokio::test]
async fn a_stream_has_pieces_reason_usage_and_done() {
	let address = serve(Script::Answer(&[" upon", " a time"]), None).await;
	let (_, body) = post(address, ONCE_STREAMED, "").await;
	let lines = data(&body);
	let json: Vec<serde_json::Value> = lines[..lines.len() - 1]
		.iter()
		.map(|line| serde_json::from_str(line).expect("json"))
		.collect();
	assert_eq!(lines.last(), Some(&"[DONE]"));
	assert_eq!(json[0]["choices"][0]["delta"]["role"], "assistant");
	let text: String = json
		.iter()
		.filter_map(|piece| piece["choices"][0]["delta"]["content"].as_str())
		.collect();
	assert_eq!(text, " upon a time");
	assert_eq!(json[2]["choices"][0]["finish_reason"], "length");
	assert_eq!(json[3]["usage"]["completion_tokens"], 3);
	assert!(json.iter().all(|piece| piece["id"] == json[0]["id"]));
}

#[tokio::test]
async fn errors_have_openais_shape() {
	for (error, status, code) in [
		(
			CallError::UnknownWorkflow("x".into()),
			"404",
			serde_json::json!("model_not_found"),
		),
		(
			CallError::Payment("poor".into()),
			"402",
			serde_json::json!("insufficient_quota"),
		),
		(
			CallError::NoNode("none".into()),
			"503",
			serde_json::json!("no_node"),
		),
		(
			CallError::OtherText("other words".into()),
			"502",
			serde_json::json!("text_not_verified"),
		),
		(CallError::Failed("broken".into()), "502", serde_json::Value::Null),
	] {
		let address = serve(Script::Fail(error.clone()), None).await;
		let (line, body) = post(address, ONCE_STREAMED, "").await;
		let json: serde_json::Value = serde_json::from_str(&body).expect("json");
		assert!(line.contains(status), "{line}");
		assert_eq!(
			(&json["error"]["code"], &json["error"]["message"]),
			(&code, &error.to_string().into())
		);
	}
	let address = serve(Script::Answer(&[]), None).await;
	let (line, body) = post(address, "{}", "").await;
	assert!(line.contains("422") && body.contains("model"), "{line} {body}");
}

#[tokio::test]
async fn of_busy_nodes_clients_are_told_when_to_ask_again() {
	for (error, expected) in [(busy(), Some("90")), (CallError::NoNode("none".into()), None)] {
		for body in [ONCE, ONCE_STREAMED] {
			let address = serve(Script::Fail(error.clone()), None).await;
			let mut answer = String::new();
			let mut stream = send(address, body, "").await;
			stream.read_to_string(&mut answer).await.expect("text");
			assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
			let told = answer.lines().find_map(|line| line.strip_prefix("retry-after: "));
			assert_eq!(told, expected, "{answer}");
		}
	}
}

#[tokio::test]
async fn a_stream_does_not_begin_before_busy_nodes_refuse_it() {
	let address = serve(Script::Busy, None).await;
	let mut stream = send(address, ONCE_STREAMED, "").await;
	let mut head = [0; 12];
	stream.read_exact(&mut head).await.expect("an answer");
	assert_eq!(String::from_utf8_lossy(&head), "HTTP/1.1 503");
}

#[tokio::test]
async fn an_error_after_some_text_ends_the_stream_with_it() {
	let address = serve(
		Script::FailAfter(" upon", CallError::Failed("the node fell silent".into())),
		None,
	)
	.await;
	let (_, body) = post(address, ONCE_STREAMED, "").await;
	let lines = data(&body);
	assert!(lines[1].contains("the node fell silent"), "{body}");
	assert_eq!(lines.last(), Some(&"[DONE]"));
}

#[tokio::test]
async fn words_that_are_not_the_nodes_work_are_no_answer() {
	let script = || Script::FailAfter(" upon", CallError::OtherText("other words".into()));
	let (status, body) = post(serve(script(), None).await, ONCE, "").await;
	assert!(
		status.contains("502") && !body.contains("upon"),
		"{status} {body}"
	);
	let (_, body) = post(serve(script(), None).await, ONCE_STREAMED, "").await;
	let lines = data(&body);
	assert!(
		lines[0].contains("upon") && lines[1].contains("text_not_verified"),
		"{body}"
	);
}

#[tokio::test]
async fn a_key_is_asked_for_where_one_is_set() {
	let address = serve(Script::Answer(&["x"]), Some("secret-of-the-house")).await;
	assert!(post(address, ONCE, "").await.0.contains("401"));
	assert!(
		post(address, ONCE, "authorization: Bearer secret-of-the-hous\r\n")
			.await
			.0
			.contains("401")
	);
	assert!(
		post(address, ONCE, "authorization: Bearer secret-of-the-house\r\n")
			.await
			.0
			.contains("200")
	);
}

#[tokio::test]
async fn without_a_key_only_this_machines_names_are_answered() {
	let open = serve(Script::Answer(&["x"]), None).await;
	let with_key = serve(Script::Answer(&["x"]), Some("secret-of-the-house")).await;
	let status = async |host: &str, address, extra: &str| {
		let mut answer = String::new();
		let mut stream = send_to(host, address, ONCE, extra).await;
		stream.read_to_string(&mut answer).await.expect("text");
		answer.split(' ').nth(1).unwrap_or_default().to_owned()
	};
	for host in [
		"localhost",
		"LOCALHOST:8080",
		"127.0.0.1",
		"127.8.0.1:1",
		"[::1]:9",
	] {
		assert_eq!(status(host, open, "").await, "200", "{host}");
	}
	for host in [
		"evil.example",
		"localhost.evil.example",
		"10.0.0.1",
		"0.0.0.0",
		"",
	] {
		assert_eq!(status(host, open, "").await, "403", "{host}");
	}
	let key = "authorization: Bearer secret-of-the-house\r\n";
	assert_eq!(status("chat.example", with_key, key).await, "200");
}

#[tokio::test]
async fn a_call_ends_when_its_client_leaves() {
	let dropped = Arc::new(AtomicBool::new(false));
	let address = serve(Script::Hang(" upon", dropped.clone()), None).await;
	let mut stream = send(address, ONCE_STREAMED, "").await;
	let mut seen = Vec::new();
	while !String::from_utf8_lossy(&seen).contains("upon") {
		let mut buffer = [0; 1024];
		let count = stream.read(&mut buffer).await.expect("open");
		assert!(count > 0, "the stream ended early");
		seen.extend_from_slice(&buffer[..count]);
	}
	assert!(!dropped.load(Ordering::SeqCst));
	drop(stream);
	let gone = async {
		while !dropped.load(Ordering::SeqCst) {
			tokio::task::yield_now().await;
		}
	};
	// The server notices at the latest when it next wants to write: its keep-alive.
	tokio::time::timeout(KEEP_ALIVE * 3, gone)
		.await
		.expect("the call is dropped with its client");
}

/// Status line and JSON of what `/v1/embeddings` answers.
async fn embed(address: std::net::SocketAddr, body: serde_json::Value) -> (String, serde_json::Value) {
	let mut answer = String::new();
	let mut stream = send_on("/v1/embeddings", "127.0.0.1:80", address, &body.to_string(), "").await;
	stream.read_to_string(&mut answer).await.expect("text");
	let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
	(
		head.lines().next().unwrap_or_default().to_owned(),
		serde_json::from_str(body).expect("json"),
	)
}

#[tokio::test]
async fn a_vector_that_is_not_the_nodes_work_is_no_answer() {
	let script = Script::Fail(CallError::OtherVector("another vector".into()));
	let body = serde_json::json!({ "model": "words", "input": "one" });
	let (status, json) = embed(serve(script, None).await, body).await;
	assert!(status.contains("502"), "{status}");
	let error = serde_json::json!({
		"type": "server_error",
		"code": "vector_not_verified",
		"message": "another vector",
	});
	for field in ["type", "code", "message"] {
		assert_eq!(json["error"][field], error[field], "{json}");
	}
	assert!(json.get("data").is_none(), "{json}");
}

#[tokio::test]
async fn embeddings_come_in_the_order_of_their_texts_with_usage() {
	let address = serve(Script::Answer(&[]), None).await;
	let texts = ["one", "three", "a", "fourteen words", "x", "yz"];
	let (status, json) = embed(address, serde_json::json!({ "model": "words", "input": texts })).await;
	assert!(status.contains("200"), "{status}");
	assert_eq!(
		(&json["object"], &json["model"]),
		(&"list".into(), &"words".into())
	);
	let data = json["data"].as_array().expect("a list");
	assert_eq!(data.len(), texts.len());
	for (index, (entry, text)) in data.iter().zip(texts).enumerate() {
		assert_eq!(
			(&entry["object"], &entry["index"]),
			(&"embedding".into(), &index.into())
		);
		assert_eq!(entry["embedding"], serde_json::json!([text.len() as f32, -0.5]));
	}
	let tokens: usize = texts.iter().map(|text| text.len()).sum();
	assert_eq!(
		json["usage"],
		serde_json::json!({ "prompt_tokens": tokens, "total_tokens": tokens })
	);
}

#[tokio::test]
async fn a_single_text_and_base64_are_understood() {
	let address = serve(Script::Answer(&[]), None).await;
	let body = serde_json::json!({ "model": "words", "input": "Once", "encoding_format": "base64" });
	let (status, json) = embed(address, body).await;
	assert!(status.contains("200"), "{status}");
	// 4.0 and -0.5 in little-endian f32: 00 00 80 40, 00 00 00 bf.
	assert_eq!(json["data"][0]["embedding"], "AACAQAAAAL8=");
}

#[tokio::test]
async fn errors_of_embeddings_have_openais_shape() {
	let address = serve(Script::Fail(CallError::UnknownWorkflow("x".into())), None).await;
	let body = serde_json::json!({ "model": "x", "input": ["a", "b"] });
	let (status, json) = embed(address, body).await;
	assert!(status.contains("404"), "{status}");
	assert_eq!(
		(&json["error"]["code"], &json["error"]["param"]),
		(&"model_not_found".into(), &"model".into())
	);
	let address = serve(Script::Answer(&[]), None).await;
	let (status, json) = embed(address, serde_json::json!({ "model": "x", "input": [[1, 2]] })).await;
	assert!(status.contains("400"), "{status}");
	assert_eq!(json["error"]["param"], "input");
	let (status, _) = embed(address, serde_json::json!({ "model": "x" })).await;
	assert!(status.contains("422"), "{status}");
	let address = serve(Script::Answer(&[]), Some("secret-of-the-house")).await;
	let (status, _) = embed(address, serde_json::json!({ "model": "x", "input": "a" })).await;
	assert!(status.contains("401"), "{status}");
}

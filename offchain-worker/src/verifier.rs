//! The verifier's protocol, see the [crate](crate).

use crate::Owed;
use alloc::{
	format,
	string::{String, ToString},
	vec,
	vec::Vec,
};
use codec::{Decode, DecodeAll, Encode};
use core::fmt;
use polkadot_sdk::{
	sp_core::{hexdisplay::HexDisplay, offchain::Timestamp},
	sp_runtime::offchain::http,
};
use receipt::{Account, Figures, Hash, Verdict, attestation::Reason, trace::Evidence};
use serde_json::{Value, json};

/// The most bytes of an answer that are read.
const MAX_ANSWER: usize = 4096;

/// A finished answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Answer {
	/// What was found.
	pub verdict: Verdict,
	/// What was measured.
	pub figures: Figures,
	/// What shows that it was.
	pub evidence: Evidence,
}

/// How an audit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
	/// Ask again later.
	Pending,
	/// It is finished.
	Done(Answer),
}

/// Why there is no reply. None of these is ever a vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskError {
	/// Nobody listens there.
	Unreachable,
	/// No answer in time.
	Timeout,
	/// Another status than 200.
	Status(u16),
	/// A longer answer than any that makes sense.
	TooLong,
	/// Not the JSON object that the protocol names.
	NotJson,
	/// A field is missing, or has no value that makes sense.
	Field(&'static str),
}

impl fmt::Display for AskError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Unreachable => write!(f, "the verifier cannot be reached"),
			Self::Timeout => write!(f, "the verifier did not answer in time"),
			Self::Status(401 | 403) => write!(f, "the verifier refused the token"),
			Self::Status(status) => write!(f, "the verifier answered with status {status}"),
			Self::TooLong => write!(f, "the verifier's answer has more than {MAX_ANSWER} bytes"),
			Self::NotJson => write!(f, "the verifier's answer is no JSON object"),
			Self::Field(name) => write!(f, "the verifier's answer has no valid `{name}`"),
		}
	}
}

/// Where the verifier is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
	/// Its address, such as `http://127.0.0.1:9955`.
	pub url: String,
	/// Its bearer token.
	pub token: String,
}

fn hex(bytes: &[u8]) -> String {
	format!("0x{:?}", HexDisplay::from(&bytes))
}

/// The bytes that were written so.
fn unhex(text: &str) -> Option<Vec<u8>> {
	let (pairs, rest) = text.strip_prefix("0x")?.as_bytes().as_chunks::<2>();
	let digit = |digit: u8| char::from(digit).to_digit(16);
	let bytes = pairs
		.iter()
		.map(|[high, low]| Some((digit(*high)? << 4 | digit(*low)?) as u8));
	rest.is_empty().then(|| bytes.collect()).flatten()
}

/// The body of the request about one owed attestation.
pub fn question(genesis: &Hash, auditor: &Account, owed: &Owed, milliseconds_left: u64) -> Vec<u8> {
	json!({
		"genesis": hex(genesis),
		"job": owed.job,
		"round": owed.round,
		"auditor": hex(auditor),
		"node": hex(&owed.node),
		"ticket_hash": hex(&owed.ticket_hash),
		"max_tokens": owed.max_tokens,
		"nonce": hex(&owed.nonce),
		"randomness": hex(&owed.randomness),
		"input": hex(&owed.input),
		"receipt": hex(&owed.receipt.encode()),
		"opened": owed.opened.map(|planting| hex(&planting.encode())),
		"committee": owed.committee.iter().map(|seat| hex(seat)).collect::<Vec<_>>(),
		"earlier": owed.earlier.iter().map(|shown| hex(&shown.encode())).collect::<Vec<_>>(),
		"milliseconds_left": milliseconds_left,
	})
	.to_string()
	.into_bytes()
}

/// Sends all questions at once and reads what comes back until `deadline`, in their order.
pub fn ask(
	endpoint: &Endpoint,
	questions: Vec<Vec<u8>>,
	deadline: Timestamp,
) -> Vec<Result<Reply, AskError>> {
	let url = format!("{}/v1/audits", endpoint.url.trim_end_matches('/'));
	let authorization = format!("Bearer {}", endpoint.token);
	let sent: Vec<_> = questions
		.into_iter()
		.map(|body| {
			http::Request::post(&url, vec![body])
				.add_header("Content-Type", "application/json")
				.add_header("Authorization", &authorization)
				.deadline(deadline)
				.send()
				.map_err(|_| AskError::Unreachable)
		})
		.collect();
	sent.into_iter()
		.map(|request| receive(request?, deadline))
		.collect()
}

fn receive(request: http::PendingRequest, deadline: Timestamp) -> Result<Reply, AskError> {
	let response = request
		.try_wait(deadline)
		.map_err(|_| AskError::Timeout)?
		.map_err(|_| AskError::Unreachable)?;
	if response.code != 200 {
		return Err(AskError::Status(response.code));
	}
	let mut body = response.body();
	body.deadline(deadline);
	let bytes: Vec<u8> = body.by_ref().take(MAX_ANSWER.saturating_add(1)).collect();
	if body.error().is_some() {
		return Err(AskError::Timeout);
	}
	if bytes.len() > MAX_ANSWER {
		return Err(AskError::TooLong);
	}
	parse(&bytes)
}

/// Reads the body of an answer.
pub fn parse(bytes: &[u8]) -> Result<Reply, AskError> {
	let value: Value = serde_json::from_slice(bytes).map_err(|_| AskError::NotJson)?;
	let object = value.as_object().ok_or(AskError::NotJson)?;
	match object.get("state").and_then(Value::as_str) {
		Some("pending") => return Ok(Reply::Pending),
		Some("done") => {}
		_ => return Err(AskError::Field("state")),
	}
	let reason = match object.get("reason") {
		None | Some(Value::Null) => None,
		Some(reason) => Some(match reason.as_str() {
			Some("structure") => Reason::Structure,
			Some("fingerprint") => Reason::Fingerprint,
			Some("sampling") => Reason::Sampling,
			_ => return Err(AskError::Field("reason")),
		}),
	};
	let verdict = match (object.get("verdict").and_then(Value::as_str), reason) {
		(Some("valid"), None) => Verdict::Valid,
		(Some("invalid"), Some(reason)) => Verdict::Invalid(reason),
		(Some("unavailable"), None) => Verdict::Unavailable,
		(Some("valid" | "invalid" | "unavailable"), _) => return Err(AskError::Field("reason")),
		_ => return Err(AskError::Field("verdict")),
	};
	let figures = object.get("figures").and_then(Value::as_object);
	let figures = figures.ok_or(AskError::Field("figures"))?;
	let figure = |name: &'static str, most: u64| {
		let number = figures.get(name).and_then(Value::as_u64);
		number
			.filter(|number| *number <= most)
			.ok_or(AskError::Field(name))
	};
	let evidence = object.get("evidence").and_then(Value::as_str).and_then(unhex);
	let evidence = evidence.and_then(|bytes| Evidence::decode_all(&mut bytes.as_slice()).ok());
	let (short, long) = (u64::from(u16::MAX), u64::from(u32::MAX));
	Ok(Reply::Done(Answer {
		verdict,
		figures: Figures {
			chunks: figure("chunks", short)? as u16,
			mismatches: figure("mismatches", short)? as u16,
			mantissa_milli: figure("mantissa_milli", long)? as u32,
			loss_milli: figure("loss_milli", long)? as u32,
			losses: figure("losses", short)? as u16,
			error_milli: figure("error_milli", long)? as u32,
		},
		evidence: evidence.ok_or(AskError::Field("evidence"))?,
	}))
}

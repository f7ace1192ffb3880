//! `POST /v1/audits`: what a validator's node asks, as the crate `offchain-worker` documents it.

use super::{AskError, AuditRequest, Auditors, Found, Verifier};
use crate::audit::{AuditTask, MAX_COMMITTEE, MAX_EARLIER};
use axum::{
	Json, Router,
	extract::{DefaultBodyLimit, State, rejection::JsonRejection},
	http::{HeaderMap, StatusCode, header},
	response::{IntoResponse, Response},
	routing::{get, post},
};
use codec::{DecodeAll, Encode};
use receipt::{Figures, JobId, Receipt, Verdict, attestation::Reason, canary::Planting, trace::Shown};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// The longest body in bytes.
const MAX_BODY: usize = 64 * 1024;

/// The most time that a validator may say it has left.
const MAX_TIME_LEFT: Duration = Duration::from_secs(24 * 3600);

/// The question. Hashes, accounts and the SCALE encoded receipt are hex, with or without `0x`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditBody {
	/// The chain's genesis hash.
	pub genesis: Hex,
	/// The job.
	pub job: JobId,
	/// Which stage asks, counted from zero and on from three once a canary was opened.
	pub round: u8,
	/// The validator's account.
	pub auditor: Hex,
	/// The node's account.
	pub node: Hex,
	/// The hash of the ticket.
	pub ticket_hash: Hex,
	/// Tokens that the answer may have.
	pub max_tokens: u32,
	/// The caller's share of the sampling seed.
	pub nonce: Hex,
	/// The chain's share.
	pub randomness: Hex,
	/// The commitment to the job's input.
	pub input: Hex,
	/// The receipt.
	pub receipt: Hex,
	/// What the node has shown that it planted in it, if it has.
	#[serde(default)]
	pub opened: Option<Hex>,
	/// The seats of the stage, in their order.
	pub committee: Vec<Hex>,
	/// The findings of the stages before, each as SCALE: auditor and round, verdict, and what it showed.
	pub earlier: Vec<Hex>,
	/// How long the validator can wait for the answer.
	pub milliseconds_left: u64,
}

/// Bytes that are written as hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

impl Serialize for Hex {
	fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.serialize_str(&format!("0x{}", hex::encode(&self.0)))
	}
}

impl<'de> Deserialize<'de> for Hex {
	fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		let text = String::deserialize(deserializer)?;
		hex::decode(text.trim_start_matches("0x"))
			.map(Self)
			.map_err(serde::de::Error::custom)
	}
}

impl Hex {
	fn hash(&self, name: &str) -> Result<[u8; 32], String> {
		self.0
			.as_slice()
			.try_into()
			.map_err(|_| format!("'{name}' has {} bytes instead of 32", self.0.len()))
	}
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AuditAnswer {
	/// The audit goes on: ask again.
	Pending,
	/// It has ended.
	Done {
		/// What was found.
		verdict: VerdictWord,
		/// Why, if the work is invalid.
		reason: Option<Reason>,
		/// What was measured.
		figures: Figures,
		/// What shows that it was: the SCALE encoding of the [evidence](receipt::trace::Evidence).
		evidence: Hex,
	},
}

/// A verdict without its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictWord {
	/// The work was done as the receipt says.
	Valid,
	/// It was not.
	Invalid,
	/// The transcript could not be fetched.
	Unavailable,
}

impl From<Found> for AuditAnswer {
	fn from(found: Found) -> Self {
		let Found {
			verdict,
			figures,
			evidence,
		} = found;
		let (verdict, reason) = match verdict {
			Verdict::Valid => (VerdictWord::Valid, None),
			Verdict::Invalid(reason) => (VerdictWord::Invalid, Some(reason)),
			Verdict::Unavailable => (VerdictWord::Unavailable, None),
		};
		Self::Done {
			verdict,
			reason,
			figures,
			evidence: Hex(evidence.encode()),
		}
	}
}

impl AuditBody {
	fn to_request(&self) -> Result<AuditRequest, String> {
		let receipt = Receipt::decode_all(&mut self.receipt.0.as_slice())
			.map_err(|error| format!("'receipt' is no receipt: {error}"))?;
		let opened = self
			.opened
			.as_ref()
			.map(|opened| Planting::decode_all(&mut opened.0.as_slice()))
			.transpose()
			.map_err(|error| format!("'opened' is no planting: {error}"))?;
		Ok(AuditRequest {
			genesis: self.genesis.hash("genesis")?,
			auditor: self.auditor.hash("auditor")?,
			node: self.node.hash("node")?,
			round: self.round,
			task: AuditTask {
				job: self.job,
				receipt,
				ticket: self.ticket_hash.hash("ticket_hash")?,
				input: self.input.hash("input")?,
				max_tokens: self.max_tokens,
				nonce: self.nonce.hash("nonce")?,
				randomness: self.randomness.hash("randomness")?,
				opened,
			},
			auditors: self.auditors()?,
			time_left: Duration::from_millis(self.milliseconds_left).min(MAX_TIME_LEFT),
		})
	}

	fn auditors(&self) -> Result<Auditors, String> {
		let bounded = |name: &str, given: usize, most: usize| {
			(given <= most)
				.then_some(())
				.ok_or_else(|| format!("'{name}' has {given} entries, more than {most}"))
		};
		bounded("committee", self.committee.len(), MAX_COMMITTEE)?;
		bounded("earlier", self.earlier.len(), MAX_EARLIER)?;
		let shown = |entry: &Hex| {
			Shown::decode_all(&mut entry.0.as_slice())
				.map_err(|error| format!("'earlier' has an entry that is no finding: {error}"))
		};
		Ok(Auditors {
			committee: self
				.committee
				.iter()
				.map(|seat| seat.hash("committee"))
				.collect::<Result<_, _>>()?,
			earlier: self.earlier.iter().map(shown).collect::<Result<_, _>>()?,
		})
	}
}

/// What the routes share.
struct Door {
	verifier: Arc<Verifier>,
	token: String,
}

/// The routes; whoever asks must show `token`.
pub fn router(verifier: Arc<Verifier>, token: String) -> Router {
	Router::new()
		.route("/v1/audits", post(ask))
		.route("/healthz", get(|| async { "ok\n" }))
		.layer(DefaultBodyLimit::max(MAX_BODY))
		.with_state(Arc::new(Door { verifier, token }))
}

fn refuse(status: StatusCode, message: String) -> Response {
	(status, Json(serde_json::json!({ "error": message }))).into_response()
}

async fn ask(
	State(door): State<Arc<Door>>,
	headers: HeaderMap,
	body: Result<Json<AuditBody>, JsonRejection>,
) -> Response {
	let shown = headers
		.get(header::AUTHORIZATION)
		.and_then(|value| value.to_str().ok())
		.unwrap_or_default();
	if !crate::token::matches(shown, &door.token) {
		return refuse(
			StatusCode::UNAUTHORIZED,
			"show the token of --token-file as a bearer token".into(),
		);
	}
	let request = match body {
		Ok(Json(body)) => body.to_request(),
		Err(rejection) => Err(rejection.body_text()),
	};
	let request = match request {
		Ok(request) => request,
		Err(message) => return refuse(StatusCode::BAD_REQUEST, message),
	};
	match door.verifier.ask(&request) {
		Ok(found) => Json(found.map_or(AuditAnswer::Pending, AuditAnswer::from)).into_response(),
		Err(error) => {
			tracing::error!(job = request.task.job, %error, "an audit was asked for that cannot be done here");
			let status = match error {
				AskError::OtherChain(_) => StatusCode::CONFLICT,
				AskError::UnknownAuditor(_) => StatusCode::NOT_FOUND,
			};
			refuse(status, error.to_string())
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use receipt::trace::{Evidence, POINTS, Trace, Tracer};
	use serde_json::json;

	#[test]
	fn the_offchain_workers_question_is_understood() {
		let receipt = crate::compute::samples::receipt(7, &crate::compute::samples::record(1));
		let hex_of = |byte: u8| format!("0x{}", hex::encode([byte; 32]));
		let question = json!({
			"genesis": hex_of(1), "job": 7, "round": 1, "auditor": hex_of(2), "node": hex_of(3), "ticket_hash": hex_of(4),
			"max_tokens": 9, "nonce": hex_of(5), "randomness": hex_of(6), "input": hex_of(8),
			"receipt": format!("0x{}", hex::encode(receipt.encode())), "milliseconds_left": 30_000,
			"committee": [], "earlier": [],
		});
		let read = |question: serde_json::Value| {
			serde_json::from_value::<AuditBody>(question)
				.map_err(|error| error.to_string())?
				.to_request()
		};
		let request = read(question.clone()).expect("as documented");
		assert_eq!(
			(request.genesis, request.auditor, request.node),
			([1; 32], [2; 32], [3; 32])
		);
		assert_eq!(
			(request.task.job, request.task.receipt, request.task.ticket),
			(7, receipt, [4; 32])
		);
		assert_eq!(
			(request.task.nonce, request.task.randomness, request.task.input),
			([5; 32], [6; 32], [8; 32])
		);
		assert_eq!(
			(request.task.max_tokens, request.time_left),
			(9, Duration::from_secs(30))
		);
		assert_eq!((request.round, request.task.opened), (1, None));
		assert_eq!(request.auditors, Auditors::default());
		let planting = Planting {
			transcript: [8; 32],
			fingerprint: [9; 32],
			chunk: 1,
			shift: 2,
		};
		let mut opened = question.clone();
		opened["opened"] = json!(format!("0x{}", hex::encode(planting.encode())));
		let request = read(opened).expect("as documented");
		assert_eq!(request.task.opened, Some(planting));
		assert_eq!(request.task.transcript(), [8; 32]);
		let shown = Shown {
			tracer: Tracer {
				auditor: [9; 32],
				round: 0,
			},
			verdict: Verdict::Invalid(Reason::Sampling),
			trace: Some(Trace([0x3f80; POINTS])),
		};
		let entry = json!(format!("0x{}", hex::encode(shown.encode())));
		let mut court = question.clone();
		court["committee"] = json!([hex_of(2), hex_of(7)]);
		court["earlier"] = json!([entry]);
		let request = read(court).expect("as documented");
		let expected = Auditors {
			committee: vec![[2; 32], [7; 32]],
			earlier: vec![shown],
		};
		assert_eq!(request.auditors, expected);
		for (field, entry, most) in [("committee", json!(hex_of(2)), 21), ("earlier", entry, 43)] {
			for (count, is_read) in [(most, true), (most + 1, false)] {
				let mut question = question.clone();
				question[field] = json!(vec![entry.clone(); count]);
				assert_eq!(read(question).is_ok(), is_read, "{count} of {field}");
			}
		}
		for (field, wrong) in [
			("nonce", json!("0x12")),
			("receipt", json!("0x12")),
			("job", json!("7")),
			("node", json!(1)),
			("round", json!(256)),
			("opened", json!("0x12")),
			("committee", json!(["0x12"])),
			("committee", json!(null)),
			("earlier", json!(["0x12"])),
			("earlier", json!(hex_of(1))),
		] {
			let mut question = question.clone();
			question[field] = wrong;
			assert!(read(question).is_err(), "{field}");
		}
	}

	#[test]
	fn answers_are_what_the_offchain_worker_reads() {
		let show = |answer: AuditAnswer| serde_json::to_value(answer).expect("encodes");
		assert_eq!(show(AuditAnswer::Pending), json!({"state": "pending"}));
		let found = Found {
			verdict: Verdict::Invalid(Reason::Sampling),
			figures: Figures::default(),
			evidence: Evidence {
				trace: None,
				neighbour: None,
				untrue: 5,
			},
		};
		let figures = json!({"chunks": 0, "mismatches": 0, "mantissa_milli": 0, "loss_milli": 0, "losses": 0, "error_milli": 0});
		assert_eq!(
			show(found.into()),
			json!({"state": "done", "verdict": "invalid", "reason": "sampling", "figures": figures, "evidence": "0x00000500000000000000"})
		);
		let found = Found {
			verdict: Verdict::Valid,
			..found
		};
		assert_eq!(
			show(found.into()),
			json!({"state": "done", "verdict": "valid", "reason": null, "figures": figures, "evidence": "0x00000500000000000000"})
		);
	}
}

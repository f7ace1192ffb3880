//! The messages of the protocol compared with recorded ones: a change here is a change of the protocol.
//!
//! To record anew on purpose: `RECORD=1 cargo test --release -p peer-network golden`.

use crate::{
	Followed, QuoteRequest, Refusal, Request, Requester, Response, RunState, TranscriptRequest, seal,
};
use ::codec::Encode;
use proptest::{prelude::*, sample::Index};
use receipt::{CheckKind, JobInput, Price, Sampling, StopReason, Task, Ticket, Tier};
use std::{fmt::Write, path::Path};

fn input() -> JobInput {
	JobInput {
		workflow: 7,
		version: 2,
		task: Task::Text,
		caller: [1; 32],
		prompt: b"In the beginning".to_vec(),
		max_tokens: 48,
		sampling: Sampling {
			temperature_milli: 800,
			top_k: 40,
		},
		nonce: [2; 32],
		salt: [3; 32],
	}
}

fn ticket() -> Ticket {
	Ticket {
		genesis: [4; 32],
		node: [5; 32],
		caller: [1; 32],
		workflow: 7,
		version: 2,
		terms: 1,
		input: input().commitment(),
		pair: [6; 32],
		check: CheckKind::TokenPrefill,
		tier: Tier::Replicated,
		prompt_tokens: 5,
		max_tokens: 48,
		node_price: Price {
			base: 10,
			per_token: 3,
		},
		fee: 1_200_000_000_000,
		nonce: [2; 32],
		expires_at: 1_000,
	}
}

pub(crate) fn quote() -> QuoteRequest {
	QuoteRequest {
		genesis: [4; 32],
		input: input(),
		tier: Tier::Replicated,
		reply_key: [7; 32],
		follow_secret: [8; 32],
		signature: [14; 64],
	}
}

pub(crate) fn requests() -> Vec<(&'static str, Request)> {
	let transcript = |requester| {
		Request::Transcript(TranscriptRequest {
			genesis: [4; 32],
			job: 9,
			transcript: [10; 32],
			requester,
		})
	};
	let auditor = Requester::Auditor {
		account: [11; 32],
		at: 77,
		signature: [12; 64],
	};
	vec![
		(
			"request.quote",
			Request::Quote {
				sealed: vec![1, 2, 3],
			},
		),
		(
			"request.follow",
			Request::Follow {
				ticket: ticket().hash(),
				secret: [8; 32],
				from: 300,
			},
		),
		("request.transcript.caller", transcript(Requester::Caller)),
		("request.transcript.auditor", transcript(auditor)),
	]
}

pub(crate) fn responses() -> Vec<(&'static str, Response)> {
	let words = || "words".to_owned();
	let refusals = [
		("response.busy", Refusal::Busy { retry_after: 6 }),
		("response.malformed", Refusal::Malformed(words())),
		("response.wrong-chain", Refusal::WrongChain([4; 32])),
		("response.not-served", Refusal::NotServed(words())),
		(
			"response.too-long",
			Refusal::TooLong {
				tokens: 600,
				limit: 512,
			},
		),
		("response.not-found", Refusal::NotFound),
		("response.not-entitled", Refusal::NotEntitled(words())),
		("response.not-serving", Refusal::NotServing),
		("response.failed", Refusal::Failed(words())),
	];
	let mut all = vec![
		(
			"response.quoted",
			Response::Quoted {
				ticket: ticket(),
				signature: [13; 64],
			},
		),
		("response.followed", Response::Followed(vec![1, 2, 3])),
		("response.transcript", Response::Transcript(vec![4, 5, 6])),
	];
	all.extend(refusals.map(|(name, refusal)| (name, Response::Refused(refusal))));
	all
}

pub(crate) fn followed() -> Vec<(&'static str, Followed)> {
	let followed = |job, text: &str, state| Followed {
		job,
		text: text.to_owned(),
		state,
	};
	let done = RunState::Done {
		stop: StopReason::EndOfText,
		tokens_in: 5,
		tokens_out: 3,
		transcript: [10; 32],
	};
	let failed = RunState::Failed {
		reason: "words".to_owned(),
	};
	vec![
		("followed.waiting", followed(None, "", RunState::Waiting)),
		(
			"followed.running",
			followed(Some(9), " there was", RunState::Running { tokens: 2 }),
		),
		("followed.done", followed(Some(9), " light.", done)),
		("followed.failed", followed(Some(9), "", failed)),
	]
}

fn lines() -> String {
	let mut out = String::new();
	let mut line = |name: &str, bytes: &[u8]| {
		let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
		writeln!(out, "{name} {hex}").expect("a string");
	};
	line("quote", &quote().encode());
	for (name, request) in requests() {
		line(name, &request.encode());
	}
	for (name, response) in responses() {
		line(name, &response.encode());
	}
	for (name, followed) in followed() {
		line(name, &followed.encode());
	}
	line(
		"auditor-message",
		&TranscriptRequest::auditor_message(&[4; 32], 9, &[10; 32], &[11; 32], 77),
	);
	line(
		"caller-message",
		&QuoteRequest::caller_message(&[4; 32], &[5; 32], &input().commitment()),
	);
	line("seal.public-key", &seal::public_key(&[7; 32]));
	out
}

#[test]
fn messages_are_as_recorded() {
	let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.txt");
	if std::env::var_os("RECORD").is_some() {
		std::fs::write(&file, lines()).expect("the folder can be written");
	}
	let recorded = std::fs::read_to_string(&file).expect("golden.txt is committed");
	assert_eq!(lines(), recorded);
}

/// What happens to a message on its way.
#[derive(Clone, Debug)]
pub(crate) enum Damage {
	/// Some bytes change.
	Flips(Vec<(Index, u8)>),
	/// The end is missing.
	Cut(Index),
}

impl Damage {
	pub(crate) fn apply(&self, mut bytes: Vec<u8>) -> Vec<u8> {
		match self {
			Self::Flips(flips) => {
				for (at, change) in flips {
					let at = at.index(bytes.len());
					bytes[at] ^= change;
				}
			}
			Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
		}
		bytes
	}
}

pub(crate) fn damage() -> impl Strategy<Value = Damage> {
	prop_oneof![
		proptest::collection::vec((any::<Index>(), 1u8..), 1..=4).prop_map(Damage::Flips),
		any::<Index>().prop_map(Damage::Cut),
	]
}

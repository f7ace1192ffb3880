//! What is asked, and which answers count.

use super::receipt_for;
use crate::{
	Owed, Phase,
	verifier::{Answer, AskError, Reply, parse, question},
};
use codec::Encode;
use proptest::prelude::*;
use receipt::{
	Figures, Verdict,
	attestation::Reason,
	trace::{Evidence, POINTS, Shown, Trace, Tracer},
};
use serde_json::{Value, json};

/// Evidence as it is written, and as it is read.
const EVIDENCE: (&str, Evidence) = (
	"0x00000300000000000080",
	Evidence {
		trace: None,
		neighbour: None,
		untrue: 1 << 63 | 3,
	},
);

fn figures() -> Value {
	json!({"chunks": 2, "mismatches": 1, "mantissa_milli": 70_000, "loss_milli": 3, "losses": 4, "error_milli": 875})
}

#[test]
fn a_question_has_every_field_of_the_protocol() {
	let owed = Owed {
		job: 77,
		key: [1; 32],
		round: 1,
		phase: Phase::Commit { until: 9 },
		node: [2; 32],
		receipt: receipt_for(77),
		ticket_hash: [3; 32],
		input: [4; 32],
		nonce: [5; 32],
		randomness: [0xab; 32],
		max_tokens: 64,
		opened: None,
		committee: vec![[8; 32], [7; 32]],
		earlier: vec![Shown {
			tracer: Tracer {
				auditor: [9; 32],
				round: 2,
			},
			verdict: Verdict::Invalid(Reason::Sampling),
			trace: Some(Trace([0x3f80; POINTS])),
		}],
	};
	let body = question(&[6; 32], &[7; 32], &owed, 12_000);
	let hex = |byte: &str| format!("0x{}", byte.repeat(32));
	let encoded: String = receipt_for(77)
		.encode()
		.iter()
		.map(|byte| format!("{byte:02x}"))
		.collect();
	assert_eq!(
		serde_json::from_slice::<Value>(&body).expect("it is JSON"),
		json!({
			"genesis": hex("06"),
			"job": 77,
			"round": 1,
			"auditor": hex("07"),
			"node": hex("02"),
			"ticket_hash": hex("03"),
			"max_tokens": 64,
			"nonce": hex("05"),
			"randomness": hex("ab"),
			"input": hex("04"),
			"receipt": format!("0x{encoded}"),
			"opened": null,
			"committee": [hex("08"), hex("07")],
			"earlier": [format!("{}02010201{}", hex("09"), "803f".repeat(POINTS))],
			"milliseconds_left": 12_000,
		})
	);
	let planting = receipt::canary::Planting {
		transcript: [8; 32],
		fingerprint: [9; 32],
		chunk: 1,
		shift: 2,
	};
	let owed = Owed {
		opened: Some(planting),
		..owed
	};
	let body: Value =
		serde_json::from_slice(&question(&[6; 32], &[7; 32], &owed, 12_000)).expect("it is JSON");
	let expected = format!("0x{}{}010000000200", "08".repeat(32), "09".repeat(32));
	assert_eq!(body["opened"], json!(expected));
}

#[test]
fn answers_are_read() {
	let read = Figures {
		chunks: 2,
		mismatches: 1,
		mantissa_milli: 70_000,
		loss_milli: 3,
		losses: 4,
		error_milli: 875,
	};
	let done = |verdict| {
		Ok(Reply::Done(Answer {
			verdict,
			figures: read,
			evidence: EVIDENCE.1,
		}))
	};
	let cases = [
		(json!({"state": "pending"}), Ok(Reply::Pending)),
		(json!({"state": "pending", "position": 3}), Ok(Reply::Pending)),
		(
			json!({"state": "done", "verdict": "valid", "reason": null, "figures": figures(), "evidence": EVIDENCE.0}),
			done(Verdict::Valid),
		),
		(
			json!({"state": "done", "verdict": "valid", "figures": figures(), "evidence": EVIDENCE.0}),
			done(Verdict::Valid),
		),
		(
			json!({"state": "done", "verdict": "unavailable", "reason": null, "figures": figures(), "evidence": EVIDENCE.0}),
			done(Verdict::Unavailable),
		),
		(
			json!({"state": "done", "verdict": "invalid", "reason": "structure", "figures": figures(), "evidence": EVIDENCE.0}),
			done(Verdict::Invalid(Reason::Structure)),
		),
		(
			json!({"state": "done", "verdict": "invalid", "reason": "fingerprint", "figures": figures(), "evidence": EVIDENCE.0}),
			done(Verdict::Invalid(Reason::Fingerprint)),
		),
		(
			json!({"state": "done", "verdict": "invalid", "reason": "sampling", "figures": figures(), "evidence": EVIDENCE.0}),
			done(Verdict::Invalid(Reason::Sampling)),
		),
	];
	for (body, expected) in cases {
		assert_eq!(parse(body.to_string().as_bytes()), expected, "{body}");
	}
}

#[test]
fn evidence_is_read_as_it_is_encoded() {
	let trace = Some(Trace([0x3f80; POINTS]));
	for (trace, neighbour) in [(trace, trace), (trace, None), (None, None)] {
		let evidence = Evidence {
			trace,
			neighbour,
			untrue: 6,
		};
		let written: String = evidence
			.encode()
			.iter()
			.map(|byte| format!("{byte:02x}"))
			.collect();
		let body = json!({
			"state": "done", "verdict": "valid", "figures": figures(), "evidence": format!("0x{written}")
		});
		match parse(body.to_string().as_bytes()) {
			Ok(Reply::Done(answer)) => assert_eq!(answer.evidence, evidence),
			other => panic!("{other:?}"),
		}
	}
}

#[test]
fn nonsense_is_no_answer() {
	let mut cases = vec![
		(json!([]), AskError::NotJson),
		(json!("done"), AskError::NotJson),
		(json!({}), AskError::Field("state")),
		(json!({"state": "finished"}), AskError::Field("state")),
		(json!({"state": 1}), AskError::Field("state")),
		(
			json!({"state": "done", "figures": figures(), "evidence": EVIDENCE.0}),
			AskError::Field("verdict"),
		),
		(
			json!({"state": "done", "verdict": "Valid", "figures": figures(), "evidence": EVIDENCE.0}),
			AskError::Field("verdict"),
		),
		(
			json!({"state": "done", "verdict": "invalid", "reason": null, "figures": figures(), "evidence": EVIDENCE.0}),
			AskError::Field("reason"),
		),
		(
			json!({"state": "done", "verdict": "valid", "reason": "sampling", "figures": figures(), "evidence": EVIDENCE.0}),
			AskError::Field("reason"),
		),
		(
			json!({"state": "done", "verdict": "invalid", "reason": "taste", "figures": figures(), "evidence": EVIDENCE.0}),
			AskError::Field("reason"),
		),
		(
			json!({"state": "done", "verdict": "valid"}),
			AskError::Field("figures"),
		),
		(
			json!({"state": "done", "verdict": "valid", "figures": 3, "evidence": EVIDENCE.0}),
			AskError::Field("figures"),
		),
	];
	for (name, value) in [
		("chunks", json!(65_536)),
		("mismatches", json!(-1)),
		("mantissa_milli", json!(4_294_967_296u64)),
		("loss_milli", json!(0.5)),
		("losses", json!("4")),
		("error_milli", json!(-1)),
	] {
		let mut wrong = figures();
		wrong[name] = value;
		let body = json!({"state": "done", "verdict": "valid", "figures": wrong, "evidence": EVIDENCE.0});
		cases.push((body, AskError::Field(name)));
		let mut missing = figures();
		missing.as_object_mut().expect("it is an object").remove(name);
		let body = json!({"state": "done", "verdict": "valid", "figures": missing, "evidence": EVIDENCE.0});
		cases.push((body, AskError::Field(name)));
	}
	let valid = json!({"state": "done", "verdict": "valid", "figures": figures()});
	cases.push((valid.clone(), AskError::Field("evidence")));
	for wrong in [
		json!(null),
		json!(0),
		json!(""),
		json!("00000300000000000080"),
		json!("0x000003000000000000"),
		json!("0x0000030000000000008"),
		json!("0x0000030000000000008g"),
		json!("0x0000030000000000008000"),
		json!("0x02000300000000000080"),
	] {
		let mut body = valid.clone();
		body["evidence"] = wrong;
		cases.push((body, AskError::Field("evidence")));
	}
	for (body, expected) in cases {
		assert_eq!(parse(body.to_string().as_bytes()), Err(expected), "{body}");
	}
	for bytes in [
		"",
		"{",
		"nothing here",
		"{\"state\":\"pending\"} and more",
		"\u{0}",
	] {
		assert_eq!(parse(bytes.as_bytes()), Err(AskError::NotJson), "{bytes:?}");
	}
}

proptest! {
	#[test]
	fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
		let _ = parse(&bytes);
	}

	#[test]
	fn a_changed_byte_never_gives_another_verdict(at in 0usize..200, byte: u8) {
		let body = json!({
			"state": "done", "verdict": "invalid", "reason": "sampling", "figures": figures(), "evidence": EVIDENCE.0
		});
		let mut bytes = body.to_string().into_bytes();
		let at = at % bytes.len();
		bytes[at] = byte;
		if let Ok(Reply::Done(answer)) = parse(&bytes) {
			prop_assert_eq!(answer.verdict, Verdict::Invalid(Reason::Sampling));
		}
	}
}

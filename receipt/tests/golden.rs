//! Encodings, hashes and numbers compared with recorded ones: a change here is a change of the protocol.
//!
//! To record anew on purpose: `RECORD=1 cargo test --release -p receipt --test golden`.

use codec::{Decode, Encode};
use receipt::{
	CheckKind, Figures, JobInput, Price, Receipt, Sampling, StopReason, Task, Ticket, Tier, Transcript,
	Verdict,
	attestation::{Batch, Item, Opening, Reason, commitment, salt, salt_message, sitting},
	canary::{CanaryOpening, Planting, seal_nothing, vrf_message},
	fingerprint::{Fingerprint, fingerprint},
	keys::{KeySecrets, KeySet, binding},
	sampling::gumbel,
	trace::{Evidence, POINTS, Shape, Shown, Trace, Tracer, points},
};
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

fn transcript() -> Transcript {
	Transcript {
		job: 9,
		input: input(),
		prompt: vec![0, 11, 12, 13, 14],
		answer: vec![20, 21, 1],
		text: Transcript::text_hash(" there was"),
		seed: receipt::sampling::seed(9, &[2; 32], &[8; 32]),
		fingerprint: Fingerprint {
			chunks: vec![vec![0xd9, 0xff, 1, 0]],
		},
		vector: Vec::new(),
	}
}

/// The record of an embedding.
fn vector_transcript() -> Transcript {
	Transcript {
		input: JobInput {
			task: Task::Embedding,
			max_tokens: 0,
			..input()
		},
		answer: Vec::new(),
		text: Transcript::text_hash(""),
		vector: [0.6f32, -0.8].map(f32::to_bits).to_vec(),
		..transcript()
	}
}

fn receipt() -> Receipt {
	let transcript = transcript();
	Receipt {
		job: 9,
		check: CheckKind::TokenPrefill,
		pair: [6; 32],
		request: Receipt::request_hash(&ticket().hash(), &transcript.prompt),
		output: Receipt::output_hash(&transcript.answer),
		transcript: transcript.hash(),
		tokens_in: 5,
		tokens_out: 3,
		sampling: transcript.input.sampling,
		stop: StopReason::EndOfText,
		fingerprint: transcript.fingerprint.root(),
		sealed_canary: [9; 32],
	}
}

fn opening() -> Opening {
	Opening {
		verdict: Verdict::Invalid(Reason::Sampling),
		figures: Figures {
			chunks: 2,
			mismatches: 1,
			mantissa_milli: 125,
			loss_milli: 40,
			losses: 1,
			error_milli: 1_560,
		},
		evidence: Evidence {
			trace: Some(Trace([0x3f80; POINTS])),
			neighbour: None,
			untrue: 5,
		},
		salt: salt(&[7; 64]),
	}
}

fn canary() -> CanaryOpening {
	CanaryOpening {
		salt: [13; 32],
		transcript: transcript().hash(),
		fingerprint: transcript().fingerprint.root(),
		pre_output: [14; 32],
		proof: [15; 64],
	}
}

fn planting() -> Planting {
	Planting {
		transcript: transcript().hash(),
		fingerprint: transcript().fingerprint.root(),
		chunk: 3,
		shift: 2,
	}
}

fn batch() -> Batch {
	Batch {
		auditor: [10; 32],
		at: 77,
		items: vec![
			Item::Commit {
				job: 9,
				sitting: [14; 32],
				commitment: [11; 32],
			},
			Item::Reveal {
				job: 8,
				opening: opening(),
			},
		],
	}
}

/// Two chunks of states of width 64, exact in any arithmetic.
fn states() -> Vec<f32> {
	(0..70 * 64)
		.map(|i| (i * 7919 % 257 - 128) as f32 / 16.0)
		.collect()
}

/// One chunk that is longer than the field's prime, and whose two largest values have the same index modulo the
/// first modulus that is tried.
fn long_states() -> Vec<f32> {
	let mut states: Vec<f32> = (0..32 * 2_100)
		.map(|i| (67_200 - i) as f32 / (1 << 20) as f32)
		.collect();
	states[0] = -9.0;
	states[65_437] = 8.0;
	states
}

/// Every variant of every enumeration, with a name.
fn variants() -> Vec<(&'static str, Vec<u8>)> {
	let checks = [
		("check.none", CheckKind::None),
		("check.token-prefill", CheckKind::TokenPrefill),
		(
			"check.vector-recompute",
			CheckKind::VectorRecompute {
				cosine_ppm: 999_000,
				max_abs_ppm: 1_000,
			},
		),
		("check.latent-trajectory", CheckKind::LatentTrajectory),
		("check.training-segments", CheckKind::TrainingSegments),
		("check.bit-exact", CheckKind::BitExact),
		("check.zk", CheckKind::Zk),
	];
	let tiers = [
		("tier.private", Tier::Private),
		("tier.sampled", Tier::Sampled),
		("tier.replicated", Tier::Replicated),
		("tier.proved", Tier::Proved),
	];
	let stops = [
		("stop.end-of-text", StopReason::EndOfText),
		("stop.length", StopReason::Length),
		("stop.aborted", StopReason::Aborted([12; 64])),
	];
	let verdicts = [
		("verdict.valid", Verdict::Valid),
		("verdict.structure", Verdict::Invalid(Reason::Structure)),
		("verdict.fingerprint", Verdict::Invalid(Reason::Fingerprint)),
		("verdict.sampling", Verdict::Invalid(Reason::Sampling)),
		("verdict.unavailable", Verdict::Unavailable),
	];
	let mut all = Vec::new();
	all.extend(checks.map(|(name, check)| (name, check.encode())));
	all.extend(tiers.map(|(name, tier)| (name, tier.encode())));
	all.extend(stops.map(|(name, stop)| (name, stop.encode())));
	all.extend(verdicts.map(|(name, verdict)| (name, verdict.encode())));
	all
}

fn lines() -> String {
	let mut out = String::new();
	let mut line =
		|name: &str, bytes: &[u8]| writeln!(out, "{name} {}", hex::encode(bytes)).expect("a string");
	line("input", &input().encode());
	line("input.commitment", &input().commitment());
	line("ticket", &ticket().encode());
	line("ticket.hash", &ticket().hash());
	line("transcript", &transcript().encode());
	line("transcript.hash", &transcript().hash());
	line("transcript.vector", &vector_transcript().encode());
	line("transcript.vector.hash", &vector_transcript().hash());
	line("vector.hash", &Receipt::vector_hash(&vector_transcript().vector));
	line("receipt", &receipt().encode());
	line("receipt.hash", &receipt().hash());
	line("opening", &opening().encode());
	line(
		"commitment",
		&commitment(&[4; 32], 9, &receipt().hash(), &[10; 32], &opening()),
	);
	let tracer = Tracer {
		auditor: [10; 32],
		round: 1,
	};
	let shape = Shape {
		layers: 5,
		positions: 40,
		features: 24,
	};
	line(
		"sitting",
		&sitting(
			1,
			&[[10; 32], [11; 32]],
			&[Shown {
				tracer,
				verdict: Verdict::Valid,
				trace: Some(Trace([0x3f80; POINTS])),
			}],
		),
	);
	let points = points(&receipt().hash(), &tracer, &shape).expect("there is something to read");
	line(
		"trace.points",
		&points
			.map(|point| (point.layer, point.position, point.feature))
			.encode(),
	);
	line("salt-message", &salt_message(&[4; 32], 9, 1));
	line("canary.opening", &canary().encode());
	line("canary.seal", &canary().seal());
	line("canary.seal-nothing", &seal_nothing(&[13; 32]));
	line("canary.planting", &planting().encode());
	line(
		"canary.vrf-message",
		&vrf_message(&[4; 32], 9, &[8; 32], &ticket().hash()),
	);
	line("batch", &batch().encode());
	line("batch.message", &batch().message(&[4; 32]));
	line(
		"keys.binding",
		&binding(&[1; 32], &KeySecrets::development("Alice").public()),
	);
	for (name, bytes) in variants() {
		line(name, &bytes);
	}
	let short = fingerprint(&states(), 64).expect("finite");
	line("fingerprint", &short.encode());
	line("fingerprint.root", &short.root());
	let long = fingerprint(&long_states(), 2_100).expect("finite");
	line("fingerprint.long", &long.encode());
	for (name, position, token) in [
		("gumbel.first", 0, 0),
		("gumbel.second", 7, 20),
		("gumbel.last", u32::MAX, u32::MAX),
	] {
		// As bits: auditors compare scores that differ in the last place.
		line(name, &gumbel(&[8; 32], position, token).to_bits().to_be_bytes());
	}
	out
}

#[test]
fn encodings_and_hashes_are_as_recorded() {
	let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.txt");
	if std::env::var_os("RECORD").is_some() {
		std::fs::write(&file, lines()).expect("the folder can be written");
	}
	let recorded = std::fs::read_to_string(&file).expect("golden.txt is committed");
	assert_eq!(lines(), recorded);
}

#[test]
fn a_vector_and_an_answer_of_the_same_words_have_different_hashes() {
	let words = [1, 2, 3];
	assert_ne!(Receipt::vector_hash(&words), Receipt::output_hash(&words));
}

#[test]
fn each_task_has_its_check() {
	let vector = CheckKind::VectorRecompute {
		cosine_ppm: 1,
		max_abs_ppm: 2,
	};
	for (task, check, expect) in [
		(Task::Text, CheckKind::TokenPrefill, true),
		(Task::Text, vector, false),
		(Task::Embedding, vector, true),
		(Task::Embedding, CheckKind::TokenPrefill, false),
		(Task::Text, CheckKind::None, false),
		(Task::Embedding, CheckKind::None, false),
	] {
		assert_eq!(task.is_checked_by(&check), expect, "{task:?} {check:?}");
	}
}

#[test]
fn a_receipt_with_its_signature_takes_280_bytes() {
	assert_eq!(receipt().encode().len() + 64, 280);
}

#[test]
fn every_hash_depends_on_every_field() {
	let base = receipt().hash();
	let changed = [
		Receipt { job: 10, ..receipt() },
		Receipt {
			check: CheckKind::BitExact,
			..receipt()
		},
		Receipt {
			pair: [0; 32],
			..receipt()
		},
		Receipt {
			request: [0; 32],
			..receipt()
		},
		Receipt {
			output: [0; 32],
			..receipt()
		},
		Receipt {
			transcript: [0; 32],
			..receipt()
		},
		Receipt {
			tokens_in: 6,
			..receipt()
		},
		Receipt {
			tokens_out: 4,
			..receipt()
		},
		Receipt {
			sampling: Sampling::GREEDY,
			..receipt()
		},
		Receipt {
			stop: StopReason::Length,
			..receipt()
		},
		Receipt {
			fingerprint: [0; 32],
			..receipt()
		},
		Receipt {
			sealed_canary: [0; 32],
			..receipt()
		},
	];
	for other in changed {
		assert_ne!(other.hash(), base, "{other:?}");
	}
}

/// What decodes encodes to the same bytes: nothing has two encodings, so nothing has two hashes.
fn decodes_to_itself<T: Encode + Decode>(all: &[u8]) {
	let mut bytes = all;
	if let Ok(value) = T::decode(&mut bytes) {
		let used = all.len() - bytes.len();
		assert_eq!(value.encode(), &all[..used]);
	}
}

/// Checks of bytes that may or may not be the encoding of a value.
type Check = fn(&[u8]);

/// An encoding of each kind, with the check for its kind.
fn samples() -> Vec<(Vec<u8>, Check)> {
	fn sample<T: Encode + Decode>(value: T) -> (Vec<u8>, Check) {
		(value.encode(), decodes_to_itself::<T>)
	}
	let mut all = vec![
		sample(input()),
		sample(ticket()),
		sample(transcript()),
		sample(vector_transcript()),
		sample(receipt()),
		sample(Receipt {
			stop: StopReason::Aborted([12; 64]),
			..receipt()
		}),
		sample(opening()),
		sample(opening().figures),
		sample(opening().evidence),
		sample(opening().verdict),
		sample(batch()),
		sample(canary()),
		sample(planting()),
		sample(fingerprint(&states(), 64).expect("finite")),
		sample::<KeySet>(KeySecrets::development("Alice").public()),
	];
	all.extend(batch().items.into_iter().map(sample));
	all
}

proptest::proptest! {
	#[test]
	fn hostile_bytes_decode_to_an_error_or_to_themselves(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
		for (_, check) in samples() {
			check(&bytes);
		}
	}

	/// Random bytes seldom get past the first length; nearly right ones reach everything.
	#[test]
	fn damaged_encodings_decode_to_an_error_or_to_themselves(
		flips in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), 1u8..), 1..=4),
		cut in proptest::option::of(proptest::prelude::any::<proptest::sample::Index>()),
	) {
		for (mut bytes, check) in samples() {
			match cut {
				Some(cut) => bytes.truncate(cut.index(bytes.len())),
				None => for (at, change) in &flips {
					let at = at.index(bytes.len());
					bytes[at] ^= change;
				},
			}
			check(&bytes);
		}
	}
}

//! Encodings and hashes compared with recorded ones: a change here is a change of the protocol.
//!
//! To record anew on purpose: `RECORD=1 cargo test --release -p receipt --test golden`.

use codec::{Decode, Encode};
use receipt::{
	CheckKind, Figures, JobInput, Price, Receipt, Sampling, StopReason, Ticket, Tier, Transcript, Verdict,
	attestation::{Batch, Item, Opening, Reason, commitment, salt, salt_message},
	fingerprint::Fingerprint,
	keys::{KeySecrets, binding},
};
use std::{fmt::Write, path::Path};

fn input() -> JobInput {
	JobInput {
		workflow: 7,
		version: 2,
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
		seed: receipt::sampling::seed(9, &[2; 32], &[8; 32]),
		fingerprint: Fingerprint {
			chunks: vec![vec![0xd9, 0xff, 1, 0]],
		},
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
		salt: salt(&[7; 64]),
	}
}

fn batch() -> Batch {
	Batch {
		auditor: [10; 32],
		at: 77,
		items: vec![
			Item::Commit {
				job: 9,
				commitment: [11; 32],
			},
			Item::Reveal {
				job: 8,
				opening: opening(),
			},
		],
	}
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
	line("receipt", &receipt().encode());
	line("receipt.hash", &receipt().hash());
	line("opening", &opening().encode());
	line(
		"commitment",
		&commitment(&[4; 32], 9, &receipt().hash(), &[10; 32], &opening()),
	);
	line("salt-message", &salt_message(&[4; 32], 9, 1));
	line("batch", &batch().encode());
	line("batch.message", &batch().message(&[4; 32]));
	line(
		"keys.binding",
		&binding(&[1; 32], &KeySecrets::development("Alice").public()),
	);
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

proptest::proptest! {
	#[test]
	fn hostile_bytes_decode_to_an_error_or_to_themselves(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
		fn check<T: Encode + Decode>(mut bytes: &[u8]) {
			let all = bytes;
			if let Ok(value) = T::decode(&mut bytes) {
				let used = all.len() - bytes.len();
				// Compact lengths have one valid form, so what decodes encodes to the same bytes.
				assert_eq!(value.encode(), &all[..used]);
			}
		}
		check::<JobInput>(&bytes);
		check::<Ticket>(&bytes);
		check::<Receipt>(&bytes);
		check::<Transcript>(&bytes);
		check::<Batch>(&bytes);
		check::<Opening>(&bytes);
	}
}

//! Canaries: faults that a node plants in its own receipt, with an answer that only it knows beforehand.
//!
//! Which jobs are canaries, and what is planted in them, is drawn by a verifiable random function of the node's account
//! key over the job ([`vrf_message`]): the node cannot choose it, nobody else can know it, and the node can prove it
//! afterwards. What is planted is a constant that is added to every value of one chunk of the fingerprint ([`plant`]), so
//! that its size is known by construction. Tokens and text stay true.
//!
//! Every receipt has a sealed field. That of a canary is the hash of its [`CanaryOpening`], that of any other job a hash
//! of something random: nobody can tell them apart.

use crate::{
	CheckKind, Hash, JobId, Receipt, Transcript,
	fingerprint::{chunk_count, shift_values},
	hash::{Domain, hash},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The label of the transcript that the verifiable random function takes.
pub const VRF_LABEL: &[u8] = b"hai/canary/1";

/// The name of the one message in that transcript.
pub const VRF_FIELD: &[u8] = b"job";

/// The context in which the function's output becomes bytes.
pub const VRF_OUTPUT: &[u8] = b"hai/canary/1 output";

/// The message over which a job's node draws whether the job is a canary. The randomness is of the block of the request,
/// so that the node could not know the draw when it signed the ticket.
pub fn vrf_message(genesis: &Hash, job: JobId, randomness: &Hash, ticket: &Hash) -> Hash {
	hash(Domain::CanaryDraw, &(genesis, job, randomness, ticket))
}

/// What the output of the function decides, as three independent uniform words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
	/// Whether the job is a canary.
	pub canary: u64,
	/// Whether its fault is a clear one.
	pub clear: u64,
	/// In which chunk it is planted.
	pub chunk: u64,
}

/// The words in an output.
pub fn words(output: &[u8; 32]) -> Words {
	let word = |number: usize| {
		let mut bytes = [0; 8];
		bytes.copy_from_slice(&output[8 * number..8 * number + 8]);
		u64::from_le_bytes(bytes)
	};
	Words {
		canary: word(0),
		clear: word(1),
		chunk: word(2),
	}
}

/// The chunk in which a fault is planted: one of those that the run of this receipt has.
pub fn chunk(word: u64, receipt: &Receipt) -> u32 {
	let chunks = chunk_count(positions(receipt) as usize) as u64;
	(word % chunks) as u32
}

/// How many positions a run had states of: every token that was fed.
fn positions(receipt: &Receipt) -> u64 {
	let tokens = u64::from(receipt.tokens_in).saturating_add(receipt.tokens_out.into());
	match receipt.check {
		// A vector is the mean of the states of all its tokens, so the last one is fed as well.
		CheckKind::VectorRecompute { .. } => tokens,
		// The last token of an answer is written and never read.
		_ => tokens.saturating_sub(1),
	}
}

/// What the sealed field of a canary's receipt hides.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct CanaryOpening {
	/// Random, so that the field gives nothing away.
	pub salt: [u8; 32],
	/// The hash of the true transcript.
	pub transcript: Hash,
	/// The root of the true fingerprint.
	pub fingerprint: Hash,
	/// The pre-output of the node's draw.
	pub pre_output: [u8; 32],
	/// The proof that it is the draw of this node over this job.
	pub proof: [u8; 64],
}

impl CanaryOpening {
	/// What stands in the receipt.
	pub fn seal(&self) -> Hash {
		hash(Domain::Canary, self)
	}
}

/// What stands in the receipt of a job that is no canary.
pub fn seal_nothing(random: &[u8; 32]) -> Hash {
	hash(Domain::Canary, random)
}

/// What an opened canary says was planted. From its opening on, auditors check the true transcript by it.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Planting {
	/// The hash of the true transcript, under which it is fetched.
	pub transcript: Hash,
	/// The root of the true fingerprint.
	pub fingerprint: Hash,
	/// The chunk in which the fault was planted.
	pub chunk: u32,
	/// How many bf16 steps were added to each of its values.
	pub shift: u16,
}

impl Planting {
	/// The receipt as it would be without the fault.
	pub fn truth(&self, receipt: &Receipt) -> Receipt {
		Receipt {
			transcript: self.transcript,
			fingerprint: self.fingerprint,
			..*receipt
		}
	}

	/// Whether the transcript that a receipt names is exactly this true one with exactly this fault. Equal hashes are equal
	/// transcripts, so that nobody has to fetch the other one.
	pub fn explains(&self, receipt: &Receipt, truth: &Transcript) -> bool {
		plant(truth, self.chunk, self.shift).is_some_and(|planted| {
			planted.fingerprint.root() == receipt.fingerprint && planted.hash() == receipt.transcript
		})
	}
}

/// A transcript with a fault: `shift` bf16 steps added to each value for which one chunk of its fingerprint stands.
/// Nothing where it has no such chunk, or that chunk is none.
pub fn plant(truth: &Transcript, chunk: u32, shift: u16) -> Option<Transcript> {
	let mut planted = truth.clone();
	let chunk = planted.fingerprint.chunks.get_mut(chunk as usize)?;
	shift_values(chunk, shift).then_some(planted)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		JobInput, Sampling,
		fingerprint::{ChunkDifference, Fingerprint, compare, fingerprint},
	};
	use alloc::{collections::BTreeSet, vec};

	const WIDTH: usize = 64;

	/// States of so many positions, whose mantissas leave room for a step or two.
	fn states(positions: usize) -> alloc::vec::Vec<f32> {
		(0..positions * WIDTH)
			.map(|i| 1.0 + (i * 37 % 97) as f32 / 256.0)
			.collect()
	}

	fn transcript(fingerprint: Fingerprint) -> Transcript {
		Transcript {
			job: 4,
			input: JobInput {
				task: crate::Task::Text,
				workflow: 1,
				version: 1,
				caller: [1; 32],
				prompt: b"once".to_vec(),
				max_tokens: 90,
				sampling: Sampling::GREEDY,
				nonce: [2; 32],
				salt: [3; 32],
			},
			prompt: vec![1; 20],
			answer: vec![2; 51],
			seed: [5; 32],
			fingerprint,
			text: Transcript::text_hash("a"),
			vector: Vec::new(),
		}
	}

	fn receipt(check: CheckKind) -> Receipt {
		Receipt {
			job: 4,
			check,
			pair: [1; 32],
			request: [2; 32],
			output: [3; 32],
			transcript: [4; 32],
			tokens_in: 20,
			tokens_out: 51,
			sampling: Sampling::GREEDY,
			stop: crate::StopReason::Length,
			fingerprint: [5; 32],
			sealed_canary: [0; 32],
		}
	}

	#[test]
	fn a_fault_moves_every_value_of_its_chunk_by_its_size_and_no_other() {
		let states = states(70);
		let truth = transcript(fingerprint(&states, WIDTH).expect("finite"));
		for shift in [1, 2, 7] {
			let planted = plant(&truth, 1, shift).expect("there are two chunks");
			let differences = compare(&planted.fingerprint, &states, WIDTH).expect("same shape");
			let points = differences[0].points;
			let expect = |mantissa_milli| ChunkDifference {
				points,
				mismatches: 0,
				mantissa_milli,
			};
			assert_eq!(differences[0], expect(0), "{shift}");
			assert_eq!(differences[1].mantissa_milli, u32::from(shift) * 1_000);
			assert_eq!(differences[1].mismatches, 0);
		}
		assert_eq!(plant(&truth, 2, 1), None);
	}

	#[test]
	fn only_the_stated_fault_explains_a_receipt() {
		let truth = transcript(fingerprint(&states(70), WIDTH).expect("finite"));
		let planted = plant(&truth, 0, 2).expect("there is a chunk");
		let receipt = Receipt {
			transcript: planted.hash(),
			fingerprint: planted.fingerprint.root(),
			..receipt(CheckKind::TokenPrefill)
		};
		let planting = Planting {
			transcript: truth.hash(),
			fingerprint: truth.fingerprint.root(),
			chunk: 0,
			shift: 2,
		};
		assert!(planting.explains(&receipt, &truth));
		assert_eq!(planting.truth(&receipt).transcript, truth.hash());
		for other in [
			Planting { chunk: 1, ..planting },
			Planting { shift: 3, ..planting },
			Planting { chunk: 9, ..planting },
		] {
			assert!(!other.explains(&receipt, &truth), "{other:?}");
		}
		// A node that planted nothing, or something else as well.
		assert!(!planting.explains(&planting.truth(&receipt), &truth));
		let mut else_wrong = truth.clone();
		else_wrong.answer[0] = 9;
		assert!(!planting.explains(&receipt, &else_wrong));
	}

	#[test]
	fn every_chunk_of_the_run_is_drawn_and_no_other() {
		let vector = CheckKind::VectorRecompute {
			cosine_ppm: 999_000,
			max_abs_ppm: 1_000,
		};
		// Positions, and the chunks of 32 or more that they form.
		let cases = [
			(1u32, 1),
			(31, 1),
			(32, 1),
			(33, 1),
			(63, 1),
			(64, 2),
			(65, 2),
			(95, 2),
			(96, 3),
		];
		for (positions, chunks) in cases {
			let text = Receipt {
				tokens_in: positions.div_ceil(2),
				tokens_out: positions / 2 + 1,
				..receipt(CheckKind::TokenPrefill)
			};
			let vector = Receipt {
				tokens_in: positions,
				tokens_out: 0,
				..receipt(vector)
			};
			let states = states(positions as usize);
			let made = fingerprint(&states, WIDTH).expect("finite").chunks.len();
			assert_eq!(made, chunks, "{positions}");
			for receipt in [text, vector] {
				let drawn: BTreeSet<_> = (0..100).map(|word| chunk(word, &receipt)).collect();
				let all: BTreeSet<_> = (0..chunks as u32).collect();
				assert_eq!(drawn, all, "{positions}: {:?}", receipt.check);
			}
		}
		let most = Receipt {
			tokens_in: u32::MAX,
			tokens_out: u32::MAX,
			..receipt(CheckKind::TokenPrefill)
		};
		let chunks = (2 * u64::from(u32::MAX) - 1) / 32;
		assert_eq!(u64::from(chunk(chunks - 1, &most)), chunks - 1);
		assert_eq!(chunk(chunks, &most), 0);
	}

	#[test]
	fn words_are_parts_of_the_output_and_a_seal_depends_on_every_field() {
		let output: [u8; 32] = core::array::from_fn(|i| i as u8);
		let words = words(&output);
		assert_eq!(words.canary, u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7]));
		assert_eq!(words.clear.to_le_bytes()[0], 8);
		assert_eq!(words.chunk.to_le_bytes()[0], 16);
		let opening = CanaryOpening {
			salt: [1; 32],
			transcript: [2; 32],
			fingerprint: [3; 32],
			pre_output: [4; 32],
			proof: [5; 64],
		};
		for other in [
			CanaryOpening {
				salt: [0; 32],
				..opening
			},
			CanaryOpening {
				transcript: [0; 32],
				..opening
			},
			CanaryOpening {
				fingerprint: [0; 32],
				..opening
			},
			CanaryOpening {
				pre_output: [0; 32],
				..opening
			},
			CanaryOpening {
				proof: [0; 64],
				..opening
			},
		] {
			assert_ne!(other.seal(), opening.seal());
		}
	}
}

//! The vector of a call: from the caller's copy of the transcript, which is compared with the receipt on chain.

use crate::{
	call::{Caller, Quoted},
	event::{CallError, CallOutcome, Ending},
	work::{WorkCheck, WorkFault, ensure, is_delivered},
};
use receipt::{Hash, JobId, Receipt, Transcript};

impl Caller {
	/// The outcome with its vector, compared with the receipt once that is on chain. Where the job was refunded, or where
	/// the vector is not the node's signed work, there is none.
	pub(crate) async fn with_vector(
		&self,
		quoted: &Quoted,
		mut outcome: CallOutcome,
	) -> Result<CallOutcome, CallError> {
		let job = outcome.job;
		let fetched = match outcome.transcript {
			Some(told) => self.fetch_vector(quoted, job, &told).await,
			None => Err("the node did not say that it has ended".into()),
		};
		match fetched {
			Ok((vector, check)) => {
				outcome.vector = vector;
				outcome.work_check = check;
			}
			Err(reason) => match outcome.ending {
				None | Some(Ending::Settled { .. }) => return Err(CallError::NoVector { job, reason }),
				Some(_) => {
					tracing::debug!(job, reason, "a refunded job has no vector");
					outcome.work_check = WorkCheck::Unknown(reason);
				}
			},
		}
		Ok(outcome)
	}

	/// Asks for the transcript that the receipt names; where none is seen, for the one of which the node told.
	async fn fetch_vector(
		&self,
		quoted: &Quoted,
		job: JobId,
		told: &Hash,
	) -> Result<(Option<Vec<f32>>, WorkCheck), String> {
		let receipt = self.delivered(job).await;
		let named = receipt.as_ref().map_or(*told, |receipt| receipt.transcript);
		let transcript = self.own_copy(quoted, job, named).await?;
		take(receipt, told, &transcript)
	}
}

/// The vector of a transcript that was shown, and what came of comparing it. One that is not the signed work is not
/// handed on: nobody has seen it yet, and nobody should use it.
fn take(
	receipt: Result<Receipt, String>,
	told: &Hash,
	transcript: &Transcript,
) -> Result<(Option<Vec<f32>>, WorkCheck), String> {
	let check = match receipt {
		Ok(receipt) => WorkCheck::from(compare(&receipt, transcript)),
		Err(_) if transcript.hash() != *told => {
			return Err("the node sent another transcript than it named".into());
		}
		Err(reason) => WorkCheck::Unknown(reason),
	};
	match check {
		WorkCheck::Differs(_) => Ok((None, check)),
		WorkCheck::Verified | WorkCheck::Unknown(_) => Ok((Some(vector_of(transcript)?), check)),
	}
}

/// Compares what was shown with what was delivered.
fn compare(receipt: &Receipt, transcript: &Transcript) -> Result<(), WorkFault> {
	is_delivered(receipt, transcript)?;
	ensure(
		Receipt::vector_hash(&transcript.vector) == receipt.output,
		WorkFault::Vector,
	)
}

/// The components of a transcript's vector.
fn vector_of(transcript: &Transcript) -> Result<Vec<f32>, String> {
	let vector: Vec<f32> = transcript
		.vector
		.iter()
		.map(|bits| f32::from_bits(*bits))
		.collect();
	if vector.is_empty() || vector.iter().any(|component| !component.is_finite()) {
		return Err("the transcript holds no vector of numbers".into());
	}
	Ok(vector)
}

#[cfg(test)]
mod tests {
	use super::*;
	use receipt::{CheckKind, JobInput, Sampling, StopReason, Task, fingerprint::Fingerprint};

	fn transcript(vector: &[f32]) -> Transcript {
		Transcript {
			job: 4,
			input: JobInput {
				workflow: 1,
				version: 1,
				task: Task::Embedding,
				caller: [1; 32],
				prompt: b"a text".to_vec(),
				max_tokens: 0,
				sampling: Sampling::GREEDY,
				nonce: [2; 32],
				salt: [3; 32],
			},
			prompt: vec![0, 5],
			answer: Vec::new(),
			text: Transcript::text_hash(""),
			seed: [4; 32],
			fingerprint: Fingerprint { chunks: Vec::new() },
			vector: vector.iter().map(|component| component.to_bits()).collect(),
		}
	}

	fn receipt(transcript: &Transcript) -> Receipt {
		Receipt {
			job: transcript.job,
			check: CheckKind::VectorRecompute {
				cosine_ppm: 999_998,
				max_abs_ppm: 60,
			},
			pair: [5; 32],
			request: [6; 32],
			output: Receipt::vector_hash(&transcript.vector),
			transcript: transcript.hash(),
			tokens_in: 2,
			tokens_out: 0,
			sampling: Sampling::GREEDY,
			stop: StopReason::EndOfText,
			fingerprint: transcript.fingerprint.root(),
			sealed_canary: [0; 32],
		}
	}

	#[test]
	fn the_vector_of_the_receipt_is_taken_whatever_the_node_told() {
		let transcript = transcript(&[0.6, -0.8]);
		for told in [transcript.hash(), [9; 32]] {
			assert_eq!(
				take(Ok(receipt(&transcript)), &told, &transcript),
				Ok((Some(vec![0.6, -0.8]), WorkCheck::Verified))
			);
		}
	}

	#[test]
	fn a_vector_that_is_not_the_receipts_output_is_not_handed_on() {
		let honest = transcript(&[0.6, -0.8]);
		let told = honest.hash();
		let differs = |fault| -> Result<(Option<Vec<f32>>, WorkCheck), String> {
			Ok((None, WorkCheck::Differs(fault)))
		};
		// The receipt names this transcript, and the hash of another vector.
		let mut other = receipt(&honest);
		other.output = Receipt::vector_hash(&transcript(&[0.8, -0.6]).vector);
		assert_eq!(take(Ok(other), &told, &honest), differs(WorkFault::Vector));
		// A vector is no answer's tokens, though both are lists of numbers.
		let mut other = receipt(&honest);
		other.output = Receipt::output_hash(&honest.vector);
		assert_eq!(take(Ok(other), &told, &honest), differs(WorkFault::Vector));
		// A transcript with another vector, or with none, is not the one on chain, even where the node told of it.
		for shown in [transcript(&[0.8, -0.6]), transcript(&[])] {
			assert_eq!(
				take(Ok(receipt(&honest)), &shown.hash(), &shown),
				differs(WorkFault::Transcript)
			);
		}
		let mut other = receipt(&honest);
		other.job += 1;
		assert_eq!(take(Ok(other), &told, &honest), differs(WorkFault::Transcript));
	}

	#[test]
	fn without_a_receipt_only_the_transcript_that_was_named_is_taken() {
		let transcript = transcript(&[0.6, -0.8]);
		let none = || Err("no receipt yet".to_owned());
		assert_eq!(
			take(none(), &transcript.hash(), &transcript),
			Ok((Some(vec![0.6, -0.8]), WorkCheck::Unknown("no receipt yet".into())))
		);
		assert!(take(none(), &[9; 32], &transcript).is_err());
	}

	#[test]
	fn a_vector_is_numbers() {
		assert_eq!(vector_of(&transcript(&[0.6, -0.8])), Ok(vec![0.6, -0.8]));
		for bad in [&[][..], &[f32::NAN], &[1.0, f32::INFINITY]] {
			assert!(vector_of(&transcript(bad)).is_err(), "{bad:?}");
		}
	}
}

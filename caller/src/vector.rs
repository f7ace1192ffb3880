//! The vector of a call: from the caller's copy of the transcript. It is the one that auditors check, if the receipt
//! names the same; that is looked at where the receipt is on chain already.

use crate::{
	call::{Caller, Quoted},
	event::{CallError, CallOutcome, Ending},
};
use chain_client::At;
use peer_network::{Request, Requester, Response, TranscriptRequest, seal};
use receipt::{Hash, JobId, Transcript};
use std::time::Duration;

/// How often the transcript is asked for before giving up: one exchange may break.
const ATTEMPTS: u32 = 4;
/// How long to wait between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

impl Caller {
	/// The outcome with its vector. Where the job was refunded it may be missing.
	pub(crate) async fn with_vector(
		&self,
		quoted: &Quoted,
		mut outcome: CallOutcome,
	) -> Result<CallOutcome, CallError> {
		let job = outcome.job;
		let fetched = match outcome.transcript {
			Some(hash) => match self.check_receipt(job, &hash).await {
				Ok(()) => self.fetch_transcript(quoted, job, hash).await,
				Err(reason) => Err(reason),
			},
			None => Err("the node did not say that it has ended".into()),
		};
		match fetched.and_then(|transcript| vector_of(&transcript)) {
			Ok(vector) => outcome.vector = Some(vector),
			Err(reason) => match outcome.ending {
				None | Some(Ending::Settled { .. }) => return Err(CallError::NoVector { job, reason }),
				Some(_) => tracing::debug!(job, reason, "a refunded job has no vector"),
			},
		}
		Ok(outcome)
	}

	/// Whether the receipt, where it is on chain already, names this transcript.
	async fn check_receipt(&self, job: JobId, hash: &Hash) -> Result<(), String> {
		let read = async { self.chain.view(At::Best).await?.job(job).await };
		let delivery = match read.await {
			Ok(record) => record.and_then(|record| record.delivery),
			Err(error) => {
				tracing::debug!(job, %error, "the receipt cannot be looked at");
				return Ok(());
			}
		};
		match delivery {
			Some(delivery) if delivery.receipt.transcript != *hash => {
				Err("the receipt on chain names another transcript than the node does".into())
			}
			_ => Ok(()),
		}
	}

	async fn fetch_transcript(&self, quoted: &Quoted, job: JobId, hash: Hash) -> Result<Transcript, String> {
		let request = TranscriptRequest {
			genesis: quoted.ticket.genesis,
			job,
			transcript: hash,
			requester: Requester::Caller,
		};
		let addresses = quoted.node.advertisement.addresses();
		let mut reason = String::new();
		for attempt in 0..ATTEMPTS {
			if attempt > 0 {
				tokio::time::sleep(PAUSE).await;
			}
			let request = Request::Transcript(request.clone());
			let answer = self
				.network
				.request(&quoted.node.keys.peer, &addresses, request)
				.await;
			reason = match answer {
				Ok(Response::Transcript(sealed)) => match opened(&quoted.reply_secret, &sealed, &hash) {
					Ok(transcript) => return Ok(transcript),
					Err(reason) => reason,
				},
				Ok(Response::Refused(refusal)) => refusal.to_string(),
				Ok(_) => "the node answered something else than a transcript".into(),
				Err(error) => error.to_string(),
			};
		}
		Err(reason)
	}
}

/// The transcript in a sealed answer, if it is the one with this hash.
fn opened(secret: &[u8; 32], sealed: &[u8], hash: &Hash) -> Result<Transcript, String> {
	let transcript: Transcript = seal::open(secret, sealed).map_err(|error| error.to_string())?;
	if transcript.hash() == *hash {
		Ok(transcript)
	} else {
		Err("the node sent another transcript than it named".into())
	}
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
	use receipt::{JobInput, Sampling, Task, fingerprint::Fingerprint};

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

	#[test]
	fn only_the_transcript_that_was_named_is_opened() {
		let secret = seal::new_secret();
		let transcript = transcript(&[0.6, -0.8]);
		let sealed = seal::seal(&seal::public_key(&secret), &transcript);
		assert_eq!(
			opened(&secret, &sealed, &transcript.hash()),
			Ok(transcript.clone())
		);
		assert!(opened(&secret, &sealed, &[9; 32]).is_err());
		assert!(opened(&seal::new_secret(), &sealed, &transcript.hash()).is_err());
	}

	#[test]
	fn a_vector_is_numbers() {
		assert_eq!(vector_of(&transcript(&[0.6, -0.8])), Ok(vec![0.6, -0.8]));
		for bad in [&[][..], &[f32::NAN], &[1.0, f32::INFINITY]] {
			assert!(vector_of(&transcript(bad)).is_err(), "{bad:?}");
		}
	}
}

//! Whether the words that a caller was told are those that the node answers for.
//!
//! Auditors see tokens, a caller sees words. The transcript, whose hash stands on chain, holds both: the tokens, and
//! the hash of their text, which every audit compares. So a caller that fetches its copy of the transcript knows
//! whether it was told what the node is paid for, without a model of its own.

use crate::{
	call::{Caller, Quoted},
	event::CallOutcome,
};
use chain_client::{At, ChainClient, JobId};
use peer_network::{Request, Requester, Response, TranscriptRequest, seal};
use receipt::{Receipt, Transcript};
use std::time::{Duration, Instant};

/// How long after the answer the receipt may take to be in a block.
const DELIVERY: Duration = Duration::from_secs(30);
/// How often the transcript is asked for.
const ATTEMPTS: usize = 3;
/// How long to wait before looking or asking again.
const PAUSE: Duration = Duration::from_millis(500);

/// What came of comparing the streamed text with the transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextCheck {
	/// It is the text of the transcript whose hash the node put on chain.
	Verified,
	/// It is not. The node may be paid all the same: what it delivered is in order, or will be found not to be.
	Differs(TextFault),
	/// It could not be compared, for this reason.
	Unknown(String),
}

impl TextCheck {
	/// The same for programs; nothing where it could not be compared.
	pub fn verified(&self) -> Option<bool> {
		match self {
			Self::Verified => Some(true),
			Self::Differs(_) => Some(false),
			Self::Unknown(_) => None,
		}
	}
}

/// In what the streamed text, the transcript and the receipt on chain differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
	/// Another transcript.
	#[error("the transcript that it shows is not the one whose hash it put on chain")]
	Transcript,
	/// Other tokens.
	#[error("the tokens of its transcript are not those of its receipt on chain")]
	Output,
	/// Other words.
	#[error("the words that it streamed are not those of its transcript")]
	Text,
}

/// Compares what was told with what was delivered.
pub(crate) fn compare(receipt: &Receipt, transcript: &Transcript, text: &str) -> Result<(), TextFault> {
	let ensure = |holds: bool, fault| if holds { Ok(()) } else { Err(fault) };
	ensure(
		transcript.hash() == receipt.transcript && transcript.job == receipt.job,
		TextFault::Transcript,
	)?;
	ensure(
		Receipt::output_hash(&transcript.answer) == receipt.output,
		TextFault::Output,
	)?;
	ensure(transcript.text == Transcript::text_hash(text), TextFault::Text)
}

impl Caller {
	/// Compares the text of a call with the transcript, once the receipt is on chain.
	pub(crate) async fn check_text(&self, quoted: &Quoted, outcome: &CallOutcome) -> TextCheck {
		if outcome.done.is_none() {
			return TextCheck::Unknown("the answer did not come whole over the network".into());
		}
		let compared = async {
			let receipt = self.delivered(outcome.job).await?;
			let transcript = self.own_copy(quoted, &receipt).await?;
			Ok::<_, String>(compare(&receipt, &transcript, &outcome.text))
		};
		match compared.await {
			Ok(Ok(())) => TextCheck::Verified,
			Ok(Err(fault)) => TextCheck::Differs(fault),
			Err(reason) => TextCheck::Unknown(reason),
		}
	}

	/// The receipt of a job. A block that is not final suffices: the chain takes no receipt that the node did not sign.
	async fn delivered(&self, job: JobId) -> Result<Receipt, String> {
		let (began, mut chain) = (Instant::now(), self.chain.clone());
		loop {
			let found = match chain.view(At::Best).await {
				Ok(view) => view.job(job).await,
				Err(error) => Err(error),
			};
			let missing = match found {
				Ok(Some(found)) => match found.delivery {
					Some(delivery) => return Ok(delivery.receipt.0),
					None if found.state.ended_at().is_some() => {
						return Err("the job has ended without a receipt".into());
					}
					None => "the node has put no receipt on chain yet".to_owned(),
				},
				Ok(None) => "the chain does not show the job".to_owned(),
				Err(error) => {
					if let Ok(again) = ChainClient::connect(self.chain.url()).await {
						chain = again;
					}
					error.to_string()
				}
			};
			if began.elapsed() > DELIVERY {
				return Err(missing);
			}
			tokio::time::sleep(PAUSE).await;
		}
	}

	/// The caller's copy of the transcript, sealed to the key of its quote.
	async fn own_copy(&self, quoted: &Quoted, receipt: &Receipt) -> Result<Transcript, String> {
		let request = TranscriptRequest {
			genesis: quoted.ticket.genesis,
			job: receipt.job,
			transcript: receipt.transcript,
			requester: Requester::Caller,
		};
		let addresses = quoted.node.advertisement.addresses();
		let mut reason = String::new();
		for attempt in 0..ATTEMPTS {
			if attempt > 0 {
				tokio::time::sleep(PAUSE).await;
			}
			let request = Request::Transcript(request.clone());
			let asked = self.network.request(&quoted.node.keys.peer, &addresses, request);
			reason = match asked.await {
				Ok(Response::Transcript(sealed)) => match seal::open(&quoted.reply_secret, &sealed) {
					Ok(transcript) => return Ok(transcript),
					Err(error) => error.to_string(),
				},
				Ok(Response::Refused(refusal)) => refusal.to_string(),
				Ok(_) => "the node answers something else".to_owned(),
				Err(error) => error.to_string(),
			};
		}
		Err(format!("the node shows no transcript: {reason}"))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use receipt::{CheckKind, JobInput, Sampling, StopReason, Task, fingerprint::Fingerprint};

	const TEXT: &str = " there was light";

	fn transcript() -> Transcript {
		Transcript {
			job: 9,
			input: JobInput {
				workflow: 1,
				version: 1,
				task: Task::Text,
				caller: [1; 32],
				prompt: b"And".to_vec(),
				max_tokens: 3,
				sampling: Sampling::GREEDY,
				nonce: [2; 32],
				salt: [3; 32],
			},
			prompt: vec![5],
			answer: vec![6, 7, 8],
			text: Transcript::text_hash(TEXT),
			seed: [4; 32],
			fingerprint: Fingerprint {
				chunks: vec![vec![1, 2, 3, 4]],
			},
			vector: Vec::new(),
		}
	}

	fn receipt(transcript: &Transcript) -> Receipt {
		Receipt {
			job: transcript.job,
			check: CheckKind::TokenPrefill,
			pair: [5; 32],
			request: [6; 32],
			output: Receipt::output_hash(&transcript.answer),
			transcript: transcript.hash(),
			tokens_in: 1,
			tokens_out: 3,
			sampling: Sampling::GREEDY,
			stop: StopReason::Length,
			fingerprint: transcript.fingerprint.root(),
			sealed_canary: [0; 32],
		}
	}

	#[test]
	fn what_was_told_is_what_was_delivered() {
		let transcript = transcript();
		assert_eq!(compare(&receipt(&transcript), &transcript, TEXT), Ok(()));
	}

	#[test]
	fn other_words_are_found_whatever_the_node_shows() {
		let honest = transcript();
		for told in ["", " there was ligh", " there was light ", " There was light"] {
			let compared = compare(&receipt(&honest), &honest, told);
			assert_eq!(compared, Err(TextFault::Text), "{told:?}");
		}
		// A transcript made to fit the words is not the one on chain.
		let mut made = transcript();
		made.text = Transcript::text_hash(" there was none");
		let compared = compare(&receipt(&honest), &made, " there was none");
		assert_eq!(compared, Err(TextFault::Transcript));
	}

	#[test]
	fn a_transcript_of_other_tokens_or_of_another_job_is_found() {
		let honest = transcript();
		let mut other = receipt(&honest);
		other.output = [9; 32];
		assert_eq!(compare(&other, &honest, TEXT), Err(TextFault::Output));
		let mut other = receipt(&honest);
		other.job += 1;
		assert_eq!(compare(&other, &honest, TEXT), Err(TextFault::Transcript));
	}
}

//! Whether the words that a caller was told are those that the node answers for.
//!
//! Auditors see tokens, a caller sees words. The transcript, whose hash stands on chain, holds both: the tokens, and
//! the hash of their text, which every audit compares. So a caller that fetches its copy of the transcript knows
//! whether it was told what the node is paid for, without a model of its own.

use crate::{
	call::{Caller, Quoted},
	event::CallOutcome,
	work::{WorkCheck, WorkFault, ensure, is_delivered},
};
use receipt::{Receipt, Transcript};

/// Compares what was told with what was delivered.
fn compare(receipt: &Receipt, transcript: &Transcript, text: &str) -> Result<(), WorkFault> {
	is_delivered(receipt, transcript)?;
	ensure(
		Receipt::output_hash(&transcript.answer) == receipt.output,
		WorkFault::Output,
	)?;
	ensure(transcript.text == Transcript::text_hash(text), WorkFault::Text)
}

impl Caller {
	/// Compares the text of a call with the transcript, once the receipt is on chain.
	pub(crate) async fn check_text(&self, quoted: &Quoted, outcome: &CallOutcome) -> WorkCheck {
		if outcome.done.is_none() {
			return WorkCheck::Unknown("the answer did not come whole over the network".into());
		}
		let compared = async {
			let receipt = self.delivered(outcome.job).await?;
			let transcript = self.own_copy(quoted, receipt.job, receipt.transcript).await?;
			Ok::<_, String>(compare(&receipt, &transcript, &outcome.text))
		};
		compared.await.map_or_else(WorkCheck::Unknown, WorkCheck::from)
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
			assert_eq!(compared, Err(WorkFault::Text), "{told:?}");
		}
		// A transcript made to fit the words is not the one on chain.
		let mut made = transcript();
		made.text = Transcript::text_hash(" there was none");
		let compared = compare(&receipt(&honest), &made, " there was none");
		assert_eq!(compared, Err(WorkFault::Transcript));
	}

	#[test]
	fn a_transcript_of_other_tokens_or_of_another_job_is_found() {
		let honest = transcript();
		let mut other = receipt(&honest);
		other.output = [9; 32];
		assert_eq!(compare(&other, &honest, TEXT), Err(WorkFault::Output));
		let mut other = receipt(&honest);
		other.job += 1;
		assert_eq!(compare(&other, &honest, TEXT), Err(WorkFault::Transcript));
	}
}

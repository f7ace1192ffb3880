//! Tests by topic.

mod hook;
mod planner;
mod protocol;

use receipt::{CheckKind, Receipt, Sampling, StopReason};

/// A receipt for a job.
fn receipt_for(job: u64) -> Receipt {
	Receipt {
		job,
		check: CheckKind::TokenPrefill,
		pair: [1; 32],
		request: [2; 32],
		output: [3; 32],
		transcript: [4; 32],
		tokens_in: 5,
		tokens_out: 6,
		sampling: Sampling::GREEDY,
		stop: StopReason::EndOfText,
		fingerprint: [7; 32],
		sealed_canary: [0; 32],
	}
}

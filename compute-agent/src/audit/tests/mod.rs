//! Audits of runs that wrote text, by topic: honest ones pass, and every way to be paid for another one does not.

mod forgeries;
mod honest_nodes;
mod structure;
mod traces;

use super::{AuditTask, Bands, audit, fed_tokens};
use crate::{
	engine::{Engine, States, record},
	selftest::honest_run,
};
use receipt::{JobId, JobInput, Receipt, Sampling, StopReason, Transcript, Verdict};

const WARM: Sampling = Sampling {
	temperature_milli: 800,
	top_k: 40,
};

fn input(prompt: &str, sampling: Sampling, max_tokens: u32) -> JobInput {
	JobInput {
		workflow: 7,
		version: 1,
		task: receipt::Task::Text,
		caller: [1; 32],
		prompt: prompt.as_bytes().to_vec(),
		max_tokens,
		sampling,
		nonce: [2; 32],
		salt: [3; 32],
	}
}

fn honest(engine: &dyn Engine, job: JobId, input: JobInput) -> (AuditTask, Transcript) {
	honest_run(engine, job, input)
		.expect("the model runs")
		.expect("nobody stops it")
}

/// Runs until an answer has no early end, so that it can be tampered with.
fn long_run(engine: &dyn Engine, sampling: Sampling, tokens: u32) -> (AuditTask, Transcript) {
	(0..50)
		.map(|job| honest(engine, job, input("the other one", sampling, tokens)))
		.find(|(task, _)| task.receipt.stop == StopReason::Length)
		.expect("not every answer ends early")
}

fn verdict(engine: &dyn Engine, task: &AuditTask, transcript: &Transcript) -> Verdict {
	audit(engine, task, transcript, &Bands::CPU).expect("same pair").0
}

/// Makes the receipt fit the transcript again, as a cheating node would.
fn reseal(task: &mut AuditTask, transcript: &Transcript) {
	let receipt = &mut task.receipt;
	receipt.request = Receipt::request_hash(&task.ticket, &transcript.prompt);
	receipt.output = Receipt::output_hash(&transcript.answer);
	receipt.tokens_in = transcript.prompt.len() as u32;
	receipt.tokens_out = transcript.answer.len() as u32;
	receipt.fingerprint = transcript.fingerprint.root();
	receipt.transcript = transcript.hash();
}

/// Makes the text that of the answer's tokens again.
fn retell(engine: &dyn Engine, transcript: &mut Transcript) {
	transcript.text = record::text_hash(engine, &transcript.answer);
}

/// The true states of a transcript's text, with `engine`.
fn states(engine: &dyn Engine, transcript: &Transcript) -> States {
	let fed = fed_tokens(transcript);
	engine
		.prefill(&fed, fed.len(), &mut |_, _| ())
		.expect("the model runs")
}

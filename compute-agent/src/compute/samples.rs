//! Small values for tests.

use crate::compute::core::{Answer, TicketRecord};
use receipt::{
	CheckKind, JobId, JobInput, Price, Receipt, Sampling, StopReason, Task, Ticket, Tier, Transcript,
	fingerprint::Fingerprint,
};

pub(crate) fn record(number: u8) -> TicketRecord {
	let input = JobInput {
		workflow: 1,
		version: 0,
		task: Task::Text,
		caller: [7; 32],
		prompt: b"once upon".to_vec(),
		max_tokens: 4,
		sampling: Sampling::GREEDY,
		nonce: [number; 32],
		salt: [2; 32],
	};
	let ticket = Ticket {
		genesis: [1; 32],
		node: [8; 32],
		caller: input.caller,
		workflow: 1,
		version: 0,
		terms: 0,
		input: input.commitment(),
		pair: [3; 32],
		check: CheckKind::TokenPrefill,
		tier: Tier::Replicated,
		prompt_tokens: 2,
		max_tokens: 4,
		node_price: Price::default(),
		fee: 100,
		nonce: input.nonce,
		expires_at: 20,
	};
	TicketRecord {
		ticket,
		signature: [4; 64],
		input,
		prompt: vec![10, 11],
		reply_key: [6; 32],
		follow_secret: [9; 32],
	}
}

pub(crate) fn transcript(job: JobId, record: &TicketRecord) -> Transcript {
	Transcript {
		job,
		input: record.input.clone(),
		prompt: record.prompt.clone(),
		answer: vec![12, 13, 0],
		text: Transcript::text_hash(" a time"),
		seed: [5; 32],
		fingerprint: Fingerprint {
			chunks: vec![vec![1, 2, 3]],
		},
		vector: Vec::new(),
	}
}

pub(crate) fn receipt(job: JobId, record: &TicketRecord) -> Receipt {
	let transcript = transcript(job, record);
	Receipt {
		job,
		check: record.ticket.check,
		pair: record.ticket.pair,
		request: Receipt::request_hash(&record.ticket.hash(), &record.prompt),
		output: Receipt::output_hash(&transcript.answer),
		transcript: transcript.hash(),
		tokens_in: 2,
		tokens_out: 3,
		sampling: record.input.sampling,
		stop: StopReason::EndOfText,
		fingerprint: transcript.fingerprint.root(),
		sealed_canary: [0; 32],
	}
}

pub(crate) fn answer() -> Answer {
	Answer {
		text: " a time".into(),
		stop: StopReason::EndOfText,
		tokens_in: 2,
		tokens_out: 3,
		transcript: [9; 32],
	}
}

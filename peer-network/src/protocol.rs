//! What peers say to each other.

use ::codec::{Decode, Encode};
use receipt::{
	Account, Hash, JobId, JobInput, Signature, StopReason, Ticket, Tier,
	hash::{Domain, hash},
};

/// The name and version of the protocol.
pub const PROTOCOL: &str = "/hai-net/1";

/// The largest request, in bytes.
pub const MAX_REQUEST_BYTES: u64 = 256 * 1024;

/// The largest response, in bytes. A transcript of 32,768 tokens has about 400 kB.
pub const MAX_RESPONSE_BYTES: u64 = 4 * 1024 * 1024;

/// What one peer asks of another.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Request {
	/// What would this call cost? Answered by [`Response::Quoted`].
	#[codec(index = 0)]
	Quote {
		/// A [`QuoteRequest`], sealed to the node's encryption key.
		sealed: Vec<u8>,
	},
	/// How far is the run of this ticket? Answered by [`Response::Followed`] as soon as there is
	/// something new, or after about a second. Only the caller can read the answer, and only the caller may
	/// ask: the length of a sealed text would tell others how long each word is.
	#[codec(index = 1)]
	Follow {
		/// The hash of the ticket.
		ticket: Hash,
		/// The [`QuoteRequest::follow_secret`] of the ticket's quote.
		secret: [u8; 32],
		/// How many bytes of the answer's text the caller already has.
		from: u64,
	},
	/// The record of a run. Answered by [`Response::Transcript`].
	#[codec(index = 2)]
	Transcript(TranscriptRequest),
}

/// What one peer answers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Response {
	/// The node offers to run it.
	#[codec(index = 0)]
	Quoted {
		/// The offer.
		ticket: Ticket,
		/// The node's audit key over [`Ticket::hash`].
		signature: Signature,
	},
	/// A [`Followed`], sealed to the reply key that came with the quote's request.
	#[codec(index = 1)]
	Followed(Vec<u8>),
	/// A [`receipt::Transcript`], sealed to the reply key (caller) or to the encryption key on chain (auditor).
	#[codec(index = 2)]
	Transcript(Vec<u8>),
	/// No, and why.
	#[codec(index = 3)]
	Refused(Refusal),
}

/// Why a peer refuses.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, thiserror::Error)]
pub enum Refusal {
	/// All that it can run is promised, or too many requests wait.
	#[codec(index = 0)]
	#[error("the peer is busy: try again in {retry_after} s, or another one")]
	Busy {
		/// Seconds after which it may have room again.
		retry_after: u32,
	},
	/// The request could not be opened or decoded, or is out of bounds.
	#[codec(index = 1)]
	#[error("the peer cannot read the request: {0}")]
	Malformed(String),
	/// The peer follows another chain.
	#[codec(index = 2)]
	#[error("the peer serves the chain with genesis {0:02x?}")]
	WrongChain(Hash),
	/// The peer does not run this workflow.
	#[codec(index = 3)]
	#[error("the node does not serve this workflow: {0}")]
	NotServed(String),
	/// Prompt and answer together are too long.
	#[codec(index = 4)]
	#[error("{tokens} tokens, but the node takes at most {limit}")]
	TooLong {
		/// Tokens of prompt and answer.
		tokens: u32,
		/// The most the node takes.
		limit: u32,
	},
	/// The ticket or the transcript is not known here (any more).
	#[codec(index = 5)]
	#[error("the peer does not have it")]
	NotFound,
	/// Who asks is not entitled to it.
	#[codec(index = 6)]
	#[error("not entitled: {0}")]
	NotEntitled(String),
	/// The peer does no such thing.
	#[codec(index = 7)]
	#[error("the peer does not serve such requests")]
	NotServing,
	/// The peer failed.
	#[codec(index = 8)]
	#[error("the peer failed: {0}")]
	Failed(String),
}

/// A call that somebody wants to have run. Only the chosen node can read it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct QuoteRequest {
	/// The chain, by its genesis hash.
	pub genesis: Hash,
	/// What to run.
	pub input: JobInput,
	/// Who shall check it.
	pub tier: Tier,
	/// The x25519 key to which the answer is sealed. A fresh one for each call.
	pub reply_key: [u8; 32],
	/// Random bytes by which the node knows who may follow the run. Fresh ones for each call.
	pub follow_secret: [u8; 32],
	/// The key of the caller's account over [`QuoteRequest::caller_message`]: what a node promises to an account nobody
	/// else can use up.
	pub signature: Signature,
}

impl QuoteRequest {
	/// What a caller signs to ask a node for a ticket. Another node can do nothing with it. The words before the hash keep
	/// it apart from everything else that an account signs.
	pub fn caller_message(genesis: &Hash, node: &Account, input: &Hash) -> Vec<u8> {
		let named = hash(Domain::Peer, &(b"quote", genesis, node, input));
		[b"hai-net asks for a ticket: ".as_slice(), &named].concat()
	}
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Followed {
	/// The job, once the node has seen the request in a finalized block.
	pub job: Option<JobId>,
	/// The part of the answer's text that begins at the `from` of the request; it ends between characters.
	pub text: String,
	/// The state after this text.
	pub state: RunState,
}

/// The state of a run, as its node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum RunState {
	/// The request is not in a finalized block yet, or all slots are taken.
	#[codec(index = 0)]
	Waiting,
	/// Tokens are being made.
	#[codec(index = 1)]
	Running {
		/// Tokens of the answer so far.
		tokens: u32,
	},
	/// The run has ended; the receipt is delivered or on its way.
	#[codec(index = 2)]
	Done {
		/// Why it ended.
		stop: StopReason,
		/// Tokens of the prompt.
		tokens_in: u32,
		/// Tokens of the answer.
		tokens_out: u32,
		/// The hash of the transcript, by which the caller can fetch its copy.
		transcript: Hash,
	},
	/// There will be no answer; the fee comes back when the job times out or is cancelled.
	#[codec(index = 3)]
	Failed {
		/// Why.
		reason: String,
	},
}

impl RunState {
	/// Whether nothing more will come.
	pub fn is_final(&self) -> bool {
		matches!(self, Self::Done { .. } | Self::Failed { .. })
	}
}

/// A request for the record of a run.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TranscriptRequest {
	/// The chain, by its genesis hash.
	pub genesis: Hash,
	/// The job.
	pub job: JobId,
	/// The hash of the transcript, from the receipt.
	pub transcript: Hash,
	/// Who asks, which decides to whom the answer is sealed.
	pub requester: Requester,
}

/// Who asks for a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Requester {
	/// The caller. The answer is sealed to the reply key of its quote, so it needs no signature.
	#[codec(index = 0)]
	Caller,
	/// A drawn auditor. The answer is sealed to the encryption key that stands on chain.
	#[codec(index = 1)]
	Auditor {
		/// The auditor's account.
		account: Account,
		/// A recent block of the asker's; old requests are refused.
		at: u32,
		/// The auditor's audit key over [`TranscriptRequest::auditor_message`].
		signature: Signature,
	},
}

impl TranscriptRequest {
	/// What an auditor signs to ask for a transcript.
	pub fn auditor_message(
		genesis: &Hash,
		job: JobId,
		transcript: &Hash,
		account: &Account,
		at: u32,
	) -> Hash {
		hash(
			Domain::Peer,
			&(b"transcript", genesis, job, transcript, account, at),
		)
	}
}

//! Input, ticket and receipt of a job.

use crate::{
	Account, Hash, JobId, Planck, Sampling, Signature, Token, WorkflowId,
	hash::{Domain, hash},
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The hash of a [pair](Domain::Pair): model, tokenizer, chat template, engine build, instruction
/// set, cache type. Two runs are compared only within one pair.
pub type PairKey = Hash;

/// Who checks a job, and who may read its prompt because of it.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Tier {
	/// Only the chosen node reads it; nobody checks it; it earns no badge.
	#[codec(index = 0)]
	Private,
	/// Audited by chance.
	#[codec(index = 1)]
	Sampled,
	/// Always audited, by a whole committee.
	#[codec(index = 2)]
	Replicated,
	/// Proved by a zero-knowledge proof.
	#[codec(index = 3)]
	Proved,
}

/// How such work is checked.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum CheckKind {
	/// Not at all: it earns no verified run.
	#[codec(index = 0)]
	None,
	/// Text: one prefill over prompt and answer, fingerprint and sampled tokens compared.
	#[codec(index = 1)]
	TokenPrefill,
	/// Vectors: one prefill over the prompt, fingerprint compared, and the vector's distance within these bounds.
	#[codec(index = 2)]
	VectorRecompute {
		/// The smallest cosine similarity, in millionths.
		cosine_ppm: u32,
		/// The largest absolute difference of one component, in millionths.
		max_abs_ppm: u32,
	},
	/// Images and audio: the trajectory of the latents.
	#[codec(index = 3)]
	LatentTrajectory,
	/// Training: segments computed again.
	#[codec(index = 4)]
	TrainingSegments,
	/// Computed again, equal to the bit.
	#[codec(index = 5)]
	BitExact,
	/// Proved.
	#[codec(index = 6)]
	Zk,
}

/// What is asked of a model.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Task {
	/// An answer in tokens.
	#[default]
	#[codec(index = 0)]
	Text,
	/// One vector for the whole prompt, of unit length.
	#[codec(index = 1)]
	Embedding,
}

impl Task {
	/// Whether work that is checked so is of this kind, whatever its bounds.
	pub fn is_checked_by(self, check: &CheckKind) -> bool {
		match self {
			Self::Text => *check == CheckKind::TokenPrefill,
			Self::Embedding => matches!(check, CheckKind::VectorRecompute { .. }),
		}
	}
}

/// Why an answer ended.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum StopReason {
	/// The model wrote its end-of-text token; or a vector was asked for, and the whole prompt was read.
	#[codec(index = 0)]
	EndOfText,
	/// The limit of the ticket was reached.
	#[codec(index = 1)]
	Length,
	/// The caller stopped it, and says so with its signature over the last chunk.
	#[codec(index = 2)]
	Aborted(Signature),
}

/// A price that grows with the tokens of prompt and answer together.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Price {
	/// For any call.
	pub base: Planck,
	/// For each token.
	pub per_token: Planck,
}

impl Price {
	/// The price of so many tokens; saturates at the largest sum there is.
	pub fn of(&self, tokens: u32) -> Planck {
		self.base
			.saturating_add(self.per_token.saturating_mul(Planck::from(tokens)))
	}
}

/// What a caller asks of a node. It travels sealed to that node, and is never on chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct JobInput {
	/// The workflow to run.
	pub workflow: WorkflowId,
	/// Its version.
	pub version: u32,
	/// What is asked of the model.
	pub task: Task,
	/// The account that will pay.
	pub caller: Account,
	/// The prompt as the model reads it, in UTF-8.
	pub prompt: Vec<u8>,
	/// How many tokens the answer may have; zero for a vector.
	pub max_tokens: u32,
	/// How tokens are chosen.
	pub sampling: Sampling,
	/// The caller's share of the sampling seed.
	pub nonce: [u8; 32],
	/// Keeps a short prompt from being guessed out of its commitment.
	pub salt: [u8; 32],
}

impl JobInput {
	/// What the chain knows of the input: the caller can show later what it asked, and nobody can
	/// guess it before.
	pub fn commitment(&self) -> Hash {
		hash(Domain::Input, self)
	}
}

/// A node's signed offer to run one committed input. The `request` on chain carries it, so that no
/// node is ever answerable for a prompt it never got.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Ticket {
	/// The chain, by its genesis hash.
	pub genesis: Hash,
	/// The node that offers.
	pub node: Account,
	/// The only account that may use the ticket.
	pub caller: Account,
	/// The workflow.
	pub workflow: WorkflowId,
	/// Its version.
	pub version: u32,
	/// The version of the terms under which the price was made.
	pub terms: u32,
	/// The commitment to the [`JobInput`].
	pub input: Hash,
	/// The pair on which the node will run it.
	pub pair: PairKey,
	/// How the work can be checked.
	pub check: CheckKind,
	/// Who checks it.
	pub tier: Tier,
	/// Tokens of the prompt.
	pub prompt_tokens: u32,
	/// Tokens that the answer may have; zero for a vector.
	pub max_tokens: u32,
	/// What the node itself asks, where the workflow's price lets it ask (`CostPlus`).
	pub node_price: Price,
	/// What the whole call costs at most; held at the request, and what is not used is returned.
	pub fee: Planck,
	/// The caller's share of the sampling seed.
	pub nonce: [u8; 32],
	/// The last block in which a request may use it.
	pub expires_at: u32,
}

impl Ticket {
	/// What the node signs, and what names the ticket: it can be used once.
	pub fn hash(&self) -> Hash {
		hash(Domain::Ticket, self)
	}
}

/// What a node puts on chain when a run has ended.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Receipt {
	/// The job.
	pub job: JobId,
	/// How it is checked.
	pub check: CheckKind,
	/// The pair on which it ran.
	pub pair: PairKey,
	/// The hash of ticket and prompt tokens, see [`Receipt::request_hash`].
	pub request: Hash,
	/// The hash of the answer's tokens, see [`Receipt::output_hash`], or of the vector, see [`Receipt::vector_hash`].
	pub output: Hash,
	/// The hash of the [`Transcript`](crate::Transcript), under which it is stored and fetched.
	pub transcript: Hash,
	/// Tokens of the prompt.
	pub tokens_in: u32,
	/// Tokens of the answer; zero for a vector.
	pub tokens_out: u32,
	/// How tokens were chosen.
	pub sampling: Sampling,
	/// Why the answer ended.
	pub stop: StopReason,
	/// The root over the fingerprint's chunks.
	pub fingerprint: Hash,
	/// A sealed field that every receipt has, so that those with a planted fault cannot be told apart.
	pub sealed_canary: [u8; 32],
}

impl Receipt {
	/// What the node signs, and what attestations name.
	pub fn hash(&self) -> Hash {
		hash(Domain::Receipt, self)
	}

	/// The hash of a ticket and the prompt's tokens.
	pub fn request_hash(ticket: &Hash, prompt: &[Token]) -> Hash {
		hash(Domain::Request, &(ticket, prompt))
	}

	/// The hash of an answer's tokens.
	pub fn output_hash(answer: &[Token]) -> Hash {
		hash(Domain::Output, answer)
	}

	/// The hash of a vector's components, as the bits of f32.
	pub fn vector_hash(vector: &[u32]) -> Hash {
		hash(Domain::Vector, vector)
	}
}

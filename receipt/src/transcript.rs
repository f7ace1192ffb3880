//! The record of a run, from which anyone with the model can check it.

use crate::{
	Hash, JobId, JobInput, Token,
	fingerprint::Fingerprint,
	hash::{Domain, hash},
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// Everything an auditor needs beside the model. The node keeps it under [its hash](Transcript::hash)
/// until the job is settled and its windows are closed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Transcript {
	/// The job.
	pub job: JobId,
	/// What was asked. Whoever holds the transcript can read it.
	pub input: JobInput,
	/// The prompt's tokens.
	pub prompt: Vec<Token>,
	/// The answer's tokens, an end-of-text token included; none where a vector was asked for.
	pub answer: Vec<Token>,
	/// The hash of the answer's text as it was streamed, see [`Transcript::text_hash`]: the caller saw words, auditors see
	/// tokens, and here both are bound.
	pub text: Hash,
	/// The seed that bound the sampling.
	pub seed: Hash,
	/// The fingerprint of the hidden states.
	pub fingerprint: Fingerprint,
	/// The components of the vector, as the bits of f32; none where text was asked for.
	pub vector: Vec<u32>,
}

impl Transcript {
	/// The hash under which it is stored and fetched.
	pub fn hash(&self) -> Hash {
		hash(Domain::Transcript, self)
	}

	/// The hash of an answer's whole text, in UTF-8.
	pub fn text_hash(text: &str) -> Hash {
		hash(Domain::Text, text.as_bytes())
	}
}

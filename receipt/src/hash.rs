//! Hashing with domain separation: the same bytes in two roles never give the same hash.

use codec::Encode;

/// A BLAKE3 hash.
pub type Hash = [u8; 32];

/// What a hash stands for. Each has a context string of its own (BLAKE3's key derivation mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
	/// The commitment to a job's input.
	Input,
	/// A ticket.
	Ticket,
	/// A ticket together with the prompt's tokens.
	Request,
	/// The tokens of an answer.
	Output,
	/// The text of an answer.
	Text,
	/// The components of an embedding.
	Vector,
	/// A transcript.
	Transcript,
	/// A receipt.
	Receipt,
	/// A fingerprint's chunks.
	Fingerprint,
	/// The seed that binds the sampling of one job.
	SamplingSeed,
	/// The noise of one candidate token at one position.
	Noise,
	/// An auditor's commitment to its verdict.
	Commitment,
	/// The message whose signature gives the salt of a commitment.
	SaltMessage,
	/// The salt itself.
	Salt,
	/// A batch of attestations.
	Batch,
	/// The binding of an account to its keys.
	Keys,
	/// A model, its tokenizer and engine: what one calibration speaks of.
	Pair,
	/// The record of a calibration.
	Calibration,
	/// The draw of a committee.
	Draw,
	/// The points of an auditor's trace.
	Trace,
	/// Who sits in a stage, and who sat before.
	Sitting,
	/// A message between peers.
	Peer,
	/// The message over which a node draws whether a job is a canary.
	CanaryDraw,
	/// The sealed field of a receipt.
	Canary,
}

impl Domain {
	/// The context string. It is part of the protocol: changing one is a new version.
	pub const fn context(self) -> &'static str {
		match self {
			Self::Input => "hai-net v1 job input",
			Self::Ticket => "hai-net v1 ticket",
			Self::Request => "hai-net v1 request",
			Self::Output => "hai-net v1 output",
			Self::Text => "hai-net v1 answer text",
			Self::Vector => "hai-net v1 vector",
			Self::Transcript => "hai-net v1 transcript",
			Self::Receipt => "hai-net v1 receipt",
			Self::Fingerprint => "hai-net v1 fingerprint",
			Self::SamplingSeed => "hai-net v1 sampling seed",
			Self::Noise => "hai-net v1 sampling noise",
			Self::Commitment => "hai-net v1 attestation commitment",
			Self::SaltMessage => "hai-net v1 attestation salt message",
			Self::Salt => "hai-net v1 attestation salt",
			Self::Batch => "hai-net v1 attestation batch",
			Self::Keys => "hai-net v1 account keys",
			Self::Pair => "hai-net v1 model and engine pair",
			Self::Calibration => "hai-net v1 calibration record",
			Self::Draw => "hai-net v1 committee draw",
			Self::Trace => "hai-net v1 audit trace",
			Self::Sitting => "hai-net v1 audit sitting",
			Self::Peer => "hai-net v1 peer message",
			Self::CanaryDraw => "hai-net v1 canary draw",
			Self::Canary => "hai-net v1 sealed canary",
		}
	}
}

/// The hash of a value's SCALE encoding in a domain.
pub fn hash<T: Encode + ?Sized>(domain: Domain, value: &T) -> Hash {
	value.using_encoded(|bytes| blake3::derive_key(domain.context(), bytes))
}

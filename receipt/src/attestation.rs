//! What an auditor says of a receipt: a commitment first, the verdict afterwards.
//!
//! All auditors commit before anyone reveals, so nobody can copy another's verdict. The salt is
//! derived from a deterministic signature: an auditor that restarts finds it again without having
//! stored anything.

use crate::{
	Account, Hash, JobId, Signature,
	hash::{Domain, hash},
	trace::{Evidence, Shown},
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The most items in one batch.
pub const MAX_BATCH: u32 = 32;

/// Why a receipt is rejected.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "std", serde(rename_all = "snake_case"))]
pub enum Reason {
	/// Counts, hashes, token ids or stop condition do not fit together.
	#[codec(index = 0)]
	Structure,
	/// The hidden states are not this model's on this text.
	#[codec(index = 1)]
	Fingerprint,
	/// A token is not what the seed and the model give.
	#[codec(index = 2)]
	Sampling,
}

/// What an auditor found.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "std", serde(rename_all = "snake_case"))]
pub enum Verdict {
	/// The work was done as the receipt says.
	#[codec(index = 0)]
	Valid,
	/// It was not.
	#[codec(index = 1)]
	Invalid(Reason),
	/// The transcript could not be fetched. Never used for one that was.
	#[codec(index = 2)]
	Unavailable,
}

impl Verdict {
	/// Whether it takes a run of the model to find this. A transcript that contradicts itself is not even run.
	pub const fn takes_a_run(&self) -> bool {
		match self {
			Self::Valid | Self::Invalid(Reason::Fingerprint | Reason::Sampling) => true,
			Self::Invalid(Reason::Structure) | Self::Unavailable => false,
		}
	}
}

/// What the audit measured, worst chunk and worst token.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct Figures {
	/// Chunks that were compared.
	pub chunks: u16,
	/// The most points of one chunk whose sign or exponent differs.
	pub mismatches: u16,
	/// The largest mean mantissa difference of one chunk, in thousandths of a bf16 step.
	pub mantissa_milli: u32,
	/// The largest loss of a sampled token, in thousandths of a logit.
	pub loss_milli: u32,
	/// Tokens whose loss lies above the pair's 99.9 % point.
	pub losses: u16,
	/// The largest of these figures as a part of its band, in thousandths: up to 1000 the work is the pair's.
	/// [`CLEAR_ERROR`] where the papers do not even fit together.
	pub error_milli: u32,
}

/// The error of a receipt whose transcript contradicts itself: far outside of any band.
pub const CLEAR_ERROR: u32 = 1_000_000;

/// Everything a commitment hides.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Opening {
	/// What was found.
	pub verdict: Verdict,
	/// What was measured.
	pub figures: Figures,
	/// What shows that the auditor measured it.
	pub evidence: Evidence,
	/// See [`salt`].
	pub salt: [u8; 32],
}

/// The commitment of one auditor to one opening.
pub fn commitment(genesis: &Hash, job: JobId, receipt: &Hash, auditor: &Account, opening: &Opening) -> Hash {
	hash(Domain::Commitment, &(genesis, job, receipt, auditor, opening))
}

/// The sitting of a stage: its round, its seats in order, and what those of the stages before showed.
///
/// Evidence speaks of all of them, and two forks of a chain can seat others. So a commitment names the sitting that it is
/// for, and no other takes it.
pub fn sitting<A: Encode>(round: u8, committee: &[A], earlier: &[Shown]) -> Hash {
	hash(Domain::Sitting, &(round, committee, earlier))
}

/// The message that an auditor signs with its audit key to derive its salt for one round of a job.
/// What it revealed in the first round says nothing about the second.
pub fn salt_message(genesis: &Hash, job: JobId, round: u8) -> Hash {
	hash(Domain::SaltMessage, &(genesis, job, round))
}

/// The salt, from the (deterministic) signature over [`salt_message`].
pub fn salt(signature: &Signature) -> [u8; 32] {
	hash(Domain::Salt, signature)
}

/// One thing that an auditor says about one job.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Item {
	/// I have made up my mind.
	#[codec(index = 0)]
	Commit {
		/// The job.
		job: JobId,
		/// See [`sitting`].
		sitting: Hash,
		/// See [`commitment`].
		commitment: Hash,
	},
	/// This is what I had committed to.
	#[codec(index = 1)]
	Reveal {
		/// The job.
		job: JobId,
		/// What the commitment hid.
		opening: Opening,
	},
}

impl Item {
	/// The job it speaks of.
	pub fn job(&self) -> JobId {
		match self {
			Self::Commit { job, .. } | Self::Reveal { job, .. } => *job,
		}
	}
}

/// What one auditor has to say in one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Batch {
	/// The auditor's account.
	pub auditor: Account,
	/// A recent block; old batches are refused.
	pub at: u32,
	/// At most [`MAX_BATCH`], each of a different job.
	pub items: Vec<Item>,
}

impl Batch {
	/// What the audit key signs.
	pub fn message(&self, genesis: &Hash) -> Hash {
		hash(Domain::Batch, &(genesis, self))
	}
}

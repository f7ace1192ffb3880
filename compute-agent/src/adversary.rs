//! Cheats and failures on purpose, so that tests can see what the chain does about them. Only on
//! development chains.
//!
//! Everything here is pure: a kind of adversary says what it does to a job, from the job's number
//! alone, so that a run that is repeated after a crash is spoiled in the same way, and a test knows
//! beforehand which jobs are. The roles ask and obey.

mod node;
mod verifier;

pub use node::{Deed, NodeAdversary};
pub use verifier::{Source, VerifierAdversary, copied};

use receipt::JobId;
use std::fmt;

/// A word that names no kind of adversary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no kind of adversary: write {kinds}")]
pub struct UnknownKind {
	/// What was written.
	pub given: String,
	/// What could be.
	pub kinds: &'static str,
}

/// An adversary on a chain where its bond is worth something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
	"adversaries are for development chains; this chain is of type {chain_type}, where `{kind}` would cost the bond"
)]
pub struct NotAdmitted {
	/// The kind of adversary.
	pub kind: String,
	/// The type of the chain.
	pub chain_type: String,
}

/// Refuses adversaries on a chain that is not for tests.
fn admit(kind: &dyn fmt::Display, chain_type: &str) -> Result<(), NotAdmitted> {
	if matches!(chain_type, "Development" | "Local") {
		Ok(())
	} else {
		Err(NotAdmitted {
			kind: kind.to_string(),
			chain_type: chain_type.to_owned(),
		})
	}
}

/// A number that looks random and is always the same for one place of one job.
fn draw(job: JobId, place: u32) -> u64 {
	let mut input = [0; 12];
	input[..8].copy_from_slice(&job.to_le_bytes());
	input[8..].copy_from_slice(&place.to_le_bytes());
	let bytes = blake3::derive_key("hai-agent v1 what an adversary does to a job", &input);
	let mut word = [0; 8];
	word.copy_from_slice(&bytes[..8]);
	u64::from_le_bytes(word)
}

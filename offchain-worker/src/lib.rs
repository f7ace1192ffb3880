//! Plans and submits what a validator must attest.
//!
//! After every imported block a validator's node runs [`Pallet`]'s hook. It looks up which
//! attestations the node's audit keys owe, asks the local verifier for the verdicts, and submits
//! commitments and openings that the audit key signs. It never votes without a verifier's answer,
//! and it never waits for one: what is pending is asked again after a later block.
//!
//! - [`plan`](plan::plan) decides, from what is owed, answered and sent. It is pure.
//! - [`verifier`] speaks with the verifier.
//! - The rest is the shell: keys, local storage, one lock.
//!
//! # What survives
//!
//! Runs overlap, nodes restart, blocks are undone. A lock with an expiry lets one run work at a
//! time. Local storage keeps, for each (genesis, job, round, receipt, auditor), the answer and the blocks
//! in which commitment and opening were sent; the chain decides what is still owed, and an item is
//! sent again only some blocks after it was sent last. The salt of a commitment is derived from the
//! audit key's deterministic signature, so a node that lost its local storage asks the verifier
//! again, gets the same verdict, and can open what it committed to.
//!
//! # Settings
//!
//! The node writes two values into the persistent local storage, as plain UTF-8 bytes:
//!
//! | key | value |
//! |---|---|
//! | `hai::verifier-url` | where the verifier listens, such as `http://127.0.0.1:9955` |
//! | `hai::verifier-token` | the bearer token that the verifier asks for |
//!
//! # The verifier's protocol
//!
//! One request, `POST <url>/v1/audits`, with the headers `Content-Type: application/json` and
//! `Authorization: Bearer <token>`. The body is one JSON object with these fields. *Hex* is a string
//! that starts with `0x`, followed by two lower-case digits for each byte.
//!
//! | field | type | meaning |
//! |---|---|---|
//! | `genesis` | hex, 32 bytes | the chain |
//! | `job` | number | the job |
//! | `round` | number | which stage asks: 0, 1, 2, and 3, 4, 5 once a canary was opened |
//! | `auditor` | hex, 32 bytes | the account for which the verifier is asked |
//! | `node` | hex, 32 bytes | the node that ran the job and keeps the transcript |
//! | `ticket_hash` | hex, 32 bytes | the hash of the ticket; the receipt's `request` hash covers it |
//! | `max_tokens` | number | tokens that the answer may have |
//! | `nonce` | hex, 32 bytes | the caller's share of the sampling seed |
//! | `randomness` | hex, 32 bytes | the chain's share of the sampling seed |
//! | `input` | hex, 32 bytes | the commitment to the job's input |
//! | `receipt` | hex | the SCALE encoding of the [`Receipt`](receipt::Receipt) |
//! | `opened` | hex, or `null` | the SCALE encoding of the [`Planting`](receipt::canary::Planting) that the node has shown: then the true transcript is to be fetched and checked, and that the receipt is explained by it |
//! | `committee` | array of hex, 32 bytes each | the auditors of the stage, in the order of their seats: at most 21 |
//! | `earlier` | array of hex | the findings of the stages before, in the chain's order, at most 43: each the SCALE encoding of a [`Shown`] |
//! | `milliseconds_left` | number | about how long until the answer is of no use |
//!
//! The request is idempotent: the first one with a (genesis, job, round, receipt, auditor) starts the
//! audit, and every further one tells how it stands. The verifier answers within about a second,
//! whether it is ready or not, and keeps a finished answer at least until the job has ended, so
//! that it answers the same each time. A transcript that cannot be fetched is tried for most of
//! `milliseconds_left` before it is called unavailable.
//!
//! The answer has the status 200 and one of these bodies; unknown fields are ignored:
//!
//! ```json
//! {"state": "pending"}
//! ```
//! ```json
//! {"state": "done", "verdict": "valid", "reason": null,
//!  "figures": {"chunks": 2, "mismatches": 0, "mantissa_milli": 0, "loss_milli": 0, "losses": 0, "error_milli": 0},
//!  "evidence": "0x00000000000000000000"}
//! ```
//!
//! `verdict` is `valid`, `invalid` or `unavailable`. `reason` is `structure`, `fingerprint` or
//! `sampling` where the verdict is `invalid`, and otherwise `null` or absent. `figures` are those of
//! [`Figures`](receipt::Figures), all six, zeros where nothing was measured: `chunks`, `mismatches`
//! and `losses` are below 2^16, the others below 2^32. `evidence` is hex: the SCALE encoding of the
//! [`Evidence`](receipt::trace::Evidence) that goes with the verdict, which is all `None` and zero where the verdict takes no
//! run. Any other status or body is no answer: the
//! worker logs it, does not vote, and asks again after a later block.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod memory;
pub mod plan;
mod shell;
#[cfg(test)]
mod tests;
pub mod verifier;

pub use pallet::*;
pub use plan::Phase;

use alloc::vec::Vec;
use polkadot_sdk::{sp_core::crypto::KeyTypeId, *};
use receipt::{
	Account, Hash, JobId, Receipt, Signature,
	attestation::{self, Batch},
	canary::Planting,
	trace::Shown,
};

/// Where the node's keystore keeps audit keys: `audt`.
pub const AUDIT_KEYS: KeyTypeId = KeyTypeId(*b"audt");

/// Under this key of the persistent local storage stands where the verifier listens.
pub const VERIFIER_URL: &[u8] = b"hai::verifier-url";

/// Under this key of the persistent local storage stands the verifier's bearer token.
pub const VERIFIER_TOKEN: &[u8] = b"hai::verifier-token";

/// One attestation that an auditor owes, with all that its verifier must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
	/// The job.
	pub job: JobId,
	/// The audit key that must sign.
	pub key: [u8; 32],
	/// Which stage it is of, counted from zero and on from three once a canary was opened.
	pub round: u8,
	/// What is owed.
	pub phase: Phase,
	/// The node that ran the job.
	pub node: Account,
	/// The receipt.
	pub receipt: Receipt,
	/// The hash of the ticket.
	pub ticket_hash: Hash,
	/// The commitment to the job's input.
	pub input: Hash,
	/// The caller's share of the sampling seed.
	pub nonce: [u8; 32],
	/// The chain's share.
	pub randomness: Hash,
	/// Tokens that the answer may have.
	pub max_tokens: u32,
	/// What the node said was planted in the receipt, once it has.
	pub opened: Option<Planting>,
	/// The auditors of the stage, in the order of their seats.
	pub committee: Vec<Account>,
	/// The findings of the stages before, in the chain's order.
	pub earlier: Vec<Shown>,
}

impl Owed {
	/// The sitting for which an answer and a commitment hold, and for no other that a fork may have.
	pub fn sitting(&self) -> Hash {
		attestation::sitting(self.round, &self.committee, &self.earlier)
	}
}

/// What the chain wants to know from auditors.
pub trait OwedWork {
	/// The genesis hash.
	fn genesis() -> Hash;
	/// What an auditor can attest in the next block.
	fn owed(auditor: &Account) -> Vec<Owed>;
}

/// Puts a batch into the local transaction pool.
pub trait SubmitBatch {
	/// Submits a batch with the audit key's signature over [`Batch::message`].
	#[allow(clippy::result_unit_err, reason = "the pool tells no more")]
	fn submit(batch: Batch, signature: Signature) -> Result<(), ()>;
}

/// Which audit key belongs to whom.
pub trait KeyOwners {
	/// The account of an audit key, current or retired but still valid for open audits.
	fn account_of(audit_key: &[u8; 32]) -> Option<Account>;
}

/// The hook. It has no storage on chain and no calls.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use sp_runtime::SaturatedConversion;

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// What the runtime decides.
	#[pallet::config]
	pub trait Config: polkadot_sdk::frame_system::Config {
		/// What the chain wants to know.
		type Work: OwedWork;
		/// The way into the pool.
		type Submit: SubmitBatch;
		/// Who is who.
		type Auditors: KeyOwners;
		/// After so many blocks an item that is still owed is sent again.
		type ResubmitAfter: Get<u32>;
		/// The time between two blocks, in milliseconds.
		type BlockMilliseconds: Get<u64>;
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn offchain_worker(number: BlockNumberFor<T>) {
			shell::run::<T>(number.saturated_into());
		}

		fn integrity_test() {
			assert!(
				T::ResubmitAfter::get() > 0,
				"the same item would be sent with every block"
			);
			assert!(T::BlockMilliseconds::get() > 0, "blocks take time");
		}
	}
}

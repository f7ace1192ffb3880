//! The shared words of a job: ticket, receipt, transcript, fingerprint, attestation.
//!
//! Chain, agent, validator and command line all speak of the same job. This crate holds what they
//! say to each other, how it is encoded, and what is hashed and signed. It knows nothing of a
//! chain, a model or a network, and it builds without the standard library.
//!
//! A job in the order in which its words appear:
//!
//! 1. [`JobInput`]: the prompt and how to sample, sealed to one node. Only its salted
//!    [commitment](JobInput::commitment) is ever public.
//! 2. [`Ticket`]: the node's signed offer to run exactly that input for that fee.
//! 3. [`Transcript`]: every token of the run, or the vector that was asked for, with the [`fingerprint`] of
//!    the model's last hidden states. Served to the caller and to drawn auditors only.
//! 4. [`Receipt`]: what the node puts on chain: counts and hashes, signed.
//! 5. [`attestation`]: what each auditor says of it: first a commitment, then the verdict.
//! 6. [`trace`]: what shows that an auditor ran the model itself.
//! 7. [`canary`]: what a node plants in some receipts, and how it shows that afterwards.
//!
//! Encodings are SCALE and golden: `tests/golden.rs` compares them with recorded bytes.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod attestation;
pub mod canary;
pub mod fingerprint;
pub mod hash;
mod job;
pub mod keys;
pub mod sampling;
#[cfg(feature = "std")]
pub mod signing;
pub mod trace;
mod transcript;

pub use attestation::{Figures, Verdict};
pub use hash::Hash;
pub use job::{CheckKind, JobInput, PairKey, Price, Receipt, StopReason, Task, Ticket, Tier};
pub use sampling::Sampling;
pub use transcript::Transcript;

/// A number the chain gives to each job.
pub type JobId = u64;

/// A number the chain gives to each workflow.
pub type WorkflowId = u32;

/// A model's token.
pub type Token = u32;

/// The smallest unit of HAI.
pub type Planck = u128;

/// An account, as its 32 public bytes.
pub type Account = [u8; 32];

/// An ed25519 signature.
pub type Signature = [u8; 64];

//! The rules of sampled verification: who is audited, what a fault costs, who decides.
//!
//! Checking every job costs as much again as running it, so most jobs are not checked. This crate
//! holds the arithmetic that makes cheating a loss all the same. The chain and the simulation
//! (`tests/simulation`) execute the same functions.
//!
//! A job in the order in which the rules meet it:
//!
//! 1. [`audit_probability`]: how likely the job is to be audited, by tier, fee, length and the node's
//!    standing. [`needed_bond`] says what bond it takes to accept it.
//! 2. [`beacon`]: the block whose randomness ends the draw is itself drawn, so that a node that is also
//!    a block author cannot arrange to write it.
//! 3. [`court`]: one auditor, then a panel, then a jury; every stage ends.
//! 4. [`penalty`]: an upheld failed audit takes the fee and Φ = 2R / q from the bond. [`Incident`]
//!    gathers the failures of one window.
//! 5. [`Score`]: the running test that only ejects.
//! 6. [`dispute`]: what a caller leaves that has a job looked at which nobody drew, or once more.
//! 7. [`canary`]: what is planted to find auditors that do not look, and when one that was wrong is at fault.
//!    [`era`]: what one that was right earns.
//!
//! Every number is a field of [`Rules`], and [`Rules::check`] verifies the relations between them.
//! Everything is integer arithmetic that saturates; where a result is rounded, its documentation says in
//! whose favour. `docs/economics.md` derives the formulas.
#![cfg_attr(not(feature = "std"), no_std)]

pub mod beacon;
pub mod canary;
pub mod check;
pub mod conviction;
pub mod court;
pub mod detection;
pub mod dispute;
pub mod era;
pub mod hypergeometric;
mod incident;
pub mod penalty;
mod ppm;
mod rules;
mod sampling;
mod score;

pub use check::RulesError;
pub use conviction::conviction_chance;
pub use court::{Decision, FetchTime, Stage, Trust, Verdict, Votes};
pub use detection::Bucket;
pub use incident::{Incident, is_another_absence};
pub use penalty::{BondError, needed_bond};
pub use ppm::Ppm;
pub use rules::{Rules, Surroundings};
pub use sampling::{JobFacts, Probation, Standing, Tier, audit_probability};
pub use score::Score;

/// The smallest unit of HAI: 1 HAI is 10^12 planck.
pub type Planck = u128;

/// One HAI in planck.
pub const HAI: Planck = 1_000_000_000_000;

/// A number of blocks.
pub type Blocks = u32;

//! The economy and the life of jobs, simulated block by block under the rules of sampled verification.
//!
//! One [`World`] is a strategy and a seed: honest nodes and validators, and a group that follows the strategy. It
//! runs block by block on the functions of the crate `verification`, which are those that the chain executes. The
//! same strategy and seed give the same run on every machine.
//!
//! What must hold in every block is checked in every block ([`Violation`]); what a strategy earns is measured against
//! what the same group earns in the same world when it is honest ([`Outcome`]); and [`claims`] are what the project
//! asserts of many seeds together. Floating-point numbers occur in figures about runs and in the draw of fees and
//! lengths, never in a rule.

pub mod claims;
pub mod ledger;
mod measure;
pub mod random;
pub mod settings;
pub mod split;
pub mod strategy;
pub mod table;
pub mod world;

pub use claims::{Broken, Claim};
pub use measure::{Baseline, Outcome, study};
pub use settings::{Pace, Settings};
pub use strategy::Strategy;
pub use world::{Trace, Violation, World};

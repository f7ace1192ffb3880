//! Real processes, real blocks, a real model: what the demo and the end-to-end tests share.
//!
//! Everything runs on free ports and in one temporary folder per [`Network`], and a network ends
//! its own processes, and only those, when it is dropped.

mod machine;
mod network;
mod paid_call;
mod process;
mod substitute;
mod terms;
pub mod testnet;
mod vote;

pub use machine::check_machine;
pub use network::{Network, Options, VALIDATORS, seed_model};
pub use paid_call::{Prompt, account, key, model_hash, workflow};
pub use process::{Running, free_port, program};
pub use substitute::quantised_substitute;
pub use terms::unhurried_terms;
pub use vote::until;

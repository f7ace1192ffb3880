//! Real processes, real blocks, a real model: what the demo and the end-to-end tests share.
//!
//! Everything runs on free ports and in one temporary folder per [`Network`], and a network ends
//! its own processes, and only those, when it is dropped.

mod network;
mod process;

pub use network::{Network, Options};
pub use process::{Running, free_port, program};

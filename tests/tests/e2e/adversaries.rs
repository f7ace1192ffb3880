//! Nodes and verifiers that cheat or fail: who gave cause pays, and nobody else.

mod cheats;
mod sharing;
mod testnet;
mod verifiers;

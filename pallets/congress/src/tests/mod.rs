//! Tests by topic.

mod deciding;
mod enactment;
mod holdings;
mod members;
mod origins;
mod proposals;
mod sequences;
mod views;
mod votes;

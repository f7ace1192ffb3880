//! Tests by topic.

mod bonding;
mod checks;
mod exposure;
mod keys;
mod offences;
mod session;
mod slashing;
mod unbonding;

//! Tests by topic.

mod bonding;
mod checks;
mod exposure;
mod keys;
mod offences;
mod pairs;
mod session;
mod slashing;
mod unbonding;

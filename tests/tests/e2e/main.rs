//! End to end, on real processes. Each test starts a network of its own: nine programs that mostly wait for the
//! next block, so `./scripts/test` runs two more tests at once than there are cores.
//!
//! Tests run in the order of their names, and the longest are in modules that come first: what begins last would
//! otherwise run alone in the end. A start alone takes half a minute, and so does the life of one job: a scenario
//! that another one does not disturb belongs into its network, at the same time ([`honest`], [`authorities`]).

mod absence;
mod adversaries;
mod authorities;
mod calibration;
mod canary;
mod crashes;
mod demo;
mod dispute;
mod embedding;
mod honest;
mod scenario;
mod ticket;
mod upgrade;

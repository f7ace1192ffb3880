//! Runs AI jobs, audits those of others, and serves an OpenAI-compatible gateway.
//!
//! The program is `hai-agent`; its roles are modules:
//!
//! - [`compute`]: gives tickets, runs jobs, delivers receipts, keeps transcripts. Its core is pure,
//!   what it must not forget lies in the [`store`].
//! - [`verify`]: fetches transcripts and [audits](audit) them for a validator.
//! - [`calibrate`]: measures what honest runs of a model differ by, and what an audit of it catches.
//! - [`gateway`]: lets OpenAI clients call workflows.
//!
//! Before a machine takes jobs, a [`selftest`] says whether its honest runs would pass an audit.
//!
//! Under them: an [`engine`] runs a model, each job in a [process of its own](job_process) behind a
//! [`sandbox`]; [`chain`] and [`net`] are what the roles need of a chain and of the network. Above
//! them: [`cli`] and [`commands`]. What a test makes a role do wrong is an [`adversary`].

pub mod adversary;
pub mod audit;
pub mod calibrate;
pub mod chain;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod compute;
pub mod config;
pub mod engine;
pub mod gateway;
pub mod health;
pub mod job_process;
pub mod keys;
pub mod net;
pub mod onboarding;
pub mod sandbox;
pub mod selftest;
pub mod store;
pub mod token;
pub mod verify;

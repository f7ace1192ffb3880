//! The commands, one file each: its arguments and what it does.

pub mod calibrate;
pub mod config;
pub mod doctor;
pub mod gateway;
pub mod init;
pub mod selftest;
pub mod shell;
pub mod up;
pub mod verify;

use crate::{
	chain::Chain,
	cli::{Cli, Command},
	config::ConfigError,
	engine::{CandleEngine, Engine},
};
use anyhow::{Context, Result};
use receipt::PairKey;
use std::{path::Path, sync::Arc};

/// A check said no.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CheckFailed(pub String);

/// A pair must not be registered.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PairRefused(pub String);

/// Does what was typed; returns the exit code.
pub async fn run(cli: Cli) -> Result<()> {
	let global = &cli.global;
	match cli.command {
		Command::Init(args) => args.run(global),
		Command::Up(args) => args.run(global).await,
		Command::Verify(args) => args.run(global).await,
		Command::Gateway(args) => args.run(global).await,
		Command::Doctor(args) => args.run(global).await,
		Command::Selftest(args) => args.run(global),
		Command::Calibrate(args) => args.run(global),
		Command::Config(command) => command.run(global),
		Command::Completions(args) => args.run(),
		Command::Man(args) => args.run(global),
		Command::Job => unreachable!("handled before the runtime starts"),
	}
}

/// The exit code that an error stands for.
pub fn exit_code(error: &anyhow::Error) -> u8 {
	let is = |code: u8, holds: bool| holds.then_some(code);
	error
		.chain()
		.find_map(|cause| {
			is(3, cause.is::<chain_client::ConnectError>())
				.or(is(3, cause.is::<PairRefused>()))
				.or(is(4, cause.is::<CheckFailed>()))
				.or(is(5, cause.is::<ConfigError>()))
		})
		.unwrap_or(1)
}

/// Loads a model.
fn load_engine(path: &Path) -> Result<Arc<dyn Engine>> {
	let engine =
		CandleEngine::load(path).with_context(|| format!("the model {} cannot be loaded", path.display()))?;
	let description = engine.describe();
	tracing::info!(
		name = description.name,
		model = hex::encode(description.model),
		pair = hex::encode(description.pair),
		"the model {} is loaded",
		path.display()
	);
	Ok(Arc::new(engine))
}

/// Says so where no work under a pair can be audited.
async fn warn_if_not_calibrated(chain: &dyn Chain, pair: PairKey) -> Result<()> {
	if chain.bands(pair).await?.is_none() {
		tracing::warn!(
			pair = format!("0x{}", hex::encode(pair)),
			"this pair is not calibrated, so only private calls can use it: `hai-agent calibrate` measures it, and `hai \
			 calibration propose` asks the congress to register it"
		);
	}
	Ok(())
}

/// Waits until the process is asked to end.
async fn asked_to_end() {
	use tokio::signal::unix::{SignalKind, signal};
	let mut terminate = signal(SignalKind::terminate()).expect("the process may handle its signals");
	tokio::select! {
		_ = terminate.recv() => {},
		_ = tokio::signal::ctrl_c() => {},
	}
	tracing::info!("asked to end");
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn exit_codes_say_what_happened() {
		let wrapped = |error: anyhow::Error| exit_code(&error.context("while doing something"));
		assert_eq!(wrapped(PairRefused("no".into()).into()), 3);
		assert_eq!(wrapped(CheckFailed("no".into()).into()), 4);
		assert_eq!(wrapped(ConfigError::Unreadable("x".into()).into()), 5);
		let connect = chain_client::ConnectError {
			url: "ws://x".into(),
			reason: "refused".into(),
		};
		assert_eq!(wrapped(connect.into()), 3);
		assert_eq!(wrapped(anyhow::anyhow!("other")), 1);
	}
}

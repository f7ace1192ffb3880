//! `hai-agent selftest`: would this machine's honest runs pass an audit?

use super::{CheckFailed, load_engine};
use crate::{
	audit::Bands,
	cli::{Flags, Global},
	selftest::selftest,
};
use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Arguments of `selftest`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hai-agent selftest --model model.gguf
  hai-agent selftest --json

Exit code 4 where the runs leave half the band: such a machine would be slashed sooner or later.")]
pub struct SelftestArgs {
	/// The model [default: that of the settings]
	#[arg(long, value_name = "FILE")]
	pub model: Option<PathBuf>,
}

impl SelftestArgs {
	/// Runs and audits a few answers.
	pub fn run(&self, global: &Global) -> Result<()> {
		let mut flags = Flags::default();
		flags.set_path("compute.model", self.model.as_ref());
		let config = global.load_config(flags)?;
		let model = config
			.compute
			.model
			.context("name a model: --model FILE, or compute.model in the settings")?;
		let engine = load_engine(&global.in_data_dir(&model))?;
		let report = selftest(&*engine, &Bands::CPU).map_err(|error| CheckFailed(error.to_string()))?;
		let description = engine.describe();
		let text = format!(
			"{} runs with {} tokens of {} were audited: all valid.\nworst figures  {:?}\nmodel          0x{}\npair           0x{}",
			report.runs,
			report.tokens,
			description.name,
			report.worst,
			hex::encode(description.model),
			hex::encode(description.pair),
		);
		let value = json!({
			"report": report,
			"name": description.name,
			"model": format!("0x{}", hex::encode(description.model)),
			"pair": format!("0x{}", hex::encode(description.pair)),
		});
		global.show(&text, &value);
		Ok(())
	}
}

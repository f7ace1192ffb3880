//! `hai-agent config`: what counts of the settings.

use crate::cli::{Flags, Global};
use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
	/// Check the settings and print those that count, after file, environment and flags.
	#[command(after_help = "Examples:
  hai-agent config check
  HAI_AGENT_COMPUTE__SLOTS=2 hai-agent config check --json")]
	Check,
}

impl ConfigCommand {
	/// Prints the settings; an error names the one that is wrong.
	pub fn run(&self, global: &Global) -> Result<()> {
		let Self::Check = self;
		let config = global.load_config(Flags::default())?;
		let file = global.config_file();
		let origin = if file.is_file() {
			file.display().to_string()
		} else {
			format!("{} is not there: defaults", file.display())
		};
		global.show(
			&format!("# {origin}\n{}", toml::to_string_pretty(&config)?),
			&json!({ "file": file, "config": config }),
		);
		Ok(())
	}
}

//! `hai-agent init`: keys and settings.

use crate::{
	cli::Global,
	config::{Config, FILE},
	keys::Keys,
};
use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::json;
use std::{fs, path::PathBuf};

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hai-agent init                                     a new account
  hai-agent init --account-secret-file secret.txt    an account you have: a phrase, a 0x seed
  hai-agent init --development Eve                   a development account; its keys are public
  hai-agent --data-dir /var/lib/hai-agent init --model /models/model.gguf

Keep a copy of keys.json in a safe place: it controls the bond.")]
pub struct InitArgs {
	/// A file with the secret of an existing account; without it a new account is made
	#[arg(long, value_name = "FILE", conflicts_with = "development")]
	pub account_secret_file: Option<PathBuf>,
	/// The well-known keys of a development account, such as Eve
	#[arg(long, value_name = "NAME")]
	pub development: Option<String>,
	/// The model that goes into the settings
	#[arg(long, value_name = "FILE")]
	pub model: Option<PathBuf>,
}

impl InitArgs {
	/// Writes what is not there yet; nothing is overwritten.
	pub fn run(&self, global: &Global) -> Result<()> {
		let directory = global.make_data_dir()?;
		let key_path = std::path::absolute(
			global
				.key_file
				.clone()
				.unwrap_or_else(|| directory.join("keys.json")),
		)?;
		let config_path = directory.join(FILE);
		ensure!(
			!key_path.exists(),
			"{} exists already; `hai-agent doctor` shows whose it is. Move it away to begin anew",
			key_path.display()
		);
		let secret = self
			.account_secret_file
			.as_ref()
			.map(|path| {
				let text =
					fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
				anyhow::Ok(text.trim().to_owned())
			})
			.transpose()?;
		let keys = match &self.development {
			Some(name) => Keys::development(name)?,
			None => Keys::generate(secret)?,
		};
		keys.save_new(&key_path)?;
		let mut config = Config::default();
		if let Some(chain) = &global.chain {
			config.chain.clone_from(chain);
		}
		config.keys.clone_from(&key_path);
		config.metrics_listen = global.metrics_listen;
		config.compute.model = self
			.model
			.as_ref()
			.map(fs::canonicalize)
			.transpose()
			.context("the model")?;
		let wrote_config = !config_path.exists();
		if wrote_config {
			fs::write(&config_path, config.template()?)
				.with_context(|| format!("cannot write {}", config_path.display()))?;
		}
		let public = keys.public();
		let account = chain_client::address(&keys.account());
		let text = format!(
			"account   {account}\nkeys      {}\nsettings  {}{}\n\nNext: give the account some HAI, then `hai-agent up --model FILE.gguf`.",
			key_path.display(),
			config_path.display(),
			if wrote_config {
				""
			} else {
				" (was there, unchanged)"
			}
		);
		let value = json!({
			"account": account,
			"key_file": key_path,
			"config": config_path,
			"keys": {
				"peer": format!("0x{}", hex::encode(public.peer)),
				"encryption": format!("0x{}", hex::encode(public.encryption)),
				"audit": format!("0x{}", hex::encode(public.audit)),
			},
		});
		global.show(&text, &value);
		Ok(())
	}
}

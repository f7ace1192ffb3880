//! `hai keys`.

use crate::{
	context::{Context, DEFAULT_KEY},
	exit::Usage,
	keystore::{Backup, generate_agent_keys, passphrase, read_secret, write_secret},
	output::{hex, table},
};
use anyhow::{Context as _, Result};
use chain_client::{Key, parse_address};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  hai keys generate                                   makes the key `default`
  hai keys generate alice --suri //Alice              keeps a secret that you have
  hai keys backup alice.json --passphrase-file p.txt  writes a sealed copy of `default`
  hai keys restore alice.json --passphrase-file p.txt reads it back
  hai keys agent agent.json                           makes the key file of a compute node or verifier")]
pub(crate) enum Keys {
	/// Makes a key, or keeps the secret given with --suri
	#[command(after_help = "Example:\n  hai keys generate alice")]
	Generate(Generate),
	/// Lists the keys
	#[command(after_help = "Example:\n  hai keys list")]
	List,
	/// Shows one key's account, and its secret if asked
	#[command(after_help = "Example:\n  hai keys show alice --secret")]
	Show(Show),
	/// Writes a copy of a key, sealed with a passphrase
	#[command(after_help = "Example:\n  hai keys backup alice.json alice --passphrase-file passphrase.txt")]
	Backup(BackupTo),
	/// Reads a copy back
	#[command(after_help = "Example:\n  hai keys restore alice.json alice --passphrase-file passphrase.txt")]
	Restore(Restore),
	/// Makes the key file of a compute node or verifier for the signing account
	#[command(after_help = "Example:\n  hai keys agent agent.json --account 5Grwva...")]
	Agent(Agent),
}

#[derive(Args, Debug)]
pub(crate) struct Generate {
	/// Its name
	#[arg(default_value = DEFAULT_KEY)]
	name: String,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
	/// Its name
	#[arg(default_value = DEFAULT_KEY)]
	name: String,
	/// Print the secret, too: whoever sees it has the account
	#[arg(long)]
	secret: bool,
}

#[derive(Args, Debug)]
pub(crate) struct BackupTo {
	/// The file to write
	file: PathBuf,
	/// The key
	#[arg(default_value = DEFAULT_KEY)]
	name: String,
	/// A file whose first line is the passphrase
	#[arg(long, value_name = "FILE")]
	passphrase_file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Restore {
	/// The file to read
	file: PathBuf,
	/// The name to give to the key
	#[arg(default_value = DEFAULT_KEY)]
	name: String,
	/// A file whose first line is the passphrase
	#[arg(long, value_name = "FILE")]
	passphrase_file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Agent {
	/// The file to write
	file: PathBuf,
	/// The account it is for
	#[arg(long)]
	account: Option<String>,
}

pub(crate) fn run(context: &Context, command: Keys) -> Result<()> {
	match command {
		Keys::Generate(command) => generate(context, &command),
		Keys::List => list(context),
		Keys::Show(command) => show(context, &command),
		Keys::Backup(command) => backup(context, &command),
		Keys::Restore(command) => restore(context, &command),
		Keys::Agent(command) => agent(context, &command),
	}
}

fn generate(context: &Context, command: &Generate) -> Result<()> {
	let secret = context
		.suri()
		.map_or_else(|| Key::phrase(&rand::random()), str::to_owned);
	let stored = context.keystore.add(&command.name, &secret)?;
	context.output.note(
		"The key lies in this folder and nowhere else; make a copy with `hai keys backup`, or write down what \
		 `hai keys show --secret` prints.",
	);
	context.output.result(
		|| json!({ "name": command.name, "account": stored.account, "folder": context.keystore.folder() }),
		|| format!("{}  {}", command.name, stored.account),
	);
	Ok(())
}

fn list(context: &Context) -> Result<()> {
	let mut keys = Vec::new();
	for name in context.keystore.names()? {
		let account = context.keystore.read(&name).map(|key| key.account);
		keys.push((name, account));
	}
	context.output.result(
		|| {
			let keys: Vec<_> = keys
				.iter()
				.map(|(name, account)| json!({ "name": name, "account": account.as_ref().ok() }))
				.collect();
			json!({ "keys": keys })
		},
		|| {
			if keys.is_empty() {
				return format!(
					"no keys in {}; `hai keys generate` makes one",
					context.keystore.folder().display()
				);
			}
			let rows = keys.iter().map(|(name, account)| match account {
				Ok(account) => [name.clone(), account.clone()],
				Err(error) => [name.clone(), error.to_string()],
			});
			table(["name", "account"], rows)
		},
	);
	Ok(())
}

fn show(context: &Context, command: &Show) -> Result<()> {
	let stored = context.keystore.read(&command.name)?;
	let secret = command.secret.then(|| stored.secret.clone());
	context.output.result(
		|| json!({ "name": command.name, "account": stored.account, "secret": secret }),
		|| match &secret {
			Some(secret) => format!("{}\n{secret}", stored.account),
			None => stored.account.clone(),
		},
	);
	Ok(())
}

fn backup(context: &Context, command: &BackupTo) -> Result<()> {
	let stored = context.keystore.read(&command.name)?;
	let backup = Backup::seal(&stored, &passphrase(&command.passphrase_file)?);
	write_secret(&command.file, &serde_json::to_string_pretty(&backup)?)?;
	context.output.result(
		|| json!({ "account": backup.account, "file": command.file }),
		|| {
			format!(
				"{} is in {}; keep the passphrase elsewhere",
				backup.account,
				command.file.display()
			)
		},
	);
	Ok(())
}

fn restore(context: &Context, command: &Restore) -> Result<()> {
	let text = read_secret(&command.file)?;
	let backup: Backup = serde_json::from_str(&text)
		.map_err(|error| Usage(format!("{} is no backup: {error}", command.file.display())))?;
	let secret = backup.open(&passphrase(&command.passphrase_file)?)?;
	let account = Key::from_suri(&secret)
		.context("the backup holds no key")?
		.account();
	if account != parse_address(&backup.account)? {
		return Err(Usage("the backup names another account than its key has".into()).into());
	}
	let stored = context.keystore.add(&command.name, &secret)?;
	context.output.result(
		|| json!({ "name": command.name, "account": stored.account }),
		|| format!("{}  {}", command.name, stored.account),
	);
	Ok(())
}

fn agent(context: &Context, command: &Agent) -> Result<()> {
	let account = match (&command.account, context.offline_key()?) {
		(Some(text), _) => context.account(text)?,
		(None, Some(key)) => key.account(),
		(None, None) => {
			return Err(Usage("for which account? name it with --account, --key or --suri".into()).into());
		}
	};
	let keys = generate_agent_keys(&account, &command.file)?;
	let account = chain_client::address(&account);
	context.output.result(
		|| {
			json!({
				"account": account, "file": command.file,
				"peer": hex(&keys.peer), "encryption": hex(&keys.encryption), "audit": hex(&keys.audit),
			})
		},
		|| format!("the keys for {account} are in {}", command.file.display()),
	);
	Ok(())
}

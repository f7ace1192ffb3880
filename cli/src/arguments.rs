//! What can be typed.

use crate::commands::Command;
use clap::{Args, Parser};
use std::path::PathBuf;

/// The tail of every `--help`.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  wrong usage, or a file that cannot be used
  3  no node can be reached at --url
  4  the chain refused
  5  no node gave a ticket for a call
  6  a job ended without an answer; its fee went back
  7  a receipt or a record is not what it claims to be
  8  the text or the vector of an answer is not the work for which its node answers

Amounts are HAI with at most twelve decimals, such as 1000 or 0.25. In JSON they are strings of the smallest unit
(1 HAI = 1000000000000). An account is an address, 0x and 64 hex digits, a name of `hai keys list`, or a dev account
such as //Alice.";

/// Publishes, calls and governs AI workflows on HAI-Net.
#[derive(Parser, Debug)]
#[command(name = "hai", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
	#[command(flatten)]
	pub(crate) global: Global,
	#[command(subcommand)]
	pub(crate) command: Command,
}

/// What every command understands.
#[derive(Args, Debug, Clone)]
pub(crate) struct Global {
	/// WebSocket address of a node
	#[arg(
		long,
		global = true,
		env = "HAI_URL",
		default_value = "ws://127.0.0.1:9944",
		value_name = "URL"
	)]
	pub(crate) url: String,

	/// Sign with this secret: a phrase, a 0x seed, or a dev account such as //Alice. Prefer the environment variable:
	/// others on this machine can see arguments
	#[arg(
		long,
		global = true,
		env = "HAI_SURI",
		hide_env_values = true,
		value_name = "SECRET",
		conflicts_with = "key"
	)]
	pub(crate) suri: Option<String>,

	/// Sign with this key of `hai keys list` [default: the key `default`; on a development chain //Alice]
	#[arg(long, global = true, env = "HAI_KEY", value_name = "NAME")]
	pub(crate) key: Option<String>,

	/// Where keys are kept [default: $XDG_DATA_HOME/hai or ~/.local/share/hai]
	#[arg(long, global = true, env = "HAI_DATA_DIR", value_name = "FOLDER")]
	pub(crate) data_dir: Option<PathBuf>,

	/// Print one JSON object, and errors as JSON too
	#[arg(long, global = true)]
	pub(crate) json: bool,

	/// Return when a transaction is in a block, without waiting until the block is final
	#[arg(long, global = true)]
	pub(crate) in_block: bool,
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	/// Looks at every command that does something itself.
	fn each_leaf(command: &mut clap::Command, path: &str, look: &mut impl FnMut(&str, &str)) {
		let path = format!("{path} {}", command.get_name());
		if !command.has_subcommands() {
			return look(&path, &command.render_help().to_string());
		}
		for command in command.get_subcommands_mut() {
			each_leaf(command, &path, look);
		}
	}

	#[test]
	fn every_command_shows_an_example_of_itself() {
		let mut leaves = 0;
		each_leaf(&mut Arguments::command(), "", &mut |path, help| {
			leaves += 1;
			let example = help.split("Example").nth(1);
			// The kind of a proposal stands between `propose` and what is proposed.
			let words = path.split_whitespace();
			assert!(
				example.is_some_and(|example| example
					.lines()
					.any(|line| words.clone().all(|word| line.contains(word)))),
				"{path}:\n{help}"
			);
		});
		assert!(leaves > 50, "{leaves}");
	}

	#[test]
	fn the_command_line_is_consistent() {
		Arguments::command().debug_assert();
	}
}

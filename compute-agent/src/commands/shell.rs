//! `hai-agent completions` and `hai-agent man`: what a shell and `man` know of this program.

use crate::cli::{Cli, Global};
use anyhow::{Context, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use serde_json::json;
use std::{io::Write, path::PathBuf};

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hai-agent completions bash > ~/.local/share/bash-completion/completions/hai-agent
  hai-agent completions zsh > ~/.zfunc/_hai-agent      with ~/.zfunc among the folders of fpath
  hai-agent completions fish > ~/.config/fish/completions/hai-agent.fish")]
pub struct CompletionsArgs {
	/// For which shell
	pub shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  hai-agent man ~/.local/share/man/man1")]
pub struct ManArgs {
	/// The folder; it is made if it is not there
	pub folder: PathBuf,
}

impl CompletionsArgs {
	/// Prints the script that completes lines of this program.
	pub fn run(&self) -> Result<()> {
		let mut out = std::io::stdout();
		// A reader that has gone is no error.
		let _ = out.write_all(&script(self.shell)).and_then(|()| out.flush());
		Ok(())
	}
}

impl ManArgs {
	/// Writes a page for every command.
	pub fn run(&self, global: &Global) -> Result<()> {
		let folder = self.folder.display();
		let cannot = || format!("cannot write to {folder}");
		std::fs::create_dir_all(&self.folder).with_context(cannot)?;
		clap_mangen::generate_to(Cli::command(), &self.folder).with_context(cannot)?;
		global.show(
			&format!("the pages are in {folder}: try `man hai-agent-up`"),
			&json!({ "folder": self.folder }),
		);
		Ok(())
	}
}

fn script(shell: Shell) -> Vec<u8> {
	let (mut program, mut script) = (Cli::command(), Vec::new());
	let name = program.get_name().to_owned();
	clap_complete::generate(shell, &mut program, name, &mut script);
	script
}

#[cfg(test)]
mod tests {
	use super::*;

	/// The words of every command for people, below the program's name.
	fn paths(command: &clap::Command, before: &[String], into: &mut Vec<Vec<String>>) {
		for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
			let path = [before, &[command.get_name().to_owned()]].concat();
			into.push(path.clone());
			paths(command, &path, into);
		}
	}

	fn all() -> Vec<Vec<String>> {
		let mut all = Vec::new();
		paths(&Cli::command(), &[], &mut all);
		assert!(all.len() > 8, "{all:?}");
		all
	}

	#[test]
	fn every_command_is_completed_in_every_shell() {
		for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
			let script = String::from_utf8(script(shell)).expect("a script is text");
			for path in all() {
				let name = path.last().expect("a path has a name");
				assert!(script.contains(name.as_str()), "{shell:?}: {path:?}");
			}
		}
	}

	#[test]
	fn every_command_has_a_page() {
		let folder = tempfile::tempdir().expect("a temporary folder");
		clap_mangen::generate_to(Cli::command(), folder.path()).expect("it can be written");
		for path in all() {
			let page = folder.path().join(format!("hai-agent-{}.1", path.join("-")));
			let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{page:?}: {error}"));
			assert!(text.contains(".SH NAME"), "{page:?}");
		}
	}
}

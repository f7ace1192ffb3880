//! `hai completions` and `hai man`: what a shell and `man` know of this program.

use crate::{arguments::Arguments, context::Context, exit::Usage};
use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use serde_json::json;
use std::{io::Write, path::PathBuf};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  hai completions bash > ~/.local/share/bash-completion/completions/hai
  hai completions zsh > ~/.zfunc/_hai      with ~/.zfunc among the folders of fpath
  hai completions fish > ~/.config/fish/completions/hai.fish")]
pub(crate) struct Completions {
	/// For which shell
	shell: Shell,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  hai man ~/.local/share/man/man1")]
pub(crate) struct Man {
	/// The folder; it is made if it is not there
	folder: PathBuf,
}

/// Prints the script that completes lines of this program.
pub(crate) fn completions(command: Completions) -> Result<()> {
	let mut out = std::io::stdout();
	// A reader that has gone is no error.
	let _ = out.write_all(&script(command.shell)).and_then(|()| out.flush());
	Ok(())
}

fn script(shell: Shell) -> Vec<u8> {
	let (mut program, mut script) = (Arguments::command(), Vec::new());
	let name = program.get_name().to_owned();
	clap_complete::generate(shell, &mut program, name, &mut script);
	script
}

/// Writes a page for every command.
pub(crate) fn man(context: &Context, command: Man) -> Result<()> {
	let folder = command.folder.display();
	let unusable = |error: std::io::Error| Usage(format!("cannot write to {folder}: {error}"));
	std::fs::create_dir_all(&command.folder).map_err(unusable)?;
	clap_mangen::generate_to(Arguments::command(), &command.folder).map_err(unusable)?;
	context.output.result(
		|| json!({ "folder": command.folder }),
		|| format!("the pages are in {folder}: try `man hai-call`"),
	);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	/// The words of every command, below the program's name.
	fn paths(command: &clap::Command, before: &[String], into: &mut Vec<Vec<String>>) {
		for command in command.get_subcommands() {
			let path = [before, &[command.get_name().to_owned()]].concat();
			into.push(path.clone());
			paths(command, &path, into);
		}
	}

	fn all() -> Vec<Vec<String>> {
		let mut all = Vec::new();
		paths(&Arguments::command(), &[], &mut all);
		assert!(all.len() > 50, "{all:?}");
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
		clap_mangen::generate_to(Arguments::command(), folder.path()).expect("it can be written");
		for path in all() {
			let page = folder.path().join(format!("hai-{}.1", path.join("-")));
			let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{page:?}: {error}"));
			assert!(text.contains(".SH NAME"), "{page:?}");
		}
	}
}

//! What the program answers where no chain is needed, as another program sees it: exit code and JSON.

use serde_json::Value;
use std::{
	path::Path,
	process::{Command, Output},
};

/// Runs `hai` with its keys in a folder, and nothing from this environment.
fn hai(folder: &Path, line: &str) -> Output {
	Command::new(env!("CARGO_BIN_EXE_hai"))
		.env_clear()
		.env("HAI_DATA_DIR", folder)
		.current_dir(folder)
		.args(line.split_whitespace())
		.output()
		.expect("the program that was just built")
}

/// The error that it printed, as the one JSON object on stderr.
fn error(output: &Output) -> Value {
	let text = String::from_utf8_lossy(&output.stderr);
	serde_json::from_str(text.trim()).unwrap_or_else(|error| panic!("no JSON ({error}): {text}"))
}

#[test]
fn wrong_usage_and_files_that_cannot_be_used_end_with_2_in_json_too() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let manifest =
		r#"{ "name": "x", "model": { "file": "nowhere.gguf" }, "max_tokens": 8, "price": { "base": "1" } }"#;
	std::fs::write(folder.path().join("workflow.json"), manifest).expect("mine");
	for (line, expected) in [
		("--json bogus", "bogus"),
		("job show --json", "<JOB>"),
		("job show x --json", "invalid value 'x'"),
		("--json", "Usage"),
		("--json publish nowhere.json", "nowhere.json"),
		("--json publish workflow.json", "nowhere.gguf"),
		("--json keys show nobody", "nobody"),
		(
			"--json keys restore nowhere.json --passphrase-file p",
			"nowhere.json",
		),
		(
			"--json receipt verify nowhere.json --authorities a.json",
			"nowhere.json",
		),
	] {
		let output = hai(folder.path(), line);
		assert_eq!(output.status.code(), Some(2), "{line}");
		let error = error(&output);
		assert_eq!(error["code"], 2, "{line}: {error}");
		let text = error["error"].as_str().expect("a text");
		assert!(
			text.contains(expected) && !text.starts_with("error"),
			"{line}: {text}"
		);
	}
}

#[test]
fn help_is_no_error_and_a_line_for_people_is_no_json() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	for line in ["--help", "--json --help", "job show --help", "--version"] {
		let output = hai(folder.path(), line);
		assert_eq!(output.status.code(), Some(0), "{line}");
		assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{line}");
	}
	let output = hai(folder.path(), "bogus");
	assert_eq!(output.status.code(), Some(2));
	assert!(String::from_utf8_lossy(&output.stderr).starts_with("error:"));
}

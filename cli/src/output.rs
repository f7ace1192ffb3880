//! What is printed: results on stdout, stages and notes on stderr.

use chain_client::{Account, Planck, address, amount};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};

/// How to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
	/// One JSON object on stdout.
	pub(crate) json: bool,
	/// Colours on stderr and stdout.
	pub(crate) color: bool,
}

impl Output {
	pub(crate) fn new(json: bool) -> Self {
		let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
		Self {
			json,
			color: wanted && !json && std::io::stdout().is_terminal() && std::io::stderr().is_terminal(),
		}
	}

	/// Prints a result: the value as JSON, or the text for people.
	pub(crate) fn result(&self, value: impl FnOnce() -> Value, text: impl FnOnce() -> String) {
		let line = if self.json { value().to_string() } else { text() };
		print_line(&line);
	}

	/// A stage of something that takes a while, on stderr.
	pub(crate) fn stage(&self, text: &str) {
		eprintln!("{} {text}", self.paint("36", "·"));
	}

	/// Something to know, on stderr.
	pub(crate) fn note(&self, text: &str) {
		eprintln!("{text}");
	}

	/// An error, on stderr.
	pub(crate) fn failure(&self, error: &anyhow::Error, code: u8) {
		if self.json {
			eprintln!("{}", json!({ "error": format!("{error:#}"), "code": code }));
		} else {
			eprintln!("{} {error:#}", self.paint("31", "error:"));
		}
	}

	/// A heading.
	pub(crate) fn heading(&self, text: &str) -> String {
		self.paint("1", text)
	}

	fn paint(&self, code: &str, text: &str) -> String {
		if self.color {
			format!("\x1b[{code}m{text}\x1b[0m")
		} else {
			text.to_owned()
		}
	}
}

/// Prints a line; a reader that has gone is no error.
pub(crate) fn print_line(line: &str) {
	let _ = writeln!(std::io::stdout(), "{line}");
}

/// A table with headings.
pub(crate) fn table<const N: usize>(
	headings: [&str; N],
	rows: impl IntoIterator<Item = [String; N]>,
) -> String {
	let mut table = Table::new();
	table
		.load_preset(presets::NOTHING)
		.set_content_arrangement(ContentArrangement::Disabled);
	table.set_header(headings);
	for row in rows {
		table.add_row(row);
	}
	trim_lines(&table.to_string())
}

/// Names and values, one pair a line.
pub(crate) fn pairs(rows: impl IntoIterator<Item = (&'static str, String)>) -> String {
	let mut table = Table::new();
	table
		.load_preset(presets::NOTHING)
		.set_content_arrangement(ContentArrangement::Disabled);
	for (name, value) in rows {
		table.add_row([name.to_owned(), value]);
	}
	trim_lines(&table.to_string())
}

fn trim_lines(text: &str) -> String {
	text.lines()
		.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
		.collect::<Vec<_>>()
		.join("\n")
}

/// A hash as `0x` hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// An amount in JSON: a string of planck, so that no reader rounds it.
pub(crate) fn planck(amount: Planck) -> Value {
	Value::String(amount.to_string())
}

/// An amount for people.
pub(crate) fn hai(planck: Planck) -> String {
	amount::hai(planck)
}

/// Accounts in JSON.
pub(crate) fn addresses(accounts: &[Account]) -> Value {
	accounts.iter().map(address).collect()
}

/// Parts per million as a percentage: `45 %`.
pub(crate) fn percent(millionths: u32) -> String {
	let text = format!("{}.{:04}", millionths / 10_000, millionths % 10_000);
	format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn percentages_are_exact_and_short() {
		for (millionths, text) in [
			(450_000, "45 %"),
			(125_000, "12.5 %"),
			(1, "0.0001 %"),
			(1_000_000, "100 %"),
			(0, "0 %"),
		] {
			assert_eq!(percent(millionths), text);
		}
	}

	#[test]
	fn tables_have_no_trailing_spaces() {
		let text = table(["a", "longer"], [["1".into(), "2".into()]]);
		assert!(text.lines().all(|line| line == line.trim_end()), "{text:?}");
		assert_eq!(text.lines().count(), 2);
	}
}

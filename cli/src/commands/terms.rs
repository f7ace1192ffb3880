//! `hai terms`.

use crate::{context::Context, exit::Usage};
use anyhow::Result;
use chain_client::At;
use clap::Args;
use serde_json::{Value, json};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  hai terms
  hai terms --version 1 --json
Parts of a split, quorums and majorities are in millionths, slashes in billionths of a bond, windows in blocks, amounts
in units of which 1000000000000 are one HAI. `hai congress propose technical set-terms FILE` proposes others.")]
pub(crate) struct Terms {
	/// An earlier version [default: the one in force]
	#[arg(long = "version", value_name = "VERSION", id = "terms_version")]
	number: Option<u32>,
}

pub(crate) async fn run(context: &Context, command: Terms) -> Result<()> {
	let chain = context.connect().await?;
	let view = chain.view(At::Best).await?;
	let (version, terms) = match command.number {
		None => view.terms().await?,
		Some(version) => {
			let terms = view.terms_at(version).await?;
			(
				version,
				terms.ok_or_else(|| Usage(format!("there is no version {version} of the terms")))?,
			)
		}
	};
	let terms = serde_json::to_value(terms)?;
	context.output.result(
		|| json!({ "version": version, "terms": terms }),
		|| {
			let mut lines = vec![format!("terms, version {version}")];
			flatten("", &terms, &mut lines);
			lines.join("\n")
		},
	);
	Ok(())
}

/// One line a number, with its place.
fn flatten(place: &str, value: &Value, lines: &mut Vec<String>) {
	match value {
		Value::Object(fields) => {
			for (name, value) in fields {
				let place = if place.is_empty() {
					name.clone()
				} else {
					format!("{place}.{name}")
				};
				flatten(&place, value, lines);
			}
		}
		value => lines.push(format!("{place:<44} {value}")),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn every_number_has_a_line_with_its_place() {
		let mut lines = Vec::new();
		flatten(
			"",
			&json!({ "a": { "b": 1, "c": { "d": 2 } }, "e": 3 }),
			&mut lines,
		);
		let words: Vec<Vec<&str>> = lines
			.iter()
			.map(|line| line.split_whitespace().collect())
			.collect();
		assert_eq!(words, [["a.b", "1"], ["a.c.d", "2"], ["e", "3"]]);
	}
}

//! Which jobs of the honest nodes of a testnet are canaries.

use crate::unhurried_terms;
use serde_json::{Value, json};
use std::{fmt, str::FromStr};

/// How many jobs of an honest node are canaries. Those of an adversary never are: what it spoils is all that is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Canaries {
	/// None.
	Off,
	/// As many as the terms of the local chain say.
	#[default]
	On,
	/// So many of a hundred, 1 to 100.
	Percent(u32),
}

/// A word that says nothing of canaries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` says nothing of canaries: write on, off, or how many of a hundred jobs are one, 1 to 100")]
pub struct UnknownCanaries {
	/// What was written.
	pub given: String,
}

impl Canaries {
	/// What a node's agent is told.
	pub(super) fn argument(self) -> &'static str {
		match self {
			Self::Off => "off",
			Self::On | Self::Percent(_) => "on",
		}
	}

	/// What is changed in the terms of genesis. Without canaries they are those of the local chain.
	pub(super) fn terms(self) -> Vec<(String, Value)> {
		if self == Self::Off {
			return Vec::new();
		}
		let mut terms = unhurried_terms();
		if let Self::Percent(percent) = self {
			let rate = json!(percent * 10_000);
			terms.push(("/verification/canary_rate".to_owned(), rate));
		}
		terms
	}
}

impl FromStr for Canaries {
	type Err = UnknownCanaries;

	fn from_str(text: &str) -> Result<Self, UnknownCanaries> {
		match text {
			"off" => Ok(Self::Off),
			"on" => Ok(Self::On),
			_ => match text.parse() {
				Ok(percent @ 1..=100) => Ok(Self::Percent(percent)),
				_ => Err(UnknownCanaries { given: text.into() }),
			},
		}
	}
}

/// As it is written.
impl fmt::Display for Canaries {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Off => f.write_str("off"),
			Self::On => f.write_str("on"),
			Self::Percent(percent) => write!(f, "{percent}"),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn it_reads_as_it_is_written_and_other_words_are_refused() {
		for canaries in [
			Canaries::Off,
			Canaries::On,
			Canaries::Percent(1),
			Canaries::Percent(100),
		] {
			assert_eq!(canaries.to_string().parse(), Ok(canaries));
		}
		for text in ["", "0", "101", "5 %", "ON"] {
			assert!(text.parse::<Canaries>().is_err(), "{text}");
		}
	}

	#[test]
	fn the_rate_is_in_millionths_and_only_where_it_is_asked_for() {
		let rate = |canaries: Canaries| {
			let mut terms = canaries.terms().into_iter();
			terms
				.find(|(path, _)| path == "/verification/canary_rate")
				.map(|(_, rate)| rate)
		};
		assert_eq!(rate(Canaries::Percent(100)), Some(json!(1_000_000)));
		assert_eq!(rate(Canaries::On), None);
		assert_eq!(Canaries::Off.terms(), Vec::new());
	}
}

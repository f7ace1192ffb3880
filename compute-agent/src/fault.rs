//! Deliberate faults, for tests of the chain's answer to them. Only on development chains.

use anyhow::{Result, bail};
use std::{path::PathBuf, str::FromStr};

/// What the compute role does wrong on purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fault {
	/// Nothing.
	#[default]
	None,
	/// It runs this model in place of the promised one.
	WrongModel(PathBuf),
	/// It replaces one token of the answer by a random one.
	RandomToken,
	/// It takes jobs and does nothing.
	Silent,
	/// It delivers, and shows no auditor the transcript.
	NoTranscript,
}

impl FromStr for Fault {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		match text.split_once(':') {
			Some(("wrong-model", path)) => Ok(Self::WrongModel(path.into())),
			None if text == "random-token" => Ok(Self::RandomToken),
			None if text == "silent" => Ok(Self::Silent),
			None if text == "no-transcript" => Ok(Self::NoTranscript),
			_ => Err("write wrong-model:PATH, random-token, silent or no-transcript".into()),
		}
	}
}

impl Fault {
	/// Refuses faults on a chain that is not for tests.
	pub fn admit(&self, chain_type: &str) -> Result<()> {
		if *self == Self::None {
			return Ok(());
		}
		if !matches!(chain_type, "Development" | "Local") {
			bail!(
				"faults are for development chains; this chain is of type {chain_type}, where they would cost the bond"
			);
		}
		tracing::warn!(fault = ?self, "THIS AGENT CHEATS ON PURPOSE: its bond will be slashed");
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn faults_are_read_and_kept_from_real_chains() {
		assert_eq!(
			"wrong-model:/a/b.gguf".parse(),
			Ok(Fault::WrongModel("/a/b.gguf".into()))
		);
		assert_eq!("random-token".parse(), Ok(Fault::RandomToken));
		assert!("wrong-model".parse::<Fault>().is_err());
		assert!("random-token:1".parse::<Fault>().is_err());
		assert!(Fault::Silent.admit("Live").is_err());
		assert!(Fault::Silent.admit("Local").is_ok());
		assert!(Fault::None.admit("Live").is_ok());
	}
}

//! Who takes part in a testnet, and who of them is dishonest.

use crate::{VALIDATORS, account};
use chain_client::Account;
use compute_agent::adversary::{NodeAdversary, UnknownKind, VerifierAdversary};
use std::{collections::BTreeSet, path::Path};

/// The validator that joins the four of the preset.
const FIFTH: &str = "Eve";

/// The most nodes: with more of them this machine's own load would be judged.
pub const MOST_NODES: usize = 8;

/// A validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
	/// Its name and that of its development account.
	pub name: String,
	/// Its account.
	pub account: Account,
	/// What its verifier does wrong.
	pub adversary: VerifierAdversary,
}

/// A compute node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
	/// Its name and that of its development account.
	pub name: String,
	/// Its account.
	pub account: Account,
	/// What it does wrong.
	pub adversary: NodeAdversary,
}

impl Node {
	/// Whether nothing that it does may cost it its bond: it means to do its work, and delivers no run that it finds spoiled.
	pub fn is_blameless(&self) -> bool {
		matches!(self.adversary, NodeAdversary::Honest | NodeAdversary::Bursts)
	}
}

/// Everybody whose conduct a testnet judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cast {
	/// The validators, those of the preset first.
	pub validators: Vec<Validator>,
	/// The nodes.
	pub nodes: Vec<Node>,
}

/// A testnet that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CastError {
	/// Too few or too many validators.
	#[error(
		"{given} validators: the local chain begins with four, and a fifth can join; 4 or 5 are possible"
	)]
	Validators {
		/// What was asked for.
		given: usize,
	},
	/// Too few or too many nodes.
	#[error("{given} nodes: 1 to {most} are possible on one machine", most = MOST_NODES)]
	Nodes {
		/// What was asked for.
		given: usize,
	},
	/// No NAME=KIND.
	#[error("`{given}` is no adversary: write NAME=KIND, such as node-1=silent or Dave=lazy")]
	Form {
		/// What was written.
		given: String,
	},
	/// Nobody has this name.
	#[error("nobody is called `{given}`: there are {known}")]
	Nobody {
		/// What was written.
		given: String,
		/// Who there is.
		known: String,
	},
	/// Two kinds for one name.
	#[error("`{name}` is named twice: each is one kind of adversary")]
	Twice {
		/// Who.
		name: String,
	},
	/// A kind that this role does not have.
	#[error("{name}: {source}")]
	Kind {
		/// Who.
		name: String,
		/// What is wrong.
		source: UnknownKind,
	},
}

impl Cast {
	/// So many validators and nodes, of which those in `adversaries` (NAME=KIND) are dishonest. A node that is
	/// just `wrong-model` runs the file `substitute`.
	///
	/// # Errors
	///
	/// If there cannot be so many, or a name or a kind is not known.
	pub fn new(
		validators: usize,
		nodes: usize,
		adversaries: &[String],
		substitute: &Path,
	) -> Result<Self, CastError> {
		if !(VALIDATORS.len()..=VALIDATORS.len() + 1).contains(&validators) {
			return Err(CastError::Validators { given: validators });
		}
		if !(1..=MOST_NODES).contains(&nodes) {
			return Err(CastError::Nodes { given: nodes });
		}
		let mut cast = Self {
			validators: VALIDATORS
				.into_iter()
				.chain([FIFTH])
				.take(validators)
				.map(|name| Validator {
					name: name.into(),
					account: account(name),
					adversary: VerifierAdversary::Honest,
				})
				.collect(),
			nodes: (1..=nodes)
				.map(|number| format!("node-{number}"))
				.map(|name| Node {
					account: account(&name),
					name,
					adversary: NodeAdversary::Honest,
				})
				.collect(),
		};
		let mut named = BTreeSet::new();
		for given in adversaries {
			let (name, kind) = given
				.split_once('=')
				.ok_or_else(|| CastError::Form { given: given.clone() })?;
			let name = cast.assign(name, kind, substitute)?;
			if !named.insert(name.clone()) {
				return Err(CastError::Twice { name });
			}
		}
		Ok(cast)
	}

	/// Makes one of them dishonest; its name as it is written here.
	fn assign(&mut self, name: &str, kind: &str, substitute: &Path) -> Result<String, CastError> {
		let is_meant = |known: &str| known.eq_ignore_ascii_case(name);
		let wrong_kind = |source| CastError::Kind {
			name: name.to_owned(),
			source,
		};
		if let Some(node) = self.nodes.iter_mut().find(|node| is_meant(&node.name)) {
			node.adversary = match kind {
				"wrong-model" => NodeAdversary::WrongModel(substitute.to_owned()),
				_ => kind.parse().map_err(wrong_kind)?,
			};
			return Ok(node.name.clone());
		}
		let mut validators = self.validators.iter_mut();
		if let Some(validator) = validators.find(|validator| is_meant(&validator.name)) {
			validator.adversary = kind.parse().map_err(wrong_kind)?;
			return Ok(validator.name.clone());
		}
		let validators = self.validators.iter().map(|validator| &validator.name);
		let known: Vec<&str> = validators
			.chain(self.nodes.iter().map(|node| &node.name))
			.map(String::as_str)
			.collect();
		Err(CastError::Nobody {
			given: name.to_owned(),
			known: known.join(", "),
		})
	}

	/// Whether a node runs this file.
	pub fn runs(&self, model: &Path) -> bool {
		self.nodes
			.iter()
			.any(|node| node.adversary == NodeAdversary::WrongModel(model.to_owned()))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn cast(validators: usize, nodes: usize, adversaries: &[&str]) -> Result<Cast, CastError> {
		let adversaries: Vec<String> = adversaries.iter().map(|text| (*text).to_owned()).collect();
		Cast::new(validators, nodes, &adversaries, Path::new("/substitute"))
	}

	#[test]
	fn everybody_is_honest_but_those_who_are_named() {
		let cast = cast(5, 3, &["node-2=cheat:10", "DAVE=lazy", "node-3=wrong-model"]).expect("possible");
		let validators: Vec<_> = cast
			.validators
			.iter()
			.map(|validator| (validator.name.as_str(), validator.adversary))
			.collect();
		let honest = VerifierAdversary::Honest;
		assert_eq!(
			validators,
			[
				("Alice", honest),
				("Bob", honest),
				("Charlie", honest),
				("Dave", VerifierAdversary::Lazy),
				("Eve", honest)
			]
		);
		let nodes: Vec<_> = cast
			.nodes
			.iter()
			.map(|node| format!("{} {}", node.name, node.adversary))
			.collect();
		assert_eq!(
			nodes,
			[
				"node-1 honest",
				"node-2 cheat:10",
				"node-3 wrong-model:/substitute"
			]
		);
		assert!(cast.runs(Path::new("/substitute")) && !cast.runs(Path::new("/other")));
	}

	#[test]
	fn what_cannot_be_is_refused() {
		let cases: [(usize, usize, &[&str], &str); 10] = [
			(3, 2, &[], "3 validators"),
			(6, 2, &[], "6 validators"),
			(4, 0, &[], "0 nodes"),
			(4, 9, &[], "9 nodes"),
			(4, 2, &["node-1"], "write NAME=KIND"),
			(4, 2, &["node-3=silent"], "nobody is called `node-3`"),
			(4, 2, &["Eve=lazy"], "Alice, Bob, Charlie, Dave, node-1, node-2"),
			(4, 2, &["node-1=lazy"], "node-1: `lazy` is no kind"),
			(4, 2, &["Dave=silent"], "Dave: `silent` is no kind"),
			(4, 2, &["Dave=lazy", "dave=slow"], "`Dave` is named twice"),
		];
		for (validators, nodes, adversaries, says) in cases {
			let error = cast(validators, nodes, adversaries).expect_err(says);
			assert!(error.to_string().contains(says), "{error}");
		}
	}
}

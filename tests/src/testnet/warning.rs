//! What an overloaded machine or an unlucky draw explains.

use super::{
	cast::Cast,
	finding::{DOWNTIME, slashes},
	snapshot::Snapshot,
};
use chain_client::{Account, amount::hai};
use compute_agent::adversary::VerifierAdversary;
use std::fmt;

/// What says nothing against the network, and something about this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
	/// Somebody honest was slashed for what an overloaded machine explains.
	Late {
		/// Who.
		name: String,
		/// How much.
		amount: chain_client::Planck,
	},
	/// A dishonest validator was drawn for no audit: nothing was learned of it.
	NeverDrawn {
		/// Who.
		name: String,
	},
}

impl fmt::Display for Warning {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Late { name, amount } => write!(
				f,
				"{name} is honest and was slashed {} for downtime: this machine was too busy",
				hai(*amount)
			),
			Self::NeverDrawn { name } => {
				write!(
					f,
					"{name} is dishonest and was drawn for no audit: this run says nothing of it"
				)
			}
		}
	}
}

/// What is no finding: on a machine that is too busy the honest miss windows, and who was drawn for nothing had no
/// occasion.
pub fn warnings(cast: &Cast, snapshot: &Snapshot) -> Vec<Warning> {
	let nodes = cast.nodes.iter().filter(|node| node.is_blameless());
	let (validators, dishonest): (Vec<_>, Vec<_>) = cast
		.validators
		.iter()
		.partition(|validator| validator.adversary == VerifierAdversary::Honest);
	let never_drawn = dishonest
		.into_iter()
		.filter(|validator| !was_drawn(&validator.account, snapshot))
		.map(|validator| Warning::NeverDrawn {
			name: validator.name.clone(),
		});
	nodes
		.map(|node| (&node.name, &node.account))
		.chain(
			validators
				.into_iter()
				.map(|validator| (&validator.name, &validator.account)),
		)
		.flat_map(|(name, account)| {
			slashes(account, snapshot, |reason| reason == DOWNTIME)
				.into_iter()
				.map(move |slash| Warning::Late {
					name: name.clone(),
					amount: slash.amount,
				})
		})
		.chain(never_drawn)
		.collect()
}

/// Whether a validator sat anywhere. Of the audit of a planted fault only its accuracy and its absence are left.
fn was_drawn(validator: &Account, snapshot: &Snapshot) -> bool {
	let mut jobs = snapshot.jobs.iter();
	jobs.any(|job| job.seats_of(validator).next().is_some() || job.absent.contains(validator))
		|| snapshot.accuracy(validator).canaries > 0
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testnet::{
		samples::{cast, job, snapshot},
		snapshot::Fate,
	};

	#[test]
	fn an_honest_party_that_was_late_and_an_adversary_that_was_never_drawn_are_warnings() {
		let cast = cast(&["node-2=silent", "Charlie=lazy", "Dave=lazy"]);
		let mut drawn = job(&cast, 0, "node-1", Fate::Open, None);
		drawn.seats.truncate(3);
		let snapshot = snapshot(
			vec![drawn],
			&[
				("node-1", "downtime"),
				("node-2", "downtime"),
				("Bob", "downtime"),
			],
		);
		let late = |name: &str| Warning::Late {
			name: name.into(),
			amount: 1,
		};
		let never_drawn = Warning::NeverDrawn { name: "Dave".into() };
		assert_eq!(
			warnings(&cast, &snapshot),
			[late("node-1"), late("Bob"), never_drawn]
		);
	}
}

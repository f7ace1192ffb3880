//! Bond, keys and advertisement of a compute node: what is missing on chain is put there.

use crate::keys::Keys;
use anyhow::{Context, Result, bail, ensure};
use chain_client::{
	At, ChainClient, amount,
	bonds::{self, Role},
	nodes::{self, Advertisement, Offer},
	terms::Terms,
};
use receipt::{Hash, PairKey, Planck, Price};
use serde_json::json;
use verification::{
	Bucket, JobFacts, Ppm, audit_probability, conviction_chance,
	hypergeometric::MAX_POPULATION,
	penalty::{absence_penalty, penalty},
};

/// The fee of the job by which a node is told what it can lose.
const EXAMPLE_FEE: Planck = verification::HAI;
/// The tokens of that job's answer.
const EXAMPLE_TOKENS: u32 = 256;
/// The length of a block, for words about time.
const BLOCK_SECONDS: u64 = 2;

/// What a node wants to offer.
#[derive(Clone, Debug)]
pub struct Offering {
	/// Where it is reached.
	pub addresses: Vec<String>,
	/// The content hash of its model.
	pub model: Hash,
	/// The pair on which it runs.
	pub pair: PairKey,
	/// What it asks.
	pub price: Price,
	/// The longest job.
	pub max_tokens: u32,
	/// Jobs at once.
	pub slots: u16,
	/// What is put at stake; if absent, what is bonded already, or a tenth more than the least.
	pub bond: Option<Planck>,
}

impl Offering {
	fn advertisement(&self) -> Advertisement {
		Advertisement {
			addresses: self
				.addresses
				.iter()
				.map(|address| address.as_bytes().to_vec())
				.collect(),
			models: vec![Offer {
				model: self.model,
				pair: self.pair,
				price_base: self.price.base,
				price_per_token: self.price.per_token,
			}],
			max_tokens: self.max_tokens,
			slots: self.slots,
		}
	}
}

/// What must be bonded yet. A bond of exactly the least would be chilled by its first small slash, so without a
/// wish of the operator's a tenth is put on top; a bond that stands above the least is left as it is.
pub fn bond_to_place(wanted: Option<Planck>, active: Option<Planck>, least: Planck) -> Result<Planck> {
	if let Some(wanted) = wanted {
		ensure!(
			wanted >= least,
			"a node bonds at least {}, and --bond says {}",
			amount::hai(least),
			amount::hai(wanted)
		);
	}
	let active = active.unwrap_or(0);
	let wanted = wanted.unwrap_or_else(|| {
		if active > least {
			active
		} else {
			least.saturating_add(least / 10)
		}
	});
	Ok(wanted.saturating_sub(active))
}

/// How a node stands after it was brought on chain.
#[derive(Clone, Debug)]
pub struct Standing {
	account: String,
	bond: Planck,
	capacity: Planck,
	offering: Offering,
	terms: Terms,
	/// How likely a dishonest run of the pair is seen; as the terms assume where it is not calibrated.
	detection: [Bucket; 5],
	/// How many validators can be drawn to audit the pair.
	auditors: u32,
}

/// Bonds, sets keys, resumes and advertises, each only where no final block shows it yet.
///
/// Every step waits for finality: the next one builds on it, and a block that another replaces would take the
/// bond away from under the advertisement.
pub async fn onboard(client: &ChainClient, keys: &Keys, offering: &Offering) -> Result<Standing> {
	let account = keys.account();
	let key = keys.account_key()?;
	let view = client.view(At::Finalized).await?;
	let (_, terms) = view.terms().await?;
	let bond = view.bond(&account).await?;
	let active = bond.as_ref().map(|bond| bond.active);
	let missing = bond_to_place(offering.bond, active, terms.staking.min_node_bond)?;
	ensure!(
		!offering.addresses.is_empty(),
		"there is no address under which other peers could reach this node: use --advertise"
	);
	let (peer, audit) = keys.bindings();
	match bond {
		None => {
			tracing::info!(amount = %amount::hai(missing), "bonding");
			client
				.submit_finalized(
					&bonds::bond(Role::Node, missing, keys.public(), peer, audit),
					&key,
				)
				.await
				.with_context(|| {
					format!(
						"the bond of {} was not placed; has the account that much HAI (`hai balance`)?",
						amount::hai(missing)
					)
				})?;
		}
		Some(bond) => {
			if bond.role != Role::Node {
				bail!(
					"the account is bonded as a validator: a node needs an account of its own (`hai-agent init`)"
				);
			}
			if bond.keys.as_ref().map(|keys| keys.0) != Some(keys.public()) {
				tracing::info!("replacing the keys on chain");
				client
					.submit_finalized(&bonds::set_keys(keys.public(), peer, audit), &key)
					.await?;
			}
			if missing > 0 {
				tracing::info!(amount = %amount::hai(missing), "adding to the bond");
				client.submit_finalized(&bonds::bond_extra(missing), &key).await?;
			}
			if bond.chilled {
				tracing::info!("taking work again");
				client.submit_finalized(&bonds::resume(), &key).await?;
			}
		}
	}
	let advertisement = offering.advertisement();
	let shown = client.view(At::Finalized).await?.serving_node(&account).await?;
	if shown.is_none_or(|node| node.advertisement != advertisement) {
		tracing::info!(addresses = ?offering.addresses, "advertising");
		client
			.submit_finalized(&nodes::advertise(advertisement), &key)
			.await?;
	}
	let view = client.view(At::Finalized).await?;
	let bond = view.bond(&account).await?.context("the bond is gone again")?;
	let capacity = view.capacity(&account).await?;
	let calibration = view.calibration(&offering.pair).await?;
	let auditors = view.auditors_for(&offering.pair).await?;
	let least = terms.verification.min_eligible;
	if auditors < least {
		tracing::warn!(
			auditors,
			least,
			"too few validators check this pair, so only private calls are taken until more have declared it: `hai \
			 validator pairs`"
		);
	}
	Ok(Standing {
		auditors,
		detection: calibration.map_or(terms.verification.detection, |calibration| {
			calibration.entry.detection
		}),
		account: chain_client::address(&account),
		bond: bond.active,
		capacity,
		offering: offering.clone(),
		terms,
	})
}

impl Standing {
	/// What one failed audit of a proven node takes from the bond, and what one delivery or transcript that does not
	/// come takes, for a sampled job whose fee is [`EXAMPLE_FEE`] and whose answer has [`EXAMPLE_TOKENS`] tokens.
	fn penalties(&self) -> (Planck, Planck) {
		let rules = &self.terms.verification.with_detection(self.detection);
		let node_part = Ppm::new(self.node_part()).of(EXAMPLE_FEE);
		let job = JobFacts {
			tier: verification::Tier::Sampled,
			fee: EXAMPLE_FEE,
			node_part,
			tokens: EXAMPLE_TOKENS,
		};
		let probability = audit_probability(rules, &job, verification::Standing::Proven);
		// Where too few could judge it now, what more of them would take.
		let auditors = self.auditors.clamp(rules.min_eligible, MAX_POPULATION);
		let convicts = conviction_chance(rules, auditors);
		let fraud = penalty(rules, &job, probability, convicts).unwrap_or(0);
		let hidden = absence_penalty(rules, &job, probability).unwrap_or(0);
		(fraud.min(self.bond), hidden.min(self.bond))
	}

	/// Blocks from the delivery of a receipt to the credit, at most, where the first stage of its audit agrees.
	fn blocks_to_payout(&self) -> u32 {
		let jobs = &self.terms.jobs;
		[
			jobs.draw_delay,
			self.terms.verification.stop_within,
			jobs.commit_window,
			jobs.reveal_delay,
			jobs.reveal_window,
			jobs.dispute_window.max(self.terms.verification.incident_window),
		]
		.iter()
		.fold(0, |sum, blocks| sum.saturating_add(*blocks))
	}

	fn seconds_to_payout(&self) -> u64 {
		u64::from(self.blocks_to_payout()) * BLOCK_SECONDS
	}

	/// The node's part of a workflow's fee in millionths, where the workflow names no other split.
	fn node_part(&self) -> u32 {
		self.terms.default_split.node
	}

	/// The same as one JSON object.
	pub fn to_json(&self) -> serde_json::Value {
		json!({
			"account": self.account,
			"bond": self.bond.to_string(),
			"capacity": self.capacity.to_string(),
			"price_base": self.offering.price.base.to_string(),
			"price_per_token": self.offering.price.per_token.to_string(),
			"addresses": self.offering.addresses,
			"model": format!("0x{}", hex::encode(self.offering.model)),
			"pair": format!("0x{}", hex::encode(self.offering.pair)),
			"auditors": self.auditors,
			"least_auditors": self.terms.verification.min_eligible,
			"max_tokens": self.offering.max_tokens,
			"slots": self.offering.slots,
			"most_to_lose": self.bond.to_string(),
			"slash_fraud": self.penalties().0.to_string(),
			"slash_hidden": self.penalties().1.to_string(),
			"slash_example_fee": EXAMPLE_FEE.to_string(),
			"blocks_to_payout": self.blocks_to_payout(),
			"seconds_to_payout": self.seconds_to_payout(),
		})
	}
}

impl std::fmt::Display for Standing {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let price = &self.offering.price;
		writeln!(f, "node           {}", self.account)?;
		writeln!(f, "reached at     {}", self.offering.addresses.join(", "))?;
		writeln!(f, "model          0x{}", hex::encode(self.offering.model))?;
		writeln!(f, "pair           0x{}", hex::encode(self.offering.pair))?;
		writeln!(
			f,
			"audited by     {} validators that check the pair; fewer than {} judge nobody, and only private calls are taken",
			self.auditors, self.terms.verification.min_eligible
		)?;
		writeln!(
			f,
			"bond           {}; it covers open fees of {} more",
			amount::hai(self.bond),
			amount::hai(self.capacity)
		)?;
		writeln!(
			f,
			"price          {} a call and {} a token where a workflow lets the node ask; else {} % of its fee by default",
			amount::hai(price.base),
			amount::hai(price.per_token),
			f64::from(self.node_part()) / 10_000.0
		)?;
		writeln!(
			f,
			"most to lose   the whole bond, {}: for a sampled job of {}, a run found invalid takes {} of it and the fee, one \
			 that cannot be shown {}",
			amount::hai(self.bond),
			amount::hai(EXAMPLE_FEE),
			amount::hai(self.penalties().0),
			amount::hai(self.penalties().1)
		)?;
		write!(
			f,
			"first payout   at most {} blocks (about {}) after the first delivered job; `hai payout claim` collects it",
			self.blocks_to_payout(),
			in_words(self.seconds_to_payout())
		)
	}
}

fn in_words(seconds: u64) -> String {
	match seconds {
		0..120 => format!("{seconds} s"),
		120..7_200 => format!("{} min", seconds / 60),
		_ => format!("{} h", seconds / 3_600),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_bond_is_placed_with_a_margin_and_a_sufficient_one_is_left_alone() {
		for (wanted, active, expected) in [
			(None, None, 1_100),
			(None, Some(1_000), 100),
			(None, Some(900), 200),
			(None, Some(1_001), 0),
			(Some(1_000), None, 1_000),
			(Some(1_500), Some(1_100), 400),
			(Some(1_000), Some(1_100), 0),
		] {
			let missing = bond_to_place(wanted, active, 1_000).expect("enough");
			assert_eq!(missing, expected, "{wanted:?} {active:?}");
		}
		let error = bond_to_place(Some(999), None, 1_000).expect_err("below the least");
		assert!(error.to_string().contains("at least"), "{error}");
	}

	#[test]
	fn time_is_told_in_a_fitting_unit() {
		assert_eq!([40, 300, 90_000].map(in_words), ["40 s", "5 min", "25 h"]);
	}
}

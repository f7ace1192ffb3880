//! Bond, keys and advertisement of a compute node: what is missing on chain is put there.

use crate::keys::Keys;
use anyhow::{Context, Result, ensure};
use chain_client::{
	At, ChainClient, amount,
	bonds::{self, Role},
	nodes::{self, Advertisement, Offer},
	terms::Terms,
};
use receipt::{Hash, PairKey, Planck, Price};
use serde_json::json;
use verification::{
	Bucket, HAI, JobFacts, Ppm, audit_probability, conviction_chance,
	hypergeometric::MAX_POPULATION,
	penalty::{absence_penalty, carried_gain, needed_bond, no_show_penalty, penalty},
};

/// The fee of the job by which a node is told what it can lose.
const EXAMPLE_FEE: Planck = HAI;
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

/// How a node stands once it is on chain: what its bond carries, and what it can lose.
#[derive(Clone, Debug)]
pub struct Standing {
	account: String,
	/// The bond, with what is to be placed yet.
	bond: Planck,
	/// What of it is to be placed yet.
	to_place: Planck,
	offering: Offering,
	terms: Terms,
	/// How likely a dishonest run of the pair is seen; as the terms assume where it is not calibrated.
	detection: [Bucket; 5],
	/// How many validators can be drawn to audit the pair.
	auditors: u32,
}

/// What [`onboard`] will make of a node. Puts nothing on chain.
///
/// Errors where the wish of the operator cannot be met: a bond below the least, no address, an account that is a validator.
pub async fn foresee(client: &ChainClient, keys: &Keys, offering: &Offering) -> Result<Standing> {
	ensure!(
		!offering.addresses.is_empty(),
		"there is no address under which other peers could reach this node: use --advertise"
	);
	let account = keys.account();
	let view = client.view(At::Finalized).await?;
	let (_, terms) = view.terms().await?;
	let bond = view.bond(&account).await?;
	ensure!(
		bond.as_ref().is_none_or(|bond| bond.role == Role::Node),
		"the account is bonded as a validator: a node needs an account of its own (`hai-agent init`)"
	);
	let active = bond.map(|bond| bond.active);
	let to_place = bond_to_place(offering.bond, active, terms.staking.min_node_bond)?;
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
		account: chain_client::address(&account),
		bond: active.unwrap_or(0).saturating_add(to_place),
		to_place,
		offering: offering.clone(),
		detection: calibration.map_or(terms.verification.detection, |calibration| {
			calibration.entry.detection
		}),
		terms,
		auditors,
	})
}

/// Bonds what was [foreseen](foresee), sets keys, resumes and advertises, each only where no final block shows it yet.
///
/// Every step waits for finality: the next one builds on it, and a block that another replaces would take the
/// bond away from under the advertisement.
pub async fn onboard(client: &ChainClient, keys: &Keys, standing: &Standing) -> Result<()> {
	let account = keys.account();
	let key = keys.account_key()?;
	let Standing {
		to_place, offering, ..
	} = standing;
	let (peer, audit) = keys.bindings();
	match client.view(At::Finalized).await?.bond(&account).await? {
		None => {
			tracing::info!(amount = %amount::hai(*to_place), "bonding");
			client
				.submit_finalized(
					&bonds::bond(Role::Node, *to_place, keys.public(), peer, audit),
					&key,
				)
				.await
				.with_context(|| {
					format!(
						"the bond of {} was not placed; has the account that much HAI (`hai balance`)?",
						amount::hai(*to_place)
					)
				})?;
		}
		Some(bond) => {
			if bond.keys.as_ref().map(|keys| keys.0) != Some(keys.public()) {
				tracing::info!("replacing the keys on chain");
				client
					.submit_finalized(&bonds::set_keys(keys.public(), peer, audit), &key)
					.await?;
			}
			if *to_place > 0 {
				tracing::info!(amount = %amount::hai(*to_place), "adding to the bond");
				client
					.submit_finalized(&bonds::bond_extra(*to_place), &key)
					.await?;
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
	Ok(())
}

/// What a job can take of a bond.
struct Penalties {
	/// Its run is found invalid.
	fraud: Planck,
	/// Its transcript cannot be shown.
	hidden: Planck,
	/// It is not delivered in time.
	late: Planck,
}

impl Standing {
	/// A sampled job of a proven node, for the node's default part of this fee.
	fn job(&self, fee: Planck, tokens: u32) -> JobFacts {
		JobFacts {
			tier: verification::Tier::Sampled,
			fee,
			node_part: Ppm::new(self.node_part()).of(fee),
			tokens,
		}
	}

	/// What such a job can take of the bond: for a run found invalid, and for one that cannot be shown.
	fn stakes(&self, job: &JobFacts) -> (Planck, Planck) {
		let rules = &self.terms.verification.with_detection(self.detection);
		let probability = audit_probability(rules, job, verification::Standing::Proven);
		// Where too few could judge it now, what more of them would take.
		let auditors = self.auditors.clamp(rules.min_eligible, MAX_POPULATION);
		let convicts = conviction_chance(rules, auditors);
		let fraud = penalty(rules, job, probability, convicts).unwrap_or(Planck::MAX);
		let hidden = absence_penalty(rules, job, probability).unwrap_or(Planck::MAX);
		(fraud, hidden)
	}

	/// Both for a job whose fee is [`EXAMPLE_FEE`] and whose answer has [`EXAMPLE_TOKENS`] tokens, and what a job takes that
	/// is not delivered in time.
	fn penalties(&self) -> Penalties {
		let job = self.job(EXAMPLE_FEE, EXAMPLE_TOKENS);
		let (fraud, hidden) = self.stakes(&job);
		let late = no_show_penalty(&self.terms.verification, &job);
		Penalties {
			fraud: fraud.min(self.bond),
			hidden: hidden.min(self.bond),
			late: late.min(self.bond),
		}
	}

	/// The fees of all open jobs together that the bond covers.
	fn open_fees(&self) -> Planck {
		carried_gain(&self.terms.verification, self.bond)
	}

	/// The largest fee of a single sampled job, in whole units of HAI, that the bond covers once the node is proven.
	fn largest_fee(&self) -> Planck {
		let rules = &self.terms.verification;
		let is_covered = |fee: Planck| {
			// The chain cannot know the length yet, and takes the shortest.
			let (fraud, _) = self.stakes(&self.job(fee, 1));
			needed_bond(rules, fraud, 0, 0) <= self.bond
		};
		largest(self.open_fees() / HAI, |units| is_covered(units * HAI)) * HAI
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
			"to_place": self.to_place.to_string(),
			"capacity": self.open_fees().to_string(),
			"largest_fee": self.largest_fee().to_string(),
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
			"slash_fraud": self.penalties().fraud.to_string(),
			"slash_hidden": self.penalties().hidden.to_string(),
			"slash_late": self.penalties().late.to_string(),
			"slash_example_fee": EXAMPLE_FEE.to_string(),
			"blocks_to_payout": self.blocks_to_payout(),
			"seconds_to_payout": self.seconds_to_payout(),
		})
	}
}

impl std::fmt::Display for Standing {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let price = &self.offering.price;
		let penalties = self.penalties();
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
			"bond           {}, of which {} are to be placed now",
			amount::hai(self.bond),
			amount::hai(self.to_place)
		)?;
		writeln!(
			f,
			"it carries     open fees of {} in all, and a sampled job of {} at most once the node is proven",
			amount::hai(self.open_fees()),
			amount::hai(self.largest_fee())
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
			"most to lose   the whole bond, {}: of a sampled job of {}, a run found invalid takes {} and the fee, one that cannot \
			 be shown {}, one that is not delivered {}",
			amount::hai(self.bond),
			amount::hai(EXAMPLE_FEE),
			amount::hai(penalties.fraud),
			amount::hai(penalties.hidden),
			amount::hai(penalties.late)
		)?;
		write!(
			f,
			"first payout   at most {} blocks (about {}) after the first delivered job; `hai payout claim` collects it",
			self.blocks_to_payout(),
			in_words(self.seconds_to_payout())
		)
	}
}

/// The largest number up to `most` for which something holds that holds for all smaller ones as well.
fn largest(most: Planck, holds: impl Fn(Planck) -> bool) -> Planck {
	let (mut known, mut too_large) = (0, most.saturating_add(1));
	while known + 1 < too_large {
		let middle = known.midpoint(too_large);
		if holds(middle) {
			known = middle;
		} else {
			too_large = middle;
		}
	}
	known
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
	fn the_largest_fee_is_found_whatever_it_is() {
		for most in [0, 1, 2, 7, 550] {
			for limit in 0..=most {
				assert_eq!(largest(most, |fee| fee <= limit), limit, "{most}");
			}
			assert_eq!(largest(most, |_| true), most);
		}
	}

	#[test]
	fn time_is_told_in_a_fitting_unit() {
		assert_eq!([40, 300, 90_000].map(in_words), ["40 s", "5 min", "25 h"]);
	}
}

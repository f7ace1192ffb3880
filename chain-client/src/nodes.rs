//! Compute nodes: which ones take jobs, what they offer and where they are reached.

use crate::{
	Account, Hash, Planck, ReadError, Shared, View,
	plain::{call, plain, view},
};
use receipt::{PairKey, Price, keys::KeySet};
use subxt::{transactions::Payload, utils::AccountId32};

plain! {
	/// One model that a node runs, and its price.
	#[derive(Copy)]
	pub struct Offer {
		/// The content hash of the model.
		pub model: Hash,
		/// The key of the (model, backend) pair by which its work is checked.
		pub pair: PairKey,
		/// The price of a call, whatever its length.
		pub price_base: Planck,
		/// The price of each token.
		pub price_per_token: Planck,
	}

	/// What a node offers, and where it is reached.
	pub struct Advertisement {
		/// Where it listens, as multiaddresses in text form.
		pub addresses: Vec<Vec<u8>>,
		/// What it runs.
		pub models: Vec<Offer>,
		/// The longest job it takes, prompt and answer together.
		pub max_tokens: u32,
		/// How many jobs it runs at once.
		pub slots: u16,
	}

	/// A node that takes jobs now.
	pub struct ServingNode {
		/// Its account.
		pub account: Account,
		/// Its active bond.
		pub active: Planck,
		/// The largest further fee its bond covers.
		pub capacity: Planck,
		/// The keys its answers are signed with and its prompts are sealed to.
		pub keys: Shared<KeySet>,
		/// What it offers.
		pub advertisement: Advertisement,
	}
}

impl Offer {
	/// What it asks for a call.
	pub fn price(&self) -> Price {
		Price {
			base: self.price_base,
			per_token: self.price_per_token,
		}
	}
}

impl Advertisement {
	/// Its addresses as text. One that is not UTF-8 is left out.
	pub fn addresses(&self) -> Vec<String> {
		self.addresses
			.iter()
			.filter_map(|address| String::from_utf8(address.clone()).ok())
			.collect()
	}

	/// Its offer of a model, the cheapest for `tokens` where there are several.
	pub fn offer_of(&self, model: &Hash, tokens: u32) -> Option<&Offer> {
		self.models
			.iter()
			.filter(|offer| offer.model == *model)
			.min_by_key(|offer| offer.price().of(tokens))
	}
}

/// Nodes that are read at once.
const PAGE: u32 = 100;

impl View {
	/// What a node put on chain of itself, whether or not it takes new jobs now. An auditor needs it for the jobs that
	/// a node delivered before it stopped.
	pub async fn advertisement(&self, node: &Account) -> Result<Option<Advertisement>, ReadError> {
		let what = "the node's advertisement";
		let key = AccountId32(*node);
		self.at
			.storage()
			.try_fetch(crate::chain::storage().role_staking().advertisements(), (key,))
			.await
			.map_err(|error| ReadError::new(what, error))?
			.map(|advertisement| advertisement.decode())
			.transpose()
			.map_err(|error| ReadError::new(what, error))
	}

	/// Every node that takes jobs now.
	pub async fn serving_nodes(&self) -> Result<Vec<ServingNode>, ReadError> {
		let mut nodes: Vec<ServingNode> = Vec::new();
		loop {
			let after = nodes.last().map(|node| AccountId32(node.account));
			let page: Vec<ServingNode> = view!(
				self,
				"the serving nodes",
				role_staking().serving_nodes(after, PAGE)
			)?;
			let is_last = page.len() < PAGE as usize;
			nodes.extend(page);
			if is_last {
				return Ok(nodes);
			}
		}
	}

	/// A node, if it takes jobs now.
	pub async fn serving_node(&self, account: &Account) -> Result<Option<ServingNode>, ReadError> {
		Ok(self
			.serving_nodes()
			.await?
			.into_iter()
			.find(|node| node.account == *account))
	}

	/// The largest further fee that a node's bond covers; zero for one that takes no jobs.
	pub async fn capacity(&self, node: &Account) -> Result<Planck, ReadError> {
		view!(
			self,
			"the node's capacity",
			role_staking().capacity(AccountId32(*node))
		)
	}
}

/// Says what a node runs and where it is reached, in place of what it said before.
pub fn advertise(advertisement: Advertisement) -> impl Payload {
	call!(role_staking().advertise(advertisement))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_cheapest_offer_depends_on_the_length() {
		let offer = |pair: u8, price_base, price_per_token| Offer {
			model: [1; 32],
			pair: [pair; 32],
			price_base,
			price_per_token,
		};
		let advertisement = Advertisement {
			addresses: vec![b"/ip4/127.0.0.1/tcp/1".to_vec(), vec![0xff]],
			models: vec![offer(1, 100, 1), offer(2, 0, 3)],
			max_tokens: 1000,
			slots: 1,
		};
		let pair = |tokens| {
			advertisement
				.offer_of(&[1; 32], tokens)
				.map(|offer| offer.pair[0])
		};
		assert_eq!((pair(10), pair(100)), (Some(2), Some(1)));
		assert_eq!(advertisement.offer_of(&[2; 32], 10), None);
		assert_eq!(advertisement.addresses(), ["/ip4/127.0.0.1/tcp/1"]);
	}
}

//! Which nodes to ask, and in which order.

use chain_client::{Hash, Planck, nodes::ServingNode, workflows::Publication};
use receipt::PairKey;

/// A node that may run the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
	/// The node.
	pub node: ServingNode,
	/// The pairs on which it runs the workflow's model.
	pub pairs: Vec<PairKey>,
	/// What the call would cost if the prompt had as many tokens as it may have at most.
	pub estimate: Planck,
}

/// A prompt of so many bytes has at most so many tokens: one a byte, and what a tokenizer adds at the ends.
pub(crate) fn most_prompt_tokens(prompt_bytes: usize) -> u32 {
	u32::try_from(prompt_bytes).unwrap_or(u32::MAX).saturating_add(16)
}

/// The nodes that can run a call of so many prompt bytes and answer tokens, cheapest first. Nodes that cost the same
/// stay in the order given, so shuffle them before.
///
/// The estimate is the most the call can cost; a node whose bond does not cover even a tenth of it is left out, and
/// whether it covers the real fee is seen when the fee is known.
pub fn candidates(
	nodes: Vec<ServingNode>,
	workflow: &Publication,
	prompt_bytes: usize,
	max_tokens: u32,
	min_fee_per_token: Planck,
) -> Vec<Candidate> {
	let model: &Hash = &workflow.model;
	let tokens = most_prompt_tokens(prompt_bytes)
		.saturating_add(max_tokens)
		.min(workflow.max_tokens);
	let mut candidates: Vec<Candidate> = nodes
		.into_iter()
		.filter(|node| node.advertisement.max_tokens > max_tokens)
		.filter_map(|node| {
			let offer = node.advertisement.offer_of(model, tokens)?;
			let estimate = workflow
				.price
				.min_fee(tokens, offer.price().of(tokens), min_fee_per_token);
			let pairs = node
				.advertisement
				.models
				.iter()
				.filter(|o| o.model == *model)
				.map(|o| o.pair)
				.collect();
			(node.capacity >= estimate / 10).then_some(Candidate {
				pairs,
				estimate,
				node,
			})
		})
		.collect();
	candidates.sort_by_key(|candidate| candidate.estimate);
	candidates
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use chain_client::{
		nodes::{Advertisement, Offer},
		terms::Split,
		workflows::{Price, PriceMode},
	};
	use receipt::keys::KeySet;

	pub(crate) fn workflow(mode: PriceMode) -> Publication {
		Publication {
			name: b"story".to_vec(),
			manifest_hash: [3; 32],
			manifest_location: Vec::new(),
			price: Price {
				mode,
				base: 100,
				per_token: 1,
			},
			split: Split {
				creator: 450_000,
				upstream: 200_000,
				node: 250_000,
				validators: 50_000,
				treasury: 50_000,
			},
			min_upstream_share: 0,
			parents: Vec::new(),
			upstream: Vec::new(),
			model: [1; 32],
			max_tokens: 512,
			published_at: 1,
			deposit: 0,
		}
	}

	pub(crate) fn node(name: u8, per_token: Planck) -> ServingNode {
		ServingNode {
			account: [name; 32],
			active: 1_000_000,
			capacity: 100_000,
			keys: KeySet {
				peer: [name; 32],
				encryption: [name; 32],
				audit: [name; 32],
			}
			.into(),
			advertisement: Advertisement {
				addresses: vec![b"/ip4/127.0.0.1/tcp/1".to_vec()],
				models: vec![Offer {
					model: [1; 32],
					pair: [9; 32],
					price_base: 0,
					price_per_token: per_token,
				}],
				max_tokens: 512,
				slots: 1,
			},
		}
	}

	fn names(candidates: &[Candidate]) -> Vec<u8> {
		candidates
			.iter()
			.map(|candidate| candidate.node.account[0])
			.collect()
	}

	#[test]
	fn the_cheapest_comes_first_where_the_node_names_its_price() {
		let nodes = vec![node(1, 5), node(2, 2), node(3, 9)];
		let sorted = candidates(nodes.clone(), &workflow(PriceMode::CostPlus), 100, 50, 0);
		assert_eq!(names(&sorted), [2, 1, 3]);
		assert!(sorted[0].estimate < sorted[1].estimate);
		let kept = candidates(nodes, &workflow(PriceMode::Share), 100, 50, 0);
		assert_eq!(names(&kept), [1, 2, 3]);
	}

	#[test]
	fn nodes_that_cannot_run_it_are_left_out() {
		let mut without_model = node(1, 1);
		without_model.advertisement.models[0].model = [7; 32];
		let mut too_short = node(2, 1);
		too_short.advertisement.max_tokens = 50;
		let mut without_bond = node(3, 1);
		without_bond.capacity = 5;
		let nodes = vec![without_model, too_short, without_bond, node(4, 1)];
		assert_eq!(
			names(&candidates(nodes, &workflow(PriceMode::Share), 100, 50, 0)),
			[4]
		);
	}
}

//! Divides one fee among everyone who made the call possible, exact to the last unit.
//!
//! Pure: no storage and no FRAME. The rules:
//!
//! 1. The fee is divided by the five parts of the [`Split`], by the largest remainder; between
//!    equal remainders the order is creator, upstream, node, validators, treasury.
//! 2. A part that nobody can receive goes, before rounding, to a named other: upstream without
//!    upstreams to the creator, node without a node to the treasury, validators without validators
//!    to the treasury.
//! 3. The upstream part is divided by the weights of the flattened table, by the largest
//!    remainder; between equal remainders the lowest workflow number comes first.
//! 4. The validators' part is divided equally; the units that are left go to the lowest accounts.
//!
//! The order in which receivers are given changes nothing, and a receiver given twice counts once
//! (a validator) or with the sum of its weights (a workflow).

use crate::types::{Part, Payee, PayeeKind, WorkflowId};
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec,
	vec::Vec,
};
use pallet_terms::{Planck, Split, largest_remainder};
use polkadot_sdk::sp_runtime::AccountId32;

/// Everyone who may get a part of one fee.
#[derive(Clone, Debug)]
pub struct Receivers<'a> {
	/// The workflow that was called.
	pub workflow: WorkflowId,
	/// Its flattened table: the workflows it builds on, and their weights in the upstream part.
	pub upstream: &'a [(WorkflowId, u32)],
	/// The node, unless it earned nothing.
	pub node: Option<&'a AccountId32>,
	/// The validators whose verdict formed the quorum.
	pub validators: &'a [AccountId32],
	/// The treasury.
	pub treasury: &'a AccountId32,
}

/// Divides the whole `fee` by `split`: the price mode `Share`.
///
/// The parts sum to `fee`. Parts of zero are left out. The order is creator, upstream by workflow
/// number, node, validators by account, treasury. A split that does not sum to one is read as a
/// ratio; one that is zero throughout leaves everything to the treasury.
pub fn divide(fee: Planck, split: &Split, receivers: &Receivers) -> Vec<Part> {
	assemble(0, fee, split.node.deconstruct(), split, receivers)
}

/// Divides a `fee` of which `quote` is the node's price: the price mode `CostPlus`.
///
/// The node gets `quote` (or the whole fee, where that is less). The rest is the workflow's own
/// price; it is divided by `split` without its node part, the other four read as a ratio: with
/// 45/20/25/5/5 the rest is divided 45:20:5:5. Where the job has no node the quote goes to the
/// treasury. A split of which nothing but the node part is above zero leaves the rest to the
/// treasury.
pub fn divide_cost_plus(fee: Planck, quote: Planck, split: &Split, receivers: &Receivers) -> Vec<Part> {
	let quoted = quote.min(fee);
	assemble(quoted, fee.saturating_sub(quoted), 0, split, receivers)
}

/// Gives `quoted` to the node and divides `rest` by `split` with `node_weight` as its node part.
fn assemble(
	quoted: Planck,
	rest: Planck,
	node_weight: u32,
	split: &Split,
	receivers: &Receivers,
) -> Vec<Part> {
	let mut upstream = BTreeMap::<WorkflowId, u32>::new();
	for (workflow, weight) in receivers.upstream.iter().filter(|(_, weight)| *weight > 0) {
		let merged = upstream.entry(*workflow).or_default();
		*merged = merged.saturating_add(*weight);
	}
	let validators: BTreeSet<&AccountId32> = receivers.validators.iter().collect();

	let mut creator_weight = split.creator.deconstruct();
	let mut upstream_weight = split.upstream.deconstruct();
	let mut node_weight = node_weight;
	let mut validators_weight = split.validators.deconstruct();
	let mut treasury_weight = split.treasury.deconstruct();
	if upstream.is_empty() {
		creator_weight = creator_weight.saturating_add(upstream_weight);
		upstream_weight = 0;
	}
	if receivers.node.is_none() {
		treasury_weight = treasury_weight.saturating_add(node_weight);
		node_weight = 0;
	}
	if validators.is_empty() {
		treasury_weight = treasury_weight.saturating_add(validators_weight);
		validators_weight = 0;
	}
	let weights = [
		creator_weight,
		upstream_weight,
		node_weight,
		validators_weight,
		treasury_weight,
	];
	let divided = largest_remainder(rest, &weights);
	let [
		to_creator,
		to_upstream,
		mut to_node,
		to_validators,
		mut to_treasury,
	] = <[Planck; 5]>::try_from(divided).unwrap_or_default();
	// Nothing was divided where every weight is zero.
	let placed = to_creator
		.saturating_add(to_upstream)
		.saturating_add(to_node)
		.saturating_add(to_validators)
		.saturating_add(to_treasury);
	to_treasury = to_treasury.saturating_add(rest.saturating_sub(placed));
	match receivers.node {
		Some(_) => to_node = to_node.saturating_add(quoted),
		None => to_treasury = to_treasury.saturating_add(quoted),
	}

	let mut parts = Vec::with_capacity(upstream.len().saturating_add(validators.len() + 3));
	parts.push((
		PayeeKind::Creator,
		Payee::Workflow(receivers.workflow),
		to_creator,
	));
	let weights: Vec<u32> = upstream.values().copied().collect();
	let amounts = largest_remainder(to_upstream, &weights);
	parts.extend(
		upstream
			.into_keys()
			.zip(amounts)
			.map(|(workflow, amount)| (PayeeKind::Upstream, Payee::Workflow(workflow), amount)),
	);
	if let Some(node) = receivers.node {
		parts.push((PayeeKind::Node, Payee::Account(node.clone()), to_node));
	}
	let amounts = largest_remainder(to_validators, &vec![1; validators.len()]);
	parts.extend(
		validators
			.into_iter()
			.zip(amounts)
			.map(|(validator, amount)| (PayeeKind::Validator, Payee::Account(validator.clone()), amount)),
	);
	parts.push((
		PayeeKind::Treasury,
		Payee::Account(receivers.treasury.clone()),
		to_treasury,
	));
	parts.retain(|(_, _, amount)| *amount > 0);
	parts
}

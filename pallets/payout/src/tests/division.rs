//! A fee is divided exactly, whoever receives it.

use crate::{
	MAX_PARTS, MAX_UPSTREAMS, Part, Payee, PayeeKind,
	PayeeKind::*,
	WorkflowId,
	mock::account,
	split::{Receivers, divide, divide_cost_plus},
};
use pallet_terms::{Planck, Split, presets::DEFAULT_SPLIT};
use polkadot_sdk::{sp_arithmetic::Permill, sp_runtime::AccountId32};
use proptest::prelude::*;

fn receivers<'a>(
	upstream: &'a [(WorkflowId, u32)],
	node: Option<&'a AccountId32>,
	validators: &'a [AccountId32],
	treasury: &'a AccountId32,
) -> Receivers<'a> {
	Receivers {
		workflow: 9,
		upstream,
		node,
		validators,
		treasury,
	}
}

fn of(parts: &[Part], kind: PayeeKind) -> Planck {
	parts
		.iter()
		.filter(|part| part.0 == kind)
		.map(|part| part.2)
		.sum()
}

fn sums(parts: &[Part]) -> [Planck; 5] {
	[Creator, Upstream, Node, Validator, Treasury].map(|kind| of(parts, kind))
}

#[test]
fn everyone_gets_a_part() {
	let (node, treasury) = (account(50), account(200));
	let validators = [account(12), account(11), account(13)];
	let parts = divide(
		1_000,
		&DEFAULT_SPLIT,
		&receivers(&[(4, 250_000), (2, 750_000)], Some(&node), &validators, &treasury),
	);
	assert_eq!(
		parts,
		vec![
			(Creator, Payee::Workflow(9), 450),
			(Upstream, Payee::Workflow(2), 150),
			(Upstream, Payee::Workflow(4), 50),
			(Node, Payee::Account(node), 250),
			(Validator, Payee::Account(account(11)), 17),
			(Validator, Payee::Account(account(12)), 17),
			(Validator, Payee::Account(account(13)), 16),
			(Treasury, Payee::Account(treasury), 50),
		]
	);
}

#[test]
fn what_is_nobodys_own_does_not_grow_with_the_nodes_price() {
	let (node, treasury, validators) = (account(50), account(200), [account(11)]);
	let receivers = receivers(&[(2, 1_000_000)], Some(&node), &validators, &treasury);
	for own in [0, 10, 1_000] {
		let common = |quote: Planck| {
			let parts = divide_cost_plus(own + quote, quote, &DEFAULT_SPLIT, &receivers);
			of(&parts, Validator) + of(&parts, Treasury)
		};
		for quote in [1, 99, 1_000_000] {
			assert_eq!(common(quote), common(0), "{own} {quote}");
		}
		// 5 + 5 of the 75 that are left without the node's part.
		assert!(common(0).abs_diff(own * 10 / 75) <= 1, "{own}: {}", common(0));
	}
}

#[test]
fn a_part_without_receiver_has_a_named_other() {
	let (node, treasury, validators) = (account(50), account(200), [account(11)]);
	let table = [(2, 1_000_000)];
	let check = |upstream: &[_], node, validators: &[_], expect| {
		let parts = divide(
			1_000,
			&DEFAULT_SPLIT,
			&receivers(upstream, node, validators, &treasury),
		);
		assert_eq!(sums(&parts), expect);
	};
	check(&table, Some(&node), &validators, [450, 200, 250, 50, 50]);
	check(&[], Some(&node), &validators, [650, 0, 250, 50, 50]);
	check(&[(2, 0)], Some(&node), &validators, [650, 0, 250, 50, 50]);
	check(&table, None, &validators, [450, 200, 0, 50, 300]);
	check(&table, Some(&node), &[], [450, 200, 250, 0, 100]);
	check(&[], None, &[], [650, 0, 0, 0, 350]);
}

#[test]
fn ties_go_by_the_fixed_order() {
	let (node, treasury, validators) = (account(50), account(200), [account(11)]);
	let fifth = Permill::from_percent(20);
	let split = Split {
		creator: fifth,
		upstream: fifth,
		node: fifth,
		validators: fifth,
		treasury: fifth,
	};
	for (fee, expect) in [
		(1, [1, 0, 0, 0, 0]),
		(2, [1, 1, 0, 0, 0]),
		(3, [1, 1, 1, 0, 0]),
		(4, [1, 1, 1, 1, 0]),
		(8, [2, 2, 2, 1, 1]),
	] {
		let given = receivers(&[(2, 1)], Some(&node), &validators, &treasury);
		assert_eq!(sums(&divide(fee, &split, &given)), expect);
	}
}

#[test]
fn cost_plus_gives_the_quote_to_the_node_and_divides_the_rest_without_it() {
	let (node, treasury, validators) = (account(50), account(200), [account(11)]);
	let table = [(2, 1_000_000)];
	let check = |fee, quote, node, expect| {
		let given = receivers(&table, node, &validators, &treasury);
		assert_eq!(
			sums(&divide_cost_plus(fee, quote, &DEFAULT_SPLIT, &given)),
			expect
		);
	};
	// The rest is divided 45 : 20 : 5 : 5.
	check(1_750, 1_000, Some(&node), [450, 200, 1_000, 50, 50]);
	check(1_750, 1_000, None, [450, 200, 0, 50, 1_050]);
	// A fee below the quote is the node's.
	check(900, 1_000, Some(&node), [0, 0, 900, 0, 0]);
	// Nothing but the node part: the treasury is named.
	let zero = Permill::zero();
	let only_node = Split {
		creator: zero,
		upstream: zero,
		node: Permill::one(),
		validators: zero,
		treasury: zero,
	};
	let given = receivers(&table, Some(&node), &validators, &treasury);
	assert_eq!(
		sums(&divide_cost_plus(30, 10, &only_node, &given)),
		[0, 0, 10, 0, 20]
	);
}

#[test]
fn the_most_receivers_there_can_be_fill_the_bound() {
	let (node, treasury) = (account(50), account(200));
	let table: Vec<_> = (0..MAX_UPSTREAMS).map(|workflow| (10 + workflow, 1)).collect();
	let committee: Vec<_> = (0..pallet_terms::MAX_COMMITTEE)
		.map(|number| account(100 + number as u8))
		.collect();
	let parts = divide(
		1_000_000,
		&DEFAULT_SPLIT,
		&receivers(&table, Some(&node), &committee, &treasury),
	);
	assert_eq!(parts.len(), MAX_PARTS as usize);
}

#[test]
fn the_largest_fee_is_divided_too() {
	let (node, treasury, validators) = (account(50), account(200), [account(11)]);
	let given = receivers(&[(2, 3), (5, 7)], Some(&node), &validators, &treasury);
	let parts = divide(Planck::MAX, &DEFAULT_SPLIT, &given);
	assert_eq!(parts.iter().map(|part| part.2).sum::<Planck>(), Planck::MAX);
}

prop_compose! {
	/// A split that sums to one.
	fn split()(cuts in prop::array::uniform4(0u32..=1_000_000)) -> Split {
		let mut cuts = cuts;
		cuts.sort_unstable();
		let part = |from: u32, to: u32| Permill::from_parts(to - from);
		Split {
			creator: part(0, cuts[0]),
			upstream: part(cuts[0], cuts[1]),
			node: part(cuts[1], cuts[2]),
			validators: part(cuts[2], cuts[3]),
			treasury: part(cuts[3], 1_000_000),
		}
	}
}

fn table() -> impl Strategy<Value = Vec<(WorkflowId, u32)>> {
	prop::collection::btree_map(0u32..9, 1u32..=1_000_000, 0..=8)
		.prop_map(|table| table.into_iter().collect())
}

fn validators() -> impl Strategy<Value = Vec<AccountId32>> {
	prop::collection::btree_set(10u8..26, 0..=16).prop_map(|set| set.into_iter().map(account).collect())
}

/// Whether `amount` is `whole * weight / total`, rounded down or up.
fn rounded(amount: Planck, whole: Planck, weight: u32, total: u128) -> bool {
	let exact = whole * u128::from(weight);
	amount == exact / total || amount == exact.div_ceil(total)
}

proptest! {
	#[test]
	fn parts_sum_to_the_fee_and_are_within_a_unit(
		fee in 0..=1_000_000_000_000_000_000_000_000u128,
		split in split(),
		table in table(),
		quorum in validators(),
		has_node in any::<bool>(),
	) {
		let (node, treasury) = (account(50), account(200));
		let given =
			receivers(&table, has_node.then_some(&node), &quorum, &treasury);
		let parts = divide(fee, &split, &given);
		prop_assert_eq!(parts.iter().map(|part| part.2).sum::<Planck>(), fee);
		prop_assert!(parts.iter().all(|part| part.2 > 0));

		let mut weights = [split.creator, split.upstream, split.node, split.validators, split.treasury]
			.map(|part| part.deconstruct());
		if table.is_empty() {
			weights[0] += core::mem::take(&mut weights[1]);
		}
		if !has_node {
			weights[4] += core::mem::take(&mut weights[2]);
		}
		if quorum.is_empty() {
			weights[4] += core::mem::take(&mut weights[3]);
		}
		let sums = sums(&parts);
		for (amount, weight) in sums.iter().zip(weights) {
			prop_assert!(rounded(*amount, fee, weight, 1_000_000));
		}
		let total: u128 = table.iter().map(|(_, weight)| u128::from(*weight)).sum();
		for (workflow, weight) in &table {
			let amount = parts
				.iter()
				.find(|part| part.0 == Upstream && part.1 == Payee::Workflow(*workflow))
				.map_or(0, |part| part.2);
			prop_assert!(rounded(amount, sums[1], *weight, total));
		}
		for validator in &quorum {
			let amount = parts
				.iter()
				.find(|part| part.0 == Validator && part.1 == Payee::Account(validator.clone()))
				.map_or(0, |part| part.2);
			prop_assert!(rounded(amount, sums[3], 1, quorum.len() as u128));
		}
	}

	#[test]
	fn cost_plus_sums_to_the_fee_and_never_shorts_the_node(
		fee in any::<u128>(),
		quote in any::<u128>(),
		split in split(),
		table in table(),
		quorum in validators(),
	) {
		let (node, treasury) = (account(50), account(200));
		let given = receivers(&table, Some(&node), &quorum, &treasury);
		let parts = divide_cost_plus(fee, quote, &split, &given);
		prop_assert_eq!(parts.iter().map(|part| part.2).sum::<Planck>(), fee);
		prop_assert_eq!(of(&parts, Node), quote.min(fee));
	}

	#[test]
	fn the_order_of_receivers_changes_nothing(
		fee in any::<u128>(),
		split in split(),
		(table, shuffled) in table().prop_flat_map(|t| (Just(t.clone()), Just(t).prop_shuffle())),
		(quorum, mixed) in validators().prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle())),
	) {
		let (node, treasury) = (account(50), account(200));
		let doubled: Vec<_> = mixed.iter().chain(&mixed).cloned().collect();
		prop_assert_eq!(
			divide(fee, &split, &receivers(&table, Some(&node), &quorum, &treasury)),
			divide(fee, &split, &receivers(&shuffled, Some(&node), &doubled, &treasury))
		);
	}
}

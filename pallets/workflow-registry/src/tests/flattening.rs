//! Parents are checked, and their tables become one that sums.

use crate::{
	flatten::{Ancestry, flatten},
	mock::*,
	*,
};
use frame_support::{assert_noop, assert_ok};
use pallet_terms::{Split, presets::DEFAULT_SPLIT};
use polkadot_sdk::*;
use proptest::prelude::*;
use sp_arithmetic::Permill;

fn refused(input: PublishInput, error: Error<Test>) {
	assert_noop!(Registry::publish(signed(ALICE), Box::new(input)), error);
}

#[test]
fn slices_are_divided_between_a_parent_and_what_it_builds_on() {
	new_test_ext().execute_with(|| {
		let root = publish(ALICE, input(1));
		assert!(table(root).is_empty());
		let child = publish(BOB, with_parents(2, &[(root, 1, 1_000_000)]));
		assert_eq!(table(child), vec![(root, 1_000_000)]);
		// The child keeps 45 of 65 of its slice, the rest is the root's.
		let grandchild = publish(BOB, with_parents(3, &[(child, 1, 1_000_000)]));
		assert_eq!(table(grandchild), vec![(root, 307_692), (child, 692_308)]);
		// The root directly and through the child: merged.
		let both = publish(BOB, with_parents(4, &[(root, 1, 350_000), (child, 1, 650_000)]));
		assert_eq!(table(both), vec![(root, 550_000), (child, 450_000)]);
		assert_eq!(Registry::descendants(root), 3);
		assert_eq!(Registry::descendants(child), 2);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn a_parent_without_upstream_part_keeps_its_slice() {
	new_test_ext().execute_with(|| {
		let root = publish(ALICE, input(1));
		let split = Split {
			creator: Permill::from_percent(65),
			upstream: Permill::zero(),
			..DEFAULT_SPLIT
		};
		let selfish = PublishInput {
			split: Some(split),
			..with_parents(2, &[(root, 1, 1_000_000)])
		};
		let child = publish(BOB, selfish);
		let grandchild = publish(BOB, with_parents(3, &[(child, 1, 1_000_000)]));
		assert_eq!(table(grandchild), vec![(child, 1_000_000)]);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn parents_are_checked() {
	new_test_ext().execute_with(|| {
		let root = publish(ALICE, input(1));
		let other = publish(ALICE, input(2));
		refused(with_parents(3, &[(9, 1, 1_000_000)]), Error::ParentNotEarlier);
		// Its own number: the first version has no earlier one.
		refused(with_parents(3, &[(2, 1, 1_000_000)]), Error::ParentNotEarlier);
		refused(with_parents(3, &[(root, 2, 1_000_000)]), Error::UnknownParent);
		refused(with_parents(3, &[(root, 0, 1_000_000)]), Error::UnknownParent);
		refused(
			with_parents(3, &[(root, 1, 500_000), (root, 1, 500_000)]),
			Error::DuplicateParent,
		);
		refused(
			with_parents(3, &[(root, 1, 0), (other, 1, 1_000_000)]),
			Error::ParentWithoutShare,
		);
		refused(
			with_parents(3, &[(root, 1, 999_999)]),
			Error::ParentSharesMustSumToOne,
		);
		refused(
			with_parents(3, &[(root, 1, 1_000_000), (other, 1, 1)]),
			Error::ParentSharesMustSumToOne,
		);
		assert_ok!(Registry::retire(signed(ALICE), root));
		refused(with_parents(3, &[(root, 1, 1_000_000)]), Error::ParentNotActive);
		assert_ok!(Registry::ban(RuntimeOrigin::root(), other));
		refused(with_parents(3, &[(other, 1, 1_000_000)]), Error::ParentNotActive);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn a_version_may_build_on_an_earlier_one_of_the_same_workflow() {
	new_test_ext().execute_with(|| {
		let root = publish(ALICE, input(1));
		let parents = [(root, 1, 1_000_000)];
		assert_ok!(Registry::new_version(
			signed(ALICE),
			root,
			Box::new(with_parents(2, &parents))
		));
		assert_eq!(table(root), vec![(root, 1_000_000)]);
		// It is not its own descendant.
		assert_eq!(Registry::descendants(root), 0);
		assert_noop!(
			Registry::new_version(
				signed(ALICE),
				root,
				Box::new(with_parents(3, &[(root, 3, 1_000_000)]))
			),
			Error::<Test>::ParentNotEarlier
		);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn a_parent_may_demand_its_share() {
	new_test_ext().execute_with(|| {
		let asking = |part| PublishInput {
			min_upstream_share: Permill::from_percent(part),
			..input(part as u8)
		};
		let root = publish(ALICE, asking(10));
		let other = publish(ALICE, asking(1));
		// The default passes 20 % on: half of it is just enough.
		publish(BOB, with_parents(50, &[(root, 1, 500_000), (other, 1, 500_000)]));
		refused(
			with_parents(51, &[(root, 1, 499_999), (other, 1, 500_001)]),
			Error::ParentAsksMore,
		);
		assert_ok!(Registry::do_try_state());
	});
}

fn cost_plus(seed: u8, parents: &[(WorkflowId, u32, u32)]) -> PublishInput {
	PublishInput {
		price: COST_PLUS,
		..with_parents(seed, parents)
	}
}

const COST_PLUS: Price = Price {
	mode: PriceMode::CostPlus,
	base: 10,
	per_token: 3,
};

#[test]
fn what_a_parent_demands_is_a_part_of_the_whole_fee() {
	new_test_ext().execute_with(|| {
		let asking = publish(
			ALICE,
			PublishInput {
				min_upstream_share: Permill::from_parts(1),
				..input(1)
			},
		);
		let modest = publish(ALICE, input(2));
		// Of the fee that remains above the node's quote nothing may be left.
		refused(cost_plus(3, &[(asking, 1, WHOLE)]), Error::ParentAsksMore);
		refused(
			cost_plus(3, &[(asking, 1, 500_000), (modest, 1, 500_000)]),
			Error::ParentAsksMore,
		);
		publish(BOB, with_parents(3, &[(asking, 1, WHOLE)]));
		let child = publish(BOB, cost_plus(4, &[(modest, 1, WHOLE)]));
		assert_noop!(
			Registry::new_version(signed(BOB), child, Box::new(cost_plus(5, &[(asking, 1, WHOLE)]))),
			Error::<Test>::ParentAsksMore
		);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn a_workflow_with_parents_keeps_its_price_mode() {
	new_test_ext().execute_with(|| {
		let root = publish(
			ALICE,
			PublishInput {
				min_upstream_share: Permill::from_percent(20),
				..input(1)
			},
		);
		let child = publish(BOB, with_parents(2, &[(root, 1, WHOLE)]));
		assert_noop!(
			Registry::set_price(signed(BOB), child, COST_PLUS),
			Error::<Test>::ModeOfDescendant
		);
		let dearer = Price {
			mode: PriceMode::Share,
			..COST_PLUS
		};
		assert_ok!(Registry::set_price(signed(BOB), child, dearer));
		// Without parents there is nobody to ask.
		assert_ok!(Registry::set_price(signed(ALICE), root, COST_PLUS));
		assert_ok!(Registry::set_price(signed(ALICE), root, dearer));
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn the_table_is_bounded() {
	new_test_ext().execute_with(|| {
		let eighth = 125_000;
		for seed in 0..40 {
			publish(ALICE, input(seed));
		}
		// Each of the middle ones pays eight roots; five of them would need 45 places.
		let middles: Vec<WorkflowId> = (0..5)
			.map(|middle| {
				let parents: Vec<_> = (0..8).map(|root| (middle * 8 + root, 1, eighth)).collect();
				publish(ALICE, with_parents(100 + middle as u8, &parents))
			})
			.collect();
		let parents: Vec<_> = middles.iter().map(|middle| (*middle, 1, 200_000)).collect();
		refused(with_parents(200, &parents), Error::TooManyBeneficiaries);
		let three: Vec<_> = middles
			.iter()
			.take(3)
			.zip([300_000, 300_000, 400_000])
			.map(|(m, s)| (*m, 1, s))
			.collect();
		let child = publish(ALICE, with_parents(200, &three));
		assert_eq!(table(child).len(), 27);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn a_change_of_parents_counts_descendants() {
	new_test_ext().execute_with(|| {
		let (a, b) = (publish(ALICE, input(1)), publish(ALICE, input(2)));
		let child = publish(BOB, with_parents(3, &[(a, 1, 1_000_000)]));
		let price = Price {
			mode: PriceMode::Share,
			base: 1,
			per_token: 1,
		};
		assert_ok!(Registry::set_price(signed(BOB), child, price));
		assert_eq!((Registry::descendants(a), Registry::descendants(b)), (1, 0));
		let next = with_parents(4, &[(b, 1, 1_000_000)]);
		assert_ok!(Registry::new_version(signed(BOB), child, Box::new(next)));
		assert_eq!((Registry::descendants(a), Registry::descendants(b)), (1, 1));
		assert_ok!(Registry::do_try_state());
	});
}

fn split() -> impl Strategy<Value = Split> {
	(0u32..=1_000_000, 0u32..=1_000_000).prop_map(|(a, b)| {
		let (low, high) = (a.min(b), a.max(b));
		Split {
			creator: Permill::from_parts(low),
			upstream: Permill::from_parts(high - low),
			node: Permill::from_parts(1_000_000 - high),
			validators: Permill::zero(),
			treasury: Permill::zero(),
		}
	})
}

type Case = (u32, Split, Vec<(WorkflowId, u32)>);

fn parents() -> impl Strategy<Value = Vec<Case>> {
	let upstream = prop::collection::btree_map(0u32..20, 1u32..=1_000_000, 0..=20)
		.prop_map(|table| table.into_iter().collect());
	prop::collection::vec((1u32..=1_000_000, split(), upstream), 1..=8)
}

proptest! {
	#[test]
	fn a_table_sums_and_follows_the_rule(parents in parents()) {
		let ancestry: Vec<Ancestry> = parents
			.iter()
			.enumerate()
			.map(|(index, (slice, split, upstream))| Ancestry {
				workflow: 100 + index as u32,
				slice: *slice,
				split: *split,
				upstream,
			})
			.collect();
		let table = flatten(&ancestry).expect("28 numbers at most");
		prop_assert_eq!(table.iter().map(|(_, weight)| u64::from(*weight)).sum::<u64>(), 1_000_000);
		prop_assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
		prop_assert!(table.iter().all(|(_, weight)| *weight > 0));

		// The rule in exact numbers; three divisions, each off by less than one part, for each parent.
		let slices: f64 = parents.iter().map(|(slice, ..)| f64::from(*slice)).sum();
		let mut exact = std::collections::BTreeMap::<WorkflowId, f64>::new();
		for (index, (slice, split, upstream)) in parents.iter().enumerate() {
			let slice = 1e6 * f64::from(*slice) / slices;
			let creator = f64::from(split.creator.deconstruct());
			let passed = f64::from(split.upstream.deconstruct());
			let own = if upstream.is_empty() || passed == 0.0 {
				slice
			} else {
				slice * creator / (creator + passed)
			};
			*exact.entry(100 + index as u32).or_default() += own;
			let total: f64 = upstream.iter().map(|(_, weight)| f64::from(*weight)).sum();
			for (workflow, weight) in upstream {
				*exact.entry(*workflow).or_default() += (slice - own) * f64::from(*weight) / total;
			}
		}
		let allowed = 3.0 * parents.len() as f64;
		for (workflow, exact) in exact {
			let weight = table.iter().find(|(id, _)| *id == workflow).map_or(0, |(_, w)| *w);
			prop_assert!((f64::from(weight) - exact).abs() < allowed, "{workflow}: {weight}, {exact}");
		}
	}
}

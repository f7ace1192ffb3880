//! Any sequence of calls, right or wrong, keeps every invariant.

use crate::{mock::*, *};
use frame_support::{assert_ok, storage::with_storage_layer, traits::fungible::Inspect};
use polkadot_sdk::*;
use proptest::{prelude::*, test_runner::TestRunner};
use sp_runtime::{AccountId32, DispatchResult};
use std::{cell::RefCell, collections::BTreeSet};

/// Stands for the owner of the workflow that is acted upon.
const OWNER: u8 = 0;

/// Stands for a workflow that does not exist.
const NOBODY: u32 = 40;

#[derive(Clone, Debug)]
enum Action {
	Publish(u8, u8, Conditions, Vec<(u32, u32)>),
	NewVersion(u8, u32, u8, Conditions, Vec<(u32, u32)>),
	SetPrice(u8, u32, PriceMode),
	Offer(u8, u32, Option<u8>),
	Accept(u8, u32),
	Retire(u8, u32),
	Reclaim(u32),
	Ban(u32),
	Wait(u64),
}

/// How a workflow is priced, and what it asks of those that build on it, in percent.
type Conditions = (PriceMode, u32);

fn action() -> impl Strategy<Value = Action> {
	let mode = || {
		prop_oneof![
			Just(PriceMode::Share),
			Just(PriceMode::Share),
			Just(PriceMode::CostPlus)
		]
	};
	let conditions = || (mode(), prop_oneof![4 => Just(0u32), 1 => 1u32..20]);
	// The owner, or one of two accounts.
	let who = || prop_oneof![3 => Just(OWNER), 1 => 1u8..3];
	// Counted among those that are there, except for the last.
	let id = || 0u32..=NOBODY;
	// Parents as workflow and version; the shares are made to sum.
	let parents = || prop::collection::vec((0..NOBODY, prop_oneof![4 => 1u32..2, 1 => 2u32..4]), 0..3);
	prop_oneof![
		4 => (1u8..3, 0u8..60, conditions(), parents())
			.prop_map(|(a, b, c, d)| Action::Publish(a, b, c, d)),
		3 => (who(), id(), 0u8..60, conditions(), parents())
			.prop_map(|(a, b, c, d, e)| Action::NewVersion(a, b, c, d, e)),
		2 => (who(), id(), mode()).prop_map(|(a, b, c)| Action::SetPrice(a, b, c)),
		2 => (who(), id(), prop::option::of(1u8..3)).prop_map(|(a, b, c)| Action::Offer(a, b, c)),
		3 => (1u8..3, id()).prop_map(|(a, b)| Action::Accept(a, b)),
		2 => (who(), id()).prop_map(|(a, b)| Action::Retire(a, b)),
		8 => id().prop_map(Action::Reclaim),
		1 => id().prop_map(Action::Ban),
		2 => (1u64..4_000).prop_map(Action::Wait),
	]
}

/// One of the workflows that stand, by counting round.
fn existing(id: u32) -> WorkflowId {
	let mut ids: Vec<_> = Workflows::<Test>::iter_keys().collect();
	ids.sort_unstable();
	match ids.len() {
		count if count > 0 && id != NOBODY => ids[id as usize % count],
		_ => WorkflowId::MAX,
	}
}

fn made(seed: u8, (mode, asks): Conditions, parents: &[(u32, u32)]) -> Box<PublishInput> {
	let count = parents.len().max(1) as u32;
	let parents: Vec<_> = parents
		.iter()
		.enumerate()
		.map(|(index, (workflow, version))| {
			let rest = if index == 0 { WHOLE % count } else { 0 };
			(existing(*workflow), *version, WHOLE / count + rest)
		})
		.collect();
	let input = with_parents(seed, &parents);
	Box::new(PublishInput {
		price: Price { mode, ..input.price },
		min_upstream_share: sp_arithmetic::Permill::from_percent(asks),
		..input
	})
}

impl Action {
	/// What a person would call it.
	fn name(&self) -> &'static str {
		match self {
			Self::Publish(_, _, _, parents) if parents.is_empty() => "publish",
			Self::Publish(..) => "publish upon another",
			Self::NewVersion(..) => "new version",
			Self::SetPrice(_, _, PriceMode::Share) => "set a price by share",
			Self::SetPrice(_, _, PriceMode::CostPlus) => "set a price by cost",
			Self::Offer(..) => "offer",
			Self::Accept(..) => "accept",
			Self::Retire(..) => "retire",
			Self::Reclaim(..) => "reclaim",
			Self::Ban(..) => "ban",
			Self::Wait(..) => "wait",
		}
	}
}

fn perform(action: Action) -> DispatchResult {
	let by = |who: u8, id: WorkflowId| match who {
		OWNER => signed(Workflows::<Test>::get(id).map_or(ALICE, |entry| entry.owner)),
		who => signed(account(who)),
	};
	match action {
		Action::Publish(who, seed, conditions, parents) => {
			Registry::publish(by(who, 0), made(seed, conditions, &parents))
		}
		Action::NewVersion(who, id, seed, conditions, parents) => {
			let id = existing(id);
			Registry::new_version(by(who, id), id, made(seed, conditions, &parents))
		}
		Action::SetPrice(who, id, mode) => {
			let price = Price {
				mode,
				base: 8,
				per_token: 1,
			};
			let id = existing(id);
			Registry::set_price(by(who, id), id, price)
		}
		Action::Offer(who, id, to) => {
			let id = existing(id);
			Registry::offer(by(who, id), id, to.map(account))
		}
		Action::Accept(who, id) => Registry::accept(by(who, 0), existing(id)),
		Action::Retire(who, id) => {
			let id = existing(id);
			Registry::retire(by(who, id), id)
		}
		Action::Reclaim(id) => Registry::reclaim(signed(ALICE), existing(id))
			.map(|_| ())
			.map_err(|refused| refused.error),
		Action::Ban(id) => Registry::ban(RuntimeOrigin::root(), existing(id)),
		Action::Wait(blocks) => {
			System::set_block_number(System::block_number() + blocks);
			Ok(())
		}
	}
}

/// A version with a parent that asks for a part of the fee divides the whole fee.
fn demands_are_kept() {
	for (workflow, version, publication) in Versions::<Test>::iter() {
		for parent in &publication.parents {
			let asked = Versions::<Test>::get(parent.workflow, parent.version)
				.map_or(0, |parent| parent.min_upstream_share.deconstruct());
			assert!(
				asked == 0 || publication.price.mode == PriceMode::Share,
				"version {version} of {workflow} passes on a part of less than the fee"
			);
		}
	}
}

/// Performs the actions and says which of them took effect.
fn run(actions: Vec<Action>) -> BTreeSet<&'static str> {
	new_test_ext().execute_with(|| {
		let root = publish(ALICE, input(101));
		let child = publish(BOB, with_parents(102, &[(root, 1, WHOLE)]));
		publish(ALICE, with_parents(103, &[(child, 1, WHOLE)]));
		let total = |who: &AccountId32| Balances::total_balance(who);
		let mut before = (total(&ALICE), total(&BOB));
		let mut done = BTreeSet::new();
		for action in actions {
			let name = action.name();
			let forfeited = match action {
				Action::Ban(id) => Workflows::<Test>::get(existing(id)),
				_ => None,
			};
			if with_storage_layer(|| perform(action)).is_ok() {
				done.insert(name);
				// Deposits are only held: nobody gets richer or poorer but by a ban.
				match forfeited {
					Some(entry) if entry.owner == ALICE => before.0 -= entry.deposit,
					Some(entry) => before.1 -= entry.deposit,
					None => {}
				}
			}
			assert_ok!(Registry::do_try_state());
			demands_are_kept();
			let now = (total(&ALICE), total(&BOB));
			assert_eq!(now, before);
			assert_eq!(now.0 + now.1 + total(&TREASURY), Balances::total_issuance());
		}
		done
	})
}

#[test]
fn every_invariant_holds_after_each_call() {
	let done = RefCell::new(BTreeSet::new());
	let mut runner = TestRunner::new(ProptestConfig {
		cases: 256,
		failure_persistence: None,
		..ProptestConfig::default()
	});
	let result = runner.run(&prop::collection::vec(action(), 1..100), |actions| {
		done.borrow_mut().extend(run(actions));
		Ok(())
	});
	assert!(result.is_ok(), "{result:?}");
	// The sequences are of use only if every call takes effect in one of them.
	for name in [
		"publish",
		"publish upon another",
		"new version",
		"set a price by share",
		"set a price by cost",
		"offer",
		"accept",
		"retire",
		"reclaim",
		"ban",
	] {
		assert!(done.borrow().contains(name), "no sequence could {name}: {done:?}");
	}
}

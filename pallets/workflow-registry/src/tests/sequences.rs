//! Any sequence of calls, right or wrong, keeps every invariant.

use crate::{mock::*, *};
use frame_support::{assert_ok, storage::with_storage_layer, traits::fungible::Inspect};
use polkadot_sdk::*;
use proptest::prelude::*;
use sp_runtime::{AccountId32, DispatchResult};

/// Stands for the owner of the workflow that is acted upon.
const OWNER: u8 = 0;

/// Stands for a workflow that does not exist.
const NOBODY: u32 = 40;

#[derive(Clone, Debug)]
enum Action {
	Publish(u8, u8, Vec<(u32, u32)>),
	NewVersion(u8, u32, u8, Vec<(u32, u32)>),
	SetPrice(u8, u32, u128),
	Offer(u8, u32, Option<u8>),
	Accept(u8, u32),
	Retire(u8, u32),
	Reclaim(u32),
	Ban(u32),
	Wait(u64),
}

fn action() -> impl Strategy<Value = Action> {
	// The owner, or one of two accounts.
	let who = || prop_oneof![3 => Just(OWNER), 1 => 1u8..3];
	// Counted among those that are there, except for the last.
	let id = || 0u32..=NOBODY;
	// Parents as workflow and version; the shares are made to sum.
	let parents = || prop::collection::vec((0..NOBODY, prop_oneof![4 => 1u32..2, 1 => 2u32..4]), 0..3);
	prop_oneof![
		4 => (1u8..3, 0u8..60, parents()).prop_map(|(a, b, c)| Action::Publish(a, b, c)),
		3 => (who(), id(), 0u8..60, parents())
			.prop_map(|(a, b, c, d)| Action::NewVersion(a, b, c, d)),
		1 => (who(), id(), 0u128..9).prop_map(|(a, b, c)| Action::SetPrice(a, b, c)),
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

fn made(seed: u8, parents: &[(u32, u32)]) -> Box<PublishInput> {
	let count = parents.len().max(1) as u32;
	let parents: Vec<_> = parents
		.iter()
		.enumerate()
		.map(|(index, (workflow, version))| {
			let rest = if index == 0 { WHOLE % count } else { 0 };
			(existing(*workflow), *version, WHOLE / count + rest)
		})
		.collect();
	Box::new(with_parents(seed, &parents))
}

fn perform(action: Action) -> DispatchResult {
	let by = |who: u8, id: WorkflowId| match who {
		OWNER => signed(Workflows::<Test>::get(id).map_or(ALICE, |entry| entry.owner)),
		who => signed(account(who)),
	};
	match action {
		Action::Publish(who, seed, parents) => Registry::publish(by(who, 0), made(seed, &parents)),
		Action::NewVersion(who, id, seed, parents) => {
			let id = existing(id);
			Registry::new_version(by(who, id), id, made(seed, &parents))
		}
		Action::SetPrice(who, id, base) => {
			let price = Price {
				mode: PriceMode::CostPlus,
				base,
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

proptest! {
	#![proptest_config(ProptestConfig::with_cases(256))]

	#[test]
	fn every_invariant_holds_after_each_call(actions in prop::collection::vec(action(), 1..100)) {
		new_test_ext().execute_with(|| {
			let root = publish(ALICE, input(101));
			let child = publish(BOB, with_parents(102, &[(root, 1, WHOLE)]));
			publish(ALICE, with_parents(103, &[(child, 1, WHOLE)]));
			let total = |who: &AccountId32| Balances::total_balance(who);
			let before = (total(&ALICE), total(&BOB));
			for action in actions {
				let _ = with_storage_layer(|| perform(action));
				assert_ok!(Registry::do_try_state());
				// Deposits are only held: nobody gets richer or poorer.
				assert_eq!((total(&ALICE), total(&BOB)), before);
			}
		});
	}
}

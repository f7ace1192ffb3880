//! Any sequence of calls, right or wrong, keeps every invariant.

use crate::{mock::*, *};
use frame_support::{assert_ok, storage::with_storage_layer, traits::fungible::Inspect};
use polkadot_sdk::*;
use proptest::prelude::*;
use sp_runtime::{AccountId32, DispatchResult};

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
	let who = || 1u8..3;
	let id = || 0u32..6;
	// Parents as workflow and version; the shares are made to sum.
	let parents = || prop::collection::vec((id(), 1u32..3), 0..4);
	prop_oneof![
		4 => (who(), 0u8..30, parents()).prop_map(|(a, b, c)| Action::Publish(a, b, c)),
		3 => (who(), id(), 0u8..30, parents())
			.prop_map(|(a, b, c, d)| Action::NewVersion(a, b, c, d)),
		1 => (who(), id(), 0u128..9).prop_map(|(a, b, c)| Action::SetPrice(a, b, c)),
		1 => (who(), id(), prop::option::of(who())).prop_map(|(a, b, c)| Action::Offer(a, b, c)),
		1 => (who(), id()).prop_map(|(a, b)| Action::Accept(a, b)),
		2 => (who(), id()).prop_map(|(a, b)| Action::Retire(a, b)),
		3 => id().prop_map(Action::Reclaim),
		1 => id().prop_map(Action::Ban),
		2 => (1u64..2_000).prop_map(Action::Wait),
	]
}

fn made(seed: u8, parents: &[(u32, u32)]) -> Box<PublishInput> {
	let count = parents.len().max(1) as u32;
	let parents: Vec<_> = parents
		.iter()
		.enumerate()
		.map(|(index, (workflow, version))| {
			let rest = if index == 0 { WHOLE % count } else { 0 };
			(*workflow, *version, WHOLE / count + rest)
		})
		.collect();
	Box::new(with_parents(seed, &parents))
}

fn perform(action: Action) -> DispatchResult {
	let by = |who: u8| signed(account(who));
	match action {
		Action::Publish(who, seed, parents) => Registry::publish(by(who), made(seed, &parents)),
		Action::NewVersion(who, id, seed, parents) => {
			Registry::new_version(by(who), id, made(seed, &parents))
		},
		Action::SetPrice(who, id, base) => {
			let price = Price { mode: PriceMode::CostPlus, base, per_token: 1 };
			Registry::set_price(by(who), id, price)
		},
		Action::Offer(who, id, to) => Registry::offer(by(who), id, to.map(account)),
		Action::Accept(who, id) => Registry::accept(by(who), id),
		Action::Retire(who, id) => Registry::retire(by(who), id),
		Action::Reclaim(id) => {
			Registry::reclaim(by(1), id).map(|_| ()).map_err(|refused| refused.error)
		},
		Action::Ban(id) => Registry::ban(RuntimeOrigin::root(), id),
		Action::Wait(blocks) => {
			System::set_block_number(System::block_number() + blocks);
			Ok(())
		},
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(96))]

	#[test]
	fn every_invariant_holds_after_each_call(actions in prop::collection::vec(action(), 1..60)) {
		new_test_ext().execute_with(|| {
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

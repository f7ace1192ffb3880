//! What can be published, at which deposit, and what can be called.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use pallet_terms::{Split, presets::DEFAULT_SPLIT};
use polkadot_sdk::*;
use sp_arithmetic::Permill;
use sp_runtime::TokenError;

fn refused(input: PublishInput, error: Error<Test>) {
	assert_noop!(Registry::publish(signed(ALICE), Box::new(input)), error);
}

fn percents(parts: [u32; 5]) -> Split {
	let [creator, upstream, node, validators, treasury] = parts.map(Permill::from_percent);
	Split {
		creator,
		upstream,
		node,
		validators,
		treasury,
	}
}

#[test]
fn a_published_workflow_can_be_called() {
	new_test_ext().execute_with(|| {
		assert_eq!(publish(ALICE, input(1)), 0);
		System::assert_last_event(
			Event::Published {
				workflow: 0,
				version: 1,
				owner: ALICE,
				manifest_hash: [1; 32],
			}
			.into(),
		);
		let call = Registry::callable(0, 1).expect("it is active");
		assert_eq!(call.split, DEFAULT_SPLIT);
		assert_eq!(call.price, input(1).price);
		assert_eq!((call.model, call.max_tokens), ([7; 32], 512));
		assert!(call.upstream.is_empty());
		assert_eq!(Registry::owner_of(0), Some(ALICE));
		assert_eq!(Registry::by_manifest([1; 32]), Some((0, 1)));
		assert_eq!(publish(BOB, input(2)), 1);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn the_deposit_counts_bytes() {
	new_test_ext().execute_with(|| {
		publish(ALICE, input(1));
		let one = held(&ALICE);
		let mut longer = input(2);
		longer.name.try_push(b'!').expect("there is room");
		publish(BOB, longer);
		let deposits = pallet_terms::Terms::development().deposits;
		assert_eq!(held(&BOB), one + deposits.publish_per_byte);
		assert!(one > deposits.publish_base);
		assert_noop!(
			Registry::publish(signed(POOR), Box::new(input(3))),
			TokenError::FundsUnavailable
		);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn what_is_wrong_is_named() {
	new_test_ext().execute_with(|| {
		publish(ALICE, input(1));
		refused(
			PublishInput {
				name: Default::default(),
				..input(2)
			},
			Error::NoName,
		);
		refused(
			PublishInput {
				max_tokens: 0,
				..input(2)
			},
			Error::NoTokens,
		);
		refused(input(1), Error::ManifestTaken);
		let split = |parts| PublishInput {
			split: Some(percents(parts)),
			..input(2)
		};
		refused(split([45, 20, 26, 5, 5]), Error::SplitMustSumToOne);
		refused(split([45, 20, 24, 5, 5]), Error::SplitMustSumToOne);
		refused(split([46, 20, 25, 4, 5]), Error::ProtocolPartTooLow);
		refused(split([46, 20, 25, 5, 4]), Error::ProtocolPartTooLow);
		assert_ok!(Registry::publish(
			signed(ALICE),
			Box::new(split([0, 0, 90, 5, 5]))
		));
	});
}

#[test]
fn cost_plus_needs_something_to_divide() {
	new_test_ext().execute_with(|| {
		change_terms(|terms| terms.default_split = percents([50, 0, 50, 0, 0]));
		let price = Price {
			mode: PriceMode::CostPlus,
			base: 0,
			per_token: 1,
		};
		let split = Some(percents([0, 0, 100, 0, 0]));
		refused(
			PublishInput {
				price,
				split,
				..input(2)
			},
			Error::NothingToDivide,
		);
		let workflow = publish(ALICE, PublishInput { split, ..input(2) });
		assert_noop!(
			Registry::set_price(signed(ALICE), workflow, price),
			Error::<Test>::NothingToDivide
		);
	});
}

#[test]
fn a_new_price_is_a_new_version_and_a_running_job_keeps_the_old_one() {
	new_test_ext().execute_with(|| {
		let workflow = publish(ALICE, input(1));
		let price = Price {
			mode: PriceMode::CostPlus,
			base: 99,
			per_token: 1,
		};
		assert_noop!(
			Registry::set_price(signed(BOB), workflow, price),
			Error::<Test>::NotOwner
		);
		assert_ok!(Registry::set_price(signed(ALICE), workflow, price));
		System::assert_last_event(
			Event::PriceSet {
				workflow,
				version: 2,
				price,
			}
			.into(),
		);
		assert_eq!(Registry::callable(workflow, 1), Err(Error::NotLatestVersion));
		assert_eq!(Registry::callable(workflow, 2).map(|call| call.price), Ok(price));
		assert_eq!(Registry::callable(workflow, 3), Err(Error::UnknownVersion));
		assert_eq!(Registry::callable(workflow, 0), Err(Error::UnknownVersion));
		assert_eq!(Registry::callable(7, 1), Err(Error::UnknownWorkflow));
		assert_eq!(
			Registry::snapshot(workflow, 1).map(|call| call.price),
			Some(input(1).price)
		);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn a_new_version_may_keep_the_manifest_and_keeps_it_from_others() {
	new_test_ext().execute_with(|| {
		let workflow = publish(ALICE, input(1));
		assert_ok!(Registry::new_version(signed(ALICE), workflow, Box::new(input(1))));
		assert_ok!(Registry::new_version(signed(ALICE), workflow, Box::new(input(2))));
		assert_eq!(Registry::latest_version(workflow), Some(3));
		for seed in [1, 2] {
			assert_noop!(
				Registry::publish(signed(BOB), Box::new(input(seed))),
				Error::<Test>::ManifestTaken
			);
		}
		assert_noop!(
			Registry::new_version(signed(BOB), workflow, Box::new(input(4))),
			Error::<Test>::NotOwner
		);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn a_default_split_is_taken_for_good() {
	new_test_ext().execute_with(|| {
		let workflow = publish(ALICE, input(1));
		let later = percents([40, 20, 20, 10, 10]);
		change_terms(|terms| terms.default_split = later);
		assert_eq!(
			Registry::callable(workflow, 1).map(|call| call.split),
			Ok(DEFAULT_SPLIT)
		);
		assert_ok!(Registry::new_version(signed(ALICE), workflow, Box::new(input(1))));
		assert_eq!(Registry::callable(workflow, 2).map(|call| call.split), Ok(later));
	});
}

#[test]
fn prices_add_up_and_never_overflow() {
	let check = |mode, tokens, quote, least, expect| {
		let price = Price {
			mode,
			base: 10,
			per_token: 3,
		};
		assert_eq!(price.min_fee(tokens, quote, least), expect);
	};
	check(PriceMode::Share, 100, 1_000, 1, 310);
	check(PriceMode::Share, 100, 1_000, 5, 500);
	check(PriceMode::CostPlus, 100, 1_000, 5, 1_310);
	check(PriceMode::CostPlus, 100, 0, 5, 500);
	check(PriceMode::CostPlus, u32::MAX, u128::MAX, u128::MAX, u128::MAX);
}

#[test]
fn pages_are_bounded() {
	new_test_ext().execute_with(|| {
		for seed in 0..60 {
			publish(ALICE, input(seed));
		}
		let ids = |start, limit| {
			Registry::workflows(start, limit)
				.iter()
				.map(|view| view.id)
				.collect::<Vec<_>>()
		};
		assert_eq!(ids(0, u32::MAX), (0..50).collect::<Vec<_>>());
		assert_eq!(ids(50, 50), (50..60).collect::<Vec<_>>());
		assert_eq!(ids(3, 2), vec![3, 4]);
		assert!(ids(u32::MAX, 50).is_empty());
		let least = pallet_terms::Terms::development().jobs.min_fee_per_token;
		assert_eq!(Registry::min_fee(3, 100, 0), Some(310.max(100 * least)));
		assert_eq!(Registry::min_fee(60, 100, 0), None);
	});
}

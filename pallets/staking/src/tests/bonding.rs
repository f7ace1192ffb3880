//! Who is bonded, and who serves.

use crate::{
	BondedValidators, Error, Event, Ledgers, Pallet,
	mock::*,
	types::{Address, Role},
};
use pallet_terms::types::Planck;
use polkadot_sdk::{
	frame_support::BoundedVec,
	sp_runtime::{AccountId32, TokenError},
};

type Staking = Pallet<Test>;

fn listed() -> Vec<AccountId32> {
	let listed = BondedValidators::<Test>::get();
	listed.into_iter().map(|entry| entry.account).collect()
}

#[test]
fn bond_holds_the_amount_and_registers_keys() {
	empty(|| {
		ok(bond(7, Role::Validator, VALIDATOR_MINIMUM));
		assert_eq!(held(7), VALIDATOR_MINIMUM);
		let view = Staking::account(account(7)).expect("bonded");
		assert_eq!(view.role, Role::Validator);
		assert_eq!(
			(view.active, view.bonded_at, view.chilled),
			(VALIDATOR_MINIMUM, 1, false)
		);
		assert_eq!(view.keys, Some(key_pairs(7).0));
		assert_eq!(listed(), vec![account(7)]);
		System::assert_has_event(
			Event::Bonded {
				account: account(7),
				role: Role::Validator,
				amount: VALIDATOR_MINIMUM,
			}
			.into(),
		);
	});
}

#[test]
fn bond_is_refused_when_it_cannot_be_right() {
	empty(|| {
		no(Error::BelowMinimum, || bond(7, Role::Node, NODE_MINIMUM - 1));
		no(Error::BelowMinimum, || {
			bond(7, Role::Validator, VALIDATOR_MINIMUM - 1)
		});
		assert_eq!(
			polkadot_sdk::frame_support::storage::with_storage_layer(|| bond(7, Role::Node, FUNDS)),
			Err(TokenError::FundsUnavailable.into()),
		);
		ok(bond(7, Role::Node, NODE_MINIMUM));
		no(Error::AlreadyBonded, || bond(7, Role::Node, NODE_MINIMUM));
		no(Error::AlreadyBonded, || {
			bond(7, Role::Validator, VALIDATOR_MINIMUM)
		});
	});
}

#[test]
fn bond_extra_adds_and_must_reach_the_minimum() {
	empty(|| {
		no(Error::NotBonded, || Staking::bond_extra(signed(7), 1));
		ok(bond(7, Role::Node, NODE_MINIMUM));
		no(Error::NothingToDo, || Staking::bond_extra(signed(7), 0));
		ok(Staking::bond_extra(signed(7), 1));
		assert_eq!(held(7), NODE_MINIMUM + 1);
		ok(Staking::unbond(signed(7), NODE_MINIMUM + 1));
		no(Error::BelowMinimum, || {
			Staking::bond_extra(signed(7), NODE_MINIMUM - 1)
		});
		ok(Staking::bond_extra(signed(7), NODE_MINIMUM));
		assert_eq!(held(7), 2 * NODE_MINIMUM + 1);
	});
}

#[test]
fn a_rebonded_validator_is_listed_again() {
	empty(|| {
		bond_auditor(7, VALIDATOR_MINIMUM);
		ok(Staking::unbond(signed(7), VALIDATOR_MINIMUM));
		assert!(BondedValidators::<Test>::get().is_empty());
		ok(Staking::bond_extra(signed(7), VALIDATOR_MINIMUM));
		assert_eq!(listed(), vec![account(7)]);
		assert!(eligible_now(&PAIR).is_empty(), "it is chilled still");
		ok(Staking::resume(signed(7)));
		assert_eq!(eligible_now(&PAIR), vec![account(7)]);
	});
}

#[test]
fn a_node_serves_when_bonded_advertised_and_not_chilled() {
	empty(|| {
		ok(bond(7, Role::Node, NODE_MINIMUM));
		assert!(!Staking::is_serving(&account(7)));
		ok(Staking::advertise(signed(7), advertisement()));
		assert!(Staking::is_serving(&account(7)));
		ok(Staking::chill(signed(7)));
		no(Error::IsChilled, || Staking::chill(signed(7)));
		assert!(!Staking::is_serving(&account(7)));
		ok(Staking::resume(signed(7)));
		no(Error::NotChilled, || Staking::resume(signed(7)));
		assert!(Staking::is_serving(&account(7)));
		// 1,111 keep a bond of 1,000: nine tenths.
		change_terms(|terms| terms.staking.min_node_bond += NODE_MINIMUM / 9);
		assert!(Staking::is_serving(&account(7)));
		change_terms(|terms| terms.staking.min_node_bond += 1);
		assert!(
			!Staking::is_serving(&account(7)),
			"the minimum rose too far above its bond"
		);
	});
}

#[test]
fn only_nodes_advertise_and_only_what_is_usable() {
	empty(|| {
		no(Error::NotBonded, || {
			Staking::advertise(signed(7), advertisement())
		});
		ok(bond(7, Role::Validator, VALIDATOR_MINIMUM));
		no(Error::NotNode, || Staking::advertise(signed(7), advertisement()));
		ok(bond(8, Role::Node, NODE_MINIMUM));
		type Spoil = fn(&mut crate::types::Advertisement);
		let spoils: [Spoil; 7] = [
			|ad| ad.addresses = BoundedVec::new(),
			|ad| ad.addresses[0] = Address::truncate_from(b"127.0.0.1:9000".to_vec()),
			|ad| ad.addresses[0] = Address::truncate_from(b"/dns4/a b".to_vec()),
			|ad| ad.models = BoundedVec::new(),
			|ad| ad.models.try_push(ad.models[0]).expect("room for two"),
			|ad| ad.max_tokens = 0,
			|ad| ad.slots = 0,
		];
		for spoil in spoils {
			let mut spoilt = advertisement();
			spoil(&mut spoilt);
			no(Error::BadAdvertisement, || Staking::advertise(signed(8), spoilt));
		}
		ok(Staking::advertise(signed(8), advertisement()));
	});
}

#[test]
fn serving_nodes_come_in_pages() {
	empty(|| {
		for seed in 1..=9 {
			serve(seed, NODE_MINIMUM + Planck::from(seed));
		}
		ok(Staking::chill(signed(5)));
		let all = Staking::serving_nodes(None, 100);
		assert_eq!(all.len(), 8);
		assert!(all.iter().all(|node| node.account != account(5)));
		assert!(all.iter().all(|node| node.capacity == node.active / FACTOR));
		let mut paged = Vec::new();
		loop {
			let after = paged
				.last()
				.map(|node: &crate::types::ServingNode| node.account.clone());
			let page = Staking::serving_nodes(after, 3);
			assert!(page.len() <= 3);
			if page.is_empty() {
				break;
			}
			paged.extend(page);
		}
		assert_eq!(paged, all);
	});
}

#[test]
fn genesis_bonds_are_held() {
	network(|| {
		for seed in 1..=4u8 {
			assert_eq!(held(seed), VALIDATOR_MINIMUM + Planck::from(seed) * 100);
			assert_eq!(Staking::audit_key(&account(seed)), Some(key_pairs(seed).0.audit));
		}
		assert_eq!(Ledgers::<Test>::iter().count(), 4);
		assert_eq!(eligible_now(&PAIR), (1..=4).map(account).collect::<Vec<_>>());
		check();
	});
}

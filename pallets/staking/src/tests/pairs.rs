//! Which pairs a validator checks, and who is drawn for them.

use crate::{
	AuditorsOf, Error, Event, PairsOf, Pallet,
	mock::*,
	types::{MAX_PAIRS, Pairs, Role, SlashReason},
	weights::WeightInfo,
};
use pallet_terms::types::Planck;
use polkadot_sdk::{
	frame_support::{
		BoundedVec,
		traits::{Get, fungible::Mutate},
	},
	sp_runtime::AccountId32,
};
use receipt::{PairKey, keys::KeySet};

type Staking = Pallet<Test>;

fn pair(number: u8) -> PairKey {
	[number; 32]
}

#[test]
fn what_is_declared_replaces_what_was() {
	empty(|| {
		ok(bond(7, Role::Validator, VALIDATOR_MINIMUM));
		assert!(Staking::eligible_auditors(&pair(1)).is_empty());
		ok(declare(7, &[3, 1]));
		System::assert_last_event(
			Event::PairsDeclared {
				validator: account(7),
				pairs: 2,
			}
			.into(),
		);
		assert_eq!(Staking::declared_pairs(account(7)), [pair(1), pair(3)]);
		ok(declare(7, &[2, 3]));
		assert_eq!(Staking::declared_pairs(account(7)), [pair(2), pair(3)]);
		let eligible = [1, 2, 3].map(|number| Staking::auditors_for(pair(number)));
		assert_eq!(eligible, [0, 1, 1]);
		ok(declare(7, &[]));
		assert_eq!(PairsOf::<Test>::iter().count(), 0);
		assert_eq!(AuditorsOf::<Test>::iter().count(), 0);
	});
}

#[test]
fn only_validators_with_a_bond_declare_and_each_pair_once() {
	empty(|| {
		no(Error::NotBonded, || declare(7, &[1]));
		ok(bond(7, Role::Node, NODE_MINIMUM));
		no(Error::NotValidator, || declare(7, &[1]));
		ok(bond(8, Role::Validator, VALIDATOR_MINIMUM));
		no(Error::PairTwice, || declare(8, &[1, 2, 1]));
		ok(Staking::unbond(signed(8), VALIDATOR_MINIMUM));
		no(Error::BelowMinimum, || declare(8, &[1]));
	});
}

#[test]
fn only_who_declared_a_pair_is_drawn_for_it() {
	network(|| {
		ok(bond(5, Role::Validator, VALIDATOR_MINIMUM));
		ok(declare(5, &[9]));
		ok(declare(2, &[2, 9]));
		assert_eq!(Staking::eligible_auditors(&PAIR), [1, 2, 3, 4].map(account));
		assert_eq!(Staking::eligible_auditors(&pair(9)), [2, 5].map(account));
		assert!(Staking::eligible_auditors(&pair(10)).is_empty());
	});
}

#[test]
fn who_does_not_stand_is_not_drawn_whatever_it_declared() {
	empty(|| {
		for seed in 5..=8 {
			bond_auditor(seed, VALIDATOR_MINIMUM);
		}
		ok(Staking::chill(signed(5)));
		ok(Staking::unbond(signed(6), VALIDATOR_MINIMUM));
		slash(7, SlashReason::Fraud);
		assert_eq!(Staking::eligible_auditors(&PAIR), [account(8)]);
		// Its word stays for as long as the account is bonded.
		ok(Staking::resume(signed(5)));
		ok(Staking::bond_extra(signed(6), VALIDATOR_MINIMUM));
		ok(Staking::resume(signed(6)));
		assert_eq!(Staking::eligible_auditors(&PAIR), [5, 6, 8].map(account));
	});
}

#[test]
fn a_closed_account_has_declared_nothing() {
	empty(|| {
		bond_auditor(7, VALIDATOR_MINIMUM);
		ok(Staking::unbond(signed(7), VALIDATOR_MINIMUM));
		run_to(1 + DELAY);
		ok(withdraw(7));
		assert_eq!(PairsOf::<Test>::iter().count(), 0);
		assert_eq!(AuditorsOf::<Test>::iter().count(), 0);
		ok(bond(7, Role::Validator, VALIDATOR_MINIMUM));
		assert!(Staking::eligible_auditors(&PAIR).is_empty());
	});
}

#[test]
fn what_did_not_change_is_not_paid_for() {
	empty(|| {
		ok(bond(7, Role::Validator, VALIDATOR_MINIMUM));
		let all: Vec<PairKey> = (0..MAX_PAIRS as u8).map(pair).collect();
		let declare = |pairs: &[PairKey]| {
			let pairs = Pairs::try_from(pairs.to_vec()).expect("not too many");
			let done = Staking::declare_pairs(signed(7), pairs).expect("a validator declares");
			done.actual_weight.expect("what changed is known")
		};
		for (pairs, changed) in [
			(&all[..], MAX_PAIRS),
			(&all[..], 0),
			(&all[2..], 2),
			(&[], MAX_PAIRS - 2),
		] {
			assert_eq!(declare(pairs), <()>::declare_pairs(changed));
			check();
		}
	});
}

/// A validator with keys of its own that checks [`PAIR`].
fn add_validator(number: u16) -> AccountId32 {
	let mut bytes = [0xaa; 32];
	bytes[..2].copy_from_slice(&number.to_be_bytes());
	let who = AccountId32::new(bytes);
	Balances::set_balance(&who, 10 * VALIDATOR_MINIMUM);
	let keys = KeySet {
		peer: bytes,
		encryption: bytes,
		audit: bytes,
	};
	Staking::do_bond(&who, Role::Validator, VALIDATOR_MINIMUM, keys).expect("there is a place");
	let pairs = BoundedVec::truncate_from(vec![PAIR]);
	Staking::do_declare_pairs(&who, pairs).expect("there is a place");
	who
}

#[test]
fn in_the_full_list_of_a_pair_who_left_makes_room() {
	empty(|| {
		let places = <<Test as crate::Config>::MaxBondedValidators as Get<u32>>::get() as u16;
		let all: Vec<_> = (0..places).map(add_validator).collect();
		let (leaver, amount): (_, Planck) = (&all[17], VALIDATOR_MINIMUM);
		ok(Staking::unbond(RuntimeOrigin::signed(leaver.clone()), amount));
		assert_eq!(Staking::declared_pairs(leaver.clone()), [PAIR]);
		let newcomer = add_validator(places);
		check();
		assert!(Staking::declared_pairs(leaver.clone()).is_empty());
		let listed = AuditorsOf::<Test>::get(PAIR);
		assert_eq!(listed.len(), usize::from(places));
		assert!(listed.contains(&newcomer) && !listed.contains(leaver));
	});
}

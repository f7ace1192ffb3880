//! Which pairs a validator checks, and who is drawn for them.

use crate::{
	AuditorsOf, Error, Event, LeavingOf, PairsOf, Pallet,
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
		assert!(eligible_now(&pair(1)).is_empty());
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
		assert_eq!(eligible_now(&PAIR), [1, 2, 3, 4].map(account));
		assert_eq!(eligible_now(&pair(9)), [2, 5].map(account));
		assert!(eligible_now(&pair(10)).is_empty());
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
		assert_eq!(eligible_now(&PAIR), [account(8)]);
		// Its word stays for as long as the account is bonded.
		ok(Staking::resume(signed(5)));
		ok(Staking::bond_extra(signed(6), VALIDATOR_MINIMUM));
		ok(Staking::resume(signed(6)));
		assert_eq!(eligible_now(&PAIR), [5, 6, 8].map(account));
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
		assert!(eligible_now(&PAIR).is_empty());
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

/// Who can be drawn for a job of [`PAIR`] that was requested in this block.
fn eligible_at(block: u32) -> Vec<AccountId32> {
	Staking::eligible_auditors(&PAIR, block)
}

/// How long a validator that gave up a pair is remembered.
fn longest_path() -> u64 {
	CurrentTerms::get().longest_path()
}

#[test]
fn who_gives_up_a_pair_is_drawn_for_jobs_from_before() {
	network(|| {
		run_to(5);
		ok(declare(3, &[]));
		assert!(Staking::declared_pairs(account(3)).is_empty());
		assert_eq!(Staking::auditors_for(PAIR), 3);
		run_to(7);
		for block in [0, 1, 4] {
			assert_eq!(eligible_at(block), [1, 2, 3, 4].map(account), "{block}");
		}
		for block in [5, 6, 7] {
			assert_eq!(eligible_at(block), [1, 2, 4].map(account), "{block}");
		}
		// It has to stand, as everybody.
		ok(Staking::chill(signed(3)));
		assert_eq!(eligible_at(4), [1, 2, 4].map(account));
	});
}

#[test]
fn who_declares_a_pair_is_not_drawn_for_jobs_from_before() {
	network(|| {
		run_to(5);
		bond_auditor(7, VALIDATOR_MINIMUM);
		assert_eq!(eligible_at(4), [1, 2, 3, 4].map(account));
		assert_eq!(eligible_at(5), [1, 2, 3, 4, 7].map(account));
		assert_eq!(Staking::auditors_for(PAIR), 5);
	});
}

#[test]
fn what_genesis_declares_counts_from_the_first_block_on() {
	network(|| {
		assert!(AuditorsOf::<Test>::get(PAIR).iter().all(|entry| entry.from == 0));
		assert_eq!(eligible_at(0).len(), 4);
	});
}

#[test]
fn a_pair_that_was_given_up_cannot_be_declared_until_no_job_from_before_is_open() {
	network(|| {
		run_to(5);
		ok(declare(3, &[9]));
		no(Error::PairLeaving, || declare(3, &[2, 9]));
		System::set_block_number(5 + longest_path());
		no(Error::PairLeaving, || declare(3, &[2, 9]));
		System::set_block_number(6 + longest_path());
		ok(declare(3, &[2, 9]));
		let now = Staking::now();
		assert_eq!(eligible_at(now), [1, 2, 3, 4].map(account));
		for block in [4, now - 1] {
			assert_eq!(
				eligible_at(block),
				[1, 2, 4].map(account),
				"what it said before is forgotten"
			);
		}
		assert!(!LeavingOf::<Test>::contains_key(account(3)));
	});
}

#[test]
fn whoever_writes_the_list_of_a_pair_forgets_who_gave_it_up_long_ago() {
	network(|| {
		run_to(5);
		ok(declare(3, &[]));
		System::set_block_number(6 + longest_path());
		assert_eq!(AuditorsOf::<Test>::get(PAIR).len(), 4);
		ok(declare(4, &[]));
		let listed: Vec<_> = AuditorsOf::<Test>::get(PAIR)
			.into_iter()
			.map(|entry| entry.account)
			.collect();
		assert_eq!(listed, [1, 2, 4].map(account));
		// Its own note of it goes with its next word.
		assert_eq!(LeavingOf::<Test>::get(account(3)).len(), 1);
		ok(declare(3, &[]));
		assert!(!LeavingOf::<Test>::contains_key(account(3)));
	});
}

#[test]
fn terms_that_make_an_entry_count_for_longer_do_not_bring_it_back() {
	network(|| {
		run_to(5);
		ok(declare(3, &[]));
		System::set_block_number(6 + longest_path());
		ok(declare(4, &[]));
		change_terms(|terms| terms.jobs.delivery_window += 10);
		ok(declare(3, &[2]));
		assert_eq!(eligible_now(&PAIR), [1, 2, 3].map(account));
	});
}

#[test]
fn what_is_declared_and_given_up_in_one_block_leaves_nothing() {
	network(|| {
		run_to(5);
		bond_auditor(7, VALIDATOR_MINIMUM);
		ok(declare(7, &[]));
		assert!(!LeavingOf::<Test>::contains_key(account(7)));
		assert_eq!(AuditorsOf::<Test>::get(PAIR).len(), 4);
		ok(declare(7, &[2]));
		assert_eq!(eligible_at(5), [1, 2, 3, 4, 7].map(account));
	});
}

#[test]
fn pairs_that_are_leaving_take_places_of_declared_ones() {
	empty(|| {
		let half = MAX_PAIRS as u8 / 2;
		let [first, second]: [Vec<u8>; 2] = [(0..half).collect(), (half..2 * half).collect()];
		ok(bond(7, Role::Validator, VALIDATOR_MINIMUM));
		ok(declare(7, &first));
		run_to(2);
		ok(declare(7, &second));
		no(Error::TooManyPairs, || {
			declare(7, &[&second[..], &[200]].concat())
		});
		// Giving up never fails.
		run_to(3);
		ok(declare(7, &[]));
		assert_eq!(LeavingOf::<Test>::get(account(7)).len(), MAX_PAIRS as usize);
		no(Error::TooManyPairs, || declare(7, &[200]));
		// The first half is over, and the other is not.
		System::set_block_number(3 + longest_path());
		ok(declare(7, &first));
		assert_eq!(LeavingOf::<Test>::get(account(7)).len(), usize::from(half));
	});
}

#[test]
fn a_closed_account_is_leaving_nothing() {
	network(|| {
		bond_auditor(7, VALIDATOR_MINIMUM);
		run_to(2);
		ok(declare(7, &[9]));
		ok(Staking::unbond(signed(7), VALIDATOR_MINIMUM));
		run_to(2 + DELAY);
		assert!(longest_path() > DELAY, "it could still be drawn");
		ok(withdraw(7));
		assert!(!LeavingOf::<Test>::contains_key(account(7)));
		assert_eq!(AuditorsOf::<Test>::get(PAIR).len(), 4);
		assert!(!AuditorsOf::<Test>::contains_key(pair(9)));
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
		let stands = |who: &AccountId32| listed.iter().any(|entry| entry.account == *who);
		assert!(stands(&newcomer) && !stands(leaver));
	});
}

#[test]
fn in_the_full_list_of_a_pair_who_is_leaving_makes_room_when_it_left_long_ago_or_its_bond_is_gone() {
	empty(|| {
		let places = <<Test as crate::Config>::MaxBondedValidators as Get<u32>>::get() as u16;
		let all: Vec<_> = (0..places).map(add_validator).collect();
		run_to(2);
		let give_up = |who| Staking::do_declare_pairs(who, Pairs::new()).expect("it is a validator");
		let stands = |who: &AccountId32| {
			AuditorsOf::<Test>::get(PAIR)
				.iter()
				.any(|entry| entry.account == *who)
		};
		let unbond = |who: &AccountId32| {
			ok(Staking::unbond(
				RuntimeOrigin::signed(who.clone()),
				VALIDATOR_MINIMUM,
			))
		};
		give_up(&all[3]);
		give_up(&all[5]);
		check();
		// The one whose bond is gone, and not the one that can be drawn.
		unbond(&all[5]);
		add_validator(places);
		check();
		assert!(stands(&all[3]) && !stands(&all[5]));
		// The one that left so long ago that it cannot be drawn, and not the one whose bond is gone.
		System::set_block_number(3 + longest_path());
		unbond(&all[7]);
		add_validator(places + 1);
		check();
		assert!(!stands(&all[3]) && stands(&all[7]));
	});
}

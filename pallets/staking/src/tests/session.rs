//! Who produces blocks.

use crate::{
	Candidates, Error, Event, Pallet,
	mock::*,
	types::{Role, SlashReason},
};
use pallet_session::SessionManager;

type Staking = Pallet<Test>;

fn accounts(seeds: &[u8]) -> Vec<polkadot_sdk::sp_runtime::AccountId32> {
	seeds.iter().copied().map(account).collect()
}

/// Bonds a validator with session keys that is a candidate.
fn candidate(seed: u8, amount: pallet_terms::types::Planck) {
	ok(bond(seed, Role::Validator, amount));
	set_session_keys(seed);
	ok(Staking::join_validators(signed(seed)));
}

#[test]
fn the_genesis_candidates_are_the_first_validators() {
	network(|| {
		assert_eq!(Session::validators(), accounts(&[4, 3, 2, 1]));
		assert_eq!(Historical::historical_root(0).map(|(_, count)| count), Some(4));
		assert_eq!(Historical::historical_root(1).map(|(_, count)| count), Some(4));
	});
}

#[test]
fn the_largest_bonds_are_chosen_then_the_lowest_accounts() {
	network(|| {
		candidate(7, VALIDATOR_MINIMUM + 200);
		candidate(6, VALIDATOR_MINIMUM + 1_000);
		candidate(5, VALIDATOR_MINIMUM + 50);
		// Five fit; 2 and 7 bond the same.
		assert_eq!(Staking::select_validators(), Some(accounts(&[6, 4, 3, 2, 7])));
		run_to(SESSION);
		assert_eq!(
			Session::validators(),
			accounts(&[4, 3, 2, 1]),
			"a session is queued first"
		);
		run_to(2 * SESSION);
		assert_eq!(Session::validators(), accounts(&[6, 4, 3, 2, 7]));
	});
}

#[test]
fn candidates_need_a_bond_session_keys_and_no_chill() {
	network(|| {
		no(Error::NoSessionKeys, || Staking::join_validators(signed(7)));
		set_session_keys(7);
		no(Error::NotBonded, || Staking::join_validators(signed(7)));
		ok(bond(7, Role::Node, NODE_MINIMUM));
		no(Error::NotValidator, || Staking::join_validators(signed(7)));
		ok(bond(8, Role::Validator, VALIDATOR_MINIMUM));
		no(Error::NoSessionKeys, || Staking::join_validators(signed(8)));
		set_session_keys(8);
		ok(Staking::chill(signed(8)));
		no(Error::IsChilled, || Staking::join_validators(signed(8)));
		ok(Staking::resume(signed(8)));
		ok(Staking::join_validators(signed(8)));
		no(Error::AlreadyCandidate, || Staking::join_validators(signed(8)));
		ok(Staking::leave_validators(signed(8)));
		no(Error::NotCandidate, || Staking::leave_validators(signed(8)));
	});
}

#[test]
fn whoever_is_unfit_is_not_chosen() {
	network(|| {
		ok(Staking::chill(signed(4)));
		assert_eq!(Staking::select_validators(), Some(accounts(&[3, 2, 1])));
		ok(Staking::resume(signed(4)));
		ok(Staking::unbond(signed(3), VALIDATOR_MINIMUM + 300));
		assert!(!Candidates::<Test>::get().contains(&account(3)));
		assert_eq!(Staking::select_validators(), Some(accounts(&[4, 2, 1])));
		candidate(5, VALIDATOR_MINIMUM);
		polkadot_sdk::frame_support::assert_ok!(Session::purge_keys(signed(2)));
		assert_eq!(Staking::select_validators(), Some(accounts(&[4, 1, 5])));
		candidate(6, 2 * VALIDATOR_MINIMUM);
		slash(5, SlashReason::Fraud);
		check();
		assert_eq!(Staking::select_validators(), Some(accounts(&[6, 4, 1])));
	});
}

#[test]
fn too_few_candidates_change_nothing() {
	network(|| {
		ok(Staking::chill(signed(3)));
		ok(Staking::chill(signed(4)));
		run_to(5 * SESSION);
		assert_eq!(Session::validators(), accounts(&[4, 3, 2, 1]));
		System::assert_has_event(Event::ValidatorsKept { found: 2, needed: 3 }.into());
		ok(Staking::resume(signed(3)));
		run_to(7 * SESSION);
		assert_eq!(Session::validators(), accounts(&[3, 2, 1]));
	});
}

#[test]
fn an_empty_set_is_never_chosen() {
	empty(|| {
		change_terms(|terms| terms.staking.min_validators = 0);
		assert_eq!(<Staking as SessionManager<_>>::new_session(7), None);
	});
}

#[test]
fn auditors_are_the_fit_validators_candidates_or_not() {
	network(|| {
		for seed in 5..=7 {
			bond_auditor(seed, VALIDATOR_MINIMUM + 150);
		}
		// Five fit: the smallest, 1 with 100, and the higher account of three equals do not.
		assert_eq!(eligible_now(&PAIR), accounts(&[2, 3, 4, 5, 6]));
		ok(Staking::chill(signed(3)));
		assert_eq!(eligible_now(&PAIR), accounts(&[2, 4, 5, 6, 7]));
		// Nine tenths of it are one more than the equals have.
		change_terms(|terms| terms.staking.min_validator_bond = (VALIDATOR_MINIMUM + 151) * 10 / 9);
		assert_eq!(eligible_now(&PAIR), accounts(&[2, 4]));
	});
}

#[test]
fn validators_are_shown_with_what_they_do() {
	network(|| {
		ok(bond(5, Role::Validator, VALIDATOR_MINIMUM));
		Staking::open_audit(&account(5));
		ok(Staking::leave_validators(signed(1)));
		let views = Staking::validators();
		let seen: Vec<_> = views
			.iter()
			.map(|view| (view.candidate, view.in_session))
			.collect();
		assert_eq!(
			seen,
			[
				(false, true),
				(true, true),
				(true, true),
				(true, true),
				(false, false)
			]
		);
		assert_eq!(views[4].open_audits, 1);
		let pairs: Vec<_> = views.iter().map(|view| view.pairs).collect();
		assert_eq!(pairs, [1, 1, 1, 1, 0]);
	});
}

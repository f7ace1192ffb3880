//! What a node's bond must cover.

use crate::{
	Error, Ledgers, OpenExposure, Pallet,
	mock::*,
	types::{Role, SlashReason},
};

type Staking = Pallet<Test>;

#[test]
fn the_bond_covers_the_factor_times_the_open_fees() {
	empty(|| {
		serve(7, NODE_MINIMUM);
		let most = NODE_MINIMUM / FACTOR;
		assert_eq!(Staking::capacity(account(7)), most);
		no(Error::BondNotCovering, || {
			Staking::open_exposure(&account(7), most + 1)
		});
		ok(Staking::open_exposure(&account(7), most - 1));
		assert_eq!(Staking::capacity(account(7)), 1);
		no(Error::BondNotCovering, || Staking::open_exposure(&account(7), 2));
		ok(Staking::open_exposure(&account(7), 1));
		no(Error::BondNotCovering, || Staking::open_exposure(&account(7), 1));
		Staking::close_exposure(&account(7), 1);
		assert_eq!(Staking::capacity(account(7)), 1);
		Staking::close_exposure(&account(7), most - 1);
		assert!(!OpenExposure::<Test>::contains_key(account(7)));
		assert_eq!(Staking::capacity(account(7)), most);
	});
}

#[test]
fn a_remainder_of_the_bond_covers_nothing() {
	empty(|| {
		serve(7, NODE_MINIMUM + FACTOR - 1);
		assert_eq!(Staking::capacity(account(7)), NODE_MINIMUM / FACTOR);
	});
}

#[test]
fn a_fee_near_the_largest_number_is_refused() {
	empty(|| {
		serve(7, NODE_MINIMUM);
		ok(Staking::open_exposure(&account(7), 1));
		no(Error::BondNotCovering, || {
			Staking::open_exposure(&account(7), u128::MAX)
		});
	});
}

#[test]
fn only_a_serving_node_takes_jobs() {
	empty(|| {
		no(Error::NotServing, || Staking::open_exposure(&account(7), 1));
		ok(bond(7, Role::Node, NODE_MINIMUM));
		no(Error::NotServing, || Staking::open_exposure(&account(7), 1));
		ok(bond(8, Role::Validator, VALIDATOR_MINIMUM));
		no(Error::NotServing, || Staking::open_exposure(&account(8), 1));
		serve(9, NODE_MINIMUM);
		ok(Staking::chill(signed(9)));
		no(Error::NotServing, || Staking::open_exposure(&account(9), 1));
		assert_eq!(Staking::capacity(account(9)), 0);
	});
}

#[test]
fn what_is_unbonding_covers_nothing() {
	empty(|| {
		serve(7, 2 * NODE_MINIMUM);
		ok(Staking::open_exposure(&account(7), 150));
		no(Error::BondNotCovering, || Staking::unbond(signed(7), 501));
		ok(Staking::unbond(signed(7), 500));
		assert_eq!(Staking::capacity(account(7)), 0);
	});
}

#[test]
fn a_node_that_a_slash_leaves_uncovered_is_chilled_until_it_is_covered() {
	empty(|| {
		serve(7, 2 * NODE_MINIMUM);
		ok(Staking::open_exposure(&account(7), 180));
		slash(7, SlashReason::Fraud);
		check();
		let ledger = Ledgers::<Test>::get(account(7)).expect("bonded");
		assert_eq!((ledger.active, ledger.chilled), (1_600, true));
		no(Error::BondNotCovering, || Staking::resume(signed(7)));
		Staking::close_exposure(&account(7), 20);
		ok(Staking::resume(signed(7)));
	});
}

#[test]
fn a_higher_factor_stops_new_jobs_only() {
	empty(|| {
		serve(7, NODE_MINIMUM);
		ok(Staking::open_exposure(&account(7), 60));
		change_terms(|terms| terms.verification.open_factor = 20);
		check();
		assert!(Staking::is_serving(&account(7)));
		assert_eq!(Staking::capacity(account(7)), 0);
		no(Error::BondNotCovering, || Staking::open_exposure(&account(7), 1));
		Staking::close_exposure(&account(7), 60);
		assert_eq!(Staking::capacity(account(7)), NODE_MINIMUM / 20);
	});
}

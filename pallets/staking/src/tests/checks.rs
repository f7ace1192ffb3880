//! The check of the state sees what is wrong with it.

use crate::{AuditorsOf, Candidates, OpenAudits, OpenExposure, PairsOf, Pallet, mock::*};
use polkadot_sdk::{frame_support::assert_ok, sp_runtime::TryRuntimeError};

type Staking = Pallet<Test>;

/// Breaks the state, sees that it is noticed, and repairs it.
#[track_caller]
fn noticed(damage: impl FnOnce(), sentence: &'static str, repair: impl FnOnce()) {
	assert_ok!(Staking::do_try_state());
	damage();
	assert_eq!(Staking::do_try_state(), Err(TryRuntimeError::Other(sentence)));
	repair();
	assert_ok!(Staking::do_try_state());
}

#[test]
fn candidates_out_of_order_are_noticed() {
	network(|| {
		let swap = || Candidates::<Test>::mutate(|candidates| candidates.as_mut().swap(0, 1));
		noticed(swap, "the candidates are not in order", swap);
	});
}

#[test]
fn debts_of_accounts_without_a_bond_are_noticed() {
	network(|| {
		noticed(
			|| Staking::open_audit(&account(7)),
			"audits are owed without a bond",
			|| OpenAudits::<Test>::remove(account(7)),
		);
		noticed(
			|| OpenExposure::<Test>::insert(account(7), 1),
			"jobs are open and no bond answers for them",
			|| OpenExposure::<Test>::remove(account(7)),
		);
	});
}

#[test]
fn pairs_that_both_sides_do_not_tell_alike_are_noticed() {
	network(|| {
		noticed(
			|| {
				AuditorsOf::<Test>::mutate(PAIR, |auditors| {
					auditors.remove(0);
				})
			},
			"a pair's list lacks a validator that declared it",
			|| AuditorsOf::<Test>::mutate(PAIR, |auditors| auditors.try_insert(0, account(1)).expect("room")),
		);
		let swap = || AuditorsOf::<Test>::mutate(PAIR, |auditors| auditors.as_mut().swap(0, 1));
		noticed(swap, "the list of a pair is not in order", swap);
		let declared = PairsOf::<Test>::get(account(1));
		noticed(
			|| PairsOf::<Test>::remove(account(1)),
			"a pair's list names who did not declare it",
			|| PairsOf::<Test>::insert(account(1), declared.clone()),
		);
		noticed(
			|| PairsOf::<Test>::insert(account(7), declared.clone()),
			"pairs are declared by an account that is no validator",
			|| PairsOf::<Test>::remove(account(7)),
		);
	});
}

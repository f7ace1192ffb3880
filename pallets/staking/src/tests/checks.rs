//! The check of the state sees what is wrong with it.

use crate::{
	AuditorsOf, Candidates, LeavingOf, OpenAudits, OpenExposure, PairsOf, Pallet,
	mock::*,
	types::{Declaration, Leaving, LeavingPairs},
};
use polkadot_sdk::{
	frame_support::assert_ok,
	sp_runtime::{AccountId32, TryRuntimeError},
};

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
			|| {
				AuditorsOf::<Test>::mutate(PAIR, |auditors| {
					auditors.try_insert(0, declaration(1)).expect("room");
				})
			},
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

#[test]
fn given_up_pairs_that_both_sides_do_not_tell_alike_are_noticed() {
	network(|| {
		let before = AuditorsOf::<Test>::get(PAIR);
		let give_up = |until| {
			AuditorsOf::<Test>::mutate(PAIR, |auditors| {
				auditors.iter_mut().next().expect("four declared").until = until
			});
		};
		noticed(
			|| give_up(Some(1)),
			"a pair's list lacks a validator that declared it",
			|| give_up(None),
		);
		let leaving = Leaving { pair: PAIR, until: 1 };
		noticed(
			|| LeavingOf::<Test>::mutate(account(1), |own| own.try_push(leaving).expect("room")),
			"a pair that is given up is declared, or given up twice",
			|| LeavingOf::<Test>::remove(account(1)),
		);
		noticed(
			|| LeavingOf::<Test>::mutate(account(7), |own| own.try_push(leaving).expect("room")),
			"pairs are given up by an account that is no validator",
			|| LeavingOf::<Test>::remove(account(7)),
		);
		noticed(
			|| LeavingOf::<Test>::insert(account(1), LeavingPairs::new()),
			"a list of pairs that are given up is empty or too long",
			|| LeavingOf::<Test>::remove(account(1)),
		);
		ok(declare(1, &[]));
		let own = LeavingOf::<Test>::get(account(1));
		noticed(
			|| LeavingOf::<Test>::remove(account(1)),
			"a pair's list names who did not give it up",
			|| LeavingOf::<Test>::insert(account(1), own.clone()),
		);
		let set_from = |from| {
			AuditorsOf::<Test>::mutate(PAIR, |auditors| {
				auditors.iter_mut().next().expect("four declared").from = from
			})
		};
		noticed(
			|| set_from(1),
			"a pair was given up before it counted for a job",
			|| set_from(before[0].from),
		);
	});
}

/// The word of a validator of genesis.
fn declaration(seed: u8) -> Declaration<AccountId32> {
	Declaration {
		account: account(seed),
		from: 0,
		until: None,
	}
}

//! What a fault costs, and where it goes.

use crate::{
	BondedValidators, Error, Event, Ledgers, Pallet, SlashHistory, SlashTotals,
	mock::*,
	types::{Role, SLASH_HISTORY, SlashReason},
};
use pallet_terms::types::Planck;
use polkadot_sdk::{
	frame_support::{storage::with_storage_layer, traits::fungible::Inspect},
	pallet_balances,
	sp_runtime::{Permill, traits::Zero},
};
use proptest::prelude::*;

type Staking = Pallet<Test>;

fn issuance() -> Planck {
	pallet_balances::TotalIssuance::<Test>::get()
}

fn treasury() -> Planck {
	Balances::free_balance(TREASURY)
}

#[test]
fn each_reason_has_its_rate() {
	let rates = [
		(SlashReason::Fraud, 20),
		(SlashReason::Downtime, 1),
		(SlashReason::Collusion, 100),
		(SlashReason::FalseAttestation, 10),
		(SlashReason::Equivocation, 5),
	];
	for (reason, percent) in rates {
		empty(|| {
			ok(bond(7, Role::Node, 10_000));
			let expected = 100 * percent;
			assert_eq!(slash(7, reason), expected);
			assert_eq!(held(7), 10_000 - expected);
			assert_eq!(treasury(), expected / 2);
			assert_eq!(issuance(), 20 * FUNDS - expected / 2);
			assert_eq!(SlashTotals::<Test>::get(reason), expected);
			System::assert_has_event(
				Event::Slashed {
					account: account(7),
					reason,
					amount: expected,
					burned: expected / 2,
				}
				.into(),
			);
		});
	}
}

#[test]
fn what_is_unbonding_answers_too_after_the_active_bond() {
	empty(|| {
		ok(bond(7, Role::Node, 10_000));
		ok(Staking::unbond(signed(7), 5_000));
		run_to(3);
		ok(Staking::unbond(signed(7), 4_000));
		// A fifth of 10,000 is taken from the active 1,000 first, then from the latest chunk.
		assert_eq!(slash(7, SlashReason::Fraud), 2_000);
		let ledger = Ledgers::<Test>::get(account(7)).expect("bonded");
		let left: Vec<_> = ledger.unlocking.iter().map(|chunk| chunk.amount).collect();
		assert_eq!(
			(ledger.active, left, ledger.chilled),
			(0, vec![5_000, 3_000], true)
		);
		// An emptied chunk goes.
		slash(7, SlashReason::Collusion);
		assert!(
			Ledgers::<Test>::get(account(7))
				.expect("bonded")
				.total()
				.is_zero()
		);
		check();
	});
}

#[test]
fn an_odd_unit_goes_to_the_treasury() {
	empty(|| {
		change_terms(|terms| terms.slashes.burned = Permill::from_parts(333_333));
		ok(bond(7, Role::Node, 5_555));
		let before = issuance();
		let slashed = slash(7, SlashReason::Fraud);
		assert_eq!(slashed, 1_111);
		assert_eq!(before - issuance(), 370);
		assert_eq!(treasury(), 741);
	});
}

#[test]
fn what_the_treasury_cannot_take_is_burned() {
	empty(|| {
		ok(bond(7, Role::Node, 1_500));
		let before = issuance();
		// Eight would go to a treasury that does not exist yet.
		assert_eq!(slash(7, SlashReason::Downtime), 15);
		assert_eq!(treasury(), 0);
		assert_eq!(before - issuance(), 15);
		assert_eq!(held(7), 1_485);
	});
}

#[test]
fn nobody_without_a_bond_is_slashed() {
	empty(|| {
		let before = issuance();
		assert_eq!(slash(7, SlashReason::Collusion), 0);
		assert_eq!(issuance(), before);
		assert!(SlashHistory::<Test>::get(account(7)).is_empty());
	});
}

#[test]
fn falling_below_the_minimum_chills() {
	empty(|| {
		serve(7, NODE_MINIMUM);
		bond_auditor(8, 2 * VALIDATOR_MINIMUM);
		slash(7, SlashReason::Downtime);
		assert!(
			Staking::is_serving(&account(7)),
			"a little below the minimum it goes on"
		);
		slash(7, SlashReason::Fraud);
		assert!(!Staking::is_serving(&account(7)));
		slash(8, SlashReason::FalseAttestation);
		assert_eq!(eligible_now(&PAIR), vec![account(8)], "still above the minimum");
		slash(8, SlashReason::Collusion);
		assert!(eligible_now(&PAIR).is_empty());
		assert!(BondedValidators::<Test>::get().is_empty());
		ok(Staking::bond_extra(signed(7), NODE_MINIMUM));
		ok(Staking::resume(signed(7)));
		assert!(Staking::is_serving(&account(7)));
	});
}

#[test]
fn who_is_ejected_takes_no_work_under_this_name_and_gets_its_bond_back() {
	empty(|| {
		serve(7, NODE_MINIMUM);
		Staking::eject(&account(7));
		assert!(!Staking::is_serving(&account(7)));
		no(Error::IsEjected, || Staking::resume(signed(7)));
		ok(Staking::unbond(signed(7), NODE_MINIMUM));
		run_to(DELAY + 2);
		ok(withdraw(7));
		assert_eq!(held(7), 0);
		no(Error::IsEjected, || bond(7, Role::Node, NODE_MINIMUM));
	});
}

#[test]
fn an_amount_above_the_bond_takes_the_bond() {
	empty(|| {
		ok(bond(7, Role::Node, 1_500));
		assert_eq!(Staking::slash(&account(7), SlashReason::Fraud, 9_999), 1_500);
		assert_eq!(held(7), 0);
		check();
	});
}

#[test]
fn the_history_keeps_the_latest() {
	empty(|| {
		ok(bond(7, Role::Node, 100_000));
		for block in 1..=u64::from(SLASH_HISTORY) + 3 {
			run_to(block);
			slash(7, SlashReason::Downtime);
		}
		let blocks: Vec<_> = SlashHistory::<Test>::get(account(7))
			.iter()
			.map(|record| record.block)
			.collect();
		assert_eq!(blocks, (4..=SLASH_HISTORY + 3).collect::<Vec<_>>());
	});
}

#[derive(Clone, Debug)]
enum Action {
	Bond(u8, bool, Planck),
	BondExtra(u8, Planck),
	Unbond(u8, Planck),
	UnbondAll(u8),
	Withdraw(u8),
	Slash(u8, SlashReason),
	Open(u8, Planck),
	Close(u8, Planck),
	Resume(u8),
	Pass(u64),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
	let who = 1..=4u8;
	let reason = prop_oneof![
		4 => Just(SlashReason::Fraud),
		4 => Just(SlashReason::Downtime),
		1 => Just(SlashReason::Collusion),
		4 => Just(SlashReason::FalseAttestation),
		4 => Just(SlashReason::Equivocation),
	];
	let action = prop_oneof![
		4 => (who.clone(), any::<bool>(), 900..20_000u128)
			.prop_map(|(who, node, amount)| Action::Bond(who, node, amount)),
		2 => (who.clone(), 0..5_000u128).prop_map(|(who, amount)| Action::BondExtra(who, amount)),
		3 => (who.clone(), 0..9_000u128).prop_map(|(who, amount)| Action::Unbond(who, amount)),
		1 => who.clone().prop_map(Action::UnbondAll),
		3 => who.clone().prop_map(Action::Withdraw),
		5 => (who.clone(), reason).prop_map(|(who, reason)| Action::Slash(who, reason)),
		2 => (who.clone(), 0..1_000u128).prop_map(|(who, fee)| Action::Open(who, fee)),
		2 => (who.clone(), 0..1_500u128).prop_map(|(who, fee)| Action::Close(who, fee)),
		2 => who.prop_map(Action::Resume),
		3 => (1..20u64).prop_map(Action::Pass),
	];
	prop::collection::vec(action, 1..60)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(200))]

	/// Whatever happens, what was there at the start is either still there or was burned by a
	/// slash, and the treasury has exactly the rest of the slashes.
	#[test]
	fn no_unit_is_lost(burned_part in 0..=1_000_000u32, actions in actions()) {
		empty(|| {
			change_terms(|terms| terms.slashes.burned = Permill::from_parts(burned_part));
			let start = issuance();
			let mut slashed: Planck = 0;
			for action in actions {
				let attempt = |call: &dyn Fn() -> polkadot_sdk::sp_runtime::DispatchResult| {
					let _ = with_storage_layer(call);
				};
				match action {
					Action::Bond(who, node, amount) => {
						let role = if node { Role::Node } else { Role::Validator };
						attempt(&|| {
							bond(who, role, amount)?;
							if node {
								return Staking::advertise(signed(who), advertisement());
							}
							declare(who, &[2, who])
						});
					},
					Action::BondExtra(who, amount) => {
						attempt(&|| Staking::bond_extra(signed(who), amount));
					},
					Action::Unbond(who, amount) => attempt(&|| Staking::unbond(signed(who), amount)),
					Action::UnbondAll(who) => {
						let active =
							Ledgers::<Test>::get(account(who)).map_or(0, |ledger| ledger.active);
						attempt(&|| Staking::unbond(signed(who), active));
					},
					Action::Withdraw(who) => attempt(&|| withdraw(who)),
					Action::Slash(who, reason) => {
						let before = Balances::total_balance(&account(who));
						let amount = slash(who, reason);
						assert_eq!(Balances::total_balance(&account(who)), before - amount);
						slashed += amount;
					},
					Action::Open(who, fee) => {
						attempt(&|| Staking::open_exposure(&account(who), fee));
					},
					Action::Close(who, fee) => Staking::close_exposure(&account(who), fee),
					Action::Resume(who) => attempt(&|| Staking::resume(signed(who))),
					Action::Pass(blocks) => {
						System::set_block_number(System::block_number() + blocks);
					},
				}
				check();
				let burned = start - issuance();
				assert_eq!(treasury(), slashed - burned);
				let everything: Planck =
					(1..=20).map(|seed| Balances::total_balance(&account(seed))).sum();
				assert_eq!(everything + treasury(), issuance());
			}
		});
	}
}

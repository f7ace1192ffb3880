//! What an equivocation costs its author and brings its reporter.

use crate::{Event, Ledgers, Punished, SlashTotals, mock::*, types::SlashReason};
use codec::Encode;
use pallet_terms::types::Planck;
use polkadot_sdk::{
	frame_support::traits::{KeyOwnerProofSystem, fungible::Mutate},
	sp_core::crypto::key_types::DUMMY,
	sp_runtime::{AccountId32, Perbill, testing::UintAuthorityId},
	sp_staking::{
		SessionIndex,
		offence::{Kind, Offence, OffenceError, ReportOffence},
	},
};

struct Equivocation<const KIND: u8> {
	offenders: Vec<u8>,
	session: SessionIndex,
	slot: u64,
}

impl<const KIND: u8> Offence<(AccountId32, ())> for Equivocation<KIND> {
	const ID: Kind = [KIND; 16];
	type Slot = u64;

	fn offenders(&self) -> Vec<(AccountId32, ())> {
		self.offenders.iter().map(|seed| (account(*seed), ())).collect()
	}
	fn session_index(&self) -> SessionIndex {
		self.session
	}
	fn validator_set_count(&self) -> u32 {
		4
	}
	fn slot(&self) -> u64 {
		self.slot
	}
	fn slash_fraction(&self, _: u32) -> Perbill {
		Perbill::from_percent(77)
	}
}

fn report<const KIND: u8>(
	reporter: Option<u8>,
	offenders: &[u8],
	session: SessionIndex,
	slot: u64,
) -> Result<(), OffenceError> {
	let offence = Equivocation::<KIND> {
		offenders: offenders.to_vec(),
		session,
		slot,
	};
	let result = Offences::report_offence(reporter.map(account).into_iter().collect(), offence);
	check();
	result
}

fn bond_of(seed: u8) -> Planck {
	Ledgers::<Test>::get(account(seed)).expect("bonded").total()
}

/// The bond of a genesis validator, and the governed five percent of it.
fn bond_and_slash(seed: u8) -> (Planck, Planck) {
	let bond = VALIDATOR_MINIMUM + Planck::from(seed) * 100;
	(bond, bond / 20)
}

#[test]
fn an_equivocation_is_slashed_by_our_rate_and_chills() {
	network(|| {
		let (bond, slash) = bond_and_slash(4);
		assert_eq!(report::<1>(None, &[4], 0, 8), Ok(()));
		assert_eq!(bond_of(4), bond - slash);
		assert_eq!(SlashTotals::<Test>::get(SlashReason::Equivocation), slash);
		assert!(Ledgers::<Test>::get(account(4)).expect("bonded").chilled);
		assert_eq!(Session::disabled_validators(), vec![0], "4 has the first place");
		run_to(2 * SESSION);
		assert!(!Session::validators().contains(&account(4)));
	});
}

#[test]
fn one_session_is_punished_once() {
	network(|| {
		let (bond, slash) = bond_and_slash(4);
		assert_eq!(report::<1>(None, &[4], 0, 8), Ok(()));
		assert_eq!(report::<1>(None, &[4], 0, 8), Err(OffenceError::DuplicateReport));
		// The report of 3 for the same slot brings 4 along again.
		assert_eq!(report::<1>(None, &[3], 0, 8), Ok(()));
		// Another slot, another kind.
		assert_eq!(report::<1>(None, &[4], 0, 9), Ok(()));
		assert_eq!(report::<2>(None, &[4], 0, 8), Ok(()));
		assert_eq!(bond_of(4), bond - slash);
		assert_eq!(bond_of(3), bond_and_slash(3).0 - bond_and_slash(3).1);
		// Another session.
		assert_eq!(report::<1>(None, &[4], 1, 10), Ok(()));
		assert_eq!(bond_of(4), bond - slash - (bond - slash) / 20);
	});
}

#[test]
fn the_reporter_gets_the_fixed_reward_from_the_treasury() {
	network(|| {
		Balances::mint_into(&TREASURY, 1_000).expect("the treasury exists");
		let (_, slash) = bond_and_slash(4);
		assert_eq!(report::<1>(Some(9), &[4], 0, 8), Ok(()));
		assert_eq!(Balances::free_balance(account(9)), FUNDS + REWARD);
		assert_eq!(Balances::free_balance(TREASURY), 1_000 + slash / 2 - REWARD);
		System::assert_has_event(
			Event::ReporterRewarded {
				reporter: account(9),
				amount: REWARD,
			}
			.into(),
		);
		// No second reward for the same session.
		assert_eq!(report::<1>(Some(10), &[4], 0, 9), Ok(()));
		assert_eq!(Balances::free_balance(account(10)), FUNDS);
	});
}

#[test]
fn an_empty_treasury_pays_nobody() {
	network(|| {
		change_terms(|terms| {
			terms.slashes.burned = polkadot_sdk::sp_runtime::Permill::one();
		});
		assert_eq!(report::<1>(Some(9), &[4], 0, 8), Ok(()));
		assert_eq!(Balances::free_balance(account(9)), FUNDS);
	});
}

#[test]
fn reporting_oneself_never_pays() {
	network(|| {
		Balances::mint_into(&TREASURY, 1_000).expect("the treasury exists");
		let (_, slash) = bond_and_slash(4);
		change_terms(|terms| terms.slashes.reporter_reward = slash + 1);
		assert_eq!(report::<1>(Some(4), &[4], 0, 8), Ok(()));
		assert_eq!(Balances::free_balance(TREASURY), 1_000 + slash / 2);
	});
}

#[test]
fn an_offender_that_has_left_costs_nothing() {
	network(|| {
		Balances::mint_into(&TREASURY, 1_000).expect("the treasury exists");
		assert_eq!(report::<1>(Some(9), &[15], 0, 8), Ok(()));
		assert_eq!(Balances::free_balance(TREASURY), 1_000);
	});
}

#[test]
fn old_sessions_are_forgotten_together_with_their_proofs() {
	network(|| {
		assert_eq!(report::<1>(None, &[4], 0, 8), Ok(()));
		run_to(u64::from(MEMORY) * SESSION);
		assert!(Punished::<Test>::contains_key(0, account(4)));
		assert!(Historical::historical_root(0).is_some());
		run_to(u64::from(MEMORY + 1) * SESSION);
		assert!(!Punished::<Test>::contains_key(0, account(4)));
		assert!(Historical::historical_root(0).is_none());
		assert!(Historical::historical_root(1).is_some());
	});
}

#[test]
fn a_proof_of_membership_outlives_the_slash() {
	network(|| {
		let key = (DUMMY, UintAuthorityId(4).encode());
		let proof = Historical::prove(key.clone()).expect("4 is in the set");
		let owner = Historical::check_proof(key.clone(), proof.clone());
		assert_eq!(owner, Some((account(4), ())));
		assert_eq!(report::<1>(None, &[4], 0, 8), Ok(()));
		assert_eq!(Historical::check_proof(key.clone(), proof.clone()), owner);
		slash(4, SlashReason::Collusion);
		run_to(2 * SESSION);
		assert_eq!(Historical::check_proof(key, proof), owner);
	});
}

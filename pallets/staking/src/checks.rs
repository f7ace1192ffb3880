//! What must hold after every block.

use crate::{
	Advertisements, AuditKeyOwner, AuditorsOf, BondedValidators, Candidates, Config, HoldReason, KeysOf,
	LeavingOf, Ledgers, OpenAudits, OpenExposure, PairsOf, Pallet, PeerKeyOwner, RetiredKeys,
	types::{Leaving, MAX_PAIRS, Role},
};
use polkadot_sdk::{
	frame_support::{ensure, traits::fungible::InspectHold},
	sp_runtime::TryRuntimeError,
};

impl<T: Config> Pallet<T> {
	/// Checks every invariant:
	///
	/// - the held balance of each bonded account is its active and unlocking bond;
	/// - the open fees of a node are within its active bond, or it is chilled (the factor of the time
	///   when they were opened is not stored, so this holds whatever Congress sets it to);
	/// - the list of validators is exactly those with an active bond, says of them what their ledgers
	///   say, and candidates are among them; both lists are in the order of the accounts;
	/// - bonded accounts and keys belong to each other, both ways, retired audit keys included;
	/// - validators alone declare pairs and give them up, each once and no more than they may, and the lists of the
	///   pairs say the same;
	/// - only bonded nodes advertise, and only bonded accounts owe audits or have open fees.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let bonded = BondedValidators::<T>::get();
		let candidates = Candidates::<T>::get();
		let mut active_validators = 0usize;
		let mut audit_keys = 0usize;
		for (account, ledger) in Ledgers::<T>::iter() {
			let held = T::Currency::balance_on_hold(&HoldReason::Bond.into(), &account);
			ensure!(held == ledger.total(), "the held balance is not the bond");
			ensure!(
				ledger.chilled || OpenExposure::<T>::get(&account) <= ledger.active,
				"an open job is not covered and its node is not chilled"
			);
			if ledger.role == Role::Validator && ledger.active > 0 {
				active_validators = active_validators.saturating_add(1);
				let entry = bonded.iter().find(|entry| entry.account == account);
				ensure!(
					entry.is_some_and(|entry| entry.bond == ledger.active && entry.chilled == ledger.chilled),
					"the list does not say of a validator what its ledger says"
				);
			}
			let keys = KeysOf::<T>::get(&account).ok_or("a bonded account has no keys")?;
			ensure!(
				PeerKeyOwner::<T>::get(keys.peer).as_ref() == Some(&account),
				"a peer key is not its account's"
			);
			let retired = RetiredKeys::<T>::get(&account);
			audit_keys = audit_keys.saturating_add(1).saturating_add(retired.len());
			for key in retired.iter().map(|retired| retired.audit).chain([keys.audit]) {
				ensure!(
					AuditKeyOwner::<T>::get(key).as_ref() == Some(&account),
					"an audit key is not its account's"
				);
			}
		}
		ensure!(
			bonded.len() == active_validators,
			"an account is listed that is no validator"
		);
		ensure!(
			candidates
				.iter()
				.all(|candidate| bonded.iter().any(|entry| entry.account == *candidate)),
			"a candidate is no validator"
		);
		ensure!(
			bonded.is_sorted_by(|one, next| one.account < next.account),
			"the list is not in order"
		);
		// Both are searched by halves.
		ensure!(
			candidates.is_sorted_by(|one, next| one < next),
			"the candidates are not in order"
		);
		ensure!(
			KeysOf::<T>::iter().count() == Ledgers::<T>::iter().count(),
			"keys without a bond"
		);
		ensure!(
			PeerKeyOwner::<T>::iter().count() == KeysOf::<T>::iter().count(),
			"a peer key without an account"
		);
		ensure!(
			AuditKeyOwner::<T>::iter().count() == audit_keys,
			"an audit key without an account"
		);
		for node in Advertisements::<T>::iter_keys() {
			ensure!(
				Ledgers::<T>::get(node).is_some_and(|ledger| ledger.role == Role::Node),
				"an advertisement without a node"
			);
		}
		Self::check_pairs()?;
		for debtor in OpenAudits::<T>::iter_keys() {
			ensure!(
				Ledgers::<T>::contains_key(debtor),
				"audits are owed without a bond"
			);
		}
		for debtor in OpenExposure::<T>::iter_keys() {
			ensure!(
				Ledgers::<T>::contains_key(debtor),
				"jobs are open and no bond answers for them"
			);
		}
		Ok(())
	}

	fn check_pairs() -> Result<(), TryRuntimeError> {
		let mut declared = 0usize;
		for (validator, pairs) in PairsOf::<T>::iter() {
			ensure!(
				Ledgers::<T>::get(&validator).is_some_and(|ledger| ledger.role == Role::Validator),
				"pairs are declared by an account that is no validator"
			);
			ensure!(
				!pairs.is_empty() && pairs.is_sorted_by(|one, next| one < next),
				"declared pairs are not in order"
			);
			declared = declared.saturating_add(pairs.len());
			for pair in pairs {
				ensure!(
					AuditorsOf::<T>::get(pair)
						.iter()
						.any(|entry| entry.account == validator && entry.until.is_none()),
					"a pair's list lacks a validator that declared it"
				);
			}
		}
		for (validator, leaving) in LeavingOf::<T>::iter() {
			ensure!(
				Ledgers::<T>::get(&validator).is_some_and(|ledger| ledger.role == Role::Validator),
				"pairs are given up by an account that is no validator"
			);
			let pairs = PairsOf::<T>::get(&validator);
			ensure!(
				!leaving.is_empty() && leaving.len().saturating_add(pairs.len()) <= MAX_PAIRS as usize,
				"a list of pairs that are given up is empty or too long"
			);
			ensure!(
				leaving.iter().enumerate().all(|(index, own)| {
					!pairs.contains(&own.pair)
						&& !leaving.iter().take(index).any(|other| other.pair == own.pair)
				}),
				"a pair that is given up is declared, or given up twice"
			);
		}
		let mut listed = 0usize;
		for (pair, auditors) in AuditorsOf::<T>::iter() {
			ensure!(
				!auditors.is_empty() && auditors.is_sorted_by(|one, next| one.account < next.account),
				"the list of a pair is not in order"
			);
			for entry in auditors {
				let Some(until) = entry.until else {
					listed = listed.saturating_add(1);
					continue;
				};
				ensure!(
					entry.from < until,
					"a pair was given up before it counted for a job"
				);
				ensure!(
					LeavingOf::<T>::get(&entry.account).contains(&Leaving { pair, until }),
					"a pair's list names who did not give it up"
				);
			}
		}
		ensure!(listed == declared, "a pair's list names who did not declare it");
		Ok(())
	}
}

//! Bonds, keys, exposure, audits and slashes.

use crate::{
	Advertisements, AuditKeyOwner, AuditorsOf, BondedValidators, Candidates, Config, Ejected, Error, Event,
	HoldReason, KeysOf, Ledgers, OpenAudits, OpenExposure, Pallet, PeerKeyOwner, RetiredKeys, SlashHistory,
	SlashTotals,
	traits::Sessions,
	types::{Chunk, Enlisted, Ledger, RetiredKey, Role, SlashReason, SlashRecord, Unlocking},
};
use alloc::vec::Vec;
use pallet_terms::{
	TermsSource,
	types::{Planck, Terms},
};
use polkadot_sdk::{
	frame_support::{
		ensure,
		storage::with_storage_layer,
		traits::{
			Get,
			fungible::{Mutate, MutateHold},
			tokens::{Fortitude, Precision, Preservation, Restriction},
		},
	},
	frame_system,
	sp_core::ed25519,
	sp_io,
	sp_runtime::{DispatchError, DispatchResult, Perbill, SaturatedConversion},
};
use receipt::{PairKey, keys::KeySet};

/// The part of its role's minimum that must be left of a bond for its account to go on.
const KEPT_PART: Perbill = Perbill::from_percent(90);

/// What other rule-books use.
impl<T: Config> Pallet<T> {
	/// Whether `node` takes jobs: bonded as a node, not chilled, advertised.
	pub fn is_serving(node: &T::AccountId) -> bool {
		let (_, terms) = T::Terms::current();
		Ledgers::<T>::get(node).is_some_and(|ledger| Self::is_ready(&terms, &ledger, Role::Node))
			&& Advertisements::<T>::contains_key(node)
	}

	/// The audit key of a bonded account.
	pub fn audit_key(account: &T::AccountId) -> Option<[u8; 32]> {
		KeysOf::<T>::get(account).map(|keys| keys.audit)
	}

	/// Whether what `key` signed counts as signed by `account`: its audit key, or a replaced one that
	/// is still valid.
	pub fn accepts_audit_key(account: &T::AccountId, key: &[u8; 32]) -> bool {
		let now = Self::now();
		Self::audit_key(account).as_ref() == Some(key)
			|| RetiredKeys::<T>::get(account)
				.iter()
				.any(|retired| &retired.audit == key && now <= retired.until)
	}

	/// Counts a new job's fee against the bond of `node`.
	///
	/// The active bond must be at least `verification.open_factor x (open fees + fee)`: no node gains more than its fees
	/// by cheating on all its open jobs at once.
	///
	/// Errors: [`Error::NotServing`], [`Error::BondNotCovering`].
	pub fn open_exposure(node: &T::AccountId, fee: Planck) -> DispatchResult {
		ensure!(Self::is_serving(node), Error::<T>::NotServing);
		ensure!(fee <= Self::capacity_of(node), Error::<T>::BondNotCovering);
		OpenExposure::<T>::mutate(node, |open| *open = open.saturating_add(fee));
		Ok(())
	}

	/// Takes an ended job's fee, the one it was opened with, off the exposure of `node`.
	pub fn close_exposure(node: &T::AccountId, fee: Planck) {
		OpenExposure::<T>::mutate_exists(node, |open| {
			*open = Some(open.unwrap_or(0).saturating_sub(fee)).filter(|rest| *rest > 0);
		});
	}

	/// Who can be drawn now to audit a job of this pair that was requested in this block: validators that had declared it
	/// then, with enough of a bond, not chilled, by account. If there are more than `max_validators`, those with the
	/// largest bonds. All of them have audit keys, since nobody is bonded without.
	///
	/// Reads the list of validators, that of the pair and the terms, no ledger.
	pub fn eligible_auditors(pair: &PairKey, requested_at: u32) -> Vec<T::AccountId> {
		let (_, terms) = T::Terms::current();
		let least = Self::kept_bond(&terms, Role::Validator);
		let declared = AuditorsOf::<T>::get(pair);
		let fit = BondedValidators::<T>::get()
			.into_iter()
			.filter(|entry| !entry.chilled && entry.bond >= least)
			.filter(|entry| {
				declared
					.binary_search_by(|declaration| declaration.account.cmp(&entry.account))
					.ok()
					.and_then(|position| declared.get(position))
					.is_some_and(|declaration| declaration.counts_at(requested_at))
			})
			.map(|entry| (entry.bond, entry.account));
		let mut auditors = Self::largest(&terms, fit.collect());
		auditors.sort_unstable();
		auditors
	}

	/// Notes that `validator` owes one more audit. Its bond cannot be withdrawn until it is closed.
	pub fn open_audit(validator: &T::AccountId) {
		OpenAudits::<T>::mutate(validator, |open| *open = open.saturating_add(1));
	}

	/// Notes that `validator` owes one audit less.
	pub fn close_audit(validator: &T::AccountId) {
		OpenAudits::<T>::mutate_exists(validator, |open| {
			*open = Some(open.unwrap_or(0).saturating_sub(1)).filter(|rest| *rest > 0);
		});
	}

	/// What of the bond of `account` answers for new work.
	pub fn active_bond(account: &T::AccountId) -> Planck {
		Ledgers::<T>::get(account).map_or(0, |ledger| ledger.active)
	}

	/// Takes a part of the account's bond, active and unlocking, and returns how much that was. See
	/// [`slash`](Self::slash).
	pub fn slash_part(account: &T::AccountId, reason: SlashReason, part: Perbill) -> Planck {
		let bond = Ledgers::<T>::get(account).map_or(0, |ledger| ledger.total());
		Self::slash(account, reason, part.mul_floor(bond))
	}

	/// Takes `due` of the account's bond, active and unlocking, or all of it where that is less, and returns how much
	/// that was.
	///
	/// A governed part of it is burned and the treasury gets the rest; what the treasury cannot take
	/// (an account below the existential deposit) is burned too. An account whose active bond falls too far below
	/// its role's minimum, or does not cover its open jobs any more, is chilled.
	pub fn slash(account: &T::AccountId, reason: SlashReason, due: Planck) -> Planck {
		let Some(mut ledger) = Ledgers::<T>::get(account) else {
			return 0;
		};
		let (_, terms) = T::Terms::current();
		let due = due.min(ledger.total());
		if due == 0 {
			return 0;
		}
		let to_burn = terms.slashes.burned.mul_floor(due);
		let moved = Self::move_to_treasury(account, due.saturating_sub(to_burn));
		let burned = Self::burn_bond(account, due.saturating_sub(moved));
		let amount = moved.saturating_add(burned);
		ledger.take(amount);

		SlashHistory::<T>::mutate(account, |ring| {
			if ring.is_full() {
				ring.remove(0);
			}
			// There is room: the oldest entry went.
			let _ = ring.try_push(SlashRecord {
				block: Self::now(),
				reason,
				amount,
			});
		});
		SlashTotals::<T>::mutate(reason, |total| *total = total.saturating_add(amount));
		Self::deposit_event(Event::Slashed {
			account: account.clone(),
			reason,
			amount,
			burned,
		});

		let uncovered = Self::needed_bond(&terms, OpenExposure::<T>::get(account)) > ledger.active;
		if ledger.active < Self::kept_bond(&terms, ledger.role) || uncovered {
			Self::chill_ledger(account, &mut ledger);
		}
		if ledger.active == 0 {
			Self::drop_candidate(account);
		}
		Self::store(account, ledger);
		amount
	}

	/// Lets an account take no new work until it resumes.
	pub fn chill_for_cause(account: &T::AccountId) {
		if let Some(mut ledger) = Ledgers::<T>::get(account) {
			Self::chill_ledger(account, &mut ledger);
			Self::store(account, ledger);
		}
	}

	/// Bars an account from taking work for good. Its bond can be unbonded as any other.
	pub fn eject(account: &T::AccountId) {
		Self::chill_for_cause(account);
		Ejected::<T>::insert(account, ());
	}

	/// Pays an auditor whose dissent was upheld, or a node whose canary was confirmed, as far as the treasury has it.
	pub fn reward(who: &T::AccountId, amount: Planck) {
		let paid = T::Currency::transfer(&T::Treasury::get(), who, amount, Preservation::Preserve);
		if paid.is_ok() {
			Self::deposit_event(Event::ReporterRewarded {
				reporter: who.clone(),
				amount,
			});
		}
	}

	fn move_to_treasury(account: &T::AccountId, amount: Planck) -> Planck {
		if amount == 0 {
			return 0;
		}
		with_storage_layer(|| {
			T::Currency::transfer_on_hold(
				&HoldReason::Bond.into(),
				account,
				&T::Treasury::get(),
				amount,
				Precision::Exact,
				Restriction::Free,
				Fortitude::Force,
			)
		})
		.unwrap_or(0)
	}

	fn burn_bond(account: &T::AccountId, amount: Planck) -> Planck {
		if amount == 0 {
			return 0;
		}
		with_storage_layer(|| {
			T::Currency::burn_held(
				&HoldReason::Bond.into(),
				account,
				amount,
				Precision::BestEffort,
				Fortitude::Force,
			)
		})
		.unwrap_or(0)
	}
}

/// What the calls do.
impl<T: Config> Pallet<T> {
	pub(crate) fn now() -> u32 {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	pub(crate) fn min_bond(terms: &Terms, role: Role) -> Planck {
		match role {
			Role::Node => terms.staking.min_node_bond,
			Role::Validator => terms.staking.min_validator_bond,
		}
	}

	/// What the active bond must be for `fees` of open jobs.
	pub(crate) fn needed_bond(terms: &Terms, fees: Planck) -> Planck {
		fees.saturating_mul(Planck::from(terms.verification.open_factor.max(1)))
	}

	/// What must be left of a bond for its account to go on: a little less than the minimum, so that whoever bonded
	/// just that is not out after one small slash.
	pub(crate) fn kept_bond(terms: &Terms, role: Role) -> Planck {
		KEPT_PART.mul_ceil(Self::min_bond(terms, role))
	}

	pub(crate) fn is_ready(terms: &Terms, ledger: &Ledger, role: Role) -> bool {
		ledger.role == role && !ledger.chilled && ledger.active >= Self::kept_bond(terms, role)
	}

	/// The largest bonds first, at most `max_validators`.
	pub(crate) fn largest(terms: &Terms, mut fit: Vec<(Planck, T::AccountId)>) -> Vec<T::AccountId> {
		fit.sort_unstable_by(|(bond, account), (other_bond, other)| {
			other_bond.cmp(bond).then_with(|| account.cmp(other))
		});
		fit.truncate(terms.staking.max_validators as usize);
		fit.into_iter().map(|(_, validator)| validator).collect()
	}

	pub(crate) fn check_key_signatures(
		account: &T::AccountId,
		keys: &KeySet,
		peer_signature: &[u8; 64],
		audit_signature: &[u8; 64],
	) -> DispatchResult {
		let message = receipt::keys::binding(account.as_ref(), keys);
		let signed = |key: [u8; 32], signature: &[u8; 64]| {
			sp_io::crypto::ed25519_verify(
				&ed25519::Signature::from_raw(*signature),
				&message,
				&ed25519::Public::from_raw(key),
			)
		};
		ensure!(signed(keys.peer, peer_signature), Error::<T>::BadPeerSignature);
		ensure!(signed(keys.audit, audit_signature), Error::<T>::BadAuditSignature);
		Ok(())
	}

	pub(crate) fn do_bond(
		account: &T::AccountId,
		role: Role,
		amount: Planck,
		keys: KeySet,
	) -> DispatchResult {
		ensure!(!Ledgers::<T>::contains_key(account), Error::<T>::AlreadyBonded);
		ensure!(!Ejected::<T>::contains_key(account), Error::<T>::IsEjected);
		let (_, terms) = T::Terms::current();
		ensure!(amount >= Self::min_bond(&terms, role), Error::<T>::BelowMinimum);
		T::Currency::hold(&HoldReason::Bond.into(), account, amount)?;
		if role == Role::Validator {
			Self::enlist(account)?;
		}
		let ledger = Ledger {
			role,
			active: amount,
			unlocking: Unlocking::new(),
			chilled: false,
			bonded_at: Self::now(),
		};
		Self::store(account, ledger);
		Self::deposit_event(Event::Bonded {
			account: account.clone(),
			role,
			amount,
		});
		Self::do_set_keys(account, keys)
	}

	pub(crate) fn do_bond_extra(account: &T::AccountId, amount: Planck) -> DispatchResult {
		let mut ledger = Ledgers::<T>::get(account).ok_or(Error::<T>::NotBonded)?;
		ensure!(amount > 0, Error::<T>::NothingToDo);
		let (_, terms) = T::Terms::current();
		T::Currency::hold(&HoldReason::Bond.into(), account, amount)?;
		if ledger.role == Role::Validator && ledger.active == 0 {
			Self::enlist(account)?;
		}
		ledger.active = ledger.active.saturating_add(amount);
		ensure!(
			ledger.active >= Self::min_bond(&terms, ledger.role),
			Error::<T>::BelowMinimum
		);
		Self::store(account, ledger);
		Self::deposit_event(Event::BondIncreased {
			account: account.clone(),
			amount,
		});
		Ok(())
	}

	pub(crate) fn do_unbond(account: &T::AccountId, amount: Planck) -> DispatchResult {
		let mut ledger = Ledgers::<T>::get(account).ok_or(Error::<T>::NotBonded)?;
		ensure!(amount > 0, Error::<T>::NothingToDo);
		let (_, terms) = T::Terms::current();
		let rest = ledger
			.active
			.checked_sub(amount)
			.ok_or(Error::<T>::InsufficientBond)?;
		ensure!(
			rest == 0 || rest >= Self::min_bond(&terms, ledger.role),
			Error::<T>::BelowMinimum
		);
		ensure!(
			Self::needed_bond(&terms, OpenExposure::<T>::get(account)) <= rest,
			Error::<T>::BondNotCovering
		);
		let release_at = Self::now().saturating_add(terms.staking.unbonding_delay);
		match ledger.unlocking.last_mut() {
			Some(last) if last.release_at == release_at => {
				last.amount = last.amount.saturating_add(amount);
			}
			_ => ledger
				.unlocking
				.try_push(Chunk { amount, release_at })
				.map_err(|_| Error::<T>::TooManyChunks)?,
		}
		ledger.active = rest;
		Self::deposit_event(Event::Unbonding {
			account: account.clone(),
			amount,
			release_at,
		});
		if rest == 0 {
			Self::chill_ledger(account, &mut ledger);
			Self::drop_candidate(account);
		}
		Self::store(account, ledger);
		Ok(())
	}

	/// Returns how many pairs are forgotten, if nothing of the account is left.
	pub(crate) fn do_withdraw(account: &T::AccountId) -> Result<u32, DispatchError> {
		let mut ledger = Ledgers::<T>::get(account).ok_or(Error::<T>::NotBonded)?;
		ensure!(!Self::in_session(account), Error::<T>::InSession);
		ensure!(OpenAudits::<T>::get(account) == 0, Error::<T>::OwesAudits);
		ensure!(OpenExposure::<T>::get(account) == 0, Error::<T>::HasOpenJobs);
		let now = Self::now();
		let mut amount: Planck = 0;
		ledger.unlocking.retain(|chunk| {
			let due = chunk.release_at <= now;
			if due {
				amount = amount.saturating_add(chunk.amount);
			}
			!due
		});
		let nothing_left = ledger.total() == 0;
		// A bond that was slashed to nothing is closed without a chunk.
		ensure!(amount > 0 || nothing_left, Error::<T>::NothingToWithdraw);
		if amount > 0 {
			T::Currency::release(&HoldReason::Bond.into(), account, amount, Precision::Exact)?;
			Self::deposit_event(Event::Withdrawn {
				account: account.clone(),
				amount,
			});
		}
		if nothing_left {
			return Ok(Self::close(account));
		}
		Ledgers::<T>::insert(account, ledger);
		Ok(0)
	}

	/// Forgets a bond of which nothing is left. Its account produces no blocks any more, so that the session
	/// keys can go too. Returns how many pairs it had declared or was leaving.
	fn close(account: &T::AccountId) -> u32 {
		T::Sessions::forget_keys(account);
		Ledgers::<T>::remove(account);
		Advertisements::<T>::remove(account);
		if let Some(keys) = KeysOf::<T>::take(account) {
			PeerKeyOwner::<T>::remove(keys.peer);
			AuditKeyOwner::<T>::remove(keys.audit);
		}
		for retired in RetiredKeys::<T>::take(account) {
			AuditKeyOwner::<T>::remove(retired.audit);
		}
		let forgotten = Self::forget_pairs(account);
		Self::deposit_event(Event::Closed {
			account: account.clone(),
		});
		forgotten
	}

	pub(crate) fn do_set_keys(account: &T::AccountId, keys: KeySet) -> DispatchResult {
		let is_free = |owner: Option<T::AccountId>| owner.is_none_or(|owner| &owner == account);
		ensure!(is_free(PeerKeyOwner::<T>::get(keys.peer)), Error::<T>::KeyTaken);
		ensure!(is_free(AuditKeyOwner::<T>::get(keys.audit)), Error::<T>::KeyTaken);

		let now = Self::now();
		let mut retired_keys = RetiredKeys::<T>::get(account);
		retired_keys.retain(|retired| {
			let still_valid = retired.until >= now;
			if !still_valid {
				AuditKeyOwner::<T>::remove(retired.audit);
			}
			still_valid && retired.audit != keys.audit
		});
		if let Some(old) = KeysOf::<T>::get(account) {
			PeerKeyOwner::<T>::remove(old.peer);
			if old.audit != keys.audit {
				let (_, terms) = T::Terms::current();
				let until = now.saturating_add(terms.longest_path().saturated_into());
				retired_keys
					.try_push(RetiredKey {
						audit: old.audit,
						until,
					})
					.map_err(|_| Error::<T>::TooManyRetiredKeys)?;
			}
		}
		if retired_keys.is_empty() {
			RetiredKeys::<T>::remove(account);
		} else {
			RetiredKeys::<T>::insert(account, retired_keys);
		}
		PeerKeyOwner::<T>::insert(keys.peer, account);
		AuditKeyOwner::<T>::insert(keys.audit, account);
		KeysOf::<T>::insert(account, keys);
		Self::deposit_event(Event::KeysSet {
			account: account.clone(),
			keys,
		});
		Ok(())
	}

	pub(crate) fn do_join(validator: &T::AccountId) -> DispatchResult {
		let ledger = Ledgers::<T>::get(validator).ok_or(Error::<T>::NotBonded)?;
		ensure!(ledger.role == Role::Validator, Error::<T>::NotValidator);
		ensure!(!ledger.chilled, Error::<T>::IsChilled);
		let (_, terms) = T::Terms::current();
		ensure!(
			ledger.active >= terms.staking.min_validator_bond,
			Error::<T>::BelowMinimum
		);
		Candidates::<T>::try_mutate(|candidates| -> Result<(), DispatchError> {
			match candidates.binary_search(validator) {
				Ok(_) => Err(Error::<T>::AlreadyCandidate.into()),
				Err(position) => candidates
					.try_insert(position, validator.clone())
					.map_err(|_| Error::<T>::TooManyValidators.into()),
			}
		})?;
		Self::deposit_event(Event::CandidateJoined {
			validator: validator.clone(),
		});
		Ok(())
	}

	/// Ends a candidacy; whether there was one.
	pub(crate) fn drop_candidate(validator: &T::AccountId) -> bool {
		let dropped = Candidates::<T>::mutate(|candidates| {
			candidates
				.binary_search(validator)
				.map(|position| candidates.remove(position))
				.is_ok()
		});
		if dropped {
			Self::deposit_event(Event::CandidateLeft {
				validator: validator.clone(),
			});
		}
		dropped
	}

	/// Makes room for a validator in the list; [`Self::store`] fills it in.
	fn enlist(validator: &T::AccountId) -> DispatchResult {
		BondedValidators::<T>::try_mutate(|bonded| {
			match bonded.binary_search_by(|entry| entry.account.cmp(validator)) {
				Ok(_) => Ok(()),
				Err(position) => bonded
					.try_insert(
						position,
						Enlisted {
							account: validator.clone(),
							bond: 0,
							chilled: false,
						},
					)
					.map_err(|_| Error::<T>::TooManyValidators.into()),
			}
		})
	}

	/// Stores a ledger and, if it is a validator's, what the list says of it. One whose active bond is
	/// gone leaves the list.
	pub(crate) fn store(account: &T::AccountId, ledger: Ledger) {
		if ledger.role == Role::Validator {
			BondedValidators::<T>::mutate(|bonded| {
				let Ok(position) = bonded.binary_search_by(|entry| entry.account.cmp(account)) else {
					return;
				};
				if ledger.active == 0 {
					bonded.remove(position);
				} else if let Some(entry) = bonded.get_mut(position) {
					entry.bond = ledger.active;
					entry.chilled = ledger.chilled;
				}
			});
		}
		Ledgers::<T>::insert(account, ledger);
	}

	pub(crate) fn chill_ledger(account: &T::AccountId, ledger: &mut Ledger) {
		if !ledger.chilled {
			ledger.chilled = true;
			Self::deposit_event(Event::Chilled {
				account: account.clone(),
			});
		}
	}

	/// Whether `account` produces blocks in this session or the next.
	pub(crate) fn in_session(account: &T::AccountId) -> bool {
		T::Sessions::active().contains(account) || T::Sessions::queued().contains(account)
	}
}

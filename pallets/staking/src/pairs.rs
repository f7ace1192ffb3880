//! Which pairs a validator checks.

use crate::{
	AuditorsOf, BondedValidators, Config, Error, Event, Ledgers, PairsOf, Pallet,
	types::{Pairs, Role},
	weights::WeightInfo,
};
use polkadot_sdk::{
	frame_support::{BoundedVec, ensure, traits::Get, weights::Weight},
	sp_runtime::{DispatchError, DispatchResult},
};
use receipt::PairKey;

impl<T: Config> Pallet<T> {
	/// What `withdraw` costs where so many declared pairs are forgotten.
	pub(crate) fn withdraw_weight(pairs: u32) -> Weight {
		// Not measured are the session keys, which are the runtime's (the keys, the owner of each of the two, how they
		// came, and the account), and the pairs, of which a node has none.
		let pairs = T::DbWeight::get()
			.reads_writes(1, 1)
			.saturating_mul(u64::from(pairs).saturating_add(1));
		T::WeightInfo::withdraw()
			.saturating_add(T::DbWeight::get().reads_writes(3, 5))
			.saturating_add(pairs)
	}

	/// The call `declare_pairs`. Returns how many pairs are new or given up.
	pub(crate) fn do_declare_pairs(validator: &T::AccountId, mut pairs: Pairs) -> Result<u32, DispatchError> {
		let ledger = Ledgers::<T>::get(validator).ok_or(Error::<T>::NotBonded)?;
		ensure!(ledger.role == Role::Validator, Error::<T>::NotValidator);
		// Only those in the list of validators are few enough for the list of a pair.
		ensure!(ledger.active > 0, Error::<T>::BelowMinimum);
		pairs.sort();
		ensure!(pairs.is_sorted_by(|one, next| one < next), Error::<T>::PairTwice);
		let before = PairsOf::<T>::get(validator);
		let mut changed = 0u32;
		for pair in before.iter().filter(|pair| pairs.binary_search(pair).is_err()) {
			Self::strike(validator, pair);
			changed = changed.saturating_add(1);
		}
		for pair in pairs.iter().filter(|pair| before.binary_search(pair).is_err()) {
			Self::list(validator, pair)?;
			changed = changed.saturating_add(1);
		}
		let count = pairs.len() as u32;
		if pairs.is_empty() {
			PairsOf::<T>::remove(validator);
		} else {
			PairsOf::<T>::insert(validator, pairs);
		}
		Self::deposit_event(Event::PairsDeclared {
			validator: validator.clone(),
			pairs: count,
		});
		Ok(changed)
	}

	/// Forgets what a closed account declared. Returns how many pairs that were.
	pub(crate) fn forget_pairs(account: &T::AccountId) -> u32 {
		let pairs = PairsOf::<T>::take(account);
		for pair in &pairs {
			Self::strike(account, pair);
		}
		pairs.len() as u32
	}

	/// Puts a validator into the list of a pair.
	fn list(validator: &T::AccountId, pair: &PairKey) -> DispatchResult {
		AuditorsOf::<T>::try_mutate(pair, |auditors| {
			if auditors.is_full() {
				Self::make_room(pair, auditors);
			}
			match auditors.binary_search(validator) {
				Ok(_) => Ok(()),
				Err(position) => auditors
					.try_insert(position, validator.clone())
					.map_err(|_| Error::<T>::TooManyValidators.into()),
			}
		})
	}

	/// Takes one out of the full list of a pair whose active bond is gone, and its word with it. There is one: the list
	/// has as many places as that of the validators, and whoever needs one stands only in that.
	fn make_room(pair: &PairKey, auditors: &mut BoundedVec<T::AccountId, T::MaxBondedValidators>) {
		let bonded = BondedValidators::<T>::get();
		let gone = auditors.iter().position(|auditor| {
			bonded
				.binary_search_by(|entry| entry.account.cmp(auditor))
				.is_err()
		});
		let Some(position) = gone else {
			return;
		};
		let auditor = auditors.remove(position);
		PairsOf::<T>::mutate_exists(auditor, |pairs| {
			if let Some(own) = pairs {
				own.retain(|other| other != pair);
			}
			*pairs = pairs.take().filter(|own| !own.is_empty());
		});
	}

	/// Takes a validator out of the list of a pair.
	fn strike(validator: &T::AccountId, pair: &PairKey) {
		AuditorsOf::<T>::mutate_exists(pair, |auditors| {
			if let Some(listed) = auditors {
				listed.retain(|auditor| auditor != validator);
			}
			*auditors = auditors.take().filter(|listed| !listed.is_empty());
		});
	}
}

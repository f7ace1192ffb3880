//! Which pairs a validator checks, and since when.
//!
//! A job is audited by those that had declared its pair when it was requested. So what a validator takes back is kept,
//! with the block in which it did, for as long as a job from before can be open: otherwise a friend of its node could
//! leave before a panel is drawn, or come when it knows of the job.

use crate::{
	AuditorsOf, BondedValidators, Config, Error, Event, LeavingOf, Ledgers, PairsOf, Pallet,
	types::{Declaration, Leaving, LeavingPairs, Pairs, Role},
	weights::WeightInfo,
};
use alloc::vec::Vec;
use pallet_terms::TermsSource;
use polkadot_sdk::{
	frame_support::{BoundedVec, ensure, traits::Get, weights::Weight},
	sp_runtime::{DispatchError, DispatchResult, SaturatedConversion},
};
use receipt::PairKey;

/// The list of a pair.
type Declarations<T> = BoundedVec<
	Declaration<<T as polkadot_sdk::frame_system::Config>::AccountId>,
	<T as Config>::MaxBondedValidators,
>;

impl<T: Config> Pallet<T> {
	/// What `withdraw` costs where so many pairs are forgotten, those that were leaving included.
	pub(crate) fn withdraw_weight(pairs: u32) -> Weight {
		// Not measured are the session keys, which are the runtime's (the keys, the owner of each of the two, how they
		// came, and the account), and the pairs, of which a node has none: two lists of the account, the two values of
		// the terms, and the list of each pair.
		let pairs = T::DbWeight::get()
			.reads_writes(1, 1)
			.saturating_mul(u64::from(pairs).saturating_add(2));
		T::WeightInfo::withdraw()
			.saturating_add(T::DbWeight::get().reads_writes(5, 5))
			.saturating_add(pairs)
	}

	/// The call `declare_pairs`. Returns how many lists of pairs change.
	pub(crate) fn do_declare_pairs(validator: &T::AccountId, mut pairs: Pairs) -> Result<u32, DispatchError> {
		let ledger = Ledgers::<T>::get(validator).ok_or(Error::<T>::NotBonded)?;
		ensure!(ledger.role == Role::Validator, Error::<T>::NotValidator);
		// Only those in the list of validators are few enough for the list of a pair.
		ensure!(ledger.active > 0, Error::<T>::BelowMinimum);
		pairs.sort();
		ensure!(pairs.is_sorted_by(|one, next| one < next), Error::<T>::PairTwice);
		let now = Self::now();
		let oldest = Self::oldest_open_request();
		let before = PairsOf::<T>::get(validator);
		let (mut leaving, over): (Vec<_>, Vec<_>) = LeavingOf::<T>::get(validator)
			.into_iter()
			.partition(|leaving| leaving.until >= oldest);
		let mut changed = 0u32;
		for gone in &over {
			Self::strike(validator, &gone.pair, oldest);
			changed = changed.saturating_add(1);
		}
		for pair in before.iter().filter(|pair| pairs.binary_search(pair).is_err()) {
			if Self::leave(validator, pair, now, oldest) {
				leaving.push(Leaving {
					pair: *pair,
					until: now,
				});
			}
			changed = changed.saturating_add(1);
		}
		for pair in pairs.iter().filter(|pair| before.binary_search(pair).is_err()) {
			Self::list(validator, pair, now, oldest)?;
			// Its entry in the list of the pair can be forgotten already, when new terms make it count for longer.
			leaving.retain(|leaving| leaving.pair != *pair);
			changed = changed.saturating_add(1);
		}
		// Both together, so that what an account leaves behind is bounded and giving up a pair never fails.
		ensure!(
			leaving.len().saturating_add(pairs.len()) <= Pairs::bound(),
			Error::<T>::TooManyPairs
		);
		let leaving = LeavingPairs::try_from(leaving).map_err(|_| Error::<T>::TooManyPairs)?;
		let count = pairs.len() as u32;
		if pairs.is_empty() {
			PairsOf::<T>::remove(validator);
		} else {
			PairsOf::<T>::insert(validator, pairs);
		}
		if leaving.is_empty() {
			LeavingOf::<T>::remove(validator);
		} else {
			LeavingOf::<T>::insert(validator, leaving);
		}
		Self::deposit_event(Event::PairsDeclared {
			validator: validator.clone(),
			pairs: count,
		});
		Ok(changed)
	}

	/// Forgets what a closed account declared, what it had taken back included. Returns how many pairs that were.
	pub(crate) fn forget_pairs(account: &T::AccountId) -> u32 {
		let oldest = Self::oldest_open_request();
		let declared = PairsOf::<T>::take(account);
		let leaving = LeavingOf::<T>::take(account);
		let mut forgotten = 0u32;
		for pair in declared.iter().chain(leaving.iter().map(|leaving| &leaving.pair)) {
			Self::strike(account, pair, oldest);
			forgotten = forgotten.saturating_add(1);
		}
		forgotten
	}

	/// No job that was requested before this block is open.
	fn oldest_open_request() -> u32 {
		let (_, terms) = T::Terms::current();
		Self::now().saturating_sub(terms.longest_path().saturated_into())
	}

	/// Puts a validator into the list of a pair.
	fn list(validator: &T::AccountId, pair: &PairKey, now: u32, oldest: u32) -> DispatchResult {
		Self::change_list(pair, oldest, |auditors| -> DispatchResult {
			let listed = auditors.binary_search_by(|entry| entry.account.cmp(validator));
			ensure!(listed.is_err(), Error::<T>::PairLeaving);
			if auditors.is_full() {
				Self::make_room(pair, auditors);
			}
			let entry = Declaration {
				account: validator.clone(),
				from: now,
				until: None,
			};
			let position = auditors.partition_point(|entry| entry.account < *validator);
			auditors
				.try_insert(position, entry)
				.map_err(|_| Error::<T>::TooManyValidators.into())
		})
	}

	/// Takes one out of the full list of a pair whose active bond is gone, and its word with it. There is one: the list
	/// has as many places as that of the validators and names each account once, and whoever needs one stands only in
	/// that.
	fn make_room(pair: &PairKey, auditors: &mut Declarations<T>) {
		let bonded = BondedValidators::<T>::get();
		let gone = auditors.iter().position(|auditor| {
			bonded
				.binary_search_by(|entry| entry.account.cmp(&auditor.account))
				.is_err()
		});
		let Some(position) = gone else {
			return;
		};
		let auditor = auditors.remove(position);
		if auditor.until.is_none() {
			PairsOf::<T>::mutate_exists(auditor.account, |pairs| {
				if let Some(own) = pairs {
					own.retain(|other| other != pair);
				}
				*pairs = pairs.take().filter(|own| !own.is_empty());
			});
		}
	}

	/// Notes that a validator gave up a pair. Whether it stays in the list, for the jobs from before: what was declared in
	/// this block counted for none.
	fn leave(validator: &T::AccountId, pair: &PairKey, now: u32, oldest: u32) -> bool {
		Self::change_list(pair, oldest, |auditors| {
			auditors.retain(|entry| entry.account != *validator || entry.from < now);
			let own = auditors.iter_mut().find(|entry| entry.account == *validator);
			own.map(|entry| entry.until = Some(now)).is_some()
		})
	}

	/// Takes an account out of the list of a pair.
	fn strike(account: &T::AccountId, pair: &PairKey, oldest: u32) {
		Self::change_list(pair, oldest, |auditors| {
			auditors.retain(|entry| entry.account != *account);
		});
	}

	/// Changes the list of a pair, without those that can be drawn for no open job any more.
	fn change_list<R>(pair: &PairKey, oldest: u32, change: impl FnOnce(&mut Declarations<T>) -> R) -> R {
		AuditorsOf::<T>::mutate_exists(pair, |stored| {
			let mut auditors = stored.take().unwrap_or_default();
			auditors.retain(|entry| entry.until.is_none_or(|until| until >= oldest));
			let result = change(&mut auditors);
			*stored = Some(auditors).filter(|listed| !listed.is_empty());
			result
		})
	}
}

//! Who takes work: what a node offers, and accounts that take none until they say so.

use crate::{
	Advertisements, Config, Ejected, Error, Event, Ledgers, OpenExposure, Pallet,
	types::{Advertisement, Role},
};
use pallet_terms::TermsSource;
use polkadot_sdk::{frame_support::ensure, sp_runtime::DispatchResult};

impl<T: Config> Pallet<T> {
	/// The call `advertise`.
	pub(crate) fn do_advertise(node: T::AccountId, advertisement: Advertisement) -> DispatchResult {
		let ledger = Ledgers::<T>::get(&node).ok_or(Error::<T>::NotBonded)?;
		ensure!(ledger.role == Role::Node, Error::<T>::NotNode);
		ensure!(advertisement.is_usable(), Error::<T>::BadAdvertisement);
		Advertisements::<T>::insert(&node, advertisement);
		Self::deposit_event(Event::Advertised { node });
		Ok(())
	}

	/// The call `chill`.
	pub(crate) fn do_chill(account: &T::AccountId) -> DispatchResult {
		let mut ledger = Ledgers::<T>::get(account).ok_or(Error::<T>::NotBonded)?;
		ensure!(!ledger.chilled, Error::<T>::IsChilled);
		Self::chill_ledger(account, &mut ledger);
		Self::store(account, ledger);
		Ok(())
	}

	/// The call `resume`.
	pub(crate) fn do_resume(account: T::AccountId) -> DispatchResult {
		let mut ledger = Ledgers::<T>::get(&account).ok_or(Error::<T>::NotBonded)?;
		ensure!(ledger.chilled, Error::<T>::NotChilled);
		ensure!(!Ejected::<T>::contains_key(&account), Error::<T>::IsEjected);
		let (_, terms) = T::Terms::current();
		ensure!(
			ledger.active >= Self::min_bond(&terms, ledger.role),
			Error::<T>::BelowMinimum
		);
		ensure!(
			Self::needed_bond(&terms, OpenExposure::<T>::get(&account)) <= ledger.active,
			Error::<T>::BondNotCovering
		);
		ledger.chilled = false;
		Self::store(&account, ledger);
		Self::deposit_event(Event::Resumed { account });
		Ok(())
	}
}

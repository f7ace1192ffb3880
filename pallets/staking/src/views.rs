//! What clients read.

use crate::{
	Advertisements, BondedValidators, Candidates, Config, KeysOf, Ledgers, OpenAudits, OpenExposure, PairsOf,
	Pallet, RetiredKeys, SlashHistory,
	traits::Sessions,
	types::{AccountView, Advertisement, MAX_PAGE, Role, ServingNode, ValidatorView},
};
use alloc::vec::Vec;
use pallet_terms::{TermsSource, types::Planck};

impl<T: Config> Pallet<T> {
	/// The largest further fee that the bond of `node` covers; zero for one that takes no jobs.
	pub fn capacity_of(node: &T::AccountId) -> Planck {
		let (_, terms) = T::Terms::current();
		let Some(ledger) = Ledgers::<T>::get(node) else {
			return 0;
		};
		if !Self::is_ready(&terms, &ledger, Role::Node) || !Advertisements::<T>::contains_key(node) {
			return 0;
		}
		let factor = Planck::from(terms.verification.open_factor.max(1));
		(ledger.active / factor).saturating_sub(OpenExposure::<T>::get(node))
	}

	pub(crate) fn account_view(account: &T::AccountId) -> Option<AccountView> {
		let ledger = Ledgers::<T>::get(account)?;
		let now = Self::now();
		let mut retired_keys = RetiredKeys::<T>::get(account).into_inner();
		retired_keys.retain(|retired| retired.until >= now);
		Some(AccountView {
			role: ledger.role,
			active: ledger.active,
			unlocking: ledger.unlocking.into_inner(),
			keys: KeysOf::<T>::get(account),
			retired_keys,
			chilled: ledger.chilled,
			bonded_at: ledger.bonded_at,
			open_exposure: OpenExposure::<T>::get(account),
			open_audits: OpenAudits::<T>::get(account),
			slashes: SlashHistory::<T>::get(account).into_inner(),
		})
	}

	fn serving_view(account: T::AccountId, advertisement: Advertisement) -> Option<ServingNode> {
		if !Self::is_serving(&account) {
			return None;
		}
		Some(ServingNode {
			active: Ledgers::<T>::get(&account)?.active,
			capacity: Self::capacity_of(&account),
			keys: KeysOf::<T>::get(&account)?,
			account,
			advertisement,
		})
	}

	/// The view `serving_nodes`.
	pub(crate) fn serving_views(after: Option<T::AccountId>, limit: u32) -> Vec<ServingNode> {
		let advertised = match after {
			Some(account) => Advertisements::<T>::iter_from(Advertisements::<T>::hashed_key_for(account)),
			None => Advertisements::<T>::iter(),
		};
		advertised
			.filter_map(|(account, advertisement)| Self::serving_view(account, advertisement))
			.take(limit.min(MAX_PAGE) as usize)
			.collect()
	}

	pub(crate) fn validator_views() -> Vec<ValidatorView> {
		let candidates = Candidates::<T>::get();
		let mut in_session = T::Sessions::active();
		in_session.extend(T::Sessions::queued());
		BondedValidators::<T>::get()
			.into_iter()
			.map(|entry| ValidatorView {
				active: entry.bond,
				chilled: entry.chilled,
				candidate: candidates.binary_search(&entry.account).is_ok(),
				in_session: in_session.contains(&entry.account),
				open_audits: OpenAudits::<T>::get(&entry.account),
				pairs: PairsOf::<T>::decode_len(&entry.account).unwrap_or(0) as u32,
				account: entry.account,
			})
			.collect()
	}
}

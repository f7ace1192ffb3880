//! The validators' pool: what correct audits earn that no single fee pays.
//!
//! The validators' part of every sampled job is credited to the pool, whether the job was audited or not, and each
//! correct verdict counts one point. At the end of an era the pool is divided equally among the points. So the pay of
//! an audit does not depend on its job.

use crate::*;
use frame_support::{pallet_prelude::DispatchResult, traits::Get};
use polkadot_sdk::*;
use sp_runtime::{AccountId32, Saturating, traits::AccountIdConversion};
use verification::era::divide;

impl<T: Config> Pallet<T> {
	/// The name under which the pool is credited. No money lies there: it lies in the pot, as all that is owed.
	pub fn pool() -> AccountId32 {
		T::PalletId::get().into_sub_account_truncating(*b"pool")
	}

	/// Counts one correct verdict of a validator.
	pub fn credit_verdict(validator: &AccountId32) {
		Points::<T>::mutate(|points| {
			match points.iter_mut().find(|(who, _)| who == validator) {
				Some((_, count)) => count.saturating_inc(),
				// More validators than the list has room for cannot have been drawn in one era of any real chain; the
				// last of them would go unpaid.
				None => drop(points.try_push((validator.clone(), 1))),
			}
		});
	}

	/// Ends the era if this block is its last, and says how many validators it credited.
	pub(crate) fn end_era_if_due(now: u32) -> u32 {
		let era = T::Era::get().max(1);
		if !now.is_multiple_of(era) {
			return 0;
		}
		Self::end_era()
	}

	/// Takes one correct verdict of a validator back. Where the era in which it was counted is over, one that counts in
	/// this era is taken in its place; where it has none, what it was paid stays.
	pub fn discredit_verdict(validator: &AccountId32) {
		Points::<T>::mutate(|points| {
			if let Some((_, count)) = points.iter_mut().find(|(who, _)| who == validator) {
				*count = count.saturating_sub(1);
			}
			points.retain(|(_, count)| *count > 0);
		});
	}

	/// Divides the pool among the points. What does not divide stays for the next era.
	pub(crate) fn end_era() -> u32 {
		let pool = Payee::Account(Self::pool());
		let points = Points::<T>::take();
		let amount = Owed::<T>::get(&pool);
		let all = points.iter().map(|(_, count)| u64::from(*count)).sum();
		let (each, _) = divide(amount, all);
		if each == 0 {
			return 0;
		}
		let mut paid: Planck = 0;
		let mut validators: u32 = 0;
		for (validator, count) in points {
			let earned = each.saturating_mul(count.into());
			paid = paid.saturating_add(earned);
			validators.saturating_inc();
			// The sum of all entries stays what it is.
			Owed::<T>::mutate(Payee::Account(validator), |owed| {
				*owed = owed.saturating_add(earned)
			});
		}
		let left = amount.saturating_sub(paid);
		if left == 0 {
			Owed::<T>::remove(&pool);
		} else {
			Owed::<T>::insert(&pool, left);
		}
		Self::deposit_event(Event::EraEnded {
			paid,
			each,
			verdicts: all,
		});
		validators
	}

	/// Refuses to pay the pool out to anybody: it belongs to those whose verdicts were right.
	pub(crate) fn ensure_not_pool(payee: &Payee) -> DispatchResult {
		frame_support::ensure!(
			*payee != Payee::Account(Self::pool()),
			Error::<T>::PoolIsDividedByEra
		);
		Ok(())
	}
}

//! The ledger: credits, claims and their invariant.

use crate::*;
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	storage::with_storage_layer,
	traits::{
		Get,
		fungible::{Inspect, Mutate, MutateHold},
		tokens::{DepositConsequence, Fortitude, Precision, Preservation, Provenance, Restriction},
	},
};
use polkadot_sdk::*;
use sp_runtime::{TryRuntimeError, traits::AccountIdConversion};

impl<T: Config> Pallet<T> {
	/// The account that holds what is owed, and its existential deposit.
	pub fn pot() -> AccountId32 {
		T::PalletId::get().into_account_truncating()
	}

	/// Brings the pot up to its existential deposit. Only for genesis, where money is made.
	pub(crate) fn fund_pot() -> DispatchResult {
		let pot = Self::pot();
		let minimum = T::Currency::minimum_balance();
		let missing = minimum.saturating_sub(T::Currency::balance(&pot));
		if missing > 0 {
			T::Currency::mint_into(&pot, missing)?;
		}
		Ok(())
	}

	/// Moves the sum of `parts` out of what `from` has on hold for `reason`, sends the treasury
	/// its parts and credits everyone else.
	///
	/// All or nothing: after an error nothing has changed. It fails where the hold is smaller than
	/// the sum, where there are more than [`MAX_PARTS`] parts, and where the parts overflow.
	/// Whatever else is held stays with `from`; releasing it is up to the caller. It never fails
	/// because of a receiver: a treasury that cannot take its part is credited like the others.
	pub fn pay_in(from: &AccountId32, reason: &T::RuntimeHoldReason, parts: &[Part]) -> DispatchResult {
		ensure!(parts.len() <= MAX_PARTS as usize, Error::<T>::TooManyParts);
		let treasury = T::Treasury::get();
		let sum = |of_treasury: bool| {
			parts
				.iter()
				.filter(|(kind, _, _)| (*kind == PayeeKind::Treasury) == of_treasury)
				.try_fold(0 as Planck, |sum, (_, _, amount)| sum.checked_add(*amount))
				.ok_or(Error::<T>::Overflow)
		};
		let (to_treasury, to_others) = (sum(true)?, sum(false)?);
		let total = to_others.checked_add(to_treasury).ok_or(Error::<T>::Overflow)?;
		let takes_it = T::Currency::can_deposit(&treasury, to_treasury, Provenance::Extant)
			== DepositConsequence::Success;
		let (sent, to_pot) = if takes_it {
			(to_treasury, to_others)
		} else {
			(0, total)
		};

		with_storage_layer(|| {
			for (to, amount) in [(&Self::pot(), to_pot), (&treasury, sent)] {
				if amount > 0 {
					T::Currency::transfer_on_hold(
						reason,
						from,
						to,
						amount,
						Precision::Exact,
						Restriction::Free,
						Fortitude::Force,
					)?;
				}
			}
			for (kind, payee, amount) in parts {
				match kind {
					PayeeKind::Treasury if takes_it => {}
					PayeeKind::Treasury => Self::credit(Payee::Account(treasury.clone()), *amount)?,
					_ => Self::credit(payee.clone(), *amount)?,
				}
			}
			Self::deposit_event(Event::Settled {
				payer: from.clone(),
				total,
				parts: parts.to_vec(),
			});
			Ok(())
		})
	}

	/// Adds to what a payee is owed. The money must already be in the pot.
	fn credit(payee: Payee, amount: Planck) -> DispatchResult {
		if amount == 0 {
			return Ok(());
		}
		let overflow = Error::<T>::Overflow;
		let total = TotalOwed::<T>::get().checked_add(amount).ok_or(overflow)?;
		TotalOwed::<T>::put(total);
		if let Payee::Workflow(workflow) = &payee {
			Earned::<T>::mutate(workflow, |earned| *earned = earned.saturating_add(amount));
		}
		// No overflow: each entry is at most the total.
		Owed::<T>::mutate(payee, |owed| *owed = owed.saturating_add(amount));
		Ok(())
	}

	/// Pays `to` all that `payee` is owed.
	pub(crate) fn do_claim(payee: Payee, to: AccountId32) -> DispatchResult {
		Self::ensure_not_pool(&payee)?;
		let amount = Owed::<T>::get(&payee);
		ensure!(amount > 0, Error::<T>::NothingOwed);
		T::Currency::transfer(&Self::pot(), &to, amount, Preservation::Preserve)?;
		Owed::<T>::remove(&payee);
		TotalOwed::<T>::mutate(|total| *total = total.saturating_sub(amount));
		Self::deposit_event(Event::Claimed { payee, to, amount });
		Ok(())
	}

	/// Whether the books are right: the entries sum to the total, none is zero, and the pot holds
	/// the total and its existential deposit.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut sum: Planck = 0;
		for (payee, amount) in Owed::<T>::iter() {
			ensure!(amount > 0, "an entry of zero");
			sum = sum.checked_add(amount).ok_or("what is owed overflows")?;
			if let Payee::Workflow(workflow) = payee {
				ensure!(
					Earned::<T>::get(workflow) >= amount,
					"a workflow is owed more than it earned"
				);
			}
		}
		let total = TotalOwed::<T>::get();
		ensure!(sum == total, "the entries do not sum to the total");
		let needed = total
			.checked_add(T::Currency::minimum_balance())
			.ok_or("total overflows")?;
		ensure!(
			T::Currency::balance(&Self::pot()) >= needed,
			"the pot holds less than it owes"
		);
		Ok(())
	}
}

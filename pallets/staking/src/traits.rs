//! What this rule-book needs from the session machinery.

use alloc::vec::Vec;
use core::marker::PhantomData;
use polkadot_sdk::{
	frame_system::RawOrigin,
	sp_runtime::{Perbill, traits::Convert},
	sp_staking::{SessionIndex, offence::OffenceSeverity},
};

/// The session machinery, as seen from the bonds.
pub trait Sessions<AccountId> {
	/// Whether `who` has registered session keys.
	fn has_keys(who: &AccountId) -> bool;
	/// The validators of the running session.
	fn active() -> Vec<AccountId>;
	/// The validators of the session after it.
	fn queued() -> Vec<AccountId>;
	/// Takes block production from `who` for the rest of the running session, if few enough are disabled.
	fn disable(who: &AccountId, severity: Perbill);
	/// Forgets the session keys of `who`, if it has any: they are free again, and so is the account.
	fn forget_keys(who: &AccountId);
	/// Forgets the sessions before `session`: faults in them can no longer be reported.
	fn forget_before(session: SessionIndex);
}

/// [`Sessions`] by the session rule-book with its history.
pub struct SessionPallet<T>(PhantomData<T>);

impl<T> Sessions<T::AccountId> for SessionPallet<T>
where
	T: pallet_session::Config<ValidatorId = <T as polkadot_sdk::frame_system::Config>::AccountId>
		+ pallet_session::historical::Config,
{
	fn has_keys(who: &T::AccountId) -> bool {
		pallet_session::NextKeys::<T>::contains_key(who)
	}

	fn active() -> Vec<T::AccountId> {
		pallet_session::Pallet::<T>::validators()
	}

	fn queued() -> Vec<T::AccountId> {
		pallet_session::QueuedKeys::<T>::get()
			.into_iter()
			.map(|(who, _)| who)
			.collect()
	}

	fn disable(who: &T::AccountId, severity: Perbill) {
		pallet_session::Pallet::<T>::report_offence(who.clone(), OffenceSeverity(severity));
	}

	fn forget_keys(who: &T::AccountId) {
		// Fails only where there are none.
		let _ = pallet_session::Pallet::<T>::purge_keys(RawOrigin::Signed(who.clone()).into());
	}

	fn forget_before(session: SessionIndex) {
		pallet_session::historical::Pallet::<T>::prune_up_to(session);
	}
}

/// The full identification of a validator: nothing.
///
/// A figure here, such as the bond, would change with every slash, and the same fault could then be
/// reported a second time as that of somebody new.
pub struct NoIdentification;

impl<AccountId> Convert<AccountId, Option<()>> for NoIdentification {
	fn convert(_: AccountId) -> Option<()> {
		Some(())
	}
}

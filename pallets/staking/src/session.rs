//! Who produces blocks, and what an equivocation costs.

use crate::{
	Candidates, Config, Event, Ledgers, Pallet, Punished,
	traits::Sessions,
	types::{Role, SlashReason},
};
use alloc::vec::Vec;
use pallet_terms::{
	TermsSource,
	types::{Planck, Terms},
};
use polkadot_sdk::{
	frame_support::{
		traits::{Get, fungible::Mutate, tokens::Preservation},
		weights::Weight,
	},
	sp_runtime::Perbill,
	sp_staking::{
		SessionIndex,
		offence::{OffenceDetails, OnOffenceHandler},
	},
};

impl<T: Config> Pallet<T> {
	/// The validators of the next session that is planned: the candidates that have session keys, at
	/// least the minimum bond and are not chilled, largest bond first, at most `max_validators`.
	///
	/// `None`, which keeps the set as it is, if they are fewer than `min_validators`: a chain without
	/// validators could never have any again.
	pub fn select_validators() -> Option<Vec<T::AccountId>> {
		let (_, terms) = T::Terms::current();
		let with_keys = Candidates::<T>::get()
			.into_iter()
			.filter(T::Sessions::has_keys)
			.filter_map(|candidate| {
				let ledger = Ledgers::<T>::get(&candidate)?;
				Self::is_ready(&terms, &ledger, Role::Validator).then_some((ledger.active, candidate))
			});
		let chosen = Self::largest(&terms, with_keys.collect());
		let needed = terms.staking.min_validators.max(1);
		let found = chosen.len() as u32;
		if found < needed {
			Self::deposit_event(Event::ValidatorsKept { found, needed });
			return None;
		}
		Some(chosen)
	}

	/// Lets whoever is not in the next session wait the whole delay from here: its last block of this
	/// session can be reported for that long, whenever its chunks began.
	fn hold_back_leavers() {
		let queued = T::Sessions::queued();
		let (_, terms) = T::Terms::current();
		let release_at = Self::now().saturating_add(terms.staking.unbonding_delay);
		for leaver in T::Sessions::active()
			.into_iter()
			.filter(|who| !queued.contains(who))
		{
			Ledgers::<T>::mutate_extant(&leaver, |ledger| {
				for chunk in ledger.unlocking.iter_mut() {
					chunk.release_at = chunk.release_at.max(release_at);
				}
			});
		}
	}

	/// Forgets the sessions for which faults cannot be reported any more.
	fn forget_sessions_before(start: SessionIndex) {
		let oldest = start.saturating_sub(T::OffenceMemory::get());
		if let Some(forgotten) = oldest.checked_sub(1) {
			// At most every validator of that session has an entry.
			let _ = Punished::<T>::clear_prefix(forgotten, T::MaxBondedValidators::get(), None);
			T::Sessions::forget_before(oldest);
		}
	}

	/// Pays each reporter the fixed reward from the treasury, as far as it has it.
	///
	/// The rewards for one offender stay within its slash, so that nobody gains by reporting itself.
	fn reward_reporters(terms: &Terms, reporters: &[T::AccountId], slashed: Planck) {
		let reward = terms.slashes.reporter_reward;
		if reward == 0 {
			return;
		}
		let affordable = usize::try_from(slashed / reward).unwrap_or(usize::MAX);
		for reporter in reporters.iter().take(affordable) {
			let paid = T::Currency::transfer(&T::Treasury::get(), reporter, reward, Preservation::Preserve);
			if paid.is_ok() {
				Self::deposit_event(Event::ReporterRewarded {
					reporter: reporter.clone(),
					amount: reward,
				});
			}
		}
	}
}

impl<T: Config> pallet_session::SessionManager<T::AccountId> for Pallet<T> {
	fn new_session(_: SessionIndex) -> Option<Vec<T::AccountId>> {
		Self::select_validators()
	}

	fn start_session(start: SessionIndex) {
		Self::forget_sessions_before(start);
	}

	fn end_session(_: SessionIndex) {
		Self::hold_back_leavers();
	}
}

impl<T: Config> pallet_session::historical::SessionManager<T::AccountId, ()> for Pallet<T> {
	fn new_session(_: SessionIndex) -> Option<Vec<(T::AccountId, ())>> {
		Some(
			Self::select_validators()?
				.into_iter()
				.map(|validator| (validator, ()))
				.collect(),
		)
	}

	fn start_session(start: SessionIndex) {
		Self::forget_sessions_before(start);
	}

	fn end_session(_: SessionIndex) {
		Self::hold_back_leavers();
	}
}

impl<T: Config, Identification> OnOffenceHandler<T::AccountId, (T::AccountId, Identification), Weight>
	for Pallet<T>
{
	/// Slashes each offender once per session, chills it, and takes block production from it.
	///
	/// A report brings along everybody who was reported for the same slot before, so the offenders
	/// of a session are remembered. The fraction is ours (`Terms.slashes.equivocation`), not the
	/// report's.
	fn on_offence(
		offenders: &[OffenceDetails<T::AccountId, (T::AccountId, Identification)>],
		_: &[Perbill],
		session: SessionIndex,
	) -> Weight {
		let (_, terms) = T::Terms::current();
		let database = T::DbWeight::get();
		let mut weight = database.reads(1);
		for details in offenders {
			let (offender, _) = &details.offender;
			weight = weight.saturating_add(database.reads(1));
			if Punished::<T>::contains_key(session, offender) {
				continue;
			}
			Punished::<T>::insert(session, offender, ());
			let slashed = Self::slash_part(offender, SlashReason::Equivocation, terms.slashes.equivocation);
			if let Some(mut ledger) = Ledgers::<T>::get(offender) {
				Self::chill_ledger(offender, &mut ledger);
				Self::store(offender, ledger);
			}
			T::Sessions::disable(offender, terms.slashes.equivocation);
			Self::reward_reporters(&terms, &details.reporters, slashed);
			// The ledger, two balances, history, total, exposure, lists and the disabled validators.
			let rewards = details.reporters.len() as u64;
			weight = weight.saturating_add(
				database
					.reads_writes(10, 10)
					.saturating_add(database.reads_writes(2, 2).saturating_mul(rewards)),
			);
		}
		weight
	}
}

//! The invariants.

use crate::{
	Config, HoldReason, Holdings, Members, NextProposal, Open, OutcomeOrder, Outcomes, Pallet, Proposals,
	Stage, Tally, TotalHeld, Vote, Votes,
};
use alloc::vec::Vec;
use frame_support::{
	ensure,
	traits::{Get, fungible::InspectHold},
};
use pallet_terms::types::Planck;
use polkadot_sdk::*;
use sp_runtime::{AccountId32, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Checks that what is stored agrees with itself and with what is held.
	///
	/// # Errors
	///
	/// A sentence that names the broken rule.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		ensure!(
			Members::<T>::count() <= T::MaxMembers::get(),
			"there are more members than MaxMembers"
		);
		Self::try_state_holdings()?;
		Self::try_state_proposals()?;
		Self::try_state_votes()?;
		let order = OutcomeOrder::<T>::get();
		ensure!(
			Outcomes::<T>::iter().count() == order.len(),
			"outcomes and their order differ in number"
		);
		for id in order {
			ensure!(Outcomes::<T>::contains_key(id), "a listed outcome is missing");
			ensure!(
				!Proposals::<T>::contains_key(id),
				"a finished proposal is still open"
			);
		}
		Ok(())
	}

	fn try_state_holdings() -> Result<(), TryRuntimeError> {
		let mut sum: Planck = 0;
		for (who, holding) in Holdings::<T>::iter() {
			let total = holding.total();
			ensure!(total > 0, "an empty holding was kept");
			ensure!(
				T::Currency::balance_on_hold(&HoldReason::Governance.into(), &who) == total,
				"a holding differs from the governance hold"
			);
			ensure!(
				holding
					.later
					.iter()
					.zip(holding.later.iter().skip(1))
					.all(|(a, b)| a.after < b.after),
				"the tranches of a holding are out of order"
			);
			sum = sum.saturating_add(total);
		}
		ensure!(
			sum == TotalHeld::<T>::get(),
			"TotalHeld is not the sum of the holdings"
		);
		Ok(())
	}

	fn try_state_proposals() -> Result<(), TryRuntimeError> {
		let open = Open::<T>::get();
		ensure!(
			Proposals::<T>::iter().count() == open.len(),
			"proposals and their list differ in number"
		);
		ensure!(
			open.iter().zip(open.iter().skip(1)).all(|(a, b)| a.id < b.id),
			"the list of proposals is out of order"
		);
		for entry in &open {
			let proposal = Proposals::<T>::get(entry.id).ok_or("a listed proposal is missing")?;
			ensure!(
				(proposal.kind, &proposal.proposer, proposal.ends)
					== (entry.kind, &entry.proposer, entry.ends),
				"a proposal differs from its entry in the list"
			);
			ensure!(
				entry.id < NextProposal::<T>::get(),
				"a proposal has a number not yet given out"
			);
			ensure!(
				proposal.tally.cast() <= proposal.denominator,
				"more votes than the denominator were cast"
			);
			ensure!(
				proposal.stage == Stage::Voting || proposal.deposit == 0,
				"a closed proposal still has a deposit"
			);
			let of_kind = open.iter().filter(|other| other.kind == entry.kind).count() as u32;
			ensure!(
				of_kind <= Self::open_limit(),
				"a kind has too many open proposals"
			);
			let own = open.iter().filter(|other| other.proposer == entry.proposer);
			let held = own
				.filter_map(|other| Proposals::<T>::get(other.id))
				.fold(0, |sum: Planck, other| sum.saturating_add(other.deposit));
			ensure!(
				T::Currency::balance_on_hold(&HoldReason::Proposal.into(), &entry.proposer) == held,
				"the deposits of a proposer differ from its hold"
			);
		}
		Ok(())
	}

	fn try_state_votes() -> Result<(), TryRuntimeError> {
		let now = Self::now();
		let all: Vec<(AccountId32, Vec<Vote>)> = Votes::<T>::iter()
			.map(|(who, votes)| (who, votes.into_inner()))
			.collect();
		for (who, votes) in &all {
			ensure!(!votes.is_empty(), "an empty list of votes was kept");
			ensure!(
				Members::<T>::contains_key(who) || Holdings::<T>::contains_key(who),
				"votes are kept for an account that is neither member nor holder"
			);
		}
		for entry in Open::<T>::get().iter().filter(|entry| now <= entry.ends) {
			let proposal = Proposals::<T>::get(entry.id).ok_or("a listed proposal is missing")?;
			let mut tally = Tally::default();
			for (who, votes) in &all {
				for vote in votes.iter().filter(|vote| vote.proposal == entry.id) {
					tally.add(vote.choice, vote.weight);
					let weight = Self::voting_weight(who, entry.id, &proposal)
						.map_err(|_| "a vote stands that could not be cast")?;
					ensure!(
						weight == vote.weight,
						"a vote weighs something else than its voter"
					);
				}
			}
			ensure!(tally == proposal.tally, "a tally is not the sum of the votes");
		}
		Ok(())
	}
}

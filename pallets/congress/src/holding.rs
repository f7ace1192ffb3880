//! One account's governance hold: which part of it counts in which proposal.

use crate::types::ProposalId;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{BoundedVec, traits::Get};
use pallet_terms::types::Planck;
use polkadot_sdk::sp_runtime::Debug;
use polkadot_sdk::*;
use scale_info::TypeInfo;

/// HAI that was placed in the hold while votes were being taken.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Tranche {
	/// The newest weighted proposal when it was placed: the tranche counts only in later ones.
	pub after: ProposalId,
	/// How much.
	pub amount: Planck,
}

/// One account's governance hold, told apart by the proposals each part was placed before.
#[derive(
	Clone, Default, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Holding<Tranches> {
	/// The part that counts in every proposal now open.
	pub settled: Planck,
	/// Later parts, oldest first, no two with the same `after`.
	pub later: Tranches,
}

impl<MaxTranches: Get<u32>> Holding<BoundedVec<Tranche, MaxTranches>> {
	/// Everything in the hold.
	pub fn total(&self) -> Planck {
		self.later
			.iter()
			.fold(self.settled, |sum, tranche| sum.saturating_add(tranche.amount))
	}

	/// What was placed before `proposal` was opened and is still there.
	pub fn weight_in(&self, proposal: ProposalId) -> Planck {
		self.later
			.iter()
			.filter(|tranche| tranche.after < proposal)
			.fold(self.settled, |sum, tranche| sum.saturating_add(tranche.amount))
	}

	/// Joins the tranches that none of the proposals in `voting` tells apart.
	pub fn settle(&mut self, voting: &[ProposalId]) {
		let mut kept: Vec<Tranche> = Vec::new();
		for tranche in self.later.iter() {
			let newest_before = voting.iter().copied().filter(|id| *id <= tranche.after).max();
			match (newest_before, kept.last_mut()) {
				(None, _) => self.settled = self.settled.saturating_add(tranche.amount),
				(Some(after), Some(last)) if last.after == after => {
					last.amount = last.amount.saturating_add(tranche.amount)
				}
				(Some(after), _) => kept.push(Tranche {
					after,
					amount: tranche.amount,
				}),
			}
		}
		// Never longer than it was.
		self.later = BoundedVec::truncate_from(kept);
	}

	/// Adds `amount`, which counts only in proposals newer than all in `voting`. `None` when there is no room for
	/// another tranche, which cannot be while `voting` is at most as long as the bound.
	pub fn add(&mut self, amount: Planck, voting: &[ProposalId]) -> Option<()> {
		self.settle(voting);
		let Some(after) = voting.iter().copied().max() else {
			self.settled = self.settled.checked_add(amount)?;
			return Some(());
		};
		if let Some(last) = self.later.last_mut().filter(|last| last.after == after) {
			last.amount = last.amount.checked_add(amount)?;
			return Some(());
		}
		self.later.try_push(Tranche { after, amount }).ok()
	}

	/// Takes `amount` out, the latest parts first. `None` when there is less.
	pub fn take(&mut self, amount: Planck) -> Option<()> {
		let mut rest = amount;
		while let Some(last) = self.later.last_mut() {
			if last.amount > rest {
				last.amount = last.amount.saturating_sub(rest);
				return Some(());
			}
			rest = rest.saturating_sub(last.amount);
			self.later.pop();
		}
		self.settled = self.settled.checked_sub(rest)?;
		Some(())
	}
}

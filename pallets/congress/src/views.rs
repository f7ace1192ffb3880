//! What the view functions show.

use crate::{
	BoundedCallOf, Config, Holdings, Kind, Members, Open, Pallet, ProposalId, Proposals, Stage,
	types::{AccountView, ElectorateView, ProposalView, decide, quorum_votes},
};
use pallet_terms::types::TermsSource;
use polkadot_sdk::*;
use sp_runtime::AccountId32;

impl<T: Config> Pallet<T> {
	pub(crate) fn view_of(id: ProposalId) -> Option<ProposalView<BoundedCallOf<T>>> {
		let proposal = Proposals::<T>::get(id)?;
		Some(ProposalView {
			id,
			quorum_votes: quorum_votes(&proposal.ballot, proposal.denominator),
			decision: decide(&proposal.ballot, proposal.denominator, &proposal.tally),
			voting: proposal.stage == Stage::Voting && Self::now() <= proposal.ends,
			proposal,
		})
	}

	pub(crate) fn account_view(who: &AccountId32) -> AccountView {
		let votes = Self::standing_votes(who);
		AccountView {
			member: Members::<T>::get(who),
			held: Holdings::<T>::get(who)
				.map(|holding| holding.total())
				.unwrap_or_default(),
			locked: Self::locked_by(&votes),
			votes: votes.into_iter().map(|(_, vote)| vote).collect(),
			proposals: Open::<T>::get()
				.into_iter()
				.filter(|open| open.proposer == *who)
				.map(|open| open.id)
				.collect(),
		}
	}

	pub(crate) fn electorate_view(kind: Kind) -> ElectorateView {
		let (_, terms) = T::Terms::current();
		let (size, needed) = Self::electorate_size(kind.electorate(), &terms.congress);
		ElectorateView {
			electorate: kind.electorate(),
			size,
			needed,
			ballot: kind.ballot(&terms.congress),
			open: Open::<T>::get().iter().filter(|open| open.kind == kind).count() as u32,
			open_limit: Self::open_limit(),
		}
	}
}

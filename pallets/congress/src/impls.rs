//! What the calls do.

use crate::{
	AllowedCalls, BoundedCallOf, Call, Choice, Config, Decision, Ending, Error, Event, HoldReason, Holdings,
	Kind, Members, NextProposal, Open, Origin, Outcome, OutcomeOrder, Outcomes, Pallet, PalletsOriginOf,
	Proposal, ProposalId, ProposalOf, Proposals, Stage, Tally, TextHash, TotalHeld, Vote, Votes, WeightInfo,
	types::{Electorate, OpenProposal, decide},
};
use alloc::{borrow::Cow, vec::Vec};
use codec::DecodeLimit;
use frame_support::{
	dispatch::{DispatchResultWithPostInfo, GetDispatchInfo},
	pallet_prelude::*,
	traits::{
		Bounded, OriginTrait, QueryPreimage, StorePreimage,
		fungible::MutateHold,
		schedule::{DispatchTime, Priority, v3::Anon},
		tokens::Precision,
	},
};
use pallet_terms::types::{Planck, TermsSource};
use polkadot_sdk::*;
use sp_runtime::{
	AccountId32, SaturatedConversion,
	traits::{BadOrigin, Dispatchable},
};

/// Where enactments stand on the scheduler's agenda: in the middle.
const PRIORITY: Priority = 128;

/// How many blocks from the due one on are tried when the scheduler's agenda is full.
const SCHEDULE_ATTEMPTS: u32 = 8;

impl<T: Config> Pallet<T> {
	/// The number of this block.
	pub(crate) fn now() -> u32 {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	/// The kind in which the congress acts, if this origin is the congress.
	pub(crate) fn congress_of(origin: <T as frame_system::Config>::RuntimeOrigin) -> Option<Kind> {
		let congress: Result<Origin, _> = <T as Config>::RuntimeOrigin::from(origin).into();
		congress.ok().map(|Origin::Congress(kind)| kind)
	}

	pub(crate) fn ensure_constitutional(
		origin: <T as frame_system::Config>::RuntimeOrigin,
	) -> DispatchResult {
		match Self::congress_of(origin) {
			Some(Kind::Constitutional) => Ok(()),
			_ => Err(BadOrigin.into()),
		}
	}

	/// Unfinished proposals of this electorate that still take votes, oldest first.
	fn voting(electorate: Electorate) -> Vec<ProposalId> {
		let now = Self::now();
		Open::<T>::get()
			.into_iter()
			.filter(|open| open.kind.electorate() == electorate && now <= open.ends)
			.map(|open| open.id)
			.collect()
	}

	/// The account's votes on proposals that still take votes.
	pub(crate) fn standing_votes(who: &AccountId32) -> Vec<(Kind, Vote)> {
		let now = Self::now();
		let open = Open::<T>::get();
		Votes::<T>::get(who)
			.into_iter()
			.filter_map(|vote| {
				let entry = open
					.iter()
					.find(|entry| entry.id == vote.proposal && now <= entry.ends)?;
				Some((entry.kind, vote))
			})
			.collect()
	}

	fn put_votes(who: &AccountId32, votes: Vec<Vote>) -> DispatchResult {
		if votes.is_empty() {
			Votes::<T>::remove(who);
			return Ok(());
		}
		let votes = BoundedVec::try_from(votes).map_err(|_| Error::<T>::Inconsistent)?;
		Votes::<T>::insert(who, votes);
		Ok(())
	}

	/// The largest weight among these votes that HAI stands behind.
	pub(crate) fn locked_by(votes: &[(Kind, Vote)]) -> Planck {
		votes
			.iter()
			.filter(|(kind, _)| kind.electorate() == Electorate::Holders)
			.map(|(_, vote)| vote.weight)
			.max()
			.unwrap_or_default()
	}

	pub(crate) fn do_remove_member(who: AccountId32) -> DispatchResult {
		ensure!(Members::<T>::contains_key(&who), Error::<T>::NotMember);
		let (_, terms) = T::Terms::current();
		let needed = terms.congress.min_electorate.max(1);
		ensure!(Members::<T>::count() > needed, Error::<T>::TooFewMembers);
		let (cancelled, kept): (Vec<_>, Vec<_>) = Self::standing_votes(&who)
			.into_iter()
			.partition(|(kind, _)| kind.electorate() == Electorate::Members);
		for (_, vote) in cancelled {
			Proposals::<T>::mutate(vote.proposal, |proposal| {
				if let Some(proposal) = proposal {
					proposal.tally.remove(vote.choice, vote.weight);
				}
			});
			Self::deposit_event(Event::VoteCancelled {
				proposal: vote.proposal,
				who: who.clone(),
			});
		}
		Self::put_votes(&who, kept.into_iter().map(|(_, vote)| vote).collect())?;
		Members::<T>::remove(&who);
		Self::deposit_event(Event::MemberRemoved { who });
		Ok(())
	}

	pub(crate) fn do_hold(who: AccountId32, amount: Planck) -> DispatchResult {
		ensure!(amount > 0, Error::<T>::NothingAsked);
		T::Currency::hold(&HoldReason::Governance.into(), &who, amount)?;
		let mut holding = Holdings::<T>::get(&who).unwrap_or_default();
		holding
			.add(amount, &Self::voting(Electorate::Holders))
			.ok_or(Error::<T>::Inconsistent)?;
		let total = holding.total();
		Holdings::<T>::insert(&who, holding);
		TotalHeld::<T>::mutate(|sum| *sum = sum.saturating_add(amount));
		Self::deposit_event(Event::Held { who, amount, total });
		Ok(())
	}

	pub(crate) fn do_release(who: AccountId32, amount: Planck) -> DispatchResult {
		ensure!(amount > 0, Error::<T>::NothingAsked);
		let mut holding = Holdings::<T>::get(&who).ok_or(Error::<T>::NotHeld)?;
		let total = holding.total().checked_sub(amount).ok_or(Error::<T>::NotHeld)?;
		let votes = Self::standing_votes(&who);
		ensure!(total >= Self::locked_by(&votes), Error::<T>::LockedByVote);
		holding.settle(&Self::voting(Electorate::Holders));
		holding.take(amount).ok_or(Error::<T>::NotHeld)?;
		T::Currency::release(&HoldReason::Governance.into(), &who, amount, Precision::Exact)?;
		if total == 0 {
			Holdings::<T>::remove(&who);
		} else {
			Holdings::<T>::insert(&who, holding);
		}
		TotalHeld::<T>::mutate(|sum| *sum = sum.saturating_sub(amount));
		Self::put_votes(&who, votes.into_iter().map(|(_, vote)| vote).collect())?;
		Self::deposit_event(Event::Released { who, amount, total });
		Ok(())
	}

	/// Who may vote on a proposal opened now: how many there are, and how many there must be.
	pub(crate) fn electorate_size(
		electorate: Electorate,
		terms: &pallet_terms::types::CongressTerms,
	) -> (u128, u128) {
		match electorate {
			Electorate::Members => (Members::<T>::count().into(), terms.min_electorate.into()),
			Electorate::Holders => (TotalHeld::<T>::get(), terms.min_held),
		}
	}

	/// How many unfinished proposals of one kind there may be.
	pub(crate) fn open_limit() -> u32 {
		T::MaxOpen::get() / 4
	}

	/// The weight of reading a call of `length` bytes; a longer one than may be is refused unread.
	pub(crate) fn reading(length: u32) -> Weight {
		T::WeightInfo::read_call(length.min(T::MaxCallLength::get()))
	}

	/// Reads a call, which nests no deeper than an extrinsic may. No preimage is released.
	pub(crate) fn read_call(call: &BoundedCallOf<T>) -> Option<<T as Config>::RuntimeCall> {
		let bytes: Cow<[u8]> = match call {
			Bounded::Inline(bytes) => Cow::Borrowed(bytes),
			Bounded::Lookup { hash, len } => T::Preimages::fetch(hash, Some(*len)).ok()?,
			Bounded::Legacy { .. } => return None,
		};
		<T as Config>::RuntimeCall::decode_all_with_depth_limit(
			frame_support::MAX_EXTRINSIC_DEPTH,
			&mut bytes.as_ref(),
		)
		.ok()
	}

	pub(crate) fn do_propose(
		who: AccountId32,
		kind: Kind,
		call: BoundedCallOf<T>,
		reasoning: TextHash,
	) -> DispatchResult {
		let electorate = kind.electorate();
		match electorate {
			Electorate::Members => ensure!(Members::<T>::contains_key(&who), Error::<T>::OnlyMembersPropose),
			Electorate::Holders => ensure!(Holdings::<T>::contains_key(&who), Error::<T>::OnlyHoldersPropose),
		}
		let (terms_version, terms) = T::Terms::current();
		let (denominator, needed) = Self::electorate_size(electorate, &terms.congress);
		if denominator < needed {
			return Err(match electorate {
				Electorate::Members => Error::<T>::ElectorateTooSmall,
				Electorate::Holders => Error::<T>::HeldTooLittle,
			}
			.into());
		}

		let mut open = Open::<T>::get();
		let count = |matches: &dyn Fn(&OpenProposal) -> bool| {
			open.iter().filter(|entry| matches(entry)).count() as u32
		};
		ensure!(
			count(&|entry| entry.kind == kind) < Self::open_limit(),
			Error::<T>::TooManyOpen
		);
		ensure!(
			count(&|entry| entry.proposer == who) < T::MaxOpenPerAccount::get(),
			Error::<T>::TooManyOwn
		);

		let length = call.len().ok_or(Error::<T>::CallUnreadable)?;
		ensure!(length <= T::MaxCallLength::get(), Error::<T>::CallTooLong);
		let decoded = Self::read_call(&call).ok_or(Error::<T>::CallUnreadable)?;
		ensure!(T::Allowed::allows(kind, &decoded), Error::<T>::CallForbidden);
		let weight = decoded.get_dispatch_info().call_weight;
		ensure!(weight.all_lte(T::MaxCallWeight::get()), Error::<T>::CallTooHeavy);

		let ballot = kind.ballot(&terms.congress);
		T::Currency::hold(&HoldReason::Proposal.into(), &who, ballot.deposit)?;
		T::Preimages::hold(&call);

		let id = NextProposal::<T>::get();
		NextProposal::<T>::put(id.checked_add(1).ok_or(Error::<T>::NoMoreNumbers)?);
		let opened = Self::now();
		let ends = opened.saturating_add(ballot.voting_period);
		open.try_push(OpenProposal {
			id,
			kind,
			proposer: who.clone(),
			ends,
		})
		.map_err(|_| Error::<T>::TooManyOpen)?;
		Open::<T>::put(open);
		let call_hash = call.hash();
		let proposal = Proposal {
			kind,
			proposer: who.clone(),
			call,
			reasoning,
			deposit: ballot.deposit,
			terms_version,
			ballot,
			opened,
			ends,
			denominator,
			tally: Tally::default(),
			stage: Stage::Voting,
		};
		Proposals::<T>::insert(id, proposal);
		Self::deposit_event(Event::Proposed {
			proposal: id,
			kind,
			proposer: who,
			call: call_hash,
			reasoning,
			ends,
			denominator,
		});
		Ok(())
	}

	/// How much this account's vote counts in a proposal.
	pub(crate) fn voting_weight(
		who: &AccountId32,
		id: ProposalId,
		proposal: &ProposalOf<T>,
	) -> Result<u128, Error<T>> {
		match proposal.kind.electorate() {
			Electorate::Members => {
				let member = Members::<T>::get(who).ok_or(Error::<T>::NotMember)?;
				ensure!(member.joined < proposal.opened, Error::<T>::JoinedTooLate);
				Ok(1)
			}
			Electorate::Holders => {
				let weight = Holdings::<T>::get(who)
					.map(|holding| holding.weight_in(id))
					.unwrap_or_default();
				ensure!(weight > 0, Error::<T>::HeldTooLate);
				Ok(weight)
			}
		}
	}

	pub(crate) fn do_vote(
		who: AccountId32,
		id: ProposalId,
		choice: Choice,
		reasoning: Option<TextHash>,
	) -> DispatchResult {
		let mut proposal = Proposals::<T>::get(id).ok_or(Error::<T>::NoSuchProposal)?;
		ensure!(
			proposal.stage == Stage::Voting && Self::now() <= proposal.ends,
			Error::<T>::VotingEnded
		);
		let weight = Self::voting_weight(&who, id, &proposal)?;
		let mut votes: Vec<Vote> = Self::standing_votes(&who)
			.into_iter()
			.map(|(_, vote)| vote)
			.collect();
		if let Some(place) = votes.iter().position(|vote| vote.proposal == id) {
			let before = votes.remove(place);
			proposal.tally.remove(before.choice, before.weight);
		}
		proposal.tally.add(choice, weight);
		votes.push(Vote {
			proposal: id,
			choice,
			weight,
			reasoning,
		});
		Self::put_votes(&who, votes)?;
		Proposals::<T>::insert(id, proposal);
		Self::deposit_event(Event::Voted {
			proposal: id,
			who,
			choice,
			weight,
			reasoning,
		});
		Ok(())
	}

	pub(crate) fn do_close(id: ProposalId) -> DispatchResult {
		let mut proposal = Proposals::<T>::get(id).ok_or(Error::<T>::NoSuchProposal)?;
		ensure!(proposal.stage == Stage::Voting, Error::<T>::AlreadyClosed);
		let now = Self::now();
		ensure!(now > proposal.ends, Error::<T>::VotingNotEnded);

		// Closing must always work, so a deposit that is not there any more is no reason to fail.
		let returned = T::Currency::release(
			&HoldReason::Proposal.into(),
			&proposal.proposer,
			proposal.deposit,
			Precision::BestEffort,
		)
		.unwrap_or_default();
		proposal.deposit = 0;
		let decision = decide(&proposal.ballot, proposal.denominator, &proposal.tally);
		Self::deposit_event(Event::Closed {
			proposal: id,
			decision,
			tally: proposal.tally,
			returned,
		});
		match decision {
			Decision::Passed => {
				let enact_from = now.saturating_add(proposal.ballot.enactment_delay.max(1));
				proposal.stage = Stage::Approved { enact_from };
				let scheduled = Self::schedule(id, &proposal, enact_from);
				Proposals::<T>::insert(id, proposal);
				Self::deposit_event(Event::Approved {
					proposal: id,
					enact_from,
					scheduled,
				});
			}
			Decision::QuorumMissed => Self::finish(id, Self::unlist(id, proposal), Ending::QuorumMissed),
			Decision::MajorityMissed => Self::finish(id, Self::unlist(id, proposal), Ending::MajorityMissed),
		}
		Ok(())
	}

	/// Puts the enactment on the scheduler's agenda, in the due block or one of those after it.
	fn schedule(id: ProposalId, proposal: &ProposalOf<T>, enact_from: u32) -> Option<u32> {
		let origin: <T as Config>::RuntimeOrigin = Origin::Congress(proposal.kind).into();
		let origin: <T as frame_system::Config>::RuntimeOrigin = origin.into();
		let origin: PalletsOriginOf<T> = origin.into_caller();
		// The whole allowance, so that a runtime upgrade that changes weights does not get in the way.
		let call: <T as Config>::RuntimeCall = Call::<T>::enact {
			proposal: id,
			length: proposal.call.len().unwrap_or_default(),
			call_weight: T::MaxCallWeight::get(),
		}
		.into();
		let call = T::Preimages::bound(call).ok()?;
		(0..SCHEDULE_ATTEMPTS)
			.map(|later| enact_from.saturating_add(later))
			.find(|block| {
				T::Scheduler::schedule(
					DispatchTime::At((*block).into()),
					None,
					PRIORITY,
					origin.clone(),
					call.clone(),
				)
				.is_ok()
			})
	}

	pub(crate) fn do_enact(
		acting: Option<Kind>,
		id: ProposalId,
		length: u32,
		call_weight: Weight,
	) -> DispatchResultWithPostInfo {
		let proposal = Proposals::<T>::get(id).ok_or(Error::<T>::NoSuchProposal)?;
		ensure!(acting.is_none_or(|kind| kind == proposal.kind), BadOrigin);
		let Stage::Approved { enact_from } = proposal.stage else {
			return Err(Error::<T>::NotApproved.into());
		};
		ensure!(Self::now() >= enact_from, Error::<T>::TooEarly);
		let call_length = proposal.call.len().unwrap_or_default();
		ensure!(length >= call_length, Error::<T>::LengthTooSmall);

		let kind = proposal.kind;
		let mut used = Weight::zero();
		let decision = match Self::read_call(&proposal.call) {
			None => Err(Ending::CallUnreadable),
			Some(call) if !T::Allowed::allows(kind, &call) => Err(Ending::CallForbidden),
			Some(call) => {
				let weight = call.get_dispatch_info().call_weight;
				if weight.all_lte(T::MaxCallWeight::get()) {
					ensure!(weight.all_lte(call_weight), Error::<T>::WeightTooSmall);
					Ok((call, weight))
				} else {
					Err(Ending::CallTooHeavy)
				}
			}
		};
		// Off the list before its call is made, so that the call cannot enact it again.
		let proposal = Self::unlist(id, proposal);
		let ending = match decision {
			Err(ending) => ending,
			Ok((call, weight)) => {
				let result = call.dispatch(Origin::Congress(kind).into());
				let info = match &result {
					Ok(info) => info,
					Err(error) => &error.post_info,
				};
				used = info.actual_weight.unwrap_or(weight).min(weight);
				match result {
					Ok(_) => Ending::Enacted,
					Err(error) => Ending::CallFailed(error.error),
				}
			}
		};
		Self::finish(id, proposal, ending);
		Ok(Some(
			T::WeightInfo::enact()
				.saturating_add(Self::reading(call_length))
				.saturating_add(used),
		)
		.into())
	}

	/// Takes a proposal off the list, and lets go of its preimage.
	fn unlist(id: ProposalId, proposal: ProposalOf<T>) -> ProposalOf<T> {
		Proposals::<T>::remove(id);
		Open::<T>::mutate(|open| open.retain(|entry| entry.id != id));
		T::Preimages::drop(&proposal.call);
		proposal
	}

	/// Records how a proposal ended, in place of the oldest outcome when there are too many.
	fn finish(id: ProposalId, proposal: ProposalOf<T>, ending: Ending) {
		let outcome = Outcome {
			kind: proposal.kind,
			call: proposal.call.hash(),
			proposer: proposal.proposer,
			reasoning: proposal.reasoning,
			terms_version: proposal.terms_version,
			ballot: proposal.ballot,
			opened: proposal.opened,
			finished: Self::now(),
			denominator: proposal.denominator,
			tally: proposal.tally,
			ending,
		};
		OutcomeOrder::<T>::mutate(|order| {
			if order.is_full() {
				Outcomes::<T>::remove(order.remove(0));
			}
			if order.try_push(id).is_ok() {
				Outcomes::<T>::insert(id, outcome);
			}
		});
		Self::deposit_event(Event::Finished { proposal: id, ending });
	}
}

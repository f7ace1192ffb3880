//! Lets members and holders decide.
//!
//! # API
//!
//! - Members: [`Pallet::admit_member`], [`Pallet::remove_member`], both by a Constitutional vote only.
//! - Holders: [`Pallet::hold_for_governance`], [`Pallet::release`].
//! - Proposals: [`Pallet::propose`], [`Pallet::vote`], [`Pallet::close`], [`Pallet::enact`].
//! - Runtime upgrades: [`Pallet::authorize_upgrade`], by a Constitutional vote only.
//! - Other rule-books ask for [`EnsureCongress`] as their governing origin: `EnsureCongress<Technical>`, or
//!   `EnsureCongress<(Technical, Resource)>`.
//! - Clients read the view functions.
//!
//! # Overview
//!
//! Proposals come in four [kinds](Kind). Constitutional and Community ones are decided by members, one vote each;
//! Technical and Resource ones by the HAI that accounts placed in their governance hold. A passed proposal makes one
//! call as [`Origin::Congress`] of its kind: never as Root, and only a call that [`Config::Allowed`] lists for that
//! kind, which is asked both when the proposal is opened and when it is enacted. A runtime upgrade is a
//! Constitutional call; since it replaces the rules themselves, it can replace even these.
//!
//! ## The electorate is fixed when a proposal is opened
//!
//! Thresholds, windows and denominator are copied into the proposal. The denominator is the number of members, or
//! the sum of all governance holds, at that moment.
//!
//! - A member votes on proposals of blocks later than its admission. Removing a member cancels its vote on every
//!   proposal that still takes votes; no denominator changes.
//! - A holder votes with what it placed in the hold before the proposal was opened and has kept there since. What an
//!   open vote weighs stays held until that vote ends. Releases take the latest parts first.
//!
//! So the votes cast never exceed the denominator, and nothing counts twice.
//!
//! ## Every proposal ends
//!
//! After its last block of voting anyone may [close](Pallet::close) a proposal, which always works and returns the
//! deposit. A passed one is put on the scheduler's agenda; should the scheduler be full or fail, anyone may
//! [enact](Pallet::enact) it. Whatever the call then does, the proposal is finished. The last
//! [`Config::MaxOutcomes`] outcomes stay in state; older ones are in the events.
//!
//! # Example
//!
//! ```
//! use pallet_congress::{Decision, Kind, Tally, types::decide};
//!
//! let terms = pallet_terms::types::Terms::production();
//! let ballot = Kind::Constitutional.ballot(&terms.congress);
//! let tally = Tally { ayes: 51, nays: 17, abstentions: 0 };
//! assert_eq!(decide(&ballot, 100, &tally), Decision::Passed);
//! assert_eq!(decide(&ballot, 102, &tally), Decision::QuorumMissed);
//! ```
//!
//! # Low level
//!
//! Votes are stored by account, at most one for each unfinished proposal, and swept when the account acts again; so
//! closing a proposal costs the same however many voted. Only those who can vote on a kind may open proposals of it,
//! and no kind takes more than a quarter of the places, so that no group can crowd out another.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod holding;
mod impls;
#[cfg(test)]
mod mock;
pub mod origin;
#[cfg(test)]
mod tests;
mod try_state;
pub mod types;
mod views;
pub mod weights;

pub use origin::{EnsureCongress, Kinds};
pub use pallet::*;
pub use types::{
	Choice, Decision, Ending, Kind, Outcome, Proposal, ProposalId, Stage, Tally, TextHash, Vote,
};
pub use weights::WeightInfo;

use frame_support::traits::{Bounded, OriginTrait};
use polkadot_sdk::*;

/// Which calls each kind of proposal may make.
pub trait AllowedCalls<Call> {
	/// Whether a proposal of `kind` may make `call`. A call that carries other calls (a batch, a proxied call) must
	/// be refused, or looked into.
	fn allows(kind: Kind, call: &Call) -> bool;
}

/// The caller part of the runtime's origin.
pub type PalletsOriginOf<T> = <<T as frame_system::Config>::RuntimeOrigin as OriginTrait>::PalletsOrigin;

/// A call, inline or by the hash of its preimage.
pub type BoundedCallOf<T> = Bounded<<T as Config>::RuntimeCall, <T as frame_system::Config>::Hashing>;

/// A proposal of this runtime.
pub type ProposalOf<T> = Proposal<BoundedCallOf<T>>;

/// An outcome of this runtime.
pub type OutcomeOf<T> = Outcome<<T as frame_system::Config>::Hash>;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::holding::{Holding, Tranche};
	use crate::types::{AccountView, ElectorateView, Member, OpenProposal, ProposalView};
	use alloc::{boxed::Box, vec::Vec};
	use frame_support::{
		dispatch::{DispatchResultWithPostInfo, GetDispatchInfo, PostDispatchInfo},
		pallet_prelude::*,
		traits::{
			QueryPreimage, StorePreimage,
			fungible::{Mutate, MutateHold},
			schedule::v3::Anon,
		},
	};
	use frame_system::pallet_prelude::*;
	use pallet_terms::types::{Planck, TermsSource};
	use sp_runtime::{AccountId32, traits::Dispatchable};

	/// The version of the storage below.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The rule-book.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the runtime supplies.
	#[pallet::config]
	pub trait Config: polkadot_sdk::frame_system::Config<AccountId = AccountId32> {
		/// The runtime's origin, which can be the congress.
		type RuntimeOrigin: From<Origin>
			+ Into<Result<Origin, <Self as Config>::RuntimeOrigin>>
			+ IsType<<Self as frame_system::Config>::RuntimeOrigin>;
		/// The runtime's call.
		type RuntimeCall: Parameter
			+ Dispatchable<RuntimeOrigin = <Self as Config>::RuntimeOrigin, PostInfo = PostDispatchInfo>
			+ GetDispatchInfo
			+ From<Call<Self>>
			+ IsType<<Self as frame_system::Config>::RuntimeCall>;
		/// The runtime's hold reason.
		type RuntimeHoldReason: From<HoldReason>;
		/// HAI.
		type Currency: Mutate<AccountId32, Balance = Planck>
			+ MutateHold<AccountId32, Reason = Self::RuntimeHoldReason>;
		/// The governed numbers.
		type Terms: TermsSource;
		/// The calls each kind may make.
		type Allowed: AllowedCalls<<Self as Config>::RuntimeCall>;
		/// Where calls too long to be inline are kept.
		type Preimages: QueryPreimage<H = Self::Hashing> + StorePreimage;
		/// Who enacts passed proposals when their delay is over. Its limit of weight for a block must be above
		/// [`Config::MaxCallWeight`] and the weight of `enact` together.
		type Scheduler: Anon<
				BlockNumberFor<Self>,
				<Self as Config>::RuntimeCall,
				PalletsOriginOf<Self>,
				Hasher = Self::Hashing,
			>;
		/// The largest number of members.
		#[pallet::constant]
		type MaxMembers: Get<u32>;
		/// The largest number of unfinished proposals; each kind has a quarter of it.
		#[pallet::constant]
		type MaxOpen: Get<u32>;
		/// The largest number of unfinished proposals of one account.
		#[pallet::constant]
		type MaxOpenPerAccount: Get<u32>;
		/// How many outcomes are kept.
		#[pallet::constant]
		type MaxOutcomes: Get<u32>;
		/// The largest encoded call, in bytes.
		#[pallet::constant]
		type MaxCallLength: Get<u32>;
		/// The largest weight of a proposal's call.
		#[pallet::constant]
		type MaxCallWeight: Get<Weight>;
		/// The weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Why HAI is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// It votes on Technical and Resource proposals.
		Governance,
		/// It is the deposit of a proposal that is not closed.
		Proposal,
	}

	/// The congress, acting on a passed proposal.
	#[pallet::origin]
	#[derive(
		Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
	)]
	pub enum Origin {
		/// A proposal of this kind was passed.
		Congress(Kind),
	}

	/// The members and when they joined. At most [`Config::MaxMembers`].
	#[pallet::storage]
	pub type Members<T: Config> = CountedStorageMap<_, Blake2_128Concat, AccountId32, Member>;

	/// The governance holds. An entry stands as long as something is held.
	#[pallet::storage]
	pub type Holdings<T: Config> =
		StorageMap<_, Blake2_128Concat, AccountId32, Holding<BoundedVec<Tranche, T::MaxOpen>>>;

	/// The sum of all governance holds.
	#[pallet::storage]
	pub type TotalHeld<T: Config> = StorageValue<_, Planck, ValueQuery>;

	/// The votes of each account. Entries of proposals that take no votes any more are swept when the account acts.
	#[pallet::storage]
	pub type Votes<T: Config> =
		StorageMap<_, Blake2_128Concat, AccountId32, BoundedVec<Vote, T::MaxOpen>, ValueQuery>;

	/// The unfinished proposals, at most [`Config::MaxOpen`].
	#[pallet::storage]
	pub type Proposals<T: Config> = StorageMap<_, Twox64Concat, ProposalId, ProposalOf<T>>;

	/// The list of unfinished proposals, oldest first.
	#[pallet::storage]
	pub type Open<T: Config> = StorageValue<_, BoundedVec<OpenProposal, T::MaxOpen>, ValueQuery>;

	/// The number of the next proposal.
	#[pallet::storage]
	pub type NextProposal<T: Config> = StorageValue<_, ProposalId, ValueQuery>;

	/// The outcomes listed in [`OutcomeOrder`].
	#[pallet::storage]
	pub type Outcomes<T: Config> = StorageMap<_, Twox64Concat, ProposalId, OutcomeOf<T>>;

	/// The finished proposals whose outcome is kept, in the order they finished.
	#[pallet::storage]
	pub type OutcomeOrder<T: Config> = StorageValue<_, BoundedVec<ProposalId, T::MaxOutcomes>, ValueQuery>;

	/// The first members.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Their accounts, each once, at most [`Config::MaxMembers`].
		pub members: Vec<T::AccountId>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			assert!(
				self.members.len() <= T::MaxMembers::get() as usize,
				"genesis names too many members"
			);
			for who in &self.members {
				assert!(!Members::<T>::contains_key(who), "genesis names a member twice");
				Members::<T>::insert(who, Member { joined: 0 });
			}
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An account became a member.
		MemberAdmitted {
			/// The new member.
			who: T::AccountId,
		},
		/// An account is no member any more.
		MemberRemoved {
			/// The former member.
			who: T::AccountId,
		},
		/// HAI was placed in a governance hold.
		Held {
			/// Whose.
			who: T::AccountId,
			/// How much was added.
			amount: Planck,
			/// What is held now.
			total: Planck,
		},
		/// HAI was released from a governance hold.
		Released {
			/// Whose.
			who: T::AccountId,
			/// How much was released.
			amount: Planck,
			/// What is held now.
			total: Planck,
		},
		/// A proposal was opened.
		Proposed {
			/// Its number.
			proposal: ProposalId,
			/// Its kind.
			kind: Kind,
			/// Who opened it.
			proposer: T::AccountId,
			/// The hash of its call.
			call: T::Hash,
			/// The hash of the reasons.
			reasoning: TextHash,
			/// The last block in which votes are taken.
			ends: u32,
			/// All votes that can be cast.
			denominator: u128,
		},
		/// A vote was cast or changed.
		Voted {
			/// The proposal.
			proposal: ProposalId,
			/// The voter.
			who: T::AccountId,
			/// What it says.
			choice: Choice,
			/// How much it counts.
			weight: u128,
			/// The hash of the reasons, if any were given.
			reasoning: Option<TextHash>,
		},
		/// The vote of a removed member was cancelled.
		VoteCancelled {
			/// The proposal.
			proposal: ProposalId,
			/// The former member.
			who: T::AccountId,
		},
		/// The votes of a proposal were counted.
		Closed {
			/// The proposal.
			proposal: ProposalId,
			/// What they came to.
			decision: Decision,
			/// The votes.
			tally: Tally,
			/// What was returned to the proposer.
			returned: Planck,
		},
		/// A passed proposal waits to be enacted.
		Approved {
			/// The proposal.
			proposal: ProposalId,
			/// The first block in which it may be enacted.
			enact_from: u32,
			/// The block in which the scheduler will; none when it had no room, then anyone may.
			scheduled: Option<u32>,
		},
		/// A proposal is finished.
		Finished {
			/// The proposal.
			proposal: ProposalId,
			/// How.
			ending: Ending,
		},
	}

	/// Why a call was refused, and what to do.
	#[pallet::error]
	pub enum Error<T> {
		/// The account is not a member of the congress.
		NotMember,
		/// The account is a member already.
		AlreadyMember,
		/// The congress is full: remove a member first.
		TooManyMembers,
		/// Without this member the congress could open no vote of members any more: admit another first.
		TooFewMembers,
		/// Only members open Constitutional and Community proposals.
		OnlyMembersPropose,
		/// Only accounts with a governance hold open Technical and Resource proposals: hold some HAI first.
		OnlyHoldersPropose,
		/// There are fewer members than the terms ask for: no vote of members can be opened.
		ElectorateTooSmall,
		/// Less HAI is held for governance than the terms ask for: hold more first.
		HeldTooLittle,
		/// All places of this kind are taken: wait until a proposal is finished, or close one that has ended.
		TooManyOpen,
		/// The account has as many unfinished proposals as one may have: wait until one is finished.
		TooManyOwn,
		/// The call is longer than a proposal's call may be.
		CallTooLong,
		/// The call cannot be read: note its preimage first, and give its exact hash and length.
		CallUnreadable,
		/// A proposal of this kind may not make this call: choose another kind.
		CallForbidden,
		/// The call weighs more than a proposal's call may.
		CallTooHeavy,
		/// There is no such unfinished proposal.
		NoSuchProposal,
		/// The proposal takes no votes any more.
		VotingEnded,
		/// The proposal still takes votes: close it after its last block of voting.
		VotingNotEnded,
		/// The proposal was closed before: when its delay is over, it is enacted.
		AlreadyClosed,
		/// The member joined in the proposal's block or later, and so has no vote on it.
		JoinedTooLate,
		/// Nothing the account holds was placed before the proposal was opened.
		HeldTooLate,
		/// The amount is zero.
		NothingAsked,
		/// The account holds less than that for governance.
		NotHeld,
		/// Open votes of the account weigh more than what would remain: wait until they end.
		LockedByVote,
		/// The proposal has not been passed and closed.
		NotApproved,
		/// The delay before the enactment is not over.
		TooEarly,
		/// The call is longer than stated: give at least its length.
		LengthTooSmall,
		/// The call weighs more than stated: give at least its weight.
		WeightTooSmall,
		/// The numbers of proposals are used up.
		NoMoreNumbers,
		/// An account has more tranches or votes than there are proposals. Please report this.
		Inconsistent,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(
				T::MaxOpen::get() >= 4,
				"MaxOpen must leave a place for each of the four kinds"
			);
			assert!(
				T::MaxOpenPerAccount::get() > 0,
				"MaxOpenPerAccount must not be zero"
			);
			assert!(T::MaxOutcomes::get() > 0, "MaxOutcomes must not be zero");
			assert!(T::MaxMembers::get() > 0, "MaxMembers must not be zero");
			assert!(
				T::MaxCallLength::get() >= 128,
				"MaxCallLength must admit every inline call"
			);
			assert!(
				T::MaxCallLength::get() as usize <= T::Preimages::MAX_LENGTH,
				"MaxCallLength must be at most what a preimage can be"
			);
			let block = T::BlockWeights::get().max_block;
			let enact = T::WeightInfo::enact().saturating_add(Self::reading(T::MaxCallLength::get()));
			assert!(
				T::MaxCallWeight::get().saturating_add(enact).all_lte(block),
				"a call of MaxCallWeight must fit in a block"
			);
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Admits a member. It votes on proposals of later blocks.
		///
		/// Origin: the congress, Constitutional. Errors: [`Error::AlreadyMember`], [`Error::TooManyMembers`].
		/// Event: [`Event::MemberAdmitted`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::admit_member())]
		pub fn admit_member(origin: OriginFor<T>, who: T::AccountId) -> DispatchResult {
			Self::ensure_constitutional(origin)?;
			ensure!(!Members::<T>::contains_key(&who), Error::<T>::AlreadyMember);
			ensure!(
				Members::<T>::count() < T::MaxMembers::get(),
				Error::<T>::TooManyMembers
			);
			Members::<T>::insert(&who, Member { joined: Self::now() });
			Self::deposit_event(Event::MemberAdmitted { who });
			Ok(())
		}

		/// Removes a member and cancels its votes on members' proposals that still take votes. Their denominators
		/// stay.
		///
		/// Origin: the congress, Constitutional. Errors: [`Error::NotMember`]; [`Error::TooFewMembers`] when
		/// fewer than `min_electorate` would remain. Events: [`Event::VoteCancelled`] for each, then
		/// [`Event::MemberRemoved`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::remove_member())]
		pub fn remove_member(origin: OriginFor<T>, who: T::AccountId) -> DispatchResult {
			Self::ensure_constitutional(origin)?;
			Self::do_remove_member(who)
		}

		/// Lets anyone put the code with this hash into force, by `system.apply_authorized_upgrade`, if it is a later
		/// version of this runtime.
		///
		/// Origin: the congress, Constitutional. Event: `system.UpgradeAuthorized`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::authorize_upgrade())]
		pub fn authorize_upgrade(origin: OriginFor<T>, code_hash: T::Hash) -> DispatchResult {
			Self::ensure_constitutional(origin)?;
			frame_system::Pallet::<T>::do_authorize_upgrade(code_hash, true);
			Ok(())
		}

		/// Places HAI in the caller's governance hold. It votes on Technical and Resource proposals opened from now
		/// on.
		///
		/// Origin: signed. Errors: [`Error::NothingAsked`]; the currency's when there is too little. Event:
		/// [`Event::Held`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::hold_for_governance())]
		pub fn hold_for_governance(origin: OriginFor<T>, amount: Planck) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_hold(who, amount)
		}

		/// Releases HAI from the caller's governance hold, what came last first.
		///
		/// Origin: signed. Errors: [`Error::NothingAsked`], [`Error::NotHeld`]; [`Error::LockedByVote`] when less
		/// would remain than an open vote weighs. Event: [`Event::Released`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::release())]
		pub fn release(origin: OriginFor<T>, amount: Planck) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_release(who, amount)
		}

		/// Opens a proposal to make `call`, and holds the kind's deposit until it is closed. A call of more than 128
		/// bytes goes by hash and length; its preimage must have been noted.
		///
		/// Origin: signed, by a member for Constitutional and Community, by a holder for Technical and Resource.
		/// Errors: [`Error::OnlyMembersPropose`], [`Error::OnlyHoldersPropose`], [`Error::ElectorateTooSmall`],
		/// [`Error::HeldTooLittle`], [`Error::TooManyOpen`], [`Error::TooManyOwn`], [`Error::CallTooLong`],
		/// [`Error::CallUnreadable`], [`Error::CallForbidden`], [`Error::CallTooHeavy`]; the currency's when the
		/// deposit cannot be held. Event: [`Event::Proposed`].
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::propose().saturating_add(Pallet::<T>::reading(call.len().unwrap_or_default())))]
		pub fn propose(
			origin: OriginFor<T>,
			kind: Kind,
			call: Box<BoundedCallOf<T>>,
			reasoning: TextHash,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_propose(who, kind, *call, reasoning)
		}

		/// Votes on a proposal, or changes the vote, until its last block of voting.
		///
		/// Origin: signed. Errors: [`Error::NoSuchProposal`], [`Error::VotingEnded`], [`Error::NotMember`],
		/// [`Error::JoinedTooLate`], [`Error::HeldTooLate`]. Event: [`Event::Voted`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::vote())]
		pub fn vote(
			origin: OriginFor<T>,
			proposal: ProposalId,
			choice: Choice,
			reasoning: Option<TextHash>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_vote(who, proposal, choice, reasoning)
		}

		/// Counts the votes of a proposal after its last block of voting and returns its deposit. A passed one is put
		/// on the scheduler's agenda.
		///
		/// Origin: signed, anyone. Errors: [`Error::NoSuchProposal`], [`Error::VotingNotEnded`],
		/// [`Error::AlreadyClosed`]. Events: [`Event::Closed`], then [`Event::Approved`] or
		/// [`Event::Finished`].
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::close())]
		pub fn close(origin: OriginFor<T>, proposal: ProposalId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_close(proposal)
		}

		/// Makes the call of a passed proposal, as the congress, when its delay is over, and so finishes the
		/// proposal. The scheduler does it; this is for when it could not. `length` and `call_weight` are at least
		/// those of the call.
		///
		/// Origin: signed, anyone; or the congress of the proposal's kind. Errors: [`Error::NoSuchProposal`],
		/// [`Error::NotApproved`], [`Error::TooEarly`], [`Error::LengthTooSmall`], [`Error::WeightTooSmall`]. Event:
		/// [`Event::Finished`]; an error of the call itself stands there.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::enact().saturating_add(Pallet::<T>::reading(*length)).saturating_add(*call_weight))]
		pub fn enact(
			origin: OriginFor<T>,
			proposal: ProposalId,
			length: u32,
			call_weight: Weight,
		) -> DispatchResultWithPostInfo {
			let acting = Self::congress_of(origin.clone());
			if acting.is_none() {
				ensure_signed(origin)?;
			}
			Self::do_enact(acting, proposal, length, call_weight)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// The members, and when each joined.
		pub fn members() -> Vec<(AccountId32, Member)> {
			Members::<T>::iter().collect()
		}

		/// The unfinished proposals, oldest first.
		pub fn proposals() -> Vec<ProposalView<BoundedCallOf<T>>> {
			Open::<T>::get()
				.into_iter()
				.filter_map(|open| Self::view_of(open.id))
				.collect()
		}

		/// One unfinished proposal.
		pub fn proposal(id: ProposalId) -> Option<ProposalView<BoundedCallOf<T>>> {
			Self::view_of(id)
		}

		/// The outcomes that are kept, oldest first.
		pub fn outcomes() -> Vec<(ProposalId, OutcomeOf<T>)> {
			OutcomeOrder::<T>::get()
				.into_iter()
				.filter_map(|id| Outcomes::<T>::get(id).map(|outcome| (id, outcome)))
				.collect()
		}

		/// The outcome of one finished proposal, while it is kept.
		pub fn outcome(id: ProposalId) -> Option<OutcomeOf<T>> {
			Outcomes::<T>::get(id)
		}

		/// An account's membership, hold, open votes and unfinished proposals.
		pub fn account(who: AccountId32) -> AccountView {
			Self::account_view(&who)
		}

		/// Who could vote on a proposal of this kind opened now, and under which thresholds.
		pub fn electorate(kind: Kind) -> ElectorateView {
			Self::electorate_view(kind)
		}
	}
}

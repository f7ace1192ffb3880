//! Benchmarks. They expect that the runtime lets Constitutional proposals make `admit_member`.

use super::*;
use crate::{
	holding::Tranche,
	types::{Electorate, Member, OpenProposal},
};
use alloc::{boxed::Box, vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	BoundedVec,
	traits::{
		Get, StorePreimage,
		fungible::{Inspect, Mutate, MutateHold},
	},
};
use frame_system::RawOrigin;
use pallet_terms::types::{Planck, TermsSource};
use sp_runtime::{AccountId32, SaturatedConversion};

const REASONS: TextHash = TextHash::repeat_byte(7);

fn funded<T: Config>(index: u8) -> AccountId32 {
	let who = AccountId32::new([index; 32]);
	let (_, terms) = T::Terms::current();
	let deposit = Kind::ALL
		.iter()
		.map(|kind| kind.ballot(&terms.congress).deposit)
		.max()
		.unwrap_or(0);
	let amount = T::Currency::minimum_balance()
		.saturating_add(terms.congress.min_held)
		.saturating_add(deposit.saturating_mul(T::MaxOpen::get().into()))
		.saturating_mul(10);
	T::Currency::set_balance(&who, amount);
	who
}

/// As many members as a vote of members needs, and two more, who joined before this block.
fn members<T: Config>() -> AccountId32 {
	let (_, terms) = T::Terms::current();
	let needed = terms
		.congress
		.min_electorate
		.saturating_add(2)
		.min(T::MaxMembers::get());
	for index in 0..needed {
		let who = funded::<T>(index.saturated_into::<u8>().saturating_add(100));
		Members::<T>::insert(&who, Member { joined: 0 });
	}
	frame_system::Pallet::<T>::set_block_number(1u32.into());
	AccountId32::new([100; 32])
}

fn held<T: Config>(who: &AccountId32) -> Planck {
	let (_, terms) = T::Terms::current();
	let amount = terms.congress.min_held.max(1_000);
	Pallet::<T>::hold_for_governance(RawOrigin::Signed(who.clone()).into(), amount)
		.expect("the account is funded");
	amount
}

/// A call that Constitutional proposals may make.
fn admission<T: Config>() -> Box<BoundedCallOf<T>> {
	let call: <T as Config>::RuntimeCall = Call::<T>::admit_member {
		who: AccountId32::new([99; 32]),
	}
	.into();
	Box::new(T::Preimages::bound(call).expect("the call is short"))
}

fn opened<T: Config>(who: &AccountId32) -> ProposalId {
	let id = NextProposal::<T>::get();
	Pallet::<T>::propose(
		RawOrigin::Signed(who.clone()).into(),
		Kind::Constitutional,
		admission::<T>(),
		REASONS,
	)
	.expect("members may propose this");
	id
}

/// Takes every place with a proposal that still takes votes, and on which `who`, a member, has voted; and holds HAI
/// for it that was there before. Returns the first of them, a Constitutional one.
fn crowded<T: Config>(who: &AccountId32) -> ProposalId {
	let amount = held::<T>(who);
	let first = opened::<T>(who);
	let template = Proposals::<T>::get(first).expect("it was opened");
	let of_a_kind = Pallet::<T>::open_limit() as usize;
	let kinds = Kind::ALL
		.into_iter()
		.flat_map(|kind| core::iter::repeat_n(kind, of_a_kind));
	let (mut open, mut votes) = (Vec::new(), Vec::new());
	for (id, kind) in (first..).zip(kinds) {
		let weight = match kind.electorate() {
			Electorate::Members => 1,
			Electorate::Holders => amount,
		};
		let mut tally = Tally::default();
		tally.add(Choice::For, weight);
		let proposal = Proposal {
			kind,
			tally,
			proposer: AccountId32::new([98; 32]),
			..template.clone()
		};
		open.push(OpenProposal {
			id,
			kind,
			proposer: proposal.proposer.clone(),
			ends: proposal.ends,
		});
		votes.push(Vote {
			proposal: id,
			choice: Choice::For,
			weight,
			reasoning: Some(REASONS),
		});
		Proposals::<T>::insert(id, proposal);
	}
	NextProposal::<T>::put(first.saturating_add(open.len() as u32));
	Open::<T>::mutate(|list| *list = BoundedVec::truncate_from(open));
	Votes::<T>::mutate(who, |list| *list = BoundedVec::truncate_from(votes));
	first
}

/// Gives the hold of `who` a tranche for each weighted proposal but the newest, and returns their sum.
fn tranches<T: Config>(who: &AccountId32) -> Planck {
	let mut weighted: Vec<ProposalId> = Open::<T>::get()
		.into_iter()
		.filter(|open| open.kind.electorate() == Electorate::Holders)
		.map(|open| open.id)
		.collect();
	weighted.pop();
	let later: Vec<Tranche> = weighted
		.into_iter()
		.map(|after| Tranche { after, amount: 1 })
		.collect();
	let sum = later.len() as Planck;
	T::Currency::hold(&HoldReason::Governance.into(), who, sum).expect("the account is funded");
	Holdings::<T>::mutate(who, |holding| {
		if let Some(holding) = holding {
			holding.later = BoundedVec::truncate_from(later);
		}
	});
	TotalHeld::<T>::mutate(|total| *total = total.saturating_add(sum));
	sum
}

/// A proposal that every member voted for, after its last block of voting.
fn voted<T: Config>(who: &AccountId32) -> ProposalId {
	let id = opened::<T>(who);
	for (member, _) in Members::<T>::iter() {
		let _ = Pallet::<T>::vote(RawOrigin::Signed(member).into(), id, Choice::For, Some(REASONS));
	}
	let ends = Proposals::<T>::get(id)
		.map(|proposal| proposal.ends)
		.unwrap_or_default();
	frame_system::Pallet::<T>::set_block_number(ends.saturating_add(1).into());
	id
}

#[benchmarks(where <T as Config>::RuntimeCall: From<frame_system::Call<T>>)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn admit_member() {
		let origin: <T as Config>::RuntimeOrigin = Origin::Congress(Kind::Constitutional).into();
		#[extrinsic_call]
		_(origin, AccountId32::new([99; 32]));
		assert!(Members::<T>::contains_key(AccountId32::new([99; 32])));
	}

	#[benchmark]
	fn remove_member() {
		let who = members::<T>();
		let first = crowded::<T>(&who);
		let origin: <T as Config>::RuntimeOrigin = Origin::Congress(Kind::Constitutional).into();
		#[extrinsic_call]
		_(origin, who.clone());
		assert!(!Members::<T>::contains_key(&who));
		assert_eq!(
			Proposals::<T>::get(first).map(|proposal| proposal.tally.cast()),
			Some(0)
		);
	}

	#[benchmark]
	fn authorize_upgrade() {
		let origin: <T as Config>::RuntimeOrigin = Origin::Congress(Kind::Constitutional).into();
		#[extrinsic_call]
		_(origin, Default::default());
	}

	#[benchmark]
	fn hold_for_governance() {
		let who = members::<T>();
		crowded::<T>(&who);
		tranches::<T>(&who);
		let before = TotalHeld::<T>::get();
		#[extrinsic_call]
		_(RawOrigin::Signed(who), 1_000);
		assert_eq!(TotalHeld::<T>::get(), before.saturating_add(1_000));
	}

	#[benchmark]
	fn release() {
		let who = members::<T>();
		crowded::<T>(&who);
		let before = TotalHeld::<T>::get();
		let later = tranches::<T>(&who);
		#[extrinsic_call]
		_(RawOrigin::Signed(who), later);
		assert_eq!(TotalHeld::<T>::get(), before);
	}

	#[benchmark]
	fn read_call(l: Linear<200, { T::MaxCallLength::get() }>) {
		let remark = vec![0u8; l.saturating_sub(16) as usize];
		let call: <T as Config>::RuntimeCall = frame_system::Call::<T>::remark { remark }.into();
		let call: BoundedCallOf<T> = T::Preimages::bound(call).expect("a preimage can be this long");
		let read;
		#[block]
		{
			read = Pallet::<T>::read_call(&call);
		}
		assert!(read.is_some());
	}

	#[benchmark]
	fn propose() {
		let who = members::<T>();
		let first = crowded::<T>(&who);
		Proposals::<T>::remove(first);
		Open::<T>::mutate(|open| open.retain(|entry| entry.id != first));
		let next = NextProposal::<T>::get();
		let call = admission::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(who), Kind::Constitutional, call, REASONS);
		assert!(Proposals::<T>::contains_key(next));
	}

	#[benchmark]
	fn vote() {
		let who = members::<T>();
		let id = crowded::<T>(&who);
		#[extrinsic_call]
		_(RawOrigin::Signed(who), id, Choice::Against, Some(REASONS));
		assert_eq!(
			Proposals::<T>::get(id).map(|proposal| proposal.tally.nays),
			Some(1)
		);
	}

	#[benchmark]
	fn close() {
		let who = members::<T>();
		let id = voted::<T>(&who);
		#[extrinsic_call]
		_(RawOrigin::Signed(who), id);
		assert!(matches!(
			Proposals::<T>::get(id).map(|proposal| proposal.stage),
			Some(Stage::Approved { .. })
		));
	}

	#[benchmark]
	fn enact() {
		let who = members::<T>();
		let id = voted::<T>(&who);
		Pallet::<T>::close(RawOrigin::Signed(who.clone()).into(), id).expect("voting has ended");
		let mut proposal = Proposals::<T>::get(id).expect("it was opened");
		proposal.stage = Stage::Approved { enact_from: 0 };
		Proposals::<T>::insert(id, proposal);
		// A full list, so that the oldest outcome is replaced.
		let older: vec::Vec<ProposalId> = (1_000..).take(T::MaxOutcomes::get() as usize).collect();
		OutcomeOrder::<T>::put(BoundedVec::truncate_from(older));
		#[extrinsic_call]
		_(RawOrigin::Signed(who), id, 128, T::MaxCallWeight::get());
		assert!(!Proposals::<T>::contains_key(id));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

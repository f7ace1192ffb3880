//! What happens to a passed proposal.

use crate::{
	BoundedCallOf, Choice, Ending, Error, Event, Kind, Open, Outcomes, ProposalId, Proposals, Stage, mock::*,
};
use codec::Encode;
use frame_support::{
	assert_noop, assert_ok,
	dispatch::GetDispatchInfo,
	traits::{Bounded, schedule::DispatchTime, schedule::v3::Anon},
	weights::Weight,
};
use polkadot_sdk::*;
use sp_runtime::{
	DispatchError,
	traits::{BlakeTwo256, Hash},
};

/// A Technical proposal, passed and closed at this block.
fn passed(call: impl Into<RuntimeCall>) -> ProposalId {
	assert_ok!(hold(6, MIN_HELD));
	let id = propose_call(6, Kind::Technical, call).expect("it may be proposed");
	assert_ok!(vote(6, id, Choice::For));
	assert_ok!(end(id));
	id
}

fn enact(id: ProposalId, weight: Weight) -> Result<(), DispatchError> {
	let result = Congress::enact(signed(20), id, 2_000, weight);
	check();
	result.map(|_| ()).map_err(|error| error.error)
}

fn ending(id: ProposalId) -> Ending {
	Outcomes::<Test>::get(id).expect("it is finished").ending
}

/// Fills the scheduler's agenda of these blocks.
fn fill(blocks: impl IntoIterator<Item = u32>) {
	for block in blocks {
		while <Scheduler as Anon<u32, RuntimeCall, OriginCaller>>::schedule(
			DispatchTime::At(block),
			None,
			0,
			frame_system::RawOrigin::Root.into(),
			*bound(frame_system::Call::remark { remark: vec![] }),
		)
		.is_ok()
		{}
	}
}

#[test]
fn the_scheduler_makes_the_call_as_the_congress() {
	for (kind, value) in [(Kind::Technical, 42), (Kind::Resource, 43)] {
		new_test_ext().execute_with(|| {
			assert_ok!(hold(6, MIN_HELD));
			assert_ok!(propose(6, kind));
			assert_ok!(vote(6, 0, Choice::For));
			assert_ok!(end(0));
			let enact_from = System::block_number() + DELAY;
			System::assert_last_event(
				Event::Approved {
					proposal: 0,
					enact_from,
					scheduled: Some(enact_from),
				}
				.into(),
			);
			run_to(enact_from - 1);
			assert_eq!(governed::Value::<Test>::get(), 0);
			run_to(enact_from);
			assert_eq!(governed::Value::<Test>::get(), value);
			assert_eq!(ending(0), Ending::Enacted);
			assert!(Open::<Test>::get().is_empty());
			if kind == Kind::Resource {
				assert_eq!(governed::ActedAs::<Test>::get(), Some(Kind::Resource));
			}
		});
	}
}

#[test]
fn a_call_by_preimage_is_made_and_let_go() {
	new_test_ext().execute_with(|| {
		let call: RuntimeCall = governed::Call::long { text: vec![1; 900] }.into();
		let (hash, len) = (BlakeTwo256::hash(&call.encode()), call.encode().len() as u32);
		assert_ok!(Preimage::note_preimage(signed(7), call.encode()));
		assert_ok!(hold(6, MIN_HELD));
		let by_hash: BoundedCallOf<Test> = Bounded::Lookup { hash, len };
		assert_ok!(Congress::propose(
			signed(6),
			Kind::Technical,
			Box::new(by_hash),
			REASONS
		));
		assert_ok!(Preimage::unnote_preimage(signed(7), hash));
		assert_ok!(vote(6, 0, Choice::For));
		assert_ok!(end(0));
		run_to(System::block_number() + DELAY);
		assert_eq!(
			(ending(0), governed::Value::<Test>::get()),
			(Ending::Enacted, 900)
		);
		assert!(!pallet_preimage::PreimageFor::<Test>::contains_key((hash, len)));
	});
}

#[test]
fn a_failing_call_changes_nothing_and_finishes_the_proposal() {
	new_test_ext().execute_with(|| {
		let id = passed(governed::Call::one { value: 13 });
		run_to(System::block_number() + DELAY);
		assert_eq!(
			ending(id),
			Ending::CallFailed(governed::Error::<Test>::Unlucky.into())
		);
		assert_eq!(governed::Value::<Test>::get(), 0);
		System::assert_has_event(
			Event::Finished {
				proposal: id,
				ending: ending(id),
			}
			.into(),
		);
	});
}

#[test]
fn what_is_allowed_is_asked_again() {
	new_test_ext().execute_with(|| {
		let id = passed(call_of(Kind::Technical));
		Forbidden::set(true);
		run_to(System::block_number() + DELAY);
		Forbidden::set(false);
		assert_eq!(
			(ending(id), governed::Value::<Test>::get()),
			(Ending::CallForbidden, 0)
		);
	});
}

#[test]
fn a_full_agenda_only_delays() {
	new_test_ext().execute_with(|| {
		let due = 2 + PERIOD + DELAY;
		fill(due..due + 3);
		passed(call_of(Kind::Technical));
		System::assert_last_event(
			Event::Approved {
				proposal: 0,
				enact_from: due,
				scheduled: Some(due + 3),
			}
			.into(),
		);
		run_to(due + 3);
		assert_eq!(ending(0), Ending::Enacted);
	});
}

#[test]
fn anyone_enacts_what_the_scheduler_could_not() {
	new_test_ext().execute_with(|| {
		let due = 2 + PERIOD + DELAY;
		fill(due..due + 8);
		let call = call_of(Kind::Technical);
		let weight = call.get_dispatch_info().call_weight;
		let id = passed(call);
		System::assert_last_event(
			Event::Approved {
				proposal: id,
				enact_from: due,
				scheduled: None,
			}
			.into(),
		);
		run_to(due - 1);
		assert_noop!(enact(id, weight), Error::<Test>::TooEarly);
		run_to(due + 20);
		assert_noop!(
			enact(id, weight - Weight::from_parts(1, 0)),
			Error::<Test>::WeightTooSmall
		);
		let inner = Proposals::<Test>::get(id)
			.and_then(|proposal| proposal.call.len())
			.unwrap_or_default();
		assert_eq!(
			Congress::enact(signed(20), id, inner - 1, weight).map_err(|error| error.error),
			Err(Error::<Test>::LengthTooSmall.into())
		);
		assert_ok!(enact(id, weight));
		assert_eq!(
			(ending(id), governed::Value::<Test>::get()),
			(Ending::Enacted, 42)
		);
		assert_noop!(enact(id, weight), Error::<Test>::NoSuchProposal);
	});
}

#[test]
fn what_anyone_enacted_the_scheduler_does_not_make_again() {
	new_test_ext().execute_with(|| {
		let id = passed(call_of(Kind::Technical));
		let due = System::block_number() + DELAY;
		// The block is there, but the scheduler did not run in it.
		System::set_block_number(due);
		assert_ok!(enact(id, CallWeight::get()));
		governed::Value::<Test>::put(7);
		System::set_block_number(due - 1);
		run_to(due + 1);
		assert_eq!((governed::Value::<Test>::get(), ending(id)), (7, Ending::Enacted));
	});
}

#[test]
fn a_lost_preimage_finishes_the_proposal() {
	new_test_ext().execute_with(|| {
		let call: RuntimeCall = governed::Call::long { text: vec![1; 900] }.into();
		let (hash, len) = (BlakeTwo256::hash(&call.encode()), call.encode().len() as u32);
		let id = passed(call);
		pallet_preimage::PreimageFor::<Test>::remove((hash, len));
		run_to(System::block_number() + DELAY);
		assert_eq!(ending(id), Ending::CallUnreadable);
	});
}

#[test]
fn a_call_that_became_too_heavy_finishes_the_proposal() {
	new_test_ext().execute_with(|| {
		let id = passed(governed::Call::heavy { milliseconds: 500 });
		// As if an upgrade had lowered what a call may weigh.
		CallWeight::set(Weight::from_parts(499_000_000_000, u64::MAX));
		run_to(System::block_number() + DELAY);
		assert_eq!(
			(ending(id), governed::Value::<Test>::get()),
			(Ending::CallTooHeavy, 0)
		);
	});
}

#[test]
fn only_an_approved_proposal_is_enacted() {
	new_test_ext().execute_with(|| {
		assert_ok!(propose(1, Kind::Community));
		assert_noop!(enact(0, Weight::MAX), Error::<Test>::NotApproved);
		run_to(2 + PERIOD);
		assert_noop!(enact(0, Weight::MAX), Error::<Test>::NotApproved);
		assert_ok!(close(0));
		assert_noop!(enact(0, Weight::MAX), Error::<Test>::NoSuchProposal);
	});
}

#[test]
fn an_approved_proposal_keeps_its_place_until_enacted() {
	new_test_ext().execute_with(|| {
		let id = passed(call_of(Kind::Technical));
		assert!(matches!(
			Proposals::<Test>::get(id).map(|p| p.stage),
			Some(Stage::Approved { .. })
		));
		assert_eq!(Open::<Test>::get().len(), 1);
		// But the votes on it lock nothing any more.
		assert_ok!(release(6, MIN_HELD));
		run_to(System::block_number() + DELAY);
		assert!(Open::<Test>::get().is_empty());
	});
}

#[test]
fn a_constitutional_vote_authorizes_an_upgrade() {
	new_test_ext().execute_with(|| {
		let code_hash = BlakeTwo256::hash(b"the next runtime");
		let call = crate::Call::<Test>::authorize_upgrade { code_hash };
		let id = propose_call(1, Kind::Constitutional, call).expect("it may be proposed");
		for member in 1..=4 {
			assert_ok!(vote(member, id, Choice::For));
		}
		assert_ok!(end(id));
		run_to(System::block_number() + DELAY);
		assert_eq!(ending(id), Ending::Enacted);
		System::assert_has_event(
			frame_system::Event::UpgradeAuthorized {
				code_hash,
				check_version: true,
			}
			.into(),
		);
	});
}

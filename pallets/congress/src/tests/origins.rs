//! The origin of the congress, and who else is refused.

use crate::{
	EnsureCongress, Error, Kind,
	mock::*,
	origin::{Community, Constitutional, Kinds, Resource, Technical},
};
use frame_support::{assert_noop, assert_ok, traits::EnsureOrigin, weights::Weight};
use polkadot_sdk::*;
use sp_runtime::DispatchError;

fn accepted<K: Kinds>() -> Vec<Kind> {
	for origin in [RuntimeOrigin::root(), RuntimeOrigin::none(), signed(1)] {
		assert!(EnsureCongress::<K>::try_origin(origin).is_err());
	}
	Kind::ALL
		.into_iter()
		.filter(|kind| EnsureCongress::<K>::try_origin(congress(*kind)).is_ok_and(|acted| acted == *kind))
		.collect()
}

#[test]
fn each_set_accepts_its_kinds_and_never_root() {
	assert_eq!(accepted::<Constitutional>(), [Kind::Constitutional]);
	assert_eq!(accepted::<Technical>(), [Kind::Technical]);
	assert_eq!(accepted::<Community>(), [Kind::Community]);
	assert_eq!(accepted::<Resource>(), [Kind::Resource]);
	assert_eq!(
		accepted::<(Technical, Resource)>(),
		[Kind::Technical, Kind::Resource]
	);
	assert_eq!(
		accepted::<(Constitutional, (Technical, Community))>(),
		[Kind::Constitutional, Kind::Technical, Kind::Community]
	);
}

#[test]
fn a_governed_rule_book_obeys_only_its_kind() {
	new_test_ext().execute_with(|| {
		assert_ok!(Governed::one(congress(Kind::Technical), 1));
		for origin in [congress(Kind::Constitutional), RuntimeOrigin::root(), signed(1)] {
			assert_noop!(Governed::one(origin, 2), DispatchError::BadOrigin);
		}
		assert_ok!(Governed::two(congress(Kind::Resource), 3));
		assert_noop!(
			Governed::two(congress(Kind::Community), 3),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn root_has_no_part_in_the_congress() {
	new_test_ext().execute_with(|| {
		let root = RuntimeOrigin::root;
		assert_noop!(
			Congress::admit_member(root(), account(9)),
			DispatchError::BadOrigin
		);
		assert_noop!(
			Congress::remove_member(root(), account(1)),
			DispatchError::BadOrigin
		);
		assert_noop!(
			Congress::authorize_upgrade(root(), Default::default()),
			DispatchError::BadOrigin
		);
		assert_noop!(Congress::hold_for_governance(root(), 1), DispatchError::BadOrigin);
		assert_noop!(Congress::release(root(), 1), DispatchError::BadOrigin);
		assert_noop!(Congress::close(root(), 0), DispatchError::BadOrigin);
		assert_noop!(
			Congress::propose(root(), Kind::Community, bound(call_of(Kind::Community)), REASONS),
			DispatchError::BadOrigin
		);
		assert!(
			Congress::enact(root(), 0, 0, Weight::zero()).is_err_and(|e| e.error == DispatchError::BadOrigin)
		);
	});
}

#[test]
fn the_congress_does_not_act_for_itself() {
	new_test_ext().execute_with(|| {
		assert_noop!(
			Congress::hold_for_governance(congress(Kind::Technical), 1),
			DispatchError::BadOrigin
		);
		assert_noop!(
			Congress::close(congress(Kind::Technical), 0),
			DispatchError::BadOrigin
		);
		assert!(
			Congress::enact(congress(Kind::Technical), 0, 0, Weight::zero())
				.is_err_and(|e| e.error == Error::<Test>::NoSuchProposal.into())
		);
	});
}

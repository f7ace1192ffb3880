//! A deposit comes back when nothing needs the entry any more, and not before.

use crate::{mock::*, *};
use frame_support::{assert_err_ignore_postinfo, assert_noop, assert_ok};
use polkadot_sdk::*;

fn too_soon(workflow: WorkflowId, error: Error<Test>) {
	assert_err_ignore_postinfo!(Registry::reclaim(signed(BOB), workflow), error);
}

fn retire(workflow: WorkflowId) -> u64 {
	assert_ok!(Registry::retire(signed(ALICE), workflow));
	match Workflows::<Test>::get(workflow).map(|entry| entry.standing) {
		Some(Standing::Retired { until }) => until.into(),
		other => panic!("not retired: {other:?}"),
	}
}

#[test]
fn a_retired_workflow_is_not_called_and_its_jobs_end() {
	new_test_ext().execute_with(|| {
		let workflow = publish(ALICE, input(1));
		assert_noop!(Registry::retire(signed(BOB), workflow), Error::<Test>::NotOwner);
		too_soon(workflow, Error::NotRetired);
		let until = retire(workflow);
		let terms = pallet_terms::Terms::development();
		assert_eq!(until, 1 + terms.longest_path() + u64::from(terms.jobs.retention));
		assert_eq!(Registry::callable(workflow, 1), Err(Error::Retired));
		assert!(Registry::snapshot(workflow, 1).is_some());
		assert_eq!(Registry::owner_of(workflow), Some(ALICE));
		assert_noop!(Registry::retire(signed(ALICE), workflow), Error::<Test>::Retired);
		assert_noop!(
			Registry::new_version(signed(ALICE), workflow, Box::new(input(2))),
			Error::<Test>::Retired
		);
		System::set_block_number(until - 1);
		too_soon(workflow, Error::TooEarly);
		System::set_block_number(until);
		assert_ok!(Registry::reclaim(signed(BOB), workflow));
		assert_eq!(held(&ALICE), 0);
		assert_eq!(Registry::workflow(workflow), None);
		assert_eq!(Registry::snapshot(workflow, 1), None);
		// The manifest is free, the number is not given again.
		assert_eq!(publish(BOB, input(1)), workflow + 1);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn many_versions_go_in_batches() {
	new_test_ext().execute_with(|| {
		let workflow = publish(ALICE, input(1));
		for _ in 0..RECLAIM_BATCH {
			assert_ok!(Registry::new_version(signed(ALICE), workflow, Box::new(input(1))));
		}
		let all = held(&ALICE);
		System::set_block_number(retire(workflow));
		assert_ok!(Registry::reclaim(signed(BOB), workflow));
		assert_eq!(Registry::latest_version(workflow), Some(1));
		assert!(held(&ALICE) > 0 && held(&ALICE) < all);
		// The first version still holds the manifest.
		assert_eq!(Registry::by_manifest([1; 32]), Some((workflow, 1)));
		assert_ok!(Registry::do_try_state());
		let returned = held(&ALICE);
		assert_ok!(Registry::reclaim(signed(BOB), workflow));
		System::assert_last_event(
			Event::Reclaimed {
				workflow,
				left: 0,
				returned,
			}
			.into(),
		);
		assert_eq!(held(&ALICE), 0);
		assert_eq!(Registry::by_manifest([1; 32]), None);
		too_soon(workflow, Error::UnknownWorkflow);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn what_is_paid_stays() {
	new_test_ext().execute_with(|| {
		let root = publish(ALICE, input(1));
		let child = publish(ALICE, with_parents(2, &[(root, 1, 1_000_000)]));
		System::set_block_number(retire(root));
		too_soon(root, Error::HasDescendants);
		System::set_block_number(retire(child));
		set_owed(1);
		too_soon(child, Error::HasEarnings);
		set_owed(0);
		assert_ok!(Registry::reclaim(signed(ALICE), child));
		assert_eq!(Registry::descendants(root), 0);
		assert_ok!(Registry::do_try_state());
		assert_ok!(Registry::reclaim(signed(ALICE), root));
		assert_eq!(held(&ALICE), 0);
		assert_ok!(Registry::do_try_state());
	});
}

#[test]
fn a_retired_workflow_can_still_change_hands() {
	new_test_ext().execute_with(|| {
		let workflow = publish(ALICE, input(1));
		let until = retire(workflow);
		assert_ok!(Registry::offer(signed(ALICE), workflow, Some(BOB)));
		assert_ok!(Registry::accept(signed(BOB), workflow));
		System::set_block_number(until);
		assert_ok!(Registry::reclaim(signed(ALICE), workflow));
		assert_eq!((held(&ALICE), held(&BOB)), (0, 0));
		assert_ok!(Registry::do_try_state());
	});
}

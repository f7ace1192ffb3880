//! The constitution and who amends it.

use crate::{Constitution, ConstitutionRecord, Error, Event, mock::*};
use frame_support::{assert_noop, assert_ok};
use frame_system::RawOrigin;
use polkadot_sdk::*;
use sp_core::H256;
use sp_runtime::DispatchError;

#[test]
fn the_genesis_sets_the_first_version() {
	new_test_ext().execute_with(|| {
		check();
		assert_eq!(
			Contract::constitution(),
			Some(ConstitutionRecord {
				hash: FIRST_CONSTITUTION,
				version: 1,
				amended_at: 0
			})
		);
	});
}

#[test]
fn the_amender_puts_a_new_version_into_force() {
	new_test_ext().execute_with(|| {
		System::set_block_number(7);
		let hash = H256::repeat_byte(2);
		assert_ok!(Contract::amend_constitution(
			RawOrigin::Signed(CONGRESS).into(),
			hash
		));
		check();
		assert_eq!(
			Contract::constitution(),
			Some(ConstitutionRecord {
				hash,
				version: 2,
				amended_at: 7
			})
		);
		System::assert_last_event(Event::ConstitutionAmended { hash, version: 2 }.into());
		assert_noop!(
			Contract::amend_constitution(RawOrigin::Signed(CONGRESS).into(), hash),
			Error::<Test>::NothingAmended
		);
	});
}

#[test]
fn nobody_else_amends_it() {
	new_test_ext().execute_with(|| {
		for origin in [RawOrigin::Root, RawOrigin::None, RawOrigin::Signed(ALICE)] {
			assert_noop!(
				Contract::amend_constitution(origin.into(), H256::repeat_byte(2)),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn a_chain_without_one_starts_at_the_first_version() {
	new_test_ext().execute_with(|| {
		Constitution::<Test>::kill();
		let hash = H256::repeat_byte(3);
		assert_ok!(Contract::amend_constitution(
			RawOrigin::Signed(CONGRESS).into(),
			hash
		));
		check();
		assert_eq!(Contract::constitution().map(|record| record.version), Some(1));
	});
}

//! Anchors of audit logs.

use crate::{Error, Event, Log, Logs, NO_ANCHOR, anchor_hash, mock::*};
use codec::Encode;
use frame_support::{assert_noop, assert_ok};
use frame_system::RawOrigin;
use pallet_terms::types::Planck;
use polkadot_sdk::*;
use proptest::prelude::*;
use sp_core::H256;
use sp_io::hashing::blake2_256;
use sp_runtime::{AccountId32, DispatchError, DispatchResult, TokenError};

fn root(byte: u8) -> H256 {
	H256::repeat_byte(byte)
}

fn anchor(who: &AccountId32, byte: u8, length: u64, previous: H256) -> DispatchResult {
	let result = Contract::anchor(
		RawOrigin::Signed(who.clone()).into(),
		root(byte),
		length,
		previous,
	);
	check();
	result
}

fn close(who: &AccountId32) -> DispatchResult {
	let result = Contract::close_log(RawOrigin::Signed(who.clone()).into());
	check();
	result
}

fn log(who: &AccountId32) -> Log {
	Logs::<Test>::get(who).expect("the log is open")
}

#[test]
fn each_anchor_commits_to_the_one_before() {
	new_test_ext().execute_with(|| {
		assert_ok!(anchor(&ALICE, 1, 10, NO_ANCHOR));
		let first = log(&ALICE);
		assert_eq!(first.hash, anchor_hash(&ALICE, 0, root(1), 10, NO_ANCHOR));

		System::set_block_number(5);
		assert_eq!(
			Contract::hash_of(ALICE, root(2), 11),
			anchor_hash(&ALICE, 1, root(2), 11, first.hash)
		);
		assert_ok!(anchor(&ALICE, 2, 11, first.hash));
		let second = anchor_hash(&ALICE, 1, root(2), 11, first.hash);
		assert_eq!(
			Contract::log(ALICE),
			Some(Log {
				anchors: 2,
				root: root(2),
				length: 11,
				hash: second,
				opened_at: 1,
				anchored_at: 5,
				deposit: DEPOSIT,
			})
		);
		System::assert_last_event(
			Event::Anchored {
				who: ALICE,
				index: 1,
				root: root(2),
				length: 11,
				previous: first.hash,
				hash: second,
			}
			.into(),
		);
	});
}

#[test]
fn the_anchor_hash_is_what_clients_compute() {
	let mut bytes = b"hai/anchor/v1".to_vec();
	bytes.extend([1u8; 32]);
	bytes.extend(7u64.to_le_bytes());
	bytes.extend([2u8; 32]);
	bytes.extend(300u64.to_le_bytes());
	bytes.extend([3u8; 32]);
	assert_eq!(
		anchor_hash(&ALICE, 7, root(2), 300, root(3)),
		H256(blake2_256(&bytes))
	);
}

#[test]
fn a_wrong_previous_is_refused() {
	new_test_ext().execute_with(|| {
		assert_noop!(anchor(&ALICE, 1, 10, root(7)), Error::<Test>::WrongPrevious);
		assert_ok!(anchor(&ALICE, 1, 10, NO_ANCHOR));
		let first = log(&ALICE).hash;
		assert_noop!(anchor(&ALICE, 2, 11, NO_ANCHOR), Error::<Test>::WrongPrevious);
		assert_noop!(anchor(&ALICE, 2, 11, root(7)), Error::<Test>::WrongPrevious);
		assert_ok!(anchor(&ALICE, 2, 11, first));
		// The same anchor again is a fork of the chain.
		assert_noop!(anchor(&ALICE, 2, 12, first), Error::<Test>::WrongPrevious);
		// Another identity's anchor is none of this log.
		assert_noop!(
			anchor(&BOB, 2, 12, log(&ALICE).hash),
			Error::<Test>::WrongPrevious
		);
	});
}

#[test]
fn a_log_must_grow() {
	new_test_ext().execute_with(|| {
		assert_noop!(anchor(&ALICE, 1, 0, NO_ANCHOR), Error::<Test>::LengthNotGrown);
		assert_ok!(anchor(&ALICE, 1, 10, NO_ANCHOR));
		let first = log(&ALICE).hash;
		assert_noop!(anchor(&ALICE, 2, 10, first), Error::<Test>::LengthNotGrown);
		assert_noop!(anchor(&ALICE, 2, 9, first), Error::<Test>::LengthNotGrown);
		assert_ok!(anchor(&ALICE, 2, u64::MAX, first));
		assert_noop!(
			anchor(&ALICE, 3, u64::MAX, log(&ALICE).hash),
			Error::<Test>::LengthNotGrown
		);
	});
}

#[test]
fn the_deposit_is_held_once_and_returned_as_it_was() {
	new_test_ext().execute_with(|| {
		assert_ok!(anchor(&ALICE, 1, 1, NO_ANCHOR));
		assert_eq!(held(&ALICE), DEPOSIT);
		AnchorDeposit::set(DEPOSIT * 3);
		assert_ok!(anchor(&ALICE, 2, 2, log(&ALICE).hash));
		assert_eq!(held(&ALICE), DEPOSIT);

		let hash = log(&ALICE).hash;
		assert_ok!(close(&ALICE));
		assert_eq!((held(&ALICE), Balances::free_balance(&ALICE)), (0, FUNDS));
		System::assert_last_event(
			Event::LogClosed {
				who: ALICE,
				anchors: 2,
				hash,
				returned: DEPOSIT,
			}
			.into(),
		);
		assert_noop!(close(&ALICE), Error::<Test>::NoLog);
	});
}

#[test]
fn who_cannot_pay_the_deposit_cannot_anchor() {
	new_test_ext().execute_with(|| {
		assert_noop!(
			anchor(&POOR, 1, 1, NO_ANCHOR),
			DispatchError::Token(TokenError::FundsUnavailable)
		);
		assert_eq!(Contract::log(POOR), None);
	});
}

#[test]
fn a_closed_log_starts_anew() {
	new_test_ext().execute_with(|| {
		assert_ok!(anchor(&ALICE, 1, 10, NO_ANCHOR));
		let first = log(&ALICE).hash;
		assert_ok!(close(&ALICE));
		assert_noop!(anchor(&ALICE, 2, 11, first), Error::<Test>::WrongPrevious);
		assert_ok!(anchor(&ALICE, 2, 5, NO_ANCHOR));
		assert_eq!((log(&ALICE).anchors, held(&ALICE)), (1, DEPOSIT));
	});
}

#[test]
fn only_signed_accounts_anchor() {
	new_test_ext().execute_with(|| {
		assert_noop!(
			Contract::anchor(RawOrigin::Root.into(), root(1), 1, NO_ANCHOR),
			DispatchError::BadOrigin
		);
		assert_noop!(
			Contract::close_log(RawOrigin::None.into()),
			DispatchError::BadOrigin
		);
	});
}

/// An action of one of two identities.
#[derive(Clone, Debug)]
enum Action {
	/// Anchor, growing by so much, after the true anchor before or a wrong one.
	Anchor {
		who: u8,
		grows: u64,
		wrong: bool,
	},
	Close {
		who: u8,
	},
	SetDeposit(Planck),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
	let action = prop_oneof![
		5 => (1..3u8, 0..3u64, proptest::bool::weighted(0.1))
			.prop_map(|(who, grows, wrong)| Action::Anchor { who, grows, wrong }),
		1 => (1..3u8).prop_map(|who| Action::Close { who }),
		1 => (0..2 * FUNDS).prop_map(Action::SetDeposit),
	];
	proptest::collection::vec(action, 1..60)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	/// Whatever is done, the chain of hashes that the events tell can be walked without a gap, and every deposit
	/// comes back.
	#[test]
	fn any_sequence_keeps_the_chain_and_the_money(actions in actions()) {
		new_test_ext().execute_with(|| {
			for action in actions {
				match action {
					Action::Anchor { who, grows, wrong } => {
						let who = AccountId32::new([who; 32]);
						let before = Contract::log(who.clone());
						let length = before.map_or(0, |log| log.length) + grows;
						let latest = before.map_or(NO_ANCHOR, |log| log.hash);
						let previous = if wrong { root(0xFF) } else { latest };
						let affordable = before.is_some() || AnchorDeposit::get() < FUNDS;
						let expected = !wrong && grows > 0 && affordable;
						prop_assert_eq!(anchor(&who, length as u8, length, previous).is_ok(), expected);
					},
					Action::Close { who } => {
						let who = AccountId32::new([who; 32]);
						let open = Contract::log(who.clone()).is_some();
						prop_assert_eq!(close(&who).is_ok(), open);
					},
					Action::SetDeposit(deposit) => AnchorDeposit::set(deposit),
				}
			}
			let mut latest = std::collections::BTreeMap::new();
			for record in System::events() {
				match record.event {
					RuntimeEvent::Contract(Event::Anchored { who, index, root, length, previous, hash }) => {
						let (next, before) = latest.get(&who).copied().unwrap_or((0, NO_ANCHOR));
						prop_assert_eq!((index, previous), (next, before));
						prop_assert_eq!(hash, anchor_hash(&who, index, root, length, previous));
						latest.insert(who, (index + 1, hash));
					},
					RuntimeEvent::Contract(Event::LogClosed { who, anchors, hash, .. }) => {
						prop_assert_eq!(latest.remove(&who), Some((anchors, hash)));
					},
					_ => (),
				}
			}
			prop_assert_eq!(latest.len(), Logs::<Test>::iter().count());
			for who in latest.into_keys() {
				prop_assert!(close(&who).is_ok());
			}
			for who in [ALICE, BOB] {
				prop_assert_eq!((held(&who), Balances::free_balance(&who)), (0, FUNDS));
			}
			Ok(())
		})?;
	}
}

#[test]
fn a_log_encodes_within_its_bound() {
	use codec::MaxEncodedLen;
	let log = Log {
		anchors: u64::MAX,
		root: root(1),
		length: u64::MAX,
		hash: root(2),
		opened_at: u32::MAX,
		anchored_at: u32::MAX,
		deposit: Planck::MAX,
	};
	assert_eq!(log.encode().len(), Log::max_encoded_len());
}

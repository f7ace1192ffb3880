//! Versions are counted, kept, and set only by who may.

use crate::{CurrentVersion, Error, Event, Terms, TermsError, TermsOf, TermsSource, mock::*};
use frame_support::{assert_noop, assert_ok};
use polkadot_sdk::*;
use sp_runtime::{AccountId32, BuildStorage, DispatchError};

fn changed(fee: u128) -> Box<Terms> {
	let mut terms = Terms::development();
	terms.jobs.min_fee_per_token = fee;
	Box::new(terms)
}

#[test]
fn genesis_is_version_one() {
	new_test_ext().execute_with(|| {
		assert_eq!(TermsBook::current(), (1, Terms::development()));
		assert_eq!(TermsBook::terms_at(1), Some(Terms::development()));
		assert_eq!(TermsBook::terms_at(0), None);
		assert_eq!(TermsBook::terms_at(2), None);
		assert_ok!(TermsBook::do_try_state());
	});
}

#[test]
fn a_new_version_leaves_the_earlier_ones_alone() {
	new_test_ext().execute_with(|| {
		for version in 2..=5 {
			assert_ok!(TermsBook::set_terms(
				RuntimeOrigin::root(),
				changed(version.into())
			));
			System::assert_last_event(Event::TermsSet { version }.into());
			assert_eq!(TermsBook::terms(), (version, *changed(version.into())));
			assert_ok!(TermsBook::do_try_state());
		}
		assert_eq!(TermsBook::at(1), Some(Terms::development()));
		assert_eq!(TermsBook::at(3), Some(*changed(3)));
	});
}

#[test]
fn who_may_not_and_what_does_not_fit_is_refused() {
	new_test_ext().execute_with(|| {
		let nobody = RuntimeOrigin::signed(AccountId32::new([1; 32]));
		assert_noop!(TermsBook::set_terms(nobody, changed(7)), DispatchError::BadOrigin);
		assert_noop!(
			TermsBook::set_terms(RuntimeOrigin::root(), changed(0)),
			Error::<Test>::DoNotFit(TermsError::NoMinimumFee)
		);
		let same = Box::new(Terms::development());
		assert_noop!(
			TermsBook::set_terms(RuntimeOrigin::root(), same),
			Error::<Test>::Unchanged
		);
		CurrentVersion::<Test>::put(u32::MAX);
		assert_noop!(
			TermsBook::set_terms(RuntimeOrigin::root(), changed(7)),
			Error::<Test>::TooManyVersions
		);
	});
}

#[test]
fn a_missing_or_foreign_version_is_found() {
	new_test_ext().execute_with(|| {
		TermsOf::<Test>::insert(3, Terms::development());
		assert!(TermsBook::do_try_state().is_err());
		TermsOf::<Test>::remove(3);
		CurrentVersion::<Test>::put(2);
		assert!(TermsBook::do_try_state().is_err());
	});
}

#[test]
#[should_panic(expected = "PanelAgreement")]
fn genesis_refuses_terms_that_do_not_fit() {
	let mut terms = Terms::development();
	terms.verification.panel_agreement = verification::Ppm::new(500_000);
	let genesis = RuntimeGenesisConfig {
		terms_book: crate::GenesisConfig {
			terms,
			..Default::default()
		},
		..Default::default()
	};
	let _ = genesis.build_storage();
}

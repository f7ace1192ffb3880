//! Whose keys are whose, and for how long.

use crate::{AuditKeyOwner, Error, Pallet, PeerKeyOwner, RetiredKeys, mock::*, types::Role};
use polkadot_sdk::sp_runtime::DispatchResult;

type Staking = Pallet<Test>;

/// From the replacement of an audit key to the last block in which it is accepted.
fn validity() -> u64 {
	CurrentTerms::get().longest_path()
}

fn set_keys(seed: u8, salt: u8) -> DispatchResult {
	let (keys, peer, audit) = bound_keys(seed, salt);
	Staking::set_keys(signed(seed), keys, peer, audit)
}

#[test]
fn both_keys_must_sign_the_binding() {
	empty(|| {
		let (keys, peer, audit) = bound_keys(7, 7);
		let bond = |keys, peer, audit| Staking::bond(signed(7), Role::Node, NODE_MINIMUM, keys, peer, audit);
		no(Error::BadPeerSignature, || bond(keys, audit, audit));
		no(Error::BadAuditSignature, || bond(keys, peer, peer));
		let mut other = keys;
		other.encryption = [0; 32];
		no(Error::BadPeerSignature, || bond(other, peer, audit));
		// Signatures for another account bind nothing here.
		let (keys_of_8, peer_of_8, audit_of_8) = bound_keys(8, 7);
		no(Error::BadPeerSignature, || bond(keys_of_8, peer_of_8, audit_of_8));
		ok(bond(keys, peer, audit));
		no(Error::BadPeerSignature, || {
			Staking::set_keys(signed(7), keys_of_8, peer_of_8, audit_of_8)
		});
	});
}

#[test]
fn a_key_belongs_to_one_account() {
	empty(|| {
		ok(bond(7, Role::Node, NODE_MINIMUM));
		let (keys, peer, audit) = bound_keys(8, 7);
		no(Error::KeyTaken, || {
			Staking::bond(signed(8), Role::Node, NODE_MINIMUM, keys, peer, audit)
		});
		ok(bond(8, Role::Node, NODE_MINIMUM));
		no(Error::KeyTaken, || set_keys(8, 7));
		no(Error::NotBonded, || set_keys(9, 9));
	});
}

#[test]
fn a_replaced_audit_key_is_accepted_until_its_jobs_are_over() {
	empty(|| {
		ok(bond(7, Role::Validator, VALIDATOR_MINIMUM));
		let (old, new) = (key_pairs(7).0.audit, key_pairs(70).0.audit);
		assert!(Staking::accepts_audit_key(&account(7), &old));
		assert!(!Staking::accepts_audit_key(&account(7), &new));
		ok(set_keys(7, 70));
		assert_eq!(Staking::audit_key(&account(7)), Some(new));
		assert!(Staking::accepts_audit_key(&account(7), &new));
		assert!(!Staking::accepts_audit_key(&account(8), &new));
		let last = 1 + validity();
		run_to(last);
		assert!(Staking::accepts_audit_key(&account(7), &old));
		assert_eq!(
			Staking::account(account(7)).expect("bonded").retired_keys.len(),
			1
		);
		run_to(last + 1);
		assert!(!Staking::accepts_audit_key(&account(7), &old));
		assert!(
			Staking::account(account(7))
				.expect("bonded")
				.retired_keys
				.is_empty()
		);
	});
}

#[test]
fn a_retired_audit_key_is_nobody_elses_until_it_ends() {
	empty(|| {
		ok(bond(7, Role::Node, NODE_MINIMUM));
		ok(bond(8, Role::Node, NODE_MINIMUM));
		ok(set_keys(7, 70));
		assert!(!PeerKeyOwner::<Test>::contains_key(key_pairs(7).0.peer));
		no(Error::KeyTaken, || set_keys(8, 7));
		run_to(2 + validity());
		// The next change of keys clears it away.
		ok(set_keys(7, 71));
		assert!(!AuditKeyOwner::<Test>::contains_key(key_pairs(7).0.audit));
		ok(set_keys(8, 7));
	});
}

#[test]
fn a_retired_key_can_come_back() {
	empty(|| {
		ok(bond(7, Role::Node, NODE_MINIMUM));
		ok(set_keys(7, 70));
		ok(set_keys(7, 7));
		let retired = RetiredKeys::<Test>::get(account(7));
		assert_eq!(retired.len(), 1);
		assert_eq!(retired[0].audit, key_pairs(70).0.audit);
		ok(set_keys(7, 7));
		assert_eq!(RetiredKeys::<Test>::get(account(7)).len(), 1);
	});
}

#[test]
fn retired_keys_are_bounded() {
	empty(|| {
		ok(bond(7, Role::Node, NODE_MINIMUM));
		for salt in 71..=78 {
			ok(set_keys(7, salt));
		}
		no(Error::TooManyRetiredKeys, || set_keys(7, 79));
		run_to(2 + validity());
		ok(set_keys(7, 79));
		assert_eq!(RetiredKeys::<Test>::get(account(7)).len(), 1);
	});
}

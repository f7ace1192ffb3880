//! Measures the calls in their heaviest case.

use crate::{
	Advertisements, AuditorsOf, BondedValidators, Call, Candidates, Config, Ledgers, PairsOf, Pallet,
	types::{
		Address, Advertisement, Chunk, Declaration, Enlisted, MAX_ADDRESS_BYTES, MAX_ADDRESSES, MAX_CHUNKS,
		MAX_OFFERS, MAX_PAIRS, MAX_RETIRED_KEYS, Offer, Pairs, Role, Unlocking,
	},
};
use alloc::{vec, vec::Vec};
use pallet_terms::{TermsSource, types::Planck};
use polkadot_sdk::{
	frame_benchmarking::v2::*,
	frame_support::{
		BoundedVec,
		traits::{Get, fungible::Mutate},
	},
	frame_system::{self, RawOrigin},
	sp_core::crypto::KeyTypeId,
	sp_io::crypto::{ed25519_generate, ed25519_sign},
};
use receipt::{
	PairKey,
	keys::{KeySet, binding},
};

const KEY_TYPE: KeyTypeId = KeyTypeId(*b"bond");

/// New keys of `account`, with the signatures of the peer key and the audit key.
fn new_keys<T: Config>(account: &T::AccountId) -> (KeySet, [u8; 64], [u8; 64]) {
	let peer = ed25519_generate(KEY_TYPE, None);
	let audit = ed25519_generate(KEY_TYPE, None);
	let keys = KeySet {
		peer: peer.0,
		encryption: [7; 32],
		audit: audit.0,
	};
	let message = binding(account.as_ref(), &keys);
	let peer_signature = ed25519_sign(KEY_TYPE, &peer, &message).expect("the key was just made");
	let audit_signature = ed25519_sign(KEY_TYPE, &audit, &message).expect("the key was just made");
	(keys, peer_signature.0, audit_signature.0)
}

fn min_bond<T: Config>(role: Role) -> Planck {
	let (_, terms) = T::Terms::current();
	Pallet::<T>::min_bond(&terms, role)
}

fn funded<T: Config>(role: Role) -> T::AccountId {
	let account: T::AccountId = whitelisted_caller();
	let funds = min_bond::<T>(role).saturating_mul(10).saturating_add(1 << 60);
	T::Currency::mint_into(&account, funds).expect("an empty account can be funded");
	account
}

fn bonded<T: Config>(role: Role) -> T::AccountId {
	let account = funded::<T>(role);
	let (keys, _, _) = new_keys::<T>(&account);
	Pallet::<T>::do_bond(&account, role, min_bond::<T>(role).saturating_mul(2), keys)
		.expect("a funded account can bond");
	account
}

/// Fills both lists of validators but for one place, since each call on a validator reads and writes them.
fn crowd<T: Config>() {
	let others = T::MaxBondedValidators::get().saturating_sub(1);
	let mut others: Vec<T::AccountId> = (0..others)
		.map(|number| account("validator", number, 0))
		.collect();
	others.sort_unstable();
	let entries = others.iter().map(|other| Enlisted {
		account: other.clone(),
		bond: Planck::MAX,
		chilled: false,
	});
	BondedValidators::<T>::mutate(|list| *list = BoundedVec::truncate_from(entries.collect()));
	Candidates::<T>::mutate(|list| *list = BoundedVec::truncate_from(others));
}

/// A validator that takes the last place.
fn last_validator<T: Config>() -> T::AccountId {
	crowd::<T>();
	bonded::<T>(Role::Validator)
}

/// A validator that takes the last place among the candidates too.
fn last_candidate<T: Config>() -> T::AccountId {
	let account = last_validator::<T>();
	Pallet::<T>::do_join(&account).expect("a validator can be a candidate");
	account
}

/// So many pairs, beginning with this number.
fn pairs(first: u8, count: u32) -> Pairs {
	let pairs = (first..u8::MAX).map(|number| [number; 32]).take(count as usize);
	Pairs::truncate_from(pairs.collect())
}

/// Fills the list of a pair with the others of [`crowd`] and one that left the validators, and has to make room.
fn crowd_pair<T: Config>(pair: &PairKey) {
	let gone: T::AccountId = account("gone", 0, 0);
	PairsOf::<T>::mutate(&gone, |pairs| {
		pairs
			.try_push(*pair)
			.expect("no more pairs are crowded than one account declares");
		pairs.sort();
	});
	let mut auditors = Candidates::<T>::get().into_inner();
	auditors.push(gone);
	list::<T>(pair, auditors, None);
}

/// Fills the list of a pair, where one stands already, with the others of [`crowd`], who gave it up in this block.
fn crowd_with_leaving<T: Config>(pair: &PairKey, until: u32) {
	list::<T>(pair, Candidates::<T>::get().into_inner(), Some(until));
}

/// Adds these to the list of a pair, in its order.
fn list<T: Config>(pair: &PairKey, accounts: Vec<T::AccountId>, until: Option<u32>) {
	AuditorsOf::<T>::mutate(pair, |auditors| {
		let added = accounts.into_iter().map(|account| Declaration {
			account,
			from: 0,
			until,
		});
		let mut all: Vec<_> = auditors.iter().cloned().chain(added).collect();
		all.sort_unstable_by(|one, next| one.account.cmp(&next.account));
		*auditors = BoundedVec::truncate_from(all);
	});
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn bond() {
		crowd::<T>();
		let account = funded::<T>(Role::Validator);
		let (keys, peer, audit) = new_keys::<T>(&account);
		let amount = min_bond::<T>(Role::Validator);
		#[extrinsic_call]
		_(
			RawOrigin::Signed(account.clone()),
			Role::Validator,
			amount,
			keys,
			peer,
			audit,
		);
		assert!(Ledgers::<T>::contains_key(&account));
	}

	#[benchmark]
	fn bond_extra() {
		let account = last_validator::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()), 1);
		assert!(Ledgers::<T>::get(&account).is_some_and(|ledger| ledger.active > 1));
	}

	#[benchmark]
	fn unbond() {
		let account = last_candidate::<T>();
		let all = min_bond::<T>(Role::Validator).saturating_mul(2);
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()), all);
		assert!(Ledgers::<T>::get(&account).is_some_and(|ledger| ledger.active == 0));
	}

	#[benchmark]
	fn withdraw() {
		let account = bonded::<T>(Role::Node);
		for _ in 0..MAX_RETIRED_KEYS {
			let (keys, _, _) = new_keys::<T>(&account);
			Pallet::<T>::do_set_keys(&account, keys).expect("there is room for retired keys");
		}
		Ledgers::<T>::mutate_extant(&account, |ledger| {
			let part = ledger.active / Planck::from(MAX_CHUNKS);
			let rest = ledger.active - part * Planck::from(MAX_CHUNKS - 1);
			let mut chunks = vec![
				Chunk {
					amount: part,
					release_at: 0
				};
				MAX_CHUNKS as usize - 1
			];
			chunks.push(Chunk {
				amount: rest,
				release_at: 0,
			});
			ledger.unlocking = Unlocking::truncate_from(chunks);
			ledger.active = 0;
		});
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()));
		assert!(!Ledgers::<T>::contains_key(&account));
	}

	#[benchmark]
	fn set_keys() {
		let account = bonded::<T>(Role::Node);
		for _ in 1..MAX_RETIRED_KEYS {
			let (keys, _, _) = new_keys::<T>(&account);
			Pallet::<T>::do_set_keys(&account, keys).expect("there is room for retired keys");
		}
		let (keys, peer, audit) = new_keys::<T>(&account);
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()), keys, peer, audit);
		assert_eq!(Pallet::<T>::audit_key(&account), Some(keys.audit));
	}

	#[benchmark]
	fn advertise() {
		let account = bonded::<T>(Role::Node);
		let address = Address::truncate_from(vec![b'/'; MAX_ADDRESS_BYTES as usize]);
		let models = (0..MAX_OFFERS as u8).map(|model| Offer {
			model: [model; 32],
			pair: [model; 32],
			price_base: 1,
			price_per_token: 1,
		});
		let advertisement = Advertisement {
			addresses: BoundedVec::truncate_from(vec![address; MAX_ADDRESSES as usize]),
			models: BoundedVec::truncate_from(models.collect()),
			max_tokens: 1,
			slots: 1,
		};
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()), advertisement);
		assert!(Advertisements::<T>::contains_key(&account));
	}

	#[benchmark]
	fn chill() {
		let account = last_candidate::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()));
		assert!(Ledgers::<T>::get(&account).is_some_and(|ledger| ledger.chilled));
	}

	#[benchmark]
	fn resume() {
		let account = last_candidate::<T>();
		Ledgers::<T>::mutate_extant(&account, |ledger| ledger.chilled = true);
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()));
		assert!(Ledgers::<T>::get(&account).is_some_and(|ledger| !ledger.chilled));
	}

	/// Measures all but the reading of the session keys, which are the runtime's.
	#[benchmark]
	fn join_validators() {
		let account = last_validator::<T>();
		#[block]
		{
			Pallet::<T>::do_join(&account).expect("a validator can be a candidate");
		}
		assert!(Candidates::<T>::get().contains(&account));
	}

	#[benchmark]
	fn leave_validators() {
		let account = last_candidate::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()));
		assert!(!Candidates::<T>::get().contains(&account));
	}

	/// The first half of what changes was given up long ago, in full lists of which all are forgotten, and the other half
	/// is new and takes the place of one that left in full lists. More is not possible at once: what is given up now
	/// takes the places of new ones.
	#[benchmark]
	fn declare_pairs(n: Linear<0, { MAX_PAIRS * 2 }>) {
		let account = last_validator::<T>();
		let before = pairs(0, n / 2);
		Pallet::<T>::do_declare_pairs(&account, before.clone()).expect("a validator can declare pairs");
		let until = Pallet::<T>::now() + 1;
		frame_system::Pallet::<T>::set_block_number(until.into());
		Pallet::<T>::do_declare_pairs(&account, Pairs::new()).expect("a validator can give up pairs");
		for pair in &before {
			crowd_with_leaving::<T>(pair, until);
		}
		let (_, terms) = T::Terms::current();
		let later = until + terms.longest_path() as u32 + 1;
		frame_system::Pallet::<T>::set_block_number(later.into());
		let declared = pairs(100, n.div_ceil(2));
		for pair in &declared {
			crowd_pair::<T>(pair);
		}
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()), declared.clone());
		assert_eq!(PairsOf::<T>::get(&account), declared);
		assert!(before.iter().all(|pair| !AuditorsOf::<T>::contains_key(pair)));
	}
}

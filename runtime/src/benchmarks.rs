//! What is measured, and what the benchmarks of the jobs need from the other rule-books.

use crate::*;

use alloc::{boxed::Box, vec};
use frame_support::{
	BoundedVec,
	traits::{EnsureOrigin, fungible::Mutate},
};
use pallet_execution_log::traits::{BENCHMARK_KEYS, BENCHMARK_PAIR, BenchmarkHelper};
use pallet_role_staking::types::{
	Address as Multiaddress, Advertisement, MAX_ADDRESS_BYTES, MAX_ADDRESSES, MAX_OFFERS, Offer, Role,
};
use pallet_terms::{MAX_COMMITTEE, MAX_VALIDATORS, TermsSource};
use pallet_workflow_registry::{
	MAX_LOCATION, MAX_NAME, Parent, Price, PriceMode, PublishInput, WHOLE, WorkflowId,
};
use sp_core::ed25519;
use sp_runtime::Permill;

frame_benchmarking::define_benchmarks!(
	[pallet_balances, Balances]
	[pallet_terms, Terms]
	[pallet_role_staking, RoleStaking]
	[pallet_congress, Congress]
	[pallet_contract, Contract]
	[pallet_workflow_registry, WorkflowRegistry]
	[pallet_execution_log, ExecutionLog]
	[pallet_payout, Payout]
	[pallet_calibration, Calibration]
);

/// What the workflow of the benchmarks runs.
const MODEL: [u8; 32] = [3; 32];

/// The jobs' benchmarks on the real rule-books, each at its dearest: a workflow with as many upstreams
/// as there can be, and a node with as many offers.
pub struct Setup;

impl BenchmarkHelper for Setup {
	fn prepare() {
		let (_, mut terms) = <Terms as TermsSource>::current();
		terms.verification.panel = MAX_COMMITTEE;
		terms.verification.jury = MAX_COMMITTEE;
		terms.jobs.draw_delay = pallet_terms::MAX_DRAW_DELAY;
		terms.verification.stop_within = pallet_terms::MAX_STOP_WITHIN;
		// Windows that go with so long a draw.
		terms.verification.incident_window = 1_400;
		(terms.staking.unbonding_delay, terms.jobs.retention) = (20_000, 20_000);
		terms.staking.max_validators = MAX_VALIDATORS;
		let origin = <Runtime as pallet_terms::Config>::SetOrigin::try_successful_origin()
			.expect("there is an origin that sets terms");
		Terms::set_terms(origin, Box::new(terms)).expect("the numbers fit together");
		let others = RoleStaking::validators();
		for other in &others {
			declare(&other.account);
		}
		for number in others.len() as u32..MAX_VALIDATORS - MAX_COMMITTEE {
			let key = sp_io::crypto::ed25519_generate(BENCHMARK_KEYS, None);
			let account = frame_benchmarking::account::<AccountId>("eligible", number, 0);
			Self::make_auditor(&account, key.0);
		}
	}

	fn fund(account: &AccountId) {
		Balances::mint_into(account, 10_000_000 * HAI).expect("the benchmark's account can be funded");
	}

	fn make_node(account: &AccountId, audit_key: [u8; 32]) {
		bond(account, Role::Node, audit_key);
		let other = |model: u8| Offer {
			model: [model; 32],
			pair: [model.saturating_add(100); 32],
			price_base: 1,
			price_per_token: 1,
		};
		let wanted = Offer {
			model: MODEL,
			pair: BENCHMARK_PAIR,
			price_base: 0,
			price_per_token: 0,
		};
		let address = Multiaddress::truncate_from(vec![b'/'; MAX_ADDRESS_BYTES as usize]);
		let offers = (1..MAX_OFFERS as u8).map(other).chain([wanted]);
		let advertisement = Advertisement {
			addresses: BoundedVec::truncate_from(vec![address; MAX_ADDRESSES as usize]),
			models: BoundedVec::truncate_from(offers.collect()),
			max_tokens: u32::MAX,
			slots: 1,
		};
		RoleStaking::advertise(RuntimeOrigin::signed(account.clone()), advertisement)
			.expect("the node is bonded");
		// Whoever made a node before has calibrated the pair.
		if Calibration::is_calibrated(&BENCHMARK_PAIR, &MODEL) {
			return;
		}
		let origin = <Runtime as pallet_calibration::Config>::RegisterOrigin::try_successful_origin()
			.expect("there is an origin that registers pairs");
		let entry = pallet_calibration::Entry {
			record: [1; 32],
			model: MODEL,
			bands: pallet_calibration::Bands::CPU,
			detection: pallet_calibration::Bucket::ASSUMED,
		};
		Calibration::register(origin, BENCHMARK_PAIR, entry).expect("the entry is in order");
	}

	fn make_auditor(account: &AccountId, audit_key: [u8; 32]) {
		bond(account, Role::Validator, audit_key);
		declare(account);
	}

	/// 24 roots, eight workflows on three of them each, and one on those eight: 32 upstreams.
	fn make_workflow() -> (WorkflowId, u32) {
		let owner = AccountId::new([9; 32]);
		Self::fund(&owner);
		let start = pallet_workflow_registry::NextWorkflow::<Runtime>::get();
		for root in 0..24 {
			publish(&owner, start + root, Vec::new());
		}
		for middle in 0..8 {
			let first = start + middle * 3;
			publish(&owner, start + 24 + middle, equal(first..first + 3));
		}
		publish(&owner, start + 32, equal(start + 24..start + 32));
		(start + 32, 1)
	}
}

fn bond(account: &AccountId, role: Role, audit_key: [u8; 32]) {
	Setup::fund(account);
	let peer = sp_io::crypto::ed25519_generate(BENCHMARK_KEYS, None);
	let keys = receipt::keys::KeySet {
		peer: peer.0,
		encryption: [7; 32],
		audit: audit_key,
	};
	let message = receipt::keys::binding(account.as_ref(), &keys);
	let sign = |key: &ed25519::Public| {
		sp_io::crypto::ed25519_sign(BENCHMARK_KEYS, key, &message)
			.expect("the keystore has the key")
			.0
	};
	let audit = ed25519::Public::from_raw(audit_key);
	RoleStaking::bond(
		RuntimeOrigin::signed(account.clone()),
		role,
		500_000 * HAI,
		keys,
		sign(&peer),
		sign(&audit),
	)
	.expect("the account is funded and its keys are its own");
}

fn declare(validator: &AccountId) {
	let pairs = BoundedVec::truncate_from(vec![BENCHMARK_PAIR]);
	RoleStaking::declare_pairs(RuntimeOrigin::signed(validator.clone()), pairs)
		.expect("a validator names a pair once");
}

fn publish(owner: &AccountId, number: u32, parents: Vec<Parent>) {
	let mut manifest_hash = [1; 32];
	manifest_hash[..4].copy_from_slice(&number.to_le_bytes());
	let input = PublishInput {
		name: BoundedVec::truncate_from(vec![b'n'; MAX_NAME as usize]),
		manifest_hash,
		manifest_location: BoundedVec::truncate_from(vec![b'l'; MAX_LOCATION as usize]),
		price: Price {
			mode: PriceMode::Share,
			base: HAI,
			per_token: HAI,
		},
		split: None,
		min_upstream_share: Permill::zero(),
		parents: BoundedVec::truncate_from(parents),
		model: MODEL,
		max_tokens: 4_096,
	};
	WorkflowRegistry::publish(RuntimeOrigin::signed(owner.clone()), Box::new(input))
		.expect("the owner is funded and the input in order");
}

/// Parents with equal shares.
fn equal(workflows: core::ops::Range<WorkflowId>) -> Vec<Parent> {
	let count = workflows.end.saturating_sub(workflows.start).max(1);
	let (share, rest) = (WHOLE / count, WHOLE % count);
	workflows
		.clone()
		.map(|workflow| Parent {
			workflow,
			version: 1,
			share: Permill::from_parts(if workflow == workflows.start {
				share + rest
			} else {
				share
			}),
		})
		.collect()
}

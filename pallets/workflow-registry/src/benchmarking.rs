//! Measures the calls at their largest: eight parents, 32 beneficiaries, full names.

use super::*;
use alloc::{boxed::Box, vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	BoundedVec,
	traits::{
		EnsureOrigin,
		fungible::{Inspect, Mutate},
	},
};
use frame_system::RawOrigin;
use pallet_terms::TermsSource;
use polkadot_sdk::*;
use sp_arithmetic::Permill;
use sp_runtime::{AccountId32, SaturatedConversion};

fn funded<T: Config>(name: &'static str) -> AccountId32 {
	let who: AccountId32 = account(name, 0, 0);
	let deposits = T::Terms::current().1.deposits;
	let funds = deposits
		.publish_base
		.saturating_add(deposits.publish_per_byte.saturating_mul(4_096))
		.saturating_mul(200)
		.saturating_add(T::Currency::minimum_balance());
	let _ = T::Currency::mint_into(&who, funds);
	who
}

fn input(seed: u32, parents: Vec<Parent>) -> Box<PublishInput> {
	let mut manifest_hash = [1u8; 32];
	manifest_hash[..4].copy_from_slice(&seed.to_le_bytes());
	Box::new(PublishInput {
		name: BoundedVec::truncate_from(vec![b'n'; MAX_NAME as usize]),
		manifest_hash,
		manifest_location: BoundedVec::truncate_from(vec![b'l'; MAX_LOCATION as usize]),
		price: Price {
			mode: PriceMode::Share,
			base: 1,
			per_token: 1,
		},
		split: None,
		min_upstream_share: Permill::zero(),
		parents: BoundedVec::truncate_from(parents),
		model: [2; 32],
		max_tokens: 4_096,
	})
}

fn equal(workflows: core::ops::Range<WorkflowId>) -> Vec<Parent> {
	let count = workflows.end.saturating_sub(workflows.start).max(1);
	let share = WHOLE / count;
	workflows
		.clone()
		.map(|workflow| Parent {
			workflow,
			version: 1,
			share: Permill::from_parts(if workflow == workflows.start {
				share + WHOLE % count
			} else {
				share
			}),
		})
		.collect()
}

/// Publishes 24 roots and eight workflows that build on three of them each; returns the eight as
/// the parents of one that has 32 beneficiaries.
fn ancestry<T: Config>(owner: &AccountId32) -> Vec<Parent> {
	let start = NextWorkflow::<T>::get();
	for root in 0..24 {
		published::<T>(owner, input(start + root, vec![]));
	}
	for middle in 0..8 {
		let first = start + middle * 3;
		published::<T>(owner, input(start + 24 + middle, equal(first..first + 3)));
	}
	equal(start + 24..start + 32)
}

fn published<T: Config>(owner: &AccountId32, input: Box<PublishInput>) -> WorkflowId {
	let workflow = NextWorkflow::<T>::get();
	Pallet::<T>::publish(RawOrigin::Signed(owner.clone()).into(), input)
		.expect("the owner is funded and the input valid");
	workflow
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn publish() {
		let owner = funded::<T>("owner");
		let parents = ancestry::<T>(&owner);
		let workflow = NextWorkflow::<T>::get();

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), input(200, parents));

		let table = Versions::<T>::get(workflow, 1).map(|publication| publication.upstream.len());
		assert_eq!(table, Some(MAX_BENEFICIARIES as usize));
	}

	#[benchmark]
	fn new_version() {
		let owner = funded::<T>("owner");
		let parents = ancestry::<T>(&owner);
		let workflow = published::<T>(&owner, input(200, vec![]));

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), workflow, input(201, parents));

		assert_eq!(Pallet::<T>::latest_version(workflow), Some(2));
	}

	#[benchmark]
	fn set_price() {
		let owner = funded::<T>("owner");
		let parents = ancestry::<T>(&owner);
		let workflow = published::<T>(&owner, input(200, parents));
		let price = Price {
			mode: PriceMode::Share,
			base: 5,
			per_token: 5,
		};

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), workflow, price);

		assert_eq!(Pallet::<T>::latest_version(workflow), Some(2));
	}

	#[benchmark]
	fn offer() {
		let owner = funded::<T>("owner");
		let workflow = published::<T>(&owner, input(200, vec![]));
		let to: AccountId32 = account("to", 0, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), workflow, Some(to));

		assert!(Workflows::<T>::get(workflow).is_some_and(|entry| entry.offered_to.is_some()));
	}

	#[benchmark]
	fn accept() -> Result<(), BenchmarkError> {
		let owner = funded::<T>("owner");
		let to = funded::<T>("to");
		let workflow = published::<T>(&owner, input(200, vec![]));
		Pallet::<T>::offer(RawOrigin::Signed(owner).into(), workflow, Some(to.clone()))?;

		#[extrinsic_call]
		_(RawOrigin::Signed(to.clone()), workflow);

		assert_eq!(Pallet::<T>::owner_of(workflow), Some(to));
		Ok(())
	}

	#[benchmark]
	fn retire() {
		let owner = funded::<T>("owner");
		let workflow = published::<T>(&owner, input(200, vec![]));

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), workflow);

		let entry = Workflows::<T>::get(workflow);
		assert!(entry.is_some_and(|entry| matches!(entry.standing, Standing::Retired { .. })));
	}

	/// Two ancestries take turns, so that each removal counts 32 ancestors down.
	#[benchmark]
	fn reclaim(n: Linear<1, RECLAIM_BATCH>) -> Result<(), BenchmarkError> {
		let owner = funded::<T>("owner");
		let (even, odd) = (ancestry::<T>(&owner), ancestry::<T>(&owner));
		let origin = RawOrigin::Signed(owner.clone());
		let workflow = published::<T>(&owner, input(200, even.clone()));
		for version in 1..n {
			let parents = if version % 2 == 0 {
				even.clone()
			} else {
				odd.clone()
			};
			Pallet::<T>::new_version(origin.clone().into(), workflow, input(200 + version, parents))?;
		}
		Pallet::<T>::retire(origin.clone().into(), workflow)?;
		let until = Pallet::<T>::unused_from();
		frame_system::Pallet::<T>::set_block_number(until.saturated_into());

		#[extrinsic_call]
		_(origin, workflow);

		assert!(Workflows::<T>::get(workflow).is_none());
		Ok(())
	}

	#[benchmark]
	fn ban() -> Result<(), BenchmarkError> {
		let owner = funded::<T>("owner");
		let workflow = published::<T>(&owner, input(200, vec![]));
		let origin = T::BanOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, workflow);

		assert_eq!(Pallet::<T>::owner_of(workflow), None);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

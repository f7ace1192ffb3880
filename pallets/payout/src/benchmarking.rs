//! Measures the calls, and what settlements call.

use super::*;
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::traits::{
	Get,
	fungible::{Inspect, Mutate, MutateHold},
};
use frame_system::RawOrigin;
use polkadot_sdk::*;

/// A payer with `amount` on hold.
fn payer<T: Config>(amount: Planck) -> AccountId32 {
	let payer: AccountId32 = account("payer", 0, 0);
	let funds = amount.saturating_add(T::Currency::minimum_balance().saturating_mul(10));
	let _ = T::Currency::mint_into(&payer, funds);
	let _ = T::Currency::mint_into(&T::Treasury::get(), T::Currency::minimum_balance());
	let _ = Pallet::<T>::fund_pot();
	T::Currency::hold(&T::BenchmarkReason::get(), &payer, amount).expect("the payer was funded");
	payer
}

fn owe<T: Config>(payee: Payee) {
	let amount = T::Currency::minimum_balance().saturating_mul(5);
	let payer = payer::<T>(amount);
	let parts = [(PayeeKind::Creator, payee, amount)];
	Pallet::<T>::pay_in(&payer, &T::BenchmarkReason::get(), &parts).expect("the fee is held");
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn claim() {
		let caller: AccountId32 = whitelisted_caller();
		owe::<T>(Payee::Account(caller.clone()));

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()));

		assert_eq!(Owed::<T>::get(Payee::Account(caller)), 0);
	}

	/// A workflow that nobody owns is paid to the treasury; it costs what an owner's claim costs.
	#[benchmark]
	fn claim_workflow() {
		let caller: AccountId32 = whitelisted_caller();
		owe::<T>(Payee::Workflow(u32::MAX));

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), u32::MAX);

		assert_eq!(Owed::<T>::get(Payee::Workflow(u32::MAX)), 0);
	}

	#[benchmark]
	fn pay_in(n: Linear<1, MAX_PARTS>) {
		let amount = T::Currency::minimum_balance().saturating_mul(5);
		let payer = payer::<T>(amount.saturating_mul(n.into()));
		let mut parts: Vec<Part> = (1..n)
			.map(|workflow| (PayeeKind::Upstream, Payee::Workflow(workflow), amount))
			.collect();
		parts.push((PayeeKind::Treasury, Payee::Account(T::Treasury::get()), amount));

		#[block]
		{
			Pallet::<T>::pay_in(&payer, &T::BenchmarkReason::get(), &parts).expect("the fee is held");
		}

		assert_eq!(TotalOwed::<T>::get(), amount.saturating_mul(Planck::from(n - 1)));
	}

	#[benchmark]
	fn end_era(n: Linear<0, { pallet_terms::MAX_VALIDATORS }>) {
		owe::<T>(Payee::Account(Pallet::<T>::pool()));
		for number in 0..n {
			Pallet::<T>::credit_verdict(&account("validator", number, 0));
		}
		let validators;

		#[block]
		{
			validators = Pallet::<T>::end_era();
		}

		assert_eq!(validators, n);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

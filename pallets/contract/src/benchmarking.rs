//! Benchmarks.

use super::*;
use frame_benchmarking::v2::*;
use frame_support::traits::{
	EnsureOrigin,
	fungible::{Inspect, Mutate},
};
use frame_system::RawOrigin;
use pallet_terms::types::TermsSource;
use sp_core::H256;
use sp_runtime::AccountId32;

fn funded<T: Config>() -> AccountId32 {
	let who: AccountId32 = whitelisted_caller();
	let (_, terms) = T::Terms::current();
	let amount = T::Currency::minimum_balance()
		.saturating_add(terms.deposits.anchor)
		.saturating_mul(10);
	T::Currency::set_balance(&who, amount);
	who
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn anchor() {
		let who = funded::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()), H256::repeat_byte(1), 5, NO_ANCHOR);
		assert_eq!(Logs::<T>::get(&who).map(|log| log.anchors), Some(1));
	}

	#[benchmark]
	fn close_log() {
		let who = funded::<T>();
		Pallet::<T>::anchor(
			RawOrigin::Signed(who.clone()).into(),
			H256::repeat_byte(1),
			5,
			NO_ANCHOR,
		)
		.expect("the account is funded");
		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()));
		assert!(!Logs::<T>::contains_key(&who));
	}

	#[benchmark]
	fn amend_constitution() -> Result<(), BenchmarkError> {
		let origin = T::AmendOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let hash = H256::repeat_byte(9);
		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, hash);
		assert_eq!(Constitution::<T>::get().map(|record| record.hash), Some(hash));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

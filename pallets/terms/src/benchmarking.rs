//! Measures the calls.

use super::*;
use alloc::boxed::Box;
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use polkadot_sdk::*;

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn set_terms() -> Result<(), BenchmarkError> {
		let origin = T::SetOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
		let (version, mut terms) = <Pallet<T> as TermsSource>::current();
		terms.jobs.min_fee_per_token = terms.jobs.min_fee_per_token.saturating_add(1);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, Box::new(terms));

		assert_eq!(CurrentVersion::<T>::get(), version + 1);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

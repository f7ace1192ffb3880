//! Benchmarks.

use super::*;
use calibration::{Bands, Bucket, Entry};
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use receipt::PairKey;

const PAIR: PairKey = [7; 32];

const ENTRY: Entry = Entry {
	record: [1; 32],
	model: [2; 32],
	bands: Bands::CPU,
	detection: Bucket::ASSUMED,
};

fn origin<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	T::RegisterOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register() -> Result<(), BenchmarkError> {
		let origin = origin::<T>()?;
		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, PAIR, ENTRY);
		assert_eq!(
			Calibrations::<T>::get(PAIR).map(|calibration| calibration.entry),
			Some(ENTRY)
		);
		Ok(())
	}

	#[benchmark]
	fn withdraw() -> Result<(), BenchmarkError> {
		Pallet::<T>::register(origin::<T>()?, PAIR, ENTRY)?;
		let origin = origin::<T>()?;
		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, PAIR);
		assert!(!Pallet::<T>::is_calibrated(&PAIR, &ENTRY.model));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

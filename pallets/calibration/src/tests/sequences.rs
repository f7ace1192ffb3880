//! Any sequence of calls keeps the invariants.

use crate::mock::*;
use calibration::Entry;
use frame_system::RawOrigin;
use polkadot_sdk::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
	Register(u8, u8),
	Withdraw(u8),
	Wait(u32),
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		(0u8..6, 0u8..3).prop_map(|(pair, record)| Step::Register(pair, record)),
		(0u8..6).prop_map(Step::Withdraw),
		(1u32..40).prop_map(Step::Wait),
	]
}

proptest! {
	#[test]
	fn every_sequence_keeps_the_invariants(steps in proptest::collection::vec(step(), 1..60)) {
		new_test_ext().execute_with(|| {
			let congress = || RawOrigin::Signed(CONGRESS).into();
			for step in steps {
				let before = Pairs::calibrations();
				let done = match step {
					Step::Register(pair, record) => {
						let entry = Entry { record: [record; 32], ..ENTRY };
						Pairs::register(congress(), [pair; 32], entry)
					}
					Step::Withdraw(pair) => Pairs::withdraw(congress(), [pair; 32]),
					Step::Wait(blocks) => {
						System::set_block_number(System::block_number() + blocks);
						continue;
					}
				};
				check();
				prop_assert_eq!(done.is_err(), Pairs::calibrations() == before);
			}
			Ok(())
		})?;
	}
}

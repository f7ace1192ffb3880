//! Tests by topic.

mod attest;
mod canary;
mod deliver;
mod dispute;
mod draw;
mod pairs;
mod posting;
mod private;
mod queue;
mod request;
mod sampled;
mod sequences;
mod trace;
mod vector;
mod verdicts;

use crate::{mock::*, *};
use frame_support::{
	assert_noop, assert_ok,
	traits::fungible::{Inspect, InspectHold},
};
use polkadot_sdk::*;
use receipt::{JobId, Planck, Verdict, attestation::Reason};
use sp_runtime::{AccountId32, DispatchError};
use verification::Stage;

type Refused = Error<Test>;

const VALID: Option<Verdict> = Some(Verdict::Valid);
const INVALID: Option<Verdict> = Some(Verdict::Invalid(Reason::Sampling));
const UNAVAILABLE: Option<Verdict> = Some(Verdict::Unavailable);

fn signed(who: &AccountId32) -> RuntimeOrigin {
	RuntimeOrigin::signed(who.clone())
}

fn free(who: &AccountId32) -> Planck {
	Balances::balance(who)
}

fn held(reason: HoldReason, who: &AccountId32) -> Planck {
	Balances::balance_on_hold(&reason.into(), who)
}

/// Neither the panel of a replicated job nor the jury, which has longer, can fetch its transcript.
fn hide(id: JobId) {
	audit(id, &[UNAVAILABLE; 4]);
	advance(3);
	audit(id, &[UNAVAILABLE; 5]);
}

fn last_event() -> Event<Test> {
	System::events()
		.into_iter()
		.rev()
		.find_map(|record| match record.event {
			RuntimeEvent::Log(event) => Some(event),
			_ => None,
		})
		.expect("there is an event of this pallet")
}

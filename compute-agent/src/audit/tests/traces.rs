//! The traces by which auditors show that they made the run.

use super::{WARM, honest, input, long_run, reseal};
use crate::{
	audit::{AuditError, AuditTask, Bands, MAX_TRACERS, audit_and_trace},
	engine::{
		Engine,
		testing::{Noisy, portable},
	},
};
use receipt::{
	Transcript, Verdict,
	attestation::Reason,
	trace::{Likeness, Tracer, compare},
};

/// So many auditors of the first round.
fn tracers(count: usize) -> Vec<Tracer> {
	let of = |number: usize| Tracer {
		auditor: [number as u8; 32],
		round: 0,
	};
	(0..count).map(of).collect()
}

#[test]
fn traces_are_those_of_the_run_whatever_the_verdict_is() {
	let (engine, tracers) = (portable(1), tracers(3));
	let (task, transcript) = long_run(&engine, WARM, 40);
	let ask = |engine: &dyn Engine, task: &AuditTask, transcript: &Transcript| {
		audit_and_trace(engine, task, transcript, &Bands::CPU, &tracers).expect("same pair")
	};
	let honest = ask(&engine, &task, &transcript);
	assert_eq!(honest.verdict, Verdict::Valid);
	assert!(honest.traces.iter().all(Option::is_some));
	for (number, trace) in honest.traces.iter().enumerate() {
		for (other, shown) in honest.traces.iter().enumerate() {
			assert_eq!(
				compare(shown.as_ref(), trace.as_ref()) == Likeness::Same,
				number == other
			);
		}
	}
	// A fingerprint that is not of this run: the receipt is another, and so are the points, but there was a run.
	let (mut forged, mut changed) = (task, transcript.clone());
	changed.fingerprint.chunks[0][2] ^= 0x7f;
	reseal(&mut forged, &changed);
	let found = ask(&engine, &forged, &changed);
	assert_eq!(found.verdict, Verdict::Invalid(Reason::Fingerprint));
	assert!(found.traces.iter().all(Option::is_some) && found.traces != honest.traces);
	// What contradicts itself is not run.
	let mut forged = task;
	forged.receipt.tokens_out += 1;
	let found = ask(&engine, &forged, &transcript);
	assert_eq!(
		(found.verdict, found.traces),
		(Verdict::Invalid(Reason::Structure), vec![None; 3])
	);
	// Neither does an engine show anything that cannot.
	let noisy = Noisy { engine, noise: 0.0 };
	let found = ask(&noisy, &task, &transcript);
	assert_eq!((found.verdict, found.traces), (Verdict::Valid, vec![None; 3]));
}

#[test]
fn of_an_opened_canary_the_traces_are_at_the_delivered_receipts_points() {
	use receipt::canary::{Planting, plant};
	let (engine, tracers) = (portable(1), tracers(2));
	let (mut task, truth) = long_run(&engine, WARM, 40);
	let planted = plant(&truth, 0, 3).expect("there is a chunk");
	reseal(&mut task, &planted);
	let before = audit_and_trace(&engine, &task, &planted, &Bands::CPU, &tracers).expect("same pair");
	task.opened = Some(Planting {
		transcript: truth.hash(),
		fingerprint: truth.fingerprint.root(),
		chunk: 0,
		shift: 3,
	});
	let after = audit_and_trace(&engine, &task, &truth, &Bands::CPU, &tracers).expect("same pair");
	assert_eq!(after.verdict, Verdict::Valid);
	assert!(after.traces.iter().all(Option::is_some));
	assert_eq!(after.traces, before.traces, "the same receipt and the same run");
}

#[test]
fn more_tracers_than_a_job_can_have_auditors_are_refused() {
	let engine = portable(1);
	let (task, transcript) = honest(&engine, 1, input("in", WARM, 4));
	let ask = |count| audit_and_trace(&engine, &task, &transcript, &Bands::CPU, &tracers(count));
	assert!(ask(MAX_TRACERS).is_ok_and(|audited| audited.traces.len() == MAX_TRACERS));
	assert!(matches!(
		ask(MAX_TRACERS + 1),
		Err(AuditError::TooManyTracers { given: 65 })
	));
}

//! Jobs with all that is known of them, what auditors owe, and how those did that took part.

use super::{calibrations::calibration_entry, check};
use crate::{Shared, canaries::AuditorAccuracy, jobs::*};
use receipt::{
	CheckKind, Figures, Receipt, Sampling, StopReason, Ticket, Tier, Verdict,
	attestation::Opening,
	canary::Planting,
	trace::{Evidence, POINTS, Shown, Trace, Tracer},
};

const TRACE: Trace = Trace([3; POINTS]);

fn ticket() -> Shared<Ticket> {
	Ticket {
		genesis: [1; 32],
		node: [2; 32],
		caller: [3; 32],
		workflow: 4,
		version: 5,
		terms: 6,
		input: [7; 32],
		pair: [8; 32],
		check: CheckKind::TokenPrefill,
		tier: Tier::Replicated,
		prompt_tokens: 9,
		max_tokens: 10,
		node_price: receipt::Price {
			base: 11,
			per_token: 12,
		},
		fee: 13,
		nonce: [14; 32],
		expires_at: 15,
	}
	.into()
}

fn receipt() -> Shared<Receipt> {
	Receipt {
		job: 1,
		check: CheckKind::TokenPrefill,
		pair: [2; 32],
		request: [3; 32],
		output: [4; 32],
		transcript: [5; 32],
		tokens_in: 6,
		tokens_out: 7,
		sampling: Sampling::GREEDY,
		stop: StopReason::Aborted([8; 64]),
		fingerprint: [9; 32],
		sealed_canary: [10; 32],
	}
	.into()
}

pub(super) fn payouts() -> Vec<PayoutLine> {
	vec![
		PayoutLine {
			kind: PayoutKind::Creator,
			payee: Payee::Workflow(1),
			amount: 2,
		},
		PayoutLine {
			kind: PayoutKind::Treasury,
			payee: Payee::Account([3; 32]),
			amount: 4,
		},
	]
}

fn states() -> Vec<JobState> {
	let charge = Charge {
		total: 1,
		node_part: 2,
	};
	vec![
		JobState::Assigned { deliver_by: 1 },
		JobState::Delivered {
			from: 1,
			draw: Draw::Who(Stage::Jury),
		},
		JobState::Auditing {
			stage: Stage::Auditor,
			commit_until: 1,
			reveal_from: 2,
			reveal_until: 3,
		},
		JobState::Payable { at: 1, settle_at: 2 },
		JobState::Settled {
			at: 1,
			charge,
			payouts: payouts(),
		},
		JobState::TimedOut { at: 1 },
		JobState::Cancelled { at: 1 },
		JobState::Refunded {
			at: 1,
			reason: RefundReason::NoQuorum,
		},
		JobState::Opening {
			until: 1,
			stage: Stage::Panel,
		},
	]
}

pub(super) fn planting() -> Shared<Planting> {
	Planting {
		transcript: [1; 32],
		fingerprint: [2; 32],
		chunk: 3,
		shift: 4,
	}
	.into()
}

fn canaries() -> [Canary; 3] {
	let opened = OpenedCanary {
		at: 1,
		planting: planting(),
		error_milli: 2,
		had_passed: true,
		planted: vec![PlantedVerdict {
			auditor: [3; 32],
			verdict: Verdict::Unavailable.into(),
			credited: false,
			idle: true,
		}],
		saw: 4,
		missed: 5,
	};
	[Canary::Sealed, Canary::Asked, Canary::Opened(opened)]
}

pub(crate) fn job(state: JobState, canary: Canary) -> Job {
	let opening = Opening {
		verdict: Verdict::Valid,
		figures: Figures::default(),
		evidence: Evidence {
			trace: Some(TRACE),
			neighbour: None,
			untrue: 4,
		},
		salt: [1; 32],
	};
	Job {
		ticket: ticket(),
		ticket_hash: [1; 32],
		ticket_signature: [2; 64],
		ticket_key: [3; 32],
		requested_at: 4,
		terms: 5,
		record_deposit: 6,
		randomness: [7; 32],
		state,
		due: 8,
		delivery: Some(Delivery {
			receipt: receipt(),
			hash: [9; 32],
			signature: [10; 64],
			key: [11; 32],
			at: 12,
		}),
		audit: Audit {
			node_part: 1,
			calibration: Some(calibration_entry().into()),
			probability: verification::Ppm::ONE.into(),
			penalty: 2,
			stage: Some(Stage::Panel),
			accuser: Some([3; 32]),
			earlier: vec![Finding {
				auditor: [4; 32],
				verdict: Verdict::Valid.into(),
				error_milli: 5,
				round: 6,
				trace: Some(TRACE.into()),
				contradicts: true,
			}],
			agreed: Some(Class::Invalid),
			idle: 7,
			slashed: 8,
			dispute: Some(Dispute {
				at: 6,
				deposit: 7,
				stage: Stage::Jury,
				settled: 8,
				outcome: DisputeOutcome::Undecided,
			}),
			posted: Some(Posting {
				at: 9,
				hash: [10; 32],
				stage: Stage::Panel,
			}),
			canary,
		},
		committee: vec![Seat {
			auditor: [13; 32],
			key: [14; 32],
			commitment: Some([15; 32]),
			opening: Some(opening.into()),
		}],
		class: Some(Class::Valid),
		quorum: vec![[16; 32]],
		absent: vec![[17; 32]],
	}
}

#[test]
fn jobs_in_every_state() {
	for (number, state) in states().into_iter().enumerate() {
		let job = job(state, canaries()[number % 3].clone());
		check("pallet_execution_log::types::Job", job);
	}
	for phase in [
		AuditPhase::Commit { until: 1 },
		AuditPhase::Reveal {
			until: 2,
			commitment: [3; 32],
		},
	] {
		let owed = Owed {
			job: 1,
			key: [2; 32],
			round: 1,
			phase,
			node: [3; 32],
			receipt_hash: [4; 32],
			receipt: receipt(),
			ticket_hash: [5; 32],
			input: [6; 32],
			nonce: [7; 32],
			randomness: [8; 32],
			max_tokens: 9,
			opened: Some(planting()),
			committee: vec![[10; 32]],
			earlier: vec![
				Shown {
					tracer: Tracer {
						auditor: [11; 32],
						round: 12,
					},
					verdict: Verdict::Valid,
					trace: Some(TRACE),
				}
				.into(),
			],
		};
		check("pallet_execution_log::types::Owed", owed);
	}
	check(
		"pallet_execution_log::types::AuditorAccuracy",
		AuditorAccuracy {
			canaries: 3,
			missed: 2,
			near_missed: 1,
			idle: 4,
		},
	);
	check(
		"pallet_execution_log::types::WorkflowStatistics",
		WorkflowStatistics {
			runs: 1,
			audited_runs: 6,
			private_runs: 5,
			charged: 2,
			earned: 3,
			callers: 4,
		},
	);
	check(
		"pallet_execution_log::types::NodeStatistics",
		NodeStatistics {
			settled: 1,
			audited: 10,
			private_runs: 9,
			timed_out: 2,
			cancelled: 3,
			invalid: 4,
			unavailable: 5,
			no_quorum: 6,
			unsettled: 7,
			callers: 8,
		},
	);
	check(
		"pallet_execution_log::types::Reputation",
		Reputation {
			score: verification::Score::ZERO.into(),
			probation: verification::Probation::default().into(),
			incident: Some(verification::Incident::open(1, 2).into()),
			finder: Some([7; 32]),
			absent_since: Some(4),
			ejected: true,
		},
	);
}

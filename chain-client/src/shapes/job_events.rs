//! What happens to jobs.

use super::{
	check,
	jobs::{payouts, planting},
};
use crate::jobs::{Charge, Class, DisputeOutcome, JobEvent, RefundReason, Stage};
use receipt::Verdict;

#[test]
fn job_events() {
	let account = [2; 32];
	for event in [
		JobEvent::Requested {
			job: 1,
			ticket: [1; 32],
			caller: account,
			node: account,
			workflow: 3,
			version: 4,
			fee: 5,
			randomness: [6; 32],
			deliver_by: 7,
		},
		JobEvent::Cancelled { job: 1 },
		JobEvent::Delivered {
			job: 1,
			receipt: [1; 32],
			tokens_in: 2,
			tokens_out: 3,
		},
		JobEvent::TimedOut { job: 1 },
		JobEvent::Drawn {
			job: 1,
			stage: Stage::Panel,
			committee: vec![account],
			commit_until: 2,
		},
		JobEvent::Committed {
			job: 1,
			auditor: account,
		},
		JobEvent::RevealsOpen {
			job: 1,
			from: 2,
			until: 3,
		},
		JobEvent::Revealed {
			job: 1,
			auditor: account,
			verdict: Verdict::Unavailable.into(),
		},
		JobEvent::Absent {
			job: 1,
			auditor: account,
		},
		JobEvent::NotDrawn { job: 1 },
		JobEvent::Escalated {
			job: 1,
			stage: Stage::Jury,
		},
		JobEvent::NodeAsked { job: 1, until: 2 },
		JobEvent::CanaryOpened {
			job: 1,
			planting: planting(),
		},
		JobEvent::CanaryConfirmed {
			job: 1,
			saw: 2,
			missed: 3,
		},
		JobEvent::WrongVerdict {
			job: 1,
			auditor: account,
			verdict: Verdict::Valid.into(),
		},
		JobEvent::IdleAuditor {
			job: 1,
			auditor: account,
		},
		JobEvent::IncidentOpened {
			node: account,
			job: 1,
			penalty: 2,
			closes_at: 3,
		},
		JobEvent::Judged {
			job: 1,
			class: Class::Invalid,
			quorum: vec![account],
		},
		JobEvent::Refunded {
			job: 1,
			reason: RefundReason::Unsettled,
		},
		JobEvent::Settled {
			job: 1,
			charge: Charge {
				total: 1,
				node_part: 2,
			},
			payouts: payouts(),
		},
		JobEvent::Pruned { job: 1 },
		JobEvent::Disputed {
			job: 1,
			deposit: 2,
			stage: Stage::Panel,
		},
		JobEvent::DisputeEnded {
			job: 1,
			deposit: 2,
			outcome: DisputeOutcome::Upheld,
		},
		JobEvent::TranscriptPosted {
			job: 1,
			stage: Stage::Jury,
			hash: [2; 32],
			length: 3,
		},
		JobEvent::IncidentClosed {
			node: account,
			failures: 1,
			slash: 2,
		},
		JobEvent::Ejected { node: account },
	] {
		assert!(matches!(event.job(), Some(1) | None));
		check("pallet_execution_log::pallet::Event", event);
	}
}

//! Jobs that nobody but the node sees.

use super::*;
use receipt::{Ticket, Tier};

fn private(nonce: u8) -> Ticket {
	Ticket {
		tier: Tier::Private,
		..ticket(nonce)
	}
}

#[test]
fn a_private_job_is_paid_without_auditors_and_speaks_for_nobody() {
	new_test_ext().execute_with(|| {
		// Not even a committee could be drawn.
		AuditorCount::set(&0);
		assert_ok!(request(private(1)));
		deliver(receipt_for(0)).expect("in order");
		let now = System::block_number();
		assert_eq!(
			state(0),
			JobState::Payable {
				at: now,
				settle_at: now + 3
			}
		);
		advance(2);
		assert!(matches!(state(0), JobState::Payable { .. }), "the window is open");
		advance(1);
		let job = Log::job(0).expect("it is there");
		let JobState::Settled { charge, payouts, .. } = job.state else {
			panic!("{:?}", job.state)
		};
		assert!(job.committee.is_empty() && job.quorum.is_empty() && job.class.is_none());
		assert_eq!(
			payouts.iter().map(|line| line.amount).sum::<Planck>(),
			charge.total
		);
		assert!(payouts.iter().all(|line| line.kind != PayoutKind::Validator));

		let workflow = WorkflowStats::<Test>::get(job.ticket.workflow);
		assert_eq!(
			(workflow.runs, workflow.callers, workflow.private_runs),
			(0, 0, 1)
		);
		let node = NodeStats::<Test>::get(NODE);
		assert_eq!((node.settled, node.callers, node.private_runs), (0, 0, 1));
		check();
	});
}

#[test]
fn a_private_job_that_is_not_delivered_is_refunded_and_the_node_pays() {
	new_test_ext().execute_with(|| {
		assert_ok!(request(private(1)));
		advance(12);
		assert!(matches!(state(0), JobState::TimedOut { .. }));
		assert_eq!(held(HoldReason::Fee, &CALLER), 0);
		assert_eq!(downtimes(), vec![NODE]);
		check();
	});
}

//! What a record says of the audit of its job.

use super::*;
use crate::shapes::jobs::job;

#[test]
fn a_record_says_who_was_idle_and_whether_a_panel_looks_again() {
	let record = |round, verdict: Verdict, dispute| {
		let mut record = job(JobState::TimedOut { at: 1 }, Canary::Sealed);
		record.audit.earlier[0].round = round;
		record.audit.earlier[0].verdict = verdict.into();
		record.audit.dispute = dispute;
		record
	};
	let disputed = |stage| Dispute {
		at: 6,
		deposit: 7,
		stage,
		settled: 1,
		outcome: DisputeOutcome::Open,
	};
	for (round, verdict, dispute, expect) in [
		(0, Verdict::Valid, None, true),
		(3, Verdict::Valid, None, true),
		(0, Verdict::Unavailable, None, false),
		(1, Verdict::Valid, None, false),
		(0, Verdict::Valid, Some(disputed(Stage::Panel)), false),
		(0, Verdict::Valid, Some(disputed(Stage::Jury)), true),
	] {
		let record = record(round, verdict, dispute);
		assert_eq!(
			record.is_looked_at_again(),
			expect,
			"{round} {verdict:?} {dispute:?}"
		);
	}
	let mut record = record(0, Verdict::Valid, None);
	record.audit.idle = 0b101;
	let idle = [0, 1, 2, 63, 64].map(|number| record.is_idle(number));
	assert_eq!(idle, [true, false, true, false, false]);
}

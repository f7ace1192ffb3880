//! What an auditor shows of its own run, and says of the runs of others.

use crate::audit::Audited;
use receipt::{
	Account, Hash,
	attestation::sitting,
	trace::{Evidence, Likeness, Shown, Tracer, compare},
};

/// Who else looks, or looked, at a job: all whose traces its auditors compute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Auditors {
	/// The seats of the stage, in the chain's order.
	pub committee: Vec<Account>,
	/// The findings of the stages before, in the chain's order.
	pub earlier: Vec<Shown>,
}

impl Auditors {
	/// The sitting, for which an answer holds.
	pub(super) fn sitting(&self, round: u8) -> Hash {
		sitting(round, &self.committee, &self.earlier)
	}

	/// Those whose traces are computed: the seats of this round, then the earlier ones.
	pub(super) fn tracers(&self, round: u8) -> Vec<Tracer> {
		let seats = self.committee.iter().map(|auditor| Tracer {
			auditor: *auditor,
			round,
		});
		let earlier = self.earlier.iter().map(|shown| shown.tracer);
		seats.chain(earlier).collect()
	}

	/// What one of them says beside its verdict, if an audit found this for the [tracers](Self::tracers). Whoever sits
	/// in no seat has no trace of its own.
	pub(super) fn evidence(&self, auditor: &Account, audited: &Audited) -> Evidence {
		if !audited.verdict.takes_a_run() {
			return Evidence::default();
		}
		let seats = self.committee.len();
		let computed = |number: usize| audited.traces.get(number).copied().flatten();
		let own = self.committee.iter().position(|seat| seat == auditor);
		let next = own.map(|own| (own + 1) % seats).filter(|_| seats > 1);
		let is_untrue = |number: usize, shown: &Shown| {
			let own = computed(seats + number);
			shown.verdict.takes_a_run() && compare(shown.trace.as_ref(), own.as_ref()) != Likeness::Same
		};
		let untrue = self.earlier.iter().take(u64::BITS as usize).enumerate();
		Evidence {
			trace: own.and_then(computed),
			neighbour: next.and_then(computed),
			untrue: untrue
				.filter(|(number, shown)| is_untrue(*number, shown))
				.fold(0, |bits, (number, _)| bits | 1 << number),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use receipt::{
		Figures, Verdict,
		attestation::Reason,
		trace::{POINTS, Trace},
	};

	fn trace(value: f32) -> Option<Trace> {
		Some(Trace::of(&[value; POINTS]))
	}

	fn shown(auditor: u8, verdict: Verdict, value: f32) -> Shown {
		Shown {
			tracer: Tracer {
				auditor: [auditor; 32],
				round: 0,
			},
			verdict,
			trace: trace(value),
		}
	}

	fn audited(verdict: Verdict, values: &[f32]) -> Audited {
		Audited {
			verdict,
			figures: Figures::default(),
			traces: values.iter().map(|value| trace(*value)).collect(),
		}
	}

	fn auditors(committee: &[u8], earlier: Vec<Shown>) -> Auditors {
		Auditors {
			committee: committee.iter().map(|seat| [*seat; 32]).collect(),
			earlier,
		}
	}

	#[test]
	fn each_shows_its_own_trace_and_commits_to_that_of_the_next_seat() {
		let court = auditors(&[1, 2, 3], Vec::new());
		let audited = audited(Verdict::Valid, &[1.0, 2.0, 3.0]);
		for (auditor, own, next) in [(1, 1.0, 2.0), (2, 2.0, 3.0), (3, 3.0, 1.0)] {
			let expected = Evidence {
				trace: trace(own),
				neighbour: trace(next),
				untrue: 0,
			};
			assert_eq!(court.evidence(&[auditor; 32], &audited), expected);
		}
		assert_eq!(court.evidence(&[9; 32], &audited), Evidence::default());
		let alone = auditors(&[1], Vec::new()).evidence(&[1; 32], &audited);
		assert_eq!((alone.trace, alone.neighbour), (trace(1.0), None));
	}

	#[test]
	fn earlier_traces_that_the_own_run_contradicts_are_named() {
		let structure = Verdict::Invalid(Reason::Structure);
		let court = auditors(
			&[1, 2],
			vec![
				shown(5, Verdict::Valid, 3.0),
				shown(6, Verdict::Valid, -3.0),
				// These need no run.
				shown(7, structure, -3.0),
				shown(8, Verdict::Unavailable, -3.0),
				Shown {
					trace: None,
					..shown(9, Verdict::Invalid(Reason::Sampling), 0.0)
				},
			],
		);
		let tracers = court.tracers(1);
		let rounds: Vec<_> = tracers
			.iter()
			.map(|tracer| (tracer.auditor[0], tracer.round))
			.collect();
		assert_eq!(rounds, [(1, 1), (2, 1), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0)]);
		let mut found = audited(Verdict::Invalid(Reason::Fingerprint), &[3.0; 7]);
		assert_eq!(court.evidence(&[2; 32], &found).untrue, 0b10010);
		// Who sits nowhere can still say it of others.
		assert_eq!(court.evidence(&[4; 32], &found).untrue, 0b10010);
		found.verdict = structure;
		assert_eq!(court.evidence(&[2; 32], &found), Evidence::default());
		// An engine that shows no values contradicts whoever shows some.
		found = Audited {
			verdict: Verdict::Valid,
			traces: vec![None; 7],
			..found
		};
		let expected = Evidence {
			untrue: 0b00011,
			..Evidence::default()
		};
		assert_eq!(court.evidence(&[2; 32], &found), expected);
	}

	#[test]
	fn as_many_earlier_findings_as_there_are_bits_have_one() {
		let court = auditors(&[1], vec![shown(5, Verdict::Valid, -3.0); 70]);
		let found = audited(Verdict::Valid, &[3.0; 71]);
		assert_eq!(court.evidence(&[1; 32], &found).untrue, u64::MAX);
	}
}

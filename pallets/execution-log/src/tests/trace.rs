//! Auditors that have not run the model, and who finds them.

mod anew;
mod neighbours;
mod second_look;
mod untrue;

use super::{canary::slashed, sampled::*, *};
use codec::Encode;
use receipt::{
	attestation::{Item, Opening},
	trace::{Evidence, Likeness, POINTS, Trace, compare},
};
use verification::Ppm;

/// What an auditor does for the verdict that it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
	/// It runs the model.
	Looks,
	/// It says what a friend told it, and makes up the rest as all such do.
	Repeats,
	/// It runs the model, and says that nobody was idle.
	Spares,
	/// It runs the model, and says that everybody was idle, and more than there are.
	Slanders,
	/// It runs the model, and makes up what its neighbour has to show.
	Lies,
}

use Manner::*;

const INVENTED: Trace = Trace([0x3f80; POINTS]);

/// The trace of who ran the model. There is none here: it follows from who is asked, and in which round.
fn true_trace(who: &AccountId32, round: u8) -> Trace {
	let bytes = sp_io::hashing::blake2_256(&(who, round).encode());
	// Between a half and one, with either sign.
	Trace(core::array::from_fn(|point| {
		let byte = u16::from(bytes[point]);
		(byte & 0x80) << 8 | 0x3f00 | byte & 0x7f
	}))
}

/// What an auditor of the stage that sits shows.
fn evidence(id: u64, who: &AccountId32, verdict: Verdict, manner: Manner) -> Evidence {
	let job = Log::job(id).expect("it exists");
	let stage = job.audit.stage.expect("a stage sits");
	let round = crate::canary::round(&job, stage);
	let members: Vec<_> = job.committee.iter().map(|seat| seat.auditor.clone()).collect();
	if !verdict.takes_a_run() {
		return Evidence::default();
	}
	let seat = members.iter().position(|member| member == who);
	let neighbour = seat
		.filter(|_| members.len() > 1)
		.map(|seat| true_trace(&members[(seat + 1) % members.len()], round));
	let untrue = job.audit.earlier.iter().enumerate().map(|(number, finding)| {
		let shown = finding.shown();
		let computed = true_trace(&finding.auditor, shown.tracer.round);
		let is_untrue =
			shown.verdict.takes_a_run() && compare(shown.trace.as_ref(), Some(&computed)) != Likeness::Same;
		u64::from(is_untrue) << number
	});
	let own = Evidence {
		trace: Some(true_trace(who, round)),
		neighbour,
		untrue: untrue.sum(),
	};
	match manner {
		Looks => own,
		Spares => Evidence { untrue: 0, ..own },
		Slanders => Evidence {
			untrue: u64::MAX,
			..own
		},
		Lies => Evidence {
			neighbour: Some(INVENTED),
			..own
		},
		Repeats => Evidence {
			trace: Some(INVENTED),
			neighbour: Some(INVENTED),
			untrue: 0,
		},
	}
}

/// What an auditor of the stage that sits opens its commitment with.
pub(super) fn opening_of(id: u64, who: &AccountId32, (verdict, manner): (Verdict, Manner)) -> Opening {
	opening_with(verdict, evidence(id, who, verdict, manner))
}

fn attest(who: &AccountId32, item: Item) {
	let (batch, signature) = batch(who, vec![item]);
	send(batch, signature).expect("it is owed");
}

/// Lets the committee commit and reveal; the verdicts are not counted yet.
fn reveal_as(id: u64, votes: &[(Option<Verdict>, Manner)]) {
	let openings: Vec<_> = committee(id)
		.into_iter()
		.zip(votes)
		.map(|(who, (verdict, manner))| {
			let opening = opening_of(id, &who, (verdict.expect("a verdict"), *manner));
			(who, opening)
		})
		.collect();
	for (who, opening) in &openings {
		attest(who, commit_to(id, who, opening));
	}
	to_reveals(id);
	for (who, opening) in openings {
		attest(&who, Item::Reveal { job: id, opening });
	}
}

fn audit_as(id: u64, votes: &[(Option<Verdict>, Manner)]) {
	reveal_as(id, votes);
	advance(1);
	after_second_look(id);
}

fn is_payable(id: u64) -> bool {
	matches!(state(id), JobState::Payable { .. })
}

/// A sampled job before its single auditor.
fn before_one(nonce: u8) -> (u64, AccountId32) {
	let id = sampled(nonce);
	advance(4);
	assert_eq!(stage(id), Stage::Auditor);
	(id, committee(id)[0].clone())
}

/// A job before the panel that looks at what its first auditor said, which it gives as well.
fn looked_at_again(nonce: u8, first: (Option<Verdict>, Manner)) -> (u64, AccountId32) {
	change(|terms| terms.verification.second_look = Ppm::ONE);
	let (id, who) = before_one(nonce);
	audit_as(id, &[first]);
	assert_eq!(stage(id), Stage::Panel, "the same draw seats it");
	assert!(committee(id).len() == 4 && !committee(id).contains(&who));
	(id, who)
}

/// A replicated job whose panel has spoken.
fn after_panel(nonce: u8, votes: &[(Option<Verdict>, Manner); 4]) -> (u64, Vec<AccountId32>) {
	let id = drawn(nonce);
	let panel = committee(id);
	audit_as(id, votes);
	(id, panel)
}

fn idle_events() -> Vec<AccountId32> {
	let events = System::events().into_iter();
	events
		.filter_map(|record| match record.event {
			RuntimeEvent::Log(Event::IdleAuditor { auditor, .. }) => Some(auditor),
			_ => None,
		})
		.collect()
}

fn wrong_verdicts() -> usize {
	let is_wrong = |event: &RuntimeEvent| matches!(event, RuntimeEvent::Log(Event::WrongVerdict { .. }));
	System::events()
		.iter()
		.filter(|record| is_wrong(&record.event))
		.count()
}

fn idle(who: &AccountId32) -> u32 {
	Log::accuracy(who.clone()).idle
}

fn credits(who: &AccountId32) -> u32 {
	Credits::get().get(who).copied().unwrap_or(0)
}

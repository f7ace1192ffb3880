//! Any sequence of calls, with any auditors offline, keeps every invariant and ends.

use super::{
	trace::{Manner, opening_of},
	*,
};
use proptest::{
	prelude::*,
	test_runner::{Config, TestRunner},
};
use receipt::{attestation::Item, canary::CanaryOpening};
use std::{
	cell::RefCell,
	collections::{BTreeMap, BTreeSet},
};

thread_local! {
	/// What was sealed in the receipts of planted jobs: a draw has one output, and many proofs.
	static OPENINGS: RefCell<BTreeMap<u64, CanaryOpening>> = const { RefCell::new(BTreeMap::new()) };
}

#[derive(Clone, Debug)]
enum Action {
	Request {
		nonce: u8,
		fee: Planck,
		caller: bool,
	},
	Start {
		nonce: u8,
		tier: u8,
		planted: bool,
	},
	Open {
		right: bool,
		auditors: Option<u8>,
	},
	Deliver {
		job: u64,
		tokens: u32,
		key: bool,
	},
	Cancel {
		job: u64,
	},
	Vote {
		offline: u8,
		verdicts: [u8; 5],
	},
	Garbage {
		job: u64,
		who: u8,
		reveal: bool,
	},
	Settle {
		job: u64,
	},
	Prune {
		job: u64,
	},
	Dispute {
		job: usize,
		caller: bool,
		court: Option<u8>,
	},
	Post {
		job: u64,
		node: bool,
	},
	Break {
		quote: bool,
		payout: bool,
	},
	Auditors {
		count: u8,
	},
	Advance {
		blocks: u32,
	},
}

fn action() -> impl Strategy<Value = Action> {
	let job = 0u64..8;
	prop_oneof![
		2 => (any::<u8>(), 1_000u128..5_000, any::<bool>())
			.prop_map(|(nonce, fee, caller)| Action::Request { nonce, fee, caller }),
		3 => (any::<u8>(), 0u8..6, any::<bool>())
			.prop_map(|(nonce, tier, planted)| Action::Start { nonce, tier, planted }),
		4 => (prop::bool::weighted(0.9), prop::option::of(0u8..3))
			.prop_map(|(right, auditors)| Action::Open { right, auditors }),
		4 => (job.clone(), 0u32..60, prop::bool::weighted(0.9))
			.prop_map(|(job, tokens, key)| Action::Deliver { job, tokens, key }),
		1 => job.clone().prop_map(|job| Action::Cancel { job }),
		8 => (prop_oneof![Just(0u8), 0u8..32], votes())
			.prop_map(|(offline, verdicts)| Action::Vote { offline, verdicts }),
		1 => (job.clone(), 0u8..6, any::<bool>())
			.prop_map(|(job, who, reveal)| Action::Garbage { job, who, reveal }),
		2 => job.clone().prop_map(|job| Action::Settle { job }),
		1 => job.clone().prop_map(|job| Action::Prune { job }),
		4 => (0usize..8, prop::bool::weighted(0.9), prop::option::of(0u8..4))
			.prop_map(|(job, caller, court)| Action::Dispute { job, caller, court }),
		2 => (job, prop::bool::weighted(0.8)).prop_map(|(job, node)| Action::Post { job, node }),
		1 => (any::<bool>(), any::<bool>())
			.prop_map(|(quote, payout)| Action::Break { quote, payout }),
		1 => (3u8..6).prop_map(|count| Action::Auditors { count }),
		6 => (1u32..7).prop_map(|blocks| Action::Advance { blocks }),
	]
}

/// Mostly one verdict for all, as honest auditors have it.
fn votes() -> impl Strategy<Value = [u8; 5]> {
	prop_oneof![
		2 => (0u8..4).prop_map(|all| [all; 5]),
		2 => prop::array::uniform5(0u8..4),
		// All find the same, and not all of them have looked.
		2 => prop::array::uniform5(prop_oneof![2 => Just(0u8), 1 => Just(4u8)]),
		1 => prop::array::uniform5(0u8..WORDS),
	]
}

/// What an auditor can say here.
const WORDS: u8 = 9;

/// A verdict, and how its auditor came by it.
fn word(number: u8) -> (Verdict, Manner) {
	let invalid = Verdict::Invalid(Reason::Fingerprint);
	match number {
		0 | 1 => (Verdict::Valid, Manner::Looks),
		2 => (invalid, Manner::Looks),
		3 => (Verdict::Unavailable, Manner::Looks),
		4 => (Verdict::Valid, Manner::Repeats),
		5 => (invalid, Manner::Repeats),
		6 => (Verdict::Valid, Manner::Lies),
		7 => (Verdict::Valid, Manner::Slanders),
		_ => (invalid, Manner::Slanders),
	}
}

/// Every auditor that is online sends what the view says it owes. What it commits to depends on
/// itself alone, so that it opens the same later.
fn vote(offline: u8, verdicts: [u8; 5]) {
	for number in 0..5u8 {
		if offline >> number & 1 == 1 {
			continue;
		}
		let who = auditor(number);
		for owed in Log::owed_in(&who, System::block_number()) {
			let says = |number| opening_of(owed.job, &who, word(number));
			let item = match owed.phase {
				AuditPhase::Commit { .. } => commit_to(owed.job, &who, &says(verdicts[usize::from(number)])),
				AuditPhase::Reveal { commitment, .. } => {
					let opening = (0..WORDS).map(says).find(|opening| {
						matches!(
							commit_to(owed.job, &who, opening),
							Item::Commit { commitment: own, .. } if own == commitment
						)
					});
					// Garbage was committed to: there is nothing to reveal.
					let Some(opening) = opening else { continue };
					Item::Reveal {
						job: owed.job,
						opening,
					}
				}
			};
			let (batch, signature) = batch(&who, vec![item]);
			send(batch, signature).expect("what is owed is taken");
		}
	}
}

/// One of the jobs that wait for their payment is disputed, and its court finds, if it sits at all, what it is told.
fn dispute(job: usize, caller: bool, court: Option<u8>) {
	let waiting: Vec<_> = (0..Log::next_job())
		.filter(|id| {
			let state = Log::job(*id).map(|job| job.state);
			matches!(state, Some(JobState::Payable { .. }))
		})
		.collect();
	let Some(id) = waiting.get(job % waiting.len().max(1)) else {
		return;
	};
	let owner = Log::job(*id).expect("it is there").caller();
	let who = if caller { owner } else { NODE };
	let done = frame_support::storage::with_storage_layer(|| Log::dispute(signed(&who), *id));
	if let (Ok(()), Some(court)) = (done, court) {
		all_say(court);
	}
}

/// Who is drawn next finds what it is told.
fn all_say(verdict: u8) {
	for blocks in [4, 2] {
		advance(blocks);
		vote(0, [verdict; 5]);
	}
}

/// The job's node opens what it sealed, or what another account would have drawn.
fn open(job: u64, right: bool) {
	let Some(node) = Log::job(job).map(|job| job.node()) else {
		return;
	};
	// The proof of a draw is another one each time: only the one that was sealed opens.
	let opening = if right {
		OPENINGS.with_borrow(|all| all.get(&job).copied())
	} else {
		Some(canary_opening(job, CANARY_SECRET + 1, [33; 32]))
	};
	if let Some(opening) = opening {
		let opened = frame_support::storage::with_storage_layer(|| {
			Log::open_canary(signed(&node), job, Box::new(opening))
		});
		assert!(right || opened.is_err());
	}
}

fn apply(action: Action) {
	// A call that fails changes nothing, as in a block.
	let call = |call: &dyn Fn() -> frame_support::dispatch::DispatchResult| {
		let _ = frame_support::storage::with_storage_layer(call);
	};
	match action {
		Action::Request { nonce, fee, caller } => {
			let caller = if caller { CALLER } else { OTHER };
			call(&|| {
				request(receipt::Ticket {
					caller: caller.clone().into(),
					fee,
					..ticket(nonce)
				})
			});
		}
		Action::Start { nonce, tier, planted } => {
			let job = Log::next_job();
			let tier = match tier {
				0 => receipt::Tier::Private,
				1..4 => receipt::Tier::Sampled,
				_ => receipt::Tier::Replicated,
			};
			let node = if planted { canary_node() } else { NODE };
			let ticket = receipt::Ticket {
				tier,
				node: node.into(),
				..ticket(nonce)
			};
			call(&|| {
				request(ticket)?;
				let mut receipt = receipt_for(job);
				if planted {
					let opening = canary_opening(job, CANARY_SECRET, [33; 32]);
					receipt.sealed_canary = opening.seal();
					OPENINGS.with_borrow_mut(|all| all.insert(job, opening));
				}
				deliver(receipt)
			});
		}
		Action::Open { right, auditors } => {
			for job in 0..Log::next_job() {
				open(job, right);
			}
			if let Some(verdict) = auditors {
				all_say(verdict);
			}
		}
		Action::Deliver { job, tokens, key } => {
			if Log::job(job).is_none() {
				return;
			}
			let receipt = receipt::Receipt {
				tokens_out: tokens,
				..receipt_for(job)
			};
			let signature = if key { node_signs(&receipt.hash()) } else { [1; 64] };
			call(&|| Log::deliver(signed(&OTHER), Box::new(receipt), signature));
		}
		Action::Cancel { job } => call(&|| Log::cancel(signed(&NODE), job)),
		Action::Vote { offline, verdicts } => vote(offline, verdicts),
		Action::Garbage { job, who, reveal } => {
			let item = if reveal {
				reveal_item(job, Verdict::Valid)
			} else {
				Item::Commit {
					job,
					sitting: [who; 32],
					commitment: [who; 32],
				}
			};
			let (batch, signature) = batch(&auditor(who), vec![item]);
			let _ = send(batch, signature);
		}
		Action::Settle { job } => call(&|| Log::settle(signed(&OTHER), job)),
		Action::Prune { job } => call(&|| Log::prune(signed(&OTHER), job)),
		Action::Dispute { job, caller, court } => dispute(job, caller, court),
		Action::Post { job, node } => {
			let who = if node { NODE } else { OTHER };
			let sealed = crate::posting::Sealed::truncate_from(vec![1; 10]);
			call(&|| Log::post_transcript(signed(&who), job, sealed.clone()));
		}
		Action::Break { quote, payout } => {
			BrokenQuote::set(&quote);
			ShortPayout::set(&payout);
		}
		Action::Auditors { count } => AuditorCount::set(&count),
		Action::Advance { blocks } => advance(blocks),
	}
	check();
}

/// Runs a sequence, lets everything end, checks that it did, and says how.
fn run(actions: Vec<Action>) -> Vec<Job> {
	new_test_ext().execute_with(|| {
		let mut terms = test_terms();
		terms.jobs.opening_window = 4;
		// Three jobs of four of the node that draws are canaries.
		terms.verification.canary_rate = verification::Ppm::new(750_000);
		terms.verification.second_look = verification::Ppm::new(300_000);
		Versions::set(&vec![terms]);
		OPENINGS.with_borrow_mut(BTreeMap::clear);
		let total = Balances::total_issuance();
		for action in actions {
			apply(action);
		}
		// The longest path, with a sweep, a dispute, an opening and stages for each, is below 400 blocks here; an incident
		// after it takes 30.
		advance(500);
		for id in 0..Log::next_job() {
			if Parked::<Test>::contains_key(id) {
				let call = || Log::settle(signed(&OTHER), id);
				let _ = frame_support::storage::with_storage_layer(call);
			}
		}
		check();
		let jobs: Vec<_> = (0..Log::next_job()).filter_map(Log::job).collect();
		for job in &jobs {
			assert!(job.state.ended_at().is_some(), "a job is {:?}", job.state);
		}
		let (mut paid, mut deposits) = (0, 0);
		for who in [CALLER, OTHER] {
			assert_eq!(held(HoldReason::Fee, &who), 0);
			assert_eq!(held(HoldReason::Dispute, &who), 0);
			deposits += held(HoldReason::Record, &who);
			paid += RICH - free(&who);
		}
		let receivers = [NODE, TREASURY, POT, POOL, canary_node()]
			.into_iter()
			.chain((0..8).map(auditor));
		let received: Planck = receivers.map(|who| free(&who) - RICH).sum();
		assert_eq!(paid, received + deposits);
		assert_eq!(Balances::total_issuance(), total);
		let idle = System::events()
			.iter()
			.filter(|record| matches!(record.event, RuntimeEvent::Log(Event::IdleAuditor { .. })))
			.count() as u32;
		let counted: u32 = Accuracy::<Test>::iter_values()
			.map(|accuracy| accuracy.idle)
			.sum();
		assert_eq!(counted, idle);
		assert_eq!(Due::<Test>::iter().count(), 0, "something is still due");
		assert_eq!(Audits::get().values().sum::<u32>(), 0);
		assert_eq!(Exposures::get().values().sum::<Planck>(), 0);
		jobs
	})
}

#[test]
fn every_job_ends_and_nothing_is_lost() {
	let ends = RefCell::new(BTreeSet::new());
	let mut runner = TestRunner::new(Config {
		cases: 400,
		failure_persistence: None,
		..Config::default()
	});
	let result = runner.run(&prop::collection::vec(action(), 1..80), |actions| {
		let jobs = run(actions);
		let outcomes = jobs.iter().filter_map(|job| Some(job.audit.dispute?.outcome));
		ends.borrow_mut().extend(outcomes.map(|outcome| match outcome {
			DisputeOutcome::Open => "disputed and open",
			DisputeOutcome::Upheld => "disputed and upheld",
			DisputeOutcome::Rejected => "disputed and rejected",
			DisputeOutcome::Undecided => "disputed and undecided",
		}));
		if jobs.iter().any(|job| {
			let opened = job.audit.canary.opened();
			opened.is_some_and(|opened| opened.saw + opened.missed > 0)
		}) {
			ends.borrow_mut().insert("canary");
		}
		for job in &jobs {
			let earlier = &job.audit.earlier;
			if job.audit.idle != 0 {
				ends.borrow_mut().insert("idle");
			}
			let passed =
				|finding: &Finding| finding.round.is_multiple_of(3) && finding.verdict == Verdict::Valid;
			if job.audit.dispute.is_none() && earlier.first().is_some_and(passed) {
				ends.borrow_mut().insert("looked at again");
			}
		}
		ends.borrow_mut().extend(jobs.iter().map(|job| match &job.state {
			JobState::Settled { .. } => "settled",
			JobState::TimedOut { .. } => "timed out",
			JobState::Cancelled { .. } => "cancelled",
			JobState::Refunded { reason, .. } => match reason {
				RefundReason::Invalid => "invalid",
				RefundReason::Unavailable => "unavailable",
				RefundReason::NoQuorum => "no quorum",
				RefundReason::Unsettled => "unsettled",
			},
			_ => "open",
		}));
		Ok(())
	});
	assert!(result.is_ok(), "{result:?}");
	assert!(!ends.borrow().contains("disputed and open"));
	// The sequences are of use only if they reach every common end.
	for end in [
		"settled",
		"timed out",
		"cancelled",
		"invalid",
		"unavailable",
		"no quorum",
		"disputed and upheld",
		"disputed and rejected",
		"disputed and undecided",
		"canary",
		"idle",
		"looked at again",
	] {
		assert!(ends.borrow().contains(end), "no sequence ended {end}: {ends:?}");
	}
}

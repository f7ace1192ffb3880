//! An audit from its draw to its verdict: one auditor, then a panel, then a jury.

use crate::{
	Class, Config, Draw, Error, Event, Finding, Job, JobState, Jobs, NoShows, OpenAudits, Pallet,
	RefundReason, Reputations, Seat,
	audit::{Randomness, answer, delay, draw_committee, draw_seed, median},
	canary::round,
	steps::Step,
	trace::{bit, has, likeness_of_next},
	traits::Auditors,
};
use alloc::vec::Vec;
use frame_support::{BoundedVec, dispatch::DispatchResult};
use pallet_terms::{JobTerms, Terms};
use polkadot_sdk::*;
use receipt::{Hash, JobId, PairKey, Tier, trace::Likeness};
use sp_runtime::{AccountId32, DispatchError};
use verification::{
	Decision, Rules, Stage, Trust, Votes,
	canary::{Conduct, conduct},
	court::Accuser,
	penalty::{attestation_penalty, no_show_penalty},
};

/// Whether the seats of a stage were ever asked to reveal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reveals {
	Asked,
	NeverAsked,
}

/// The first and the last block for reveals.
pub(crate) fn reveal_phase(commit_until: u32, jobs: &JobTerms) -> (u32, u32) {
	let from = commit_until.saturating_add(jobs.reveal_delay.max(1));
	(from, from.saturating_add(jobs.reveal_window))
}

/// Whether nobody can reveal any more because everybody who committed has.
pub(crate) fn all_revealed(job: &Job) -> bool {
	job.committee
		.iter()
		.all(|seat| seat.commitment.is_none() || seat.opening.is_some())
}

impl Job {
	/// What the auditors of the stage that sat last found, in the order of their seats.
	pub(crate) fn findings(&self) -> impl Iterator<Item = Finding> {
		let round = self.audit.stage.map_or(0, |stage| round(self, stage));
		self.committee
			.iter()
			.enumerate()
			.filter_map(move |(number, seat)| {
				let opening = seat.opening.as_ref()?;
				Some(Finding {
					auditor: seat.auditor.clone(),
					verdict: opening.verdict,
					error_milli: opening.figures.error_milli,
					round,
					trace: opening.evidence.trace,
					contradicts: likeness_of_next(&self.committee, number) == Likeness::Other,
				})
			})
	}

	/// What all auditors found, those of the stages before first.
	pub(crate) fn all_findings(&self) -> impl Iterator<Item = Finding> {
		self.audit.earlier.iter().cloned().chain(self.findings())
	}
}

impl<T: Config> Pallet<T> {
	/// Starts a draw from the blocks after this one. The caller stores the job.
	pub(crate) fn start_draw(id: JobId, job: &mut Job, draw: Draw, terms: &Terms, now: u32) {
		Self::enter(job, JobState::Delivered { from: now, draw });
		Self::schedule(id, job, now.saturating_add(delay(terms)));
	}

	/// Takes a draw further, or to its end once the randomness for it is there.
	pub(crate) fn draw(
		id: JobId,
		mut job: Job,
		from: u32,
		draw: Draw,
		now: u32,
	) -> Result<Step, DispatchError> {
		let terms = Self::terms_of(&job)?;
		let receipt = job.delivery.as_ref().ok_or(Error::<T>::WrongState)?.hash;
		let seed = match draw_seed(id, &receipt, from, now, &terms, Self::ring_entry) {
			Randomness::Seed(seed) => seed,
			Randomness::Waiting => return Ok(Step::Waiting),
			Randomness::Lost => {
				// This step comes so late that the ring has moved on: wait for new randomness.
				Self::start_draw(id, &mut job, draw, &terms, now);
				Jobs::<T>::insert(id, job);
				return Ok(Step::Taken);
			}
		};
		let rules = &terms.verification;
		let first = rules.first_stage(tier(job.ticket.tier));
		let chosen = match draw {
			Draw::Whether => {
				let is_drawn = job
					.audit
					.probability
					.happens(answer(&seed, b"is the job audited?"));
				let is_swept = || Reputations::<T>::get(job.node()).incident.is_some();
				(is_drawn || is_swept()).then_some(first)
			}
			// No bond pays because of what one auditor says, and this audit says whether theirs do.
			Draw::Surely if job.accuses_auditors(rules) => Some(Stage::Panel),
			Draw::Surely => Some(first),
			Draw::Who(stage) => Some(stage),
			Draw::Again => return Self::draw_second_look(id, job, &seed, &terms, now),
		};
		let Some(stage) = chosen else {
			Self::make_payable(id, &mut job, terms.sampled_window(), now);
			Jobs::<T>::insert(id, job);
			Self::deposit_event(Event::NotDrawn { job: id });
			return Ok(Step::Taken);
		};
		let drawn = Self::draw_seats(&job, stage, &seed, rules);
		if drawn.is_empty() {
			Self::leave_undecided(id, job, &terms, now)?;
			return Ok(Step::Taken);
		}
		Self::keep_findings(&mut job)?;
		Self::seat(id, job, draw, stage, drawn, &terms.jobs, now)?;
		Ok(Step::Taken)
	}

	/// Who could be drawn for a job but for its node: the others that had declared its pair when it was requested.
	pub(crate) fn others(job: &Job) -> Vec<AccountId32> {
		let node = job.node();
		let mut eligible = T::Auditors::eligible(&job.ticket.pair, job.requested_at);
		eligible.retain(|auditor| *auditor != node);
		eligible
	}

	/// The auditors of a stage with their keys; nobody where too few check the job's pair to judge anybody.
	pub(crate) fn draw_seats(
		job: &Job,
		stage: Stage,
		seed: &Hash,
		rules: &Rules,
	) -> Vec<(AccountId32, [u8; 32])> {
		let mut eligible = Self::others(job);
		let count = eligible.len() as u32;
		let accuser = job.audit.accuser.as_ref();
		eligible.retain(|auditor| Some(auditor) != accuser);
		let sits_out = if (eligible.len() as u32) < count {
			Accuser::Eligible
		} else {
			Accuser::None
		};
		let seats = rules.seats(stage, count, sits_out).unwrap_or(0);
		draw_committee(seed, eligible, seats)
			.into_iter()
			.filter_map(|auditor| T::Auditors::audit_key(&auditor).map(|key| (auditor, key)))
			.collect()
	}

	pub(crate) fn seat(
		id: JobId,
		mut job: Job,
		draw: Draw,
		stage: Stage,
		drawn: Vec<(AccountId32, [u8; 32])>,
		jobs: &JobTerms,
		now: u32,
	) -> Result<(), DispatchError> {
		let mut committee = Vec::new();
		for (auditor, key) in drawn {
			T::Auditors::open_audit(&auditor);
			OpenAudits::<T>::insert(&auditor, id, ());
			committee.push(Seat {
				auditor,
				key,
				commitment: None,
				opening: None,
			});
		}
		let commit_until = now.saturating_add(job.commit_window(draw, jobs));
		let (reveal_from, reveal_until) = reveal_phase(commit_until, jobs);
		Self::deposit_event(Event::Drawn {
			job: id,
			stage,
			committee: committee.iter().map(|seat| seat.auditor.clone()).collect(),
			commit_until,
		});
		job.committee = BoundedVec::try_from(committee).map_err(|_| Error::<T>::TooMany)?;
		job.audit.stage = Some(stage);
		let state = JobState::Auditing {
			stage,
			commit_until,
			reveal_from,
			reveal_until,
		};
		Self::enter(&mut job, state);
		Self::schedule(id, &mut job, commit_until.saturating_add(1));
		Jobs::<T>::insert(id, job);
		Ok(())
	}

	/// Ends the commit phase or the reveal phase.
	pub(crate) fn close_phase(id: JobId, mut job: Job, now: u32) -> Result<Step, DispatchError> {
		let JobState::Auditing {
			stage,
			commit_until,
			reveal_until,
			..
		} = job.state
		else {
			return Ok(Step::Waiting);
		};
		let rules = Self::terms_of(&job)?.verification;
		let seats = job.committee.len() as u32;
		let commits = job.committee.iter().filter(|seat| seat.commitment.is_some());
		if now <= commit_until {
			Ok(Step::Waiting)
		} else if (commits.count() as u32) < rules.quorum(stage, seats) {
			// Nothing that could be revealed would decide.
			Self::judge(id, job, Reveals::NeverAsked, now)
		} else if now > reveal_until || all_revealed(&job) {
			Self::judge(id, job, Reveals::Asked, now)
		} else if job.due <= commit_until.saturating_add(1) {
			Self::schedule(id, &mut job, reveal_until.saturating_add(1));
			Jobs::<T>::insert(id, job);
			Ok(Step::Taken)
		} else {
			Ok(Step::Waiting)
		}
	}

	/// Counts the verdicts of a stage.
	fn judge(id: JobId, mut job: Job, reveals: Reveals, now: u32) -> Result<Step, DispatchError> {
		let terms = Self::terms_of(&job)?;
		let JobState::Auditing { stage, .. } = job.state else {
			return Ok(Step::Waiting);
		};
		Self::close_audits(id, &mut job, reveals, &terms.verification, now);
		if Self::asks_node(id, &mut job, stage, &terms, now) {
			Jobs::<T>::insert(id, job);
			return Ok(Step::Taken);
		}
		Self::count(id, job, stage, &terms, now)
	}

	/// Lets a stage's verdicts take effect.
	pub(crate) fn count(
		id: JobId,
		job: Job,
		stage: Stage,
		terms: &Terms,
		now: u32,
	) -> Result<Step, DispatchError> {
		let mut votes = Votes::default();
		for finding in job.findings() {
			votes.add(Class::from(finding.verdict).into());
		}
		let seats = job.committee.len() as u32;
		let trust = Self::trust(&job, stage, &terms.verification);
		let time = Self::fetch_time(&job, stage, &terms.verification);
		match terms.verification.decide(stage, seats, votes, trust, time) {
			Decision::Ends(_) if stage == Stage::Auditor => Self::await_second_look(id, job, terms, now),
			Decision::Ends(verdict) => Self::conclude(id, job, verdict.into(), terms, now)?,
			Decision::Escalates(next) => {
				let agreed = terms
					.verification
					.decide(stage, seats, votes, Trust::Enough, time);
				Self::escalate(id, job, agreed, next, terms, now);
			}
			Decision::Undecided => Self::leave_undecided(id, job, terms, now)?,
		}
		Ok(Step::Taken)
	}

	/// Keeps what a stage found and takes its seats away, before the next one is drawn. The caller stores the job.
	pub(crate) fn keep_findings(job: &mut Job) -> DispatchResult {
		let all: Vec<Finding> = job.all_findings().collect();
		job.audit.earlier = BoundedVec::try_from(all).map_err(|_| Error::<T>::TooMany)?;
		job.committee = BoundedVec::new();
		Ok(())
	}

	/// Hands the job to the next stage, which is drawn anew. `agreed` is what the present one would decide if its word were
	/// enough.
	fn escalate(id: JobId, mut job: Job, agreed: Decision, next: Stage, terms: &Terms, now: u32) {
		if job.audit.stage == Some(Stage::Auditor) {
			job.audit.accuser = job.committee.first().map(|seat| seat.auditor.clone());
		}
		job.audit.agreed = match agreed {
			Decision::Ends(verdict) => Some(verdict.into()),
			Decision::Escalates(_) | Decision::Undecided => None,
		};
		Self::start_draw(id, &mut job, Draw::Who(next), terms, now);
		Jobs::<T>::insert(id, job);
		Self::deposit_event(Event::Escalated { job: id, stage: next });
	}

	/// Ends an audit that nobody can take further: by what a panel had agreed on, if only its traces were in doubt.
	fn leave_undecided(id: JobId, job: Job, terms: &Terms, now: u32) -> Result<(), DispatchError> {
		match job.audit.agreed {
			Some(class) => Self::conclude(id, job, class, terms, now),
			None => Self::refund(id, job, RefundReason::NoQuorum, now),
		}
	}

	/// Ends an audit with what it found.
	pub(crate) fn conclude(
		id: JobId,
		mut job: Job,
		class: Class,
		terms: &Terms,
		now: u32,
	) -> Result<(), DispatchError> {
		let quorum: Vec<_> = job
			.findings()
			.filter(|finding| Class::from(finding.verdict) == class)
			.map(|finding| finding.auditor)
			.collect();
		job.class = Some(class);
		job.quorum = BoundedVec::try_from(quorum.clone()).map_err(|_| Error::<T>::TooMany)?;
		Self::deposit_event(Event::Judged {
			job: id,
			class,
			quorum,
		});
		Self::settle_with_auditors(id, &mut job, class, &terms.verification);
		Self::start_canary(id, &job, now);
		match class {
			Class::Valid => {
				Self::count_pass(&job, &terms.verification);
				Self::reject_dispute(id, &mut job)?;
				let window = match job.ticket.tier {
					// Every job of this tier is audited: a failure elsewhere says nothing of it.
					Tier::Replicated => terms.jobs.dispute_window,
					_ => terms.sampled_window(),
				};
				Self::make_payable(id, &mut job, window, now);
				Jobs::<T>::insert(id, job);
				Ok(())
			}
			Class::Invalid => Self::fail(id, job, &terms.verification, now),
			Class::Unavailable => Self::hidden(id, job, &terms.verification, now),
		}
	}

	/// Credits or slashes everyone who gave a verdict in any stage, by what was established. Where a court confirms what
	/// was disputed, those who spoke before have been settled with, unless they turn out to have been idle. For one finding
	/// a bond pays once.
	fn settle_with_auditors(id: JobId, job: &mut Job, class: Class, rules: &Rules) {
		let error = median(
			job.findings()
				.filter(|finding| Class::from(finding.verdict) == class)
				.map(|finding| finding.error_milli)
				.collect(),
		);
		let penalty = attestation_penalty(rules, &job.facts(), job.audit.penalty);
		let paid_by_fee = job.ticket.tier == Tier::Replicated && class == Class::Valid;
		let settled = match class {
			Class::Valid => job.settled_findings(),
			Class::Invalid | Class::Unavailable => 0,
		};
		Self::settle_with_idle(id, job, class, penalty, rules);
		let findings: Vec<Finding> = job.all_findings().collect();
		for (number, finding) in findings.into_iter().enumerate() {
			if has(job.audit.idle, number) {
				continue;
			}
			let own = Class::from(finding.verdict);
			match conduct(rules, own.into(), class.into(), error) {
				Conduct::Correct if paid_by_fee && job.quorum.contains(&finding.auditor) => {}
				// The fee, which would have paid them, pays this court.
				Conduct::Correct if paid_by_fee && number < settled => T::Auditors::credit(&finding.auditor),
				_ if number < settled => {}
				Conduct::Correct => T::Auditors::credit(&finding.auditor),
				Conduct::Inaccurate => {}
				Conduct::AtFault => {
					job.audit.slashed |= bit(number);
					T::Auditors::slash_false_attestation(&finding.auditor, penalty);
					Self::deposit_event(Event::WrongVerdict {
						job: id,
						auditor: finding.auditor,
						verdict: finding.verdict,
					});
				}
			}
		}
	}

	/// Ends the audits of a stage. Who did not attest pays, once in a job.
	fn close_audits(id: JobId, job: &mut Job, reveals: Reveals, rules: &Rules, now: u32) {
		let penalty = no_show_penalty(rules, &job.facts());
		let Job {
			ticket,
			committee,
			absent,
			requested_at,
			..
		} = job;
		for seat in committee.iter() {
			let missed = seat.commitment.is_none() || (reveals == Reveals::Asked && seat.opening.is_none());
			if missed && !absent.contains(&seat.auditor) && absent.try_push(seat.auditor.clone()).is_ok() {
				T::Auditors::slash_downtime(&seat.auditor, penalty);
				Self::note_absence(&seat.auditor, &ticket.pair, *requested_at, rules, now);
				Self::deposit_event(Event::Absent {
					job: id,
					auditor: seat.auditor.clone(),
				});
			}
			T::Auditors::close_audit(&seat.auditor);
			OpenAudits::<T>::remove(&seat.auditor, id);
		}
	}

	/// Chills an auditor that was absent too often within one window, unless then nobody could be judged any more under
	/// the pair of the job that it missed, among those that had declared it when that was requested.
	fn note_absence(auditor: &AccountId32, pair: &PairKey, requested_at: u32, rules: &Rules, now: u32) {
		let (since, count) = NoShows::<T>::get(auditor)
			.filter(|(since, _)| now < since.saturating_add(rules.incident_window))
			.unwrap_or((now, 0));
		let count = count.saturating_add(1);
		if count < rules.no_shows_to_chill {
			NoShows::<T>::insert(auditor, (since, count));
			return;
		}
		NoShows::<T>::remove(auditor);
		if T::Auditors::eligible(pair, requested_at).len() as u32 > rules.min_eligible {
			T::Auditors::chill(auditor);
		}
	}
}

/// The tier as the rules of verification know it.
pub(crate) fn tier(tier: Tier) -> verification::Tier {
	match tier {
		Tier::Private => verification::Tier::Private,
		Tier::Sampled => verification::Tier::Sampled,
		Tier::Replicated | Tier::Proved => verification::Tier::Replicated,
	}
}

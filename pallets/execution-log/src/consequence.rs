//! What a failed audit leads to: the incident, the sweep, the score.

use crate::{
	Config, Draw, Due, DueStep, Event, Job, JobState, Jobs, OpenJobs, Pallet, RefundReason, Reputations,
	Sweeps,
	judge::tier,
	traits::{Auditors, Nodes},
};
use frame_support::dispatch::DispatchResult;
use pallet_terms::TermsSource;
use polkadot_sdk::*;
use receipt::{JobId, PairKey, Tier};
use sp_runtime::AccountId32;
use verification::{
	Incident, JobFacts, Ppm, Rules, Score, Standing, audit_probability, conviction_chance,
	is_another_absence,
	penalty::{absence_penalty, finder_reward, penalty},
};

/// The jobs of a node that one step of a sweep looks at.
pub(crate) const SWEEP_STEP: usize = 8;

impl Job {
	/// What decides the audit of this job. Before the delivery it may be as short as can be.
	pub(crate) fn facts(&self) -> JobFacts {
		JobFacts {
			tier: tier(self.ticket.tier),
			fee: self.ticket.fee,
			node_part: self.audit.node_part,
			tokens: self.delivery.as_ref().map_or(1, |delivery| {
				let receipt = &delivery.receipt;
				match receipt.check {
					// What is compared of a vector are the states of its prompt.
					receipt::CheckKind::VectorRecompute { .. } => receipt.tokens_in,
					_ => receipt.tokens_out,
				}
			}),
		}
	}

	/// Whether its work was drawn by chance and nobody has looked at it.
	fn is_unaudited(&self) -> bool {
		self.ticket.tier == Tier::Sampled && self.class.is_none()
	}
}

impl<T: Config> Pallet<T> {
	/// How likely a job is to be audited, and what failing would cost: p and Φ. Φ is `None` where nobody could judge.
	/// `requested_at` says for which block's jobs auditors must stand.
	pub(crate) fn stakes(
		job: &JobFacts,
		node: &AccountId32,
		pair: &PairKey,
		requested_at: u32,
		rules: &Rules,
	) -> (Ppm, Option<receipt::Planck>) {
		let reputation = Reputations::<T>::get(node);
		let standing = if reputation.incident.is_some() {
			Standing::Swept
		} else if reputation.probation.is_over(rules) {
			Standing::Proven
		} else {
			Standing::New
		};
		let eligible = T::Auditors::eligible(pair, requested_at);
		let others = eligible.iter().filter(|auditor| *auditor != node).count() as u32;
		let probability = audit_probability(rules, job, standing);
		let convicts = conviction_chance(rules, others);
		(probability, penalty(rules, job, probability, convicts))
	}

	/// An upheld failed audit: the fee goes back, and the node has an incident.
	pub(crate) fn fail(id: JobId, job: Job, rules: &Rules, now: u32) -> DispatchResult {
		let (node, gain, penalty) = (job.node(), job.facts().gain(rules), job.audit.penalty);
		let mut reputation = Reputations::<T>::get(&node);
		let finder = Self::finder(&job);
		Self::refund(id, job, RefundReason::Invalid, now)?;
		if let Some(incident) = &mut reputation.incident {
			incident.add(rules, penalty, gain);
			Reputations::<T>::insert(&node, reputation);
			return Ok(());
		}
		let incident = Incident::open(now, penalty);
		let closes_at = incident.closes_at(rules);
		reputation.incident = Some(incident);
		reputation.finder = finder;
		Reputations::<T>::insert(&node, reputation);
		Due::<T>::insert(closes_at, DueStep::Incident(node.clone()), ());
		T::Nodes::chill(&node);
		Self::deposit_event(Event::IncidentOpened {
			node: node.clone(),
			job: id,
			penalty,
			closes_at,
		});
		Self::start_sweep(&node, now);
		Self::count_failure(&node, rules, now);
		Ok(())
	}

	/// A court could not fetch the transcript in all of its time. Each such job costs its penalty; those of one absence count
	/// once.
	pub(crate) fn hidden(id: JobId, job: Job, rules: &Rules, now: u32) -> DispatchResult {
		let node = job.node();
		let penalty = absence_penalty(rules, &job.facts(), job.audit.probability);
		T::Nodes::slash_downtime(&node, penalty.unwrap_or(0));
		Self::refund(id, job, RefundReason::Unavailable, now)?;
		let counts = Reputations::<T>::mutate(&node, |reputation| {
			let counts = is_another_absence(rules, reputation.absent_since, now);
			if counts {
				reputation.absent_since = Some(now);
			}
			counts
		});
		if counts {
			Self::count_failure(&node, rules, now);
		}
		Ok(())
	}

	/// Counts a failure in the score, and ejects a node that is of no use.
	fn count_failure(node: &AccountId32, rules: &Rules, now: u32) {
		let ejected = Reputations::<T>::mutate(node, |reputation| {
			reputation.score.fail(rules);
			let ejects = reputation.score.ejects(rules) && !reputation.ejected;
			reputation.ejected |= ejects;
			ejects
		});
		if ejected {
			T::Nodes::eject(node);
			Self::deposit_event(Event::Ejected { node: node.clone() });
			Self::start_sweep(node, now);
		}
	}

	/// Closes a node's incident: the bond pays what was not forfeited already, and who found the first failure is
	/// rewarded by that.
	///
	/// Not earlier, and once: further failures make the slash smaller, so that a node could otherwise find itself again
	/// and again and be rewarded with more than it pays.
	pub(crate) fn close_incident(node: &AccountId32) {
		let (incident, finder) = Reputations::<T>::mutate(node, |reputation| {
			(reputation.incident.take(), reputation.finder.take())
		});
		if let Some(incident) = incident {
			T::Nodes::slash_fraud(node, incident.slash());
			if let Some(finder) = finder {
				let rules = T::Terms::current().1.verification;
				T::Auditors::reward(&finder, finder_reward(&rules, incident.slash()));
			}
			Self::deposit_event(Event::IncidentClosed {
				node: node.clone(),
				failures: incident.failures,
				slash: incident.slash(),
			});
		}
	}

	/// Has everything of a node audited that is not paid yet and that nobody has looked at.
	fn start_sweep(node: &AccountId32, now: u32) {
		Sweeps::<T>::remove(node);
		Due::<T>::insert(now, DueStep::Sweep(node.clone()), ());
	}

	/// Takes a part of a sweep; the rest is due at once.
	pub(crate) fn sweep(node: AccountId32, now: u32) {
		let jobs = match Sweeps::<T>::take(&node) {
			Some(last) => {
				let key = OpenJobs::<T>::hashed_key_for(&node, last);
				OpenJobs::<T>::iter_key_prefix_from(&node, key)
			}
			None => OpenJobs::<T>::iter_key_prefix(&node),
		};
		let part: alloc::vec::Vec<JobId> = jobs.take(SWEEP_STEP).collect();
		for id in &part {
			Self::audit_surely(*id, now);
		}
		if let (Some(last), SWEEP_STEP) = (part.last(), part.len()) {
			Sweeps::<T>::insert(&node, last);
			Due::<T>::insert(now, DueStep::Sweep(node), ());
		}
	}

	/// Starts an audit of a job that waits for its payment or its draw.
	fn audit_surely(id: JobId, now: u32) {
		let Some(mut job) = Jobs::<T>::get(id).filter(Job::is_unaudited) else {
			return;
		};
		let waits = matches!(
			job.state,
			JobState::Payable { .. }
				| JobState::Delivered {
					draw: Draw::Whether,
					..
				}
		);
		if let (true, Ok(terms)) = (waits, Self::terms_of(&job)) {
			Self::start_draw(id, &mut job, Draw::Surely, &terms, now);
			Jobs::<T>::insert(id, job);
		}
	}

	/// Whether a job that is due to be paid must be audited first: its node is in trouble, or leaves with a score that
	/// speaks against it.
	pub(crate) fn is_doubtful(job: &Job) -> bool {
		if !job.is_unaudited() {
			return false;
		}
		let node = job.node();
		let reputation = Reputations::<T>::get(&node);
		let leaves = T::Nodes::active_bond(&node) == 0;
		reputation.incident.is_some() || (leaves && reputation.score > Score::ZERO)
	}
}

//! The end of a job that is paid.

use crate::{
	Charge, Config, Draw, Error, Event, HoldReason, Job, JobState, Jobs, NodeCallers, NodeStats, Pallet,
	Payee, WorkflowCallers, WorkflowStats,
	steps::Step,
	traits::{AuditedBy, SettleInput, Settlement, Workflows},
};
use frame_support::{BoundedVec, ensure, traits::fungible::InspectHold};
use polkadot_sdk::*;
use receipt::{JobId, Planck, Tier};
use sp_runtime::{AccountId32, DispatchError, traits::Zero};

impl<T: Config> Pallet<T> {
	/// Charges for the tokens that were used and returns the rest.
	pub(crate) fn pay(id: JobId, mut job: Job, now: u32) -> Result<Step, DispatchError> {
		let terms = Self::terms_of(&job)?;
		if Self::is_doubtful(&job) {
			Self::start_draw(id, &mut job, Draw::Surely, &terms, now);
			Jobs::<T>::insert(id, job);
			return Ok(Step::Taken);
		}
		let (caller, node, ticket) = (job.caller(), job.node(), job.ticket);
		let receipt = job.delivery.as_ref().ok_or(Error::<T>::WrongState)?.receipt;
		let tokens = receipt.tokens_in.saturating_add(receipt.tokens_out);
		let mut charge = T::Workflows::quote(ticket.workflow, ticket.version, &ticket.node_price, tokens)
			.ok_or(Error::<T>::NoSuchVersion)?;
		// Work is never free, or false demand would be; the fee that is held covers this minimum.
		let minimum = terms.jobs.min_fee_per_token.saturating_mul(Planck::from(tokens));
		charge.total = charge.total.max(minimum);
		let rest = ticket
			.fee
			.checked_sub(charge.total)
			.ok_or(Error::<T>::ChargeAboveFee)?;

		let reason = T::RuntimeHoldReason::from(HoldReason::Fee);
		let before = T::Currency::balance_on_hold(&reason, &caller);
		let lines = T::Settlement::settle(SettleInput {
			job: id,
			caller: &caller,
			reason: HoldReason::Fee.into(),
			charge,
			workflow: ticket.workflow,
			version: ticket.version,
			node: &node,
			audited_by: match ticket.tier {
				Tier::Private => AuditedBy::Nobody,
				Tier::Sampled => AuditedBy::Pool,
				Tier::Replicated | Tier::Proved => AuditedBy::Quorum(&job.quorum),
			},
		})?;
		let after = T::Currency::balance_on_hold(&reason, &caller);
		let sum = lines
			.iter()
			.try_fold(0, |sum: Planck, line| sum.checked_add(line.amount))
			.ok_or(Error::<T>::Overflow)?;
		ensure!(
			sum == charge.total && before.checked_sub(after) == Some(charge.total),
			Error::<T>::PayoutsDoNotSum
		);
		Self::release_fee(&caller, rest)?;

		Self::count_run(&caller, &node, &job, charge);
		for line in &lines {
			if let Payee::Workflow(workflow) = line.payee {
				WorkflowStats::<T>::mutate(workflow, |stats| {
					stats.earned = stats.earned.saturating_add(line.amount);
				});
			}
		}
		let payouts = BoundedVec::try_from(lines.clone()).map_err(|_| Error::<T>::TooMany)?;
		Self::end(
			id,
			job,
			JobState::Settled {
				at: now,
				charge,
				payouts,
			},
		);
		Self::deposit_event(Event::Settled {
			job: id,
			charge,
			payouts: lines,
		});
		Ok(Step::Taken)
	}

	/// Counts a settled run. Only callers that paid count as callers; and a private run, whose work nobody
	/// saw, speaks for nobody.
	fn count_run(caller: &AccountId32, node: &AccountId32, job: &Job, charge: Charge) {
		let workflow = job.ticket.workflow;
		if job.ticket.tier == Tier::Private {
			let one_more = |runs: &mut u64| *runs = runs.saturating_add(1);
			WorkflowStats::<T>::mutate(workflow, |stats| one_more(&mut stats.private_runs));
			NodeStats::<T>::mutate(node, |stats| one_more(&mut stats.private_runs));
			return;
		}
		let paid = !charge.total.is_zero();
		let new_for_workflow = paid && !WorkflowCallers::<T>::contains_key(workflow, caller);
		let new_for_node = paid && !NodeCallers::<T>::contains_key(node, caller);
		if new_for_workflow {
			WorkflowCallers::<T>::insert(workflow, caller, ());
		}
		if new_for_node {
			NodeCallers::<T>::insert(node, caller, ());
		}
		let audited = u64::from(job.class.is_some());
		WorkflowStats::<T>::mutate(workflow, |stats| {
			stats.runs = stats.runs.saturating_add(1);
			stats.audited_runs = stats.audited_runs.saturating_add(audited);
			stats.charged = stats.charged.saturating_add(charge.total);
			stats.callers = stats.callers.saturating_add(new_for_workflow.into());
		});
		NodeStats::<T>::mutate(node, |stats| {
			stats.settled = stats.settled.saturating_add(1);
			stats.audited = stats.audited.saturating_add(audited);
			stats.callers = stats.callers.saturating_add(new_for_node.into());
		});
	}
}

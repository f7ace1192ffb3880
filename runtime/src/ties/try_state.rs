//! What must hold after every block, in each rule-book and between them.

use crate::*;

use alloc::{collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use frame_support::ensure;
use pallet_preimage::RequestStatus;
use sp_runtime::TryRuntimeError;

/// Checks every rule-book's own invariants, and those between them:
///
/// - what a node's bond must cover are the fees of its open jobs;
/// - the audits that keep a validator's bond are those that the jobs name;
/// - every amount on hold is what the book of its reason says, and nothing that a book says is not held.
///
/// # Errors
///
/// A sentence that names the broken rule.
pub fn try_state() -> Result<(), TryRuntimeError> {
	Terms::do_try_state()?;
	RoleStaking::do_try_state()?;
	Congress::do_try_state()?;
	Contract::do_try_state()?;
	WorkflowRegistry::do_try_state()?;
	ExecutionLog::do_try_state()?;
	Payout::do_try_state()?;
	Calibration::do_try_state()?;
	exposures_are_open_fees()?;
	audits_are_owed_once()?;
	holds_are_in_the_books()
}

fn exposures_are_open_fees() -> Result<(), TryRuntimeError> {
	let mut open = BTreeMap::<AccountId, Balance>::new();
	for job in pallet_execution_log::Jobs::<Runtime>::iter_values() {
		if job.state.ended_at().is_none() {
			let fees = open.entry(job.node()).or_default();
			*fees = fees.saturating_add(job.ticket.fee);
		}
	}
	let covered: BTreeMap<_, _> = pallet_role_staking::OpenExposure::<Runtime>::iter().collect();
	ensure!(
		covered == open,
		"a node's exposure is not the fees of its open jobs"
	);
	Ok(())
}

fn audits_are_owed_once() -> Result<(), TryRuntimeError> {
	let mut listed = BTreeMap::<AccountId, u32>::new();
	for (auditor, _) in pallet_execution_log::OpenAudits::<Runtime>::iter_keys() {
		let count = listed.entry(auditor).or_default();
		*count = count.saturating_add(1);
	}
	let owed: BTreeMap<_, _> = pallet_role_staking::OpenAudits::<Runtime>::iter().collect();
	ensure!(owed == listed, "a validator owes other audits than the jobs name");
	Ok(())
}

/// What the books say is held, by account and encoded reason.
#[derive(Default)]
struct Books(BTreeMap<(AccountId, Vec<u8>), Balance>);

impl Books {
	fn add(&mut self, account: AccountId, reason: impl Into<RuntimeHoldReason>, amount: Balance) {
		if amount > 0 {
			let held = self.0.entry((account, reason.into().encode())).or_default();
			*held = held.saturating_add(amount);
		}
	}

	fn read() -> Result<Self, TryRuntimeError> {
		let mut books = Self::default();
		for (account, ledger) in pallet_role_staking::Ledgers::<Runtime>::iter() {
			books.add(account, pallet_role_staking::HoldReason::Bond, ledger.total());
		}
		for job in pallet_execution_log::Jobs::<Runtime>::iter_values() {
			use pallet_execution_log::HoldReason;
			if job.state.ended_at().is_none() {
				books.add(job.caller(), HoldReason::Fee, job.ticket.fee);
			}
			books.add(job.caller(), HoldReason::Record, job.record_deposit);
			books.add(job.caller(), HoldReason::Dispute, job.dispute_deposit());
		}
		for entry in pallet_workflow_registry::Workflows::<Runtime>::iter_values() {
			let reason = pallet_workflow_registry::HoldReason::Publication;
			books.add(entry.owner, reason, entry.deposit);
		}
		for (account, log) in pallet_contract::Logs::<Runtime>::iter() {
			books.add(account, pallet_contract::HoldReason::AuditLog, log.deposit);
		}
		for (account, holding) in pallet_congress::Holdings::<Runtime>::iter() {
			books.add(account, pallet_congress::HoldReason::Governance, holding.total());
		}
		for proposal in pallet_congress::Proposals::<Runtime>::iter_values() {
			let reason = pallet_congress::HoldReason::Proposal;
			books.add(proposal.proposer, reason, proposal.deposit);
		}
		for status in pallet_preimage::RequestStatusFor::<Runtime>::iter_values() {
			let ticket = match status {
				RequestStatus::Unrequested { ticket, .. } => Some(ticket),
				RequestStatus::Requested { maybe_ticket, .. } => maybe_ticket,
			};
			if let Some((account, ticket)) = ticket {
				// The ticket of a preimage is nothing but the amount, which it does not show otherwise.
				let amount = Balance::decode(&mut ticket.encode().as_slice())
					.map_err(|_| "the ticket of a preimage names no amount")?;
				books.add(account, pallet_preimage::HoldReason::Preimage, amount);
			}
		}
		Ok(books)
	}
}

fn holds_are_in_the_books() -> Result<(), TryRuntimeError> {
	let Books(mut books) = Books::read()?;
	for (account, holds) in pallet_balances::Holds::<Runtime>::iter() {
		for hold in holds {
			ensure!(
				books.remove(&(account.clone(), hold.id.encode())) == Some(hold.amount),
				"an amount on hold is not what the book of its reason says"
			);
		}
	}
	ensure!(
		books.is_empty(),
		"a book says that something is held, and it is not"
	);
	Ok(())
}

//! Payouts: what accounts and workflows are owed, and how they claim it.

use crate::{
	Account, Planck, ReadError, View, WorkflowId,
	plain::{call, view},
};
use subxt::{transactions::Payload, utils::AccountId32};

impl View {
	/// What an account may claim.
	pub async fn owed(&self, account: &Account) -> Result<Planck, ReadError> {
		view!(self, "what is owed", payout().owed(AccountId32(*account)))
	}

	/// What the owner of a workflow may claim.
	pub async fn owed_workflow(&self, workflow: WorkflowId) -> Result<Planck, ReadError> {
		view!(
			self,
			"what the workflow is owed",
			payout().owed_workflow(workflow)
		)
	}

	/// All that a workflow was ever credited, claimed or not.
	pub async fn earned_workflow(&self, workflow: WorkflowId) -> Result<Planck, ReadError> {
		view!(
			self,
			"what the workflow earned",
			payout().earned_workflow(workflow)
		)
	}

	/// The account that holds what is owed, and the sum of it.
	pub async fn payout_pot(&self) -> Result<(Account, Planck), ReadError> {
		let (account, owed) = view!(self, "the pot", payout().pot_account())?;
		Ok((account.0, owed))
	}
}

/// Pays out what the signing account is owed.
pub fn claim() -> impl Payload {
	call!(payout().claim())
}

/// Pays out what a workflow earned, to its owner, who signs.
pub fn claim_workflow(workflow: WorkflowId) -> impl Payload {
	call!(payout().claim_workflow(workflow))
}

/// Pays out what another account is owed, to that account; anyone signs.
pub fn claim_for(account: &Account) -> impl Payload + use<> {
	call!(payout().claim_for(AccountId32(*account)))
}

//! What became of the jobs of a workflow or of a node, counted.

use crate::{
	Account, Planck, ReadError, Shared, View, WorkflowId,
	plain::{plain, view},
};
use subxt::utils::AccountId32;
use verification::{Incident, Probation, Score};

plain! {
	/// What a workflow did.
	#[derive(Copy, Default)]
	pub struct WorkflowStatistics {
		/// Settled runs of the workflow itself that were not private.
		pub runs: u64,
		/// Those of them that an audit found valid; the others were not drawn.
		pub audited_runs: u64,
		/// Settled runs that were private: nobody checked them.
		pub private_runs: u64,
		/// What those runs were charged.
		pub charged: Planck,
		/// What was credited to the workflow, from its own runs and from those that build on it.
		pub earned: Planck,
		/// Distinct callers that paid for a run.
		pub callers: u32,
	}

	/// How a node did.
	#[derive(Copy, Default)]
	pub struct NodeStatistics {
		/// Settled runs that were not private.
		pub settled: u64,
		/// Those of them that an audit found valid; the others were not drawn.
		pub audited: u64,
		/// Settled runs that were private: nobody checked them.
		pub private_runs: u64,
		/// Requests it let expire.
		pub timed_out: u64,
		/// Requests it declined.
		pub cancelled: u64,
		/// Runs found invalid.
		pub invalid: u64,
		/// Runs whose transcript could not be fetched.
		pub unavailable: u64,
		/// Runs on which no court could decide.
		pub no_quorum: u64,
		/// Valid runs that could not be settled.
		pub unsettled: u64,
		/// Distinct callers that paid for a run.
		pub callers: u32,
	}

	/// How a node's work was judged so far.
	pub struct Reputation {
		/// The running test that ejects.
		pub score: Shared<Score>,
		/// How far a new identity has come.
		pub probation: Shared<Probation>,
		/// The failures of the window that runs, if one does.
		pub incident: Option<Shared<Incident>>,
		/// Who found the first of them, and is rewarded when the bond has paid.
		pub finder: Option<Account>,
		/// When the last absence that counted began.
		pub absent_since: Option<u32>,
		/// Whether it was ejected.
		pub ejected: bool,
	}
}

impl View {
	/// What a workflow did.
	pub async fn workflow_statistics(&self, workflow: WorkflowId) -> Result<WorkflowStatistics, ReadError> {
		view!(
			self,
			"the workflow's statistics",
			execution_log().workflow_stats(workflow)
		)
	}

	/// How a node's work was judged so far.
	pub async fn reputation(&self, node: &Account) -> Result<Reputation, ReadError> {
		view!(
			self,
			"the node's reputation",
			execution_log().reputation(AccountId32(*node))
		)
	}

	/// How a node did.
	pub async fn node_statistics(&self, node: &Account) -> Result<NodeStatistics, ReadError> {
		view!(
			self,
			"the node's statistics",
			execution_log().node_stats(AccountId32(*node))
		)
	}
}

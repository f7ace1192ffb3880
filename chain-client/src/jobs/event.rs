//! What happens to jobs, as the events of a block tell it.

use super::{Charge, Class, DisputeOutcome, PayoutLine, RefundReason, Stage};
use crate::{
	Account, Hash, JobId, Planck, Shared, WorkflowId, chain::runtime_types::sp_runtime::DispatchError,
	plain::plain,
};
use receipt::{Verdict, canary::Planting};

plain! {
	/// What happened to a job in a block.
	pub enum JobEvent {
		/// A job was requested and its fee is held.
		Requested {
			/// The job.
			job: JobId,
			/// The hash of its ticket.
			ticket: Hash,
			/// Who pays.
			caller: Account,
			/// Who works.
			node: Account,
			/// The workflow.
			workflow: WorkflowId,
			/// Its version.
			version: u32,
			/// The fee at most.
			fee: Planck,
			/// The chain's share of the sampling seed.
			randomness: Hash,
			/// The last block in which the node may deliver.
			deliver_by: u32,
		},
		/// The node declined; the fee went back.
		Cancelled {
			/// The job.
			job: JobId,
		},
		/// A receipt was delivered.
		Delivered {
			/// The job.
			job: JobId,
			/// The hash of the receipt.
			receipt: Hash,
			/// Tokens of the prompt.
			tokens_in: u32,
			/// Tokens of the answer.
			tokens_out: u32,
		},
		/// Nothing was delivered in time; the fee went back.
		TimedOut {
			/// The job.
			job: JobId,
		},
		/// The draw chose nobody: the job is paid when its window is over.
		NotDrawn {
			/// The job.
			job: JobId,
		},
		/// Auditors were drawn and may commit.
		Drawn {
			/// The job.
			job: JobId,
			/// Which stage sits.
			stage: Stage,
			/// The auditors.
			committee: Vec<Account>,
			/// The last block for commits.
			commit_until: u32,
		},
		/// An auditor committed.
		Committed {
			/// The job.
			job: JobId,
			/// The auditor.
			auditor: Account,
		},
		/// Everybody committed; reveals open early.
		RevealsOpen {
			/// The job.
			job: JobId,
			/// The first block for reveals.
			from: u32,
			/// The last block for reveals.
			until: u32,
		},
		/// An auditor revealed.
		Revealed {
			/// The job.
			job: JobId,
			/// The auditor.
			auditor: Account,
			/// What it found.
			verdict: Shared<Verdict>,
		},
		/// One item of a batch had no effect.
		ItemRefused {
			/// The job.
			job: JobId,
			/// The auditor.
			auditor: Account,
			/// Why.
			error: DispatchError,
		},
		/// An auditor did not attest and was slashed for downtime.
		Absent {
			/// The job.
			job: JobId,
			/// The auditor.
			auditor: Account,
		},
		/// A stage passed the job on to the next one, which is drawn anew.
		Escalated {
			/// The job.
			job: JobId,
			/// The next stage.
			stage: Stage,
		},
		/// An auditor found a fault in a job's work, and its node is asked whether it planted it.
		NodeAsked {
			/// The job.
			job: JobId,
			/// The last block for an answer.
			until: u32,
		},
		/// A node showed that its receipt is a canary.
		CanaryOpened {
			/// The job.
			job: JobId,
			/// What was planted.
			planting: Shared<Planting>,
		},
		/// An audit confirmed what a node said it had planted.
		CanaryConfirmed {
			/// The job.
			job: JobId,
			/// Auditors that had seen the fault.
			saw: u32,
			/// Auditors that had called it valid.
			missed: u32,
		},
		/// An auditor's verdict was clearly wrong, and its bond paid for it.
		WrongVerdict {
			/// The job.
			job: JobId,
			/// The auditor.
			auditor: Account,
			/// What it had said.
			verdict: Shared<Verdict>,
		},
		/// The trace with a verdict was untrue, so that its auditor had not run the model, and its bond has paid for it.
		IdleAuditor {
			/// The job.
			job: JobId,
			/// The auditor.
			auditor: Account,
		},
		/// A node's work failed an audit. Until the incident closes its failures are gathered.
		IncidentOpened {
			/// The node.
			node: Account,
			/// The job that failed.
			job: JobId,
			/// What the bond pays, less what further failures forfeit.
			penalty: Planck,
			/// The block in which it closes.
			closes_at: u32,
		},
		/// A node's incident closed, and the bond paid.
		IncidentClosed {
			/// The node.
			node: Account,
			/// Jobs that failed.
			failures: u32,
			/// What was due from the bond.
			slash: Planck,
		},
		/// A node's work failed too often: it takes no jobs under this name any more.
		Ejected {
			/// The node.
			node: Account,
		},
		/// A stage agreed.
		Judged {
			/// The job.
			job: JobId,
			/// On what.
			class: Class,
			/// Who.
			quorum: Vec<Account>,
		},
		/// The fee went back.
		Refunded {
			/// The job.
			job: JobId,
			/// Why.
			reason: RefundReason,
		},
		/// The charge was divided and the rest of the fee went back.
		Settled {
			/// The job.
			job: JobId,
			/// What was charged.
			charge: Charge,
			/// To whom it went.
			payouts: Vec<PayoutLine>,
		},
		/// A due step failed; `settle` tries it again.
		StepParked {
			/// The job.
			job: JobId,
			/// Why.
			error: DispatchError,
		},
		/// An old record was removed and its deposit went back.
		Pruned {
			/// The job.
			job: JobId,
		},
		/// The caller objects to a job, and a court is drawn.
		Disputed {
			/// The job.
			job: JobId,
			/// What the caller left.
			deposit: Planck,
			/// The stage that will sit.
			stage: Stage,
		},
		/// A dispute has its outcome.
		DisputeEnded {
			/// The job.
			job: JobId,
			/// What the caller had left.
			deposit: Planck,
			/// What became of it.
			outcome: DisputeOutcome,
		},
		/// A node put its sealed transcript into this block, for the auditors of the stage that sits.
		TranscriptPosted {
			/// The job.
			job: JobId,
			/// The stage.
			stage: Stage,
			/// The BLAKE2b-256 hash of the sealed bytes.
			hash: Hash,
			/// How many they are.
			length: u32,
		},
	}
}

impl JobEvent {
	/// The job it speaks of; nothing where it speaks of a node.
	pub fn job(&self) -> Option<JobId> {
		match self {
			Self::IncidentClosed { .. } | Self::Ejected { .. } => None,
			Self::Requested { job, .. }
			| Self::Cancelled { job }
			| Self::Delivered { job, .. }
			| Self::TimedOut { job }
			| Self::Drawn { job, .. }
			| Self::Committed { job, .. }
			| Self::RevealsOpen { job, .. }
			| Self::Revealed { job, .. }
			| Self::ItemRefused { job, .. }
			| Self::Absent { job, .. }
			| Self::NotDrawn { job }
			| Self::NodeAsked { job, .. }
			| Self::CanaryOpened { job, .. }
			| Self::CanaryConfirmed { job, .. }
			| Self::Escalated { job, .. }
			| Self::WrongVerdict { job, .. }
			| Self::IdleAuditor { job, .. }
			| Self::IncidentOpened { job, .. }
			| Self::Judged { job, .. }
			| Self::Refunded { job, .. }
			| Self::Settled { job, .. }
			| Self::StepParked { job, .. }
			| Self::Disputed { job, .. }
			| Self::DisputeEnded { job, .. }
			| Self::TranscriptPosted { job, .. }
			| Self::Pruned { job } => Some(*job),
		}
	}
}

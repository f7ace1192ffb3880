//! Jobs: what was requested, delivered, judged and paid.

mod event;
mod statistics;
#[cfg(test)]
mod tests;

pub use event::JobEvent;
pub use statistics::{NodeStatistics, Reputation, WorkflowStatistics};

use crate::{
	Account, Hash, JobId, Planck, ReadError, Shared, View, WorkflowId,
	plain::{call, plain, view},
};
use calibration::Entry;
use receipt::{
	Receipt, Signature, Ticket, Verdict,
	attestation::{Batch, Opening},
	canary::Planting,
	trace::{Shown, Trace},
};
use subxt::{transactions::Payload, utils::AccountId32};
use verification::Ppm;

plain! {
	/// What a call costs.
	#[derive(Copy)]
	pub struct Charge {
		/// All that the caller pays.
		pub total: Planck,
		/// The part of it that the node asked for itself and that is not split.
		pub node_part: Planck,
	}

	/// Why somebody is paid.
	#[derive(Copy, serde::Serialize)]
	#[serde(rename_all = "snake_case")]
	pub enum PayoutKind {
		/// For the workflow that was called.
		Creator,
		/// For a workflow on which it builds.
		Upstream,
		/// For the run.
		Node,
		/// For an audit.
		Validator,
		/// The common part.
		Treasury,
	}

	/// Who is paid.
	pub enum Payee {
		/// An account.
		Account(Account),
		/// A workflow; its owner claims it.
		Workflow(WorkflowId),
	}

	/// One part of a charge.
	pub struct PayoutLine {
		/// Why.
		pub kind: PayoutKind,
		/// To whom.
		pub payee: Payee,
		/// How much.
		pub amount: Planck,
	}

	/// A delivered receipt.
	pub struct Delivery {
		/// The receipt.
		pub receipt: Shared<Receipt>,
		/// Its hash, which attestations name.
		pub hash: Hash,
		/// The node's signature over the hash.
		pub signature: Signature,
		/// The audit key that made it.
		pub key: [u8; 32],
		/// The block of the delivery.
		pub at: u32,
	}

	/// One auditor of one job.
	pub struct Seat {
		/// The auditor.
		pub auditor: Account,
		/// Its audit key when it was drawn; only this one speaks for the seat.
		pub key: [u8; 32],
		/// What it committed to.
		pub commitment: Option<Hash>,
		/// What the commitment hid.
		pub opening: Option<Shared<Opening>>,
	}

	/// A verdict without its reason: what a quorum agrees on.
	#[derive(Copy, serde::Serialize)]
	#[serde(rename_all = "snake_case")]
	pub enum Class {
		/// The work was done as the receipt says.
		Valid,
		/// It was not.
		Invalid,
		/// The transcript could not be fetched.
		Unavailable,
	}

	/// Why a delivered job was refunded.
	#[derive(Copy, serde::Serialize)]
	#[serde(rename_all = "snake_case")]
	pub enum RefundReason {
		/// A court found the work invalid.
		Invalid,
		/// A court could not fetch the transcript.
		Unavailable,
		/// No court could decide, or too few auditors were left for one.
		NoQuorum,
		/// The work was valid, but its settlement kept failing until the retention was over.
		Unsettled,
	}

	/// Where an audit stands.
	#[derive(Copy, serde::Serialize)]
	#[serde(rename_all = "snake_case")]
	pub enum Stage {
		/// One auditor. It can pass a job, unless a second look is drawn; its dissent opens a panel.
		Auditor,
		/// Two thirds of the seats decide.
		Panel,
		/// More than half of the seats decide.
		Jury,
	}

	/// What a draw decides.
	#[derive(Copy)]
	pub enum Draw {
		/// Whether the job is audited at all, and by whom.
		Whether,
		/// By whom: that it is audited is certain.
		Surely,
		/// Who sits in this stage.
		Who(Stage),
		/// Whether a panel looks again at what a single auditor has passed, and who sits in it.
		Again,
	}

	/// What one auditor of an earlier stage found.
	pub struct Finding {
		/// The auditor.
		pub auditor: Account,
		/// What it found.
		pub verdict: Shared<Verdict>,
		/// How far it measured the work to be from an honest run, in thousandths of the pair's band.
		pub error_milli: u32,
		/// The round in which it sat: the stage, counted from zero, and on from three once a canary was opened.
		pub round: u8,
		/// The trace that it showed of its run.
		pub trace: Option<Shared<Trace>>,
		/// Whether the next finding of its stage shows another trace than it computed for that one.
		pub contradicts: bool,
	}

	/// What became of a dispute.
	#[derive(Copy, serde::Serialize)]
	#[serde(rename_all = "snake_case")]
	pub enum DisputeOutcome {
		/// The court has not spoken; the deposit is held.
		Open,
		/// The work was invalid: the deposit went back.
		Upheld,
		/// The work was valid: the deposit pays the auditors.
		Rejected,
		/// No court could decide, or none could fetch the transcript: the deposit went back.
		Undecided,
	}

	/// A caller's objection to a job that nobody objected to.
	#[derive(Copy)]
	pub struct Dispute {
		/// The block.
		pub at: u32,
		/// What the caller left. It is held while the outcome is open.
		pub deposit: Planck,
		/// The stage that it opened.
		pub stage: Stage,
		/// How many of the earlier findings were settled with when the job was passed before.
		pub settled: u32,
		/// What became of it.
		pub outcome: DisputeOutcome,
	}

	/// A transcript that the node put into a block, for auditors that cannot reach it.
	#[derive(Copy)]
	pub struct Posting {
		/// The block in whose body it lies.
		pub at: u32,
		/// The BLAKE2b-256 hash of the sealed bytes.
		pub hash: Hash,
		/// The stage for whose auditors it is sealed.
		pub stage: Stage,
	}

	/// A verdict on a receipt of which its node said later that a fault was planted in it.
	pub struct PlantedVerdict {
		/// The auditor.
		pub auditor: Account,
		/// What it said.
		pub verdict: Shared<Verdict>,
		/// Whether it was credited for it already.
		pub credited: bool,
		/// Whether it was found idle, and has paid.
		pub idle: bool,
	}

	/// A canary that was opened.
	pub struct OpenedCanary {
		/// The block of the opening.
		pub at: u32,
		/// What was planted, as the node's draw says.
		pub planting: Shared<Planting>,
		/// How far that is from an honest run, in thousandths of the pair's band.
		pub error_milli: u32,
		/// Whether an audit had passed the planted receipt.
		pub had_passed: bool,
		/// Verdicts on the planted receipt that nobody was paid or slashed for yet.
		pub planted: Vec<PlantedVerdict>,
		/// Auditors that saw the fault, once the opening is confirmed.
		pub saw: u32,
		/// Auditors that called it valid.
		pub missed: u32,
	}

	/// What is known of the sealed field of a job's receipt.
	pub enum Canary {
		/// Nothing.
		Sealed,
		/// An auditor found a fault, and the node was asked whether it planted it.
		Asked,
		/// The node opened it.
		Opened(OpenedCanary),
	}

	/// What the audit of a job rests on.
	pub struct Audit {
		/// What the node is paid at most.
		pub node_part: Planck,
		/// The calibration of its pair at the request: by its bands auditors go. Nothing for a private job.
		pub calibration: Option<Shared<Entry>>,
		/// How likely it is that the job is audited.
		pub probability: Shared<Ppm>,
		/// What an upheld failed audit takes from the bond.
		pub penalty: Planck,
		/// The last stage that sat.
		pub stage: Option<Stage>,
		/// The single auditor whose dissent or silence opened the court, or whose verdict was disputed or is looked at
		/// again.
		pub accuser: Option<Account>,
		/// The verdicts of the stages before the last one.
		pub earlier: Vec<Finding>,
		/// What a panel agreed on whose auditors contradict one another in what they saw of the run.
		pub agreed: Option<Class>,
		/// Bit by bit, beginning with the lowest, whose of them a later stage found idle.
		pub idle: u64,
		/// In the same way, and after them of those of the last stage: for which verdicts a bond has paid.
		pub slashed: u64,
		/// The caller's objection.
		pub dispute: Option<Dispute>,
		/// The last transcript that the node posted.
		pub posted: Option<Posting>,
		/// What is known of the receipt's sealed field.
		pub canary: Canary,
	}

	/// Where a job stands.
	pub enum JobState {
		/// The node is at work.
		Assigned {
			/// The last block in which it may deliver.
			deliver_by: u32,
		},
		/// A receipt is here, and it is not drawn yet whether, or by whom, it is audited.
		Delivered {
			/// The randomness of the blocks after this one draws.
			from: u32,
			/// What it decides.
			draw: Draw,
		},
		/// Auditors are at work.
		Auditing {
			/// Which stage sits.
			stage: Stage,
			/// The last block for commits.
			commit_until: u32,
			/// The first block for reveals.
			reveal_from: u32,
			/// The last block for reveals.
			reveal_until: u32,
		},
		/// Nothing speaks against the work: an audit passed it, the draw chose nobody, or it is private. It is paid when
		/// the window is over.
		Payable {
			/// The block of the verdict or of the draw, or of a private delivery.
			at: u32,
			/// The block in which the job settles.
			settle_at: u32,
		},
		/// Paid.
		Settled {
			/// The block.
			at: u32,
			/// What was charged; the rest of the fee went back.
			charge: Charge,
			/// To whom it went.
			payouts: Vec<PayoutLine>,
		},
		/// Nothing was delivered; refunded.
		TimedOut {
			/// The block.
			at: u32,
		},
		/// The node declined; refunded.
		Cancelled {
			/// The block.
			at: u32,
		},
		/// The delivery was not accepted; refunded.
		Refunded {
			/// The block.
			at: u32,
			/// Why.
			reason: RefundReason,
		},
		/// An auditor found a fault, and the node may show that it planted it.
		Opening {
			/// The last block for that.
			until: u32,
			/// Whose verdicts are counted otherwise.
			stage: Stage,
		},
	}

	/// All the chain knows of a job.
	pub struct Job {
		/// What was agreed: node, caller, workflow, limits, fee.
		pub ticket: Shared<Ticket>,
		/// The hash of the ticket.
		pub ticket_hash: Hash,
		/// The node's signature over that hash.
		pub ticket_signature: Signature,
		/// The audit key that made it.
		pub ticket_key: [u8; 32],
		/// The block of the request.
		pub requested_at: u32,
		/// The version of the terms that the job keeps.
		pub terms: u32,
		/// What the caller left for the record.
		pub record_deposit: Planck,
		/// The chain's share of the sampling seed.
		pub randomness: Hash,
		/// Where it stands.
		pub state: JobState,
		/// The block in which its next step is due, while it has not ended.
		pub due: u32,
		/// The receipt, once there is one.
		pub delivery: Option<Delivery>,
		/// What the audit rests on.
		pub audit: Audit,
		/// The auditors of the last stage.
		pub committee: Vec<Seat>,
		/// What the audit came to; nothing for a job that was not audited.
		pub class: Option<Class>,
		/// Whose verdicts decided it.
		pub quorum: Vec<Account>,
		/// Auditors that paid for their absence.
		pub absent: Vec<Account>,
	}

	/// What an auditor can do next for a job.
	#[derive(Copy)]
	pub enum AuditPhase {
		/// Commit.
		Commit {
			/// The last block for it.
			until: u32,
		},
		/// Reveal.
		Reveal {
			/// The last block for it.
			until: u32,
			/// What the opening must match.
			commitment: Hash,
		},
	}

	/// One attestation that an auditor owes, with all that its verifier must know.
	pub struct Owed {
		/// The job.
		pub job: JobId,
		/// The audit key that must sign.
		pub key: [u8; 32],
		/// Which stage it is of, counted from zero.
		pub round: u8,
		/// What is owed.
		pub phase: AuditPhase,
		/// The node that ran the job and keeps the transcript.
		pub node: Account,
		/// The hash of the receipt.
		pub receipt_hash: Hash,
		/// The receipt.
		pub receipt: Shared<Receipt>,
		/// The hash of the ticket.
		pub ticket_hash: Hash,
		/// The commitment to the job's input.
		pub input: Hash,
		/// The caller's share of the sampling seed.
		pub nonce: [u8; 32],
		/// The chain's share.
		pub randomness: Hash,
		/// Tokens that the answer may have.
		pub max_tokens: u32,
		/// What the node said was planted in the receipt, once it has.
		pub opened: Option<Shared<Planting>>,
		/// Who sits in this stage, in order.
		pub committee: Vec<Account>,
		/// What the auditors of the stages before showed.
		pub earlier: Vec<Shared<Shown>>,
	}
}

/// Stages of an audit: an auditor, a panel, a jury.
const STAGES: u8 = 3;

impl From<Stage> for verification::Stage {
	fn from(stage: Stage) -> Self {
		match stage {
			Stage::Auditor => Self::Auditor,
			Stage::Panel => Self::Panel,
			Stage::Jury => Self::Jury,
		}
	}
}

impl JobState {
	/// Its name, as one word.
	pub fn name(&self) -> &'static str {
		match self {
			Self::Assigned { .. } => "assigned",
			Self::Delivered { .. } => "delivered",
			Self::Auditing { .. } => "auditing",
			Self::Payable { .. } => "payable",
			Self::Settled { .. } => "settled",
			Self::TimedOut { .. } => "timed out",
			Self::Cancelled { .. } => "cancelled",
			Self::Refunded { .. } => "refunded",
			Self::Opening { .. } => "opening",
		}
	}

	/// The block in which the job ended, for one that has.
	pub fn ended_at(&self) -> Option<u32> {
		match self {
			Self::Settled { at, .. }
			| Self::TimedOut { at }
			| Self::Cancelled { at }
			| Self::Refunded { at, .. } => Some(*at),
			_ => None,
		}
	}
}

impl Canary {
	/// What was opened, if it was.
	pub fn opened(&self) -> Option<&OpenedCanary> {
		match self {
			Self::Opened(opened) => Some(opened),
			Self::Sealed | Self::Asked => None,
		}
	}
}

impl Job {
	/// Whether its node may open it now: it is asked for that, or an audit passed the job before anybody asked.
	pub fn can_be_opened(&self) -> bool {
		match (&self.state, &self.audit.canary) {
			(JobState::Opening { .. }, _) => true,
			(JobState::Payable { .. }, Canary::Sealed) => self.class == Some(Class::Valid),
			_ => false,
		}
	}

	/// Whether the auditor of the earlier finding with this number was found idle: it had not run the model.
	pub fn is_idle(&self, earlier: usize) -> bool {
		let earlier = u32::try_from(earlier).ok();
		earlier
			.and_then(|number| self.audit.idle.checked_shr(number))
			.is_some_and(|bits| bits & 1 == 1)
	}

	/// Whether a panel looks, or looked, at what a single auditor had passed although nobody objected to it.
	pub fn is_looked_at_again(&self) -> bool {
		let opened_at = self.audit.canary.opened().map_or(0, |opened| opened.at);
		let objected = self
			.audit
			.dispute
			.is_some_and(|dispute| dispute.at >= opened_at && matches!(dispute.stage, Stage::Panel));
		let of_one = |finding: &Finding| finding.round.is_multiple_of(STAGES);
		let passed = |finding: &Finding| finding.verdict.0 == Verdict::Valid;
		!objected
			&& self
				.audit
				.earlier
				.first()
				.is_some_and(|first| of_one(first) && passed(first))
	}

	/// The hash of the transcript by which it is audited: the receipt's, or the true one of an opened canary.
	pub fn audited_transcript(&self) -> Option<Hash> {
		match &self.audit.canary {
			Canary::Opened(opened) => Some(opened.planting.transcript),
			Canary::Sealed | Canary::Asked => Some(self.delivery.as_ref()?.receipt.transcript),
		}
	}

	/// The seed of its sampling.
	pub fn seed(&self, id: JobId) -> Hash {
		receipt::sampling::seed(id, &self.ticket.nonce, &self.randomness)
	}
}

/// Job numbers that are read at once.
const PAGE: u32 = 50;

impl View {
	/// A job with its record, unless there is none or it was pruned.
	pub async fn job(&self, job: JobId) -> Result<Option<Job>, ReadError> {
		view!(self, "the job", execution_log().job(job))
	}

	/// The jobs with numbers from `start` on; `limit` numbers are looked at, pruned ones left out.
	pub async fn jobs(&self, start: JobId, limit: u32) -> Result<Vec<(JobId, Job)>, ReadError> {
		let mut jobs = Vec::new();
		let end = start.saturating_add(limit.into()).min(self.next_job().await?);
		let mut from = start;
		while from < end {
			let count = u32::try_from(end - from).unwrap_or(PAGE).min(PAGE);
			let page: Vec<(JobId, Job)> = view!(self, "the jobs", execution_log().jobs(from, count))?;
			jobs.extend(page);
			from += JobId::from(count);
		}
		Ok(jobs)
	}

	/// The number that the next job gets.
	pub async fn next_job(&self) -> Result<JobId, ReadError> {
		view!(self, "the number of jobs", execution_log().next_job())
	}

	/// The job that used a ticket, by the ticket's hash.
	pub async fn job_of_ticket(&self, ticket: &Hash) -> Result<Option<JobId>, ReadError> {
		view!(self, "the ticket's job", execution_log().job_of_ticket(*ticket))
	}

	/// What an auditor could attest in the next block.
	pub async fn owed_audits(&self, auditor: &Account) -> Result<Vec<Owed>, ReadError> {
		view!(
			self,
			"the owed audits",
			execution_log().owed(AccountId32(*auditor))
		)
	}
}

/// Requests a job with a node's signed ticket. Signed by the caller that the ticket names; the ticket's fee and the
/// record deposit are held.
pub fn request(ticket: Ticket, signature: Signature) -> impl Payload {
	call!(execution_log().request(ticket.into(), signature))
}

/// Delivers the receipt of a run, with the signature of the node's audit key. Anyone may sign the transaction.
pub fn deliver(receipt: Receipt, signature: Signature) -> impl Payload {
	call!(execution_log().deliver(receipt.into(), signature))
}

/// Declines a job that was not delivered yet. Signed by the job's node.
pub fn cancel(job: JobId) -> impl Payload {
	call!(execution_log().cancel(job))
}

/// Hands in an auditor's commitments or openings. It is sent without a transaction signature: the audit key's
/// signature over the batch stands for it.
pub fn attest(batch: Batch, signature: Signature) -> impl Payload {
	call!(execution_log().attest(batch.into(), signature))
}

/// Takes the step that is due for a job, where the hooks did not.
pub fn settle(job: JobId) -> impl Payload {
	call!(execution_log().settle(job))
}

/// Removes a record whose retention is over and returns its deposit to the caller.
pub fn prune(job: JobId) -> impl Payload {
	call!(execution_log().prune(job))
}

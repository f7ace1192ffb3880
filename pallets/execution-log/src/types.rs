//! What is stored of a job, and what clients read.

use alloc::vec::Vec;
use calibration::Entry;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use pallet_terms::MAX_COMMITTEE;
use polkadot_sdk::{
	frame_support::{BoundedVec, traits::ConstU32},
	sp_runtime::{AccountId32, Debug},
};
use receipt::{
	Hash, JobId, Planck, Receipt, Signature, Ticket, Verdict, WorkflowId,
	attestation::Opening,
	canary::Planting,
	trace::{Shown, Trace},
};
use scale_info::TypeInfo;
use verification::{Incident, Ppm, Probation, Score, Stage};

/// The most lines of one payout: creator, 32 upstream workflows, node, treasury and a whole stage.
pub const MAX_PAYOUTS: u32 = 35 + MAX_COMMITTEE;

/// The most seats of all stages of one audit: an auditor, a panel, a jury.
pub const MAX_SEATS: u32 = 1 + 2 * MAX_COMMITTEE;

/// The randomness up to one block.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct RingEntry {
	/// The block.
	pub block: u32,
	/// Its author, by its number in the author set. `None` where the block had no output.
	pub author: Option<u32>,
	/// The hash over the outputs of all blocks up to this one.
	pub beacon: Hash,
}

/// What a call costs.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Charge {
	/// All that the caller pays.
	pub total: Planck,
	/// The part of it that the node asked for itself and that is not split.
	pub node_part: Planck,
}

/// Why somebody is paid.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum PayoutKind {
	/// For the workflow that was called.
	#[codec(index = 0)]
	Creator,
	/// For a workflow on which it builds.
	#[codec(index = 1)]
	Upstream,
	/// For the run.
	#[codec(index = 2)]
	Node,
	/// For an audit.
	#[codec(index = 3)]
	Validator,
	/// The common part.
	#[codec(index = 4)]
	Treasury,
}

/// Who is paid.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Payee {
	/// An account.
	#[codec(index = 0)]
	Account(AccountId32),
	/// A workflow; its owner claims it.
	#[codec(index = 1)]
	Workflow(WorkflowId),
}

/// One part of a charge.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct PayoutLine {
	/// Why.
	pub kind: PayoutKind,
	/// To whom.
	pub payee: Payee,
	/// How much.
	pub amount: Planck,
}

/// A delivered receipt.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Delivery {
	/// The receipt.
	pub receipt: Receipt,
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
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Seat {
	/// The auditor.
	pub auditor: AccountId32,
	/// Its audit key when it was drawn; only this one speaks for the seat.
	pub key: [u8; 32],
	/// What it committed to.
	pub commitment: Option<Hash>,
	/// What the commitment hid.
	pub opening: Option<Opening>,
}

/// What the verdict of one auditor was worth to the chain: kept when its stage gives way to the next.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Finding {
	/// The auditor.
	pub auditor: AccountId32,
	/// What it found.
	pub verdict: Verdict,
	/// How far it measured the work to be from an honest run, in thousandths of the pair's band.
	pub error_milli: u32,
	/// The round in which it sat, as in [`Owed::round`].
	pub round: u8,
	/// The trace that it showed of its run.
	pub trace: Option<Trace>,
	/// Whether the next finding of its stage, the first after the last, shows another trace than it computed for that one.
	pub contradicts: bool,
}

/// What became of a dispute.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum DisputeOutcome {
	/// The court has not spoken; the deposit is held.
	#[codec(index = 0)]
	Open,
	/// The work was invalid: the deposit went back.
	#[codec(index = 1)]
	Upheld,
	/// The work was valid: the deposit pays the auditors.
	#[codec(index = 2)]
	Rejected,
	/// No court could decide, or none could fetch the transcript: the deposit went back.
	#[codec(index = 3)]
	Undecided,
}

/// A caller's objection to a job that nobody objected to. There is at most one in a job.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
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
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Posting {
	/// The block in whose body it lies.
	pub at: u32,
	/// The BLAKE2b-256 hash of the sealed bytes.
	pub hash: Hash,
	/// The stage for whose auditors it is sealed.
	pub stage: Stage,
}

/// A verdict on a receipt of which its node said later that a fault was planted in it. What it is worth is known when the
/// opening has been checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct PlantedVerdict {
	/// The auditor.
	pub auditor: AccountId32,
	/// What it said.
	pub verdict: Verdict,
	/// Whether it was credited for it already, because a stage agreed with it.
	pub credited: bool,
	/// Whether it was found idle: then its bond has paid, and it is neither credited nor slashed any more.
	pub idle: bool,
}

/// A canary that was opened. Its job is audited once more, by the true transcript.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct OpenedCanary {
	/// The block of the opening.
	pub at: u32,
	/// What was planted, as the node's draw says.
	pub planting: Planting,
	/// How far that is from an honest run, in thousandths of the pair's band.
	pub error_milli: u32,
	/// Whether an audit had passed the planted receipt: the job counts once for the node's standing.
	pub had_passed: bool,
	/// Verdicts on the planted receipt that nobody was paid or slashed for yet.
	pub planted: BoundedVec<PlantedVerdict, ConstU32<MAX_SEATS>>,
	/// Auditors that saw the fault, once the opening is confirmed.
	pub saw: u32,
	/// Auditors that called it valid.
	pub missed: u32,
}

/// What is known of the sealed field of a job's receipt.
#[derive(
	Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Canary {
	/// Nothing.
	#[default]
	#[codec(index = 0)]
	Sealed,
	/// An auditor found a fault, and the node was asked whether it planted it. It is asked once.
	#[codec(index = 1)]
	Asked,
	/// The node opened it.
	#[codec(index = 2)]
	Opened(OpenedCanary),
}

/// What the public accuracy of an auditor rests on: confirmed canaries on which it gave a verdict, and untrue traces.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct AuditorAccuracy {
	/// All confirmed canaries on which it gave a verdict.
	pub canaries: u32,
	/// Those with a clear fault that it called valid.
	pub missed: u32,
	/// Those with a fault near the band that it called valid, as honest auditors sometimes do.
	pub near_missed: u32,
	/// Verdicts on any jobs for which it had not run the model.
	pub idle: u32,
}

/// What the audit of a job rests on. Fixed from the delivery on, except for what the stages add.
#[derive(
	Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Audit {
	/// What the node is paid at most: R follows from it.
	pub node_part: Planck,
	/// The calibration of its pair at the request: by its bands auditors go, and by its detection power the stakes, whatever
	/// is voted meanwhile. Nothing for a private job.
	pub calibration: Option<Entry>,
	/// p: how likely it is that the job is audited.
	pub probability: Ppm,
	/// Φ: what an upheld failed audit takes from the bond. Zero where nobody could judge.
	pub penalty: Planck,
	/// The last stage that sat.
	pub stage: Option<Stage>,
	/// The single auditor whose dissent or silence opened the court, or whose verdict was disputed or is looked at again.
	/// It does not sit in it.
	pub accuser: Option<AccountId32>,
	/// The verdicts of the stages before the one that sits.
	pub earlier: BoundedVec<Finding, ConstU32<MAX_SEATS>>,
	/// What a panel agreed on whose auditors contradict one another in what they saw of the run: it stands where the jury
	/// cannot decide.
	pub agreed: Option<Class>,
	/// Bit by bit, beginning with the lowest, whose of them a later stage found idle.
	pub idle: u64,
	/// In the same way, and after them of those of the stage that sat last: for which findings a bond has paid.
	pub slashed: u64,
	/// The caller's objection.
	pub dispute: Option<Dispute>,
	/// The last transcript that the node posted.
	pub posted: Option<Posting>,
	/// What is known of the receipt's sealed field.
	pub canary: Canary,
}

/// What a draw decides.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Draw {
	/// Whether the job is audited at all, and by whom.
	#[codec(index = 0)]
	Whether,
	/// By whom: that it is audited is certain, because another job of its node failed, or a canary was opened.
	#[codec(index = 1)]
	Surely,
	/// Who sits in this stage.
	#[codec(index = 2)]
	Who(Stage),
	/// Whether a panel looks again at what a single auditor has passed, and who sits in it.
	#[codec(index = 3)]
	Again,
}

/// A step that is due.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum DueStep {
	/// The next step of a job.
	#[codec(index = 0)]
	Job(JobId),
	/// More of a node's unpaid jobs are to be audited.
	#[codec(index = 1)]
	Sweep(AccountId32),
	/// A node's incident closes, and the bond pays.
	#[codec(index = 2)]
	Incident(AccountId32),
	/// What was said of a planted receipt is paid or slashed for.
	#[codec(index = 3)]
	Canary(JobId),
}

/// How a node's work was judged so far.
#[derive(
	Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Reputation {
	/// The running test that ejects.
	pub score: Score,
	/// How far a new identity has come.
	pub probation: Probation,
	/// The failures of the window that runs, if one does.
	pub incident: Option<Incident>,
	/// Who found the first of them: rewarded once, by what the bond pays in the end.
	pub finder: Option<AccountId32>,
	/// When the last absence that counted began: the block in which a court found that it could not fetch a transcript.
	pub absent_since: Option<u32>,
	/// Whether it was ejected.
	pub ejected: bool,
}

/// A verdict without its reason: what a quorum agrees on.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Class {
	/// The work was done as the receipt says.
	#[codec(index = 0)]
	Valid,
	/// It was not.
	#[codec(index = 1)]
	Invalid,
	/// The transcript could not be fetched.
	#[codec(index = 2)]
	Unavailable,
}

impl From<Verdict> for Class {
	fn from(verdict: Verdict) -> Self {
		match verdict {
			Verdict::Valid => Self::Valid,
			Verdict::Invalid(_) => Self::Invalid,
			Verdict::Unavailable => Self::Unavailable,
		}
	}
}

impl From<Class> for verification::Verdict {
	fn from(class: Class) -> Self {
		match class {
			Class::Valid => Self::Valid,
			Class::Invalid => Self::Invalid,
			Class::Unavailable => Self::Unavailable,
		}
	}
}

impl From<verification::Verdict> for Class {
	fn from(verdict: verification::Verdict) -> Self {
		match verdict {
			verification::Verdict::Valid => Self::Valid,
			verification::Verdict::Invalid => Self::Invalid,
			verification::Verdict::Unavailable => Self::Unavailable,
		}
	}
}

/// Why a delivered job was refunded.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum RefundReason {
	/// A court found the work invalid.
	#[codec(index = 0)]
	Invalid,
	/// A court could not fetch the transcript.
	#[codec(index = 1)]
	Unavailable,
	/// No court could decide, or too few auditors were left for one.
	#[codec(index = 2)]
	NoQuorum,
	/// The work was valid, but its settlement kept failing until the retention was over.
	#[codec(index = 3)]
	Unsettled,
}

/// Where a job stands. Every state but those in which it has ended has a block by which it ends.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum JobState {
	/// The node is at work.
	#[codec(index = 0)]
	Assigned {
		/// The last block in which it may deliver.
		deliver_by: u32,
	},
	/// A receipt is here, and it is not drawn yet whether, or by whom, it is audited.
	#[codec(index = 1)]
	Delivered {
		/// The randomness of the blocks after this one draws.
		from: u32,
		/// What it decides.
		draw: Draw,
	},
	/// Auditors are at work: commits first, then, after a gap, reveals.
	#[codec(index = 2)]
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
	/// Nothing speaks against the work: an audit passed it, the draw chose nobody, or it is private and nobody
	/// looks. It is paid when the window is over.
	#[codec(index = 3)]
	Payable {
		/// The block of the verdict or of the draw, or of a private delivery.
		at: u32,
		/// The block in which the job settles.
		settle_at: u32,
	},
	/// Paid.
	#[codec(index = 4)]
	Settled {
		/// The block.
		at: u32,
		/// What was charged; the rest of the fee went back.
		charge: Charge,
		/// To whom it went.
		payouts: BoundedVec<PayoutLine, ConstU32<MAX_PAYOUTS>>,
	},
	/// Nothing was delivered; refunded.
	#[codec(index = 5)]
	TimedOut {
		/// The block.
		at: u32,
	},
	/// The node declined; refunded.
	#[codec(index = 6)]
	Cancelled {
		/// The block.
		at: u32,
	},
	/// The delivery was not accepted; refunded.
	#[codec(index = 7)]
	Refunded {
		/// The block.
		at: u32,
		/// Why.
		reason: RefundReason,
	},
	/// An auditor found a fault. Before anything follows from it the node may show that it planted it.
	#[codec(index = 8)]
	Opening {
		/// The last block for that.
		until: u32,
		/// Whose verdicts are counted otherwise.
		stage: Stage,
	},
}

/// All the chain knows of a job. It stands under one key, so that one storage proof shows it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Job {
	/// What was agreed: node, caller, workflow, limits, fee.
	pub ticket: Ticket,
	/// The hash of the ticket.
	pub ticket_hash: Hash,
	/// The node's signature over that hash.
	pub ticket_signature: Signature,
	/// The audit key that made it.
	pub ticket_key: [u8; 32],
	/// The block of the request.
	pub requested_at: u32,
	/// The version of the terms in force then; the job keeps it.
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
	pub committee: BoundedVec<Seat, ConstU32<MAX_COMMITTEE>>,
	/// What the audit came to.
	pub class: Option<Class>,
	/// Whose verdicts decided it.
	pub quorum: BoundedVec<AccountId32, ConstU32<MAX_COMMITTEE>>,
	/// Auditors that paid for their absence.
	pub absent: BoundedVec<AccountId32, ConstU32<MAX_SEATS>>,
}

impl Job {
	/// Who pays.
	pub fn caller(&self) -> AccountId32 {
		AccountId32::new(self.ticket.caller)
	}

	/// Who works.
	pub fn node(&self) -> AccountId32 {
		AccountId32::new(self.ticket.node)
	}
}

/// What an auditor can do next for a job.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum AuditPhase {
	/// Commit.
	#[codec(index = 0)]
	Commit {
		/// The last block for it.
		until: u32,
	},
	/// Reveal.
	#[codec(index = 1)]
	Reveal {
		/// The last block for it.
		until: u32,
		/// What the opening must match.
		commitment: Hash,
	},
}

/// One attestation that an auditor owes, with all that its verifier must know.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Owed {
	/// The job.
	pub job: JobId,
	/// The audit key that must sign.
	pub key: [u8; 32],
	/// Which stage it is of, counted from zero and on from three once a canary was opened: no two commitments to one job
	/// share a salt.
	pub round: u8,
	/// What is owed.
	pub phase: AuditPhase,
	/// The node that ran the job and keeps the transcript.
	pub node: AccountId32,
	/// The hash of the receipt.
	pub receipt_hash: Hash,
	/// The receipt.
	pub receipt: Receipt,
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
	/// What the receipt's node said was planted in it: then the true transcript is to be checked, and that it was.
	pub opened: Option<Planting>,
	/// Who sits in this stage, in order: after each comes its neighbour, and after the last the first.
	pub committee: Vec<AccountId32>,
	/// What the auditors of the stages before showed, in the order in which this stage says which of it is untrue.
	pub earlier: Vec<Shown>,
}

/// What a workflow did.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
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
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
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

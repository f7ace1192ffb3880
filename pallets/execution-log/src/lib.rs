//! Takes a job from request to settlement.
//!
//! # Interface
//!
//! - [`request`](Pallet::request): a caller uses a node's signed ticket; the fee is held.
//! - [`deliver`](Pallet::deliver): the node's signed receipt.
//! - [`cancel`](Pallet::cancel): the node declines; the caller gets everything back.
//! - [`attest`](Pallet::attest): auditors commit and reveal, without a fee.
//! - [`dispute`](Pallet::dispute): the caller has a job looked at that nobody objected to.
//! - [`post_transcript`](Pallet::post_transcript): the node shows its transcript to a court in a block.
//! - [`settle`](Pallet::settle): anybody takes the step that is due for a job.
//! - [`open_canary`](Pallet::open_canary): the node shows that it planted the fault in its receipt.
//! - [`prune`](Pallet::prune): anybody removes an old record; the deposit goes back.
//!
//! Clients read jobs, owed audits and statistics by view functions. Other rule-books are reached
//! through the traits in [`traits`] only.
//!
//! # Overview
//!
//! ```text
//! Assigned ──deliver──> Delivered ──drawn──> Auditing ──valid──> Payable ──> Settled
//!    │ └─cancel─> Cancelled  ^ └─not drawn──────│───────────────────^  │
//!    └─too late─> TimedOut   │                  ├─invalid, unavailable─│──> Refunded
//!                            ├──the next stage──┤                      │
//!                            │                  └─no stage can decide──│──> Refunded
//!                            └──another job failed, or a dispute───────┘
//! ```
//!
//! Beside these a job is `Opening` for a while when an auditor calls it invalid for the first time: its node is asked
//! whether it planted the fault. If it did, the job is drawn again, and audited by the true transcript.
//!
//! Every state has a block by which it ends, and a step that ends it. Steps that are due lie in a
//! queue that the hooks work off, a bounded number in each block; one that fails is parked with
//! its error. Nothing depends on the hooks: `settle` takes the same step for anybody.
//!
//! A `Private` job is audited by nobody: it is payable from the delivery on, and counts for nobody's standing. A
//! `Replicated` job is audited by a panel. A `Sampled` job is audited with a probability that follows from its fee, its
//! length and its node's standing, by one auditor first; its dissent, or its silence, opens a panel, and so does a draw
//! after it has passed a job. A panel that cannot agree, or whose auditors saw different runs, opens a jury. Who audits is
//! drawn from randomness that did not exist at the delivery; all commit before anyone reveals; verdicts count by distinct
//! auditors. Whose trace shows that it did not run the model pays as one that was clearly wrong.
//!
//! An upheld failure sends the fee back and opens an incident of the node: it is chilled, its other unpaid jobs are
//! audited, and when the incident closes the bond pays. The formulas are those of the crate [`verification`]; the
//! numbers are those of the [terms](pallet_terms::Terms) in force at the request, so that later terms do not touch a
//! running job.
//!
//! Until the last block before its payment the caller can dispute a job that is not private, once: the stage above the
//! one that passed it sits. The deposit goes back unless that court finds the work valid; then it pays the auditors.
//! A node that auditors cannot reach puts its transcript, sealed to them, into a block.
//!
//! # Low level
//!
//! A job and its record are one entry of [`Jobs`], so that one storage proof shows everything that
//! is needed to check a receipt without the chain. The fee is held on the caller's account from
//! request to end; the record deposit from request to pruning.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod attest;
pub mod audit;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod canary;
mod check;
mod consequence;
mod dispute;
mod judge;
#[cfg(test)]
mod mock;
mod pay;
pub mod posting;
mod request;
mod steps;
#[cfg(test)]
mod tests;
mod trace;
pub mod traits;
pub mod types;
pub mod weights;

pub use attest::refusal;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

use polkadot_sdk::*;

/// Blocks whose randomness is kept: the longest draw and some slack.
pub const RING: u32 = pallet_terms::MAX_DRAW_DELAY + pallet_terms::MAX_STOP_WITHIN + 64;

/// The most blocks that a batch of attestations may be old.
pub const MAX_BATCH_AGE: u32 = 16;

/// The most jobs that one view returns.
pub const MAX_PAGE: u32 = 50;

/// The most owed attestations that one view returns.
pub const MAX_OWED: u32 = 64;

/// The rule-book of jobs.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::traits::{Auditors, BlockRandomness, Nodes, Settlement, Workflows};
	use alloc::{boxed::Box, vec::Vec};
	use frame_support::{pallet_prelude::*, traits::fungible};
	use frame_system::pallet_prelude::*;
	use pallet_terms::TermsSource;
	use receipt::{
		Hash, JobId, PairKey, Planck, Receipt, Signature, Ticket, Tier, Verdict, WorkflowId,
		attestation::Batch,
		canary::{CanaryOpening, Planting},
	};
	use sp_core::H256;
	use sp_runtime::{AccountId32, SaturatedConversion};
	use verification::Stage;

	/// The layout of what is stored here.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the runtime decides.
	#[pallet::config]
	pub trait Config: polkadot_sdk::frame_system::Config<AccountId = AccountId32, Hash = H256> {
		/// The runtime's reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;
		/// Where fees and deposits are held.
		type Currency: fungible::MutateHold<AccountId32, Balance = Planck, Reason = Self::RuntimeHoldReason>;
		/// The governed numbers.
		type Terms: TermsSource;
		/// The nodes and their bonds.
		type Nodes: Nodes;
		/// The validators as auditors.
		type Auditors: Auditors;
		/// The published workflows.
		type Workflows: Workflows;
		/// The division of a charge.
		type Settlement: Settlement<Self::RuntimeHoldReason>;
		/// The randomness of blocks.
		type Randomness: BlockRandomness;
		/// The most due steps that one block takes in its hooks.
		#[pallet::constant]
		type MaxDuePerBlock: Get<u32>;
		/// What the calls cost.
		type WeightInfo: WeightInfo;
		/// What the benchmarks need from the rest of the runtime.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: crate::traits::BenchmarkHelper;
	}

	/// Why money is held on a caller's account.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// The fee of a job that has not ended.
		#[codec(index = 0)]
		Fee,
		/// The deposit for a job's record.
		#[codec(index = 1)]
		Record,
		/// The deposit for a dispute that is open.
		#[codec(index = 2)]
		Dispute,
	}

	/// Every job that was not pruned, with its record.
	#[pallet::storage]
	pub type Jobs<T> = StorageMap<_, Twox64Concat, JobId, Job, OptionQuery>;

	/// The number of the next job.
	#[pallet::storage]
	pub type NextJob<T> = StorageValue<_, JobId, ValueQuery>;

	/// Which job used a ticket. A ticket is used once.
	#[pallet::storage]
	pub type Tickets<T> = StorageMap<_, Identity, Hash, JobId, OptionQuery>;

	/// The steps that are due, by block. A job that has not ended has one entry here, or is parked.
	#[pallet::storage]
	pub type Due<T> = StorageDoubleMap<_, Twox64Concat, u32, Twox64Concat, DueStep, (), OptionQuery>;

	/// The first block that may still have due steps.
	#[pallet::storage]
	pub type Cursor<T> = StorageValue<_, u32, OptionQuery>;

	/// Jobs whose step failed, with the error. `settle` tries again.
	#[pallet::storage]
	pub type Parked<T> = StorageMap<_, Twox64Concat, JobId, DispatchError, OptionQuery>;

	/// The audits that an auditor has open.
	#[pallet::storage]
	pub type OpenAudits<T> =
		StorageDoubleMap<_, Blake2_128Concat, AccountId32, Twox64Concat, JobId, (), OptionQuery>;

	/// The jobs of a node that have not ended.
	#[pallet::storage]
	pub type OpenJobs<T> =
		StorageDoubleMap<_, Blake2_128Concat, AccountId32, Twox64Concat, JobId, (), OptionQuery>;

	/// The last job that the running sweep of a node has looked at.
	#[pallet::storage]
	pub type Sweeps<T> = StorageMap<_, Blake2_128Concat, AccountId32, JobId, OptionQuery>;

	/// How each node's work was judged.
	#[pallet::storage]
	pub type Reputations<T> = StorageMap<_, Blake2_128Concat, AccountId32, Reputation, ValueQuery>;

	/// The block of an auditor's first absence within a window, and how many there were since.
	#[pallet::storage]
	pub type NoShows<T> = StorageMap<_, Blake2_128Concat, AccountId32, (u32, u32), OptionQuery>;

	/// How each auditor did where the answer was known.
	#[pallet::storage]
	pub type Accuracy<T> = StorageMap<_, Blake2_128Concat, AccountId32, AuditorAccuracy, ValueQuery>;

	/// The jobs of each pair that may still be audited: open, and not private. More than its auditors can bear are not
	/// taken on.
	#[pallet::storage]
	pub type Auditable<T> = StorageMap<_, Blake2_128Concat, PairKey, u32, ValueQuery>;

	/// The randomness of the last [`RING`] blocks, under block number modulo [`RING`].
	#[pallet::storage]
	pub type Ring<T> = StorageMap<_, Twox64Concat, u32, RingEntry, OptionQuery>;

	/// What each workflow did.
	#[pallet::storage]
	pub type WorkflowStats<T> = StorageMap<_, Twox64Concat, WorkflowId, WorkflowStatistics, ValueQuery>;

	/// How each node did.
	#[pallet::storage]
	pub type NodeStats<T> = StorageMap<_, Blake2_128Concat, AccountId32, NodeStatistics, ValueQuery>;

	/// Who paid for a run of a workflow.
	#[pallet::storage]
	pub type WorkflowCallers<T> =
		StorageDoubleMap<_, Twox64Concat, WorkflowId, Blake2_128Concat, AccountId32, (), OptionQuery>;

	/// Who paid for a run on a node.
	#[pallet::storage]
	pub type NodeCallers<T> =
		StorageDoubleMap<_, Blake2_128Concat, AccountId32, Blake2_128Concat, AccountId32, (), OptionQuery>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A job was requested and its fee is held.
		Requested {
			/// The job.
			job: JobId,
			/// The hash of its ticket.
			ticket: Hash,
			/// Who pays.
			caller: AccountId32,
			/// Who works.
			node: AccountId32,
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
			committee: Vec<AccountId32>,
			/// The last block for commits.
			commit_until: u32,
		},
		/// An auditor committed.
		Committed {
			/// The job.
			job: JobId,
			/// The auditor.
			auditor: AccountId32,
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
			auditor: AccountId32,
			/// What it found.
			verdict: Verdict,
		},
		/// One item of a batch had no effect.
		ItemRefused {
			/// The job.
			job: JobId,
			/// The auditor.
			auditor: AccountId32,
			/// Why.
			error: DispatchError,
		},
		/// An auditor did not attest and was slashed for downtime.
		Absent {
			/// The job.
			job: JobId,
			/// The auditor.
			auditor: AccountId32,
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
		/// A node showed that its receipt is a canary. The job is audited once more, by the true transcript.
		CanaryOpened {
			/// The job.
			job: JobId,
			/// What was planted.
			planting: Planting,
		},
		/// An audit confirmed what a node said it had planted, and all that was said of the planted receipt is settled.
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
			auditor: AccountId32,
			/// What it had said.
			verdict: Verdict,
		},
		/// The trace with a verdict was untrue, so that its auditor had not run the model, and its bond has paid for it.
		IdleAuditor {
			/// The job.
			job: JobId,
			/// The auditor.
			auditor: AccountId32,
		},
		/// A node's work failed an audit. Until the incident closes its failures are gathered.
		IncidentOpened {
			/// The node.
			node: AccountId32,
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
			node: AccountId32,
			/// Jobs that failed.
			failures: u32,
			/// What was due from the bond.
			slash: Planck,
		},
		/// A node's work failed too often: it takes no jobs under this name any more.
		Ejected {
			/// The node.
			node: AccountId32,
		},
		/// A stage agreed.
		Judged {
			/// The job.
			job: JobId,
			/// On what.
			class: Class,
			/// Who.
			quorum: Vec<AccountId32>,
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
		/// A due step failed. `settle` tries it again.
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
		/// A dispute has its outcome. The deposit went back to the caller, or, where it was rejected, to the auditors.
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

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The ticket is for another chain: ask the node for one for this genesis hash.
		WrongGenesis,
		/// The ticket is for another caller: only the account it names can use it.
		NotYourTicket,
		/// This tier is not offered yet: ask for a `Private`, a `Sampled` or a `Replicated` ticket.
		TierNotSupported,
		/// This kind of check is not offered yet: ask for a `TokenPrefill` or a `VectorRecompute` ticket.
		CheckNotSupported,
		/// The node does not take jobs now: choose another.
		NodeNotServing,
		/// The node does not offer the workflow's model under the ticket's pair: choose another node.
		NotOffered,
		/// The node's audit key did not sign this ticket.
		BadTicketSignature,
		/// The ticket is too old: ask the node for a new one.
		TicketExpired,
		/// The ticket lives longer than a record is kept: ask for one that expires earlier.
		TicketTooLong,
		/// The ticket names a version of the terms that does not exist.
		UnknownTerms,
		/// The governed numbers changed since the node made the ticket: ask it for a new one.
		TermsChanged,
		/// The ticket was used before: ask the node for a new one.
		TicketUsed,
		/// The prompt must have one token or more, and so must the answer where text is asked for.
		NoTokens,
		/// More tokens than auditors can check in time (`jobs.max_tokens`): ask for fewer.
		TooManyTokens,
		/// The fee is below the minimum for so many tokens: offer more.
		FeeTooLow,
		/// The fee does not cover the price of the full limit: offer more, or ask for fewer tokens.
		FeeBelowQuote,
		/// So few active validators check the ticket's pair that nobody could be judged: choose a node or a workflow with
		/// another pair, or try again when more have declared it.
		TooFewAuditors,
		/// The auditors have as many jobs to check as they can bear: try again in some minutes.
		AuditorsBusy,
		/// The node's bond does not cover what failing this job would cost: choose another node, or a smaller job. The
		/// view `needed_bond` says what bond would do.
		BondBelowPenalty,
		/// Prompt and answer together are longer than the workflow allows: ask for fewer tokens.
		AboveWorkflowLimit,
		/// This version of the workflow does not exist.
		NoSuchVersion,
		/// There is no such job, or its record was pruned.
		JobNotFound,
		/// The job is in another state than this call needs.
		WrongState,
		/// The block by which this had to be done is over.
		TooLate,
		/// Only the job's node can decline it, or open it.
		NotTheNode,
		/// The receipt names another check than the ticket.
		WrongCheck,
		/// The receipt names another pair than the ticket.
		WrongPair,
		/// The sampling parameters are out of bounds.
		WrongSampling,
		/// The receipt's token counts do not fit the ticket.
		WrongTokenCount,
		/// No audit key of the node that is still valid signed this receipt.
		BadReceiptSignature,
		/// Nothing is due for this job now: see its `due` block.
		NotDue,
		/// The job has not ended: settle it first.
		NotEnded,
		/// The record's retention is not over.
		TooEarlyToPrune,
		/// This auditor does not owe this attestation now.
		NotOwed,
		/// The opening is not what was committed to.
		CommitmentMismatch,
		/// A commitment names another sitting than the one that sits, as another fork of the chain may have it: commit to
		/// an answer about this one.
		OtherSitting,
		/// The price is above the fee.
		ChargeAboveFee,
		/// What was paid out is not what was charged.
		PayoutsDoNotSum,
		/// A list is longer than its bound.
		TooMany,
		/// A number ran over.
		Overflow,
		/// No calibration of the ticket's pair is in force for this model, so its work cannot be audited: choose
		/// another node, use the tier private, or ask the congress to register the pair. For a vector, the pair's vectors
		/// must have been measured, and the ticket name exactly the bounds in force.
		NotCalibrated,
		/// Only the job's caller can dispute it.
		NotTheCaller,
		/// A private job is checked by nobody, as its caller wished, so it cannot be disputed.
		PrivateJob,
		/// The job was disputed before; that is possible once.
		AlreadyDisputed,
		/// A jury decided this job, and no stage is above it.
		Decided,
		/// The node posted its transcript for this stage already.
		AlreadyPosted,
		/// A vector has no tokens of an answer: ask for a ticket with none.
		VectorWithAnswer,
		/// This job was opened already.
		AlreadyOpened,
		/// The block by which this job had to be opened is over.
		OpeningTooLate,
		/// The opening is not what the receipt's sealed field hides.
		NotSealed,
		/// The proof does not show that this is the node's draw over this job.
		BadCanaryProof,
		/// The node's draw says that this job is no canary.
		NotACanary,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(number: BlockNumberFor<T>) -> Weight {
			let now: u32 = number.saturated_into();
			Self::record_randomness(now);
			let done = Self::process_due(now, T::MaxDuePerBlock::get());
			T::WeightInfo::record_randomness().saturating_add(done.weight::<T>())
		}

		fn on_idle(number: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::process_within(number.saturated_into(), remaining)
		}

		fn integrity_test() {
			assert!(
				T::MaxDuePerBlock::get() > 0,
				"no due step would ever be taken by the hooks"
			);
			const {
				assert!(
					RING > pallet_terms::MAX_DRAW_DELAY + pallet_terms::MAX_STOP_WITHIN,
					"the ring must span the longest draw"
				);
			}
			let hooks = Self::step_weight().saturating_mul(T::MaxDuePerBlock::get().into());
			let block = T::BlockWeights::get().max_block;
			assert!(
				hooks.all_lte(block.saturating_div(2)),
				"MaxDuePerBlock steps must leave half of a block to others"
			);
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Requests a job with a node's signed ticket.
		///
		/// # Details
		/// Signed by the caller that the ticket names. The fee and the record deposit are held. What
		/// the run does not use of the fee comes back when the job settles, all of it if the job
		/// fails, and the deposit when the record is pruned.
		///
		/// # Errors
		/// Each condition on the ticket has its own error. Errors of the bond, the workflow or the
		/// balance are passed on.
		///
		/// # Events
		/// - `Requested`
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::request())]
		pub fn request(origin: OriginFor<T>, ticket: Box<Ticket>, signature: Signature) -> DispatchResult {
			let caller = ensure_signed(origin)?;
			Self::do_request(caller, *ticket, signature)
		}

		/// Delivers the receipt of a run.
		///
		/// # Details
		/// Signed by anybody: the receipt carries the signature of the node's audit key.
		///
		/// # Errors
		/// - `JobNotFound`, `WrongState`, `TooLate`: the job takes no receipt, or no longer.
		/// - `WrongCheck`, `WrongPair`, `WrongSampling`, `WrongTokenCount`: it does not fit the ticket.
		/// - `BadReceiptSignature`: the node did not sign it.
		///
		/// # Events
		/// - `Delivered`
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::deliver())]
		pub fn deliver(origin: OriginFor<T>, receipt: Box<Receipt>, signature: Signature) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_deliver(*receipt, signature)
		}

		/// Declines a job that was not delivered yet.
		///
		/// # Details
		/// Signed by the job's node. The caller gets the whole fee back and nobody is slashed.
		///
		/// # Errors
		/// - `JobNotFound`, `WrongState`: there is nothing to decline.
		/// - `NotTheNode`: it is another node's job.
		/// - `TooLate`: the block by which it had to be delivered is over.
		///
		/// # Events
		/// - `Cancelled`
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::cancel())]
		pub fn cancel(origin: OriginFor<T>, #[pallet::compact] job: JobId) -> DispatchResult {
			let node = ensure_signed(origin)?;
			Self::do_cancel(job, &node)
		}

		/// Takes an auditor's commitments, or its openings, of up to 32 jobs.
		///
		/// # Details
		/// Not signed as a transaction and without a fee: it is authorized by the audit key's
		/// signature over the batch, and only if the auditor owes every item of it now. Items that
		/// fail nevertheless have no effect, and the others are not touched.
		///
		/// # Events
		/// - `Committed`, `RevealsOpen`, `Revealed`, `ItemRefused`
		#[pallet::call_index(3)]
		#[pallet::weight((
			T::WeightInfo::attest(batch.items.len().saturated_into()),
			DispatchClass::Operational
		))]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_attest(batch.items.len().saturated_into())
		)]
		#[pallet::authorize(Self::authorize_attest)]
		pub fn attest(origin: OriginFor<T>, batch: Batch, _signature: Signature) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_attest(batch);
			Ok(())
		}

		/// Takes the step that is due for a job.
		///
		/// # Details
		/// Signed by anybody. The hooks do the same in the common case; this one is for a step that
		/// was parked or that the hooks did not reach. A valid job whose settlement still fails when
		/// its retention is over is refunded.
		///
		/// # Errors
		/// - `JobNotFound`: there is no such job.
		/// - `NotDue`: nothing can be done now.
		/// - The step's own error, if it fails again.
		///
		/// # Events
		/// Those of the step: `TimedOut`, `Drawn`, `NotDrawn`, `Absent`, `NodeAsked`, `Escalated`, `Judged`,
		/// `WrongVerdict`, `IdleAuditor`, `IncidentOpened`, `Ejected`, `Refunded`, `Settled`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::settle().max(Pallet::<T>::step_weight()))]
		pub fn settle(origin: OriginFor<T>, #[pallet::compact] job: JobId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_settle(job)
		}

		/// Removes a record whose retention is over and returns its deposit to the caller.
		///
		/// # Details
		/// Signed by anybody.
		///
		/// # Errors
		/// - `JobNotFound`, `NotEnded`, `TooEarlyToPrune`
		///
		/// # Events
		/// - `Pruned`
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::prune())]
		pub fn prune(origin: OriginFor<T>, #[pallet::compact] job: JobId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_prune(job)
		}

		/// Disputes a job that is about to be paid.
		///
		/// # Details
		/// Signed by the caller of the job, once, until the block before its settlement. A panel sits, or a jury where a
		/// panel passed the job. A deposit is held, which the view `dispute_deposit` tells; it goes back unless the court
		/// finds the work valid: then it pays the auditors. If the work is invalid everything follows as from any failed
		/// audit, and the caller is rewarded where its job opens the node's incident, when that closes.
		///
		/// # Errors
		/// - `JobNotFound`, `NotTheCaller`
		/// - `PrivateJob`, `AlreadyDisputed`, `WrongState`, `TooLate`, `Decided`: it cannot be disputed, or no longer.
		/// - `TooFewAuditors`: no court could sit now.
		/// - Errors of the balance are passed on.
		///
		/// # Events
		/// - `Disputed`
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::dispute())]
		pub fn dispute(origin: OriginFor<T>, #[pallet::compact] job: JobId) -> DispatchResult {
			let caller = ensure_signed(origin)?;
			Self::do_dispute(job, &caller)
		}

		/// Shows a court the transcript of a job, in the body of this block.
		///
		/// # Details
		/// Signed by the job's node, while a panel or a jury takes commitments, once for each of them. The bytes are
		/// not kept in the state; they should be sealed to the auditors that sit, in the way of the peer network, and
		/// the call be a transaction of its own, in no batch and by no proxy: that is where auditors look.
		///
		/// # Errors
		/// - `JobNotFound`, `NotTheNode`
		/// - `WrongState`, `TooLate`, `AlreadyPosted`: no court waits for it.
		///
		/// # Events
		/// - `TranscriptPosted`
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::post_transcript(sealed.len().saturated_into()))]
		pub fn post_transcript(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			sealed: crate::posting::Sealed,
		) -> DispatchResult {
			let node = ensure_signed(origin)?;
			Self::do_post(job, &node, &sealed)
		}

		/// Shows that the fault in a job's receipt was planted to find auditors that do not look.
		///
		/// # Details
		/// Signed by the job's node, while it is asked for it, or while a job that an audit passed waits for its payment.
		/// The node's draw decides whether the job is a canary and what was planted. The job is audited once more, by the
		/// true transcript; if that confirms the opening, what was said of the planted receipt is paid or slashed for.
		///
		/// # Errors
		/// - `JobNotFound`, `NotTheNode`, `AlreadyOpened`.
		/// - `WrongState`: no verdict on the job waits.
		/// - `OpeningTooLate`: the window is over, or the job is paid in this block.
		/// - `NotSealed`, `BadCanaryProof`, `NotACanary`: it is not what it says it is.
		///
		/// # Events
		/// - `CanaryOpened`
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::open_canary())]
		pub fn open_canary(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			opening: Box<CanaryOpening>,
		) -> DispatchResult {
			let node = ensure_signed(origin)?;
			Self::do_open_canary(job, &node, &opening)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// A job with its record.
		pub fn job(job: JobId) -> Option<Job> {
			Jobs::<T>::get(job)
		}

		/// The jobs with numbers from `start` on, `limit` numbers but at most 50. Pruned ones are left out.
		pub fn jobs(start: JobId, limit: u32) -> Vec<(JobId, Job)> {
			let end = start
				.saturating_add(limit.min(MAX_PAGE).into())
				.min(NextJob::<T>::get());
			(start..end)
				.filter_map(|id| Jobs::<T>::get(id).map(|job| (id, job)))
				.collect()
		}

		/// The number that the next job gets.
		pub fn next_job() -> JobId {
			NextJob::<T>::get()
		}

		/// The job that used a ticket.
		pub fn job_of_ticket(ticket: Hash) -> Option<JobId> {
			Tickets::<T>::get(ticket)
		}

		/// What an auditor could attest in the next block, at most 64.
		pub fn owed(auditor: AccountId32) -> Vec<Owed> {
			Self::owed_in(&auditor, Self::now().saturating_add(1))
		}

		/// What a workflow did.
		pub fn workflow_stats(workflow: WorkflowId) -> WorkflowStatistics {
			WorkflowStats::<T>::get(workflow)
		}

		/// How a node's work was judged.
		pub fn reputation(node: AccountId32) -> Reputation {
			Reputations::<T>::get(node)
		}

		/// The bond that a node needs for one more job with this fee at most under this pair, beside its open ones;
		/// nothing where the pair is not calibrated or no court could judge it.
		pub fn needed_bond(node: AccountId32, tier: Tier, fee: Planck, pair: PairKey) -> Option<Planck> {
			Self::bond_for_one_more(&node, &pair, tier, fee)
		}

		/// The deposit that a dispute of this job takes; nothing where it cannot be disputed in the next block.
		pub fn dispute_deposit(job: JobId) -> Option<Planck> {
			Self::needed_dispute_deposit(job)
		}

		/// How an auditor did where the answer was known.
		pub fn accuracy(auditor: AccountId32) -> AuditorAccuracy {
			Accuracy::<T>::get(auditor)
		}

		/// How a node did.
		pub fn node_stats(node: AccountId32) -> NodeStatistics {
			NodeStats::<T>::get(node)
		}
	}

	impl<T: Config> Pallet<T> {
		/// The block that is being built, or was built last.
		pub(crate) fn now() -> u32 {
			frame_system::Pallet::<T>::block_number().saturated_into()
		}

		/// The genesis hash.
		pub fn genesis() -> Hash {
			frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::from(0u32)).0
		}
	}
}

//! The only places where one rule-book reaches another.

mod try_state;

pub use try_state::try_state;

use crate::*;

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::{
	FindAuthor, InstanceFilter, OnUnbalanced,
	fungible::{Balanced as _, Credit},
};
use frame_system::offchain::{
	CreateAuthorizedTransaction, CreateBare, CreateTransaction, CreateTransactionBase,
};
use pallet_execution_log as execution_log;
use pallet_role_staking::types::SlashReason;
use receipt::{PairKey, Planck, Price, Ticket, WorkflowId};
use scale_info::TypeInfo;
use sp_runtime::{DispatchError, DispatchResult};

/// Sends what transactions cost to the treasury.
pub struct ToTreasury;

impl OnUnbalanced<Credit<AccountId, Balances>> for ToTreasury {
	fn on_nonzero_unbalanced(fee: Credit<AccountId, Balances>) {
		// Fails only below the existential deposit of an empty treasury; the fee is burned then.
		let _ = Balances::resolve(&configs::TreasuryAccount::get(), fee);
	}
}

/// Lets a Resource vote of the congress spend any amount from the treasury.
pub struct TreasurySpender;

impl frame_support::traits::EnsureOrigin<RuntimeOrigin> for TreasurySpender {
	type Success = Balance;

	fn try_origin(origin: RuntimeOrigin) -> Result<Balance, RuntimeOrigin> {
		pallet_congress::EnsureCongress::<pallet_congress::origin::Resource>::try_origin(origin)
			.map(|_| Balance::MAX)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
		pallet_congress::EnsureCongress::<pallet_congress::origin::Resource>::try_successful_origin()
	}
}

/// What each kind of vote may do. Nothing else passes, whatever the majority.
pub struct AllowedCalls;

impl pallet_congress::AllowedCalls<RuntimeCall> for AllowedCalls {
	fn allows(kind: pallet_congress::Kind, call: &RuntimeCall) -> bool {
		use pallet_congress::{Call as Congress, Kind};
		match kind {
			Kind::Constitutional => matches!(
				call,
				RuntimeCall::Congress(
					Congress::admit_member { .. }
						| Congress::remove_member { .. }
						| Congress::authorize_upgrade { .. }
				) | RuntimeCall::Contract(pallet_contract::Call::amend_constitution { .. })
					| RuntimeCall::Terms(pallet_terms::Call::set_terms { .. })
			),
			Kind::Technical => matches!(
				call,
				RuntimeCall::Terms(pallet_terms::Call::set_terms { .. })
					| RuntimeCall::Calibration(
						pallet_calibration::Call::register { .. } | pallet_calibration::Call::withdraw { .. }
					)
			),
			Kind::Community => {
				matches!(
					call,
					RuntimeCall::WorkflowRegistry(pallet_workflow_registry::Call::ban { .. })
				)
			}
			Kind::Resource => matches!(
				call,
				RuntimeCall::Treasury(
					pallet_treasury::Call::spend { .. } | pallet_treasury::Call::void_spend { .. }
				)
			),
		}
	}
}

/// Everything but purging session keys: while too few validators remain the set stays as it is, and
/// one without keys would drop out of it all the same. A validator leaves by `leave_validators`, and its
/// keys are forgotten when it has withdrawn its bond.
pub struct EveryCallBut;

impl frame_support::traits::Contains<RuntimeCall> for EveryCallBut {
	fn contains(call: &RuntimeCall) -> bool {
		!matches!(
			call,
			RuntimeCall::Session(pallet_session::Call::purge_keys { .. })
		)
	}
}

/// What a proxy may do for its account.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
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
pub enum ProxyType {
	/// Everything.
	#[default]
	Any,
	/// What moves no HAI away and changes neither bond, keys nor ownership: votes, claims, deliveries and the
	/// steps that are due anyway.
	NonTransfer,
	/// Vote in congress: what a person's AI agent is given.
	Voting,
	/// Call workflows: an application's hot key.
	Calling,
	/// Serve as a node: deliver, decline, advertise.
	Serving,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
	fn filter(&self, call: &RuntimeCall) -> bool {
		use pallet_execution_log::Call as Jobs;
		use pallet_role_staking::Call as Staking;
		match self {
			Self::Any => true,
			Self::NonTransfer => {
				Self::Voting.filter(call)
					|| matches!(
						call,
						RuntimeCall::ExecutionLog(
							Jobs::deliver { .. }
								| Jobs::cancel { .. } | Jobs::settle { .. }
								| Jobs::prune { .. }
						) | RuntimeCall::Payout(..)
					)
			}
			Self::Voting => matches!(
				call,
				RuntimeCall::Congress(
					pallet_congress::Call::vote { .. } | pallet_congress::Call::close { .. }
				)
			),
			Self::Calling => {
				matches!(
					call,
					RuntimeCall::ExecutionLog(
						Jobs::request { .. } | Jobs::dispute { .. } | Jobs::settle { .. }
					)
				)
			}
			Self::Serving => matches!(
				call,
				RuntimeCall::ExecutionLog(Jobs::deliver { .. } | Jobs::cancel { .. } | Jobs::settle { .. })
					| RuntimeCall::RoleStaking(
						Staking::advertise { .. } | Staking::chill { .. } | Staking::resume { .. }
					)
			),
		}
	}

	fn is_superset(&self, other: &Self) -> bool {
		match (self, other) {
			(Self::Any, _) => true,
			(_, Self::Any) => false,
			(Self::NonTransfer, Self::Voting) => true,
			(a, b) => a == b,
		}
	}
}

/// The bonds, as the execution log sees them.
pub struct Bonds;

impl execution_log::traits::Nodes for Bonds {
	fn is_serving(node: &AccountId) -> bool {
		RoleStaking::is_serving(node)
	}

	fn offers(node: &AccountId, ticket: &Ticket) -> bool {
		let Some(terms) = WorkflowRegistry::snapshot(ticket.workflow, ticket.version) else {
			return false;
		};
		pallet_role_staking::Advertisements::<Runtime>::get(node).is_some_and(|advertisement| {
			let mut offers = advertisement.models.iter();
			offers.any(|offer| offer.model == terms.model && offer.pair == ticket.pair)
		})
	}

	fn is_calibrated(ticket: &Ticket) -> bool {
		WorkflowRegistry::snapshot(ticket.workflow, ticket.version)
			.is_some_and(|terms| Calibration::is_calibrated(&ticket.pair, &terms.model))
			&& match ticket.check {
				receipt::CheckKind::VectorRecompute { .. } => Calibration::calibration(ticket.pair)
					.and_then(|calibration| calibration.entry.bands.vector)
					.is_some_and(|bands| bands.check() == ticket.check),
				_ => true,
			}
	}

	fn calibration(pair: &PairKey) -> Option<pallet_calibration::Entry> {
		Calibration::calibration(*pair).map(|calibration| calibration.entry)
	}

	fn audit_key(node: &AccountId) -> Option<[u8; 32]> {
		RoleStaking::audit_key(node)
	}

	fn accepts_key(node: &AccountId, key: &[u8; 32]) -> bool {
		RoleStaking::accepts_audit_key(node, key)
	}

	fn open_exposure(node: &AccountId, fee: Planck) -> DispatchResult {
		RoleStaking::open_exposure(node, fee)
	}

	fn close_exposure(node: &AccountId, fee: Planck) {
		RoleStaking::close_exposure(node, fee);
	}

	fn active_bond(node: &AccountId) -> Planck {
		RoleStaking::active_bond(node)
	}

	fn slash_fraud(node: &AccountId, amount: Planck) {
		RoleStaking::slash(node, SlashReason::Fraud, amount);
	}

	fn slash_downtime(node: &AccountId, amount: Planck) {
		RoleStaking::slash(node, SlashReason::Downtime, amount);
	}

	fn chill(node: &AccountId) {
		RoleStaking::chill_for_cause(node);
	}

	fn eject(node: &AccountId) {
		RoleStaking::eject(node);
	}
}

impl execution_log::traits::Auditors for Bonds {
	fn eligible(pair: &PairKey, at: u32) -> Vec<AccountId> {
		RoleStaking::eligible_auditors(pair, at)
	}

	fn audit_key(auditor: &AccountId) -> Option<[u8; 32]> {
		RoleStaking::audit_key(auditor)
	}

	fn open_audit(auditor: &AccountId) {
		RoleStaking::open_audit(auditor);
	}

	fn close_audit(auditor: &AccountId) {
		RoleStaking::close_audit(auditor);
	}

	fn slash_downtime(auditor: &AccountId, amount: Planck) {
		RoleStaking::slash(auditor, SlashReason::Downtime, amount);
	}

	fn slash_false_attestation(auditor: &AccountId, amount: Planck) {
		RoleStaking::slash(auditor, SlashReason::FalseAttestation, amount);
	}

	fn chill(auditor: &AccountId) {
		RoleStaking::chill_for_cause(auditor);
	}

	fn credit(auditor: &AccountId) {
		Payout::credit_verdict(auditor);
	}

	fn discredit(auditor: &AccountId) {
		Payout::discredit_verdict(auditor);
	}

	fn reward(who: &AccountId, amount: Planck) {
		RoleStaking::reward(who, amount);
	}
}

/// The author of the block being built and its VRF output, from the digest in its header.
pub struct Seal;

impl execution_log::traits::BlockRandomness for Seal {
	fn of_this_block() -> Option<(u32, receipt::Hash)> {
		use sp_consensus_babe::digests::CompatibleDigestItem;
		let digest = System::digest();
		let author = Babe::find_author(digest.logs.iter().filter_map(|log| log.as_pre_runtime()))?;
		let vrf = digest
			.logs
			.iter()
			.filter_map(|log| log.as_babe_pre_digest())
			.find_map(|pre| pre.vrf_signature().cloned())?;
		Some((author, sp_io::hashing::blake2_256(&vrf.pre_output.encode())))
	}
}

impl<LocalCall> CreateTransactionBase<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	type Extrinsic = UncheckedExtrinsic;
	type RuntimeCall = RuntimeCall;
}

impl<LocalCall> CreateBare<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
		UncheckedExtrinsic::new_bare(call)
	}
}

impl<LocalCall> CreateTransaction<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	type Extension = TransactionExtensions;

	fn create_transaction(call: RuntimeCall, extension: TransactionExtensions) -> UncheckedExtrinsic {
		UncheckedExtrinsic::new_transaction(call, extension)
	}
}

impl<LocalCall> CreateAuthorizedTransaction<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	fn create_extension() -> TransactionExtensions {
		(
			frame_system::AuthorizeCall::new(),
			frame_system::CheckNonZeroSender::new(),
			frame_system::CheckSpecVersion::new(),
			frame_system::CheckTxVersion::new(),
			frame_system::CheckGenesis::new(),
			frame_system::CheckMortality::from(sp_runtime::generic::Era::Immortal),
			frame_system::CheckNonce::from(0),
			frame_system::CheckWeight::new(),
			pallet_transaction_payment::ChargeTransactionPayment::from(0),
			frame_metadata_hash_extension::CheckMetadataHash::new(false),
			frame_system::WeightReclaim::new(),
		)
	}
}

/// The published workflows, as the execution log sees them.
pub struct Published;

impl execution_log::traits::Workflows for Published {
	fn is_callable(workflow: WorkflowId, version: u32) -> DispatchResult {
		WorkflowRegistry::callable(workflow, version)?;
		Ok(())
	}

	fn within_limits(ticket: &Ticket) -> bool {
		let tokens = ticket.prompt_tokens.saturating_add(ticket.max_tokens);
		WorkflowRegistry::snapshot(ticket.workflow, ticket.version)
			.is_some_and(|terms| tokens <= terms.max_tokens)
	}

	fn quote(
		workflow: WorkflowId,
		version: u32,
		node_price: &Price,
		tokens: u32,
	) -> Option<execution_log::Charge> {
		let terms = WorkflowRegistry::snapshot(workflow, version)?;
		let own = terms.price.own(tokens);
		let node_part = match terms.price.mode {
			pallet_workflow_registry::PriceMode::Share => 0,
			pallet_workflow_registry::PriceMode::CostPlus => node_price.of(tokens),
		};
		Some(execution_log::Charge {
			total: own.saturating_add(node_part),
			node_part,
		})
	}

	fn node_pay(workflow: WorkflowId, version: u32, charge: &execution_log::Charge) -> Option<Planck> {
		let terms = WorkflowRegistry::snapshot(workflow, version)?;
		Some(match terms.price.mode {
			// The largest remainder may round it up by a unit.
			pallet_workflow_registry::PriceMode::Share => terms.split.node.mul_ceil(charge.total),
			pallet_workflow_registry::PriceMode::CostPlus => charge.node_part.min(charge.total),
		})
	}
}

/// Who owns a workflow, as the payout sees it.
pub struct Owners;

impl pallet_payout::WorkflowOwner for Owners {
	fn owner_of(workflow: WorkflowId) -> Option<AccountId> {
		WorkflowRegistry::owner_of(workflow)
	}
}

/// How often the validators' pool is divided.
pub struct Era;

impl frame_support::traits::Get<u32> for Era {
	fn get() -> u32 {
		use pallet_terms::TermsSource;
		Terms::current().1.verification.era
	}
}

/// What a workflow is owed, as the registry sees it.
pub struct Earnings;

impl pallet_workflow_registry::WorkflowEarnings for Earnings {
	fn owed(workflow: WorkflowId) -> Planck {
		pallet_payout::Owed::<Runtime>::get(pallet_payout::Payee::Workflow(workflow))
	}
}

/// Divides the fee of a settled job.
pub struct Division;

impl Division {
	/// The parts of a charge, where these are paid as validators; nothing where there is no such version.
	fn parts(
		workflow: WorkflowId,
		version: u32,
		node: &AccountId,
		validators: &[AccountId],
		charge: &execution_log::Charge,
	) -> Option<Vec<pallet_payout::Part>> {
		use pallet_payout::split::{Receivers, divide, divide_cost_plus};
		use pallet_workflow_registry::PriceMode;

		let terms = WorkflowRegistry::snapshot(workflow, version)?;
		let receivers = Receivers {
			workflow,
			upstream: &terms.upstream,
			node: Some(node),
			validators,
			treasury: &configs::TreasuryAccount::get(),
		};
		Some(match terms.price.mode {
			PriceMode::Share => divide(charge.total, &terms.split, &receivers),
			PriceMode::CostPlus => divide_cost_plus(charge.total, charge.node_part, &terms.split, &receivers),
		})
	}
}

impl execution_log::traits::Settlement<RuntimeHoldReason> for Division {
	fn settle(
		input: execution_log::traits::SettleInput<'_, RuntimeHoldReason>,
	) -> Result<Vec<execution_log::PayoutLine>, DispatchError> {
		use execution_log::traits::AuditedBy;
		use pallet_payout::{Payee, PayeeKind};

		let pool = [Payout::pool()];
		let validators = match input.audited_by {
			AuditedBy::Nobody => &[],
			AuditedBy::Quorum(quorum) => quorum,
			AuditedBy::Pool => &pool,
		};
		let parts = Self::parts(
			input.workflow,
			input.version,
			input.node,
			validators,
			&input.charge,
		)
		.ok_or(execution_log::Error::<Runtime>::NoSuchVersion)?;
		Payout::pay_in(input.caller, &input.reason, &parts)?;
		Ok(parts
			.into_iter()
			.map(|(kind, payee, amount)| execution_log::PayoutLine {
				kind: match kind {
					PayeeKind::Creator => execution_log::PayoutKind::Creator,
					PayeeKind::Upstream => execution_log::PayoutKind::Upstream,
					PayeeKind::Node => execution_log::PayoutKind::Node,
					PayeeKind::Validator => execution_log::PayoutKind::Validator,
					PayeeKind::Treasury => execution_log::PayoutKind::Treasury,
				},
				payee: match payee {
					Payee::Account(who) => execution_log::Payee::Account(who),
					Payee::Workflow(id) => execution_log::Payee::Workflow(id),
				},
				amount,
			})
			.collect())
	}

	fn common_part(
		workflow: WorkflowId,
		version: u32,
		node: &AccountId,
		charge: &execution_log::Charge,
	) -> Option<Planck> {
		use pallet_payout::PayeeKind;
		let parts = Self::parts(workflow, version, node, &[Payout::pool()], charge)?;
		let common = parts
			.into_iter()
			.filter(|(kind, _, _)| matches!(kind, PayeeKind::Validator | PayeeKind::Treasury));
		Some(common.fold(0, |sum, (_, _, amount)| sum.saturating_add(amount)))
	}

	fn fill_pool(from: &AccountId, reason: &RuntimeHoldReason, amount: Planck) -> DispatchResult {
		use pallet_payout::{Payee, PayeeKind};
		let pool = Payee::Account(Payout::pool());
		Payout::pay_in(from, reason, &[(PayeeKind::Validator, pool, amount)])
	}
}

/// What the off-chain worker reads of jobs and bonds, and its way into the transaction pool.
pub struct Attestations;

impl offchain_worker::OwedWork for Attestations {
	fn genesis() -> receipt::Hash {
		System::block_hash(0).0
	}

	fn owed(auditor: &receipt::Account) -> Vec<offchain_worker::Owed> {
		ExecutionLog::owed((*auditor).into())
			.into_iter()
			.map(|owed| offchain_worker::Owed {
				job: owed.job,
				key: owed.key,
				round: owed.round,
				phase: match owed.phase {
					execution_log::AuditPhase::Commit { until } => offchain_worker::Phase::Commit { until },
					execution_log::AuditPhase::Reveal { until, commitment } => {
						offchain_worker::Phase::Reveal { until, commitment }
					}
				},
				node: owed.node.into(),
				receipt: owed.receipt,
				ticket_hash: owed.ticket_hash,
				input: owed.input,
				nonce: owed.nonce,
				randomness: owed.randomness,
				max_tokens: owed.max_tokens,
				opened: owed.opened,
				committee: owed.committee.into_iter().map(Into::into).collect(),
				earlier: owed.earlier,
			})
			.collect()
	}
}

impl offchain_worker::KeyOwners for Attestations {
	fn account_of(audit_key: &[u8; 32]) -> Option<receipt::Account> {
		pallet_role_staking::AuditKeyOwner::<Runtime>::get(audit_key).map(Into::into)
	}
}

impl offchain_worker::SubmitBatch for Attestations {
	fn submit(batch: receipt::attestation::Batch, signature: receipt::Signature) -> Result<(), ()> {
		type Call = execution_log::Call<Runtime>;
		let call: RuntimeCall = Call::attest { batch, signature }.into();
		let transaction = <Runtime as CreateAuthorizedTransaction<Call>>::create_authorized_transaction(call);
		frame_system::offchain::SubmitTransaction::<Runtime, Call>::submit_transaction(transaction)
	}
}

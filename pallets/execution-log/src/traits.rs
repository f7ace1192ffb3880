//! What this rule-book needs from the others. The runtime ties them together.

use crate::types::{Charge, PayoutLine};
use alloc::vec::Vec;
use calibration::Entry;
use polkadot_sdk::{
	frame_support::dispatch::DispatchResult,
	sp_runtime::{AccountId32, DispatchError},
};
use receipt::{Hash, JobId, PairKey, Planck, Price, Ticket, WorkflowId};

/// The nodes and their bonds.
///
/// Closing and slashing cannot fail: a refund never waits for them. An implementation that meets
/// an error logs it and does what it can.
pub trait Nodes {
	/// Whether the node is bonded and takes jobs.
	fn is_serving(node: &AccountId32) -> bool;
	/// Whether it advertises the model of the ticket's workflow version under the ticket's pair.
	fn offers(node: &AccountId32, ticket: &Ticket) -> bool;
	/// Whether work under the ticket's pair can be audited: a calibration of it is in force, for the workflow's model.
	fn is_calibrated(ticket: &Ticket) -> bool;
	/// The calibration of a pair: by which bands its work is audited, and how likely a dishonest run is seen.
	fn calibration(pair: &PairKey) -> Option<Entry>;
	/// Its current audit key.
	fn audit_key(node: &AccountId32) -> Option<[u8; 32]>;
	/// Whether `key` is its audit key, or a retired one that is still valid.
	fn accepts_key(node: &AccountId32, key: &[u8; 32]) -> bool;
	/// What of its bond answers for new work.
	fn active_bond(node: &AccountId32) -> Planck;
	/// Adds an open fee to what the bond must cover; an error where it would not.
	fn open_exposure(node: &AccountId32, fee: Planck) -> DispatchResult;
	/// Takes it away again. Called exactly once for each that was opened.
	fn close_exposure(node: &AccountId32, fee: Planck);
	/// Takes so much of the bond, for work that a court found invalid.
	fn slash_fraud(node: &AccountId32, amount: Planck);
	/// Takes so much of the bond, for a delivery or a transcript that did not come.
	fn slash_downtime(node: &AccountId32, amount: Planck);
	/// It takes no new work until it says that it does again.
	fn chill(node: &AccountId32);
	/// It takes no work any more under this name.
	fn eject(node: &AccountId32);
}

/// The validators as auditors.
pub trait Auditors {
	/// Who can be drawn now for a job of this pair that was requested in block `at`, in an order that everybody computes
	/// alike: those that had said by then that they have its model.
	fn eligible(pair: &PairKey, at: u32) -> Vec<AccountId32>;
	/// An auditor's current audit key.
	fn audit_key(auditor: &AccountId32) -> Option<[u8; 32]>;
	/// It owes an audit: its bond and key stay.
	fn open_audit(auditor: &AccountId32);
	/// It no longer owes that audit. Called exactly once for each that was opened.
	fn close_audit(auditor: &AccountId32);
	/// Takes so much of the bond of an auditor that did not attest. Called before the audit is closed.
	fn slash_downtime(auditor: &AccountId32, amount: Planck);
	/// Takes so much of the bond of an auditor whose verdict was clearly wrong.
	fn slash_false_attestation(auditor: &AccountId32, amount: Planck);
	/// It takes no new audits until it says that it does again.
	fn chill(auditor: &AccountId32);
	/// Its verdict was right, and no fee pays it: it has a part in the pool of the era.
	fn credit(auditor: &AccountId32);
	/// A verdict that was credited is right no longer: it has one part less in the pool of the era, if it has one.
	fn discredit(auditor: &AccountId32);
	/// Pays somebody out of the treasury, as far as that can: whoever's objection to a job was upheld, or the node whose
	/// canary was confirmed.
	fn reward(who: &AccountId32, amount: Planck);
}

/// The published workflows.
pub trait Workflows {
	/// Whether this version can be called now.
	fn is_callable(workflow: WorkflowId, version: u32) -> DispatchResult;
	/// Whether prompt and answer of a ticket are within the limit of its workflow version.
	fn within_limits(ticket: &Ticket) -> bool;
	/// What a run of so many tokens (prompt and answer together) costs; nothing where there is no such version. More
	/// tokens never cost less, and a version that was retired or banned meanwhile still has its price.
	fn quote(workflow: WorkflowId, version: u32, node_price: &Price, tokens: u32) -> Option<Charge>;
	/// The part of a charge that the node is paid; nothing where there is no such version.
	fn node_pay(workflow: WorkflowId, version: u32, charge: &Charge) -> Option<Planck>;
}

/// A charge that is due.
#[derive(Clone, Debug)]
pub struct SettleInput<'a, Reason> {
	/// The job.
	pub job: JobId,
	/// Who pays.
	pub caller: &'a AccountId32,
	/// The reason under which the fee is held on the caller's account.
	pub reason: Reason,
	/// What is to be paid.
	pub charge: Charge,
	/// The workflow that was called.
	pub workflow: WorkflowId,
	/// Its version.
	pub version: u32,
	/// Who ran it.
	pub node: &'a AccountId32,
	/// Who gets the validators' part.
	pub audited_by: AuditedBy<'a>,
}

/// Who gets the validators' part of a charge.
#[derive(Clone, Copy, Debug)]
pub enum AuditedBy<'a> {
	/// Nobody looked, as the caller wished: the treasury.
	Nobody,
	/// These auditors decided, and the caller asked for all of them.
	Quorum(&'a [AccountId32]),
	/// Audits are drawn by chance: the pool of the era, so that the pay of an audit does not depend on its job.
	Pool,
}

/// The division of a charge.
pub trait Settlement<Reason> {
	/// Moves exactly `charge.total` out of the caller's hold and says who got it. The lines sum to
	/// that total.
	fn settle(input: SettleInput<'_, Reason>) -> Result<Vec<PayoutLine>, DispatchError>;
	/// What validators and treasury together get of the charge of an audited job, which nobody who called itself has back;
	/// nothing where there is no such version.
	fn common_part(workflow: WorkflowId, version: u32, node: &AccountId32, charge: &Charge)
	-> Option<Planck>;
	/// Moves so much of what `from` has on hold for a reason into the auditors' pool of the era. All or nothing.
	fn fill_pool(from: &AccountId32, reason: &Reason, amount: Planck) -> DispatchResult;
}

/// The randomness of blocks.
pub trait BlockRandomness {
	/// The author of the block being built, by its number in the author set, and that block's VRF
	/// output; nothing where it has none. Both stand in the header's digest, so they are known in
	/// the first hook of the block.
	fn of_this_block() -> Option<(u32, Hash)>;
}

/// Under this type the benchmarks' keystore keeps audit keys.
#[cfg(feature = "runtime-benchmarks")]
pub const BENCHMARK_KEYS: polkadot_sdk::sp_core::crypto::KeyTypeId =
	polkadot_sdk::sp_core::crypto::KeyTypeId(*b"bnch");

/// The pair of the benchmarks' node.
#[cfg(feature = "runtime-benchmarks")]
pub const BENCHMARK_PAIR: Hash = [2; 32];

/// What the benchmarks need from the rest of the runtime.
#[cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper {
	/// Sets terms with the largest committee, and makes as many auditors of [`BENCHMARK_PAIR`] eligible as there can be
	/// beside [`MAX_COMMITTEE`](pallet_terms::MAX_COMMITTEE) others.
	fn prepare();
	/// Gives `account` enough for any fee and deposit.
	fn fund(account: &AccountId32);
	/// Makes `account` a serving node with this audit key, which the keystore has under
	/// [`BENCHMARK_KEYS`], a bond that covers any fee, and the pair [`BENCHMARK_PAIR`] of the
	/// workflow's model among as many offers as there can be.
	fn make_node(account: &AccountId32, audit_key: [u8; 32]);
	/// Makes `account` an eligible auditor of [`BENCHMARK_PAIR`] with this audit key, which the keystore has.
	fn make_auditor(account: &AccountId32, audit_key: [u8; 32]);
	/// Publishes a workflow with as many upstreams as there can be, and returns it and its version.
	fn make_workflow() -> (WorkflowId, u32);
}

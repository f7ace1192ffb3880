//! The other rule-books: nodes, auditors, workflows, the division of charges and the blocks' randomness. They do what the
//! tests turned, and keep what was asked of them.

use super::*;
use crate::{
	Charge, Payee, PayoutKind, PayoutLine,
	traits::{AuditedBy, Auditors, BlockRandomness, Nodes, SettleInput, Settlement, Workflows},
};
use calibration::{Bands, Entry};
use codec::Encode;
use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{
		fungible::MutateHold,
		tokens::{Fortitude, Precision, Restriction},
	},
};
use pallet_terms::{Terms, TermsSource};
use receipt::{Hash, Planck, Price, Ticket, WorkflowId, signing};
use sp_runtime::{AccountId32, DispatchError};

#[allow(
	unreachable_pub,
	reason = "the runtime of the tests is public inside this private module"
)]
pub struct Neighbours;

impl Neighbours {
	/// The rules in force.
	pub(crate) fn current_rules() -> verification::Rules {
		Self::current().1.verification
	}
}

impl TermsSource for Neighbours {
	fn current() -> (u32, Terms) {
		let versions = Versions::get();
		(
			versions.len() as u32,
			*versions.last().expect("there is a version"),
		)
	}

	fn at(version: u32) -> Option<Terms> {
		Versions::get().get(version.checked_sub(1)? as usize).copied()
	}
}

impl Nodes for Neighbours {
	fn is_serving(node: &AccountId32) -> bool {
		(*node == NODE && Serving::get()) || MadeKeys::get().contains_key(node)
	}

	fn offers(node: &AccountId32, ticket: &Ticket) -> bool {
		[PAIR, RARE].contains(&ticket.pair) || MadeKeys::get().contains_key(node)
	}

	fn is_calibrated(_: &Ticket) -> bool {
		Calibrated::get()
	}

	fn calibration(_: &Hash) -> Option<Entry> {
		Calibrated::get().then(|| Entry {
			record: [6; 32],
			model: [7; 32],
			bands: Bands {
				mantissa_milli: MantissaBand::get(),
				..Bands::CPU
			},
			detection: Detection::get(),
		})
	}

	fn audit_key(node: &AccountId32) -> Option<[u8; 32]> {
		if *node == NODE {
			return Some(signing::public_key(&[NodeKeySeed::get(); 32]));
		}
		MadeKeys::get().get(node).copied()
	}

	fn accepts_key(node: &AccountId32, key: &[u8; 32]) -> bool {
		let old = OldNodeKeySeed::get().map(|seed| signing::public_key(&[seed; 32]));
		<Self as Nodes>::audit_key(node).as_ref() == Some(key) || old.as_ref() == Some(key)
	}

	fn open_exposure(node: &AccountId32, fee: Planck) -> DispatchResult {
		let mut all = Exposures::get();
		let open = all.entry(node.clone()).or_default();
		*open += fee;
		ensure!(
			*open <= BondCovers::get(),
			DispatchError::Other("bond does not cover")
		);
		Exposures::set(&all);
		Ok(())
	}

	fn close_exposure(node: &AccountId32, fee: Planck) {
		let mut all = Exposures::get();
		let open = all.get_mut(node).expect("exposure was opened");
		*open = open.checked_sub(fee).expect("exposure is closed once");
		Exposures::set(&all);
	}

	fn active_bond(_: &AccountId32) -> Planck {
		ActiveBond::get()
	}

	fn slash_fraud(node: &AccountId32, amount: Planck) {
		Frauds::set(&[Frauds::get(), vec![(node.clone(), amount)]].concat());
	}

	fn slash_downtime(node: &AccountId32, amount: Planck) {
		Downtimes::set(&[Downtimes::get(), vec![(node.clone(), amount)]].concat());
	}

	fn chill(node: &AccountId32) {
		Chilled::set(&[Chilled::get(), vec![node.clone()]].concat());
	}

	fn eject(node: &AccountId32) {
		Ejected::set(&[Ejected::get(), vec![node.clone()]].concat());
	}
}

impl Auditors for Neighbours {
	fn eligible(pair: &Hash, at: u32) -> Vec<AccountId32> {
		let numbers = match *pair {
			RARE => {
				let declared = RareDeclared::get();
				let at_request = declared.iter().rev().find(|(since, _)| *since <= at);
				8 - at_request.map_or_else(RareAuditorCount::get, |(_, count)| *count)..8
			}
			_ => 0..AuditorCount::get(),
		};
		numbers.map(auditor).collect()
	}

	fn audit_key(who: &AccountId32) -> Option<[u8; 32]> {
		let made = MadeKeys::get().get(who).copied();
		Some(made.unwrap_or_else(|| signing::public_key(&auditor_secret(who))))
	}

	fn open_audit(who: &AccountId32) {
		let mut all = Audits::get();
		*all.entry(who.clone()).or_default() += 1;
		Audits::set(&all);
	}

	fn close_audit(who: &AccountId32) {
		let mut all = Audits::get();
		let open = all.get_mut(who).expect("audit was opened");
		*open = open.checked_sub(1).expect("audit is closed once");
		Audits::set(&all);
	}

	fn slash_downtime(who: &AccountId32, amount: Planck) {
		assert!(Audits::get()[who] > 0, "slashed after its audit was closed");
		Downtimes::set(&[Downtimes::get(), vec![(who.clone(), amount)]].concat());
	}

	fn slash_false_attestation(who: &AccountId32, amount: Planck) {
		FalseAttestations::set(&[FalseAttestations::get(), vec![(who.clone(), amount)]].concat());
	}

	fn chill(who: &AccountId32) {
		Chilled::set(&[Chilled::get(), vec![who.clone()]].concat());
	}

	fn credit(who: &AccountId32) {
		let mut all = Credits::get();
		*all.entry(who.clone()).or_default() += 1;
		Credits::set(&all);
	}

	fn discredit(who: &AccountId32) {
		let mut all = Credits::get();
		let count = all.get_mut(who).expect("it was credited");
		*count = count.checked_sub(1).expect("it was credited");
		Credits::set(&all);
	}

	fn reward(who: &AccountId32, amount: Planck) {
		Rewards::set(&[Rewards::get(), vec![(who.clone(), amount)]].concat());
	}
}

impl Workflows for Neighbours {
	fn is_callable(workflow: WorkflowId, version: u32) -> DispatchResult {
		ensure!(
			workflow == WORKFLOW && version == 1 && Callable::get(),
			DispatchError::Other("not callable")
		);
		Ok(())
	}

	fn within_limits(ticket: &Ticket) -> bool {
		ticket.max_tokens <= 1000
	}

	/// 7 planck and 20 a token, and what the node asks.
	fn quote(_: WorkflowId, _: u32, node_price: &Price, tokens: u32) -> Option<Charge> {
		let node_part = node_price.of(tokens);
		(!BrokenQuote::get()).then(|| Charge {
			total: 7 + 20 * Planck::from(tokens) + node_part,
			node_part,
		})
	}

	fn node_pay(_: WorkflowId, _: u32, charge: &Charge) -> Option<Planck> {
		Some((charge.total - charge.node_part) * 25 / 100 + charge.node_part)
	}
}

impl Settlement<RuntimeHoldReason> for Neighbours {
	fn settle(input: SettleInput<'_, RuntimeHoldReason>) -> Result<Vec<PayoutLine>, DispatchError> {
		let split = input.charge.total - input.charge.node_part;
		let validators: &[AccountId32] = match input.audited_by {
			AuditedBy::Nobody => &[],
			AuditedBy::Pool => &[POOL],
			AuditedBy::Quorum(quorum) => quorum,
		};
		let each = (split * 5 / 100)
			.checked_div(validators.len() as Planck)
			.unwrap_or(0);
		let account = |kind, who: &AccountId32, amount| PayoutLine {
			kind,
			payee: Payee::Account(who.clone()),
			amount,
		};
		let workflow = |kind, id, amount| PayoutLine {
			kind,
			payee: Payee::Workflow(id),
			amount,
		};
		let mut lines = vec![
			workflow(PayoutKind::Creator, input.workflow, split * 45 / 100),
			workflow(PayoutKind::Upstream, UPSTREAM, split * 20 / 100),
			account(
				PayoutKind::Node,
				input.node,
				split * 25 / 100 + input.charge.node_part,
			),
		];
		lines.extend(
			validators
				.iter()
				.map(|who| account(PayoutKind::Validator, who, each)),
		);
		let paid: Planck = lines.iter().map(|line| line.amount).sum();
		if !ShortPayout::get() {
			lines.push(account(
				PayoutKind::Treasury,
				&TREASURY,
				input.charge.total - paid,
			));
		}
		for line in &lines {
			let to = match &line.payee {
				Payee::Account(who) => who,
				Payee::Workflow(_) => &POT,
			};
			Balances::transfer_on_hold(
				&input.reason,
				input.caller,
				to,
				line.amount,
				Precision::Exact,
				Restriction::Free,
				Fortitude::Polite,
			)?;
		}
		Ok(lines)
	}

	/// A tenth of all but the node's price, as [`settle`](Self::settle) divides it.
	fn common_part(_: WorkflowId, _: u32, _: &AccountId32, charge: &Charge) -> Option<Planck> {
		Some((charge.total - charge.node_part) / 10)
	}

	fn fill_pool(from: &AccountId32, reason: &RuntimeHoldReason, amount: Planck) -> DispatchResult {
		Balances::transfer_on_hold(
			reason,
			from,
			&POOL,
			amount,
			Precision::Exact,
			Restriction::Free,
			Fortitude::Polite,
		)?;
		Ok(())
	}
}

impl BlockRandomness for Neighbours {
	fn of_this_block() -> Option<(u32, Hash)> {
		let block = System::block_number();
		let author = if OneAuthor::get() { 0 } else { block % 4 };
		WithVrf::get().then(|| (author, sp_io::hashing::blake2_256(&block.encode())))
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::traits::BenchmarkHelper for Neighbours {
	fn prepare() {
		let mut terms = test_terms();
		terms.verification.panel = pallet_terms::MAX_COMMITTEE;
		terms.verification.jury = pallet_terms::MAX_COMMITTEE;
		Versions::set(&vec![terms]);
		AuditorCount::set(&40);
	}
	fn fund(account: &AccountId32) {
		Balances::force_set_balance(RuntimeOrigin::root(), account.clone(), RICH)
			.expect("root sets balances");
	}
	fn make_node(account: &AccountId32, audit_key: [u8; 32]) {
		let mut made = MadeKeys::get();
		made.insert(account.clone(), audit_key);
		MadeKeys::set(&made);
	}
	fn make_auditor(account: &AccountId32, audit_key: [u8; 32]) {
		Self::make_node(account, audit_key);
	}
	fn make_workflow() -> (WorkflowId, u32) {
		(WORKFLOW, 1)
	}
}

/// Who was slashed for downtime, in order.
pub(crate) fn downtimes() -> Vec<AccountId32> {
	Downtimes::get().into_iter().map(|(who, _)| who).collect()
}

/// Who was slashed for fraud, in order.
pub(crate) fn frauds() -> Vec<AccountId32> {
	Frauds::get().into_iter().map(|(who, _)| who).collect()
}

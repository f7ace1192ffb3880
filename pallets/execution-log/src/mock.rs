//! A runtime for the tests: real balances, simple neighbours.

use crate::{
	self as pallet_execution_log, Charge, Payee, PayoutKind, PayoutLine,
	traits::{AuditedBy, Auditors, BlockRandomness, Nodes, SettleInput, Settlement, Workflows},
};
use calibration::{Bands, Entry};
use codec::Encode;
use frame_support::{
	derive_impl,
	dispatch::DispatchResult,
	ensure, parameter_types,
	traits::{
		ConstU32, ConstU128, Hooks,
		fungible::MutateHold,
		tokens::{Fortitude, Precision, Restriction},
	},
};
use pallet_terms::{Terms, TermsSource};
use polkadot_sdk::*;
use receipt::{
	CheckKind, Figures, Hash, JobId, Planck, Price, Receipt, Sampling, Signature, StopReason, Ticket, Tier,
	Verdict, WorkflowId,
	attestation::{Batch, Item, Opening, commitment},
	canary::{CanaryOpening, VRF_FIELD, VRF_LABEL, vrf_message},
	signing,
	trace::Evidence,
};
use sp_runtime::{AccountId32, BuildStorage, DispatchError, traits::IdentityLookup};
use std::collections::BTreeMap;
use verification::Bucket;

#[frame_support::runtime]
mod runtime {
	use super::*;

	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type Log = pallet_execution_log;
}

pub(crate) type Extension = (frame_system::AuthorizeCall<Test>,);
pub(crate) type Extrinsic =
	sp_runtime::generic::UncheckedExtrinsic<AccountId32, RuntimeCall, sp_runtime::MultiSignature, Extension>;
type Header = sp_runtime::generic::Header<u32, sp_runtime::traits::BlakeTwo256>;
type Block = sp_runtime::generic::Block<Header, Extrinsic>;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
	type AccountData = pallet_balances::AccountData<Planck>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Planck;
	type ExistentialDeposit = ConstU128<1>;
	type AccountStore = System;
}

// What the tests turn: all of it is in the state, so that a failed step undoes it as well.
parameter_types! {
	pub storage Serving: bool = true;
	pub storage Calibrated: bool = true;
	pub storage Detection: [Bucket; 5] = Bucket::ASSUMED;
	pub storage MantissaBand: u32 = 64;
	pub storage Callable: bool = true;
	pub storage WithVrf: bool = true;
	pub storage OneAuthor: bool = false;
	pub storage BrokenQuote: bool = false;
	pub storage ShortPayout: bool = false;
	pub storage BondCovers: Planck = 1_000_000_000;
	pub storage NodeKeySeed: u8 = 100;
	pub storage OldNodeKeySeed: Option<u8> = None;
	pub storage AuditorCount: u8 = 5;
	pub storage RareAuditorCount: u8 = 0;
	pub storage RareDeclared: Vec<(u32, u8)> = Vec::new();
	pub storage Exposures: BTreeMap<AccountId32, Planck> = BTreeMap::new();
	pub storage Audits: BTreeMap<AccountId32, u32> = BTreeMap::new();
	pub storage Frauds: Vec<(AccountId32, Planck)> = Vec::new();
	pub storage Downtimes: Vec<(AccountId32, Planck)> = Vec::new();
	pub storage FalseAttestations: Vec<(AccountId32, Planck)> = Vec::new();
	pub storage Credits: BTreeMap<AccountId32, u32> = BTreeMap::new();
	pub storage Rewards: Vec<(AccountId32, Planck)> = Vec::new();
	pub storage Chilled: Vec<AccountId32> = Vec::new();
	pub storage Ejected: Vec<AccountId32> = Vec::new();
	pub storage ActiveBond: Planck = 1_000_000_000_000;
	pub storage MadeKeys: BTreeMap<AccountId32, [u8; 32]> = BTreeMap::new();
	pub storage Versions: Vec<Terms> = vec![test_terms()];
}

/// Short windows: of the five auditors four sit in a panel, and three of them agree.
pub(crate) fn test_terms() -> Terms {
	let mut terms = Terms::development();
	terms.jobs.delivery_window = 10;
	terms.jobs.draw_delay = 4;
	terms.jobs.min_distinct_authors = 2;
	terms.jobs.commit_window = 5;
	terms.jobs.court_window = 5;
	terms.jobs.reveal_delay = 2;
	terms.jobs.reveal_window = 5;
	// Most tests are of audits that ask nobody.
	terms.jobs.opening_window = 0;
	terms.jobs.dispute_window = 3;
	terms.jobs.retention = 40;
	terms.verification.panel = 4;
	// A draw ends where it can first end, so that tests know the block.
	terms.verification.stop_one_in = 1;
	terms.verification.stop_within = 4;
	terms.verification.incident_window = 30;
	// Hardly ever.
	terms.verification.second_look = verification::Ppm::new(1);
	// Whatever a job pays counts fully.
	terms.verification.reference_fee = 1;
	terms.jobs.min_fee_per_token = 10;
	terms.jobs.record_deposit = 500;
	terms.jobs.min_dispute_deposit = 50;
	terms
}

pub(crate) const NODE: AccountId32 = AccountId32::new([9; 32]);
pub(crate) const CALLER: AccountId32 = AccountId32::new([1; 32]);
pub(crate) const OTHER: AccountId32 = AccountId32::new([2; 32]);
pub(crate) const TREASURY: AccountId32 = AccountId32::new([77; 32]);
pub(crate) const POT: AccountId32 = AccountId32::new([78; 32]);
pub(crate) const POOL: AccountId32 = AccountId32::new([79; 32]);
pub(crate) const WORKFLOW: WorkflowId = 3;
pub(crate) const UPSTREAM: WorkflowId = 2;
pub(crate) const RICH: Planck = 1_000_000_000;
pub(crate) const PAIR: Hash = [42; 32];
/// A pair that the last [`RareAuditorCount`] of eight auditors check, or as many as [`rare_declared`] says from a block
/// on.
pub(crate) const RARE: Hash = [43; 32];

/// The auditor with this number, from zero on.
pub(crate) fn auditor(number: u8) -> AccountId32 {
	AccountId32::new([200 + number; 32])
}

/// The secret of that auditor's audit key.
pub(crate) fn auditor_secret(who: &AccountId32) -> [u8; 32] {
	let bytes: &[u8; 32] = who.as_ref();
	*bytes
}

#[allow(
	unreachable_pub,
	reason = "the runtime of the tests is public inside this private module"
)]
pub struct Neighbours;

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

impl pallet_execution_log::Config for Test {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Terms = Neighbours;
	type Nodes = Neighbours;
	type Auditors = Neighbours;
	type Workflows = Neighbours;
	type Settlement = Neighbours;
	type Randomness = Neighbours;
	type MaxDuePerBlock = ConstU32<8>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = Neighbours;
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

/// The seed of the account key of the node that draws canaries.
pub(crate) const CANARY_SECRET: u8 = 55;

fn canary_pair(secret: u8) -> sp_core::sr25519::Pair {
	sp_core::Pair::from_seed(&[secret; 32])
}

/// A node whose account is a key, so that it can draw. It signs as [`NODE`] does.
pub(crate) fn canary_node() -> AccountId32 {
	use sp_core::Pair;
	AccountId32::new(canary_pair(CANARY_SECRET).public().0)
}

/// The incident of that node, if one is open.
pub(crate) fn incident_of_canary_node() -> Option<verification::Incident> {
	Log::reputation(canary_node()).incident
}

/// What the account with this secret seals in the receipt of a job, if the job were its own.
pub(crate) fn canary_opening(id: JobId, secret: u8, transcript: Hash) -> CanaryOpening {
	use sp_core::{crypto::VrfSecret, sr25519::vrf::VrfTranscript};
	let job = Log::job(id).expect("the job exists");
	let message = vrf_message(&Log::genesis(), id, &job.randomness, &job.ticket_hash);
	let input = VrfTranscript::new(VRF_LABEL, &[(VRF_FIELD, message.as_slice())]);
	let signature = canary_pair(secret).vrf_sign(&input.into_sign_data());
	let mut opening = CanaryOpening {
		salt: [1; 32],
		transcript,
		fingerprint: [44; 32],
		pre_output: [0; 32],
		proof: [0; 64],
	};
	opening.pre_output.copy_from_slice(&signature.pre_output.encode());
	opening.proof.copy_from_slice(&signature.proof.encode());
	opening
}

impl Neighbours {
	/// The rules in force.
	pub(crate) fn current_rules() -> verification::Rules {
		Self::current().1.verification
	}
}

pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
	let accounts = [CALLER, OTHER, NODE, TREASURY, POT, POOL, canary_node()]
		.into_iter()
		.chain((0..8).map(auditor));
	let genesis = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: accounts.map(|who| (who, RICH)).collect(),
			..Default::default()
		},
		..Default::default()
	};
	let mut ext: sp_io::TestExternalities = genesis.build_storage().expect("the genesis is valid").into();
	#[cfg(feature = "runtime-benchmarks")]
	ext.register_extension(sp_keystore::KeystoreExt::new(
		sp_keystore::testing::MemoryKeystore::new(),
	));
	ext.execute_with(|| {
		MadeKeys::set(&[(canary_node(), signing::public_key(&[NodeKeySeed::get(); 32]))].into());
		advance(1);
	});
	ext
}

/// From this block on, the last `count` of eight auditors have declared the pair [`RARE`].
pub(crate) fn rare_declared(count: u8) {
	RareDeclared::set(&[RareDeclared::get(), vec![(Log::now(), count)]].concat());
}

/// Goes on by so many blocks, and checks every invariant after each.
pub(crate) fn advance(blocks: u32) {
	for _ in 0..blocks {
		let now = System::block_number();
		Log::on_idle(now, frame_support::weights::Weight::MAX);
		System::set_block_number(now + 1);
		Log::on_initialize(now + 1);
		check();
	}
}

/// Every invariant, those of the neighbours included.
pub(crate) fn check() {
	Log::do_try_state().expect("the state is as it must be");
	let mut exposure = BTreeMap::<AccountId32, Planck>::new();
	let mut audits = BTreeMap::<AccountId32, u32>::new();
	for (_, job) in crate::Jobs::<Test>::iter() {
		if job.state.ended_at().is_none() {
			*exposure.entry(job.node()).or_default() += job.ticket.fee;
		}
	}
	for (who, _) in crate::OpenAudits::<Test>::iter_keys() {
		*audits.entry(who).or_default() += 1;
	}
	let mut open = Exposures::get();
	open.retain(|_, fee| *fee > 0);
	exposure.retain(|_, fee| *fee > 0);
	assert_eq!(open, exposure, "what bonds cover is what is open");
	let mut owed = Audits::get();
	owed.retain(|_, count| *count > 0);
	assert_eq!(owed, audits, "open audits are counted once");
}

/// A ticket that is in order; the nonce makes it distinct.
pub(crate) fn ticket(nonce: u8) -> Ticket {
	Ticket {
		genesis: Log::genesis(),
		node: NODE.into(),
		caller: CALLER.into(),
		workflow: WORKFLOW,
		version: 1,
		terms: Neighbours::current().0,
		input: [5; 32],
		pair: PAIR,
		check: CheckKind::TokenPrefill,
		tier: Tier::Replicated,
		prompt_tokens: 12,
		max_tokens: 50,
		node_price: Price {
			base: 3,
			per_token: 1,
		},
		fee: 2_000,
		nonce: [nonce; 32],
		expires_at: System::block_number() + 5,
	}
}

pub(crate) fn node_signs(hash: &Hash) -> Signature {
	signing::sign(&[NodeKeySeed::get(); 32], hash)
}

/// Requests with a ticket, signed as it must be.
pub(crate) fn request(ticket: Ticket) -> DispatchResult {
	Log::request(
		RuntimeOrigin::signed(ticket.caller.into()),
		Box::new(ticket),
		node_signs(&ticket.hash()),
	)
}

/// A job in its first state.
pub(crate) fn requested(nonce: u8) -> JobId {
	let id = Log::next_job();
	request(ticket(nonce)).expect("the ticket is in order");
	id
}

pub(crate) fn receipt_for(job: JobId) -> Receipt {
	let ticket = Log::job(job).expect("the job exists").ticket;
	Receipt {
		job,
		check: ticket.check,
		pair: ticket.pair,
		request: [1; 32],
		output: [2; 32],
		transcript: [3; 32],
		tokens_in: ticket.prompt_tokens,
		tokens_out: ticket.max_tokens.min(20),
		sampling: Sampling::GREEDY,
		stop: StopReason::EndOfText,
		fingerprint: [4; 32],
		sealed_canary: [0; 32],
	}
}

pub(crate) fn deliver(receipt: Receipt) -> DispatchResult {
	Log::deliver(
		RuntimeOrigin::signed(OTHER),
		Box::new(receipt),
		node_signs(&receipt.hash()),
	)
}

/// A job with a receipt.
pub(crate) fn delivered(nonce: u8) -> JobId {
	let id = requested(nonce);
	deliver(receipt_for(id)).expect("the receipt is in order");
	id
}

/// A job with a committee.
pub(crate) fn drawn(nonce: u8) -> JobId {
	let id = delivered(nonce);
	advance(4);
	assert!(matches!(state(id), crate::JobState::Auditing { .. }));
	id
}

/// Who was slashed for downtime, in order.
pub(crate) fn downtimes() -> Vec<AccountId32> {
	Downtimes::get().into_iter().map(|(who, _)| who).collect()
}

/// Who was slashed for fraud, in order.
pub(crate) fn frauds() -> Vec<AccountId32> {
	Frauds::get().into_iter().map(|(who, _)| who).collect()
}

/// The node's open incident.
pub(crate) fn incident() -> Option<verification::Incident> {
	Log::reputation(NODE).incident
}

pub(crate) fn state(id: JobId) -> crate::JobState {
	Log::job(id).expect("the job exists").state
}

pub(crate) fn committee(id: JobId) -> Vec<AccountId32> {
	let job = Log::job(id).expect("the job exists");
	job.committee.iter().map(|seat| seat.auditor.clone()).collect()
}

pub(crate) fn opening(verdict: Verdict) -> Opening {
	opening_with(verdict, Evidence::default())
}

/// What an auditor says, and shows of its run.
pub(crate) fn opening_with(verdict: Verdict, evidence: Evidence) -> Opening {
	Opening {
		verdict,
		figures: Figures {
			chunks: 2,
			error_milli: match verdict {
				Verdict::Invalid(_) => 5_000,
				_ => 0,
			},
			..Default::default()
		},
		evidence,
		salt: [8; 32],
	}
}

pub(crate) fn commit_item(id: JobId, who: &AccountId32, verdict: Verdict) -> Item {
	commit_to(id, who, &opening(verdict))
}

pub(crate) fn commit_to(id: JobId, who: &AccountId32, opening: &Opening) -> Item {
	let job = Log::job(id).expect("it exists");
	// Nobody who is late knows who sat.
	let sitting = job.sitting().unwrap_or_default();
	let receipt = job.delivery.expect("it was delivered").hash;
	let bytes: &[u8; 32] = who.as_ref();
	let commitment = commitment(&Log::genesis(), id, &receipt, bytes, opening);
	Item::Commit {
		job: id,
		sitting,
		commitment,
	}
}

pub(crate) fn reveal_item(id: JobId, verdict: Verdict) -> Item {
	Item::Reveal {
		job: id,
		opening: opening(verdict),
	}
}

pub(crate) fn batch(who: &AccountId32, items: Vec<Item>) -> (Batch, Signature) {
	let batch = Batch {
		auditor: who.clone().into(),
		at: System::block_number(),
		items,
	};
	let signature = signing::sign(&auditor_secret(who), &batch.message(&Log::genesis()));
	(batch, signature)
}

/// Sends a batch through the whole path of a transaction: authorized, then dispatched.
pub(crate) fn send(
	batch: Batch,
	signature: Signature,
) -> Result<(), sp_runtime::transaction_validity::TransactionValidityError> {
	use frame_support::dispatch::GetDispatchInfo;
	use sp_runtime::traits::{Applyable, Checkable};
	let call = RuntimeCall::Log(crate::Call::attest { batch, signature });
	let extrinsic = Extrinsic::new_transaction(call, (frame_system::AuthorizeCall::new(),));
	let info = extrinsic.get_dispatch_info();
	let length = extrinsic.encoded_size();
	let checked = Checkable::check(extrinsic, &frame_system::ChainContext::<Test>::default())?;
	checked
		.apply::<Test>(&info, length)?
		.expect("an authorized batch is dispatched");
	Ok(())
}

pub(crate) fn commit(id: JobId, who: &AccountId32, verdict: Verdict) {
	let (batch, signature) = batch(who, vec![commit_item(id, who, verdict)]);
	send(batch, signature).expect("the commitment is owed");
}

pub(crate) fn reveal(id: JobId, who: &AccountId32, verdict: Verdict) {
	let (batch, signature) = batch(who, vec![reveal_item(id, verdict)]);
	send(batch, signature).expect("the opening is owed");
}

/// Advances to the first block for reveals.
pub(crate) fn to_reveals(id: JobId) {
	let crate::JobState::Auditing { reveal_from, .. } = state(id) else {
		panic!("the job is not being audited")
	};
	advance(reveal_from - System::block_number());
}

/// Lets the whole committee vote; `None` is an auditor that is offline.
pub(crate) fn audit(id: JobId, votes: &[Option<Verdict>]) {
	let votes: Vec<_> = committee(id).into_iter().zip(votes).collect();
	for (who, vote) in &votes {
		if let Some(verdict) = vote {
			commit(id, who, *verdict);
		}
	}
	let crate::JobState::Auditing { reveal_from, .. } = state(id) else {
		return;
	};
	if votes.iter().filter(|(_, vote)| vote.is_some()).count() < 3 {
		return;
	}
	advance(reveal_from - System::block_number());
	for (who, vote) in &votes {
		if let Some(verdict) = vote {
			reveal(id, who, *verdict);
		}
	}
	advance(1);
}

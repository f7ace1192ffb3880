//! The hook with keys, local storage and a verifier.

use super::receipt_for;
use crate::{
	self as offchain_worker, AUDIT_KEYS, KeyOwners, Owed, OwedWork, Phase, SubmitBatch, VERIFIER_TOKEN,
	VERIFIER_URL, verifier::question,
};
use frame_support::{
	derive_impl,
	traits::{ConstU32, ConstU64, Hooks},
};
use polkadot_sdk::*;
use receipt::{
	Account, Figures, Hash, Signature, Verdict,
	attestation::{Batch, Item, Opening, commitment, salt, salt_message},
	signing,
	trace::{Evidence, POINTS, Trace},
};
use serde_json::json;
use sp_core::offchain::{
	self, HttpError, HttpRequestId, HttpRequestStatus, OffchainDbExt, OffchainWorkerExt, OpaqueNetworkState,
	StorageKind, Timestamp,
	testing::{PendingRequest, TestOffchainExt},
};
use sp_io::TestExternalities;
use sp_keystore::{Keystore, KeystoreExt, testing::MemoryKeystore};
use std::cell::RefCell;

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
	pub type Worker = offchain_worker;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
}

impl offchain_worker::Config for Test {
	type Work = Chain;
	type Submit = Chain;
	type Auditors = Chain;
	type ResubmitAfter = ConstU32<4>;
	type BlockMilliseconds = ConstU64<2_000>;
}

#[allow(
	unreachable_pub,
	reason = "the runtime of the tests is public inside this private module"
)]
pub struct Chain;

const GENESIS: Hash = [8; 32];

thread_local! {
	/// What every auditor owes: job and phase.
	static OWED: RefCell<Vec<(u64, Phase)>> = const { RefCell::new(Vec::new()) };
	/// What was submitted.
	static SENT: RefCell<Vec<(Batch, Signature)>> = const { RefCell::new(Vec::new()) };
	/// Whether the pool takes anything.
	static POOL_OPEN: RefCell<bool> = const { RefCell::new(true) };
}

fn secret(number: u8) -> [u8; 32] {
	[number; 32]
}

/// The auditor whose audit key has this secret.
fn account(number: u8) -> Account {
	[number + 100; 32]
}

fn owed(number: u8, job: u64, phase: Phase) -> Owed {
	Owed {
		job,
		key: signing::public_key(&secret(number)),
		round: 0,
		phase,
		node: [50; 32],
		receipt: receipt_for(job),
		ticket_hash: [51; 32],
		input: [52; 32],
		nonce: [53; 32],
		randomness: [54; 32],
		max_tokens: 64,
		opened: None,
		committee: vec![account(number)],
		earlier: Vec::new(),
	}
}

impl OwedWork for Chain {
	fn genesis() -> Hash {
		GENESIS
	}

	fn owed(auditor: &Account) -> Vec<Owed> {
		let number = auditor[0] - 100;
		OWED.with_borrow(|all| {
			all.iter()
				.map(|(job, phase)| owed(number, *job, *phase))
				.collect()
		})
	}
}

impl SubmitBatch for Chain {
	fn submit(batch: Batch, signature: Signature) -> Result<(), ()> {
		if !POOL_OPEN.with_borrow(|open| *open) {
			return Err(());
		}
		SENT.with_borrow_mut(|sent| sent.push((batch, signature)));
		Ok(())
	}
}

impl KeyOwners for Chain {
	fn account_of(audit_key: &[u8; 32]) -> Option<Account> {
		(1..=4)
			.find(|number| signing::public_key(&secret(*number)) == *audit_key)
			.map(account)
	}
}

/// A machine with a keystore, local storage and, perhaps, a verifier.
struct Machine {
	offchain: TestOffchainExt,
	keys: Vec<u8>,
	verifier_down: bool,
}

impl Machine {
	fn new(keys: &[u8]) -> Self {
		OWED.set(vec![(7, Phase::Commit { until: 20 })]);
		SENT.take();
		POOL_OPEN.set(true);
		let machine = Self {
			offchain: TestOffchainExt::default(),
			keys: keys.to_vec(),
			verifier_down: false,
		};
		machine.configure(VERIFIER_URL, b"http://127.0.0.1:9955/\n");
		machine.configure(VERIFIER_TOKEN, b"secret");
		machine
	}

	fn configure(&self, key: &[u8], value: &[u8]) {
		let mut offchain = self.offchain.clone();
		offchain::DbExternalities::local_storage_set(&mut offchain, StorageKind::PERSISTENT, key, value);
	}

	/// The verifier will be asked this, and answers that.
	fn expect(&self, number: u8, job: u64, phase: Phase, now: u32, answer: &str) {
		let left = u64::from(phase.until() - now) * 2_000;
		let body = question(&GENESIS, &account(number), &owed(number, job, phase), left);
		self.offchain.0.write().expect_request(PendingRequest {
			method: "POST".into(),
			uri: "http://127.0.0.1:9955/v1/audits".into(),
			headers: vec![
				("Content-Type".into(), "application/json".into()),
				("Authorization".into(), "Bearer secret".into()),
			],
			body,
			sent: true,
			response: Some(answer.as_bytes().to_vec()),
			..Default::default()
		});
	}

	/// Imports a block and returns what was submitted after it.
	fn block(&self, now: u32) -> Vec<(Batch, Signature)> {
		let keystore = MemoryKeystore::new();
		for number in &self.keys {
			let seed: String = secret(*number).iter().map(|byte| format!("{byte:02x}")).collect();
			keystore
				.ed25519_generate_new(AUDIT_KEYS, Some(&format!("0x{seed}")))
				.expect("the seed is valid");
		}
		let mut ext = TestExternalities::default();
		ext.register_extension(KeystoreExt::new(keystore));
		ext.register_extension(OffchainDbExt::new(self.offchain.clone()));
		if self.verifier_down {
			ext.register_extension(OffchainWorkerExt::new(Down(self.offchain.clone())));
		} else {
			ext.register_extension(OffchainWorkerExt::new(self.offchain.clone()));
		}
		ext.execute_with(|| Worker::offchain_worker(now.into()));
		SENT.take()
	}

	/// Loses what is kept locally, but for the settings.
	fn forget(&mut self) {
		self.offchain = TestOffchainExt::default();
		self.configure(VERIFIER_URL, b"http://127.0.0.1:9955");
		self.configure(VERIFIER_TOKEN, b"secret");
	}
}

/// A machine whose verifier does not listen.
struct Down(TestOffchainExt);

impl offchain::Externalities for Down {
	fn is_validator(&self) -> bool {
		self.0.is_validator()
	}
	fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
		self.0.network_state()
	}
	fn timestamp(&mut self) -> Timestamp {
		offchain::Externalities::timestamp(&mut self.0)
	}
	fn sleep_until(&mut self, deadline: Timestamp) {
		self.0.sleep_until(deadline);
	}
	fn random_seed(&mut self) -> [u8; 32] {
		self.0.random_seed()
	}
	fn http_request_start(&mut self, _: &str, _: &str, _: &[u8]) -> Result<HttpRequestId, ()> {
		Ok(HttpRequestId(0))
	}
	fn http_request_add_header(&mut self, _: HttpRequestId, _: &str, _: &str) -> Result<(), ()> {
		Ok(())
	}
	fn http_request_write_body(
		&mut self,
		_: HttpRequestId,
		_: &[u8],
		_: Option<Timestamp>,
	) -> Result<(), HttpError> {
		Ok(())
	}
	fn http_response_wait(&mut self, ids: &[HttpRequestId], _: Option<Timestamp>) -> Vec<HttpRequestStatus> {
		ids.iter().map(|_| HttpRequestStatus::IoError).collect()
	}
	fn http_response_headers(&mut self, _: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
		Vec::new()
	}
	fn http_response_read_body(
		&mut self,
		_: HttpRequestId,
		_: &mut [u8],
		_: Option<Timestamp>,
	) -> Result<usize, HttpError> {
		Err(HttpError::IoError)
	}
	fn set_authorized_nodes(&mut self, _: Vec<sp_core::OpaquePeerId>, _: bool) {}
}

const PENDING: &str = r#"{"state":"pending"}"#;

fn done(verdict: &str) -> String {
	json!({
		"state": "done", "verdict": verdict, "reason": null,
		"figures": {"chunks": 1, "mismatches": 0, "mantissa_milli": 0, "loss_milli": 0, "losses": 0, "error_milli": 0},
		"evidence": format!("0x01{}00{}", "803f".repeat(POINTS), "0500000000000000"),
	})
	.to_string()
}

/// The opening of an auditor for a job, whatever machine it is computed on.
fn opening(number: u8, job: u64, verdict: Verdict) -> Opening {
	let signature = signing::sign(&secret(number), &salt_message(&GENESIS, job, 0));
	let figures = Figures {
		chunks: 1,
		..Default::default()
	};
	Opening {
		verdict,
		figures,
		evidence: Evidence {
			trace: Some(Trace([0x3f80; POINTS])),
			neighbour: None,
			untrue: 5,
		},
		salt: salt(&signature),
	}
}

fn commit(number: u8, job: u64, verdict: Verdict) -> Item {
	let opening = opening(number, job, verdict);
	let commitment = commitment(
		&GENESIS,
		job,
		&receipt_for(job).hash(),
		&account(number),
		&opening,
	);
	Item::Commit {
		job,
		sitting: owed(number, job, Phase::Commit { until: 0 }).sitting(),
		commitment,
	}
}

fn reveal_phase(number: u8, job: u64, verdict: Verdict) -> Phase {
	let Item::Commit { commitment, .. } = commit(number, job, verdict) else {
		panic!("it is a commitment")
	};
	Phase::Reveal {
		until: 40,
		commitment,
	}
}

const COMMIT: Phase = Phase::Commit { until: 20 };

#[test]
fn from_question_to_opening() {
	let machine = Machine::new(&[1]);
	machine.expect(1, 7, COMMIT, 10, PENDING);
	assert_eq!(
		machine.block(10),
		[],
		"nothing is voted while the verifier is at work"
	);
	machine.expect(1, 7, COMMIT, 11, &done("valid"));
	let sent = machine.block(11);
	let [(batch, signature)] = &sent[..] else {
		panic!("one batch: {sent:?}")
	};
	assert_eq!(
		*batch,
		Batch {
			auditor: account(1),
			at: 11,
			items: vec![commit(1, 7, Verdict::Valid)]
		}
	);
	assert!(signing::verify(
		&signing::public_key(&secret(1)),
		&batch.message(&GENESIS),
		signature
	));
	OWED.take();
	assert_eq!(machine.block(12), []);
	OWED.set(vec![(7, reveal_phase(1, 7, Verdict::Valid))]);
	let sent = machine.block(13);
	let item = Item::Reveal {
		job: 7,
		opening: opening(1, 7, Verdict::Valid),
	};
	assert_eq!(
		sent[0].0,
		Batch {
			auditor: account(1),
			at: 13,
			items: vec![item]
		}
	);
}

#[test]
fn an_item_is_not_sent_twice_unless_the_chain_still_wants_it() {
	let machine = Machine::new(&[1]);
	machine.expect(1, 7, COMMIT, 10, &done("valid"));
	let counts = [10, 11, 12, 13, 14, 15].map(|now| machine.block(now).len());
	assert_eq!(counts, [1, 0, 0, 0, 1, 0]);
}

#[test]
fn a_restart_keeps_answers_and_what_was_sent() {
	let machine = Machine::new(&[1]);
	machine.expect(1, 7, COMMIT, 10, &done("unavailable"));
	assert_eq!(machine.block(10).len(), 1);
	// Each block has a new process here: keys and storage alone carry over.
	assert_eq!(machine.block(11), []);
	OWED.set(vec![(7, reveal_phase(1, 7, Verdict::Unavailable))]);
	assert_eq!(machine.block(12).len(), 1);
}

#[test]
fn a_node_that_lost_its_storage_asks_again_and_can_reveal() {
	let mut machine = Machine::new(&[1]);
	machine.expect(1, 7, COMMIT, 10, &done("valid"));
	machine.block(10);
	machine.forget();
	let phase = reveal_phase(1, 7, Verdict::Valid);
	OWED.set(vec![(7, phase)]);
	machine.expect(1, 7, phase, 30, &done("valid"));
	let sent = machine.block(30);
	let item = Item::Reveal {
		job: 7,
		opening: opening(1, 7, Verdict::Valid),
	};
	assert_eq!(sent[0].0.items, [item]);
}

#[test]
fn an_answer_that_was_not_committed_to_is_not_revealed() {
	let mut machine = Machine::new(&[1]);
	machine.expect(1, 7, COMMIT, 10, &done("valid"));
	machine.block(10);
	machine.forget();
	let phase = reveal_phase(1, 7, Verdict::Valid);
	OWED.set(vec![(7, phase)]);
	machine.expect(1, 7, phase, 30, &done("unavailable"));
	assert_eq!(machine.block(30), []);
	machine.expect(1, 7, phase, 31, &done("valid"));
	assert_eq!(machine.block(31).len(), 1);
}

#[test]
fn a_verifier_that_is_down_or_talks_nonsense_means_no_vote() {
	let mut machine = Machine::new(&[1]);
	machine.verifier_down = true;
	assert_eq!(machine.block(10), []);
	machine.verifier_down = false;
	let nonsense = [
		"",
		"<html>",
		"{}",
		r#"{"state":"done"}"#,
		r#"{"state":"done","verdict":"valid"}"#,
		&format!("{}{}", done("valid"), " ".repeat(5_000)),
	];
	for (number, answer) in nonsense.into_iter().enumerate() {
		let now = 11 + number as u32;
		machine.expect(1, 7, COMMIT, now, answer);
		assert_eq!(machine.block(now), [], "{answer}");
	}
	machine.expect(1, 7, COMMIT, 18, &done("valid"));
	assert_eq!(machine.block(18).len(), 1, "it recovers");
}

#[test]
fn without_a_verifier_nothing_is_sent() {
	let machine = Machine::new(&[1]);
	machine.configure(VERIFIER_URL, b"");
	assert_eq!(machine.block(10), []);
}

#[test]
fn a_batch_that_the_pool_refused_is_tried_with_the_next_block() {
	let machine = Machine::new(&[1]);
	POOL_OPEN.set(false);
	machine.expect(1, 7, COMMIT, 10, &done("valid"));
	assert_eq!(machine.block(10), []);
	POOL_OPEN.set(true);
	assert_eq!(machine.block(11).len(), 1);
}

#[test]
fn one_node_may_hold_several_audit_keys() {
	let machine = Machine::new(&[1, 2, 3, 4]);
	for number in 1..=4 {
		machine.expect(number, 7, COMMIT, 10, &done("valid"));
	}
	let sent = machine.block(10);
	let auditors: Vec<_> = sent.iter().map(|(batch, _)| batch.auditor).collect();
	assert_eq!(auditors, (1..=4).map(account).collect::<Vec<_>>());
	for (number, (batch, _)) in (1..=4).zip(&sent) {
		assert_eq!(batch.items, [commit(number, 7, Verdict::Valid)]);
	}
}

#[test]
fn a_node_without_audit_keys_does_nothing() {
	assert_eq!(Machine::new(&[]).block(10), []);
	assert_eq!(Machine::new(&[9]).block(10), [], "a key of nobody");
}

#[test]
fn overlapping_runs_do_not_work_at_once() {
	let machine = Machine::new(&[1]);
	let now = machine.offchain.0.read().timestamp;
	let deadline = now.add(offchain::Duration::from_millis(5_000));
	machine.configure(b"hai::audit-lock", &codec::Encode::encode(&deadline));
	assert_eq!(machine.block(10), [], "another run is at work");
	machine.offchain.0.write().timestamp = now.add(offchain::Duration::from_millis(5_001));
	machine.expect(1, 7, COMMIT, 11, &done("valid"));
	assert_eq!(
		machine.block(11).len(),
		1,
		"a lock of a process that died expires"
	);
}

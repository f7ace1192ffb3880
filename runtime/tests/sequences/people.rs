//! Who takes part, their keys, and what they sign.

use hai_runtime::{
	AccountId, ExecutionLog, HAI, MILLI_HAI, RoleStaking, RuntimeOrigin, Terms, WorkflowRegistry,
	ties::Attestations,
};
use offchain_worker::OwedWork;
use pallet_calibration::{Bands, Bucket, Entry, GenesisCalibration};
use pallet_role_staking::types::{Address, Advertisement, Offer};
use pallet_workflow_registry::{Parent, Price, PriceMode, PublishInput, WHOLE, WorkflowId};
use polkadot_sdk::{
	frame_support::BoundedVec,
	sp_core::{Encode, crypto::VrfSecret, sr25519::vrf::VrfTranscript},
	sp_keyring::Sr25519Keyring,
	sp_runtime::Permill,
};
use receipt::{
	Account, CheckKind, Figures, Hash, JobId, Receipt, Sampling, Signature, StopReason, Ticket, Tier,
	Verdict,
	attestation::{Opening, Reason},
	canary::{CanaryOpening, VRF_FIELD, VRF_LABEL, vrf_message},
	keys::{KeySecrets, KeySet, binding},
	signing,
	trace::{Evidence, POINTS, Trace},
};
use std::{collections::BTreeMap, sync::LazyLock};

pub(crate) type Person = Sr25519Keyring;

/// They are bonded at genesis and produce blocks.
pub(crate) const VALIDATORS: [Person; 4] = [Person::Alice, Person::Bob, Person::Charlie, Person::Dave];
pub(crate) const NODES: [Person; 2] = [Person::Eve, Person::Ferdie];
pub(crate) const CALLERS: [Person; 2] = [Person::AliceStash, Person::BobStash];
pub(crate) const CREATORS: [Person; 2] = [Person::CharlieStash, Person::DaveStash];

/// How many sets of keys each bonded person has.
pub(crate) const GENERATIONS: u8 = 4;

const MODEL: Hash = [3; 32];
const PAIR: Hash = [2; 32];

/// By which the work of every node here can be audited.
pub(crate) const CALIBRATION: GenesisCalibration = GenesisCalibration {
	pair: PAIR,
	entry: Entry {
		record: [1; 32],
		model: MODEL,
		bands: Bands::CPU,
		detection: Bucket::ASSUMED,
	},
};

/// Every bonded person: nodes first.
pub(crate) fn bonded() -> impl Iterator<Item = Person> {
	NODES.into_iter().chain(VALIDATORS)
}

pub(crate) fn account(who: Person) -> AccountId {
	who.to_account_id()
}

pub(crate) fn bytes(who: Person) -> Account {
	account(who).into()
}

pub(crate) fn signed(who: Person) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(who))
}

/// The first generation of a validator's keys is the one at genesis.
fn secrets(who: Person, generation: u8) -> KeySecrets {
	match generation {
		0 => KeySecrets::development(&format!("{who:?}")),
		_ => KeySecrets::development(&format!("{who:?} {generation}")),
	}
}

/// The secret half of every audit key.
static AUDIT_SECRETS: LazyLock<BTreeMap<[u8; 32], [u8; 32]>> = LazyLock::new(|| {
	bonded()
		.flat_map(|who| (0..GENERATIONS).map(move |generation| secrets(who, generation).audit))
		.map(|secret| (signing::public_key(&secret), secret))
		.collect()
});

/// Signs with the secret half of an audit key.
pub(crate) fn sign_with(audit_key: &[u8; 32], message: &Hash) -> Signature {
	let secret = AUDIT_SECRETS
		.get(audit_key)
		.expect("every registered key is one of these");
	signing::sign(secret, message)
}

/// Signs with the present audit key of a bonded person; nothing of others counts.
pub(crate) fn sign_as(who: Person, message: &Hash) -> Signature {
	RoleStaking::audit_key(&account(who)).map_or([0; 64], |key| sign_with(&key, message))
}

/// Keys with the signatures by which the peer key and the audit key belong to the account.
pub(crate) fn bound(who: Person, generation: u8) -> (KeySet, Signature, Signature) {
	let secrets = secrets(who, generation);
	let keys = secrets.public();
	let message = binding(&bytes(who), &keys);
	(
		keys,
		signing::sign(&secrets.peer, &message),
		signing::sign(&secrets.audit, &message),
	)
}

/// What a node offers: the model of every workflow here, or another.
pub(crate) fn advertisement(model: Hash) -> Advertisement {
	let offer = Offer {
		model,
		pair: PAIR,
		price_base: 3,
		price_per_token: 4,
	};
	Advertisement {
		addresses: BoundedVec::truncate_from(vec![Address::truncate_from(
			b"/ip4/127.0.0.1/udp/9000/quic-v1".to_vec(),
		)]),
		models: BoundedVec::truncate_from(vec![offer]),
		max_tokens: 4_096,
		slots: 2,
	}
}

/// What every node offers at first.
pub(crate) fn usual_advertisement() -> Advertisement {
	advertisement(MODEL)
}

/// What a creator publishes; the seed makes the manifest unique, and every third one asks for a part of the fee.
pub(crate) fn publication(seed: u8, mode: PriceMode, parent: Option<WorkflowId>) -> PublishInput {
	let parents = parent.map(|workflow| Parent {
		workflow,
		version: 1,
		share: Permill::from_parts(WHOLE),
	});
	PublishInput {
		name: BoundedVec::truncate_from(b"translate".to_vec()),
		manifest_hash: [seed; 32],
		manifest_location: Default::default(),
		price: price(mode),
		split: None,
		min_upstream_share: Permill::from_percent(u32::from(seed % 3) * 5),
		parents: BoundedVec::truncate_from(parents.into_iter().collect()),
		model: MODEL,
		max_tokens: 512,
	}
}

pub(crate) fn price(mode: PriceMode) -> Price {
	Price {
		mode,
		base: MILLI_HAI,
		per_token: 1_000_000,
	}
}

/// What a caller and a node agree on.
#[derive(Clone, Debug)]
pub(crate) struct Order {
	pub(crate) node: Person,
	pub(crate) caller: Person,
	/// Counted among those that were ever published.
	pub(crate) workflow: u32,
	pub(crate) tier: Tier,
	pub(crate) fee: u128,
	pub(crate) nonce: u8,
}

/// Enough for any call here.
pub(crate) const FEE: u128 = HAI;

/// The ticket of an order, for the newest version of its workflow.
pub(crate) fn ticket(order: &Order, expires_at: u32) -> Ticket {
	let published = pallet_workflow_registry::NextWorkflow::<hai_runtime::Runtime>::get();
	let workflow = order.workflow % published.max(1);
	Ticket {
		genesis: Attestations::genesis(),
		node: bytes(order.node),
		caller: bytes(order.caller),
		workflow,
		version: WorkflowRegistry::latest_version(workflow).unwrap_or(1),
		terms: Terms::terms().0,
		input: [5; 32],
		pair: PAIR,
		check: CheckKind::TokenPrefill,
		tier: order.tier,
		prompt_tokens: 12,
		max_tokens: 50,
		node_price: receipt::Price {
			base: 3,
			per_token: 4,
		},
		fee: order.fee,
		nonce: [order.nonce; 32],
		expires_at,
	}
}

/// A receipt for a ticket's job.
pub(crate) fn receipt(job: JobId, ticket: &Ticket, tokens_out: u32) -> Receipt {
	Receipt {
		job,
		check: ticket.check,
		pair: ticket.pair,
		request: [1; 32],
		output: [2; 32],
		transcript: [3; 32],
		tokens_in: ticket.prompt_tokens,
		tokens_out,
		sampling: Sampling::GREEDY,
		stop: StopReason::EndOfText,
		fingerprint: [4; 32],
		sealed_canary: [0; 32],
	}
}

/// What the node of a job would open, whether its draw makes the job a canary or not.
pub(crate) fn canary_opening(job: JobId) -> Option<CanaryOpening> {
	let record = ExecutionLog::job(job)?;
	let node = NODES.into_iter().find(|who| account(*who) == record.node())?;
	let message = vrf_message(
		&Attestations::genesis(),
		job,
		&record.randomness,
		&record.ticket_hash,
	);
	let input = VrfTranscript::new(VRF_LABEL, &[(VRF_FIELD, message.as_slice())]);
	let signature = node.pair().vrf_sign(&input.into_sign_data());
	let mut opening = CanaryOpening {
		salt: [1; 32],
		transcript: [6; 32],
		fingerprint: [7; 32],
		pre_output: [0; 32],
		proof: [0; 64],
	};
	opening.pre_output.copy_from_slice(&signature.pre_output.encode());
	opening.proof.copy_from_slice(&signature.proof.encode());
	Some(opening)
}

/// Everything that a validator says here: three verdicts under an engine that reads no traces, and one with a trace that no
/// neighbour has computed, from a validator that says of nobody, or of everybody, that its trace is untrue.
pub(crate) fn openings() -> Vec<Opening> {
	let opening = |verdict, evidence| Opening {
		verdict,
		figures: Figures::default(),
		evidence,
		salt: [8; 32],
	};
	let without_trace = [
		Verdict::Valid,
		Verdict::Invalid(Reason::Fingerprint),
		Verdict::Unavailable,
	]
	.map(|verdict| opening(verdict, Evidence::default()));
	let with_trace = [0, u64::MAX].map(|untrue| {
		let evidence = Evidence {
			trace: Some(Trace([0x3f80; POINTS])),
			neighbour: None,
			untrue,
		};
		opening(Verdict::Valid, evidence)
	});
	without_trace.into_iter().chain(with_trace).collect()
}

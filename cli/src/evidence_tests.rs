//! A whole small chain of evidence, and every way to break it.

use super::*;
use chain_client::{
	jobs::{Audit, Charge, Delivery, Payee, PayoutKind, PayoutLine, Seat, Stage},
	terms::{BallotTerms, CongressTerms, DepositTerms, JobTerms, SlashTerms, Split, StakingTerms, Terms},
};
use codec::Encode;
use polkadot_sdk::{
	sp_consensus_grandpa::{AuthoritySignature, localized_payload},
	sp_core::{Pair as _, ed25519::Pair},
	sp_runtime::{StateVersion, Storage},
	sp_state_machine::{InMemoryBackend, prove_read},
};
use receipt::{
	CheckKind, Figures, Receipt, Sampling, StopReason, Ticket, Tier, Verdict,
	attestation::{Opening, commitment},
};

const GENESIS: Hash = [1; 32];
const JOB: JobId = 7;
const NODE_SECRET: [u8; 32] = [2; 32];
const ROUND: u64 = 3;
const SET: u64 = 4;

fn pairs(count: u8) -> Vec<Pair> {
	(0..count)
		.map(|number| Pair::from_seed(&[number + 10; 32]))
		.collect()
}

fn opening(verdict: Verdict) -> Opening {
	Opening {
		verdict,
		figures: Figures::default(),
		evidence: Default::default(),
		salt: [9; 32],
	}
}

fn job() -> Job {
	let ticket = Ticket {
		genesis: GENESIS,
		node: [5; 32],
		caller: [6; 32],
		workflow: 0,
		version: 1,
		terms: 1,
		input: [7; 32],
		pair: [8; 32],
		check: CheckKind::TokenPrefill,
		tier: Tier::Replicated,
		prompt_tokens: 5,
		max_tokens: 5,
		node_price: Default::default(),
		fee: 100,
		nonce: [9; 32],
		expires_at: 10,
	};
	let receipt = Receipt {
		job: JOB,
		check: CheckKind::TokenPrefill,
		pair: [8; 32],
		request: [1; 32],
		output: [2; 32],
		transcript: [3; 32],
		tokens_in: 5,
		tokens_out: 4,
		sampling: Sampling::GREEDY,
		stop: StopReason::EndOfText,
		fingerprint: [4; 32],
		sealed_canary: [5; 32],
	};
	let key = signing::public_key(&NODE_SECRET);
	let seat = |number: u8, verdict| {
		let opening = opening(verdict);
		let auditor = [number; 32];
		Seat {
			auditor,
			key: [number; 32],
			commitment: Some(commitment(&GENESIS, JOB, &receipt.hash(), &auditor, &opening)),
			opening: Some(opening.into()),
		}
	};
	Job {
		ticket: ticket.into(),
		ticket_hash: ticket.hash(),
		ticket_signature: signing::sign(&NODE_SECRET, &ticket.hash()),
		ticket_key: key,
		requested_at: 1,
		terms: 1,
		record_deposit: 1,
		randomness: [1; 32],
		state: JobState::Settled {
			at: 9,
			charge: Charge {
				total: 90,
				node_part: 0,
			},
			payouts: vec![
				PayoutLine {
					kind: PayoutKind::Creator,
					payee: Payee::Workflow(0),
					amount: 60,
				},
				PayoutLine {
					kind: PayoutKind::Node,
					payee: Payee::Account([5; 32]),
					amount: 30,
				},
			],
		},
		due: 0,
		delivery: Some(Delivery {
			receipt: receipt.into(),
			hash: receipt.hash(),
			signature: signing::sign(&NODE_SECRET, &receipt.hash()),
			key,
			at: 3,
		}),
		audit: Audit {
			node_part: 30,
			calibration: None,
			probability: verification::Ppm::ONE.into(),
			penalty: 40,
			stage: Some(Stage::Panel),
			accuser: None,
			earlier: Vec::new(),
			agreed: None,
			idle: 0,
			slashed: 0,
			dispute: None,
			posted: None,
			canary: chain_client::jobs::Canary::Sealed,
		},
		committee: vec![
			seat(21, Verdict::Valid),
			seat(22, Verdict::Valid),
			seat(23, Verdict::Valid),
			seat(24, Verdict::Unavailable),
		],
		class: Some(Class::Valid),
		quorum: vec![[21; 32], [22; 32], [23; 32]],
		absent: Vec::new(),
	}
}

fn terms() -> Terms {
	let ballot = BallotTerms {
		quorum: 1,
		majority: 1,
		voting_period: 1,
		enactment_delay: 1,
		deposit: 1,
	};
	Terms {
		default_split: Split {
			creator: 1,
			upstream: 1,
			node: 1,
			validators: 1,
			treasury: 1,
		},
		jobs: JobTerms {
			delivery_window: 1,
			draw_delay: 1,
			min_distinct_authors: 1,
			commit_window: 1,
			court_window: 1,
			reveal_delay: 1,
			reveal_window: 1,
			opening_window: 1,
			dispute_window: 1,
			retention: 1,
			max_tokens: 1,
			min_fee_per_token: 1,
			record_deposit: 1,
			min_dispute_deposit: 1,
		},
		staking: StakingTerms {
			min_node_bond: 1,
			min_validator_bond: 1,
			min_validators: 1,
			max_validators: 1,
			unbonding_delay: 1,
		},
		slashes: SlashTerms {
			collusion: 1,
			equivocation: 1,
			burned: 1,
			reporter_reward: 1,
		},
		verification: verification::Rules::DEFAULT.into(),
		deposits: DepositTerms {
			publish_base: 1,
			publish_per_byte: 1,
			anchor: 1,
		},
		congress: CongressTerms {
			constitutional: ballot,
			technical: ballot,
			community: ballot,
			resource: ballot,
			min_electorate: 1,
			min_held: 1,
		},
	}
}

fn header(job: &Job) -> (Header, Vec<Bytes>) {
	let mut storage = Storage::default();
	storage.top.insert(proofs::job_key(JOB), proofs::encode_job(job));
	storage
		.top
		.insert(proofs::terms_key(1), proofs::encode_terms(&terms()));
	storage.top.insert(b"something else".to_vec(), vec![1; 100]);
	let backend = InMemoryBackend::<BlakeTwo256>::from((storage, StateVersion::V1));
	let root = *backend.root();
	let proof = prove_read(backend, [proofs::job_key(JOB), proofs::terms_key(1)]).expect("they are there");
	let header = Header::new(12, Default::default(), root, H256([3; 32]), Default::default());
	(header, proof.into_iter_nodes().map(Bytes).collect())
}

fn justification(header: &Header, signers: &[Pair]) -> Bytes {
	let (hash, number) = (header.hash(), *header.number());
	let message = Message::<Header>::Precommit(precommit(hash, number));
	let payload = localized_payload(ROUND, SET, &message);
	// The encoding of a justification, part by part: round, target, votes, ancestries.
	let votes: Vec<(H256, u32, AuthoritySignature, AuthorityId)> = signers
		.iter()
		.map(|pair| (hash, number, pair.sign(&payload).into(), pair.public().into()))
		.collect();
	Bytes((ROUND, hash, number, votes, Vec::<Header>::new()).encode())
}

fn precommit<H: Decode>(hash: H256, number: u32) -> H {
	H::decode(&mut (hash, number).encode().as_slice()).expect("a precommit is hash and number")
}

fn trusted(members: &[Pair]) -> TrustedAuthorities {
	let members = members.iter().map(|pair| (pair.public().0, 1)).collect();
	TrustedAuthorities::new(GENESIS, &FinalityAuthorities { set_id: SET, members })
}

fn saved(job: &Job, signers: &[Pair]) -> SavedReceipt {
	let (header, proof) = header(job);
	SavedReceipt {
		version: 1,
		genesis: Bytes(GENESIS.to_vec()),
		job: JOB,
		terms: 1,
		justification: justification(&header, signers),
		header: Bytes(header.encode()),
		proof,
		set_id: SET,
	}
}

/// Verifies a job that was changed before it was put into the state.
fn verify_job(change: impl FnOnce(&mut Job)) -> Result<Verified, String> {
	let mut job = job();
	change(&mut job);
	verify(&saved(&job, &pairs(3)), &trusted(&pairs(4))).map_err(|error| error.to_string())
}

/// Verifies a file that was changed after it was saved.
fn verify_file(change: impl FnOnce(&mut SavedReceipt)) -> Result<Verified, String> {
	let mut saved = saved(&job(), &pairs(3));
	change(&mut saved);
	verify(&saved, &trusted(&pairs(4))).map_err(|error| error.to_string())
}

#[test]
fn an_honest_receipt_verifies() {
	let verified = verify_job(|_| ()).expect("nothing was changed");
	assert_eq!(
		(verified.block, verified.signed, verified.quorum, verified.paid),
		(12, (3, 4), (3, 3), Some(90))
	);
	let text = serde_json::to_string(&saved(&job(), &pairs(3))).expect("plain data");
	let read: SavedReceipt = serde_json::from_str(&text).expect("just written");
	assert!(verify(&read, &trusted(&pairs(4))).is_ok());
}

#[test]
fn two_of_four_authorities_are_too_few_and_strangers_count_for_nothing() {
	let too_few = verify(&saved(&job(), &pairs(2)), &trusted(&pairs(4))).expect_err("two are too few");
	assert!(too_few.to_string().contains("3 of 4 are needed"), "{too_few}");
	let twice: Vec<Pair> = [pairs(2), pairs(1)].concat();
	assert!(verify(&saved(&job(), &twice), &trusted(&pairs(4))).is_err());
	let strangers = [pairs(2), vec![Pair::from_seed(&[99; 32])]].concat();
	assert!(verify(&saved(&job(), &strangers), &trusted(&pairs(4))).is_err());
}

#[test]
fn authorities_that_were_saved_in_another_session_verify() {
	for set_id in [0, SET - 1, SET + 100] {
		let earlier = TrustedAuthorities {
			set_id,
			..trusted(&pairs(4))
		};
		assert!(verify(&saved(&job(), &pairs(3)), &earlier).is_ok(), "{set_id}");
	}
	// A fifth that joined since signs as well, and is neither needed nor in the way.
	let with_newcomer = saved(&job(), &pairs(5));
	let verified = verify(&with_newcomer, &trusted(&pairs(4))).expect("all four signed");
	assert_eq!(verified.signed, (4, 4));
}

#[test]
fn a_changed_file_does_not_verify() {
	type Change = fn(&mut SavedReceipt);
	let cases: [(Change, &str); 8] = [
		(|s| s.version = 2, "version 2"),
		(|s| s.genesis.0[0] ^= 1, "different chains"),
		(|s| s.set_id += 1, "signature of the justification"),
		(|s| s.header.0[40] ^= 1, "not of the saved header"),
		(|s| s.job = 8, "storage proof"),
		(|s| s.proof.clear(), "storage proof"),
		(
			|s| {
				s.proof
					.iter_mut()
					.for_each(|node| *node.0.last_mut().expect("no node is empty") ^= 1)
			},
			"storage proof",
		),
		(|s| s.justification.0.truncate(20), "cannot be read"),
	];
	for (change, expected) in cases {
		let error = verify_file(change).expect_err(expected);
		assert!(error.contains(expected), "{expected}: {error}");
	}
}

#[test]
fn every_byte_of_the_justification_counts() {
	let honest = saved(&job(), &pairs(3));
	for index in 0..honest.justification.0.len() {
		let mut changed = honest.clone();
		changed.justification.0[index] ^= 1;
		assert!(verify(&changed, &trusted(&pairs(4))).is_err(), "byte {index}");
	}
}

#[test]
fn a_state_with_a_wrong_job_does_not_verify() {
	type Change = fn(&mut Job);
	let cases: [(Change, &str); 9] = [
		(|j| j.ticket.0.fee = 1, "ticket is not the one"),
		(|j| j.ticket_signature[0] ^= 1, "did not sign the ticket"),
		(|j| j.delivery = None, "nothing was delivered"),
		(
			|j| j.delivery.as_mut().expect("there").receipt.0.tokens_out = 9,
			"receipt is not the one",
		),
		(
			|j| j.delivery.as_mut().expect("there").signature[0] ^= 1,
			"did not sign the receipt",
		),
		(
			|j| j.committee[0].opening = Some(opening(Verdict::Unavailable).into()),
			"committed to",
		),
		(|j| j.quorum[2] = [24; 32], "did not agree"),
		(|j| j.quorum[2] = [21; 32], "2 distinct auditors"),
		(|j| j.class = None, "no validator has judged"),
	];
	for (change, expected) in cases {
		let error = verify_job(change).expect_err(expected);
		assert!(error.contains(expected), "{expected}: {error}");
	}
	let unpaid = verify_job(|job| {
		if let JobState::Settled { payouts, .. } = &mut job.state {
			payouts[0].amount -= 1;
		}
	});
	assert!(unpaid.expect_err("one unit is missing").contains("do not sum"));
}

//! What shows, without any chain, that a job was done, judged and paid as its receipt says.
//!
//! A saved receipt holds a block's header, a storage proof of the job's record under that header, and the GRANDPA
//! justification of the block. The one thing that must come from elsewhere is who may finalize: a set of authorities
//! that the verifier trusts. The links, in order:
//!
//! 1. the trusted authorities signed the justification, under the number of the set they were then: more than two
//!    thirds of them, each counted once;
//! 2. the justification is of this header, by its hash;
//! 3. the header's state holds these bytes as the job's record, and these as its terms;
//! 4. the node's audit key signed the ticket and the receipt in the record;
//! 5. every verdict is what its auditor had committed to, and as many distinct auditors as the terms ask for agreed;
//! 6. the payouts sum to what was charged, and that is at most the ticket's fee.
//!
//! Auditors sign their attestations for the chain, which checks and does not keep those signatures: that each auditor
//! said what the record says stands on the finality of the block.

use crate::exit::NotVerified;
use chain_client::{
	Hash, JobId, Planck,
	jobs::{Class, Job, JobState},
	proofs::{self, FinalityAuthorities},
};
use codec::{Decode, DecodeAll};
use polkadot_sdk::{
	sp_consensus_grandpa::{AuthorityId, GrandpaJustification, Message, check_message_signature},
	sp_core::{ByteArray, H256},
	sp_runtime::{
		generic,
		traits::{BlakeTwo256, Header as _},
	},
	sp_state_machine::{StorageProof, read_proof_check},
};
use receipt::{Tier, attestation, signing};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

type Header = generic::Header<u32, BlakeTwo256>;

/// The file of `hai receipt save`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedReceipt {
	pub(crate) version: u32,
	pub(crate) genesis: Bytes,
	pub(crate) job: JobId,
	/// The version of the terms that the job keeps.
	pub(crate) terms: u32,
	/// The block whose state holds the record.
	pub(crate) header: Bytes,
	/// Trie nodes from the state root to the record and the terms.
	pub(crate) proof: Vec<Bytes>,
	/// The GRANDPA justification of the block.
	pub(crate) justification: Bytes,
	/// The number of the set that made it.
	pub(crate) set_id: u64,
}

/// The file of `hai receipt authorities`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustedAuthorities {
	pub(crate) genesis: Bytes,
	/// The number of the set when it was saved. It rises with every session, whether or not members change, so it is
	/// not compared: the number that they signed under is the receipt's, and stands in what they signed.
	pub(crate) set_id: u64,
	pub(crate) members: Vec<Member>,
}

/// One that finalizes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
	pub(crate) key: Bytes,
	pub(crate) weight: u64,
}

/// Bytes as `0x` hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Serialize for Bytes {
	fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.serialize_str(&crate::output::hex(&self.0))
	}
}

impl<'de> Deserialize<'de> for Bytes {
	fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		let text = String::deserialize(deserializer)?;
		hex::decode(text.trim_start_matches("0x"))
			.map(Self)
			.map_err(serde::de::Error::custom)
	}
}

impl TrustedAuthorities {
	pub(crate) fn new(genesis: Hash, authorities: &FinalityAuthorities) -> Self {
		Self {
			genesis: Bytes(genesis.to_vec()),
			set_id: authorities.set_id,
			members: authorities
				.members
				.iter()
				.map(|(key, weight)| Member {
					key: Bytes(key.to_vec()),
					weight: *weight,
				})
				.collect(),
		}
	}
}

/// What was verified.
#[derive(Debug)]
pub(crate) struct Verified {
	pub(crate) job: Job,
	pub(crate) block: u32,
	pub(crate) block_hash: Hash,
	/// Authorities that signed, and that there are.
	pub(crate) signed: (usize, usize),
	/// Distinct auditors of the quorum, and how many the terms ask for.
	pub(crate) quorum: (usize, u32),
	/// What was paid out, if the job is settled.
	pub(crate) paid: Option<Planck>,
}

fn not(text: impl Into<String>) -> NotVerified {
	NotVerified(text.into())
}

/// Checks every link.
pub(crate) fn verify(saved: &SavedReceipt, trusted: &TrustedAuthorities) -> Result<Verified, NotVerified> {
	if saved.version != 1 {
		return Err(not(format!(
			"the file has version {}, this program reads version 1",
			saved.version
		)));
	}
	if saved.genesis != trusted.genesis {
		return Err(not("the receipt and the authorities are of different chains"));
	}
	let genesis: Hash = saved
		.genesis
		.0
		.as_slice()
		.try_into()
		.map_err(|_| not("the genesis hash must have 32 bytes"))?;
	let header = Header::decode_all(&mut saved.header.0.as_slice())
		.map_err(|error| not(format!("the header cannot be read: {error}")))?;
	let signed = check_justification(saved, trusted, &header)?;
	let (job, quorum_needed) = read_state(saved, &header)?;
	check_signatures(saved.job, &job)?;
	let quorum = check_quorum(&genesis, saved.job, &job, quorum_needed)?;
	let paid = check_payouts(&job)?;
	Ok(Verified {
		block: *header.number(),
		block_hash: header.hash().0,
		signed,
		quorum: (quorum, quorum_needed),
		paid,
		job,
	})
}

/// Links 1 and 2. Returns how many authorities signed, and how many there are.
fn check_justification(
	saved: &SavedReceipt,
	trusted: &TrustedAuthorities,
	header: &Header,
) -> Result<(usize, usize), NotVerified> {
	let mut weights = HashMap::new();
	for member in &trusted.members {
		let key = AuthorityId::from_slice(&member.key.0)
			.map_err(|()| not("the key of an authority must have 32 bytes"))?;
		if weights.insert(key, member.weight).is_some() {
			return Err(not("an authority stands twice in the trusted set"));
		}
	}
	let total: u64 = weights.values().sum();
	// More than two thirds of an honest set never sign two blocks of one height.
	let needed = total - total.saturating_sub(1) / 3;

	let justification = GrandpaJustification::<Header>::decode(&mut saved.justification.0.as_slice())
		.map_err(|error| not(format!("the justification cannot be read: {error}")))?;
	let commit = &justification.commit;
	if commit.target_hash != header.hash() || commit.target_number != *header.number() {
		return Err(not(format!(
			"the justification is of block {} {:?}, not of the saved header",
			commit.target_number, commit.target_hash
		)));
	}
	let ancestries: HashMap<H256, &Header> = justification
		.votes_ancestries
		.iter()
		.map(|header| (header.hash(), header))
		.collect();
	let mut signed = HashSet::new();
	let mut weight = 0u64;
	for vote in &commit.precommits {
		// Who has joined the set since the trusted members were saved may have signed, too: that says nothing.
		let Some(own) = weights.get(&vote.id) else {
			continue;
		};
		if !descends(vote.precommit.target_hash, commit.target_hash, &ancestries) {
			return Err(not("a vote of the justification is for another branch"));
		}
		let message = Message::<Header>::Precommit(vote.precommit.clone());
		let result = check_message_signature(
			&message,
			&vote.id,
			&vote.signature,
			justification.round,
			saved.set_id,
		);
		if !result.is_valid() {
			return Err(not("a signature of the justification is wrong"));
		}
		if signed.insert(vote.id.clone()) {
			weight += own;
		}
	}
	if weight < needed {
		return Err(not(format!(
			"trusted authorities of weight {weight} signed, but {needed} of {total} are needed"
		)));
	}
	Ok((signed.len(), weights.len()))
}

/// Whether a block is another one or descends from it, by the headers given.
fn descends(block: H256, ancestor: H256, headers: &HashMap<H256, &Header>) -> bool {
	let mut current = block;
	// Each step uses one header, so this ends.
	for _ in 0..=headers.len() {
		if current == ancestor {
			return true;
		}
		match headers.get(&current) {
			Some(header) => current = *header.parent_hash(),
			None => return false,
		}
	}
	false
}

/// Link 3. Returns the record, and the quorum that its terms ask for.
fn read_state(saved: &SavedReceipt, header: &Header) -> Result<(Job, u32), NotVerified> {
	let keys = [proofs::job_key(saved.job), proofs::terms_key(saved.terms)];
	let proof = StorageProof::new(saved.proof.iter().map(|node| node.0.clone()));
	let values = read_proof_check::<BlakeTwo256, _>(*header.state_root(), proof, &keys)
		.map_err(|error| not(format!("the storage proof does not fit the header: {error}")))?;
	let value = |index: usize, what: &str| {
		values
			.get(&keys[index])
			.and_then(Option::as_deref)
			.ok_or_else(|| not(format!("the storage proof shows that the state holds no {what}")))
	};
	let job = proofs::decode_job(value(0, "such job")?).map_err(|error| not(error.to_string()))?;
	let terms = proofs::decode_terms(value(1, "such terms")?).map_err(|error| not(error.to_string()))?;
	if job.terms != saved.terms {
		return Err(not("the job keeps other terms than the file names"));
	}
	let seats = u32::try_from(job.committee.len()).unwrap_or(u32::MAX);
	let needed = job
		.audit
		.stage
		.map_or(0, |stage| terms.verification.quorum(stage.into(), seats));
	Ok((job, needed))
}

/// Link 4.
fn check_signatures(id: JobId, job: &Job) -> Result<(), NotVerified> {
	if job.ticket.hash() != job.ticket_hash {
		return Err(not("the ticket is not the one whose hash stands in the record"));
	}
	if !signing::verify(&job.ticket_key, &job.ticket_hash, &job.ticket_signature) {
		return Err(not("the node's audit key did not sign the ticket"));
	}
	let delivery = job
		.delivery
		.as_ref()
		.ok_or_else(|| not("nothing was delivered for this job"))?;
	if delivery.receipt.hash() != delivery.hash || delivery.receipt.job != id {
		return Err(not("the receipt is not the one whose hash stands in the record"));
	}
	if !signing::verify(&delivery.key, &delivery.hash, &delivery.signature) {
		return Err(not("the node's audit key did not sign the receipt"));
	}
	Ok(())
}

/// Link 5. Returns the number of distinct auditors of the quorum.
fn check_quorum(genesis: &Hash, id: JobId, job: &Job, needed: u32) -> Result<usize, NotVerified> {
	let delivery = job
		.delivery
		.as_ref()
		.ok_or_else(|| not("nothing was delivered for this job"))?;
	if job.ticket.tier == Tier::Private {
		return Err(not(
			"the job was private: nobody checked the work, so there is nothing to verify",
		));
	}
	let class = job
		.class
		.ok_or_else(|| not("no validator has judged this job, or none was drawn to"))?;
	let mut agreed = HashSet::new();
	for seat in &job.committee {
		let Some(opening) = &seat.opening else { continue };
		let commitment = attestation::commitment(genesis, id, &delivery.hash, &seat.auditor, opening);
		if seat.commitment != Some(commitment) {
			return Err(not("an auditor's verdict is not what it had committed to"));
		}
		let said = match opening.verdict {
			receipt::Verdict::Valid => Class::Valid,
			receipt::Verdict::Invalid(_) => Class::Invalid,
			receipt::Verdict::Unavailable => Class::Unavailable,
		};
		if said == class {
			agreed.insert(seat.auditor);
		}
	}
	let quorum: HashSet<_> = job.quorum.iter().copied().collect();
	if !quorum.is_subset(&agreed) {
		return Err(not("the quorum names an auditor that did not agree"));
	}
	if quorum.len() < needed as usize {
		return Err(not(format!(
			"{} distinct auditors agreed, but the terms ask for {needed}",
			quorum.len()
		)));
	}
	Ok(quorum.len())
}

/// Link 6. Returns what was paid.
fn check_payouts(job: &Job) -> Result<Option<Planck>, NotVerified> {
	let JobState::Settled { charge, payouts, .. } = &job.state else {
		return Ok(None);
	};
	let sum = payouts
		.iter()
		.try_fold(0 as Planck, |sum, line| sum.checked_add(line.amount));
	if sum != Some(charge.total) {
		return Err(not("the payouts do not sum to what was charged"));
	}
	if charge.total > job.ticket.fee {
		return Err(not("more was charged than the ticket allows"));
	}
	Ok(sum)
}

#[cfg(test)]
#[path = "evidence_tests.rs"]
mod tests;

//! What a node gives to somebody who wants to check the chain's state without trusting it.

use crate::{At, ChainClient, Hash, JobId, ReadError, View, jobs::Job, terms::Terms};
use std::sync::LazyLock;
use subxt::{
	Metadata,
	ext::{
		codec::Encode,
		frame_decode::storage::{
			IntoEncodableValues, StorageTypeInfo, decode_storage_value, encode_storage_key,
		},
		scale_decode::IntoVisitor,
		scale_encode::EncodeAsType,
	},
	rpcs::rpc_params,
	utils::H256,
};

/// The committed metadata, for what is done without a chain.
pub(crate) static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
	Metadata::decode_from(include_bytes!("../metadata.scale"))
		.expect("the bindings are generated from the same file")
});

/// A stored value that has another shape than this program knows.
#[derive(Debug, thiserror::Error)]
#[error("the {what} cannot be read: it is damaged, or of another version of the runtime ({reason})")]
pub struct DecodeError {
	/// What it should be.
	pub what: &'static str,
	/// Why it is not.
	pub reason: String,
}

/// The storage key of a job's record.
pub fn job_key(job: JobId) -> Vec<u8> {
	storage_key("ExecutionLog", "Jobs", (job,))
}

/// The storage key of a version of the terms.
pub fn terms_key(version: u32) -> Vec<u8> {
	storage_key("Terms", "TermsOf", (version,))
}

/// A job's record from its stored bytes.
pub fn decode_job(bytes: &[u8]) -> Result<Job, DecodeError> {
	decode("job's record", "ExecutionLog", "Jobs", bytes)
}

/// The stored bytes of a job's record.
pub fn encode_job(job: &Job) -> Vec<u8> {
	encode("ExecutionLog", "Jobs", job)
}

/// The stored bytes of terms.
pub fn encode_terms(terms: &Terms) -> Vec<u8> {
	encode("Terms", "TermsOf", terms)
}

/// Terms from their stored bytes.
pub fn decode_terms(bytes: &[u8]) -> Result<Terms, DecodeError> {
	decode("terms", "Terms", "TermsOf", bytes)
}

fn storage_key(rule_book: &str, entry: &str, keys: impl IntoEncodableValues) -> Vec<u8> {
	encode_storage_key(rule_book, entry, keys, &*METADATA, METADATA.types())
		.expect("the entry and its key stand in the committed metadata")
}

fn encode<T: EncodeAsType>(rule_book: &str, entry: &str, value: &T) -> Vec<u8> {
	let info = METADATA
		.storage_info(rule_book, entry)
		.expect("the entry stands in the committed metadata");
	value
		.encode_as_type(info.value_id, METADATA.types())
		.expect("the plain types have the chain's shapes")
}

fn decode<T: IntoVisitor>(
	what: &'static str,
	rule_book: &str,
	entry: &str,
	mut bytes: &[u8],
) -> Result<T, DecodeError> {
	let error = |reason: String| DecodeError { what, reason };
	let value = decode_storage_value(
		rule_book,
		entry,
		&mut bytes,
		&*METADATA,
		METADATA.types(),
		T::into_visitor(),
	)
	.map_err(|reason| error(reason.to_string()))?;
	if bytes.is_empty() {
		Ok(value)
	} else {
		Err(error(format!("{} bytes are left over", bytes.len())))
	}
}

/// A header as it is hashed, and its parts that matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
	/// Its height.
	pub number: u32,
	/// The SCALE encoding; its BLAKE2b hash is the block's hash.
	pub encoded: Vec<u8>,
	/// The root of the state after the block.
	pub state_root: Hash,
}

impl ChainClient {
	/// The header of a block.
	pub async fn header(&self, block: Hash) -> Result<Header, ReadError> {
		let view = self.view(At::Block(block)).await?;
		let header = view
			.at
			.block_header()
			.await
			.map_err(|error| ReadError::new("the header", error))?;
		Ok(Header {
			number: view.block().number,
			encoded: header.encode(),
			state_root: header.state_root.0,
		})
	}

	/// The trie nodes that prove the values, or the absence, of storage keys in the state of a block.
	pub async fn storage_proof(&self, keys: &[Vec<u8>], block: Hash) -> Result<Vec<Vec<u8>>, ReadError> {
		let proof = self
			.node
			.state_get_read_proof(keys.iter().map(Vec::as_slice), Some(H256(block)))
			.await
			.map_err(|error| ReadError::new("the storage proof", error))?;
		Ok(proof.proof.into_iter().map(|node| node.0).collect())
	}

	/// The encoded finality proof for a height: the justification of the last block of its authority set's time, or of
	/// the newest justified block. Nothing while no later block is justified.
	pub async fn finality_proof(&self, number: u32) -> Result<Option<Vec<u8>>, ReadError> {
		let what = "the finality proof";
		let proof: Option<String> = self
			.rpc
			.request("grandpa_proveFinality", rpc_params![number])
			.await
			.map_err(|error| ReadError::new(what, error))?;
		proof
			.map(|text| {
				hex::decode(text.trim_start_matches("0x")).map_err(|error| ReadError::other(what, error))
			})
			.transpose()
	}
}

/// Who finalizes blocks: the number of the set, and each member's GRANDPA key and weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalityAuthorities {
	/// The number of the set. It grows with every change of members.
	pub set_id: u64,
	/// The members' ed25519 keys and weights.
	pub members: Vec<([u8; 32], u64)>,
}

impl View {
	/// Who finalizes the blocks after this one.
	pub async fn finality_authorities(&self) -> Result<FinalityAuthorities, ReadError> {
		let what = "the finality authorities";
		let storage = self.at.storage();
		let grandpa = crate::chain::storage().grandpa();
		let set_id = storage
			.fetch(grandpa.current_set_id(), ())
			.await
			.map_err(|error| ReadError::new(what, error))?
			.decode()
			.map_err(|error| ReadError::new(what, error))?;
		let members = storage
			.fetch(grandpa.authorities(), ())
			.await
			.map_err(|error| ReadError::new(what, error))?
			.decode()
			.map_err(|error| ReadError::new(what, error))?;
		Ok(FinalityAuthorities {
			set_id,
			members: members
				.0
				.into_iter()
				.map(|(key, weight)| (key.0, weight))
				.collect(),
		})
	}
}

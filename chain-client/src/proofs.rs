//! What a node gives to somebody who wants to check the chain's state without trusting it.

use crate::{At, ChainClient, Hash, JobId, ReadError, jobs::Job, terms::Terms};
use std::sync::LazyLock;
use subxt::{
	Metadata,
	ext::{
		codec::Encode,
		frame_decode::storage::{IntoEncodableValues, decode_storage_value, encode_storage_key},
		scale_decode::IntoVisitor,
	},
	rpcs::rpc_params,
	utils::H256,
};

/// The committed metadata, for what is done without a chain.
static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
	Metadata::decode_from(include_bytes!("../metadata.scale")).expect("the bindings are generated from the same file")
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

/// Terms from their stored bytes.
pub fn decode_terms(bytes: &[u8]) -> Result<Terms, DecodeError> {
	decode("terms", "Terms", "TermsOf", bytes)
}

fn storage_key(rule_book: &str, entry: &str, keys: impl IntoEncodableValues) -> Vec<u8> {
	encode_storage_key(rule_book, entry, keys, &*METADATA, METADATA.types())
		.expect("the entry and its key stand in the committed metadata")
}

fn decode<T: IntoVisitor>(
	what: &'static str,
	rule_book: &str,
	entry: &str,
	mut bytes: &[u8],
) -> Result<T, DecodeError> {
	let error = |reason: String| DecodeError { what, reason };
	let value =
		decode_storage_value(rule_book, entry, &mut bytes, &*METADATA, METADATA.types(), T::into_visitor())
			.map_err(|reason| error(reason.to_string()))?;
	if bytes.is_empty() { Ok(value) } else { Err(error(format!("{} bytes are left over", bytes.len()))) }
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

	/// The trie nodes that prove the value, or the absence, of a storage key in the state of a block.
	pub async fn storage_proof(&self, key: &[u8], block: Hash) -> Result<Vec<Vec<u8>>, ReadError> {
		let proof = self
			.node
			.state_get_read_proof([key], Some(H256(block)))
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

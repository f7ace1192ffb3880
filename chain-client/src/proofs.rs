//! What a node gives to somebody who wants to check the chain's state without trusting it.

use crate::{At, ChainClient, Hash, ReadError};
use subxt::{ext::codec::Encode, rpcs::rpc_params, utils::H256};

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
		let header = view.at.block_header().await.map_err(|error| ReadError::new("the header", error))?;
		Ok(Header { number: view.block().number, encoded: header.encode(), state_root: header.state_root.0 })
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

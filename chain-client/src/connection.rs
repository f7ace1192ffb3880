//! The connection to a node, and views of the chain at one block.

use crate::{
	Hash,
	error::{ConnectError, ReadError, chain_of_reasons},
	nonces::Nonces,
};
use std::sync::Arc;
use subxt::{
	OnlineClient, OnlineClientAtBlock, SubstrateConfig,
	backend::LegacyBackend,
	config::RpcConfigFor,
	ext::{
		codec::{Decode, Encode},
		frame_decode::view_functions::decode_view_function_response,
		scale_decode::IntoVisitor,
	},
	rpcs::{RpcClient, methods::LegacyRpcMethods},
	utils::H256,
	view_functions::Payload,
};

/// A connection to one node. Cheap to clone; all clones share the connection.
///
/// When the connection is lost every call returns an error; connect again for a new one.
#[derive(Clone)]
pub struct ChainClient {
	pub(crate) online: OnlineClient<SubstrateConfig>,
	pub(crate) rpc: RpcClient,
	pub(crate) node: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
	/// Taken while a transaction is signed and handed to the pool, so that no two take the same nonce.
	pub(crate) submitting: Arc<tokio::sync::Mutex<Nonces>>,
	url: Arc<str>,
}

/// Which block to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
	/// The newest block this node knows. It can still be replaced by another.
	Best,
	/// The newest block that cannot be replaced any more.
	Finalized,
	/// This one.
	Block(Hash),
}

/// A block's number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BlockId {
	/// Its height.
	pub number: u32,
	/// Its hash.
	#[serde(serialize_with = "crate::plain::hex_hash")]
	pub hash: Hash,
}

/// The chain at one block: everything read through one view is of the same moment.
///
/// What can be read stands in the modules named after it: [`jobs`](crate::jobs), [`nodes`](crate::nodes),
/// [`workflows`](crate::workflows) and so on.
#[derive(Clone)]
pub struct View {
	pub(crate) at: OnlineClientAtBlock<SubstrateConfig>,
}

impl ChainClient {
	/// Connects to a node's WebSocket address, such as `ws://127.0.0.1:9944`.
	pub async fn connect(url: &str) -> Result<Self, ConnectError> {
		let error = |reason: String| ConnectError {
			url: url.to_owned(),
			reason,
		};
		let rpc = RpcClient::from_insecure_url(url)
			.await
			.map_err(|reason| error(chain_of_reasons(&reason)))?;
		let backend = LegacyBackend::builder().build(rpc.clone());
		let online = OnlineClient::from_backend(Arc::new(backend))
			.await
			.map_err(|reason| error(chain_of_reasons(&reason)))?;
		Ok(Self {
			online,
			node: LegacyRpcMethods::new(rpc.clone()),
			rpc,
			submitting: Arc::default(),
			url: url.into(),
		})
	}

	/// The address it is connected to.
	pub fn url(&self) -> &str {
		&self.url
	}

	/// The hash of the chain's first block: it names the chain.
	pub fn genesis(&self) -> Hash {
		self.online.genesis_hash().0
	}

	/// What kind of chain the node says this is: `Development`, `Local`, `Live` or another word.
	pub async fn chain_type(&self) -> Result<String, ReadError> {
		// A chain specification may hold a word of its own, which is then an object and no text.
		let value: serde_json::Value = self
			.rpc
			.request("system_chainType", subxt::rpcs::rpc_params![])
			.await
			.map_err(|error| ReadError::new("the chain's kind", error))?;
		Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
	}

	/// The chain's name.
	pub async fn chain_name(&self) -> Result<String, ReadError> {
		self.node
			.system_chain()
			.await
			.map_err(|error| ReadError::new("the chain's name", error))
	}

	/// The number and hash of the newest block.
	pub async fn best(&self) -> Result<BlockId, ReadError> {
		Ok(self.view(At::Best).await?.block())
	}

	/// The number and hash of the newest finalized block.
	pub async fn finalized(&self) -> Result<BlockId, ReadError> {
		Ok(self.view(At::Finalized).await?.block())
	}

	/// The chain at one block.
	pub async fn view(&self, at: At) -> Result<View, ReadError> {
		let what = "the block";
		let hash = match at {
			At::Block(hash) => H256(hash),
			At::Best => self
				.node
				.chain_get_block_hash(None)
				.await
				.map_err(|error| ReadError::new(what, error))?
				.ok_or_else(|| ReadError::other(what, "the node has no best block"))?,
			At::Finalized => self
				.node
				.chain_get_finalized_head()
				.await
				.map_err(|error| ReadError::new(what, error))?,
		};
		let at = self
			.online
			.at_block(hash)
			.await
			.map_err(|error| ReadError::new(what, error))?;
		Ok(View { at })
	}

	/// The hash of the block of this height on the best chain, if the node knows it.
	pub async fn block_hash(&self, number: u32) -> Result<Option<Hash>, ReadError> {
		let hash = self
			.node
			.chain_get_block_hash(Some(number.into()))
			.await
			.map_err(|error| ReadError::new("the block's hash", error))?;
		Ok(hash.map(|hash| hash.0))
	}
}

impl View {
	/// The block that is looked at.
	pub fn block(&self) -> BlockId {
		// Block numbers of this chain are 32 bits wide.
		BlockId {
			number: self.at.block_number() as u32,
			hash: self.at.block_hash().0,
		}
	}

	/// Calls a view function.
	///
	/// The runtime takes the function's 32-byte number and the encoded arguments as one byte string, and answers with
	/// the encoded value as a byte string, or with an error.
	pub(crate) async fn call_view<P: Payload>(
		&self,
		what: &'static str,
		payload: P,
	) -> Result<P::ReturnType, ReadError> {
		let functions = self.at.view_functions();
		functions
			.validate(&payload)
			.map_err(|error| ReadError::new(what, error))?;
		let encoded = functions
			.encode_args(&payload)
			.map_err(|error| ReadError::new(what, error))?;
		let (number, arguments) = encoded
			.split_at_checked(32)
			.ok_or_else(|| ReadError::other(what, "the function has no number"))?;
		let parameters = [number.to_vec(), arguments.encode()].concat();
		let answer = functions
			.call_raw(Some(&parameters))
			.await
			.map_err(|error| ReadError::new(what, error))?;
		let value = match Result::<Vec<u8>, u8>::decode(&mut answer.as_slice()) {
			Ok(Ok(value)) => value,
			// `frame_support::view_functions::ViewFunctionDispatchError`.
			Ok(Err(0 | 1)) => return Err(ReadError::Incompatible { what }),
			Ok(Err(_)) => return Err(ReadError::other(what, "the runtime cannot read the arguments")),
			Err(error) => return Err(ReadError::other(what, error)),
		};
		let metadata = self.at.metadata_ref();
		decode_view_function_response(
			payload.pallet_name(),
			payload.function_name(),
			&mut value.as_slice(),
			metadata,
			metadata.types(),
			P::ReturnType::into_visitor(),
		)
		.map_err(|error| ReadError::other(what, error))
	}

	/// The version of the runtime at this block.
	pub fn runtime_version(&self) -> u32 {
		self.at.spec_version()
	}
}

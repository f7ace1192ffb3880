//! Signing a call, handing it to the node, and following it to its end.

use crate::{
	Account, At, BlockId, ChainClient, Hash, Key,
	error::{SubmitError, chain_of_reasons, is_lost},
};
use sp_crypto_hashing::blake2_256;
use std::time::Instant;
use subxt::{
	SubstrateConfig,
	client::OnlineClientAtBlockImpl,
	config::DefaultExtrinsicParamsBuilder,
	error::{DispatchError, EventsError, ExtrinsicError},
	events::{DecodeAsEvent, Event, Events, Phase},
	rpcs::rpc_params,
	transactions::{Payload, TransactionInBlock, TransactionProgress, TransactionStatus},
	utils::{AccountId32, H256},
};

/// A transaction that was not included after this many blocks is void. They are counted from the newest finalized
/// block: with few of them a transaction would be void from its beginning while finality stalls, and it is then that
/// nodes must still deliver and cancel.
const LIFETIME: u64 = 1024;

/// How subxt words that a transaction's block is not final after the time that a node watches over it.
const FINALITY_TIMEOUT: &str = "Finality timeout";

/// How far a transaction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
	/// The node has it and will put it into a block.
	Ready,
	/// It is in this block, which can still be replaced.
	InBlock(BlockId),
	/// It is in this block for good.
	Finalized(BlockId),
}

/// How far to follow a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
	/// Until it is in a block: seconds. The block can still be replaced.
	InBlock,
	/// Until that block is finalized: a few seconds more.
	Finalized,
}

/// A transaction that was made.
pub struct Included {
	/// The block it is in.
	pub block: BlockId,
	/// Its place in the block.
	pub index: u32,
	/// Its hash.
	pub hash: Hash,
	events: Events<SubstrateConfig>,
}

impl Included {
	/// The first event of this kind that the transaction led to.
	pub fn event<E: DecodeAsEvent>(&self) -> Option<E> {
		self.own_events()
			.filter_map(Result::ok)
			.find_map(|event| event.decode_fields_as::<E>())
			.and_then(Result::ok)
	}

	/// The names of all its events, as `RuleBook.Event`.
	pub fn event_names(&self) -> Vec<String> {
		self.own_events()
			.filter_map(Result::ok)
			.map(|event| format!("{}.{}", event.pallet_name(), event.event_name()))
			.collect()
	}

	fn own_events(&self) -> impl Iterator<Item = Result<Event<'_, SubstrateConfig>, EventsError>> {
		let own = Phase::ApplyExtrinsic(self.index);
		self.events
			.iter()
			.filter(move |event| event.as_ref().map_or(true, |event| event.phase() == own))
	}
}

type AtBlock = OnlineClientAtBlockImpl<SubstrateConfig>;

/// A transaction on its way.
pub struct Submission {
	client: ChainClient,
	account: Account,
	progress: TransactionProgress<SubstrateConfig, AtBlock>,
}

impl ChainClient {
	/// Signs a call with `key` and hands it to the node.
	///
	/// Returns as soon as the node's pool has it. Calls from clones of one client get nonces one after the other, so
	/// several may be on their way at once.
	pub async fn submit<C: Payload>(&self, call: &C, key: &Key) -> Result<Submission, SubmitError> {
		let mut nonces = self.submitting.lock().await;
		let account = key.account();
		let of_node = self
			.node
			.system_account_next_index(&AccountId32(account))
			.await
			.map_err(from_rpc)?;
		let nonce = nonces.next(&account, of_node, Instant::now());
		let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new()
			.nonce(nonce)
			.mortal(LIFETIME)
			.build();
		let mut transactions = self
			.online
			.transactions()
			.await
			.map_err(|error| SubmitError::Connection {
				reason: chain_of_reasons(&error),
			})?;
		let submitted = transactions
			.sign_and_submit_then_watch(call, &key.0, params)
			.await;
		match &submitted {
			Ok(_) => nonces.handed_in(account, nonce, Instant::now()),
			Err(_) => nonces.forget(&account),
		}
		Ok(Submission {
			client: self.clone(),
			account,
			progress: submitted.map_err(from_extrinsic)?,
		})
	}

	/// Submits a call and follows it.
	pub async fn submit_until<C: Payload>(
		&self,
		call: &C,
		key: &Key,
		until: Until,
		on_stage: impl FnMut(Stage),
	) -> Result<Included, SubmitError> {
		self.submit(call, key).await?.follow(until, on_stage).await
	}

	/// Submits a call and waits until it is in a block.
	pub async fn submit_in_block<C: Payload>(&self, call: &C, key: &Key) -> Result<Included, SubmitError> {
		self.submit_until(call, key, Until::InBlock, |_| ()).await
	}

	/// Submits a call and waits until its block is final: what a later call needs is there for good then.
	pub async fn submit_finalized<C: Payload>(&self, call: &C, key: &Key) -> Result<Included, SubmitError> {
		self.submit_until(call, key, Until::Finalized, |_| ()).await
	}

	/// The encoded call, for a proposal, a batch or a signature elsewhere.
	pub async fn encode_call<C: Payload>(&self, call: &C) -> Result<Vec<u8>, SubmitError> {
		let transactions = self
			.online
			.transactions()
			.await
			.map_err(|error| SubmitError::Connection {
				reason: chain_of_reasons(&error),
			})?;
		transactions.call_data(call).map_err(from_extrinsic)
	}
}

impl Submission {
	/// Waits, telling every stage once, and returns what the call did.
	pub async fn follow(
		self,
		until: Until,
		mut on_stage: impl FnMut(Stage),
	) -> Result<Included, SubmitError> {
		let Self {
			client,
			account,
			mut progress,
		} = self;
		let mut ready = false;
		while let Some(status) = progress.next().await {
			let status = status.map_err(|error| SubmitError::Connection {
				reason: chain_of_reasons(&error),
			})?;
			match status {
				TransactionStatus::Validated | TransactionStatus::Broadcasted => {
					if !std::mem::replace(&mut ready, true) {
						on_stage(Stage::Ready);
					}
				}
				TransactionStatus::NoLongerInBestBlock => (),
				TransactionStatus::InBestBlock(place) => {
					let block = block_of(&client, &place).await?;
					on_stage(Stage::InBlock(block));
					if until == Until::InBlock {
						return included(&client, block, place.extrinsic_hash()).await;
					}
				}
				TransactionStatus::InFinalizedBlock(place) => {
					let block = block_of(&client, &place).await?;
					on_stage(Stage::Finalized(block));
					return included(&client, block, place.extrinsic_hash()).await;
				}
				TransactionStatus::Dropped { message } if message == FINALITY_TIMEOUT => {
					return Err(SubmitError::NotFinal);
				}
				TransactionStatus::Error { message }
				| TransactionStatus::Invalid { message }
				| TransactionStatus::Dropped { message } => {
					client.submitting.lock().await.forget(&account);
					return Err(SubmitError::NotIncluded { reason: message });
				}
			}
		}
		Err(SubmitError::Connection {
			reason: "the node ended the transaction's status".into(),
		})
	}

	/// Waits until it is in a block.
	pub async fn in_block(self) -> Result<Included, SubmitError> {
		self.follow(Until::InBlock, |_| ()).await
	}

	/// Waits until its block is finalized.
	pub async fn finalized(self) -> Result<Included, SubmitError> {
		self.follow(Until::Finalized, |_| ()).await
	}
}

async fn block_of(
	client: &ChainClient,
	place: &TransactionInBlock<SubstrateConfig, AtBlock>,
) -> Result<BlockId, SubmitError> {
	let hash = place.block_hash();
	let header = client.node.chain_get_header(Some(hash)).await.map_err(from_rpc)?;
	let number = header.map(|header| header.number).ok_or(SubmitError::Unread {
		reason: format!("the node has no header of block {hash:?}"),
	})?;
	Ok(BlockId {
		number: number as u32,
		hash: hash.0,
	})
}

/// Finds the transaction in its block, and what it did there.
///
/// The block is read as it comes: the client library cannot read one that carries a justification.
async fn included(client: &ChainClient, block: BlockId, hash: H256) -> Result<Included, SubmitError> {
	let unread = |reason: String| SubmitError::Unread { reason };
	let body: Body = client
		.rpc
		.request("chain_getBlock", rpc_params![H256(block.hash)])
		.await
		.map_err(from_rpc)?;
	let is_it = |extrinsic: &Extrinsic| {
		extrinsic
			.bytes()
			.is_some_and(|bytes| blake2_256(&bytes) == hash.0)
	};
	let index = body
		.block
		.extrinsics
		.iter()
		.position(is_it)
		.ok_or_else(|| unread(format!("the transaction is not in block {}", block.number)))? as u32;
	let view = client
		.view(At::Block(block.hash))
		.await
		.map_err(|error| unread(error.to_string()))?;
	let events = view
		.at
		.events()
		.fetch()
		.await
		.map_err(|error| unread(chain_of_reasons(&error)))?;
	let included = Included {
		block,
		index,
		hash: hash.0,
		events,
	};
	for event in included.own_events() {
		let event = event.map_err(|error| unread(chain_of_reasons(&error)))?;
		if event.pallet_name() == "System" && event.event_name() == "ExtrinsicFailed" {
			let error = DispatchError::decode_from(event.field_bytes(), view.at.metadata())
				.map_err(|error| unread(chain_of_reasons(&error)))?;
			return Err(failed(&error, block.hash));
		}
	}
	Ok(included)
}

/// The part of a block that matters here.
#[derive(serde::Deserialize)]
struct Body {
	block: Extrinsics,
}

/// The transactions of a block.
#[derive(serde::Deserialize)]
struct Extrinsics {
	extrinsics: Vec<Extrinsic>,
}

/// A transaction: in hex, or, from a node that does not treat transactions as opaque, as a list of bytes.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Extrinsic {
	Hex(String),
	Bytes(Vec<u8>),
}

impl Extrinsic {
	fn bytes(&self) -> Option<Vec<u8>> {
		match self {
			Self::Hex(text) => hex::decode(text.trim_start_matches("0x")).ok(),
			Self::Bytes(bytes) => Some(bytes.clone()),
		}
	}
}

/// A dispatch error with the text that its rule-book documents it with.
fn failed(error: &DispatchError, block: Hash) -> SubmitError {
	let details = match error {
		DispatchError::Module(module) => module.details().ok(),
		_ => None,
	};
	match details {
		Some(details) => {
			let text = details
				.variant
				.docs
				.iter()
				.map(|line| line.trim())
				.collect::<Vec<_>>()
				.join(" ");
			SubmitError::Failed {
				rule_book: details.pallet.name().to_owned(),
				name: details.variant.name.clone(),
				text: if text.is_empty() {
					"it has no further words".to_owned()
				} else {
					text
				},
				block,
			}
		}
		None => SubmitError::Failed {
			rule_book: "the runtime".to_owned(),
			name: format!("{error:?}")
				.split(['(', ' '])
				.next()
				.unwrap_or_default()
				.to_owned(),
			text: error.to_string(),
			block,
		},
	}
}

fn from_rpc(error: subxt::rpcs::Error) -> SubmitError {
	match &error {
		subxt::rpcs::Error::User(user) => user_error(user),
		_ => SubmitError::Connection {
			reason: chain_of_reasons(&error),
		},
	}
}

/// What the node's pool says, with the part that names the cause.
fn user_error(user: &subxt::rpcs::UserError) -> SubmitError {
	let data = user.data.as_ref().map(|data| data.get().trim_matches('"'));
	let reason = match data {
		Some(data) if data.starts_with("Inability to pay some fees") => return SubmitError::CannotPayFee,
		Some(data) => format!("{}: {data}", user.message),
		None => user.message.clone(),
	};
	SubmitError::Refused { reason }
}

fn from_extrinsic(error: ExtrinsicError) -> SubmitError {
	use subxt::error::{BackendError, RpcError};
	match error {
		ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(error))) => {
			from_rpc(error)
		}
		error => {
			let reason = chain_of_reasons(&error);
			if is_lost(&reason) {
				SubmitError::Connection { reason }
			} else {
				SubmitError::NotBuilt { reason }
			}
		}
	}
}

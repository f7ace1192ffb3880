//! Blocks as they come, with what happened to jobs in them.

use crate::{BlockId, ChainClient, Hash, ReadError, View, jobs::JobEvent};
use futures::{StreamExt, stream::BoxStream};
use subxt::{SubstrateConfig, client::Blocks};

/// A block and what happened in it.
#[derive(Clone)]
pub struct Block {
	/// Its number and hash.
	pub id: BlockId,
	/// The hash of the block before it.
	pub parent: Hash,
	/// What happened to jobs, in order.
	pub jobs: Vec<JobEvent>,
	/// The chain as it is after this block.
	pub view: View,
}

/// Blocks, one after the other. It ends with an error when the connection is lost: connect again then.
pub type BlockStream = BoxStream<'static, Result<Block, ReadError>>;

impl ChainClient {
	/// Every block that is finalized from now on, without gaps.
	pub async fn finalized_blocks(&self) -> Result<BlockStream, ReadError> {
		let blocks = self
			.online
			.stream_blocks()
			.await
			.map_err(|error| ReadError::new("the blocks", error))?;
		Ok(with_events(blocks))
	}

	/// Every block that becomes the best one from now on. After a fork the same height comes again.
	pub async fn best_blocks(&self) -> Result<BlockStream, ReadError> {
		let blocks = self
			.online
			.stream_best_blocks()
			.await
			.map_err(|error| ReadError::new("the blocks", error))?;
		Ok(with_events(blocks))
	}

	/// One block by its hash.
	pub async fn block(&self, hash: Hash) -> Result<Block, ReadError> {
		let view = self.view(crate::At::Block(hash)).await?;
		let header = view
			.at
			.block_header()
			.await
			.map_err(|error| ReadError::new("the header", error))?;
		read(view, header.parent_hash.0).await
	}
}

fn with_events(blocks: Blocks<SubstrateConfig>) -> BlockStream {
	blocks
		.then(|block| async move {
			let block = block.map_err(|error| ReadError::new("the blocks", error))?;
			let at = block
				.at()
				.await
				.map_err(|error| ReadError::new("the block", error))?;
			read(View { at }, block.header().parent_hash.0).await
		})
		.boxed()
}

async fn read(view: View, parent: Hash) -> Result<Block, ReadError> {
	let what = "the block's events";
	let events = view
		.at
		.events()
		.fetch()
		.await
		.map_err(|error| ReadError::new(what, error))?;
	let mut jobs = Vec::new();
	for event in events.iter() {
		let event = event.map_err(|error| ReadError::new(what, error))?;
		if event.pallet_name() != "ExecutionLog" {
			continue;
		}
		if let crate::chain::Event::ExecutionLog(event) =
			event.decode_as().map_err(|error| ReadError::new(what, error))?
		{
			jobs.push(event);
		}
	}
	Ok(Block {
		id: view.block(),
		parent,
		jobs,
		view,
	})
}

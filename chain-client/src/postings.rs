//! Transcripts that nodes put into blocks: the state keeps a hash of them, the block's body the bytes.

use crate::{At, ChainClient, JobId, ReadError, jobs::Posting, plain::plain};
use sp_crypto_hashing::blake2_256;

/// The largest sealed transcript that the chain takes, in bytes.
pub const MAX_POSTED: usize = 128 * 1024;

plain! {
	/// The arguments of the call, as they stand in a block.
	pub struct Posted {
		/// The job.
		pub job: JobId,
		/// The sealed transcript.
		pub sealed: Vec<u8>,
	}
}

impl ChainClient {
	/// The sealed transcript that the job's record speaks of; nothing where its block is gone, or where it was not a
	/// transaction of its own.
	pub async fn posted_transcript(
		&self,
		job: JobId,
		posting: &Posting,
	) -> Result<Option<Vec<u8>>, ReadError> {
		let what = "the posted transcript";
		let Some(hash) = self.block_hash(posting.at).await? else {
			return Ok(None);
		};
		let view = self.view(At::Block(hash)).await?;
		let body = view
			.at
			.extrinsics()
			.fetch()
			.await
			.map_err(|error| ReadError::new(what, error))?;
		for extrinsic in body.iter() {
			let extrinsic = extrinsic.map_err(|error| ReadError::new(what, error))?;
			if extrinsic.pallet_name() != "ExecutionLog" || extrinsic.call_name() != "post_transcript" {
				continue;
			}
			let posted: Posted = extrinsic
				.decode_call_data_fields_unchecked_as()
				.map_err(|error| ReadError::new(what, error))?;
			// Anybody can put such a transaction into a block; only the node's has this hash.
			if posted.job == job && blake2_256(&posted.sealed) == posting.hash {
				return Ok(Some(posted.sealed));
			}
		}
		Ok(None)
	}
}

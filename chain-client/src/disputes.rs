//! Disputes of jobs by their callers, and the transcripts by which nodes answer.

use crate::{
	JobId, Planck, ReadError, View,
	chain::runtime_types::bounded_collections::bounded_vec::BoundedVec,
	plain::{call, view},
};
use subxt::transactions::Payload;

impl View {
	/// The deposit that a dispute of this job takes; nothing where it cannot be disputed in the next block.
	pub async fn dispute_deposit(&self, job: JobId) -> Result<Option<Planck>, ReadError> {
		view!(
			self,
			"the deposit of a dispute",
			execution_log().dispute_deposit(job)
		)
	}
}

/// Disputes a job that is about to be paid. Signed by its caller, who leaves the deposit.
pub fn dispute(job: JobId) -> impl Payload {
	call!(execution_log().dispute(job))
}

/// Shows a court the sealed transcript of a job. Signed by the job's node.
pub fn post_transcript(job: JobId, sealed: Vec<u8>) -> impl Payload {
	call!(execution_log().post_transcript(job, BoundedVec(sealed)))
}

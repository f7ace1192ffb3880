//! Transcripts that a node put into a block because auditors did not reach it.

use super::{AuditRequest, Verifier};
use crate::keys::Keys;
use peer_network::posted::open_as_one;
use receipt::Transcript;

impl Verifier {
	/// The transcript that the node posted for the court that sits, if it is there and is the one that the receipt names.
	///
	/// Whatever else is there, or cannot be read, counts as nothing: the node can still be asked.
	pub(super) async fn posted(&self, request: &AuditRequest, keys: &Keys) -> Option<Transcript> {
		let job = request.task.job;
		let sealed = match self.chain.posted(job).await {
			Ok(sealed) => sealed?,
			Err(error) => {
				tracing::debug!(job, error = %format!("{error:#}"), "what was posted cannot be read");
				return None;
			}
		};
		match open_as_one::<Transcript>(keys.encryption(), &sealed) {
			Ok(transcript) if transcript.hash() == request.task.transcript() => {
				tracing::info!(
					job,
					bytes = sealed.len(),
					"the node posted the transcript on chain"
				);
				Some(transcript)
			}
			Ok(_) => {
				tracing::warn!(job, "the node posted another transcript than the receipt names");
				None
			}
			Err(error) => {
				tracing::warn!(job, %error, "what the node posted does not open");
				None
			}
		}
	}
}

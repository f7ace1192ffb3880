//! What a node answers for: the receipt that it put on chain, and the transcript that goes with it.
//!
//! Whatever a caller was told, or took, is compared with these.

use crate::{
	call::{Caller, Quoted},
	follow::pause_after,
};
use chain_client::{At, ChainClient, Hash, JobId};
use peer_network::{Request, Requester, Response, TranscriptRequest, seal};
use receipt::{Receipt, Transcript};
use std::time::{Duration, Instant};

/// How long after the answer the receipt may take to be in a block.
const DELIVERY: Duration = Duration::from_secs(30);
/// How often the transcript is asked for: one exchange may break.
const ATTEMPTS: usize = 4;
/// How long to wait before looking or asking again.
const PAUSE: Duration = Duration::from_millis(500);

/// What came of comparing an answer with what the node signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkCheck {
	/// It is the text, or the vector, of the transcript whose hash the node put on chain.
	Verified,
	/// It is not. The node may be paid all the same: what it delivered is in order, or will be found not to be.
	Differs(WorkFault),
	/// It could not be compared, for this reason.
	Unknown(String),
}

impl WorkCheck {
	/// The same for programs; nothing where it could not be compared.
	pub fn verified(&self) -> Option<bool> {
		match self {
			Self::Verified => Some(true),
			Self::Differs(_) => Some(false),
			Self::Unknown(_) => None,
		}
	}
}

impl From<Result<(), WorkFault>> for WorkCheck {
	fn from(compared: Result<(), WorkFault>) -> Self {
		match compared {
			Ok(()) => Self::Verified,
			Err(fault) => Self::Differs(fault),
		}
	}
}

/// In what the answer, the transcript and the receipt on chain differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkFault {
	/// Another transcript.
	#[error("the transcript that it shows is not the one whose hash it put on chain")]
	Transcript,
	/// Other tokens.
	#[error("the tokens of its transcript are not those of its receipt on chain")]
	Output,
	/// Other words.
	#[error("the words that it streamed are not those of its transcript")]
	Text,
	/// Another vector.
	#[error("the vector of its transcript is not that of its receipt on chain")]
	Vector,
}

/// The fault, unless this holds.
pub(crate) fn ensure(holds: bool, fault: WorkFault) -> Result<(), WorkFault> {
	if holds { Ok(()) } else { Err(fault) }
}

/// Whether the transcript is the one that the receipt names.
pub(crate) fn is_delivered(receipt: &Receipt, transcript: &Transcript) -> Result<(), WorkFault> {
	ensure(
		transcript.hash() == receipt.transcript && transcript.job == receipt.job,
		WorkFault::Transcript,
	)
}

impl Caller {
	/// The receipt of a job. A block that is not final suffices: the chain takes no receipt that the node did not sign.
	pub(crate) async fn delivered(&self, job: JobId) -> Result<Receipt, String> {
		let (began, mut chain) = (Instant::now(), self.chain.clone());
		loop {
			let found = match chain.view(At::Best).await {
				Ok(view) => view.job(job).await,
				Err(error) => Err(error),
			};
			let missing = match found {
				Ok(Some(found)) => match found.delivery {
					Some(delivery) => return Ok(delivery.receipt.0),
					None if found.state.ended_at().is_some() => {
						return Err("the job has ended without a receipt".into());
					}
					None => "the node has put no receipt on chain yet".to_owned(),
				},
				Ok(None) => "the chain does not show the job".to_owned(),
				Err(error) => {
					if let Ok(again) = ChainClient::connect(self.chain.url()).await {
						chain = again;
					}
					error.to_string()
				}
			};
			if began.elapsed() > DELIVERY {
				return Err(missing);
			}
			tokio::time::sleep(PAUSE).await;
		}
	}

	/// The caller's copy of the transcript with this hash, sealed to the key of its quote. Whether it is that one is for
	/// the caller to see.
	pub(crate) async fn own_copy(
		&self,
		quoted: &Quoted,
		job: JobId,
		transcript: Hash,
	) -> Result<Transcript, String> {
		let request = TranscriptRequest {
			genesis: quoted.ticket.genesis,
			job,
			transcript,
			requester: Requester::Caller,
		};
		let addresses = quoted.node.advertisement.addresses();
		let (mut reason, mut pause) = (String::new(), PAUSE);
		for attempt in 0..ATTEMPTS {
			if attempt > 0 {
				tokio::time::sleep(std::mem::replace(&mut pause, PAUSE)).await;
			}
			let request = Request::Transcript(request.clone());
			let asked = self.network.request(&quoted.node.keys.peer, &addresses, request);
			reason = match asked.await {
				Ok(Response::Transcript(sealed)) => match seal::open(&quoted.reply_secret, &sealed) {
					Ok(transcript) => return Ok(transcript),
					Err(error) => error.to_string(),
				},
				Ok(Response::Refused(refusal)) => {
					let reason = refusal.to_string();
					pause = pause_after(&Response::Refused(refusal));
					reason
				}
				Ok(_) => "the node answers something else".to_owned(),
				Err(error) => error.to_string(),
			};
		}
		Err(format!("the node shows no transcript: {reason}"))
	}
}

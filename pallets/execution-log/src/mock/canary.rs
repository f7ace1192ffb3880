//! A node that draws canaries.

use super::*;
use codec::Encode;
use receipt::{
	Hash, JobId,
	canary::{CanaryOpening, VRF_FIELD, VRF_LABEL, vrf_message},
};
use sp_runtime::AccountId32;

/// The seed of the account key of the node that draws canaries.
pub(crate) const CANARY_SECRET: u8 = 55;

fn canary_pair(secret: u8) -> sp_core::sr25519::Pair {
	sp_core::Pair::from_seed(&[secret; 32])
}

/// A node whose account is a key, so that it can draw. It signs as [`NODE`] does.
pub(crate) fn canary_node() -> AccountId32 {
	use sp_core::Pair;
	AccountId32::new(canary_pair(CANARY_SECRET).public().0)
}

/// The incident of that node, if one is open.
pub(crate) fn incident_of_canary_node() -> Option<verification::Incident> {
	Log::reputation(canary_node()).incident
}

/// What the account with this secret seals in the receipt of a job, if the job were its own.
pub(crate) fn canary_opening(id: JobId, secret: u8, transcript: Hash) -> CanaryOpening {
	use sp_core::{crypto::VrfSecret, sr25519::vrf::VrfTranscript};
	let job = Log::job(id).expect("the job exists");
	let message = vrf_message(&Log::genesis(), id, &job.randomness, &job.ticket_hash);
	let input = VrfTranscript::new(VRF_LABEL, &[(VRF_FIELD, message.as_slice())]);
	let signature = canary_pair(secret).vrf_sign(&input.into_sign_data());
	let mut opening = CanaryOpening {
		salt: [1; 32],
		transcript,
		fingerprint: [44; 32],
		pre_output: [0; 32],
		proof: [0; 64],
	};
	opening.pre_output.copy_from_slice(&signature.pre_output.encode());
	opening.proof.copy_from_slice(&signature.proof.encode());
	opening
}

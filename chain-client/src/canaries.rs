//! Canaries: the draw of a node's account key, the call that opens one, and how auditors did where the answer was known.

use crate::{
	Account, Hash, JobId, KeyError, ReadError, View,
	plain::{call, plain, view},
};
use receipt::canary::{CanaryOpening, VRF_FIELD, VRF_LABEL, VRF_OUTPUT};
use sp_core::{
	Encode, Pair as _,
	crypto::VrfSecret,
	sr25519::{Pair, vrf::VrfTranscript},
};
use subxt::{transactions::Payload, utils::AccountId32};

plain! {
	/// What the public accuracy of an auditor rests on: confirmed canaries on which it gave a verdict, and untrue traces.
	#[derive(Copy, Default)]
	pub struct AuditorAccuracy {
		/// All confirmed canaries on which it gave a verdict.
		pub canaries: u32,
		/// Those with a clear fault that it called valid.
		pub missed: u32,
		/// Those with a fault near the band that it called valid.
		pub near_missed: u32,
		/// Verdicts on any jobs for which it had not run the model.
		pub idle: u32,
	}
}

/// An account's sr25519 key, as far as it draws which of the account's jobs are canaries.
#[derive(Clone)]
pub struct DrawKey(Pair);

/// One draw: what came out, and what shows to others that it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
	/// What is decided by.
	pub output: [u8; 32],
	/// The pre-output.
	pub pre_output: [u8; 32],
	/// The proof.
	pub proof: [u8; 64],
}

impl DrawKey {
	/// From the secret of an account, as for [`Key`](crate::Key).
	pub fn from_suri(suri: &str) -> Result<Self, KeyError> {
		Pair::from_string(suri.trim(), None)
			.map(Self)
			.map_err(|error| KeyError::Unreadable(format!("{error:?}")))
	}

	/// The account whose key it is.
	pub fn account(&self) -> Account {
		self.0.public().0
	}

	/// The draw over a message. The output is the same each time; the proof is not.
	pub fn draw(&self, message: &Hash) -> Drawn {
		let transcript = VrfTranscript::new(VRF_LABEL, &[(VRF_FIELD, message.as_slice())]);
		let signature = self.0.vrf_sign(&transcript.clone().into_sign_data());
		let mut drawn = Drawn {
			output: self.0.make_bytes(VRF_OUTPUT, &transcript),
			pre_output: [0; 32],
			proof: [0; 64],
		};
		drawn.pre_output.copy_from_slice(&signature.pre_output.encode());
		drawn.proof.copy_from_slice(&signature.proof.encode());
		drawn
	}
}

/// Shows no secret.
impl std::fmt::Debug for DrawKey {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "DrawKey({})", crate::address(&self.account()))
	}
}

impl View {
	/// How an auditor did where the answer was known.
	pub async fn accuracy(&self, auditor: &Account) -> Result<AuditorAccuracy, ReadError> {
		view!(
			self,
			"the auditor's accuracy",
			execution_log().accuracy(AccountId32(*auditor))
		)
	}
}

/// Shows that a job's receipt is a canary. Signed by the job's node.
pub fn open_canary(job: JobId, opening: CanaryOpening) -> impl Payload {
	call!(execution_log().open_canary(job, opening.into()))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Key;
	use sp_core::{
		crypto::VrfPublic,
		sr25519::{
			Public,
			vrf::{VrfPreOutput, VrfProof, VrfSignature},
		},
	};

	#[test]
	fn it_is_the_key_of_the_same_account() {
		let phrase = Key::phrase(&[7; 16]);
		for suri in [
			"//Alice",
			"//Eve//stash",
			"0x0101010101010101010101010101010101010101010101010101010101010101",
			&phrase,
			&format!("{phrase}//hard/soft///word"),
		] {
			let (key, draws) = (Key::from_suri(suri), DrawKey::from_suri(suri));
			assert_eq!(draws.expect(suri).account(), key.expect(suri).account());
		}
		assert!(DrawKey::from_suri("no such phrase").is_err());
	}

	#[test]
	fn a_draw_is_the_same_each_time_and_shown_to_be_the_accounts() {
		use sp_core::Decode;
		let (alice, bob) = (
			DrawKey::from_suri("//Alice").expect("a dev account"),
			DrawKey::from_suri("//Bob").expect("a dev account"),
		);
		let message = [5; 32];
		let drawn = alice.draw(&message);
		assert_eq!(alice.draw(&message).output, drawn.output);
		assert_ne!(alice.draw(&[6; 32]).output, drawn.output);
		assert_ne!(bob.draw(&message).output, drawn.output);
		let signature = VrfSignature {
			pre_output: VrfPreOutput::decode(&mut drawn.pre_output.as_slice()).expect("a point"),
			proof: VrfProof::decode(&mut drawn.proof.as_slice()).expect("two scalars"),
		};
		let transcript = VrfTranscript::new(VRF_LABEL, &[(VRF_FIELD, message.as_slice())]);
		let holds = |account: Account| {
			Public::from_raw(account).vrf_verify(&transcript.clone().into_sign_data(), &signature)
		};
		assert!(holds(alice.account()) && !holds(bob.account()));
		let public = Public::from_raw(alice.account());
		let output: [u8; 32] = public
			.make_bytes(VRF_OUTPUT, &transcript, &signature.pre_output)
			.expect("a point");
		assert_eq!(output, drawn.output);
	}
}

//! Plants a fault with a known answer in the receipts of which the node's draw says so.
//!
//! Which those are nobody can know but the node: auditors that do not look are found out by them. The answer, its tokens
//! and its text stay true; only the fingerprint of one chunk is moved. What was true is kept, to be shown when the chain
//! asks for it.

use super::core::Canary;
use chain_client::canaries::DrawKey;
use receipt::{
	Hash, Receipt, Transcript,
	canary::{CanaryOpening, chunk, plant, vrf_message, words},
};
use verification::{
	Rules,
	canary::{is_canary, shift},
};

/// What the chain says about a job, as far as its draw, and its node's own audit, depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryBasis {
	/// The chain's share of the job's randomness.
	pub randomness: Hash,
	/// The hash of the job's ticket.
	pub ticket: Hash,
	/// The pair's mantissa band when the job was requested, in thousandths of a bf16 step.
	pub mantissa_milli: u32,
	/// The rules that the job keeps.
	pub rules: Rules,
}

/// Draws for a job. Where it is a canary, the receipt gets the fault, and what comes back is the transcript that goes with
/// it and what has to be kept; otherwise nothing is changed.
pub(crate) fn draw(
	key: &DrawKey,
	genesis: &Hash,
	basis: &CanaryBasis,
	truth: &Transcript,
	receipt: &mut Receipt,
) -> Option<(Transcript, Canary)> {
	let message = vrf_message(genesis, truth.job, &basis.randomness, &basis.ticket);
	let drawn = key.draw(&message);
	let words = words(&drawn.output);
	if !is_canary(&basis.rules, words.canary) {
		return None;
	}
	let steps = shift(&basis.rules, basis.mantissa_milli, words.clear);
	let chunk = chunk(words.chunk, receipt);
	let planted = plant(truth, chunk, steps)?;
	let opening = CanaryOpening {
		salt: rand::random(),
		transcript: truth.hash(),
		fingerprint: truth.fingerprint.root(),
		pre_output: drawn.pre_output,
		proof: drawn.proof,
	};
	receipt.transcript = planted.hash();
	receipt.fingerprint = planted.fingerprint.root();
	receipt.sealed_canary = opening.seal();
	tracing::info!(job = truth.job, chunk, steps, "the job is a canary");
	let canary = Canary {
		opening,
		truth: truth.clone(),
	};
	Some((planted, canary))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::compute::samples;
	use receipt::{canary::Planting, fingerprint::fingerprint};
	use verification::Ppm;

	fn basis(rate: Ppm) -> CanaryBasis {
		CanaryBasis {
			randomness: [7; 32],
			ticket: [8; 32],
			mantissa_milli: 64,
			rules: Rules {
				canary_rate: rate,
				..Rules::DEFAULT
			},
		}
	}

	#[test]
	fn what_is_planted_is_what_the_draw_says_and_nothing_else_changes() {
		let record = samples::record(1);
		let states: Vec<f32> = (0..4 * 64).map(|i| 1.0 + i as f32 / 1_024.0).collect();
		let truth = Transcript {
			fingerprint: fingerprint(&states, 64).expect("finite"),
			..samples::transcript(4, &record)
		};
		let honest = Receipt {
			transcript: truth.hash(),
			fingerprint: truth.fingerprint.root(),
			..samples::receipt(4, &record)
		};
		let key = DrawKey::from_suri("//Eve").expect("a dev account");

		let mut receipt = honest;
		let (planted, canary) =
			draw(&key, &[1; 32], &basis(Ppm::ONE), &truth, &mut receipt).expect("every job is a canary");
		assert_eq!(canary.opening.seal(), receipt.sealed_canary);
		assert_eq!(canary.truth, truth);
		let planting = Planting {
			transcript: canary.opening.transcript,
			fingerprint: canary.opening.fingerprint,
			chunk: 0,
			shift: 1,
		};
		assert!(planting.explains(&receipt, &truth));
		assert_eq!(planted.hash(), receipt.transcript);
		let restored = Receipt {
			sealed_canary: honest.sealed_canary,
			..planting.truth(&receipt)
		};
		assert_eq!(restored, honest);

		let mut receipt = honest;
		assert_eq!(
			draw(&key, &[1; 32], &basis(Ppm::ZERO), &truth, &mut receipt),
			None
		);
		assert_eq!(receipt, honest);
	}

	#[test]
	fn about_as_many_jobs_are_canaries_as_the_rate_says() {
		let key = DrawKey::from_suri("//Eve").expect("a dev account");
		let record = samples::record(1);
		let canaries = (0..200)
			.filter(|job| {
				let truth = Transcript {
					fingerprint: receipt::fingerprint::Fingerprint {
						chunks: vec![vec![0; 6]],
					},
					..samples::transcript(*job, &record)
				};
				let mut receipt = samples::receipt(*job, &record);
				let rate = Ppm::new(250_000);
				draw(&key, &[1; 32], &basis(rate), &truth, &mut receipt).is_some()
			})
			.count();
		// Far outside of this range only a draw that ignores the rate would land.
		assert!((20..90).contains(&canaries), "{canaries} of 200");
	}
}

//! What honest nodes deliver is valid to the bit, and what they plant is found as large as it is. Of what is not of this
//! engine nothing is said.

use super::{WARM, honest, input, long_run, reseal};
use crate::{
	audit::{AuditError, Bands, audit},
	engine::{
		Arithmetic,
		testing::{engine, portable},
	},
};
use model_export::MatrixType;
use receipt::{
	CheckKind, Figures, Sampling, Verdict,
	attestation::{CLEAR_ERROR, Reason},
};

#[test]
fn honest_runs_are_valid_to_the_bit() {
	for (matrices, arithmetic) in [
		(MatrixType::F32, Arithmetic::Portable),
		(MatrixType::Q8_0, Arithmetic::Portable),
		(MatrixType::Q8_0, Arithmetic::Quantized),
	] {
		let engine = engine(1, matrices, arithmetic);
		for sampling in [
			Sampling::GREEDY,
			WARM,
			Sampling {
				temperature_milli: 3000,
				top_k: 1,
			},
		] {
			// 14 tokens of prompt: answers around one and two chunks, and one that fills the context.
			for tokens in [1, 2, 18, 19, 20, 50, 51, 52, 1000] {
				let (task, transcript) = honest(
					&engine,
					u64::from(tokens),
					input("the other one", sampling, tokens),
				);
				let (verdict, figures) = audit(&engine, &task, &transcript, &Bands::CPU).expect("same pair");
				assert_eq!(verdict, Verdict::Valid, "{sampling:?} {tokens}: {figures:?}");
				let positions = transcript.prompt.len() + transcript.answer.len() - 1;
				let chunks = (positions / 32).max(1) as u16;
				assert_eq!(
					figures,
					Figures {
						chunks,
						..Figures::default()
					}
				);
			}
		}
	}
}

#[test]
fn a_planted_fault_is_measured_as_large_as_it_is_and_explained_by_its_opening() {
	use receipt::canary::{Planting, plant};
	use verification::{
		Rules,
		canary::{planted_error, shift},
	};
	let (engine, rules) = (portable(1), Rules::DEFAULT);
	let (honest, truth) = long_run(&engine, WARM, 60);
	let (clear, near) = (0, 999_999);
	for mantissa_milli in [64, 400, 900, 1_500, 2_600] {
		let bands = Bands {
			mantissa_milli,
			..Bands::CPU
		};
		for (chunk, word, least) in [(0, clear, 2_000), (1, clear, 2_000), (1, near, 1_001)] {
			let steps = shift(&rules, mantissa_milli, word);
			let planted = plant(&truth, chunk, steps).expect("there are two chunks");
			let mut task = honest;
			reseal(&mut task, &planted);
			let (verdict, figures) = audit(&engine, &task, &planted, &bands).expect("same pair");
			assert_eq!(verdict, Verdict::Invalid(Reason::Fingerprint), "{mantissa_milli}");
			assert!(figures.error_milli >= least, "{mantissa_milli}: {figures:?}");
			assert!(figures.error_milli >= planted_error(steps, mantissa_milli));

			task.opened = Some(Planting {
				transcript: truth.hash(),
				fingerprint: truth.fingerprint.root(),
				chunk,
				shift: steps,
			});
			let (verdict, figures) = audit(&engine, &task, &truth, &bands).expect("same pair");
			assert_eq!((verdict, figures.error_milli), (Verdict::Valid, 0));
			// Another fault than the stated one is the node's own.
			let other = plant(&truth, chunk, steps + 1).expect("there are two chunks");
			task.receipt.transcript = other.hash();
			task.receipt.fingerprint = other.fingerprint.root();
			let (verdict, figures) = audit(&engine, &task, &truth, &bands).expect("same pair");
			let expected = (Verdict::Invalid(Reason::Structure), CLEAR_ERROR);
			assert_eq!((verdict, figures.error_milli), expected);
		}
	}
}

#[test]
fn what_cannot_be_audited_here_gets_no_verdict() {
	let engine = portable(1);
	let (task, transcript) = long_run(&engine, WARM, 10);
	let other = portable(2);
	assert!(matches!(
		audit(&other, &task, &transcript, &Bands::CPU),
		Err(AuditError::OtherPair { .. })
	));
	let mut task = task;
	task.receipt.check = CheckKind::BitExact;
	assert!(matches!(
		audit(&engine, &task, &transcript, &Bands::CPU),
		Err(AuditError::OtherCheck { .. })
	));
}

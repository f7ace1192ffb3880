//! A small random model is measured, and what must be refused is.

use super::*;
use crate::engine::testing::{CONTEXT, gguf};
use calibration::{VectorBands, VectorErrors};
use model_export::MatrixType;

fn model(folder: &Path, name: &str, salt: u64, matrices: MatrixType) -> PathBuf {
	let path = folder.join(name);
	std::fs::write(&path, gguf(salt, matrices)).expect("the folder can be written");
	path
}

fn plan(elsewhere: Vec<Vec<Runs>>) -> Plan {
	Plan {
		lengths: vec![6, 40, 9_999],
		runs: 12,
		threads: vec![1, 2],
		batches: vec![512, 7],
		elsewhere,
	}
}

fn measure(path: &Path, arithmetic: Arithmetic, substitutes: &[Substitute]) -> Record {
	let original = Original::read(path).expect("a model");
	let arithmetics = arithmetics_of(path).expect("a model");
	let derived = substitutes_of(&original, &arithmetics, Backend::Candle(arithmetic));
	let substitutes = if substitutes.is_empty() {
		&derived[..]
	} else {
		substitutes
	};
	calibrate(
		path,
		&original,
		Backend::Candle(arithmetic),
		substitutes,
		&plan(Vec::new()),
		&mut |_| (),
	)
	.expect("a record")
}

#[test]
fn exact_pairs_are_calibrated_with_the_substitutes_derived() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let path = model(folder.path(), "model.gguf", 1, MatrixType::Q8_0);
	for (arithmetic, odd) in [
		(Arithmetic::Portable, "candle's kernels"),
		(Arithmetic::Quantized, "portable arithmetic"),
	] {
		let record = measure(&path, arithmetic, &[]);
		assert_eq!(record.check(), Ok(()));
		assert_eq!(record.refusals, Vec::<String>::new());
		assert_eq!(
			(record.honest.runs, record.held_out.runs, record.held_out.rejected),
			(36, 36, 0)
		);
		assert_eq!(record.honest.worst, Errors::default());
		let vectors = record.vectors.as_ref().expect("they are measured");
		assert_eq!((vectors.runs, vectors.held_out, vectors.rejected), (36, 36, 0));
		assert_eq!(vectors.worst, VectorErrors::default());
		assert_eq!(record.bands.vector, Some(VectorBands::EXACT));
		let found = vectors.opponents.iter().find(|opponent| opponent.name == odd);
		assert!(
			found.is_some_and(|opponent| opponent.caught == opponent.runs),
			"{found:?}"
		);
		assert_eq!(
			record.setting.lengths,
			[6, 40, CONTEXT as u32 - 1],
			"what does not fit is cut"
		);
		let names: Vec<&str> = record
			.opponents
			.iter()
			.map(|opponent| opponent.name.as_str())
			.collect();
		for expected in [
			"q5_0",
			"q4_0",
			"half the layers",
			odd,
			"forged: constant",
			"greedy for sampled",
		] {
			assert!(names.contains(&expected), "{names:?}");
		}
		// K formats need 256 columns.
		assert!(!names.contains(&"q6_k"), "{names:?}");
	}
}

#[test]
fn the_committed_records_are_of_the_committed_model_and_of_this_engine() {
	let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/seed");
	let text = std::fs::read_to_string(folder.join("calibration.json")).expect("the records are committed");
	let file = calibration::File::parse(&text).expect("the committed records hold");
	let engine = load(&folder.join("seed.gguf"), Arithmetic::Portable).expect("the seed model");
	let record = file
		.records
		.iter()
		.find(|record| record.pair == engine.pair())
		.expect("a change of the engine's bits needs another calibration");
	assert_eq!(record.parts, *engine.parts());
	assert_eq!(record.refusals, Vec::<String>::new());
	// Prompts and seeds that it was not measured with.
	for (number, length) in [(1_000, 3), (1_001, 30), (1_002, 90)] {
		let case = honest(&engine, Share::HeldOut, number, length).expect("the model runs");
		let audited = audit(&engine, &case.task, &case.transcript, &record.bands).expect("the same pair");
		assert_eq!(audited.0, Verdict::Valid, "{:?}", audited.1);
		let forged = frauds::forgeries(&engine, &case, &case).expect("the model runs");
		let constant = audit(&engine, &forged[0].task, &forged[0].transcript, &record.bands);
		assert_eq!(
			constant.expect("the same pair").0,
			Verdict::Invalid(Reason::Fingerprint)
		);
	}
}

#[test]
fn the_same_measurement_gives_the_same_record() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let path = model(folder.path(), "model.gguf", 1, MatrixType::Q8_0);
	let hash = || measure(&path, Arithmetic::Portable, &[]).hash();
	assert_eq!(hash(), hash());
}

#[test]
fn a_pair_that_its_substitute_passes_is_refused() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let path = model(folder.path(), "model.gguf", 1, MatrixType::F32);
	assert_eq!(
		arithmetics_of(&path).expect("a model"),
		[Arithmetic::Portable],
		"without quantised weights there is one arithmetic"
	);
	// The same weights under another name.
	let substitutes = [Substitute {
		name: "itself".into(),
		source: Source::File(path.clone()),
	}];
	let record = measure(&path, Arithmetic::Portable, &substitutes);
	assert_eq!(record.check(), Ok(()));
	// For its text, and for its vectors.
	assert_eq!(record.refusals.len(), 2, "{:?}", record.refusals);
	for (refusal, expected) in record
		.refusals
		.iter()
		.zip(["`itself` passes", "embeddings: `itself` passes"])
	{
		assert!(refusal.starts_with(expected), "{refusal}");
	}
}

#[test]
fn runs_of_other_machines_set_and_check_the_bands() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let path = model(folder.path(), "model.gguf", 1, MatrixType::Q8_0);
	let backend = Backend::Candle(Arithmetic::Portable);
	let original = Original::read(&path).expect("a model");
	let read_files =
		|files: Vec<Vec<Runs>>| calibrate(&path, &original, backend, &[], &plan(files), &mut |_| ());
	let read = |runs: Runs| read_files(vec![vec![runs]]);
	let written = write_runs(&path, backend, &plan(Vec::new())).expect("runs");
	// Of each share as many texts as embeddings.
	assert_eq!(written.count(), 4 * 36);

	let record = read(Runs {
		machine: "another".into(),
		..written.clone()
	})
	.expect("a record");
	assert!(
		record.setting.machine.ends_with("; with runs of another"),
		"{}",
		record.setting.machine
	);
	assert_eq!(
		(record.honest.runs, record.held_out.runs, record.held_out.rejected),
		(72, 72, 0)
	);
	assert_eq!(record.honest.worst, Errors::default(), "portable arithmetic");
	let vectors = record.vectors.as_ref().expect("they are measured");
	assert_eq!((vectors.runs, vectors.held_out, vectors.rejected), (72, 72, 0));
	let tried = record.opponents.iter().map(|opponent| opponent.total().0);
	assert!(tried.max() <= Some(36), "no text counts twice for detection");

	// A machine that computes otherwise: its runs are rejected, and with them the pair.
	let moved = original.changed(Change::Moved(0.01)).expect("a model");
	let moved = backend.read(moved, &[]).expect("a model");
	let mut odd = written.clone();
	for (share, case) in &mut odd.cases {
		if *share == Share::HeldOut && case.transcript.input.task == Task::Text {
			*case = frauds::substitute(&*moved, case).expect("it runs");
		}
	}
	let record = read(odd).expect("a record");
	let HeldOut { runs, rejected, .. } = record.held_out;
	assert!(
		runs == 72 && (30..=36).contains(&rejected),
		"{rejected} of {runs}"
	);
	assert!(
		record
			.refusals
			.iter()
			.any(|refusal| refusal.contains("honest runs that were held out were rejected")),
		"{:?}",
		record.refusals
	);

	// One file of another pair is refused beside another that fits.
	let other = Runs {
		pair: [9; 32],
		..written.clone()
	};
	let error = read_files(vec![vec![written], vec![other]])
		.expect_err("of another pair")
		.to_string();
	assert!(
		error.contains("of another model, another arithmetic, or other instructions"),
		"{error}"
	);
}

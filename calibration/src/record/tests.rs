//! What follows from measurements, and that nothing else is taken.

use super::*;
use proptest::prelude::*;

const FAR: Errors = Errors {
	mismatches: 40,
	mantissa_milli: 2_000,
	loss_milli: 300,
};

fn opponent(kind: Kind, name: &str, median: Errors, caught: [u32; 2]) -> Opponent {
	let range = |up_to, caught| Caught {
		up_to,
		runs: 50,
		caught,
	};
	Opponent {
		kind,
		name: name.into(),
		median,
		lengths: vec![range(8, caught[0]), range(128, caught[1])],
	}
}

fn vector_opponent(kind: Kind, name: &str) -> VectorOpponent {
	VectorOpponent {
		kind,
		name: name.into(),
		states: FAR,
		vector: VectorErrors {
			distance_ppm: 4,
			max_abs_ppm: 120,
		},
		runs: 100,
		caught: 100,
	}
}

fn vectors() -> Vectors {
	Vectors {
		runs: 100,
		worst: VectorErrors::default(),
		held_out: 100,
		rejected: 0,
		opponents: vec![
			vector_opponent(Kind::Substitute, "fewer bits"),
			vector_opponent(Kind::Forgery, "another text"),
		],
	}
}

fn sample() -> Record {
	let parts = Parts {
		model: [1; 32],
		tokenizer: [2; 32],
		template: [3; 32],
		engine: "an engine 1".into(),
		class: "portable f32".into(),
		cache: "f32".into(),
		batch: "rows are independent".into(),
	};
	Record {
		format: FORMAT,
		pair: parts.key(),
		parts,
		model: Model {
			name: "a model".into(),
			parameters: 1_000,
			context_length: 512,
			width: 256,
		},
		setting: Setting {
			program: "a test".into(),
			machine: "a machine".into(),
			threads: vec![1, 2],
			lengths: vec![8, 128],
			runs: 50,
		},
		honest: Honest {
			runs: 100,
			tokens: 6_800,
			points: 128,
			worst: Errors::default(),
		},
		bands: Bands::CPU,
		held_out: HeldOut {
			runs: 100,
			rejected: 0,
			worst: Errors::default(),
		},
		opponents: vec![
			opponent(Kind::Substitute, "fewer bits", FAR, [45, 50]),
			opponent(Kind::Substitute, "fewer layers", FAR, [50, 50]),
			opponent(Kind::Forgery, "constant", FAR, [50, 50]),
			opponent(Kind::Sampling, "greedy", FAR, [50, 50]),
		],
		vectors: Some(vectors()),
		detection: Bucket::ASSUMED,
		refusals: Vec::new(),
	}
	.conclude()
}

/// The refusals of a changed record, by what they begin with.
#[track_caller]
fn check(change: impl Fn(&mut Record), expect: &[&str]) {
	let mut record = sample();
	change(&mut record);
	let record = record.conclude();
	assert_eq!(record.check(), Ok(()));
	assert_eq!(record.refusals.len(), expect.len(), "{:?}", record.refusals);
	for (refusal, expect) in record.refusals.iter().zip(expect) {
		assert!(
			refusal.contains(expect),
			"`{refusal}` does not contain `{expect}`"
		);
	}
}

#[test]
fn a_pair_that_holds_is_not_refused() {
	check(|_| (), &[]);
}

#[test]
fn each_reason_refuses_and_names_its_figures() {
	let near = Errors {
		mismatches: 3,
		mantissa_milli: 31,
		loss_milli: 3,
	};
	check(|record| record.honest.runs = 19, &["only 19 honest runs"]);
	check(|record| record.held_out.runs = 3, &["only 3 honest runs"]);
	check(|record| record.held_out.rejected = 2, &["2 of 100 honest runs"]);
	check(
		|record| record.opponents[0].median = near,
		&["`fewer bits` passes"],
	);
	check(
		|record| record.opponents[3].median = near,
		&["`greedy` passes: its median run has 3 points, 0.031 bf16 steps, 0.003 logits"],
	);
	check(
		|record| record.opponents[2].lengths[0].caught = 49,
		&["`constant` passes: 1 of 100"],
	);
	check(
		|record| {
			record
				.opponents
				.retain(|opponent| opponent.kind != Kind::Substitute)
		},
		&["no substitute was tried"],
	);
	check(
		|record| {
			record
				.opponents
				.iter_mut()
				.for_each(|opponent| opponent.lengths.clear());
		},
		&["no substitute was tried", "no blind forgery was tried"],
	);
	check(
		|record| record.opponents[0].lengths[1].caught = 0,
		&["not seen in the longest runs"],
	);
	check(
		|record| {
			record.honest.worst.mantissa_milli = 9_000;
			record.bands = Record::bands_of(&record.honest, Some(&VectorErrors::default()));
		},
		&["honest runs differ so much"],
	);
}

fn of_vectors(record: &mut Record) -> &mut Vectors {
	record.vectors.as_mut().expect("the sample has them")
}

#[test]
fn embeddings_that_cannot_be_audited_refuse_too() {
	let near = VectorErrors {
		distance_ppm: 3,
		max_abs_ppm: 119,
	};
	check(|record| of_vectors(record).runs = 19, &["embeddings: only 19"]);
	check(|record| of_vectors(record).held_out = 3, &["embeddings: only 3"]);
	check(
		|record| of_vectors(record).rejected = 2,
		&["embeddings: 2 of 100 honest vectors"],
	);
	check(
		|record| of_vectors(record).opponents[1].caught = 99,
		&["`another text` passes: 1 of 100"],
	);
	check(
		|record| of_vectors(record).opponents.clear(),
		&["no substitute was tried", "no blind forgery was tried"],
	);
	// A substitute is found by its fingerprint or by its vector.
	let substitute = |record: &mut Record, states, vector| {
		let opponent = &mut of_vectors(record).opponents[0];
		(opponent.states, opponent.vector) = (states, vector);
	};
	check(|record| substitute(record, FAR, near), &[]);
	let far = vectors().opponents[0].vector;
	check(|record| substitute(record, Errors::default(), far), &[]);
	check(
		|record| substitute(record, Errors::default(), near),
		&["`fewer bits` passes: its median vector has cosine less by 0.000003, 0.000119 a component"],
	);
	check(
		|record| {
			of_vectors(record).worst.distance_ppm = 600;
			let worst = of_vectors(record).worst;
			record.bands = Record::bands_of(&record.honest, Some(&worst));
			// Still far away.
			of_vectors(record).opponents[0].vector.distance_ppm = 100_000;
		},
		&["honest runs differ so much"],
	);
}

#[test]
fn a_pair_may_be_calibrated_for_text_alone() {
	check(
		|record| {
			record.vectors = None;
			record.bands = Record::bands_of(&record.honest, None);
		},
		&[],
	);
}

#[test]
fn one_figure_of_a_fingerprint_is_enough_to_tell_apart() {
	for median in [
		Errors {
			mantissa_milli: 0,
			..FAR
		},
		Errors { mismatches: 0, ..FAR },
	] {
		check(|record| record.opponents[0].median = median, &[]);
	}
}

#[test]
fn detection_is_that_of_the_substitute_caught_least_and_rises() {
	let powers = |record: &Record| record.detection.map(|bucket| bucket.power.parts());
	let low = at_least(45, 50).parts();
	let high = at_least(50, 50).parts();
	assert!(low < 900_000 && (920_000..930_000).contains(&high));
	// 32 takes that of 8, the longer ones that of 128.
	assert_eq!(powers(&sample()), [low, low, high, high, high]);

	let mut record = sample();
	record.opponents[0].lengths[0].caught = 50;
	record.opponents[1].lengths[1].caught = 45;
	// More power at 8 than at 128 is chance: the smaller one counts.
	assert_eq!(powers(&record.conclude()), [low; 5]);
}

#[test]
fn what_does_not_follow_is_not_taken() {
	let cases: [(fn(&mut Record), &str); 13] = [
		(|record| record.format = 9, "the form 9"),
		(|record| record.vectors = None, "bands do not follow"),
		(
			|record| of_vectors(record).worst.max_abs_ppm = 31,
			"bands do not follow",
		),
		(|record| of_vectors(record).rejected = 101, "more were caught"),
		(
			|record| of_vectors(record).opponents[0].caught = 101,
			"more were caught",
		),
		(|record| record.pair = [9; 32], "its parts give"),
		(|record| record.parts.class = "another".into(), "its parts give"),
		(|record| record.bands.mantissa_milli = 15, "bands do not follow"),
		(|record| record.honest.points = 4, "bands do not follow"),
		(
			|record| record.detection[0].power = Ppm::ONE,
			"detection powers do not follow",
		),
		(|record| record.held_out.rejected = 1, "refusals do not follow"),
		(
			|record| record.opponents[0].lengths[0].caught = 51,
			"more were caught",
		),
		(|record| record.opponents[0].lengths[0].up_to = 128, "twice"),
	];
	for (change, expect) in cases {
		let mut record = sample();
		change(&mut record);
		let error = record.check().expect_err(expect).to_string();
		assert!(error.contains(expect), "{error}");
	}
}

#[test]
fn files_are_read_back_and_checked() {
	let file = File {
		records: vec![sample()],
	};
	let text = file.to_json();
	assert_eq!(File::parse(&text).expect("just written"), file);
	let forged = text.replace("\"rejected\": 0", "\"rejected\": 1");
	assert!(matches!(File::parse(&forged), Err(FileError::Record { .. })));
	let unknown = text.replace("\"rejected\": 0", "\"rejected\": 0, \"more\": 1");
	assert!(matches!(File::parse(&unknown), Err(FileError::Json(_))));
}

#[test]
fn the_hash_is_the_recorded_one_and_covers_every_field() {
	let record = sample();
	assert_eq!(
		hex::encode(record.hash()),
		"2375d316d1bab7ae40b38ed7cddc6db79c6a2abdd9d41fad8b4ecbd54ee20c05"
	);
	let changes: [fn(&mut Record); 13] = [
		|record| record.format = 9,
		|record| record.vectors = None,
		|record| of_vectors(record).opponents[1].vector.distance_ppm = 9,
		|record| record.pair = [9; 32],
		|record| record.parts.batch.push('x'),
		|record| record.model.width = 1,
		|record| record.setting.machine.push('x'),
		|record| record.honest.tokens = 1,
		|record| record.bands.loss_milli = 1,
		|record| record.held_out.worst.loss_milli = 1,
		|record| record.opponents[0].name.push('x'),
		|record| record.detection[0].up_to = 1,
		|record| record.refusals.push("x".into()),
	];
	for change in changes {
		let mut changed = record.clone();
		change(&mut changed);
		assert_ne!(changed.hash(), record.hash(), "{changed:?}");
	}
}

proptest! {
	#[test]
	fn whatever_is_caught_the_conclusion_is_a_table_or_a_refusal(
		counts in proptest::collection::vec((0usize..5, 1u32..200, 0u32..200), 0..20),
	) {
		let mut record = sample();
		for (bucket, runs, caught) in counts {
			let opponent = &mut record.opponents[runs as usize % 2];
			opponent.lengths.retain(|range| range.up_to != BUCKETS[bucket]);
			opponent.lengths.push(Caught { up_to: BUCKETS[bucket], runs, caught: caught.min(runs) });
		}
		let record = record.conclude();
		prop_assert_eq!(record.check(), Ok(()));
		prop_assert!(record.detection.is_sorted_by_key(|bucket| bucket.power));
		if record.refusals.is_empty() {
			prop_assert_eq!(record.entry().check(), Ok(()));
		}
	}

	#[test]
	fn the_lower_end_lies_below_the_rate(runs in 1u32..10_000, part in 0u32..=1_000) {
		let hits = (u64::from(runs) * u64::from(part) / 1_000) as u32;
		let low = at_least(hits, runs).parts();
		prop_assert!(u64::from(low) <= u64::from(hits) * 1_000_000 / u64::from(runs));
	}
}

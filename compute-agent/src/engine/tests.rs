use super::{
	lanes::Processor,
	testing::{CONTEXT, engine, gguf, portable},
	*,
};
use model_export::MatrixType;
use receipt::trace::{Point, Trace, Tracer};
use std::io::Cursor;

const WARM: Sampling = Sampling {
	temperature_milli: 800,
	top_k: 40,
};

fn run(engine: &dyn Engine, prompt: &[Token], sampling: Sampling, max_tokens: u32) -> Run {
	let request = Request {
		prompt,
		seed: [5; 32],
		sampling,
		max_tokens,
	};
	engine
		.generate(&request, &mut |_| ControlFlow::Continue(()))
		.expect("the model runs")
}

#[test]
fn decoding_and_prefill_give_the_same_bits() {
	for (matrices, arithmetic) in [
		(MatrixType::F32, Arithmetic::Portable),
		(MatrixType::F16, Arithmetic::Portable),
		(MatrixType::Q8_0, Arithmetic::Portable),
		(MatrixType::Q8_0, Arithmetic::Quantized),
	] {
		let engine = engine(1, matrices, arithmetic);
		let prompt = engine.tokenize(b"the other one in the rain").expect("text");
		let run = run(&engine, &prompt, WARM, 90);
		let fed = [&prompt[..], &run.answer[..run.answer.len() - 1]].concat();
		let mut rows = 0;
		let states = engine
			.prefill(&fed, prompt.len() - 1, &mut |position, logits| {
				let chosen = sampler::choose(logits, &WARM, &[5; 32], position as u32 + 1);
				assert_eq!(chosen, Some(run.answer[rows]), "position {position}");
				rows += 1;
			})
			.expect("the model runs");
		assert_eq!(rows, run.answer.len());
		assert!(states == run.states, "{matrices:?} {arithmetic:?}");
	}
}

fn seed_model() -> CandleEngine {
	let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/seed/seed.gguf");
	CandleEngine::load(file.as_ref()).expect("the repository has it")
}

/// Tokens without a meaning.
fn tokens(engine: &dyn Engine, count: usize) -> Vec<Token> {
	let vocabulary = engine.describe().vocabulary;
	(0..count as u32).map(|i| (i * 7919 + 11) % vocabulary).collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
	values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn neither_length_nor_registers_nor_threads_change_a_bit() {
	for (mut engine, longest) in [
		(portable(1), CONTEXT),
		(portable(2), CONTEXT),
		(seed_model(), 300),
	] {
		let tokens = tokens(&engine, longest);
		let mut cache = engine.weights.cache();
		let (mut states, mut logits) = (Vec::new(), Vec::new());
		for token in &tokens {
			let state = engine.weights.forward(&mut cache, *token).expect("a model");
			logits.push(bits(&engine.weights.logits(&state).expect("a model")));
			states.extend(bits(&state));
		}
		let lengths = [
			1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100, 159, 256, 300,
		];
		for processor in [1, 2, 3].into_iter().flat_map(Processor::all) {
			engine.weights.processor = processor;
			for length in lengths.into_iter().filter(|length| *length <= longest) {
				let mut next = length / 3;
				let prefilled = engine.prefill(&tokens[..length], next, &mut |position, row| {
					assert_eq!(position, next);
					assert!(
						bits(row) == logits[position],
						"{processor:?}, {position} of {length}"
					);
					next += 1;
				});
				assert_eq!(next, length);
				let prefilled = prefilled.expect("a model");
				assert!(
					bits(&prefilled.values) == states[..length * prefilled.width],
					"{processor:?}, {length} positions"
				);
			}
		}
	}
}

#[test]
fn a_pass_that_fails_ends_on_all_threads_and_feeds_nothing() {
	let mut engine = seed_model();
	let good = tokens(&engine, 150);
	let mut unknown = good.clone();
	unknown[140] = engine.describe().vocabulary;
	for threads in 1..=3 {
		engine.use_threads(threads);
		let mut cache = engine.weights.cache();
		assert!(engine.weights.forward_tiles(&mut cache, &unknown).is_err());
		let mut seen = 0;
		let read = engine
			.weights
			.read_tiles(&mut cache, &good, 20, &mut |position, _| {
				seen += 1;
				match position {
					50 => Err(candle_core::Error::Msg("enough".into())),
					_ => Ok(()),
				}
			});
		assert!(read.is_err_and(|error| error.to_string().contains("enough")));
		assert_eq!((seen, cache.positions), (31, 0));
		assert!(cache.layers.iter().all(|layer| layer.keys.is_empty()));
		assert!(engine.weights.forward_tiles(&mut cache, &good).is_ok());
		assert_eq!(cache.positions, good.len());
	}
}

#[test]
fn a_beginning_that_was_kept_changes_no_bit() {
	let mut keeping = seed_model();
	keeping.keep_beginnings();
	let plain = seed_model();
	let text = tokens(&plain, 200);
	let changed_at = |place: usize| {
		let mut text = text.clone();
		text[place] ^= 1;
		text
	};
	let read = |engine: &CandleEngine, text: &[Token], from: usize| {
		let mut logits = Vec::new();
		let states = engine.prefill(text, from, &mut |position, row| {
			logits.push((position, bits(row)))
		});
		(bits(&states.expect("a model").values), logits)
	};
	// Longer, shorter and the same again; a common part that ends anywhere, that is too short, or that reaches to
	// where logits are wanted.
	for (text, from) in [
		(text.clone(), 40),
		(text.clone(), 40),
		(text[..90].to_vec(), 70),
		(text.clone(), 199),
		(text.clone(), 200),
		(changed_at(100), 150),
		(changed_at(33), 90),
		(changed_at(31), 90),
		(text[..20].to_vec(), 10),
		(text.clone(), 0),
	] {
		assert!(
			read(&keeping, &text, from) == read(&plain, &text, from),
			"{} tokens, logits from {from}",
			text.len()
		);
	}
}

/// The traces of a few auditors of a text, as bits.
fn traces_of(engine: &dyn Engine, text: &[Token], from: usize) -> Vec<Option<Trace>> {
	let tracers: Vec<Tracer> = (0..20)
		.map(|auditor| Tracer {
			auditor: [auditor; 32],
			round: 1,
		})
		.collect();
	let mut read = Vec::new();
	engine
		.prefill_and_show(text, from, &mut |_, _| (), &mut |values| {
			assert!(read.is_empty(), "the cache is shown once");
			read = values::traces(values, &[7; 32], &tracers);
		})
		.expect("a model");
	read
}

#[test]
fn traces_are_the_values_that_one_position_after_the_other_leaves() {
	for arithmetic in [Arithmetic::Portable, Arithmetic::Quantized] {
		let engine = engine(1, MatrixType::Q8_0, arithmetic);
		let text = tokens(&engine, 50);
		let mut cache = engine.weights.cache();
		for token in &text {
			engine.weights.forward(&mut cache, *token).expect("a model");
		}
		let values: &dyn Values = &cache;
		let shape = values.shape();
		assert_eq!((shape.layers, shape.positions, shape.features), (2, 50, 32));
		let (layer, position, feature) = (1, 49, 31);
		let last = Point {
			layer,
			position,
			feature,
		};
		assert_eq!(values.at(&last), cache.layers[1].values.last().copied());
		for outside in [
			Point { layer: 2, ..last },
			Point { position: 50, ..last },
			// Not the first value of the next position.
			Point {
				position: 0,
				feature: 32,
				..last
			},
		] {
			assert_eq!(values.at(&outside), None);
		}
		engine
			.prefill_and_show(&text, text.len(), &mut |_, _| (), &mut |shown| {
				assert_eq!(shown.shape(), shape);
				for layer in 0..shape.layers {
					for position in 0..shape.positions {
						for feature in 0..shape.features {
							let point = Point {
								layer,
								position,
								feature,
							};
							assert_eq!(shown.at(&point), values.at(&point), "{arithmetic:?} {point:?}");
						}
					}
				}
			})
			.expect("a model");
	}
}

#[test]
fn neither_threads_nor_registers_nor_a_kept_beginning_change_a_trace() {
	let mut engine = seed_model();
	let text = tokens(&engine, 200);
	let first = traces_of(&engine, &text, 150);
	assert!(first.iter().all(Option::is_some));
	for processor in [1, 2, 3].into_iter().flat_map(Processor::all) {
		engine.weights.processor = processor;
		assert_eq!(traces_of(&engine, &text, 150), first, "{processor:?}");
	}
	engine.keep_beginnings();
	let mut changed = text.clone();
	changed[100] ^= 1;
	for (before, from) in [(&text, 150), (&changed, 150), (&text, 20), (&text, 200)] {
		engine.prefill(before, 40, &mut |_, _| ()).expect("a model");
		assert_eq!(traces_of(&engine, &text, from), first, "logits from {from}");
	}
	assert_ne!(traces_of(&engine, &changed, 150), first);
}

#[test]
fn an_empty_cache_has_no_traces() {
	let tracer = Tracer {
		auditor: [1; 32],
		round: 0,
	};
	let cache = seed_model().weights.cache();
	assert_eq!(values::traces(&cache, &[7; 32], &[tracer]), [None]);
}

#[test]
fn runs_of_every_length_of_prompt_and_answer_are_prefilled_to_the_bit() {
	let mut engine = seed_model();
	let prompt = tokens(&engine, 40);
	for processor in [1, 2].into_iter().flat_map(Processor::all) {
		engine.weights.processor = processor;
		for (length, max_tokens) in [(1, 1), (3, 30), (4, 13), (15, 2), (16, 1), (17, 48), (40, 100)] {
			let prompt = &prompt[..length];
			let run = run(&engine, prompt, WARM, max_tokens);
			let fed = [prompt, &run.answer[..run.answer.len() - 1]].concat();
			let states = engine.prefill(&fed, fed.len(), &mut |_, _| ()).expect("a model");
			assert!(bits(&states.values) == bits(&run.states.values), "{processor:?}");
		}
	}
}

#[test]
fn the_seed_models_states_are_the_recorded_ones() {
	let engine = seed_model();
	let states = engine
		.prefill(&tokens(&engine, 100), 100, &mut |_, _| ())
		.expect("a model");
	let bytes: Vec<u8> = states
		.values
		.iter()
		.flat_map(|value| value.to_le_bytes())
		.collect();
	// Whoever changes this changes what nodes compute: the engine's revision must change with it.
	assert_eq!(blake3::hash(&bytes).to_hex().as_str(), SEED_STATES);
}

const SEED_STATES: &str = "55ae708ded5d5d09a829d0eada22d0aa425a18f31b337ea1d1f3d87d9a1089bb";

/// The mean loss of a text's tokens in nats, the first one after the begin-of-text token included.
fn mean_loss(engine: &dyn Engine, text: &str) -> f64 {
	let mut tokens = engine.tokenize(text.as_bytes()).expect("text");
	if tokens[0] != 0 {
		tokens.insert(0, 0);
	}
	let mut sum = 0.0;
	engine
		.prefill(&tokens[..tokens.len() - 1], 0, &mut |position, logits| {
			let largest = f64::from(logits.iter().copied().fold(f32::MIN, f32::max));
			let total: f64 = logits
				.iter()
				.map(|logit| (f64::from(*logit) - largest).exp())
				.sum();
			sum += largest + total.ln() - f64::from(logits[tokens[position + 1] as usize]);
		})
		.expect("a model");
	sum / (tokens.len() - 1) as f64
}

#[test]
fn the_seed_model_expects_english() {
	let engine = seed_model();
	// Written for this test, so that no training text has it. The model has 3.17 on text that was held out.
	let english = "And it came to pass in the morning, that the old man rose up, and went out of the house with his two \
	               sons, and they walked together unto the river, and there they found the people of the city.";
	let loss = mean_loss(&engine, english);
	assert!(loss < ENGLISH, "{loss} nats per token");
	// The same letters in another order are no English, and a model that only counts letters would not know it.
	let mut letters: Vec<(usize, char)> = english.chars().enumerate().collect();
	letters.sort_by_key(|(place, _)| *blake3::hash(&place.to_le_bytes()).as_bytes());
	let mixed: String = letters.into_iter().map(|(_, letter)| letter).collect();
	let nonsense = mean_loss(&engine, &mixed);
	assert!(nonsense > loss + 1.0, "{nonsense} nats per token against {loss}");
}

/// Nats per token. Another implementation of the model has 2.27 for this sentence and 8.99 for its mixed letters; a
/// model that knows nothing has 7.62, the logarithm of 2048.
const ENGLISH: f64 = 4.0;

#[test]
fn the_same_request_gives_the_same_answer_and_another_seed_another() {
	let engine = portable(2);
	let prompt = engine.tokenize(b"an").expect("text");
	assert_eq!(run(&engine, &prompt, WARM, 20), run(&engine, &prompt, WARM, 20));
	let request = Request {
		prompt: &prompt,
		seed: [6; 32],
		sampling: WARM,
		max_tokens: 20,
	};
	let other = engine
		.generate(&request, &mut |_| ControlFlow::Continue(()))
		.expect("the model runs");
	assert_ne!(other.answer, run(&engine, &prompt, WARM, 20).answer);
}

#[test]
fn an_answer_ends_at_its_limit_at_the_context_or_when_it_is_stopped() {
	let engine = portable(3);
	let prompt = engine.tokenize(b"x").expect("text");
	let short = run(&engine, &prompt, Sampling::GREEDY, 3);
	assert!(short.answer.len() <= 3);
	let long = run(&engine, &prompt, WARM, 10_000);
	match long.ending {
		Ending::Length => assert_eq!(prompt.len() + long.answer.len(), CONTEXT),
		ending => {
			assert_eq!(ending, Ending::EndOfText);
			assert_eq!(long.answer.last(), Some(&1));
		}
	}
	let mut seen = 0;
	let request = Request {
		prompt: &prompt,
		seed: [5; 32],
		sampling: WARM,
		max_tokens: 9,
	};
	let stopped = engine.generate(&request, &mut |_| {
		seen += 1;
		if seen == 2 {
			ControlFlow::Break(())
		} else {
			ControlFlow::Continue(())
		}
	});
	let stopped = stopped.expect("the model runs");
	assert_eq!((stopped.answer.len(), stopped.ending), (2, Ending::Stopped));
	assert_eq!(
		stopped.states.values.len(),
		stopped.states.width * (prompt.len() + 1)
	);
}

#[test]
fn requests_that_cannot_be_run_say_why() {
	let engine = portable(1);
	let sampling = Sampling::GREEDY;
	let ask = |prompt: &[Token], sampling, max_tokens| {
		let request = Request {
			prompt,
			seed: [0; 32],
			sampling,
			max_tokens,
		};
		engine.generate(&request, &mut |_| ControlFlow::Continue(()))
	};
	assert!(matches!(ask(&[], sampling, 1), Err(EngineError::EmptyPrompt)));
	assert!(matches!(ask(&[5], sampling, 0), Err(EngineError::NoTokens)));
	assert!(matches!(
		ask(&[5; CONTEXT], sampling, 1),
		Err(EngineError::TooLong { .. })
	));
	assert!(ask(&[5; CONTEXT - 1], sampling, 9).is_ok_and(|run| run.answer.len() == 1));
	assert!(matches!(
		ask(&[9999], sampling, 1),
		Err(EngineError::UnknownToken { token: 9999, .. })
	));
	let hot = Sampling {
		temperature_milli: 99_999,
		top_k: 1,
	};
	assert!(matches!(ask(&[5], hot, 1), Err(EngineError::Sampling { .. })));
}

#[test]
fn text_survives_tokens() {
	let engine = portable(1);
	for text in ["the other one", "", "Grüße, 世界\n\t", "  two  spaces", "'s 123"] {
		let tokens = engine.tokenize(text.as_bytes()).expect("text");
		assert_eq!(tokens[0], 0, "the begin-of-text token comes first");
		let mut stream = engine.detokenizer();
		let read: String = tokens.iter().map(|token| stream.push(*token)).collect();
		assert_eq!(read + &stream.finish(), text);
	}
	let joined = engine.tokenize(b"x the").expect("text");
	assert_eq!(joined.len(), 3, "merges are used: {joined:?}");
	assert_eq!(engine.tokenize(b"a<|eos|>").expect("text").last(), Some(&1));
	assert!(matches!(engine.tokenize(b"\xff"), Err(TokenizeError::Utf8(_))));
}

#[test]
fn a_pair_is_a_model_and_its_arithmetic() {
	let pair = |salt, matrices, arithmetic| engine(salt, matrices, arithmetic).pair();
	let reference = pair(1, MatrixType::Q8_0, Arithmetic::Portable);
	assert_eq!(reference, portable(1).pair());
	assert_ne!(reference, pair(2, MatrixType::Q8_0, Arithmetic::Portable));
	assert_ne!(reference, pair(1, MatrixType::F16, Arithmetic::Portable));
	assert_ne!(reference, pair(1, MatrixType::Q8_0, Arithmetic::Quantized));
	let small = CandleEngine::read(Cursor::new(gguf(1, MatrixType::Q8_0)), None).expect("a model");
	assert_eq!(reference, small.pair(), "small models compute portably");
}

#[test]
fn damaged_files_are_refused() {
	let file = gguf(1, MatrixType::Q8_0);
	let load = |file: Vec<u8>| CandleEngine::read(Cursor::new(file), None).map(|_| ());
	assert!(matches!(load(Vec::new()), Err(LoadError::Gguf(_))));
	assert!(matches!(
		load(file[..file.len() / 2].to_vec()),
		Err(LoadError::Gguf(_))
	));
	let replaced = |from: &[u8], to: &[u8]| {
		let mut file = file.clone();
		let at = file
			.windows(from.len())
			.position(|window| window == from)
			.expect("in the file");
		file[at..at + to.len()].copy_from_slice(to);
		load(file)
	};
	assert!(matches!(
		replaced(b"llama", b"lloma"),
		Err(LoadError::Architecture { .. })
	));
	assert!(matches!(
		replaced(b"blk.1.attn_q", b"blk.9.attn_q"),
		Err(LoadError::MissingTensor { .. })
	));
	assert!(matches!(
		replaced(b"gpt-2", b"gpt-9"),
		Err(LoadError::Tokenizer { .. })
	));
	assert!(matches!(
		replaced(b"tokenizer.ggml.model", b"tokenizer.ggml.modal"),
		Err(LoadError::Metadata { .. })
	));
}

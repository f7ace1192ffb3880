//! Small models with random weights and a real byte-level tokenizer, for tests.

use super::{Arithmetic, CandleEngine, Description, Engine, EngineError, Request, Run, States, Tokenizer};
use candle_core::{Device, Tensor};
use model_export::{About, Config, MatrixType, TokenKind, Vocabulary, export};
use receipt::Token;
use std::{collections::HashMap, io::Cursor, ops::ControlFlow};

pub(crate) const CONTEXT: usize = 160;

/// Pairs that the tokenizer joins.
const MERGES: [&str; 8] = ["t h", "th e", "Ġ the", "i n", "e r", "Ġ a", "a n", "o n"];

/// Two control tokens, the 256 bytes in GPT-2's alphabet, and a few merges.
pub(crate) fn vocabulary() -> Vocabulary {
	let printable = |byte: u32| matches!(byte, 33..=126 | 161..=172 | 174..=255);
	let mut others = 256u32..;
	let alphabet = (0..256u32).map(|byte| {
		if printable(byte) {
			byte
		} else {
			others.next().expect("endless")
		}
	});
	let characters = alphabet.map(|code| char::from_u32(code).expect("below the surrogates").to_string());
	let mut tokens: Vec<String> = ["<|bos|>", "<|eos|>"].map(String::from).into();
	tokens.extend(characters);
	tokens.extend(MERGES.map(|merge| merge.replace(' ', "")));
	let kinds = (0..tokens.len())
		.map(|id| {
			if id < 2 {
				TokenKind::Control
			} else {
				TokenKind::Normal
			}
		})
		.collect();
	Vocabulary {
		tokens,
		kinds,
		merges: MERGES.map(String::from).into(),
		pre: "gpt-2".into(),
	}
}

/// A GGUF file. Other salts give other weights.
pub(crate) fn gguf(salt: u64, matrices: MatrixType) -> Vec<u8> {
	let vocabulary = vocabulary();
	let config = Config {
		hidden_size: 64,
		intermediate_size: 96,
		num_hidden_layers: 2,
		num_attention_heads: 4,
		num_key_value_heads: 2,
		head_dim: None,
		vocab_size: vocabulary.tokens.len(),
		max_position_embeddings: CONTEXT,
		rms_norm_eps: 1e-5,
		rope_theta: 10_000.0,
		tie_word_embeddings: !salt.is_multiple_of(2),
		bos_token_id: 0,
		eos_token_id: 1,
	};
	// Numerical Recipes' generator: good enough for weights.
	let mut state = salt.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
	let mut random = |spread: f32| {
		state = state
			.wrapping_mul(6_364_136_223_846_793_005)
			.wrapping_add(1_442_695_040_888_963_407);
		((state >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * spread
	};
	let mut weights = HashMap::new();
	let mut add = |name: String, shape: &[usize], spread: f32, middle: f32| {
		let values: Vec<f32> = (0..shape.iter().product())
			.map(|_| middle + random(spread))
			.collect();
		weights.insert(
			name,
			Tensor::from_vec(values, shape, &Device::Cpu).expect("as many values"),
		);
	};
	let (width, inner, vocab) = (config.hidden_size, config.intermediate_size, config.vocab_size);
	add("model.embed_tokens.weight".into(), &[vocab, width], 0.9, 0.0);
	if !config.tie_word_embeddings {
		add("lm_head.weight".into(), &[vocab, width], 0.9, 0.0);
	}
	for layer in 0..config.num_hidden_layers {
		let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
		add(name("input_layernorm"), &[width], 0.3, 1.0);
		add(name("self_attn.q_proj"), &[width, width], 0.3, 0.0);
		add(name("self_attn.k_proj"), &[width / 2, width], 0.3, 0.0);
		add(name("self_attn.v_proj"), &[width / 2, width], 0.3, 0.0);
		add(name("self_attn.o_proj"), &[width, width], 0.3, 0.0);
		add(name("post_attention_layernorm"), &[width], 0.3, 1.0);
		add(name("mlp.gate_proj"), &[inner, width], 0.3, 0.0);
		add(name("mlp.up_proj"), &[inner, width], 0.3, 0.0);
		add(name("mlp.down_proj"), &[width, inner], 0.3, 0.0);
	}
	add("model.norm.weight".into(), &[width], 0.3, 1.0);
	let about = About {
		name: format!("random {salt}"),
		license: "Apache-2.0".into(),
	};
	let mut file = Vec::new();
	export(&config, &weights, &vocabulary, &about, matrices, &mut file).expect("a whole checkpoint");
	file
}

/// A loaded model.
pub(crate) fn engine(salt: u64, matrices: MatrixType, arithmetic: Arithmetic) -> CandleEngine {
	CandleEngine::read(Cursor::new(gguf(salt, matrices)), Some(arithmetic)).expect("what was just written")
}

/// A model with portable arithmetic.
pub(crate) fn portable(salt: u64) -> CandleEngine {
	engine(salt, MatrixType::Q8_0, Arithmetic::Portable)
}

/// An engine whose decoding is a little off, as a faulty driver or an overclocked card might be.
pub(crate) struct Noisy {
	pub(crate) engine: CandleEngine,
	/// The part by which each value of a state is too large.
	pub(crate) noise: f32,
}

impl Engine for Noisy {
	fn describe(&self) -> &Description {
		self.engine.describe()
	}
	fn tokenizer(&self) -> &Tokenizer {
		self.engine.tokenizer()
	}
	fn generate(
		&self,
		request: &Request<'_>,
		on_token: &mut dyn FnMut(Token) -> ControlFlow<()>,
	) -> Result<Run, EngineError> {
		let mut run = self.engine.generate(request, on_token)?;
		run.states
			.values
			.iter_mut()
			.for_each(|value| *value *= 1.0 + self.noise);
		Ok(run)
	}
	fn prefill(
		&self,
		tokens: &[Token],
		logits_from: usize,
		on_logits: &mut dyn FnMut(usize, &[f32]),
	) -> Result<States, EngineError> {
		self.engine.prefill(tokens, logits_from, on_logits)
	}
}

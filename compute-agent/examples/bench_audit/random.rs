//! A model of a useful size with random weights: it writes nonsense, at the speed of a real one.

use anyhow::Result;
use candle_core::{Device, Tensor};
use model_export::{About, Config, MatrixType, TokenKind, Vocabulary, export};
use std::collections::HashMap;

/// Tokens: two control tokens, the 256 bytes, and names that no text has.
const VOCABULARY: usize = 8192;

/// About 59 million weights.
const CONFIG: Config = Config {
	hidden_size: 768,
	intermediate_size: 2048,
	num_hidden_layers: 8,
	num_attention_heads: 12,
	num_key_value_heads: 4,
	head_dim: None,
	vocab_size: VOCABULARY,
	max_position_embeddings: 1024,
	rms_norm_eps: 1e-5,
	rope_theta: 10_000.0,
	tie_word_embeddings: true,
	bos_token_id: 0,
	eos_token_id: 1,
};

/// The bytes in GPT-2's alphabet: printable ones stand for themselves, the others have the characters
/// from U+0100 on.
fn vocabulary() -> Vocabulary {
	let printable = |byte: u32| matches!(byte, 33..=126 | 161..=172 | 174..=255);
	let mut others = 256u32..;
	let bytes = (0..256u32).map(|byte| {
		if printable(byte) {
			Some(byte)
		} else {
			others.next()
		}
	});
	let mut tokens: Vec<String> = ["<|bos|>", "<|eos|>"].map(String::from).into();
	tokens.extend(bytes.flatten().filter_map(char::from_u32).map(String::from));
	tokens.extend((tokens.len()..VOCABULARY).map(|id| format!("token{id}")));
	let kind = |id| {
		if id < 2 {
			TokenKind::Control
		} else {
			TokenKind::Normal
		}
	};
	Vocabulary {
		kinds: (0..VOCABULARY).map(kind).collect(),
		tokens,
		merges: Vec::new(),
		pre: "gpt-2".into(),
	}
}

/// A GGUF file, the same each time.
pub(crate) fn gguf(matrices: MatrixType) -> Result<Vec<u8>> {
	// Numerical Recipes' generator: good enough for weights.
	let mut state = 1u64;
	let mut random = |spread: f32| {
		state = state
			.wrapping_mul(6_364_136_223_846_793_005)
			.wrapping_add(1_442_695_040_888_963_407);
		((state >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * spread
	};
	let mut weights = HashMap::new();
	let mut add = |name: String, shape: &[usize], spread: f32, middle: f32| -> Result<()> {
		let values: Vec<f32> = (0..shape.iter().product())
			.map(|_| middle + random(spread))
			.collect();
		weights.insert(name, Tensor::from_vec(values, shape, &Device::Cpu)?);
		Ok(())
	};
	let (width, inner) = (CONFIG.hidden_size, CONFIG.intermediate_size);
	let shared = width / CONFIG.num_attention_heads * CONFIG.num_key_value_heads;
	add("model.embed_tokens.weight".into(), &[VOCABULARY, width], 0.1, 0.0)?;
	for layer in 0..CONFIG.num_hidden_layers {
		let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
		add(name("input_layernorm"), &[width], 0.3, 1.0)?;
		add(name("self_attn.q_proj"), &[width, width], 0.06, 0.0)?;
		add(name("self_attn.k_proj"), &[shared, width], 0.06, 0.0)?;
		add(name("self_attn.v_proj"), &[shared, width], 0.06, 0.0)?;
		add(name("self_attn.o_proj"), &[width, width], 0.06, 0.0)?;
		add(name("post_attention_layernorm"), &[width], 0.3, 1.0)?;
		add(name("mlp.gate_proj"), &[inner, width], 0.06, 0.0)?;
		add(name("mlp.up_proj"), &[inner, width], 0.06, 0.0)?;
		add(name("mlp.down_proj"), &[width, inner], 0.06, 0.0)?;
	}
	add("model.norm.weight".into(), &[width], 0.3, 1.0)?;
	let about = About {
		name: "random".into(),
		license: "Apache-2.0".into(),
	};
	let mut file = Vec::new();
	export(&CONFIG, &weights, &vocabulary(), &about, matrices, &mut file)?;
	Ok(file)
}

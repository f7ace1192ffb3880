//! Text to tokens and back, from what a GGUF file says of its tokenizer.

use super::{candle::LoadError, metadata::Metadata, sentencepiece::SentencePiece};
use receipt::{Hash, Token};
use std::sync::Arc;
use tokenizers::{
	AddedToken, SplitDelimiterBehavior, Tokenizer as BpeTokenizer,
	models::bpe::BPE,
	pre_tokenizers::{
		PreTokenizerWrapper,
		byte_level::ByteLevel,
		digits::Digits,
		sequence::Sequence,
		split::{Split, SplitPattern},
	},
};

/// Why a prompt has no tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenizeError {
	/// A prompt is text.
	#[error("the prompt is not UTF-8: {0}")]
	Utf8(#[from] std::str::Utf8Error),
	/// The tokenizer failed.
	#[error("the tokenizer failed: {0}")]
	Failed(String),
}

/// What llama.cpp calls the kinds of tokens.
const CONTROL: u64 = 3;
const USER_DEFINED: u64 = 4;
const BYTE: u64 = 6;

/// Llama 3's splitting expression.
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The tokenizer of a model.
pub struct Tokenizer {
	encoder: Encoder,
	/// The bytes of each token; none for control tokens.
	pieces: Arc<[Box<[u8]>]>,
	/// The token before every text, where the model wants one.
	begin: Option<Token>,
	/// The tokens that end an answer.
	ends: Vec<Token>,
	/// The hash of everything that decides how text becomes tokens.
	pub(super) hash: Hash,
}

enum Encoder {
	Bpe(Box<BpeTokenizer>),
	SentencePiece(SentencePiece),
}

impl Tokenizer {
	pub(super) fn load(metadata: &Metadata<'_>) -> Result<Self, LoadError> {
		let missing = |key: &str| LoadError::Metadata {
			key: key.into(),
			wanted: "given",
		};
		let model = metadata
			.text("tokenizer.ggml.model")?
			.ok_or_else(|| missing("tokenizer.ggml.model"))?;
		let tokens = metadata
			.texts("tokenizer.ggml.tokens")?
			.ok_or_else(|| missing("tokenizer.ggml.tokens"))?;
		let kinds = metadata
			.numbers("tokenizer.ggml.token_type")?
			.unwrap_or_else(|| vec![1; tokens.len()]);
		if kinds.len() != tokens.len() {
			return Err(LoadError::Tokenizer {
				reason: "tokens and token types differ in number".into(),
			});
		}
		let pre = metadata.text("tokenizer.ggml.pre")?.unwrap_or("gpt-2");
		let merges = metadata.texts("tokenizer.ggml.merges")?.unwrap_or_default();
		let scores = metadata.floats("tokenizer.ggml.scores")?.unwrap_or_default();
		let token = |key: &str| -> Result<Option<Token>, LoadError> {
			let id = metadata.number(key)?;
			match id.filter(|id| *id >= tokens.len() as u64) {
				Some(value) => Err(LoadError::OutOfRange {
					key: key.into(),
					value,
				}),
				None => Ok(id.map(|id| id as Token)),
			}
		};
		let begin = token("tokenizer.ggml.bos_token_id")?;
		let ends: Vec<Token> = [
			token("tokenizer.ggml.eos_token_id")?,
			token("tokenizer.ggml.eot_token_id")?,
		]
		.into_iter()
		.flatten()
		.collect();

		let (encoder, add_begin, pieces) = match model {
			"gpt2" => {
				let bpe = byte_level_bpe(&tokens, &kinds, &merges, pre)?;
				let pieces = pieces(&tokens, &kinds, byte_level_piece);
				(Encoder::Bpe(Box::new(bpe)), is_llama3(pre), pieces)
			}
			"llama" => {
				let space = metadata.truth("tokenizer.ggml.add_space_prefix")?.unwrap_or(true);
				let special = |kind: u64| kind == CONTROL || kind == USER_DEFINED;
				let encoder = SentencePiece::new(&tokens, &scores, |id| special(kinds[id as usize]), space)
					.ok_or_else(|| LoadError::Tokenizer {
					reason: "tokens and scores differ in number".into(),
				})?;
				let pieces = pieces(
					&tokens,
					&kinds,
					|token, kind| match super::sentencepiece::byte_of(token) {
						Some(byte) if kind == BYTE => vec![byte],
						_ => token.replace('\u{2581}', " ").into_bytes(),
					},
				);
				(Encoder::SentencePiece(encoder), true, pieces)
			}
			other => {
				let reason = format!(
					"`{other}` is not supported; this engine reads `gpt2` (byte-level BPE) and `llama`"
				);
				return Err(LoadError::Tokenizer { reason });
			}
		};
		let add_begin = metadata
			.truth("tokenizer.ggml.add_bos_token")?
			.unwrap_or(add_begin);
		let begin = begin.filter(|_| add_begin);
		let bits: Vec<u32> = scores.iter().map(|score| score.to_bits()).collect();
		let parts = (model, pre, &tokens, &kinds, &merges, bits, begin, &ends);
		let hash = receipt::hash::hash(receipt::hash::Domain::Pair, &parts);
		Ok(Self {
			encoder,
			pieces,
			begin,
			ends,
			hash,
		})
	}

	pub(super) fn encode(&self, prompt: &[u8]) -> Result<Vec<Token>, TokenizeError> {
		let text = std::str::from_utf8(prompt)?;
		let mut tokens: Vec<Token> = self.begin.into_iter().collect();
		match &self.encoder {
			Encoder::Bpe(bpe) => {
				let encoding = bpe
					.encode(text, false)
					.map_err(|error| TokenizeError::Failed(error.to_string()))?;
				tokens.extend_from_slice(encoding.get_ids());
			}
			Encoder::SentencePiece(encoder) => encoder.encode(text, &mut tokens),
		}
		Ok(tokens)
	}

	pub(super) fn detokenizer(&self) -> Detokenizer {
		Detokenizer {
			pieces: self.pieces.clone(),
			pending: Vec::new(),
		}
	}

	pub(super) fn ends_text(&self, token: Token) -> bool {
		self.ends.contains(&token)
	}
}

fn is_llama3(pre: &str) -> bool {
	matches!(pre, "llama-bpe" | "llama3" | "llama-v3")
}

fn byte_level_bpe(
	tokens: &[String],
	kinds: &[u64],
	merges: &[String],
	pre: &str,
) -> Result<BpeTokenizer, LoadError> {
	let failed = |error: tokenizers::Error| LoadError::Tokenizer {
		reason: error.to_string(),
	};
	let merges = merges
		.iter()
		.map(|merge| {
			merge
				.split_once(' ')
				.map(|(left, right)| (left.to_string(), right.to_string()))
		})
		.collect::<Option<Vec<_>>>()
		.ok_or_else(|| LoadError::Tokenizer {
			reason: "a merge is not two tokens".into(),
		})?;
	let vocabulary: std::collections::HashMap<String, u32> = tokens
		.iter()
		.enumerate()
		.map(|(id, token)| (token.clone(), id as u32))
		.collect();
	let model = BPE::builder()
		.vocab_and_merges(
			vocabulary.into_iter().collect::<tokenizers::models::bpe::Vocab>(),
			merges,
		)
		.ignore_merges(is_llama3(pre))
		.build()
		.map_err(failed)?;
	let mut tokenizer = BpeTokenizer::new(model);

	let with_gpt2_expression = || PreTokenizerWrapper::ByteLevel(ByteLevel::new(false, true, true));
	let splitting = match pre {
		"gpt-2" => with_gpt2_expression(),
		"smollm" => Sequence::new(vec![Digits::new(true).into(), with_gpt2_expression()]).into(),
		_ if is_llama3(pre) => {
			let pattern = SplitPattern::Regex(LLAMA3.into());
			let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false).map_err(failed)?;
			Sequence::new(vec![split.into(), ByteLevel::new(false, true, false).into()]).into()
		}
		other => {
			let reason = format!(
				"the pre-tokenizer `{other}` is not supported; known are gpt-2, llama-bpe and smollm"
			);
			return Err(LoadError::Tokenizer { reason });
		}
	};
	tokenizer.with_pre_tokenizer(Some(splitting));

	let added = |wanted: u64, special: bool| {
		tokens
			.iter()
			.zip(kinds)
			.filter(move |(_, kind)| **kind == wanted)
			.map(move |(token, _)| AddedToken::from(token.clone(), special).normalized(false))
			.collect::<Vec<_>>()
	};
	tokenizer
		.add_special_tokens(added(CONTROL, true))
		.map_err(failed)?;
	tokenizer.add_tokens(added(USER_DEFINED, false)).map_err(failed)?;
	Ok(tokenizer)
}

/// The bytes of each token, as `bytes` reads them; none for control tokens.
fn pieces(tokens: &[String], kinds: &[u64], bytes: impl Fn(&str, u64) -> Vec<u8>) -> Arc<[Box<[u8]>]> {
	tokens
		.iter()
		.zip(kinds)
		.map(|(token, kind)| match *kind {
			CONTROL => Box::default(),
			kind => bytes(token, kind).into_boxed_slice(),
		})
		.collect()
}

/// A token in GPT-2's alphabet. One with characters from outside it (an added token) is plain text.
fn byte_level_piece(token: &str, kind: u64) -> Vec<u8> {
	if kind == USER_DEFINED {
		return token.as_bytes().to_vec();
	}
	token
		.chars()
		.map(byte_of_character)
		.collect::<Option<_>>()
		.unwrap_or_else(|| token.as_bytes().to_vec())
}

/// The byte that a character of GPT-2's alphabet stands for. Printable bytes stand for themselves;
/// the others have, in order, the characters from U+0100 on.
fn byte_of_character(character: char) -> Option<u8> {
	let printable = |byte: u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
	match u32::from(character) {
		code @ 0..=255 => Some(code as u8).filter(|byte| printable(*byte)),
		code => (0..=255u8)
			.filter(|byte| !printable(*byte))
			.nth((code - 256) as usize),
	}
}

/// Turns tokens into text as they come. A character whose bytes are spread over several tokens
/// appears with the last of them.
pub struct Detokenizer {
	pieces: Arc<[Box<[u8]>]>,
	pending: Vec<u8>,
}

impl Detokenizer {
	/// The text that this token completes; often all of its own, sometimes none. Tokens that the
	/// model does not know have no text.
	pub fn push(&mut self, token: Token) -> String {
		if let Some(piece) = self.pieces.get(token as usize) {
			self.pending.extend_from_slice(piece);
		}
		self.take(false)
	}

	/// The whole text of an answer: what [`push`](Self::push) gives for each of its tokens, and
	/// [`finish`](Self::finish) after the last.
	pub fn read(mut self, answer: &[Token]) -> String {
		let mut text: String = answer.iter().map(|token| self.push(*token)).collect();
		text.push_str(&self.finish());
		text
	}

	/// What is left when no token follows: bytes that form no character become U+FFFD.
	pub fn finish(mut self) -> String {
		self.take(true)
	}

	fn take(&mut self, last: bool) -> String {
		let mut text = String::new();
		let mut rest = self.pending.as_slice();
		loop {
			match std::str::from_utf8(rest) {
				Ok(valid) => {
					text.push_str(valid);
					rest = &[];
					break;
				}
				Err(error) => {
					let (valid, invalid) = rest.split_at(error.valid_up_to());
					text.push_str(&String::from_utf8_lossy(valid));
					match error.error_len() {
						Some(length) => {
							text.push(char::REPLACEMENT_CHARACTER);
							rest = &invalid[length..];
						}
						None => {
							rest = invalid;
							break;
						}
					}
				}
			}
		}
		if last && !rest.is_empty() {
			text.push(char::REPLACEMENT_CHARACTER);
			rest = &[];
		}
		self.pending = rest.to_vec();
		text
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn detokenizer(pieces: &[&[u8]]) -> Detokenizer {
		Detokenizer {
			pieces: pieces.iter().map(|piece| (*piece).into()).collect(),
			pending: Vec::new(),
		}
	}

	#[test]
	fn a_character_appears_when_its_last_byte_has_come() {
		let euro = "€".as_bytes();
		let mut stream = detokenizer(&[b"a", &euro[..1], &euro[1..], b"\xff"]);
		assert_eq!([0, 1, 2, 0].map(|token| stream.push(token)), ["a", "", "€", "a"]);
		assert_eq!(stream.push(3), "\u{fffd}");
		// A character that is cut off by another one, and one at the end.
		assert_eq!([1, 0, 1].map(|token| stream.push(token)), ["", "\u{fffd}a", ""]);
		assert_eq!(stream.finish(), "\u{fffd}");
	}

	#[test]
	fn an_answer_reads_as_its_pieces_came() {
		let euro = "€".as_bytes();
		let pieces: [&[u8]; 4] = [b"a", &euro[..1], &euro[1..], b"\xff"];
		for answer in [&[0, 1, 2, 0][..], &[3, 0], &[1, 0, 1], &[9, 2], &[]] {
			let mut stream = detokenizer(&pieces);
			let mut streamed = String::new();
			for token in answer {
				streamed.push_str(&stream.push(*token));
			}
			streamed.push_str(&stream.finish());
			assert_eq!(detokenizer(&pieces).read(answer), streamed, "{answer:?}");
		}
	}

	#[test]
	fn an_unknown_token_has_no_text() {
		assert_eq!(detokenizer(&[b"a"]).push(7), "");
	}

	#[test]
	fn the_alphabet_covers_every_byte_once() {
		let bytes: std::collections::BTreeSet<u8> = (0..600u32)
			.filter_map(char::from_u32)
			.filter_map(byte_of_character)
			.collect();
		assert_eq!(bytes.len(), 256);
		assert_eq!(
			(byte_of_character('Ġ'), byte_of_character('Ċ')),
			(Some(b' '), Some(b'\n'))
		);
		assert_eq!(byte_of_character('字'), None);
	}
}

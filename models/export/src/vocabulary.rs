//! A byte-level BPE vocabulary, from `tokenizer.json`.

use serde::Deserialize;
use std::collections::HashMap;

/// What a token is to a reader of the file. The numbers are llama.cpp's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum TokenKind {
	/// Text.
	Normal = 1,
	/// Begin, end and the like; never text.
	Control = 3,
}

/// A byte-level BPE vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
	/// The tokens by id, in GPT-2's alphabet of printable characters for bytes.
	pub tokens: Vec<String>,
	/// The kind of each.
	pub kinds: Vec<TokenKind>,
	/// The merges, best first, as two tokens with a space between.
	pub merges: Vec<String>,
	/// How text is cut into words before the merges, by llama.cpp's name.
	pub pre: String,
}

/// Why a `tokenizer.json` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VocabularyError {
	/// It is not the JSON that was expected.
	#[error("tokenizer.json cannot be read: {0}")]
	Json(#[from] serde_json::Error),
	/// Its model is not byte-level BPE.
	#[error("the tokenizer is `{found}`; only byte-level BPE can be exported")]
	Model {
		/// The model's name.
		found: String,
	},
	/// It cuts text in a way for which no name is known.
	#[error(
		"the pre-tokenizer is neither GPT-2's nor Llama 3's; name one with --pre if it is known to be the same"
	)]
	PreTokenizer,
	/// Ids are not 0, 1, 2, ...
	#[error("no token has the id {id}, or two have it")]
	Gap {
		/// The id.
		id: usize,
	},
	/// A merge's parts or its result are not tokens.
	#[error("merge `{merge}` names a token that is not in the vocabulary")]
	Merge {
		/// The merge.
		merge: String,
	},
}

#[derive(Deserialize)]
struct File {
	#[serde(default)]
	added_tokens: Vec<AddedToken>,
	pre_tokenizer: Option<PreTokenizer>,
	model: Model,
}

#[derive(Deserialize)]
struct AddedToken {
	id: usize,
	content: String,
	special: bool,
}

#[derive(Deserialize)]
struct Model {
	#[serde(rename = "type")]
	kind: String,
	vocab: HashMap<String, usize>,
	merges: Vec<Merge>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
	Pair(String, String),
	Line(String),
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum PreTokenizer {
	ByteLevel {
		#[serde(default)]
		add_prefix_space: bool,
		#[serde(default = "yes")]
		use_regex: bool,
	},
	Sequence {
		pretokenizers: Vec<PreTokenizer>,
	},
	Split {
		pattern: Pattern,
	},
	#[serde(other)]
	Other,
}

#[derive(Deserialize)]
enum Pattern {
	Regex(String),
	String(serde::de::IgnoredAny),
}

fn yes() -> bool {
	true
}

/// Llama 3's expression, by which its tokenizers are recognised.
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

impl PreTokenizer {
	/// llama.cpp's name.
	fn name(&self) -> Option<&'static str> {
		match self {
			Self::ByteLevel {
				add_prefix_space: false,
				use_regex: true,
			} => Some("gpt-2"),
			Self::Sequence { pretokenizers } => match pretokenizers.as_slice() {
				[
					Self::Split {
						pattern: Pattern::Regex(regex),
					},
					Self::ByteLevel {
						add_prefix_space: false,
						use_regex: false,
					},
				] if regex == LLAMA3 => Some("llama-bpe"),
				_ => None,
			},
			_ => None,
		}
	}
}

impl Vocabulary {
	/// Reads a `tokenizer.json`. `pre` overrides the name of the pre-tokenizer.
	pub fn from_tokenizer_json(json: &str, pre: Option<&str>) -> Result<Self, VocabularyError> {
		let file: File = serde_json::from_str(json)?;
		if file.model.kind != "BPE" {
			return Err(VocabularyError::Model {
				found: file.model.kind,
			});
		}
		let pre = match pre {
			Some(name) => name,
			None => file
				.pre_tokenizer
				.as_ref()
				.and_then(PreTokenizer::name)
				.ok_or(VocabularyError::PreTokenizer)?,
		};
		let mut by_id: HashMap<usize, (String, TokenKind)> = HashMap::new();
		for (token, id) in file.model.vocab {
			if by_id.insert(id, (token, TokenKind::Normal)).is_some() {
				return Err(VocabularyError::Gap { id });
			}
		}
		for added in file.added_tokens {
			let kind = if added.special {
				TokenKind::Control
			} else {
				TokenKind::Normal
			};
			by_id.insert(added.id, (added.content, kind));
		}
		let (tokens, kinds): (Vec<_>, Vec<_>) = (0..by_id.len())
			.map(|id| by_id.remove(&id).ok_or(VocabularyError::Gap { id }))
			.collect::<Result<Vec<_>, _>>()?
			.into_iter()
			.unzip();
		let known: std::collections::HashSet<&str> = tokens.iter().map(String::as_str).collect();
		let mut merges = Vec::with_capacity(file.model.merges.len());
		for merge in file.model.merges {
			let line = match merge {
				Merge::Pair(left, right) => format!("{left} {right}"),
				Merge::Line(line) => line,
			};
			let parts = line.split_once(' ');
			let fits = parts.is_some_and(|(left, right)| {
				known.contains(left)
					&& known.contains(right)
					&& known.contains(format!("{left}{right}").as_str())
			});
			if !fits {
				return Err(VocabularyError::Merge { merge: line });
			}
			merges.push(line);
		}
		Ok(Self {
			tokens,
			kinds,
			merges,
			pre: pre.into(),
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn file(pre_tokenizer: &str, merges: &str) -> String {
		format!(
			r#"{{"added_tokens":[{{"id":0,"content":"<s>","special":true}}],"pre_tokenizer":{pre_tokenizer},
			"model":{{"type":"BPE","vocab":{{"<s>":0,"a":1,"b":2,"ab":3}},"merges":{merges}}}}}"#
		)
	}

	const GPT2: &str = r#"{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#;

	#[test]
	fn merges_are_read_in_both_notations() {
		for merges in [r#"[["a","b"]]"#, r#"["a b"]"#] {
			let vocabulary = Vocabulary::from_tokenizer_json(&file(GPT2, merges), None).expect("good file");
			assert_eq!(vocabulary.tokens, ["<s>", "a", "b", "ab"]);
			assert_eq!(vocabulary.kinds[..2], [TokenKind::Control, TokenKind::Normal]);
			assert_eq!(
				(vocabulary.merges[0].as_str(), vocabulary.pre.as_str()),
				("a b", "gpt-2")
			);
		}
	}

	#[test]
	fn what_cannot_be_written_is_refused() {
		let unknown = Vocabulary::from_tokenizer_json(&file(r#"{"type":"Whitespace"}"#, "[]"), None);
		assert!(matches!(unknown, Err(VocabularyError::PreTokenizer)));
		let merge = Vocabulary::from_tokenizer_json(&file(GPT2, r#"["b a"]"#), None);
		assert!(matches!(merge, Err(VocabularyError::Merge { .. })));
		let gap = file(GPT2, "[]").replace(r#""ab":3"#, r#""ab":4"#);
		assert!(matches!(
			Vocabulary::from_tokenizer_json(&gap, None),
			Err(VocabularyError::Gap { id: 3 })
		));
	}
}

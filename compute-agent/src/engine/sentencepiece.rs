//! The tokenizer of Llama 1 and 2: pairs of symbols are joined, the best score first.

use receipt::Token;
use std::{
	cmp::Ordering,
	collections::{BinaryHeap, HashMap},
};

/// The byte of a token like `<0x0A>`.
pub(super) fn byte_of(token: &str) -> Option<u8> {
	let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
	(digits.len() == 2)
		.then(|| u8::from_str_radix(digits, 16).ok())
		.flatten()
}

pub(super) struct SentencePiece {
	ids: HashMap<String, Token>,
	scores: Vec<f32>,
	/// The token of each byte, for text that no token spells.
	bytes: Vec<Option<Token>>,
	/// Tokens that are recognised in the text before anything else, longest first.
	special: Vec<(String, Token)>,
	space_prefix: bool,
}

/// Two neighbours that form a token.
struct Join {
	score: f32,
	left: usize,
	right: usize,
	/// The length of the joined text; another length means that one of them has changed since.
	length: usize,
}

impl PartialEq for Join {
	fn eq(&self, other: &Self) -> bool {
		self.cmp(other) == Ordering::Equal
	}
}

impl Eq for Join {}

impl PartialOrd for Join {
	fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
		Some(self.cmp(other))
	}
}

impl Ord for Join {
	fn cmp(&self, other: &Self) -> Ordering {
		self.score
			.total_cmp(&other.score)
			.then(other.left.cmp(&self.left))
	}
}

/// A stretch of the text, with its neighbours. An empty one has been joined to its left neighbour.
struct Symbol {
	start: usize,
	length: usize,
	before: Option<usize>,
	after: Option<usize>,
}

impl SentencePiece {
	/// `None` where tokens and scores differ in number.
	pub(super) fn new(
		tokens: &[String],
		scores: &[f32],
		is_special: impl Fn(Token) -> bool,
		space_prefix: bool,
	) -> Option<Self> {
		if tokens.len() != scores.len() {
			return None;
		}
		let mut bytes = vec![None; 256];
		let mut special = Vec::new();
		let mut ids = HashMap::with_capacity(tokens.len());
		for (id, token) in (0..).zip(tokens) {
			if let Some(byte) = byte_of(token) {
				bytes[usize::from(byte)] = Some(id);
			} else if is_special(id) {
				special.push((token.clone(), id));
			} else {
				ids.entry(token.clone()).or_insert(id);
			}
		}
		special.retain(|(token, _)| !token.is_empty());
		special.sort_by_key(|(token, id)| (std::cmp::Reverse(token.len()), *id));
		Some(Self {
			ids,
			scores: scores.to_vec(),
			bytes,
			special,
			space_prefix,
		})
	}

	pub(super) fn encode(&self, text: &str, out: &mut Vec<Token>) {
		// Where each special token comes next. Each is searched for again only when it was passed, so the text is
		// read once for each of them, however many there are in it.
		let mut next: Vec<Option<usize>> = self.special.iter().map(|(token, _)| text.find(token)).collect();
		let mut begin = 0;
		while begin < text.len() {
			for ((token, _), next) in self.special.iter().zip(&mut next) {
				if next.is_some_and(|at| at < begin) {
					*next = text[begin..].find(token).map(|at| begin + at);
				}
			}
			// Longer ones stand first, and of several in one place the first is taken.
			let first = self
				.special
				.iter()
				.zip(&next)
				.filter_map(|((token, id), next)| next.map(|at| (at, token.len(), *id)))
				.min_by_key(|(at, ..)| *at);
			let (end, after) = first.map_or((text.len(), text.len()), |(at, length, _)| (at, at + length));
			let plain = &text[begin..end];
			if !plain.is_empty() {
				let prefix = if self.space_prefix { "\u{2581}" } else { "" };
				self.encode_plain(&format!("{prefix}{}", plain.replace(' ', "\u{2581}")), out);
			}
			out.extend(first.map(|(_, _, id)| id));
			begin = after;
		}
	}

	fn encode_plain(&self, text: &str, out: &mut Vec<Token>) {
		let count = text.chars().count();
		let mut symbols: Vec<Symbol> = text
			.char_indices()
			.enumerate()
			.map(|(index, (start, character))| Symbol {
				start,
				length: character.len_utf8(),
				before: index.checked_sub(1),
				after: Some(index + 1).filter(|next| *next < count),
			})
			.collect();
		let mut joins = BinaryHeap::new();
		let consider =
			|symbols: &[Symbol], joins: &mut BinaryHeap<Join>, left: Option<usize>, right: Option<usize>| {
				let (Some(left), Some(right)) = (left, right) else {
					return;
				};
				let length = symbols[left].length + symbols[right].length;
				if let Some(id) = self.ids.get(&text[symbols[left].start..][..length]) {
					joins.push(Join {
						score: self.scores[*id as usize],
						left,
						right,
						length,
					});
				}
			};
		for right in 1..symbols.len() {
			consider(&symbols, &mut joins, Some(right - 1), Some(right));
		}
		while let Some(Join {
			left, right, length, ..
		}) = joins.pop()
		{
			let changed = symbols[left].length == 0
				|| symbols[right].length == 0
				|| symbols[left].length + symbols[right].length != length;
			if changed {
				continue;
			}
			let after = symbols[right].after;
			symbols[left].length = length;
			symbols[left].after = after;
			symbols[right].length = 0;
			if let Some(after) = after {
				symbols[after].before = Some(left);
			}
			let before = symbols[left].before;
			consider(&symbols, &mut joins, before, Some(left));
			consider(&symbols, &mut joins, Some(left), after);
		}
		for symbol in symbols.iter().filter(|symbol| symbol.length > 0) {
			let piece = &text[symbol.start..][..symbol.length];
			match self.ids.get(piece) {
				Some(id) => out.push(*id),
				None => out.extend(piece.bytes().filter_map(|byte| self.bytes[usize::from(byte)])),
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	/// One letter a token, and special tokens of which one begins another and one overlaps with itself.
	fn letters() -> SentencePiece {
		let tokens: Vec<String> = ["<<", "<<a", "b<b", "a", "b", "<"].map(String::from).to_vec();
		SentencePiece::new(&tokens, &[0.0; 6], |id| id < 3, false).expect("as many scores")
	}

	/// The plain definition: at each place the longest special token that stands there, or else a letter.
	fn by_definition(text: &str) -> Vec<Token> {
		let (mut rest, mut tokens) = (text, Vec::new());
		while !rest.is_empty() {
			let (token, id) = [("<<a", 1), ("b<b", 2), ("<<", 0), ("a", 3), ("b", 4), ("<", 5)]
				.into_iter()
				.find(|(token, _)| rest.starts_with(token))
				.expect("there is no other letter");
			tokens.push(id);
			rest = &rest[token.len()..];
		}
		tokens
	}

	proptest! {
		#[test]
		fn special_tokens_are_found_as_defined(text in "[ab<]{0,40}") {
			let mut found = Vec::new();
			letters().encode(&text, &mut found);
			prop_assert_eq!(found, by_definition(&text));
		}
	}

	#[test]
	fn the_text_is_not_read_anew_for_each_special_token() {
		// With all the text that follows read for each of them, this would take hours.
		let (count, mut found) = (1_000_000, Vec::new());
		letters().encode(&"<<".repeat(count), &mut found);
		assert_eq!(found.len(), count);
	}

	fn check(text: &str, expected: &[Token]) {
		let tokens: Vec<String> = [
			"<s>",
			"<0xC3>",
			"<0xA9>",
			"\u{2581}",
			"a",
			"b",
			"ab",
			"\u{2581}a",
			"\u{2581}ab",
		]
		.map(String::from)
		.to_vec();
		let scores = [0.0, 0.0, 0.0, -9.0, -8.0, -8.0, -2.0, -1.0, -3.0];
		let encoder = SentencePiece::new(&tokens, &scores, |id| id == 0, true).expect("as many scores");
		let mut found = Vec::new();
		encoder.encode(text, &mut found);
		assert_eq!(found, expected, "{text:?}");
	}

	#[test]
	fn the_best_score_joins_first() {
		check("a", &[7]);
		// "_a" (-1) is joined before "ab" (-2), and then "_ab".
		check("ab", &[8]);
		check("ba", &[3, 5, 4]);
		check("a ab", &[7, 8]);
		check("", &[]);
	}

	#[test]
	fn unknown_text_is_spelled_in_bytes_and_special_tokens_stand_alone() {
		check("é", &[3, 1, 2]);
		check("a<s>ab", &[7, 0, 8]);
		check("<s>", &[0]);
	}
}

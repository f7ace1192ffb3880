//! Bearer tokens: compared without telling by the time taken how much of one was right.

use anyhow::{Context, Result, ensure};
use std::path::Path;

/// The shortest token that is accepted.
const MIN_LENGTH: usize = 16;

/// Reads a token from a file; spaces and line ends around it do not count.
pub fn read(path: &Path) -> Result<String> {
	let text = std::fs::read_to_string(path)
		.with_context(|| format!("the token file {} cannot be read", path.display()))?;
	let token = text.trim().to_owned();
	ensure!(
		token.len() >= MIN_LENGTH,
		"the token in {} has less than {MIN_LENGTH} characters: make one with `openssl rand -hex 32`",
		path.display()
	);
	Ok(token)
}

/// Whether an `Authorization` header shows the token.
pub fn matches(header: &str, token: &str) -> bool {
	let shown = header.strip_prefix("Bearer ").unwrap_or_default();
	// Equal hashes say nothing of where two tokens differ.
	blake3::hash(shown.as_bytes()) == blake3::hash(token.as_bytes())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn only_the_token_itself_matches() {
		for (header, expected) in [
			("Bearer abc", true),
			("Bearer abcd", false),
			("abc", false),
			("", false),
			("bearer abc", false),
		] {
			assert_eq!(matches(header, "abc"), expected, "{header}");
		}
	}

	#[test]
	fn short_tokens_are_refused() {
		let file = tempfile::NamedTempFile::new().expect("a temporary file");
		std::fs::write(file.path(), "  0123456789abcdef\n").expect("written");
		assert_eq!(read(file.path()).expect("long enough"), "0123456789abcdef");
		std::fs::write(file.path(), "\n").expect("written");
		assert!(read(file.path()).is_err());
	}
}

//! Values as people type them.

use chain_client::{Hash, Planck, amount};

/// Reads an amount of HAI.
pub(crate) fn hai(text: &str) -> Result<Planck, String> {
	amount::parse(text.trim_end_matches("HAI").trim_end()).map_err(|error| error.to_string())
}

/// Reads 32 bytes of hex, with or without `0x`.
pub(crate) fn hash(text: &str) -> Result<Hash, String> {
	let bytes = hex::decode(text.trim_start_matches("0x")).map_err(|error| format!("no hash: {error}"))?;
	bytes
		.try_into()
		.map_err(|bytes: Vec<u8>| format!("no hash: {} bytes instead of 32", bytes.len()))
}

/// Reads a percentage with at most four decimals, such as `45`, `12.5` or `12.5%`, as parts per million.
pub(crate) fn percent(text: &str) -> Result<u32, String> {
	let error =
		|| format!("`{text}` is no percentage: write for example 45 or 12.5, with at most four decimals");
	let number = text.trim().trim_end_matches('%').trim_end();
	let (whole, decimals) = match number.split_once('.') {
		Some((_, "")) => return Err(error()),
		Some(parts) => parts,
		None => (number, ""),
	};
	let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
	if whole.is_empty() || whole.len() > 3 || !is_digits(whole) || !is_digits(decimals) || decimals.len() > 4
	{
		return Err(error());
	}
	let millionths: u32 = format!("{whole}{decimals:0<4}").parse().map_err(|_| error())?;
	if millionths > 1_000_000 {
		Err(format!("`{text}` is more than 100 %"))
	} else {
		Ok(millionths)
	}
}

/// Reads a temperature with at most three decimals, in thousandths.
pub(crate) fn temperature(text: &str) -> Result<u32, String> {
	let error =
		|| format!("`{text}` is no temperature: write a number from 0 to 10 with at most three decimals");
	let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
	let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
	if whole.is_empty() || whole.len() > 2 || !is_digits(whole) || !is_digits(decimals) || decimals.len() > 3
	{
		return Err(error());
	}
	let milli: u32 = format!("{whole}{decimals:0<3}").parse().map_err(|_| error())?;
	if milli > 10_000 { Err(error()) } else { Ok(milli) }
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn percentages_are_read_exactly() {
		for (text, millionths) in [
			("45", 450_000),
			("12.5", 125_000),
			("12.5%", 125_000),
			("0.0001", 1),
			("100", 1_000_000),
			("0", 0),
		] {
			assert_eq!(percent(text), Ok(millionths), "{text}");
		}
		for text in ["", "-1", "100.0001", "101", "1.00001", "a", "5.", ".5", "1e2"] {
			assert!(percent(text).is_err(), "{text}");
		}
	}

	#[test]
	fn temperatures_are_thousandths() {
		for (text, milli) in [
			("0", 0),
			("0.8", 800),
			("1", 1000),
			("10", 10_000),
			("0.125", 125),
		] {
			assert_eq!(temperature(text), Ok(milli), "{text}");
		}
		for text in ["10.001", "-1", "x", "", "0.0001"] {
			assert!(temperature(text).is_err(), "{text}");
		}
	}

	#[test]
	fn amounts_may_carry_their_unit() {
		assert_eq!(hai("1.5 HAI"), Ok(1_500_000_000_000));
		assert_eq!(hai("1.5"), Ok(1_500_000_000_000));
		assert!(hai("HAI").is_err());
	}

	#[test]
	fn hashes_have_32_bytes() {
		assert_eq!(hash(&"07".repeat(32)), Ok([7; 32]));
		assert_eq!(hash(&format!("0x{}", "07".repeat(32))), Ok([7; 32]));
		assert!(hash("0x07").is_err());
	}
}

//! Amounts of HAI as people write them, exact to the last unit.

use crate::Planck;

/// The smallest units of one HAI.
pub const HAI: Planck = 1_000_000_000_000;

/// The decimals of one HAI.
const DECIMALS: usize = 12;

/// A text that is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no amount of HAI: write for example 1000 or 0.25, with at most twelve decimals")]
pub struct AmountError(pub String);

/// Reads an amount of HAI, such as `12` or `0.5`.
pub fn parse(text: &str) -> Result<Planck, AmountError> {
	let error = || AmountError(text.to_owned());
	let (whole, decimals) = match text.split_once('.') {
		Some((_, "")) => return Err(error()),
		Some(parts) => parts,
		None => (text, ""),
	};
	let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
	if whole.is_empty() || !is_digits(whole) || !is_digits(decimals) || decimals.len() > DECIMALS {
		return Err(error());
	}
	let whole: Planck = whole.parse().map_err(|_| error())?;
	let decimals: Planck = format!("{decimals:0<DECIMALS$}").parse().map_err(|_| error())?;
	whole
		.checked_mul(HAI)
		.and_then(|whole| whole.checked_add(decimals))
		.ok_or_else(error)
}

/// Writes an amount exactly, without needless zeros: `0.5`.
pub fn show(amount: Planck) -> String {
	let decimals = format!("{:0DECIMALS$}", amount % HAI);
	let decimals = decimals.trim_end_matches('0');
	let point = if decimals.is_empty() { "" } else { "." };
	format!("{}{point}{decimals}", amount / HAI)
}

/// Writes an amount with its unit: `0.5 HAI`.
pub fn hai(amount: Planck) -> String {
	format!("{} HAI", show(amount))
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn amounts_are_read_exactly() {
		for (text, planck) in [
			("0", 0),
			("1", HAI),
			("0.5", HAI / 2),
			("0.000000000001", 1),
			("12.25", 12 * HAI + HAI / 4),
			("007", 7 * HAI),
		] {
			assert_eq!(parse(text), Ok(planck), "{text}");
		}
	}

	#[test]
	fn what_is_no_amount_is_refused() {
		for text in [
			"",
			".5",
			"5.",
			"-1",
			"+1",
			"1e3",
			"1,5",
			" 1",
			"0.0000000000001",
			"1 HAI",
			"9".repeat(40).as_str(),
		] {
			assert_eq!(parse(text), Err(AmountError(text.to_owned())));
		}
	}

	proptest! {
		#[test]
		fn what_is_shown_reads_back(amount in any::<u128>()) {
			prop_assert_eq!(parse(&show(amount)), Ok(amount));
		}
	}
}

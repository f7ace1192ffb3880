//! Amounts of HAI as people write them.

use receipt::Planck;

/// The smallest units of one HAI.
const HAI: Planck = 1_000_000_000_000;

/// A text that is no amount.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("is '{0}', which is no amount of HAI: write for example 1000 or 0.25, with at most twelve decimals")]
pub struct AmountError(pub String);

/// Reads an amount of HAI, such as `12` or `0.5`.
pub fn parse(text: &str) -> Result<Planck, AmountError> {
	let error = || AmountError(text.to_owned());
	let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
	let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
	if whole.is_empty() || !is_number(whole) || !is_number(decimals) || decimals.len() > 12 || text.ends_with('.') {
		return Err(error());
	}
	let whole: Planck = whole.parse().map_err(|_| error())?;
	let decimals: Planck = format!("{decimals:0<12}").parse().map_err(|_| error())?;
	whole.checked_mul(HAI).and_then(|whole| whole.checked_add(decimals)).ok_or_else(error)
}

/// Writes an amount, without needless zeros: `0.5 HAI`.
pub fn show(amount: Planck) -> String {
	let decimals = format!("{:012}", amount % HAI);
	let decimals = decimals.trim_end_matches('0');
	let point = if decimals.is_empty() { "" } else { "." };
	format!("{}{point}{decimals} HAI", amount / HAI)
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn amounts_are_read_exactly() {
		for (text, planck) in
			[("0", 0), ("1", HAI), ("0.5", HAI / 2), ("0.000000000001", 1), ("12.25", 12 * HAI + HAI / 4)]
		{
			assert_eq!(parse(text), Ok(planck), "{text}");
		}
		for text in ["", ".5", "5.", "-1", "1e3", "1,5", "0.0000000000001", "999999999999999999999999999999999"] {
			assert!(parse(text).is_err(), "{text}");
		}
	}

	proptest! {
		#[test]
		fn what_is_shown_reads_back(amount in any::<u64>()) {
			let shown = show(Planck::from(amount));
			prop_assert_eq!(parse(shown.trim_end_matches(" HAI")), Ok(Planck::from(amount)));
		}
	}
}

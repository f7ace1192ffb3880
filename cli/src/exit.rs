//! Exit codes that mean something. They are listed in `hai --help`.

use caller::CallError;
use chain_client::{ConnectError, ReadError, SubmitError};

pub(crate) const FAILED: u8 = 1;
pub(crate) const USAGE: u8 = 2;
pub(crate) const UNREACHABLE: u8 = 3;
pub(crate) const REFUSED: u8 = 4;
pub(crate) const NO_NODE: u8 = 5;
pub(crate) const NO_ANSWER: u8 = 6;
pub(crate) const NOT_VERIFIED: u8 = 7;
pub(crate) const OTHER_WORK: u8 = 8;

/// A value or a file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// A receipt, or a record, that is not what it claims to be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotVerified(pub(crate) String);

/// An answer whose words, or whose vector, are not those for which the node answers.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct OtherWork(pub(crate) String);

/// The code of an error, by the most telling error of its chain.
pub(crate) fn code_of(error: &anyhow::Error) -> u8 {
	error.chain().find_map(code_of_one).unwrap_or(FAILED)
}

fn code_of_one(error: &(dyn std::error::Error + 'static)) -> Option<u8> {
	if error.is::<Usage>() {
		return Some(USAGE);
	}
	if error.is::<NotVerified>() {
		return Some(NOT_VERIFIED);
	}
	if error.is::<OtherWork>() {
		return Some(OTHER_WORK);
	}
	if error.is::<ConnectError>() {
		return Some(UNREACHABLE);
	}
	if let Some(error) = error.downcast_ref::<ReadError>() {
		return Some(if error.is_connection() {
			UNREACHABLE
		} else {
			FAILED
		});
	}
	if let Some(error) = error.downcast_ref::<SubmitError>() {
		return Some(of_submit(error));
	}
	error.downcast_ref::<CallError>().map(|error| match error {
		CallError::Connect(_) | CallError::Lost { .. } => UNREACHABLE,
		CallError::Read(error) if error.is_connection() => UNREACHABLE,
		CallError::Read(_) => FAILED,
		CallError::Submit(error) => of_submit(error),
		CallError::NoWorkflow(_) | CallError::NotCallable(..) | CallError::BadRequest(_) => USAGE,
		CallError::Funds { .. } => REFUSED,
		CallError::NoNode { .. } | CallError::Busy { .. } => NO_NODE,
		CallError::NoAnswer { .. } | CallError::NoVector { .. } => NO_ANSWER,
	})
}

fn of_submit(error: &SubmitError) -> u8 {
	if error.is_refusal() {
		REFUSED
	} else if error.is_connection() {
		UNREACHABLE
	} else {
		FAILED
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use anyhow::Context;

	#[test]
	fn the_code_follows_the_cause_through_its_context() {
		let unreachable = ConnectError {
			url: "ws://x".into(),
			reason: "refused".into(),
		};
		let refused = SubmitError::Failed {
			rule_book: "Balances".into(),
			name: "Low".into(),
			text: "Too little.".into(),
			block: [0; 32],
		};
		for (error, code) in [
			(anyhow::Error::new(unreachable), UNREACHABLE),
			(anyhow::Error::new(refused), REFUSED),
			(
				anyhow::Error::new(SubmitError::NotIncluded {
					reason: String::new(),
				}),
				FAILED,
			),
			(
				anyhow::Error::new(CallError::NoNode { tried: Vec::new() }),
				NO_NODE,
			),
			(
				anyhow::Error::new(CallError::Busy {
					tried: Vec::new(),
					retry_after: 9,
				}),
				NO_NODE,
			),
			(anyhow::Error::new(Usage("x".into())), USAGE),
			(anyhow::Error::new(OtherWork("x".into())), OTHER_WORK),
			(anyhow::anyhow!("something"), FAILED),
		] {
			assert_eq!(code_of(&error), code, "{error}");
			let wrapped = Err::<(), _>(error)
				.context("while doing a thing")
				.expect_err("it is an error");
			assert_eq!(code_of(&wrapped), code, "{wrapped:#}");
		}
	}
}

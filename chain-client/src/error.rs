//! What can go wrong between a program and the chain, one error per operation.

use crate::Hash;

/// No usable connection to a node.
#[derive(Debug, thiserror::Error)]
#[error(
	"cannot reach a node at {url}: {reason}. Start one with `hai-node --dev`, or name another with `--url ws://HOST:9944`"
)]
pub struct ConnectError {
	/// The address that was tried.
	pub url: String,
	/// What the attempt came to.
	pub reason: String,
}

/// Something could not be read from the chain.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
	/// The node does not answer any more.
	#[error("the connection to the node was lost while reading {what}: {reason}. Connect again and repeat")]
	Connection {
		/// What was being read.
		what: &'static str,
		/// What the connection said.
		reason: String,
	},
	/// This program and the runtime speak of different things.
	#[error("the chain's {what} has another shape than this program was built for. Update the program")]
	Incompatible {
		/// What was being read.
		what: &'static str,
	},
	/// The node answered, but not with what was asked for.
	#[error("cannot read {what}: {reason}")]
	Other {
		/// What was being read.
		what: &'static str,
		/// Why not.
		reason: String,
	},
}

impl ReadError {
	/// Sorts an error of the client library.
	pub(crate) fn new(what: &'static str, error: impl Into<subxt::Error>) -> Self {
		use subxt::error::{ConstantError, RuntimeApiError, StorageError, ViewFunctionError};
		let error = error.into();
		let incompatible = matches!(
			&error,
			subxt::Error::ViewFunctionError(
				ViewFunctionError::IncompatibleCodegen
					| ViewFunctionError::PalletNotFound(_)
					| ViewFunctionError::ViewFunctionNotFound { .. }
			) | subxt::Error::StorageError(
				StorageError::IncompatibleCodegen
					| StorageError::PalletNameNotFound(_)
					| StorageError::StorageEntryNotFound { .. }
			) | subxt::Error::ConstantError(ConstantError::IncompatibleCodegen)
				| subxt::Error::RuntimeApiError(RuntimeApiError::IncompatibleCodegen)
		);
		if incompatible {
			return Self::Incompatible { what };
		}
		let reason = chain_of_reasons(&error);
		if is_lost(&reason) {
			Self::Connection { what, reason }
		} else {
			Self::Other { what, reason }
		}
	}

	/// An answer that makes no sense.
	pub(crate) fn other(what: &'static str, reason: impl ToString) -> Self {
		Self::Other {
			what,
			reason: reason.to_string(),
		}
	}

	/// Whether connecting again may help.
	pub fn is_connection(&self) -> bool {
		matches!(self, Self::Connection { .. })
	}
}

/// A call was not made, or did nothing.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
	/// The call could not be built for this chain.
	#[error("cannot build the call for this chain: {reason}. If the chain was upgraded, update this program")]
	NotBuilt {
		/// Why not.
		reason: String,
	},
	/// The node did not take the transaction into its pool.
	#[error("the node refused the transaction: {reason}")]
	Refused {
		/// What the node said.
		reason: String,
	},
	/// The account has too little for the transaction's own fee.
	#[error(
		"the node refused the transaction: the account cannot pay its fee; give it some HAI first (on a dev chain: `hai faucet`)"
	)]
	CannotPayFee,
	/// The transaction is in a block, and the rule-book answered with an error. It changed nothing but the fee.
	#[error("{rule_book} refused the call with {name}: {text}")]
	Failed {
		/// The rule-book.
		rule_book: String,
		/// The name of its error.
		name: String,
		/// What its documentation says of the error.
		text: String,
		/// The block.
		block: Hash,
	},
	/// The transaction was in the pool and left it without being in a block.
	#[error("the transaction was not included: {reason}. Nothing was changed; it can be sent again")]
	NotIncluded {
		/// Why not.
		reason: String,
	},
	/// The transaction is in a block, but its block did not become final while the node watched.
	#[error(
		"the transaction is in a block that is not final yet: finality is slow. It counts unless another block replaces \
		 that one; look before sending it again"
	)]
	NotFinal,
	/// The node does not answer any more; whether the call is made is unknown.
	#[error(
		"the connection to the node was lost: {reason}. The transaction may still be included; look before sending it again"
	)]
	Connection {
		/// What the connection said.
		reason: String,
	},
	/// The call was made, but what it did could not be read.
	#[error("the call was made, but its events could not be read: {reason}")]
	Unread {
		/// Why not.
		reason: String,
	},
}

impl SubmitError {
	/// Whether the chain itself said no.
	pub fn is_refusal(&self) -> bool {
		matches!(
			self,
			Self::Refused { .. } | Self::CannotPayFee | Self::Failed { .. }
		)
	}

	/// Whether the account has too little HAI, for the fee or for what the call holds or moves.
	pub fn is_want_of_funds(&self) -> bool {
		match self {
			Self::CannotPayFee => true,
			Self::Failed { rule_book, name, .. } => {
				name == "Token" || (rule_book == "Balances" && name == "InsufficientBalance")
			}
			_ => false,
		}
	}

	/// Whether the node is gone.
	pub fn is_connection(&self) -> bool {
		matches!(self, Self::Connection { .. })
	}

	/// Whether the transaction may be in a block, or come into one, although nobody follows it any more.
	pub fn may_be_included(&self) -> bool {
		matches!(
			self,
			Self::Connection { .. } | Self::NotFinal | Self::Unread { .. }
		)
	}

	/// The name of the rule-book's error, such as `TicketExpired`.
	pub fn failure(&self) -> Option<&str> {
		match self {
			Self::Failed { name, .. } => Some(name),
			_ => None,
		}
	}
}

/// An error and the errors under it, in one line, without repeating what an outer one already says.
pub(crate) fn chain_of_reasons(error: &dyn std::error::Error) -> String {
	let mut text = error.to_string();
	let mut source = error.source();
	while let Some(inner) = source {
		let inner_text = inner.to_string();
		if !text.contains(&inner_text) {
			text.push_str(": ");
			text.push_str(&inner_text);
		}
		source = inner.source();
	}
	// The library repeats these for each of its layers.
	let text = text
		.replace("RPC error: client error: ", "")
		.replace("Backend error: ", "");
	text.strip_prefix("Error when opening the TCP socket: ")
		.map_or(text.clone(), str::to_owned)
}

/// Whether a reason says that the connection is gone.
pub(crate) fn is_lost(reason: &str) -> bool {
	const SIGNS: [&str; 7] = [
		"onnection was lost",
		"onnection closed",
		"background task",
		"onnection reset",
		"onnection refused",
		"ubscription dropped",
		"roken pipe",
	];
	SIGNS.iter().any(|sign| reason.contains(sign))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_lost_connection_is_told_apart_from_a_wrong_answer() {
		for (reason, lost) in [
			(
				"RPC error: client error: The background task closed: connection closed; restart required",
				true,
			),
			("Connection refused (os error 111)", true),
			("RPC error: subscription dropped.", true),
			("User error: State already discarded for 0x12", false),
		] {
			assert_eq!(is_lost(reason), lost, "{reason}");
		}
	}

	#[test]
	fn want_of_funds_is_told_from_other_refusals() {
		let failed = |rule_book: &str, name: &str| SubmitError::Failed {
			rule_book: rule_book.into(),
			name: name.into(),
			text: String::new(),
			block: [0; 32],
		};
		for (error, expected) in [
			(SubmitError::CannotPayFee, true),
			(failed("the runtime", "Token"), true),
			(failed("Balances", "InsufficientBalance"), true),
			(failed("ExecutionLog", "TooFewAuditors"), false),
			(failed("RoleStaking", "InsufficientBalance"), false),
			(SubmitError::NotFinal, false),
		] {
			assert_eq!(error.is_want_of_funds(), expected, "{error}");
		}
	}

	#[test]
	fn what_is_not_final_is_not_called_undone() {
		assert!(SubmitError::NotFinal.may_be_included());
		assert!(!SubmitError::NotFinal.is_refusal());
		let text = SubmitError::NotFinal.to_string();
		assert!(
			text.contains("in a block") && !text.contains("Nothing was changed"),
			"{text}"
		);
	}

	#[test]
	fn only_the_chains_own_no_is_a_refusal() {
		let failed = SubmitError::Failed {
			rule_book: "ExecutionLog".into(),
			name: "TicketExpired".into(),
			text: "Ask the node for a new ticket.".into(),
			block: [0; 32],
		};
		assert!(failed.is_refusal());
		assert_eq!(failed.failure(), Some("TicketExpired"));
		assert_eq!(
			failed.to_string(),
			"ExecutionLog refused the call with TicketExpired: Ask the node for a new ticket."
		);
		assert!(
			!SubmitError::Connection {
				reason: String::new()
			}
			.is_refusal()
		);
	}
}

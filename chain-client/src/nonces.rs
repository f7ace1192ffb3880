//! The numbers of an account's transactions that were handed in lately.
//!
//! A node answers with the next nonce of its best block and its pool. Around a fork that can be too small for a moment:
//! what was in the block that is gone is not in the pool yet. A transaction with that nonce would compete with the one
//! before it.

use crate::Account;
use std::{
	collections::HashMap,
	time::{Duration, Instant},
};

/// After so long the node knows better: a transaction that is not in its pool then is gone.
const MEMORY: Duration = Duration::from_secs(60);

/// The last nonce of each account, and when it was handed in.
#[derive(Debug, Default)]
pub(crate) struct Nonces(HashMap<Account, (u64, Instant)>);

impl Nonces {
	/// The nonce for the next transaction, where the node says `of_node`.
	pub(crate) fn next(&self, account: &Account, of_node: u64, now: Instant) -> u64 {
		match self.0.get(account) {
			Some((last, at)) if now.saturating_duration_since(*at) < MEMORY => of_node.max(last + 1),
			_ => of_node,
		}
	}

	/// Remembers a transaction that the pool has taken.
	pub(crate) fn handed_in(&mut self, account: Account, nonce: u64, now: Instant) {
		self.0.insert(account, (nonce, now));
	}

	/// Believes the node again: a transaction has failed, and those after it would wait for it for ever.
	pub(crate) fn forget(&mut self, account: &Account) {
		self.0.remove(account);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_nonce_is_not_taken_twice_while_the_node_has_forgotten_a_block() {
		let (mut nonces, began) = (Nonces::default(), Instant::now());
		let account = [1; 32];
		assert_eq!(nonces.next(&account, 7, began), 7);
		nonces.handed_in(account, 7, began);
		for (of_node, seconds, expected) in [
			(7, 1, 8),   // the block with 7 was replaced
			(8, 1, 8),   // all is well
			(12, 1, 12), // somebody else signs with this account, too
			(7, 60, 7),  // 7 is lost
		] {
			let now = began + Duration::from_secs(seconds);
			assert_eq!(
				nonces.next(&account, of_node, now),
				expected,
				"{of_node} after {seconds} s"
			);
		}
		assert_eq!(nonces.next(&[2; 32], 3, began), 3);
		nonces.forget(&account);
		assert_eq!(nonces.next(&account, 7, began), 7);
	}
}

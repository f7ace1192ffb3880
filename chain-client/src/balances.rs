//! Balances and transfers.

use crate::{Account, Planck, ReadError, View, plain::call};
use subxt::{
	transactions::Payload,
	utils::{AccountId32, MultiAddress},
};

/// What an account has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balance {
	/// What it can spend, but for what must stay so that the account exists.
	pub free: Planck,
	/// What is held for a purpose.
	pub held: Planck,
	/// The purposes, as `RoleStaking.Bond`, and how much is held for each.
	pub holds: Vec<(String, Planck)>,
	/// Transactions it has made.
	pub nonce: u32,
}

impl Balance {
	/// Everything it has.
	pub fn total(&self) -> Planck {
		self.free.saturating_add(self.held)
	}
}

impl View {
	/// What an account has; nothing for one that does not exist.
	pub async fn balance(&self, account: &Account) -> Result<Balance, ReadError> {
		let what = "the balance";
		let storage = self.at.storage();
		let key = AccountId32(*account);
		let info = storage
			.fetch(crate::chain::storage().system().account(), (key,))
			.await
			.map_err(|error| ReadError::new(what, error))?
			.decode()
			.map_err(|error| ReadError::new(what, error))?;
		let holds = storage
			.try_fetch(crate::chain::storage().balances().holds(), (key,))
			.await
			.map_err(|error| ReadError::new(what, error))?
			.map(|holds| holds.decode())
			.transpose()
			.map_err(|error| ReadError::new(what, error))?;
		let holds = holds.map(|holds| holds.0).unwrap_or_default();
		Ok(Balance {
			free: info.data.free,
			held: info.data.reserved,
			holds: holds
				.iter()
				.map(|hold| (purpose(&format!("{:?}", hold.id)), hold.amount))
				.collect(),
			nonce: info.nonce,
		})
	}

	/// The smallest balance with which an account exists.
	pub fn existential_deposit(&self) -> Result<Planck, ReadError> {
		self.at
			.constants()
			.entry(crate::chain::constants().balances().existential_deposit())
			.map_err(|error| ReadError::new("the existential deposit", error))
	}

	/// All HAI there is.
	pub async fn total_issuance(&self) -> Result<Planck, ReadError> {
		let what = "the total issuance";
		self.at
			.storage()
			.fetch(crate::chain::storage().balances().total_issuance(), ())
			.await
			.map_err(|error| ReadError::new(what, error))?
			.decode()
			.map_err(|error| ReadError::new(what, error))
	}
}

/// `RoleStaking(Bond)` as `RoleStaking.Bond`.
fn purpose(debug: &str) -> String {
	debug.trim_end_matches(')').replacen('(', ".", 1)
}

/// Sends HAI. Fails rather than let the sender's account fall below its minimum.
pub fn transfer(to: &Account, amount: Planck) -> impl Payload + use<> {
	call!(balances().transfer_keep_alive(MultiAddress::Id(AccountId32(*to)), amount))
}

#[cfg(test)]
mod tests {
	#[test]
	fn purposes_read_as_rule_book_and_reason() {
		assert_eq!(super::purpose("RoleStaking(Bond)"), "RoleStaking.Bond");
	}
}

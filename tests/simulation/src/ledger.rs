//! Every planck there is, and the only ways in which one moves.

use verification::{Planck, Ppm};

/// The number of an account.
pub type AccountId = usize;

/// The number of a bond.
pub type BondId = usize;

#[derive(Clone, Copy, Debug, Default)]
struct Account {
	free: Planck,
	escrow: Planck,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bond {
	active: Planck,
	leaving: Planck,
}

/// A move that the balances do not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Insufficient;

/// Balances, held fees, bonds, the validators' pool, the treasury and what was burned.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
	accounts: Vec<Account>,
	bonds: Vec<Bond>,
	pool: Planck,
	treasury: Planck,
	burned: Planck,
	issued: Planck,
}

fn take(from: &mut Planck, amount: Planck) -> Result<(), Insufficient> {
	*from = from.checked_sub(amount).ok_or(Insufficient)?;
	Ok(())
}

impl Ledger {
	/// An account with new money; only the genesis makes any.
	pub fn open_account(&mut self, free: Planck) -> AccountId {
		self.issued += free;
		self.accounts.push(Account { free, escrow: 0 });
		self.accounts.len() - 1
	}

	/// An empty bond.
	pub fn open_bond(&mut self) -> BondId {
		self.bonds.push(Bond::default());
		self.bonds.len() - 1
	}

	/// What an account may spend.
	pub fn free(&self, account: AccountId) -> Planck {
		self.accounts[account].free
	}

	/// What a bond answers with for new jobs.
	pub fn active(&self, bond: BondId) -> Planck {
		self.bonds[bond].active
	}

	/// All of a bond, what is being withdrawn included.
	pub fn bonded(&self, bond: BondId) -> Planck {
		self.bonds[bond].active + self.bonds[bond].leaving
	}

	/// The validators' pool.
	pub fn pool(&self) -> Planck {
		self.pool
	}

	/// All held fees.
	pub fn escrowed(&self) -> Planck {
		self.accounts.iter().map(|account| account.escrow).sum()
	}

	/// Holds a fee.
	pub fn hold(&mut self, account: AccountId, amount: Planck) -> Result<(), Insufficient> {
		take(&mut self.accounts[account].free, amount)?;
		self.accounts[account].escrow += amount;
		Ok(())
	}

	/// Gives a held fee back.
	pub fn release(&mut self, account: AccountId, amount: Planck) -> Result<(), Insufficient> {
		take(&mut self.accounts[account].escrow, amount)?;
		self.accounts[account].free += amount;
		Ok(())
	}

	/// Pays from a held fee to an account.
	pub fn pay(&mut self, from: AccountId, to: AccountId, amount: Planck) -> Result<(), Insufficient> {
		take(&mut self.accounts[from].escrow, amount)?;
		self.accounts[to].free += amount;
		Ok(())
	}

	/// Pays from a held fee to the validators' pool and to the treasury.
	pub fn pay_common(
		&mut self,
		from: AccountId,
		pool: Planck,
		treasury: Planck,
	) -> Result<(), Insufficient> {
		take(&mut self.accounts[from].escrow, pool + treasury)?;
		self.pool += pool;
		self.treasury += treasury;
		Ok(())
	}

	/// Bonds free money.
	pub fn bond(&mut self, account: AccountId, bond: BondId, amount: Planck) -> Result<(), Insufficient> {
		take(&mut self.accounts[account].free, amount)?;
		self.bonds[bond].active += amount;
		Ok(())
	}

	/// Begins the withdrawal of a whole bond.
	pub fn unbond(&mut self, bond: BondId) {
		let bond = &mut self.bonds[bond];
		bond.leaving += std::mem::take(&mut bond.active);
	}

	/// Ends the withdrawal.
	pub fn withdraw(&mut self, bond: BondId, account: AccountId) {
		self.accounts[account].free += std::mem::take(&mut self.bonds[bond].leaving);
	}

	/// Takes up to `amount` of a bond, what is leaving last; burns a share of it, the treasury gets the rest. Says how
	/// much that was.
	pub fn slash(&mut self, bond: BondId, amount: Planck, burned: Ppm) -> Planck {
		let bond = &mut self.bonds[bond];
		let from_active = amount.min(bond.active);
		let from_leaving = (amount - from_active).min(bond.leaving);
		bond.active -= from_active;
		bond.leaving -= from_leaving;
		let taken = from_active + from_leaving;
		let to_burn = burned.of(taken);
		self.burned += to_burn;
		self.treasury += taken - to_burn;
		taken
	}

	/// Pays from the treasury what it has, up to `amount`.
	pub fn reward(&mut self, account: AccountId, amount: Planck) -> Planck {
		let amount = amount.min(self.treasury);
		self.treasury -= amount;
		self.accounts[account].free += amount;
		amount
	}

	/// Pays from the validators' pool.
	pub fn pay_from_pool(&mut self, account: AccountId, amount: Planck) -> Result<(), Insufficient> {
		take(&mut self.pool, amount)?;
		self.accounts[account].free += amount;
		Ok(())
	}

	/// What was issued, and what there is: accounts, held fees, bonds, pool, treasury, burned. Counted anew.
	pub fn issued_and_found(&self) -> (Planck, Planck) {
		let accounts: Planck = self
			.accounts
			.iter()
			.map(|account| account.free + account.escrow)
			.sum();
		let bonds: Planck = self.bonds.iter().map(|bond| bond.active + bond.leaving).sum();
		(
			self.issued,
			accounts + bonds + self.pool + self.treasury + self.burned,
		)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_slash_takes_what_is_leaving_too_and_loses_nothing() {
		let mut ledger = Ledger::default();
		let account = ledger.open_account(100);
		let bond = ledger.open_bond();
		ledger.bond(account, bond, 60).unwrap();
		ledger.unbond(bond);
		ledger.bond(account, bond, 20).unwrap();
		assert_eq!(ledger.slash(bond, 51, Ppm::new(500_000)), 51);
		assert_eq!((ledger.active(bond), ledger.bonded(bond)), (0, 29));
		assert_eq!((ledger.burned, ledger.treasury), (25, 26));
		assert_eq!(ledger.slash(bond, 100, Ppm::ONE), 29);
		assert_eq!(ledger.issued_and_found(), (100, 100));
		assert_eq!(ledger.bond(account, bond, 21), Err(Insufficient));
	}
}

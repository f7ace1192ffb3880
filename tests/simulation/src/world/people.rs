//! Who takes part.

use super::job::JobId;
use crate::{
	ledger::{AccountId, BondId},
	random::Random,
	strategy::Strategy,
};
use verification::{Incident, Planck, Probation, Score};

/// The number of somebody who owns a node.
pub type OwnerId = usize;

/// The number of a name under which a node is bonded.
pub type IdentityId = usize;

/// The number of a validator.
pub type ValidatorId = usize;

/// Somebody who owns a node. One owner may go through several names.
#[derive(Clone, Debug)]
pub struct Owner {
	/// What it does.
	pub strategy: Strategy,
	/// Its money.
	pub account: AccountId,
	/// The name under which it serves now.
	pub identity: Option<IdentityId>,
	/// What it had at the start.
	pub began_with: Planck,
	/// What its machines cost so far.
	pub costs: Planck,
	/// Whether its driver is bad now.
	pub is_broken: bool,
	/// Jobs it took so far.
	pub jobs: u64,
	/// What its callers ask for: the same in every world of one seed.
	pub demand: Random,
	/// What it decides.
	pub choice: Random,
	/// What its machine does.
	pub machine: Random,
	/// It is away before this block.
	pub away_until: u32,
	/// What happened to it.
	pub tally: Tally,
}

/// What happened to one owner.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
	/// Paid for settled jobs.
	pub earned: Planck,
	/// What jobs would have paid that were refunded after a delivery.
	pub forfeited: Planck,
	/// Taken from its bonds.
	pub slashed: Planck,
	/// Jobs it cheated on and delivered.
	pub cheats: u64,
	/// Of those, found.
	pub caught: u64,
	/// Incidents.
	pub incidents: u64,
	/// Of those, with a slash.
	pub slashes: u64,
	/// Incidents in which a bad driver was found, and those of them with a slash.
	pub bursts: (u64, u64),
	/// Jobs that were done as agreed, and failed an audit all the same.
	pub wronged: u64,
	/// Block of the first ejection.
	pub ejected_at: Option<u32>,
	/// Settled runs.
	pub runs: u64,
	/// Accounts, not its own, that paid for one.
	pub callers: u64,
}

/// A name under which a node is bonded.
#[derive(Clone, Debug)]
pub struct Identity {
	/// Whose it is.
	pub owner: OwnerId,
	/// Its bond.
	pub bond: BondId,
	/// The running test.
	pub score: Score,
	/// How far it has come.
	pub probation: Probation,
	/// The open incident.
	pub incident: Option<Incident>,
	/// Who found the first failure of it.
	pub finder: Option<AccountId>,
	/// When the last absence that counted began.
	pub absent_since: Option<u32>,
	/// Whether a bad driver is part of it.
	pub by_driver: bool,
	/// Whether it takes no jobs any more.
	pub has_left: bool,
	/// Its jobs that have not ended.
	pub open: Vec<JobId>,
	/// Their gains.
	pub open_gain: Planck,
	/// Slashed so far.
	pub slashed: Planck,
}

/// A validator.
#[derive(Clone, Debug)]
pub struct Validator {
	/// What it does.
	pub strategy: Strategy,
	/// Its money.
	pub account: AccountId,
	/// Its bond.
	pub bond: BondId,
	/// What it had at the start.
	pub began_with: Planck,
	/// What its audits cost so far.
	pub costs: Planck,
	/// Its verifier is away before this block.
	pub away_until: u32,
	/// It cannot be drawn before this block.
	pub chilled_until: u32,
	/// The blocks of its recent absences.
	pub absences: Vec<u32>,
	/// Correct verdicts of this era.
	pub correct: u64,
	/// What happened to it.
	pub tally: ValidatorTally,
}

/// What happened to one validator.
#[derive(Clone, Copy, Debug, Default)]
pub struct ValidatorTally {
	/// Paid for audits.
	pub earned: Planck,
	/// Taken from its bond.
	pub slashed: Planck,
	/// Verdicts in all.
	pub verdicts: u64,
	/// Of those, clearly wrong.
	pub faults: u64,
	/// Of those, found to be of somebody that never ran the model.
	pub idle: u64,
	/// Audits missed.
	pub absences: u64,
	/// Taken from its bond for them.
	pub slashed_for_absence: Planck,
}

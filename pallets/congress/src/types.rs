//! The words of the congress: kinds, votes, tallies, proposals and their outcomes, and the arithmetic that decides.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use pallet_terms::types::{BallotTerms, CongressTerms, Planck};
use polkadot_sdk::sp_core::{H256, U256};
use polkadot_sdk::sp_runtime::{AccountId32, Debug, DispatchError};
use scale_info::TypeInfo;

/// The number of a proposal, counted from 0.
pub type ProposalId = u32;

/// The hash of a text that is kept off chain, such as the reasons for a proposal or a vote.
pub type TextHash = H256;

/// What a proposal is about, and so who decides it and which calls it may make.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Kind {
	/// Principles, members and runtime upgrades: one member, one vote.
	Constitutional,
	/// Numbers and mechanisms: weighted by held HAI.
	Technical,
	/// Rules of living together: one member, one vote.
	Community,
	/// Spending from the treasury: weighted by held HAI.
	Resource,
}

impl Kind {
	/// Every kind.
	pub const ALL: [Kind; 4] = [
		Kind::Constitutional,
		Kind::Technical,
		Kind::Community,
		Kind::Resource,
	];

	/// Who votes on this kind.
	pub fn electorate(self) -> Electorate {
		match self {
			Kind::Constitutional | Kind::Community => Electorate::Members,
			Kind::Technical | Kind::Resource => Electorate::Holders,
		}
	}

	/// The thresholds, windows and deposit of this kind.
	pub fn ballot(self, terms: &CongressTerms) -> BallotTerms {
		match self {
			Kind::Constitutional => terms.constitutional,
			Kind::Technical => terms.technical,
			Kind::Community => terms.community,
			Kind::Resource => terms.resource,
		}
	}
}

/// Who votes.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Electorate {
	/// Members of the congress, one vote each.
	Members,
	/// Accounts with a governance hold, one vote for each planck.
	Holders,
}

/// What a voter says.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Choice {
	/// Counts towards quorum and majority.
	For,
	/// Counts towards the quorum and against the majority.
	Against,
	/// Counts towards the quorum only.
	Abstain,
}

/// One standing vote of an account.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Vote {
	/// The proposal voted on.
	pub proposal: ProposalId,
	/// What was said.
	pub choice: Choice,
	/// How much it counts: 1 for a member, planck for a holder.
	pub weight: u128,
	/// The hash of the voter's reasons, if any were given.
	pub reasoning: Option<TextHash>,
}

/// The votes of one proposal so far.
#[derive(
	Clone, Copy, Default, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Tally {
	/// Votes for.
	pub ayes: u128,
	/// Votes against.
	pub nays: u128,
	/// Abstentions.
	pub abstentions: u128,
}

impl Tally {
	/// Everything that counts towards the quorum.
	pub fn cast(&self) -> u128 {
		self.ayes
			.saturating_add(self.nays)
			.saturating_add(self.abstentions)
	}

	/// Counts a vote in.
	pub fn add(&mut self, choice: Choice, weight: u128) {
		let count = self.count_mut(choice);
		*count = count.saturating_add(weight);
	}

	/// Takes a counted vote out again.
	pub fn remove(&mut self, choice: Choice, weight: u128) {
		let count = self.count_mut(choice);
		*count = count.saturating_sub(weight);
	}

	fn count_mut(&mut self, choice: Choice) -> &mut u128 {
		match choice {
			Choice::For => &mut self.ayes,
			Choice::Against => &mut self.nays,
			Choice::Abstain => &mut self.abstentions,
		}
	}
}

/// What a tally comes to.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Decision {
	/// Quorum and majority are reached.
	Passed,
	/// Too few voted.
	QuorumMissed,
	/// Enough voted, too few of them for.
	MajorityMissed,
}

/// `Permill` counts in these.
const ONE_IN_PERMILL: u128 = 1_000_000;

/// Decides a tally: `cast >= quorum * denominator`, and `ayes >= majority * (ayes + nays)` with at least one vote
/// for. Both are compared as products of whole numbers, so nothing is ever rounded.
pub fn decide(ballot: &BallotTerms, denominator: u128, tally: &Tally) -> Decision {
	let at_least = |part: u128, permill: u32, whole: U256| {
		U256::from(part) * U256::from(ONE_IN_PERMILL) >= U256::from(permill) * whole
	};
	if !at_least(tally.cast(), ballot.quorum.deconstruct(), U256::from(denominator)) {
		return Decision::QuorumMissed;
	}
	let decided = U256::from(tally.ayes) + U256::from(tally.nays);
	if tally.ayes == 0 || !at_least(tally.ayes, ballot.majority.deconstruct(), decided) {
		return Decision::MajorityMissed;
	}
	Decision::Passed
}

/// The smallest number of votes that reaches the quorum of `denominator`.
pub fn quorum_votes(ballot: &BallotTerms, denominator: u128) -> u128 {
	let product = U256::from(ballot.quorum.deconstruct()) * U256::from(denominator);
	let (votes, rest) = product.div_mod(U256::from(ONE_IN_PERMILL));
	let votes = if rest.is_zero() {
		votes
	} else {
		votes + U256::one()
	};
	// A Permill is at most one, so this is at most the denominator.
	u128::try_from(votes).unwrap_or(u128::MAX)
}

/// A member of the congress.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Member {
	/// The block of admission. Only proposals of later blocks can be voted on.
	pub joined: u32,
}

/// Where a proposal stands.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Stage {
	/// Votes are taken, or the vote waits to be closed.
	Voting,
	/// Passed; its call may be made from this block on.
	Approved {
		/// The first block in which it can be enacted.
		enact_from: u32,
	},
}

/// A proposal that is not finished. Terms and denominator are those of the block it was opened in.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Proposal<BoundedCall> {
	/// Who decides it, and with which calls.
	pub kind: Kind,
	/// Who opened it.
	pub proposer: AccountId32,
	/// What happens when it passes.
	pub call: BoundedCall,
	/// The hash of the reasons given for it.
	pub reasoning: TextHash,
	/// What is still held from the proposer.
	pub deposit: Planck,
	/// The version of the terms that `ballot` was read from.
	pub terms_version: u32,
	/// Thresholds and windows.
	pub ballot: BallotTerms,
	/// The block it was opened in.
	pub opened: u32,
	/// The last block in which votes are taken.
	pub ends: u32,
	/// All votes that could be cast: members, or planck held.
	pub denominator: u128,
	/// The votes cast.
	pub tally: Tally,
	/// Where it stands.
	pub stage: Stage,
}

/// An entry of the list of unfinished proposals: what the limits and the locks of votes are read from.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct OpenProposal {
	/// The proposal.
	pub id: ProposalId,
	/// Its kind.
	pub kind: Kind,
	/// Who opened it.
	pub proposer: AccountId32,
	/// The last block in which votes are taken.
	pub ends: u32,
}

/// How a proposal finished.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Ending {
	/// Too few voted.
	QuorumMissed,
	/// Enough voted, too few of them for.
	MajorityMissed,
	/// Passed and done.
	Enacted,
	/// Passed, but its call returned this error and changed nothing.
	CallFailed(DispatchError),
	/// Passed, but its call could not be read any more.
	CallUnreadable,
	/// Passed, but its kind may not make that call any more.
	CallForbidden,
	/// Passed, but its call now weighs more than a proposal may.
	CallTooHeavy,
}

/// What remains of a finished proposal.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Outcome<Hash> {
	/// Its kind.
	pub kind: Kind,
	/// Who opened it.
	pub proposer: AccountId32,
	/// The hash of its encoded call.
	pub call: Hash,
	/// The hash of the reasons given for it.
	pub reasoning: TextHash,
	/// The version of the terms it was decided under.
	pub terms_version: u32,
	/// Thresholds and windows.
	pub ballot: BallotTerms,
	/// The block it was opened in.
	pub opened: u32,
	/// The block it finished in.
	pub finished: u32,
	/// All votes that could be cast.
	pub denominator: u128,
	/// The votes cast.
	pub tally: Tally,
	/// How it finished.
	pub ending: Ending,
}

/// A proposal as clients read it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct ProposalView<BoundedCall> {
	/// Its number.
	pub id: ProposalId,
	/// The whole record, with tally, thresholds and denominator.
	pub proposal: Proposal<BoundedCall>,
	/// How many votes the quorum takes.
	pub quorum_votes: u128,
	/// What the votes so far come to.
	pub decision: Decision,
	/// Whether votes are still taken.
	pub voting: bool,
}

/// An account's part in the congress, as clients read it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct AccountView {
	/// Its membership.
	pub member: Option<Member>,
	/// What it has in the governance hold.
	pub held: Planck,
	/// How much of that its open votes keep there.
	pub locked: Planck,
	/// Its votes on proposals that still take votes.
	pub votes: Vec<Vote>,
	/// The unfinished proposals it opened.
	pub proposals: Vec<ProposalId>,
}

/// Who could vote on a proposal opened now.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct ElectorateView {
	/// Members or holders.
	pub electorate: Electorate,
	/// Members, or planck held: the denominator.
	pub size: u128,
	/// The smallest size with which a proposal may be opened.
	pub needed: u128,
	/// The thresholds, windows and deposit in force.
	pub ballot: BallotTerms,
	/// Proposals of this kind that are not finished.
	pub open: u32,
	/// How many there may be.
	pub open_limit: u32,
}

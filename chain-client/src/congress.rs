//! The congress: members, governance holds, proposals and votes.

use crate::{
	Account, BlockId, ChainClient, Hash, Key, Planck, ReadError, SubmitError, View,
	chain::runtime_types::frame_support::traits::preimages::Bounded,
	plain::{call, plain, view},
	submit::Included,
	terms::BallotTerms,
};
use sp_crypto_hashing::blake2_256;
use subxt::{
	ext::scale_value::{Composite, Value, ValueDef},
	transactions::Payload,
	utils::{AccountId32, H256},
};

/// The number of a proposal.
pub type ProposalId = u32;

plain! {
	/// What a proposal is about, and so who decides it and which calls it may make.
	#[derive(Copy, serde::Serialize)]
	#[serde(rename_all = "snake_case")]
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

	/// Who votes.
	#[derive(Copy, serde::Serialize)]
	#[serde(rename_all = "snake_case")]
	pub enum Electorate {
		/// Members of the congress, one vote each.
		Members,
		/// Accounts with a governance hold, one vote for each planck.
		Holders,
	}

	/// What a voter says.
	#[derive(Copy, serde::Serialize)]
	#[serde(rename_all = "snake_case")]
	pub enum Choice {
		/// Counts towards quorum and majority.
		For,
		/// Counts towards the quorum and against the majority.
		Against,
		/// Counts towards the quorum only.
		Abstain,
	}

	/// One standing vote of an account.
	pub struct Vote {
		/// The proposal voted on.
		pub proposal: ProposalId,
		/// What was said.
		pub choice: Choice,
		/// How much it counts: 1 for a member, planck for a holder.
		pub weight: u128,
		/// The hash of the voter's reasons.
		pub reasoning: Option<Hash>,
	}

	/// The votes of one proposal so far.
	#[derive(Copy)]
	pub struct Tally {
		/// Votes for.
		pub ayes: u128,
		/// Votes against.
		pub nays: u128,
		/// Abstentions.
		pub abstentions: u128,
	}

	/// What a tally comes to.
	#[derive(Copy, serde::Serialize)]
	#[serde(rename_all = "snake_case")]
	pub enum Decision {
		/// Quorum and majority are reached.
		Passed,
		/// Too few voted.
		QuorumMissed,
		/// Enough voted, too few of them for.
		MajorityMissed,
	}

	/// A member of the congress.
	#[derive(Copy)]
	pub struct Member {
		/// The block of admission.
		pub joined: u32,
	}

	/// Where a proposal stands.
	#[derive(Copy)]
	pub enum Stage {
		/// Votes are taken, or the vote waits to be closed.
		Voting,
		/// Passed; its call may be made from this block on.
		Approved {
			/// The first block in which it can be enacted.
			enact_from: u32,
		},
	}

	/// Who could vote on a proposal opened now.
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

	/// An account's part in the congress.
	pub struct Participation {
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
}

/// An unfinished proposal.
#[derive(Clone, Debug)]
pub struct Proposal {
	/// Its number.
	pub id: ProposalId,
	/// Its kind.
	pub kind: Kind,
	/// Who opened it.
	pub proposer: Account,
	/// The call it makes when it passes.
	pub call: ProposedCall,
	/// The hash of the reasons given for it.
	pub reasoning: Hash,
	/// Thresholds and windows.
	pub ballot: BallotTerms,
	/// The block it was opened in.
	pub opened: u32,
	/// The last block in which votes are taken.
	pub ends: u32,
	/// All votes that could be cast.
	pub denominator: u128,
	/// The votes cast.
	pub tally: Tally,
	/// Where it stands.
	pub stage: Stage,
	/// How many votes the quorum takes.
	pub quorum_votes: u128,
	/// What the votes so far come to.
	pub decision: Decision,
	/// Whether votes are still taken.
	pub voting: bool,
}

/// The call of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposedCall {
	/// The encoded call itself.
	Inline(Vec<u8>),
	/// Hash and length of a call that lies with the preimages.
	Preimage {
		/// Its hash.
		hash: Hash,
		/// Its length in bytes.
		length: u32,
	},
}

/// A finished proposal.
#[derive(Clone, Debug)]
pub struct Outcome {
	/// Its number.
	pub id: ProposalId,
	/// Its kind.
	pub kind: Kind,
	/// Who opened it.
	pub proposer: Account,
	/// The block it finished in.
	pub finished: u32,
	/// All votes that could be cast.
	pub denominator: u128,
	/// The votes cast.
	pub tally: Tally,
	/// How it finished, in words.
	pub ending: String,
}

impl View {
	/// The members, and the block in which each joined.
	pub async fn members(&self) -> Result<Vec<(Account, Member)>, ReadError> {
		let members = view!(self, "the members", congress().members())?;
		Ok(members
			.into_iter()
			.map(|(account, member)| (account.0, member))
			.collect())
	}

	/// The unfinished proposals, oldest first.
	pub async fn proposals(&self) -> Result<Vec<Proposal>, ReadError> {
		let proposals = view!(self, "the proposals", congress().proposals())?;
		Ok(proposals.into_iter().map(proposal).collect())
	}

	/// One unfinished proposal.
	pub async fn proposal(&self, id: ProposalId) -> Result<Option<Proposal>, ReadError> {
		Ok(view!(self, "the proposal", congress().proposal(id))?.map(proposal))
	}

	/// The finished proposals whose outcome is kept, oldest first.
	pub async fn outcomes(&self) -> Result<Vec<Outcome>, ReadError> {
		let outcomes = view!(self, "the outcomes", congress().outcomes())?;
		Ok(outcomes
			.into_iter()
			.map(|(id, outcome)| Outcome {
				id,
				kind: outcome.kind,
				proposer: outcome.proposer.0,
				finished: outcome.finished,
				denominator: outcome.denominator,
				tally: outcome.tally,
				ending: format!("{:?}", outcome.ending),
			})
			.collect())
	}

	/// An account's part in the congress.
	pub async fn participation(&self, account: &Account) -> Result<Participation, ReadError> {
		view!(
			self,
			"the part in the congress",
			congress().account(AccountId32(*account))
		)
	}

	/// Who could vote on a proposal of this kind opened now, and under which thresholds.
	pub async fn electorate(&self, kind: Kind) -> Result<ElectorateView, ReadError> {
		view!(self, "the electorate", congress().electorate(kind))
	}

	/// The encoded call of a proposal; nothing where its preimage is not there (any more).
	pub async fn proposed_call(&self, call: &ProposedCall) -> Result<Option<Vec<u8>>, ReadError> {
		let what = "the proposal's call";
		match call {
			ProposedCall::Inline(bytes) => Ok(Some(bytes.clone())),
			ProposedCall::Preimage { hash, length } => {
				let key = (H256(*hash), *length);
				let preimage = self
					.at
					.storage()
					.try_fetch(crate::chain::storage().preimage().preimage_for(), (key,))
					.await
					.map_err(|error| ReadError::new(what, error))?
					.map(|preimage| preimage.decode())
					.transpose()
					.map_err(|error| ReadError::new(what, error))?;
				Ok(preimage.map(|preimage| preimage.0))
			}
		}
	}

	/// An encoded call in words.
	pub fn describe_call(&self, call: &[u8]) -> String {
		self.at.transactions().from_call_data_bytes(call).map_or_else(
			|error| format!("a call this program cannot read ({error})"),
			|payload| {
				format!(
					"{}.{} {}",
					payload.pallet_name(),
					payload.call_name(),
					in_words(payload.call_data())
				)
			},
		)
	}
}

/// Fields in words: bytes as hex, wrappers of one value left out.
fn in_words(data: &Composite<()>) -> String {
	let list = |fields: Vec<String>| format!("({})", fields.join(", "));
	match data {
		Composite::Named(fields) => list(
			fields
				.iter()
				.map(|(name, value)| format!("{name}: {}", value_in_words(value)))
				.collect(),
		),
		Composite::Unnamed(fields) => match (bytes(fields), fields.as_slice()) {
			(Some(bytes), _) => format!("0x{}", hex::encode(bytes)),
			(None, [only]) => value_in_words(only),
			(None, fields) => list(fields.iter().map(value_in_words).collect()),
		},
	}
}

fn value_in_words(value: &Value<()>) -> String {
	match &value.value {
		ValueDef::Composite(composite) => in_words(composite),
		ValueDef::Variant(variant) if variant.values.is_empty() => variant.name.clone(),
		ValueDef::Variant(variant) => format!("{} {}", variant.name, in_words(&variant.values)),
		_ => value.to_string(),
	}
}

/// The bytes of a list that has at least four values, all of one byte.
fn bytes(fields: &[Value<()>]) -> Option<Vec<u8>> {
	let byte = |value: &Value<()>| value.as_u128().and_then(|number| u8::try_from(number).ok());
	if fields.len() < 4 {
		None
	} else {
		fields.iter().map(byte).collect()
	}
}

type GeneratedProposal = crate::chain::congress::view_functions::proposals::output::Output;

fn proposal(view: <GeneratedProposal as IntoIterator>::Item) -> Proposal {
	let proposal = view.proposal;
	Proposal {
		id: view.id,
		kind: proposal.kind,
		proposer: proposal.proposer.0,
		call: match proposal.call {
			Bounded::Inline(bytes) => ProposedCall::Inline(bytes.0),
			Bounded::Legacy { hash, .. } => ProposedCall::Preimage {
				hash: hash.0,
				length: 0,
			},
			Bounded::Lookup { hash, len } => ProposedCall::Preimage {
				hash: hash.0,
				length: len,
			},
			Bounded::__Ignore(..) => ProposedCall::Inline(Vec::new()),
		},
		reasoning: proposal.reasoning.0,
		ballot: proposal.ballot,
		opened: proposal.opened,
		ends: proposal.ends,
		denominator: proposal.denominator,
		tally: proposal.tally,
		stage: proposal.stage,
		quorum_votes: view.quorum_votes,
		decision: view.decision,
		voting: view.voting,
	}
}

/// The largest call that a proposal carries itself; a longer one is noted as a preimage first.
const MAX_INLINE: usize = 128;

impl ChainClient {
	/// Opens a proposal to make an encoded call, and returns its number once it is final: another block could give
	/// it another one. A long call is noted as a preimage first.
	pub async fn propose(
		&self,
		kind: Kind,
		encoded_call: Vec<u8>,
		reasoning: Hash,
		key: &Key,
	) -> Result<(ProposalId, BlockId), SubmitError> {
		let call = if encoded_call.len() <= MAX_INLINE {
			Bounded::Inline(
				crate::chain::runtime_types::bounded_collections::bounded_vec::BoundedVec(encoded_call),
			)
		} else {
			let lookup = Bounded::Lookup {
				hash: H256(blake2_256(&encoded_call)),
				len: encoded_call.len() as u32,
			};
			self.submit_finalized(&call!(preimage().note_preimage(encoded_call)), key)
				.await?;
			lookup
		};
		let included = self
			.submit_finalized(&call!(congress().propose(kind, call, H256(reasoning))), key)
			.await?;
		proposed(&included)
	}
}

fn proposed(included: &Included) -> Result<(ProposalId, BlockId), SubmitError> {
	included
		.event::<crate::chain::congress::events::Proposed>()
		.map(|event| (event.proposal, included.block))
		.ok_or(SubmitError::Unread {
			reason: "there is no event Proposed".into(),
		})
}

/// Votes on a proposal, or changes the vote.
pub fn vote(proposal: ProposalId, choice: Choice, reasoning: Option<Hash>) -> impl Payload {
	call!(congress().vote(proposal, choice, reasoning.map(H256)))
}

/// Counts the votes of a proposal after its last block of voting.
pub fn close(proposal: ProposalId) -> impl Payload {
	call!(congress().close(proposal))
}

/// Places HAI in the governance hold.
pub fn hold(amount: Planck) -> impl Payload {
	call!(congress().hold_for_governance(amount))
}

/// Releases HAI from the governance hold.
pub fn release(amount: Planck) -> impl Payload {
	call!(congress().release(amount))
}

/// Admits a member. Only the congress may, by a Constitutional proposal.
pub fn admit_member(account: &Account) -> impl Payload + use<> {
	call!(congress().admit_member(AccountId32(*account)))
}

/// Removes a member. Only the congress may, by a Constitutional proposal.
pub fn remove_member(account: &Account) -> impl Payload + use<> {
	call!(congress().remove_member(AccountId32(*account)))
}

/// Lets the code with this hash be put into force. Only the congress may, by a Constitutional proposal.
pub fn authorize_upgrade(code_hash: Hash) -> impl Payload {
	call!(congress().authorize_upgrade(H256(code_hash)))
}

/// Puts authorized code into force. Anybody may; it costs nothing if the code is the authorized one.
pub fn apply_authorized_upgrade(code: Vec<u8>) -> impl Payload {
	call!(system().apply_authorized_upgrade(code))
}

/// The hash by which code is authorized: BLAKE2b-256.
pub fn code_hash(code: &[u8]) -> Hash {
	blake2_256(code)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn calls_read_as_names_and_hex() {
		let account = Value::unnamed_composite([Value::from_bytes([7; 32])]);
		let choice = Value::unnamed_variant("For", []);
		let fields = Composite::named([("who", account), ("choice", choice), ("amount", Value::u128(5))]);
		assert_eq!(
			in_words(&fields),
			format!("(who: 0x{}, choice: For, amount: 5)", "07".repeat(32))
		);
	}
}

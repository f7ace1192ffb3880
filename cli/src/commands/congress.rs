//! `hai congress`.

mod proposal;
mod upgrade;

use crate::{
	context::Context,
	exit::Usage,
	output::{hai, pairs, planck, table},
	parsing,
};
use anyhow::Result;
use chain_client::{
	At, ChainClient, Hash, Planck, WorkflowId, address,
	congress::{self, Choice, Kind, ProposalId},
	terms, workflows,
};
use clap::{Args, Subcommand, ValueEnum};
use proposal::{list, show};
use serde_json::json;
use std::path::PathBuf;
use upgrade::{apply_upgrade, code_hash};

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  hai congress list
  hai congress hold 100                                     gives your HAI a voice in Technical and Resource votes
  hai congress propose technical set-terms terms.json --reason \"shorter windows\"
  hai congress propose constitutional admit //Eve
  hai congress vote 3 for --reason \"it was simulated\"
  hai congress close 3
  hai congress propose constitutional upgrade ./hai_runtime.compact.compressed.wasm
  hai congress apply-upgrade ./hai_runtime.compact.compressed.wasm")]
pub(crate) enum Congress {
	/// Opens a proposal
	Propose(Propose),
	/// Votes on a proposal, or changes the vote
	#[command(after_help = "Example:\n  hai congress vote 3 for --reason \"it was simulated\"")]
	Vote(Vote),
	/// Counts the votes of a proposal whose voting has ended
	#[command(after_help = "Example:\n  hai congress close 3")]
	Close(Number),
	/// Lists unfinished proposals, and outcomes
	#[command(after_help = "Example:\n  hai congress list")]
	List,
	/// Shows one proposal with its call
	#[command(after_help = "Example:\n  hai congress show 3")]
	Show(Number),
	/// Lists the members
	#[command(after_help = "Example:\n  hai congress members")]
	Members,
	/// Shows an account's membership, hold and votes
	#[command(after_help = "Example:\n  hai congress account //Alice")]
	Account(AccountArgument),
	/// Places HAI in the governance hold
	#[command(after_help = "Example:\n  hai congress hold 100")]
	Hold(Amount),
	/// Releases HAI from the governance hold
	#[command(after_help = "Example:\n  hai congress release 100")]
	Release(Amount),
	/// Puts a runtime that the congress authorized into force; anybody may
	#[command(after_help = "Example:\n  hai congress apply-upgrade ./hai_runtime.compact.compressed.wasm")]
	ApplyUpgrade(CodeFile),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum KindArgument {
	/// Principles, members and upgrades: one member, one vote
	Constitutional,
	/// Numbers and mechanisms: weighted by held HAI
	Technical,
	/// Rules of living together: one member, one vote
	Community,
	/// Spending from the treasury: weighted by held HAI
	Resource,
}

impl From<KindArgument> for Kind {
	fn from(kind: KindArgument) -> Self {
		match kind {
			KindArgument::Constitutional => Self::Constitutional,
			KindArgument::Technical => Self::Technical,
			KindArgument::Community => Self::Community,
			KindArgument::Resource => Self::Resource,
		}
	}
}

#[derive(Args, Debug)]
pub(crate) struct Propose {
	/// Who decides
	kind: KindArgument,
	/// What happens when it passes
	#[command(subcommand)]
	what: What,
	/// Why; its hash stands on chain, so keep the text
	#[arg(long, global = true, default_value = "")]
	reason: String,
}

#[derive(Subcommand, Debug)]
pub(crate) enum What {
	/// New terms, from a file in the form of the field `terms` of `hai terms --json`
	#[command(
		after_help = "Example:\n  hai congress propose technical set-terms terms.json --reason \"shorter windows\""
	)]
	SetTerms {
		/// The file
		file: PathBuf,
	},
	/// Another member
	#[command(after_help = "Example:\n  hai congress propose constitutional admit //Eve")]
	Admit {
		/// Who
		account: String,
	},
	/// A member less
	#[command(after_help = "Example:\n  hai congress propose constitutional remove //Eve")]
	Remove {
		/// Who
		account: String,
	},
	/// A runtime upgrade
	#[command(
		after_help = "Example:\n  hai congress propose constitutional upgrade ./hai_runtime.compact.compressed.wasm"
	)]
	Upgrade {
		/// The file of the code, or its BLAKE2b-256 in hex
		code: String,
	},
	/// Takes a stolen or spam workflow out
	#[command(after_help = "Example:\n  hai congress propose community ban 7")]
	Ban {
		/// Its number
		workflow: WorkflowId,
	},
	/// Any call, encoded
	#[command(after_help = "Example:\n  hai congress propose resource call 0x0001..")]
	Call {
		/// The SCALE encoding in hex
		call: String,
	},
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ChoiceArgument {
	/// For it
	For,
	/// Against it
	Against,
	/// Counts towards the quorum only
	Abstain,
}

#[derive(Args, Debug)]
pub(crate) struct Vote {
	/// The number of the proposal
	proposal: ProposalId,
	/// What to say
	choice: ChoiceArgument,
	/// Why; its hash stands on chain, so keep the text
	#[arg(long)]
	reason: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Number {
	/// The number of the proposal
	proposal: ProposalId,
}

#[derive(Args, Debug)]
pub(crate) struct AccountArgument {
	/// Whose [default: the signing account's]
	account: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct CodeFile {
	/// The file of the code
	code: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Amount {
	/// How much
	#[arg(value_parser = parsing::hai)]
	amount: Planck,
}

pub(crate) async fn run(context: &Context, command: Congress) -> Result<()> {
	let chain = context.connect().await?;
	match command {
		Congress::List => list(context, &chain).await,
		Congress::Show(command) => show(context, &chain.view(At::Best).await?, command.proposal).await,
		Congress::Members => members(context, &chain).await,
		Congress::Account(command) => account(context, &chain, command.account.as_deref()).await,
		Congress::Propose(command) => propose(context, &chain, command).await,
		Congress::Vote(command) => {
			let choice = match command.choice {
				ChoiceArgument::For => Choice::For,
				ChoiceArgument::Against => Choice::Against,
				ChoiceArgument::Abstain => Choice::Abstain,
			};
			let reasoning = command.reason.as_deref().map(text_hash);
			let key = context.key(&chain).await?;
			let call = congress::vote(command.proposal, choice, reasoning);
			context.submit(&chain, &call, &key, "voting").await?;
			show(context, &chain.view(At::Best).await?, command.proposal).await
		}
		Congress::Close(command) => {
			let key = context.key(&chain).await?;
			context
				.submit(
					&chain,
					&congress::close(command.proposal),
					&key,
					"counting the votes",
				)
				.await?;
			show(context, &chain.view(At::Best).await?, command.proposal).await
		}
		Congress::Hold(command) => {
			let key = context.key(&chain).await?;
			context
				.submit(
					&chain,
					&congress::hold(command.amount),
					&key,
					"placing HAI in the hold",
				)
				.await?;
			account(context, &chain, Some(&address(&key.account()))).await
		}
		Congress::Release(command) => {
			let key = context.key(&chain).await?;
			context
				.submit(
					&chain,
					&congress::release(command.amount),
					&key,
					"releasing HAI from the hold",
				)
				.await?;
			account(context, &chain, Some(&address(&key.account()))).await
		}
		Congress::ApplyUpgrade(command) => apply_upgrade(context, &chain, &command.code).await,
	}
}

/// The hash by which reasons are named on chain: BLAKE3 of the text.
fn text_hash(text: &str) -> Hash {
	*blake3::hash(text.as_bytes()).as_bytes()
}

async fn propose(context: &Context, chain: &ChainClient, command: Propose) -> Result<()> {
	let call = match &command.what {
		What::SetTerms { file } => {
			let text = std::fs::read_to_string(file)
				.map_err(|error| Usage(format!("cannot read {}: {error}", file.display())))?;
			let terms = serde_json::from_str(&text)
				.map_err(|error| Usage(format!("{} holds no terms: {error}", file.display())))?;
			chain.encode_call(&terms::set_terms(terms)).await?
		}
		What::Admit { account } => {
			chain
				.encode_call(&congress::admit_member(&context.account(account)?))
				.await?
		}
		What::Remove { account } => {
			chain
				.encode_call(&congress::remove_member(&context.account(account)?))
				.await?
		}
		What::Upgrade { code } => {
			chain
				.encode_call(&congress::authorize_upgrade(code_hash(code)?))
				.await?
		}
		What::Ban { workflow } => chain.encode_call(&workflows::ban(*workflow)).await?,
		What::Call { call } => hex::decode(call.trim_start_matches("0x"))
			.map_err(|error| Usage(format!("the call is no hex: {error}")))?,
	};
	propose_call(context, chain, command.kind.into(), call, &command.reason).await
}

/// Opens a proposal to make an encoded call, and shows it.
pub(crate) async fn propose_call(
	context: &Context,
	chain: &ChainClient,
	kind: Kind,
	call: Vec<u8>,
	reason: &str,
) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let ballot = view.electorate(kind).await?.ballot;
	context.output.stage(&format!(
		"proposing {}; {} is held until it is closed",
		view.describe_call(&call),
		hai(ballot.deposit)
	));
	let key = context.key(chain).await?;
	let (proposal, block) = chain.propose(kind, call, text_hash(reason), &key).await?;
	show(context, &chain.view(At::Block(block.hash)).await?, proposal).await
}

async fn members(context: &Context, chain: &ChainClient) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let members = view.members().await?;
	context.output.result(
		|| {
			let members: Vec<_> = members
				.iter()
				.map(|(account, member)| json!({ "account": address(account), "joined": member.joined }))
				.collect();
			json!({ "members": members })
		},
		|| {
			let rows = members
				.iter()
				.map(|(account, member)| [address(account), member.joined.to_string()]);
			table(["member", "since block"], rows)
		},
	);
	Ok(())
}

async fn account(context: &Context, chain: &ChainClient, text: Option<&str>) -> Result<()> {
	let account = context.account_or_own(chain, text).await?;
	let part = chain.view(At::Best).await?.participation(&account).await?;
	context.output.result(
		|| {
			let votes: Vec<_> = part
				.votes
				.iter()
				.map(
					|vote| json!({ "proposal": vote.proposal, "choice": vote.choice, "weight": planck(vote.weight) }),
				)
				.collect();
			json!({
				"account": address(&account),
				"member_since": part.member.map(|member| member.joined),
				"held": planck(part.held),
				"locked": planck(part.locked),
				"votes": votes,
				"proposals": part.proposals,
			})
		},
		|| {
			let member = match part.member {
				Some(member) => format!("since block {}", member.joined),
				None => "no".to_owned(),
			};
			let mut rows = vec![
				("account", address(&account)),
				("member", member),
				(
					"held",
					format!("{}, {} of it by open votes", hai(part.held), hai(part.locked)),
				),
			];
			for vote in &part.votes {
				rows.push(("vote", format!("{:?} on proposal {}", vote.choice, vote.proposal)));
			}
			pairs(rows)
		},
	);
	Ok(())
}

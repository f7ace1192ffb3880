//! `hai stake`.

use crate::{
	context::{Context, is_development},
	exit::Usage,
	keystore::BondKeys,
	output::{hai, hex, pairs, planck},
	parsing,
};
use anyhow::Result;
use chain_client::{
	Account, At, ChainClient, Key, Planck, address,
	bonds::{self, Bond, Role},
};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  hai stake bond node 1000 --agent-keys agent.json
  hai stake extra 500
  hai stake unbond 200
  hai stake withdraw
  hai stake status //Alice")]
pub(crate) enum Stake {
	/// Bonds HAI for a role
	#[command(after_help = "Example:\n  hai stake bond node 1000 --agent-keys agent.json")]
	Bond(BondFor),
	/// Adds to the bond
	#[command(after_help = "Example:\n  hai stake extra 500")]
	Extra(Amount),
	/// Takes a part out; it can be withdrawn after the unbonding delay
	#[command(after_help = "Example:\n  hai stake unbond 200")]
	Unbond(Amount),
	/// Releases what has been unbonding long enough
	#[command(after_help = "Example:\n  hai stake withdraw")]
	Withdraw,
	/// Takes no new work from now on
	#[command(after_help = "Example:\n  hai stake chill")]
	Chill,
	/// Takes work again
	#[command(after_help = "Example:\n  hai stake resume")]
	Resume,
	/// Replaces the keys of the bonded account
	#[command(after_help = "Example:\n  hai stake set-keys --agent-keys agent.json")]
	SetKeys(KeysArguments),
	/// Shows a bond
	#[command(after_help = "Example:\n  hai stake status //Alice")]
	Status(Status),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RoleArgument {
	/// Runs jobs
	Node,
	/// Audits jobs, and may produce blocks
	Validator,
}

#[derive(Args, Debug)]
pub(crate) struct BondFor {
	/// For what
	role: RoleArgument,
	/// How much
	#[arg(value_parser = parsing::hai)]
	amount: Planck,
	#[command(flatten)]
	keys: KeysArguments,
}

#[derive(Args, Debug)]
pub(crate) struct KeysArguments {
	/// The agent's key file, as `hai-agent init` or `hai keys agent` makes it
	#[arg(long, value_name = "FILE")]
	agent_keys: Option<PathBuf>,
	/// The well-known keys of a development account, such as Alice; on development chains only
	#[arg(long, value_name = "NAME", conflicts_with = "agent_keys")]
	dev_keys: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Amount {
	/// How much
	#[arg(value_parser = parsing::hai)]
	amount: Planck,
}

#[derive(Args, Debug)]
pub(crate) struct Status {
	/// Whose [default: the signing account's]
	account: Option<String>,
}

impl KeysArguments {
	/// The keys that were named, bound to the account.
	pub(crate) async fn load(&self, chain: &ChainClient, account: &Account) -> Result<BondKeys> {
		match (&self.agent_keys, &self.dev_keys) {
			(Some(path), _) => BondKeys::load(account, path),
			(None, Some(name)) if is_development(chain).await? => Ok(BondKeys::development(account, name)),
			(None, Some(_)) => Err(Usage(
				"everyone has the keys of development accounts: use --agent-keys on this chain".into(),
			)
			.into()),
			(None, None) => Err(Usage("name the key file with --agent-keys".into()).into()),
		}
	}
}

pub(crate) async fn run(context: &Context, command: Stake) -> Result<()> {
	let chain = context.connect().await?;
	if let Stake::Status(command) = command {
		return status(context, &chain, command.account.as_deref()).await;
	}
	let key = context.key(&chain).await?;
	match command {
		Stake::Bond(command) => {
			let keys = command.keys.load(&chain, &key.account()).await?;
			let role = match command.role {
				RoleArgument::Node => Role::Node,
				RoleArgument::Validator => Role::Validator,
			};
			make_bond(context, &chain, &key, role, command.amount, &keys).await?;
		}
		Stake::Extra(command) => {
			context
				.submit(
					&chain,
					&bonds::bond_extra(command.amount),
					&key,
					"adding to the bond",
				)
				.await?;
		}
		Stake::Unbond(command) => {
			context
				.submit(&chain, &bonds::unbond(command.amount), &key, "unbonding")
				.await?;
		}
		Stake::Withdraw => {
			context
				.submit(&chain, &bonds::withdraw(), &key, "withdrawing")
				.await?;
		}
		Stake::Chill => {
			context
				.submit(&chain, &bonds::chill(), &key, "taking no new work")
				.await?;
		}
		Stake::Resume => {
			context
				.submit(&chain, &bonds::resume(), &key, "taking work again")
				.await?;
		}
		Stake::SetKeys(command) => {
			let keys = command.load(&chain, &key.account()).await?;
			let call = bonds::set_keys(keys.keys, keys.peer_signature, keys.audit_signature);
			context.submit(&chain, &call, &key, "replacing the keys").await?;
		}
		Stake::Status(_) => unreachable!("handled above"),
	}
	show(context, &chain, &key.account()).await
}

/// Bonds, and waits for it.
pub(crate) async fn make_bond(
	context: &Context,
	chain: &ChainClient,
	key: &Key,
	role: Role,
	amount: Planck,
	keys: &BondKeys,
) -> Result<()> {
	let call = bonds::bond(role, amount, keys.keys, keys.peer_signature, keys.audit_signature);
	context
		.submit(chain, &call, key, &format!("bonding {}", hai(amount)))
		.await?;
	Ok(())
}

async fn status(context: &Context, chain: &ChainClient, account: Option<&str>) -> Result<()> {
	let account = context.account_or_own(chain, account).await?;
	show(context, chain, &account).await
}

/// Prints the bond of an account.
pub(crate) async fn show(context: &Context, chain: &ChainClient, account: &Account) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let bond = view.bond(account).await?;
	let now = view.block().number;
	context.output.result(
		|| json!({ "account": address(account), "bond": bond.as_ref().map(bond_json), "block": view.block() }),
		|| match &bond {
			Some(bond) => bond_text(account, bond, now),
			None => format!("{} has no bond", address(account)),
		},
	);
	Ok(())
}

fn bond_json(bond: &Bond) -> Value {
	let unlocking: Vec<_> = bond
		.unlocking
		.iter()
		.map(|chunk| json!({ "amount": planck(chunk.amount), "release_at": chunk.release_at }))
		.collect();
	let slashes: Vec<_> = bond
		.slashes
		.iter()
		.map(|slash| json!({ "block": slash.block, "reason": slash.reason, "amount": planck(slash.amount) }))
		.collect();
	json!({
		"role": bond.role,
		"active": planck(bond.active),
		"unlocking": unlocking,
		"chilled": bond.chilled,
		"bonded_at": bond.bonded_at,
		"open_exposure": planck(bond.open_exposure),
		"open_audits": bond.open_audits,
		"slashes": slashes,
		"keys": bond.keys.as_ref().map(|keys| json!({
			"peer": hex(&keys.peer), "encryption": hex(&keys.encryption), "audit": hex(&keys.audit),
		})),
	})
}

fn bond_text(account: &Account, bond: &Bond, now: u32) -> String {
	let role = match bond.role {
		Role::Node => "compute node",
		Role::Validator => "validator",
	};
	let mut rows = vec![
		("account", address(account)),
		("role", role.to_owned()),
		(
			"bonded",
			format!("{} since block {}", hai(bond.active), bond.bonded_at),
		),
	];
	for chunk in &bond.unlocking {
		let left = chunk.release_at.saturating_sub(now);
		let when = if left == 0 {
			"can be withdrawn".to_owned()
		} else {
			format!("in {left} blocks")
		};
		rows.push(("leaving", format!("{}, {when}", hai(chunk.amount))));
	}
	rows.push((
		"new work",
		if bond.chilled {
			"takes none (chilled)"
		} else {
			"takes it"
		}
		.to_owned(),
	));
	match bond.role {
		Role::Node => rows.push(("open jobs", format!("fees of {}", hai(bond.open_exposure)))),
		Role::Validator => rows.push(("open audits", bond.open_audits.to_string())),
	}
	for slash in &bond.slashes {
		rows.push((
			"slashed",
			format!(
				"{} for {:?} in block {}",
				hai(slash.amount),
				slash.reason,
				slash.block
			),
		));
	}
	pairs(rows)
}

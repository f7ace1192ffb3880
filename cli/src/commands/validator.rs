//! `hai validator`.

use crate::{
	commands::bond::{KeysArguments, make_bond},
	context::Context,
	exit::Usage,
	output::{hai, planck, table},
	parsing,
};
use anyhow::{Context as _, Result};
use chain_client::{
	At, ChainClient, Planck, address,
	bonds::Role,
	canaries::AuditorAccuracy,
	validators::{join_validators, leave_validators, set_session_keys},
};
use clap::{Args, Subcommand};
use serde_json::json;

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  hai validator join --bond 10000 --agent-keys verifier.json --url ws://127.0.0.1:9945
  hai validator leave
  hai validator list
`join` must be connected to the validator's own node, on the same machine: that node makes the session keys and keeps
the secret ones.")]
pub(crate) enum Validator {
	/// Bonds if needed, registers new session keys of the connected node, and asks to produce blocks
	#[command(
		after_help = "Example:\n  hai validator join --bond 10000 --agent-keys verifier.json --url ws://127.0.0.1:9945"
	)]
	Join(Join),
	/// Asks not to produce blocks any more
	#[command(after_help = "Example:\n  hai validator leave")]
	Leave,
	/// Lists the validators
	#[command(after_help = "Example:\n  hai validator list")]
	List,
}

#[derive(Args, Debug)]
pub(crate) struct Join {
	/// How much to bond, if the account has no bond yet [default: the least that is allowed]
	#[arg(long, value_parser = parsing::hai, value_name = "HAI")]
	bond: Option<Planck>,
	#[command(flatten)]
	keys: KeysArguments,
}

pub(crate) async fn run(context: &Context, command: Validator) -> Result<()> {
	let chain = context.connect().await?;
	match command {
		Validator::Join(command) => join(context, &chain, command).await,
		Validator::Leave => {
			let key = context.key(&chain).await?;
			context
				.submit(&chain, &leave_validators(), &key, "leaving the validators")
				.await?;
			context.output.note(
				"Let the node run until `hai validator list` shows that it produces no blocks any more: about two \
				 sessions. The bond stays until `hai stake unbond`.",
			);
			list(context, &chain).await
		}
		Validator::List => list(context, &chain).await,
	}
}

async fn join(context: &Context, chain: &ChainClient, command: Join) -> Result<()> {
	let key = context.key(chain).await?;
	let account = key.account();
	let view = chain.view(At::Best).await?;
	match view.bond(&account).await? {
		Some(bond) if bond.role == Role::Validator => {
			context
				.output
				.stage(&format!("bonded as a validator with {}", hai(bond.active)));
		}
		Some(_) => {
			let account = address(&account);
			return Err(Usage(format!(
				"{account} is bonded as a compute node: use another account as validator"
			))
			.into());
		}
		None => {
			let keys = command.keys.load(chain, &account).await?;
			let least = view.terms().await?.1.staking.min_validator_bond;
			make_bond(
				context,
				chain,
				&key,
				Role::Validator,
				command.bond.unwrap_or(least),
				&keys,
			)
			.await?;
		}
	}
	context
		.output
		.stage("letting the connected node make session keys");
	let session_keys = chain.rotate_session_keys(&account).await.with_context(|| {
		format!(
			"the node at {} made no session keys; connect to the validator's own node on the same machine, or start it \
			 with `--rpc-methods unsafe`",
			chain.url()
		)
	})?;
	let call = set_session_keys(&session_keys)?;
	context
		.submit(chain, &call, &key, "registering the session keys")
		.await?;
	let joined = chain.view(At::Best).await?.validators().await?;
	if joined
		.iter()
		.any(|validator| validator.account == account && validator.candidate)
	{
		context.output.stage("it is a candidate already");
	} else {
		context
			.submit(chain, &join_validators(), &key, "joining the validators")
			.await?;
	}
	context
		.output
		.note("It produces blocks from one of the next sessions on; run its node with `--validator`.");
	list(context, chain).await
}

/// How many of the faults with a known answer a validator has seen.
fn seen_text(accuracy: &AuditorAccuracy) -> String {
	let wrong = accuracy.missed.saturating_add(accuracy.near_missed);
	match accuracy.canaries {
		0 => "-".to_owned(),
		all => format!("{} of {all}", all.saturating_sub(wrong)),
	}
}

async fn list(context: &Context, chain: &ChainClient) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let mut validators = Vec::new();
	for validator in view.validators().await? {
		let accuracy = view.accuracy(&validator.account).await?;
		validators.push((validator, accuracy));
	}
	context.output.result(
		|| {
			let validators: Vec<_> = validators
				.iter()
				.map(|(validator, accuracy)| {
					json!({
						"account": address(&validator.account),
						"bond": planck(validator.active),
						"chilled": validator.chilled,
						"candidate": validator.candidate,
						"in_session": validator.in_session,
						"open_audits": validator.open_audits,
						"canaries": accuracy.canaries,
						"canaries_missed": accuracy.missed,
						"canaries_near_missed": accuracy.near_missed,
						"idle": accuracy.idle,
					})
				})
				.collect();
			json!({ "validators": validators, "block": view.block() })
		},
		|| {
			let rows = validators.iter().map(|(validator, accuracy)| {
				let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
				[
					address(&validator.account),
					hai(validator.active),
					yes(!validator.chilled),
					yes(validator.candidate),
					yes(validator.in_session),
					validator.open_audits.to_string(),
					seen_text(accuracy),
					accuracy.idle.to_string(),
				]
			});
			table(
				[
					"validator",
					"bond",
					"audits",
					"candidate",
					"produces blocks",
					"owes",
					"canaries seen",
					"idle",
				],
				rows,
			)
		},
	);
	Ok(())
}

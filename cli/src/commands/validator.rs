//! `hai validator`.

use crate::{
	commands::bond::{KeysArguments, make_bond},
	context::Context,
	exit::Usage,
	output::{hai, hex, planck, table},
	parsing,
};
use anyhow::{Context as _, Result};
use chain_client::{
	Account, At, ChainClient, Hash, Key, Planck, View, address,
	bonds::Role,
	calibrations::Calibration,
	canaries::AuditorAccuracy,
	validators::{MAX_PAIRS, declare_pairs, join_validators, leave_validators, set_session_keys},
};
use clap::{Args, Subcommand};
use serde_json::json;

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  hai validator join --bond 10000 --agent-keys verifier.json --pair 0xbb40... --url ws://127.0.0.1:9945
  hai validator pairs --pair 0xbb40... --pair 0x17c2...
  hai validator leave
  hai validator list
`join` must be connected to the validator's own node, on the same machine: that node makes the session keys and keeps
the secret ones. A validator is drawn to audit jobs of the pairs that it declared, and pays for the audits that it misses: its
verifier (`hai-agent verify`) must have their models.")]
pub(crate) enum Validator {
	/// Bonds if needed, registers new session keys of the connected node, and asks to produce blocks
	#[command(
		after_help = "Examples:\n  hai validator join --bond 10000 --agent-keys verifier.json --pair 0xbb40... --url \
		ws://127.0.0.1:9945\n  hai validator join --calibrated --agent-keys verifier.json"
	)]
	Join(Join),
	/// Asks not to produce blocks any more
	#[command(after_help = "Example:\n  hai validator leave")]
	Leave,
	/// Shows the pairs that a validator checks, or says which from now on
	#[command(
		after_help = "Examples:\n  hai validator pairs\n  hai validator pairs //Alice\n  hai validator pairs --pair \
		0xbb40... --pair 0x17c2...\n  hai validator pairs --calibrated\n  hai validator pairs --none\nWhat is named \
		replaces what was declared before."
	)]
	Pairs(Pairs),
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
	#[command(flatten)]
	pairs: PairsArguments,
}

#[derive(Args, Debug)]
pub(crate) struct PairsArguments {
	/// What its verifier checks, in hex: a pair, or a model for all its calibrated pairs (may be repeated)
	#[arg(long = "pair", value_parser = parsing::hash, value_name = "PAIR_OR_MODEL")]
	pairs: Vec<Hash>,
	/// All pairs that are calibrated now
	#[arg(long, conflicts_with = "pairs")]
	calibrated: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Pairs {
	/// Whose are shown [default: the signing account's]
	#[arg(conflicts_with_all = ["pairs", "calibrated", "none"])]
	account: Option<String>,
	#[command(flatten)]
	pairs: PairsArguments,
	/// No pair: it is drawn for nothing any more
	#[arg(long, conflicts_with_all = ["pairs", "calibrated"])]
	none: bool,
}

impl PairsArguments {
	/// The pairs that were named; nothing where none was.
	async fn load(&self, view: &View) -> Result<Option<Vec<Hash>>> {
		if self.pairs.is_empty() && !self.calibrated {
			return Ok(None);
		}
		Ok(Some(self.chosen(&view.calibrations().await?)?))
	}

	fn chosen(&self, calibrations: &[(Hash, Calibration)]) -> Result<Vec<Hash>, Usage> {
		let of = |model: &Hash| {
			let pairs = calibrations.iter();
			let pairs = pairs.filter(|(_, calibration)| calibration.is_of(model));
			pairs.map(|(pair, _)| *pair).collect::<Vec<_>>()
		};
		let mut chosen = Vec::new();
		if self.calibrated {
			chosen.extend(calibrations.iter().map(|(pair, _)| *pair));
		}
		for name in &self.pairs {
			match of(name) {
				// A pair may be declared before it is calibrated.
				pairs if pairs.is_empty() => chosen.push(*name),
				pairs => chosen.extend(pairs),
			}
		}
		chosen.sort_unstable();
		chosen.dedup();
		if chosen.len() > MAX_PAIRS {
			return Err(Usage(format!(
				"{} pairs were named, and a validator declares at most {MAX_PAIRS}: name those whose models its verifier has",
				chosen.len()
			)));
		}
		Ok(chosen)
	}
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
		Validator::Pairs(command) => pairs(context, &chain, &command).await,
		Validator::List => list(context, &chain).await,
	}
}

async fn join(context: &Context, chain: &ChainClient, command: Join) -> Result<()> {
	let key = context.key(chain).await?;
	let account = key.account();
	let view = chain.view(At::Best).await?;
	// Before anything is bonded: who names too many must not be left with a bond that is drawn for nothing.
	let pairs = command.pairs.load(&view).await?;
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
	match pairs {
		Some(pairs) => declare(context, chain, &key, pairs).await?,
		None if view.declared_pairs(&account).await?.is_empty() => context.output.note(
			"It declared no pair, so it is drawn for no audit and earns nothing by them: `hai validator pairs` says which its \
			 verifier checks.",
		),
		None => {}
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

/// Says on chain which pairs a validator checks, where it does not say so already.
async fn declare(context: &Context, chain: &ChainClient, key: &Key, pairs: Vec<Hash>) -> Result<()> {
	let declared = chain.view(At::Best).await?.declared_pairs(&key.account()).await?;
	if declared == pairs {
		context.output.stage("these pairs are declared already");
		return Ok(());
	}
	context
		.submit(
			chain,
			&declare_pairs(pairs),
			key,
			"declaring the pairs that it checks",
		)
		.await?;
	Ok(())
}

async fn pairs(context: &Context, chain: &ChainClient, command: &Pairs) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let named = if command.none {
		Some(Vec::new())
	} else {
		command.pairs.load(&view).await?
	};
	let account = match (named, &command.account) {
		(Some(pairs), _) => {
			let key = context.key(chain).await?;
			declare(context, chain, &key, pairs).await?;
			key.account()
		}
		(None, account) => context.account_or_own(chain, account.as_deref()).await?,
	};
	show_pairs(context, chain, &account).await
}

async fn show_pairs(context: &Context, chain: &ChainClient, account: &Account) -> Result<()> {
	let view = chain.view(At::Best).await?;
	let mut pairs = Vec::new();
	for pair in view.declared_pairs(account).await? {
		let calibration = view.calibration(&pair).await?;
		let auditors = view.auditors_for(&pair).await?;
		pairs.push((
			pair,
			calibration.map(|calibration| calibration.entry.model),
			auditors,
		));
	}
	context.output.result(
		|| {
			let pairs: Vec<_> = pairs
				.iter()
				.map(|(pair, model, auditors)| {
					json!({
						"pair": hex(pair),
						"model": model.map(|model| hex(&model)),
						"auditors": auditors,
					})
				})
				.collect();
			json!({ "account": address(account), "pairs": pairs, "block": view.block() })
		},
		|| {
			if pairs.is_empty() {
				return format!("{} declared no pair: it is drawn for no audit", address(account));
			}
			let rows = pairs.iter().map(|(pair, model, auditors)| {
				[
					hex(pair),
					model.map_or_else(|| "not calibrated".to_owned(), |model| hex(&model)),
					auditors.to_string(),
				]
			});
			table(["pair", "model", "validators"], rows)
		},
	);
	Ok(())
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
						"pairs": validator.pairs,
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
					validator.pairs.to_string(),
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
					"pairs",
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

#[cfg(test)]
mod tests {
	use super::*;

	fn calibration(model: u8) -> Calibration {
		let entry = ::calibration::Entry {
			record: [1; 32],
			model: [model; 32],
			bands: ::calibration::Bands::CPU,
			detection: ::calibration::Bucket::ASSUMED,
		};
		Calibration {
			entry: entry.into(),
			registered_at: 0,
		}
	}

	/// The pairs 1 and 2 of the model 21, and 3 of 22.
	fn calibrations() -> Vec<(Hash, Calibration)> {
		[(1, 21), (2, 21), (3, 22)]
			.map(|(pair, model)| ([pair; 32], calibration(model)))
			.to_vec()
	}

	fn chosen(names: &[u8], calibrated: bool) -> Vec<u8> {
		let arguments = PairsArguments {
			pairs: names.iter().map(|name| [*name; 32]).collect(),
			calibrated,
		};
		let pairs = arguments.chosen(&calibrations()).expect("few enough");
		pairs.iter().map(|pair| pair[0]).collect()
	}

	#[test]
	fn a_model_stands_for_its_calibrated_pairs_and_a_pair_for_itself() {
		assert_eq!(chosen(&[21], false), [1, 2]);
		assert_eq!(chosen(&[3, 21, 1], false), [1, 2, 3]);
		// Nobody has calibrated the pairs 4 and 9: to declare them is early or late, and no mistake.
		assert_eq!(chosen(&[9, 4], false), [4, 9]);
		assert_eq!(chosen(&[], true), [1, 2, 3]);
	}

	#[test]
	fn more_pairs_than_the_chain_takes_are_refused_before_it_is_asked() {
		let number = |pair: usize| {
			let mut hash = [0; 32];
			hash[0] = u8::try_from(pair).expect("few");
			hash
		};
		let arguments = |count: usize| PairsArguments {
			pairs: (0..count).map(number).collect(),
			calibrated: false,
		};
		assert!(arguments(MAX_PAIRS).chosen(&[]).is_ok());
		let Err(Usage(text)) = arguments(MAX_PAIRS + 1).chosen(&[]) else {
			panic!("they are too many");
		};
		assert!(text.starts_with("65 pairs"), "{text}");
	}
}

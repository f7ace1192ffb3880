//! `hai faucet`, `hai balance` and `hai transfer`.

use crate::{
	context::{Context, is_development},
	exit::Usage,
	output::{hai, pairs, planck},
	parsing,
};
use anyhow::Result;
use chain_client::{At, Key, Planck, address, balances};
use clap::Args;
use serde_json::json;

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  hai faucet                      gives the key `default` 1000 HAI
  hai faucet 5Grwva... 50         gives an account 50 HAI
It works on development chains only, where the secret of //Alice is everyone's.")]
pub(crate) struct Faucet {
	/// Who gets it [default: the signing account]
	account: Option<String>,
	/// How much
	#[arg(default_value = "1000", value_parser = parsing::hai)]
	amount: Planck,
	/// Which development account gives it
	#[arg(long, default_value = "//Alice")]
	from: String,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  hai balance
  hai balance //Bob --json")]
pub(crate) struct Balance {
	/// Whose [default: the signing account's]
	account: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  hai transfer 5Grwva... 12.5
  hai transfer //Bob 1 --suri //Alice --in-block")]
pub(crate) struct Transfer {
	/// Who gets it
	to: String,
	/// How much
	#[arg(value_parser = parsing::hai)]
	amount: Planck,
}

pub(crate) async fn faucet(context: &Context, command: Faucet) -> Result<()> {
	let chain = context.connect().await?;
	if !is_development(&chain).await? {
		let name = chain.chain_name().await?;
		return Err(Usage(format!(
			"{name} is no development chain: there is no faucet; ask somebody for a transfer"
		))
		.into());
	}
	let giver = Key::from_suri(&command.from).map_err(|error| Usage(error.to_string()))?;
	let account = context.account_or_own(&chain, command.account.as_deref()).await?;
	if account == giver.account() {
		return Err(Usage("the faucet cannot give to itself: name another account, or make a key first by `hai keys generate`".into()).into());
	}
	let call = balances::transfer(&account, command.amount);
	let included = context
		.submit(&chain, &call, &giver, "transfer from the faucet")
		.await?;
	context.output.result(
		|| json!({ "account": address(&account), "amount": planck(command.amount), "block": included.block }),
		|| format!("{} has {} more", address(&account), hai(command.amount)),
	);
	Ok(())
}

pub(crate) async fn balance(context: &Context, command: Balance) -> Result<()> {
	let chain = context.connect().await?;
	let account = context.account_or_own(&chain, command.account.as_deref()).await?;
	let view = chain.view(At::Best).await?;
	let balance = view.balance(&account).await?;
	let owed = view.owed(&account).await?;
	context.output.result(
		|| {
			let holds: serde_json::Map<_, _> = balance
				.holds
				.iter()
				.map(|(purpose, amount)| (purpose.clone(), planck(*amount)))
				.collect();
			json!({
				"account": address(&account),
				"free": planck(balance.free),
				"held": planck(balance.held),
				"holds": holds,
				"total": planck(balance.total()),
				"owed": planck(owed),
				"block": view.block(),
			})
		},
		|| {
			let mut rows = vec![
				("account", address(&account)),
				("free", hai(balance.free)),
				("held", hai(balance.held)),
			];
			rows.extend(
				balance
					.holds
					.iter()
					.map(|(purpose, amount)| ("", format!("{} for {purpose}", hai(*amount)))),
			);
			rows.push(("total", hai(balance.total())));
			if owed > 0 {
				rows.push(("owed", format!("{}; `hai payout claim` pays it out", hai(owed))));
			}
			pairs(rows)
		},
	);
	Ok(())
}

pub(crate) async fn transfer(context: &Context, command: Transfer) -> Result<()> {
	let chain = context.connect().await?;
	let to = context.account(&command.to)?;
	let key = context.key(&chain).await?;
	let included = context
		.submit(&chain, &balances::transfer(&to, command.amount), &key, "transfer")
		.await?;
	context.output.result(
		|| {
			json!({
				"from": address(&key.account()), "to": address(&to), "amount": planck(command.amount),
				"block": included.block, "hash": crate::output::hex(&included.hash),
			})
		},
		|| {
			format!(
				"{} sent to {} in block {}",
				hai(command.amount),
				address(&to),
				included.block.number
			)
		},
	);
	Ok(())
}

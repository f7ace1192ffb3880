//! One file per group of commands.

mod bond;
mod calibration;
mod call;
mod congress;
mod job;
mod keys;
mod money;
mod node;
mod payout;
mod publish;
mod receipt;
mod shell;
mod terms;
mod validator;
mod workflow;

use crate::context::Context;
use anyhow::Result;
use clap::Subcommand;

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
	/// Makes, lists, backs up and restores keys
	#[command(subcommand)]
	Keys(keys::Keys),
	/// Gives HAI to an account of a development chain
	Faucet(money::Faucet),
	/// Shows what an account has
	Balance(money::Balance),
	/// Sends HAI
	Transfer(money::Transfer),
	/// Bonds HAI for the role of a node or a validator
	#[command(subcommand)]
	Stake(bond::Stake),
	/// Advertises a compute node, and shows those that serve
	#[command(subcommand)]
	Node(node::Node),
	/// Joins and leaves the validators
	#[command(subcommand)]
	Validator(validator::Validator),
	/// Publishes a workflow
	Publish(publish::Publish),
	/// Calls a workflow and streams the answer
	Call(call::Call),
	/// Shows jobs
	#[command(subcommand)]
	Job(job::Job),
	/// Shows workflows and what they earned
	#[command(subcommand)]
	Workflow(workflow::Workflow),
	/// Shows and claims what is owed
	#[command(subcommand)]
	Payout(payout::Payout),
	/// Saves a receipt with its proofs, and verifies it without a chain
	#[command(subcommand)]
	Receipt(receipt::Receipt),
	/// Proposes, votes and shows what the congress decides
	#[command(subcommand)]
	Congress(congress::Congress),
	/// Shows the governed numbers
	Terms(terms::Terms),
	/// Shows which pairs can be audited, and proposes others
	#[command(subcommand)]
	Calibration(calibration::Calibration),
	/// Prints the script by which a shell completes lines of this program
	Completions(shell::Completions),
	/// Writes manual pages
	Man(shell::Man),
}

/// Does it.
pub(crate) async fn run(context: &Context, command: Command) -> Result<()> {
	match command {
		Command::Keys(command) => keys::run(context, command),
		Command::Faucet(command) => money::faucet(context, command).await,
		Command::Balance(command) => money::balance(context, command).await,
		Command::Transfer(command) => money::transfer(context, command).await,
		Command::Stake(command) => bond::run(context, command).await,
		Command::Node(command) => node::run(context, command).await,
		Command::Validator(command) => validator::run(context, command).await,
		Command::Publish(command) => publish::run(context, command).await,
		Command::Call(command) => call::run(context, command).await,
		Command::Job(command) => job::run(context, command).await,
		Command::Workflow(command) => workflow::run(context, command).await,
		Command::Payout(command) => payout::run(context, command).await,
		Command::Receipt(command) => receipt::run(context, command).await,
		Command::Congress(command) => congress::run(context, command).await,
		Command::Terms(command) => terms::run(context, command).await,
		Command::Calibration(command) => calibration::run(context, command).await,
		Command::Completions(command) => shell::completions(command),
		Command::Man(command) => shell::man(context, command),
	}
}

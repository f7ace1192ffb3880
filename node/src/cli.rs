//! The command line.

use polkadot_sdk::*;

use std::path::PathBuf;

/// What a person types.
#[derive(Debug, clap::Parser)]
#[command(after_help = "Examples:
  hai-node --dev --tmp                       one validator, a fresh chain, gone when it ends
  hai-node --chain local --alice             first of the four validators of a local chain
  hai-node --validator --verifier-url http://127.0.0.1:9800 --verifier-token-file token.txt")]
pub(crate) struct Cli {
	#[command(subcommand)]
	pub(crate) subcommand: Option<Subcommand>,

	#[command(flatten)]
	pub(crate) run: sc_cli::RunCmd,

	#[command(flatten)]
	pub(crate) verifier: VerifierArgs,
}

/// Where this validator's verifier listens.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct VerifierArgs {
	/// The address of this validator's verifier (`hai-agent verify`), for example
	/// http://127.0.0.1:9800. Without one this node never attests.
	#[arg(long, value_name = "URL", requires = "verifier_token_file")]
	pub(crate) verifier_url: Option<String>,

	/// A file that holds the token which the verifier expects.
	#[arg(long, value_name = "FILE", requires = "verifier_url")]
	pub(crate) verifier_token_file: Option<PathBuf>,
}

/// What the node does beside running.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Subcommand {
	/// Makes, shows and stores keys.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Writes a chain's specification.
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Checks blocks.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Writes blocks to a file.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Writes the state of a block into a chain specification.
	ExportState(sc_cli::ExportStateCmd),

	/// Reads blocks from a file.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Deletes the chain's data.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Goes back to an earlier state.
	Revert(sc_cli::RevertCmd),

	/// Shows what the database knows of the chain.
	ChainInfo(sc_cli::ChainInfoCmd),
}

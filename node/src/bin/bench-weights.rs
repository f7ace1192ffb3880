//! Runs the benchmarks of a runtime in the executor of the node: what `./scripts/bench-weights` calls.

use polkadot_sdk::*;

use clap::Parser;
use frame_benchmarking_cli::PalletCmd;
use sp_runtime::traits::BlakeTwo256;

/// Measures the calls of a runtime that was built with its benchmarks.
#[derive(Parser)]
struct Cli {
	#[command(flatten)]
	command: PalletCmd,
}

fn main() -> sc_cli::Result<()> {
	sp_tracing::try_init_simple();
	// The runtime asks for nothing beyond the standard host functions.
	Cli::parse().command.run_with_spec::<BlakeTwo256, ()>(None)
}

//! Runs the benchmarks of a runtime in the executor of the node, and compares what they measured: what
//! `./scripts/bench-weights` calls.

use polkadot_sdk::*;

mod compare;

use clap::Parser;
use compare::Compare;
use frame_benchmarking_cli::PalletCmd;
use sp_runtime::traits::BlakeTwo256;

/// Measures the calls of a runtime that was built with its benchmarks, and compares their costs.
#[derive(Parser)]
enum Cli {
	/// Measures calls
	Measure(Box<PalletCmd>),
	/// Prints what calls cost, as multiples of a transfer
	Compare(Compare),
}

fn main() -> sc_cli::Result<()> {
	sp_tracing::try_init_simple();
	match Cli::parse() {
		// The runtime asks for nothing beyond the standard host functions.
		Cli::Measure(command) => command.run_with_spec::<BlakeTwo256, ()>(None),
		Cli::Compare(command) => {
			println!("{}", command.run()?);
			Ok(())
		}
	}
}

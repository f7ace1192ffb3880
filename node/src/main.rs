//! `hai-node`: keeps the chain. Consensus, network, RPC and the command line; no domain logic.

mod chain_spec;
mod cli;
mod command;
mod rpc;
mod service;
mod verifier;

fn main() -> polkadot_sdk::sc_cli::Result<()> {
	command::run()
}

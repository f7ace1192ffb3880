//! `hai`: the one program a person types.

mod arguments;
mod commands;
mod context;
mod evidence;
mod exit;
mod keystore;
mod manifest;
mod output;
mod parsing;

use arguments::Arguments;
use clap::Parser;
use context::Context;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
	let arguments = Arguments::parse();
	tracing_subscriber::fmt()
		.with_env_filter(EnvFilter::try_from_env("HAI_LOG").unwrap_or_else(|_| EnvFilter::new("error")))
		.with_writer(std::io::stderr)
		.init();
	let context = Context::new(arguments.global);
	match commands::run(&context, arguments.command).await {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			let code = exit::code_of(&error);
			context.output.failure(&error, code);
			ExitCode::from(code)
		}
	}
}

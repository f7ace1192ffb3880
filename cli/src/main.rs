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
use exit::Usage;
use output::Output;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
	let arguments = match Arguments::try_parse() {
		Ok(arguments) => arguments,
		Err(error) => return not_read(&error),
	};
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

/// Says what is wrong with a line, in JSON where it asks for that; or shows the help that it asks for.
fn not_read(error: &clap::Error) -> ExitCode {
	let json = std::env::args_os().skip(1).any(|argument| argument == "--json");
	if json && error.use_stderr() {
		let text = error.render().to_string();
		let text = text.trim_start_matches("error: ").trim_end().to_owned();
		Output::new(json).failure(&Usage(text).into(), exit::USAGE);
	} else {
		// A reader that has gone is no error.
		let _ = error.print();
	}
	ExitCode::from(if error.use_stderr() { exit::USAGE } else { 0 })
}

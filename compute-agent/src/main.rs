//! Runs AI jobs, audits those of others, and serves an OpenAI-compatible gateway.

use clap::Parser;
use compute_agent::{
	cli::{Cli, Command},
	commands, job_process,
};
use std::{io::IsTerminal, process::ExitCode};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
	let cli = Cli::parse();
	if matches!(cli.command, Command::Job) {
		return job_process::child_main();
	}
	let filter = EnvFilter::try_new(&cli.global.log).unwrap_or_else(|error| {
		eprintln!(
			"--log '{}' is no filter ({error}); 'info' is used",
			cli.global.log
		);
		EnvFilter::new("info")
	});
	let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
	tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_ansi(colours)
		.with_writer(std::io::stderr)
		.init();
	let json = cli.global.json;
	let runtime = tokio::runtime::Runtime::new().expect("a process may start threads");
	let result = runtime.block_on(commands::run(cli));
	// A run is not waited for: it starts again with the agent.
	runtime.shutdown_background();
	match result {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			if json {
				println!("{}", serde_json::json!({ "error": format!("{error:#}") }));
			}
			eprintln!("error: {error:#}");
			ExitCode::from(commands::exit_code(&error))
		}
	}
}

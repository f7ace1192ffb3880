//! One real paid call, end to end, and who got what. `./scripts/demo` builds and runs it.

use anyhow::{Context, Result, bail, ensure};
use caller::{CallEvent, Ending, WorkCheck};
use chain_client::{
	Account, At, address,
	amount::hai,
	jobs::{Class, JobEvent, Payee, PayoutKind},
};
use clap::Parser;
use end_to_end::{
	Network, Options, Prompt, VALIDATORS, account, check_machine, model_hash, program, seed_model, workflow,
};
use serde_json::json;
use std::{
	io::{Write, stderr},
	path::PathBuf,
	time::Instant,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Who plays which part. All are development accounts.
const NODE: &str = "Eve";
const UPSTREAM: &str = "Ferdie//stash";
const CREATOR: &str = "Ferdie";
const CALLER: &str = "Eve//stash";

/// The memory that the demo's programs need with the seed model.
const NEEDED_MIB: u64 = 2_500;

/// One real paid call, end to end.
#[derive(Parser)]
#[command(
	name = "hai-demo",
	after_help = "Example:\n  hai-demo --json --prompt \"It was a dark night\""
)]
struct Arguments {
	/// Also print one JSON object as the last line of standard output
	#[arg(long)]
	json: bool,
	/// Leave everything running, so that you can look further
	#[arg(long)]
	keep: bool,
	/// Only look at memory, disk, ports and rights
	#[arg(long)]
	check: bool,
	/// A GGUF model (Llama architecture) [default: the seed model]
	#[arg(long, value_name = "FILE")]
	model: Option<PathBuf>,
	/// What is asked
	#[arg(long, default_value = "In the beginning")]
	prompt: String,
	/// Tokens of the answer
	#[arg(long, default_value_t = 48)]
	max_tokens: u32,
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
	let arguments = Arguments::parse();
	let model = arguments.model.clone().unwrap_or_else(seed_model);
	if let Err(error) = check_machine(&model, NEEDED_MIB) {
		eprintln!("this machine lacks something: {error:#}");
		return 3.into();
	}
	if arguments.check {
		return 0.into();
	}
	let mut end = match End::listen() {
		Ok(end) => end,
		Err(error) => {
			eprintln!("no signal can be listened to: {error}");
			return 1.into();
		}
	};
	// Where the signal comes first the run is dropped, and its processes and files with it.
	let outcome = tokio::select! {
		outcome = run(&arguments) => outcome,
		() = end.asked_for() => {
			eprintln!("\nended before it was done");
			return INTERRUPTED.into();
		}
	};
	match outcome {
		Ok(network) => {
			if arguments.keep {
				end.asked_for().await;
			}
			drop(network);
			0.into()
		}
		Err(error) => {
			eprintln!("\nthe demo failed: {error:#}");
			1.into()
		}
	}
}

/// The exit code of what a signal ended.
const INTERRUPTED: u8 = 130;

/// The signals by which a person or another program ends this one.
struct End {
	interrupt: Signal,
	terminate: Signal,
}

impl End {
	fn listen() -> std::io::Result<Self> {
		Ok(Self {
			interrupt: signal(SignalKind::interrupt())?,
			terminate: signal(SignalKind::terminate())?,
		})
	}

	async fn asked_for(&mut self) {
		tokio::select! {
			_ = self.interrupt.recv() => (),
			_ = self.terminate.recv() => (),
		}
	}
}

struct Steps {
	began: Instant,
	number: u32,
	all: u32,
}

impl Steps {
	fn next(&mut self, what: &str) {
		self.number += 1;
		eprintln!(
			"\n[{}/{}] {what}   ({} s so far)",
			self.number,
			self.all,
			self.began.elapsed().as_secs()
		);
	}
}

/// Makes the call. The network is returned as it is left.
async fn run(arguments: &Arguments) -> Result<Network> {
	let began = Instant::now();
	let model = arguments.model.clone().unwrap_or_else(seed_model);
	let is_known = model_hash(&model)? == model_hash(&seed_model())?;
	let mut steps = Steps {
		began,
		number: 0,
		all: if is_known { 6 } else { 7 },
	};

	steps.next("start four validators, each with its verifier (about 20 s)");
	let mut network = Network::start(Options {
		model,
		..Options::default()
	})
	.await?;
	let result = paid_call(&mut network, arguments, &mut steps).await;
	if result.is_err() {
		eprintln!("\nthe ends of all logs:\n{}", network.logs(12));
	}
	let report = result?;
	look_further(&network, arguments, &report)?;
	if arguments.json {
		println!("{report}");
	}
	Ok(network)
}

fn look_further(network: &Network, arguments: &Arguments, report: &serde_json::Value) -> Result<()> {
	let hai = format!("{} --url {}", program("hai")?.display(), network.url(0));
	if arguments.keep {
		eprintln!("\nEverything still runs, until Ctrl-C. Look further:");
	} else {
		eprintln!("\nEverything ends now. With --keep it is left running, to look further by:");
	}
	eprintln!("  {hai} job show {}", report["job"]);
	eprintln!("  {hai} workflow list");
	eprintln!("  {hai} validator list");
	if arguments.keep {
		eprintln!("  logs and data: {}", network.folder().display());
	}
	Ok(())
}

async fn paid_call(
	network: &mut Network,
	arguments: &Arguments,
	steps: &mut Steps,
) -> Result<serde_json::Value> {
	steps.next("start a compute node: keys, bond, self test, advertisement (about 15 s)");
	// No canaries: in one run of twenty the call would be one, with a second audit, and a newcomer would see other steps, and
	// wait longer, than this page tells of. The testnet has them.
	network.start_agent(NODE, &["--canaries", "off"]).await?;

	let hash = model_hash(network.model())?;
	if !network.is_calibrated(&hash).await? {
		steps.next("measure this model, and let the congress register it (about three minutes)");
		let record = network.calibrate("1,8,32,128", 10).await?;
		network.register(&record, &VALIDATORS).await?;
	}

	steps.next("publish a workflow, and one that builds on it (about 10 s)");
	let upstream = network
		.publish(UPSTREAM, workflow("old-books", hash, &[]))
		.await?;
	let derived = network
		.publish(CREATOR, workflow("old-books-continued", hash, &[upstream]))
		.await?;
	eprintln!("  workflow {upstream} by {UPSTREAM}, and workflow {derived} by {CREATOR}, which builds on it");

	steps.next(&format!(
		"call workflow {derived}: \"{}\" (about 45 s: the answer, its audit, the payment)",
		arguments.prompt
	));
	let caller_before = network.total_of(&account(CALLER)).await?;
	let prompt = Prompt {
		max_tokens: arguments.max_tokens,
		..Prompt::new(&arguments.prompt)
	};
	let outcome = network.call(CALLER, derived, prompt, show_event).await?;

	steps.next("look at what the chain says");
	let Some(Ending::Settled {
		block,
		charge,
		payouts,
	}) = outcome.ending.clone()
	else {
		bail!("the job did not settle: {:?}", outcome.ending);
	};
	ensure!(
		outcome.class == Some(Class::Valid),
		"the verdict was {:?}",
		outcome.class
	);
	let chain = network.chain().await?;
	let view = chain.view(At::Finalized).await?;
	let job = view
		.job(outcome.job)
		.await?
		.context("a settled job stays on chain")?;
	let delivery = job.delivery.context("a settled job was delivered")?;
	let receipt_hash = format!("0x{}", hex::encode(delivery.hash));

	let mut table = comfy_table::Table::new();
	table
		.load_preset(comfy_table::presets::UTF8_FULL_CONDENSED)
		.set_header(["who", "account", "amount"]);
	let mut rows = Vec::new();
	let mut sum = 0;
	for line in &payouts {
		let owner = match &line.payee {
			Payee::Account(who) => *who,
			Payee::Workflow(id) => {
				view.workflow(*id)
					.await?
					.context("a paid workflow is published")?
					.workflow
					.owner
			}
		};
		let kind = kind_name(line.kind);
		table.add_row([kind.to_owned(), named(&owner), hai(line.amount)]);
		rows.push(json!({ "kind": kind, "account": address(&owner), "amount": line.amount.to_string() }));
		sum += line.amount;
	}
	table.add_row(["sum".to_owned(), String::new(), hai(sum)]);
	ensure!(
		sum == charge.total,
		"the parts sum to {sum}, the fee is {}",
		charge.total
	);
	let caller_after = network.total_of(&account(CALLER)).await?;
	let (tokens_in, tokens_out, _) = outcome.done.context("a settled job was answered")?;

	steps.next("who got what");
	println!("{table}");
	println!(
		"fee        {} = the sum above, to the last unit",
		hai(charge.total)
	);
	println!(
		"held       {} at most; the rest went back at settlement (the caller spent {} with transaction fees and the record's deposit)",
		hai(outcome.ticket.fee),
		hai(caller_before.saturating_sub(caller_after))
	);
	println!("tokens     {tokens_in} of prompt, {tokens_out} of answer");
	println!(
		"verdict    valid, by {} distinct validators of {}",
		outcome.quorum.len(),
		job.committee.len()
	);
	println!(
		"text       {}",
		match &outcome.work_check {
			WorkCheck::Verified => "is that of the transcript that the validators checked".to_owned(),
			WorkCheck::Differs(fault) => format!("NOT the node's work: {fault}"),
			WorkCheck::Unknown(reason) => format!("could not be compared with the transcript: {reason}"),
		}
	);
	println!(
		"record     job {} settled in block {} ({})",
		outcome.job, block.number, receipt_hash
	);
	println!(
		"readers    {}",
		caller::readers(outcome.ticket.tier, &outcome.ticket.node, 4)
	);

	Ok(json!({
		"fee": charge.total.to_string(),
		"payouts": rows,
		"sum": sum.to_string(),
		"job": outcome.job,
		"receipt_hash": receipt_hash,
		"text_verified": outcome.work_check.verified(),
		"quorum": outcome.quorum.iter().map(address).collect::<Vec<_>>(),
		"block": block.number,
		"tokens": tokens_in + tokens_out,
		"seconds": steps.began.elapsed().as_secs(),
	}))
}

fn show_event(event: CallEvent) {
	match event {
		CallEvent::NodeSkipped(skipped) => {
			eprintln!("  skipped {}: {}", named(&skipped.node), skipped.reason);
		}
		CallEvent::Waiting { node, time } => {
			eprintln!(
				"  waiting {} s for {}, which is busy",
				time.as_secs(),
				named(&node)
			);
		}
		CallEvent::NodeChosen { node, of } => eprintln!("  node {} of {of}", named(&node)),
		CallEvent::Ticket { ticket, panel } => {
			eprintln!("  ticket: at most {}, up to {panel} auditors", hai(ticket.fee));
		}
		CallEvent::Submitted => {}
		CallEvent::Requested { job, block } => eprintln!("  job {job} in block {}\n", block.number),
		CallEvent::Text(text) => {
			print!("{text}");
			let _ = std::io::stdout().flush();
		}
		CallEvent::Done {
			tokens_in,
			tokens_out,
			..
		} => {
			println!();
			eprintln!("\n  answer complete: {tokens_in} + {tokens_out} tokens");
		}
		CallEvent::Chain { block, event } => {
			let what = match event {
				JobEvent::Requested { .. } => "the request is final".to_owned(),
				JobEvent::Delivered { .. } => "the node delivered its receipt".to_owned(),
				JobEvent::Drawn { committee, .. } => format!("{} auditors are drawn", committee.len()),
				JobEvent::Committed { auditor, .. } => format!("{} committed", named(&auditor)),
				JobEvent::RevealsOpen { .. } => "all have committed; reveals open".to_owned(),
				JobEvent::Revealed { auditor, verdict, .. } => {
					format!("{} revealed: {:?}", named(&auditor), verdict.0)
				}
				JobEvent::Judged { class, quorum, .. } => {
					format!("quorum of {} distinct validators: {class:?}", quorum.len())
				}
				JobEvent::Settled { .. } => "the fee is divided".to_owned(),
				other => format!("{other:?}"),
			};
			eprintln!("  block {}: {what}", block.number);
		}
	}
	let _ = stderr().flush();
}

fn kind_name(kind: PayoutKind) -> &'static str {
	match kind {
		PayoutKind::Creator => "creator",
		PayoutKind::Upstream => "upstream",
		PayoutKind::Node => "node",
		PayoutKind::Validator => "validator",
		PayoutKind::Treasury => "treasury",
	}
}

/// A development account's name, or an address.
fn named(who: &Account) -> String {
	["Alice", "Bob", "Charlie", "Dave", NODE, CREATOR, UPSTREAM, CALLER]
		.into_iter()
		.find(|name| account(name) == *who)
		.map_or_else(|| address(who), str::to_owned)
}

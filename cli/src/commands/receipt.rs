//! `hai receipt`.

use crate::{
	commands::job::{Owners, job_json, missing, payouts_table},
	context::Context,
	evidence::{Bytes, SavedReceipt, TrustedAuthorities, verify},
	exit::Usage,
	output::{addresses, hai, hex, pairs, planck},
};
use anyhow::{Context as _, Result, ensure};
use chain_client::{At, ChainClient, Hash, JobId, address, jobs::JobState, proofs};
use clap::{Args, Subcommand};
use codec::Decode;
use serde_json::json;
use std::{
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  hai receipt save 12 receipt.json
  hai receipt authorities trusted.json --url wss://a.node.you.trust
  hai receipt verify receipt.json --authorities trusted.json

`verify` needs no chain. It checks the GRANDPA justification of a block against authorities you trust, the job's record
against that block's state root, the node's signatures, the auditors' commitments and their distinct quorum, and that
the payouts sum to the charge.")]
pub(crate) enum Receipt {
	/// Saves a job's record with the proofs that it stands in a finalized block
	#[command(after_help = "Example:\n  hai receipt save 12 receipt.json")]
	Save(Save),
	/// Verifies a saved receipt without a chain
	#[command(after_help = "Example:\n  hai receipt verify receipt.json --authorities trusted.json")]
	Verify(Verify),
	/// Saves who finalizes blocks now, as the connected node says: use a node you trust
	#[command(after_help = "Example:\n  hai receipt authorities trusted.json --url wss://a.node.you.trust")]
	Authorities(Authorities),
}

#[derive(Args, Debug)]
pub(crate) struct Save {
	/// The number of the job
	job: JobId,
	/// The file to write
	file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
	/// The saved receipt
	file: PathBuf,
	/// Who may finalize, as `hai receipt authorities` wrote it from a node you trust
	#[arg(long, value_name = "FILE")]
	authorities: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Authorities {
	/// The file to write
	file: PathBuf,
}

pub(crate) async fn run(context: &Context, command: Receipt) -> Result<()> {
	match command {
		Receipt::Save(command) => save(context, &command).await,
		Receipt::Verify(command) => check(context, &command),
		Receipt::Authorities(command) => authorities(context, &command).await,
	}
}

/// The block of a finality proof, and its justification. The headers that follow in the encoding are not needed: the
/// proof is of the state of exactly this block.
#[derive(Decode)]
struct FinalityProof {
	block: [u8; 32],
	justification: Vec<u8>,
}

/// How long a proof of finality is waited for. Right after the authority set has changed a node has none.
const PATIENCE: Duration = Duration::from_secs(60);

/// The node's proof that its last finalized block, or one shortly before, is final.
async fn finality_proof(context: &Context, chain: &ChainClient) -> Result<Vec<u8>> {
	let began = Instant::now();
	loop {
		let number = chain.finalized().await?.number;
		let problem = match chain.finality_proof(number).await {
			Ok(Some(proof)) => return Ok(proof),
			Ok(None) => "no block has a justification yet".to_owned(),
			Err(error) if error.is_connection() => return Err(error.into()),
			Err(error) => error.to_string(),
		};
		ensure!(
			began.elapsed() < PATIENCE,
			"{problem}; wait for the next finalized blocks and repeat"
		);
		context
			.output
			.stage("the node has no proof of finality yet: waiting for the next block");
		tokio::time::sleep(Duration::from_secs(4)).await;
	}
}

async fn save(context: &Context, command: &Save) -> Result<()> {
	let chain = context.connect().await?;
	let view = chain.view(At::Finalized).await?;
	let Some(job) = view.job(command.job).await? else {
		return Err(missing(&view, command.job).await?);
	};
	if job.state.ended_at().is_none() {
		context
			.output
			.note("The job has not ended; what is saved shows it as it stands now.");
	}
	let proof = finality_proof(context, &chain).await?;
	let proof = FinalityProof::decode(&mut proof.as_slice()).context("the finality proof cannot be read")?;

	let keys = [proofs::job_key(command.job), proofs::terms_key(job.terms)];
	let header = chain.header(proof.block).await?;
	let nodes = chain.storage_proof(&keys, proof.block).await?;
	let mut saved = SavedReceipt {
		version: 1,
		genesis: Bytes(chain.genesis().to_vec()),
		job: command.job,
		terms: job.terms,
		header: Bytes(header.encoded),
		proof: nodes.into_iter().map(Bytes).collect(),
		justification: Bytes(proof.justification),
		set_id: 0,
	};
	let verified = find_set(&chain, &mut saved, proof.block).await?;
	write(&command.file, &serde_json::to_string_pretty(&saved)?)?;
	context.output.result(
		|| json!({ "job": command.job, "file": command.file, "block": verified, "set_id": saved.set_id }),
		|| {
			format!(
				"job {} is in {}, as it stands in block {}, finalized by authority set {}",
				command.job,
				command.file.display(),
				header.number,
				saved.set_id
			)
		},
	);
	Ok(())
}

/// Finds the set that made the justification: the one in force at the block, or, where the block itself changed it, at
/// the block before. Returns the block's number.
async fn find_set(chain: &ChainClient, saved: &mut SavedReceipt, block: Hash) -> Result<u32> {
	let parent = chain.block(block).await?.parent;
	let mut reason = None;
	for at in [block, parent] {
		let set = chain.view(At::Block(at)).await?.finality_authorities().await?;
		saved.set_id = set.set_id;
		match verify(saved, &TrustedAuthorities::new(chain.genesis(), &set)) {
			Ok(verified) => return Ok(verified.block),
			Err(error) => reason = reason.or(Some(error)),
		}
	}
	let reason = reason.map(|error| error.to_string()).unwrap_or_default();
	anyhow::bail!("what the node gave does not verify, so nothing was saved: {reason}")
}

async fn authorities(context: &Context, command: &Authorities) -> Result<()> {
	let chain = context.connect().await?;
	let view = chain.view(At::Finalized).await?;
	let trusted = TrustedAuthorities::new(chain.genesis(), &view.finality_authorities().await?);
	write(&command.file, &serde_json::to_string_pretty(&trusted)?)?;
	context.output.result(
		|| json!({ "file": command.file, "set_id": trusted.set_id, "members": trusted.members.len() }),
		|| {
			let (count, set, file) = (trusted.members.len(), trusted.set_id, command.file.display());
			format!(
				"the {count} authorities of set {set}, as {} says, are in {file}",
				chain.url()
			)
		},
	);
	Ok(())
}

fn check(context: &Context, command: &Verify) -> Result<()> {
	let saved: SavedReceipt = read(&command.file)?;
	let trusted: TrustedAuthorities = read(&command.authorities)?;
	let verified = verify(&saved, &trusted)?;
	let job = &verified.job;
	let (signed, of) = verified.signed;
	let (quorum, needed) = verified.quorum;
	context.output.result(
		|| {
			let mut value = job_json(saved.job, job, &Owners::new());
			value["verified"] = json!(true);
			value["block"] = json!({ "number": verified.block, "hash": hex(&verified.block_hash) });
			value["authorities"] = json!({ "set_id": saved.set_id, "signed": signed, "of": of });
			value["quorum"] = addresses(&job.quorum);
			value["paid"] = verified.paid.map_or(serde_json::Value::Null, planck);
			value
		},
		|| {
			let class = job
				.class
				.map_or(String::new(), |class| format!("{class:?}").to_lowercase());
			let mut rows = vec![
				(
					"verified",
					format!("job {} on the chain {}", saved.job, hex(&saved.genesis.0)),
				),
				(
					"finality",
					format!(
						"block {}, signed by {signed} of {of} trusted authorities, under set {}",
						verified.block, saved.set_id
					),
				),
				(
					"state",
					format!("the record stands in that block's state: {}", job.state.name()),
				),
				(
					"node",
					format!("{} signed ticket and receipt", address(&job.ticket.node)),
				),
				(
					"verdict",
					format!("{class}, by {quorum} distinct auditors; {needed} were needed"),
				),
			];
			match (&job.state, verified.paid) {
				(JobState::Settled { payouts, .. }, Some(paid)) => {
					rows.push(("paid", format!("{}, and the payouts sum to it", hai(paid))));
					format!("{}\n\n{}", pairs(rows), payouts_table(payouts))
				}
				_ => pairs(rows),
			}
		},
	);
	Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
	std::fs::write(path, format!("{text}\n")).with_context(|| format!("cannot write {}", path.display()))
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
	let text = std::fs::read_to_string(path)
		.map_err(|error| Usage(format!("cannot read {}: {error}", path.display())))?;
	serde_json::from_str(&text).map_err(|error| {
		Usage(format!(
			"{} is not the file that was expected: {error}",
			path.display()
		))
		.into()
	})
}

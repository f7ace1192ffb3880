//! `hai publish`.

use crate::{
	context::Context,
	exit::Usage,
	manifest::{self, Manifest},
	output::{hai, hex, pairs, percent, planck},
};
use anyhow::{Context as _, Result};
use chain_client::{
	At, ChainClient, Hash, SubmitError, View, WorkflowId, address,
	chain::workflow_registry::events::Published,
	workflows::{self, Parent, PublishInput},
};
use clap::Args;
use receipt::Task;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  hai publish ./workflow.json
  hai publish ./workflow.json --check        looks for mistakes only, without a chain
  hai publish ./workflow.json --update 7     publishes a new version of workflow 7
  hai publish --schema                       prints the JSON schema

A workflow.json:
  {
    \"name\": \"bedtime-story\",
    \"model\": { \"file\": \"seed.gguf\" },
    \"max_tokens\": 512,
    \"price\": { \"base\": \"0.5\", \"per_token\": \"0.001\" },
    \"parents\": [{ \"workflow\": 0, \"share\": 100 }]
  }")]
pub(crate) struct Publish {
	/// The workflow.json
	#[arg(required_unless_present = "schema")]
	file: Option<PathBuf>,
	/// Publish as a new version of this workflow
	#[arg(long, value_name = "WORKFLOW")]
	update: Option<WorkflowId>,
	/// Look for mistakes only
	#[arg(long)]
	check: bool,
	/// Print the JSON schema of workflow.json
	#[arg(long)]
	schema: bool,
}

pub(crate) async fn run(context: &Context, command: Publish) -> Result<()> {
	if command.schema {
		crate::output::print_line(manifest::SCHEMA.trim_end());
		return Ok(());
	}
	let path = command
		.file
		.ok_or_else(|| Usage("name the workflow.json".into()))?;
	let bytes =
		std::fs::read(&path).map_err(|error| Usage(format!("cannot read {}: {error}", path.display())))?;
	let manifest = read(&path, &bytes)?;
	let manifest_hash: Hash = *blake3::hash(&bytes).as_bytes();
	let model = model_hash(&path, &manifest)?;
	if command.check {
		context.output.result(
			|| json!({ "ok": true, "manifest_hash": hex(&manifest_hash), "model": hex(&model) }),
			|| format!("{} is good; its hash is {}", path.display(), hex(&manifest_hash)),
		);
		return Ok(());
	}
	let chain = context.connect().await?;
	let view = chain.view(At::Best).await?;
	let parents = parents(&view, &manifest).await?;
	let input = PublishInput {
		name: manifest.name.into_bytes(),
		manifest_hash,
		manifest_location: manifest.location.into_bytes(),
		price: manifest.price,
		split: manifest.split,
		min_upstream_share: manifest.min_upstream_share,
		parents,
		model,
		max_tokens: manifest.max_tokens,
	};
	publish(context, &chain, input, manifest.task, command.update).await
}

fn read(path: &Path, bytes: &[u8]) -> Result<Manifest> {
	let text =
		std::str::from_utf8(bytes).map_err(|_| Usage(format!("{} is no UTF-8 text", path.display())))?;
	manifest::read(text).map_err(|mistakes| {
		let lines: Vec<String> = mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect();
		Usage(format!(
			"{} cannot be published:{}",
			path.display(),
			lines.concat()
		))
		.into()
	})
}

/// The hash that is named, or that of the file that is named; both where both are.
fn model_hash(path: &Path, manifest: &Manifest) -> Result<Hash> {
	let from_file = match &manifest.model_file {
		Some(file) => {
			let file = path.parent().unwrap_or(Path::new("")).join(file);
			let hash = hash_file(&file)
				.map_err(|error| Usage(format!("model.file: cannot read {}: {error}", file.display())))?;
			Some(hash)
		}
		None => None,
	};
	match (manifest.model_hash, from_file) {
		(Some(named), Some(found)) if named != found => Err(Usage(format!(
			"model: the file's hash is {}, but model.hash says {}",
			hex(&found),
			hex(&named)
		))
		.into()),
		(Some(hash), _) | (None, Some(hash)) => Ok(hash),
		(None, None) => Err(Usage("model: give the model's hash, or a file to take it of".into()).into()),
	}
}

fn hash_file(path: &Path) -> std::io::Result<Hash> {
	use std::io::Read;
	let mut file = std::fs::File::open(path)?;
	let mut hasher = blake3::Hasher::new();
	let mut buffer = vec![0; 1 << 20];
	loop {
		match file.read(&mut buffer)? {
			0 => return Ok(*hasher.finalize().as_bytes()),
			count => hasher.update(&buffer[..count]),
		};
	}
}

/// The parents with the newest version where none is named.
async fn parents(view: &View, manifest: &Manifest) -> Result<Vec<Parent>> {
	let mut parents = Vec::new();
	for (index, parent) in manifest.parents.iter().enumerate() {
		let entry = view.workflow(parent.workflow).await?.ok_or_else(|| {
			Usage(format!(
				"parents[{index}].workflow: there is no workflow {}",
				parent.workflow
			))
		})?;
		let latest = entry.workflow.latest;
		let version = parent.version.unwrap_or(latest);
		if version > latest {
			return Err(Usage(format!(
				"parents[{index}].version: workflow {} has no version {version}; the newest is {latest}",
				parent.workflow
			))
			.into());
		}
		parents.push(Parent {
			workflow: parent.workflow,
			version,
			share: parent.share,
		});
	}
	Ok(parents)
}

async fn publish(
	context: &Context,
	chain: &ChainClient,
	input: PublishInput,
	task: Task,
	update: Option<WorkflowId>,
) -> Result<()> {
	let key = context.key(chain).await?;
	let included = match update {
		Some(workflow) => {
			context
				.submit(
					chain,
					&workflows::new_version(workflow, input),
					&key,
					"publishing a new version",
				)
				.await?
		}
		None => {
			context
				.submit(chain, &workflows::publish(input), &key, "publishing")
				.await?
		}
	};
	let event: Published = included.event().ok_or_else(|| SubmitError::Unread {
		reason: "there is no event Published".into(),
	})?;
	let view = chain.view(At::Block(included.block.hash)).await?;
	let publication = view.workflow_version(event.workflow, event.version).await?;
	let publication = publication.context("the version that was just published cannot be read")?;
	context.output.result(
		|| {
			json!({
				"workflow": event.workflow,
				"version": event.version,
				"task": match task {
					Task::Text => "text",
					Task::Embedding => "embedding",
				},
				"owner": address(&event.owner.0),
				"manifest_hash": hex(&publication.manifest_hash),
				"model": hex(&publication.model),
				"upstream": publication.upstream,
				"deposit": planck(publication.deposit),
				"block": included.block,
			})
		},
		|| {
			let mut rows = vec![
				(
					"workflow",
					format!(
						"{} version {}: {}",
						event.workflow,
						event.version,
						publication.name()
					),
				),
				("manifest", hex(&publication.manifest_hash)),
				("model", hex(&publication.model)),
				("deposit", hai(publication.deposit)),
			];
			for (workflow, weight) in &publication.upstream {
				rows.push((
					"builds on",
					format!("workflow {workflow}, {} of the upstream part", percent(*weight)),
				));
			}
			let call = match task {
				Task::Text => format!("hai call {} \"your prompt\"", event.workflow),
				Task::Embedding => format!("hai call {} \"your text\" --task embedding", event.workflow),
			};
			rows.push(("call it", call));
			pairs(rows)
		},
	);
	Ok(())
}

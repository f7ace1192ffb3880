//! `workflow.json`: what a creator writes, and every mistake in it with its place.
//!
//! The schema stands in `schema/workflow.schema.json`; `hai publish --schema` prints it.

use crate::parsing;
use chain_client::{
	Hash, Planck, WorkflowId, amount,
	terms::Split,
	workflows::{Price, PriceMode, Version},
};
use receipt::Task;
use serde_json::{Map, Value};
use std::fmt;

/// The schema, for editors and other programs.
pub(crate) const SCHEMA: &str = include_str!("../schema/workflow.schema.json");

const MOST_PARENTS: usize = 8;
const LONGEST_NAME: usize = 64;
const LONGEST_LOCATION: usize = 256;
const WHOLE: u32 = 1_000_000;

/// A workflow as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
	pub(crate) name: String,
	pub(crate) task: Task,
	pub(crate) model_hash: Option<Hash>,
	pub(crate) model_file: Option<String>,
	pub(crate) max_tokens: u32,
	pub(crate) price: Price,
	pub(crate) split: Option<Split>,
	pub(crate) parents: Vec<ManifestParent>,
	pub(crate) min_upstream_share: u32,
	pub(crate) location: String,
}

/// A workflow that another builds on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ManifestParent {
	pub(crate) workflow: WorkflowId,
	/// The newest where none is named.
	pub(crate) version: Option<Version>,
	/// In millionths of the upstream part.
	pub(crate) share: u32,
}

/// A mistake and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
	/// The field, as `parents[1].share`; empty for the whole file.
	pub(crate) field: String,
	pub(crate) problem: String,
}

impl fmt::Display for Mistake {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		if self.field.is_empty() {
			f.write_str(&self.problem)
		} else {
			write!(f, "{}: {}", self.field, self.problem)
		}
	}
}

/// Reads the text of a `workflow.json`.
pub(crate) fn read(text: &str) -> Result<Manifest, Vec<Mistake>> {
	let value: Value = serde_json::from_str(text).map_err(|error| {
		vec![Mistake {
			field: String::new(),
			problem: format!("this is no JSON: {error}"),
		}]
	})?;
	let mut reader = Reader { mistakes: Vec::new() };
	let manifest = reader.manifest(&value);
	match manifest {
		Some(manifest) if reader.mistakes.is_empty() => Ok(manifest),
		_ => Err(reader.mistakes),
	}
}

/// Reads field by field and goes on after a mistake, so that all are found at once.
struct Reader {
	mistakes: Vec<Mistake>,
}

impl Reader {
	fn mistake(&mut self, field: &str, problem: impl Into<String>) {
		self.mistakes.push(Mistake {
			field: field.to_owned(),
			problem: problem.into(),
		});
	}

	fn manifest(&mut self, value: &Value) -> Option<Manifest> {
		const KNOWN: [&str; 11] = [
			"$schema",
			"name",
			"description",
			"task",
			"model",
			"max_tokens",
			"price",
			"split",
			"parents",
			"min_upstream_share",
			"location",
		];
		let root = self.object("", value, &KNOWN)?;
		let name = self
			.required(root, "", "name")
			.and_then(|value| self.text("name", value, 1, LONGEST_NAME));
		if let Some(description) = root.get("description") {
			self.text("description", description, 0, usize::MAX);
		}
		let task = self.task(root.get("task"));
		let model = self
			.required(root, "", "model")
			.and_then(|value| self.model(value));
		let max_tokens = self
			.required(root, "", "max_tokens")
			.and_then(|value| self.number("max_tokens", value, 2));
		let price = self
			.required(root, "", "price")
			.and_then(|value| self.price(value));
		let split = root.get("split").map(|value| self.split(value));
		let parents = root
			.get("parents")
			.map_or(Some(Vec::new()), |value| self.parents(value));
		let min_upstream_share = match root.get("min_upstream_share") {
			Some(value) => self.percent("min_upstream_share", value),
			None => Some(0),
		};
		let location = match root.get("location") {
			Some(value) => self.text("location", value, 0, LONGEST_LOCATION),
			None => Some(String::new()),
		};
		let (model_hash, model_file) = model?;
		Some(Manifest {
			name: name?,
			task: task?,
			model_hash,
			model_file,
			max_tokens: max_tokens?,
			price: price?,
			split: match split {
				Some(split) => Some(split?),
				None => None,
			},
			parents: parents?,
			min_upstream_share: min_upstream_share?,
			location: location?,
		})
	}

	fn task(&mut self, value: Option<&Value>) -> Option<Task> {
		match value.map(Value::as_str) {
			None | Some(Some("text")) => Some(Task::Text),
			Some(Some("embedding")) => Some(Task::Embedding),
			Some(_) => {
				self.mistake("task", "must be \"text\" or \"embedding\"");
				None
			}
		}
	}

	fn model(&mut self, value: &Value) -> Option<(Option<Hash>, Option<String>)> {
		let model = self.object("model", value, &["hash", "file"])?;
		if model.is_empty() {
			self.mistake("model", "give the model's hash, or a file to take it of");
			return None;
		}
		let hash = match model.get("hash") {
			Some(value) => {
				let text = self.text("model.hash", value, 0, usize::MAX)?;
				match parsing::hash(&text) {
					Ok(hash) => Some(hash),
					Err(problem) => {
						self.mistake("model.hash", problem);
						return None;
					}
				}
			}
			None => None,
		};
		let file = match model.get("file") {
			Some(value) => Some(self.text("model.file", value, 1, usize::MAX)?),
			None => None,
		};
		Some((hash, file))
	}

	fn price(&mut self, value: &Value) -> Option<Price> {
		let price = self.object("price", value, &["mode", "base", "per_token"])?;
		let mode = match price.get("mode").map(|mode| mode.as_str()) {
			None | Some(Some("share")) => Some(PriceMode::Share),
			Some(Some("cost-plus")) => Some(PriceMode::CostPlus),
			Some(_) => {
				self.mistake("price.mode", "must be \"share\" or \"cost-plus\"");
				None
			}
		};
		let base = price
			.get("base")
			.map_or(Some(0), |value| self.amount("price.base", value));
		let per_token = price
			.get("per_token")
			.map_or(Some(0), |value| self.amount("price.per_token", value));
		Some(Price {
			mode: mode?,
			base: base?,
			per_token: per_token?,
		})
	}

	fn split(&mut self, value: &Value) -> Option<Split> {
		const PARTS: [&str; 5] = ["creator", "upstream", "node", "validators", "treasury"];
		let split = self.object("split", value, &PARTS)?;
		let parts = PARTS.map(|part| {
			let value = self.required(split, "split", part)?;
			self.percent(&format!("split.{part}"), value)
		});
		let [
			Some(creator),
			Some(upstream),
			Some(node),
			Some(validators),
			Some(treasury),
		] = parts
		else {
			return None;
		};
		let sum: u32 = [creator, upstream, node, validators, treasury].iter().sum();
		if sum != WHOLE {
			let sum = crate::output::percent(sum);
			self.mistake(
				"split",
				format!("the five parts must sum to 100 %, but sum to {sum}"),
			);
			return None;
		}
		Some(Split {
			creator,
			upstream,
			node,
			validators,
			treasury,
		})
	}

	fn parents(&mut self, value: &Value) -> Option<Vec<ManifestParent>> {
		let Some(list) = value.as_array() else {
			self.mistake("parents", "must be a list");
			return None;
		};
		if list.len() > MOST_PARENTS {
			self.mistake(
				"parents",
				format!("at most {MOST_PARENTS}, but there are {}", list.len()),
			);
		}
		let mut parents: Vec<ManifestParent> = Vec::new();
		for (index, value) in list.iter().enumerate() {
			let place = format!("parents[{index}]");
			let Some(parent) = self.parent(&place, value) else {
				continue;
			};
			if parents.iter().any(|earlier| earlier.workflow == parent.workflow) {
				self.mistake(
					&format!("{place}.workflow"),
					format!("workflow {} is named twice; add the two shares", parent.workflow),
				);
			}
			parents.push(parent);
		}
		let sum: u32 = parents.iter().map(|parent| parent.share).sum();
		if !list.is_empty() && parents.len() == list.len() && sum != WHOLE {
			let sum = crate::output::percent(sum);
			self.mistake(
				"parents",
				format!("the shares must sum to 100 %, but sum to {sum}"),
			);
		}
		Some(parents)
	}

	fn parent(&mut self, place: &str, value: &Value) -> Option<ManifestParent> {
		let parent = self.object(place, value, &["workflow", "version", "share"])?;
		let workflow = self
			.required(parent, place, "workflow")
			.and_then(|value| self.number(&format!("{place}.workflow"), value, 0));
		let version = match parent.get("version") {
			Some(value) => self.number(&format!("{place}.version"), value, 1).map(Some),
			None => Some(None),
		};
		let share = self
			.required(parent, place, "share")
			.and_then(|value| self.percent(&format!("{place}.share"), value));
		if share == Some(0) {
			self.mistake(
				&format!("{place}.share"),
				"is zero; give it a share, or leave this parent out",
			);
			return None;
		}
		Some(ManifestParent {
			workflow: workflow?,
			version: version?,
			share: share?,
		})
	}

	fn object<'a>(
		&mut self,
		place: &str,
		value: &'a Value,
		known: &[&str],
	) -> Option<&'a Map<String, Value>> {
		let Some(object) = value.as_object() else {
			self.mistake(place, "must be an object");
			return None;
		};
		for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
			let known: Vec<&str> = known
				.iter()
				.copied()
				.filter(|name| !name.starts_with('$'))
				.collect();
			self.mistake(
				&join(place, name),
				format!("is unknown here; known are {}", known.join(", ")),
			);
		}
		Some(object)
	}

	fn required<'a>(&mut self, object: &'a Map<String, Value>, place: &str, name: &str) -> Option<&'a Value> {
		let value = object.get(name);
		if value.is_none() {
			self.mistake(&join(place, name), "is missing");
		}
		value
	}

	fn text(&mut self, place: &str, value: &Value, least: usize, most: usize) -> Option<String> {
		let Some(text) = value.as_str() else {
			self.mistake(place, "must be a text");
			return None;
		};
		if text.len() < least {
			self.mistake(place, "is empty");
			return None;
		}
		if text.len() > most {
			self.mistake(
				place,
				format!("has {} bytes, but at most {most} are allowed", text.len()),
			);
			return None;
		}
		Some(text.to_owned())
	}

	fn number(&mut self, place: &str, value: &Value, least: u32) -> Option<u32> {
		let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
		match number {
			Some(number) if number >= least => Some(number),
			_ => {
				self.mistake(
					place,
					format!("must be a whole number from {least} to {}", u32::MAX),
				);
				None
			}
		}
	}

	fn amount(&mut self, place: &str, value: &Value) -> Option<Planck> {
		let text = match value {
			Value::String(text) => text.clone(),
			Value::Number(number) if number.is_u64() => number.to_string(),
			Value::Number(_) => {
				self.mistake(
					place,
					"write fractions of HAI as a text, such as \"0.25\", so that nothing is rounded",
				);
				return None;
			}
			_ => {
				self.mistake(place, "must be an amount of HAI, such as \"0.25\"");
				return None;
			}
		};
		amount::parse(&text)
			.map_err(|error| self.mistake(place, error.to_string()))
			.ok()
	}

	fn percent(&mut self, place: &str, value: &Value) -> Option<u32> {
		let text = match value {
			Value::String(text) => text.clone(),
			// The shortest text of a binary fraction is the decimal that was written, for as few digits as count here.
			Value::Number(number) => {
				let text = number.to_string();
				text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
			}
			_ => {
				self.mistake(place, "must be a percentage, such as 12.5");
				return None;
			}
		};
		parsing::percent(&text)
			.map_err(|problem| self.mistake(place, problem))
			.ok()
	}
}

fn join(place: &str, name: &str) -> String {
	if place.is_empty() {
		name.to_owned()
	} else {
		format!("{place}.{name}")
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use chain_client::amount::HAI;
	use serde_json::json;

	fn good() -> Value {
		json!({
			"name": "story",
			"model": { "hash": "07".repeat(32) },
			"max_tokens": 512,
			"price": { "base": "0.5", "per_token": "0.001" },
			"split": { "creator": 45, "upstream": 20, "node": 25, "validators": 5, "treasury": 5.0 },
			"parents": [{ "workflow": 0, "share": 62.5 }, { "workflow": 3, "version": 2, "share": "37.5%" }],
		})
	}

	fn mistakes(change: impl FnOnce(&mut Value)) -> Vec<String> {
		let mut value = good();
		change(&mut value);
		match read(&value.to_string()) {
			Ok(manifest) => panic!("{manifest:?} was accepted"),
			Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
		}
	}

	#[test]
	fn a_good_one_is_read_exactly() {
		let manifest = read(&good().to_string()).expect("it is good");
		assert_eq!(
			manifest.price,
			Price {
				mode: PriceMode::Share,
				base: HAI / 2,
				per_token: HAI / 1000
			}
		);
		assert_eq!((manifest.model_hash, manifest.task), (Some([7; 32]), Task::Text));
		let split = manifest.split.expect("it names one");
		assert_eq!(
			(split.creator, split.upstream, split.treasury),
			(450_000, 200_000, 50_000)
		);
		let shares: Vec<_> = manifest
			.parents
			.iter()
			.map(|p| (p.workflow, p.version, p.share))
			.collect();
		assert_eq!(shares, [(0, None, 625_000), (3, Some(2), 375_000)]);
	}

	#[test]
	fn the_least_that_is_needed_is_enough() {
		let least = json!({ "name": "a", "model": { "file": "m.gguf" }, "max_tokens": 2, "price": {} });
		let manifest = read(&least.to_string()).expect("it is enough");
		assert_eq!(
			(
				manifest.split,
				manifest.parents.len(),
				manifest.min_upstream_share
			),
			(None, 0, 0)
		);
		assert_eq!(manifest.model_file.as_deref(), Some("m.gguf"));
	}

	#[test]
	fn a_workflow_may_be_for_embeddings() {
		let mut value = good();
		for (task, expect) in [("text", Task::Text), ("embedding", Task::Embedding)] {
			value["task"] = json!(task);
			let manifest = read(&value.to_string()).expect("it is good");
			assert_eq!(manifest.task, expect);
		}
	}

	#[test]
	fn the_workflows_that_ship_with_the_project_are_good() {
		let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/seed");
		for (file, task) in [
			("workflow.json", Task::Text),
			("embedding-workflow.json", Task::Embedding),
		] {
			let text = std::fs::read_to_string(folder.join(file)).expect(file);
			let manifest = read(&text).expect(file);
			assert_eq!(manifest.task, task, "{file}");
			let model = manifest.model_file.expect("they name their model's file");
			assert!(folder.join(model).exists(), "{file}");
		}
	}

	#[test]
	fn each_mistake_points_at_its_field() {
		type Change = fn(&mut Value);
		let cases: [(Change, &str); 19] = [
			(|v| v["task"] = json!("image"), "task: must be"),
			(|v| v["task"] = json!(null), "task: must be"),
			(|v| v["name"] = json!(""), "name: is empty"),
			(|v| v["name"] = json!("x".repeat(65)), "name: has 65 bytes"),
			(
				|v| drop(v.as_object_mut().map(|o| o.remove("model"))),
				"model: is missing",
			),
			(|v| v["model"] = json!({}), "model: give the model's hash"),
			(|v| v["model"]["hash"] = json!("0x12"), "model.hash: no hash"),
			(
				|v| v["max_tokens"] = json!(1),
				"max_tokens: must be a whole number from 2",
			),
			(
				|v| v["max_tokens"] = json!(1.5),
				"max_tokens: must be a whole number",
			),
			(
				|v| v["price"]["base"] = json!(0.5),
				"price.base: write fractions of HAI as a text",
			),
			(
				|v| v["price"]["per_token"] = json!("1e3"),
				"price.per_token: `1e3` is no amount",
			),
			(|v| v["price"]["mode"] = json!("free"), "price.mode: must be"),
			(|v| v["price"]["bass"] = json!("1"), "price.bass: is unknown here"),
			(
				|v| v["split"]["node"] = json!(26),
				"split: the five parts must sum to 100 %, but sum to 101 %",
			),
			(
				|v| v["split"]["node"] = json!(120),
				"split.node: `120` is more than 100 %",
			),
			(
				|v| v["parents"][1]["share"] = json!(30),
				"parents: the shares must sum to 100 %, but sum to 92.5 %",
			),
			(
				|v| v["parents"][1]["workflow"] = json!(0),
				"parents[1].workflow: workflow 0 is named twice",
			),
			(
				|v| v["parents"][0]["workflow"] = json!(-1),
				"parents[0].workflow: must be a whole number from 0",
			),
			(|v| v["surprise"] = json!(1), "surprise: is unknown here"),
		];
		for (change, expected) in cases {
			let found = mistakes(change);
			assert!(
				found.len() == 1 && found[0].starts_with(expected),
				"{expected}: {found:?}"
			);
		}
	}

	#[test]
	fn all_mistakes_are_found_at_once() {
		let found = mistakes(|v| {
			v["name"] = json!(3);
			v["max_tokens"] = json!("many");
			v["price"]["base"] = json!("x");
		});
		assert_eq!(found.len(), 3, "{found:?}");
		assert_eq!(read("{").expect_err("no JSON")[0].field, "");
	}

	#[test]
	fn the_schema_names_the_fields_that_are_read() {
		let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
		let fields = schema["properties"].as_object().expect("it has properties");
		for name in fields.keys() {
			let problem = format!("{name}: is unknown here");
			let read = read(&json!({ name: null }).to_string()).expect_err("too little");
			assert!(
				read.iter()
					.all(|mistake| !mistake.to_string().starts_with(&problem)),
				"{name}"
			);
		}
		assert_eq!(fields.len(), 11);
	}
}

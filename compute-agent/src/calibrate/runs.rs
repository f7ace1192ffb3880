//! Honest runs that one machine writes and another reads.
//!
//! Two machines may round differently where two runs on one do not: other instructions, other sizes of blocks. Runs that
//! were written elsewhere set and check the bands as this machine's own do, so that the bands hold between machines.

use super::cases::{Case, Share};
use anyhow::{Context, Result, ensure};
use codec::{Decode, DecodeAll, Encode};
use receipt::{PairKey, Task};
use std::path::Path;

/// What a file begins with: what it is, and the version of its form.
const MAGIC: &[u8] = b"hai-net runs 1\n";

/// Honest runs of one pair, as one machine wrote them.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Runs {
	/// Its processor.
	pub machine: String,
	/// The pair of all of them.
	pub pair: PairKey,
	pub(super) cases: Vec<(Share, Case)>,
}

impl Runs {
	/// How many there are, embeddings included.
	pub fn count(&self) -> usize {
		self.cases.len()
	}

	/// Those of a share that did this kind of task.
	pub(super) fn of(&self, share: Share, task: Task) -> impl Iterator<Item = &Case> {
		let wanted = move |(of, case): &&(Share, Case)| *of == share && case.transcript.input.task == task;
		self.cases.iter().filter(wanted).map(|(_, case)| case)
	}
}

/// Writes runs to a file.
pub fn save(runs: &[Runs], path: &Path) -> Result<()> {
	let bytes = [MAGIC, &runs.encode()].concat();
	std::fs::write(path, bytes).with_context(|| format!("the runs cannot be written to {}", path.display()))
}

/// Reads what [`save`] wrote.
pub fn load(path: &Path) -> Result<Vec<Runs>> {
	let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
	let runs = bytes
		.strip_prefix(MAGIC)
		.and_then(|mut runs| Vec::<Runs>::decode_all(&mut runs).ok());
	let runs = runs.with_context(|| format!("{} is no file that `--write-runs` wrote", path.display()))?;
	for of_pair in &runs {
		let fits = |(_, case): &(Share, Case)| case.task.receipt.pair == of_pair.pair;
		ensure!(
			of_pair.cases.iter().all(fits),
			"{} names another pair than its runs do",
			path.display()
		);
	}
	Ok(runs)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_is_no_file_of_runs_is_refused() {
		let folder = tempfile::tempdir().expect("a temporary folder");
		let path = folder.path().join("runs");
		let runs = Runs {
			machine: "a machine".into(),
			pair: [7; 32],
			cases: Vec::new(),
		};
		save(&[runs.clone(), runs], &path).expect("the folder can be written");
		let read = load(&path).expect("it was written by us");
		assert_eq!((read.len(), &read[0].machine[..]), (2, "a machine"));

		let whole = std::fs::read(&path).expect("it is there");
		for broken in [
			&whole[..whole.len() - 1],
			&whole[1..],
			&[&whole[..], &[0]].concat(),
			b"",
		] {
			std::fs::write(&path, broken).expect("the folder can be written");
			let error = load(&path).expect_err("it is broken").to_string();
			assert!(error.ends_with("is no file that `--write-runs` wrote"), "{error}");
		}
	}
}

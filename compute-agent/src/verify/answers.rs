//! Answers that were given, on disk: a validator that committed to one must reveal the same.

use super::Found;
use codec::{DecodeAll, Encode};
use receipt::{Account, Hash};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::{
	path::Path,
	time::{SystemTime, UNIX_EPOCH},
};

/// Receipt and auditor, together 64 bytes, to the second of the answer and the answer.
const ANSWERS: TableDefinition<[u8; 64], Vec<u8>> = TableDefinition::new("audit answers");

/// Answers older than this are of no use: no window of a job is nearly as long.
const KEEP_SECONDS: u64 = 14 * 24 * 3600;

/// The answers cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the file of given answers failed: {0}")]
pub struct AnswersError(String);

impl AnswersError {
	fn new(error: impl Into<redb::Error>) -> Self {
		Self(error.into().to_string())
	}
}

/// The answers that were given.
pub struct Answers(Database);

impl Answers {
	/// Opens the file, or makes it, and drops what is long past.
	pub fn open(path: &Path) -> Result<Self, AnswersError> {
		let answers = Self(Database::create(path).map_err(AnswersError::new)?);
		answers.drop_before(now().saturating_sub(KEEP_SECONDS))?;
		Ok(answers)
	}

	fn drop_before(&self, second: u64) -> Result<(), AnswersError> {
		let transaction = self.0.begin_write().map_err(AnswersError::new)?;
		{
			let mut table = transaction.open_table(ANSWERS).map_err(AnswersError::new)?;
			table
				.retain(|_, bytes| {
					<(u64, Found)>::decode_all(&mut bytes.as_slice()).is_ok_and(|(at, _)| at >= second)
				})
				.map_err(AnswersError::new)?;
		}
		transaction.commit().map_err(AnswersError::new)
	}

	/// The answer to an auditor about a receipt.
	pub fn get(&self, receipt: &Hash, auditor: &Account) -> Result<Option<Found>, AnswersError> {
		let transaction = self.0.begin_read().map_err(AnswersError::new)?;
		let table = transaction.open_table(ANSWERS).map_err(AnswersError::new)?;
		let Some(bytes) = table.get(name(receipt, auditor)).map_err(AnswersError::new)? else {
			return Ok(None);
		};
		<(u64, Found)>::decode_all(&mut bytes.value().as_slice())
			.map(|(_, found)| Some(found))
			.map_err(|error| AnswersError(format!("an answer is damaged: {error}")))
	}

	/// Writes an answer down; one that is there stays. On disk when it returns.
	pub fn put(&self, receipt: &Hash, auditor: &Account, found: &Found) -> Result<(), AnswersError> {
		let transaction = self.0.begin_write().map_err(AnswersError::new)?;
		{
			let mut table = transaction.open_table(ANSWERS).map_err(AnswersError::new)?;
			let name = name(receipt, auditor);
			let is_new = table.get(name).map_err(AnswersError::new)?.is_none();
			if is_new {
				table
					.insert(name, (now(), found).encode())
					.map_err(AnswersError::new)?;
			}
		}
		transaction.commit().map_err(AnswersError::new)
	}
}

fn name(receipt: &Hash, auditor: &Account) -> [u8; 64] {
	let mut name = [0; 64];
	name[..32].copy_from_slice(receipt);
	name[32..].copy_from_slice(auditor);
	name
}

fn now() -> u64 {
	SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
	use super::*;
	use receipt::{Figures, Verdict};

	#[test]
	fn the_first_answer_stands_also_after_a_restart() {
		let directory = tempfile::tempdir().expect("a temporary directory");
		let path = directory.path().join("answers.redb");
		let first = Found {
			verdict: Verdict::Unavailable,
			figures: Figures::default(),
		};
		let second = Found {
			verdict: Verdict::Valid,
			..first
		};
		{
			let answers = Answers::open(&path).expect("new");
			assert_eq!(answers.get(&[1; 32], &[2; 32]).expect("readable"), None);
			answers.put(&[1; 32], &[2; 32], &first).expect("written");
			answers.put(&[1; 32], &[2; 32], &second).expect("written");
		}
		let answers = Answers::open(&path).expect("there");
		assert_eq!(answers.get(&[1; 32], &[2; 32]).expect("readable"), Some(first));
		assert_eq!(answers.get(&[1; 32], &[3; 32]).expect("readable"), None);
		answers.drop_before(u64::MAX).expect("written");
		assert_eq!(answers.get(&[1; 32], &[2; 32]).expect("readable"), None);
	}
}

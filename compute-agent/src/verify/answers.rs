//! Answers that were given, on disk: a validator that committed to one must reveal the same.

use super::Found;
use codec::{DecodeAll, Encode};
use receipt::Account;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::{
	path::Path,
	time::{SystemTime, UNIX_EPOCH},
};

/// Receipt, auditor and sitting, together 96 bytes, to the second of the answer and the answer.
const ANSWERS: TableDefinition<[u8; 96], Vec<u8>> = TableDefinition::new("audit answers by sitting");

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

	/// The answer to an auditor about a receipt, in one round.
	pub fn get(&self, asked: &Asked) -> Result<Option<Found>, AnswersError> {
		let transaction = self.0.begin_read().map_err(AnswersError::new)?;
		let table = transaction.open_table(ANSWERS).map_err(AnswersError::new)?;
		let Some(bytes) = table.get(asked.bytes()).map_err(AnswersError::new)? else {
			return Ok(None);
		};
		<(u64, Found)>::decode_all(&mut bytes.value().as_slice())
			.map(|(_, found)| Some(found))
			.map_err(|error| AnswersError(format!("an answer is damaged: {error}")))
	}

	/// Writes an answer down; one that is there stays. On disk when it returns.
	pub fn put(&self, asked: &Asked, found: &Found) -> Result<(), AnswersError> {
		let transaction = self.0.begin_write().map_err(AnswersError::new)?;
		{
			let mut table = transaction.open_table(ANSWERS).map_err(AnswersError::new)?;
			let name = asked.bytes();
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

/// What was asked. An auditor that is drawn again in a later round looks again: what could not be fetched in the first may
/// be there now. And what it says of others holds for those alone that sit beside it, or sat before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
	/// The hash of the receipt.
	pub receipt: receipt::Hash,
	/// Who asks.
	pub auditor: Account,
	/// In which [sitting](receipt::attestation::sitting).
	pub sitting: receipt::Hash,
}

impl Asked {
	fn bytes(&self) -> [u8; 96] {
		let mut bytes = [0; 96];
		bytes[..32].copy_from_slice(&self.receipt);
		bytes[32..64].copy_from_slice(&self.auditor);
		bytes[64..].copy_from_slice(&self.sitting);
		bytes
	}
}

fn now() -> u64 {
	SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
	use super::*;
	use receipt::{
		Figures, Verdict,
		trace::{Evidence, POINTS, Trace},
	};

	#[test]
	fn the_first_answer_stands_also_after_a_restart() {
		let directory = tempfile::tempdir().expect("a temporary directory");
		let path = directory.path().join("answers.redb");
		let first = Found {
			verdict: Verdict::Unavailable,
			figures: Figures::default(),
			evidence: Evidence {
				trace: Some(Trace([3; POINTS])),
				neighbour: None,
				untrue: 1 << 42,
			},
		};
		let second = Found {
			verdict: Verdict::Valid,
			..first
		};
		let asked = |auditor: u8, round| Asked {
			receipt: [1; 32],
			auditor: [auditor; 32],
			sitting: [round; 32],
		};
		{
			let answers = Answers::open(&path).expect("new");
			assert_eq!(answers.get(&asked(2, 0)).expect("readable"), None);
			answers.put(&asked(2, 0), &first).expect("written");
			answers.put(&asked(2, 0), &second).expect("written");
		}
		let answers = Answers::open(&path).expect("there");
		assert_eq!(answers.get(&asked(2, 0)).expect("readable"), Some(first));
		assert_eq!(answers.get(&asked(3, 0)).expect("readable"), None);
		assert_eq!(answers.get(&asked(2, 1)).expect("readable"), None);
		answers.drop_before(u64::MAX).expect("written");
		assert_eq!(answers.get(&asked(2, 0)).expect("readable"), None);
	}
}

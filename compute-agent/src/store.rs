//! What the compute role keeps on disk: tickets, jobs, answers and transcripts, in one redb file.
//!
//! A transition's writes are one transaction, on disk before the method returns.

use crate::compute::core::{Answer, Job, OpenTicket, State, TicketRecord, Write};
use codec::{Decode, DecodeAll, Encode};
use receipt::{Hash, JobId, Transcript, canary::CanaryOpening};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::{
	collections::BTreeMap,
	fs::{File, OpenOptions, Permissions},
	io,
	os::unix::fs::{OpenOptionsExt, PermissionsExt},
	path::Path,
};

const TICKETS: TableDefinition<[u8; 32], Vec<u8>> = TableDefinition::new("tickets");
const JOBS: TableDefinition<u64, Vec<u8>> = TableDefinition::new("jobs");
const TRANSCRIPTS: TableDefinition<[u8; 32], Vec<u8>> = TableDefinition::new("transcripts");
const ANSWERS: TableDefinition<[u8; 32], Vec<u8>> = TableDefinition::new("answers");
const CANARIES: TableDefinition<u64, Vec<u8>> = TableDefinition::new("canaries");
const META: TableDefinition<&str, Vec<u8>> = TableDefinition::new("meta");

/// The layout of the file. A file of another version is refused, not guessed at.
const VERSION: u32 = 3;

/// The file's mode.
const OWNER_ONLY: u32 = 0o600;

/// Why the store does not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
	/// The database said no.
	#[error("the store failed: {0}")]
	Database(String),
	/// An entry is not what it should be.
	#[error(
		"an entry of the store's table '{table}' cannot be read: the file is damaged or of another version"
	)]
	Damaged {
		/// Where it stands.
		table: &'static str,
	},
	/// The file belongs to something else.
	#[error(
		"the store was written by version {found} for chain {chain}; this is version {VERSION} for {expected}: \
		 use another data directory"
	)]
	Foreign {
		/// Version in the file.
		found: u32,
		/// Chain in the file.
		chain: String,
		/// The chain that was asked for.
		expected: String,
	},
}

impl StoreError {
	fn database(error: impl Into<redb::Error>) -> Self {
		Self::Database(error.into().to_string())
	}
}

/// What the compute role needs of a disk.
pub trait Store: Send + Sync {
	/// The saved state; its block is 0 until the chain says otherwise.
	fn load(&self) -> Result<State, StoreError>;
	/// Does all of these, or none. On disk when it returns.
	fn commit(&self, writes: &[Write]) -> Result<(), StoreError>;
	/// A job.
	fn job(&self, job: JobId) -> Result<Option<Job>, StoreError>;
	/// A ticket with its input.
	fn ticket(&self, hash: &Hash) -> Result<Option<TicketRecord>, StoreError>;
	/// A transcript by its hash.
	fn transcript(&self, hash: &Hash) -> Result<Option<Transcript>, StoreError>;
	/// The answer to a ticket.
	fn answer(&self, ticket: &Hash) -> Result<Option<Answer>, StoreError>;
}

/// A store in a file.
pub struct RedbStore {
	database: Database,
}

impl RedbStore {
	/// Opens the file, or makes it, for the chain with this genesis hash. Only the file's owner may read it then: it holds
	/// prompts, and the secrets with which callers follow.
	pub fn open(path: &Path, genesis: &Hash) -> Result<Self, StoreError> {
		let file = own_file(path).map_err(StoreError::database)?;
		let database = Database::builder()
			.create_file(file)
			.map_err(StoreError::database)?;
		let store = Self { database };
		store.claim(genesis)?;
		Ok(store)
	}

	/// Writes into a new file whose it is, and checks an old one.
	fn claim(&self, genesis: &Hash) -> Result<(), StoreError> {
		let transaction = self.database.begin_write().map_err(StoreError::database)?;
		{
			let mut meta = transaction.open_table(META).map_err(StoreError::database)?;
			let found = meta
				.get("identity")
				.map_err(StoreError::database)?
				.map(|value| value.value());
			match found {
				Some(bytes) => {
					let (version, chain): (u32, Hash) = decode(&bytes, "meta")?;
					if version != VERSION || chain != *genesis {
						return Err(StoreError::Foreign {
							found: version,
							chain: hex::encode(chain),
							expected: hex::encode(genesis),
						});
					}
				}
				None => {
					meta.insert("identity", (VERSION, genesis).encode())
						.map_err(StoreError::database)?;
				}
			}
			// Later reads may count on the tables.
			transaction.open_table(TICKETS).map_err(StoreError::database)?;
			transaction.open_table(JOBS).map_err(StoreError::database)?;
			transaction
				.open_table(TRANSCRIPTS)
				.map_err(StoreError::database)?;
			transaction.open_table(ANSWERS).map_err(StoreError::database)?;
			transaction.open_table(CANARIES).map_err(StoreError::database)?;
		}
		transaction.commit().map_err(StoreError::database)
	}

	fn get<T: Decode>(
		&self,
		table: TableDefinition<[u8; 32], Vec<u8>>,
		name: &'static str,
		key: &Hash,
	) -> Result<Option<T>, StoreError> {
		let transaction = self.database.begin_read().map_err(StoreError::database)?;
		let table = transaction.open_table(table).map_err(StoreError::database)?;
		let value = table.get(*key).map_err(StoreError::database)?;
		value.map(|bytes| decode(&bytes.value(), name)).transpose()
	}
}

/// The file, with mode 0600 also where it is there already.
fn own_file(path: &Path) -> io::Result<File> {
	let file = OpenOptions::new()
		.read(true)
		.write(true)
		.create(true)
		.truncate(false)
		.mode(OWNER_ONLY)
		.open(path)?;
	file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
	Ok(file)
}

fn decode<T: Decode>(bytes: &[u8], table: &'static str) -> Result<T, StoreError> {
	T::decode_all(&mut &*bytes).map_err(|_| StoreError::Damaged { table })
}

impl Store for RedbStore {
	fn load(&self) -> Result<State, StoreError> {
		let transaction = self.database.begin_read().map_err(StoreError::database)?;
		let mut jobs = BTreeMap::<JobId, Job>::new();
		let table = transaction.open_table(JOBS).map_err(StoreError::database)?;
		for entry in table.iter().map_err(StoreError::database)? {
			let (id, bytes) = entry.map_err(StoreError::database)?;
			jobs.insert(id.value(), decode(&bytes.value(), "jobs")?);
		}
		let mut canaries = BTreeMap::new();
		let table = transaction.open_table(CANARIES).map_err(StoreError::database)?;
		for entry in table.iter().map_err(StoreError::database)? {
			let (id, bytes) = entry.map_err(StoreError::database)?;
			let opening: CanaryOpening = decode(&bytes.value(), "canaries")?;
			canaries.insert(id.value(), opening.into());
		}
		let mut tickets = BTreeMap::new();
		let table = transaction.open_table(TICKETS).map_err(StoreError::database)?;
		for entry in table.iter().map_err(StoreError::database)? {
			let (hash, bytes) = entry.map_err(StoreError::database)?;
			let record: TicketRecord = decode(&bytes.value(), "tickets")?;
			tickets.insert(hash.value(), OpenTicket::from(&record.ticket));
		}
		// A ticket whose job is there is used; its input stays for the run.
		for job in jobs.values() {
			tickets.remove(&job.ticket);
		}
		let meta = transaction.open_table(META).map_err(StoreError::database)?;
		let next_job = match meta.get("next job").map_err(StoreError::database)? {
			Some(bytes) => decode(&bytes.value(), "meta")?,
			None => 0,
		};
		Ok(State {
			tickets,
			jobs,
			canaries,
			block: 0,
			best: 0,
			next_job,
		})
	}

	fn commit(&self, writes: &[Write]) -> Result<(), StoreError> {
		if writes.is_empty() {
			return Ok(());
		}
		let transaction = self.database.begin_write().map_err(StoreError::database)?;
		{
			let mut tickets = transaction.open_table(TICKETS).map_err(StoreError::database)?;
			let mut jobs = transaction.open_table(JOBS).map_err(StoreError::database)?;
			let mut transcripts = transaction
				.open_table(TRANSCRIPTS)
				.map_err(StoreError::database)?;
			let mut answers = transaction.open_table(ANSWERS).map_err(StoreError::database)?;
			let mut canaries = transaction.open_table(CANARIES).map_err(StoreError::database)?;
			let mut meta = transaction.open_table(META).map_err(StoreError::database)?;
			for write in writes {
				match write {
					Write::Ticket(hash, record) => {
						tickets
							.insert(*hash, record.encode())
							.map_err(StoreError::database)?;
					}
					Write::Job(id, job) => {
						jobs.insert(*id, job.encode()).map_err(StoreError::database)?;
					}
					Write::Transcript(hash, transcript) => {
						transcripts
							.insert(*hash, transcript.encode())
							.map_err(StoreError::database)?;
					}
					Write::Answer(ticket, answer) => {
						answers
							.insert(*ticket, answer.encode())
							.map_err(StoreError::database)?;
					}
					Write::Canary(job, canary) => {
						transcripts
							.insert(canary.opening.transcript, canary.truth.encode())
							.map_err(StoreError::database)?;
						canaries
							.insert(*job, canary.opening.encode())
							.map_err(StoreError::database)?;
					}
					Write::NextJob(job) => {
						meta.insert("next job", job.encode())
							.map_err(StoreError::database)?;
					}
					Write::ForgetTicket(hash) => {
						tickets.remove(*hash).map_err(StoreError::database)?;
					}
					Write::ForgetJob {
						job,
						ticket,
						transcript,
					} => {
						jobs.remove(*job).map_err(StoreError::database)?;
						tickets.remove(*ticket).map_err(StoreError::database)?;
						answers.remove(*ticket).map_err(StoreError::database)?;
						if let Some(transcript) = transcript {
							transcripts.remove(*transcript).map_err(StoreError::database)?;
						}
						let canary = canaries.remove(*job).map_err(StoreError::database)?;
						if let Some(bytes) = canary {
							let opening: CanaryOpening = decode(&bytes.value(), "canaries")?;
							transcripts
								.remove(opening.transcript)
								.map_err(StoreError::database)?;
						}
					}
				}
			}
		}
		transaction.commit().map_err(StoreError::database)
	}

	fn job(&self, job: JobId) -> Result<Option<Job>, StoreError> {
		let transaction = self.database.begin_read().map_err(StoreError::database)?;
		let table = transaction.open_table(JOBS).map_err(StoreError::database)?;
		let value = table.get(job).map_err(StoreError::database)?;
		value.map(|bytes| decode(&bytes.value(), "jobs")).transpose()
	}

	fn ticket(&self, hash: &Hash) -> Result<Option<TicketRecord>, StoreError> {
		self.get(TICKETS, "tickets", hash)
	}

	fn transcript(&self, hash: &Hash) -> Result<Option<Transcript>, StoreError> {
		self.get(TRANSCRIPTS, "transcripts", hash)
	}

	fn answer(&self, ticket: &Hash) -> Result<Option<Answer>, StoreError> {
		self.get(ANSWERS, "answers", ticket)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::compute::{
		core::{Canary, Phase},
		samples,
	};

	fn job(ticket: Hash, phase: Phase) -> Job {
		Job {
			ticket,
			seed: [5; 32],
			deliver_by: 90,
			failures: 0,
			phase,
		}
	}

	#[test]
	fn what_was_committed_is_there_after_opening_again() {
		let directory = tempfile::tempdir().expect("a temporary directory");
		let path = directory.path().join("agent.redb");
		let (waiting, used) = (samples::record(1), samples::record(2));
		let (transcript, answer) = (samples::transcript(9, &used), samples::answer());
		{
			let store = RedbStore::open(&path, &[1; 32]).expect("new");
			store
				.commit(&[
					Write::Ticket(waiting.ticket.hash(), Box::new(waiting.clone())),
					Write::Ticket(used.ticket.hash(), Box::new(used.clone())),
					Write::Job(9, job(used.ticket.hash(), Phase::Running)),
					Write::Transcript(transcript.hash(), Box::new(transcript.clone())),
					Write::Answer(used.ticket.hash(), Box::new(answer.clone())),
					Write::NextJob(10),
				])
				.expect("written");
		}
		let store = RedbStore::open(&path, &[1; 32]).expect("there");
		let state = store.load().expect("readable");
		assert_eq!(
			state.tickets,
			[(waiting.ticket.hash(), OpenTicket::from(&waiting.ticket))].into()
		);
		assert_eq!(
			(state.jobs[&9].phase.clone(), state.next_job),
			(Phase::Running, 10)
		);
		assert_eq!(store.job(9).expect("readable").as_ref(), state.jobs.get(&9));
		assert_eq!(
			store.ticket(&used.ticket.hash()).expect("readable"),
			Some(used.clone())
		);
		assert_eq!(
			store.transcript(&transcript.hash()).expect("readable"),
			Some(transcript.clone())
		);
		assert_eq!(store.answer(&used.ticket.hash()).expect("readable"), Some(answer));

		store
			.commit(&[Write::ForgetJob {
				job: 9,
				ticket: used.ticket.hash(),
				transcript: Some(transcript.hash()),
			}])
			.expect("written");
		assert!(store.load().expect("readable").jobs.is_empty());
		assert_eq!(store.ticket(&used.ticket.hash()).expect("readable"), None);
		assert_eq!(store.transcript(&transcript.hash()).expect("readable"), None);
		assert_eq!(store.answer(&used.ticket.hash()).expect("readable"), None);
	}

	#[test]
	fn a_canary_is_still_known_after_a_restart_and_goes_with_its_job() {
		let directory = tempfile::tempdir().expect("a temporary directory");
		let path = directory.path().join("agent.redb");
		let record = samples::record(1);
		let truth = samples::transcript(9, &record);
		let planted = Transcript {
			seed: [6; 32],
			..truth.clone()
		};
		let opening = CanaryOpening {
			salt: [1; 32],
			transcript: truth.hash(),
			fingerprint: truth.fingerprint.root(),
			pre_output: [2; 32],
			proof: [3; 64],
		};
		let canary = Canary {
			opening,
			truth: truth.clone(),
		};
		{
			let store = RedbStore::open(&path, &[1; 32]).expect("new");
			store
				.commit(&[
					Write::Job(9, job(record.ticket.hash(), Phase::Running)),
					Write::Transcript(planted.hash(), Box::new(planted.clone())),
					Write::Canary(9, Box::new(canary)),
				])
				.expect("written");
		}
		let store = RedbStore::open(&path, &[1; 32]).expect("there");
		let state = store.load().expect("readable");
		assert_eq!(state.canaries, [(9, opening.into())].into());
		for transcript in [&planted, &truth] {
			let stored = store.transcript(&transcript.hash()).expect("readable");
			assert_eq!(stored.as_ref(), Some(transcript));
		}
		store
			.commit(&[Write::ForgetJob {
				job: 9,
				ticket: record.ticket.hash(),
				transcript: Some(planted.hash()),
			}])
			.expect("written");
		assert!(store.load().expect("readable").canaries.is_empty());
		for transcript in [&planted, &truth] {
			assert_eq!(store.transcript(&transcript.hash()).expect("readable"), None);
		}
	}

	#[test]
	fn only_the_owner_may_read_a_new_store_or_an_old_one() {
		let directory = tempfile::tempdir().expect("a temporary directory");
		let path = directory.path().join("agent.redb");
		let mode = || {
			let metadata = std::fs::metadata(&path).expect("there");
			metadata.permissions().mode() & 0o777
		};
		drop(RedbStore::open(&path, &[1; 32]).expect("new"));
		assert_eq!(mode(), OWNER_ONLY);
		std::fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("ours");
		drop(RedbStore::open(&path, &[1; 32]).expect("there"));
		assert_eq!(mode(), OWNER_ONLY);
	}

	#[test]
	fn the_store_of_another_chain_is_refused() {
		let directory = tempfile::tempdir().expect("a temporary directory");
		let path = directory.path().join("agent.redb");
		drop(RedbStore::open(&path, &[1; 32]).expect("new"));
		let error = RedbStore::open(&path, &[2; 32]).err().expect("foreign");
		assert!(
			matches!(error, StoreError::Foreign { found: VERSION, .. }),
			"{error}"
		);
	}
}

//! One job, or the audits of one model, in a process of its own, which can do nothing but compute.
//!
//! The agent starts itself again with the argument `job`, sends a [`Task`] through the pipe and reads tokens and an
//! [`Outcome`] back, or sends an [`AuditTask`] with the transcript and reads verdict, figures and traces back, as often as
//! it likes ([`AuditProcess`]). The child opens the model, [confines itself](crate::sandbox) and only then reads anything
//! that a stranger wrote. If it dies, hangs or uses too much, the agent says so and goes on.
//!
//! After the line `hai-job/1`, each message is its length (four bytes, little endian) and its SCALE
//! encoding.

mod audits;
mod child;

pub use audits::AuditProcess;
pub use child::child_main;

use crate::{
	audit::{AuditTask, Audited, Bands},
	engine::record::Outcome,
	sandbox::{Confinement, Limits},
};
use codec::{Decode, Encode};
use receipt::{Hash, Sampling, Token, Transcript, trace::Tracer};
use std::{
	ffi::OsString,
	io,
	ops::ControlFlow,
	os::unix::{ffi::OsStrExt, process::ExitStatusExt},
	path::{Path, PathBuf},
	process::{ExitStatus, Stdio},
	sync::Once,
	time::Duration,
};
use tokio::{
	io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
	process::{Child, ChildStdin, ChildStdout, Command},
	task::JoinHandle,
};

/// The argument with which the agent starts itself for a job.
pub const ARGUMENT: &str = "job";

/// Set in the child's environment, which holds little else.
pub const MARK: &str = "HAI_AGENT_JOB";

/// What the child says first. Other output may precede it and is skipped.
const GREETING: &str = "hai-job/1";

/// The most bytes before the greeting.
const NOISE: u64 = 64 * 1024;

/// The largest message.
const MAX_MESSAGE: u32 = 16 * 1024 * 1024;

/// How much of a dead child's last words an error carries.
const LAST_WORDS: usize = 2048;

/// What a model and a run take, from which follows how much address space a child gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
	/// Bytes for each position, see [`Description::position_bytes`](crate::engine::Description::position_bytes).
	pub position_bytes: u64,
	/// Positions of the longest run.
	pub positions: u32,
}

/// What a child is asked to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
	/// The model's file.
	pub model: PathBuf,
	/// The prompt in UTF-8.
	pub prompt: Vec<u8>,
	/// The seed that binds the sampling.
	pub seed: Hash,
	/// How tokens are chosen.
	pub sampling: Sampling,
	/// How many tokens the answer may have.
	pub max_tokens: u32,
}

/// How children are started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildConfig {
	/// The program; it must call [`child_main`] when it is given `arguments`.
	pub program: PathBuf,
	/// Its arguments.
	pub arguments: Vec<OsString>,
	/// How long a job may take, loading the model included.
	pub time: Duration,
	/// How much address space a child may use; `None` for what the model's size and `room` suggest.
	pub memory_bytes: Option<u64>,
	/// What runs take beside the model.
	pub room: Room,
}

impl ChildConfig {
	/// This program again, with the argument [`ARGUMENT`].
	pub fn new(time: Duration) -> Self {
		// Not the path of the program, which an update may have replaced meanwhile.
		Self {
			program: "/proc/self/exe".into(),
			arguments: vec![ARGUMENT.into()],
			time,
			memory_bytes: None,
			room: Room::default(),
		}
	}
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Piece {
	/// The token.
	pub token: Token,
	/// The text that it completes; may be empty.
	pub text: String,
}

/// What a job gives.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Finished {
	/// Tokens, ending and fingerprint.
	pub outcome: Outcome,
	/// Text that was still incomplete when the answer ended; mostly empty.
	pub rest: String,
}

/// Why a job has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum JobProcessError {
	/// The model's file cannot be looked at.
	#[error("cannot use the model file {path}: {source}")]
	Model {
		/// The file.
		path: PathBuf,
		/// What the system says.
		source: io::Error,
	},
	/// The child did not start.
	#[error("cannot start the job's process {program}: {source}")]
	Start {
		/// The program.
		program: PathBuf,
		/// What the system says.
		source: io::Error,
	},
	/// It took too long and was killed.
	#[error("the job's process was stopped after {limit:?}, the time that a job may take")]
	Time {
		/// The limit.
		limit: Duration,
	},
	/// It died.
	#[error("the job's process {how}{}{last_words}", if last_words.is_empty() { "" } else { "; it last said: " })]
	Died {
		/// How it ended.
		how: String,
		/// What it wrote to its standard error at the end.
		last_words: String,
	},
	/// It said something that is not in the protocol.
	#[error("the job's process does not speak the protocol: {0}")]
	Protocol(String),
	/// It ran, but the job failed.
	#[error("the job failed: {0}")]
	Job(String),
	/// The caller of [`run_in_child`] stopped it. A stopped run has no receipt.
	#[error("the job was stopped")]
	Stopped,
}

/// The task as it goes through the pipe. What a stranger wrote is in `work`, and stays bytes until the child is
/// confined.
#[derive(Encode, Decode)]
struct Order {
	model: Vec<u8>,
	limits: Limits,
	work: Vec<u8>,
}

#[derive(Encode, Decode)]
enum Work {
	#[codec(index = 0)]
	Run {
		prompt: Vec<u8>,
		seed: Hash,
		sampling: Sampling,
		max_tokens: u32,
	},
	#[codec(index = 1)]
	Audit {
		task: AuditTask,
		transcript: Transcript,
		bands: Bands,
		tracers: Vec<Tracer>,
	},
	#[codec(index = 2)]
	Embed { prompt: Vec<u8> },
}

#[derive(Encode, Decode)]
enum Message {
	Confined(Confinement),
	Piece(Piece),
	Finished(Finished),
	Failed(String),
	Audited(Audited),
	Embedded(Outcome),
}

/// Runs a job in a child. `on_piece` sees every token as it comes and may stop the job.
///
/// Dropping the future kills the child.
pub async fn run_in_child(
	config: &ChildConfig,
	task: &Task,
	mut on_piece: impl FnMut(Piece) -> ControlFlow<()>,
) -> Result<Finished, JobProcessError> {
	let work = Work::Run {
		prompt: task.prompt.clone(),
		seed: task.seed,
		sampling: task.sampling,
		max_tokens: task.max_tokens,
	};
	in_child(config, &task.model, &work, |message| match message {
		Message::Piece(piece) => match on_piece(piece) {
			ControlFlow::Continue(()) => Ok(None),
			ControlFlow::Break(()) => Err(JobProcessError::Stopped),
		},
		Message::Finished(finished) => Ok(Some(finished)),
		_ => Err(JobProcessError::Protocol(
			"it answers a job with something else".into(),
		)),
	})
	.await
}

/// Reads a prompt in a child, for its vector.
///
/// Dropping the future kills the child.
pub async fn embed_in_child(
	config: &ChildConfig,
	model: &Path,
	prompt: &[u8],
) -> Result<Outcome, JobProcessError> {
	let work = Work::Embed {
		prompt: prompt.to_vec(),
	};
	in_child(config, model, &work, |message| match message {
		Message::Embedded(outcome) => Ok(Some(outcome)),
		_ => Err(JobProcessError::Protocol(
			"it answers an embedding with something else".into(),
		)),
	})
	.await
}

/// Gives work to a child and hears it until `on_message` has a result.
async fn in_child<T>(
	config: &ChildConfig,
	model: &Path,
	work: &Work,
	on_message: impl FnMut(Message) -> Result<Option<T>, JobProcessError>,
) -> Result<T, JobProcessError> {
	let order = order(config, model, work, 1).await?;
	let mut child = Started::new(config)?;
	let conversation = tokio::time::timeout(config.time, child.converse(&order, on_message)).await;
	child.end(conversation, config.time).await
}

/// The first work of a child that may do as much as `works` times the like.
async fn order(
	config: &ChildConfig,
	model: &Path,
	work: &Work,
	works: u32,
) -> Result<Order, JobProcessError> {
	let bad_model = |source| JobProcessError::Model {
		path: model.into(),
		source,
	};
	let size = tokio::fs::metadata(model).await.map_err(bad_model)?.len();
	let threads = threads();
	let limits = Limits {
		memory_bytes: config
			.memory_bytes
			.unwrap_or_else(|| memory_for(size, threads, config.room)),
		cpu_seconds: (config.time.as_secs() + 1)
			.saturating_mul(threads)
			.saturating_mul(works.into()),
	};
	Ok(Order {
		model: model.as_os_str().as_bytes().to_vec(),
		limits,
		work: work.encode(),
	})
}

/// A child and the pipes to it. Dropping it kills the child.
struct Started {
	process: Child,
	stdin: ChildStdin,
	stdout: BufReader<ChildStdout>,
	last_words: JoinHandle<String>,
}

impl Started {
	fn new(config: &ChildConfig) -> Result<Self, JobProcessError> {
		let mut process = Command::new(&config.program)
			.arg0("hai-agent")
			.args(&config.arguments)
			.env_clear()
			.env(MARK, "1")
			.env("CANDLE_NUM_THREADS", threads().to_string())
			// glibc reserves 64 MiB of address space for each arena, and makes up to eight a core.
			.env("MALLOC_ARENA_MAX", "2")
			.stdin(Stdio::piped())
			.stdout(Stdio::piped())
			.stderr(Stdio::piped())
			.kill_on_drop(true)
			.spawn()
			.map_err(|source| JobProcessError::Start {
				program: config.program.clone(),
				source,
			})?;
		let last_words = tokio::spawn(last_words(process.stderr.take()));
		Ok(Self {
			stdin: process.stdin.take().expect("it was piped, and nobody took it"),
			stdout: BufReader::new(process.stdout.take().expect("it was piped, and nobody took it")),
			process,
			last_words,
		})
	}

	/// Gives the child its first work and hears it until `on_message` has a result.
	async fn converse<T>(
		&mut self,
		order: &Order,
		on_message: impl FnMut(Message) -> Result<Option<T>, JobProcessError>,
	) -> Result<T, Ended> {
		self.send(order).await?;
		skip_to_greeting(&mut self.stdout).await?;
		self.hear(on_message).await
	}

	async fn send(&mut self, message: &impl Encode) -> Result<(), Ended> {
		self.stdin.write_all(&framed(message)).await?;
		self.stdin.flush().await?;
		Ok(())
	}

	async fn hear<T>(
		&mut self,
		mut on_message: impl FnMut(Message) -> Result<Option<T>, JobProcessError>,
	) -> Result<T, Ended> {
		loop {
			match read_message(&mut self.stdout).await? {
				Message::Confined(confinement) => warn_once(&confinement),
				Message::Failed(reason) => return Err(Ended::Because(JobProcessError::Job(reason))),
				message => {
					if let Some(result) = on_message(message).map_err(Ended::Because)? {
						return Ok(result);
					}
				}
			}
		}
	}

	/// Ends the child after its last words, and says what came of it.
	async fn end<T>(
		mut self,
		conversation: Result<Result<T, Ended>, tokio::time::error::Elapsed>,
		limit: Duration,
	) -> Result<T, JobProcessError> {
		// Whatever was said, nothing of it may go on. An error means that it has already ended.
		let _ = self.process.start_kill();
		let status = self.process.wait().await;
		match conversation {
			Err(_) => Err(JobProcessError::Time { limit }),
			Ok(Ok(result)) => Ok(result),
			Ok(Err(Ended::Because(error))) => Err(error),
			Ok(Err(Ended::Silent)) => {
				let how = status.map_or_else(|error| format!("cannot be waited for: {error}"), describe);
				Err(JobProcessError::Died {
					how,
					last_words: self.last_words.await.unwrap_or_default(),
				})
			}
		}
	}
}

fn threads() -> u64 {
	std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64)
}

const MIB: u64 = 1 << 20;

/// The most memory that a loaded model takes. Small ones become f32, at most eight times their size and never more
/// than 250 million weights; large ones stay as they are.
pub fn loaded_bytes(model_bytes: u64) -> u64 {
	const SMALL: u64 = 1 << 30;
	if model_bytes <= SMALL {
		(model_bytes * 8).min(model_bytes + 2 * SMALL)
	} else {
		model_bytes.saturating_mul(2)
	}
}

/// The address space of a child: the model, what the longest run keeps, a stack for each thread, and 2 GiB for the
/// program, two arenas and what is in work. What is kept grows by doubling, and old and new exist for a moment.
fn memory_for(model_bytes: u64, threads: u64, room: Room) -> u64 {
	const STACK: u64 = 8 * MIB;
	const GROWTH: u64 = 3;
	let kept = room.position_bytes.saturating_mul(room.positions.into());
	loaded_bytes(model_bytes)
		.saturating_add(kept.saturating_mul(GROWTH))
		.saturating_add(threads.saturating_mul(STACK))
		.saturating_add(2048 * MIB)
}

/// Why a conversation has no result.
enum Ended {
	/// The pipe was closed.
	Silent,
	Because(JobProcessError),
}

impl From<io::Error> for Ended {
	/// Whatever goes wrong with a pipe, the child at its other end has gone.
	fn from(_: io::Error) -> Self {
		Self::Silent
	}
}

async fn skip_to_greeting(stdout: &mut BufReader<ChildStdout>) -> Result<(), Ended> {
	let mut noise = stdout.take(NOISE);
	let mut line = Vec::new();
	loop {
		line.clear();
		if noise.read_until(b'\n', &mut line).await? == 0 {
			return match noise.limit() {
				0 => Err(Ended::Because(JobProcessError::Protocol(
					"it never greets".into(),
				))),
				_ => Err(Ended::Silent),
			};
		}
		if line.strip_suffix(b"\n") == Some(GREETING.as_bytes()) {
			return Ok(());
		}
	}
}

async fn read_message(stdout: &mut BufReader<ChildStdout>) -> Result<Message, Ended> {
	let protocol = |text: String| Ended::Because(JobProcessError::Protocol(text));
	let length = stdout.read_u32_le().await?;
	if length > MAX_MESSAGE {
		return Err(protocol(format!(
			"a message of {length} bytes, more than {MAX_MESSAGE}"
		)));
	}
	let mut bytes = vec![0; length as usize];
	stdout.read_exact(&mut bytes).await?;
	Message::decode(&mut bytes.as_slice()).map_err(|error| protocol(error.to_string()))
}

/// The end of what the child writes to its standard error.
async fn last_words(stderr: Option<tokio::process::ChildStderr>) -> String {
	let Some(mut stderr) = stderr else {
		return String::new();
	};
	let mut kept = Vec::new();
	let mut buffer = [0; 1024];
	while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
		kept.extend_from_slice(&buffer[..count]);
		let surplus = kept.len().saturating_sub(LAST_WORDS);
		kept.drain(..surplus);
	}
	String::from_utf8_lossy(&kept).trim().to_string()
}

fn describe(status: ExitStatus) -> String {
	const SIGABRT: i32 = 6;
	const SIGKILL: i32 = 9;
	const SIGXCPU: i32 = 24;
	match (status.signal(), status.code()) {
		(Some(SIGXCPU), _) => "used up its processor time".into(),
		(Some(SIGABRT), _) => "gave up (signal 6), probably for want of memory".into(),
		(Some(SIGKILL), _) => "was killed (signal 9)".into(),
		(Some(signal), _) => format!("died of signal {signal}"),
		(None, Some(code)) => format!("ended early with code {code}"),
		(None, None) => "ended early".into(),
	}
}

fn warn_once(confinement: &Confinement) {
	static WARNED: Once = Once::new();
	if let Some(gap) = confinement.gap() {
		WARNED.call_once(|| {
			tracing::warn!(
				"jobs run with less isolation than intended: {gap}. Run only models that you trust."
			);
		});
	}
}

fn framed(message: &impl Encode) -> Vec<u8> {
	let body = message.encode();
	[&(body.len() as u32).to_le_bytes()[..], &body].concat()
}

#[cfg(test)]
mod tests;

//! Child processes with a log each.

use anyhow::{Context, Result, bail};
use rustix::{
	io::Errno,
	process::{Signal, getppid, set_parent_process_death_signal},
};
use std::{
	collections::BTreeSet,
	fs::File,
	io,
	net::TcpListener,
	os::unix::process::CommandExt,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	sync::{Mutex, PoisonError},
	time::{Duration, Instant},
};

/// A program of this workspace, beside the running one.
///
/// # Errors
///
/// If it was not built.
pub fn program(name: &str) -> Result<PathBuf> {
	let own = std::env::current_exe()?;
	// A test runs in `deps/`, the demo beside its siblings.
	let found = own
		.ancestors()
		.skip(1)
		.take(2)
		.map(|folder| folder.join(name))
		.find(|path| path.is_file());
	found.with_context(|| {
		format!(
			"{name} is not built: run `cargo build --release --workspace --bins` first, as ./scripts/test does"
		)
	})
}

/// Every port that was given. Its program binds it a little later, or again after a restart, and until then the
/// system would name it once more.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A port that nobody uses at the moment, and that this process has not given before.
///
/// # Errors
///
/// If the system has none.
pub fn free_port() -> Result<u16> {
	for _ in 0..1_000 {
		let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
		let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
		if given.insert(port) {
			return Ok(port);
		}
	}
	bail!("the system names no port on 127.0.0.1 that was not given before")
}

/// Lets a program end with this one, however this one ends: a test that is killed runs no destructor.
fn end_with_us(command: &mut Command) {
	let parent = rustix::process::getpid();
	let bind = move || -> io::Result<()> {
		set_parent_process_death_signal(Some(Signal::KILL))?;
		// The parent may have gone before the line above.
		if getppid() == Some(parent) {
			Ok(())
		} else {
			Err(Errno::SRCH.into())
		}
	};
	// SAFETY: between fork and exec it makes two system calls and allocates nothing.
	unsafe { command.pre_exec(bind) };
}

/// A running program. It is killed when this is dropped.
pub struct Running {
	name: String,
	child: Child,
	log: PathBuf,
	/// Where this run's output begins in the log: those before it, on the same data, stand above.
	begins: usize,
}

impl Running {
	/// Starts a program, with its output in `<folder>/<name>.log` (appended, so a restart adds to it).
	///
	/// # Errors
	///
	/// If it cannot be started.
	pub fn start(name: &str, folder: &Path, command: &mut Command) -> Result<Self> {
		let log = folder.join(format!("{name}.log"));
		let file = File::options().create(true).append(true).open(&log)?;
		let begins = usize::try_from(file.metadata()?.len())?;
		end_with_us(command);
		let child = command
			.stdin(Stdio::null())
			.stdout(file.try_clone()?)
			.stderr(file)
			.spawn()
			.with_context(|| format!("could not start {:?}", command.get_program()))?;
		Ok(Self {
			name: name.into(),
			child,
			log,
			begins,
		})
	}

	/// What it is called.
	pub fn name(&self) -> &str {
		&self.name
	}

	/// Its process id.
	pub fn id(&self) -> u32 {
		self.child.id()
	}

	/// Where its output goes.
	pub fn log(&self) -> &Path {
		&self.log
	}

	/// The last lines of its output.
	pub fn log_tail(&self, lines: usize) -> String {
		let text = std::fs::read_to_string(&self.log).unwrap_or_default();
		let all: Vec<&str> = text.lines().collect();
		all[all.len().saturating_sub(lines)..].join("\n")
	}

	/// Whether it still runs.
	pub fn is_running(&mut self) -> bool {
		matches!(self.child.try_wait(), Ok(None))
	}

	/// Ends it at once, as `kill -9` does.
	pub fn kill(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}

	/// What it printed since it was started.
	fn output(&self) -> String {
		let bytes = std::fs::read(&self.log).unwrap_or_default();
		String::from_utf8_lossy(bytes.get(self.begins..).unwrap_or_default()).into_owned()
	}

	/// Waits until its output contains `text`.
	///
	/// # Errors
	///
	/// If it ends before, or not within `limit`; the error holds the end of its output.
	pub async fn says(&mut self, text: &str, limit: Duration) -> Result<()> {
		let began = Instant::now();
		loop {
			if self.output().contains(text) {
				return Ok(());
			}
			if !self.is_running() {
				bail!(
					"{} ended before it said {text:?}:\n{}",
					self.name,
					self.log_tail(15)
				);
			}
			if began.elapsed() > limit {
				bail!(
					"{} did not say {text:?} within {limit:?}:\n{}",
					self.name,
					self.log_tail(15)
				);
			}
			tokio::time::sleep(Duration::from_millis(100)).await;
		}
	}
}

impl Drop for Running {
	fn drop(&mut self) {
		self.kill();
	}
}

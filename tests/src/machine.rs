//! Whether this machine can run a network.

use crate::{free_port, program};
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// What logs, databases and keys of one network take at most.
const NEEDED_DISK_MIB: u64 = 1_000;

/// Looks at what a network needs, programs, the model, memory, disk and ports, and tells what it finds.
///
/// # Errors
///
/// If something is missing.
pub fn check_machine(model: &Path, needed_mib: u64) -> Result<()> {
	for name in ["hai-node", "hai-agent", "hai"] {
		eprintln!("check: {} is built", program(name)?.display());
	}
	ensure!(model.is_file(), "the model {} is not there", model.display());
	eprintln!("check: the model {} is there", model.display());
	let meminfo = std::fs::read_to_string("/proc/meminfo")?;
	let available = meminfo
		.lines()
		.find_map(|line| line.strip_prefix("MemAvailable:"))
		.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok())
		.context("/proc/meminfo tells no available memory")?
		/ 1024;
	ensure!(
		available >= needed_mib,
		"{available} MiB of memory are available, {needed_mib} are needed"
	);
	eprintln!("check: {available} MiB of memory are available");
	let folder = tempfile::tempdir().context("no temporary folder can be made")?;
	let place = std::env::temp_dir();
	let disk = rustix::fs::statvfs(folder.path()).context("the free space cannot be told")?;
	let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
	ensure!(
		free >= NEEDED_DISK_MIB,
		"{free} MiB are free in {}, {NEEDED_DISK_MIB} are needed; TMPDIR names another folder",
		place.display()
	);
	eprintln!("check: {free} MiB are free in {}", place.display());
	free_port().context("no port is free on 127.0.0.1")?;
	eprintln!("check: ports are free");
	Ok(())
}

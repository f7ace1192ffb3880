//! What a job's process may still do: compute, and write to the pipes that it has.
//!
//! A model file and a prompt come from strangers. The process that reads them first opens what it
//! needs and then gives up, for good, files, network, other programs and other processes:
//!
//! - *resource limits* on address space, processor time and file sizes;
//! - *Landlock*: no file can be opened, no port reached, no process outside signalled;
//! - *seccomp*: only the system calls that arithmetic, memory and threads need.
//!
//! Landlock and seccomp overlap on purpose: a kernel may lack one of them. What is in force is
//! reported as [`Confinement`], so that its absence is seen.

use codec::{Decode, Encode};
use landlock::{
	ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, Ruleset, RulesetAttr,
	RulesetStatus, Scope,
};
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use seccompiler::{
	BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
	TargetArch,
};
use std::{collections::BTreeMap, fmt};

/// How much a process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Limits {
	/// Address space in bytes.
	pub memory_bytes: u64,
	/// Processor time of all its threads together, in seconds.
	pub cpu_seconds: u64,
}

/// Whether a restriction is in force.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Enforcement {
	/// As intended.
	Full,
	/// This kernel knows only a part of it.
	Partial,
	/// Not at all, and why.
	Absent(String),
}

/// What holds a process back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Confinement {
	/// Files, ports and signals.
	pub landlock: Enforcement,
	/// System calls.
	pub seccomp: Enforcement,
}

impl Confinement {
	/// What is missing, in words; `None` if nothing is.
	pub fn gap(&self) -> Option<String> {
		let parts: Vec<String> = [("landlock", &self.landlock), ("seccomp", &self.seccomp)]
			.into_iter()
			.filter_map(|(name, enforcement)| match enforcement {
				Enforcement::Full => None,
				Enforcement::Partial => Some(format!("{name} is only partly in force on this kernel")),
				Enforcement::Absent(reason) => Some(format!("{name} is not in force: {reason}")),
			})
			.collect();
		(!parts.is_empty()).then(|| parts.join("; "))
	}
}

/// A resource limit could not be set.
#[derive(Debug)]
pub struct LimitError {
	what: &'static str,
	source: rustix::io::Errno,
}

impl fmt::Display for LimitError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "cannot limit {}: {}", self.what, self.source)
	}
}

impl std::error::Error for LimitError {
	fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
		Some(&self.source)
	}
}

/// Restricts this process, and every thread that it starts afterwards. There is no way back. Open
/// files stay open: nothing else can be read or written from here on.
///
/// Without its resource limits a process must not go on. Landlock and seccomp are reported instead,
/// because some kernels lack them.
pub fn enter(limits: Limits) -> Result<Confinement, LimitError> {
	limit(limits)?;
	// Landlock first: seccomp forbids the calls that install it.
	let landlock = enter_landlock();
	let seccomp = match enter_seccomp() {
		Ok(()) => Enforcement::Full,
		Err(reason) => Enforcement::Absent(reason),
	};
	Ok(Confinement { landlock, seccomp })
}

fn limit(limits: Limits) -> Result<(), LimitError> {
	let failed = |what| move |source| LimitError { what, source };
	set_parent_process_death_signal(Some(Signal::KILL)).map_err(failed("its life to that of its parent"))?;
	for (resource, value, what) in [
		(Resource::As, limits.memory_bytes, "memory"),
		(Resource::Cpu, limits.cpu_seconds, "processor time"),
		(Resource::Fsize, 0, "written files"),
		(Resource::Core, 0, "core dumps"),
		(Resource::Nofile, 16, "open files"),
	] {
		setrlimit(
			resource,
			Rlimit {
				current: Some(value),
				maximum: Some(value),
			},
		)
		.map_err(failed(what))?;
	}
	Ok(())
}

fn enter_landlock() -> Enforcement {
	// Everything up to this version of the interface; older kernels enforce what they know.
	const VERSION: ABI = ABI::V6;
	let restricted = Ruleset::default()
		.set_compatibility(CompatLevel::BestEffort)
		.handle_access(AccessFs::from_all(VERSION))
		.and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(VERSION)))
		.and_then(|ruleset| ruleset.scope(Scope::from_all(VERSION)))
		.and_then(Ruleset::create)
		.and_then(|ruleset| ruleset.restrict_self());
	match restricted {
		Err(error) => Enforcement::Absent(error.to_string()),
		Ok(status) => match (status.ruleset, status.landlock) {
			(RulesetStatus::FullyEnforced, _) => Enforcement::Full,
			(RulesetStatus::PartiallyEnforced, _) => Enforcement::Partial,
			(_, LandlockStatus::NotEnabled) => {
				Enforcement::Absent("the kernel was started without it".into())
			}
			_ => Enforcement::Absent("the kernel does not have it".into()),
		},
	}
}

/// A system call by its numbers on x86-64 and aarch64.
type Call = (i64, i64);

/// What arithmetic, memory, threads and open pipes need. Everything else fails with "not permitted".
const ALLOWED: &[Call] = &[
	(0, 63),    // read
	(1, 64),    // write
	(19, 65),   // readv
	(20, 66),   // writev
	(17, 67),   // pread64
	(8, 62),    // lseek
	(3, 57),    // close
	(5, 80),    // fstat
	(72, 25),   // fcntl
	(9, 222),   // mmap
	(11, 215),  // munmap
	(10, 226),  // mprotect
	(25, 216),  // mremap
	(28, 233),  // madvise
	(12, 214),  // brk
	(202, 98),  // futex
	(273, 99),  // set_robust_list
	(334, 293), // rseq
	(13, 134),  // rt_sigaction
	(14, 135),  // rt_sigprocmask
	(15, 139),  // rt_sigreturn
	(131, 132), // sigaltstack
	(24, 124),  // sched_yield
	(204, 123), // sched_getaffinity
	(309, 168), // getcpu
	(318, 278), // getrandom
	(60, 93),   // exit
	(231, 94),  // exit_group
	(186, 178), // gettid
	(39, 172),  // getpid
	(228, 113), // clock_gettime
	(230, 115), // clock_nanosleep
	(35, 101),  // nanosleep
	(271, 73),  // ppoll
	(99, 179),  // sysinfo
	(219, 128), // restart_syscall
	(435, 435), // clone3, which a filter of its own turns into "not there"
];

const CLONE: Call = (56, 220);
const CLONE3: Call = (435, 435);
const PRCTL: Call = (157, 167);
const PRLIMIT64: Call = (302, 261);
const TGKILL: Call = (234, 131);

const CLONE_THREAD: u64 = 0x0001_0000;
const PR_SET_NAME: u64 = 15;
const EPERM: u32 = 1;
const ENOSYS: u32 = 38;

fn enter_seccomp() -> Result<(), String> {
	let (arch, number): (TargetArch, fn(Call) -> i64) = match std::env::consts::ARCH {
		"x86_64" => (TargetArch::x86_64, |call| call.0),
		"aarch64" => (TargetArch::aarch64, |call| call.1),
		other => return Err(format!("there is no list of system calls for {other}")),
	};
	let when = |argument: u8, operator: SeccompCmpOp, value: u64| {
		SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
			.and_then(|condition| SeccompRule::new(vec![condition]))
			.map(|rule| vec![rule])
			.map_err(|error| error.to_string())
	};
	let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
		ALLOWED.iter().map(|call| (number(*call), Vec::new())).collect();
	// Threads, but no processes.
	rules.insert(
		number(CLONE),
		when(0, SeccompCmpOp::MaskedEq(CLONE_THREAD), CLONE_THREAD)?,
	);
	rules.insert(number(PRCTL), when(0, SeccompCmpOp::Eq, PR_SET_NAME)?);
	// Its own limits and signals, nobody else's.
	rules.insert(number(PRLIMIT64), when(0, SeccompCmpOp::Eq, 0)?);
	rules.insert(
		number(TGKILL),
		when(0, SeccompCmpOp::Eq, u64::from(std::process::id()))?,
	);
	// A filter cannot look into clone3's arguments; libraries fall back to clone where it is missing.
	// Of two filters the stricter answer counts. This one comes first: the list forbids a second one.
	let clone3 = BTreeMap::from([(number(CLONE3), Vec::new())]);
	install(clone3, SeccompAction::Allow, SeccompAction::Errno(ENOSYS), arch)?;
	install(rules, SeccompAction::Errno(EPERM), SeccompAction::Allow, arch)
}

fn install(
	rules: BTreeMap<i64, Vec<SeccompRule>>,
	otherwise: SeccompAction,
	on_match: SeccompAction,
	arch: TargetArch,
) -> Result<(), String> {
	let filter = SeccompFilter::new(rules, otherwise, on_match, arch).map_err(|error| error.to_string())?;
	let program: BpfProgram = filter
		.try_into()
		.map_err(|error: seccompiler::BackendError| error.to_string())?;
	seccompiler::apply_filter_all_threads(&program).map_err(|error| error.to_string())
}

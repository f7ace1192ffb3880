use super::*;
use crate::{
	audit::audit_and_trace,
	engine::{
		Arithmetic, CandleEngine, Engine, Request,
		testing::{engine, gguf},
	},
	sandbox,
};
use model_export::MatrixType;
use receipt::Verdict;
use std::{fs::File, io::Write, sync::Mutex};

/// Not a test by itself: the program that the others start as their child.
#[test]
fn child_entry() {
	if std::env::var_os(MARK).is_none() {
		return;
	}
	match std::env::args().next_back().as_deref() {
		// What a child must not be able to do, tried from within.
		Some("escape") => escape(),
		Some("hang") => loop {
			std::thread::park();
		},
		Some("babble") => {
			io::stdout().write_all(&[b'x'; 100_000]).expect("a pipe");
			std::process::exit(0);
		}
		Some("devour") => {
			sandbox::enter(Limits {
				memory_bytes: 1 << 30,
				cpu_seconds: 60,
			})
			.expect("limits");
			let eaten = vec![1u8; 2 << 30];
			std::process::exit(i32::from(eaten[7]));
		}
		Some("vanish") => {
			eprintln!("out of luck");
			std::process::exit(3);
		}
		_ => {
			child_main();
			std::process::exit(0);
		}
	}
}

/// Confines itself, tries to get out, and says on standard error what happened.
fn escape() -> ! {
	let secret = std::env::temp_dir();
	let confinement = sandbox::enter(Limits {
		memory_bytes: 4 << 30,
		cpu_seconds: 60,
	})
	.expect("limits");
	let mut open = Vec::new();
	let mut attempt = |name: &str, succeeded: bool| {
		if succeeded {
			open.push(name.to_string());
		}
	};
	attempt("read a file", File::open("/proc/self/maps").is_ok());
	attempt("list a folder", std::fs::read_dir(&secret).is_ok());
	attempt(
		"write a file",
		std::fs::write(secret.join("hai-escape"), "x").is_ok(),
	);
	attempt("open a socket", std::net::UdpSocket::bind("127.0.0.1:0").is_ok());
	attempt(
		"connect",
		std::net::TcpStream::connect("127.0.0.1:1")
			.err()
			.map(|e| e.kind())
			== Some(io::ErrorKind::ConnectionRefused),
	);
	attempt(
		"start a program",
		std::process::Command::new("/bin/true").status().is_ok(),
	);
	attempt(
		"allocate without limit",
		Vec::<u8>::new().try_reserve_exact(5 << 30).is_ok(),
	);
	let thread = std::thread::Builder::new()
		.spawn(|| 7)
		.map(|thread| thread.join().ok());
	attempt("(threads must work)", thread.ok().flatten() != Some(7));
	let engine = engine(1, MatrixType::Q8_0, Arithmetic::Quantized);
	let states = engine.prefill(&[5; 100], 0, &mut |_, _| ());
	attempt("(candle's threads must work)", states.is_err());
	eprintln!(
		"landlock {:?} seccomp {:?} open {open:?}.",
		confinement.landlock, confinement.seccomp
	);
	std::process::exit(9);
}

/// This test program again, running only [`child_entry`].
fn config(role: &str) -> ChildConfig {
	ChildConfig {
		program: "/proc/self/exe".into(),
		arguments: [
			"--exact",
			"job_process::tests::child_entry",
			"--nocapture",
			"--test-threads=1",
			"--skip",
			role,
		]
		.map(OsString::from)
		.to_vec(),
		time: Duration::from_secs(60),
		memory_bytes: None,
		room: Room::default(),
	}
}

fn model() -> tempfile::NamedTempFile {
	let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
	file.write_all(&gguf(1, MatrixType::Q8_0)).expect("room");
	file
}

fn task(model: &Path) -> Task {
	let sampling = Sampling {
		temperature_milli: 800,
		top_k: 40,
	};
	Task {
		model: model.into(),
		prompt: b"the other one".to_vec(),
		seed: [5; 32],
		sampling,
		max_tokens: 12,
	}
}

async fn ask(config: &ChildConfig, task: &Task) -> Result<Finished, JobProcessError> {
	run_in_child(config, task, |_| ControlFlow::Continue(())).await
}

#[tokio::test]
async fn a_child_gives_what_the_engine_gives() {
	let file = model();
	let task = task(file.path());
	let pieces = Mutex::new(Vec::new());
	let config = config("job");
	let finished = run_in_child(&config, &task, |piece| {
		pieces.lock().expect("no panics").push(piece);
		ControlFlow::Continue(())
	});
	let finished = finished.await.expect("the model runs");
	let engine = CandleEngine::load(file.path()).expect("a model");
	let prompt = engine.tokenize(&task.prompt).expect("text");
	let request = Request {
		prompt: &prompt,
		seed: task.seed,
		sampling: task.sampling,
		max_tokens: task.max_tokens,
	};
	let run = engine
		.generate(&request, &mut |_| ControlFlow::Continue(()))
		.expect("the model runs");
	let expected = Outcome::of(&engine, prompt, run).expect("finite");
	assert_eq!(finished.outcome, expected);
	let pieces = pieces.into_inner().expect("no panics");
	assert_eq!(
		pieces.iter().map(|piece| piece.token).collect::<Vec<_>>(),
		expected.answer
	);
	let mut stream = engine.detokenizer();
	let text: String = expected.answer.iter().map(|token| stream.push(*token)).collect();
	assert_eq!(
		pieces.into_iter().map(|piece| piece.text).collect::<String>(),
		text
	);
}

#[tokio::test]
async fn a_child_gives_the_engines_vector_or_says_why_not() {
	let file = model();
	let engine = CandleEngine::load(file.path()).expect("a model");
	let text = b"the other one in the rain";
	let prompt = engine.tokenize(text).expect("text");
	let expected = Outcome::of_vector(&engine, prompt).expect("the model runs");
	let config = config("job");
	let embedded = embed_in_child(&config, file.path(), text).await;
	assert_eq!(embedded.expect("the model runs"), expected);
	for (prompt, reason) in [(&b"\xff"[..], "UTF-8"), (&[b'x'; 4000][..], "do not fit")] {
		match embed_in_child(&config, file.path(), prompt).await {
			Err(JobProcessError::Job(text)) => assert!(text.contains(reason), "{text}"),
			other => panic!("{other:?}"),
		}
	}
}

/// An honest run of the model in this file.
fn honest(model: &Path) -> (AuditTask, Transcript) {
	let engine = CandleEngine::load(model).expect("a model");
	let task = task(model);
	let input = receipt::JobInput {
		workflow: 1,
		version: 0,
		task: receipt::Task::Text,
		caller: [1; 32],
		prompt: task.prompt,
		max_tokens: task.max_tokens,
		sampling: task.sampling,
		nonce: [2; 32],
		salt: [3; 32],
	};
	let run = crate::selftest::honest_run(&engine, 7, input).expect("the model runs");
	run.expect("nobody stops it")
}

#[tokio::test]
async fn an_audit_in_a_child_finds_what_one_in_this_process_finds() {
	let file = model();
	let (task, transcript) = honest(file.path());
	let mut forged = task;
	forged.receipt.tokens_out += 1;
	let engine = CandleEngine::load(file.path()).expect("a model");
	let audits = AuditProcess::new(file.path().into());
	let tracers = [1, 2].map(|auditor| Tracer {
		auditor: [auditor; 32],
		round: 0,
	});
	for (task, is_valid) in [(task, true), (forged, false), (task, true)] {
		let found = audits
			.audit(&config("job"), &task, &transcript, &Bands::CPU, &tracers)
			.await;
		let found = found.expect("the model runs");
		assert_eq!(found.verdict == Verdict::Valid, is_valid);
		assert_eq!(
			found.traces.iter().flatten().count(),
			if is_valid { 2 } else { 0 }
		);
		let expected = audit_and_trace(&engine, &task, &transcript, &Bands::CPU, &tracers);
		let expected = expected.expect("the same pair");
		assert_eq!(found, expected);
	}
}

#[tokio::test]
async fn a_child_is_kept_for_the_next_audits_but_not_for_all() {
	let file = model();
	let (task, transcript) = honest(file.path());
	let audits = AuditProcess::new(file.path().into());
	let config = config("job");
	let audit = |room| {
		let config = ChildConfig {
			room,
			..config.clone()
		};
		let (audits, task, transcript) = (&audits, &task, &transcript);
		async move {
			let found = audits.audit(&config, task, transcript, &Bands::CPU, &[]).await;
			assert_eq!(found.expect("the model runs").verdict, Verdict::Valid);
			audits.waiting_process()
		}
	};
	assert_eq!(
		audits.waiting_process(),
		None,
		"nothing runs before the first audit"
	);
	let first = audit(Room::default()).await;
	assert!(first.is_some());
	let long = Room {
		position_bytes: 1,
		positions: 100_000,
	};
	let second = audit(long).await;
	assert!(
		second.is_some() && second != first,
		"the first child had no room for it"
	);
	for _ in 2..16 {
		assert_eq!(audit(Room::default()).await, second);
	}
	assert_eq!(
		audit(Room::default()).await,
		None,
		"the sixteenth audit is a child's last"
	);
	assert!(audit(Room::default()).await.is_some());
}

#[tokio::test]
async fn a_child_that_waits_too_long_or_fails_is_ended() {
	let file = model();
	let (task, transcript) = honest(file.path());
	let audits = AuditProcess::waiting(file.path().into(), Duration::ZERO);
	let config = config("job");
	let found = audits.audit(&config, &task, &transcript, &Bands::CPU, &[]).await;
	assert_eq!(found.expect("the model runs").verdict, Verdict::Valid);
	let ended = async {
		while audits.waiting_process().is_some() {
			tokio::task::yield_now().await;
		}
	};
	tokio::time::timeout(Duration::from_secs(20), ended)
		.await
		.expect("its time was over at once");

	let audits = AuditProcess::new(file.path().into());
	let mut other_pair = task;
	other_pair.receipt.pair = [9; 32];
	for (task, is_kept) in [(task, true), (other_pair, false), (task, true)] {
		let found = audits.audit(&config, &task, &transcript, &Bands::CPU, &[]).await;
		assert_eq!(found.is_ok(), is_kept, "{found:?}");
		assert_eq!(audits.waiting_process().is_some(), is_kept);
	}
	// One that died meanwhile is replaced.
	let process = audits.waiting_process().expect("it was kept") as i32;
	let process = rustix::process::Pid::from_raw(process).expect("a process");
	rustix::process::kill_process(process, rustix::process::Signal::KILL).expect("it is ours");
	let died = async {
		while !audits.waiting_process_has_ended() {
			tokio::task::yield_now().await;
		}
	};
	tokio::time::timeout(Duration::from_secs(20), died)
		.await
		.expect("it was killed");
	let found = audits.audit(&config, &task, &transcript, &Bands::CPU, &[]).await;
	assert_eq!(found.expect("another child makes it").verdict, Verdict::Valid);
}

#[tokio::test]
async fn an_audit_that_is_slow_or_cannot_be_made_has_no_verdict() {
	let file = model();
	let (task, transcript) = honest(file.path());
	let slow = ChildConfig {
		time: Duration::from_millis(300),
		..config("hang")
	};
	let audits = AuditProcess::new(file.path().into());
	let found = audits.audit(&slow, &task, &transcript, &Bands::CPU, &[]).await;
	assert!(matches!(found, Err(JobProcessError::Time { .. })), "{found:?}");
	let small = ChildConfig {
		memory_bytes: Some(MIB),
		..config("job")
	};
	let found = audits.audit(&small, &task, &transcript, &Bands::CPU, &[]).await;
	assert!(found.is_err(), "{found:?}");
	let mut other_pair = task;
	other_pair.receipt.pair = [9; 32];
	let found = audits
		.audit(&config("job"), &other_pair, &transcript, &Bands::CPU, &[])
		.await;
	assert!(matches!(found, Err(JobProcessError::Job(_))), "{found:?}");
}

#[test]
fn memory_grows_with_threads_and_with_what_a_run_keeps() {
	let none = Room::default();
	let gib = 1024 * MIB;
	let alone = memory_for(MIB, 1, none);
	assert_eq!(alone, (8 + 8) * MIB + 2 * gib);
	assert_eq!(memory_for(MIB, 129, none), alone + gib);
	let long = Room {
		position_bytes: MIB,
		positions: 1024,
	};
	assert_eq!(memory_for(MIB, 1, long), alone + 3 * gib);
	assert_eq!(loaded_bytes(gib), 3 * gib);
	assert_eq!(loaded_bytes(5 * gib), 10 * gib);
	assert_eq!(
		memory_for(
			u64::MAX / 4,
			64,
			Room {
				position_bytes: u64::MAX,
				..long
			}
		),
		u64::MAX
	);
}

#[tokio::test]
async fn a_confined_process_can_only_compute() {
	let file = model();
	let error = ask(&config("escape"), &task(file.path()))
		.await
		.expect_err("it never greets");
	let JobProcessError::Died { how, last_words } = error else {
		panic!("{error}")
	};
	assert_eq!(how, "ended early with code 9");
	assert!(last_words.contains("seccomp Full open []."), "{last_words}");
}

#[tokio::test]
async fn a_stopped_job_ends() {
	let file = model();
	let (config, task) = (config("job"), task(file.path()));
	let mut seen = 0;
	let result = run_in_child(&config, &task, |_| {
		seen += 1;
		ControlFlow::Break(())
	});
	assert!(matches!(result.await, Err(JobProcessError::Stopped)));
	assert_eq!(seen, 1);
}

#[tokio::test]
async fn the_parent_survives_whatever_the_child_does() {
	let file = model();
	let task = task(file.path());
	let hanging = ChildConfig {
		time: Duration::from_millis(300),
		..config("hang")
	};
	assert!(matches!(
		ask(&hanging, &task).await,
		Err(JobProcessError::Time { .. })
	));
	assert!(matches!(
		ask(&config("babble"), &task).await,
		Err(JobProcessError::Protocol(_))
	));
	match ask(&config("vanish"), &task).await {
		Err(JobProcessError::Died { how, last_words }) => {
			assert_eq!(how, "ended early with code 3");
			assert!(last_words.contains("out of luck"), "{last_words}");
		}
		other => panic!("{other:?}"),
	}
	match ask(&config("devour"), &task).await {
		Err(JobProcessError::Died { how, last_words }) => {
			assert!(how.contains("want of memory"), "{how}");
			assert!(last_words.contains("allocation"), "{last_words}");
		}
		other => panic!("{other:?}"),
	}
	let missing = ChildConfig {
		program: "/nonexistent/hai".into(),
		..config("job")
	};
	assert!(matches!(
		ask(&missing, &task).await,
		Err(JobProcessError::Start { .. })
	));
}

#[tokio::test]
async fn jobs_that_cannot_run_say_why() {
	let file = model();
	let good = task(file.path());
	let mut garbage = tempfile::NamedTempFile::new().expect("a temporary file");
	garbage.write_all(b"not a model").expect("room");
	let missing = Task {
		model: "/nonexistent.gguf".into(),
		..good.clone()
	};
	assert!(matches!(
		ask(&config("job"), &missing).await,
		Err(JobProcessError::Model { .. })
	));
	for (bad, reason) in [
		(
			Task {
				model: garbage.path().into(),
				..good.clone()
			},
			"GGUF",
		),
		(
			Task {
				prompt: vec![0xff],
				..good.clone()
			},
			"UTF-8",
		),
		(
			Task {
				max_tokens: 0,
				..good.clone()
			},
			"at least one token",
		),
		(
			Task {
				prompt: vec![b'x'; 4000],
				..good.clone()
			},
			"do not fit",
		),
	] {
		match ask(&config("job"), &bad).await {
			Err(JobProcessError::Job(text)) => assert!(text.contains(reason), "{text}"),
			other => panic!("{other:?}"),
		}
	}
}

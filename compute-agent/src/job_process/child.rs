//! The child's side.

use super::{Finished, GREETING, MAX_MESSAGE, Message, Order, Piece, Work, framed};
use crate::{
	audit::audit_and_trace,
	engine::{CandleEngine, Engine, Request, record::Outcome},
	sandbox,
};
use codec::Decode;
use receipt::{Hash, Sampling};
use std::{
	ffi::OsStr,
	fs::File,
	io::{self, Read, Write},
	ops::ControlFlow,
	os::unix::ffi::OsStrExt,
	path::Path,
	process::ExitCode,
};

/// Reads an order from standard input, runs it, and writes to standard output. After an audit it
/// waits for another one, until its input ends.
/// The program calls this before anything else when it is started with [`ARGUMENT`](super::ARGUMENT).
pub fn child_main() -> ExitCode {
	match serve(&mut io::stdin().lock(), &mut io::stdout().lock()) {
		Ok(()) => ExitCode::SUCCESS,
		// The parent has gone; there is nobody to tell.
		Err(_) => ExitCode::FAILURE,
	}
}

fn serve(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
	write!(output, "\n{GREETING}\n")?;
	let mut send = |message: Message| {
		output.write_all(&framed(&message))?;
		output.flush()
	};
	let order = match Order::decode(&mut read_framed(input)?.as_slice()) {
		Ok(order) => order,
		Err(error) => return send(Message::Failed(format!("the order cannot be read: {error}"))),
	};
	let path = Path::new(OsStr::from_bytes(&order.model));
	let model = match File::open(path) {
		Ok(model) => model,
		Err(error) => {
			return send(Message::Failed(format!(
				"cannot open {}: {error}",
				path.display()
			)));
		}
	};
	match sandbox::enter(order.limits) {
		Ok(confinement) => send(Message::Confined(confinement))?,
		Err(error) => return send(Message::Failed(error.to_string())),
	}
	let mut engine = match CandleEngine::read(model, None) {
		Ok(engine) => engine,
		Err(error) => return send(Message::Failed(error.to_string())),
	};
	// Audits that follow each other often begin with the same instructions.
	engine.keep_beginnings();
	let mut work = order.work;
	loop {
		let decoded = match Work::decode(&mut work.as_slice()) {
			Ok(work) => work,
			Err(error) => return send(Message::Failed(format!("the work cannot be read: {error}"))),
		};
		match decoded {
			Work::Run {
				prompt,
				seed,
				sampling,
				max_tokens,
			} => {
				let mut broken = None;
				let mut on_piece = |piece| match send(Message::Piece(piece)) {
					Ok(()) => ControlFlow::Continue(()),
					Err(error) => {
						broken = Some(error);
						ControlFlow::Break(())
					}
				};
				let result = run(&engine, &prompt, seed, sampling, max_tokens, &mut on_piece);
				return match broken {
					Some(error) => Err(error),
					None => send(result.map_or_else(Message::Failed, Message::Finished)),
				};
			}
			Work::Audit {
				task,
				transcript,
				bands,
				tracers,
			} => {
				let found = audit_and_trace(&engine, &task, &transcript, &bands, &tracers);
				send(found.map_or_else(|error| Message::Failed(error.to_string()), Message::Audited))?;
			}
			Work::Embed { prompt } => {
				return send(embed(&engine, &prompt).map_or_else(Message::Failed, Message::Embedded));
			}
		}
		work = match read_framed(input) {
			Ok(work) => work,
			// Nobody wants another audit.
			Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
			Err(error) => return Err(error),
		};
	}
}

/// One message, without its length.
fn read_framed(input: &mut impl Read) -> io::Result<Vec<u8>> {
	let mut length = [0; 4];
	input.read_exact(&mut length)?;
	let mut bytes = Vec::new();
	input
		.take(u64::from(u32::from_le_bytes(length).min(MAX_MESSAGE)))
		.read_to_end(&mut bytes)?;
	Ok(bytes)
}

fn run(
	engine: &CandleEngine,
	prompt: &[u8],
	seed: Hash,
	sampling: Sampling,
	max_tokens: u32,
	on_piece: &mut dyn FnMut(Piece) -> ControlFlow<()>,
) -> Result<Finished, String> {
	let prompt = engine.tokenize(prompt).map_err(|error| error.to_string())?;
	let request = Request {
		prompt: &prompt,
		seed,
		sampling,
		max_tokens,
	};
	let mut stream = engine.detokenizer();
	let run = engine.generate(&request, &mut |token| {
		on_piece(Piece {
			token,
			text: stream.push(token),
		})
	});
	let run = run.map_err(|error| error.to_string())?;
	let outcome = Outcome::of(engine, prompt, run).map_err(|error| error.to_string())?;
	Ok(Finished {
		outcome,
		rest: stream.finish(),
	})
}

fn embed(engine: &CandleEngine, prompt: &[u8]) -> Result<Outcome, String> {
	let prompt = engine.tokenize(prompt).map_err(|error| error.to_string())?;
	Outcome::of_vector(engine, prompt).map_err(|error| error.to_string())
}

//! Measures a pair: what honest runs of it differ by, and what an audit by those bands catches.
//!
//! The order matters. Honest runs set the bands; others, with other prompts and seeds, check them, and
//! carry the frauds: [substitutes](self::substitutes) in place of the model, fingerprints made up
//! without a look at the text, and tokens that the seed does not give. Embeddings are measured beside the runs, in
//! the same way. What follows from the figures
//! is not decided here but by [`calibration::Record`], which whoever reads the record can repeat.

mod backend;
mod cases;
mod frauds;
pub mod runs;
pub mod substitutes;
#[cfg(test)]
mod tests;
mod vectors;

pub use backend::{Backend, Measured, load};

use crate::{
	audit::{Bands, audit},
	engine::{Arithmetic, CandleEngine, Engine},
};
use anyhow::{Result, ensure};
use calibration::{
	BUCKETS, Caught, Errors, FORMAT, HeldOut, Honest, Kind, Model, Opponent, Record, Setting, Vectors,
};
use cases::{Case, Share, honest};
use receipt::{Figures, Task, Verdict, attestation::Reason};
use runs::Runs;
use std::path::{Path, PathBuf};
use substitutes::{Change, Original};

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
	/// Lengths of runs, in tokens that are compared. Those that the context has no room for are cut to it.
	pub lengths: Vec<u32>,
	/// Runs of each kind at each length.
	pub runs: u32,
	/// Numbers of threads, which writer and auditor take in turn.
	pub threads: Vec<u32>,
	/// How many positions are fed at once, which writer and auditor take in turn; none means what the backend does by
	/// itself.
	pub batches: Vec<u32>,
	/// Files of honest runs that other machines wrote, which are read here as well: each has some of every pair.
	pub elsewhere: Vec<Vec<Runs>>,
}

impl Plan {
	/// How many positions a backend is measured with at once.
	pub fn batches_of(&self, backend: Backend) -> Vec<u32> {
		match &self.batches[..] {
			[] => vec![backend.batch()],
			named => named.to_vec(),
		}
	}
}

/// Where a substitute comes from.
#[derive(Clone, Debug)]
pub enum Source {
	/// A GGUF file with the same vocabulary.
	File(PathBuf),
	/// The model itself, changed.
	Changed(Change),
	/// The model itself, multiplied in the other way.
	Arithmetic(Arithmetic),
}

/// A model that a node may run instead.
#[derive(Clone, Debug)]
pub struct Substitute {
	/// Its name.
	pub name: String,
	/// Where it comes from.
	pub source: Source,
}

/// What a node would gain by running instead of a model: fewer bits, fewer layers, its own further training,
/// the other arithmetic. Of llama.cpp's pair ours are no substitutes: with f32 weights they differ from it by no more than
/// rounding does, and who runs them saves nothing.
pub fn substitutes_of(original: &Original, arithmetics: &[Arithmetic], used: Backend) -> Vec<Substitute> {
	let changed = |name: &str, change| Substitute {
		name: name.to_owned(),
		source: Source::Changed(change),
	};
	let formats = original.narrower().into_iter();
	let mut all: Vec<Substitute> = formats
		.map(|(format, name)| changed(name, Change::Format(format)))
		.collect();
	all.push(changed("weights moved by 1 %", Change::Moved(0.01)));
	all.push(changed("half the layers", Change::HalfTheLayers));
	let Some(used) = used.arithmetic() else {
		return all;
	};
	all.extend(
		arithmetics
			.iter()
			.filter(|other| **other != used)
			.map(|other| Substitute {
				name: match other {
					Arithmetic::Portable => "portable arithmetic".into(),
					Arithmetic::Quantized => "candle's kernels".into(),
				},
				source: Source::Arithmetic(*other),
			}),
	);
	all
}

/// candle's arithmetics that are pairs of their own for a model: one, where no matrix is quantised.
pub fn arithmetics_of(path: &Path) -> Result<Vec<Arithmetic>> {
	let both = [Arithmetic::Portable, Arithmetic::Quantized];
	let is_dense = load(path, Arithmetic::Quantized)?.is_portable();
	Ok(both[..if is_dense { 1 } else { 2 }].to_vec())
}

/// The arithmetic on which a model is served: see [`CandleEngine::read`].
pub fn served(path: &Path) -> Result<Arithmetic> {
	let engine = CandleEngine::load(path)?;
	Ok(if engine.is_portable() {
		Arithmetic::Portable
	} else {
		Arithmetic::Quantized
	})
}

/// Measures the pair of a model and a backend. `on_step` hears what is done next.
pub fn calibrate(
	path: &Path,
	original: &Original,
	backend: Backend,
	substitutes: &[Substitute],
	plan: &Plan,
	on_step: &mut dyn FnMut(&str),
) -> Result<Record> {
	let mut bench = Bench::new(path, backend, plan)?;
	if let [_, ..] = &bench.elsewhere[..] {
		on_step(&format!(
			"with {} honest runs of other machines",
			bench.elsewhere.iter().map(Runs::count).sum::<usize>()
		));
	}
	on_step("honest runs that set the bands");
	let honest = bench.set_bands()?;
	on_step("honest embeddings that set the bands");
	let (embedded, worst) = bench.set_vector_bands()?;
	let bands = Record::bands_of(&honest, Some(&worst));
	on_step(&format!("honest runs that check the bands ({bands})"));
	let (held_out, cases) = bench.check_bands(&bands)?;
	let mut vectors = Vectors {
		runs: embedded,
		worst,
		held_out: 0,
		rejected: 0,
		opponents: Vec::new(),
	};
	let vector_cases = bench.check_vector_bands(&bands, &mut vectors)?;
	let mut opponents = Vec::new();
	for substitute in substitutes {
		on_step(&format!("substitute: {}", substitute.name));
		let other = match &substitute.source {
			Source::File(path) => backend.load(path, &bench.batches)?,
			Source::Arithmetic(other) => Backend::Candle(*other).load(path, &[])?,
			Source::Changed(change) => match original.changed(*change) {
				Ok(bytes) => backend.read(bytes, &bench.batches)?,
				Err(error) => {
					on_step(&format!("left out: {error:#}"));
					continue;
				}
			},
		};
		opponents.push(bench.substitute(&substitute.name, &*other, &cases, &bands)?);
		let embedded = bench.substitute_vectors(&substitute.name, &*other, &vector_cases, &bands)?;
		vectors.opponents.push(embedded);
	}
	on_step("blind forgeries");
	opponents.extend(bench.forgeries(&cases, &bands)?);
	on_step("frauds of sampling");
	opponents.extend(bench.samplings(&cases, &bands)?);
	on_step("forged vectors");
	vectors
		.opponents
		.extend(bench.forged_vectors(&vector_cases, &bands)?);
	Ok(bench.record(honest, bands, held_out, opponents, vectors))
}

/// The honest runs, embeddings included, by which another machine can set and check the bands of the same pair.
pub fn write_runs(path: &Path, backend: Backend, plan: &Plan) -> Result<Runs> {
	let mut bench = Bench::new(path, backend, plan)?;
	let mut cases = Vec::new();
	for share in [Share::Set, Share::HeldOut] {
		let runs = [bench.own_runs(share)?, bench.own_vectors(share)?].concat();
		cases.extend(runs.into_iter().map(|(_, case)| (share, case)));
	}
	Ok(Runs {
		machine: machine(),
		pair: bench.engine.pair(),
		cases,
	})
}

/// The processor, as the system names it.
fn machine() -> String {
	let system = sysinfo::System::new_with_specifics(
		sysinfo::RefreshKind::nothing().with_cpu(sysinfo::CpuRefreshKind::nothing()),
	);
	let brand = system.map(|system| {
		system
			.cpus()
			.first()
			.map_or_else(String::new, |cpu| cpu.brand().trim().to_owned())
	});
	match brand {
		Ok(brand) if !brand.is_empty() => format!("{}, {brand}", std::env::consts::ARCH),
		_ => std::env::consts::ARCH.to_owned(),
	}
}

struct Bench {
	engine: Box<dyn Measured>,
	/// How many positions are fed at once; writer and auditor take each of them in turn.
	batches: Vec<u32>,
	setting: Setting,
	/// Honest runs of the same pair that other machines wrote.
	elsewhere: Vec<Runs>,
}

/// What the audits of one opponent's runs found.
#[derive(Default)]
struct Found(Vec<(u32, bool, Errors)>);

impl Found {
	fn add(&mut self, compared: u32, (verdict, figures): (Verdict, Figures)) {
		self.0
			.push((compared, verdict != Verdict::Valid, errors(&figures)));
	}

	fn opponent(self, kind: Kind, name: &str) -> Opponent {
		let median =
			|figure: &dyn Fn(&Errors) -> u32| median(self.0.iter().map(|(_, _, errors)| figure(errors)));
		let range = |up_to: u32| {
			let inside = self.0.iter().filter(|(compared, ..)| bucket(*compared) == up_to);
			let (runs, caught) = inside.fold((0, 0), |(runs, caught), (_, is_caught, _)| {
				(runs + 1, caught + u32::from(*is_caught))
			});
			Caught { up_to, runs, caught }
		};
		Opponent {
			kind,
			name: name.to_owned(),
			median: Errors {
				mismatches: median(&|errors| errors.mismatches.into()) as u16,
				mantissa_milli: median(&|errors| errors.mantissa_milli),
				loss_milli: median(&|errors| errors.loss_milli),
			},
			lengths: BUCKETS
				.map(range)
				.into_iter()
				.filter(|range| range.runs > 0)
				.collect(),
		}
	}
}

/// The median of figures, the lower one of two; zero of none.
fn median(figures: impl Iterator<Item = u32>) -> u32 {
	let mut all: Vec<u32> = figures.collect();
	all.sort_unstable();
	all.get(all.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

/// The range of lengths that a run belongs to.
fn bucket(compared: u32) -> u32 {
	let [.., longest] = BUCKETS;
	BUCKETS
		.into_iter()
		.find(|up_to| compared <= *up_to)
		.unwrap_or(longest)
}

fn errors(figures: &Figures) -> Errors {
	Errors {
		mismatches: figures.mismatches,
		mantissa_milli: figures.mantissa_milli,
		loss_milli: figures.loss_milli,
	}
}

impl Bench {
	fn new(path: &Path, backend: Backend, plan: &Plan) -> Result<Self> {
		let batches = plan.batches_of(backend);
		ensure!(!batches.contains(&0), "a batch has at least one position");
		let engine = backend.load(path, &batches)?;
		let longest = engine.describe().context_length.saturating_sub(1).max(1);
		let mut lengths: Vec<u32> = plan
			.lengths
			.iter()
			.map(|length| (*length).clamp(1, longest))
			.collect();
		lengths.sort_unstable();
		lengths.dedup();
		ensure!(!lengths.is_empty(), "name at least one length");
		let threads = engine.threads(&plan.threads);
		ensure!(!threads.is_empty(), "name at least one number of threads");
		let pair = engine.pair();
		let of_pair = |runs: &&Runs| runs.pair == pair;
		let elsewhere: Vec<Runs> = plan.elsewhere.iter().flatten().filter(of_pair).cloned().collect();
		let has_some = |file: &Vec<Runs>| file.iter().any(|runs| of_pair(&runs));
		ensure!(
			plan.elsewhere.iter().all(has_some),
			"a file of runs that were written elsewhere has none of the pair 0x{} ({}): they are of another model, another \
			 arithmetic, or other instructions",
			hex::encode(pair),
			engine.parts().class
		);
		let machines = std::iter::once(machine()).chain(elsewhere.iter().map(|runs| runs.machine.clone()));
		let machine = machines.collect::<Vec<_>>().join("; with runs of ");
		Ok(Self {
			engine,
			batches,
			setting: Setting {
				program: concat!("hai-agent ", env!("CARGO_PKG_VERSION")).into(),
				machine,
				threads,
				lengths,
				runs: plan.runs,
			},
			elsewhere,
		})
	}

	/// Lets the engine compute as the writer of run `number` does.
	fn write(&mut self, number: usize) {
		let (threads, batches) = (&self.setting.threads, &self.batches);
		let turn = number / threads.len() / batches.len();
		self.engine
			.take(threads[number % threads.len()], batches[turn % batches.len()]);
	}

	/// Lets it compute as the auditor of that run does. Its batches change with every run: they are those of the whole
	/// text, the writer's only those of the prompt.
	fn read(&mut self, number: usize) {
		let (threads, batches) = (&self.setting.threads, &self.batches);
		let turn = number / threads.len();
		self.engine
			.take(threads[turn % threads.len()], batches[number % batches.len()]);
	}

	/// Lets it compute with the most threads.
	fn hurry(&mut self) {
		let most = self.setting.threads.iter().max().copied().unwrap_or(1);
		self.engine.take(most, self.batches[0]);
	}

	/// The honest runs of a share, each with its number: written here, by one number of threads and another in turn.
	fn own_runs(&mut self, share: Share) -> Result<Vec<(usize, Case)>> {
		self.numbered(|bench, number, length| honest(&*bench.engine, share, number, length))
	}

	/// One case for each length and number, as the writer of it computes.
	fn numbered(&mut self, case: impl Fn(&Self, usize, u32) -> Result<Case>) -> Result<Vec<(usize, Case)>> {
		let mut cases = Vec::new();
		for length in self.setting.lengths.clone() {
			for number in 0..self.setting.runs as usize {
				self.write(number);
				cases.push((number, case(self, number, length)?));
			}
		}
		Ok(cases)
	}

	/// What other machines wrote, numbered in the same way.
	fn others(&self, share: Share, task: Task) -> Vec<(usize, Case)> {
		let cases = self.elsewhere.iter().flat_map(|runs| runs.of(share, task));
		cases.cloned().enumerate().collect()
	}

	/// Audits honest run `number` as its auditor does.
	fn read_honest(&mut self, number: usize, case: &Case, bands: &Bands) -> Result<(Verdict, Figures)> {
		self.read(number);
		let (verdict, figures) = self.audit(case, bands)?;
		ensure!(
			verdict != Verdict::Invalid(Reason::Structure),
			"an honest run of {} tokens has the wrong structure: its writer and this audit disagree",
			case.compared()
		);
		Ok((verdict, figures))
	}

	fn set_bands(&mut self) -> Result<Honest> {
		// By no band at all, so that the smallest loss shows.
		const NOTHING: Bands = Bands {
			mismatches: 0,
			mantissa_milli: 0,
			loss_milli: 0,
			vector: None,
		};
		let mut honest = Honest {
			runs: 0,
			tokens: 0,
			points: u16::MAX,
			worst: Errors::default(),
		};
		let cases = [self.own_runs(Share::Set)?, self.others(Share::Set, Task::Text)].concat();
		for (number, case) in cases {
			let (_, figures) = self.read_honest(number, &case, &NOTHING)?;
			honest.runs += 1;
			honest.tokens += u64::from(case.compared());
			let chunks = case.transcript.fingerprint.chunks.iter();
			// Two bytes of modulus, then two for each point.
			let smallest = chunks.map(|chunk| chunk.len() / 2 - 1).min().unwrap_or(0);
			honest.points = honest.points.min(smallest as u16);
			honest.worst = honest.worst.worst(errors(&figures));
		}
		Ok(honest)
	}

	/// What the bands make of other honest runs, and those of them that were written here: frauds start from these, because
	/// the same runs of other machines would count one text twice.
	fn check_bands(&mut self, bands: &Bands) -> Result<(HeldOut, Vec<Case>)> {
		let mut held_out = HeldOut {
			runs: 0,
			rejected: 0,
			worst: Errors::default(),
		};
		let own = self.own_runs(Share::HeldOut)?;
		for (number, case) in own.iter().chain(&self.others(Share::HeldOut, Task::Text)) {
			let (verdict, figures) = self.read_honest(*number, case, bands)?;
			held_out.runs += 1;
			held_out.rejected += u32::from(verdict != Verdict::Valid);
			held_out.worst = held_out.worst.worst(errors(&figures));
		}
		self.hurry();
		Ok((held_out, own.into_iter().map(|(_, case)| case).collect()))
	}

	fn audit(&self, case: &Case, bands: &Bands) -> Result<(Verdict, Figures)> {
		Ok(audit(&*self.engine, &case.task, &case.transcript, bands)?)
	}

	fn substitute(&self, name: &str, other: &dyn Engine, cases: &[Case], bands: &Bands) -> Result<Opponent> {
		let (promised, found) = (self.engine.describe().vocabulary, other.describe().vocabulary);
		ensure!(
			promised == found,
			"the substitute {name} has a vocabulary of {found} tokens, the model one of {promised}: it cannot pass for it"
		);
		let mut found = Found::default();
		for case in cases {
			let forged = frauds::substitute(other, case)?;
			found.add(forged.compared(), self.audit(&forged, bands)?);
		}
		Ok(found.opponent(Kind::Substitute, name))
	}

	fn forgeries(&self, cases: &[Case], bands: &Bands) -> Result<Vec<Opponent>> {
		let mut found = frauds::FORGERIES.map(|_| Found::default());
		for (number, case) in cases.iter().enumerate() {
			let mut others = cases.iter().cycle().skip(number + 1).take(cases.len());
			let Some(other) = others.find(|other| !other.gives_the_states_of(case)) else {
				continue;
			};
			let forged = frauds::forgeries(&*self.engine, case, other)?;
			for (found, forged) in found.iter_mut().zip(forged) {
				found.add(forged.compared(), self.audit(&forged, bands)?);
			}
		}
		let named = found.into_iter().zip(frauds::FORGERIES);
		Ok(named
			.map(|(found, name)| found.opponent(Kind::Forgery, name))
			.collect())
	}

	fn samplings(&self, cases: &[Case], bands: &Bands) -> Result<Vec<Opponent>> {
		let mut found = frauds::SAMPLINGS.map(|_| Found::default());
		for case in cases {
			let forged = frauds::samplings(&*self.engine, case)?;
			for (found, forged) in found.iter_mut().zip(forged) {
				if let Some(forged) = forged {
					found.add(forged.compared(), self.audit(&forged, bands)?);
				}
			}
		}
		let named = found.into_iter().zip(frauds::SAMPLINGS);
		Ok(named
			.map(|(found, name)| found.opponent(Kind::Sampling, name))
			.collect())
	}

	fn record(
		self,
		honest: Honest,
		bands: Bands,
		held_out: HeldOut,
		opponents: Vec<Opponent>,
		vectors: Vectors,
	) -> Record {
		let description = self.engine.describe();
		Record {
			format: FORMAT,
			pair: description.pair,
			parts: self.engine.parts().clone(),
			model: Model {
				name: description.name.clone(),
				parameters: description.parameters,
				context_length: description.context_length,
				width: description.width,
			},
			setting: self.setting,
			honest,
			bands,
			held_out,
			opponents,
			vectors: Some(vectors),
			detection: calibration::Bucket::ASSUMED,
			refusals: Vec::new(),
		}
		.conclude()
	}
}

//! Auditors that did not run the model, or ran another one, against those that did.

use crate::{models::Models, runs::Case};
use anyhow::{Context, Result};
use compute_agent::engine::{CandleEngine, Engine, Values, values::traces};
use receipt::trace::{Likeness, POINTS, Point, Trace, Tracer, compare, points};

/// What an auditor shows as the trace of its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Show {
	/// The trace of an honest run on more threads.
	Honest,
	/// At each point the mean that its feature has in another text's run.
	Means,
	/// One value for all points.
	Constant,
	/// What another auditor of the same receipt has to show.
	AnotherAuditor,
	/// What it had to show of another receipt.
	AnotherText,
	/// The trace of another model's run. Who made it has looked, so that nothing is asked of this row.
	Ran(&'static str),
}

/// The auditor whose trace is asked for.
const AUDITOR: Tracer = Tracer {
	auditor: [7; 32],
	round: 1,
};

impl Show {
	/// All of them.
	pub(crate) const ALL: [Self; 8] = [
		Self::Honest,
		Self::Means,
		Self::Constant,
		Self::AnotherAuditor,
		Self::AnotherText,
		Self::Ran("candle's kernels"),
		Self::Ran("q4_0"),
		Self::Ran("half the layers"),
	];

	/// Its name in the table.
	pub(crate) fn name(self) -> String {
		match self {
			Self::Honest => "trace: honest, other threads".into(),
			Self::Means => "trace: mean of each feature".into(),
			Self::Constant => "trace: constant".into(),
			Self::AnotherAuditor => "trace: another auditor's points".into(),
			Self::AnotherText => "trace: another text's".into(),
			Self::Ran(model) => format!("trace, no goal: of a run by {model}"),
		}
	}

	/// Whether something is asked of its row.
	pub(crate) fn has_goal(name: &str) -> bool {
		!name.starts_with("trace, no goal")
	}

	/// Whether an honest auditor of the case says that this is no trace of a run of it; nothing where it cannot be made.
	/// `other` is a run of another job.
	pub(crate) fn is_called_untrue(self, models: &Models, case: &Case, other: &Case) -> Result<Option<bool>> {
		let engine = &models.promised;
		let shown = match self {
			Self::Honest => trace(&models.threaded, case, &AUDITOR)?,
			Self::Means => invented(engine, case, other, mean)?,
			Self::Constant => invented(engine, case, other, |_, _| 1.0)?,
			Self::AnotherAuditor => {
				let neighbour = Tracer {
					auditor: [8; 32],
					..AUDITOR
				};
				trace(engine, case, &neighbour)?
			}
			Self::AnotherText => trace(engine, other, &AUDITOR)?,
			Self::Ran(name) => match models.other(name) {
				Some(ran) => trace(ran, case, &AUDITOR)?,
				None => return Ok(None),
			},
		};
		let computed = trace(engine, case, &AUDITOR)?;
		Ok(Some(compare(shown.as_ref(), computed.as_ref()) != Likeness::Same))
	}
}

/// What `look` sees of the cache that a run of the case's text leaves.
fn see<T>(engine: &CandleEngine, case: &Case, mut look: impl FnMut(&dyn Values) -> T) -> Result<T> {
	let fed = [&case.transcript.prompt[..], &case.transcript.answer[..]].concat();
	let fed = &fed[..fed.len() - 1];
	let mut seen = None;
	engine.prefill_and_show(fed, fed.len(), &mut |_, _| (), &mut |values| {
		seen = Some(look(values))
	})?;
	seen.context("the engine shows no values")
}

/// What an auditor with this engine has to show of the case.
fn trace(engine: &CandleEngine, case: &Case, tracer: &Tracer) -> Result<Option<Trace>> {
	let receipt = case.task.receipt.hash();
	see(engine, case, |values| {
		traces(values, &receipt, &[*tracer]).remove(0)
	})
}

/// A trace whose values are guessed from another text's run.
fn invented(
	engine: &CandleEngine,
	case: &Case,
	other: &Case,
	guess: impl Fn(&dyn Values, &Point) -> f32,
) -> Result<Option<Trace>> {
	let shape = see(engine, case, |values| values.shape())?;
	let Some(points) = points(&case.task.receipt.hash(), &AUDITOR, &shape) else {
		return Ok(None);
	};
	see(engine, other, |values| {
		let guessed: [f32; POINTS] = std::array::from_fn(|number| guess(values, &points[number]));
		Some(Trace::of(&guessed))
	})
}

/// The mean of the point's feature over all positions.
fn mean(values: &dyn Values, point: &Point) -> f32 {
	let positions = values.shape().positions;
	let of_feature = (0..positions).filter_map(|position| values.at(&Point { position, ..*point }));
	of_feature.sum::<f32>() / positions as f32
}

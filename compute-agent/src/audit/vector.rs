//! Checks an embedding: one prefill over the prompt.
//!
//! The questions are those of a text's audit, but for the last one.
//!
//! 1. *Structure.* Do receipt, ticket and transcript speak of the same vector, and is it one: finite, of unit length,
//!    as wide as the model?
//! 2. *Fingerprint.* Are the hidden states this model's on this prompt?
//! 3. *Vector.* Is it the mean of those states, or so near to it that only rounding can have made the difference?
//!
//! What the receipt says of bounds is what the ticket promised. An audit goes by the bands of the pair's calibration.

use super::{AuditError, AuditTask, Bands, compare_in_halves, error_milli, papers, require};
use crate::engine::{
	Engine, Values,
	vector::{Embedded, embed_and_show, length},
};
use calibration::VectorErrors;
use receipt::{
	Figures, Receipt, StopReason, Task, Transcript, Verdict,
	attestation::{CLEAR_ERROR, Reason},
	fingerprint::FingerprintError,
};

/// How far the length of a vector of f32 components may be from one.
const LENGTH_TOLERANCE: f64 = 1e-4;

/// How far a vector lies from one's own. `None` where they cannot be compared: another width, or components that are
/// no numbers.
pub fn distance(claimed: &[u32], own: &[u32]) -> Option<VectorErrors> {
	let (claimed, own) = (unit(claimed)?, unit(own)?);
	if claimed.len() != own.len() {
		return None;
	}
	let differences = || claimed.iter().zip(&own).map(|(claimed, own)| claimed - own);
	// Of unit vectors: 1 - cos = |a - b|² / 2, which is exactly zero for equal ones.
	let from_one = differences().map(|d| d * d).sum::<f64>() / 2.0;
	let largest = differences().map(f64::abs).fold(0.0, f64::max);
	let ppm = |part: f64| (part * 1e6).ceil() as u32;
	Some(VectorErrors {
		distance_ppm: ppm(from_one),
		max_abs_ppm: ppm(largest),
	})
}

/// The components with their length made one exactly; nothing where they have none.
fn unit(bits: &[u32]) -> Option<Vec<f64>> {
	let components = components(bits);
	let length = length(&components);
	(length.is_finite() && length > 0.0).then(|| {
		components
			.into_iter()
			.map(|component| component / length)
			.collect()
	})
}

fn components(bits: &[u32]) -> Vec<f64> {
	bits.iter().map(|bits| f64::from(f32::from_bits(*bits))).collect()
}

/// Audits an embedding. The figures of tokens stay zero; `error_milli` counts the vector.
pub(super) fn audit(
	engine: &dyn Engine,
	task: &AuditTask,
	transcript: &Transcript,
	bands: &Bands,
	on_values: &mut dyn FnMut(&dyn Values),
) -> Result<(Verdict, Figures), AuditError> {
	let band = bands.vector.ok_or(AuditError::NoVectorBands)?;
	let mut figures = Figures::default();
	let wrong = |mut figures: Figures, reason: Reason| {
		figures.error_milli = CLEAR_ERROR;
		Ok((Verdict::Invalid(reason), figures))
	};
	if let Err(fault) = structure(engine, task, transcript) {
		tracing::info!(job = task.job, fault, "the structure of an embedding is wrong");
		return wrong(figures, Reason::Structure);
	}

	let Embedded { states, vector } = embed_and_show(engine, &transcript.prompt, on_values)?;
	let differences = match compare_in_halves(&transcript.fingerprint, &states) {
		Ok(differences) => differences,
		Err(FingerprintError::ChunkCount { .. } | FingerprintError::Malformed { .. }) => {
			tracing::info!(job = task.job, "the fingerprint is malformed");
			return wrong(figures, Reason::Structure);
		}
		Err(error) => return Err(AuditError::States(error)),
	};
	figures.chunks = differences.len().min(usize::from(u16::MAX)) as u16;
	for chunk in &differences {
		figures.mismatches = figures.mismatches.max(chunk.mismatches);
		figures.mantissa_milli = figures.mantissa_milli.max(chunk.mantissa_milli);
	}
	// The structure is right, so it can be compared.
	let Some(errors) = distance(&transcript.vector, &vector) else {
		return wrong(figures, Reason::Structure);
	};
	figures.error_milli = error_milli(bands, &figures, 0)
		.max(band.error_milli(&errors))
		.min(CLEAR_ERROR);
	let states_fail = figures.mismatches > bands.mismatches || figures.mantissa_milli > bands.mantissa_milli;
	let verdict = if states_fail || !band.hold(&errors) {
		Verdict::Invalid(Reason::Fingerprint)
	} else {
		Verdict::Valid
	};
	tracing::debug!(job = task.job, ?verdict, ?figures, ?errors, "audited");
	Ok((verdict, figures))
}

/// Whether everything of a run that gave a vector fits together, as far as that needs no arithmetic. The error says what
/// does not.
fn structure(engine: &dyn Engine, task: &AuditTask, transcript: &Transcript) -> Result<(), &'static str> {
	let receipt = &task.receipt;
	let Transcript {
		input,
		prompt,
		answer,
		text,
		vector,
		..
	} = transcript;
	let description = engine.describe();
	require(
		input.task == Task::Embedding && answer.is_empty() && *text == Transcript::text_hash(""),
		"text where a vector was promised",
	)?;
	require(task.max_tokens == 0, "a vector has no tokens of an answer")?;
	require(
		receipt.stop == StopReason::EndOfText,
		"a vector ends with its prompt",
	)?;
	require(
		!prompt.is_empty() && prompt.len() <= description.context_length as usize,
		"empty, or longer than the model's context",
	)?;
	papers(engine, task, transcript, prompt.len())?;
	require(
		Receipt::vector_hash(vector) == receipt.output,
		"the vector's hash differs",
	)?;
	require(
		vector.len() == description.width as usize,
		"a vector of another width than the model's",
	)?;
	// What is not finite has no such length either.
	require(
		(length(&components(vector)) - 1.0).abs() <= LENGTH_TOLERANCE,
		"a vector that is not of unit length",
	)
}

#[cfg(test)]
mod tests;

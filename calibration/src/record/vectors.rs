//! What was measured of embeddings.

use super::{Kind, MIN_RUNS};
use crate::{Bands, Errors, VectorBands, VectorErrors};
use codec::Encode;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};

/// The embeddings of a pair.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vectors {
	/// The honest ones that the bands were set by.
	pub runs: u32,
	/// The worst of them.
	pub worst: VectorErrors,
	/// The honest ones that the bands were checked by.
	pub held_out: u32,
	/// Those of them that an audit by the bands found invalid.
	pub rejected: u32,
	/// The dishonest ones.
	pub opponents: Vec<VectorOpponent>,
}

/// One way to be paid for another vector, and how it fared.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorOpponent {
	/// What kind of fraud it is. A forgery comes with the true fingerprint, so that only its vector gives it away.
	pub kind: Kind,
	/// Its name.
	pub name: String,
	/// The median errors of its fingerprints.
	pub states: Errors,
	/// The median errors of its vectors.
	pub vector: VectorErrors,
	/// How many were audited by the bands.
	pub runs: u32,
	/// Those found invalid.
	pub caught: u32,
}

/// Why the embeddings of a pair cannot be audited.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum VectorRefusal {
	/// Too few honest ones.
	TooFew {
		/// Those used for the bands, or those held out, whichever are fewer.
		runs: u32,
	},
	/// Honest ones were rejected that the bands were not set by.
	HonestRejected {
		/// How many.
		rejected: u32,
		/// Of how many.
		runs: u32,
	},
	/// No substitute, or no forgery, was tried.
	NotTried {
		/// What is missing.
		kind: Kind,
	},
	/// The median of a substitute lies below twice the bands, of the fingerprint as of the vector.
	TooNear {
		/// Whose.
		name: String,
		/// Its median errors.
		vector: VectorErrors,
		/// The bands.
		bands: VectorBands,
	},
	/// A vector passed that is not that of the text.
	ForgeryPassed {
		/// Whose it was.
		name: String,
		/// How often it passed.
		passed: u32,
		/// Of how many.
		runs: u32,
	},
}

impl Display for VectorRefusal {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::TooFew { runs } => write!(
				f,
				"only {runs} honest vectors: at least {MIN_RUNS} must set the bands and as many others check them"
			),
			Self::HonestRejected { rejected, runs } => write!(
				f,
				"{rejected} of {runs} honest vectors that were held out were rejected"
			),
			Self::NotTried { kind } => write!(f, "no {kind} was tried"),
			Self::TooNear { name, vector, bands } => write!(
				f,
				"`{name}` passes: its median vector has {vector}, less than twice the bands ({bands})"
			),
			Self::ForgeryPassed { name, passed, runs } => {
				write!(f, "`{name}` passes: {passed} of {runs} were taken")
			}
		}
	}
}

impl Vectors {
	/// Whose count is larger than its whole.
	pub(super) fn miscounted(&self) -> Option<String> {
		if self.rejected > self.held_out {
			return Some("honest vectors, held out".into());
		}
		let wrong = self
			.opponents
			.iter()
			.find(|opponent| opponent.caught > opponent.runs)?;
		Some(wrong.name.clone())
	}

	/// Why embeddings cannot be audited by these bands. Bands that are too wide are refused with those of text.
	pub(super) fn reasons(&self, bands: &Bands) -> Vec<VectorRefusal> {
		let mut reasons = Vec::new();
		let fewest = self.runs.min(self.held_out);
		if fewest < MIN_RUNS {
			reasons.push(VectorRefusal::TooFew { runs: fewest });
		}
		if self.rejected > 0 {
			reasons.push(VectorRefusal::HonestRejected {
				rejected: self.rejected,
				runs: self.held_out,
			});
		}
		let of_kind = |kind: Kind| {
			let wanted = move |opponent: &&VectorOpponent| opponent.kind == kind && opponent.runs > 0;
			self.opponents.iter().filter(wanted)
		};
		for kind in [Kind::Substitute, Kind::Forgery] {
			if of_kind(kind).next().is_none() {
				reasons.push(VectorRefusal::NotTried { kind });
			}
		}
		let vector_bands = VectorBands::around(&self.worst);
		let near = of_kind(Kind::Substitute).filter(|opponent| {
			!bands.tell_apart(&opponent.states) && !vector_bands.tell_apart(&opponent.vector)
		});
		reasons.extend(near.map(|opponent| VectorRefusal::TooNear {
			name: opponent.name.clone(),
			vector: opponent.vector,
			bands: vector_bands,
		}));
		let passed = of_kind(Kind::Forgery).filter(|opponent| opponent.caught < opponent.runs);
		reasons.extend(passed.map(|opponent| VectorRefusal::ForgeryPassed {
			name: opponent.name.clone(),
			passed: opponent.runs.saturating_sub(opponent.caught),
			runs: opponent.runs,
		}));
		reasons
	}
}

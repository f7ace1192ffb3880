//! Everything that was measured of a pair.
//!
//! A record holds integers and texts only. Its hash is that of its SCALE encoding, in the order of the
//! fields below, so blanks in a file and the order of its lines change nothing.

mod vectors;

pub use vectors::{VectorOpponent, VectorRefusal, Vectors};

use crate::{BUCKETS, Bands, Detection, Entry, Errors, VectorBands, VectorErrors, is_table};
use codec::Encode;
use receipt::{
	Hash, PairKey,
	hash::{Domain, hash},
};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};
use verification::{Bucket, Ppm};

/// The version of the form of a record.
pub const FORMAT: u32 = 2;

/// The fewest honest runs by which bands can be set, and the fewest by which they can be checked.
pub const MIN_RUNS: u32 = 20;

/// What a pair key is the hash of.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
	/// The content hash of the model's file.
	#[serde(with = "hex_hash")]
	pub model: Hash,
	/// What of the file decides how text becomes tokens.
	#[serde(with = "hex_hash")]
	pub tokenizer: Hash,
	/// The chat template; of the empty text where there is none.
	#[serde(with = "hex_hash")]
	pub template: Hash,
	/// Engine, version, revision of the forward pass.
	pub engine: String,
	/// The arithmetic: which kernels run.
	pub class: String,
	/// How keys and values are kept.
	pub cache: String,
	/// What runs together.
	pub batch: String,
}

impl Parts {
	/// The pair key.
	pub fn key(&self) -> PairKey {
		hash(Domain::Pair, self)
	}
}

/// What the model's file says of it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
	/// Its name.
	pub name: String,
	/// Its weights.
	pub parameters: u64,
	/// The longest sequence, in tokens.
	pub context_length: u32,
	/// Values per position.
	pub width: u32,
}

/// How it was measured.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
	/// The program and its version.
	pub program: String,
	/// The processor.
	pub machine: String,
	/// With how many threads it ran; writer and auditor took each of them in turn.
	pub threads: Vec<u32>,
	/// The lengths of the runs, in tokens that are compared.
	pub lengths: Vec<u32>,
	/// Runs of each kind at each length.
	pub runs: u32,
}

/// The honest runs that the bands were set by.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Honest {
	/// How many.
	pub runs: u32,
	/// The tokens that were compared in them.
	pub tokens: u64,
	/// The points of the smallest chunk.
	pub points: u16,
	/// The worst of all.
	pub worst: Errors,
}

/// The honest runs that the bands were checked by: other prompts, other seeds.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
	/// How many.
	pub runs: u32,
	/// Those that an audit by the bands found invalid.
	pub rejected: u32,
	/// The worst of all.
	pub worst: Errors,
}

/// What somebody does instead of the work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
	/// Another model or another arithmetic does it.
	Substitute,
	/// The fingerprint is made up, without a look at the text.
	Forgery,
	/// The model does it, but the tokens are not those that the seed gives.
	Sampling,
}

/// How many runs of one range of lengths were caught.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caught {
	/// The longest run of the range, see [`BUCKETS`].
	pub up_to: u32,
	/// Runs that were audited by the bands.
	pub runs: u32,
	/// Those found invalid.
	pub caught: u32,
}

/// One way to be paid for less work, and how it fared.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opponent {
	/// What kind of fraud it is.
	pub kind: Kind,
	/// Its name.
	pub name: String,
	/// The median of its errors, over the runs of all lengths.
	pub median: Errors,
	/// What was caught, by length.
	pub lengths: Vec<Caught>,
}

impl Opponent {
	/// Runs of all lengths, and those caught.
	pub fn total(&self) -> (u32, u32) {
		self.lengths.iter().fold((0, 0), |(runs, caught), range| {
			(
				runs.saturating_add(range.runs),
				caught.saturating_add(range.caught),
			)
		})
	}

	/// The lower end of the 95 % Wilson interval of what is caught in one range; nothing where no run fell
	/// into it.
	fn power(&self, up_to: u32) -> Option<Ppm> {
		let ranges = self.lengths.iter().filter(|range| range.up_to == up_to);
		let (runs, caught) = ranges.fold((0, 0), |sum, range| (sum.0 + range.runs, sum.1 + range.caught));
		(runs > 0).then(|| at_least(caught, runs))
	}
}

/// The lower end of the 95 % Wilson interval of a rate, rounded down.
fn at_least(hits: u32, runs: u32) -> Ppm {
	let (n, z) = (f64::from(runs), 1.959_964_f64);
	let rate = f64::from(hits) / n;
	let middle = rate + z * z / (2.0 * n);
	let half = z * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt();
	let low = (middle - half) / (1.0 + z * z / n);
	Ppm::new((low.clamp(0.0, 1.0) * 1_000_000.0) as u32)
}

/// Why a pair must not be registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
	/// Too few honest runs.
	TooFewRuns {
		/// Those used for the bands, or those held out, whichever are fewer.
		runs: u32,
	},
	/// Honest runs were rejected that the bands were not set by.
	HonestRejected {
		/// How many.
		rejected: u32,
		/// Of how many.
		runs: u32,
	},
	/// Honest runs differ by so much that the bands would let anything pass.
	TooNoisy {
		/// The bands that they need.
		bands: Bands,
	},
	/// No substitute, or no blind forgery, was tried.
	NotTried {
		/// What is missing.
		kind: Kind,
	},
	/// The median run of an opponent lies below twice the bands.
	TooNear {
		/// Whose.
		name: String,
		/// Its median errors.
		median: Errors,
		/// The bands.
		bands: Bands,
	},
	/// A fingerprint that was made without a look at the text passed.
	ForgeryPassed {
		/// How it was made.
		name: String,
		/// How often it passed.
		passed: u32,
		/// Of how many.
		runs: u32,
	},
	/// Not even in the longest runs is the nearest substitute seen.
	NeverSeen,
	/// Embeddings speak against it.
	Vectors(VectorRefusal),
}

impl Display for Refusal {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::TooFewRuns { runs } => write!(
				f,
				"only {runs} honest runs: at least {MIN_RUNS} must set the bands and as many others check them"
			),
			Self::HonestRejected { rejected, runs } => write!(
				f,
				"{rejected} of {runs} honest runs that were held out were rejected: honest nodes would be slashed"
			),
			Self::TooNoisy { bands } => write!(
				f,
				"honest runs differ so much that their bands ({bands}) would let anything pass"
			),
			Self::NotTried { kind } => write!(f, "no {kind} was tried"),
			Self::TooNear { name, median, bands } => write!(
				f,
				"`{name}` passes: its median run has {median}, less than twice the bands ({bands})"
			),
			Self::ForgeryPassed { name, passed, runs } => write!(
				f,
				"`{name}` passes: {passed} of {runs} fingerprints that were made without a look at the text were taken"
			),
			Self::NeverSeen => write!(f, "the nearest substitute is not seen in the longest runs"),
			Self::Vectors(refusal) => write!(f, "embeddings: {refusal}"),
		}
	}
}

impl Display for Kind {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Substitute => "substitute",
			Self::Forgery => "blind forgery",
			Self::Sampling => "fraud of sampling",
		})
	}
}

/// What was measured of a pair, and what follows from it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
	/// See [`FORMAT`].
	pub format: u32,
	/// The key of the pair.
	#[serde(with = "hex_hash")]
	pub pair: PairKey,
	/// What it is the hash of.
	pub parts: Parts,
	/// The model.
	pub model: Model,
	/// How it was measured.
	pub setting: Setting,
	/// The honest runs that set the bands.
	pub honest: Honest,
	/// What honest runs may differ by: [`Bands::around`] those.
	pub bands: Bands,
	/// The honest runs that checked the bands.
	pub held_out: HeldOut,
	/// The dishonest runs.
	pub opponents: Vec<Opponent>,
	/// The embeddings; nothing where none were measured, so that none can be audited.
	pub vectors: Option<Vectors>,
	/// How likely the nearest substitute is seen, by length.
	pub detection: Detection,
	/// Why this pair must not be registered; empty where it may.
	pub refusals: Vec<String>,
}

/// Why a record is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RecordError {
	/// Another version of the form.
	#[error("the record has the form {0}, and this program knows {FORMAT}")]
	Format(u32),
	/// The pair key is not the hash of the parts.
	#[error("the pair is {given}, but its parts give {expected}")]
	Pair {
		/// The record's, in hex.
		given: String,
		/// The parts', in hex.
		expected: String,
	},
	/// A figure does not follow from the measurements.
	#[error("the {what} do not follow from what was measured: {given}, but it gives {expected}")]
	Conclusion {
		/// Which.
		what: &'static str,
		/// The record's.
		given: String,
		/// What follows.
		expected: String,
	},
	/// A count is larger than its whole.
	#[error("of `{name}`, more were caught than were run")]
	Counts {
		/// Whose count.
		name: String,
	},
	/// A range of lengths that detection does not know, or twice the same.
	#[error("`{name}` has the range of lengths up to {up_to}, which is none or stands there twice")]
	Range {
		/// Whose range.
		name: String,
		/// The range.
		up_to: u32,
	},
}

impl Record {
	/// Draws the conclusions: detection and refusals. The bands are those of [`Record::bands_of`] the
	/// honest runs, since what followed was measured by them.
	pub fn conclude(mut self) -> Self {
		self.detection = self.measured_detection();
		self.refusals = self.reasons().iter().map(ToString::to_string).collect();
		self
	}

	/// The bands that honest runs set, and the worst of honest embeddings where they were measured.
	pub fn bands_of(honest: &Honest, vectors: Option<&VectorErrors>) -> Bands {
		let bands = Bands::around(&honest.worst, &Errors::one_step(honest.points));
		match vectors {
			Some(worst) => bands.with_vectors(VectorBands::around(worst)),
			None => bands,
		}
	}

	/// The hash by which the chain names the record.
	pub fn hash(&self) -> Hash {
		hash(Domain::Calibration, self)
	}

	/// What the chain keeps of it.
	pub fn entry(&self) -> Entry {
		Entry {
			record: self.hash(),
			model: self.parts.model,
			bands: self.bands,
			detection: self.detection,
		}
	}

	/// Whether pair, bands, detection and refusals follow from the rest. What was measured cannot be checked
	/// but by measuring again.
	pub fn check(&self) -> Result<(), RecordError> {
		if self.format != FORMAT {
			return Err(RecordError::Format(self.format));
		}
		let expected = self.parts.key();
		if self.pair != expected {
			return Err(RecordError::Pair {
				given: hex::encode(self.pair),
				expected: hex::encode(expected),
			});
		}
		for Opponent { name, lengths, .. } in &self.opponents {
			for (number, range) in lengths.iter().enumerate() {
				let up_to = range.up_to;
				let twice = lengths.iter().take(number).any(|other| other.up_to == up_to);
				if twice || !BUCKETS.contains(&up_to) {
					let name = name.clone();
					return Err(RecordError::Range { name, up_to });
				}
				if range.caught > range.runs {
					return Err(RecordError::Counts { name: name.clone() });
				}
			}
		}
		if self.held_out.rejected > self.held_out.runs {
			let name = "honest, held out".to_owned();
			return Err(RecordError::Counts { name });
		}
		if let Some(name) = self.vectors.as_ref().and_then(Vectors::miscounted) {
			return Err(RecordError::Counts { name });
		}
		let worst = self.vectors.as_ref().map(|vectors| &vectors.worst);
		follows("bands", &self.bands, &Self::bands_of(&self.honest, worst))?;
		follows("detection powers", &self.detection, &self.measured_detection())?;
		let reasons: Vec<String> = self.reasons().iter().map(ToString::to_string).collect();
		follows("refusals", &self.refusals, &reasons)
	}

	fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Opponent> {
		let of_kind = move |opponent: &&Opponent| opponent.kind == kind && opponent.total().0 > 0;
		self.opponents.iter().filter(of_kind)
	}

	/// In each range, what is caught of the substitute that is caught least, at the lower end of its
	/// interval. A range that was not measured has the power of the next shorter one that was, and none has
	/// more than a longer one.
	fn measured_detection(&self) -> Detection {
		let mut known = Ppm::ZERO;
		let mut table = BUCKETS.map(|up_to| {
			let of_each = self
				.of_kind(Kind::Substitute)
				.filter_map(|opponent| opponent.power(up_to));
			known = of_each.min().unwrap_or(known);
			Bucket { up_to, power: known }
		});
		let mut longer = Ppm::ONE;
		for bucket in table.iter_mut().rev() {
			longer = longer.min(bucket.power);
			bucket.power = longer;
		}
		table
	}

	/// Why the pair must not be registered.
	pub fn reasons(&self) -> Vec<Refusal> {
		let mut reasons = Vec::new();
		let HeldOut { runs, rejected, .. } = self.held_out;
		let fewest = self.honest.runs.min(runs);
		if fewest < MIN_RUNS {
			reasons.push(Refusal::TooFewRuns { runs: fewest });
		}
		if rejected > 0 {
			reasons.push(Refusal::HonestRejected { rejected, runs });
		}
		if !self.bands.are_usable() {
			reasons.push(Refusal::TooNoisy { bands: self.bands });
		}
		for kind in [Kind::Substitute, Kind::Forgery] {
			if self.of_kind(kind).next().is_none() {
				reasons.push(Refusal::NotTried { kind });
			}
		}
		let bands = self.bands;
		let too_near = |opponent: &Opponent| Refusal::TooNear {
			name: opponent.name.clone(),
			median: opponent.median,
			bands,
		};
		let substitutes = self.of_kind(Kind::Substitute);
		reasons.extend(
			substitutes
				.filter(|opponent| !bands.tell_apart(&opponent.median))
				.map(too_near),
		);
		reasons.extend(self.of_kind(Kind::Forgery).filter_map(|opponent| {
			let (runs, caught) = opponent.total();
			(caught < runs).then(|| Refusal::ForgeryPassed {
				name: opponent.name.clone(),
				passed: runs - caught,
				runs,
			})
		}));
		let samplings = self.of_kind(Kind::Sampling);
		reasons.extend(
			samplings
				.filter(|opponent| !bands.tell_losses_apart(&opponent.median))
				.map(too_near),
		);
		if let Some(vectors) = &self.vectors {
			reasons.extend(vectors.reasons(&self.bands).into_iter().map(Refusal::Vectors));
		}
		if reasons.is_empty() && !is_table(&self.detection) {
			reasons.push(Refusal::NeverSeen);
		}
		reasons
	}
}

fn follows<T: PartialEq + fmt::Debug>(
	what: &'static str,
	given: &T,
	expected: &T,
) -> Result<(), RecordError> {
	if given == expected {
		return Ok(());
	}
	Err(RecordError::Conclusion {
		what,
		given: format!("{given:?}"),
		expected: format!("{expected:?}"),
	})
}

/// A file of records, one for each pair of a model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
	/// The records.
	pub records: Vec<Record>,
}

/// Why a file is none of records.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
	/// It is no JSON of that form.
	#[error("it holds no calibration records: {0}")]
	Json(#[from] serde_json::Error),
	/// A record in it is wrong.
	#[error("the record of the pair {pair} is wrong: {error}")]
	Record {
		/// Whose, in hex.
		pair: String,
		/// What is wrong.
		error: RecordError,
	},
}

impl File {
	/// Reads and checks a file's text.
	pub fn parse(text: &str) -> Result<Self, FileError> {
		let file: Self = serde_json::from_str(text)?;
		for record in &file.records {
			record.check().map_err(|error| FileError::Record {
				pair: hex::encode(record.pair),
				error,
			})?;
		}
		Ok(file)
	}

	/// Its text.
	pub fn to_json(&self) -> String {
		let mut text =
			serde_json::to_string_pretty(self).expect("a record is texts, numbers and lists of them");
		text.push('\n');
		text
	}
}

/// Hashes as `0x` hex.
mod hex_hash {
	use serde::{Deserialize, Deserializer, Serializer, de::Error};

	pub(super) fn serialize<S: Serializer>(hash: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
		serializer.serialize_str(&format!("0x{}", hex::encode(hash)))
	}

	pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
		let text = String::deserialize(deserializer)?;
		let digits = text.strip_prefix("0x").unwrap_or(&text);
		let mut hash = [0; 32];
		hex::decode_to_slice(digits, &mut hash)
			.map_err(|error| Error::custom(format!("`{text}` is no hash of 32 bytes in hex: {error}")))?;
		Ok(hash)
	}
}

#[cfg(test)]
mod tests;

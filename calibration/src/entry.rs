//! What the chain keeps of a calibration.

use crate::{Bands, Detection, is_table};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use receipt::Hash;
use scale_info::TypeInfo;

/// What the chain keeps of a calibration, under the key of its pair.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Entry {
	/// The hash of the record that shows how the rest was measured.
	pub record: Hash,
	/// The content hash of the pair's model.
	pub model: Hash,
	/// What honest runs may differ by.
	pub bands: Bands,
	/// How likely a dishonest run is seen.
	pub detection: Detection,
}

/// Why an entry is no calibration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EntryError {
	/// A band is zero or too wide.
	#[error("a band is zero, or so wide that anything passes")]
	Bands,
	/// The detection table is none.
	#[error(
		"detection: lengths and powers must rise from bucket to bucket, the last length be unlimited and its power above zero"
	)]
	Detection,
}

impl Entry {
	/// Whether audits can go by it.
	pub fn check(&self) -> Result<(), EntryError> {
		if !self.bands.are_usable() {
			return Err(EntryError::Bands);
		}
		if !is_table(&self.detection) {
			return Err(EntryError::Detection);
		}
		Ok(())
	}
}

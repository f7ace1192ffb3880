//! Calibrations: which pairs can be audited, and by what bands.

use crate::{
	Hash, ReadError, Shared, View,
	plain::{call, plain, view},
};
use calibration::Entry;
use receipt::PairKey;
use subxt::transactions::Payload;

plain! {
	/// The calibration of a pair.
	pub struct Calibration {
		/// The record's hash, the model, bands and detection.
		pub entry: Shared<Entry>,
		/// The block of the registration; 0 at genesis.
		pub registered_at: u32,
	}
}

impl Calibration {
	/// Whether it is of this model, so that jobs of it can be requested under the pair.
	pub fn is_of(&self, model: &Hash) -> bool {
		self.entry.model == *model
	}
}

impl View {
	/// The calibration of a pair.
	pub async fn calibration(&self, pair: &PairKey) -> Result<Option<Calibration>, ReadError> {
		view!(self, "the calibration", calibration().calibration(*pair))
	}

	/// All calibrations with their pairs.
	pub async fn calibrations(&self) -> Result<Vec<(PairKey, Calibration)>, ReadError> {
		view!(self, "the calibrations", calibration().calibrations())
	}
}

/// Calibrates a pair. Only the congress may, by a Technical proposal.
pub fn register(pair: PairKey, entry: Entry) -> impl Payload {
	call!(calibration().register(pair, subxt::utils::Static(entry)))
}

/// Takes a pair out. Only the congress may, by a Technical proposal.
pub fn withdraw(pair: PairKey) -> impl Payload {
	call!(calibration().withdraw(pair))
}

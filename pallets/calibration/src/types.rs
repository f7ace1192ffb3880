//! What stands on chain of a pair.

use calibration::Entry;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::sp_runtime::Debug;
use receipt::PairKey;
use scale_info::TypeInfo;

/// The calibration of a pair.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Calibration {
	/// The record's hash, the model, bands and detection.
	pub entry: Entry,
	/// The block of the registration; 0 at genesis.
	pub registered_at: u32,
}

/// A pair that is calibrated from the first block.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, serde::Serialize, serde::Deserialize,
)]
pub struct GenesisCalibration {
	/// The key of the pair.
	pub pair: PairKey,
	/// Its calibration.
	pub entry: Entry,
}

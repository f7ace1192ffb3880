//! What honest runs of a pair may differ by, and the record that shows it.
//!
//! An auditor computes again what a node computed, and allows for what rounding may change. How much
//! that is depends on the *pair*: the model with its tokenizer, and the engine with its arithmetic. A
//! pair is calibrated by measuring it, and only calibrated pairs are audited: on any other, nobody could
//! tell a cheat from an odd machine.
//!
//! 1. [`Bands`]: the figures within which an honest run lies; [`VectorBands`] those of an embedding.
//! 2. [`Detection`]: how likely a dishonest run lies outside them, by its length.
//! 3. [`Entry`]: what the chain keeps of a calibration: these two, and the hash of the record.
//! 4. [`Record`]: everything that was measured: honest runs, those that were held out, substitutes, blind
//!    forgeries. [`Record::check`] derives bands, detection and refusals from it again, so whoever
//!    votes on a record need not trust the arithmetic of who made it.
//!
//! What measures is `hai-agent calibrate`; this crate knows no model and no chain.
#![cfg_attr(not(feature = "std"), no_std)]

mod bands;
mod detection;
mod entry;
#[cfg(feature = "std")]
mod record;
mod vector;

pub use bands::{Bands, Errors};
pub use detection::{BUCKETS, Detection, is_table};
pub use entry::{Entry, EntryError};
#[cfg(feature = "std")]
pub use record::{
	Caught, FORMAT, File, FileError, HeldOut, Honest, Kind, MIN_RUNS, Model, Opponent, Parts, Record,
	RecordError, Refusal, Setting, VectorOpponent, VectorRefusal, Vectors,
};
pub use vector::{VectorBands, VectorErrors};
pub use verification::{Bucket, Ppm};

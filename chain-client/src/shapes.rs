//! The plain types have the shapes of the committed metadata: every record is encoded as the chain's type of that name
//! and read back. A field that the chain has and the plain type lacks fails to encode, one it does not have fails to
//! decode.

mod bonds;
mod calibrations;
mod congress;
mod job_events;
pub(crate) mod jobs;
mod terms;
mod workflows;

use crate::proofs::METADATA;
use std::fmt::Debug;
use subxt::ext::{scale_decode::DecodeAsType, scale_encode::EncodeAsType};

#[track_caller]
fn check<T: EncodeAsType + DecodeAsType + PartialEq + Debug>(path: &str, value: T) {
	let types = METADATA.types();
	let segments: Vec<&str> = path.split("::").collect();
	let ty = types
		.types
		.iter()
		.find(|ty| ty.ty.path.segments == segments)
		.unwrap_or_else(|| panic!("the metadata has no type {path}"));
	let bytes = value
		.encode_as_type(ty.id, types)
		.unwrap_or_else(|error| panic!("{path}: {error}"));
	let cursor = &mut bytes.as_slice();
	let read = T::decode_as_type(cursor, ty.id, types).unwrap_or_else(|error| panic!("{path}: {error}"));
	assert!(cursor.is_empty(), "{path}: {} bytes are left over", cursor.len());
	assert_eq!(read, value, "{path}");
}

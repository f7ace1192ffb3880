//! How the records of the chain become plain Rust values.
//!
//! The generated bindings refer to the types of this crate in place of generated ones (`substitute_type` in `lib.rs`),
//! and decode them field by field, by name: a record of another shape is an error and never a wrong value.

/// Derives what the bindings ask of a type. Used once in a module.
macro_rules! plain {
	($($item:item)*) => {
		pub use records::*;

		mod records {
			#![allow(unused_imports, reason = "the derives import what edition 2024 has in its prelude")]
			use super::*;

			$(
				#[derive(
					Clone,
					Debug,
					PartialEq,
					Eq,
					subxt::ext::scale_encode::EncodeAsType,
					subxt::ext::scale_decode::DecodeAsType,
				)]
				#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
				#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
				$item
			)*
		}
	};
}

/// Calls a view function at a view's block.
macro_rules! view {
	($view:expr, $what:literal, $($payload:tt)*) => {
		$view.call_view($what, $crate::chain::view_functions().$($payload)*).await
	};
}

/// A call of the chain, ready to be submitted.
macro_rules! call {
	($($payload:tt)*) => {
		$crate::chain::transactions().$($payload)*
	};
}

pub(crate) use {call, plain, view};

/// Writes a hash as `0x` hex.
pub(crate) fn hex_hash<S: serde::Serializer>(hash: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
	serializer.serialize_str(&format!("0x{}", hex::encode(hash)))
}

//! Hides a value from everyone but one receiver: X25519 sealed boxes, as in libsodium.
//!
//! The sender needs no key and the box does not say who sent it. Who must be known signs inside, or
//! is known by the connection.

use ::codec::{Decode, DecodeAll, Encode};
use crypto_box::{PublicKey, SecretKey, aead::OsRng};

/// Why a box does not open.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
	/// It was sealed to another key, or changed on its way.
	#[error("the box was sealed to another key or was changed")]
	Key,
	/// What is inside is something else.
	#[error("the box holds something else than was expected")]
	Content,
}

/// A new secret key.
pub fn new_secret() -> [u8; 32] {
	SecretKey::generate(&mut OsRng).to_bytes()
}

/// The public key of a secret one.
pub fn public_key(secret: &[u8; 32]) -> [u8; 32] {
	SecretKey::from_bytes(*secret).public_key().to_bytes()
}

/// Seals a value's SCALE encoding to the holder of `receiver`'s secret. 48 bytes are added.
pub fn seal<T: Encode>(receiver: &[u8; 32], value: &T) -> Vec<u8> {
	PublicKey::from_bytes(*receiver)
		.seal(&mut OsRng, &value.encode())
		.expect("sealing fails only beyond the cipher's length limit of 256 GiB")
}

/// Opens what was sealed to the public key of `secret`.
pub fn open<T: Decode>(secret: &[u8; 32], sealed: &[u8]) -> Result<T, OpenError> {
	let bytes = SecretKey::from_bytes(*secret)
		.unseal(sealed)
		.map_err(|_| OpenError::Key)?;
	T::decode_all(&mut bytes.as_slice()).map_err(|_| OpenError::Content)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Followed, QuoteRequest, golden};
	use proptest::prelude::*;

	proptest! {
		/// Anybody can seal anything to a node: what a box holds is as hostile as what comes without one.
		#[test]
		fn damaged_contents_are_refused_or_read_as_they_are(damage in golden::damage()) {
			let (secret, quote) = ([7; 32], golden::quote());
			let receiver = PublicKey::from_bytes(public_key(&secret));
			let seal = |bytes: &[u8]| receiver.seal(&mut OsRng, bytes).expect("short");
			let bytes = damage.apply(quote.encode());
			match open::<QuoteRequest>(&secret, &seal(&bytes)) {
				Ok(quote) => prop_assert_eq!(quote.encode(), bytes),
				Err(error) => prop_assert_eq!(error, OpenError::Content),
			}
			for (_, followed) in golden::followed() {
				let bytes = damage.apply(followed.encode());
				match open::<Followed>(&secret, &seal(&bytes)) {
					Ok(followed) => prop_assert_eq!(followed.encode(), bytes),
					Err(error) => prop_assert_eq!(error, OpenError::Content),
				}
			}
		}

		#[test]
		fn damaged_boxes_do_not_open(damage in golden::damage()) {
			let secret = [7; 32];
			let sealed = seal(&public_key(&secret), &golden::quote());
			let damaged = damage.apply(sealed.clone());
			if damaged != sealed {
				prop_assert_eq!(open::<QuoteRequest>(&secret, &damaged), Err(OpenError::Key));
			}
		}
	}

	#[test]
	fn only_the_receiver_opens_it() {
		let (secret, other) = (new_secret(), new_secret());
		let sealed = seal(&public_key(&secret), &(7u64, "words".to_owned()));
		assert_eq!(
			open::<(u64, String)>(&secret, &sealed),
			Ok((7, "words".to_owned()))
		);
		assert_eq!(open::<(u64, String)>(&other, &sealed), Err(OpenError::Key));
	}

	#[test]
	fn a_changed_or_short_box_does_not_open() {
		let secret = new_secret();
		let sealed = seal(&public_key(&secret), &5u32);
		for index in 0..sealed.len() {
			let mut changed = sealed.clone();
			changed[index] ^= 1;
			assert_eq!(
				open::<u32>(&secret, &changed),
				Err(OpenError::Key),
				"byte {index}"
			);
		}
		assert_eq!(open::<u32>(&secret, &sealed[..20]), Err(OpenError::Key));
		assert_eq!(open::<u32>(&secret, &[]), Err(OpenError::Key));
	}

	#[test]
	fn what_is_inside_must_be_exactly_the_expected_value() {
		let secret = new_secret();
		let sealed = seal(&public_key(&secret), &5u64);
		assert_eq!(open::<u32>(&secret, &sealed), Err(OpenError::Content));
	}
}

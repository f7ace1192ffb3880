//! Hides a value from everyone but several receivers, in one piece that anybody may carry: a transcript in a block.
//!
//! The value is sealed once, to a key made for it alone, and that key's secret is sealed to each receiver. So the piece
//! hardly grows with their number, and says of them how many they are and nothing else.

use crate::seal::{self, OpenError};
use ::codec::{Decode, DecodeAll, Encode};

/// The most receivers whose part is tried: more than the seats of any court, and few enough that a piece made of
/// nothing but receivers keeps nobody busy.
const MAX_RECEIVERS: usize = 64;

#[derive(Encode, Decode)]
struct Piece {
	/// The secret key, sealed to one receiver each.
	secrets: Vec<Vec<u8>>,
	/// The value, sealed to that key.
	sealed: Vec<u8>,
}

/// Seals a value's SCALE encoding to the holders of these keys' secrets.
pub fn seal_to_all<T: Encode>(receivers: &[[u8; 32]], value: &T) -> Vec<u8> {
	let secret = seal::new_secret();
	let piece = Piece {
		secrets: receivers
			.iter()
			.map(|receiver| seal::seal(receiver, &secret))
			.collect(),
		sealed: seal::seal(&seal::public_key(&secret), value),
	};
	piece.encode()
}

/// Opens what was sealed to several, the public key of `secret` among them.
pub fn open_as_one<T: Decode>(secret: &[u8; 32], piece: &[u8]) -> Result<T, OpenError> {
	let piece = Piece::decode_all(&mut &*piece).map_err(|_| OpenError::Content)?;
	let key: [u8; 32] = piece
		.secrets
		.iter()
		.take(MAX_RECEIVERS)
		.find_map(|sealed| seal::open(secret, sealed).ok())
		.ok_or(OpenError::Key)?;
	seal::open(&key, &piece.sealed)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn each_receiver_opens_it_and_nobody_else() {
		let secrets: Vec<_> = (0..21).map(|_| seal::new_secret()).collect();
		let receivers: Vec<_> = secrets.iter().map(seal::public_key).collect();
		let value = (7u64, vec![1u8; 1_000]);
		let piece = seal_to_all(&receivers, &value);
		for secret in &secrets {
			assert_eq!(open_as_one::<(u64, Vec<u8>)>(secret, &piece), Ok(value.clone()));
		}
		assert_eq!(
			open_as_one::<(u64, Vec<u8>)>(&seal::new_secret(), &piece),
			Err(OpenError::Key)
		);
		assert_eq!(open_as_one::<u8>(&secrets[0], &piece), Err(OpenError::Content));
	}

	#[test]
	fn a_receiver_costs_its_share_of_the_piece_and_not_the_value_again() {
		let value = vec![1u8; 10_000];
		let length = |count: usize| seal_to_all(&vec![seal::public_key(&[7; 32]); count], &value).len();
		assert!(length(1) < 10_200);
		assert_eq!(length(21) - length(1), 20 * (32 + 48 + 2));
	}

	#[test]
	fn what_was_changed_or_is_no_piece_does_not_open() {
		let secret = seal::new_secret();
		let piece = seal_to_all(&[seal::public_key(&secret)], &5u32);
		for index in 0..piece.len() {
			let mut changed = piece.clone();
			changed[index] ^= 1;
			assert!(open_as_one::<u32>(&secret, &changed).is_err(), "byte {index}");
		}
		assert_eq!(open_as_one::<u32>(&secret, &[]), Err(OpenError::Content));
		assert_eq!(
			open_as_one::<u32>(&secret, &seal_to_all(&[], &5u32)),
			Err(OpenError::Key)
		);
	}
}

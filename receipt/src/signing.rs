//! Ed25519 signatures outside the chain. The runtime checks the same ones with its host function.

use crate::{Hash, Signature};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

/// Signs a hash.
pub fn sign(secret: &[u8; 32], message: &Hash) -> Signature {
	SigningKey::from_bytes(secret).sign(message).to_bytes()
}

/// The public key of a secret one.
pub fn public_key(secret: &[u8; 32]) -> [u8; 32] {
	SigningKey::from_bytes(secret).verifying_key().to_bytes()
}

/// Whether `signature` is `public`'s over `message`. Weak keys are refused.
pub fn verify(public: &[u8; 32], message: &Hash, signature: &Signature) -> bool {
	VerifyingKey::from_bytes(public)
		.and_then(|key| key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)))
		.is_ok()
}

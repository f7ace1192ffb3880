//! Plans and submits what a validator must attest

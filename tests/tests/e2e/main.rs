//! End to end, on real processes. Each test starts a network of its own; as many run at once as there
//! are cores.

mod cheats;
mod crashes;
mod equivocation;
mod honest;
mod offline;
mod testnet;
mod upgrade;
mod validators;
mod verifiers;

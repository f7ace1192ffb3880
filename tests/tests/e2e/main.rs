//! End to end, on real processes. Each test starts a network of its own: nine programs that mostly wait for the
//! next block, so `./scripts/test` runs one more test at once than there are cores.

mod calibration;
mod canary;
mod cheats;
mod crashes;
mod demo;
mod equivocation;
mod honest;
mod offline;
mod testnet;
mod upgrade;
mod validators;
mod verifiers;

//! End to end, on real processes. Each test starts a network of its own; as many run at once as there
//! are cores.

mod calibration;
mod cheats;
mod crashes;
mod equivocation;
mod honest;
mod offline;
mod upgrade;
mod validators;

//! Tests by topic.

mod registering;
mod sequences;
mod withdrawing;

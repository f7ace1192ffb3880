//! Tests by topic.

mod flattening;
mod ownership;
mod publishing;
mod retiring;
mod sequences;

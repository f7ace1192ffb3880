//! Tests by topic.

mod check;
mod division;
mod versions;

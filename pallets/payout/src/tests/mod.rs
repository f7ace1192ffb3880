//! Tests by topic.

mod claims;
mod division;
mod ledger;

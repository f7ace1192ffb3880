//! Tests by topic.

mod claims;
mod division;
mod era;
mod ledger;

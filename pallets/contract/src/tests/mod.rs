//! Tests by topic.

mod audit_log;
mod constitution;

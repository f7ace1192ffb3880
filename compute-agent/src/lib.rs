//! Runs AI jobs, audits those of others, and serves an OpenAI-compatible gateway

//! Terms for a machine that is too busy for those of the local chain.

use serde_json::{Value, json};

/// How long a node is asked whether it planted a fault, in blocks: it goes by final blocks, which come late on a busy
/// machine, and an honest one that opens too late would be slashed as a cheat is.
const OPENING: u32 = 30;

/// The longest audit under these terms: two stages of 40 blocks, a court of 44, and the window for openings with its last
/// block.
const LONGEST_AUDIT: u32 = 2 * 40 + 44 + OPENING + 1;

/// What is changed in the terms of the local chain, so that an honest node opens in time and honest auditors commit and
/// reveal in time on a busy machine: where one of four auditors shows no run of its own, a jury judges only if all the
/// others are there. An audit may take longer then, so that incidents and bonds last longer, too.
pub fn unhurried_terms() -> Vec<(String, Value)> {
	[
		("/jobs/commit_window", 16),
		("/jobs/court_window", 20),
		("/jobs/reveal_window", 8),
		("/jobs/opening_window", OPENING),
		("/jobs/retention", 2_000),
		("/verification/incident_window", LONGEST_AUDIT),
		("/staking/unbonding_delay", 2_000),
	]
	.map(|(path, blocks)| (path.to_owned(), json!(blocks)))
	.to_vec()
}

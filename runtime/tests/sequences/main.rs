//! Any sequence of calls on the whole runtime, with any validators offline, keeps every invariant, and every
//! job ends.

mod actions;
mod chain;
mod people;
mod world;

use actions::{Action, action};
use proptest::{prelude::*, test_runner::TestRunner};
use std::{cell::RefCell, collections::BTreeSet};
use world::World;

/// Performs the actions, lets everything end, and says what took effect and how jobs ended.
fn run(actions: Vec<Action>) -> BTreeSet<String> {
	chain::local().execute_with(|| {
		let mut world = World::new();
		for action in actions {
			world.perform(action);
		}
		world.finish()
	})
}

#[test]
fn every_job_ends_and_every_invariant_holds() {
	let seen = RefCell::new(BTreeSet::new());
	let mut runner = TestRunner::new(ProptestConfig {
		cases: 48,
		failure_persistence: None,
		..ProptestConfig::default()
	});
	let result = runner.run(&prop::collection::vec(action(), 1..60), |actions| {
		seen.borrow_mut().extend(run(actions));
		Ok(())
	});
	assert!(result.is_ok(), "{result:?}");
	// The sequences are of use only if the calls take effect and every common end is reached.
	for name in [
		"request",
		"deliver",
		"cancel",
		"attest",
		"dispute",
		"post_transcript",
		"prune",
		"open_canary",
		"unbond",
		"bond_extra",
		"chill",
		"resume",
		"set_keys",
		"advertise",
		"publish",
		"set_price",
		"retire",
		"ban",
		"set_terms",
		"claim",
		"claim_workflow",
		"settled",
		"timed out",
		"cancelled",
		"refunded: Invalid",
		"refunded: Unavailable",
		"refunded: NoQuorum",
		"idle",
	] {
		assert!(seen.borrow().contains(name), "no sequence had {name}: {seen:?}");
	}
}

//! What the project asserts holds at the default numbers. `./scripts/sim` asserts it over more seeds.

use hai_simulation::{Pace, Settings, Strategy, Trace, World, claims, study};

fn check(pace: Pace, seeds: u64) {
	let settings = pace.settings();
	assert_eq!(
		settings.rules.check(&settings.around),
		Ok(()),
		"the simulated rules are rules that the chain takes"
	);
	let seeds: Vec<u64> = (1..=seeds).collect();
	let outcomes = study(&settings, &Strategy::ALL, &seeds).unwrap_or_else(|violation| panic!("{violation}"));
	let broken: Vec<String> = claims::check(pace, &outcomes)
		.iter()
		.map(ToString::to_string)
		.collect();
	assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn busy_nodes() {
	check(Pace::Busy, 10);
}

#[test]
fn slow_nodes() {
	check(Pace::Slow, 48);
}

#[test]
fn two_thousand_nodes_and_two_hundred_validators_of_all_kinds_lose_no_planck_and_no_job() {
	let world = World::run(Settings::crowd(), Strategy::Crowd, 1, Trace::Off)
		.unwrap_or_else(|violation| panic!("{violation}"));
	assert!(world.jobs.len() > 50_000);
	assert!(world.jobs.iter().all(|job| job.has_ended()));
	let mut honest = world
		.validators
		.iter()
		.filter(|own| own.strategy == Strategy::Honest);
	assert!(honest.all(|own| own.tally.idle == 0));
}

//! The same seed gives the same run, and small worlds end as they should.

use hai_simulation::{
	Pace, Settings, Strategy, Trace, World,
	world::{End, State},
};
use verification::Ppm;

fn run(settings: Settings, strategy: Strategy, seed: u64) -> World {
	World::run(settings, strategy, seed, Trace::Off).unwrap_or_else(|violation| panic!("{violation}"))
}

fn count(world: &World, wanted: End) -> usize {
	let is = |state| matches!(state, State::Ended { end, .. } if end == wanted);
	world.jobs.iter().filter(|job| is(job.state)).count()
}

#[test]
fn a_seed_replays_exactly_and_another_differs() {
	let gains = |seed| {
		let world = run(Pace::Slow.settings(), Strategy::Colluding, seed);
		(0..world.owners.len())
			.map(|owner| world.gain_of_owner(owner))
			.collect::<Vec<_>>()
	};
	assert_eq!(gains(3), gains(3));
	assert_ne!(gains(3), gains(4));
}

#[test]
fn with_three_validators_audited_jobs_are_refunded_and_nobody_is_slashed() {
	let mut settings = Settings {
		validators: 4,
		min_authors: 1,
		..Pace::Slow.settings()
	};
	// Four can be asked for; then one is chilled for good, after the first requests.
	settings.rules.min_eligible = 5;
	let world = run(settings.clone(), Strategy::Honest, 1);
	assert_eq!(
		world.jobs.len(),
		0,
		"what nobody could judge is refused at the request"
	);

	settings.rules.min_eligible = 4;
	settings.around.min_validator_bond = settings.validator_bond;
	// The first absence takes a validator below the smallest bond: from then on only three are left.
	settings.outage = (500, 2_000);
	let world = run(settings, Strategy::Cheat(100), 1);
	assert!(count(&world, End::Undecided) > 0);
	let failed = count(&world, End::Failed);
	let last_failure = world.jobs.iter().rev().find_map(|job| match job.state {
		State::Ended { at, end: End::Failed } => Some(at),
		_ => None,
	});
	assert!(
		failed == 0 || last_failure < Some(20_000),
		"{failed} {last_failure:?}"
	);
}

#[test]
fn with_every_verifier_away_every_job_still_ends_and_no_bond_pays() {
	let settings = Settings {
		outage: (1, 100_000),
		glitch: Ppm::ZERO,
		lost_job: Ppm::ZERO,
		lost_transcript: Ppm::ZERO,
		..Pace::Slow.settings()
	};
	let world = run(settings, Strategy::Honest, 1);
	assert!(count(&world, End::Undecided) > 100);
	assert_eq!(count(&world, End::Failed) + count(&world, End::Unavailable), 0);
	assert!(world.owners.iter().all(|owner| owner.tally.slashed == 0));
}

#[test]
fn a_washer_pays_for_its_runs_and_gains_no_caller() {
	let world = run(Pace::Busy.settings(), Strategy::Wash, 1);
	let (honest, washers) = world.owners.split_at(world.settings.honest_nodes);
	let mean = |owners: &[hai_simulation::world::Owner], of: fn(&hai_simulation::world::Tally) -> u64| {
		owners.iter().map(|owner| of(&owner.tally)).sum::<u64>() / owners.len() as u64
	};
	assert!(mean(washers, |tally| tally.runs) > mean(honest, |tally| tally.runs) * 3 / 2);
	assert!(mean(washers, |tally| tally.callers) <= mean(honest, |tally| tally.callers));
}

#[test]
fn who_is_found_idle_is_who_made_its_trace_up() {
	let world = run(Pace::Slow.settings(), Strategy::Told, 1);
	let (told, honest) = world.validators.split_at(1);
	assert!(told[0].tally.idle > 0 && told[0].tally.slashed > 0);
	assert_eq!(told[0].tally.faults, 0, "what it says is true");
	assert!(honest.iter().all(|own| own.tally.idle == 0));
}

#[test]
fn a_grinder_does_withhold_blocks() {
	assert!(run(Pace::Slow.settings(), Strategy::Grinder, 1).withheld() > 0);
	assert_eq!(run(Pace::Slow.settings(), Strategy::Honest, 1).withheld(), 0);
}
